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

// me is a request for a page of the account at one form.
type me struct {
	*page.Request
	at     *catalog.Company    // who sends the account's text messages, and whose phone helps
	who    *customers.Customer // nil: nobody has signed in
	token  session.Token       // of the form, in a changing request
	late   bool                // the form lay open for too long
	place  urls.Place          // where a customer who signs in goes on
	alerts []layout.Alert
}

// openMe reads a request for the account.
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
		v.Company = m.at
	}
	if m.who, err = s.Customers.Customer(c); err != nil {
		return nil, err
	}
	return m, nil
}

// Mine makes a handler of a page of the account for whoever has signed in; others are asked to.
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

// MineForm is the same for a changing request. Its form must have been made for this very session; one that has
// lain open for too long is to be shown again with what was typed.
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

// actMe names what a form of the account does.
func actMe(act string) string { return "me " + act }

// mint makes the token of a form of the account.
func (m *me) mint(c *fiber.Ctx, s *Handlers, act string) (string, error) {
	return s.Guard.Mint(c, session.Token{Form: m.Form.ID, Company: m.at.ID, Session: m.who.Mark(), Act: actMe(act)})
}

// unlessSignedOut passes an error on, but for those that say that the customer has signed out, or that the
// upstream has forgotten him: that ends the session here too, and asks to sign in again.
func (s *Handlers) unlessSignedOut(c *fiber.Ctx, m *me, err error) error {
	if !errors.Is(err, booking.ErrSignedOut) && !errors.Is(err, session.ErrEnded) {
		return err
	}
	if err := s.SignedIn.End(c, m.who.Session); err != nil {
		return err
	}
	return customers.ToSignIn(c, m.Form.ID, m.Choices.Lang)
}

// url is the address of one of the account's pages.
func (m *me) url(which urls.AccountPage, query ...string) string {
	return urls.With(urls.AccountOf(m.Form.ID, which), append([]string{urls.Param(urls.QueryLang, m.Choices.Lang)}, query...)...)
}

// wayURL is the address of one of the pages on the way in, which know where it leads.
func (m *me) wayURL(which urls.AccountPage, query ...string) string {
	if m.place != "" {
		query = append(query, m.place.Param())
	}
	return m.url(which, query...)
}

// base is the layout of a page of the account.
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

// said is what the page before has to say, by its name in the address.
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

// call is an error alert with the salon's phone, for what the widget cannot help with.
func (m *me) call(key string) layout.Alert {
	alert := layout.Alert{Kind: "error", Text: m.Text.T(key)}
	alert.Link = page.CallLink(m.at.Phone)
	return alert
}
