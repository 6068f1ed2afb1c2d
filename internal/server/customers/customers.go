// Package customers has the sessions of customers who have signed in.
package customers

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/sessions"

	"okoshko/internal/account"
	"okoshko/internal/puzzle"
	"okoshko/internal/server/page"
	"okoshko/internal/session"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// Sessions reads and stores the sessions of customers who have signed in.
type Sessions struct {
	SignedIn *session.Store
	Now      func() time.Time
}

// How long a customer stays signed in.
const (
	AccountIdle = 30 * time.Minute // after the last request
	accountLife = 12 * time.Hour   // after signing in
	// accountNoted is how old the stored time of the last request may be, so that not every page writes to the store.
	accountNoted = time.Minute
)

// signedIn is what a session holds of a customer who has signed in. It has the customer's token for the upstream, which is in
// the store and nowhere else.
type signedIn struct {
	account.Customer
	Since time.Time `json:"since"`
	Seen  time.Time `json:"seen"`

	Puzzle *puzzle.Puzzle `json:"puzzle,omitempty"` // must be solved before a code is sent to a new phone; nil = none

	NewPhone string    `json:"new_phone,omitempty"` // the phone that a code was sent to
	CodeSent time.Time `json:"code_sent,omitzero"`
}

const signedInKey = "account"

// Customer is a customer who has signed in, with the session.
type Customer struct {
	signedIn
	Session *sessions.Session
}

// Ending returns the warning that the customer will be signed out without a further request. It is nil when accountLife ends
// the session first, which no request can put off, and when a is nil.
func (a *Customer) Ending(now time.Time, v *page.Request) *layout.Ending {
	if a == nil {
		return nil
	}
	left := AccountIdle - now.Sub(a.Seen)
	if accountLife-now.Sub(a.Since) < left {
		return nil
	}
	return &layout.Ending{Seconds: int(left / time.Second), Text: v.Text.T("widget.me.ending"), Done: v.Text.T("widget.me.stayed"), More: layout.Link{Title: v.Text.T("widget.me.stay"), URL: page.AccountURL(v.Form.ID, v.Choices.Lang)}}
}

// Mark names the session in its forms' tokens. It is a hash, so it does not disclose the session's id.
func (a *Customer) Mark() string {
	sum := sha256.Sum256([]byte("account|" + a.Session.ID))
	return hex.EncodeToString(sum[:16])
}

// Customer returns the customer who sends a request. It is nil without an error when the sender has not signed in, or was
// signed in for too long.
func (s *Sessions) Customer(c *fiber.Ctx) (*Customer, error) {
	sess, err := s.SignedIn.FromRequest(c)
	if err != nil {
		return nil, err
	}
	in, ok := session.Get[signedIn](sess, signedInKey)
	if !ok || in.Token == "" {
		return nil, nil
	}
	a := &Customer{in, sess}
	now := s.Now()
	if now.Sub(in.Since) > accountLife || now.Sub(in.Seen) > AccountIdle {
		return nil, s.SignedIn.End(c, sess)
	}
	if now.Sub(in.Seen) >= accountNoted {
		a.Seen = now
		if err := s.KeepCustomer(c, a); errors.Is(err, session.ErrEnded) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	return a, nil
}

// KeepCustomer stores a customer's session. When the customer has signed out meanwhile, the error is session.ErrEnded.
func (s *Sessions) KeepCustomer(c *fiber.Ctx, a *Customer) error {
	if err := session.Set(a.Session, signedInKey, a.signedIn); err != nil {
		return err
	}
	return s.SignedIn.KeepOn(c, a.Session)
}

// SignIn begins the session of a customer, under a new id.
func (s *Sessions) SignIn(c *fiber.Ctx, who account.Customer) error {
	sess, err := s.SignedIn.FromRequest(c)
	if err != nil {
		return err
	}
	now := s.Now()
	return s.Renew(c, &Customer{signedIn{Customer: who, Since: now, Seen: now}, sess})
}

// Renew stores a customer's session under a new id, so that an id that others may have seen is worth nothing.
func (s *Sessions) Renew(c *fiber.Ctx, a *Customer) error {
	if err := s.SignedIn.Renew(c, a.Session); err != nil {
		return err
	}
	if err := session.Set(a.Session, signedInKey, a.signedIn); err != nil {
		return err
	}
	return s.SignedIn.Keep(c, a.Session)
}

// ToSignIn redirects to the page for signing in. The page says why when the customer was signed in before or has sent a form.
// After signing in the customer returns to the same page.
func ToSignIn(c *fiber.Ctx, form int, lang string) error {
	var query []string
	if c.Cookies(session.AccountCookie) != "" || c.Method() == fiber.MethodPost {
		query = append(query, urls.QuerySay+"=out")
	}
	if place := urls.PlaceIn(c.Path(), c.Params(urls.PathForm)); place != "" {
		query = append(query, place.Param())
	}
	return c.Redirect(urls.With(page.AccountURL(form, lang), query...), fiber.StatusSeeOther)
}
