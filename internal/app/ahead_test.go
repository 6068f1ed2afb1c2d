package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"okoshko/internal/servertest"
	"okoshko/internal/testclock"
)

// prefetch asks for a page as a browser does that expects its link to be pressed.
func (r *rig) prefetch(ref string) *http.Response {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodGet, r.absolute(nil, ref), http.NoBody)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Sec-Purpose", "prefetch")
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp
}

func TestPagesAheadCostTheUpstreamNothing(t *testing.T) {
	t.Parallel()
	r := newRigAt(t, testclock.RunningFrom(testclock.BetweenSlots()).Now)
	service := r.get("/b/1/service?lang=en")
	if !strings.Contains(service.Find("script[type=speculationrules]").Text(), "/b/:form/:step") {
		t.Fatal("the page does not say what may be fetched ahead")
	}
	// The list of masters needs no more than the service step has asked already; the datetime step does.
	datetime := service.Find(servertest.Takes).AttrOr("href", "")
	master := strings.Replace(datetime, "/datetime", "/master", 1)
	r.get(master)
	for _, tt := range []struct {
		name, ref string
		status    int
		cache     string
	}{
		{"what is kept", master, http.StatusOK, "public, max-age=0, s-maxage=15"},
		{"what nobody has asked for", datetime, http.StatusTooEarly, "no-store"},
	} {
		before := r.calls(http.MethodGet, "")
		resp := r.prefetch(tt.ref)
		if made := r.calls(http.MethodGet, "") - before; made != 0 || resp.StatusCode != tt.status || !strings.HasPrefix(resp.Header.Get("Cache-Control"), tt.cache) {
			t.Errorf("%s: status %d, %q, %d calls of the upstream", tt.name, resp.StatusCode, resp.Header.Get("Cache-Control"), made)
		}
	}
	if p := r.get(datetime); p.step() != "datetime" {
		t.Errorf("a press on what was refused ahead leads to step %q", p.step())
	}
	if resp := r.prefetch(datetime); resp.StatusCode != http.StatusOK {
		t.Errorf("once asked for: status %d", resp.StatusCode)
	}
	// Nor do the texts of a language that nobody has read yet.
	r.prefetch(withParam(master, "lang", "ru"))
	words, ok := r.app.server.Texts.(*texts)
	if !ok {
		t.Fatal("the texts are not refreshed")
	}
	words.mu.Lock()
	if _, asked := words.asked["ru"]; asked {
		t.Error("the texts of a page that nobody has opened were asked for")
	}
	words.mu.Unlock()
	if contact := r.to(r.get("/b/1"), "contact"); contact.Find("script[type=speculationrules]").Length() != 0 {
		t.Error("a page of one visitor's own offers pages ahead")
	}
}

func TestWhatTheNextPageNeedsIsAskedForWhileACustomerReads(t *testing.T) {
	t.Parallel() // it waits most of the time
	r := newRig(t, "OKOSHKO_CACHE_AHEAD=on")
	ahead := r.app.server.Ahead
	questions := func() int { return r.calls(http.MethodGet, "/custom_fields") }
	agreements := func() int { return r.calls(http.MethodGet, "/privacy_policy/") }
	checks := func() int { return r.calls(http.MethodPost, "/book_check/") }

	datetime := r.toAhead(r.get("/b/1?lang=en"), "datetime")
	ahead.Wait()
	if n := questions(); n != 1 {
		t.Fatalf("behind the page of times the salon's questions were asked for %d times, want once", n)
	}
	contact := r.to(datetime, "contact")
	ahead.Wait()
	if n, m := questions(), agreements(); n != 1 || m != 1 {
		t.Fatalf("with the contact page: %d calls for questions and %d for the agreement, want one each", n, m)
	}
	checked := checks()
	confirm := r.send(contact, anna)
	if n := agreements(); n != 1 || confirm.step() != "confirm" {
		t.Errorf("the form sent: step %q, %d calls for the agreement, want confirm and one", confirm.step(), n)
	}
	ahead.Wait()
	if n := checks(); n != checked+1 {
		t.Errorf("behind the confirmation: %d checks, want one", n-checked)
	}
	if done := r.send(confirm, nil); done.step() != "done" || checks() != checked+1 {
		t.Errorf("pressed at once: step %q, %d checks, want done and the one that was made ahead", done.step(), checks()-checked)
	}
}

func TestNothingIsAskedAheadForRobots(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_CACHE_AHEAD=on")
	datetime := r.to(r.get("/b/1?lang=en"), "datetime")
	r.app.server.Ahead.Wait()
	for _, agent := range []string{"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "WhatsApp/2.23"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, withParam(r.absolute(nil, datetime.url.String()), "lang", "ru"), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("User-Agent", agent)
		before := r.calls(http.MethodGet, "/custom_fields")
		resp, err := r.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		r.app.server.Ahead.Wait()
		if n := r.calls(http.MethodGet, "/custom_fields") - before; n != 0 || resp.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d, %d questions asked ahead, want none", agent, resp.StatusCode, n)
		}
	}
}

func TestAPrefetchCostsWhatItsPageCosts(t *testing.T) {
	t.Parallel()
	r := newRigAt(t, testclock.RunningFrom(testclock.BetweenSlots()).Now, behindProxy, "OKOSHKO_CACHE_AHEAD=on").from("203.0.113.9")
	service := r.get("/b/1/service?lang=en")
	var pages []string
	for _, link := range service.Find(servertest.Takes).EachIter() {
		pages = append(pages, link.AttrOr("href", ""))
	}
	calls := func() int {
		r.app.server.Ahead.Wait()
		return r.asked() - r.calls(http.MethodGet, "/custom_fields")
	}

	pressed := calls()
	r.get(pages[0])
	page := calls() - pressed
	before := calls()
	if resp := r.prefetch(pages[1]); resp.StatusCode != http.StatusOK {
		t.Errorf("while calls are plenty: status %d, want the page", resp.StatusCode)
	}
	if n := calls() - before; n == 0 || n > page {
		t.Errorf("a prefetch costs %d calls, the page %d", n, page)
	}
	before = calls()
	if p := r.get(pages[1]); p.step() != "datetime" || calls() != before {
		t.Errorf("a press on what was fetched ahead: step %q, %d calls, want datetime and none", p.step(), calls()-before)
	}
	// A page of one visitor is never fetched ahead, and nobody's browser fetches on and on.
	before = calls()
	if resp := r.prefetch(strings.Replace(pages[2], "/datetime", "/contact", 1) + "&master=0&slot=" + url.QueryEscape("2031-01-01T12:00:00+03:00")); resp.StatusCode == http.StatusOK || calls() != before {
		t.Errorf("the contact page ahead: status %d, %d calls", resp.StatusCode, calls()-before)
	}
	refused := false
	for i := 2; i < len(pages) && !refused; i++ {
		refused = r.prefetch(pages[i]).StatusCode == http.StatusTooEarly
	}
	if !refused {
		t.Errorf("%d pages in a row were fetched ahead", len(pages))
	}
}
