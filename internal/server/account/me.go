package account

import (
	"errors"
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/customers"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/session"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// me is the state of a request for a page of the account at one form.
type me struct {
	*page.Request
	at     *catalog.Company    // the company that sends the account's text messages and whose phone is shown
	who    *customers.Customer // nil: the sender has not signed in
	token  session.Token       // of the form; for a changing request
	late   bool                // whether the token has expired
	place  urls.Place          // the page that a customer returns to after signing in
	alerts []layout.Alert
}

// openMe reads a request for a page of the account.
func (s *Handlers) openMe(c *fiber.Ctx) (*me, error) {
	id, ok := input.PlainID(c.Params(urls.PathForm))
	if !ok {
		return nil, fiber.ErrNotFound
	}
	form, err := s.Catalog.Bookform(c.UserContext(), id)
	if err != nil {
		return nil, err
	}
	v := s.Pages.New(c, form, flow.Choices{Lang: s.Pages.Language(c, form, c.Query(urls.QueryLang))}, urls.Account)
	companies, err := s.Pages.CompaniesOf(c, v)
	if err != nil {
		return nil, err
	}
	company := form.CompanyID
	if !slices.Contains(companies, company) && len(companies) > 0 {
		company = companies[0]
	}
	m := &me{Request: v, place: urls.ParsePlace(c.Query(urls.QueryTo))}
	if m.at, err = s.Catalog.Company(c.UserContext(), v.Lang, company); err != nil {
		return nil, err
	}
	if form.GroupID == 0 {
		v.At(m.at)
	}
	if m.who, err = s.Customers.Customer(c); err != nil {
		return nil, err
	}
	return m, nil
}

// Mine makes a Fiber handler for a page of the account. A customer who has not signed in is redirected to sign in.
func (s *Handlers) Mine(show func(*fiber.Ctx, *me) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		m, err := s.openMe(c)
		if err != nil {
			return err
		}
		if m.who == nil {
			return customers.ToSignIn(c, m.Form.ID, m.Choices.Lang)
		}
		return s.unlessSignedOut(c, m, show(c, m))
	}
}

// MineForm makes a Fiber handler for a form of the account. The form's token must be made for the same session. With an
// expired token, me.late is set, and the handler shows the form again with what was typed.
func (s *Handlers) MineForm(act string, handle func(*fiber.Ctx, *me) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		m, err := s.openMe(c)
		if err != nil {
			return err
		}
		if m.who == nil {
			return customers.ToSignIn(c, m.Form.ID, m.Choices.Lang)
		}
		m.token, err = s.Guard.Token(c, m.Form.ID, actMe(act))
		m.late = errors.Is(err, session.ErrTokenExpired)
		if err != nil && !m.late || m.token.Session != m.who.Mark() {
			return fiber.ErrForbidden
		}
		if !m.late {
			s.Guard.Pay(c, m.token)
		} else {
			m.alerts = append(m.alerts, layout.Alert{Kind: "error", Text: m.Text.T("widget.notice.expired")})
		}
		return s.unlessSignedOut(c, m, handle(c, m))
	}
}

// actMe returns the act in the token of a form of the account.
func actMe(act string) string { return "me " + act }

// mint makes the token of a form of the account.
func (m *me) mint(c *fiber.Ctx, s *Handlers, act string) (string, error) {
	return s.Guard.Mint(c, session.Token{Form: m.Form.ID, Company: m.at.ID, Session: m.who.Mark(), Act: actMe(act)})
}

// unlessSignedOut returns an error unchanged, except one that says that the customer has signed out or that the upstream no
// longer accepts the customer's token. Then it ends the session and redirects to sign in.
func (s *Handlers) unlessSignedOut(c *fiber.Ctx, m *me, err error) error {
	if !errors.Is(err, booking.ErrSignedOut) && !errors.Is(err, session.ErrEnded) {
		return err
	}
	if err := s.SignedIn.End(c, m.who.Session); err != nil {
		return err
	}
	return customers.ToSignIn(c, m.Form.ID, m.Choices.Lang)
}

// url returns the address of a page of the account.
func (m *me) url(which urls.AccountPage, query ...string) string {
	return urls.With(urls.AccountOf(m.Form.ID, which), append([]string{urls.Param(urls.QueryLang, m.Choices.Lang)}, query...)...)
}

// wayURL returns the address of a page for signing in, which names the page that the customer returns to.
func (m *me) wayURL(which urls.AccountPage, query ...string) string {
	if m.place != "" {
		query = append(query, m.place.Param())
	}
	return m.url(which, query...)
}

// base returns the layout of a page of the account.
func (m *me) base(c *fiber.Ctx, s *Handlers, heading string) layout.Base {
	m.Page, m.Self = urls.Account, input.HereWith(c)
	if m.place != "" {
		m.Self = urls.With(m.Self, m.place.Param())
	}
	b := s.Pages.PrivateBase(c, m.Request, heading)
	b.Alerts = append(append(m.alerts, m.said(c)...), b.Alerts...)
	b.Ending = m.who.Ending(s.Now(), m.Request)
	return b
}

// said returns the alert that the address names: what the request before this one has done.
func (m *me) said(c *fiber.Ctx) []layout.Alert {
	switch c.Query(urls.QuerySay) {
	case "saved":
		return []layout.Alert{{Kind: "info", Text: m.Text.T("widget.me.saved")}}
	case "left":
		return []layout.Alert{{Kind: "info", Text: m.Text.T("widget.me.left")}}
	case "out":
		return []layout.Alert{{Kind: "error", Text: m.Text.T("widget.me.signed_out")}}
	}
	return nil
}

// call returns an error alert with the salon's phone, for problems that only the salon can solve.
func (m *me) call(key string) layout.Alert {
	alert := layout.Alert{Kind: "error", Text: m.Text.T(key)}
	alert.Link = page.CallLink(m.Text, m.at.Phone)
	return alert
}
