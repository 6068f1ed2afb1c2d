package account

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/phone"
	"okoshko/internal/quota"
	"okoshko/internal/server/checkout"
	"okoshko/internal/server/codes"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// The acts of the profile's forms, which are also where they are.
const (
	ActProfile     = string(urls.AccountProfile)
	ActNewPhone    = string(urls.AccountNewPhone)
	ActNewPassword = string(urls.AccountNewPassword)
)

// fieldsPage is a page of the profile: one form with its fields.
func (s *Handlers) fieldsPage(c *fiber.Ctx, m *me, act, heading, submit string, fields ...pages.Field) (pages.SignInPage, error) {
	token, err := m.mint(c, s, act)
	if err != nil {
		return pages.SignInPage{}, err
	}
	return pages.SignInPage{
		Base: m.base(c, s, heading), Action: m.url(urls.AccountPage(act)), Token: token, Submit: submit, Fields: fields,
		Other: layout.Link{Title: m.Text.T("widget.me.back"), URL: m.url(urls.AccountVisits)},
	}, nil
}

// ShowProfile shows what the salon knows of the customer; the upstream is asked, because it may have
// been changed elsewhere.
func (s *Handlers) ShowProfile(c *fiber.Ctx, m *me) error {
	now, err := s.Accounts.Read(c.UserContext(), m.Lang, m.who.Token)
	if err != nil {
		return err
	}
	now.Token = m.who.Token
	if m.who.Customer != now {
		m.who.Customer = now
		if err := s.Customers.KeepCustomer(c, m.who); err != nil {
			return err
		}
	}
	return s.renderProfile(c, m, now.Name, now.Email, nil)
}

func (s *Handlers) renderProfile(c *fiber.Ctx, m *me, name, email string, wrong map[string]string) error {
	emailHelp := ""
	if m.who.Email != "" { // the upstream takes no e-mail away
		emailHelp = m.Text.T("widget.me.email_help")
	}
	view, err := s.fieldsPage(
		c, m, ActProfile, m.Text.T("header.you_data"), m.Text.T("widget.me.save"),
		pages.Field{Name: "fullname", Label: m.Text.T("widget.contact.name"), Type: "text", Value: name, Autocomplete: "name", MaxLength: page.MaxName, Required: true},
		pages.Field{
			Name: "email", Label: m.Text.T("confirm.email"), Type: "email", Value: email, Help: emailHelp, Autocomplete: "email", InputMode: "email", MaxLength: page.MaxEmail,
			Unmarked: m.who.Email != "",
		},
	)
	if err != nil {
		return err
	}
	view.Typed = true
	view.Text = m.Text.T("confirm.phone") + ": " + phone.Number(m.who.Phone).Masked()
	view.More = []layout.Link{
		{Title: m.Text.T("login.change_phone_num"), URL: m.url(urls.AccountNewPhone)},
		{Title: m.Text.T("widget.me.password.title"), URL: m.url(urls.AccountNewPassword)},
	}
	return m.renderFields(c, pages.SignInView, view, wrong)
}

// SubmitProfile changes name and e-mail.
func (s *Handlers) SubmitProfile(c *fiber.Ctx, m *me) error {
	typed := checkout.ContactForm{Fullname: input.TypedLine(input.Field(c, "fullname"), page.MaxName), Email: input.TypedPlain(input.Field(c, "email"), page.MaxEmail)}
	if m.late || input.Switching(c) {
		return s.renderProfile(c, m, typed.Fullname, typed.Email, nil)
	}
	wrong := map[string]string{}
	if typed.Fullname == "" {
		wrong["fullname"] = "confirm.errors.name.required"
	}
	switch {
	case typed.Email == "" && m.who.Email != "":
		wrong["email"] = "confirm.errors.email.required" // the upstream takes no e-mail away, it only changes it
	case typed.Email != "" && !input.PlainEmail(typed.Email):
		wrong["email"] = "confirm.errors.email.invalid"
	}
	if len(wrong) > 0 {
		return s.renderProfile(c, m, typed.Fullname, typed.Email, wrong)
	}
	err := s.Accounts.Rename(c.UserContext(), m.Lang, m.who.Token, typed.Fullname, typed.Email)
	if field, ok := errors.AsType[*account.FieldError](err); ok {
		wrong["email"] = "confirm.errors.email.invalid"
		if field.Field == booking.FieldName {
			wrong = map[string]string{"fullname": "confirm.errors.name.required"}
		}
		return s.renderProfile(c, m, typed.Fullname, typed.Email, wrong)
	}
	if err != nil && !errors.Is(err, booking.ErrSignedOut) {
		s.notSaved(c, m, err)
		return s.renderProfile(c, m, typed.Fullname, typed.Email, nil)
	}
	if err != nil {
		return err
	}
	m.who.Name, m.who.Email = typed.Fullname, typed.Email
	return s.saved(c, m)
}

// notSaved says that a change of the profile did not go through, and logs why.
func (s *Handlers) notSaved(c *fiber.Ctx, m *me, err error) {
	s.Log.Error("profile", "id", response.RequestID(c), "form", m.Form.ID, "error", err)
	m.alerts = append(m.alerts, m.call("widget.me.not_sent"))
}

// saved keeps the customer as changed and leads back to the profile.
func (s *Handlers) saved(c *fiber.Ctx, m *me) error {
	if err := s.Customers.KeepCustomer(c, m.who); err != nil {
		return err
	}
	return s.toSaved(c, m)
}

func (s *Handlers) toSaved(c *fiber.Ctx, m *me) error {
	return c.Redirect(m.url(urls.AccountProfile, urls.QuerySay+"=saved"), fiber.StatusSeeOther)
}

// ShowNewPhone asks for another phone.
func (s *Handlers) ShowNewPhone(c *fiber.Ctx, m *me) error { return s.renderNewPhone(c, m, "", "") }

func (s *Handlers) renderNewPhone(c *fiber.Ctx, m *me, typed, wrong string) error {
	view, err := s.fieldsPage(
		c, m, ActNewPhone, m.Text.T("login.change_phone_num"), m.Text.T("widget.me.sign_in.submit"),
		page.PhoneField(m.Text, m.at.Region, typed),
	)
	if err != nil {
		return err
	}
	view.Typed = true
	return m.renderFields(c, pages.SignInView, view, map[string]string{"phone": wrong})
}

// SubmitNewPhone takes the forms on the way to another phone: the phone and its code.
func (s *Handlers) SubmitNewPhone(c *fiber.Ctx, m *me) error {
	typed := input.TypedPlain(input.Field(c, "phone"), page.MaxPhone)
	switch {
	case m.late && typed == "" && m.who.NewPhone != "":
		return s.renderNewPhoneCode(c, m, "")
	case m.late:
		return s.renderNewPhone(c, m, typed, "")
	case input.Field(c, "edit") != "":
		return s.renderNewPhone(c, m, "", "")
	case input.Switching(c) && input.Field(c, "step") == "code" && m.who.NewPhone != "":
		return s.renderNewPhoneCode(c, m, "")
	case input.Switching(c):
		return s.renderNewPhone(c, m, typed, "")
	case input.Field(c, "resend") != "" && m.who.NewPhone != "":
		return s.sendNewPhoneCode(c, m, m.who.NewPhone, phone.Number(m.who.NewPhone).String())
	case input.Field(c, "step") == "code" && m.who.NewPhone != "":
		return s.submitNewPhoneCode(c, m)
	}
	number, ok := phone.Parse(typed, m.at.Region)
	if !ok {
		return s.renderNewPhone(c, m, typed, "confirm.errors.phone.incorrect")
	}
	return s.sendNewPhoneCode(c, m, string(number), typed)
}

// sendNewPhoneCode sends a code to the new phone, within the limits that hold for every message.
func (s *Handlers) sendNewPhoneCode(c *fiber.Ctx, m *me, phone, typed string) error {
	refusal, err := s.Codes.Send(c, codes.Request{
		Company: m.at.ID, Phone: phone, Form: m.token, Puzzle: &m.who.Puzzle,
		By: func(ctx context.Context) error {
			return s.Accounts.SendPhoneCode(ctx, m.Lang, m.who.Token, m.at.ID, phone)
		},
	})
	_, wrong := errors.AsType[*account.FieldError](err)
	switch {
	case refusal.Reason == codes.ReasonUnreachable:
		return s.renderNewPhone(c, m, typed, "widget.contact.unreachable")
	case refusal.Reason == booking.ReasonWait && m.who.NewPhone == phone:
		return s.renderNewPhoneCode(c, m, "") // the code of this very change went out a moment ago
	case refusal.Reason == booking.ReasonPuzzle:
		if err := s.Customers.KeepCustomer(c, m.who); err != nil {
			return err
		}
		return s.renderNewPhoneProve(c, m, typed)
	case !refusal.None():
		m.alerts = append(m.alerts, m.call("widget.notice.codes"))
		return s.renderNewPhone(c, m, typed, "")
	case wrong:
		return s.renderNewPhone(c, m, typed, "confirm.errors.phone.incorrect")
	case errors.Is(err, booking.ErrSignedOut):
		return err
	case err != nil:
		s.notSaved(c, m, err)
		return s.renderNewPhone(c, m, typed, "")
	}
	m.who.NewPhone, m.who.CodeSent = phone, s.Now()
	if err := s.Customers.KeepCustomer(c, m.who); err != nil {
		return err
	}
	return s.renderNewPhoneCode(c, m, "")
}

// renderNewPhoneProve asks for a proof before a code is sent.
func (s *Handlers) renderNewPhoneProve(c *fiber.Ctx, m *me, typed string) error {
	token, err := m.mint(c, s, ActNewPhone)
	if err != nil {
		return err
	}
	base := m.base(c, s, m.Text.T("widget.prove.title"))
	return response.Render(c, fiber.StatusOK, pages.PuzzleView(s.Codes.PuzzlePage(base, m.Text, codes.PuzzleMessage, m.url(urls.AccountNewPhone), token, m.who.Puzzle, pages.Hidden{Name: "phone", Value: typed})))
}

func (s *Handlers) renderNewPhoneCode(c *fiber.Ctx, m *me, wrong string) error {
	token, err := m.mint(c, s, ActNewPhone)
	if err != nil {
		return err
	}
	view := s.Codes.CodePage(m.base(c, s, m.Text.T("confirm.phone_confirm")), m.Text, m.url(urls.AccountNewPhone), token, m.who.NewPhone, m.who.CodeSent, wrong)
	return response.Render(c, response.RefusedStatus(wrong != "" || len(m.alerts) > 0), pages.CodeView(view))
}

// submitNewPhoneCode takes the code and changes the phone.
func (s *Handlers) submitNewPhoneCode(c *fiber.Ctx, m *me) error {
	code := codes.TypedCode(c)
	if code == "" {
		return s.renderNewPhoneCode(c, m, "confirm.errors.code.incorrect")
	}
	try, ok := s.mayTry(c, m, s.Codes.CodeTries(c, m.who.Mark(), m.who.NewPhone, m.who.CodeSent, true)...)
	if !ok {
		return s.renderNewPhoneCode(c, m, "")
	}
	unused, giveBack, err := s.Desk.SpendCode(c.UserContext(), m.who.NewPhone, code, m.token.Nonce)
	if err != nil {
		return err
	}
	if !unused {
		return s.renderNewPhoneCode(c, m, "confirm.errors.code.incorrect")
	}
	err = s.Accounts.ChangePhone(c.UserContext(), m.Lang, m.who.Token, m.who.NewPhone, code)
	s.tried(c, try, err)
	if err != nil {
		giveBack()
	}
	if _, ok := errors.AsType[*account.FieldError](err); ok {
		return s.renderNewPhoneCode(c, m, "confirm.errors.code.incorrect")
	}
	if err != nil && !errors.Is(err, booking.ErrSignedOut) {
		s.notSaved(c, m, err)
		return s.renderNewPhoneCode(c, m, "")
	}
	if err != nil {
		return err
	}
	m.who.Phone, m.who.NewPhone = m.who.NewPhone, ""
	return s.saved(c, m)
}

// ShowNewPassword asks for the present password and the next.
func (s *Handlers) ShowNewPassword(c *fiber.Ctx, m *me) error { return s.renderNewPassword(c, m, nil) }

func (s *Handlers) renderNewPassword(c *fiber.Ctx, m *me, wrong map[string]string) error {
	view, err := s.fieldsPage(
		c, m, ActNewPassword, m.Text.T("widget.me.password.title"), m.Text.T("widget.me.save"),
		pages.Field{
			Name: "current", Label: m.Text.T("widget.me.password.current"), Type: "password", Help: m.Text.T("widget.me.password.current_help"),
			Autocomplete: "current-password", MaxLength: maxPassword, Unmarked: true,
		},
		pages.Field{
			Name: "password", Label: m.Text.T("widget.me.password.new"), Type: "password", Help: m.Text.T("widget.me.password.new_help"),
			Autocomplete: "new-password", MaxLength: maxPassword, Required: true,
		},
	)
	if err != nil {
		return err
	}
	return m.renderFields(c, pages.SignInView, view, wrong)
}

// SubmitNewPassword changes the password. The upstream then knows the customer by another token: it
// takes the old one's place here, under another session id, and every other device is signed out.
func (s *Handlers) SubmitNewPassword(c *fiber.Ctx, m *me) error {
	if m.late {
		return s.renderNewPassword(c, m, nil)
	}
	current, next := input.Limited(input.Field(c, "current"), maxPassword), input.Field(c, "password")
	if n := utf8.RuneCountInString(next); n < minPassword || n > maxPassword {
		return s.renderNewPassword(c, m, map[string]string{"password": "widget.me.password.new_help"})
	}
	try, ok := s.mayTry(c, m, quota.Limit{Name: "try-password", Of: m.who.Phone, Max: triesOfPair, Window: tryWindow})
	if !ok {
		return s.renderNewPassword(c, m, nil)
	}
	token, err := s.Accounts.ChangePassword(c.UserContext(), m.Lang, m.who.Token, current, next)
	s.tried(c, try, err)
	if _, ok := errors.AsType[*account.FieldError](err); ok {
		return s.renderNewPassword(c, m, map[string]string{"current": "widget.me.password.wrong"})
	}
	if err != nil && !errors.Is(err, booking.ErrSignedOut) {
		s.notSaved(c, m, err)
		return s.renderNewPassword(c, m, nil)
	}
	if err != nil {
		return err
	}
	m.who.Token = token
	if err := s.Customers.Renew(c, m.who); err != nil {
		return err
	}
	return s.toSaved(c, m)
}
