package app

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// TestOnePressPicksMasterAndSlot books from the times on a master's card.
func TestOnePressPicksMasterAndSlot(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.to(r.get("/b/1"), "master")
	card := p.Find("main li.card").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find("a[data-slot]").Length() > 0 }).First()
	slots := card.Find("a[data-slot]")
	if slots.Length() == 0 || slots.Length() > 4 {
		t.Fatalf("the card has %d times", slots.Length())
	}
	name, slot := strings.TrimSpace(card.Find(".strong").First().Text()), slots.First()
	for _, want := range []string{name, slot.Text(), "₽"} {
		if label := slot.AttrOr("aria-label", ""); !strings.Contains(label, want) {
			t.Errorf("the time is named %q, without %q", label, want)
		}
	}
	before := len(r.box.Calls())
	contact := r.get(r.absolute(p.url, slot.AttrOr("href", "")))
	if contact.step() != "contact" {
		t.Fatalf("one press leads to %q", contact.step())
	}
	staff := card.Find("a[data-staff]").AttrOr("data-staff", "")
	if q := contact.url.Query(); q.Get("master") != staff || !sameTime(t, q.Get("slot"), slot.AttrOr("data-slot", "")) {
		t.Errorf("chosen: %s", contact.url)
	}
	if n := len(r.box.Calls()) - before; n > 3 {
		t.Errorf("the press cost %d calls", n)
	}
	r.to(contact, "done")
	records := r.online()
	if len(records) != 1 || !sameTime(t, records[0].Start.Format("2006-01-02T15:04:05Z07:00"), slot.AttrOr("data-slot", "")) {
		t.Fatalf("records %+v", records)
	}
	// Own booking: the time is gone from the cards at once.
	again := r.get(p.url.String())
	again.Find("main a[data-staff='" + staff + "']").Parent().Find("a[data-slot]").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("data-slot", "") == slot.AttrOr("data-slot", "") {
			t.Error("a booked time is still offered on the card")
		}
	})
}

// TestCardsOfferTimesOnlyWhenTheyAreNext: with services to come the times would say too much.
func TestCardsOfferTimesOnlyWhenTheyAreNext(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for form, want := range map[string]bool{"1": true, "5": false, "6": true, "11": true} {
		p := r.to(r.get("/b/"+form), "master")
		if got := p.Find("main a[data-slot]").Length() > 0; got != want {
			t.Errorf("form %s: times on the cards: %v, want %v", form, got, want)
		}
	}
}

func TestAboutMaster(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	list := r.to(r.get("/b/1"), "master")
	p := r.press(list, "main a[href*='/master/']")
	if p.step() != "master" || p.Find("main .rich").Length() != 1 || p.Find("main .rich script").Length() != 0 {
		t.Fatalf("step %q: %s", p.step(), p.Find("main").Text())
	}
	if p = r.to(p, "datetime"); p.url.Query().Get("master") == "" {
		t.Errorf("choosing on the page leads to %s", p.url)
	}
	for _, path := range []string{"/b/1/master/1?services=501001", "/b/1/master/x?services=501001", "/b/1/master/%2e%2e?services=501001"} {
		if p := r.get(path); p.status != http.StatusNotFound {
			t.Errorf("%s = %d, want 404", path, p.status)
		}
	}
	if p := r.get("/b/1/master/50101"); p.step() != "service" {
		t.Errorf("before the services it leads to %q", p.step())
	}
}

func TestSoonest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	before := r.calls(http.MethodGet, "/book_staff/")
	p := r.get("/b/1/service")
	link := p.Find("main a[data-soonest]")
	if link.Length() != 1 || r.calls(http.MethodGet, "/book_staff/")-before != 1 {
		t.Fatalf("soonest: %d lines for %d calls", link.Length(), r.calls(http.MethodGet, "/book_staff/")-before)
	}
	chosen := r.press(p, "main a[data-soonest]")
	if chosen.url.Query().Get("master") == "" || chosen.step() != "service" || chosen.Find("main a[data-soonest]").Length() != 0 {
		t.Errorf("a press leads to %s", chosen.url)
	}
	if n := r.calls(http.MethodGet, "/book_staff/") - before; n > 2 {
		t.Errorf("two pages cost %d calls", n)
	}
	cities := r.get("/b/3")
	cities.Find("main a[data-city]").Each(func(_ int, s *goquery.Selection) {
		p := r.get(r.absolute(cities.url, s.AttrOr("href", "")))
		if several := p.Find("main [data-company]").Length(); p.step() == "company" && (several < 2 || p.Find("main .soon .tag").Length() != 1) {
			t.Errorf("%d of %d branches are the soonest", p.Find("main .soon .tag").Length(), several)
		}
	})
	masters := r.to(r.get("/b/5"), "master")
	if n := masters.Find("main .soon .tag").Length(); n != 1 {
		t.Errorf("%d masters are the soonest", n)
	}
}

func TestMasterWhoCannotBeBookedIsShownAsSuch(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.to(r.get("/b/5"), "master")
	off := p.Find("main [data-staff][aria-disabled=true]")
	if off.Length() == 0 {
		t.Fatal("nobody is away")
	}
	if _, link := off.Attr("href"); link || off.Closest("li").Find("a[data-slot]").Length() != 0 || !off.Closest("li").HasClass("off") {
		t.Errorf("%q can be pressed", off.Text())
	}
}
