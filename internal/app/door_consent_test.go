package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"okoshko/internal/booking"
	"okoshko/internal/redistest"
	"okoshko/internal/servertest"
	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

var _ = addDoor("11 nobody writes over the evidence of another's consent", func(t *testing.T) {
	server := redistest.Start(t)
	kept, err := store.OpenRedis(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	environ := []string{"OKOSHKO_STORE_URL=" + server.URL}
	r := newRig(t, environ...)
	strangers := func() {
		for range 20 {
			typed := maps.Clone(anna)
			typed["accept_newsletter"] = "on"
			contact := r.to(r.get("/b/2?lang=ru"), "contact")
			if p := r.send(contact, typed); p.step() != "contact" {
				t.Fatalf("a stranger is at %q", p.step())
			}
		}
	}
	found := func() []booking.Agreed {
		all, err := booking.FindConsents(t.Context(), kept, 502, "79161234567")
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	code := r.send(r.to(r.get("/b/2?lang=en"), "contact"), anna)
	if all := found(); len(all) != 1 || all[0].Proof != booking.ProofNone {
		t.Fatalf("after typing: %+v, want one without a proof", all)
	}
	strangers() // before the owner proves anything
	r.to(code, "done")
	strangers()
	owners := 0
	for _, c := range found() {
		switch {
		case c.Proof == booking.ProofCode && c.Lang == "en-US" && c.Newsletter != nil && !*c.Newsletter && strings.Contains(c.Words, "I agree to the processing"):
			owners++
		case c.Proof != booking.ProofNone:
			t.Errorf("a stranger's consent counts: %+v", c.Consent)
		}
	}
	if owners != 1 {
		t.Errorf("%d consents of the phone's owner, want 1", owners)
	}
	var out bytes.Buffer
	if err := Consent(context.Background(), "", environ, 502, customer{phone: anna["phone"]}, &out); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Count(text, "agreed      ") != len(found()) || strings.Count(text, "proof       booked with a code") != 1 || !strings.Contains(text, "proof       none") {
		t.Errorf("the command shows\n%s", text)
	}
	// What nobody has proven is gone within the hour, the owner's is not.
	for key, left := range keysOf(t, kept) {
		switch {
		case strings.HasPrefix(key, "consent-typed/") && left > time.Hour:
			t.Errorf("%s is kept for %v", key, left)
		case strings.HasPrefix(key, "consents/") && left < 8000*time.Hour:
			t.Errorf("%s is kept for %v", key, left)
		case strings.HasPrefix(key, "consent-typed/"):
			if n := kept.Client().StrLen(t.Context(), "okoshko/"+key).Val(); n > 16*300 {
				t.Errorf("%s has %d bytes", key, n)
			}
		}
	}
})

var _ = addDoor("11 a second typist decides nothing about the newsletter", func(t *testing.T) {
	clock := testclock.Running()
	behind := newRigAt(t, clock.Now)
	target, err := url.Parse(behind.api)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	var mu sync.Mutex
	var sent []*bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodPost && strings.Contains(q.URL.Path, "/book_record/") {
			body, _ := io.ReadAll(q.Body)
			q.Body = io.NopCloser(bytes.NewReader(body))
			var order struct {
				Newsletter *bool `json:"is_newsletter_allowed"`
			}
			if err := json.Unmarshal(body, &order); err != nil {
				t.Error(err)
			}
			mu.Lock()
			sent = append(sent, order.Newsletter)
			mu.Unlock()
		}
		proxy.ServeHTTP(w, q)
	}))
	servertest.Cleanup(t, srv.Close)
	r := newRigAt(t, clock.Now, "OKOSHKO_UPSTREAM_BASE_URL="+srv.URL)
	r.box = behind.box
	book := func(r *rig, form, phone string, newsletter bool) *bool {
		t.Helper()
		typed := maps.Clone(anna)
		if typed["phone"] = phone; newsletter {
			typed["accept_newsletter"] = "on"
		}
		before := len(sent)
		if p := r.to(r.send(r.to(r.get("/b/"+form+"?lang=en"), "contact"), typed), "done"); len(sent) != before+1 {
			t.Fatalf("form %s ends at %q with %d calls", form, p.step(), len(sent)-before)
		}
		return sent[before]
	}
	is := func(got *bool, want bool) bool { return got != nil && *got == want }
	if got := book(r, "1", "+79161234501", false); !is(got, false) {
		t.Errorf("the first says %v, want no", got)
	}
	if got := book(r, "1", "+79161234501", true); got != nil {
		t.Errorf("the second typist of a phone says %v, want nothing", *got)
	}
	if got := book(r, "1", "+79161234502", true); !is(got, true) {
		t.Errorf("the first of another phone says %v, want yes", got)
	}
	if got := book(r, "1", "+79161234502", false); got != nil {
		t.Errorf("the second typist unsubscribes: %v", *got)
	}
	// The owner, who gets the code, decides each time.
	for _, wish := range []bool{false, true, false} {
		if got := book(r, "2", "+79161234503", wish); !is(got, wish) {
			t.Errorf("the phone's owner says %v, want %v", got, wish)
		}
		clock.Add(61 * time.Second) // until another code may be asked for
	}
})
