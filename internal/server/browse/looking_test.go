package browse_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/servertest"
)

// tooMany lets the upstream answer some questions with "too many requests".
func tooMany(site *servertest.Site, paths ...string) {
	for _, path := range paths {
		site.Fault(`{"path":"` + path + `","status":429}`)
	}
}

// answers lets it answer again, once that it did not is forgotten.
func answers(site *servertest.Site) {
	site.Mend()
	site.Clock.Add(6 * time.Second)
}

// TestAPageShowsWhatIsKnownWhileTheRestIsLookedFor asks for pages while no call is left for some of their questions: each is the page
// of its step, shows what is known, says that the rest is looked for, asks for itself again, and is kept by nobody. Once there are
// answers the same address has the whole page.
func TestAPageShowsWhatIsKnownWhileTheRestIsLookedFor(t *testing.T) {
	t.Parallel()
	const salon, masters, days, slots, chosen = ".top .salon p", ".who a[data-staff]", ".strip a[data-date]", "a[data-slot]", "[data-summary=service]"
	for _, tt := range []struct {
		name, known, page string // what was opened before, and the page: its address, or the link to it
		lacks             []string
		step              string
		shows, not        []string
	}{
		{"nothing but the company", "/robots.txt", "/b/1?lang=en", []string{"/book_services/"}, "service", []string{salon, "a[href^='tel:']"}, []string{"[data-service]"}},
		{"no services", "/robots.txt", "/b/1/service?lang=en", []string{"/book_services/"}, "service", []string{salon}, []string{"[data-service]"}},
		{"no masters, no days", "/b/1/service?lang=en", "/b/1/datetime?lang=en&services=501001", []string{"/book_staff/", "/book_dates/", "/book_times/"}, "datetime", []string{salon, chosen}, []string{masters, days, slots}},
		{"no masters", "/b/1/service?lang=en", "/b/1/datetime?lang=en&services=501001", []string{"/book_staff/"}, "datetime", []string{salon, chosen, days, slots}, []string{masters}},
		{"no days", "/b/1/service?lang=en", "/b/1/datetime?lang=en&services=501001", []string{"/book_dates/"}, "datetime", []string{salon, chosen, masters}, []string{days, slots}},
		{"no times of a day", "/b/1/datetime?lang=en&services=501001", "main .strip a[data-date]:not([aria-current])", []string{"/book_times/"}, "datetime", []string{salon, chosen, masters, days, "#day:not(.unseen)"}, []string{slots}},
		{"no list of masters", "/b/1/service?lang=en", "/b/1/master?lang=en&services=501001", []string{"/book_staff/"}, "master", []string{salon, chosen}, []string{"li.card [data-staff]"}},
		{"no group events", "/b/22/about?lang=en", "/b/22/events?lang=en", []string{"/activity/"}, "events", []string{salon}, []string{"[data-event]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			site := servertest.New(t)
			known := site.Get(tt.known)
			address, pressed := known.Find(tt.page).Last().Attr("href")
			if !pressed {
				address = tt.page
			}
			site.Clock.Add(6 * time.Second)
			tooMany(site, tt.lacks...)
			p := site.Get(address)
			if p.Step() != tt.step || p.Kind() != "busy" || p.Status != http.StatusServiceUnavailable {
				t.Fatalf("step %q, %q, status %d, want %s, busy and 503", p.Step(), p.Kind(), p.Status, tt.step)
			}
			for _, what := range tt.shows {
				if p.Find(what).Length() == 0 {
					t.Errorf("what is known is missing: %s", what)
				}
			}
			for _, what := range tt.not {
				if p.Find(what).Length() != 0 {
					t.Errorf("what is not known is shown: %s", what)
				}
			}
			if p.Find("main [data-looking]").Length() != 1 || p.Find("main a[data-now]").Length() != 1 || p.Find("main").AttrOr("data-again", "") == "" {
				t.Error("the page does not say that it looks for the rest, or does not ask again")
			}
			if again := p.Find("noscript").Text(); !strings.Contains(again, "refresh") {
				t.Errorf("without a script nothing asks again: %q", again)
			}
			if got := p.Header.Get("Cache-Control"); got != "no-store" || p.Header.Get("Retry-After") == "" {
				t.Errorf("Cache-Control %q, Retry-After %q", got, p.Header.Get("Retry-After"))
			}
			answers(site)
			whole := site.Press(p, "main a[data-now]")
			if whole.Step() != tt.step || whole.Kind() != "" || whole.Find("[data-looking], [data-again]").Length() != 0 {
				t.Errorf("once there are answers: step %q %q, status %d", whole.Step(), whole.Kind(), whole.Status)
			}
			for _, what := range append(tt.shows, tt.not...) {
				if whole.Find(what).Length() == 0 {
					t.Errorf("the whole page lacks %s", what)
				}
			}
		})
	}
}

// TestASalonWithoutGroupEventsIsNotAskedForThem, where it says that it has none.
func TestASalonWithoutGroupEventsIsNotAskedForThem(t *testing.T) {
	t.Parallel()
	for kind, want := range map[int]bool{0: true, 1: false} {
		site := servertest.New(t)
		if err := site.Box.Answer(sandbox.Answer{Method: http.MethodGet, Path: "company/*", Merge: map[string]any{"record_type_id": kind}}); err != nil {
			t.Fatal(err)
		}
		p := site.Get("/b/1/service?lang=en")
		if asked := site.Calls(http.MethodGet, "/activity/") > 0; p.Step() != "service" || asked != want {
			t.Errorf("kind %d: step %q, asked for group events: %v, want %v", kind, p.Step(), asked, want)
		}
	}
}
