// Package session keeps sessions on the server: what a visitor has typed into a form, and who has signed in. It is a
// gorilla sessions.Store over internal/store. A session is named by a cookie, and where cookies are off by the wizard
// token, a signed hidden field of every form.
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

// The cookies of the two kinds of session: of a visitor who fills in a form, and of a customer who has signed in.
// Browsers accept a cookie with the prefix __Host- only over a secure connection and only for this very host.
const (
	CookieName    = "__Host-okoshko"
	AccountCookie = "__Host-okoshko-me"
)

// ErrEnded says that a session has ended while its request was under way.
var ErrEnded = errors.New("session: it has ended")

// Options are the options of a Store.
type Options struct {
	Backend  store.Store
	Keys     [][]byte      // the first key signs, and all keys verify; each has at least 32 bytes
	Lifetime time.Duration // how long an unused session lives; default 30 minutes
	Cookie   string        // default CookieName; sessions of different cookies are separate
	Now      func() time.Time
}

// Store implements sessions.Store. A cookie and a token hold only a signed id.
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

// codec signs with HMAC-SHA-256. It does not check the age, because the Store has a clock that tests can set.
func codec(key []byte) securecookie.Codec {
	return securecookie.New(key, nil).MaxAge(0).SetSerializer(securecookie.JSONEncoder{})
}

// randomID has 192 bits.
func randomID() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Get implements sessions.Store: the session of a request, from the registry of the request.
func (s *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New implements sessions.Store: the session that the cookie names. A cookie that was not made here, that was signed with
// a key no longer known, or whose session has ended is no error. The visitor gets a new session.
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

// Save implements sessions.Store: it saves the session and sends its cookie. A MaxAge below zero ends the session.
func (s *Store) Save(r *http.Request, w http.ResponseWriter, sess *sessions.Session) error {
	return s.save(r, w, sess, s.backend.Put)
}

// put is the way in which a session is written into the backend.
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

// putOver writes over a session that is there, and writes nothing where there is none. Errors: ErrEnded, also when the
// backend cannot be reached, because then every session reads as ended.
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

// key is the key of a session in the backend. The id of one kind of session does not open a session of the other kind.
func (s *Store) key(id string) string {
	if s.name == CookieName {
		return "session/" + id
	}
	return "session/" + s.name + "/" + id
}

// blank is an empty session.
func (s *Store) blank(name, id string) *sessions.Session {
	sess := sessions.NewSession(s, name)
	sess.ID, sess.IsNew = id, true
	sess.Options = &sessions.Options{
		Path: "/", MaxAge: int(s.lifetime / time.Second), Secure: true, HttpOnly: true,
		// The cookie is sent within a salon's frame where the browser allows it, and is kept apart for each website
		// (Partitioned).
		SameSite: http.SameSiteNoneMode, Partitioned: true,
	}
	return sess
}

// load is the session of a verified id. It is empty when the session has ended.
func (s *Store) load(ctx context.Context, name, id string) (*sessions.Session, error) {
	sess := s.blank(name, id)
	raw, err := s.backend.Get(ctx, s.key(id))
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return sess, nil // it has ended, or the store cannot be reached: begin anew
	}
	var values map[string]json.RawMessage
	if json.Unmarshal(raw, &values) != nil {
		return sess, nil //nolint:nilerr // written by another version of the program: begin anew
	}
	for k, v := range values {
		sess.Values[k] = v
	}
	sess.IsNew = false
	return sess, nil
}

// Get reads a value of a session that Set has stored.
func Get[T any](sess *sessions.Session, name string) (T, bool) {
	var v T
	raw, ok := sess.Values[name].(json.RawMessage)
	if !ok || json.Unmarshal(raw, &v) != nil {
		var none T
		return none, false
	}
	return v, true
}

// Set stores a value in a session. Save writes the session.
func Set(sess *sessions.Session, name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("session: %s: %w", name, err)
	}
	sess.Values[name] = json.RawMessage(raw)
	return nil
}
