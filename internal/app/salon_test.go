package app

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// faultsOf are what the operator's page says of a form.
func (r *rig) faultsOf(form string) (name string, faults []string) {
	p := r.operator(http.MethodGet, "/?form="+url.QueryEscape(form), nil)
	faults = p.Find("#found li").Map(func(_ int, s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") })
	return strings.Join(strings.Fields(p.Find("#embed h3").First().Text()), " "), faults
}

// TestANewSalonOnTheOperatorsPage from the address that the salon hands over to the first visit, by what the page shows.
func TestANewSalonOnTheOperatorsPage(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_SERVER_PUBLIC_URL=https://booking.example", "OKOSHKO_EMBED_HOSTS=https://other.example")
	p := r.operator(http.MethodGet, "/?form="+url.QueryEscape(" https://n1.yclients.com/company:501 "), nil)
	if got := p.Find("#embed input[name=form]").AttrOr("value", ""); got != "1" {
		t.Errorf("the field holds %q", got)
	}
	if name := strings.Join(strings.Fields(p.Find("#embed h3").First().Text()), " "); !strings.HasPrefix(name, "1. The form 1 is of ") {
		t.Errorf("the salon is called %q", name)
	}
	company, err := r.client().Company(t.Context(), 501, upstream.CompanyParams{ForBooking: true})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.Find("#embed h3").First().Text(), company.Title) {
		t.Errorf("the page does not name %q", company.Title)
	}
	if company.Site == "" || !strings.Contains(p.Find("#found .mind").Text(), "may not show the form") {
		t.Errorf("the website %q: %s", company.Site, p.Find("#found").Text())
	}
	if line := p.Find("#embed > pre").Text(); !strings.HasPrefix(line, "OKOSHKO_FORM_1_HOSTS=https://other.example,http") {
		t.Errorf("the line of the configuration: %q", line)
	}
	if p.Find(".lines > pre").Length() != 3 || p.Find("#site").Length() != 1 {
		t.Error("there are no lines, or no check of the website")
	}
	var pages []string
	p.Find("#visit a").Each(func(_ int, s *goquery.Selection) { pages = append(pages, s.AttrOr("href", "")) })
	if want := []string{"https://booking.example/b/1", "https://booking.example/b/1/windows", "https://booking.example/b/1/about", "https://booking.example/b/1/accessibility"}; !slices.Equal(pages, want) {
		t.Errorf("pages of the form: %q, want %q", pages, want)
	}
	for _, page := range pages {
		if got := r.get(strings.TrimPrefix(page, "https://booking.example")); got.status != http.StatusOK {
			t.Errorf("%s: status %d", page, got.status)
		}
	}
	if !strings.Contains(p.Find("#visit").Text(), "asks for no code") || strings.Contains(r.operator(http.MethodGet, "/?form=2", nil).Find("#visit").Text(), "asks for no code") {
		t.Error("the page does not say whether a code is sent")
	}
}

// TestTheOperatorIsToldWhatIsWrongWithAForm for each of the sandbox's faulty ones, and is told of no fault where there is none.
func TestTheOperatorIsToldWhatIsWrongWithAForm(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]string{
		"1": "", "3": "", "19": "Mind: The form asks for a code by text message, and the salon sends none", "24": "Mind: The form has a language for which there are no texts: ",
		"990": "Wrong: The salon’s licence at the booking API has ended", "991": "Wrong: A firewall in front of the booking API refuses the question",
		"992": "Wrong: The booking API answers nothing that makes sense when it is asked about the form", "993": "Wrong: The booking API does not let the partner token read anything of the form",
		"994": "Wrong: The booking API answers nothing that makes sense", "995": "Wrong: The booking API answers nothing that makes sense", "777": "Wrong: The booking API knows no such form.",
	} {
		r := newRig(t)
		_, faults := r.faultsOf(form)
		if len(faults) == 0 || !slices.ContainsFunc(faults, func(f string) bool { return strings.HasPrefix(f, want) }) || want == "" && strings.HasPrefix(faults[0], "Wrong") {
			t.Errorf("form %s: %q, want one that begins with %q", form, faults, want)
		}
	}
}

// TestThreeHundredFormsAreListed with what is wrong at each, without a call, those with something wrong first, in pages, and found by
// number or name.
func TestThreeHundredFormsAreListed(t *testing.T) {
	t.Parallel()
	var numbers []string
	for form := 1; form <= 300; form++ {
		numbers = append(numbers, strconv.Itoa(form))
	}
	r := newRig(t, "OKOSHKO_FOUND_FORMS="+strings.Join(numbers, ","))
	r.get("/b/5")
	r.get("/b/271") // there is no such form
	r.faultsOf("1")
	r.faultsOf("992")
	asked := r.asked()
	listed := func(query string) (rows []string, p page) {
		p = r.operator(http.MethodGet, "/forms"+query, nil)
		if p.status != http.StatusOK {
			t.Fatalf("/forms%s: status %d", query, p.status)
		}
		return p.Find(".forms > li h2 a").Map(func(_ int, s *goquery.Selection) string { return s.Text() }), p
	}
	first, p := listed("")
	if len(first) != 50 || first[0] != "271" || first[1] != "992" || !strings.Contains(p.Find("[role=status]").Text(), "301 forms") {
		t.Errorf("the first page has %d forms, %q first; %s", len(first), first[:2], p.Find("[role=status]").Text())
	}
	if text := p.Find(".forms > li").First().Text(); !strings.Contains(text, "knows no such form") || !strings.Contains(text, "As of ") {
		t.Errorf("form 271: %s", text)
	}
	seen, next := map[string]bool{}, ""
	for range 20 {
		rows, p := listed(next)
		for _, row := range rows {
			if seen[row] {
				t.Errorf("form %s is listed twice", row)
			}
			seen[row] = true
		}
		ref, more := p.Find(".pages [rel=next]").Attr("href")
		if !more {
			break
		}
		next = strings.TrimPrefix(ref, "/forms")
	}
	if len(seen) != 301 {
		t.Errorf("the pages have %d forms, want 301", len(seen))
	}
	if rows, p := listed("?q=5"); !slices.Contains(rows, "5") || !slices.Contains(rows, "59") || slices.Contains(rows, "15") || p.Find("input[name=q]").AttrOr("value", "") != "5" {
		t.Errorf("by number: %q", rows)
	}
	name, _ := r.faultsOf("1")
	_, name, _ = strings.Cut(name, " is of ")
	if rows, _ := listed("?q=" + url.QueryEscape(strings.ToLower(name))); !slices.Contains(rows, "1") || slices.Contains(rows, "271") {
		t.Errorf("by the name %q: %q", name, rows)
	}
	if rows, p := listed("?q=nothing-is-called-so"); len(rows) != 0 || !strings.HasPrefix(p.Find("[role=status]").Text(), "0 forms") {
		t.Errorf("a search for nothing: %q", rows)
	}
	if rows, _ := listed("?page=-7"); !slices.Equal(rows, first) {
		t.Error("a page that there is not is not the nearest")
	}
	if more := r.asked() - asked; more != 0 {
		t.Errorf("the list made %d calls", more)
	}
	if p := r.operator(http.MethodGet, "/?form=1", nil); p.Find("#embed .note a[href^='/?form=']").Length() != 20 || p.Find("#embed a[href='/forms']").Length() != 1 {
		t.Error("the page names all forms beside the field")
	}
}

// TestCheckOfAllForms of a town of three hundred salons and of the sandbox's faulty ones.
func TestCheckOfAllForms(t *testing.T) {
	t.Parallel()
	now := testclock.Running().Now
	town := func(o sandbox.Options) []string {
		o.Seed, o.NoLimits, o.Now = 1, true, now
		box, err := sandbox.New(o)
		if err != nil {
			t.Fatal(err)
		}
		api, stop, err := box.Start(context.Background(), "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stop(context.Background()) })
		return []string{
			"OKOSHKO_UPSTREAM_BASE_URL=" + api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox", "OKOSHKO_UPSTREAM_PER_SECOND=1000", "OKOSHKO_UPSTREAM_PER_MINUTE=60000",
			"OKOSHKO_STORE_PATH=" + t.TempDir() + "/x.db",
		}
	}
	var all []string
	for form := 1; form <= 300; form++ {
		all = append(all, strconv.Itoa(form))
	}
	var out bytes.Buffer
	environ := append(town(sandbox.Options{Town: &sandbox.Town{Salons: 300, Services: 6, Masters: 2, Days: 45}}), "OKOSHKO_FOUND_FORMS="+strings.Join(all, ","))
	if err := Check(t.Context(), "", environ, checkOptions{forms: true}, now, &out); err != nil {
		t.Errorf("%v:\n%.2000s", err, out.String())
	}
	if n := strings.Count(out.String(), "\nForm "); n != 300 || strings.Contains(out.String(), "Wrong:") {
		t.Errorf("%d forms are told of:\n%.2000s", n, out.String())
	}
	out.Reset()
	environ = append(town(sandbox.Options{}), "OKOSHKO_FOUND_FORMS=1,990", "OKOSHKO_FORM_777_HOSTS=https://salon.example")
	err := Check(t.Context(), "", environ, checkOptions{forms: true}, now, &out)
	if err == nil || err.Error() != "of 3 forms 2 cannot be booked, or were not answered for" {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"\nForm 777: cannot be booked\n  Wrong: The booking API knows no such form.", "\nForm 990: cannot be booked\n  Wrong: The salon’s licence"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not said in:\n%s", want, out.String())
		}
	}
	if err := Check(t.Context(), "", town(sandbox.Options{}), checkOptions{forms: true}, now, &out); err == nil || !strings.Contains(err.Error(), "names no forms") {
		t.Errorf("without forms: %v", err)
	}
}

// spentGate has no call left for some seconds.
type spentGate struct {
	upstream.Gate
	refuses int
}

func (g *spentGate) Wait(context.Context) error {
	if g.refuses--; g.refuses >= 0 {
		return budget.ErrSpent
	}
	return nil
}

// TestACommandWaitsForItsCalls where a page is told that there are none: feeds and checks of many forms take more than a minute has.
func TestACommandWaitsForItsCalls(t *testing.T) {
	t.Parallel()
	if err := (patient{&spentGate{refuses: 3}}).Wait(t.Context()); err != nil {
		t.Errorf("the call was given up: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := (patient{&spentGate{refuses: 3}}).Wait(ended); err == nil {
		t.Error("a command that has ended waits on")
	}
	if err := (patient{&spentGate{refuses: 3}}).Wait(budget.WithPriority(t.Context(), budget.P2)); err == nil {
		t.Error("a refresh waits, which does not wait its turn and would never end")
	}
}
