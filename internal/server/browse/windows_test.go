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

// withWindows are the forms of the sandbox that have the page: in every order of steps, with steps hidden, of chains and of a salon
// with one master.
var withWindows = []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "14", "15", "16", "17", "18", "19", "20", "23", "24", "25", "27"}

// TestWhereWindowsAreLinked: from the first page of every form, whichever step it is, and so from each page on which the branch of a
// chain is chosen.
func TestWhereWindowsAreLinked(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	firsts := map[string]bool{}
	for _, form := range withWindows {
		p := site.Get("/b/" + form + "?lang=en")
		for {
			firsts[p.Step()] = true
			if links := p.Find("main a[data-windows]"); links.Length() != 1 {
				t.Errorf("form %s: the page of %q has %d links to the windows", form, p.Step(), links.Length())
				break
			}
			if to := site.Press(p, "main a[data-windows]"); to.Step() != "windows" || to.Find("main #windows a[href]").Length() == 0 || to.URL.Query().Has("date") || to.URL.Query().Has("slot") {
				t.Errorf("form %s: from %q the link leads to %q at %s", form, p.Step(), to.Step(), to.URL)
			}
			switch p.Step() {
			case "city":
				p = site.Press(p, "main a[data-city]")
				continue
			case "company":
				p = site.Press(p, "main a[data-company]")
				continue
			}
			break
		}
	}
	for _, step := range []string{"city", "company", "service", "master", "datetime"} {
		if !firsts[step] {
			t.Errorf("no form begins with %q", step)
		}
	}
	if searched := site.Get("/b/18/service?lang=en&q=cut"); searched.Find("main a[data-windows]").Length() != 0 {
		t.Error("a search has a link to the windows")
	}
	if later := site.To(site.Get("/b/1?lang=en"), "datetime"); later.Find("main a[data-slot]").Length() == 0 || later.Find("main a[data-windows]").Length() != 0 {
		t.Error("times that are not on the first page have a link to all")
	}
}

// TestAnEmptyDayLinksToTheWindows: with the services that are chosen, and without the master and the day that have nothing free, in
// every order of steps.
func TestAnEmptyDayLinksToTheWindows(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	day := site.Now().AddDate(0, 0, 300).Format(time.DateOnly)
	for _, form := range []string{"1", "5", "6", "7", "8", "9"} {
		p := site.Get("/b/" + form + "/datetime?lang=en&services=501001&master=50101&date=" + day)
		all := p.Find("main .times a[data-windows]")
		if all.Length() != 1 || p.Find("main a[data-windows]").Length() != 1 {
			t.Fatalf("form %s: an empty day has %d links to the windows\n%s", form, all.Length(), p.Find("main").Text())
		}
		u, err := url.Parse(all.AttrOr("href", ""))
		if err != nil || u.Query().Get("services") != "501001" || u.Query().Has("master") || u.Query().Has("date") {
			t.Errorf("form %s: it leads to %q", form, all.AttrOr("href", ""))
		}
		if windows := site.Press(p, "main a[data-windows]"); windows.Step() != "windows" || windows.Find("main #windows a[href]").Length() == 0 {
			t.Errorf("form %s: it leads to %q", form, windows.Step())
		}
	}
	for _, form := range []string{"6", "8", "9", "10", "11"} { // which show a calendar before a service is chosen
		if p := site.Get("/b/" + form + "/datetime?lang=en&date=" + day); p.Step() != "datetime" || p.Find("main a[data-windows]").Length() != 1 {
			t.Errorf("form %s: an empty first page at %s has %d links to the windows", form, p.URL, p.Find("main a[data-windows]").Length())
		}
	}
}

// TestEveryLinkOfTheWindowsLeadsOn follows every link of every form's page: to times, to days, to filters, and to whom nothing is known
// of. Each of them leads to a step that keeps what was pressed, and no further than two presses from contact where a time is chosen.
func TestEveryLinkOfTheWindowsLeadsOn(t *testing.T) {
	t.Parallel()
	for _, form := range withWindows {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			site := servertest.New(t)
			pages := []servertest.Page{site.Get("/b/" + form + "/windows?lang=en")}
			if branch := pages[0].Find("main a[data-company]"); branch.Length() > 0 {
				pages = append(pages, site.Press(pages[0], "main a[data-company]"))
			}
			last := pages[len(pages)-1]
			windowsOf(t, last)
			if last.Find("main [data-filter=group] a").Length() > 0 {
				pages = append(pages, site.Press(last, "main [data-filter=group] a"))
			}
			site.Clock.Add(50 * time.Second) // now times are too old to be shown
			pages = append(pages, site.Get(last.URL.RequestURI()))
			kinds := map[string]int{}
			for _, p := range pages {
				seen := map[string]bool{}
				for _, link := range p.Find("main a[href]").EachIter() {
					href := link.AttrOr("href", "")
					if seen[href] || strings.HasPrefix(href, "#") {
						continue
					}
					seen[href] = true
					kind := kindOfWindowLink(link)
					if kinds[kind]++; kinds[kind] > 12 {
						continue
					}
					followWindow(t, site, kind, link, site.Get(site.Absolute(p.URL, href)))
				}
			}
			if kinds["slot"] == 0 || kinds["onward"] == 0 {
				t.Errorf("followed %v: the test shows little", kinds)
			}
		})
	}
}

// kindOfWindowLink says what a link of a page of windows is.
func kindOfWindowLink(link *goquery.Selection) string {
	switch {
	case link.Is("[data-slot]"):
		return "slot"
	case link.Is("[data-onward]"):
		return "onward"
	case link.Closest("[data-filter]").Length() > 0:
		return "filter"
	}
	return "other"
}

// followWindow checks where a link of a page of windows has led.
func followWindow(t *testing.T, site *servertest.Site, kind string, link *goquery.Selection, to servertest.Page) {
	t.Helper()
	if to.Status != http.StatusOK || to.Step() == "error" || to.Find("main [role=alert], main [role=status][data-notice]").Length() > 0 {
		t.Fatalf("%s %q leads to %d %q at %s: %s", kind, link.Text(), to.Status, to.Step(), to.URL, to.Alert())
	}
	master := link.Closest("[data-master]").AttrOr("data-master", "")
	switch kind {
	case "filter":
		if to.Step() != "windows" {
			t.Errorf("filter %q leads to %q", link.Text(), to.Step())
		}
		return
	case "slot":
		iso := link.AttrOr("data-slot", "")
		for presses := 1; to.Step() != "contact"; presses++ {
			if presses == 2 || !servertest.SameTime(t, to.URL.Query().Get("slot"), iso) {
				t.Fatalf("%s leads to %q at %s after %d presses", iso, to.Step(), to.URL, presses)
			}
			fits := to.Find("main li[data-service]:not(.other-time):not(.off) > a:first-of-type[href]").First()
			to = site.Get(site.Absolute(to.URL, fits.AttrOr("href", "")))
		}
		if q := to.URL.Query(); !servertest.SameTime(t, q.Get("slot"), iso) || master != "" && q.Get("master") != master {
			t.Errorf("%s with %s leads to %s", iso, master, to.URL)
		}
		return
	case "onward":
		if to.Step() == "service" {
			to = site.Press(to, servertest.Takes)
		}
		if to.Step() != "datetime" && to.Step() != "master" || master != "" && to.URL.Query().Get("master") != master {
			t.Errorf("%q of %s leads to %q at %s", link.Text(), master, to.Step(), to.URL)
		}
		return
	}
	if to.Find("main a[href], main form").Length() == 0 {
		t.Errorf("%q leads to %q at %s, which leads nowhere", link.Text(), to.Step(), to.URL)
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
