package app

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/servertest"
	"okoshko/internal/testclock"
)

// readFeed reads the data file of a feed back, by the name in its descriptor.
func readFeed(t *testing.T, dir, feed string) (data []map[string]any) {
	t.Helper()
	descriptors, err := filepath.Glob(filepath.Join(dir, "*.filesetdesc.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range descriptors {
		var d struct {
			Name  string   `json:"name"`
			Files []string `json:"data_file"`
		}
		readJSON(t, name, &d)
		if d.Name != feed {
			continue
		}
		for _, file := range d.Files {
			var of struct {
				Data []map[string]any `json:"data"`
			}
			readJSON(t, filepath.Join(dir, file), &of)
			data = append(data, of.Data...)
		}
	}
	return data
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestFeedsOfTheListedForms: the command writes each company once, in feeds whose addresses open the widget's pages, with two calls a
// company and one a form, and no call more on the same day.
func TestFeedsOfTheListedForms(t *testing.T) {
	t.Parallel()
	clock := testclock.Running()
	box, err := sandbox.New(sandbox.Options{Now: clock.Now, NoLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	api, stop, err := box.Start(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	servertest.Cleanup(t, func() { _ = stop(context.Background()) })
	const public = "https://book.example"
	environ := []string{
		"OKOSHKO_UPSTREAM_BASE_URL=" + api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox", "OKOSHKO_SERVER_PUBLIC_URL=" + public,
		"OKOSHKO_FOUND_FORMS=1,3,20,22", "OKOSHKO_UPSTREAM_PER_SECOND=100", "OKOSHKO_UPSTREAM_PER_MINUTE=1000",
	}
	dir := filepath.Join(t.TempDir(), "feeds")
	run := func() string {
		t.Helper()
		var out bytes.Buffer
		if err := Feeds(t.Context(), "", environ, dir, clock.Now, &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if said := run(); !strings.Contains(said, "4 companies") {
		t.Errorf("the command says %q", said)
	}
	asked := map[string]int{}
	for _, call := range box.Calls() {
		if call.Method != http.MethodGet {
			t.Errorf("the command has caused %s %s", call.Method, call.Path)
		}
		asked[strings.SplitN(strings.TrimPrefix(call.Pattern, "/"), "/", 2)[0]]++
	}
	// Four forms, of which one books classes only; a salon, and a chain of three branches, of which form 20 is one.
	if asked["bookform"] != 4 || asked["book_services"] != 4 || asked["company"]+asked["companies"] > 4 || len(asked) != 4 {
		t.Errorf("the feeds have cost %v", asked)
	}
	entities, links, services := readFeed(t, dir, "reservewithgoogle.entity"), readFeed(t, dir, "reservewithgoogle.action.v2"), readFeed(t, dir, "glam.service.v0")
	if len(entities) != 4 || len(links) != 4 || len(services) < 40 {
		t.Errorf("the feeds have %d entities, %d links and %d services", len(entities), len(links), len(services))
	}
	known := map[any]bool{}
	for _, e := range entities {
		known[e["entity_id"]] = true
		if number, _ := e["telephone"].(string); !strings.HasPrefix(number, "+") {
			t.Errorf("%v has the phone %q", e["name"], number)
		}
	}
	for _, l := range links {
		if address, _ := l["url"].(string); !known[l["entity_id"]] || !strings.HasPrefix(address, public+"/b/") {
			t.Errorf("a link of %v to %v", l["entity_id"], l["url"])
		}
	}
	for _, s := range services {
		if !known[s["merchant_id"]] {
			t.Errorf("a service of %v", s["merchant_id"])
		}
	}
	before := len(box.Calls())
	if said := run(); !strings.Contains(said, "of today") || len(box.Calls()) != before {
		t.Errorf("the same day, the command says %q, and has cost %d calls", said, len(box.Calls())-before)
	}
	clock.Add(24 * time.Hour)
	run()
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 6 {
		t.Errorf("the next day there are %v", files)
	}

	// The addresses open the pages on which a person books, with the service chosen.
	r := newRig(t)
	link, _ := services[0]["action_link"].([]any)[0].(map[string]any)
	address, _ := link["url"].(string)
	if p := r.get(strings.TrimPrefix(address, public)); p.status != http.StatusOK || p.step() == "service" || p.step() == "error" {
		t.Errorf("%s opens step %q with status %d", address, p.step(), p.status)
	}
}

func TestFeedsSayWhatIsMissing(t *testing.T) {
	t.Parallel()
	good := []string{"OKOSHKO_UPSTREAM_BASE_URL=http://127.0.0.1:1", "OKOSHKO_UPSTREAM_PARTNER_TOKEN=x", "OKOSHKO_FOUND_FORMS=1", "OKOSHKO_SERVER_PUBLIC_URL=https://b.example"}
	for i, want := range map[int]string{0: "base_url", 2: "[found] forms", 3: "public_url"} {
		environ := append(append([]string{}, good[:i]...), good[i+1:]...)
		err := Feeds(t.Context(), "", environ, t.TempDir(), testclock.Running().Now, new(bytes.Buffer))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("without %s: %v, want %q", good[i], err, want)
		}
	}
	if err := Feeds(t.Context(), "", good, "", testclock.Running().Now, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "-out") {
		t.Errorf("without a folder: %v", err)
	}
}
