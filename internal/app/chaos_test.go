package app

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"okoshko/internal/redistest"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// One attempt under fire: what breaks, where, how the customer presses, and what happens to the process
// and to the store meanwhile.
type scene struct {
	Path  string // of the call that breaks
	Way   way
	Fault string // of the sandbox, instead of a way
	Press string // once, ten times at once, in two tabs
	Fate  string // of the process or the store while the call hangs
	Redis bool
}

const (
	pressOnce = "once"
	pressTen  = "ten"
	pressTabs = "tabs"

	fateNone  = ""
	fateKill  = "SIGKILL"
	fateTerm  = "SIGTERM"
	fateStore = "store lost"
)

var (
	ways = []way{closeUnread, closeRead, closeDone, closeMid, holdBefore, holdAfter, holdMid, pauseBefore, pauseAfter}
	// What the sandbox may answer; with "work" it books all the same.
	faults = []string{
		`"status":500`, `"status":500,"work":true`, `"status":502,"body":"<html>bad gateway</html>","content_type":"text/html"`,
		`"status":502,"work":true`, `"status":429`, `"status":403,"body":"<html>Just a moment</html>","content_type":"text/html"`,
		`"status":200,"body":"gar{bage"`, `"status":200,"work":true,"body":"gar{bage"`, `"status":200,"body":""`, `"status":201,"work":true,"body":""`,
		`"latency_ms":7000`, `"answer_latency_ms":7000`, `"close":"before"`, `"close":"after"`, `"close":"mid"`,
	}
)

// draw makes the scene of a seed.
func draw(seed uint64) scene {
	rng := rand.New(rand.NewPCG(seed, 7))
	pick := func(from ...string) string { return from[rng.IntN(len(from))] }
	s := scene{
		Path: pick("/book_record/", "/book_record/", "/book_record/", "/book_check/"), Press: pick(pressOnce, pressTen, pressTabs),
		Fate: pick(fateNone, fateNone, fateKill, fateTerm, fateStore), Redis: rng.IntN(2) == 0,
	}
	if s.Fate == fateStore {
		s.Redis = true // a file does not go away
	}
	if s.Fate == fateNone && rng.IntN(2) == 0 {
		s.Fault = faults[rng.IntN(len(faults))]
		return s
	}
	s.Way = ways[rng.IntN(len(ways))]
	if s.Fate == fateTerm {
		// A process that is told to stop finishes what it has begun; nothing says how to hurry an upstream.
		s.Way = way(pick(string(pauseBefore), string(pauseAfter)))
	}
	return s
}

// chaosRuns and chaosSeed can be set; make chaos does.
func chaosSettings(t *testing.T) (runs int, seed uint64) {
	t.Helper()
	runs, seed = 20, uint64(time.Now().UnixNano())
	if text := os.Getenv("OKOSHKO_TEST_CHAOS_RUNS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		runs = n
	}
	if text := os.Getenv("OKOSHKO_TEST_CHAOS_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	return runs, seed
}

// atOnce bounds the scenes under way; they wait most of the time.
const atOnce = 6

// TestChaos. After each scene there is one record at most for what was
// asked for, the page says what is true, and what is not known is found out without sending it again.
func TestChaos(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("some seconds for each run")
	}
	runs, seed := chaosSettings(t)
	t.Logf("%d runs; again with OKOSHKO_TEST_CHAOS_SEED=%d OKOSHKO_TEST_CHAOS_RUNS=%d", runs, seed, runs)
	var mu sync.Mutex
	counts := map[string]int{}
	places := make(chan struct{}, atOnce)
	t.Run("runs", func(t *testing.T) {
		for i := range runs {
			s := draw(seed + uint64(i))
			t.Run(strconv.FormatUint(seed+uint64(i), 10), func(t *testing.T) {
				t.Parallel()
				places <- struct{}{}
				defer func() { <-places }()
				t.Logf("%+v", s)
				end := play(t, s)
				mu.Lock()
				defer mu.Unlock()
				counts[end]++
			})
		}
	})
	for _, end := range []string{"booked", "refused, and nothing booked", "not known, found booked", "not known, found not booked"} {
		t.Logf("%4d %s", counts[end], end)
	}
}

// TestEveryWay plays what no seed may miss: each point at which a process can die, with either store.
func TestR07KilledAtEveryPoint(t *testing.T) {
	t.Parallel()
	for _, redis := range []bool{false, true} {
		for _, path := range []string{"/book_check/", "/book_record/"} {
			for _, how := range []way{closeUnread, holdBefore, holdAfter, holdMid} {
				s := scene{Path: path, Way: how, Press: pressOnce, Fate: fateKill, Redis: redis}
				t.Run(fmt.Sprintf("%s %s redis %v", strings.Trim(path, "/"), how, redis), func(t *testing.T) {
					t.Parallel()
					t.Log(play(t, s))
				})
			}
		}
	}
}

// stage is one scene's world.
type stage struct {
	*rig
	scene   scene
	clock   *testclock.Clock
	fire    *fire
	server  *redistest.Server
	child   *child
	environ []string
	phone   string
}

// play does a scene and says how it ended.
func play(t *testing.T, s scene) string {
	st := setUp(t, s)
	forms := []page{st.confirmForm()}
	if s.Press == pressTabs {
		forms = append(forms, st.confirmForm())
	}
	if s.Press == pressTen {
		for range 9 {
			forms = append(forms, forms[0])
		}
	}
	if s.Path == "/book_check/" {
		st.clock.Add(11 * time.Second) // an older check is made again before the booking
	}
	st.fire.light(s.Path, s.Way, len(forms))
	if s.Fault != "" {
		st.rig.fault(fmt.Sprintf(`{"path":%q,"method":"POST","times":%d,%s}`, strings.TrimSuffix(s.Path, "/"), len(forms), s.Fault))
	}
	pages := st.press(forms)
	st.fire.light("", wayThrough, 0)
	st.endFaults()
	if s.Fate == fateKill || s.Fate == fateTerm || s.Fate == fateStore {
		st.restart()
	}
	return st.judge(pages, forms)
}

func setUp(t *testing.T, s scene) *stage {
	t.Helper()
	st := &stage{scene: s, clock: testclock.Running()}
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: st.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	api, stop, err := box.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop(t.Context()) }) // a call that hangs is cut
	st.fire = newFire(t, api)
	st.environ = []string{"OKOSHKO_UPSTREAM_BASE_URL=" + st.fire.url()}
	if s.Redis {
		st.server = redistest.Start(t)
		st.environ = append(st.environ, "OKOSHKO_STORE_URL="+st.server.URL)
	} else {
		st.environ = append(st.environ, "OKOSHKO_STORE_PATH="+filepath.Join(t.TempDir(), "chaos.db"))
	}
	if s.Fate == fateKill || s.Fate == fateTerm {
		st.child = startChild(t, st.clock.Now(), append([]string{
			"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=", "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox", "OKOSHKO_UPSTREAM_PER_SECOND=1000",
			"OKOSHKO_UPSTREAM_PER_MINUTE=60000", "OKOSHKO_LIMITS_FORM_AGE=0s", "OKOSHKO_LOG_LEVEL=debug",
		}, st.environ...))
		st.rig = &rig{t: t, app: &App{URL: st.child.url}, http: &http.Client{}, log: st.child.log}
	} else {
		st.rig = newRigAt(t, st.clock.Now, st.environ...)
	}
	st.rig.box, st.rig.api = box, api
	st.phone = fmt.Sprintf("7916%07d", rand.IntN(10_000_000))
	return st
}

// confirmForm walks to the last button.
func (st *stage) confirmForm() page {
	st.t.Helper()
	own := maps.Clone(anna)
	own["phone"] = "+" + st.phone
	p := st.to(st.get("/b/1?lang=en"), "contact")
	if p = st.send(p, own); p.step() != "confirm" {
		st.t.Fatalf("step %q, want confirm\n%s", p.step(), p.Find("main").Text())
	}
	return p
}

// press sends all forms at once and plays the fate when the call hangs. A press whose connection was lost
// has no page.
func (st *stage) press(forms []page) []page {
	pages := make([]page, len(forms))
	hangs := st.fire.hangs()
	var wg sync.WaitGroup
	for i, form := range forms {
		wg.Go(func() { pages[i] = st.tryTo(form) })
	}
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	if st.scene.Fate != fateNone {
		select {
		case <-hangs:
			st.strike()
		case <-done:
			st.strike() // the call was never made
		case <-time.After(forEver):
			st.t.Error("nothing happened")
		}
	}
	<-done
	return pages
}

// strike plays the fate.
func (st *stage) strike() {
	switch st.scene.Fate {
	case fateKill:
		st.child.kill()
	case fateTerm:
		_ = st.child.cmd.Process.Signal(syscall.SIGTERM)
		start := time.Now()
		select {
		case <-st.child.end:
		case <-time.After(forEver):
		}
		if took := time.Since(start); took > 10*time.Second {
			st.t.Errorf("the process took %v to stop, want 10 s at most", took)
		}
	case fateStore:
		st.server.Kill()
	}
}

// tryTo presses the button of a form; the connection may break.
func (st *stage) tryTo(form page) page {
	action, values := st.form(form)
	resp, err := st.http.PostForm(action, values)
	if err != nil {
		return page{}
	}
	return st.read(resp, nil)
}

func (st *stage) endFaults() {
	req, err := http.NewRequest(http.MethodDelete, st.api+"/_sandbox/faults", http.NoBody)
	if err != nil {
		st.t.Fatal(err)
	}
	if resp, err := st.http.Do(req); err == nil {
		_ = resp.Body.Close()
	}
}

// restart brings back what the fate has taken: a new process on the same store, or the store with what it had
// written down.
func (st *stage) restart() {
	if st.scene.Fate == fateStore {
		again, err := st.server.Again()
		if err != nil {
			st.t.Fatal(err)
		}
		st.t.Cleanup(again.Stop)
		return
	}
	next := newRigAt(st.t, st.clock.Now, st.environ...)
	next.box, next.api = st.box, st.api
	st.rig = next
}

// records are the visits of this customer.
func (st *stage) records() int {
	n := 0
	for _, r := range st.online() {
		if r.Phone == st.phone {
			n++
		}
	}
	return n
}

// tells is what a page tells the customer: booked, not, or that it is not known.
func tells(p page) string {
	switch {
	case p.Document == nil:
		return "nothing" // the connection broke
	case p.Find("main [data-record]").Length() > 0 || p.kind() == "duplicate":
		return "booked"
	case p.step() == "done" && p.Find("main a.button[href*='/contact']").Length() == 0:
		return "not known"
	case p.step() == "error" && p.status == http.StatusInternalServerError:
		return "not known"
	default:
		return "not booked"
	}
}

// judge looks at what has become of it.
func (st *stage) judge(pages, forms []page) string {
	st.t.Helper()
	st.settle()
	made := st.records()
	if made > 1 {
		st.t.Fatalf("%d records for one visit", made)
	}
	if sent := st.calls(http.MethodPost, "/book_record"); sent > 1 && st.scene.Press != pressTabs {
		st.t.Errorf("book_record came %d times, want once at most", sent)
	}
	told := map[string]int{}
	for _, p := range pages {
		told[tells(p)]++
	}
	switch {
	case told["booked"] > 0 && made == 0:
		st.t.Errorf("a page says that it is booked, and it is not: %v\n%s", told, mainTexts(pages))
	case told["not booked"] > 0 && made > 0:
		st.t.Errorf("a page says that it is not booked, and it is: %v\n%s", told, mainTexts(pages))
	}
	if told["booked"] > 0 {
		return "booked"
	}
	// Pressed again, or opened again, it must come to an end: later, when whatever hangs has ended.
	st.clock.Add(40 * time.Second)
	p := st.send(st.at(forms[0]), nil)
	for range 3 {
		if p.step() == "done" && tells(p) == "not known" && p.Find("meta[http-equiv=refresh]").Length() > 0 {
			st.clock.Add(15 * time.Second)
			p = st.get(p.url.RequestURI())
		}
	}
	again := st.records()
	if again > 1 || made == 1 && again != 1 {
		st.t.Fatalf("%d records after another press, %d before", again, made)
	}
	switch end := tells(p); {
	case made == 1 && (end == "not known" || end == "booked"): // "very likely" is as much as can be known without the customer's own visits
		return "not known, found booked"
	case made == 1:
		st.t.Errorf("at last the page says %q (step %q), and it is booked\n%s", end, p.step(), p.Find("main").Text())
	case told["not known"] > 0 || told["nothing"] > 0:
		if end == "not known" && again == 0 {
			st.t.Errorf("at last the page still does not know (step %q), and nothing is booked\n%s", p.step(), p.Find("main").Text())
		}
		return "not known, found not booked"
	}
	return "refused, and nothing booked"
}

// settle waits until the sandbox has finished what it was told to do late.
func (st *stage) settle() {
	if st.scene.Fault == "" && st.scene.Way != pauseBefore && st.scene.Way != pauseAfter {
		return
	}
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end) && st.records() == 0; {
		<-time.After(100 * time.Millisecond)
	}
}

func mainTexts(pages []page) string {
	var b strings.Builder
	for _, p := range pages {
		if p.Document != nil {
			fmt.Fprintf(&b, "step %q, kind %q, status %d, %s: %.300s\n", p.step(), p.kind(), p.status, p.url, strings.Join(strings.Fields(p.Find("main").Text()), " "))
		}
	}
	return b.String()
}
