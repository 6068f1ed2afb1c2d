package app

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"okoshko/internal/recording"
	"okoshko/internal/sandbox"
	"okoshko/internal/servertest"
	"okoshko/internal/testclock"
)

// record walks through a form of the rig's sandbox and returns the folder.
func (r *rig) record(form string, now func() time.Time, more ...string) (dir string) {
	r.t.Helper()
	dir = filepath.Join(r.t.TempDir(), "walk")
	var o recordOptions
	if _, err := fmt.Sscan(form, &o.form); err != nil {
		r.t.Fatal(err)
	}
	o.dir = dir
	if len(more) > 0 {
		o.visit = more[0]
	}
	environ := []string{
		"OKOSHKO_UPSTREAM_BASE_URL=" + r.api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox", "OKOSHKO_UPSTREAM_PER_SECOND=1000", "OKOSHKO_UPSTREAM_PER_MINUTE=60000",
	}
	var out bytes.Buffer
	if err := Record(r.t.Context(), "", environ, o, now, &out); err != nil {
		r.t.Fatal(err)
	}
	if !strings.Contains(out.String(), dir) || strings.Contains(out.String(), " 0 answers") {
		r.t.Errorf("record says %q", out.String())
	}
	return dir
}

// replayed is a rig on what stands in a folder.
func replayed(t *testing.T, dir string, now func() time.Time) *rig {
	t.Helper()
	walk, err := recording.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.New(sandbox.Options{Replay: walk, NoLimits: true, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(box.Handler())
	servertest.Cleanup(t, api.Close)
	box.SetURL(api.URL)
	r := newRigAt(t, now, "OKOSHKO_UPSTREAM_BASE_URL="+api.URL)
	r.box, r.api = box, api.URL
	return r
}

// everything is all that stands in a folder.
func everything(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		all.WriteString(path + "\n" + string(text) + "\n")
		recording.Rewrite(text, func(v recording.Value) (string, bool) { // what is spelled by its numbers too
			all.WriteString(v.Text + "\n")
			return "", false
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// Every form is recorded, says nothing of anybody, and can be walked through weeks later as if it were today's, to the
// visit, its move and its end. Form 26 is not among them: it books at one time of the day only, and the few days that a
// recording has need not have it.
var _ = addStreet("R1 a walk that is recorded and replayed", func(t *testing.T) {
	for _, form := range []string{"1", "2", "3", "8", "15", "17", "22", "25", "27"} {
		t.Run("form "+form, func(t *testing.T) {
			r := newRig(t)
			at := testclock.Start()
			dir := r.record(form, func() time.Time { return at })
			text := everything(t, dir)
			if !strings.Contains(text, "/_sandbox/logos/") {
				t.Error("an address is taken for a secret")
			}
			for _, gone := range r.personal() {
				if strings.Contains(text, gone) {
					t.Errorf("%q stands in the recording", gone)
				}
			}
			if found := regexp.MustCompile(`Bearer|[0-9a-f]{8}[1-9a-f][0-9a-f]{23}`).FindString(text); found != "" {
				t.Errorf("%q stands in the recording", found)
			}
			for _, later := range []time.Duration{time.Hour, 24 * 24 * time.Hour} { // the second across the end of summer time
				now := at.Add(later)
				again := replayed(t, dir, func() time.Time { return now })
				own := maps.Clone(anna)
				p := again.to(again.get("/b/"+form+"?lang=ru"), "contact")
				p = again.to(again.send(p, own), "done")
				if p.step() != "done" {
					t.Fatalf("after %v the walk ends at %q: %s", later, p.step(), p.Find("main").Text())
				}
				if p = again.press(p, "main a[rel=record]"); p.step() != "record" || p.Find("main [data-record]").Length() == 0 {
					t.Fatalf("after %v the visit is step %q", later, p.step())
				}
				start, err := time.Parse(time.RFC3339, p.Find("main time[datetime]").First().AttrOr("datetime", ""))
				if err != nil || start.Before(now) || start.After(now.AddDate(0, 0, 60)) {
					t.Errorf("after %v the visit is at %v (%v)", later, start, err)
				}
				if cancel := p.Find("main a[data-cancel]"); cancel.Length() > 0 {
					if p = again.send(again.press(p, "main a[data-cancel]"), nil); p.step() != "cancelled" {
						t.Errorf("after %v the end of the visit is step %q", later, p.step())
					}
				}
			}
		})
	}
})

// personal are the names, phones and addresses that the sandbox has of people, as its own answers spell them.
func (r *rig) personal() []string {
	out := []string{"8 (343) 222-11-00", "222-11-00", "74950000501", "37167000601", "493000000603", "anna@example.com", "79001112233"}
	for _, company := range []int{501, 502, 511, 601, 602, 603, 701, 801, 901, 902} {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, fmt.Sprintf("%s/api/v1/staff/%d", r.api, company), http.NoBody)
		if err != nil {
			r.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer sandbox")
		resp, err := r.http.Do(req)
		if err != nil {
			r.t.Fatal(err)
		}
		var text bytes.Buffer
		_, err = text.ReadFrom(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			r.t.Fatal(err)
		}
		found := len(out)
		recording.Rewrite(text.Bytes(), func(v recording.Value) (string, bool) {
			if v.Key != "name" {
				return "", false
			}
			for _, word := range strings.FieldsFunc(html.UnescapeString(v.Text), func(c rune) bool { return !unicode.IsLetter(c) }) {
				if len([]rune(word)) > 3 && word != "Администратор" { // which is what she does, too
					out = append(out, word)
				}
			}
			return "", false
		})
		if len(out) == found {
			r.t.Fatalf("company %d has no staff: %s", company, text.String())
		}
	}
	return out
}

// A visit's own answer, which is where a fault of the record page comes from, is recorded by its link and read by the
// hash that stands in the recording.
var _ = addStreet("R2 a visit that is recorded by its link", func(t *testing.T) {
	r := newRig(t)
	aim, _ := r.two()

	at := testclock.Start()
	dir := r.record("1", func() time.Time { return at }, fmt.Sprintf("/r/1/%d/%d/%s?lang=ru", aim.Company, aim.ID, aim.Hash))
	text := everything(t, dir)
	for _, gone := range []string{aim.Hash, "Тайна", anna["fullname"], strings.TrimPrefix(anna["phone"], "+"), anna["email"]} {
		if gone != "" && strings.Contains(text, gone) {
			t.Errorf("%q stands in the recording", gone)
		}
	}
	walk, err := recording.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	now := at.Add(9 * 24 * time.Hour)
	again := replayed(t, dir, func() time.Time { return now })
	p := again.get(fmt.Sprintf("/r/1/%d/%d/%s", aim.Company, aim.ID, walk.Visit.Hash))
	start, err := time.Parse(time.RFC3339, p.Find("main time[datetime]").First().AttrOr("datetime", ""))
	if p.step() != "record" || err != nil || !start.Equal(aim.Start.AddDate(0, 0, 14)) {
		t.Errorf("the visit is step %q at %v (%v), want %v", p.step(), start, err, aim.Start.AddDate(0, 0, 14))
	}
})

var _ = addStreet("R3 the commands that record and replay", func(t *testing.T) {
	r := newRig(t)
	at := testclock.Start()
	dir := r.record("1", func() time.Time { return at })
	ctx, cancel := context.WithCancel(t.Context())
	said, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, []string{"sandbox", "-replay", dir, "-listen", "127.0.0.1:0"}, nil, out)
		_ = out.Close()
	}()
	lines := bufio.NewScanner(said)
	found := false
	for !found && lines.Scan() {
		found = strings.HasPrefix(lines.Text(), "form 1 ")
	}
	cancel()
	_, _ = io.Copy(io.Discard, said)
	if err := <-ended; err != nil || !found {
		t.Errorf("the replay names no form 1 (%v)", err)
	}
	for _, args := range [][]string{
		{"sandbox", "-replay", t.TempDir()},
		{"record", "-form", "1"},
		{"record", "-out", t.TempDir()},
		{"record", "-form", "1", "-out", dir, "-visit", "x"},
		{"record", "-form", "1", "-out", filepath.Join(t.TempDir(), "new")}, // the embedded sandbox is no upstream
	} {
		if err := Run(t.Context(), args, nil, io.Discard); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
	o := recordOptions{form: 1, dir: dir}
	environ := []string{"OKOSHKO_UPSTREAM_BASE_URL=" + r.api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox"}
	if err := Record(t.Context(), "", environ, o, func() time.Time { return at }, io.Discard); err == nil {
		t.Error("a recording is written over another")
	}
	o = recordOptions{form: 4040, dir: filepath.Join(t.TempDir(), "none")}
	if err := Record(t.Context(), "", environ, o, func() time.Time { return at }, io.Discard); err == nil {
		t.Error("a form that is not there is recorded")
	}
})
