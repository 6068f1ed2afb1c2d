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

// askToBeTold asks to be told of a time of the day, the services and the master of a page's address, and returns the letter that asks
// for a confirmation.
func (r *rig) askToBeTold(of url.Values, day string, letters *mailtest.Server, email string) mailtest.Message {
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
	return letter
}

// wishLike asks as askToBeTold does, and confirms the wish by the link of the letter.
func (r *rig) wishLike(of url.Values, day string, letters *mailtest.Server, email string) {
	r.t.Helper()
	shown := r.get(mailedLink(r.t, r.askToBeTold(of, day, letters, email)))
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
		b.lines.Push = func(o *push.Options) {
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

// TestAWishIsOfferedWhereSomebodyCanBeTold: a customer whose time was taken, and a visitor to whom the page of free times has none to
// show, are offered to be told when a time opens, for the services and the day that they wanted. Where neither e-mails nor notifications
// are configured nothing is offered, and the form is not there.
func TestAWishIsOfferedWhereSomebodyCanBeTold(t *testing.T) {
	t.Parallel()
	const link = "main a[href*='/wish?']"
	for name, tt := range map[string]struct {
		settings []string
		field    string // of the form; "" = there is none
	}{
		"e-mail":        {withMail(mailtest.Start(t, mailtest.Options{NoStartTLS: true})), "[name=email]"},
		"notifications": {[]string{"OKOSHKO_PUSH_SUBJECT=mailto:us@w.example", "OKOSHKO_SERVER_PUBLIC_URL=" + publicURL}, "[data-push]"},
		"neither":       {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tt.settings...)
			confirm := r.toAhead(r.get("/b/1?lang=en"), "confirm")
			wanted := confirm.url.Query()
			r.taken(confirm)
			lost := r.send(confirm, nil)
			if lost.step() != "datetime" || lost.alert() == "" {
				t.Fatalf("the time is not lost: step %q\n%s", lost.step(), lost.Find("main").Text())
			}
			full := newRig(t, tt.settings...)
			full.fault(`{"path":"/book_staff/501","status":200,"body":"[]","times":100}`)
			windows := full.get("/b/1/windows?lang=en&services=" + strconv.Itoa(womenCut))
			if windows.step() != "windows" || windows.Find("main .empty").Length() != 1 || windows.Find("main a[data-slot]").Length() != 0 {
				t.Fatalf("the page of free times is not empty: step %q\n%s", windows.step(), windows.Find("main").Text())
			}
			for where, of := range map[string]struct {
				rig            *rig
				page           page
				services, from string
			}{
				"a lost time":           {r, lost, wanted.Get("services"), wanted.Get("slot")[:len(time.DateOnly)]},
				"a page without a time": {full, windows, strconv.Itoa(womenCut), ""},
			} {
				if tt.field == "" {
					if offers := of.page.Find("main a[href*='/wish']").Length(); offers != 0 {
						t.Errorf("%s: a wish is offered and nobody can be told", where)
					}
					if form := of.rig.get("/b/1/wish?lang=en&services=" + of.services); form.Find("[name=from]").Length() != 0 {
						t.Errorf("%s: the form is there and nobody can be told", where)
					}
					continue
				}
				if offers := of.page.Find(link).Length(); offers != 1 {
					t.Errorf("%s: a wish is offered %d times, want once\n%s", where, offers, of.page.Find("main").Text())
					continue
				}
				form := of.rig.press(of.page, link)
				if form.step() != "wish" || form.Find(tt.field).Length() == 0 || form.url.Query().Get("services") != of.services {
					t.Errorf("%s: the offer leads to %q, %s, without %s\n%s", where, form.step(), form.url, tt.field, form.Find("main").Text())
				}
				if from := form.Find("[name=from] [selected]").AttrOr("value", ""); of.from != "" && from != of.from {
					t.Errorf("%s: the form asks from %q, the lost day is %s", where, from, of.from)
				}
			}
		})
	}
}
