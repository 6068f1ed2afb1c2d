package app

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/mailtest"
	"okoshko/internal/push"
	"okoshko/internal/pushtest"
	"okoshko/internal/testclock"
)

// withMail are the settings of a program that sends e-mails through a server of the test's own, at any hour.
func withMail(server *mailtest.Server) []string {
	return []string{
		"OKOSHKO_MAIL_HOST=" + server.Host, "OKOSHKO_MAIL_PORT=" + strconv.Itoa(server.Port), "OKOSHKO_MAIL_TLS=none", "OKOSHKO_MAIL_FROM=wishes@w.example",
		"OKOSHKO_SERVER_PUBLIC_URL=" + publicURL, "OKOSHKO_WAITING_QUIET=",
	}
}

// publicURL is the configured address of the widget. Tests reach it at another one.
const publicURL = "http://w.example"

var mailedLinks = regexp.MustCompile(publicURL + `(/\S+)`)

// mailedLink is the first link of a letter, without the origin.
func mailedLink(t *testing.T, m mailtest.Message) string {
	t.Helper()
	found := mailedLinks.FindStringSubmatch(m.Text)
	if found == nil {
		t.Fatalf("no link in:\n%s", m.Text)
	}
	return found[1]
}

// wishLike asks to be told of a time of the day, the services and the master of a page's address, and confirms that by the link of the
// letter.
func (r *rig) wishLike(of url.Values, day string, letters *mailtest.Server, email string) {
	r.t.Helper()
	q := url.Values{"services": of["services"], "master": of["master"], "date": {day}, "lang": {"en"}}
	form := r.get("/b/1/wish?" + q.Encode())
	before := len(letters.Messages())
	sent := r.send(form, map[string]string{"email": email, "accept_personal_data": "1"})
	if sent.url.Query().Get("say") != "sent" {
		r.t.Fatalf("the wish was not taken: %s", sent.Find("main").Text())
	}
	letter := letters.Wait(r.t, before+1)[before]
	if letter.To != email {
		r.t.Fatalf("the letter went to %s", letter.To)
	}
	shown := r.get(mailedLink(r.t, letter))
	confirmed := r.post(r.app.URL+shown.Find("form[action*=confirm]").AttrOr("action", ""), url.Values{})
	if confirmed.Find("[data-wish=waiting]").Length() != 1 {
		r.t.Fatalf("not confirmed: %s", confirmed.Find("main").Text())
	}
}

// TestACancelTellsWhoWaits: somebody waits for a time of a day and a master. When the visit that has it is cancelled, an e-mail comes;
// its link opens the contact page with everything chosen, and books.
func TestACancelTellsWhoWaits(t *testing.T) {
	t.Parallel()
	letters := mailtest.Start(t, mailtest.Options{NoStartTLS: true})
	r := newRig(t, withMail(letters)...)
	contact := r.toAhead(r.get("/b/1?lang=en"), "contact")
	taken := contact.url.Query()
	visit := r.get(r.to(contact, "done").Find("a[rel=record]").First().AttrOr("href", ""))
	day := taken.Get("slot")[:len("2006-01-02")]
	r.wishLike(taken, day, letters, "bert@people.example")
	if state := r.operator(http.MethodGet, "/", nil).Find("#state").Text(); !strings.Contains(state, "1 of company ") || strings.Contains(state, "bert") {
		t.Errorf("the operator is not told that somebody waits, or is told who: %s", state)
	}
	cancel := r.press(visit, "main a[data-cancel]")
	r.send(cancel, nil)
	letter := letters.Wait(t, 2)[1]
	if letter.To != "bert@people.example" || !strings.HasPrefix(letter.Subject(), "A time has opened: ") {
		t.Fatalf("to %s: %s", letter.To, letter.Subject())
	}
	opened := r.get(mailedLink(t, letter))
	if q := opened.url.Query(); opened.step() != "contact" || !sameTime(t, q.Get("slot"), taken.Get("slot")) || taken.Get("master") != "0" && q.Get("master") != taken.Get("master") {
		t.Fatalf("the link leads to %q, %s; taken was %s\n%s", opened.step(), opened.url, taken.Encode(), letter.Text)
	}
	if done := r.to(opened, "done"); done.step() != "done" {
		t.Fatalf("step %q", done.step())
	}
	if text := r.log.String(); strings.Contains(text, "bert@") || strings.Contains(text, "/w/"+strings.TrimPrefix(strings.Split(mailedLink(t, letters.Messages()[0]), "?")[0], "/w/")) {
		t.Error("the log holds an address or a secret")
	}
}

// TestEarlierPleaseMovesTheVisit: the owner of a visit waits for an earlier time. When one opens, one press on the page that the letter
// leads to moves the visit, and the wish is over.
func TestEarlierPleaseMovesTheVisit(t *testing.T) {
	t.Parallel()
	letters := mailtest.Start(t, mailtest.Options{NoStartTLS: true})
	r := newRig(t, withMail(letters)...)
	// Two visits for the same service with the same master: the first time of a day, and the last one.
	slots := r.twoTimes()
	contact := r.get(slots.First().AttrOr("href", ""))
	taken := contact.url.Query()
	first := r.get(r.to(contact, "done").Find("a[rel=record]").First().AttrOr("href", ""))
	later := r.get(slots.Last().AttrOr("href", ""))
	visit := r.get(r.to(later, "done").Find("a[rel=record]").First().AttrOr("href", ""))
	form := r.press(visit, "main a[data-wish]")
	if sent := r.send(form, map[string]string{"email": "carl@people.example", "accept_personal_data": "1"}); sent.url.Query().Get("say") != "sent" {
		t.Fatalf("the wish was not taken: %s", sent.Find("main").Text())
	}
	wish := mailedLink(t, letters.Wait(t, 1)[0])
	shown := r.get(wish)
	r.post(r.app.URL+shown.Find("form[action*=confirm]").AttrOr("action", ""), url.Values{})
	r.send(r.press(first, "main a[data-cancel]"), nil)
	move := r.get(mailedLink(t, letters.Wait(t, 2)[1]))
	if move.Find("input[name=slot]").Length() != 1 || !sameTime(t, move.Find("input[name=slot]").AttrOr("value", ""), taken.Get("slot")) {
		t.Fatalf("%s offers no move: %s", move.url, move.Find("main").Text())
	}
	if moved := r.send(move, nil); moved.Find(".badge.moved").Length() != 1 && !strings.Contains(moved.Find("main").Text(), "moved") {
		t.Fatalf("not moved: %s", moved.Find("main").Text())
	}
	if left := r.online(); len(left) != 1 || !sameTime(t, left[0].Start.Format("2006-01-02T15:04:05Z07:00"), taken.Get("slot")) {
		t.Fatalf("visits: %+v", left)
	}
	if p := r.get(wish); p.status != http.StatusNotFound {
		t.Errorf("the wish is still there: status %d", p.status)
	}
}

// twoTimes are the times of a master's day, days away, that has several.
func (r *rig) twoTimes() *goquery.Selection {
	r.t.Helper()
	p := r.toAhead(r.get("/b/5?lang=en"), "datetime") // the master comes first
	for _, day := range r.daysAhead(p).Find("main a[data-date]").EachIter() {
		if day.AttrOr("data-date", "") < r.now().AddDate(0, 0, 3).Format(time.DateOnly) {
			continue
		}
		if slots := r.get(day.AttrOr("href", "")).Find("main .times .slots a[data-slot]"); slots.Length() > 3 {
			return slots
		}
	}
	r.t.Fatal("no day has several times")
	return nil
}

// TestABrowserIsTold: the same for a browser that has subscribed to notifications.
func TestABrowserIsTold(t *testing.T) {
	t.Parallel()
	service := pushtest.Start(t)
	r := newRigWith(t, func(b *beginning) {
		b.pushes = func(o *push.Options) {
			o.Roots, o.MayConnect = service.Roots, func(ip netip.Addr) bool { return ip.IsLoopback() }
		}
	}, "", testclock.Running().Now, "OKOSHKO_PUSH_SUBJECT=mailto:us@w.example", "OKOSHKO_SERVER_PUBLIC_URL="+publicURL, "OKOSHKO_WAITING_QUIET=")
	contact := r.toAhead(r.get("/b/1?lang=ru"), "contact")
	taken := contact.url.Query()
	visit := r.get(r.to(contact, "done").Find("a[rel=record]").First().AttrOr("href", ""))
	q := url.Values{"services": taken["services"], "master": taken["master"], "date": {taken.Get("slot")[:10]}, "lang": {"ru"}}
	form := r.get("/b/1/wish?" + q.Encode())
	if form.Find("[data-push]").AttrOr("data-push", "") == "" || form.Find("[name=email]").Length() > 0 {
		t.Fatalf("no notifications are offered, or an e-mail is: %s", form.Find("main").Text())
	}
	if shown := r.send(form, map[string]string{"push": service.Subscribe(t)}); shown.Find("[data-wish=waiting]").Length() != 1 {
		t.Fatalf("the wish was not taken: %s", shown.Find("main").Text())
	}
	r.send(r.press(visit, "main a[data-cancel]"), nil)
	service.Wait(t, 1)
	var read struct {
		Notification struct{ Title, Navigate string }
	}
	if err := json.Unmarshal(service.Received()[0].Payload, &read); err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(read.Notification.Navigate)
	if err != nil || !strings.HasPrefix(read.Notification.Title, "Освободилось время: ") {
		t.Fatalf("%s", service.Received()[0].Payload)
	}
	if opened := r.get(to.RequestURI()); opened.step() != "contact" || !sameTime(t, opened.url.Query().Get("slot"), taken.Get("slot")) {
		t.Fatalf("the notification leads to %q, %s", opened.step(), opened.url)
	}
}
