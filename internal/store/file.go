package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

const (
	fileMode    = 0o600           // entries hold personal data for a while
	lockWait    = 2 * time.Second // for another process to let go of the file
	sweepEvery  = time.Minute
	sweepAtOnce = 500 // entries in one transaction, so that a sweep holds nobody up
)

var bucket = []byte("entries")

// FileOptions are the choices of a File.
type FileOptions struct {
	Now func() time.Time // by which entries end
}

// File is a Store in one file. A write that has returned survives the process and the machine.
type File struct {
	db   *bolt.DB
	now  func() time.Time
	stop chan struct{}
	done sync.WaitGroup
}

// OpenFile opens or makes the file. One process at a time may have it open.
func OpenFile(path string, o FileOptions) (*File, error) {
	db, err := bolt.Open(path, fileMode, &bolt.Options{Timeout: lockWait})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("store: %s is used by another process", path)
	}
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: prepare: %w", err), db.Close())
	}
	f := &File{db: db, now: o.Now, stop: make(chan struct{})}
	f.done.Add(1)
	go f.sweepLoop()
	return f, nil
}

// Get implements Store.
func (f *File) Get(ctx context.Context, key string) (value []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = f.db.View(func(tx *bolt.Tx) error {
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
	return f.update(ctx, func(b *bolt.Bucket) error {
		return b.Put([]byte(key), seal(value, f.now().Add(ttl)))
	})
}

// PutIfAbsent implements Store.
func (f *File) PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (current []byte, stored bool, err error) {
	err = f.update(ctx, func(b *bolt.Bucket) error {
		if current = unseal(b.Get([]byte(key)), f.now()); current != nil {
			return nil
		}
		stored = true
		return b.Put([]byte(key), seal(value, f.now().Add(ttl)))
	})
	return current, stored && err == nil, err
}

// Swap implements Store.
func (f *File) Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (swapped bool, err error) {
	err = f.update(ctx, func(b *bolt.Bucket) error {
		current := unseal(b.Get([]byte(key)), f.now())
		if current == nil || !bytes.Equal(current, old) {
			return nil
		}
		swapped = true
		return b.Put([]byte(key), seal(value, f.now().Add(ttl)))
	})
	return swapped && err == nil, err
}

// Delete implements Store.
func (f *File) Delete(ctx context.Context, key string) error {
	return f.update(ctx, func(b *bolt.Bucket) error { return b.Delete([]byte(key)) })
}

// Close implements Store.
func (f *File) Close() error {
	close(f.stop)
	f.done.Wait()
	return f.db.Close()
}

// update runs a change in a transaction of its own; concurrent ones share a sync of the disk.
func (f *File) update(ctx context.Context, change func(*bolt.Bucket) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.db.Update(func(tx *bolt.Tx) error { return change(tx.Bucket(bucket)) })
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
			for n := sweepAtOnce; n == sweepAtOnce; {
				var err error
				if n, err = f.sweep(); err != nil {
					break // the next round tries again; expired entries are never served anyway
				}
			}
		}
	}
}

// sweep removes some of the expired entries and says how many.
func (f *File) sweep() (removed int, err error) {
	var dead [][]byte
	err = f.db.View(func(tx *bolt.Tx) error {
		now := f.now()
		c := tx.Bucket(bucket).Cursor()
		for k, v := c.First(); k != nil && len(dead) < sweepAtOnce; k, v = c.Next() {
			if expired(v, now) {
				dead = append(dead, bytes.Clone(k))
			}
		}
		return nil
	})
	if err != nil || len(dead) == 0 {
		return 0, err
	}
	err = f.db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucket)
		for _, k := range dead {
			if !expired(b.Get(k), f.now()) {
				continue // written again in between
			}
			if err := b.Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
	return len(dead), err
}
