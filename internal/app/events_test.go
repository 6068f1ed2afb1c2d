package app

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/testclock"
)

// TestGroupEventIsBooked walks from the list of a form that offers events only to the done page.
func TestGroupEventIsBooked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	list := r.busyWeek(r.get("/b/22"))
	for step, selector := range map[string]string{"service": "[data-service]", "datetime": "[data-slot]"} {
		if p := r.get("/b/22/" + step); p.step() != "events" || p.Find(selector).Length() != 0 {
			t.Errorf("%s of a form with events only leads to %q", step, p.step())
		}
	}
	event := r.openEvent(list, list.Find("main section[data-date]"))
	seats := event.Find("main a[data-seats]")
	if event.step() != "events" || seats.Length() == 0 || event.Find("main time").AttrOr("datetime", "") == "" {
		t.Fatalf("the event's page: step %q, seats %d\n%s", event.step(), seats.Length(), event.Find("main").Text())
	}
	p := r.press(event, "main a[data-seats]")
	if p.step() != "contact" || p.Find("[data-summary=events]").Length() != 1 {
		t.Fatalf("after the seats: step %q, %d rows", p.step(), p.Find("[data-summary=events]").Length())
	}
	p = r.to(p, "confirm")
	if got, want := p.Find("main time").AttrOr("datetime", ""), event.Find("main time").AttrOr("datetime", ""); got != want {
		t.Errorf("the confirmation's time is %s, the event's %s", got, want)
	}
	p = r.send(p, nil)
	records := r.online()
	if p.step() != "done" || len(records) != 1 || records[0].Activity == 0 {
		t.Fatalf("step %q, records %+v", p.step(), records)
	}
	if id := event.Find("main [data-event]").AttrOr("data-event", ""); strconv.Itoa(records[0].Activity) != id {
		t.Errorf("booked event %d, chosen %s", records[0].Activity, id)
	}
	if n := r.calls(http.MethodPost, "/activity/"); n != 1 {
		t.Errorf("the event was booked %d times", n)
	}
	if link := p.Find("main a[rel=record]").AttrOr("href", ""); !strings.Contains(link, "/"+strconv.Itoa(records[0].ID)+"/"+records[0].Hash) {
		t.Errorf("record link = %q", link)
	}
	if p = r.press(p, "main a[rel=record]"); p.step() != "record" {
		t.Errorf("the record's page is step %q", p.step())
	}
}

func TestEventsAreNarrowed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.get("/b/22/events")
	all := r.busyWeek(first)
	count := func(p page) int { return p.Find("main a[data-event]").Length() }
	day := all.Find("main section[data-date]").Last().AttrOr("data-date", "")
	one := r.get("/b/22/events?day=" + day)
	if n := one.Find("main section[data-date]").Length(); n != 1 || one.Find("main section").AttrOr("data-date", "") != day {
		t.Errorf("one day shows %d days", n)
	}
	service := all.Find("main nav.jump").Last().Find("a").Last().AttrOr("href", "")
	some := r.get(r.absolute(all.url, service))
	if n := count(some); n == 0 || n >= count(all) {
		t.Errorf("one service shows %d of %d events", n, count(all))
	}
	if none := r.get("/b/22/events?day=2001-01-01"); count(none) != 0 || none.Find("main .empty").Length() != 1 {
		t.Errorf("a day without events shows %d", count(none))
	}
	// A link from elsewhere names the day as every other step does, and may be followed to other days, services and languages.
	dated := r.get("/b/22?lang=en&date=" + day)
	shown := func(p page) string { return p.Find("main section[data-date]").First().AttrOr("data-date", "") }
	if n := dated.Find("main section[data-date]").Length(); dated.step() != "events" || n != 1 || shown(dated) != day {
		t.Errorf("with a date: step %q, %d days, the first is %q", dated.step(), n, shown(dated))
	}
	if p := r.press(dated, ".languages a[hreflang]:not([aria-current])"); shown(p) != day {
		t.Errorf("in another language %q is shown", shown(p))
	}
	if p := r.get("/b/22/events?date=" + day + "&day=" + shown(all)); shown(p) != shown(all) {
		t.Errorf("the day %s beside a date shows %s", shown(all), shown(p))
	}
	for _, link := range dated.Find("main p > a[href*='/events'], main nav.jump a").EachIter() {
		if p := r.get(r.absolute(dated.url, link.AttrOr("href", ""))); p.url.Query().Has("date") {
			t.Errorf("%q keeps the date: %s", link.Text(), p.url)
		}
	}
	if p := r.get("/b/22/events?lang=en&date=2001-01-01"); shown(p) != shown(first) || count(p) != count(first) {
		t.Errorf("a date without events shows %d days from %q", p.Find("main section[data-date]").Length(), shown(p))
	}
	// An ordinary form of the same salon offers both, and one of another salon none.
	if p := r.to(r.get("/b/17"), "service"); p.Find("a[href*='/b/17/events']").Length() == 0 {
		t.Errorf("the service step does not lead to the events")
	}
	if p := r.get("/b/1/events"); p.status != http.StatusOK || count(p) != 0 {
		t.Errorf("a salon without events: %d, %d events", p.status, count(p))
	}
}

func TestEventThatIsGoneOrFull(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if p := r.get("/b/22/events/1"); p.step() != "events" || p.alert() == "" && p.Find("[role=status]").Length() == 0 {
		t.Errorf("an unknown event: step %q, %q", p.step(), p.alert())
	}
	if p := r.get("/b/22/contact?event=1&seats=1"); p.step() != "events" {
		t.Errorf("an unknown event in a link leads to %q", p.step())
	}
	p := r.to(r.get("/b/22"), "confirm")
	r.fault(`{"path":"/activity/901/","status":422,"body":"{\"success\":false,\"data\":null,\"meta\":{\"message\":\"Нет свободных мест\",\"errors\":[]}}","times":1}`)
	p = r.send(p, nil)
	if p.step() != "events" || len(r.online()) != 0 {
		t.Fatalf("a full event leads to %q", p.step())
	}
	if p.Find(".alert").Length() == 0 {
		t.Errorf("nothing is said about the full event")
	}
}

func TestUnknownOutcomeOfAnEventSendsToTheSalon(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.to(r.get("/b/22"), "confirm")
	r.fault(`{"method":"POST","path":"/activity/901/","work":true,"close":"after","times":1}`)
	p = r.send(p, nil)
	if p.step() != "done" || p.Find(".outcome.unsure").Length() != 1 {
		t.Fatalf("step %q: %s", p.step(), p.Find("main").Text())
	}
	if n := r.calls(http.MethodPost, "/activity/"); n != 1 {
		t.Errorf("the event was booked %d times", n)
	}
}

// TestPlacesOfAnEventAreCounted books two places at an event: every page of the visit, and its file for calendars, name both
// and what they cost together.
func TestPlacesOfAnEventAreCounted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	own, _ := r.browser()
	contact := own.press(own.roomyEvent(own.get("/b/22?lang=en")), "main a[data-seats='2']")
	row := func(p page) string { return plain(p.Find("main .rows > div").First().Text()) }
	want := row(contact)
	if !strings.Contains(want, "2 spots") {
		t.Fatalf("the ticket of the contact page says %q", want)
	}
	done := own.to(contact, "done")
	record := own.press(done, "main a[rel=record]")
	cancel := own.press(record, "main a[data-cancel]")
	for name, p := range map[string]page{"done": done, "record": record, "cancel": cancel} {
		if got := row(p); got != want {
			t.Errorf("%s (step %q) says %q, the contact page said %q", name, p.step(), got, want)
		}
	}
	// Nobody is told to move what cannot be moved.
	r.has(done, "done", plain(says(t, "en", "widget.done.booked.text_cancel")), plain(says(t, "en", "widget.move.event")))
	r.has(done, "done", plain(says(t, "en", "widget.record.address_note_cancel")))
	if got := plain(done.Find("main a[rel=record]").Text()); got != says(t, "en", "widget.done.details_cancel") {
		t.Errorf("the ticket's button says %q", got)
	}
	r.has(record, "record", plain(says(t, "en", "widget.record.address_note_cancel")))
	gone := own.send(cancel, nil)
	r.has(gone, "cancelled", plain(says(t, "en", "widget.record.address_note_none")))
	// The same again is the same kind of event, and not all of them.
	list := own.press(record, "main .also a")
	kinds := map[string]bool{}
	for _, card := range list.Find("main a[data-event]").EachIter() {
		kinds[strings.TrimSpace(card.Find(".about .strong").First().Text())] = true
	}
	if n := list.Find("main a[data-event]").Length(); list.step() != "events" || len(kinds) != 1 || !list.url.Query().Has("service") || list.url.Query().Has("master") {
		t.Errorf("the same again leads to %s: %d events of %v", list.url, n, kinds)
	}
	file, _ := r.file(record.url.Path + "/visit.ics?lang=en")
	if text := plain(strings.ReplaceAll(file, "\r\n ", "")); !strings.Contains(text, "2 spots") {
		t.Errorf("the calendar file does not count them:\n%s", text)
	}
}

// TestTicketPromisesWhatIsAllowed books a visit that begins too soon to be moved or cancelled: the ticket says so, as the page
// of the visit does.
func TestTicketPromisesWhatIsAllowed(t *testing.T) {
	t.Parallel()
	clock := testclock.Standing()
	r := newRigAt(t, clock.Now)
	done := r.to(r.get("/b/1?lang=en"), "done")
	begun := clock.Now()
	if late := r.latest().Start.Add(-2 * time.Hour); late.After(clock.Now()) {
		clock.Set(late) // moving ends 3 hours before, cancelling 5
	}
	record := r.press(done, "main a[rel=record]")
	if clock.Now().Sub(begun) > 20*time.Hour {
		// After the holidays the next visit is days away, and the done page is no more.
		r.has(record, "record", "Moving online closes 3 h before", "Online cancellation closes 5 h before")
		return
	}
	late := r.get(done.url.RequestURI())
	r.has(late, "done", plain(says(t, "en", "widget.done.booked.text_none")), "!"+plain(says(t, "en", "widget.done.booked.text")), plain(says(t, "en", "widget.record.address_note_none")))
	for _, text := range []string{"Moving online closes 3 h before", "Online cancellation closes 5 h before"} {
		r.has(late, "done", text)
		r.has(record, "record", text)
	}
	if got := plain(late.Find("main a[rel=record]").Text()); got != says(t, "en", "widget.done.details_none") {
		t.Errorf("the ticket's button says %q", got)
	}
}

// TestMissingPagesOfAFormLeadToItsStart opens addresses of a form that do not exist.
func TestMissingPagesOfAFormLeadToItsStart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.get("/b/1?lang=en")
	before := r.asked()
	for _, path := range []string{"/b/1/nope?lang=en", "/b/1/done?attempt=zzz&lang=en"} {
		p := r.get(path)
		link := p.Find("main a[href='/b/1?lang=en']")
		if p.status != http.StatusNotFound || p.step() != "error" || strings.TrimSpace(link.Text()) != says(t, "en", "widget.error.restart") {
			t.Errorf("%s: status %d, %q: %s", path, p.status, link.Text(), p.Find("main").Text())
		}
	}
	if n := r.asked() - before; n != 0 {
		t.Errorf("they cost %d calls", n)
	}
}
