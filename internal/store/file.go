package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

const (
	fileMode    = 0o600           // entries hold personal data
	lockWait    = 2 * time.Second // to wait until another process has closed the file
	sweepEvery  = time.Minute
	sweepAtOnce = 500 // entries in one transaction of a sweep, so that writers do not wait long
)

// The buckets of a file. Entries has the entries under their keys, each after the time at which it expires. Ends has the
// same times in order, each followed by the key, without values, so that a sweep reads only what has expired. Notes has
// what the file says about itself.
var (
	bucket = []byte("entries")
	ends   = []byte("ends")
	notes  = []byte("notes")
)

// noteWritten is the number of the transaction that last wrote entries together with their ends. A version from before
// there were ends does not write it, so its transactions are noticed by their number, and the ends are made anew.
var noteWritten = []byte("written")

// FileOptions are the options of a File.
type FileOptions struct {
	Now func() time.Time // the clock by which entries expire
}

// File is a Store in one file. A write that has returned survives the end of the process and of the machine.
type File struct {
	path string
	now  func() time.Time
	stop chan struct{}
	done sync.WaitGroup

	mu sync.RWMutex // held for writing only while a compacted file takes the other's place
	db *bolt.DB

	sense sense

	changes changes
}

// OpenFile opens the file, or makes it. Only one process at a time can have it open.
func OpenFile(path string, o FileOptions) (*File, error) {
	db, err := openBolt(path, false)
	if err != nil {
		return nil, err
	}
	f := &File{path: path, db: db, now: o.Now, stop: make(chan struct{})}
	if err := f.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("store: prepare: %w", err), f.db.Close())
	}
	f.done.Add(1)
	go f.sweepLoop()
	return f, nil
}

// ReadFile opens a file to read it and changes nothing in it. The file must exist, and no process may write to it. Errors: fs.ErrNotExist,
// ErrInUse.
func ReadFile(path string, o FileOptions) (*File, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db, err := openBolt(path, true)
	if err != nil {
		return nil, err
	}
	f := &File{path: path, db: db, now: o.Now, stop: make(chan struct{})}
	err = f.view(func(tx *bolt.Tx) error {
		if tx.Bucket(bucket) == nil {
			return fmt.Errorf("store: %s is no store of this program", path)
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func openBolt(path string, readOnly bool) (*bolt.DB, error) {
	db, err := bolt.Open(path, fileMode, &bolt.Options{Timeout: lockWait, ReadOnly: readOnly})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%w: %s", ErrInUse, path)
	}
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	return db, nil
}

// prepare makes a new file complete, brings an old one up to date, and gives its free room back.
func (f *File) prepare() error {
	known := false
	err := f.db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucket, ends, notes} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		written := tx.Bucket(notes).Get(noteWritten)
		// The file is up to date when the last transaction before this one wrote the note.
		known = len(written) == expiry && binary.BigEndian.Uint64(written) == uint64(tx.ID()-1) //nolint:gosec // never negative
		return noteTx(tx)
	})
	if err == nil && !known {
		err = f.putEndsInOrder()
	}
	if err != nil {
		return err
	}
	if err := os.RemoveAll(f.path + compactSuffix); err != nil { // left by a process that was killed while it compacted
		return err
	}
	if f.mostlyFree(math.MaxInt64) {
		return f.compact() // no other call waits yet
	}
	return nil
}

// putEndsInOrder makes the ends of all entries anew, in several transactions.
func (f *File) putEndsInOrder() error {
	err := f.db.Update(func(tx *bolt.Tx) error {
		if err := tx.DeleteBucket(ends); err != nil {
			return err
		}
		_, err := tx.CreateBucket(ends)
		return err
	})
	const atOnce = 20_000
	for from := []byte(nil); err == nil; {
		n := 0
		err = f.db.Update(func(tx *bolt.Tx) error {
			c, index := tx.Bucket(bucket).Cursor(), tx.Bucket(ends)
			k, v := c.Seek(from)
			for ; k != nil && n < atOnce; k, v = c.Next() {
				n++
				if err := index.Put(end(k, v), nil); err != nil {
					return err
				}
			}
			from = bytes.Clone(k)
			return noteTx(tx)
		})
		if n < atOnce {
			return err
		}
	}
	return err
}

func noteTx(tx *bolt.Tx) error {
	return tx.Bucket(notes).Put(noteWritten, binary.BigEndian.AppendUint64(nil, uint64(tx.ID()))) //nolint:gosec // never negative
}

// end is the key under which an entry stands among the ends.
func end(key, sealed []byte) []byte {
	out := make([]byte, expiry, expiry+len(key))
	copy(out, sealed)
	return append(out, key...)
}

// Get implements Store.
func (f *File) Get(ctx context.Context, key string) (value []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = f.view(func(tx *bolt.Tx) error {
		value = unseal(tx.Bucket(bucket).Get([]byte(key)), f.now())
		return nil
	})
	if err == nil && value == nil {
		err = ErrNotFound
	}
	return value, err
}

// Put implements Store.
func (f *File) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return f.update(ctx, func(e entries) error {
		return e.put(key, value, f.now().Add(ttl))
	})
}

// PutIfAbsent implements Store.
func (f *File) PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (current []byte, stored bool, err error) {
	err = f.update(ctx, func(e entries) error {
		stored = false // it may be run again
		if current = unseal(e.all.Get([]byte(key)), f.now()); current != nil {
			return nil
		}
		stored = true
		return e.put(key, value, f.now().Add(ttl))
	})
	return current, stored && err == nil, err
}

// Swap implements Store.
func (f *File) Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (swapped bool, err error) {
	err = f.update(ctx, func(e entries) error {
		swapped = false // it may be run again
		current := unseal(e.all.Get([]byte(key)), f.now())
		if current == nil || !bytes.Equal(current, old) {
			return nil
		}
		swapped = true
		return e.put(key, value, f.now().Add(ttl))
	})
	return swapped && err == nil, err
}

// Delete implements Store.
func (f *File) Delete(ctx context.Context, key string) error {
	return f.update(ctx, func(e entries) error { return e.remove([]byte(key)) })
}

// eachAtOnce bounds the entries that are read in one transaction, so that writers may go on between two.
const eachAtOnce = 500

// Each implements Store.
func (f *File) Each(ctx context.Context, prefix string, see func(key string, value []byte) error) error {
	type entry struct {
		key   string
		value []byte
	}
	for from := []byte(prefix); from != nil; {
		var found []entry
		err := f.view(func(tx *bolt.Tx) error {
			c, read := tx.Bucket(bucket).Cursor(), 0
			k, v := c.Seek(from)
			for from = nil; k != nil && bytes.HasPrefix(k, []byte(prefix)); k, v = c.Next() {
				if read++; read > eachAtOnce {
					from = bytes.Clone(k)
					break
				}
				if value := unseal(v, f.now()); value != nil {
					found = append(found, entry{string(k), value})
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, e := range found {
			if err := errors.Join(ctx.Err(), see(e.key, e.value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close implements Store.
func (f *File) Close() error {
	close(f.stop)
	f.done.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.db.Close()
}

// entries are the entries of a file together with their ends, in one transaction.
type entries struct{ all, ends *bolt.Bucket }

func (e entries) put(key string, value []byte, until time.Time) error {
	k := []byte(key)
	if old := e.all.Get(k); old != nil {
		if err := e.ends.Delete(end(k, old)); err != nil {
			return err
		}
	}
	sealed := seal(value, until)
	if err := e.all.Put(k, sealed); err != nil {
		return err
	}
	return e.ends.Put(end(k, sealed), nil)
}

func (e entries) remove(key []byte) error {
	old := e.all.Get(key)
	if old == nil {
		return nil
	}
	if err := e.ends.Delete(end(key, old)); err != nil {
		return err
	}
	return e.all.Delete(key)
}

func (f *File) view(look func(*bolt.Tx) error) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.db.View(look)
}

// update runs a change unless the caller has gone away already. It shares a transaction with the changes that arrive
// while the transaction before it is written.
func (f *File) update(ctx context.Context, change func(entries) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.changes.make(change, f.write)
}

// write runs a change in a transaction of its own.
func (f *File) write(change func(entries) error) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.db.Update(func(tx *bolt.Tx) error {
		if err := change(entries{tx.Bucket(bucket), tx.Bucket(ends)}); err != nil {
			return err
		}
		return noteTx(tx)
	})
}

func (f *File) sweepLoop() {
	defer f.done.Done()
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-f.stop:
			return
		case <-tick.C:
			f.tidy()
		}
	}
}

// tidy removes what has expired and gives its room back. An error is left to the next round, because expired entries are
// never served anyway.
func (f *File) tidy() {
	for n := sweepAtOnce; n == sweepAtOnce; {
		var err error
		if n, err = f.sweep(); err != nil {
			return
		}
		select {
		case <-f.stop:
			return
		default:
		}
	}
	if f.mostlyFree(compactMost) {
		_ = f.compact()
	}
}

// sweep removes some of the expired entries, and says how many ends it has read.
func (f *File) sweep() (read int, err error) {
	var due [][]byte
	err = f.view(func(tx *bolt.Tx) error {
		now := f.now()
		c := tx.Bucket(ends).Cursor()
		for k, _ := c.First(); k != nil && expired(k, now) && len(due) < sweepAtOnce; k, _ = c.Next() {
			due = append(due, bytes.Clone(k))
		}
		return nil
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	err = f.write(func(e entries) error {
		for _, k := range due {
			if err := e.ends.Delete(k); err != nil {
				return err
			}
			// An entry that was written again since has another end.
			if key := k[expiry:]; bytes.HasPrefix(e.all.Get(key), k[:expiry]) {
				if err := e.all.Delete(key); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return len(due), err
}
