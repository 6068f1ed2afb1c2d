//go:build e2e

package e2e

import (
	"net/url"
	"regexp"
	"strconv"
	"testing"
	"time"

	"okoshko/internal/app"
	"okoshko/internal/mailtest"
	"okoshko/internal/sandbox"
)

// withMail are the settings of a program that sends e-mails through a server of the test's own, at any hour.
func withMail(letters *mailtest.Server) []string {
	return []string{
		"OKOSHKO_MAIL_HOST=" + letters.Host, "OKOSHKO_MAIL_PORT=" + strconv.Itoa(letters.Port), "OKOSHKO_MAIL_TLS=none", "OKOSHKO_MAIL_FROM=wishes@w.example",
		"OKOSHKO_WAITING_QUIET=",
	}
}

var mailed = regexp.MustCompile(`https?://\S+`)

// mailedLink is the first link of a letter.
func mailedLink(t *testing.T, m mailtest.Message) string {
	t.Helper()
	link := mailed.FindString(m.Text)
	if link == "" {
		t.Fatalf("no link in:\n%s", m.Text)
	}
	return link
}

// choose chooses an option of a list by its value.
func (b *browser) choose(name, value string) {
	b.t.Helper()
	if got := ask[string](b, "((list) => (list.value = %q, list.value))(document.querySelector(%q))", value, "main [name="+name+"]"); got != value {
		b.t.Fatalf("%s has no %q", name, value)
	}
}

// emptyDay opens a day on which nothing is free, for a service.
func (b *browser) emptyDay(a *app.App, service string, from time.Time) {
	b.t.Helper()
	for i := range 30 {
		q := url.Values{"services": {service}, "date": {from.AddDate(0, 0, i).Format(time.DateOnly)}, "lang": {"en"}}
		if b.open(a.URL + "/b/1/datetime?" + q.Encode()); b.has("main a[data-wish]") {
			return
		}
	}
	b.t.Fatal("every day has free times")
}

// confirmWish opens the link of the letter that asks to confirm, and confirms.
func (b *browser) confirmWish(letter mailtest.Message) {
	b.t.Helper()
	b.open(mailedLink(b.t, letter))
	if b.step() != "waiting" || !b.has("[data-wish=asked]") {
		b.t.Fatalf("step %q: %s", b.step(), b.text("main"))
	}
	b.press("main form[action*=confirm] [type=submit]")
	if !b.has("[data-wish=waiting]") {
		b.t.Fatalf("not confirmed: %s", b.text("main"))
	}
}

// salonWithMail is a program that writes e-mails, with a visit that its owner may cancel.
type salonWithMail struct {
	*app.App
	letters *mailtest.Server
	owner   *browser
	record  sandbox.Record // the visit
	visit   string         // its address
}

func startSalonWithMail(t *testing.T, form int, environ ...string) *salonWithMail {
	t.Helper()
	s := &salonWithMail{letters: mailtest.Start(t, mailtest.Options{NoStartTLS: true})}
	s.App = start(t, append(withMail(s.letters), environ...)...)
	s.owner = newBrowser(t, options{})
	s.record = s.owner.ownVisit(s.App, form)
	s.visit = ask[string](s.owner, "location.href")
	return s
}

// cancel cancels the visit, which opens its time.
func (s *salonWithMail) cancel() {
	s.owner.t.Helper()
	s.owner.open(s.visit)
	s.owner.press("main a[data-cancel]")
	s.owner.press(send)
}

// TestTellMeWhenATimeOpens: a visitor finds a day full, leaves an address, confirms it, is written to when a visit is cancelled, and
// books by the link of the letter, which ends the wish.
func TestTellMeWhenATimeOpens(t *testing.T) {
	t.Parallel()
	for name, o := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSalonWithMail(t, 1)
			a, letters, record := s.App, s.letters, s.record
			b := newBrowser(t, o)
			b.emptyDay(a, strconv.Itoa(record.Services[0]), record.Start)
			b.press("main a[data-wish]")
			b.press(send) // nothing is filled in
			if !b.has("[data-errors]") || !b.has("[name=email][aria-invalid=true]") {
				t.Fatalf("an empty form: %s", b.text("main"))
			}
			day := record.Start.Format(time.DateOnly)
			b.choose("from", day)
			b.choose("to", day)
			b.choose("master", strconv.Itoa(record.Staff))
			b.fill("email", "bert@people.example")
			b.check("accept_personal_data")
			b.press(send)
			if b.has("main form") {
				t.Fatalf("not sent: %s", b.text("main"))
			}
			b.confirmWish(letters.Wait(t, 1)[0])
			s.cancel()
			b.open(mailedLink(t, letters.Wait(t, 2)[1]))
			if b.step() != "contact" {
				t.Fatalf("the letter leads to %q: %s", b.step(), b.text("main"))
			}
			before := len(online(a))
			b.book(a)
			b.booked(a, before)
			records := online(a)
			if got := records[len(records)-1]; !got.Start.Equal(record.Start) || got.Staff != record.Staff {
				t.Errorf("booked %v with %d, want %v with %d", got.Start, got.Staff, record.Start, record.Staff)
			}
			// The wish has ended by itself.
			b.open(mailedLink(t, letters.Messages()[0]))
			if b.has("main form") || b.step() != "error" {
				t.Errorf("step %q: who has booked is still waiting: %s", b.step(), b.text("main"))
			}
		})
	}
}

// TestEarlierPlease: the owner of a visit is written to when an earlier time opens, and one press moves the visit to it.
func TestEarlierPlease(t *testing.T) {
	t.Parallel()
	for name, o := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSalonWithMail(t, 1)
			a, letters, first := s.App, s.letters, s.record
			b := newBrowser(t, o)
			// A later visit with the same master, of the next days that have a time.
			q := url.Values{"services": {strconv.Itoa(first.Services[0])}, "master": {strconv.Itoa(first.Staff)}, "lang": {"en"}}
			for i := range 30 {
				q.Set("date", first.Start.AddDate(0, 0, i+1).Format(time.DateOnly))
				if b.open(a.URL + "/b/1/datetime?" + q.Encode()); b.has("main .times > .slots a[data-slot]") {
					break
				}
			}
			b.phone = "+79161112233"
			b.press("main .times > .slots a[data-slot]")
			b.book(a)
			records := online(a)
			mine := records[len(records)-1]
			if mine.ID == first.ID || !mine.Start.After(first.Start) {
				t.Fatalf("visits %v and %v", first.Start, mine.Start)
			}
			b.press("main a[rel=record]")
			b.press("main a[data-wish]")
			b.fill("email", "carl@people.example")
			b.check("accept_personal_data")
			b.press(send)
			b.confirmWish(letters.Wait(t, 1)[0])
			s.cancel()
			b.open(mailedLink(t, letters.Wait(t, 2)[1]))
			b.press(send)
			if after := now(b, a, mine.ID); !after.Start.Equal(first.Start) || after.Deleted {
				t.Fatalf("the visit is at %v, want %v: %s", after.Start, first.Start, b.text("main"))
			}
		})
	}
}
