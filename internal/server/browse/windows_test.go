package browse_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/server"
	"okoshko/internal/servertest"
)

// windowsOf opens the first time of a page of windows, and says which it is.
func windowsOf(t *testing.T, p servertest.Page) (slot *goquery.Selection) {
	t.Helper()
	slot = p.Find("main a[data-slot]").First()
	if p.Step() != "windows" || slot.Length() == 0 {
		t.Fatalf("step %q at %s has no times\n%s", p.Step(), p.URL, p.Find("main").Text())
	}
	return slot
}

// TestWindowsLeadToContactInTwoPresses books from every form that has the page: a press on a time leads straight to contact where
// the services are chosen, and else over the services, and the visit begins at this time with this master.
func TestWindowsLeadToContactInTwoPresses(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"1", "2", "5", "6", "7", "8", "9", "10", "11", "14", "17", "18"} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			site := servertest.New(t)
			p := site.Get("/b/" + form + "/windows?lang=en")
			slot := windowsOf(t, p)
			iso, master := slot.AttrOr("data-slot", ""), slot.Closest("[data-master]").AttrOr("data-master", "")
			name := strings.TrimSpace(slot.Closest("[data-master]").Find("h3").Text())
			if label := slot.AttrOr("aria-label", ""); !strings.Contains(label, slot.Text()) || !strings.Contains(label, name) {
				t.Errorf("the time of %q is named %q", name, label)
			}
			next := site.Press(p, "main a[data-slot]")
			presses := 1
			if next.Step() == "service" {
				fits := next.Find("main li[data-service]:not(.other-time):not(.off) > a:first-of-type[href]").First()
				next, presses = site.Get(site.Absolute(next.URL, fits.AttrOr("href", ""))), 2
			}
			if q := next.URL.Query(); next.Step() != "contact" || !servertest.SameTime(t, q.Get("slot"), iso) || q.Get("master") != master {
				t.Fatalf("%d presses on %s with %s lead to %s", presses, iso, master, next.URL)
			}
			if site.To(next, "done"); len(site.Online()) != 1 || !servertest.SameTime(t, site.Online()[0].Start.Format(time.RFC3339), iso) {
				t.Fatalf("records %+v", site.Online())
			}
			again := site.Get("/b/" + form + "/windows?lang=en&master=" + master)
			for _, left := range again.Find("main [data-master='" + master + "'] a[data-slot]").EachIter() {
				if left.AttrOr("data-slot", "") == iso {
					t.Error("a booked time is still offered")
				}
			}
		})
	}
}

// TestWindowsCostNextToNothing: the page of a company asks for its masters once in two minutes, whatever is filtered and in
// whatever language it is read. While calls are not plenty, and for robots, it asks for none.
func TestWindowsCostNextToNothing(t *testing.T) {
	t.Parallel()
	var plenty atomic.Bool
	plenty.Store(true)
	site := servertest.New(t, func(o *server.Options) { o.Plenty = plenty.Load })
	masters := func(f func()) int {
		before := site.Calls(http.MethodGet, "/book_staff/")
		f()
		return site.Calls(http.MethodGet, "/book_staff/") - before
	}
	crawl := func() {
		seen, todo := map[string]bool{}, []string{"/b/18/windows?lang=en", "/b/18/windows?lang=de", "/b/18/windows?lang=en&services=801001", "/b/18/windows?lang=en&services=801001,801002"}
		for len(todo) > 0 && len(seen) < 60 {
			p := site.Get(todo[0])
			if p.Status != http.StatusOK || p.Step() != "windows" {
				t.Fatalf("%s: status %d, step %q", todo[0], p.Status, p.Step())
			}
			todo = todo[1:]
			for _, link := range p.Find("main [data-filter] a").EachIter() {
				if href := link.AttrOr("href", ""); !seen[href] {
					seen[href] = true
					todo = append(todo, href)
				}
			}
		}
		if len(seen) < 20 {
			t.Fatalf("%d filters: the test shows nothing", len(seen))
		}
	}
	plenty.Store(false)
	if n := masters(crawl); n != 0 {
		t.Errorf("with few calls left the page asked %d times", n)
	}
	if p := site.Get("/b/18/windows?lang=en"); p.Find("main a[data-slot]").Length() != 0 || site.Press(p, "main .empty a").Step() != "service" {
		t.Error("a page that knows nothing does not lead on")
	}
	plenty.Store(true)
	if n := masters(crawl); n != 1 {
		t.Errorf("the masters were asked for %d times, want once", n)
	}
	site.Clock.Add(110 * time.Second)
	if n := masters(crawl); n != 0 {
		t.Errorf("within two minutes they were asked for %d times more", n)
	}
	site.Clock.Add(15 * time.Second)
	if n := masters(func() { windowsOf(t, site.Get("/b/18/windows?lang=en")) }); n != 1 {
		t.Errorf("after two minutes they were asked for %d times", n)
	}
	site.Clock.Add(3 * time.Minute)
	if n := masters(func() {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+"/b/1/windows?lang=en", http.NoBody)
		req.Header.Set("User-Agent", "Mozilla/5.0 (compatible; Somebot/2.1)")
		if p := site.Read(site.HTTP.Do(req)); p.Step() != "windows" {
			t.Errorf("a robot gets step %q", p.Step())
		}
	}); n != 0 {
		t.Errorf("a robot caused %d questions", n)
	}
}

// TestWindowsAreNeverOlderThanTimesMayBe: once the times are too old, the page says about when a master is free, and leads to the
// times of that day.
func TestWindowsAreNeverOlderThanTimesMayBe(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	slot := windowsOf(t, site.Get("/b/1/windows?lang=en"))
	master := slot.Closest("[data-master]").AttrOr("data-master", "")
	site.Clock.Add(44 * time.Second)
	windowsOf(t, site.Get("/b/1/windows?lang=en"))
	site.Clock.Add(2 * time.Second)
	p := site.Get("/b/1/windows?lang=en")
	card := p.Find("main [data-master='" + master + "']")
	if p.Find("main a[data-slot]").Length() != 0 || !strings.Contains(card.Text(), "Free from about "+slot.Text()) {
		t.Fatalf("after 46 s the page has %d times and says %q", p.Find("main a[data-slot]").Length(), card.Text())
	}
	onward := card.Find("a[data-onward]")
	if label := onward.AttrOr("aria-label", ""); !strings.HasPrefix(label, strings.TrimSpace(onward.Text())) || !strings.Contains(label, card.Find("h3").Text()) {
		t.Errorf("the link is named %q", label)
	}
	next := site.Get(site.Absolute(p.URL, onward.AttrOr("href", "")))
	if next.Step() == "service" {
		next = site.Press(next, servertest.Takes)
	}
	if q := next.URL.Query(); next.Step() != "datetime" || q.Get("master") != master {
		t.Errorf("it leads to %s", next.URL)
	}
}

// TestWindowsAreFiltered: by master, group and service, each with a press, and back with another one.
func TestWindowsAreFiltered(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	all := site.Get("/b/1/windows?lang=en")
	one := site.Press(all, "main [data-filter=master] a")
	if now := one.Find("main [data-filter=master] [aria-current=true]"); now.Length() != 1 || one.Find("main [data-master]").Length() != 1 ||
		!strings.HasPrefix(one.Find("title").Text(), strings.TrimSpace(one.Find("main [data-master] h3").Text())) {
		t.Fatalf("the filter leaves %d masters, current %q, titled %q", one.Find("main [data-master]").Length(), now.Text(), one.Find("title").Text())
	}
	if back := site.Press(one, "main [data-filter=master] [aria-current]"); back.Find("main [data-master]").Length() != all.Find("main [data-master]").Length() {
		t.Error("a second press does not take the filter away")
	}
	// What others have asked for is known of a service, and no more.
	times := site.Get("/b/1/datetime?lang=en&services=501001")
	free := times.Find("main a[data-slot]").First().AttrOr("data-slot", "")
	before := len(site.Box.Calls())
	group := site.Press(all, "main [data-filter=group] a")
	cards := group.Find("main li[data-service]")
	known := cards.FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find("a[data-slot]").Length() > 0 })
	if cards.Length() < 2 || known.Length() != 1 || known.AttrOr("data-service", "") != "501001" || !strings.Contains(known.Text(), "₽") {
		t.Fatalf("%d services, of %d something is known: %s", cards.Length(), known.Length(), group.Find("main").Text())
	}
	first := known.Find("a[data-slot]").First()
	if !servertest.SameTime(t, first.AttrOr("data-slot", ""), free) || !strings.Contains(first.AttrOr("aria-label", ""), strings.TrimSpace(known.Find("h2").Text())) {
		t.Errorf("the first time is %q, want %s", first.AttrOr("aria-label", ""), free)
	}
	service := site.Press(group, "main li[data-service='501001'] h2 a")
	if service.Step() != "windows" || service.Find("main [data-filter=service] [aria-current]").Length() != 1 || len(site.Box.Calls()) != before {
		t.Fatalf("step %q for %d calls", service.Step(), len(site.Box.Calls())-before)
	}
	if contact := site.Press(service, "main a[data-slot]"); contact.Step() != "contact" {
		t.Errorf("with a service a time leads to %q", contact.Step())
	}
	if other := site.Press(group, "main li[data-service]:not(:has([data-slot])) a"); other.Step() != "datetime" {
		t.Errorf("a service without known times leads to %q", other.Step())
	}
	if back := site.Press(service, "main [data-filter=service] [aria-current]"); back.Find("main li[data-service]").Length() != cards.Length() {
		t.Error("the service cannot be taken away")
	}
	for _, bad := range []string{"services=1", "master=1"} {
		if p := site.Get("/b/1/windows?lang=en&" + bad); p.Step() != "windows" || p.Find("[role=alert], [role=status]").Length() == 0 || p.Find("main a[data-slot]").Length() == 0 {
			t.Errorf("%s: step %q, %s", bad, p.Step(), p.Find("main").Text())
		}
	}
}

// TestWindowsOfAChain: the branches with the nearest time of each, then the windows of one.
func TestWindowsOfAChain(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	before := site.Calls(http.MethodGet, "/book_")
	p := site.Get("/b/3/windows?lang=en")
	branches := p.Find("main a[data-company]")
	if p.Step() != "windows" || branches.Length() < 3 || p.Find("main .soon .tag").Length() != 1 || site.Calls(http.MethodGet, "/book_") != before {
		t.Fatalf("step %q with %d branches", p.Step(), branches.Length())
	}
	one := site.Press(p, "main a[data-company]")
	if now := one.Find("main [data-filter=branch] [aria-current]"); now.Length() != 1 || one.Find("main [data-filter=branch] a").Length() != branches.Length() {
		t.Errorf("current %q of %d", now.Text(), one.Find("main [data-filter=branch] a").Length())
	}
	windowsOf(t, one)
	if next := site.Press(one, "main a[data-slot]"); next.Step() != "service" || next.URL.Query().Get("company") != branches.First().AttrOr("data-company", "") {
		t.Errorf("a time leads to %s", next.URL)
	}
	if back := site.Press(one, "main [data-filter=branch] [aria-current]"); back.Find("main a[data-company]").Length() != branches.Length() {
		t.Error("the branch cannot be taken away")
	}
	// A link that names the branch alone needs no city.
	if next := site.Press(site.Get("/b/3/windows?lang=en&company="+branches.First().AttrOr("data-company", "")), "main a[data-slot]"); next.Step() != "service" {
		t.Errorf("without a city a time leads to %q", next.Step())
	}
}

// TestWhereWindowsAreLinked: from the first page beside the soonest times, and from a day without any, with what is chosen there.
func TestWhereWindowsAreLinked(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	if p := site.Press(site.Get("/b/1/service?lang=en"), "main a[data-windows]"); p.Step() != "windows" || p.Find("main a[data-slot]").Length() == 0 {
		t.Errorf("the first page leads to %q", p.Step())
	}
	day := site.Now().AddDate(0, 0, 300).Format(time.DateOnly)
	p := site.Get("/b/1/datetime?lang=en&services=501001&master=50101&date=" + day)
	all := p.Find("main .times a[data-windows]")
	if all.Length() != 1 {
		t.Fatalf("an empty day has %d links to the windows\n%s", all.Length(), p.Find("main").Text())
	}
	u, err := url.Parse(all.AttrOr("href", ""))
	if err != nil || u.Query().Get("services") != "501001" || u.Query().Has("master") || u.Query().Has("date") {
		t.Errorf("it leads to %q", all.AttrOr("href", ""))
	}
}

// TestFormsWithoutWindows: where no master and no time are chosen the page leads to the first step, as a link to any other page does.
func TestFormsWithoutWindows(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	without := 0
	for _, form := range []string{"12", "13", "20", "21", "22", "23", "24", "26", "27"} {
		p := site.Get("/b/" + form + "/windows?lang=en")
		if p.Status != http.StatusOK {
			t.Errorf("form %s: status %d", form, p.Status)
		}
		if p.Step() != "windows" {
			without++
			if links := site.Get("/b/" + form + "?lang=en").Find("a[href*='/windows']"); links.Length() != 0 {
				t.Errorf("form %s links to the page that it has not", form)
			}
		}
		if slices.Contains([]string{"12", "13"}, form) && p.Step() == "windows" {
			t.Errorf("form %s has no masters to choose from", form)
		}
	}
	if without < 3 {
		t.Errorf("%d forms have no windows", without)
	}
}
