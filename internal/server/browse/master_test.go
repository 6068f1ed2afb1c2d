package browse_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/servertest"
)

// TestOnePressPicksMasterAndSlot books from the times on a master's card.
func TestOnePressPicksMasterAndSlot(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.To(site.Get("/b/1"), "master")
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
	before := len(site.Box.Calls())
	contact := site.Get(site.Absolute(p.URL, slot.AttrOr("href", "")))
	if contact.Step() != "contact" {
		t.Fatalf("one press leads to %q", contact.Step())
	}
	staff := card.Find("a[data-staff]").AttrOr("data-staff", "")
	if q := contact.URL.Query(); q.Get("master") != staff || !servertest.SameTime(t, q.Get("slot"), slot.AttrOr("data-slot", "")) {
		t.Errorf("chosen: %s", contact.URL)
	}
	if n := len(site.Box.Calls()) - before; n > 3 {
		t.Errorf("the press cost %d calls", n)
	}
	site.To(contact, "done")
	records := site.Online()
	if len(records) != 1 || !servertest.SameTime(t, records[0].Start.Format("2006-01-02T15:04:05Z07:00"), slot.AttrOr("data-slot", "")) {
		t.Fatalf("records %+v", records)
	}
	// Own booking: the time is gone from the cards at once.
	again := site.Get(p.URL.String())
	again.Find("main a[data-staff='" + staff + "']").Parent().Find("a[data-slot]").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("data-slot", "") == slot.AttrOr("data-slot", "") {
			t.Error("a booked time is still offered on the card")
		}
	})
}

// TestCardsOfferTimesOnlyWhenTheyAreNext: with services to come the times would say too much.
func TestCardsOfferTimesOnlyWhenTheyAreNext(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	for form, want := range map[string]bool{"1": true, "5": false, "6": true, "11": true} {
		p := site.To(site.Get("/b/"+form), "master")
		if got := p.Find("main a[data-slot]").Length() > 0; got != want {
			t.Errorf("form %s: times on the cards: %v, want %v", form, got, want)
		}
	}
}

func TestAboutMaster(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	list := site.To(site.Get("/b/1"), "master")
	p := site.Press(list, "main a[href*='/master/']")
	if p.Step() != "master" || p.Find("main .rich").Length() != 1 || p.Find("main .rich script").Length() != 0 {
		t.Fatalf("step %q: %s", p.Step(), p.Find("main").Text())
	}
	if p = site.To(p, "datetime"); p.URL.Query().Get("master") == "" {
		t.Errorf("choosing on the page leads to %s", p.URL)
	}
	for _, path := range []string{"/b/1/master/1?services=501001", "/b/1/master/x?services=501001", "/b/1/master/%2e%2e?services=501001"} {
		if p := site.Get(path); p.Status != http.StatusNotFound {
			t.Errorf("%s = %d, want 404", path, p.Status)
		}
	}
	if p := site.Get("/b/1/master/50101"); p.Step() != "service" {
		t.Errorf("before the services it leads to %q", p.Step())
	}
}

func TestSoonest(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	before := site.Calls(http.MethodGet, "/book_staff/")
	p := site.Get("/b/1/service")
	link := p.Find("main a[data-soonest]")
	if link.Length() < 1 || link.Length() > 3 || site.Calls(http.MethodGet, "/book_staff/")-before != 1 {
		t.Fatalf("soonest: %d lines for %d calls", link.Length(), site.Calls(http.MethodGet, "/book_staff/")-before)
	}
	chosen := site.Press(p, "main a[data-soonest]")
	master, slot := chosen.URL.Query().Get("master"), chosen.URL.Query().Get("slot")
	if master == "" || slot == "" || chosen.Step() != "service" || chosen.Find("main a[data-soonest]").Length() != 0 {
		t.Fatalf("a press leads to %s", chosen.URL)
	}
	if said := chosen.Find("[data-summary=datetime]").Text(); !strings.Contains(said, slot[11:16]) {
		t.Errorf("the chosen time is said as %q", said)
	}
	if said, name := chosen.Find("[data-summary=master]").Text(), link.First().Find(".note").Text(); name == "" || !strings.Contains(said, name) {
		t.Errorf("the chosen master %q is said as %q", name, said)
	}
	if n := site.Calls(http.MethodGet, "/book_staff/") - before; n > 2 {
		t.Errorf("two pages cost %d calls", n)
	}
	// The time stays chosen while a service is: a press leads on with it, unless the card says that it is not free for the service.
	straight := 0
	for _, card := range chosen.Find(servertest.Takes).EachIter() {
		next := site.Get(card.AttrOr("href", ""))
		told := strings.Contains(card.Text(), slot[11:16]+" не получится")
		switch {
		case next.URL.Query().Get("master") != master:
			t.Errorf("a press leads to another master: %s", next.URL)
		case next.Step() == "contact" && next.URL.Query().Get("slot") == slot:
			straight++
		case !told || next.Step() != "datetime":
			t.Errorf("the time is lost without a word: %s", next.URL)
		}
	}
	if straight == 0 {
		t.Error("no service leads on with the time")
	}
	cities := site.Get("/b/3")
	cities.Find("main a[data-city]").Each(func(_ int, s *goquery.Selection) {
		p := site.Get(site.Absolute(cities.URL, s.AttrOr("href", "")))
		if several := p.Find("main [data-company]").Length(); p.Step() == "company" && (several < 2 || p.Find("main .soon .tag").Length() != 1) {
			t.Errorf("%d of %d branches are the soonest", p.Find("main .soon .tag").Length(), several)
		}
	})
	masters := site.To(site.Get("/b/5"), "master")
	if n := masters.Find("main .soon .tag").Length(); n != 1 {
		t.Errorf("%d masters are the soonest", n)
	}
}

func TestMasterWhoCannotBeBookedIsShownAsSuch(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.To(site.Get("/b/5"), "master")
	off := p.Find("main [data-staff][aria-disabled=true]")
	if off.Length() == 0 {
		t.Fatal("nobody is away")
	}
	if _, link := off.Attr("href"); link || off.Closest("li").Find("a[data-slot]").Length() != 0 || !off.Closest("li").HasClass("off") {
		t.Errorf("%q can be pressed", off.Text())
	}
}

// TestALinksMasterWhoDoesNotDoIt follows a link to a master with a service that one other master does alone. The page has the other
// one's times, and names both: it does not say of the right one that he does not do it.
func TestALinksMasterWhoDoesNotDoIt(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	asked := ""
	for _, m := range site.Get("/b/1/datetime?lang=en&services=501001").Find("main .who [data-staff='50101'] .name").EachIter() {
		asked = m.Text()
	}
	p := site.Get("/b/1?lang=en&services=501010&master=50101")
	other := p.URL.Query().Get("master")
	if asked == "" || p.Step() != "datetime" || other == "50101" || other == "" || p.Find("main a[data-slot]").Length() == 0 {
		t.Fatalf("%q, step %q at %s: the test shows nothing", asked, p.Step(), p.URL)
	}
	note := strings.TrimSpace(p.Find("[role=status]").Text())
	if p.Alert() != "" || !strings.Contains(note, asked+" does not do this, but ") || !strings.Contains(p.Find("aside").Text(), strings.TrimSuffix(strings.Split(note, "but ")[1], " does.")) {
		t.Errorf("alert %q, note %q, chosen %q", p.Alert(), note, p.Find("aside").Text())
	}
	// A master who does not exist has no name; the one who stands in has.
	p = site.Get("/b/1?lang=en&services=501010&master=1")
	if note := p.Find("[role=status]").Text(); p.Alert() != "" || !strings.Contains(note, "cannot be booked for this, but ") {
		t.Errorf("alert %q, note %q", p.Alert(), note)
	}
	if p = site.Get("/b/1?lang=en&services=501001&master=1"); p.Alert() == "" {
		t.Error("several others do it, and nothing says that one must be chosen")
	}
}
