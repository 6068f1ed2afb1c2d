package app

import (
	"net/http"
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
