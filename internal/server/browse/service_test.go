package browse_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/sandbox"
	"okoshko/internal/servertest"
)

// titles are the services that a page offers.
func titles(p servertest.Page) []string {
	return p.Find("main [data-service] .strong").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
}

// TestSearchWithoutScripts sends the search form, as a browser does, and keeps looking while services
// are chosen.
func TestSearchWithoutScripts(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/18/service?lang=uk")
	all := len(titles(p))
	form := p.Find("main form[method=get]")
	if form.Length() != 1 || all < 50 {
		t.Fatalf("%d search forms over %d services", form.Length(), all)
	}
	find := func(words string) servertest.Page {
		values := url.Values{"q": {words}}
		form.Find("input[type=hidden]").Each(func(_ int, s *goquery.Selection) { values.Set(s.AttrOr("name", ""), s.AttrOr("value", "")) })
		return site.Get(form.AttrOr("action", "") + "?" + values.Encode())
	}
	if p.Find(".soonest").Length() != 1 {
		t.Error("the page has no soonest times")
	}
	found := find("  МАНІКЮР  лак ")
	if found.Find(".soonest").Length() != 0 {
		t.Error("the soonest times stand above what a search has found")
	}
	if n := len(titles(found)); n == 0 || n >= all {
		t.Fatalf("found %d of %d", n, all)
	}
	for _, title := range titles(found) {
		if !strings.Contains(strings.ToLower(title), "манікюр") {
			t.Errorf("found %q", title)
		}
	}
	if got := found.Find("main input[type=search]").AttrOr("value", ""); got != "МАНІКЮР лак" {
		t.Errorf("the field holds %q", got)
	}
	chosen := site.Press(found, servertest.Adds)
	if got := chosen.Find("main input[type=search]").AttrOr("value", ""); got == "" || chosen.Find("main .bar [data-next]").Length() != 1 {
		t.Errorf("after choosing one: search %q, %d ways on", got, chosen.Find("main [data-next]").Length())
	}
	if n := len(titles(find("японськии"))); n != 1 { // й is и with an accent
		t.Errorf("a word without its accent finds %d services, want 1", n)
	}
	none := find("zzzz")
	if len(titles(none)) != 0 || none.Find("main .empty a").Length() != 1 {
		t.Fatalf("nothing found shows %d services and %d ways back", len(titles(none)), none.Find("main .empty a").Length())
	}
	if back := site.Press(none, "main .empty a"); len(titles(back)) != all {
		t.Errorf("the whole list again has %d services, want %d", len(titles(back)), all)
	}
	if evil := find(`"><script>`); evil.Find("main script").Length() != 0 {
		t.Error("a search becomes a script")
	}
}

// TestIncompatibleServicesAreShownAsSuch compares the page with the upstream's own answer.
func TestIncompatibleServicesAreShownAsSuch(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/18/service?lang=en")
	if p.Find("main [data-service] [aria-disabled]").Length() != 0 {
		t.Fatal("something is off before anything is chosen")
	}
	before := site.Calls("GET", "/book_services/")
	p = site.Press(p, servertest.Adds)
	apart := p.Find("main [data-service]:not(:has(a + a))")
	if apart.Length() == 0 || apart.Length() >= len(titles(p)) {
		t.Fatalf("%d of %d do not go with the first", apart.Length(), len(titles(p)))
	}
	if n := site.Calls("GET", "/book_services/") - before; n != 1 {
		t.Errorf("it took %d calls, want 1", n)
	}
	for _, card := range apart.EachIter() {
		if u := card.Find("a").AttrOr("href", ""); !strings.Contains(u, "then="+card.AttrOr("data-service", "")) || !strings.Contains(card.Text(), "only as a separate appointment") {
			t.Errorf("%q leads to %q", card.Text(), u)
		}
	}
	// A promotion is no appointment of its own.
	p.Find("main [data-promotion] [aria-disabled]").Each(func(_ int, s *goquery.Selection) {
		if _, link := s.Attr("href"); link || !strings.Contains(s.Text(), "cannot be combined") {
			t.Errorf("%q is off, has a link: %v", s.Text(), link)
		}
	})
	// What is not off can be booked together.
	p = site.Press(p, "main [data-service]:not(.chosen):has(a + a) > a[href]")
	if p.Step() == "service" {
		t.Fatal("a press on a card does not go on")
	}
	if p = site.To(p, "done"); len(site.Online()) != 1 {
		t.Fatalf("two services that go together end at %q", p.Step())
	}
	if n := len(site.Online()[0].Services); n != 2 {
		t.Errorf("the record has %d services", n)
	}
}

func TestPromotionAddsItsServices(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/18/service?lang=en")
	if n := p.Find("main [data-promotion]").Length(); n != 1 {
		t.Fatalf("promotions = %d, want 1", n)
	}
	const takes, adds = "main [data-promotion] > a", "main [data-promotion] > a + a"
	both := site.Press(p, adds)
	if n := len(strings.Split(both.URL.Query().Get("services"), ",")); n != 2 || both.Step() != "service" || both.Find("main [data-promotion] a[aria-current=true][data-next]").Length() != 1 {
		t.Fatalf("it adds %q", both.URL.Query().Get("services"))
	}
	if none := site.Press(both, adds); none.URL.Query().Get("services") != "" {
		t.Errorf("pressed again it leaves %q", none.URL.Query().Get("services"))
	}
	p = site.Press(p, takes)
	if n := len(strings.Split(p.URL.Query().Get("services"), ",")); n != 2 || p.Step() == "service" {
		t.Fatalf("it takes %q and leads to step %q", p.URL.Query().Get("services"), p.Step())
	}
	// Few do both, and around a holiday none of them works.
	for range 20 {
		if p = site.To(p, "datetime"); p.Find("main a[data-slot], main .strip a[data-date]").Length() > 0 {
			break
		}
		site.Clock.Add(24 * time.Hour)
		p = site.Get(p.URL.RequestURI())
	}
	if site.To(p, "done"); len(site.Online()) != 1 || len(site.Online()[0].Services) != 2 {
		t.Errorf("records = %+v", site.Online())
	}
}

func TestInactiveServicesAreNotOffered(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/18/service?lang=en")
	for _, title := range titles(p) {
		if strings.Contains(title, "AirTouch") || strings.Contains(strings.ToLower(title), "bridal") {
			t.Errorf("%q is offered", title)
		}
	}
}

// TestTitlesAndTagsDoNotSayTheSame: a category or a service says whom it is for, unless its title begins with that.
func TestTitlesAndTagsDoNotSayTheSame(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	tags := 0
	for _, lang := range []string{"en", "uk", "de", "lv", "lt", "et", "ru"} {
		p := site.Get("/b/18/service?lang=" + lang)
		tags += p.Find("main .tag").Length()
		p.Find("main h2, main [data-service]").Each(func(_ int, s *goquery.Selection) {
			tag := strings.ToLower(strings.TrimSpace(s.Find(".tag").Text()))
			if title := strings.ToLower(strings.Join(strings.Fields(s.Text()), " ")); tag != "" && strings.HasPrefix(title, tag) {
				t.Errorf("%s: %q says it twice", lang, title)
			}
		})
	}
	if tags == 0 {
		t.Error("nothing says whom it is for")
	}
}

// TestLengthIsShownOnceTheMasterIsKnown: the upstream tells lengths for a master only.
func TestLengthIsShownOnceTheMasterIsKnown(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.To(site.Get("/b/5"), "service") // master first
	if id := p.URL.Query().Get("master"); id == "" || id == "0" {
		p = site.Get("/b/5/service?lang=ru&master=" + strconv.Itoa(50101))
	}
	notes := p.Find("main [data-service] .note").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "ч") || strings.Contains(n, "мин") }) {
		t.Errorf("no length among %q", notes)
	}
}

// TestACardGoesOnAndItsPlusStays: one press takes a service to the next step; the plus adds services, and each chosen card then
// has the way on.
func TestACardGoesOnAndItsPlusStays(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/18/service?lang=en")
	first, second := p.Find(servertest.Takes).First(), p.Find(servertest.Adds).First()
	id := first.Parent().AttrOr("data-service", "")
	if next := site.Press(p, servertest.Takes); next.Step() == "service" || next.URL.Query().Get("services") != id {
		t.Fatalf("a press on a card leads to %s", next.URL)
	}
	if label := second.AttrOr("aria-label", ""); !strings.Contains(label, first.Find(".strong").Text()) {
		t.Errorf("the plus is called %q", label)
	}
	p = site.Press(p, servertest.Adds)
	card := p.Find("main [data-service='" + id + "']")
	if p.Step() != "service" || p.URL.Query().Get("services") != id || p.URL.Fragment != card.AttrOr("id", "") || !card.HasClass("chosen") {
		t.Fatalf("the plus leads to %s", p.URL)
	}
	on := card.Find("a[data-next]")
	if bar := p.Find(".bar a[data-next]").AttrOr("href", ""); on.Length() != 1 || bar == "" || on.AttrOr("href", "") != bar || !strings.Contains(on.Text(), "Continue") {
		t.Errorf("the chosen card goes on to %q, the bar to %q", on.AttrOr("href", ""), bar)
	}
	// Another card takes its service beside the chosen one.
	other := p.Find("main [data-service]:not(.chosen) > a[href]").First()
	if next := site.Get(other.AttrOr("href", "")); next.URL.Query().Get("services") != id+","+other.Parent().AttrOr("data-service", "") {
		t.Errorf("another card leads to %s", next.URL)
	}
	if p = site.Press(p, "main .chosen > a + a"); p.URL.Query().Get("services") != "" || p.Find("main [data-next]").Length() != 0 {
		t.Errorf("pressed again the plus leads to %s", p.URL)
	}
}

// suggest has form 1 preselect a service.
func suggest(t *testing.T, site *servertest.Site, service int) {
	t.Helper()
	type fields = map[string]any
	if err := site.Box.Answer(sandbox.Answer{Path: "bookform/1", Merge: fields{"steps": []fields{
		{"step": "service", "num": 1, "default": service}, {"step": "master", "num": 2}, {"step": "datetime", "num": 3}, {"step": "contact", "num": 4}, {"step": "confirm", "num": 5},
	}}}); err != nil {
		t.Fatal(err)
	}
}

// TestACardTakesItsServiceAlone: what the form suggests goes along only when the customer leaves it chosen.
func TestACardTakesItsServiceAlone(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	suggest(t, site, 501001)
	p := site.Get("/b/1/service?lang=en")
	if id := p.Find("main .chosen").AttrOr("data-service", ""); id != "501001" {
		t.Fatalf("the form suggests %q", id)
	}
	other := p.Find("main [data-service]:not(.chosen) > a[href]").First()
	if got, want := site.Get(other.AttrOr("href", "")).URL.Query().Get("services"), other.Parent().AttrOr("data-service", ""); got != want {
		t.Errorf("a press on %s takes %q", want, got)
	}
	if got := site.Press(p, "main [data-next]").URL.Query().Get("services"); got != "501001" {
		t.Errorf("the way on takes %q", got)
	}
	both := site.Press(p, "main [data-service]:not(.chosen) > a + a")
	if got := strings.Split(both.URL.Query().Get("services"), ","); len(got) != 2 || got[0] != "501001" {
		t.Errorf("the plus leaves %q chosen", got)
	}
}

// TestTheSoonestTimeOfASuggestedServiceIsComplete: where the service is known, one press chooses all.
func TestTheSoonestTimeOfASuggestedServiceIsComplete(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	suggest(t, site, 501001)
	p := site.Press(site.Get("/b/1/service?lang=en"), "main a[data-soonest]")
	if q := p.URL.Query(); p.Step() != "contact" || q.Get("services") != "501001" || q.Get("master") == "" || q.Get("slot") == "" {
		t.Fatalf("a press leads to %s", p.URL)
	}
	if p = site.To(p, "done"); len(site.Online()) != 1 {
		t.Errorf("it ends at %q with %d records", p.Step(), len(site.Online()))
	}
}

// TestALinkWithAMaster: the master is said from the start, only the master's services are offered, and nobody else is booked.
func TestALinkWithAMaster(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	all := titles(site.Get("/b/1/service?lang=en"))
	p := site.Get("/b/1?lang=en&master=50101")
	theirs := titles(p)
	if p.Step() != "service" || len(theirs) == 0 || len(theirs) >= len(all) {
		t.Fatalf("%d of %d services are offered at %s", len(theirs), len(all), p.URL)
	}
	name := site.Get("/b/1/master?lang=en&services=501001").Find("[data-staff='50101'] .strong").Text()
	if said := p.Find("[data-summary=master]").Text(); name == "" || !strings.Contains(said, name) || !strings.Contains(p.Find("main").Text(), name) {
		t.Errorf("%q is said as %q", name, said)
	}
	if whole := site.Press(p, "main a[data-only]"); len(titles(whole)) != len(all) || whole.URL.Query().Get("master") != "" {
		t.Errorf("all services are %d at %s", len(titles(whole)), whole.URL)
	}
	if p = site.To(p, "done"); len(site.Online()) != 1 || site.Online()[0].Staff != 50101 {
		t.Errorf("it ends at %q with %+v", p.Step(), site.Online())
	}
}

// TestALinkWithAMasterWhoDoesNotFit says what does not fit instead of booking somebody else.
func TestALinkWithAMasterWhoDoesNotFit(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	foreign, name := "", site.Get("/b/1/master?lang=en&services=501001").Find("[data-staff='50101'] .strong").Text()
	mine := site.Get("/b/1/service?lang=en&master=50101")
	for _, card := range site.Get("/b/1/service?lang=en").Find("main [data-service]").EachIter() {
		if id := card.AttrOr("data-service", ""); mine.Find("main [data-service='"+id+"']").Length() == 0 {
			foreign = id
			break
		}
	}
	if foreign == "" {
		t.Fatal("the master does everything")
	}
	for _, link := range []string{"/b/1?lang=en&master=50101&services=", "/b/1/contact?lang=en&master=50101&services=", "/b/1/datetime?lang=en&master=50101&services="} {
		p := site.Get(link + foreign)
		said := p.Find("[data-summary=master]").Text()
		if note := p.Find("[role=status]").Text(); !strings.Contains(note, name+" does not do this, but ") || strings.Contains(said, name) || p.Step() == "contact" || p.URL.Query().Get("services") != foreign {
			t.Errorf("%s leads to %s with %q and says %q", link, p.URL, said, note)
		}
	}
	if p := site.Get("/b/1?lang=en&master=999999"); p.Alert() == "" || p.URL.Query().Get("master") != "" {
		t.Errorf("a master who is gone leads to %s and %q", p.URL, p.Alert())
	}
	if p := site.Get("/b/1?lang=en&slot=2020-01-01T10:00:00%2B03:00"); p.Alert() == "" || p.URL.Query().Get("slot") != "" {
		t.Errorf("a time that has passed leads to %s and %q", p.URL, p.Alert())
	}
}

// TestAServiceThatDoesNotGoTogetherIsASecondVisit: the wish waits in the address until the first visit is chosen, is said on the way,
// and both visits are booked.
func TestAServiceThatDoesNotGoTogetherIsASecondVisit(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Press(site.Get("/b/18/service?lang=en"), servertest.Adds)
	card := p.Find("main [data-service]:not(:has(a + a))").First()
	first, second, title := p.URL.Query().Get("services"), card.AttrOr("data-service", ""), card.Find(".strong").Text()
	p = site.Get(card.Find("a").AttrOr("href", ""))
	if p.Step() == "service" || p.URL.Query().Get("services") != first {
		t.Fatalf("a press leads to %s", p.URL)
	}
	row := p.Find("[data-summary=then]")
	if !strings.Contains(row.Text(), title) || !strings.Contains(row.Text(), "2") {
		t.Errorf("the second visit is said as %q", row.Text())
	}
	if without := site.Press(p, "[data-summary=then] [data-remove]"); without.Step() != p.Step() || without.URL.Query().Get("then") != "" || without.Find("[data-summary=then]").Length() != 0 {
		t.Errorf("taken back it leads to %s", without.URL)
	}
	for range 5 {
		if p = site.Onward(p); p.URL.Query().Get("basket") != "" {
			break
		}
	}
	if q := p.URL.Query(); q.Get("services") != second || q.Get("then") != "" || p.Step() == "contact" || p.Step() == "service" {
		t.Fatalf("after the first visit the way leads to %s", p.URL)
	}
	if p = site.To(p, "done"); len(site.Online()) != 2 {
		t.Fatalf("it ends at %q with %d records", p.Step(), len(site.Online()))
	}
	for _, ref := range []string{"/b/18/contact?lang=en&then=999999", "/b/18/service?lang=en&then=x"} {
		if p := site.Get(ref); p.Step() != "service" || p.URL.Query().Get("then") == "999999" || p.Alert() == "" {
			t.Errorf("%s leads to %s and says %q", ref, p.URL, p.Alert())
		}
	}
}

// TestASoonestTimeOffersWhatFits presses a soonest time and then each service. What can be booked at this time leads on with it; what
// cannot says so, and leads to other times of the same master. The page costs one call more for that.
func TestASoonestTimeOffersWhatFits(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/18/service?lang=en")
	before := site.Calls(http.MethodGet, "/book_services/")
	p = site.Press(p, "main [data-soonest]")
	if n := site.Calls(http.MethodGet, "/book_services/") - before; n > 2 { // his services, and those that fit
		t.Errorf("it cost %d lists of services", n)
	}
	slot, master := p.URL.Query().Get("slot"), p.URL.Query().Get("master")
	fit, other := 0, ""
	for _, card := range p.Find("main [data-service]").EachIter() {
		next := site.Get(site.Absolute(p.URL, card.Find("a").First().AttrOr("href", "")))
		q := next.URL.Query()
		switch {
		case next.Alert() != "" || q.Get("master") != master:
			t.Errorf("%q leads to %s: %q", card.Text(), next.URL, next.Alert())
		case strings.Contains(card.Text(), "choose another time"):
			other = card.AttrOr("data-service", "")
			if next.Step() != "datetime" || q.Get("slot") != "" || next.Find("main .slots a[data-slot]").Length() == 0 {
				t.Errorf("%q leads to %s without times", card.Text(), next.URL)
			}
		default:
			fit++
			if next.Step() != "contact" || q.Get("slot") != slot {
				t.Errorf("%q leads to %s", card.Text(), next.URL)
			}
		}
	}
	if fit == 0 || other == "" {
		t.Fatalf("%d fit, %q does not: the test shows nothing", fit, other)
	}
	// A link that has them together nevertheless: nobody has taken the time.
	p = site.Get("/b/18/contact?lang=en&services=" + other + "&master=" + master + "&slot=" + url.QueryEscape(slot))
	if note := p.Find("[role=status]").Text(); p.Step() != "datetime" || p.Alert() != "" || !strings.Contains(note, "takes longer than is free") || p.Find("main .slots a[data-slot]").Length() == 0 {
		t.Errorf("step %q, alert %q, note %q", p.Step(), p.Alert(), note)
	}
}

// TestALinksServicesThatDoNotGoTogether follows links with two services that nobody does in one appointment. Every page says so and
// leads on with two; no master is blamed for it.
func TestALinksServicesThatDoNotGoTogether(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	const services = "services=501001,501010"
	for _, link := range []string{"/b/1?lang=en&" + services, "/b/1?lang=en&master=50101&" + services, "/b/1/datetime?lang=en&master=0&" + services, "/b/1/master?lang=en&" + services} {
		p := site.Get(link)
		if text := p.Find("main .empty").Text(); p.Alert() != "" || !strings.Contains(text, "cannot be booked in one appointment") {
			t.Fatalf("%s: step %q, alert %q, %q", link, p.Step(), p.Alert(), text)
		}
		next := site.Press(p, "main .empty a")
		if q := next.URL.Query(); q.Get("services") != "501001" || q.Get("then") != "501010" || next.Find("main a[data-slot]").Length() == 0 {
			t.Errorf("%s leads to %s", link, next.URL)
		}
	}
	p := site.Get("/b/1/service?lang=en&" + services)
	if note := p.Find("[role=status]").Text(); !strings.Contains(note, "cannot be booked in one appointment") || p.Find("[role=status] a").Length() != 1 {
		t.Errorf("the page of services says %q", note)
	}
	for _, next := range p.Find("main [data-next]").EachIter() {
		if u := next.AttrOr("href", ""); !strings.Contains(u, "services=501001&") || !strings.Contains(u, "then=501010") {
			t.Errorf("%q leads to %s", next.Text(), u)
		}
	}
	if site.To(site.Press(p, "main .bar [data-next]"), "done"); len(site.Online()) != 2 {
		t.Errorf("%d visits are booked, want 2", len(site.Online()))
	}
}

// TestAFinishedAppointmentTakesAsLongAsItsSlotSaid adds a further appointment and comes back to the page some minutes later, when the
// list of slots that the first one was chosen from is not cached any more: it says the same length.
func TestAFinishedAppointmentTakesAsLongAsItsSlotSaid(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	for _, master := range []string{"0", "50102"} {
		contact := site.To(site.Get("/b/1/datetime?services=501001&lang=en&master="+master), "contact")
		_, length, ok := strings.Cut(strings.Join(strings.Fields(contact.Find(".ticket [data-summary=master]").Text()), " "), "Duration: ")
		length, _, _ = strings.Cut(length, "Change")
		if length = strings.TrimSpace(length); !ok || length == "" {
			t.Fatalf("master %s: the ticket says no length: %s", master, contact.Find(".ticket").Text())
		}
		again := contact.Find("[data-add]").AttrOr("href", "")
		for _, later := range []time.Duration{0, 3 * time.Minute} {
			site.Clock.Add(later)
			basket := strings.Join(strings.Fields(site.Get(again).Find("[data-summary=basket]").Text()), " ")
			if !strings.Contains(basket, " · "+length+" · ") {
				t.Errorf("master %s, %s later: %q, the ticket said %q", master, later, basket, length)
			}
		}
	}
}

// TestALetterStandsInForAPhoto looks at a list in which some services have photos, and at one in which none has; and at the photos of
// the place beside the first page, which go when something is chosen.
func TestALetterStandsInForAPhoto(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/25/service?lang=ru")
	photos, letters := 0, 0
	for _, card := range p.Find("main [data-service]").EachIter() {
		avatar, title := card.Find(".avatar"), card.Find(".strong").Text()
		switch letter := avatar.Text(); {
		case avatar.Find("img").Length() == 1:
			photos++
		case letter != "" && strings.HasPrefix(strings.ToUpper(title), letter):
			letters++
		default:
			t.Errorf("%q has no photo, and in its place stands %q", title, letter)
		}
	}
	if photos == 0 || letters == 0 {
		t.Fatalf("%d photos, %d letters", photos, letters)
	}
	if n := site.Get("/b/18/service?lang=ru").Find("main [data-service] .avatar").Length(); n != 0 {
		t.Errorf("where no service has a photo, %d letters stand in for one", n)
	}
	if n := p.Find("aside img.photo").Length(); n != 2 {
		t.Errorf("%d photos of the place", n)
	}
	if n := site.Press(p, servertest.Adds).Find("aside img.photo").Length(); n != 0 {
		t.Errorf("with a service chosen there are %d photos of the place", n)
	}
}
