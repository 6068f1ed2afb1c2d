package store

import (
	"context"
	"errors"
	"fmt"
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
	if err := r.client.Ping(ctx).Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("store: the server does not answer: %w", err), r.client.Close())
	}
	return r, nil
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
	return fmt.Errorf("store: %s: %w", op, err)
}
