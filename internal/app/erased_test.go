package app

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/clock"
	"okoshko/internal/mailtest"
	"okoshko/internal/redistest"
	"okoshko/internal/session"
	"okoshko/internal/store"
)

// TestS38EverythingKeptHasAnEnd goes the ways of a customer on which something about him is kept, and asks the
// server when it will be gone: as docs/privacy.md says, and no later. That the embedded store does it too is shown in
// its own tests.
func TestS38EverythingKeptHasAnEnd(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	kept, err := store.OpenRedis(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	letters := mailtest.Start(t, mailtest.Options{NoStartTLS: true})
	r := newRig(t, append(withMail(letters), "OKOSHKO_STORE_URL="+server.URL, "OKOSHKO_SESSION_LIFETIME=20m", "OKOSHKO_PRIVACY_CONSENT_KEPT=100h")...)
	passed, began := clock.Stopwatch(), r.now()
	code := r.send(r.toAhead(r.get("/b/2?lang=en"), "contact"), anna)
	typed := keysOf(t, kept)
	p := r.press(r.to(code, "done"), "main a[rel=record]")
	visit := r.latest()
	r.send(r.press(p, "main a[data-cancel]"), nil)
	// One wish is confirmed and waits until the end of its day, and one is not.
	day := r.now().AddDate(0, 0, 9)
	wanted := url.Values{"services": {strconv.Itoa(womenCut)}, "master": {"0"}}
	r.wishLike(wanted, day.Format(time.DateOnly), letters, "bert@people.example")
	r.askToBeTold(wanted, day.Format(time.DateOnly), letters, "carl@people.example")
	browser, _ := r.browser()
	browser.byCode("2", annasPhone)
	r.get("/r/2/502/1/" + strings.Repeat("0", 32))

	attempt, change := 72*time.Hour, max(72*time.Hour, visit.Start.Sub(began)+24*time.Hour)
	opened := visit.Start.Sub(began) + 30*24*time.Hour
	ends := map[string]time.Duration{
		"session/": 20 * time.Minute, "session/" + session.AccountCookie + "/": 30 * time.Minute,
		"attempt/": attempt, "person/": 2 * time.Minute, "change/": change, "turn/": change,
		"consents/": 100 * time.Hour, "consent-typed/": time.Hour, "consent-text/": 296 * time.Hour, "consent-text-kept/": 296 * time.Hour,
		"code-spent/": 10 * time.Minute, "quota/": 24 * time.Hour, "opened/": opened,
	}
	const listed = 94 * 24 * time.Hour
	maps.Copy(ends, map[string]time.Duration{"wish-link/": 24 * time.Hour, "wishes/of/": listed, "wishes/companies": listed})
	seen := map[string]bool{}
	var wishes []time.Duration
	for key, left := range keysOf(t, kept) {
		first, _, _ := strings.Cut(key, "/")
		kind := first + "/"
		if ofAccount := kind + session.AccountCookie + "/"; strings.HasPrefix(key, ofAccount) {
			kind = ofAccount
		} else if first == "wishes" {
			kind = strings.TrimRight(key, "0123456789")
		}
		end, known := ends[kind]
		switch seen[kind] = true; {
		case kind == "key/" || kind == "okoshko-budget/" || kind == "process/" || kind == "wishes/watch": // of nobody
		case kind == "wish/":
			wishes = append(wishes, left)
		case kind == "okoshko-answers/": // of what can be booked
			if left <= 0 || left > 2*time.Hour {
				t.Errorf("%s is kept for %v more, want two hours at most", key, left)
			}
		case !known:
			t.Errorf("%s is kept, for %v", key, left)
		case left <= 0 || left > end || kind != "quota/" && left < end-passed()-time.Second:
			t.Errorf("%s is kept for %v more, want %v", key, left, end)
		}
		if _, before := typed[key]; before && kind == "session/" {
			t.Errorf("%s, with all that was typed, is kept after the booking", key)
		}
	}
	slices.Sort(wishes)
	const zones = 15 * time.Hour // the midnight is the salon's, whatever the zone of the machine
	midnight := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, day.Location()).Sub(began)
	if len(wishes) != 2 || wishes[0] > 24*time.Hour || wishes[0] < 24*time.Hour-passed()-time.Second || wishes[1] > midnight+zones || wishes[1] < midnight-zones-passed()-time.Second {
		t.Errorf("wishes are kept for %v more, want 24h for the one that is not confirmed and about %v for the other", wishes, midnight)
	}
	for kind := range ends {
		if !seen[kind] {
			t.Errorf("nothing is kept under %s", kind)
		}
	}
}

// keysOf are the keys of a server, each with the time that it has left.
func keysOf(t *testing.T, kept *store.Redis) map[string]time.Duration {
	t.Helper()
	out := map[string]time.Duration{}
	for _, key := range kept.Client().Keys(t.Context(), "*").Val() {
		out[strings.TrimPrefix(key, "okoshko/")] = kept.Client().PTTL(t.Context(), key).Val()
	}
	return out
}
