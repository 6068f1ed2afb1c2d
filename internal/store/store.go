// Package store is a key-value store whose entries expire. Booking attempts, sessions, consents and limits are kept in
// it; the package knows nothing of what it keeps.
//
// File keeps entries in one file for one process, Redis in a server for several processes, and Memory in memory for
// tests. Bounded bounds what visitors may write into any of them.
package store

import (
	"context"
	"encoding/binary"
	"errors"
	"time"
)

// ErrNotFound says that there is no entry under a key, or that it has expired.
var ErrNotFound = errors.New("store: not found")

// ErrInUse says that a running program holds the file.
var ErrInUse = errors.New("store: the file is used by another process")

// Store keeps values under keys. Every method is atomic and safe for concurrent use. Values are copied on the way in and
// on the way out. An entry expires a time to live after it was written.
type Store interface {
	// Get reads a value. Errors: ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, error)
	// Put writes a value over any other.
	Put(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// PutIfAbsent writes a value where there is none, and else returns the value that is there.
	PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (current []byte, stored bool, err error)
	// Swap writes a value where the value is old, and else writes nothing.
	Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (swapped bool, err error)
	// Delete removes a value. It is no error when there is none.
	Delete(ctx context.Context, key string) error
	// Each shows every entry whose key begins with prefix, each once, in no order. Entries that are written meanwhile may be missed. see
	// may use the store. An error of see ends it and is returned.
	Each(ctx context.Context, prefix string, see func(key string, value []byte) error) error
	// Close releases the store. Everything written stays.
	Close() error
}

// expiry is the length of the time stamp before a stored value, in bytes: Unix nanoseconds, big-endian.
const expiry = 8

func seal(value []byte, until time.Time) []byte {
	out := make([]byte, expiry, expiry+len(value))
	binary.BigEndian.PutUint64(out, uint64(until.UnixNano()))
	return append(out, value...)
}

// unseal is the value of a stored entry, and nil when there is none or it has expired.
func unseal(raw []byte, now time.Time) []byte {
	if len(raw) < expiry || expired(raw, now) {
		return nil
	}
	return append([]byte{}, raw[expiry:]...)
}

func expired(raw []byte, now time.Time) bool {
	return len(raw) < expiry || uint64(now.UnixNano()) >= binary.BigEndian.Uint64(raw)
}
