// Package store is a small keyed store whose entries have a time to live: what attempts, sessions
// and limits live in. It knows nothing of what it keeps.
package store

import (
	"context"
	"encoding/binary"
	"errors"
	"time"
)

// ErrNotFound says that a key holds nothing, or nothing any more.
var ErrNotFound = errors.New("store: not found")

// Store keeps bytes under keys. Every method is atomic and safe for concurrent use; values are
// copied in and out. A time to live is counted from the write.
type Store interface {
	// Get reads a value. Errors: ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, error)
	// Put writes a value over whatever is there.
	Put(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// PutIfAbsent writes a value where none is; else it says what is there.
	PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (current []byte, stored bool, err error)
	// Swap writes a value where old stands, and nothing else.
	Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (swapped bool, err error)
	// Delete removes a value; there need not be one.
	Delete(ctx context.Context, key string) error
	// Close releases the store. What was written stays.
	Close() error
}

// expiry is the length of the time stamp before a stored value: Unix nanoseconds, big-endian.
const expiry = 8

func seal(value []byte, until time.Time) []byte {
	out := make([]byte, expiry, expiry+len(value))
	binary.BigEndian.PutUint64(out, uint64(until.UnixNano()))
	return append(out, value...)
}

// unseal is the value of a stored entry, nil when there is none or it has expired.
func unseal(raw []byte, now time.Time) []byte {
	if len(raw) < expiry || expired(raw, now) {
		return nil
	}
	return append([]byte{}, raw[expiry:]...)
}

func expired(raw []byte, now time.Time) bool {
	return len(raw) < expiry || uint64(now.UnixNano()) >= binary.BigEndian.Uint64(raw)
}
