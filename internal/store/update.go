package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

var (
	// ErrUnchanged is what an edit returns that wants nothing written.
	ErrUnchanged = errors.New("store: unchanged")
	// ErrContended says that others wrote under a key all the time, so that an edit of it could not be written.
	ErrContended = errors.New("store: contended")
)

const (
	// updateTries bounds how often an edit is tried. So many others write one key at the same time only on purpose.
	updateTries = 100
	// longestPause bounds the pause between two tries, in milliseconds.
	longestPause = 20
)

// Update replaces the value under a key by what edit makes of it: of nil, where there is none. When somebody else has
// written the key meanwhile, edit runs again on what stands there then, so it must not add to what it did before. An
// edit that returns ErrUnchanged leaves the key as it is, and Update then returns nil. Errors: those of edit and of the
// store, ErrContended.
func Update(ctx context.Context, s Store, key string, ttl time.Duration, edit func(old []byte) ([]byte, error)) error {
	for try := range updateTries {
		if err := pause(ctx, try); err != nil {
			return err
		}
		old, err := s.Get(ctx, key)
		missing := errors.Is(err, ErrNotFound)
		switch {
		case missing:
			old = nil
		case err != nil:
			return err
		}
		value, err := edit(old)
		if errors.Is(err, ErrUnchanged) {
			return nil
		}
		if err != nil {
			return err
		}
		var written bool
		if missing {
			_, written, err = s.PutIfAbsent(ctx, key, value, ttl)
		} else {
			written, err = s.Swap(ctx, key, old, value, ttl)
		}
		if err != nil || written {
			return err
		}
	}
	return ErrContended
}

// pause waits for a random time before a further try, the longer the more tries came to nothing. Otherwise a process that
// is always a moment later than another one would never write.
func pause(ctx context.Context, try int) error {
	if try == 0 {
		return nil
	}
	wait := time.NewTimer(rand.N(time.Duration(min(try, longestPause)) * time.Millisecond)) //nolint:gosec // no secret
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
