package answers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"okoshko/internal/clock"
	"okoshko/internal/redistest"
	"okoshko/internal/testclock"
)

// open is so many processes at one server.
func open(t *testing.T, server *redistest.Server, processes int, o Options) []*Shared {
	t.Helper()
	out := make([]*Shared, processes)
	for i := range out {
		one := o
		one.Client = redis.NewClient(&redis.Options{Addr: server.Address, MaxRetries: -1, DialTimeout: serverTakes})
		if one.MaxBytes == 0 {
			one.MaxBytes, one.MaxEntries = 1<<20, 1000
		}
		out[i] = New(one)
		t.Cleanup(func() {
			out[i].Close()
			_ = one.Client.Close()
		})
	}
	return out
}

// upstream counts what it is asked and answers with the count.
type upstream struct {
	asked atomic.Int64
	takes time.Duration
}

func (u *upstream) ask(ctx context.Context) ([]byte, error) {
	n := u.asked.Add(1)
	select {
	case <-time.After(u.takes):
		return fmt.Appendf(nil, "answer %d", n), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func minute() *Wish { return &Wish{Topic: "1", MaxAge: time.Minute, Kept: time.Minute} }

func get(t *testing.T, s *Shared, w *Wish, question string, u *upstream) string {
	t.Helper()
	body, err := s.Do(With(t.Context(), w), question, u.ask)
	if err != nil {
		t.Fatalf("Do = %v", err)
	}
	return string(body)
}

func TestOneProcessOfAllAsks(t *testing.T) {
	processes := open(t, redistest.Start(t), 3, Options{})
	u := &upstream{takes: 200 * time.Millisecond}
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			w := minute()
			if got := get(t, processes[i%3], w, "q", u); got != "answer 1" {
				t.Errorf("got %q", got)
			}
			if age := w.Age(); age < 100*time.Millisecond || age > 10*time.Second {
				t.Errorf("an answer that took 200 ms was asked for %v ago", age)
			}
		})
	}
	wg.Wait()
	if n := u.asked.Load(); n != 1 {
		t.Errorf("the upstream was asked %d times, want once", n)
	}
	if get(t, processes[0], minute(), "another", u); u.asked.Load() != 2 {
		t.Error("another question got the answer of the first")
	}
}

func TestWithoutAWishNothingIsShared(t *testing.T) {
	s := open(t, redistest.Start(t), 1, Options{})[0]
	u := &upstream{}
	for range 2 {
		if _, err := s.Do(t.Context(), "q", u.ask); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := s.Client.Keys(t.Context(), "*").Result()
	if u.asked.Load() != 2 || err != nil || len(keys) > 0 {
		t.Errorf("asked %d times, keys %v, %v; want two and none", u.asked.Load(), keys, err)
	}
}

func TestAnAnswerDoesNotOutliveItsAge(t *testing.T) {
	processes := open(t, redistest.Start(t), 2, Options{})
	u := &upstream{}
	get(t, processes[0], minute(), "q", u)
	<-time.After(50 * time.Millisecond)
	for _, c := range []struct {
		name string
		wish *Wish
		want string
	}{
		{"young enough", &Wish{MaxAge: 10 * time.Second, Kept: time.Minute}, "answer 1"},
		{"newer than an older one", &Wish{MaxAge: 10 * time.Second, Newer: 9 * time.Second, Kept: time.Minute}, "answer 1"},
		{"newer than itself", &Wish{MaxAge: 10 * time.Second, Newer: 20 * time.Millisecond, Kept: time.Minute}, "answer 2"},
	} {
		if got := get(t, processes[1], c.wish, "q", u); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	<-time.After(50 * time.Millisecond)
	if got := get(t, processes[0], &Wish{MaxAge: 20 * time.Millisecond, Kept: 40 * time.Millisecond}, "q", u); got != "answer 3" {
		t.Errorf("too old: %q, want a new answer", got)
	}
	<-time.After(60 * time.Millisecond)
	if n := processes[0].Client.Exists(t.Context(), answerKey+"q").Val(); n != 0 {
		t.Error("the server keeps an answer for longer than it may be kept")
	}
}

func TestWhatANoteMakesUntrueIsNotUsed(t *testing.T) {
	processes := open(t, redistest.Start(t), 2, Options{})
	u := &upstream{}
	sold := func() *Wish {
		w := minute()
		w.Untrue = func(note []byte) bool { return string(note) == "sold|q" }
		return w
	}
	get(t, processes[0], sold(), "q", u)
	processes[0].Tell(t.Context(), "1", []byte("another"))
	processes[0].Tell(t.Context(), "2", []byte("sold|q"))
	if got := get(t, processes[1], sold(), "q", u); got != "answer 1" {
		t.Errorf("notes that do not matter: %q", got)
	}
	processes[0].Tell(t.Context(), "1", []byte("sold|q"))
	for range 2 { // asked once more, and not each time
		<-time.After(2 * time.Millisecond)
		if got := get(t, processes[1], sold(), "q", u); got != "answer 2" {
			t.Errorf("after the note: %q", got)
		}
	}
	// So many notes that the first ones are forgotten: one of them may have mattered.
	for range notesKept + 5 {
		processes[0].Tell(t.Context(), "1", []byte("another"))
	}
	if got := get(t, processes[1], sold(), "q", u); got != "answer 3" {
		t.Errorf("after more notes than are kept: %q", got)
	}
}

func TestOthersAreTold(t *testing.T) {
	processes := open(t, redistest.Start(t), 3, Options{})
	heard := make(chan string, 10)
	for i, s := range processes {
		s.Follow(func(note []byte) { heard <- fmt.Sprintf("%d %s", i, note) }, nil)
	}
	testclock.Until(t, "three processes listen", func() bool { return processes[0].Client.PubSubNumSub(t.Context(), channel).Val()[channel] == 3 })
	processes[1].Tell(t.Context(), "1", []byte("a|b"))
	got := map[string]bool{}
	testclock.Until(t, "two processes have heard", func() bool {
		select {
		case one := <-heard:
			got[one] = true
		default:
		}
		return len(got) == 2
	})
	if !got["0 a|b"] || !got["2 a|b"] {
		t.Errorf("heard %v, want the two others", got)
	}
	select {
	case more := <-heard:
		t.Errorf("heard %q too", more)
	case <-time.After(50 * time.Millisecond):
	}
}

// TestItIsKnownWhetherOthersAreHeard follows a server that dies and comes again.
func TestItIsKnownWhetherOthersAreHeard(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, server, 1, Options{})[0]
	if s.Listening() {
		t.Error("somebody is heard before anybody is followed")
	}
	missed := make(chan struct{}, 10)
	s.Follow(func([]byte) {}, func() { missed <- struct{}{} })
	becomes := func(want bool) {
		t.Helper()
		testclock.Until(t, fmt.Sprintf("Listening = %v", want), func() bool { return s.Listening() == want })
	}
	becomes(true)
	for passed := clock.Stopwatch(); passed() < deafAfter+pingEvery; <-time.After(10 * time.Millisecond) {
		if !s.Listening() {
			t.Fatal("a server at which nobody says anything is not heard")
		}
	}
	server.Kill()
	becomes(false)
	select {
	case <-missed:
		t.Error("nothing can be heard yet, and what was missed is said to be over")
	default:
	}
	other, err := server.Again()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Kill)
	becomes(true)
	select {
	case <-missed:
	case <-time.After(testclock.Patience):
		t.Error("it is not said that something may have been missed")
	}
}

func TestALostServerLeavesEachToItself(t *testing.T) {
	server := redistest.Start(t)
	var failures atomic.Int64
	s := open(t, server, 1, Options{Failed: func(error) { failures.Add(1) }})[0]
	u := &upstream{}
	get(t, s, minute(), "q", u)
	server.Kill()
	passed := clock.Stopwatch()
	for i := range 20 {
		if got, want := get(t, s, minute(), "q", u), fmt.Sprintf("answer %d", i+2); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		s.Tell(t.Context(), "1", []byte("x"))
	}
	if took := passed(); took > 10*serverTakes {
		t.Errorf("twenty answers without the server took %v", took)
	}
	if n := failures.Load(); n < 1 || n > 5 {
		t.Errorf("told of %d failures, want few", n)
	}
	again, err := server.Again()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Stop)
	<-time.After(lost + 50*time.Millisecond)
	before := get(t, s, minute(), "new", u)
	if got := get(t, s, minute(), "new", u); got != before {
		t.Errorf("the server is back, and %q is not shared but %q", before, got)
	}
}

func TestWhoseProcessDiedDoesNotHoldTheOthers(t *testing.T) {
	s := open(t, redistest.Start(t), 1, Options{})[0]
	if err := s.Client.Set(t.Context(), leaseKey+"q", "a process that has died", leased).Err(); err != nil {
		t.Fatal(err)
	}
	passed := clock.Stopwatch()
	u := &upstream{}
	if got := get(t, s, minute(), "q", u); got != "answer 1" {
		t.Errorf("got %q", got)
	}
	if took := passed(); took < leased/2 || took > 3*leased {
		t.Errorf("waited %v for a process that has died, want about %v", took, leased)
	}
}

func TestALongCallKeepsItsLease(t *testing.T) {
	processes := open(t, redistest.Start(t), 2, Options{})
	u := &upstream{takes: 2 * leased}
	var wg sync.WaitGroup
	for _, s := range processes {
		wg.Go(func() { get(t, s, minute(), "q", u) })
	}
	wg.Wait()
	if n := u.asked.Load(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}

func TestAFailureIsNotShared(t *testing.T) {
	processes := open(t, redistest.Start(t), 2, Options{})
	broken := errors.New("broken")
	begun := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := processes[0].Do(With(t.Context(), minute()), "q", func(context.Context) ([]byte, error) {
			close(begun)
			<-time.After(100 * time.Millisecond)
			return nil, broken
		})
		if !errors.Is(err, broken) {
			t.Errorf("Do = %v", err)
		}
	})
	<-begun
	u := &upstream{}
	if got := get(t, processes[1], minute(), "q", u); got != "answer 1" {
		t.Errorf("after another's failure: %q", got)
	}
	wg.Wait()
}

func TestWhoGoesAwayDoesNotWait(t *testing.T) {
	s := open(t, redistest.Start(t), 1, Options{})[0]
	if err := s.Client.Set(t.Context(), leaseKey+"q", "another process", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	u := &upstream{}
	if _, err := s.Do(With(ctx, minute()), "q", u.ask); !errors.Is(err, context.DeadlineExceeded) || u.asked.Load() != 0 {
		t.Errorf("Do = %v after %d calls", err, u.asked.Load())
	}
	if get(t, s, minute(), "other", u); s.Client.Exists(t.Context(), answerKey+"other").Val() != 1 {
		t.Error("a caller who went away has made the server count as lost")
	}
}

// TestATimeThatIsOverSaysNothingOfTheServer: neither a caller whose time is over before the server has answered nor one who has gone
// makes the server count as lost, and neither asks the upstream.
func TestATimeThatIsOverSaysNothingOfTheServer(t *testing.T) {
	s := open(t, redistest.Start(t), 1, Options{Failed: func(err error) { t.Errorf("the server counts as lost: %v", err) }})[0]
	over, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	gone, leave := context.WithCancel(t.Context())
	leave()
	u := &upstream{}
	for want, ctx := range map[error]context.Context{context.DeadlineExceeded: over, context.Canceled: gone} {
		if _, err := s.Do(With(ctx, minute()), "q", u.ask); !errors.Is(err, want) || u.asked.Load() != 0 {
			t.Errorf("Do = %v after %d calls, want %v and none", err, u.asked.Load(), want)
		}
	}
}

func TestWhatIsSharedIsBounded(t *testing.T) {
	const bytes, entries = 40_000, 20
	s := open(t, redistest.Start(t), 1, Options{MaxBytes: bytes, MaxEntries: entries})[0]
	sizeOf := func() (answers, sum int) {
		for _, key := range s.Client.Keys(t.Context(), answerKey+"*").Val() {
			answers++
			sum += int(s.Client.HStrLen(t.Context(), key, "body").Val())
		}
		return answers, sum
	}
	for i := range 3 * entries {
		get(t, s, minute(), fmt.Sprint("small", i), &upstream{})
	}
	if n, _ := sizeOf(); n != entries {
		t.Errorf("%d answers, want %d", n, entries)
	}
	for i := range 3 * entries {
		body := make([]byte, 4000)
		for k := range body { // does not compress
			body[k] = byte(i*k*k*7919 ^ k*104729>>3)
		}
		_, err := s.Do(With(t.Context(), minute()), fmt.Sprint("large", i), func(context.Context) ([]byte, error) { return body, nil })
		if err != nil {
			t.Fatal(err)
		}
		if n, sum := sizeOf(); n > entries || sum > bytes {
			t.Fatalf("%d answers of %d bytes, want at most %d of %d", n, sum, entries, bytes)
		}
	}
	if n, _ := sizeOf(); n < 2 {
		t.Errorf("%d answers are kept, want some", n)
	}
	counted, sizes := s.Client.ZCard(t.Context(), indexKey).Val(), s.Client.HLen(t.Context(), sizesKey).Val()
	if n, _ := sizeOf(); int64(n) != counted || counted != sizes {
		t.Errorf("%d answers, %d counted, %d sizes", n, counted, sizes)
	}
	long := strings.Repeat("x", maxBody)
	got, err := s.Do(With(t.Context(), minute()), "long", func(context.Context) ([]byte, error) { return []byte(long), nil })
	if err != nil || string(got) != long {
		t.Errorf("a long answer came as %d bytes, %v", len(got), err)
	}
}

func TestAnotherVersionsAnswerIsAskedAnew(t *testing.T) {
	s := open(t, redistest.Start(t), 1, Options{})[0]
	u := &upstream{}
	get(t, s, minute(), "q", u)
	for _, body := range []string{"", "\x02whatever", "\x01not compressed"} {
		if err := s.Client.HSet(t.Context(), answerKey+"q", "body", body).Err(); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("answer %d", u.asked.Load()+1)
		if got := get(t, s, minute(), "q", u); got != want {
			t.Errorf("body %q: %q, want %q", body, got, want)
		}
		<-time.After(2 * time.Millisecond)
	}
}

// TestWhoWantsOnlyASharedAnswerAsksNobody, and keeps nobody else from asking.
func TestWhoWantsOnlyASharedAnswerAsksNobody(t *testing.T) {
	processes := open(t, redistest.Start(t), 2, Options{})
	u := &upstream{}
	only := func() *Wish {
		w := minute()
		w.Only = true
		return w
	}
	if _, err := processes[0].Do(With(t.Context(), only()), "q", u.ask); !errors.Is(err, ErrNone) || u.asked.Load() != 0 {
		t.Errorf("without a shared answer: %v, and the upstream was asked %d times", err, u.asked.Load())
	}
	get(t, processes[1], minute(), "q", u)
	if got := get(t, processes[0], only(), "q", u); got != "answer 1" {
		t.Errorf("with one: %q", got)
	}
}

// TestWhatCorrectsAnAnswerIsHandedOver: an older answer will do for who corrects it.
func TestWhatCorrectsAnAnswerIsHandedOver(t *testing.T) {
	processes := open(t, redistest.Start(t), 2, Options{})
	u := &upstream{}
	wish := func(corrects bool) *Wish {
		w := minute()
		w.Untrue = func(note []byte) bool { return string(note) != "another" }
		w.Corrects = func(note []byte) bool { return corrects && string(note) == "sold" }
		return w
	}
	get(t, processes[0], wish(true), "q", u)
	for _, note := range []string{"another", "sold"} {
		processes[0].Tell(t.Context(), "1", []byte(note))
	}
	w := wish(true)
	if got := get(t, processes[1], w, "q", u); got != "answer 1" || len(w.Corrections()) != 1 || string(w.Corrections()[0]) != "sold" {
		t.Errorf("got %q, corrections %q; want the first answer and what was sold", got, w.Corrections())
	}
	processes[0].Tell(t.Context(), "1", []byte("outdated"))
	w = wish(true)
	if got := get(t, processes[1], w, "q", u); got != "answer 2" || len(w.Corrections()) != 0 {
		t.Errorf("got %q, corrections %q; want another answer", got, w.Corrections())
	}
	processes[0].Tell(t.Context(), "1", []byte("sold"))
	<-time.After(2 * time.Millisecond)
	if got := get(t, processes[1], wish(false), "q", u); got != "answer 3" {
		t.Errorf("got %q for who corrects nothing, want another answer", got)
	}
}

// TestItIsSaidWhatAnswersAreAbout: to who follows, and to who begins to follow later.
func TestItIsSaidWhatAnswersAreAbout(t *testing.T) {
	processes := open(t, redistest.Start(t), 2, Options{})
	u := &upstream{}
	follow := func(s *Shared) chan string {
		heard := make(chan string, 10)
		s.FollowAnswers(func(about string) { heard <- about })
		return heard
	}
	ask := func(n string) {
		w := minute()
		w.About = "about " + n
		get(t, processes[0], w, n, u)
	}
	want := func(heard chan string, all ...string) {
		t.Helper()
		for _, want := range all {
			select {
			case got := <-heard:
				if got != want {
					t.Errorf("heard %q, want %q", got, want)
				}
			case <-time.After(testclock.Patience):
				t.Fatalf("%q was not heard", want)
			}
		}
	}
	ask("1")
	<-time.After(2 * time.Millisecond)
	ask("2")
	asker, other := follow(processes[0]), follow(processes[1])
	want(asker, "about 1", "about 2")
	want(other, "about 1", "about 2")
	ask("3")
	want(other, "about 3")
	select {
	case about := <-asker:
		t.Errorf("a process has heard of its own answer %q", about)
	case <-time.After(50 * time.Millisecond):
	}
}
