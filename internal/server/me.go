package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/sessions"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/puzzle"
	"okoshko/internal/session"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// How long a customer stays signed in.
const (
	AccountIdle = 30 * time.Minute // without a request
	accountLife = 12 * time.Hour   // at all
	// accountNoted is how exactly the last request is noted, so that not every page writes to the store.
	accountNoted = time.Minute
)

// signedIn is what the server remembers of a customer who has signed in. The token in it is the
// customer's at the upstream: it stands in the store and nowhere else.
type signedIn struct {
	account.Customer
	Since time.Time `json:"since"`
	Seen  time.Time `json:"seen"`

	Puzzle *puzzle.Puzzle `json:"puzzle,omitempty"` // to be solved before a code is sent to a new phone; nil = none

	NewPhone string    `json:"new_phone,omitempty"` // that a code was sent to
	CodeSent time.Time `json:"code_sent,omitzero"`
}

const signedInKey = "account"

// account is the session of a customer who has signed in.
type customerSession struct {
	signedIn
	session *sessions.Session
}

// ending is when the customer will be signed out unless something is asked for, nil when nothing can put it off
// or nobody has signed in.
func (a *customerSession) ending(now time.Time, v *pageRequest) *layout.Ending {
	if a == nil {
		return nil
	}
	left := AccountIdle - now.Sub(a.Seen)
	if accountLife-now.Sub(a.Since) < left {
		return nil
	}
	return &layout.Ending{Seconds: int(left / time.Second), Text: v.text.T("widget.me.ending"), More: layout.Link{Title: v.text.T("widget.me.stay"), URL: accountURL(v.form.ID, v.Choices.Lang)}}
}

// mark names the session in the forms that are made for it, without telling its id.
func (a *customerSession) mark() string {
	sum := sha256.Sum256([]byte("account|" + a.session.ID))
	return hex.EncodeToString(sum[:16])
}

// customer is the customer who sends a request, nil when nobody has signed in or the time is over.
func (s *Server) customer(c *fiber.Ctx) (*customerSession, error) {
	sess, err := s.SignedIn.FromRequest(c)
	if err != nil {
		return nil, err
	}
	in, ok := session.Get[signedIn](sess, signedInKey)
	if !ok || in.Token == "" {
		return nil, nil
	}
	a := &customerSession{in, sess}
	now := s.Now()
	if now.Sub(in.Since) > accountLife || now.Sub(in.Seen) > AccountIdle {
		return nil, s.SignedIn.End(c, sess)
	}
	if now.Sub(in.Seen) >= accountNoted {
		a.Seen = now
		if err := s.keepCustomer(c, a); errors.Is(err, session.ErrEnded) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	return a, nil
}

// keepCustomer keeps what is known of a customer, unless he has signed out meanwhile. Errors: session.ErrEnded.
func (s *Server) keepCustomer(c *fiber.Ctx, a *customerSession) error {
	if err := session.Set(a.session, signedInKey, a.signedIn); err != nil {
		return err
	}
	return s.SignedIn.KeepOn(c, a.session)
}

// signIn begins the session of a customer.
func (s *Server) signIn(c *fiber.Ctx, who account.Customer) error {
	sess, err := s.SignedIn.FromRequest(c)
	if err != nil {
		return err
	}
	now := s.Now()
	return s.renew(c, &customerSession{signedIn{Customer: who, Since: now, Seen: now}, sess})
}

// renew keeps a customer under an id that nobody has seen before.
func (s *Server) renew(c *fiber.Ctx, a *customerSession) error {
	if err := s.SignedIn.Renew(c, a.session); err != nil {
		return err
	}
	if err := session.Set(a.session, signedInKey, a.signedIn); err != nil {
		return err
	}
	return s.SignedIn.Keep(c, a.session)
}

// me is a request for a page of the account at one form.
type me struct {
	*pageRequest
	at     *catalog.Company // who sends the account's text messages, and whose phone helps
	who    *customerSession // nil: nobody has signed in
	token  session.Token    // of the form, in a changing request
	late   bool             // the form lay open for too long
	place  urls.Place       // where a customer who signs in goes on
	alerts []layout.Alert
}

// toSignIn leads whoever has to sign in there, and says why when it comes in the middle of something.
// Afterwards it goes on where it was.
func toSignIn(c *fiber.Ctx, form int, lang string) error {
	var query []string
	if c.Cookies(session.AccountCookie) != "" || c.Method() == fiber.MethodPost {
		query = append(query, urls.QuerySay+"=out")
	}
	if place := urls.PlaceIn(c.Path(), c.Params(urls.PathForm)); place != "" {
		query = append(query, place.Param())
	}
	return c.Redirect(urls.With(accountURL(form, lang), query...), fiber.StatusSeeOther)
}

// openMe reads a request for the account.
func (s *Server) openMe(c *fiber.Ctx) (*me, error) {
	id, ok := plainID(c.Params(urls.PathForm))
	if !ok {
		return nil, fiber.ErrNotFound
	}
	form, err := s.Catalog.Bookform(c.UserContext(), id)
	if err != nil {
		return nil, err
	}
	v := s.newRequest(c, form, flow.Choices{Lang: s.language(c, form, c.Query(urls.QueryLang))}, urls.Account)
	companies, err := s.companiesOf(c, v)
	if err != nil {
		return nil, err
	}
	company := form.CompanyID
	if !slices.Contains(companies, company) && len(companies) > 0 {
		company = companies[0]
	}
	m := &me{pageRequest: v, place: urls.ParsePlace(c.Query(urls.QueryTo))}
	if m.at, err = s.Catalog.Company(c.UserContext(), v.lang, company); err != nil {
		return nil, err
	}
	if form.GroupID == 0 {
		v.Company = m.at
	}
	if m.who, err = s.customer(c); err != nil {
		return nil, err
	}
	return m, nil
}

// mine makes a handler of a page of the account for whoever has signed in; others are asked to.
func (s *Server) mine(show func(*fiber.Ctx, *me) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		m, err := s.openMe(c)
		if err != nil {
			return err
		}
		if m.who == nil {
			return toSignIn(c, m.form.ID, m.Choices.Lang)
		}
		return s.unlessSignedOut(c, m, show(c, m))
	}
}

// mineForm is the same for a changing request. Its form must have been made for this very session; one that has
// lain open for too long is to be shown again with what was typed.
func (s *Server) mineForm(act string, handle func(*fiber.Ctx, *me) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		m, err := s.openMe(c)
		if err != nil {
			return err
		}
		if m.who == nil {
			return toSignIn(c, m.form.ID, m.Choices.Lang)
		}
		m.token, err = s.token(c, m.form.ID, actMe(act))
		m.late = errors.Is(err, session.ErrTokenExpired)
		if err != nil && !m.late || m.token.Session != m.who.mark() {
			return fiber.ErrForbidden
		}
		if !m.late {
			s.pay(c, m.token)
		} else {
			m.alerts = append(m.alerts, layout.Alert{Kind: "error", Text: m.text.T("widget.notice.expired")})
		}
		return s.unlessSignedOut(c, m, handle(c, m))
	}
}

// actMe names what a form of the account does.
func actMe(act string) string { return "me " + act }

// mint makes the token of a form of the account.
func (m *me) mint(c *fiber.Ctx, s *Server, act string) (string, error) {
	return s.mint(c, session.Token{Form: m.form.ID, Company: m.at.ID, Session: m.who.mark(), Act: actMe(act)})
}

// unlessSignedOut passes an error on, but for those that say that the customer has signed out, or that the
// upstream has forgotten him: that ends the session here too, and asks to sign in again.
func (s *Server) unlessSignedOut(c *fiber.Ctx, m *me, err error) error {
	if !errors.Is(err, booking.ErrSignedOut) && !errors.Is(err, session.ErrEnded) {
		return err
	}
	if err := s.SignedIn.End(c, m.who.session); err != nil {
		return err
	}
	return toSignIn(c, m.form.ID, m.Choices.Lang)
}

// url is the address of one of the account's pages.
func (m *me) url(page urls.AccountPage, query ...string) string {
	return urls.With(urls.AccountOf(m.form.ID, page), append([]string{urls.Param(urls.QueryLang, m.Choices.Lang)}, query...)...)
}

// wayURL is the address of one of the pages on the way in, which know where it leads.
func (m *me) wayURL(page urls.AccountPage, query ...string) string {
	if m.place != "" {
		query = append(query, m.place.Param())
	}
	return m.url(page, query...)
}

// accountURL is the account at a form.
func accountURL(form int, lang string) string {
	return inLang(urls.AccountOf(form, urls.AccountVisits), lang)
}

// base is the layout of a page of the account.
func (m *me) base(c *fiber.Ctx, s *Server, heading string) layout.Base {
	m.page, m.self = urls.Account, hereWith(c)
	if m.place != "" {
		m.self = urls.With(m.self, m.place.Param())
	}
	b := s.privateBase(c, m.pageRequest, heading)
	b.Alerts = append(append(m.alerts, m.said(c)...), b.Alerts...)
	b.Ending = m.who.ending(s.Now(), m.pageRequest)
	return b
}

// said is what the page before has to say, by its name in the address.
func (m *me) said(c *fiber.Ctx) []layout.Alert {
	switch c.Query(urls.QuerySay) {
	case "saved":
		return []layout.Alert{{Kind: "info", Text: m.text.T("widget.me.saved")}}
	case "left":
		return []layout.Alert{{Kind: "info", Text: m.text.T("widget.me.left")}}
	case "out":
		return []layout.Alert{{Kind: "error", Text: m.text.T("widget.me.signed_out")}}
	}
	return nil
}

// call is an error alert with the salon's phone, for what the widget cannot help with.
func (m *me) call(key string) layout.Alert {
	alert := layout.Alert{Kind: "error", Text: m.text.T(key)}
	alert.Link = callLink(m.at.Phone)
	return alert
}
