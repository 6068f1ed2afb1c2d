package sandbox

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"okoshko/internal/testclock"
)

// posted is what an address for hooks has got.
type posted struct {
	mu     sync.Mutex
	hooks  []Hook
	came   chan struct{}
	answer func(n int) int // the status of the n-th answer
}

func newPosted(t *testing.T, answer func(n int) int) (*posted, string) {
	t.Helper()
	p := &posted{came: make(chan struct{}, 100), answer: answer}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var h Hook
		if err := json.Unmarshal(body, &h); err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %v", r.Method, body, err)
		}
		p.mu.Lock()
		p.hooks = append(p.hooks, h)
		n := len(p.hooks)
		p.mu.Unlock()
		w.WriteHeader(p.answer(n))
		p.came <- struct{}{}
	}))
	t.Cleanup(server.Close)
	return p, server.URL + "/hooks/x"
}

// next waits for so many more hooks, and answers all that have come.
func (p *posted) next(t *testing.T, n int) []Hook {
	t.Helper()
	for range n {
		select {
		case <-p.came:
		case <-time.After(testclock.Patience):
			t.Fatal("no hook has come")
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.hooks)
}

func quickHooks(o *Options) { o.HookDelay = time.Millisecond }

// TestHooksTellOfEveryChange books, moves and cancels through the API and at a desk.
func TestHooksTellOfEveryChange(t *testing.T) {
	b := newBench(t, quickHooks)
	p, address := newPosted(t, func(int) int { return http.StatusOK })
	if err := b.SetHooks(address); err != nil {
		t.Fatal(err)
	}
	var seances struct{ Seances []struct{ Datetime string } }
	if err := json.Unmarshal(b.do(http.StatusOK, http.MethodGet, "book_staff_seances/501/50101", "").body, &struct{ Data any }{&seances}); err != nil || len(seances.Seances) < 2 {
		t.Fatalf("seances %v, %v", seances, err)
	}
	first, second := seances.Seances[0].Datetime, seances.Seances[len(seances.Seances)-1].Datetime
	b.do(http.StatusCreated, http.MethodPost, "book_record/501", order(nil, visit(1, 50101, first, 501001)))
	hooks := p.next(t, 1)
	r := b.Booked()[0]
	data, _ := hooks[0].Data.(map[string]any)
	if h := hooks[0]; h.Company != 501 || h.Resource != "record" || h.ID != r.ID || h.Status != "create" || data["staff_id"] != 50101.0 || data["length"] != r.Length.Seconds() {
		t.Errorf("after a booking %+v", h)
	}
	if at, err := time.Parse(time.RFC3339, data["datetime"].(string)); err != nil || !at.Equal(r.Start) {
		t.Errorf("datetime %v, want %v", data["datetime"], r.Start)
	}
	b.do(http.StatusOK, http.MethodPut, "book_record/501/"+strconv.Itoa(r.ID), `{"datetime":"`+second+`"}`)
	b.Attend(r.ID, 1)
	b.do(http.StatusNoContent, http.MethodDelete, "user/records/"+strconv.Itoa(r.ID)+"/"+r.Hash, "")
	var statuses []string
	for _, h := range p.next(t, 3)[1:] {
		statuses = append(statuses, h.Status)
		if h.ID != r.ID {
			t.Errorf("a hook about %d", h.ID)
		}
	}
	slices.Sort(statuses) // each waits on its own, so their order is not certain
	if want := []string{"delete", "update", "update"}; !slices.Equal(statuses, want) {
		t.Errorf("statuses %v, want %v", statuses, want)
	}
	luck := rand.New(rand.NewPCG(1, 1))
	for n, work := range []DeskWork{DeskBooks, DeskMoves, DeskCancels} {
		if !b.Desk(501, work, luck) {
			t.Fatalf("work %d: nothing to do", work)
		}
		if h := p.next(t, 1); h[len(h)-1].Status != []string{"create", "update", "delete"}[n] {
			t.Errorf("a desk's work %d: %+v", work, h[len(h)-1])
		}
	}
}

// TestHooksAreTriedThreeTimes counts what an address gets that fails, that is overloaded, and that refuses.
func TestHooksAreTriedThreeTimes(t *testing.T) {
	for name, one := range map[string]struct {
		answer      func(n int) int
		come, taken int
	}{
		"taken":          {func(int) int { return http.StatusOK }, 1, 1},
		"refused":        {func(int) int { return http.StatusNotFound }, 1, 0},
		"redirected":     {func(int) int { return http.StatusFound }, 1, 0},
		"too many, once": {func(n int) int { return []int{http.StatusTooManyRequests, http.StatusOK}[n-1] }, 2, 1},
		"failing":        {func(int) int { return http.StatusBadGateway }, 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, quickHooks)
			p, address := newPosted(t, one.answer)
			if err := b.SetHooks(address); err != nil {
				t.Fatal(err)
			}
			b.PostHook(Hook{Company: 501, Resource: "schedule", ID: 50101, Status: "update"})
			p.next(t, one.come)
			select {
			case <-p.came:
				t.Error("it has come once more")
			case <-time.After(30 * time.Millisecond):
			}
			if n := b.HooksTaken(); n != one.taken {
				t.Errorf("%d were taken, want %d", n, one.taken)
			}
		})
	}
}

// TestAddressesOfHooks: ten at most, and no message repeats one, because it holds a secret.
func TestAddressesOfHooks(t *testing.T) {
	b := newBench(t, quickHooks)
	if err := b.SetHooks(slices.Repeat([]string{"https://booking.example/hooks/secret"}, 11)...); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("eleven addresses: %v", err)
	}
	for _, address := range []string{"", "booking.example/hooks/secret", "ftp://booking.example/secret", "https:///secret", "https://%zz/secret"} {
		if err := b.SetHooks(address); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
	first, one := newPosted(t, func(int) int { return http.StatusOK })
	second, two := newPosted(t, func(int) int { return http.StatusOK })
	if err := b.SetHooks(one, two); err != nil {
		t.Fatal(err)
	}
	b.do(http.StatusAccepted, http.MethodPost, "/_sandbox/hooks", `{"company_id":501,"resource":"staff","resource_id":50101,"status":"update"}`)
	b.do(http.StatusBadRequest, http.MethodPost, "/_sandbox/hooks", `{"company_id":501}`)
	for _, p := range []*posted{first, second} {
		if h := p.next(t, 1); h[0].Resource != "staff" || h[0].ID != 50101 {
			t.Errorf("%+v", h)
		}
	}
}
