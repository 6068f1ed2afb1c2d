package app

import (
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"okoshko/internal/testclock"
)

// TestR23NobodyGetsAnotherSalonsPage asks for pages of several salons, for other services, masters, days and
// languages each, all at once and of a widget that knows nothing yet. Everybody gets the page that another widget
// gives to whoever asks alone. The columns of other days hold what is known at the moment, so of them the links alone are compared
// with what was asked for.
func TestR23NobodyGetsAnotherSalonsPage(t *testing.T) {
	t.Parallel()
	at := testclock.Start()
	clock := testclock.StandingAt(at)
	alone := newRigAt(t, clock.Now)
	pages := map[string]string{}
	fetch := func(r *rig, ref string) string {
		_, _, body := r.fetch(ref, nil)
		asked, err := url.Parse(ref)
		if err != nil {
			t.Error(err)
			return ""
		}
		body = week.ReplaceAllStringFunc(body, func(columns string) string {
			for _, link := range hrefs.FindAllStringSubmatch(columns, -1) {
				to, err := url.Parse(html.UnescapeString(link[1]))
				for _, name := range []string{"company", "services", "master", "lang"} {
					if got, want := to.Query().Get(name), asked.Query().Get(name); err != nil || got != want {
						t.Errorf("%s: a link of another day leads to %s, %s=%q, want %q", ref, link[1], name, got, want)
					}
				}
			}
			return ""
		})
		return strings.NewReplacer(r.app.URL, "", r.api, "").Replace(body)
	}
	look := func(ref string) { pages[ref] = fetch(alone, ref) }
	salons := map[string]bool{}
	for _, f := range alone.box.Forms() {
		if f.Broken || len(salons) == 6 {
			continue
		}
		p := alone.get("/b/" + strconv.Itoa(f.ID))
		if start := p.step(); start != "city" && start != "company" && start != "service" {
			continue
		}
		p = alone.to(p, "service")
		offered := p.Find("main [data-service]")
		salon := offered.First().AttrOr("data-service", "")
		if offered.Length() < 2 || salons[salon] {
			continue
		}
		salons[salon] = true
		for i, s := range offered.Slice(0, 2).EachIter() {
			of := func(step string, more ...string) string {
				q := p.url.Query()
				for j := 0; j < len(more); j += 2 {
					q.Set(more[j], more[j+1])
				}
				q.Set("lang", [...]string{"ru", "en"}[i])
				return "/b/" + strconv.Itoa(f.ID) + "/" + step + "?" + q.Encode()
			}
			chosen := s.AttrOr("data-service", "")
			look(of("service"))
			look(of("master", "services", chosen))
			master := alone.get(of("master", "services", chosen)).Find("main a[data-staff]").Last().AttrOr("data-staff", "0")
			look(of("datetime", "services", chosen, "master", master))
			look(of("datetime", "services", chosen, "master", "0", "date", at.AddDate(0, 0, 2+i).Format(time.DateOnly)))
		}
	}
	together := newRigAt(t, clock.Now)
	var refs []string
	for ref := range pages {
		refs = append(refs, ref, ref, ref)
	}
	if len(salons) < 4 || len(pages) < 8*len(salons) {
		t.Fatalf("%d pages of %d salons are too few", len(pages), len(salons))
	}
	rand.Shuffle(len(refs), func(i, j int) { refs[i], refs[j] = refs[j], refs[i] })
	var mu sync.Mutex
	wrong := map[string]string{}
	var wg sync.WaitGroup
	for part := range 12 {
		wg.Go(func() {
			for i := part; i < len(refs); i += 12 {
				body := fetch(together, refs[i])
				mu.Lock()
				if !same(body, pages[refs[i]]) {
					wrong[refs[i]] = body
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	// A page that is kept may lack what was not known when it was drawn. Pages that differ are drawn once more, when both widgets know all.
	together.app.settle()
	alone.app.settle()
	clock.Add(keptIncomplete)
	for ref, body := range wrong {
		if links := strays(ref, body); len(links) > 0 {
			t.Errorf("%s has links of other pages: %v", ref, links)
		}
		if again, want := fetch(together, ref), fetch(alone, ref); !same(again, want) {
			t.Errorf("%s:\n%s", ref, firstDifference(again, want))
		}
	}
}

// keptIncomplete is longer than a page is kept that is to be drawn again soon.
const keptIncomplete = 31 * time.Second

var (
	week  = regexp.MustCompile(`(?s)<div class="week">.*?</div>`)
	hrefs = regexp.MustCompile(`href="([^"]*)"`)
	// notes are how long services take and what they cost.
	notes = regexp.MustCompile(`<span class="note">([^<]*)</span> `)
)

// strays are the links of a page that lead to another form.
func strays(ref, body string) (links []string) {
	form := strings.Join(strings.SplitN(ref, "/", 4)[:3], "/") // "/b/5"
	for _, link := range hrefs.FindAllStringSubmatch(body, -1) {
		if to := link[1]; strings.HasPrefix(to, "/b/") && to != form && !strings.HasPrefix(to, form+"/") && !strings.HasPrefix(to, form+"?") {
			links = append(links, to)
		}
	}
	return links
}

// same tells whether two answers are the same page: one may say how long services take and the other not, since a page does not wait
// for that, and when both say it they say the same.
func same(a, b string) bool {
	return notes.ReplaceAllString(a, "") == notes.ReplaceAllString(b, "") && agree(notes.FindAllStringSubmatch(a, -1), notes.FindAllStringSubmatch(b, -1))
}

// agree tells whether each note says the same as the other page's, or the end of it: lengths stand before prices.
func agree(notes, others [][]string) bool {
	if len(notes) != len(others) {
		return true // where there are no prices, a note is a length
	}
	for i := range notes {
		if a, b := notes[i][1], others[i][1]; !strings.HasSuffix(a, b) && !strings.HasSuffix(b, a) {
			return false
		}
	}
	return true
}

// firstDifference shows two texts where they part.
func firstDifference(got, want string) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	around := func(s string) string { return s[max(0, min(i, len(s))-80):min(len(s), i+80)] }
	return fmt.Sprintf("got  … %q …\nwant … %q …", around(got), around(want))
}
