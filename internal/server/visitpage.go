package server

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/session"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// visitPage is a request about one visit from somebody who may see it: the holder of its link, or its
// customer, signed in.
type visitPage struct {
	*pageRequest
	visit   *booking.Visit
	change  booking.Change   // the last one made here; the zero one when there was none
	address urls.Visit       // where the visit's pages are
	who     *customerSession // nil: the link alone opens it
	token   session.Token    // of the form, in a changing request
	expired bool             // the form lay open for too long
}

// isRecordPage says whether a request is for a page that its address alone opens. Such a page is framed
// by nobody and asks nothing of others, so that its address stays with its owner.
func isRecordPage(c *fiber.Ctx) bool { return urls.IsRecordLink(c.Path()) }

// isPrivatePage says whether a request is for a page that belongs to one person.
func isPrivatePage(c *fiber.Ctx) bool { return urls.IsPrivate(c.Path()) }

// What a request for a visit gets that opens none.
var (
	// errNoVisit is the one answer to a wrong hash, a wrong id, a wrong company, another's path and
	// whatever else there is no visit behind. Its page says nothing of which it was.
	errNoVisit = errors.New("server: no such visit for this link")
	// errTooOften says that somebody tries links.
	errTooOften = errors.New("server: too many links without a visit")
)

// visitPage makes a handler of a page of a visit. The visit is read with the hash of its link before
// anything else is done, and every way in which there may be none ends in the same answer.
func (s *Server) visitPage(show func(*fiber.Ctx, *visitPage) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		o, err := s.openVisit(c, s.Desk.Open)
		if err != nil {
			return s.askToSignIn(c, err)
		}
		return show(c, o)
	}
}

// visitForm makes a handler of a changing request about a visit: it must carry a token of ours for this
// very act and visit, and open the visit all the same. One that has expired is shown its form again.
func (s *Server) visitForm(act string, handle func(*fiber.Ctx, *visitPage) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		form, _ := plainID(c.Params(urls.PathForm))
		token, err := s.token(c, form, actOn(act, c.Params(urls.PathCompany), c.Params(urls.PathRecord)))
		expired := errors.Is(err, session.ErrTokenExpired)
		if err != nil && !expired {
			return fiber.ErrForbidden
		}
		if !expired {
			s.pay(c, token)
		}
		o, err := s.openVisit(c, s.Desk.OpenToChange)
		if err != nil {
			return s.askToSignIn(c, err)
		}
		if o.who != nil && token.Session != o.who.mark() {
			return fiber.ErrForbidden // made for another session
		}
		o.token, o.expired = token, expired
		if expired {
			o.notices = append(o.notices, noticeExpired)
		}
		return handle(c, o)
	}
}

// askToSignIn passes an error on, but for the one that says that nobody has signed in, or no longer.
func (s *Server) askToSignIn(c *fiber.Ctx, err error) error {
	form, ok := plainID(c.Params(urls.PathForm))
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
	return toSignIn(c, form, lang)
}

// actOn names what a form does to which visit.
func actOn(act, company, record string) string { return act + " " + company + " " + record }

// mint makes the token of a form that changes the visit.
func (o *visitPage) mint(c *fiber.Ctx, s *Server, act string) (string, error) {
	holder := session.NewNonce()
	if o.who != nil {
		holder = o.who.mark()
	}
	return s.mint(c, session.Token{
		Form: o.form.ID, Company: o.Company.ID, Session: holder, Act: actOn(act, strconv.Itoa(o.visit.Company), strconv.Itoa(o.visit.ID)),
	})
}

// opener reads a visit by its key: to show it, or to change it.
type opener func(ctx context.Context, lang string, key booking.Key, zone *time.Location) (*booking.Visit, error)

// openVisit reads the visit of a request.
func (s *Server) openVisit(c *fiber.Ctx, read opener) (*visitPage, error) {
	company, _ := plainID(c.Params(urls.PathCompany))
	record, _ := plainID(c.Params(urls.PathRecord))
	return s.openVisitOf(c, read, booking.Key{Company: company, Record: record, Hash: c.Params(urls.PathHash)})
}

// openVisitOf reads the visit of a key, or on the account's pages of the customer who has signed in.
func (s *Server) openVisitOf(c *fiber.Ctx, read opener, key booking.Key) (*visitPage, error) {
	form, ok1 := plainID(c.Params(urls.PathForm))
	company, ok2 := plainID(c.Params(urls.PathCompany))
	record, ok3 := plainID(c.Params(urls.PathRecord))
	hash := key.Hash
	o := &visitPage{}
	if !isRecordPage(c) {
		var err error
		if o.who, err = s.customer(c); err != nil {
			return nil, err
		}
		if o.who == nil {
			return nil, booking.ErrSignedOut
		}
		key = booking.Key{Company: company, Record: record, UserToken: o.who.Token}
	}
	if !ok1 || !ok2 || !ok3 || o.who == nil && !flow.PlainHash(hash) {
		forgetRequest(c) // the answer must not depend on how far the request got
		return nil, s.miss(c, nil)
	}
	if err := s.mayLook(c, key); err != nil {
		return nil, err
	}
	v, err := s.atCompany(c, form, company)
	if err == nil {
		o.pageRequest, o.address = v, urls.Visit{Form: form, Company: company, Record: record, Hash: hash}
		if o.who != nil {
			o.address.Hash = ""
		}
		if o.visit, err = read(c.UserContext(), v.lang, key, v.Company.Location); err == nil {
			if o.change, err = s.Desk.LookIntoChange(c.UserContext(), o.visit); err != nil {
				s.Log.Warn("last change of a visit", "id", requestID(c), "error", err)
			}
			o.visit = o.visit.After(o.change)
			return o, nil
		}
	}
	if errors.Is(err, booking.ErrNoRecord) || catalog.ProblemOf(err) == catalog.ProblemNotFound {
		forgetRequest(c)
		return nil, s.miss(c, &key)
	}
	return nil, err
}

// atCompany is a visit with nothing chosen at one of a form's own companies. Another salon's company
// is no company here, so that one salon's address never shows what belongs to another.
func (s *Server) atCompany(c *fiber.Ctx, formID, companyID int) (*pageRequest, error) {
	form, err := s.Catalog.Bookform(c.UserContext(), formID)
	if err != nil {
		return nil, err
	}
	v := s.newRequest(c, form, flow.Choices{Lang: s.language(c, form, c.Query(urls.QueryLang))}, urls.Record)
	companies, err := s.companiesOf(c, v)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(companies, companyID) {
		return nil, booking.ErrNoRecord
	}
	company, err := s.Catalog.Company(c.UserContext(), v.lang, companyID)
	if err != nil {
		return nil, err
	}
	v.Company = company
	return v, nil
}

// companiesOf are the companies that a form books at.
func (s *Server) companiesOf(c *fiber.Ctx, v *pageRequest) ([]int, error) {
	if v.form.GroupID == 0 {
		return []int{v.form.CompanyID}, nil
	}
	companies, err := s.Catalog.Companies(c.UserContext(), v.lang, v.form.GroupID)
	if err != nil {
		return nil, err
	}
	ids := make([]int, len(companies))
	for i, company := range companies {
		ids[i] = company.ID
	}
	return ids, nil
}

// plainID reads an id as links have them: digits alone, so that no id has two addresses.
func plainID(s string) (int, bool) {
	const longest = 12 // digits; the upstream's ids have nine by now
	if s == "" || len(s) > longest || s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// url is the address of one of the visit's pages.
func (o *visitPage) url(page urls.VisitPage, query ...string) string {
	return urls.With(o.address.Path(page), append([]string{urls.Param(urls.QueryLang, o.Choices.Lang)}, query...)...)
}

// inLang is an address in a language, "" being no language in particular.
func inLang(address, lang string) string {
	if lang == "" {
		return address
	}
	return urls.With(address, urls.Param(urls.QueryLang, lang))
}

// privateBase is the layout of a page that belongs to one person.
func (s *Server) privateBase(c *fiber.Ctx, v *pageRequest, heading string) layout.Base {
	if v.self == "" {
		v.self = hereWith(c, urls.QueryDate, urls.QueryFrom, urls.QueryMonth, urls.QuerySlot)
	}
	b := s.base(c, v, heading)
	b.Private, b.Progress, b.Summary = true, nil, nil
	return b
}

// base is the layout of a visit's page.
func (o *visitPage) base(c *fiber.Ctx, s *Server, heading string) layout.Base {
	b := s.privateBase(c, o.pageRequest, heading)
	b.Ending = o.who.ending(s.Now(), o.pageRequest)
	return b
}
