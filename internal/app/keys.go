package app

import (
	"context"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"okoshko/internal/config"
	"okoshko/internal/store"
)

// keyKept is the time to live of a key that the program has made. Every entry of the store has one; ten years stand for ever.
const keyKept = 10 * 365 * 24 * 3600 * 1e9

// sessionKeyKey is where the key of forms and sessions stands that the program has made.
const sessionKeyKey = "key/session"

// sessionKeys returns the configured keys. Without any it returns a key that is made once and stored, so that forms and
// sessions stay valid after a restart and in every process with the same store.
func sessionKeys(cfg config.Config, kept store.Store) ([][]byte, error) {
	if len(cfg.Session.Keys) > 0 {
		return cfg.Session.Keys, nil
	}
	fresh := make([]byte, 64)
	_, _ = rand.Read(fresh) // never fails
	current, stored, err := kept.PutIfAbsent(context.Background(), sessionKeyKey, fresh, keyKept)
	if err != nil {
		return nil, err
	}
	if !stored {
		fresh = current
	}
	return [][]byte{fresh}, nil
}

// keysInUse returns the keys of sessions as sessionKeys does and makes none; nil when no program has run with the store.
func keysInUse(ctx context.Context, kept store.Store, cfg config.Config) ([][]byte, error) {
	if len(cfg.Session.Keys) > 0 {
		return cfg.Session.Keys, nil
	}
	made, err := kept.Get(ctx, sessionKeyKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return [][]byte{made}, nil
}

// operatorKey returns what a command proves with to the program that runs with the same configuration: it is made of the first session key,
// or of the partner token. The sandbox may have neither, and holds invented people.
func operatorKey(cfg config.Config) []byte {
	secret := []byte(cfg.Upstream.PartnerToken)
	if len(cfg.Session.Keys) > 0 {
		secret = cfg.Session.Keys[0]
	}
	derived, err := hkdf.Key(sha256.New, secret, nil, "okoshko operator: forget", sha256.Size)
	if err != nil {
		panic(err) // the derived key is not too long
	}
	return derived
}

// pushKey returns the configured key that signs push messages, as base64url. Without one it returns a key that is made once and stored,
// because a new key ends all subscriptions.
func pushKey(cfg config.Config, kept store.Store) (string, error) {
	if cfg.Push.Key != "" {
		return cfg.Push.Key, nil
	}
	fresh, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	key := []byte(base64.RawURLEncoding.EncodeToString(fresh.Bytes()))
	current, stored, err := kept.PutIfAbsent(context.Background(), "key/push", key, keyKept)
	if err != nil {
		return "", err
	}
	if !stored {
		key = current
	}
	return string(key), nil
}
