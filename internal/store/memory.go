package store

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"time"
)

// Memory is a Store in memory, for tests.
type Memory struct {
	now     func() time.Time
	mu      sync.Mutex
	entries map[string][]byte
}

// NewMemory makes a Memory.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, entries: map[string][]byte{}}
}

// Get implements Store.
func (m *Memory) Get(ctx context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	value := unseal(m.entries[key], m.now())
	if value == nil {
		return nil, ErrNotFound
	}
	return value, nil
}

// Put implements Store.
func (m *Memory) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	m.entries[key] = seal(value, m.now().Add(ttl))
	return nil
}

// PutIfAbsent implements Store.
func (m *Memory) PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (current []byte, stored bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	if current := unseal(m.entries[key], m.now()); current != nil {
		return current, false, nil
	}
	m.entries[key] = seal(value, m.now().Add(ttl))
	return nil, true, nil
}

// Swap implements Store.
func (m *Memory) Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return false, err
	}
	current := unseal(m.entries[key], m.now())
	if current == nil || !bytes.Equal(current, old) {
		return false, nil
	}
	m.entries[key] = seal(value, m.now().Add(ttl))
	return true, nil
}

// Delete implements Store.
func (m *Memory) Delete(ctx context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	delete(m.entries, key)
	return nil
}

// Each implements Store.
func (m *Memory) Each(ctx context.Context, prefix string, see func(key string, value []byte) error) error {
	m.mu.Lock()
	found := map[string][]byte{}
	for key, raw := range m.entries {
		if value := unseal(raw, m.now()); value != nil && strings.HasPrefix(key, prefix) {
			found[key] = value
		}
	}
	m.mu.Unlock()
	for key, value := range found {
		if err := errors.Join(ctx.Err(), see(key, value)); err != nil {
			return err
		}
	}
	return nil
}

// Close implements Store.
func (m *Memory) Close() error { return nil }
