package wishes

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/server/codes"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/session"
	"okoshko/internal/urls"
	"okoshko/internal/waiting"
	"okoshko/web/templates/layout"
)

// Act is what the token of a form that asks for a wish is for.
const Act = "wish"

// ShowForm shows the form that asks for a new visit's time, or says that an e-mail was sent.
func (s *Handlers) ShowForm(c *fiber.Ctx) error {
	v, a, err := s.read(c)
	if err != nil || v == nil {
		return err
	}
	return s.Answer(c, v, a)
}

// SubmitForm takes the form.
func (s *Handlers) SubmitForm(c *fiber.Ctx) error {
	form, _ := input.PlainID(c.Params(urls.PathForm))
	token, err := s.Guard.Token(c, form, Act)
	expired := errors.Is(err, session.ErrTokenExpired)
	if err != nil && !expired {
		return fiber.ErrForbidden
	}
	v, a, err := s.read(c)
	if err != nil || v == nil {
		return err
	}
	return s.Submit(c, v, a, token, expired)
}

// read reads what a form of a bookform is about. It redirects to the step that comes before, and returns nil then.
func (s *Handlers) read(c *fiber.Ctx) (*page.Request, Subject, error) {
	v, err := s.Pages.Read(c, flow.Datetime)
	switch {
	case err != nil:
		return nil, Subject{}, err
	case !s.offers().Any():
		return nil, Subject{}, fiber.ErrNotFound
	case v.ToEvents(flow.Datetime):
		return nil, Subject{}, s.Pages.RedirectEvents(c, v)
	case v.Company == nil || len(v.Services) == 0 || v.GroupEvent != nil:
		return nil, Subject{}, s.Pages.Redirect(c, v, v.Open)
	}
	v.Page = urls.Wish
	v.Choices.Slot = time.Time{} // its day stays
	a := Subject{Services: v.Choices.Services, Master: v.Choices.Master, Day: v.Choices.Date, URL: v.PageURL(urls.Wish, 0, v.Choices)}
	for _, service := range v.Services {
		a.Titles = append(a.Titles, service.Title)
	}
	a.Masters = s.masters(c.UserContext(), v)
	if v.Journey.Has(flow.Master) && a.Master != 0 && len(a.Masters) == 0 && v.Master != nil {
		a.Fixed = v.Master.Name
	}
	a.Back = layout.Back{Label: v.Text.T("widget.back", "step", v.Text.T("widget.step.datetime")), URL: v.Next(v.Choices)}
	a.Mint = func() (string, error) {
		return s.Guard.Mint(c, session.Token{Form: v.Form.ID, Company: v.Company.ID, Session: session.NewNonce(), Act: Act})
	}
	return v, a, nil
}

// masters returns those who can be waited for. The page of times has asked for the same list; while calls are scarce only that one
// is used.
func (s *Handlers) masters(ctx context.Context, v *page.Request) []catalog.Master {
	if !v.Journey.Has(flow.Master) || v.Sole[flow.Master] {
		return nil
	}
	if s.Catalog.Scarce() {
		ctx, _ = catalog.OnlyCached(ctx)
	}
	all, _ := s.Catalog.Masters(ctx, v.Lang, v.Company, catalog.Filter{Services: v.Choices.Services}) // without a list, anybody is waited for
	var out []catalog.Master
	for _, m := range all {
		if v.Form.BarsMaster(&m) == catalog.BarNone {
			out = append(out, m)
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// Submit takes a filled-in form. The answer is the same whether an address waits already or is sent nothing more, so that nobody learns
// of anybody's wishes.
func (s *Handlers) Submit(c *fiber.Ctx, v *page.Request, a Subject, token session.Token, expired bool) error {
	t := readTyped(c)
	switch {
	case input.Switching(c):
		return s.show(c, v, a, t, nil)
	case expired:
		v.Notices = append(v.Notices, page.NoticeExpired)
		return s.show(c, v, a, t, nil)
	case !s.offers().Any():
		return fiber.ErrNotFound
	case input.Field(c, codes.Decoy) != "": // a program fills in every field
		return c.Redirect(urls.With(a.URL, urls.Param(urls.QuerySay, saySent)), fiber.StatusSeeOther)
	}
	w, wrong := s.wish(v, a, t)
	if len(wrong) > 0 {
		for name, key := range wrong {
			wrong[name] = v.Text.T(key)
		}
		return s.show(c, v, a, t, wrong)
	}
	if err := s.Guard.Age(c, token); err != nil {
		return err
	}
	var err error
	if w.Consent, err = s.agreed(c, v, w); err != nil {
		return err
	}
	w, err = s.Desk.Ask(c.UserContext(), w, s.Guard.Rings(c))
	if refused, ok := errors.AsType[*waiting.Refused](err); ok {
		s.Log.Info("wish refused", "id", response.RequestID(c), "form", v.Form.ID, "reason", refused.Reason)
		name, text := refusal(v, refused)
		return s.show(c, v, a, t, map[string]string{name: text})
	}
	if err != nil {
		return err
	}
	if w.Channel.Push != nil {
		return c.Redirect(page.InLang(urls.WishOf(w.Secret, urls.WishShown), v.Choices.Lang), fiber.StatusSeeOther)
	}
	return c.Redirect(urls.With(a.URL, urls.Param(urls.QuerySay, saySent)), fiber.StatusSeeOther)
}

// agreed keeps the words that the visitor has agreed to, with the salon's agreement that they lead to. While that cannot be read, the
// words alone are what is known.
func (s *Handlers) agreed(c *fiber.Ctx, v *page.Request, w waiting.Wish) (waiting.Consent, error) {
	words := []string{v.Text.T("widget.wish.push_consent")}
	if w.Channel.Push == nil {
		box := consent(v)
		words[0] = box.Label + box.After
		if box.Link != nil {
			agreement, err := s.Catalog.Privacy(c.UserContext(), v.Lang, v.Company.ID)
			if err != nil {
				s.Log.Warn("agreement not read", "id", response.RequestID(c), "company", v.Company.ID, "error", err)
			}
			words = []string{box.Label + box.Link.Title + box.After, agreement}
		}
	}
	version, err := s.Booking.KeepAgreement(c.UserContext(), string(i18n.Returned([]byte(strings.Join(words, "\n\n")))))
	return waiting.Consent{Version: version, Lang: v.Text.Lang()}, err
}

// controls are the names of the controls by the fields that a refusal names.
var controls = map[waiting.Field]string{
	waiting.FieldFrom: fieldFrom, waiting.FieldTo: fieldTo, waiting.FieldHours: fieldHours, waiting.FieldEmail: fieldEmail, waiting.FieldConsent: fieldConsent,
}

// refusal returns the control that a refusal is about, "" for the form as a whole, and what is wrong in words.
func refusal(v *page.Request, r *waiting.Refused) (control, text string) {
	control = controls[r.Field]
	switch r.Reason {
	case waiting.ReasonFull:
		return "", v.Text.T("widget.wish.errors.full")
	case waiting.ReasonLimit:
		return "", v.Text.T("widget.wish.errors.limit")
	case waiting.ReasonFar:
		return control, v.Text.N("widget.wish.errors.far", waiting.MaxDays)
	case waiting.ReasonPast:
		return control, v.Text.T("widget.wish.errors.past")
	case waiting.ReasonMissing, waiting.ReasonInvalid, waiting.ReasonOff:
	}
	switch control {
	case fieldTo:
		return control, v.Text.T("widget.wish.errors.order")
	case fieldEmail:
		return control, v.Text.T("confirm.errors.email.invalid")
	case fieldConsent:
		return control, v.Text.T("widget.wish.errors.consent")
	case "":
		return control, v.Text.T("widget.wish.errors.off")
	}
	return control, v.Text.T("widget.wish.errors.choose")
}
