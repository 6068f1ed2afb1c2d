package catalog

import (
	"context"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// spendable lets calls through, or refuses them, and counts those that it was asked for.
type spendable struct {
	spent atomic.Bool
	asked atomic.Int64
}

func (g *spendable) Wait(context.Context) error {
	g.asked.Add(1)
	if g.spent.Load() {
		return budget.ErrSpent
	}
	return nil
}

func (*spendable) Report(int, time.Duration) {}

// TestAPageWaitsInVainOnce asks several questions for one page while no call is left: the first is put, the others are answered from
// what is cached, also from what is as old as answers may be.
func TestAPageWaitsInVainOnce(t *testing.T) {
	t.Parallel()
	clock, g := testclock.Standing(), new(spendable)
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(box.Handler())
	t.Cleanup(api.Close)
	client, err := upstream.New(upstream.Options{BaseURL: api.URL, PartnerToken: "sandbox", Gate: g})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	ages := Ages{Fresh: time.Minute, Soft: 5 * time.Minute, Hard: time.Hour}
	c, err := New(Options{Client: client, BaseURL: api.URL, Now: clock.Now, Bookforms: ages, Entries: ages, Dates: ages, Slots: ages, MaxEntries: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	const lang = "ru-RU"
	form, err := c.Bookform(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	company, err := c.Company(t.Context(), lang, form.CompanyID)
	if err != nil {
		t.Fatal(err)
	}
	clock.Add(10 * time.Minute)
	g.spent.Store(true)
	before, page := g.asked.Load(), WaitOnce(t.Context())
	if _, err := c.Services(page, lang, company.ID, Filter{}); ProblemOf(err) != ProblemBusy {
		t.Errorf("services = %v, want busy", err)
	}
	if _, err := c.Masters(page, lang, company, Filter{}); ProblemOf(err) != ProblemBusy {
		t.Errorf("masters = %v, want busy", err)
	}
	if got, err := c.Company(page, lang, form.CompanyID); err != nil || got.ID != company.ID {
		t.Errorf("company = %v, want the old answer", err)
	}
	if n := g.asked.Load() - before; n != 1 {
		t.Errorf("the page asked for %d calls, want 1", n)
	}
	if _, err := c.Masters(WaitOnce(t.Context()), lang, company, Filter{}); ProblemOf(err) != ProblemBusy || g.asked.Load()-before != 2 {
		t.Errorf("the next page: %v, %d calls asked for, want busy and one more", err, g.asked.Load()-before-1)
	}
}
