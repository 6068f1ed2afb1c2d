package app

import (
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/clock"
	"okoshko/internal/config"
	"okoshko/internal/sandbox"
	"okoshko/internal/servertest"
	"okoshko/internal/testclock"
	"okoshko/internal/urls"
)

// postHook posts a body to an address of the widget, as the upstream does, and answers with the status.
func (r *rig) postHook(path, body string) int {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.app.URL+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode
}

// bookElsewhere sends an order to the upstream past the widget.
func (r *rig) bookElsewhere(company int, order string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.api+"/api/v1/book_record/"+strconv.Itoa(company), strings.NewReader(order))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sandbox")
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusCreated {
		r.t.Fatalf("the order is answered by %d", resp.StatusCode)
	}
}

// TestAHookReachesAllProcesses posts the hook of a visit that a desk has booked to one of two processes. The other one, which shows
// its time, takes it out of what it shows within a second, and asks for no more than is missing.
func TestAHookReachesAllProcesses(t *testing.T) {
	t.Parallel()
	a, b := twins(t, "OKOSHKO_HOOKS_SECRET="+hookSecret)
	p := a.to(a.get("/b/1?lang=en"), "datetime")
	shown := func(r *rig) (out []string) {
		r.get(p.url.RequestURI()).Find("main a[data-slot]").Each(func(_ int, s *goquery.Selection) { out = append(out, s.AttrOr("data-slot", "")) })
		return out
	}
	slots := shown(a)
	if !slices.Equal(shown(b), slots) || len(slots) == 0 {
		t.Fatalf("the processes show %v and %v", slots, shown(b))
	}
	services := p.url.Query().Get("services")
	service, err := strconv.Atoi(services)
	if err != nil {
		t.Fatal(err)
	}
	start, err := time.Parse(time.RFC3339, slots[0])
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; a.box.Free(501, 0, []int{service}, start); n++ { // until nobody who may be meant is free
		order := fmt.Sprintf(`{"phone":"7900111%04d","fullname":"Анна","email":"anna@example.com","appointments":[{"id":1,"services":[%s],"staff_id":0,"datetime":%q}]}`, n, services, slots[0])
		a.bookElsewhere(501, order)
		visit := a.latest()
		hook := fmt.Sprintf(`{"company_id":501,"resource":"record","resource_id":%d,"status":"create","data":{"staff_id":%d,"datetime":%q,"length":%d}}`,
			visit.ID, visit.Staff, visit.Start.Format(time.RFC3339), int(visit.Length.Seconds()))
		if status := a.postHook(urls.Hook(hookSecret), hook); status != http.StatusOK {
			t.Fatalf("the hook is answered by %d", status)
		}
	}
	for passed := clock.Stopwatch(); slices.Contains(shown(b), slots[0]); {
		if passed() > 20*time.Second { // after 45 the time would leave the page without a hook
			t.Fatal("the process that got no hook goes on showing the time")
		}
	}
	if slices.Contains(shown(a), slots[0]) {
		t.Error("the process that got the hooks shows the time")
	}
}

// TestTheEmbeddedSandboxPostsHooks starts the program as it is without a configuration, with hooks, and lets a desk of its sandbox work.
func TestTheEmbeddedSandboxPostsHooks(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(filepath.Join(t.TempDir(), config.DefaultPath), false, []string{
		"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=", "OKOSHKO_HOOKS_SECRET=" + hookSecret, "OKOSHKO_SANDBOX_HOOKS=on",
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Start(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	servertest.Cleanup(t, func() {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	a.Sandbox.PostHook(sandbox.Hook{Company: 501, Resource: "schedule", ID: 50101, Status: "update"})
	testclock.Until(t, "a hook has come, five seconds later", func() bool { return a.Sandbox.HooksTaken() > 0 })
	counts := a.Metrics.Counts().Hooks["schedule"]
	if counts["unknown"]+counts["applied"] != 1 {
		t.Errorf("counted %v, want one hook", counts)
	}
}
