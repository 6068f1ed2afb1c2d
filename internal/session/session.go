// Package session keeps what a customer's session must remember on the server: a gorilla
// sessions.Store over a small keyed store, and the wizard token that names the session where
// cookies are off.
package session

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"okoshko/internal/store"
)

// The cookies of the two kinds of session: a form that is being filled in, and a customer who has
// signed in. They carry the __Host- prefix: browsers take such a cookie only over a secure connection,
// for this host alone, from no subdomain.
const (
	CookieName    = "__Host-okoshko"
	AccountCookie = "__Host-okoshko-me"
)

// ErrEnded says that a session has ended while its request was under way.
var ErrEnded = errors.New("session: it has ended")

// Options are what a Store is made of.
type Options struct {
	Backend  store.Store
	Keys     [][]byte      // the first signs, all verify; each at least 32 bytes
	Lifetime time.Duration // of a session that nobody uses; default 30 minutes
	Cookie   string        // default CookieName; sessions of different cookies are kept apart
	Now      func() time.Time
}

// Store implements sessions.Store. A cookie and a token hold nothing but a signed id.
type Store struct {
	backend  store.Store
	now      func() time.Time
	lifetime time.Duration
	name     string
	cookie   []securecookie.Codec
	token    []securecookie.Codec
}

const minKey = 32

// New makes a Store.
func New(o Options) (*Store, error) {
	if len(o.Keys) == 0 {
		return nil, errors.New("session: no key")
	}
	if o.Lifetime == 0 {
		o.Lifetime = 30 * time.Minute
	}
	if o.Cookie == "" {
		o.Cookie = CookieName
	}
	s := &Store{backend: o.Backend, now: o.Now, lifetime: o.Lifetime, name: o.Cookie}
	for _, key := range o.Keys {
		if len(key) < minKey {
			return nil, fmt.Errorf("session: a key has %d bytes, at least %d are needed", len(key), minKey)
		}
		s.cookie = append(s.cookie, codec(key))
		s.token = append(s.token, codec(key))
	}
	return s, nil
}

// codec signs with HMAC-SHA-256 and leaves age to us, who have a clock that tests can set.
func codec(key []byte) securecookie.Codec {
	return securecookie.New(key, nil).MaxAge(0).SetSerializer(securecookie.JSONEncoder{})
}

// randomID has 192 bits.
func randomID() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Get implements sessions.Store: the session of a request, from the request's registry.
func (s *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New implements sessions.Store: the session that the cookie names. A cookie that is not ours,
// was signed by a key long gone or names a session that has ended is no error: the customer gets
// a new session.
func (s *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	cookie, err := r.Cookie(name)
	if err == nil {
		var id string
		if securecookie.DecodeMulti(name, cookie.Value, &id, s.cookie...) == nil {
			return s.load(r.Context(), name, id)
		}
	}
	return s.blank(name, randomID()), nil
}

// Save implements sessions.Store: it keeps the session and hands its id to the browser. MaxAge
// below zero ends it.
func (s *Store) Save(r *http.Request, w http.ResponseWriter, sess *sessions.Session) error {
	return s.save(r, w, sess, s.backend.Put)
}

// put writes a session into the backend.
type put func(ctx context.Context, key string, value []byte, ttl time.Duration) error

func (s *Store) save(r *http.Request, w http.ResponseWriter, sess *sessions.Session, put put) error {
	if sess.Options.MaxAge < 0 {
		if err := s.backend.Delete(r.Context(), s.key(sess.ID)); err != nil {
			return fmt.Errorf("session: end: %w", err)
		}
		http.SetCookie(w, sessions.NewCookie(sess.Name(), "", sess.Options))
		return nil
	}
	values := make(map[string]json.RawMessage, len(sess.Values))
	for k, v := range sess.Values {
		name, ok1 := k.(string)
		raw, ok2 := v.(json.RawMessage)
		if !ok1 || !ok2 {
			return errors.New("session: a value was not put in by Set")
		}
		values[name] = raw
	}
	raw, err := json.Marshal(values)
	if err != nil {
		return fmt.Errorf("session: encode: %w", err)
	}
	if err := put(r.Context(), s.key(sess.ID), raw, s.lifetime); err != nil {
		return fmt.Errorf("session: keep: %w", err)
	}
	signed, err := securecookie.EncodeMulti(sess.Name(), sess.ID, s.cookie...)
	if err != nil {
		return fmt.Errorf("session: sign: %w", err)
	}
	http.SetCookie(w, sessions.NewCookie(sess.Name(), signed, sess.Options))
	return nil
}

// putOver writes over what stands there, and nothing where nothing stands. Errors: ErrEnded, also while the
// backend is away, when every session reads as ended.
func (s *Store) putOver(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	err := store.Update(ctx, s.backend, key, ttl, func(old []byte) ([]byte, error) {
		if old == nil {
			return nil, ErrEnded
		}
		return value, nil
	})
	if err != nil && !errors.Is(err, store.ErrContended) {
		return errors.Join(ErrEnded, err)
	}
	return err
}

// key is where a session stands. An id of one kind opens nothing of the other.
func (s *Store) key(id string) string {
	if s.name == CookieName {
		return "session/" + id
	}
	return "session/" + s.name + "/" + id
}

// blank is a session with nothing in it.
func (s *Store) blank(name, id string) *sessions.Session {
	sess := sessions.NewSession(s, name)
	sess.ID, sess.IsNew = id, true
	sess.Options = &sessions.Options{
		Path: "/", MaxAge: int(s.lifetime / time.Second), Secure: true, HttpOnly: true,
		// Sent inside a salon's frame where the browser allows it, and there in a jar of its own.
		SameSite: http.SameSiteNoneMode, Partitioned: true,
	}
	return sess
}

// load is the session under an id that we have signed, empty when it has ended.
func (s *Store) load(ctx context.Context, name, id string) (*sessions.Session, error) {
	sess := s.blank(name, id)
	raw, err := s.backend.Get(ctx, s.key(id))
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return sess, nil // ended, or the store is away: begin anew
	}
	var values map[string]json.RawMessage
	if json.Unmarshal(raw, &values) != nil {
		return sess, nil //nolint:nilerr // of an older version of the program: begin anew
	}
	for k, v := range values {
		sess.Values[k] = v
	}
	sess.IsNew = false
	return sess, nil
}

// Get reads a value that Set has put into a session.
func Get[T any](sess *sessions.Session, name string) (T, bool) {
	var v T
	raw, ok := sess.Values[name].(json.RawMessage)
	if !ok || json.Unmarshal(raw, &v) != nil {
		var none T
		return none, false
	}
	return v, true
}

// Set puts a value into a session; Save keeps it.
func Set(sess *sessions.Session, name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("session: %s: %w", name, err)
	}
	sess.Values[name] = json.RawMessage(raw)
	return nil
}
