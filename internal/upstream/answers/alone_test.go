package answers

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"okoshko/internal/testclock"
)

// memory is a storage that may fail.
type memory struct {
	mu     sync.Mutex
	values map[string][]byte
	fails  bool
	bytes  int // of the last values of all keys
}

var errMemory = errors.New("no")

func (m *memory) Get(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.values[key]; ok && !m.fails {
		return v, nil
	}
	return nil, errMemory
}

func (m *memory) Put(_ context.Context, key string, value []byte, _ time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails {
		return errMemory
	}
	m.bytes += len(value) - len(m.values[key])
	m.values[key] = value
	return nil
}

// alone is a process on a storage.
func alone(m *memory, now func() time.Time) *Alone {
	return NewAlone(AloneOptions{Storage: m, Now: now, MaxBytes: 1 << 20, Untrue: func(about string, note []byte) bool { return about == string(note) }})
}

func aloneWish(topic, about string) *Wish {
	return &Wish{Topic: topic, About: about, MaxAge: time.Minute, Kept: time.Minute}
}

func answer(t *testing.T, a *Alone, w *Wish, question string, u *upstream) string {
	t.Helper()
	body, err := a.Do(With(t.Context(), w), question, u.ask)
	if err != nil {
		t.Fatalf("Do = %v", err)
	}
	return string(body)
}

// TestAProcessThatIsStartedAgainIsWarm ends a process and starts it again: it asks nothing, as long as the answers are not too old.
func TestAProcessThatIsStartedAgainIsWarm(t *testing.T) {
	m, clock, u := &memory{values: map[string][]byte{}}, testclock.Standing(), &upstream{}
	a := alone(m, clock.Now)
	answer(t, a, aloneWish("1", "x"), "q", u)
	clock.Add(20 * time.Second)
	answer(t, a, aloneWish("1", "y"), "r", u)
	a.Close()
	clock.Add(20 * time.Second)
	a = alone(m, clock.Now)
	w := aloneWish("1", "x")
	if got := answer(t, a, w, "q", u); got != "answer 1" || w.Age() != 40*time.Second {
		t.Errorf("after a restart %q, %v old; want answer 1, 40 s", got, w.Age())
	}
	w = aloneWish("1", "x")
	w.Newer = 30 * time.Second
	if got := answer(t, a, w, "q", u); got != "answer 3" {
		t.Errorf("newer than half a minute: %q", got)
	}
	clock.Add(41 * time.Second)
	if got := answer(t, a, aloneWish("1", "y"), "r", u); got != "answer 4" {
		t.Errorf("an answer that is 81 s old serves: %q", got)
	}
	a.Close()
	clock.Add(time.Minute)
	a = alone(m, clock.Now)
	defer a.Close()
	if len(a.answers) != 0 {
		t.Errorf("%d answers are taken up that are too old", len(a.answers))
	}
}

// TestWhatIsUntrueIsNotTakenUp notes that something has changed, before and after the answers were stored, and ends the process
// orderly, by force a second later, and by force at once.
func TestWhatIsUntrueIsNotTakenUp(t *testing.T) {
	for name, end := range map[string]func(a *Alone){
		"orderly":          func(a *Alone) { a.Close() },
		"by force, stored": func(*Alone) { <-time.After(noteEvery); synctest.Wait() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, u := &memory{values: map[string][]byte{}}, &upstream{}
				clock := testclock.Standing()
				first := alone(m, clock.Now)
				for _, about := range []string{"a", "b", "c"} {
					answer(t, first, aloneWish("1", about), about, u)
				}
				answer(t, first, aloneWish("2", "a"), "other topic", u)
				clock.Add(time.Second)
				first.Tell(t.Context(), "1", []byte("a"))
				first.save()
				clock.Add(time.Second)
				first.Tell(t.Context(), "1", []byte("b"))
				end(first)
				second := alone(m, clock.Now)
				for about, want := range map[string]bool{"a": false, "b": false, "c": true} {
					if _, ok := second.answers[about]; ok != want {
						t.Errorf("the answer about %s is taken up: %v", about, ok)
					}
				}
				if _, ok := second.answers["other topic"]; !ok {
					t.Error("the answer on another topic is not taken up")
				}
				if got := answer(t, second, aloneWish("1", "b"), "b", u); got != "answer 5" {
					t.Errorf("asked again: %q", got)
				}
				second.Close()
				if name != "orderly" {
					first.Close() // which ends its goroutine
				}
			})
		})
	}
}

// TestANoteDuringAQuestionConcernsItsAnswer notes a change while the upstream is asked.
func TestANoteDuringAQuestionConcernsItsAnswer(t *testing.T) {
	m, clock := &memory{values: map[string][]byte{}}, testclock.Standing()
	a := alone(m, clock.Now)
	defer a.Close()
	_, err := a.Do(With(t.Context(), aloneWish("1", "a")), "q", func(ctx context.Context) ([]byte, error) {
		clock.Add(time.Second)
		a.Tell(ctx, "1", []byte("a"))
		return []byte("x"), nil
	})
	if _, kept := a.answers["q"]; err != nil || kept {
		t.Errorf("kept = %v, %v", kept, err)
	}
}

// TestWhatIsStoredIsBounded stores more than there is room for.
func TestWhatIsStoredIsBounded(t *testing.T) {
	m, clock := &memory{values: map[string][]byte{}}, testclock.Standing()
	a := alone(m, clock.Now)
	const each = 20 << 10
	for n := range 200 {
		text := make([]byte, each)
		for i := range text {
			text[i] = byte(i*i*(n+3)>>3 ^ i>>5*7) // hard to compress
		}
		if _, err := a.Do(With(t.Context(), aloneWish("1", "a")), strconv.Itoa(n), func(context.Context) ([]byte, error) { return text, nil }); err != nil {
			t.Fatal(err)
		}
		clock.Add(time.Millisecond)
	}
	if a.bytes > a.MaxBytes || len(a.answers) < 10 {
		t.Errorf("%d answers have %d bytes, want %d at most", len(a.answers), a.bytes, a.MaxBytes)
	}
	if _, ok := a.answers["199"]; !ok {
		t.Error("the last answer is not kept")
	}
	if _, ok := a.answers["0"]; ok {
		t.Error("the first answer is kept")
	}
	a.Close()
	if m.bytes == 0 || m.bytes > 2*a.MaxBytes {
		t.Errorf("%d bytes are stored", m.bytes)
	}
	b := alone(m, clock.Now)
	defer b.Close()
	if len(b.answers) != len(a.answers) || b.bytes != a.bytes {
		t.Errorf("%d answers with %d bytes are taken up, want %d with %d", len(b.answers), b.bytes, len(a.answers), a.bytes)
	}
}

// TestManyNotesAreStoredAsAnswers: their number is bounded, because the answers are stored without what they made untrue.
func TestManyNotesAreStoredAsAnswers(t *testing.T) {
	m, clock, u := &memory{values: map[string][]byte{}}, testclock.Standing(), &upstream{}
	a := alone(m, clock.Now)
	answer(t, a, aloneWish("1", "a"), "q", u)
	for range 4 * maxUnsaved {
		a.Tell(t.Context(), "1", []byte(strings.Repeat("n", 100)))
	}
	a.saveNotes()
	if len(a.unsaved) != 0 || m.bytes > 10_000 {
		t.Errorf("%d notes wait, %d bytes are stored", len(a.unsaved), m.bytes)
	}
	a.Close()
	b := alone(m, clock.Now)
	defer b.Close()
	if got := answer(t, b, aloneWish("1", "a"), "q", u); got != "answer 1" {
		t.Errorf("after a restart: %q", got)
	}
}

// TestAStorageThatFailsHoldsNothingUp, and what it has garbled is asked for again.
func TestAStorageThatFailsHoldsNothingUp(t *testing.T) {
	m, clock, u := &memory{values: map[string][]byte{}, fails: true}, testclock.Standing(), &upstream{}
	failed := 0
	a := NewAlone(AloneOptions{Storage: m, Now: clock.Now, MaxBytes: 1 << 20, Failed: func(error) { failed++ }})
	if got := answer(t, a, aloneWish("1", "a"), "q", u); got != "answer 1" {
		t.Errorf("got %q", got)
	}
	if got := answer(t, a, aloneWish("1", "a"), "q", u); got != "answer 1" {
		t.Errorf("once more: %q", got)
	}
	a.Close()
	if failed == 0 {
		t.Error("nobody is told")
	}
	for _, text := range []string{"", "x", "null", "{}", "[]", `{"version":1,"parts":1}`, `{"version":1,"parts":-1}`, `{"version":2,"parts":1}`, `[{"question":"q","until":"9999-01-01T00:00:00Z","body":"AAAA"}]`} {
		bad := &memory{values: map[string][]byte{storedIndex: []byte(text), storedPart + "0": []byte(text), storedNotes: []byte(text)}}
		b := alone(bad, clock.Now)
		if got := answer(t, b, aloneWish("1", "a"), "q", u); !strings.HasPrefix(got, "answer ") || got == "answer 1" {
			t.Errorf("stored as %q: %q", text, got)
		}
		b.Close()
	}
}
