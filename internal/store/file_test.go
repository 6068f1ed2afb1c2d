package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

func openTest(t *testing.T, path string, c *clock) *File {
	t.Helper()
	f, err := OpenFile(path, FileOptions{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// inOrder fails when the ends of a file are not those of its entries.
func inOrder(t *testing.T, f *File) (n int) {
	t.Helper()
	if err := f.view(func(tx *bolt.Tx) error {
		all, index := tx.Bucket(bucket), tx.Bucket(ends)
		if err := all.ForEach(func(k, v []byte) error {
			n++
			if index.Get(end(k, v)) == nil {
				return fmt.Errorf("%q has no end", k)
			}
			return nil
		}); err != nil {
			return err
		}
		m := 0
		if err := index.ForEach(func(_, _ []byte) error { m++; return nil }); err != nil {
			return err
		}
		if m != n {
			return fmt.Errorf("%d ends of %d entries", m, n)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	return n
}

// olden writes into a file as a program does that knows nothing of ends.
func olden(t *testing.T, path string, change func(b *bolt.Bucket) error) {
	t.Helper()
	db, err := bolt.Open(path, fileMode, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucket)
		if err != nil {
			return err
		}
		return change(b)
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestAnOldFileGetsItsEnds opens a file that an older program has written, and one that it has written in between.
func TestAnOldFileGetsItsEnds(t *testing.T) {
	c, path := &clock{}, filepath.Join(t.TempDir(), "test.db")
	put := func(b *bolt.Bucket, key string, ttl time.Duration) error {
		return b.Put([]byte(key), seal([]byte("v"), c.now().Add(ttl)))
	}
	olden(t, path, func(b *bolt.Bucket) error {
		for i := range 100 {
			if err := put(b, "short"+strconv.Itoa(i), time.Minute); err != nil {
				return err
			}
		}
		return put(b, "long", time.Hour)
	})
	f := openTest(t, path, c)
	if n := inOrder(t, f); n != 101 {
		t.Fatalf("%d entries, want 101", n)
	}
	if v, err := f.Get(t.Context(), "long"); err != nil || string(v) != "v" {
		t.Fatalf("Get = %q, %v", v, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	// As many are written as taken away, and one gets another end.
	olden(t, path, func(b *bolt.Bucket) error {
		return errors.Join(b.Delete([]byte("short1")), put(b, "between", time.Minute), put(b, "short2", time.Hour))
	})
	f = openTest(t, path, c)
	if n := inOrder(t, f); n != 101 {
		t.Errorf("%d entries, want 101", n)
	}
	c.add(2 * time.Minute)
	f.tidy()
	if n := inOrder(t, f); n != 2 {
		t.Errorf("%d entries are left, want 2", n)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestEndsFollowTheirEntries does everything that changes an entry, by chance.
func TestEndsFollowTheirEntries(t *testing.T) {
	c, path := &clock{}, filepath.Join(t.TempDir(), "test.db")
	f := openTest(t, path, c)
	ctx := t.Context()
	for i := range 400 {
		key := "k" + strconv.Itoa(i*7%31)
		ttl := time.Duration(1+i%13) * time.Second
		switch i % 5 {
		case 0, 1:
			if err := f.Put(ctx, key, []byte(key), ttl); err != nil {
				t.Fatal(err)
			}
		case 2:
			if _, _, err := f.PutIfAbsent(ctx, key, []byte(key), ttl); err != nil {
				t.Fatal(err)
			}
		case 3:
			if _, err := f.Swap(ctx, key, []byte(key), []byte(key), ttl); err != nil {
				t.Fatal(err)
			}
		default:
			if err := f.Delete(ctx, key); err != nil {
				t.Fatal(err)
			}
		}
		if i%50 == 49 {
			c.add(3 * time.Second)
			f.tidy()
			inOrder(t, f)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = openTest(t, path, c)
	inOrder(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// flood fills a file beyond what is left alone, for a minute, beside one entry that stays.
func flood(t *testing.T, f *File) {
	t.Helper()
	value := bytes.Repeat([]byte("x"), 4096)
	if err := f.Put(t.Context(), "stays", []byte("here"), time.Hour); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if err := f.update(t.Context(), func(e entries) error {
			for j := range 500 {
				if err := e.put(fmt.Sprintf("flood %d %d", i, j), value, f.now().Add(time.Minute)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != fileMode {
		t.Errorf("%s has mode %v", path, info.Mode())
	}
	return info.Size()
}

// TestAFloodGivesItsRoomBack lets a flood end while the program runs, and while it does not.
func TestAFloodGivesItsRoomBack(t *testing.T) {
	stays := func(t *testing.T, f *File) {
		t.Helper()
		if v, err := f.Get(context.Background(), "stays"); err != nil || string(v) != "here" {
			t.Errorf("what stays is %q, %v", v, err)
		}
		if err := f.Put(context.Background(), "after", nil, time.Hour); err != nil {
			t.Error(err)
		}
		inOrder(t, f)
	}
	for _, running := range []bool{true, false} {
		t.Run(fmt.Sprintf("running %v", running), func(t *testing.T) {
			c, path := &clock{}, filepath.Join(t.TempDir(), "test.db")
			f := openTest(t, path, c)
			flood(t, f)
			before := sizeOf(t, path)
			if before < compactFrom {
				t.Fatalf("the flood has left %d bytes", before)
			}
			c.add(2 * time.Minute)
			if running {
				f.tidy()
			} else {
				for {
					if n, err := f.sweep(); err != nil || n == 0 {
						break
					}
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
				f = openTest(t, path, c)
			}
			if after := sizeOf(t, path); after > before/10 {
				t.Errorf("%d bytes are left of %d", after, before)
			}
			stays(t, f)
			if _, err := OpenFile(path, FileOptions{Now: c.now}); err == nil {
				t.Error("a second process could open the file")
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			f = openTest(t, path, c)
			stays(t, f)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestRoomIsReadWhileTheFileGrows: bbolt maps a file that grows anew, and nothing may look at the old mapping meanwhile.
func TestRoomIsReadWhileTheFileGrows(t *testing.T) {
	f := openTest(t, filepath.Join(t.TempDir(), "test.db"), &clock{})
	done := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				if size, used := f.room(); used <= 0 || used > size {
					t.Errorf("%d bytes of %d are in use", used, size)
				}
			}
		}
	})
	for i := range 60 {
		if err := f.Put(t.Context(), strconv.Itoa(i), make([]byte, 32<<10), time.Hour); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	reader.Wait()
}

// TestACompactionThatWasKilled leaves half a copy behind: it is thrown away.
func TestACompactionThatWasKilled(t *testing.T) {
	c, path := &clock{}, filepath.Join(t.TempDir(), "test.db")
	f := openTest(t, path, c)
	if err := f.Put(t.Context(), "k", []byte("v"), time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Close(), os.WriteFile(path+compactSuffix, []byte("half"), fileMode)); err != nil {
		t.Fatal(err)
	}
	f = openTest(t, path, c)
	if v, err := f.Get(t.Context(), "k"); err != nil || string(v) != "v" {
		t.Errorf("Get = %q, %v", v, err)
	}
	if _, err := os.Stat(path + compactSuffix); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the half copy: %v", err)
	}
	if err := f.compact(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkSweepOfNothing is what a minute costs when nothing has ended, whatever stands in the file.
func BenchmarkSweepOfNothing(b *testing.B) {
	c := &clock{}
	f, err := OpenFile(filepath.Join(b.TempDir(), "test.db"), FileOptions{Now: c.now})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	f.db.NoSync = true
	for i := range 40 {
		if err := f.update(b.Context(), func(e entries) error {
			for j := range 20_000 {
				if err := e.put(fmt.Sprintf("consents/%d-%d", i, j), nil, f.now().Add(time.Hour)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if n, err := f.sweep(); err != nil || n != 0 {
			b.Fatal(n, err)
		}
	}
}

// TestScrubTakesOutWhatWasDeleted: the bytes of a deleted value stand in no page of the file any more, and the others are read as before.
func TestScrubTakesOutWhatWasDeleted(t *testing.T) {
	c, path := &clock{}, filepath.Join(t.TempDir(), "test.db")
	f, err := OpenFile(path, FileOptions{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for key, value := range map[string]string{"gone": "secret-of-anna", "ended": "secret-of-bert", "stays": "else"} {
		ttl := time.Hour
		if key == "ended" {
			ttl = time.Minute
		}
		if err := f.Put(t.Context(), key, []byte(value), ttl); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Delete(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	c.add(2 * time.Minute)
	holds := func() bool {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(raw, []byte("secret-of-"))
	}
	if !holds() {
		t.Error("a deleted value leaves the file by itself, so nothing has to be scrubbed")
	}
	if done, err := f.Scrub(); !done || err != nil || holds() {
		t.Errorf("Scrub = %v, %v; the file holds it: %v", done, err, holds())
	}
	if value, err := f.Get(t.Context(), "stays"); err != nil || string(value) != "else" {
		t.Errorf("what stays is %q, %v", value, err)
	}
	if err := f.Put(t.Context(), "after", []byte("x"), time.Hour); err != nil {
		t.Errorf("after it: %v", err)
	}
}
