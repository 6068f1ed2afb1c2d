package session

import (
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/sessions"
)

// bridge is as much of an HTTP request and response as gorilla/sessions needs: cookies in, headers out. Fiber has
// requests and responses of its own.
type bridge struct {
	request http.Request
	header  http.Header
}

type bridgeKey struct{}

var root = &url.URL{Path: "/"}

// bridgeOf is the bridge of a request, which is made once.
func bridgeOf(c *fiber.Ctx) *bridge {
	if b, ok := c.Locals(bridgeKey{}).(*bridge); ok {
		return b
	}
	b := &bridge{header: http.Header{}}
	b.request.Method, b.request.URL, b.request.Header = http.MethodGet, root, http.Header{}
	// Header.Cookie sees every Cookie line, and string copies out of Fiber's buffer.
	for _, name := range []string{CookieName, AccountCookie} {
		if v := c.Request().Header.Cookie(name); len(v) > 0 {
			b.request.Header.Add("Cookie", name+"="+string(v))
		}
	}
	b.request = *b.request.WithContext(c.UserContext())
	c.Locals(bridgeKey{}, b)
	return b
}

// Header implements http.ResponseWriter.
func (b *bridge) Header() http.Header { return b.header }

// Write implements http.ResponseWriter. A session writes headers only.
func (b *bridge) Write([]byte) (int, error) { panic("session: a session wrote a body") }

// WriteHeader implements http.ResponseWriter.
func (b *bridge) WriteHeader(int) { panic("session: a session wrote a status") }

// FromRequest is the session that the request's cookie names, or a new session.
func (s *Store) FromRequest(c *fiber.Ctx) (*sessions.Session, error) {
	return s.Get(&bridgeOf(c).request, s.name)
}

// ByID is the session that a verified token names. A session that has ended begins anew under the same id.
func (s *Store) ByID(c *fiber.Ctx, id string) (*sessions.Session, error) {
	return s.load(c.UserContext(), s.name, id)
}

// End ends a session and removes its cookie.
func (s *Store) End(c *fiber.Ctx, sess *sessions.Session) error {
	sess.Options.MaxAge = -1
	return s.Keep(c, sess)
}

// Renew gives a session a new id. It is called at sign-in, after which only the browser that signed in may know the id.
func (s *Store) Renew(c *fiber.Ctx, sess *sessions.Session) error {
	if err := s.backend.Delete(c.UserContext(), s.key(sess.ID)); err != nil {
		return err
	}
	sess.ID = randomID()
	return nil
}

// Hold saves a session that a token names, and sends no cookie.
func (s *Store) Hold(c *fiber.Ctx, sess *sessions.Session) error {
	return s.Save(&bridgeOf(c).request, &bridge{header: http.Header{}}, sess)
}

// Keep saves a session and sends its cookie. It must be called before the body is sent.
func (s *Store) Keep(c *fiber.Ctx, sess *sessions.Session) error {
	return s.keep(c, sess, s.backend.Put)
}

// KeepOn is Keep for a session that must not begin again after it has ended: while a request is under way, the customer
// may sign out by another one. Errors: ErrEnded.
func (s *Store) KeepOn(c *fiber.Ctx, sess *sessions.Session) error {
	return s.keep(c, sess, s.putOver)
}

func (s *Store) keep(c *fiber.Ctx, sess *sessions.Session, put put) error {
	b := bridgeOf(c)
	clear(b.header)
	if err := s.save(&b.request, b, sess, put); err != nil {
		return err
	}
	for _, v := range b.header["Set-Cookie"] {
		c.Response().Header.Add(fiber.HeaderSetCookie, v)
	}
	return nil
}
