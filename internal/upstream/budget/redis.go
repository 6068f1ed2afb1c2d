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

// Redis is a Log in a Redis or Valkey server: an exact sliding log of calls, kept by one script and by the clock of the
// server.
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
	lookedKey = "okoshko-budget/looked"
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

// take: KEYS are the calls, the calls below P0, the processes, the factor. ARGV are the process
// (empty when it is quiet), the call, the rooms of all in a second and a minute, those of the asker's like (0 for P0), the number of
// processes, for how many microseconds a process that was heard of is alive, and how many a second and a minute
// last. It answers with the microseconds to wait, the calls of the last minute, those that are not P0's, the factor
// and the calls of the last second.
var take = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local quiet = ARGV[1] == ''
if not quiet then redis.call('ZADD', KEYS[3], now, ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[8])
redis.call('PEXPIRE', KEYS[3], 60000)
for i = 1, 2 do redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - ARGV[10]) end
local factor = redis.call('GET', KEYS[4]) or '1'
local function answer(wait)
  local lately = redis.call('ZCOUNT', KEYS[1], string.format('(%.0f', now - 1000000), '+inf')
  return {wait, redis.call('ZCARD', KEYS[1]), redis.call('ZCARD', KEYS[2]), factor, lately}
end
if tonumber(ARGV[3]) == 0 then return answer(0) end
local processes = tonumber(ARGV[7])
local part = quiet and 1 or math.min(redis.call('ZCARD', KEYS[3]), processes) / processes
local wait = 0
local function need(key, room, length)
  room = math.max(1, math.floor(room * part))
  if redis.call('ZCOUNT', key, string.format('(%.0f', now - length), '+inf') < room then return end
  local e = redis.call('ZRANGE', key, -room, -room, 'WITHSCORES')
  wait = math.max(wait, tonumber(e[2]) + length - now)
end
need(KEYS[1], ARGV[3], ARGV[9])
need(KEYS[1], ARGV[4], ARGV[10])
local looks = tonumber(ARGV[5]) > 0
if looks then
  need(KEYS[2], ARGV[5], ARGV[9])
  need(KEYS[2], ARGV[6], ARGV[10])
end
if wait > 0 then return answer(wait) end
for i = 1, looks and 2 or 1 do
  redis.call('ZADD', KEYS[i], now, ARGV[2])
  redis.call('PEXPIRE', KEYS[i], 62000)
end
return answer(0)`)

// Take implements Log.
func (r *Redis) Take(ctx context.Context, rooms Rooms) (Taken, error) {
	call := r.process + "-" + strconv.FormatUint(r.calls.Add(1), 36)
	process := r.process
	if rooms.Quiet {
		process = ""
	}
	answer, err := take.Run(ctx, r.client, []string{callsKey, lookedKey, aliveKey, factorKey},
		process, call, rooms.Second, rooms.Minute, rooms.LookSecond, rooms.LookMinute, r.processes, Alive.Microseconds(), second.Microseconds(), minute.Microseconds()).Slice()
	if err != nil {
		return Taken{}, fmt.Errorf("budget: take: %w", err)
	}
	var out Taken
	if len(answer) == 5 {
		wait, okWait := answer[0].(int64)
		used, okUsed := answer[1].(int64)
		looked, okLooked := answer[2].(int64)
		text, okFactor := answer[3].(string)
		factor, err := strconv.ParseFloat(text, 64)
		lately, okLately := answer[4].(int64)
		if okWait && okUsed && okLooked && okFactor && okLately && err == nil {
			out = Taken{Wait: time.Duration(wait) * time.Microsecond, Used: int(used), Looked: int(looked), Lately: int(lately), Factor: factor}
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
