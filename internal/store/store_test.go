package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"okoshko/internal/redistest"
)

// clock is a time that a test sets.
type clock struct {
	offset atomic.Int64
	passed func(time.Duration) // told of it, when the store has a clock of its own
}

func (c *clock) now() time.Time {
	return time.Unix(1_800_000_000, 0).Add(time.Duration(c.offset.Load()))
}

func (c *clock) add(d time.Duration) {
	c.offset.Add(int64(d))
	if c.passed != nil {
		c.passed(d)
	}
}

func each(t *testing.T, test func(t *testing.T, s Store, c *clock)) {
	t.Run("memory", func(t *testing.T) {
		c := &clock{}
		test(t, NewMemory(c.now), c)
	})
	t.Run("file", func(t *testing.T) {
		c := &clock{}
		f, err := OpenFile(filepath.Join(t.TempDir(), "test.db"), FileOptions{Now: c.now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
		test(t, f, c)
	})
	t.Run("redis", func(t *testing.T) {
		r, err := OpenRedis(t.Context(), redistest.Start(t).URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
		test(t, r, &clock{passed: func(d time.Duration) { age(t, r, d) }})
	})
}

// age makes the server's entries older, as if time had passed.
func age(t *testing.T, r *Redis, d time.Duration) {
	t.Helper()
	for _, key := range r.client.Keys(t.Context(), "*").Val() {
		left := r.client.PTTL(t.Context(), key).Val()
		if left < 0 {
			t.Errorf("%s would live for ever", key)
		}
		if err := r.client.PExpire(t.Context(), key, left-d).Err(); err != nil {
			t.Error(err)
		}
	}
}

func TestRedisSaysWhenItIsGone(t *testing.T) {
	server := redistest.Start(t)
	r, err := OpenRedis(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if err := r.Put(t.Context(), "before", []byte("v"), time.Minute); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	ctx := t.Context()
	if _, err := r.Get(ctx, "k"); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("Get of a server that is gone = %v, want an error that is not \"not found\"", err)
	}
	if _, stored, err := r.PutIfAbsent(ctx, "k", []byte("v"), time.Minute); err == nil || stored {
		t.Errorf("PutIfAbsent = %v, %v", stored, err)
	}
	if swapped, err := r.Swap(ctx, "k", nil, []byte("v"), time.Minute); err == nil || swapped {
		t.Errorf("Swap = %v, %v", swapped, err)
	}
	again, err := server.Again()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Stop)
	if err := r.Put(ctx, "k", []byte("v"), time.Minute); err != nil {
		t.Errorf("Put after the server came back = %v", err)
	}
	if v, err := r.Get(ctx, "before"); err != nil || string(v) != "v" {
		t.Errorf("Get of what was written before = %q, %v", v, err)
	}
	if _, err := OpenRedis(ctx, "redis://user:secret@127.0.0.1:1/0"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("OpenRedis of nothing = %v, want an error without the password", err)
	}
	if _, err := OpenRedis(ctx, "http://:secret@x"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("OpenRedis of no URL = %v, want an error without the password", err)
	}
}

func TestPutAndGet(t *testing.T) {
	each(t, func(t *testing.T, s Store, _ *clock) {
		ctx := context.Background()
		if _, err := s.Get(ctx, "k"); !errors.Is(err, ErrNotFound) {
			t.Fatalf("Get of nothing = %v, want ErrNotFound", err)
		}
		value := []byte("one")
		if err := s.Put(ctx, "k", value, time.Minute); err != nil {
			t.Fatal(err)
		}
		value[0] = 'X'
		got, err := s.Get(ctx, "k")
		if err != nil || string(got) != "one" {
			t.Fatalf("Get = %q, %v, want one: what is stored must be a copy", got, err)
		}
		got[0] = 'X'
		if again, _ := s.Get(ctx, "k"); string(again) != "one" {
			t.Fatalf("Get = %q: what is handed out must be a copy", again)
		}
		if err := s.Put(ctx, "k", nil, time.Minute); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(ctx, "k"); err != nil || len(got) != 0 {
			t.Fatalf("Get of an empty value = %q, %v", got, err)
		}
		if err := s.Delete(ctx, "k"); err != nil {
			t.Fatal(err)
		}
		if err := s.Delete(ctx, "k"); err != nil {
			t.Fatalf("second Delete = %v", err)
		}
		if _, err := s.Get(ctx, "k"); !errors.Is(err, ErrNotFound) {
			t.Fatalf("Get after Delete = %v", err)
		}
	})
}

func TestTimeToLive(t *testing.T) {
	each(t, func(t *testing.T, s Store, c *clock) {
		ctx := context.Background()
		if err := s.Put(ctx, "k", []byte("v"), time.Minute); err != nil {
			t.Fatal(err)
		}
		c.add(time.Minute - time.Second)
		if _, err := s.Get(ctx, "k"); err != nil {
			t.Fatalf("Get just before the end = %v", err)
		}
		c.add(time.Second)
		if _, err := s.Get(ctx, "k"); !errors.Is(err, ErrNotFound) {
			t.Fatalf("Get at the end = %v, want ErrNotFound", err)
		}
		if swapped, err := s.Swap(ctx, "k", []byte("v"), []byte("w"), time.Minute); err != nil || swapped {
			t.Fatalf("Swap of what has expired = %v, %v", swapped, err)
		}
		if _, stored, err := s.PutIfAbsent(ctx, "k", []byte("w"), time.Minute); err != nil || !stored {
			t.Fatalf("PutIfAbsent over what has expired = %v, %v", stored, err)
		}
	})
}

func TestPutIfAbsentHasOneWinner(t *testing.T) {
	each(t, func(t *testing.T, s Store, _ *clock) {
		var wins atomic.Int32
		var wg sync.WaitGroup
		seen := make([]string, 100)
		for i := range seen {
			wg.Go(func() {
				own := []byte(strconv.Itoa(i))
				current, stored, err := s.PutIfAbsent(context.Background(), "k", own, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if stored {
					wins.Add(1)
					current = own
				}
				seen[i] = string(current)
			})
		}
		wg.Wait()
		if wins.Load() != 1 || len(slices.Compact(seen)) != 1 {
			t.Fatalf("winners = %d, values seen = %v, want one", wins.Load(), slices.Compact(seen))
		}
	})
}

func TestSwapHasOneWinner(t *testing.T) {
	each(t, func(t *testing.T, s Store, _ *clock) {
		ctx := context.Background()
		if err := s.Put(ctx, "k", []byte("old"), time.Minute); err != nil {
			t.Fatal(err)
		}
		if swapped, err := s.Swap(ctx, "k", []byte("other"), []byte("x"), time.Minute); err != nil || swapped {
			t.Fatalf("Swap of another value = %v, %v", swapped, err)
		}
		if swapped, err := s.Swap(ctx, "none", []byte("old"), []byte("x"), time.Minute); err != nil || swapped {
			t.Fatalf("Swap of nothing = %v, %v", swapped, err)
		}
		var wins atomic.Int32
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				swapped, err := s.Swap(ctx, "k", []byte("old"), []byte(strconv.Itoa(i)), time.Minute)
				if err != nil {
					t.Error(err)
				}
				if swapped {
					wins.Add(1)
				}
			})
		}
		wg.Wait()
		if wins.Load() != 1 {
			t.Fatalf("winners = %d, want 1", wins.Load())
		}
	})
}

func TestCancelledContext(t *testing.T) {
	each(t, func(t *testing.T, s Store, _ *clock) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := s.Put(ctx, "k", nil, time.Minute); !errors.Is(err, context.Canceled) {
			t.Errorf("Put = %v", err)
		}
		if _, err := s.Get(ctx, "k"); !errors.Is(err, context.Canceled) {
			t.Errorf("Get = %v", err)
		}
	})
}

func TestFileSurvivesReopening(t *testing.T) {
	c := &clock{}
	path := filepath.Join(t.TempDir(), "test.db")
	f, err := OpenFile(path, FileOptions{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Put(context.Background(), "k", []byte("v"), time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(path, FileOptions{Now: c.now}); err == nil {
		t.Fatal("a second process could open the file")
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if f, err = OpenFile(path, FileOptions{Now: c.now}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if got, err := f.Get(context.Background(), "k"); err != nil || string(got) != "v" {
		t.Fatalf("Get after reopening = %q, %v", got, err)
	}
}

func TestSweepRemovesOnlyWhatHasExpired(t *testing.T) {
	c := &clock{}
	f, err := OpenFile(filepath.Join(t.TempDir(), "test.db"), FileOptions{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	ctx := context.Background()
	for i := range 20 {
		if err := f.Put(ctx, "short"+strconv.Itoa(i), nil, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Put(ctx, "long", []byte("v"), time.Hour); err != nil {
		t.Fatal(err)
	}
	c.add(2 * time.Minute)
	if n, err := f.sweep(); err != nil || n != 20 {
		t.Fatalf("sweep = %d, %v, want 20", n, err)
	}
	if n, err := f.sweep(); err != nil || n != 0 {
		t.Fatalf("second sweep = %d, %v, want 0", n, err)
	}
	if got, err := f.Get(ctx, "long"); err != nil || string(got) != "v" {
		t.Fatalf("Get = %q, %v", got, err)
	}
}

// TestS38TheFileErasesOnSchedule keeps what the widget keeps, and after each end lets the minute pass in which the
// file is swept, by a virtual clock: what has ended stands in it no more, the rest does.
func TestS38TheFileErasesOnSchedule(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	synctest.Test(t, func(t *testing.T) {
		c := &clock{}
		f, err := OpenFile(path, FileOptions{Now: c.now})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		kinds := []struct {
			name string
			ttl  time.Duration
		}{{"draft", 30 * time.Minute}, {"attempt", 72 * time.Hour}, {"consent", 8760 * time.Hour}}
		const each = sweepAtOnce + 1 // more than goes at once
		if err := f.update(t.Context(), func(e entries) error {
			for i := range each {
				for _, kind := range kinds {
					if err := e.put(kind.name+strconv.Itoa(i), nil, c.now().Add(kind.ttl)); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		stand := func() (n int) {
			if err := f.db.View(func(tx *bolt.Tx) error {
				n = tx.Bucket(bucket).Stats().KeyN
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		sweep := func() {
			<-time.After(sweepEvery)
			synctest.Wait()
		}
		passed := time.Duration(0)
		for i, kind := range kinds {
			c.add(kind.ttl - time.Second - passed)
			if sweep(); stand() != (len(kinds)-i)*each {
				t.Errorf("%d entries stand a second before the end of every %s, want %d", stand(), kind.name, (len(kinds)-i)*each)
			}
			c.add(time.Second)
			if sweep(); stand() != (len(kinds)-i-1)*each {
				t.Errorf("%d entries stand after the end of every %s, want %d", stand(), kind.name, (len(kinds)-i-1)*each)
			}
			passed = kind.ttl
		}
	})
}

// TestAServerThatIsNearlyFull gives a server hardly more memory than it has used.
func TestAServerThatIsNearlyFull(t *testing.T) {
	for most, want := range map[int64]bool{0: false, 11: true, 40: false} {
		r, err := OpenRedis(t.Context(), redistest.Start(t).URL)
		if err != nil {
			t.Fatal(err)
		}
		info, err := r.client.Info(t.Context(), "memory").Result()
		if err != nil {
			t.Fatal(err)
		}
		used := number(info, "used_memory")
		if err := r.client.ConfigSet(t.Context(), "maxmemory", strconv.FormatInt(used*most/10, 10)).Err(); err != nil || used == 0 {
			t.Fatal(used, err)
		}
		if got := r.Tight(); got != want {
			t.Errorf("with %d tenths of what is used: Tight = %v, want %v", most, got, want)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestEachShowsEveryEntryOnce that begins so and has not expired, however many there are; what it shows may be removed.
func TestEachShowsEveryEntryOnce(t *testing.T) {
	each(t, func(t *testing.T, s Store, c *clock) {
		const n = 3*eachAtOnce + 7
		for i := range n {
			if err := s.Put(t.Context(), "a/"+strconv.Itoa(i), []byte(strconv.Itoa(i)), time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		for _, key := range []string{"a", "b/1", "A/1"} {
			if err := s.Put(t.Context(), key, []byte("x"), time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Put(t.Context(), "a/old", []byte("x"), time.Minute); err != nil {
			t.Fatal(err)
		}
		c.add(2 * time.Minute)
		count := func() int {
			seen := map[string]bool{}
			err := s.Each(t.Context(), "a/", func(key string, value []byte) error {
				if seen[key] || key != "a/"+string(value) {
					t.Errorf("Each shows %q with %q, seen before: %v", key, value, seen[key])
				}
				seen[key] = true
				return s.Delete(t.Context(), key)
			})
			if err != nil {
				t.Error(err)
			}
			return len(seen)
		}
		if got := count(); got != n {
			t.Errorf("Each shows %d entries, want %d", got, n)
		}
		if got := count(); got != 0 {
			t.Errorf("Each shows %d entries that were removed", got)
		}
		stop := errors.New("stop")
		if err := s.Each(t.Context(), "", func(string, []byte) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("Each = %v, want the error of what looks", err)
		}
	})
}

// TestAFileIsReadAndNotMade: a command that looks into a store makes none, and leaves alone what a program uses.
func TestAFileIsReadAndNotMade(t *testing.T) {
	c := &clock{}
	path := filepath.Join(t.TempDir(), "test.db")
	if _, err := ReadFile(path, FileOptions{Now: c.now}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadFile of no file = %v", err)
	}
	f, err := OpenFile(path, FileOptions{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Put(t.Context(), "a", []byte("b"), time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path, FileOptions{Now: c.now}); !errors.Is(err, ErrInUse) {
		t.Errorf("ReadFile of a file in use = %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReadFile(path, FileOptions{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	if value, err := r.Get(t.Context(), "a"); err != nil || string(value) != "b" {
		t.Errorf("Get = %q, %v", value, err)
	}
	if err := r.Put(t.Context(), "a", []byte("c"), time.Hour); err == nil {
		t.Error("a file that is read can be written")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("reading changed the file: %v", err)
	}
	other := filepath.Join(t.TempDir(), "other.db")
	db, err := bolt.Open(other, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(other, FileOptions{Now: c.now}); err == nil || !strings.Contains(err.Error(), "is no store of this program") {
		t.Errorf("ReadFile of another program's file = %v", err)
	}
}
