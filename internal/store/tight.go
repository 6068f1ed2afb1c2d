package store

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	timing "okoshko/internal/clock"
)

// sense remembers for some seconds whether a store is nearly full. The first caller after that time finds it out, while
// the others get the old answer.
type sense struct {
	mu   sync.Mutex
	busy bool
	full bool
	age  func() time.Duration // since it was last found out; nil = never
}

// senseFor is how long an answer is used.
const senseFor = 5 * time.Second

func (s *sense) tight(find func() (full, ok bool)) bool {
	s.mu.Lock()
	if known := s.full; s.busy || s.age != nil && s.age() < senseFor {
		s.mu.Unlock()
		return known
	}
	s.busy = true
	s.mu.Unlock()
	full, ok := find()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy, s.age = false, timing.Stopwatch()
	if ok {
		s.full = full
	}
	return s.full
}

// diskReserve is the room on the disk that is left to what is proven, in bytes.
const diskReserve = 64 << 20

// Tight says whether the disk is nearly full.
func (f *File) Tight() bool {
	return f.sense.tight(func() (full, ok bool) {
		free, err := diskFree(filepath.Dir(f.path))
		return free < diskReserve, err == nil
	})
}

// Tight says whether the server uses four fifths of the memory that it may use.
func (r *Redis) Tight() bool {
	return r.sense.tight(func() (full, ok bool) {
		ctx, cancel := context.WithTimeout(context.Background(), redisAnswer)
		defer cancel()
		info, err := r.client.Info(ctx, "memory").Result()
		if err != nil {
			return false, false
		}
		used, most := number(info, "used_memory"), number(info, "maxmemory")
		return most > 0 && used*5 >= most*4, true
	})
}

// number is a number in the server's information about itself, and 0 when there is none of that name.
func number(info, name string) int64 {
	n, _ := strconv.ParseInt(word(info, name), 10, 64)
	return n
}

// word is a word in the server's information about itself, and "" when there is none of that name.
func word(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
