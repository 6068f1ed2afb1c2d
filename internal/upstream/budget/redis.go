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
	usedKey   = "okoshko-budget/used"
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

// seatKept is for how long it is known when a process was heard last that is not heard of any more. Afterwards it counts as one that
// was never heard of.
const seatKept = 3 * time.Minute

// unseen is how many calls the processes together may have made since the answer by which one of them knows how many are used, at
// most: those of a beat and of the time in which an answer comes.
const unseen = 2

// take: KEYS are the calls, the calls below P0, when each process was heard last, the factor, and how many calls were used when it
// was. ARGV are the process (empty when it is quiet), the call, the rooms of all in a second and a minute, those of the asker's like
// (0 for P0), the number of processes, for how many microseconds a process that was heard of is alive, how many a second and a minute
// last, how many a process is remembered, and for how many seconds' calls a process may not have heard of the others'. It answers with
// the microseconds to wait, the calls of the last minute, those that are not P0's, the factor and the calls of the last second.
//
// A process that is not heard of may be cut off and still running. What it may call then (Shared.keepToShare) is left to it: of the
// minute in which it lost the log, its part of what was not used when it was heard last; from then on as many in each second as its
// share of a second is, up to its share of a minute. The next minute counts already, because what is let through now counts in it.
// A process that begins takes the place of the one that was not heard of for the shortest time. Nobody knows whether it is
// another one; the one that is left then is the one to which more is left.
var take = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local quiet, processes = ARGV[1] == '', tonumber(ARGV[7])
local last = string.format('%.0f', now - ARGV[8])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[11])
if not quiet then
  if not redis.call('ZSCORE', KEYS[3], ARGV[1]) then
    local before = redis.call('ZREVRANGEBYSCORE', KEYS[3], last, '-inf', 'LIMIT', 0, 1)[1]
    if before then redis.call('ZREM', KEYS[3], before) end
  end
  redis.call('ZADD', KEYS[3], now, ARGV[1])
end
local missing = processes - redis.call('ZCOUNT', KEYS[3], '(' .. last, '+inf')
if missing <= 0 then redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', last) end
for i = 1, 2 do redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - ARGV[10]) end
local factor = redis.call('GET', KEYS[4]) or '1'
local function answer(wait)
  local lately = redis.call('ZCOUNT', KEYS[1], string.format('(%.0f', now - 1000000), '+inf')
  local used = redis.call('ZCARD', KEYS[1])
  if not quiet then redis.call('HSET', KEYS[5], ARGV[1], used) end
  redis.call('PEXPIRE', KEYS[3], 200000)
  redis.call('PEXPIRE', KEYS[5], 200000)
  return {wait, used, redis.call('ZCARD', KEYS[2]), factor, lately}
end
local inSecond, inMinute = tonumber(ARGV[3]), tonumber(ARGV[4])
if inSecond == 0 then return answer(0) end
local ofSecond, ofMinute = 1, 1
if not quiet and missing > 0 then
  local share, each = math.max(1, math.floor(inMinute / processes)), math.max(1, math.floor(inSecond / processes))
  local left = missing * share
  local unheard = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', last, 'WITHSCORES', 'LIMIT', 0, missing)
  for i = 1, #unheard, 2 do
    local used = tonumber(redis.call('HGET', KEYS[5], unheard[i]) or '0')
    local first = math.max(0, math.floor((inMinute - used + ARGV[12] * inSecond) / processes))
    local since = math.ceil((now - unheard[i + 1]) / ARGV[9] * each)
    left = left - share + math.min(share, first + since)
  end
  ofSecond, ofMinute = (inSecond - missing * each) / inSecond, (inMinute - left) / inMinute
end
local wait = 0
local function need(key, room, length, part)
  room = math.max(1, math.floor(room * part))
  if redis.call('ZCOUNT', key, string.format('(%.0f', now - length), '+inf') < room then return end
  local e = redis.call('ZRANGE', key, -room, -room, 'WITHSCORES')
  wait = math.max(wait, tonumber(e[2]) + length - now)
end
need(KEYS[1], inSecond, ARGV[9], ofSecond)
need(KEYS[1], inMinute, ARGV[10], ofMinute)
local looks = tonumber(ARGV[5]) > 0
if looks then
  need(KEYS[2], ARGV[5], ARGV[9], ofSecond)
  need(KEYS[2], ARGV[6], ARGV[10], ofMinute)
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
	answer, err := take.Run(ctx, r.client, []string{callsKey, lookedKey, aliveKey, factorKey, usedKey},
		process, call, rooms.Second, rooms.Minute, rooms.LookSecond, rooms.LookMinute, r.processes, Alive.Microseconds(), second.Microseconds(), minute.Microseconds(),
		seatKept.Microseconds(), unseen).Slice()
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
