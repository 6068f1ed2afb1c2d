package wishes_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/pushtest"
	"okoshko/internal/quota"
	"okoshko/internal/server"
	"okoshko/internal/servertest"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
	"okoshko/internal/waiting"
)

// rig is a site where wishes are taken, and what is written to their owners.
type rig struct {
	*servertest.Site
	desk *waiting.Desk

	wrote chan waiting.Wish // wishes whose owner is to confirm

	mu     sync.Mutex
	offers waiting.Offers
}

// Offers implements waiting.Messenger.
func (r *rig) Offers() waiting.Offers {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.offers
}

// Confirm implements waiting.Messenger.
func (r *rig) Confirm(_ context.Context, w waiting.Wish) error {
	r.wrote <- w
	return nil
}

// Tell implements waiting.Messenger.
func (r *rig) Tell(context.Context, waiting.Wish, []waiting.Opening) error { return nil }

// blind is an upstream of which nothing is known.
type blind struct{}

func (blind) Known(context.Context, waiting.Question) (waiting.Answer, bool) {
	return waiting.Answer{}, false
}

func (blind) Glimpse(context.Context, waiting.Question) (waiting.Answer, bool) {
	return waiting.Answer{}, false
}

func (blind) KnownDays(context.Context, waiting.Question) (waiting.Days, bool) {
	return waiting.Days{}, false
}
func (blind) Ask(context.Context, waiting.Question) error { return waiting.ErrNoCall }
func (blind) Length(int, int, []int) time.Duration        { return 0 }
func (blind) Scarce() bool                                { return false }

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{wrote: make(chan waiting.Wish, 100), offers: waiting.Offers{Email: true}}
	clock := testclock.Running()
	kept := store.NewMemory(clock.Now)
	desk, err := waiting.New(waiting.Options{
		Store: kept, Quotas: quota.New(kept, clock.Now), Keys: [][]byte{bytes.Repeat([]byte{7}, 64)}, Now: clock.Now, Messenger: r, Upstream: blind{},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		desk.Run(ctx)
	}()
	servertest.Cleanup(t, func() {
		cancel()
		<-ended
	})
	r.desk = desk
	r.Site = servertest.New(t, func(o *server.Options) { o.Wishes, o.PushKey = desk, "BKey" })
	return r
}

// form opens the form from the calendar of a day on which nothing is free.
func (r *rig) form(t *testing.T) servertest.Page {
	t.Helper()
	p := r.To(r.Get("/b/1?lang=en"), "datetime")
	q := p.URL.Query()
	for days := range 30 {
		q.Set("date", r.Now().AddDate(0, 0, days+1).Format(time.DateOnly))
		p := r.Get(p.URL.Path + "?" + q.Encode())
		if free := p.Find("main .times > .slots:first-of-type").Length() > 0; free == (p.Find("main a[data-wish]").Length() > 0) {
			t.Fatalf("%s has free times: %v; offers a wish: %v\n%s", p.URL, free, !free, p.Find("main").Text())
		} else if !free {
			form := r.Press(p, "main a[data-wish]")
			if from, to := form.Find("[name=from] [selected]").AttrOr("value", ""), form.Find("[name=to] [selected]").AttrOr("value", ""); from != q.Get("date") || to != from {
				t.Fatalf("the form of %s asks for %s to %s", q.Get("date"), from, to)
			}
			return form
		}
	}
	t.Fatal("every day has free times")
	return p
}

// filled is what a visitor fills in.
func filled() map[string]string {
	return map[string]string{"email": "anna@people.example", "accept_personal_data": "1", "hours": "evening"}
}

// secret waits for the message that asks to confirm, and returns the secret in it.
func (r *rig) secret(t *testing.T) string {
	t.Helper()
	select {
	case w := <-r.wrote:
		return w.Secret
	case <-t.Context().Done():
		t.Fatal("nobody was asked to confirm")
		return ""
	}
}

// TestWishIsAskedForConfirmedAndEnded walks the whole way without a script and without a cookie.
func TestWishIsAskedForConfirmedAndEnded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.form(t)
	if p.Step() != "wish" || p.Find("main select").Length() < 3 || p.Header.Get("Set-Cookie") != "" {
		t.Fatalf("step %q at %s, cookies %q", p.Step(), p.URL, p.Header.Get("Set-Cookie"))
	}
	sent := r.Send(p, filled())
	if sent.URL.Query().Get("say") != "sent" || strings.Contains(sent.URL.String(), "anna") || strings.Contains(sent.Text(), "anna") {
		t.Fatalf("sent: %s", sent.URL)
	}
	secret := r.secret(t)
	w, err := r.desk.Find(t.Context(), secret)
	if err != nil || w.Channel.Email != "anna@people.example" || w.Lang != "en" || w.Hours.From != 17*60 || len(w.Services) != 1 || w.Consent.Version == "" || w.Form != 1 {
		t.Fatalf("wish %+v, %v", w, err)
	}
	shown := r.Get("/w/" + secret + "?lang=en")
	if shown.Step() != "waiting" || shown.Find("[data-wish=asked]").Length() != 1 || !strings.Contains(shown.Find("main").Text(), "from 17:00") {
		t.Fatalf("the wish's page: %s", shown.Find("main").Text())
	}
	for _, header := range []string{"Referrer-Policy", "Cache-Control", "X-Robots-Tag", "Content-Security-Policy"} {
		want := map[string]string{"Referrer-Policy": "strict-origin", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Content-Security-Policy": "frame-ancestors 'none'"}[header]
		if got := shown.Header.Get(header); !strings.Contains(got, want) && got != "no-referrer" {
			t.Errorf("%s = %q, want %q", header, got, want)
		}
	}
	// Whoever looks at mail opens links: nothing comes of it.
	for _, path := range []string{"", "/confirm", "/end", "/unsubscribe"} {
		r.Get("/w/" + secret + path)
	}
	if w, err = r.desk.Find(t.Context(), secret); err != nil || !w.Confirmed.IsZero() {
		t.Fatalf("links were opened: %+v, %v", w, err)
	}
	confirmed := r.Post(r.URL+shown.Find("form[action*=confirm]").AttrOr("action", ""), url.Values{})
	if confirmed.Find("[data-wish=waiting]").Length() != 1 {
		t.Fatalf("confirmed: %s", confirmed.Find("main").Text())
	}
	ended := r.Post(r.URL+confirmed.Find("form[action*=end]").AttrOr("action", ""), url.Values{})
	if ended.Status != http.StatusOK || ended.Find("main form").Length() > 0 {
		t.Fatalf("ended: %d %s", ended.Status, ended.Find("main").Text())
	}
	if p := r.Get("/w/" + secret); p.Status != http.StatusNotFound {
		t.Errorf("an ended wish's page has status %d, want 404", p.Status)
	}
}

// TestEveryMissIsEqual: unknown, ended and malformed secrets get the same bytes, and every onlooker the same as for a wish.
func TestEveryMissIsEqual(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Send(r.form(t), filled())
	secret := r.secret(t)
	seen := r.onlooker(t, secret)
	if err := r.desk.End(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	body := func(p servertest.Page) string {
		html, err := goquery.OuterHtml(p.Find("html"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(html, p.URL.Path, "/w/…")
	}
	want := body(r.Get("/w/" + secret))
	for _, other := range []string{"AAAAAAAAAAAAAAAAAAAAAA", "x", "%00", "..%2fx", strings.Repeat("a", 200), secret + "x", strings.ToUpper(secret)} {
		p := r.Get("/w/" + other)
		if got := body(p); p.Status != http.StatusNotFound || got != want {
			t.Errorf("/w/%s: status %d, not the bytes of an ended wish", other, p.Status)
		}
	}
	if got := r.onlooker(t, "AAAAAAAAAAAAAAAAAAAAAA"); strings.ReplaceAll(got, "AAAAAAAAAAAAAAAAAAAAAA", secret) != seen {
		t.Error("an onlooker can tell whether there is a wish")
	}
	for _, path := range []string{"/confirm", "/end"} {
		of := func(secret string) string { return body(r.Post(r.URL+"/w/"+secret+path, url.Values{})) }
		if of(secret) != of("AAAAAAAAAAAAAAAAAAAAAA") || of(secret) != of("x") {
			t.Errorf("%s tells an ended wish from one that never was", path)
		}
	}
}

// onlooker is what a messenger sees of a wish's link.
func (r *rig) onlooker(t *testing.T, secret string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.URL+"/w/"+secret+"?lang=en", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("User-Agent", "TelegramBot (like TwitterBot)")
	p := r.Read(r.HTTP.Do(request))
	if p.Status != http.StatusOK || !strings.Contains(p.Find("main").Text(), "what you’re waiting for") {
		t.Fatalf("an onlooker gets %d: %s", p.Status, p.Find("main").Text())
	}
	html, err := goquery.OuterHtml(p.Find("html"))
	if err != nil {
		t.Fatal(err)
	}
	return html
}

// TestMailProgramsEndAWish: the form of RFC 8058 comes from no page of ours, encoded in either way.
func TestMailProgramsEndAWish(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	if err := parts.WriteField("List-Unsubscribe", "One-Click"); err != nil {
		t.Fatal(err)
	}
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	for kind, text := range map[string]string{parts.FormDataContentType(): body.String(), "application/x-www-form-urlencoded": "List-Unsubscribe=One-Click"} {
		fill := filled()
		fill["email"] = strings.ToLower(kind[:4]) + "@people.example"
		r.Send(r.form(t), fill)
		secret := r.secret(t)
		for _, of := range []string{secret, secret, "AAAAAAAAAAAAAAAAAAAAAA"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+"/w/"+of+"/unsubscribe", strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", kind)
			answer, err := r.HTTP.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("%s: status %d, want 200", kind, answer.StatusCode)
			}
		}
		if _, err := r.desk.Find(t.Context(), secret); err == nil {
			t.Errorf("%s has ended nothing", kind)
		}
	}
}

// TestNothingTypedIsLost: what is wrong is said at its field, and all that was filled in stays; so it does when the language changes.
func TestNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.form(t)
	options := p.Find("select[name=from] option")
	first, last := options.First().AttrOr("value", ""), options.Last().AttrOr("value", "")
	for name, tt := range map[string]struct {
		change map[string]string
		wrong  []string
	}{
		"no address":             {map[string]string{"email": ""}, []string{"email"}},
		"no address, no consent": {map[string]string{"email": "", "accept_personal_data": ""}, []string{"email", "accept_personal_data"}},
		"half an address":        {map[string]string{"email": "anna@people"}, []string{"email"}},
		"two addresses":          {map[string]string{"email": "anna@people.example, bert@people.example"}, []string{"email"}},
		"days turned":            {map[string]string{"from": last, "to": first}, []string{"to"}},
		"too many days":          {map[string]string{"from": first, "to": last}, []string{"to"}},
		"no day":                 {map[string]string{"from": "2001-01-01"}, []string{"from"}},
		"no hours":               {map[string]string{"hours": "night"}, []string{"hours"}},
	} {
		fill := filled()
		maps.Copy(fill, tt.change)
		got := r.Send(p, fill)
		if got.Status != http.StatusUnprocessableEntity || got.Find("[data-errors] li").Length() != len(tt.wrong) {
			t.Errorf("%s: status %d, errors %q", name, got.Status, got.Find("[data-errors]").Text())
		}
		for _, field := range tt.wrong {
			if got.Find("[name="+field+"][aria-invalid=true]").Length() != 1 || got.Find("#e-"+field).Text() == "" {
				t.Errorf("%s: nothing is said at %s", name, field)
			}
		}
		if v := got.Find("[name=email]").AttrOr("value", ""); v != fill["email"] {
			t.Errorf("%s: the address is %q, want %q", name, v, fill["email"])
		}
		if v := got.Find("[name=hours] [selected]").AttrOr("value", ""); v != fill["hours"] && name != "no hours" {
			t.Errorf("%s: the hours are %q", name, v)
		}
	}
	action, values := r.Form(p)
	values.Set("email", "half@")
	values.Set("switch", "1")
	russian := r.Post(strings.Replace(action, "lang=en", "lang=ru", 1), values)
	if russian.Status != http.StatusOK || russian.Find("html").AttrOr("lang", "") != "ru" || russian.Find("[name=email]").AttrOr("value", "") != "half@" || russian.Find("[data-errors]").Length() > 0 {
		t.Errorf("in Russian: %d %q %q", russian.Status, russian.Find("html").AttrOr("lang", ""), russian.Find("[name=email]").AttrOr("value", ""))
	}
	if len(r.wrote) > 0 {
		t.Error("somebody was written to")
	}
}

// TestAnswerTellsNothing: the answer is the same for an address that was sent a link, for one that was not, and for a program.
func TestAnswerTellsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	answer := func(fill map[string]string) string {
		html, err := goquery.OuterHtml(r.Send(r.form(t), fill).Find("html"))
		if err != nil {
			t.Fatal(err)
		}
		return html
	}
	first := answer(filled())
	secret := r.secret(t)
	if again := answer(filled()); again != first {
		t.Error("the second answer tells that the address has a wish")
	}
	robot := filled()
	robot["homepage"], robot["email"] = "https://x.example", "bert@people.example"
	if got := answer(robot); got != first {
		t.Error("a program can tell that it was found out")
	}
	fresh := filled()
	fresh["email"] = "carl@people.example"
	answer(fresh)
	if w := r.secret(t); w == secret {
		t.Error("the second e-mail is for the first wish")
	}
	if len(r.wrote) > 0 {
		t.Errorf("%d more people were written to", len(r.wrote))
	}
}

// TestOfferedOnlyWhereSomebodyCanBeTold: without a channel there is no link and no form.
func TestOfferedOnlyWhereSomebodyCanBeTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.form(t)
	r.mu.Lock()
	r.offers = waiting.Offers{}
	r.mu.Unlock()
	if got := r.Get(p.URL.RequestURI()); got.Status != http.StatusNotFound {
		t.Errorf("the form has status %d, want 404", got.Status)
	}
	if got := r.Send(p, filled()); got.Status != http.StatusNotFound {
		t.Errorf("the sent form has status %d, want 404", got.Status)
	}
}

// TestNotifications: a browser's subscription makes a wish that needs no confirmation. In a frame none is offered.
func TestNotifications(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	service := pushtest.Start(t)
	r.mu.Lock()
	r.offers = waiting.Offers{Email: true, Push: true}
	r.mu.Unlock()
	p := r.form(t)
	box := p.Find("[data-push]")
	if box.AttrOr("data-push", "") != "BKey" || box.AttrOr("hidden", "none") == "none" || box.Find("script[src]").Length() != 1 {
		t.Fatal("no notifications are offered")
	}
	shown := r.Send(p, map[string]string{"push": service.Subscribe(t)})
	if shown.Step() != "waiting" || shown.Find("[data-wish=waiting]").Length() != 1 {
		t.Fatalf("step %q: %s", shown.Step(), shown.Find("main").Text())
	}
	if got := r.Send(p, map[string]string{"push": `{"endpoint":"http://127.0.0.1/x"}`}); got.Status != http.StatusUnprocessableEntity || got.Alert() == "" {
		t.Errorf("a false subscription: status %d", got.Status)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL.String(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Dest", "iframe")
	if framed := r.Read(r.HTTP.Do(request)); framed.Find("[data-push]").Length() > 0 || framed.Find("[name=email]").Length() != 1 {
		t.Error("a frame is offered notifications, or no e-mail")
	}
	worker := r.Get("/w/worker.js")
	if worker.Status != http.StatusOK || !strings.HasPrefix(worker.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("the worker: %d %q", worker.Status, worker.Header.Get("Content-Type"))
	}
}

// TestABookingByTheLinkOfAMessageEndsTheWish: without a cookie and without a script, and without the wish's secret in any address. A
// booking at the same salon by another link ends nothing.
func TestABookingByTheLinkOfAMessageEndsTheWish(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	confirmed := func(p servertest.Page, email string) waiting.Wish {
		fill := filled()
		fill["email"], fill["hours"] = email, ""
		r.Send(p, fill)
		w, err := r.desk.Confirm(t.Context(), r.secret(t))
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	for _, with := range []bool{false, true} {
		p := r.To(r.Get("/b/1?lang=en"), "datetime")
		slot, q := p.Find("main a[data-slot]").First(), p.URL.Query()
		contact, err := url.Parse(r.Absolute(p.URL, slot.AttrOr("href", "")))
		if err != nil {
			t.Fatal(err)
		}
		day := slot.AttrOr("data-slot", "")[:len(time.DateOnly)]
		w := confirmed(r.Get("/b/1/wish?lang=en&services="+q.Get("services")+"&date="+day), fmt.Sprintf("anna%v@people.example", with))
		choices := contact.Query()
		if with {
			choices.Set("told", w.Ticket)
		}
		opened := r.Get("/b/1?" + choices.Encode())
		if opened.Step() != "contact" || opened.Header.Get("Set-Cookie") != "" || strings.Contains(opened.Text(), w.Secret) {
			t.Fatalf("the link leads to %q at %s", opened.Step(), opened.URL)
		}
		done := r.To(opened, "done")
		if strings.Contains(done.URL.String(), w.Ticket) {
			t.Errorf("the done page is at %s", done.URL)
		}
		if _, err := r.desk.Find(t.Context(), w.Secret); errors.Is(err, waiting.ErrNone) != with {
			t.Errorf("booked by the link: %v; Find = %v", with, err)
		}
	}
}

// TestEarlierPlease: the page of a visit offers to tell of an earlier time, and the visit stays as it is.
func TestEarlierPlease(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	done := r.ToAhead(r.Get("/b/1?lang=en"), "done")
	visit := r.Get(done.Find("a[rel=record]").First().AttrOr("href", ""))
	if visit.Step() != "record" {
		t.Fatalf("step %q", visit.Step())
	}
	form := r.Press(visit, "main a[data-wish]")
	if form.Step() != "record" && form.Step() != "wish" || form.Find("select[name=from] option").Length() == 0 {
		t.Fatalf("the form: %q %s", form.Step(), form.Find("main").Text())
	}
	sent := r.Send(form, map[string]string{"email": "anna@people.example", "accept_personal_data": "1"})
	if sent.URL.Query().Get("say") != "sent" {
		t.Fatalf("sent: %s %s", sent.URL, sent.Find("[data-errors]").Text())
	}
	w, err := r.desk.Find(t.Context(), r.secret(t))
	if err != nil || w.Visit == nil || len(r.Online()) != 1 || w.Visit.Record != r.Online()[0].ID || !w.Until.Equal(w.Visit.Start) {
		t.Fatalf("wish %+v, %v", w, err)
	}
	if shown := r.Get("/w/" + w.Secret + "?lang=en"); !strings.Contains(shown.Find("main").Text(), "stays yours") {
		t.Errorf("the wish's page does not say that the visit stays: %s", shown.Find("main").Text())
	}
}
