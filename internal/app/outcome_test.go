package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/booking"
	"okoshko/internal/ledger"
	"okoshko/internal/redistest"
	"okoshko/internal/servertest"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
)

// client speaks to the rig's sandbox as the widget does.
func (r *rig) client() *upstream.Client {
	r.t.Helper()
	client, err := upstream.New(upstream.Options{BaseURL: r.api, PartnerToken: "sandbox"})
	if err != nil {
		r.t.Fatal(err)
	}
	return client
}

// freeTimes are the times of three days or more at which at least so many masters are free for a service, the soonest first.
func (r *rig) freeTimes(company, service, masters int) []time.Time {
	r.t.Helper()
	ctx, client := context.Background(), r.client()
	staff, err := client.Staff(ctx, company, upstream.StaffParams{Services: []int{service}})
	if err != nil {
		r.t.Fatal(err)
	}
	dates, err := client.Dates(ctx, company, upstream.DatesParams{Services: []int{service}})
	if err != nil {
		r.t.Fatal(err)
	}
	var out []time.Time
	days := 0
	for _, day := range dates.Booking[1:] {
		free := map[time.Time]int{}
		for _, m := range staff {
			if !m.Bookable {
				continue
			}
			times, err := client.Times(ctx, company, m.ID, day, []int{service})
			if err != nil {
				r.t.Fatal(err)
			}
			for _, x := range times {
				free[x.Start.UTC()]++
			}
		}
		before := len(out)
		for at, n := range free {
			if n >= masters {
				out = append(out, at)
			}
		}
		if len(out) > before {
			days++
		}
		if days == 3 {
			slices.SortFunc(out, time.Time.Compare)
			return out
		}
	}
	r.t.Fatalf("too few times at which %d masters of company %d do service %d", masters, company, service)
	return nil
}

// contactAt is the contact step of a form with a choice made.
func (r *rig) contactAt(form, company, service, master int, at time.Time) page {
	r.t.Helper()
	salon, err := r.client().Company(context.Background(), company, upstream.CompanyParams{})
	if err != nil {
		r.t.Fatal(err)
	}
	p := r.get(fmt.Sprintf("/b/%d/contact?lang=en&city=%d&company=%d&services=%d&master=%d&slot=%s",
		form, salon.CityID, company, service, master, url.QueryEscape(at.Format(time.RFC3339))))
	if p.step() != "contact" {
		r.t.Fatalf("step %q (%s): %s", p.step(), p.url, p.Find("main").Text())
	}
	return p
}

// wait reloads a page as it asks for until it no longer does.
func (r *rig) wait(p page, clock *testclock.Clock) page {
	r.t.Helper()
	for range 30 {
		if p.Find("main[data-again]").Length() == 0 {
			return p
		}
		clock.Add(10 * time.Second)
		p = r.get(p.url.RequestURI())
	}
	r.t.Fatalf("the page still looks: %s", p.Find("main").Text())
	return p
}

// TestFollowingTheAdviceBooksOnce: any master, a time at which two are free, the visit booked and the answer lost.
// Whoever does what the page says has one visit.
func TestFollowingTheAdviceBooksOnce(t *testing.T) {
	t.Parallel()
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now)
	at := r.freeTimes(601, 601001, 2)[0]
	confirm := r.send(r.contactAt(3, 601, 601001, 0, at), anna)
	r.fault(`{"path":"book_record","method":"POST","close":"after","times":1}`)
	p := r.wait(r.send(confirm, nil), clock)
	if n := len(r.online()); n != 1 {
		t.Fatalf("records = %d, want 1", n)
	}
	if text := p.Find("main .outcome").Text(); p.Find(".outcome.refused, .outcome.unlikely").Length() > 0 {
		t.Errorf("the visit stands, and the page says %q", strings.TrimSpace(text))
	}
	if retry := p.Find("main a.button[href*='/contact']"); retry.Length() > 0 {
		r.to(r.press(p, "main a.button[href*='/contact']"), "done")
	}
	if n := len(r.online()); n != 1 {
		t.Errorf("after doing what the page says there are %d records, want 1", n)
	}
}

// TestEverySayingHasItsWords shows the done page of every saying in every language: its own heading and words, and the
// next steps of docs/outcomes.md and no others.
func TestEverySayingHasItsWords(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	kept, err := store.OpenRedis(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	servertest.Cleanup(t, func() { _ = kept.Close() })
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now, "OKOSHKO_STORE_URL="+server.URL)
	sights := func(s ...booking.Sight) func(*booking.Attempt) {
		return func(a *booking.Attempt) { a.State, a.Sights, a.Sighted = booking.StateUnknown, s, a.Looked }
	}
	visit := booking.Appointment{ID: 1, Services: []int{801001}, Master: 80101, Start: testclock.Start().Add(50 * time.Hour)}
	for says, tt := range map[booking.Saying]struct {
		make                   func(*booking.Attempt)
		retry, call            bool
		refresh, records, tags int
	}{
		booking.SayPending: {make: func(a *booking.Attempt) { a.State, a.Sent = booking.StateSent, testclock.Start() }, refresh: 2},
		booking.SayBooked: {make: func(a *booking.Attempt) {
			a.State, a.Records = booking.StateBooked, []booking.Record{{ID: 7, Hash: "aa"}}
		}, records: 1},
		booking.SayCancelled: {make: sights(booking.Sight{Record: booking.RecordCancelled})},
		booking.SayLikely:    {make: sights(booking.Sight{Slot: booking.SlotTaken}), call: true},
		booking.SayUnlikely:  {make: sights(booking.Sight{Slot: booking.SlotFree}), call: true, retry: true},
		booking.SayUnsure:    {make: sights(booking.Sight{Slot: booking.SlotBack}), call: true},
		booking.SayChecking:  {make: func(a *booking.Attempt) { a.State = booking.StateUnknown }, call: true, refresh: 10},
		booking.SayRefused: {make: func(a *booking.Attempt) {
			a.State, a.Refusal.Reason, a.Looked = booking.StateRefused, booking.ReasonNotSent, time.Time{}
		}, retry: true},
		booking.SayPartly: {make: func(a *booking.Attempt) {
			sights(booking.Sight{}, booking.Sight{Slot: booking.SlotFree})(a)
			a.Appointments, a.Records = []booking.Appointment{visit, visit}, []booking.Record{{ID: 7, Hash: "aa"}, {}}
		}, call: true, records: 1, tags: 2},
	} {
		a := booking.Attempt{
			Entry: ledger.Entry{
				ID: booking.AttemptID("saying " + string(says)), Created: testclock.Start().Add(-2 * time.Minute), Sent: testclock.Start().Add(-2 * time.Minute),
			},
			Form: 18, Company: 801, Lang: "en-US", Appointments: []booking.Appointment{visit}, Looked: testclock.Start(),
		}
		tt.make(&a)
		raw, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := kept.Put(t.Context(), "attempt/"+a.ID, raw, time.Hour); err != nil {
			t.Fatal(err)
		}
		for _, lang := range []string{"ru", "en", "de", "et", "lt", "lv", "uk"} {
			p := r.get("/b/18/done?lang=" + lang + "&attempt=" + a.ID)
			title := "widget.done." + string(says) + ".title"
			if says == booking.SayBooked {
				title = "record.booking_success"
			}
			text := plain(p.Find("main .outcome." + string(says) + " p").Text())
			key := "widget.done." + string(says) + ".text"
			if says == booking.SayBooked {
				key += "_none" // the upstream knows nothing of this visit, so nothing is promised of it
			}
			if want := sayIn(t, lang, key); p.step() != "done" || text != want || want == "" {
				t.Errorf("%s, %s: step %q says %q, want %q", says, lang, p.step(), text, want)
			}
			if h1 := strings.TrimSpace(p.Find("h1").Text()); says != booking.SayBooked && h1 != sayIn(t, lang, title) {
				t.Errorf("%s, %s: the heading is %q", says, lang, h1)
			}
			for what, n := range map[string][2]int{
				"a way to book the same again": {p.Find("main .actions a[href*='/contact?']").Length(), oneIf(tt.retry)},
				"the salon's phone":            {p.Find("main .actions a[href^='tel:']").Length(), oneIf(tt.call)},
				"the customer's own visits":    {p.Find("main .actions a[href^='/me/18']").Length(), oneIf(tt.call)},
				"a booked visit":               {p.Find("main [data-record]").Length(), tt.records},
				"how a visit stands":           {p.Find("main .visit .badge").Length(), tt.tags},
				"a reload":                     {p.Find("main[data-again]").Length(), oneIf(tt.refresh > 0)},
			} {
				if n[0] != n[1] {
					t.Errorf("%s, %s: %s stands there %d times, want %d", says, lang, what, n[0], n[1])
				}
			}
			if again := p.Find("main[data-again]").AttrOr("data-again", ""); tt.refresh > 0 && again != strconv.Itoa(tt.refresh) {
				t.Errorf("%s, %s: asks again after %q s, want %d", says, lang, again, tt.refresh)
			}
		}
	}
}

func oneIf(b bool) int { return map[bool]int{true: 1}[b] }

// sayIn is a text of a language.
func sayIn(t *testing.T, lang, key string) string {
	return strings.Join(strings.Fields(says(t, lang, key)), " ")
}

// TestAnotherTimeIsNotBookedWithoutAWord: while a booking is not known, the same person is told so at another time, and books
// it by pressing once more.
func TestAnotherTimeIsNotBookedWithoutAWord(t *testing.T) {
	t.Parallel()
	clock := testclock.Standing()
	r, _ := newRigAt(t, clock.Now).browser() // what is known is shown to the session that made it
	times := r.freeTimes(601, 601001, 2)
	first, other := times[0], times[len(times)-1]
	r.fault(`{"path":"book_record","method":"POST","close":"after","times":1}`)
	done := r.wait(r.send(r.send(r.contactAt(3, 601, 601001, 0, first), anna), nil), clock)
	if same := r.send(r.send(r.contactAt(3, 601, 601001, 0, first), anna), nil); same.url.Query().Get("attempt") != done.url.Query().Get("attempt") {
		t.Errorf("the same time leads to %s (%s)", same.url, same.Find("main").Text())
	}
	p := r.send(r.send(r.contactAt(3, 601, 601001, 0, other), anna), nil)
	if link := p.Find("[role=alert] a").AttrOr("href", ""); p.step() != "confirm" || !strings.Contains(link, done.url.Query().Get("attempt")) || len(r.online()) != 1 {
		t.Fatalf("another time: step %q, %d records, link %q\n%s", p.step(), len(r.online()), link, p.Find("main").Text())
	}
	if p = r.send(p, nil); p.step() != "done" || len(r.online()) != 2 {
		t.Errorf("pressed all the same: step %q, %d records", p.step(), len(r.online()))
	}
}

// TestACancelledBookingIsNotShownAsOneThatStands reloads the page after the booking when the visit has been cancelled.
func TestACancelledBookingIsNotShownAsOneThatStands(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	done := r.toAhead(r.get("/b/1?lang=en"), "done")
	r.send(r.press(r.press(done, "main a[rel=record]"), "main a[data-cancel]"), nil)
	if again := r.get(done.url.RequestURI()); again.Find(".outcome.cancelled").Length() != 1 {
		t.Errorf("the page still says %q", again.Find("main .outcome").Text())
	}
}
