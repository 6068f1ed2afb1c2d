package app

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"okoshko/internal/redistest"
	"okoshko/internal/store"
)

// unproven are the kinds of keys that somebody may make who has shown no code and booked nothing, but for the counters
// of limits: all of them are gone within the hour.
var unproven = []string{"session/", "attempt/", "consent-typed/", "code/", "code-spent/", "person/"}

var _ = addDoor("2 nobody fills the store from one address", func(t *testing.T) {
	server := redistest.Start(t)
	kept, err := store.OpenRedis(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	r := newRig(t, behindProxy, "OKOSHKO_STORE_URL="+server.URL, "OKOSHKO_STORE_ENTRIES_PER_ADDRESS=60", "OKOSHKO_LIMITS_BOOKINGS_PER_ADDRESS=30", "OKOSHKO_LIMITS_CALLS_PER_ADDRESS=100000")
	attacker, person := r.from("198.51.100.7"), r.from("203.0.113.9")
	// Another phone with each press, with one token and with fresh ones; ways in; broken links; presses that book nothing.
	contact := attacker.to(attacker.get("/b/2?lang=en"), "contact")
	signIn := attacker.get("/me/2?lang=en")
	turnedAway := 0
	// Presses that book nothing. What was sent once is kept whoever sends it; limits of their own bound how many.
	for i := range 3 {
		typed := maps.Clone(anna)
		typed["phone"] = fmt.Sprintf("+7916556%04d", i)
		r.fault(`{"path":"/book_record/","method":"POST","status":422,"times":1}`)
		if p := attacker.send(attacker.send(attacker.to(attacker.get("/b/1?lang=en"), "contact"), typed), nil); p.step() == "done" || len(r.online()) > 0 {
			t.Fatalf("a press that is refused leads to %q", p.step())
		}
	}
	for i := range 60 {
		typed := maps.Clone(anna)
		typed["phone"] = fmt.Sprintf("+7916555%04d", i)
		typed["comment"] = strings.Repeat("x", 900)
		for _, p := range []page{
			attacker.send(contact, typed),
			attacker.send(attacker.get(contact.url.RequestURI()), typed),
			attacker.send(signIn, map[string]string{"phone": typed["phone"]}),
			attacker.get(fmt.Sprintf("/r/2/502/%d/zzz", i+1)),
		} {
			if p.status == http.StatusTooManyRequests {
				turnedAway++
			}
		}
	}
	keys, bytes := 0, int64(0)
	for key, left := range keysOf(t, kept) {
		if strings.HasPrefix(key, "okoshko-budget") || strings.HasPrefix(key, "okoshko-answers") || strings.HasPrefix(key, "key/") || strings.HasPrefix(key, "consent-text") {
			continue
		}
		keys++
		bytes += kept.Client().StrLen(t.Context(), "okoshko/"+key).Val()
		for _, kind := range unproven {
			if strings.HasPrefix(key, kind) && left > time.Hour {
				t.Errorf("%s is kept for %v", key, left)
			}
		}
	}
	if keys > 60+3 || bytes > 200_000 || turnedAway == 0 {
		t.Errorf("one address has left %d keys with %d bytes, and was turned away %d times", keys, bytes, turnedAway)
	}
	if n := strings.Count(r.log.String(), "no room in the store"); n == 0 {
		t.Error("the log does not tell of it")
	}
	// Its pages of what can be booked still come, from what is kept; everybody else books.
	if p := attacker.get("/b/2?lang=en"); p.status != http.StatusOK {
		t.Errorf("a page has status %d", p.status)
	}
	if p := person.to(person.get("/b/2?lang=en"), "done"); p.Find("main [data-record]").Length() != 1 {
		t.Errorf("somebody else is at %q", p.step())
	}
})

var _ = addDoor("2 a full store takes bookings and says so", func(t *testing.T) {
	server := redistest.Start(t)
	kept, err := store.OpenRedis(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	r := newRig(t, behindProxy, "OKOSHKO_STORE_URL="+server.URL, "OKOSHKO_STORE_VISITORS=1", "OKOSHKO_LIMITS_BOOKINGS_PER_ADDRESS=0", "OKOSHKO_LIMITS_SMS_PER_SALON=0")
	contact := r.from("198.51.100.200").to(r.from("198.51.100.200").get("/b/1?lang=en"), "contact")
	// Many addresses of many networks at once, each with what it may have: more than all may have together.
	var wg sync.WaitGroup
	var pressed, refused atomic.Int32
	for i := range 8 {
		wg.Go(func() {
			for j := range 90 {
				a := r.from(fmt.Sprintf("198.18.%d.%d", i, j+1))
				typed := maps.Clone(anna)
				typed["comment"] = strings.Repeat("y", 1000)
				typed["phone"] = fmt.Sprintf("+7916%d%06d", i, j)
				p := a.send(a.get(contact.url.RequestURI()), typed)
				if pressed.Add(1); p.status == http.StatusTooManyRequests {
					refused.Add(1)
				}
			}
		})
	}
	wg.Wait()
	counted := r.counted()
	if refused.Load() == 0 || !strings.Contains(counted, `okoshko_limit_hits_total{limit="room"}`) {
		t.Errorf("of %d presses %d were turned away; the counters tell %v", pressed.Load(), refused.Load(), strings.Contains(counted, "room"))
	}
	person := r.from("203.0.113.9")
	for i := range 3 {
		typed := maps.Clone(anna)
		typed["phone"] = fmt.Sprintf("+7916999000%d", i)
		p := person.send(person.to(person.get("/b/1?lang=en"), "contact"), typed)
		if p = person.send(p, nil); p.step() != "done" {
			t.Fatalf("somebody from elsewhere is at %q: %s", p.step(), p.alert())
		}
	}
})

var _ = addDoor("2 readiness writes", func(t *testing.T) {
	server := redistest.Start(t)
	kept, err := store.OpenRedis(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	r := newRig(t, "OKOSHKO_STORE_URL="+server.URL)
	ready := func() (int, string) {
		resp, err := http.Get(r.app.Admin + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		var b bytes.Buffer
		_, _ = b.ReadFrom(resp.Body)
		return resp.StatusCode, b.String()
	}
	if status, text := ready(); status != http.StatusOK {
		t.Errorf("at first: %d %s", status, text)
	}
	for key := range keysOf(t, kept) {
		if strings.HasPrefix(key, "ready/") {
			t.Errorf("%s is left", key)
		}
	}
	// The server reads and takes nothing more.
	if err := kept.Client().ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	// All processes have the same store: were they all taken out of rotation, nobody could look any more.
	if status, text := ready(); status != http.StatusOK || !strings.Contains(text, "wrong  store     does not take what is written: nobody can book") {
		t.Errorf("with a full store: %d %s", status, text)
	}
	if !strings.Contains(r.counted(), "okoshko_store_lost 1") {
		t.Error("the metrics do not say that the store is lost")
	}
	if p := r.get("/b/1/service?lang=en"); p.status != http.StatusOK {
		t.Errorf("with a full store a page answers %d", p.status)
	}
})
