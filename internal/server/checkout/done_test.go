package checkout_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/servertest"
)

// reads is how often a booked visit has been read.
func reads(site *servertest.Site) int {
	n := 0
	for _, call := range site.Box.Calls() {
		if call.Method == http.MethodGet && strings.HasPrefix(call.Path, "/api/v1/book_record/") {
			n++
		}
	}
	return n
}

// bookWith books a visit of one price and shows the page after it. With a master, the first one is chosen.
func bookWith(t *testing.T, site *servertest.Site, master bool) servertest.Page {
	t.Helper()
	exact := func(_ int, card *goquery.Selection) bool {
		return strings.Contains(card.Text(), "₽") && !strings.ContainsAny(card.Text(), "–%") && !strings.Contains(card.Text(), "from")
	}
	card := site.Get("/b/1/service?lang=en").Find("main [data-service]").FilterFunction(exact).First()
	times := site.Get(card.Find("a[href]").First().AttrOr("href", ""))
	if times.Step() != "datetime" {
		t.Fatalf("a service leads to step %q", times.Step())
	}
	if master {
		of := times.Find("a[data-staff]").FilterFunction(func(_ int, a *goquery.Selection) bool { return a.AttrOr("data-staff", "0") != "0" }).First()
		if times = site.Get(site.Absolute(times.URL, of.AttrOr("href", ""))); times.Step() != "datetime" {
			t.Fatalf("a master leads to step %q", times.Step())
		}
	}
	done := site.ToAhead(times, "done")
	if done.Step() != "done" {
		t.Fatalf("booking leads to step %q: %s", done.Step(), done.Alert())
	}
	return done
}

func TestTheDonePageOfAMasterReadsNoVisit(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	done := bookWith(t, site, true)
	if n := reads(site); n != 0 {
		t.Errorf("the page after a booking reads the visit %d times, want 0", n)
	}
	shown := visitOf(done)
	reloaded := site.Get(done.URL.String())
	if n := reads(site); n != 1 {
		t.Fatalf("a reload reads the visit %d times, want 1", n)
	}
	if again := visitOf(reloaded); again != shown {
		t.Errorf("before the visit is read the page says\n%s\nafter it\n%s", shown, again)
	}
	// The visit is cancelled elsewhere a second later.
	site.Clock.Add(time.Second)
	cancel(t, site)
	if p := site.Get(done.URL.String()); visitOf(p) == shown || !strings.Contains(visitOf(p), "cancelled") {
		t.Errorf("a reload does not show that the visit was cancelled: %s", visitOf(p))
	}
}

// cancel cancels the visit that was booked last, at the upstream itself.
func cancel(t *testing.T, site *servertest.Site) {
	t.Helper()
	booked := site.Box.Booked()
	last := booked[len(booked)-1]
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, fmt.Sprintf("%s/api/v1/user/records/%d/%s", site.API, last.ID, last.Hash), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sandbox")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		t.Fatalf("cancelled at the upstream: status %d", resp.StatusCode)
	}
}

func TestTheDonePageOfAnyMasterNamesTheMaster(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	done := bookWith(t, site, false)
	if n := reads(site); n != 1 {
		t.Errorf("with any master the visit is read %d times, want once", n)
	}
	again := site.Get(done.URL.String())
	if visitOf(again) != visitOf(done) {
		t.Errorf("at first the page says\n%s\nand after a reload\n%s", visitOf(done), visitOf(again))
	}
}

// visitOf is what a page says about its visit.
func visitOf(p servertest.Page) string {
	return strings.Join(strings.Fields(p.Find("main").Text()), " ")
}
