package app

import (
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/testclock"
)

// from is a rig whose customer sits at an address, as the proxy before the widget says.
func (r *rig) from(address string) *rig {
	other := *r
	other.http = &http.Client{Transport: sayFrom(address)}
	return &other
}

type sayFrom string

func (a sayFrom) RoundTrip(req *http.Request) (*http.Response, error) {
	req.Header.Set("X-Forwarded-For", string(a))
	return http.DefaultTransport.RoundTrip(req)
}

func asksForProof(p page) bool { return p.Find("main form[data-puzzle]").Length() == 1 }

// solved is the answer to a page's puzzle, found as a browser finds it.
func solved(t *testing.T, p page) string {
	t.Helper()
	form := p.Find("main form[data-puzzle]")
	steps, err := strconv.Atoi(form.AttrOr("data-steps", ""))
	x, ok1 := new(big.Int).SetString(form.AttrOr("data-puzzle", ""), 16)
	n, ok2 := new(big.Int).SetString(form.AttrOr("data-modulus", ""), 16)
	if err != nil || !ok1 || !ok2 {
		t.Fatalf("no puzzle: %v", err)
	}
	// So many squarings are one power of two in the exponent, which math/big works out three times as fast.
	return x.Exp(x, new(big.Int).Lsh(big.NewInt(1), uint(steps)), n).Text(16)
}

// nearly uses up four of the five messages that an address gets without a puzzle.
func nearly(t *testing.T, now func() time.Time) *rig {
	t.Helper()
	r := newRigAt(t, now, behindProxy, "OKOSHKO_LIMITS_SMS_PER_ADDRESS=5").from("203.0.113.9")
	for i := range 4 {
		if p := r.askCode(fmt.Sprintf("+7916123%04d", 4500+i)); !asksForCode(p) {
			t.Fatalf("message %d: %s", i+1, p.alert())
		}
	}
	return r
}

// TestNearTheLimitABrowserProves lets whoever takes the trouble have one message for one puzzle.
func TestNearTheLimitABrowserProves(t *testing.T) {
	t.Parallel()
	r := nearly(t, testclock.Running().Now)
	prove := r.askCode("+79161234599")
	if !asksForProof(prove) || len(r.box.Messages()) != 4 {
		t.Fatalf("step %q, %d messages, want a puzzle and 4", prove.step(), len(r.box.Messages()))
	}
	if prove.Find("main [role=status] a[href^='tel:']").Length() != 1 {
		t.Error("the page does not name the salon's phone")
	}
	answer := solved(t, prove)
	wrong := r.send(prove, map[string]string{"proof": "0" + answer})
	if !asksForProof(wrong) || len(r.box.Messages()) != 4 {
		t.Fatalf("a wrong answer had a message sent")
	}
	code := r.send(wrong, map[string]string{"proof": answer})
	if !asksForCode(code) || len(r.box.Messages()) != 5 {
		t.Fatalf("the solved puzzle led to %q: %s", code.step(), code.Find("main").Text())
	}
	if p := r.to(code, "done"); len(r.online()) != 1 || p.step() != "done" {
		t.Error("the visit was not booked")
	}
	// Each message more costs more, and with all used up no trouble helps: the page names the salon's phone instead.
	steps := func(p page) int {
		n, _ := strconv.Atoi(p.Find("main form").AttrOr("data-steps", ""))
		return n
	}
	last, most := steps(prove), 0
	for i := range 20 {
		p := r.askCode(fmt.Sprintf("+7916123%04d", 4600+i))
		if !asksForProof(p) {
			if n := len(r.box.Messages()); n != 15 || p.Find("[role=alert] a[href^='tel:']").Length() != 1 {
				t.Errorf("without any left there are %d messages: %s", n, p.Find("main").Text())
			}
			break
		}
		if steps(p) < last {
			t.Errorf("message %d costs %d steps, the one before %d", 6+i, steps(p), last)
		}
		last, most = steps(p), max(most, steps(p))
		r.send(p, map[string]string{"proof": solved(t, p)})
	}
	if most < 8*steps(prove) {
		t.Errorf("the hardest puzzle has %d steps, the first %d", most, steps(prove))
	}
}

// TestWithoutScriptsOneWaits has no script solve anything.
func TestWithoutScriptsOneWaits(t *testing.T) {
	t.Parallel()
	clock := testclock.Running()
	r := nearly(t, clock.Now)
	prove := r.askCode("+79161234599")
	if early := r.send(prove, nil); !asksForProof(early) {
		t.Fatal("a press at once is enough")
	}
	clock.Add(31 * time.Second)
	code := r.send(prove, nil)
	if !asksForCode(code) || !strings.Contains(code.Find("main").Text(), "99") {
		t.Fatalf("after the wait: step %q, %s", code.step(), code.Find("main").Text())
	}
}

// TestSignInProvesToo asks for the same at the door of the account.
func TestSignInProvesToo(t *testing.T) {
	t.Parallel()
	r := nearly(t, testclock.Running().Now)
	prove := r.send(r.get("/me/2"), map[string]string{"phone": "+79161234599"})
	if !asksForProof(prove) {
		t.Fatalf("no puzzle: %s", prove.Find("main").Text())
	}
	if code := r.send(prove, map[string]string{"proof": solved(t, prove)}); !asksForCode(code) {
		t.Fatalf("the solved puzzle led to %q: %s", code.step(), code.Find("main").Text())
	}
}

// TestADecoyFilledInAsksForProof: a program that fills in everything gives itself away, and a person
// whose browser did so goes on all the same.
func TestADecoyFilledInAsksForProof(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"1", "2"} { // without a code and with one
		r := newRig(t)
		contact := r.to(r.get("/b/"+form), "contact")
		field := contact.Find("main [name=homepage]")
		if field.AttrOr("tabindex", "") != "-1" || field.AttrOr("autocomplete", "") != "off" || field.Closest("[aria-hidden=true]").Length() != 1 {
			t.Error("people come upon the decoy")
		}
		own := maps.Clone(anna)
		own["homepage"] = "https://spam.example"
		prove := r.send(contact, own)
		if !asksForProof(prove) || len(r.box.Messages()) != 0 {
			t.Fatalf("form %s: no puzzle at step %q", form, prove.step())
		}
		if again := r.send(prove, nil); !asksForProof(again) {
			t.Fatalf("form %s: the next press goes through", form)
		}
		if p := r.to(r.send(prove, map[string]string{"proof": solved(t, prove)}), "done"); p.step() != "done" {
			t.Fatalf("form %s ends at %q", form, p.step())
		}
	}
}

// TestS14AVictimStillGetsACode has somebody ask for codes to another's phone until there are none left.
func TestS14AVictimStillGetsACode(t *testing.T) {
	t.Parallel()
	clock := testclock.Running()
	r := newRigAt(t, clock.Now, behindProxy)
	attacker, victim := r.from("198.51.100.7"), r.from("203.0.113.9")
	sent := 0
	for range 6 {
		p := attacker.askCode("+79161234567")
		if asksForProof(p) {
			p = attacker.send(p, map[string]string{"proof": solved(t, p)})
		}
		if sent = len(r.box.Messages()); !asksForCode(p) {
			break
		}
		clock.Add(61 * time.Second)
	}
	if sent != 3 {
		t.Fatalf("the attacker had %d messages sent, want 3", sent)
	}
	p := victim.askCode("+79161234567")
	if asksForProof(p) {
		p = victim.send(p, map[string]string{"proof": solved(t, p)})
	}
	if !asksForCode(p) || len(r.box.Messages()) != 4 {
		t.Fatalf("the phone's owner gets no code: %s", p.Find("main").Text())
	}
	if victim.to(p, "done"); len(r.online()) != 1 {
		t.Error("the phone's owner has not booked")
	}
}

// TestS15WrongCodesKillTheCode tries codes until none is taken any more, the right one neither.
func TestS15WrongCodesKillTheCode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.askCode("+79161234567")
	right := r.code()
	for i := range 5 {
		wrong := fmt.Sprintf("%04d", 1000+i)
		if wrong == right {
			wrong = "0001"
		}
		if p = r.send(p, map[string]string{"code": wrong}); !asksForCode(p) {
			t.Fatalf("try %d leads to %q: %s", i+1, p.step(), p.Find("main").Text())
		}
	}
	tried := r.calls(http.MethodPost, "/book_record/")
	p = r.send(p, map[string]string{"code": right})
	if asksForCode(p) || p.step() != "contact" || len(r.online()) != 0 || r.calls(http.MethodPost, "/book_record/") != tried {
		t.Fatalf("the sixth try leads to %q with %d records", p.step(), len(r.online()))
	}
	if p.Find("[role=alert] a[href^='tel:']").Length() != 1 || p.Find("main [name=fullname]").AttrOr("value", "") != anna["fullname"] {
		t.Errorf("the page names no phone or has lost the name: %s", p.alert())
	}
	if !strings.Contains(r.log.String(), "limit=code-wizard") || !strings.Contains(r.counted(), `okoshko_limit_hits_total{limit="code-wizard"} 1`) {
		t.Error("neither log nor counters tell of it")
	}
}

func TestBookingsOfAnAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t, behindProxy, "OKOSHKO_LIMITS_BOOKINGS_PER_ADDRESS=1")
	book := func(r *rig, phone string) page {
		own := maps.Clone(anna)
		own["phone"] = phone
		return r.send(r.send(r.to(r.get("/b/1"), "contact"), own), nil)
	}
	if p := book(r.from("198.51.100.7"), "+79161234501"); p.step() != "done" {
		t.Fatalf("the first booking ends at %q", p.step())
	}
	p := book(r.from("198.51.100.7"), "+79161234502")
	if p.step() != "contact" || p.Find("[role=alert] a[href^='tel:']").Length() != 1 || len(r.online()) != 1 {
		t.Fatalf("the second booking ends at %q with %d records", p.step(), len(r.online()))
	}
	if p := book(r.from("198.51.100.8"), "+79161234503"); p.step() != "done" {
		t.Fatalf("another address ends at %q", p.step())
	}
}

// TestOneAddressDoesNotUseUpTheCalls lets one address ask until it may not, and others go on.
func TestOneAddressDoesNotUseUpTheCalls(t *testing.T) {
	t.Parallel()
	r := newRig(t, behindProxy, "OKOSHKO_LIMITS_CALLS_PER_ADDRESS=8")
	greedy, other := r.from("198.51.100.7"), r.from("203.0.113.9")
	var p page
	for i := range 40 { // twice, so that what is being counted has been counted
		if got := greedy.get("/b/" + strconv.Itoa(i%20+1)); got.status == http.StatusTooManyRequests {
			p = got
		}
	}
	if p.status != http.StatusTooManyRequests || p.kind() != "busy" || p.header.Get("Retry-After") == "" {
		t.Fatalf("nobody stopped the address: status %d, %q", p.status, p.kind())
	}
	if !strings.Contains(r.log.String(), "limit=calls-address") {
		t.Error("the log does not tell of it")
	}
	if p := greedy.get("/b/1"); p.status != http.StatusOK {
		t.Errorf("what is kept has status %d", p.status)
	}
	p = greedy.get("/b/1/datetime?services=501001")
	if p.status != http.StatusTooManyRequests || p.step() != "datetime" || p.kind() != "busy" || p.Find("[data-summary=service]").Length() == 0 {
		t.Errorf("what is kept in part: status %d, step %q %q, without what is chosen: %v", p.status, p.step(), p.kind(), p.Find("[data-summary=service]").Length() == 0)
	}
	if p := other.get("/b/24"); p.status != http.StatusOK {
		t.Errorf("another address: status %d", p.status)
	}
	asked := r.asked()
	greedy.get("/b/18")
	greedy.get("/r/1/501/1/" + strings.Repeat("0", 32))
	greedy.get("/me/18")
	if n := r.asked() - asked; n != 0 {
		t.Errorf("the address still asked %d questions", n)
	}
}

// TestS17SpoofedAddressesAreOne: what a stranger writes into the header neither escapes a limit nor
// shifts it to somebody else.
func TestS17SpoofedAddressesAreOne(t *testing.T) {
	t.Parallel()
	r := newRig(t, behindProxy, "OKOSHKO_LIMITS_SMS_PER_ADDRESS=1")
	if p := r.from("198.51.100.7").askCode("+79161234501"); !asksForCode(p) {
		t.Fatalf("the first message: %s", p.alert())
	}
	if r.from("203.0.113.9, 198.51.100.7").askCode("+79161234502"); len(r.box.Messages()) != 1 {
		t.Error("another header is another address")
	}
	if r.from("198.51.100.7, 203.0.113.9").askCode("+79161234503"); len(r.box.Messages()) != 2 {
		t.Error("a spoofed header shifts the limit to somebody else")
	}
}

// TestS12LimitsHoldOverRestarts and over processes.
func TestS12LimitsHoldOverRestarts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kept.db")
	environ := []string{"OKOSHKO_STORE_PATH=" + path, "OKOSHKO_LIMITS_SMS_PER_ADDRESS=1", behindProxy}
	r := newRig(t, environ...).from("203.0.113.9")
	if p := r.askCode("+79161234501"); !asksForCode(p) {
		t.Fatalf("the first message: %s", p.alert())
	}
	if err := r.app.Close(); err != nil {
		t.Fatal(err)
	}
	again := newRig(t, append(environ, "OKOSHKO_UPSTREAM_BASE_URL="+r.api)...).from("203.0.113.9")
	if again.askCode("+79161234502"); len(r.box.Messages()) != 1 {
		t.Error("a restart forgets the messages")
	}
}

func TestS12LimitsHoldForAllProcesses(t *testing.T) {
	t.Parallel()
	a, b := twins(t, "OKOSHKO_LIMITS_SMS_PER_ADDRESS=1", behindProxy)
	if p := a.from("203.0.113.9").askCode("+79161234501"); !asksForCode(p) {
		t.Fatalf("the first message: %s", p.alert())
	}
	if b.from("203.0.113.9").askCode("+79161234502"); len(a.box.Messages()) != 1 {
		t.Error("the other process does not know of the message")
	}
}
