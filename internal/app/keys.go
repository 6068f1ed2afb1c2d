package app

import (
	"context"
	"crypto/rand"

	"okoshko/internal/config"
	"okoshko/internal/store"
)

// keyKept is how long a key that the program made for itself is kept: for ever, in a store whose
// every entry has a time to live.
const keyKept = 10 * 365 * 24 * 3600 * 1e9

// sessionKeys are the configured keys, or one made once and kept in the store, so that forms and
// sessions survive a restart and several processes over one store agree.
func sessionKeys(cfg config.Config, kept store.Store) ([][]byte, error) {
	if len(cfg.Session.Keys) > 0 {
		return cfg.Session.Keys, nil
	}
	fresh := make([]byte, 64)
	_, _ = rand.Read(fresh) // never fails
	current, stored, err := kept.PutIfAbsent(context.Background(), "key/session", fresh, keyKept)
	if err != nil {
		return nil, err
	}
	if !stored {
		fresh = current
	}
	return [][]byte{fresh}, nil
}
