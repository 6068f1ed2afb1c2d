package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisPrefix begins every key, so that a server can serve other programs too.
const redisPrefix = "okoshko/"

const (
	redisDial    = time.Second
	redisAnswer  = time.Second
	redisWaiters = 64 // connections at most
)

// Redis is a Store in a Redis or Valkey server that several processes share. How safe a write is depends on how the
// operator runs the server. Entries expire by the server's clock.
type Redis struct {
	client *redis.Client
	sense  sense
}

// silent keeps the log free of the client library's own lines. Whatever fails is returned to the caller as an error.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

var silence = sync.OnceFunc(func() { redis.SetLogger(silent{}) })

// OpenRedis connects to the server at a URL such as redis://:password@host:6379/0. No error repeats the URL.
func OpenRedis(ctx context.Context, url string) (*Redis, error) {
	silence()
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("store: the URL is none of a Redis or Valkey server")
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = redisDial, redisAnswer, redisAnswer
	options.PoolSize, options.PoolTimeout = redisWaiters, redisAnswer
	options.ContextTimeoutEnabled = true
	// The client library would repeat a write whose answer was lost. The repeated write would find the value of the first
	// one and take it for somebody else's. So it is not repeated, and the caller gets the error.
	options.MaxRetries = -1
	r := &Redis{client: redis.NewClient(options)}
	if err := r.fits(ctx); err != nil {
		return nil, errors.Join(err, r.client.Close())
	}
	return r, nil
}

// fits says why a server cannot be the store: it does not answer, it is of a kind that is not supported, or the user may not do what
// the program does.
func (r *Redis) fits(ctx context.Context) error {
	if err := r.client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("store: the server does not answer: %w", told(err))
	}
	// A user who may not ask for it can be right all the same: what counts is tried below.
	info, _ := r.client.Info(ctx, "server", "replication").Result()
	switch {
	case word(info, "redis_mode") == "sentinel":
		return errors.New("store: this is the port of a sentinel, which stores nothing; name the server that it watches (sentinels are not supported: after a failover name the new one)")
	case word(info, "redis_mode") == "cluster":
		return errors.New("store: this server is a node of a cluster, which is not supported; use a single server, with replicas if you like")
	case word(info, "role") == "slave":
		return errors.New("store: this server is a replica, which takes no writes; name its primary")
	}
	return r.try(ctx)
}

// Advice returns what is unusual about a server that is to hold bookings, in words for its operator, and how full it is. A user who
// may not ask the server about itself gets no advice.
func (r *Redis) Advice(ctx context.Context) (full string, advice []string) {
	info, err := r.client.Info(ctx, "memory", "persistence").Result()
	if err != nil {
		return "", nil
	}
	const mib = 1 << 20
	used, most := number(info, "used_memory"), number(info, "maxmemory")
	full = fmt.Sprintf("%d MiB are used", used/mib)
	if most == 0 {
		advice = append(advice, "the server has no maxmemory, so nobody knows when it is nearly full")
	} else {
		full += fmt.Sprintf(" of %d", most/mib)
	}
	if policy := word(info, "maxmemory_policy"); policy != "" && policy != "noeviction" {
		advice = append(advice, "the server drops entries to make room (maxmemory-policy "+policy+"): an attempt that is dropped could be sent again; set noeviction")
	}
	if word(info, "aof_enabled") == "0" {
		advice = append(advice, "the server may lose the last writes when it ends (appendonly no): an attempt that was being sent could be sent again; set appendonly yes and appendfsync always")
	}
	return full, advice
}

// families begin the keys and channels that the program uses in a server: of the entries, of the budget of calls, and of the answers of
// the booking API that processes share. A user with rights to "okoshko*" has all of them.
var families = []string{redisPrefix, "okoshko-budget/", "okoshko-answers/"}

// try does once with keys of every family what the program does all the time.
func (r *Redis) try(ctx context.Context) error {
	const kept = 10 * time.Second
	for _, family := range families {
		key := family + "try"
		_, err := putIfAbsent.Run(ctx, r.client, []string{key}, "1", kept.Milliseconds()).Result()
		if errors.Is(err, redis.Nil) {
			err = nil
		}
		if err == nil {
			err = errors.Join(r.client.Get(ctx, key).Err(), r.client.Del(ctx, key).Err())
		}
		if err != nil {
			return fmt.Errorf("store: the server does not do what the program needs with keys that begin with %q: %w", family, told(err))
		}
	}
	if err := r.client.Time(ctx).Err(); err != nil {
		return fmt.Errorf("store: the server does not tell the time (TIME), by which processes share the calls: %w", told(err))
	}
	if err := r.client.Publish(ctx, "okoshko-answers/try", "").Err(); err != nil {
		return fmt.Errorf("store: the server does not let processes tell each other (PUBLISH to channels that begin with \"okoshko-answers\"): %w", told(err))
	}
	return nil
}

// replies say in words what a server answers, by the word that its answer begins with.
var replies = map[string]string{
	"NOAUTH": "it asks for a password", "WRONGPASS": "it does not know this user and password", "NOPERM": "its ACL does not allow this user to do it",
	"OOM": "it is full (maxmemory)", "READONLY": "it is a replica, which takes no writes", "LOADING": "it still reads its data", "MISCONF": "it cannot write to its disk",
	"MOVED": "it is a node of a cluster, which is not supported", "CLUSTERDOWN": "it is a node of a cluster, which is not supported",
	"CROSSSLOT": "it is a node of a cluster, which is not supported", "MASTERDOWN": "it is a replica without its primary", "BUSY": "it runs a script that does not end",
}

// reply is the refusal of a server. Its text repeats nothing of the server's, which quotes the arguments of a command that it does not
// know: keys and values, secrets among them.
type reply struct{ by redis.Error }

// Error implements error.
func (r reply) Error() string {
	code, _, _ := strings.Cut(r.by.Error(), " ")
	if words, ok := replies[code]; ok {
		return words
	}
	return "it refuses the command"
}

// Unwrap gives the cause.
func (r reply) Unwrap() error { return r.by }

// told is an error that can be shown.
func told(err error) error {
	if refusal, ok := errors.AsType[redis.Error](err); ok {
		return reply{refusal}
	}
	return err
}

// Client is the connection, for what processes share besides the entries.
func (r *Redis) Client() *redis.Client { return r.client }

var (
	putIfAbsent = redis.NewScript(`
local current = redis.call('GET', KEYS[1])
if current then return current end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false`)
	swap = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)
)

// Get implements Store.
func (r *Redis) Get(ctx context.Context, key string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	value, err := r.client.Get(ctx, redisPrefix+key).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, ErrNotFound
	}
	return value, failure("get", err)
}

// Put implements Store.
func (r *Redis) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return failure("put", r.client.Set(ctx, redisPrefix+key, plain(value), atLeast(ttl)).Err())
}

// PutIfAbsent implements Store.
func (r *Redis) PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (current []byte, stored bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	text, err := putIfAbsent.Run(ctx, r.client, []string{redisPrefix + key}, plain(value), atLeast(ttl).Milliseconds()).Text()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, true, nil
	case err != nil:
		return nil, false, failure("put if absent", err)
	default:
		return []byte(text), false, nil
	}
}

// Swap implements Store.
func (r *Redis) Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	n, err := swap.Run(ctx, r.client, []string{redisPrefix + key}, plain(old), plain(value), atLeast(ttl).Milliseconds()).Int()
	return n == 1, failure("swap", err)
}

// Delete implements Store.
func (r *Redis) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return failure("delete", r.client.Del(ctx, redisPrefix+key).Err())
}

// eachScan is how many keys the server looks at for each call of Each, about.
const eachScan = 1000

// Each implements Store. The server's own scan may tell a key twice.
func (r *Redis) Each(ctx context.Context, prefix string, see func(key string, value []byte) error) error {
	seen := map[string]bool{}
	for cursor := uint64(0); ; {
		keys, next, err := r.client.Scan(ctx, cursor, redisPrefix+prefix+"*", eachScan).Result()
		if err != nil {
			return failure("each", err)
		}
		keys = slices.DeleteFunc(keys, func(key string) bool {
			twice := seen[key]
			seen[key] = true
			return twice
		})
		if len(keys) > 0 {
			values, err := r.client.MGet(ctx, keys...).Result()
			if err != nil {
				return failure("each", err)
			}
			for i, value := range values {
				text, there := value.(string)
				if !there {
					continue // it has expired since
				}
				if err := see(strings.TrimPrefix(keys[i], redisPrefix), []byte(text)); err != nil {
					return err
				}
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// Close implements Store.
func (r *Redis) Close() error { return r.client.Close() }

// plain turns nil into the empty value that it means.
func plain(value []byte) []byte {
	if value == nil {
		return []byte{}
	}
	return value
}

// atLeast is a time to live of at least the shortest time that the server counts.
func atLeast(ttl time.Duration) time.Duration { return max(ttl, time.Millisecond) }

func failure(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: %s: %w", op, told(err))
}
