package webhook

import "time"

const (
	// Silence is how long hooks may stay away until they count as not coming in any more.
	Silence = 3 * time.Hour
	// comparedFor is how long a comparison that agreed is good.
	comparedFor = 24 * time.Hour
	// distrustedFor is how long a company is not trusted after a comparison that did not agree.
	distrustedFor = 24 * time.Hour
	// suspendedFor is the same after more hooks than are applied.
	suspendedFor = time.Hour
	// wantedHooks and wantedComparisons are how many are wanted before a company is trusted.
	wantedHooks, wantedComparisons = 2, 3
)

// Trust is how far it has been shown that a company's hooks tell of its changes. The zero Trust is none.
type Trust struct {
	hooks     int       // that came without a silence between them
	last      time.Time // when the last one came
	agreed    int       // comparisons, while hooks were coming in
	compared  time.Time // when the last one agreed
	untrusted time.Time // until when
}

// Hooked is the trust after one more hook.
func (t Trust) Hooked(now time.Time) Trust {
	if now.Sub(t.last) >= Silence {
		t.hooks = 0
	}
	t.hooks, t.last = min(t.hooks+1, wantedHooks), now
	return t
}

// Agreed is the trust after a comparison that agreed. While no hooks come in it shows nothing: perhaps nothing has changed.
func (t Trust) Agreed(now time.Time) Trust {
	if t.hooks == 0 || now.Sub(t.last) >= Silence {
		return t
	}
	if now.Sub(t.compared) >= comparedFor {
		t.agreed = 0
	}
	t.agreed, t.compared = min(t.agreed+1, wantedComparisons), now
	return t
}

// Differed is the trust after a comparison that did not agree.
func (t Trust) Differed(now time.Time) Trust {
	return Trust{last: t.last, untrusted: later(t.untrusted, now.Add(distrustedFor))}
}

// Suspended is the trust after more hooks than were applied.
func (t Trust) Suspended(now time.Time) Trust {
	return Trust{last: t.last, untrusted: later(t.untrusted, now.Add(suspendedFor))}
}

// Holds says whether the company's hooks may be relied on.
func (t Trust) Holds(now time.Time) bool {
	return t.hooks >= wantedHooks && now.Sub(t.last) < Silence && t.agreed >= wantedComparisons && now.Sub(t.compared) < comparedFor && !now.Before(t.untrusted)
}

// Last is when the last hook came.
func (t Trust) Last() time.Time { return t.last }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
