package browse_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/servertest"
)

// TestMastersStandWithTheTimes: from the services a customer comes straight to the times of any master, and swaps them for those
// of one. The page costs no more than the list of masters and the calendar did.
func TestMastersStandWithTheTimes(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	site.Get("/b/1/service?lang=en")
	before := len(site.Box.Calls())
	p := site.Get("/b/1/datetime?lang=en&services=501001")
	if n := len(site.Box.Calls()) - before; n > 3 {
		t.Errorf("the page cost %d calls", n)
	}
	row := p.Find("main .who a[data-staff]")
	if p.Step() != "datetime" || row.Length() < 3 || row.First().AttrOr("data-staff", "") != "0" {
		t.Fatalf("step %q, %d masters, the first is %q", p.Step(), row.Length(), row.First().Text())
	}
	if now := p.Find("main .who [aria-current=true]"); now.Length() != 1 || now.AttrOr("data-staff", "") != "0" {
		t.Errorf("the times are those of %q", now.Text())
	}
	if site.Press(p, "main a[data-slot]").URL.Query().Get("master") != "0" {
		t.Error("a time does not bring any master with it")
	}
	id := row.Eq(1).AttrOr("data-staff", "")
	one := site.Press(p, "main .who a[data-staff='"+id+"']")
	if now := one.Find("main .who [aria-current=true]"); one.Step() != "datetime" || now.AttrOr("data-staff", "") != id || one.Find("title").Text() == p.Find("title").Text() {
		t.Errorf("a press leads to step %q with %q chosen, called %q", one.Step(), now.Text(), one.Find("title").Text())
	}
	contact := site.Press(one, "main a[data-slot]")
	if contact.Step() != "contact" || contact.URL.Query().Get("master") != id {
		t.Errorf("a time leads to %s", contact.URL)
	}
	if list := site.Press(one, "main a[data-masters]"); list.Step() != "master" || list.Find("main li.card").Length() < row.Length() {
		t.Errorf("the list is step %q with %d masters", list.Step(), list.Find("main li.card").Length())
	}
}

// TestTimeBeforeItsMaster chooses the time first: the next page has those who are free at it, for one call, and each of them
// leads to the contact step with this time.
func TestTimeBeforeItsMaster(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Press(site.Get("/b/1/datetime?lang=en&services=501001"), "main a[data-turnabout]")
	if p.Step() != "datetime" || p.Find("main .who").Length() != 0 || p.Find("main a[data-turnabout]").Length() != 1 {
		t.Fatalf("step %q with %d rows of masters at %s", p.Step(), p.Find("main .who").Length(), p.URL)
	}
	p.Find("main a[data-date]").Each(func(_ int, s *goquery.Selection) {
		if !strings.Contains(s.AttrOr("href", ""), "by=time") {
			t.Errorf("a day leads to %q", s.AttrOr("href", ""))
		}
	})
	slot := p.Find("main a[data-slot]").First().AttrOr("data-slot", "")
	before := site.Calls(http.MethodGet, "")
	free := site.Press(p, "main a[data-slot]")
	if n := site.Calls(http.MethodGet, "") - before; n > 1 {
		t.Errorf("the list of who is free cost %d calls", n)
	}
	if free.Step() != "master" || !strings.Contains(free.Find("h1").Text(), slot[11:16]) {
		t.Fatalf("step %q, headed %q", free.Step(), free.Find("h1").Text())
	}
	contact := site.Press(free, "main a[data-staff]:not([data-staff='0'])")
	if contact.Step() != "contact" || !servertest.SameTime(t, contact.URL.Query().Get("slot"), slot) || contact.URL.Query().Get("master") == "0" {
		t.Errorf("who is free leads to %s", contact.URL)
	}
}

// TestAnEmptyDayNamesWhoIsFree: on a day on which one master has no time, the others who are known to have some are named, for
// no call.
func TestAnEmptyDayNamesWhoIsFree(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	of := func(master, day string) servertest.Page {
		return site.Get("/b/1/datetime?lang=en&services=501001&master=" + master + "&date=" + day)
	}
	days := func(master string) map[string]bool {
		out := map[string]bool{}
		for _, d := range of(master, "").Find("main a[data-date]").EachIter() {
			out[d.AttrOr("data-date", "")] = true
		}
		return out
	}
	free := map[string]map[string]bool{"50101": days("50101"), "50102": days("50102")}
	for away, there := range map[string]string{"50101": "50102", "50102": "50101"} {
		for day := range free[there] {
			if free[away][day] || of(there, day).Find("main a[data-slot]").Length() == 0 {
				continue
			}
			of(away, day) // asks for the times of the day once
			before := site.Calls(http.MethodGet, "")
			p := of(away, day)
			if p.Find("main a[data-slot]").Length() != 0 {
				t.Fatalf("%s has times", day)
			}
			other := p.Find("main a[data-other]").First()
			if other.Length() == 0 || !strings.HasPrefix(other.AttrOr("data-other", ""), day) || site.Calls(http.MethodGet, "") != before {
				t.Fatalf("%s offers %q for %d calls", day, other.AttrOr("data-other", ""), site.Calls(http.MethodGet, "")-before)
			}
			if contact := site.Get(site.Absolute(p.URL, other.AttrOr("href", ""))); contact.Step() != "contact" || contact.URL.Query().Get("master") != there {
				t.Errorf("it leads to %s", contact.URL)
			}
			return
		}
	}
	t.Fatal("both work on the same days: the test shows nothing")
}

// TestALinksMasterIsAskedForHisDays follows links with a master to a form that begins with the date. The days and times are this
// master's, and the page says so.
func TestALinksMasterIsAskedForHisDays(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	days := func(p servertest.Page) (out []string) {
		for _, day := range p.Find("main .strip a[data-date]").EachIter() {
			out = append(out, day.AttrOr("data-date", ""))
		}
		return out
	}
	all := days(site.Get("/b/8?lang=en"))
	seen := 0
	for _, m := range site.Get("/b/1/datetime?lang=en&services=501001").Find("main .who [data-staff]:not([data-staff='0'])").EachIter() {
		id, name := m.AttrOr("data-staff", ""), m.Find(".name").Text()
		p := site.Get("/b/8?lang=en&master=" + id)
		his := days(p)
		if p.Step() != "datetime" || !strings.Contains(p.Find("aside").Text(), name) {
			t.Fatalf("the link of %s leads to %q, where is chosen: %s", name, p.Step(), p.Find("aside").Text())
		}
		if !slices.Equal(his, all) {
			seen++
		}
		slot := p.Find("main a[data-slot]").First().AttrOr("data-slot", "")
		contact := site.Press(site.To(p, "service"), servertest.Takes)
		if q := contact.URL.Query(); contact.Step() != "contact" || q.Get("master") != id || !servertest.SameTime(t, q.Get("slot"), slot) {
			t.Errorf("%s at %s: the services lead to %s", name, slot, contact.URL)
		}
	}
	if seen == 0 {
		t.Fatal("all masters have the same days: the test shows nothing")
	}
	if gone := site.Get("/b/8?lang=en&master=1"); gone.Step() != "datetime" || gone.Alert() == "" || gone.Find("main a[data-slot]").Length() == 0 {
		t.Errorf("a master who does not exist: step %q, %q", gone.Step(), gone.Alert())
	}
}

// TestALinksMasterHasThatDayOff follows a link to a master on a day on which he is not free, or at a time. The page says so, and
// leads to his first free day.
func TestALinksMasterHasThatDayOff(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	for _, form := range []string{"1", "5", "8"} {
		page := site.To(site.Get("/b/"+form+"?lang=en&master=50101&services=501001"), "datetime")
		free := map[string]bool{}
		for _, day := range page.Find("main .strip a[data-date]").EachIter() {
			free[day.AttrOr("data-date", "")] = true
		}
		off := ""
		for i := 1; off == "" || free[off]; i++ {
			off = site.Now().AddDate(0, 0, i).Format(time.DateOnly)
		}
		for _, link := range []string{"&date=" + off, "&slot=" + off + "T12:00:00%2B03:00"} {
			p := site.Get("/b/" + form + "?lang=en&master=50101&services=501001" + link)
			if form == "8" && strings.HasPrefix(link, "&slot") && p.URL.Query().Get("master") != "50101" {
				// The time was chosen before its master: where somebody else is free at it, or nobody, it is said that he is not.
				if p.Alert() == "" {
					t.Errorf("form %s, %s: %s without a word", form, link, p.URL)
				}
				continue
			}
			if strings.HasPrefix(link, "&slot") && p.Alert() == "" {
				t.Errorf("form %s, %s: the time is dropped without a word", form, link)
			}
			if p.Find("main .slots a[data-slot]").Length() != 0 || p.URL.Query().Get("master") != "50101" {
				t.Errorf("form %s, %s: there are times, at %s", form, link, p.URL)
			}
			first := p.Find("main .empty a.button").First()
			if first.Length() != 1 {
				t.Fatalf("form %s, %s: no link to his next free day\n%s", form, link, p.Find("main").Text())
			}
			next := site.Get(site.Absolute(p.URL, first.AttrOr("href", "")))
			if next.Find("main .slots a[data-slot]").Length() == 0 || next.URL.Query().Get("master") != "50101" {
				t.Errorf("form %s, %s: his first free day is %s without times", form, link, next.URL)
			}
		}
	}
}

// TestOtherDaysStandBeside opens some days of a strip. Beside the first one stand the first times of the others, with how many more
// there are, and they cost no call.
func TestOtherDaysStandBeside(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	var days []string
	times := map[string]int{} // by day
	// The nearest days are nearly full, or nobody works: it takes some turns to a day with more times than a column shows.
	for p := site.Get("/b/1/datetime?lang=en&services=501003&master=0"); len(times) < 3 || slices.Max(slices.Collect(maps.Values(times))) < 6; {
		p = site.Press(p, "main .strip a[rel=next]")
		days = p.Find("main .strip a[data-date]:not([aria-current])").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") })
		clear(times)
		for _, day := range days[min(1, len(days)):min(4, len(days))] {
			q := site.Get(day)
			times[q.URL.Query().Get("date")] = q.Find("main .times a[data-slot]").Length()
		}
	}
	before := len(site.Box.Calls())
	q := site.Get(days[0])
	if n := len(site.Box.Calls()) - before; n > 1 {
		t.Errorf("the page cost %d calls, want that for the open day", n)
	}
	seen, most := 0, 0
	for _, column := range q.Find("main .week section").EachIter() {
		shown := column.Find("[data-other]")
		day := column.AttrOr("data-column", "")
		want, known := times[day]
		if !known {
			continue // nobody has asked for its times
		}
		seen, most = seen+1, max(most, want)
		more := ""
		if want > 5 {
			more = "+" + strconv.Itoa(want-5)
		}
		if got := strings.TrimSpace(column.Find("a.note").Text()); shown.Length() != min(want, 5) || got != more {
			t.Errorf("%s has %d times, its column %d and %q", day, want, shown.Length(), got)
		}
		if open := site.Get(column.Find("h3 a").AttrOr("href", "")); open.Find("main .times a[data-slot]").Length() != want {
			t.Errorf("the column of %s leads to %s", day, open.URL)
		}
		if contact := site.Get(shown.First().AttrOr("href", "")); contact.Step() != "contact" || !strings.HasPrefix(contact.URL.Query().Get("slot"), day) {
			t.Errorf("a time of %s leads to %s", day, contact.URL)
		}
	}
	if seen != len(times) || most < 6 {
		t.Errorf("%d of %d days have columns, and the longest %d times", seen, len(times), most)
	}
}

// TestAnEmptyDayNamesOtherBranches: on a day without times at a branch of a chain, the page names the other branches of the city, the
// one that is free first at the top, for no call.
func TestAnEmptyDayNamesOtherBranches(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	list := site.Get("/b/3/company?lang=en&city=52")
	branches := map[string]bool{}
	for _, branch := range list.Find("main a[data-company]").EachIter() {
		branches[branch.AttrOr("data-company", "")] = true
	}
	p := site.To(site.Get("/b/3?lang=en&city=52&company=601"), "datetime")
	if len(branches) < 2 || !branches["601"] {
		t.Fatalf("the city has the branches %v", branches)
	}
	q := p.URL.Query()
	q.Set("date", site.Now().AddDate(0, 10, 0).Format(time.DateOnly)) // later than anything can be booked
	q.Del("slot")
	before := len(site.Box.Calls())
	empty := site.Get("/b/3/datetime?" + q.Encode())
	if n := len(site.Box.Calls()) - before; n > 1 {
		t.Errorf("the page cost %d calls, want that for the open day", n)
	}
	if empty.Find("main [data-slot]").Length() != 0 || empty.URL.Query().Get("date") != q.Get("date") {
		t.Fatalf("there are times at %s", empty.URL)
	}
	named := 0
	for _, link := range empty.Find("main .times ul:last-of-type a[href*='company=']").EachIter() {
		there := site.Get(site.Absolute(empty.URL, link.AttrOr("href", "")))
		id := there.URL.Query().Get("company")
		if id == "601" || !branches[id] || there.URL.Query().Get("city") != "52" || !strings.Contains(link.Text(), " · ") {
			t.Errorf("%q leads to %s", link.Text(), there.URL)
		}
		named++
	}
	if named != len(branches)-1 {
		t.Errorf("%d branches are named, of %d\n%s", named, len(branches)-1, empty.Find("main").Text())
	}
	// A salon alone has no other branches.
	if alone := site.Get("/b/1/datetime?lang=en&services=501001&master=0&date=" + q.Get("date")); strings.Contains(alone.Find("main").Text(), "branch") {
		t.Error("a salon alone names branches")
	}
}

// TestNextFreeDaysAreLater opens days without times. The days that are offered instead are the next free ones; one before is offered
// only after the last free day, and is not called the next.
func TestNextFreeDaysAreLater(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	var free []string
	for p := site.Get("/b/1/datetime?lang=en&services=501001"); ; p = site.Press(p, "main .strip a[rel=next]") {
		free = append(free, p.Find("main .strip a[data-date]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("data-date", "") })...)
		if p.Find("main .strip a[rel=next]").Length() == 0 {
			break
		}
	}
	seen, last := 0, free[len(free)-1]
	for at := site.Now().AddDate(0, 0, 1); at.Format(time.DateOnly) <= last || seen == 0; at = at.AddDate(0, 0, 1) {
		day := at.Format(time.DateOnly)
		if slices.Contains(free, day) {
			continue
		}
		seen++
		later := slices.DeleteFunc(slices.Clone(free), func(d string) bool { return d <= day })
		p := site.Get("/b/1/datetime?lang=en&services=501001&date=" + day)
		if got := offeredInstead(t, p); !slices.Equal(got, later[:min(3, len(later))]) || !strings.HasPrefix(p.Find("main .empty a").Text(), "Next free day: ") {
			t.Errorf("%s offers %v, %q", day, got, p.Find("main .empty a").Text())
		}
	}
	if seen == 0 {
		t.Fatal("every day is free: the test shows nothing")
	}
	p := site.Get("/b/1/datetime?lang=en&services=501001&date=" + site.Now().AddDate(1, 0, 0).Format(time.DateOnly))
	if got := offeredInstead(t, p); !slices.Equal(got, []string{last}) || !strings.HasPrefix(p.Find("main .empty a").Text(), "Last free day: ") {
		t.Errorf("after the last free day, %s: %v, %q", last, got, p.Find("main .empty a").Text())
	}
}

// TestTheWeekPassesNoFreeDayOver opens a day while the times of few other days are known. Every free day that follows has a column, one
// whose times are not known with a link that shows them, and none costs a call.
func TestTheWeekPassesNoFreeDayOver(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/1/datetime?lang=en&services=501001")
	open, free := "", []string(nil)
	for {
		open = p.Find("main .strip a[aria-current=true]").AttrOr("data-date", "")
		free = p.Find("main .strip a[data-date]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("data-date", "") })
		if free = slices.DeleteFunc(free, func(day string) bool { return day <= open }); len(free) >= 3 {
			break
		}
		p = site.Press(p, "main .strip a[rel=next]")
	}
	site.Get("/b/1/datetime?lang=en&services=501001&date=" + free[2])
	before := site.Calls(http.MethodGet, "")
	p = site.Get("/b/1/datetime?lang=en&services=501001&date=" + open)
	if n := site.Calls(http.MethodGet, "") - before; n != 0 {
		t.Errorf("the page cost %d calls", n)
	}
	unknown := 0
	columns := p.Find("main .week section")
	for i, column := range columns.EachIter() {
		if i < len(free) && column.AttrOr("data-column", "") != free[i] {
			t.Errorf("column %d is %s, want %s", i, column.AttrOr("data-column", ""), free[i])
		}
		if column.Find("a[data-other], a[data-slot]").Length() == 0 {
			unknown++
			if link := column.Find("a.note"); link.Text() != "Show times" || !strings.Contains(link.AttrOr("href", ""), "date="+column.AttrOr("data-column", "")) {
				t.Errorf("column %d has no times, and %q to %q", i, link.Text(), link.AttrOr("href", ""))
			}
		}
	}
	if columns.Length() < 3 || unknown == 0 || unknown == columns.Length() {
		t.Fatalf("%d columns, %d without times: the test shows nothing", columns.Length(), unknown)
	}
}

// offeredInstead returns the days that a day without times leads to.
func offeredInstead(t *testing.T, p servertest.Page) (days []string) {
	t.Helper()
	for _, link := range p.Find("main .empty a").EachIter() {
		u, err := url.Parse(link.AttrOr("href", ""))
		if err != nil {
			t.Fatal(err)
		}
		days = append(days, u.Query().Get("date"))
	}
	return days
}

// TestEventsAreListedAWeekAPage: the pages together have every event once.
func TestEventsAreListedAWeekAPage(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	p := site.Get("/b/22/events?lang=en")
	seen, pages := map[string]int{}, 0
	for ; pages < 60; pages++ {
		first, last := "", ""
		for _, s := range p.Find("main section[data-date]").EachIter() {
			if last = s.AttrOr("data-date", ""); first == "" {
				first = last
			}
		}
		if first == "" || daysApart(t, first, last) > 6 {
			t.Fatalf("page %d goes from %q to %q", pages, first, last)
		}
		for _, e := range p.Find("main a[data-event]").EachIter() {
			seen[e.AttrOr("data-event", "")]++
		}
		if p.Find("main .strip a[rel=next]").Length() == 0 {
			break
		}
		p = site.Press(p, "main .strip a[rel=next]")
	}
	if pages == 0 {
		t.Fatal("there is one page only: the test shows nothing")
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("event %s is listed %d times", id, n)
		}
	}
}

func daysApart(t *testing.T, a, b string) int {
	t.Helper()
	from, err1 := time.Parse(time.DateOnly, a)
	to, err2 := time.Parse(time.DateOnly, b)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return int(to.Sub(from).Hours()) / 24
}
