// Package formwalk walks once through a booking form, as a customer would, and keeps what the upstream answers. It only
// reads: nothing is booked, changed or sent.
package formwalk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"okoshko/internal/recording"
	"okoshko/internal/upstream"
)

// Options say what to record.
type Options struct {
	BaseURL, PartnerToken string
	Gate                  upstream.Gate // the limits of calls
	Form                  int
	Visit                 *recording.Visit // read too; nil = none
	Hide                  []string         // further words to be replaced
	Now                   func() time.Time
	Patience              time.Duration // for a turn and an answer together; default patience
}

// How far one walk goes. A fault is mostly in what the salon sends and not in one of a hundred services, and the upstream
// allows few calls.
const (
	mostCompanies = 2 // of a chain
	mostServices  = 3 // of a company, of different categories first
	mostMasters   = 2 // of a service, and any of them
	mostDays      = 2
	monthsAhead   = 12 // as the widget asks
	eventsAhead   = 60 // days
	maxBody       = 4 << 20
	patience      = 20 * time.Second
)

const apiPath = "/api/v1/"

// Record walks through the form. It fails when the form itself does not answer; what fails later is a part of the walk.
func Record(ctx context.Context, o Options) (*recording.Recording, error) {
	tape := &tape{under: &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 10 * time.Second,
	}}
	client, err := upstream.New(upstream.Options{BaseURL: o.BaseURL, PartnerToken: o.PartnerToken, Gate: o.Gate, Transport: tape, Now: o.Now})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	w := &walk{client: client, now: o.Now, patience: o.Patience, seen: map[int]bool{}}
	if w.patience == 0 {
		w.patience = patience
	}
	out := &recording.Recording{Made: o.Now().UTC().Truncate(time.Second), Form: o.Form, Visit: o.Visit}
	company, err := w.form(ctx, o.Form)
	if err != nil {
		return nil, fmt.Errorf("form %d: %w", o.Form, err)
	}
	if o.Visit != nil {
		if o.Visit.Company == 0 {
			o.Visit.Company = company
		}
		w.ask(ctx, func(ctx context.Context) error { // as the widget reads it
			_, err := client.Record(ctx, o.Visit.Company, o.Visit.ID, o.Visit.Hash)
			return err
		})
		w.ask(ctx, func(ctx context.Context) error {
			_, err := client.UserRecord(ctx, o.Visit.ID, o.Visit.Hash)
			return err
		})
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("form %d: %w", o.Form, err)
	}
	out.Answers = tape.answers
	out.Mask(o.Hide, []string{o.PartnerToken})
	return out, nil
}

// walk is one walk.
type walk struct {
	client   *upstream.Client
	now      func() time.Time
	patience time.Duration
	seen     map[int]bool // masters
}

// ask puts one question. That it fails is a part of the recording.
func (w *walk) ask(ctx context.Context, question func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, w.patience)
	defer cancel()
	_ = question(ctx) // the tape has the answer, whatever it is
}

// form walks through a form, and says which company it belongs to.
func (w *walk) form(ctx context.Context, id int) (company int, err error) {
	raw, err := w.client.Bookform(ctx, id)
	if err != nil {
		return 0, err
	}
	if raw.Lang != "" {
		w.client = w.client.In(raw.Lang)
	}
	w.ask(ctx, func(ctx context.Context) error { _, err := w.client.I18n(ctx, i18nCode(raw.Lang)); return err })
	w.ask(ctx, func(ctx context.Context) error { _, err := w.client.CustomFields(ctx, id); return err })
	companies := []int{raw.CompanyID}
	if raw.GroupID != 0 {
		w.ask(ctx, func(ctx context.Context) error {
			companies = nil
			cities := map[int]bool{}
			for company, err := range w.client.AllCompanies(ctx, upstream.CompaniesParams{Group: raw.GroupID, Active: true, ForBooking: true}) {
				if err != nil {
					return err
				}
				if !cities[company.CityID] { // one of each city first
					cities[company.CityID] = true
					companies = append(companies, company.ID)
				}
			}
			return nil
		})
	}
	for _, company := range companies[:min(len(companies), mostCompanies)] {
		w.company(ctx, company)
	}
	return raw.CompanyID, nil
}

// i18nCode is the name under which the i18n route has a language: it calls Estonian ee-EE and forms call it et-EE.
func i18nCode(lang string) string {
	if lang == "et-EE" {
		return "ee-EE"
	}
	return lang
}

func (w *walk) company(ctx context.Context, id int) {
	zone := time.UTC
	w.ask(ctx, func(ctx context.Context) error {
		raw, err := w.client.Company(ctx, id, upstream.CompanyParams{ForBooking: true})
		if err == nil && raw.Location != nil {
			zone = raw.Location
		}
		return err
	})
	w.ask(ctx, func(ctx context.Context) error { _, err := w.client.Privacy(ctx, id); return err })
	w.ask(ctx, func(ctx context.Context) error { _, err := w.client.ServiceLengths(ctx, id); return err })
	today := w.now().In(zone)
	w.ask(ctx, func(ctx context.Context) error {
		_, err := w.client.Activities(ctx, id, upstream.ActivitiesParams{
			From: today.Format(time.DateOnly), Till: today.AddDate(0, 0, eventsAhead).Format(time.DateOnly), Page: 1, Count: 300,
		})
		return err
	})
	var offered upstream.ServiceList
	w.ask(ctx, func(ctx context.Context) (err error) {
		offered, err = w.client.Services(ctx, id, upstream.ServicesParams{})
		return err
	})
	w.masters(ctx, id, today, nil)
	for _, service := range choose(offered.Services) {
		w.masters(ctx, id, today, []int{service})
	}
}

// choose takes a few services: those of different categories first.
func choose(services []upstream.Service) []int {
	var out, others []int
	seen := map[int]bool{}
	for _, s := range services {
		switch {
		case !s.Active:
		case seen[s.CategoryID]:
			others = append(others, s.ID)
		default:
			seen[s.CategoryID] = true
			out = append(out, s.ID)
		}
	}
	out = append(out, others...)
	return out[:min(len(out), mostServices)]
}

// masters asks who does the services, and for any master and some masters when.
func (w *walk) masters(ctx context.Context, company int, today time.Time, services []int) {
	var staff []upstream.Staff
	w.ask(ctx, func(ctx context.Context) (err error) {
		staff, err = w.client.Staff(ctx, company, upstream.StaffParams{Services: services})
		return err
	})
	w.times(ctx, company, 0, today, services)
	if len(services) == 0 {
		return
	}
	left := mostMasters
	for _, m := range staff {
		if !m.Bookable || left == 0 {
			continue
		}
		left--
		if !w.seen[m.ID] {
			w.seen[m.ID] = true
			w.ask(ctx, func(ctx context.Context) error {
				_, err := w.client.Services(ctx, company, upstream.ServicesParams{Staff: m.ID})
				return err
			})
		}
		w.times(ctx, company, m.ID, today, services)
	}
}

func (w *walk) times(ctx context.Context, company, master int, today time.Time, services []int) {
	first := time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, time.UTC)
	var days []string
	w.ask(ctx, func(ctx context.Context) error {
		found, err := w.client.Dates(ctx, company, upstream.DatesParams{
			Staff: master, Services: services, From: first.Format(time.DateOnly), To: first.AddDate(0, monthsAhead, -1).Format(time.DateOnly),
		})
		days = slices.DeleteFunc(found.Booking, func(day string) bool { return day < today.Format(time.DateOnly) })
		return err
	})
	for _, day := range days[:min(len(days), mostDays)] {
		w.ask(ctx, func(ctx context.Context) error {
			_, err := w.client.Times(ctx, company, master, day, services)
			return err
		})
	}
}

// tape notes what goes over the wire. Of the request it takes the question only: no token, and no other header.
type tape struct {
	under   http.RoundTripper
	mu      sync.Mutex
	answers []recording.Answer
}

var errTooLong = errors.New("formwalk: the answer is too long")

// RoundTrip implements http.RoundTripper.
func (t *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return nil, errors.New("formwalk: a walk reads only")
	}
	resp, err := t.under.RoundTrip(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // as the one below says it
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	_ = resp.Body.Close()
	if err != nil {
		return nil, err //nolint:wrapcheck // as above
	}
	if len(body) > maxBody {
		return nil, errTooLong
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	_, below, _ := strings.Cut(r.URL.Path, apiPath)
	answer := recording.Answer{
		Method: r.Method, Path: strings.Trim(below, "/"), Query: r.URL.RawQuery, Language: r.Header.Get("Accept-Language"), Status: resp.StatusCode,
		ContentType: resp.Header.Get("Content-Type"),
	}
	answer.SetBytes(body)
	t.mu.Lock()
	defer t.mu.Unlock()
	again := slices.ContainsFunc(t.answers, func(a recording.Answer) bool {
		return a.Path == answer.Path && a.Query == answer.Query && a.Language == answer.Language && bytes.Equal(a.Bytes(), answer.Bytes())
	})
	if !again {
		t.answers = append(t.answers, answer)
	}
	return resp, nil
}
