package app

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/booking"
	"okoshko/internal/clock"
	"okoshko/internal/redistest"
	"okoshko/internal/sandbox"
	"okoshko/internal/servertest"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
)

// One attempt under fire: what is asked for and by whom, what breaks, where, how the customer presses, and what
// happens to the process and to the store meanwhile.
type scene struct {
	Kind  string
	Any   bool   // any master will do; of an order of two, for the first visit
	Crowd bool   // two masters are free at the time, or the event has places left
	Who   string // whether the customer signs in, and when
	Marks bool   // the upstream gives back the name that a booking carries

	Path  string // of the call that breaks
	Way   way
	Fault string // of the sandbox, instead of a way
	Press string // once, ten times at once, in two tabs
	Fate  string // of the process or the store while the call hangs
	Redis bool
	Then  string // what the customer does who does not know
}

const (
	kindVisit  = "visit"
	kindBasket = "two visits"
	kindEvent  = "event"
	kindCancel = "cancel"
	kindMove   = "move"

	guest       = "guest"
	signedInNow = "signed in"
	signsInThen = "signs in afterwards"

	thenSame   = "the same again"
	thenMaster = "another master"
	thenTime   = "another time"

	pressOnce = "once"
	pressTen  = "ten"
	pressTabs = "tabs"

	fateNone  = ""
	fateKill  = "SIGKILL"
	fateTerm  = "SIGTERM"
	fateStore = "store lost"
)

var (
	ways = []way{closeUnread, closeRead, closeDone, closeMid, closeLate, holdBefore, holdAfter, holdMid, pauseBefore, pauseAfter}
	// What the sandbox may answer; with "work" it books all the same, with "late_ms" when nobody waits any more.
	faults = []string{
		`"status":500`, `"status":500,"work":true`, `"status":502,"body":"<html>bad gateway</html>","content_type":"text/html"`,
		`"status":502,"work":true`, `"status":429`, `"status":403,"body":"<html>Just a moment</html>","content_type":"text/html"`,
		`"status":200,"body":"gar{bage"`, `"status":200,"work":true,"body":"gar{bage"`, `"status":200,"body":""`, `"status":201,"work":true,"body":""`,
		`"latency_ms":7000`, `"answer_latency_ms":7000`, `"close":"before"`, `"close":"after"`, `"close":"mid"`, `"close":"before","late_ms":1500`,
	}
	// What it may make of an order of two.
	partFaults = []string{`"only":1`, `"only":1,"close":"after"`, `"only":1,"status":500,"work":true`, `"only":1,"close":"before","late_ms":1500`}
)

// pathOf is the call that books or changes.
var pathOf = map[string]string{
	kindVisit: "/book_record/", kindBasket: "/book_record/", kindEvent: "/activity/", kindCancel: "/user/records/", kindMove: "/book_record/",
}

var methodOf = map[string]string{kindCancel: http.MethodDelete, kindMove: http.MethodPut}

// draw makes the scene of a seed. Each second one has masters to spare, an event with places left or an order of two.
func draw(seed uint64) scene {
	rng := rand.New(rand.NewPCG(seed, 7))
	pick := func(from ...string) string { return from[rng.IntN(len(from))] }
	s := scene{
		Press: pick(pressOnce, pressTen, pressTabs), Fate: pick(fateNone, fateNone, fateKill, fateTerm, fateStore), Redis: rng.IntN(2) == 0,
		Who: pick(guest, guest, signedInNow, signsInThen), Marks: rng.IntN(4) > 0, Then: pick(thenSame, thenMaster, thenTime),
	}
	if seed%2 == 0 {
		s.Kind, s.Any, s.Crowd = pick(kindVisit, kindVisit, kindBasket, kindBasket, kindEvent), true, true
		s.Any = s.Kind != kindBasket || rng.IntN(2) == 0
	} else {
		s.Kind, s.Any, s.Crowd = pick(kindVisit, kindVisit, kindVisit, kindCancel, kindMove), rng.IntN(2) == 0, rng.IntN(2) == 0
	}
	s.Path = pathOf[s.Kind]
	if (s.Kind == kindVisit || s.Kind == kindBasket) && rng.IntN(5) == 0 {
		s.Path = "/book_check/"
	}
	if s.Fate == fateStore {
		s.Redis = true // a file does not go away
	}
	if s.Kind == kindBasket && s.Path != "/book_check/" && rng.IntN(2) == 0 {
		s.Fate, s.Fault = fateNone, partFaults[rng.IntN(len(partFaults))]
		return s
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

// hard says whether what is free afterwards says little of what was booked.
func (s scene) hard() bool { return s.Crowd || s.Kind == kindBasket || s.Kind == kindEvent }

// chaosRuns and chaosSeed can be set; make chaos does.
func chaosSettings(t *testing.T) (runs int, seed uint64) {
	t.Helper()
	runs, seed = 20, rand.Uint64()>>1
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

// tally counts what pages said, how often it was not so, and of what.
type tally struct {
	mu     sync.Mutex
	said   map[string]int
	untrue map[string]int
	scenes map[string]int
}

func (c *tally) add(said, untrue map[string]int, s scene) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for word, n := range said {
		c.said[word] += n
	}
	for word, n := range untrue {
		c.untrue[word] += n
	}
	c.scenes[s.Kind]++
	if s.hard() {
		c.scenes["hard"]++
	}
	c.scenes[map[bool]string{true: "Redis", false: "file"}[s.Redis]]++
}

// TestChaos. Whatever breaks, no page says what is not so, what is not known is found out
// as far as it can be without sending it again, and whoever then does what the page says has the visit once.
func TestChaos(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("some seconds for each run")
	}
	runs, seed := chaosSettings(t)
	t.Logf("%d runs; again with OKOSHKO_TEST_CHAOS_SEED=%d OKOSHKO_TEST_CHAOS_RUNS=%d", runs, seed, runs)
	counts := &tally{said: map[string]int{}, untrue: map[string]int{}, scenes: map[string]int{}}
	places := make(chan struct{}, atOnce)
	t.Run("runs", func(t *testing.T) {
		for i := range runs {
			s := draw(seed + uint64(i))
			t.Run(strconv.FormatUint(seed+uint64(i), 10), func(t *testing.T) {
				t.Parallel()
				places <- struct{}{}
				defer func() { <-places }()
				t.Logf("%+v", s)
				st := play(t, s)
				counts.add(st.said, st.untrue, s)
			})
		}
	})
	wrong := 0
	for _, word := range slices.Sorted(maps.Keys(counts.said)) {
		wrong += counts.untrue[word]
		t.Logf("%4d pages said %-12s %d of them untrue", counts.said[word], word+",", counts.untrue[word])
	}
	t.Logf("%4d scenes: %v", runs, counts.scenes)
	t.Logf("%4d untrue sayings", wrong)
	if wrong > 0 {
		t.Errorf("%d untrue sayings, want 0", wrong)
	}
	if counts.scenes["hard"] < runs/2 {
		t.Errorf("%d of %d scenes have masters or places to spare or two visits, want half of them", counts.scenes["hard"], runs)
	}
}

// TestR07KilledAtEveryPoint plays what no seed may miss: each point at which a process can die, with either store.
func TestR07KilledAtEveryPoint(t *testing.T) {
	t.Parallel()
	for _, redis := range []bool{false, true} {
		for _, path := range []string{"/book_check/", "/book_record/"} {
			for _, how := range []way{closeUnread, holdBefore, holdAfter, holdMid} {
				s := scene{Kind: kindVisit, Any: true, Crowd: true, Who: guest, Marks: true, Path: path, Way: how, Press: pressOnce, Fate: fateKill, Redis: redis, Then: thenSame}
				t.Run(fmt.Sprintf("%s %s redis %v", strings.Trim(path, "/"), how, redis), func(t *testing.T) {
					t.Parallel()
					t.Log(play(t, s).said)
				})
			}
		}
	}
}

// chance is a time at which masters are free for a service.
type chance struct {
	at      time.Time
	masters []int
}

// chances is what the sandbox of this day has on offer at company 601, and the events at company 901.
type chances struct {
	crowd, lone []chance // several masters are free, or one
	events      []int
	city        int
}

const (
	chaosForm    = 3
	chaosCompany = 601
	chaosService = 601004 // three masters do it, often two at a time
	eventCompany = 901
)

// onOffer is the same for all scenes: their sandboxes have one seed.
var onOffer = sync.OnceValues(func() (out chances, err error) {
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: testclock.Start})
	if err != nil {
		return out, err
	}
	ctx := context.Background()
	api, stop, err := box.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return out, err
	}
	defer func() { _ = stop(ctx) }()
	client, err := upstream.New(upstream.Options{BaseURL: api, PartnerToken: "sandbox"})
	if err != nil {
		return out, err
	}
	services := []int{chaosService}
	staff, err := client.Staff(ctx, chaosCompany, upstream.StaffParams{Services: services})
	if err != nil {
		return out, err
	}
	dates, err := client.Dates(ctx, chaosCompany, upstream.DatesParams{Services: services})
	if err != nil {
		return out, err
	}
	salon, err := client.Company(ctx, chaosCompany, upstream.CompanyParams{})
	if err != nil {
		return out, err
	}
	out.city = salon.CityID
	const ahead, days = 3, 40 // the first days are too near for what salons allow
	for _, day := range dates.Booking[min(ahead, len(dates.Booking)):min(days, len(dates.Booking))] {
		free := map[time.Time][]int{}
		for _, m := range staff {
			times, err := client.Times(ctx, chaosCompany, m.ID, day, services)
			if err != nil {
				return out, err
			}
			for _, x := range times {
				free[x.Start.UTC()] = append(free[x.Start.UTC()], m.ID)
			}
		}
		for _, at := range slices.SortedFunc(maps.Keys(free), time.Time.Compare) {
			if c := (chance{at, free[at]}); len(c.masters) > 1 {
				out.crowd = append(out.crowd, c)
			} else {
				out.lone = append(out.lone, c)
			}
		}
	}
	from := testclock.Start().AddDate(0, 0, 1)
	events, err := client.Activities(ctx, eventCompany, upstream.ActivitiesParams{From: from.Format(time.DateOnly), Till: from.AddDate(0, 0, 14).Format(time.DateOnly), Count: 100})
	for _, e := range events {
		if e.Left() > 4 && e.Prepaid != "required" {
			out.events = append(out.events, e.ID)
		}
	}
	crowded := map[string]bool{}
	for _, c := range out.crowd {
		crowded[c.at.Format(time.DateOnly)] = true
	}
	const enough = 5 // days: a scene takes three
	if err == nil && (len(crowded) < enough || len(out.lone) < enough || len(out.events) == 0) {
		err = fmt.Errorf("on offer: %d days, %d times, %d events", len(crowded), len(out.lone), len(out.events))
	}
	return out, err
})

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
	wanted  []wish // the visits of the order; none of an event
	other   wish   // a visit at another time
	event   int
	city    int
	lit     func() time.Duration // since the forms were sent

	said, untrue map[string]int
}

// wish is a visit that the customer wants.
type wish struct {
	at      time.Time
	master  int // 0 = any
	another int // somebody else who is free then, 0 = nobody
}

// play does a scene.
func play(t *testing.T, s scene) *stage {
	st := setUp(t, s)
	if s.Kind == kindCancel || s.Kind == kindMove {
		st.playChange()
	} else {
		st.playBooking()
	}
	return st
}

// playBooking books under fire, and looks at what pages say until nothing more is to be found out. Then the customer does
// what the page offers or, where it offers nothing, what should not be done.
func (st *stage) playBooking() {
	s := st.scene
	forms := st.forms(st.confirmForm)
	if s.Path == "/book_check/" {
		st.clock.Add(11 * time.Second) // an older check is made again before the booking
	}
	pages := st.burn(forms)
	// What is said while the upstream may still be at work.
	st.clock.Add(25 * time.Second)
	pages = append(pages, st.tryTo(st.at(forms[0])))
	st.settle()
	st.listen(pages...)
	if made := len(st.records()); made > st.size() {
		st.t.Fatalf("%d records, %d were wanted", made, st.size())
	}
	if sent := st.calls(http.MethodPost, s.Path); s.Path != "/book_check/" && sent > 1 && s.Press != pressTabs {
		st.t.Errorf("%s came %d times, want once at most", s.Path, sent)
	}
	// Later, when the upstream has finished for sure.
	st.clock.Add(70 * time.Second)
	if s.Who == signsInThen {
		st.byCode(st.formID(), "+"+st.phone)
	}
	p := st.last(forms[0])
	st.listen(p)
	st.decided(p)
	st.goOn(p)
}

// formID is the form that the scene books at: one of a salon, one of group events.
func (st *stage) formID() string {
	if st.scene.Kind == kindEvent {
		return "22"
	}
	return strconv.Itoa(chaosForm)
}

// size is how many records the order makes.
func (st *stage) size() int { return max(len(st.wanted), 1) }

// last is the page of a form that was sent, when it no longer asks for itself.
func (st *stage) last(form page) page {
	st.t.Helper()
	p := st.send(st.at(form), nil)
	for range 15 {
		if p.Find("main[data-again]").Length() == 0 {
			return p
		}
		st.listen(p)
		st.clock.Add(11 * time.Second)
		p = st.get(p.url.RequestURI())
	}
	st.t.Errorf("the page still looks: %s", mainTexts([]page{p}))
	return p
}

// decided holds the last page to what could be found out.
func (st *stage) decided(p page) {
	st.t.Helper()
	s, word, made := st.scene, word(p), len(st.records())
	none, all := made == 0, made == st.size()
	var want []string
	switch {
	case s.Who != guest && s.Marks && all, s.Who != guest && all && s.Kind == kindEvent && s.Marks:
		want = []string{"booked"}
	case s.Who != guest && all:
		want = []string{"booked", "likely"}
	case s.Who != guest && none:
		want = []string{"refused"}
	case s.Who != guest && s.Marks:
		want = []string{"partly"}
	case s.Kind == kindVisit && (!s.Any || !s.Crowd) && all:
		want = []string{"booked", "likely"}
	case s.Kind == kindVisit && !s.Any && none:
		want = []string{"refused", "unlikely"}
	default:
		want = []string{"booked", "likely", "refused", "unlikely", "unsure", "partly"}
	}
	if !slices.Contains(want, word) {
		st.t.Errorf("at last the page says %q, want %q; %d of %d records\n%s", word, want, made, st.size(), mainTexts([]page{p}))
	}
}

// goOn books again: as the page offers it, or, where it offers nothing, all the same. The visit stands once at the end.
func (st *stage) goOn(p page) {
	st.t.Helper()
	before, then := len(st.records()), st.scene.Then
	offered := slices.Contains([]string{"refused", "unlikely"}, word(p))
	switch {
	case word(p) == "booked":
		return // whoever books another visit now wants one
	case offered:
		then = thenSame
	}
	next := st.walkAgain(then)
	if next.Document == nil {
		return // the time is gone
	}
	st.listen(next)
	after := len(st.records())
	switch {
	case after > st.size() && (offered || then != thenTime), !offered && after != before:
		st.t.Errorf("the page said %q, the customer tried %s, and has %d records, had %d\n%s", word(p), then, after, before, mainTexts([]page{p, next}))
	case offered && word(next) == "refused":
		st.t.Errorf("the page said %q, and the same again says %q", word(p), mainTexts([]page{next}))
	}
}

// walkAgain walks the whole way once more, to the end; the zero page says that what is wanted is not on offer.
func (st *stage) walkAgain(then string) page {
	st.t.Helper()
	wanted := slices.Clone(st.wanted)
	switch {
	case st.scene.Kind == kindEvent:
	case then == thenMaster:
		for i := range wanted {
			if wanted[i].another == 0 {
				return page{}
			}
			wanted[i].master = wanted[i].another
		}
	case then == thenTime:
		wanted = []wish{st.other}
	}
	p := st.get(st.contactURL(wanted))
	if p.step() != "contact" {
		return page{}
	}
	if p = st.send(p, st.own()); p.step() != "confirm" {
		return p
	}
	return st.send(p, nil)
}

func setUp(t *testing.T, s scene) *stage {
	t.Helper()
	offer, err := onOffer()
	if err != nil {
		t.Fatal(err)
	}
	st := &stage{scene: s, clock: testclock.Running(), said: map[string]int{}, untrue: map[string]int{}}
	st.wish(offer)
	st.city = offer.city
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, NoMarks: !s.Marks, Now: st.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	api, stop, err := box.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	servertest.Cleanup(t, func() { _ = stop(t.Context()) }) // a call that hangs is cut
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
			"OKOSHKO_UPSTREAM_PER_MINUTE=60000", "OKOSHKO_LIMITS_FORM_AGE=0s", "OKOSHKO_LIMITS_PRESS_AGE=0s", "OKOSHKO_LIMITS_SMS_PER_ADDRESS=1000", "OKOSHKO_LIMITS_BOOKINGS_PER_ADDRESS=0",
			"OKOSHKO_LOG_LEVEL=debug",
		}, st.environ...))
		st.rig = &rig{t: t, app: &App{URL: st.child.url}, http: &http.Client{}, log: st.child.log}
	} else {
		st.rig = newRigAt(t, st.clock.Now, st.environ...)
	}
	st.rig.box, st.rig.api = box, api
	st.phone = fmt.Sprintf("7916%07d", rand.IntN(10_000_000))
	st.rig, _ = st.browser()
	if s.Who == signedInNow {
		st.byCode(st.formID(), "+"+st.phone)
	}
	return st
}

// wish chooses what the customer wants from what is on offer.
func (st *stage) wish(offer chances) {
	s := st.scene
	if st.event = offer.events[rand.IntN(len(offer.events))]; s.Kind == kindEvent {
		return
	}
	from := offer.lone
	if s.Crowd {
		from = offer.crowd
	}
	var days []string
	one := func(from []chance, anyMaster bool) wish {
		for {
			c := from[rand.IntN(len(from))]
			day := c.at.Format(time.DateOnly)
			if slices.Contains(days, day) {
				continue
			}
			days = append(days, day)
			w := wish{at: c.at, master: c.masters[0]}
			if len(c.masters) > 1 {
				w.another = c.masters[1]
			}
			if anyMaster {
				w.master, w.another = 0, cmp.Or(w.another, w.master)
			}
			return w
		}
	}
	st.wanted = []wish{one(from, s.Any)}
	if s.Kind == kindBasket {
		st.wanted = append(st.wanted, one(offer.crowd, false))
	}
	st.other = one(offer.crowd, true)
}

// contactURL is the contact step with an order chosen.
func (st *stage) contactURL(wanted []wish) string {
	if st.scene.Kind == kindEvent {
		return fmt.Sprintf("/b/22/contact?lang=en&event=%d&seats=2", st.event)
	}
	q := url.Values{"lang": {"en"}, "city": {strconv.Itoa(st.city)}, "company": {strconv.Itoa(chaosCompany)}}
	for i, w := range wanted {
		at := w.at.Format(time.RFC3339)
		if i < len(wanted)-1 {
			q.Add("basket", fmt.Sprintf("%d_%d_%s", chaosService, w.master, at))
			continue
		}
		q.Set("services", strconv.Itoa(chaosService))
		q.Set("master", strconv.Itoa(w.master))
		q.Set("slot", at)
	}
	return fmt.Sprintf("/b/%d/contact?%s", chaosForm, q.Encode())
}

// own is what the customer types.
func (st *stage) own() map[string]string {
	own := maps.Clone(anna)
	own["phone"] = "+" + st.phone
	return own
}

// confirmForm walks to the last button.
func (st *stage) confirmForm() page {
	st.t.Helper()
	p := st.get(st.contactURL(st.wanted))
	if p.step() != "contact" {
		st.t.Fatalf("step %q, want contact (%s)\n%s", p.step(), p.url, p.Find("main").Text())
	}
	if p = st.send(p, st.own()); p.step() != "confirm" {
		st.t.Fatalf("step %q, want confirm\n%s", p.step(), p.Find("main").Text())
	}
	return p
}

// forms are those that the customer sends at once.
func (st *stage) forms(walk func() page) []page {
	forms := []page{walk()}
	switch st.scene.Press {
	case pressTabs:
		forms = append(forms, walk())
	case pressTen:
		for range 9 {
			forms = append(forms, forms[0])
		}
	}
	return forms
}

// burn sends forms while what the scene breaks is broken, and brings back what its fate takes.
func (st *stage) burn(forms []page) []page {
	s := st.scene
	st.fire.light(s.Path, s.Way, len(forms))
	if s.Fault != "" {
		method := cmp.Or(methodOf[s.Kind], http.MethodPost)
		st.rig.fault(fmt.Sprintf(`{"path":%q,"method":%q,"times":%d,%s}`, strings.TrimSuffix(s.Path, "/"), method, len(forms), s.Fault))
	}
	st.lit = clock.Stopwatch()
	pages := st.press(forms)
	st.fire.light("", wayThrough, 0)
	st.endFaults()
	if s.Fate == fateKill || s.Fate == fateTerm || s.Fate == fateStore {
		st.restart()
	}
	return pages
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
		passed := clock.Stopwatch()
		select {
		case <-st.child.end:
		case <-time.After(forEver):
		}
		if took := passed(); took > 10*time.Second {
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
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return page{} // the process was killed while it answered
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
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
		servertest.Cleanup(st.t, again.Stop)
		return
	}
	next := newRigAt(st.t, st.clock.Now, st.environ...)
	next.box, next.api, next.http = st.box, st.api, st.http
	st.rig = next
}

// records are the visits of this customer that stand.
func (st *stage) records() []sandbox.Record {
	return slices.DeleteFunc(st.online(), func(r sandbox.Record) bool { return r.Phone != st.phone })
}

// stands says whether a visit of this customer stands at a time.
func (st *stage) stands(at time.Time) bool {
	return slices.ContainsFunc(st.records(), func(r sandbox.Record) bool { return r.Start.Equal(at) })
}

// word is what a page says of what was asked for: the name of its saying where it has one.
func word(p page) string {
	switch {
	case p.Document == nil:
		return "nothing" // the connection broke
	case p.kind() == "duplicate":
		return string(booking.SayBooked)
	case p.step() == "done":
		return strings.TrimSpace(strings.TrimPrefix(p.Find("main .outcome").AttrOr("class", ""), "outcome"))
	case p.step() == "error" && p.status >= http.StatusInternalServerError:
		return "error"
	case p.Find("[role=alert] a[href*='/done?attempt=']").Length() > 0, strings.Contains(p.alert(), "an earlier booking with this phone"):
		return "told of an earlier one"
	case p.kind() == "elsewhere":
		return "told of one elsewhere" // by another session, which is not led there
	case strings.Contains(p.alert(), "The page was open too long"):
		return "asked again" // what was typed has ended with another tab's booking, or is lost
	default:
		return string(booking.SayRefused)
	}
}

// listen holds what pages say to what the upstream holds by now.
func (st *stage) listen(pages ...page) {
	st.t.Helper()
	for _, p := range pages {
		said := word(p)
		st.said[said]++
		if why := st.lie(said, p); why != "" {
			st.untrue[said]++
			st.t.Errorf("a page says %q, and %s\n%s", said, why, mainTexts([]page{p}))
		}
	}
}

// lie says what of a page is not so, "" when everything is.
func (st *stage) lie(said string, p page) string {
	made, all := len(st.records()), st.size()
	switch booking.Saying(said) {
	case booking.SayBooked, booking.SayLikely:
		if made < all {
			return fmt.Sprintf("%d of %d visits stand", made, all)
		}
	case booking.SayRefused, booking.SayUnlikely, booking.SayCancelled:
		if made > 0 {
			return fmt.Sprintf("%d visits stand", made)
		}
	case booking.SayPartly:
		if made == 0 || p.Find("main .visit[data-record]").Length() == 0 {
			return fmt.Sprintf("%d visits stand", made)
		}
	case booking.SayPending, booking.SayChecking, booking.SayUnsure: // they claim nothing
	}
	if p.Document == nil {
		return ""
	}
	for _, card := range p.Find("main .visit").EachIter() {
		at, err := time.Parse(time.RFC3339, card.Find("time").AttrOr("datetime", ""))
		if _, named := card.Attr("data-record"); err == nil && named && !st.stands(at) {
			return fmt.Sprintf("the visit at %v does not stand", at)
		}
		if why := st.lieOfCard(card, at); why != "" {
			return why
		}
	}
	return ""
}

// lieOfCard holds what is said of one visit of several to what the upstream holds.
func (st *stage) lieOfCard(card *goquery.Selection, at time.Time) string {
	says, ok := card.Find(".badge").Attr("class")
	if !ok {
		return ""
	}
	stands := st.stands(at)
	switch booking.Saying(strings.TrimPrefix(says, "badge ")) {
	case booking.SayBooked, booking.SayLikely:
		if !stands {
			return fmt.Sprintf("of the visit at %v it says %q, and it does not stand", at, says)
		}
	case booking.SayRefused, booking.SayUnlikely, booking.SayCancelled:
		if stands {
			return fmt.Sprintf("of the visit at %v it says %q, and it stands", at, says)
		}
	case booking.SayPending, booking.SayChecking, booking.SayUnsure, booking.SayPartly: // they claim nothing
	}
	return ""
}

// settle waits until the sandbox has finished what it was told to do late. The hands of the clock then pass by what an
// upstream may take, which nobody waits for here.
func (st *stage) settle() {
	const load = 3 * time.Second // what a busy machine adds
	var late time.Duration
	switch fault := st.scene.Fault; {
	case strings.Contains(fault, `"latency_ms":7000`):
		late = 7 * time.Second
	case strings.Contains(fault, "late_ms"), st.scene.Way == closeLate, st.scene.Way == pauseBefore:
		late = 1500 * time.Millisecond
	default:
		return
	}
	finished := func() bool {
		if st.scene.Kind == kindCancel || st.scene.Kind == kindMove {
			return false // both before and after there is one record, or none
		}
		return len(st.records()) >= st.size()
	}
	for st.lit() < late+load && !finished() {
		<-time.After(50 * time.Millisecond)
	}
}

// playChange cancels or moves a visit under fire, and holds the visit's page to the visit.
func (st *stage) playChange() {
	s := st.scene
	done := st.send(st.confirmForm(), nil)
	visit := st.follow(done, "main a[rel=record]")
	home, was := visit.url.RequestURI(), st.records()[0]
	forms := st.forms(func() page {
		if s.Kind == kindCancel {
			return st.follow(visit, "main a[data-cancel]")
		}
		p := st.follow(visit, "main a[data-move]")
		if p.Find("main a[data-slot]").Length() == 0 {
			p = st.follow(p, "main a[data-date]")
		}
		return st.follow(p, "main a[data-slot]")
	})
	pages := st.burn(forms)
	st.clock.Add(25 * time.Second)
	pages = append(pages, st.get(home))
	st.settle()
	st.hear(was, pages...)
	st.clock.Add(70 * time.Second)
	p := st.get(home)
	for range 10 {
		if p.Find("main[data-again]").Length() == 0 {
			break
		}
		st.hear(was, p)
		st.clock.Add(11 * time.Second)
		p = st.get(home)
	}
	st.hear(was, p)
	if said := st.changeWord(p); said == "change not known" {
		st.t.Errorf("at last the page says %q\n%s", said, mainTexts([]page{p}))
	}
	now := st.of(was.ID)
	if !st.shows(p, now) {
		st.t.Errorf("the page does not show the visit as it is, which is %+v\n%s", now, mainTexts([]page{p}))
	}
	if len(st.records()) > 1 {
		st.t.Errorf("%d records of one visit", len(st.records()))
	}
}

// follow opens the first link of a selector: rig.press, whose name stands here for sending forms.
func (st *stage) follow(p page, selector string) page {
	st.t.Helper()
	return st.rig.press(p, selector)
}

// changeWord is what a page says of a cancel or a move.
func (st *stage) changeWord(p page) string {
	act := st.scene.Kind
	if p.Document == nil {
		return "nothing"
	}
	text := strings.Join(strings.Fields(p.Find("main").Text()), " ")
	has := func(key string) bool { return strings.Contains(text, sayIn(st.t, "en", key)) }
	switch {
	case p.step() == "error":
		return "error"
	case has("widget." + act + ".done"), act == kindCancel && p.step() == "cancelled":
		return "change done"
	case has("widget." + act + ".unknown"), has("widget." + act + ".pending"):
		return "change not known"
	case has("widget.change.not_sent"), has("widget.change.refused"):
		return "change not done"
	case has("widget.change.other"):
		return "another change came first"
	default:
		return "no change"
	}
}

// hear holds what pages say of a change to the visit.
func (st *stage) hear(was sandbox.Record, pages ...page) {
	st.t.Helper()
	now := st.of(was.ID)
	changed := now.Deleted || !now.Start.Equal(was.Start)
	for _, p := range pages {
		said := st.changeWord(p)
		st.said[said]++
		// That it did not go through is said of the very press; the visit is shown beside it as it is.
		if said == "change done" && !changed || said == "change not done" && changed && !st.shows(p, now) {
			st.untrue[said]++
			st.t.Errorf("a page says %q; the visit was %+v and is %+v\n%s", said, was, now, mainTexts([]page{p}))
		}
	}
}

// shows says whether a page shows the visit as it is.
func (st *stage) shows(p page, now sandbox.Record) bool {
	at := p.Find("main .visit time").AttrOr("datetime", "")
	return now.Deleted == (p.step() == "cancelled") && sameTime(st.t, at, now.Start.Format(time.RFC3339))
}

func mainTexts(pages []page) string {
	var b strings.Builder
	for _, p := range pages {
		if p.Document != nil {
			fmt.Fprintf(&b, "step %q, kind %q, status %d, %s: %.400s\n", p.step(), p.kind(), p.status, p.url, strings.Join(strings.Fields(p.Find("main").Text()), " "))
		}
	}
	return b.String()
}
