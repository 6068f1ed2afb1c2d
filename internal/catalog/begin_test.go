package catalog

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"okoshko/internal/flow"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
)

// sideBySide is an upstream at which the calls to some endpoints are answered only once all of them are there.
type sideBySide struct {
	api   http.Handler
	mu    sync.Mutex
	wait  map[string]bool // the endpoints that have not been called
	ready chan struct{}
	alone []string // the calls that waited for nothing
}

// expect makes calls wait for one another from now on.
func (s *sideBySide) expect(endpoints ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wait, s.ready = map[string]bool{}, make(chan struct{})
	for _, e := range endpoints {
		s.wait[e] = true
	}
}

func (s *sideBySide) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	ready, endpoint := s.ready, ""
	for e := range s.wait {
		if strings.Contains(r.URL.Path, e) {
			endpoint = e
		}
	}
	if endpoint != "" {
		if delete(s.wait, endpoint); len(s.wait) == 0 {
			close(ready)
		}
	}
	s.mu.Unlock()
	if endpoint != "" {
		select {
		case <-ready:
		case <-time.After(testclock.Patience):
			s.mu.Lock()
			s.alone = append(s.alone, r.URL.Path)
			s.mu.Unlock()
		}
	}
	s.api.ServeHTTP(w, r)
}

func TestAPageAsksSideBySide(t *testing.T) {
	t.Parallel()
	clock := testclock.StandingAt(testclock.BetweenSlots())
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: clock.Now, Town: &sandbox.Town{Salons: 1, Services: 10, Masters: 3, Days: 20, Occupancy: 40}})
	if err != nil {
		t.Fatal(err)
	}
	gathering := &sideBySide{api: box.Handler()}
	api := httptest.NewServer(gathering)
	t.Cleanup(api.Close)
	client, err := upstream.New(upstream.Options{BaseURL: api.URL, PartnerToken: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	day := Ages{Fresh: time.Hour, Soft: 2 * time.Hour, Hard: 24 * time.Hour}
	slots := Ages{Fresh: 15 * time.Second, Soft: 45 * time.Second, Hard: 45 * time.Second}
	c, err := New(Options{Client: client, BaseURL: api.URL, Now: clock.Now, Bookforms: day, Entries: day, Dates: day, Slots: slots, MaxEntries: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	const lang = "ru-RU"
	form, err := c.Bookform(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}

	calls := len(box.Calls())
	gathering.expect("/company/", "/book_services/", "/book_staff/")
	c.BeginFirst(t.Context(), lang, form, flow.Choices{})
	s, err := c.Resolve(t.Context(), lang, form, flow.Choices{}, flow.Service)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Masters(t.Context(), lang, s.Company, Filter{}); err != nil {
		t.Fatal(err)
	}
	if n := len(box.Calls()) - calls; n != 3 || len(gathering.alone) != 0 {
		t.Errorf("a first page costs %d calls, of which %v waited for others to end; want 3 side by side", n, gathering.alone)
	}

	offered, err := c.Services(t.Context(), lang, s.Company.ID, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	choices := flow.Choices{Services: offered.IDs()[:1]}
	calls = len(box.Calls())
	gathering.expect("/book_dates/", "/book_staff/")
	c.BeginTimes(t.Context(), lang, form, choices)
	if s, err = c.Resolve(t.Context(), lang, form, choices, flow.Datetime); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Dates(t.Context(), s.Company, s.OfferedTimes()); err != nil {
		t.Fatal(err)
	}
	if n := len(box.Calls()) - calls; n != 2 || len(gathering.alone) != 0 {
		t.Errorf("a page of times costs %d calls, of which %v waited for others to end; want 2 side by side", n, gathering.alone)
	}
}
