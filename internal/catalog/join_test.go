package catalog

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// doorman lets calls through, holds them until it is told, or refuses what is only asked ahead; it lifts a call as the budget does.
type doorman struct {
	api     http.Handler
	held    atomic.Bool // calls stay at the upstream until let
	let     chan struct{}
	arrived chan string
	refuses atomic.Bool // what is asked ahead, as when calls are not plenty

	mu    sync.Mutex
	calls []string
}

func (d *doorman) Wait(ctx context.Context) error {
	if d.refuses.Load() && budget.PriorityOf(ctx) == budget.P3 {
		return budget.ErrSpent
	}
	return nil
}

func (*doorman) Report(int, time.Duration) {}

func (d *doorman) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	d.calls = append(d.calls, r.URL.Path)
	d.mu.Unlock()
	if d.held.Load() {
		d.arrived <- r.URL.Path
		<-d.let
	}
	d.api.ServeHTTP(w, r)
}

func (d *doorman) made() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.calls)
}

// TestNobodyWaitsForACallOfOnesOwnBesideAnEqualOne asks each kind of question ahead and, while its call is under way, for a visitor and
// for somebody who books: it stays one call. When what is asked ahead gets no call, the visitor's question does.
func TestNobodyWaitsForACallOfOnesOwnBesideAnEqualOne(t *testing.T) {
	t.Parallel()
	const lang = "ru-RU"
	day := func(c *Catalog, company *Company) string {
		dates, err := c.Dates(context.Background(), company, Filter{})
		if err != nil || len(dates.Free) < 3 {
			t.Fatalf("Dates = %v, %v", dates.Free, err)
		}
		return dates.Free[2]
	}
	for name, prepare := range map[string]func(c *Catalog, company *Company) func(context.Context) error{
		"bookform": func(c *Catalog, _ *Company) func(context.Context) error {
			return func(ctx context.Context) error { _, err := c.Bookform(ctx, 2); return err }
		},
		"company": func(c *Catalog, company *Company) func(context.Context) error {
			return func(ctx context.Context) error { _, err := c.Company(ctx, "en-US", company.ID); return err }
		},
		"companies": func(c *Catalog, _ *Company) func(context.Context) error {
			return func(ctx context.Context) error { _, err := c.Companies(ctx, lang, 37); return err }
		},
		"services": func(c *Catalog, company *Company) func(context.Context) error {
			return func(ctx context.Context) error { _, err := c.Services(ctx, lang, company.ID, Filter{}); return err }
		},
		"masters": func(c *Catalog, company *Company) func(context.Context) error {
			return func(ctx context.Context) error { _, err := c.Masters(ctx, lang, company, Filter{}); return err }
		},
		"days": func(c *Catalog, company *Company) func(context.Context) error {
			return func(ctx context.Context) error {
				_, err := c.Dates(ctx, company, Filter{Services: []int{501001}})
				return err
			}
		},
		"times": func(c *Catalog, company *Company) func(context.Context) error {
			on := day(c, company)
			return func(ctx context.Context) error { _, err := c.Slots(ctx, company, on, Filter{}); return err }
		},
		"group events": func(c *Catalog, company *Company) func(context.Context) error {
			return func(ctx context.Context) error { _, err := c.GroupEvents(ctx, lang, company); return err }
		},
		"questions": func(c *Catalog, _ *Company) func(context.Context) error {
			return func(ctx context.Context) error { _, err := c.Questions(ctx, lang, 1); return err }
		},
		"agreement": func(c *Catalog, company *Company) func(context.Context) error {
			return func(ctx context.Context) error { _, err := c.Privacy(ctx, lang, company.ID); return err }
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			for _, refuses := range []bool{false, true} {
				clock := testclock.StandingAt(testclock.BetweenSlots())
				box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: clock.Now})
				if err != nil {
					t.Fatal(err)
				}
				d := &doorman{api: box.Handler(), let: make(chan struct{}), arrived: make(chan string, 8)}
				api := httptest.NewServer(d)
				t.Cleanup(api.Close)
				client, err := upstream.New(upstream.Options{BaseURL: api.URL, PartnerToken: "sandbox", Gate: d})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(client.Close)
				ages := Ages{Fresh: time.Hour, Soft: 2 * time.Hour, Hard: 24 * time.Hour}
				c, err := New(Options{Client: client, BaseURL: api.URL, Now: clock.Now, Bookforms: ages, Entries: ages, Dates: ages, Slots: ages, MaxEntries: 1000})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(c.Close)
				company, err := c.Company(t.Context(), lang, 501)
				if err != nil {
					t.Fatal(err)
				}
				ask := prepare(c, company)
				before := d.made()
				ahead := budget.WithCeiling(t.Context(), budget.P3)
				d.refuses.Store(refuses)
				if refuses {
					if err := ask(ahead); ProblemOf(err) != ProblemBusy {
						t.Errorf("asked ahead without a call: %v, want busy", err)
					}
					if err := ask(t.Context()); err != nil || d.made()-before != 1 {
						t.Errorf("then for a visitor: %v after %d calls, want an answer of one", err, d.made()-before)
					}
					continue
				}
				d.held.Store(true)
				var all sync.WaitGroup
				waits := func(who string, ctx context.Context) {
					all.Go(func() {
						if err := ask(ctx); err != nil {
							t.Errorf("%s got %v", who, err)
						}
					})
				}
				waits("what is asked ahead", ahead)
				<-d.arrived
				waits("a visitor", t.Context())
				waits("who books", budget.Paid(t.Context(), "anna"))
				select {
				case path := <-d.arrived:
					t.Errorf("one more call: %s", path)
				case <-time.After(50 * time.Millisecond):
				}
				close(d.let)
				all.Wait()
				if n := d.made() - before; n != 1 {
					t.Errorf("%d calls, want 1", n)
				}
			}
		})
	}
}
