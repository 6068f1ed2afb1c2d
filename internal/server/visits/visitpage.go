package visits

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/server/customers"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/session"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// visitPage is the state of a request about one visit. The sender may see the visit, because the request has the visit's
// hash or comes from its customer, who has signed in.
type visitPage struct {
	*page.Request
	visit   *booking.Visit
	change  booking.Change      // the last one made here; zero when there was none
	address urls.Visit          // where the visit's pages are
	who     *customers.Customer // nil when the visit was opened by its link
	token   session.Token       // of the form; for a changing request
	expired bool                // whether the token has expired
}

// VisitPage makes a Fiber handler for a page of a visit. It reads the visit with the hash of its link first. Every link that
// opens no visit gets the same answer.
func (s *Handlers) VisitPage(show func(*fiber.Ctx, *visitPage) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		o, err := s.openVisit(c, s.Desk.Open)
		if err != nil {
			return s.askToSignIn(c, err)
		}
		return show(c, o)
	}
}

// VisitForm makes a Fiber handler for a form that changes a visit. The form must have a token for the act and the visit, and
// its link must open the visit. With an expired token, the handler shows the form again.
func (s *Handlers) VisitForm(act string, handle func(*fiber.Ctx, *visitPage) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		form, _ := input.PlainID(c.Params(urls.PathForm))
		token, err := s.Guard.Token(c, form, actOn(act, c.Params(urls.PathCompany), c.Params(urls.PathRecord)))
		expired := errors.Is(err, session.ErrTokenExpired)
		if err != nil && !expired {
			return fiber.ErrForbidden
		}
		if !expired {
			s.Guard.Pay(c, token)
		}
		o, err := s.openVisit(c, s.Desk.OpenToChange)
		if err != nil {
			return s.askToSignIn(c, err)
		}
		if o.who != nil && token.Session != o.who.Mark() {
			return fiber.ErrForbidden // made for another session
		}
		o.token, o.expired = token, expired
		if expired {
			o.Notices = append(o.Notices, page.NoticeExpired)
		}
		return handle(c, o)
	}
}

// askToSignIn returns an error unchanged, except booking.ErrSignedOut. Then it ends the session and redirects to sign in.
func (s *Handlers) askToSignIn(c *fiber.Ctx, err error) error {
	form, ok := input.PlainID(c.Params(urls.PathForm))
	if !ok || !errors.Is(err, booking.ErrSignedOut) {
		return err
	}
	sess, err := s.SignedIn.FromRequest(c)
	if err != nil {
		return err
	}
	if err := s.SignedIn.End(c, sess); err != nil {
		return err
	}
	lang, _ := i18n.Canonical(c.Query(urls.QueryLang))
	return customers.ToSignIn(c, form, lang)
}

// actOn returns the act in the token of a form that changes a visit.
func actOn(act, company, record string) string { return act + " " + company + " " + record }

// mint makes the token of a form that changes the visit.
func (o *visitPage) mint(c *fiber.Ctx, s *Handlers, act string) (string, error) {
	holder := session.NewNonce()
	if o.who != nil {
		holder = o.who.Mark()
	}
	return s.Guard.Mint(c, session.Token{
		Form: o.Form.ID, Company: o.Company.ID, Session: holder, Act: actOn(act, strconv.Itoa(o.visit.Company), strconv.Itoa(o.visit.ID)),
	})
}

// opener reads a visit by its key: to show it, or to change it.
type opener func(ctx context.Context, lang string, key booking.Key, zone *time.Location) (*booking.Visit, error)

// openVisit reads the visit of a request.
func (s *Handlers) openVisit(c *fiber.Ctx, read opener) (*visitPage, error) {
	company, _ := input.PlainID(c.Params(urls.PathCompany))
	record, _ := input.PlainID(c.Params(urls.PathRecord))
	return s.openVisitOf(c, read, booking.Key{Company: company, Record: record, Hash: c.Params(urls.PathHash)})
}

// openVisitOf reads the visit of a key. For a page of the account it uses the token of the customer who has signed in.
func (s *Handlers) openVisitOf(c *fiber.Ctx, read opener, key booking.Key) (*visitPage, error) {
	form, ok1 := input.PlainID(c.Params(urls.PathForm))
	company, ok2 := input.PlainID(c.Params(urls.PathCompany))
	record, ok3 := input.PlainID(c.Params(urls.PathRecord))
	hash := key.Hash
	o := &visitPage{}
	if !guard.IsRecordPage(c) {
		var err error
		if o.who, err = s.Customers.Customer(c); err != nil {
			return nil, err
		}
		if o.who == nil {
			return nil, booking.ErrSignedOut
		}
		key = booking.Key{Company: company, Record: record, UserToken: o.who.Token}
	}
	if !ok1 || !ok2 || !ok3 || o.who == nil && !flow.PlainHash(hash) {
		page.Forget(c) // the answer must not depend on how far the request got
		return nil, s.Guard.Miss(c, nil)
	}
	if err := s.Guard.MayLook(c, key); err != nil {
		return nil, err
	}
	v, err := s.Pages.ReadCompany(c, form, company)
	if err == nil {
		o.Request, o.address = v, urls.Visit{Form: form, Company: company, Record: record, Hash: hash}
		if o.who != nil {
			o.address.Hash = ""
		}
		if o.visit, err = read(c.UserContext(), v.Lang, key, v.Company.Location); err == nil {
			if o.change, err = s.Desk.LookIntoChange(c.UserContext(), o.visit); err != nil {
				s.Log.Warn("last change of a visit", "id", response.RequestID(c), "error", err)
			}
			o.visit = o.visit.After(o.change)
			return o, nil
		}
	}
	if errors.Is(err, booking.ErrNoRecord) || catalog.ProblemOf(err) == catalog.ProblemNotFound {
		page.Forget(c)
		return nil, s.Guard.Miss(c, &key)
	}
	return nil, err
}

// url returns the address of one of the visit's pages.
func (o *visitPage) url(which urls.VisitPage, query ...string) string {
	return urls.With(o.address.Path(which), append([]string{urls.Param(urls.QueryLang, o.Choices.Lang)}, query...)...)
}

// base returns the layout of a visit's page.
func (o *visitPage) base(c *fiber.Ctx, s *Handlers, heading string) layout.Base {
	b := s.Pages.PrivateBase(c, o.Request, heading)
	b.Ending = o.who.Ending(s.Now(), o.Request)
	return b
}
