package budget

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is a Log in a Redis or Valkey server: an exact sliding log of calls, in one script, by the
// server's own clock.
type Redis struct {
	client    redis.Scripter
	set       func(ctx context.Context, key, value string, lasts time.Duration) error
	process   string
	processes int
	calls     atomic.Uint64
}

// The keys stand beside those of the store.
const (
	callsKey  = "okoshko-budget/calls"
	aliveKey  = "okoshko-budget/alive"
	factorKey = "okoshko-budget/factor"
)

// NewRedis makes a Log that so many processes share.
func NewRedis(client *redis.Client, processes int) *Redis {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	return &Redis{
		client: client, process: hex.EncodeToString(id[:]), processes: processes,
		set: func(ctx context.Context, key, value string, lasts time.Duration) error {
			return client.Set(ctx, key, value, lasts).Err()
		},
	}
}

// take: ARGV are the process, the call, the rooms in a second and a minute, the number of processes,
// for how many microseconds a process that was heard of is alive, and how many a second lasts. It answers with the microseconds to
// wait, the calls of the last minute and the factor.
var take = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[6])
redis.call('PEXPIRE', KEYS[2], 60000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60000000)
local used = redis.call('ZCARD', KEYS[1])
local factor = redis.call('GET', KEYS[3]) or '1'
local second, minute = tonumber(ARGV[3]), tonumber(ARGV[4])
if second == 0 then return {0, used, factor} end
local processes = tonumber(ARGV[5])
local part = math.min(redis.call('ZCARD', KEYS[2]), processes) / processes
second, minute = math.max(1, math.floor(second * part)), math.max(1, math.floor(minute * part))
local wait = 0
local function free(n, length)
  local e = redis.call('ZRANGE', KEYS[1], -n, -n, 'WITHSCORES')
  return tonumber(e[2]) + length - now
end
if used >= minute then wait = free(minute, 60000000) end
if redis.call('ZCOUNT', KEYS[1], string.format('(%.0f', now - ARGV[7]), '+inf') >= second then
  wait = math.max(wait, free(second, ARGV[7]))
end
if wait > 0 then return {wait, used, factor} end
redis.call('ZADD', KEYS[1], now, ARGV[2])
redis.call('PEXPIRE', KEYS[1], 61000)
return {0, used + 1, factor}`)

// Take implements Log.
func (r *Redis) Take(ctx context.Context, rooms Rooms) (Taken, error) {
	call := r.process + "-" + strconv.FormatUint(r.calls.Add(1), 36)
	answer, err := take.Run(ctx, r.client, []string{callsKey, aliveKey, factorKey},
		r.process, call, rooms.Second, rooms.Minute, r.processes, Alive.Microseconds(), second.Microseconds()).Slice()
	if err != nil {
		return Taken{}, fmt.Errorf("budget: take: %w", err)
	}
	var out Taken
	if len(answer) == 3 {
		wait, okWait := answer[0].(int64)
		used, okUsed := answer[1].(int64)
		text, okFactor := answer[2].(string)
		factor, err := strconv.ParseFloat(text, 64)
		if okWait && okUsed && okFactor && err == nil {
			out = Taken{Wait: time.Duration(wait) * time.Microsecond, Used: int(used), Factor: factor}
			return out, nil
		}
	}
	return out, fmt.Errorf("budget: take: answer %v", answer)
}

// Slow implements Log.
func (r *Redis) Slow(ctx context.Context, factor float64, lasts time.Duration) error {
	if err := r.set(ctx, factorKey, strconv.FormatFloat(factor, 'f', 3, 64), lasts); err != nil {
		return fmt.Errorf("budget: slow: %w", err)
	}
	return nil
}
