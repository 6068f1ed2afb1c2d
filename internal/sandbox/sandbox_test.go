package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// fixedNow is a Tuesday, 12:00 in Moscow.
var fixedNow = time.Date(2026, time.September, 1, 9, 0, 0, 0, time.UTC)

// testClock is a clock that stands still until told otherwise.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bench is a sandbox behind a real listener and a client to talk to it.
type bench struct {
	*Sandbox
	t     *testing.T
	clock *testClock
	url   string
	user  string // user token to send along
	bare  bool   // leave the vendor's Accept out
	lang  string
}

func newBench(t *testing.T, change func(*Options)) *bench {
	t.Helper()
	clk := &testClock{now: fixedNow}
	options := Options{Now: clk.Now, NoLimits: true}
	if change != nil {
		change(&options)
	}
	s, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	return &bench{Sandbox: s, t: t, clock: clk, url: server.URL}
}

// singleUse opens a connection per call: net/http sends a GET again when a used
// connection breaks, which would count twice.
var singleUse = &http.Transport{DisableKeepAlives: true}

// answer is a response read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// try sends a request under /api/v1, or anywhere when the path starts with "/".
func (b *bench) try(method, path, body string) (answer, error) {
	b.t.Helper()
	target := b.url + apiPrefix + "/" + path
	if strings.HasPrefix(path, "/") {
		target = b.url + path
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sandbox")
	if b.user != "" {
		req.Header.Set("Authorization", "Bearer sandbox, User "+b.user)
	}
	if !b.bare {
		req.Header.Set("Accept", "application/vnd.yclients.v2+json")
	}
	if b.lang != "" {
		req.Header.Set("Accept-Language", b.lang)
	}
	resp, err := singleUse.RoundTrip(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, text}, err
}

// do wants the status and returns the answer.
func (b *bench) do(status int, method, path, body string) answer {
	b.t.Helper()
	got, err := b.try(method, path, body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	if got.status != status {
		b.t.Fatalf("%s %s = %d %s, want %d", method, path, got.status, got.body, status)
	}
	return got
}

// data reads the data of a v2 answer.
func (b *bench) data(path string, into any) {
	b.t.Helper()
	got := b.do(http.StatusOK, http.MethodGet, path, "")
	var envelope struct {
		Success bool
		Data    json.RawMessage
		Meta    json.RawMessage
	}
	if err := json.Unmarshal(got.body, &envelope); err != nil || !envelope.Success || envelope.Meta == nil {
		b.t.Fatalf("GET %s = %s, want a v2 envelope (%v)", path, got.body, err)
	}
	if err := json.Unmarshal(envelope.Data, into); err != nil {
		b.t.Fatalf("GET %s: %v", path, err)
	}
}

type seanceJSON struct {
	Time     string
	Datetime string
	Length   int `json:"seance_length"`
}

// nearest asks for the first free slots of a master (0 = any) of a company.
func (b *bench) nearest(path string) (string, []seanceJSON) {
	b.t.Helper()
	var got struct {
		Date    string `json:"seance_date"`
		Seances []seanceJSON
	}
	b.data(path, &got)
	if len(got.Seances) == 0 {
		b.t.Fatalf("GET %s has no seances", path)
	}
	return got.Date, got.Seances
}

// order is a book_record body for one visit.
func order(extra map[string]any, appointments ...map[string]any) string {
	body := map[string]any{"phone": "79161234567", "fullname": "Ира", "email": "ira@example.com", "appointments": appointments}
	maps.Copy(body, extra)
	text, _ := json.Marshal(body)
	return string(text)
}

func visit(id int, staff any, datetime string, services ...int) map[string]any {
	if services == nil {
		services = []int{}
	}
	return map[string]any{"id": id, "services": services, "staff_id": staff, "datetime": datetime}
}

type bookedJSON struct {
	Data []struct {
		ID     int
		Record int    `json:"record_id"`
		Hash   string `json:"record_hash"`
	}
}

func (b *bench) book(company, body string) (record int, hash string) {
	b.t.Helper()
	got := b.do(http.StatusCreated, http.MethodPost, "book_record/"+company, body)
	var booked bookedJSON
	if err := json.Unmarshal(got.body, &booked); err != nil || len(booked.Data) == 0 {
		b.t.Fatalf("book_record = %s (%v)", got.body, err)
	}
	return booked.Data[0].Record, booked.Data[0].Hash
}

type errorJSON struct {
	Success bool
	Data    any
	Meta    struct {
		Message string
		Errors  []struct {
			Code    int
			Message string
			ID      *int
		}
	}
	Errors struct {
		Code    int
		Message string
	}
}

func (b *bench) refused(status int, method, path, body string) errorJSON {
	b.t.Helper()
	got := b.do(status, method, path, body)
	var e errorJSON
	if err := json.Unmarshal(got.body, &e); err != nil {
		b.t.Fatalf("%s %s = %s: %v", method, path, got.body, err)
	}
	return e
}

func TestStartServesUntilStopped(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := s.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	get := func() (int, error) {
		req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, url+s.InboxPath(), http.NoBody)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	if status, err := get(); status != http.StatusOK || err != nil {
		t.Errorf("inbox = %d, %v, want 200", status, err)
	}
	for range 2 {
		if err := stop(context.Background()); err != nil {
			t.Errorf("stop = %v", err)
		}
	}
	if _, err := get(); err == nil {
		t.Error("the sandbox answers after stop")
	}
}

func TestMainPrintsWhatIsNeeded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Main(ctx, []string{"-listen", "127.0.0.1:0", "-token", "t0ken"}, writer) }()
	printed := bufio.NewScanner(reader)
	var text strings.Builder
	for printed.Scan() {
		text.WriteString(printed.Text() + "\n")
		if strings.HasPrefix(printed.Text(), "form 995") {
			break
		}
	}
	for _, want := range []string{"http://127.0.0.1:", "t0ken", inboxPath, "form 1 "} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("Main does not print %q", want)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Main = %v after its context ended", err)
	}

	var out bytes.Buffer
	if err := Main(t.Context(), []string{"-h"}, &out); err != nil {
		t.Errorf("Main(-h) = %v", err)
	}
	for _, want := range []string{"-listen", "-seed", "-token", "Usage"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("help does not mention %q", want)
		}
	}
	if err := Main(t.Context(), []string{"-nonsense"}, io.Discard); err == nil {
		t.Error("Main(-nonsense) = nil, want an error")
	}
}

func TestEqualSeedsGiveEqualSalons(t *testing.T) {
	visits := func() []Record {
		b := newBench(t, nil)
		out := b.Records()
		for i := range out {
			out[i].Hash = ""
		}
		return out
	}
	first, second := visits(), visits()
	a, _ := json.Marshal(first)
	z, _ := json.Marshal(second)
	if len(first) < 1000 || !bytes.Equal(a, z) {
		t.Errorf("two sandboxes of one seed hold %d and %d records that differ", len(first), len(second))
	}
}

// TestNothingIsBookedInTheFuture: no visit that the sandbox begins with was booked after its clock's now.
func TestNothingIsBookedInTheFuture(t *testing.T) {
	for _, now := range []string{"2026-10-14T10:00:00+03:00", "2026-12-31T23:50:00+03:00", "2027-01-01T00:05:00+03:00"} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		dict, err := readDictionary()
		if err != nil {
			t.Fatal(err)
		}
		w, err := newWorld(1, at, "", dict, nil)
		if err != nil {
			t.Fatal(err)
		}
		var visits []*record
		for _, d := range w.diaries {
			visits = append(visits, d.open().laid...)
		}
		if len(visits) == 0 {
			t.Fatal("no visits")
		}
		for _, r := range visits {
			if r.created.After(at) || r.created.After(r.start) || r.changed.After(at) {
				t.Fatalf("%s: a visit at %v was booked at %v", now, r.start, r.created)
			}
		}
	}
}

// TestDiariesAreLaidWhenAskedFor: whatever is asked first, and by however many at once, the seed's visits are the same.
func TestDiariesAreLaidWhenAskedFor(t *testing.T) {
	now := func() time.Time { return fixedNow }
	lay := func() *Sandbox {
		s, err := New(Options{Seed: 1, NoLimits: true, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	same := func(s *Sandbox) []Record {
		out := s.Records()
		for i := range out {
			out[i].Hash = "" // a secret of its own each time
		}
		return out
	}
	whole, asked := lay(), lay()
	opened := func() (n int) {
		for _, d := range asked.state.diaries {
			if d.byDay != nil {
				n++
			}
		}
		return n
	}
	if n := opened(); n != 0 {
		t.Errorf("%d diaries are laid before anybody asks", n)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			rec := httptest.NewRecorder()
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, apiPrefix+"/book_times/601/0/"+now().AddDate(0, 0, 1).Format(time.DateOnly), http.NoBody)
			req.Header.Set("Authorization", "Bearer sandbox")
			asked.Handler().ServeHTTP(rec, req)
			if rec.Code != http.StatusOK {
				t.Errorf("status %d: %s", rec.Code, rec.Body)
			}
		})
	}
	wg.Wait()
	if n := opened(); n != 1 {
		t.Errorf("%d diaries are laid after a question about one salon", n)
	}
	want, got := same(whole), same(asked)
	if len(want) < 1000 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d visits of the seed, want the same %d", len(got), len(want))
	}
	s, first := whole.state, want[0]
	if !s.record(first.ID).start.Equal(first.Start) || s.record(first.ID-1) != nil || s.record(s.firstBooked()) != nil {
		t.Errorf("the visit of number %d is another one", first.ID)
	}
}
