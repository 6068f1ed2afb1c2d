package catalog

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/upstream"
)

func askedFor(box *sandbox.Sandbox, path string) (n int) {
	for _, c := range box.Calls() {
		if c.Path == "/api/v1/"+path {
			n++
		}
	}
	return n
}

func TestLengthsAreOneCallForACompany(t *testing.T) {
	c, box := newCatalog(t)
	ctx, made := c.CollectDeps(context.Background())
	lengths := c.Lengths(ctx, 501)
	want := LengthRange{time.Hour, 75 * time.Minute}
	if lengths[501001] != want || len(lengths) != 16 {
		t.Fatalf("lengths = %v, want %v among sixteen", lengths, want)
	}
	if len(made.replaced) != 1 || !made.Complete() {
		t.Error("a page does not learn that its lengths are out of date")
	}
	for range 3 {
		c.Lengths(context.Background(), 501)
	}
	ahead, lacked := OnlyCached(context.Background())
	if got := c.Lengths(ahead, 501); got[501001] != want || lacked() {
		t.Errorf("what is kept is not told: %v", got)
	}
	if got := c.Lengths(ahead, 502); got != nil || lacked() {
		t.Errorf("a page fetched ahead lacks them: %v, %v", got, lacked())
	}
	if askedFor(box, "services/501") != 1 || askedFor(box, "services/502") != 0 {
		t.Errorf("calls: %v", box.Calls())
	}
}

// A partner who may not read them is not asked about again, and the pages stay whole.
func TestLengthsThatAreDenied(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
		c, box := newCatalog(t)
		if err := box.Answer(sandbox.Answer{Path: "services/*", Status: status, Body: []byte(`{"success":false,"data":null,"meta":{"message":"no"}}`)}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			ctx, made := c.CollectDeps(context.Background())
			if got := c.Lengths(ctx, 501); got != nil || !made.Complete() {
				t.Errorf("%d: lengths = %v, whole = %v", status, got, made.Complete())
			}
		}
		if n := askedFor(box, "services/501"); n != 1 {
			t.Errorf("%d: asked %d times", status, n)
		}
		box.ClearAnswers()
		if c.Lengths(context.Background(), 501) != nil || askedFor(box, "services/501") != 1 {
			t.Errorf("%d: a refusal is not remembered", status)
		}
	}
}

// Nobody waits for what a page can do without.
func TestLengthsCostNobodyATurn(t *testing.T) {
	c, box := newCatalog(t)
	var busy atomic.Bool
	c.busy = busy.Load
	busy.Store(true)
	if got := c.Lengths(context.Background(), 501); got != nil || askedFor(box, "services/501") != 0 {
		t.Errorf("while others wait: %v", got)
	}
	busy.Store(false)
	if err := box.Answer(sandbox.Answer{Path: "services/501", Status: http.StatusInternalServerError}); err != nil {
		t.Fatal(err)
	}
	ctx, made := c.CollectDeps(context.Background())
	before := time.Now() //nolint:forbidigo // how long a real wait takes
	if got := c.Lengths(ctx, 501); got != nil || !made.Complete() {
		t.Errorf("a fault: %v, whole = %v", got, made.Complete())
	}
	if took := time.Since(before); took > 20*soonGrace {
		t.Errorf("a fault cost %v", took)
	}
	if until := made.validUntil.Sub(made.drawn); until > 2*soonAgain {
		t.Errorf("a page without lengths is good for %v", until)
	}
}

func TestLengthRanges(t *testing.T) {
	hour := time.Hour
	got := lengthRanges([]upstream.ServiceLength{
		{ID: 1, Length: hour}, {ID: 2, Length: hour, Staff: []time.Duration{2 * hour, 3 * hour}}, {ID: 3}, {ID: 4, Length: hour, Staff: []time.Duration{2 * hour}},
	})
	want := Lengths{1: {hour, hour}, 2: {2 * hour, 3 * hour}, 4: {2 * hour, 2 * hour}}
	if len(got) != len(want) {
		t.Fatalf("lengthRanges = %v", got)
	}
	for id, span := range want {
		if got[id] != span {
			t.Errorf("service %d takes %v, want %v", id, got[id], span)
		}
	}
}
