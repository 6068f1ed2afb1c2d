package server

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/phone"
	"okoshko/internal/quota"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// The acts of the profile's forms, which are also where they are.
const (
	actProfile     = string(urls.AccountProfile)
	actNewPhone    = string(urls.AccountNewPhone)
	actNewPassword = string(urls.AccountNewPassword)
)

// fieldsPage is a page of the profile: one form with its fields.
func (s *Server) fieldsPage(c *fiber.Ctx, m *me, act, heading, submit string, fields ...pages.Field) (pages.SignInPage, error) {
	token, err := m.mint(c, s, act)
	if err != nil {
		return pages.SignInPage{}, err
	}
	return pages.SignInPage{
		Base: m.base(c, s, heading), Action: m.url(urls.AccountPage(act)), Token: token, Submit: submit, Fields: fields,
		Other: layout.Link{Title: m.text.T("widget.me.back"), URL: m.url(urls.AccountVisits)},
	}, nil
}

// showProfile shows what the salon knows of the customer; the upstream is asked, because it may have
// been changed elsewhere.
func (s *Server) showProfile(c *fiber.Ctx, m *me) error {
	now, err := s.Accounts.Read(c.UserContext(), m.lang, m.who.Token)
	if err != nil {
		return err
	}
	now.Token = m.who.Token
	if m.who.Customer != now {
		m.who.Customer = now
		if err := s.keepCustomer(c, m.who); err != nil {
			return err
		}
	}
	return s.renderProfile(c, m, now.Name, now.Email, nil)
}

func (s *Server) renderProfile(c *fiber.Ctx, m *me, name, email string, wrong map[string]string) error {
	page, err := s.fieldsPage(
		c, m, actProfile, m.text.T("header.you_data"), m.text.T("widget.me.save"),
		pages.Field{Name: "fullname", Label: m.text.T("confirm.first_name"), Type: "text", Value: name, Autocomplete: "name", MaxLength: maxName, Required: true},
		pages.Field{Name: "email", Label: m.text.T("confirm.email"), Type: "email", Value: email, Autocomplete: "email", InputMode: "email", MaxLength: maxEmail},
	)
	if err != nil {
		return err
	}
	page.Typed = true
	page.Text = m.text.T("confirm.phone") + ": " + phone.Number(m.who.Phone).Masked()
	page.More = []layout.Link{
		{Title: m.text.T("login.change_phone_num"), URL: m.url(urls.AccountNewPhone)},
		{Title: m.text.T("widget.me.password.title"), URL: m.url(urls.AccountNewPassword)},
	}
	return m.renderFields(c, pages.SignInView, page, wrong)
}

// submitProfile changes name and e-mail.
func (s *Server) submitProfile(c *fiber.Ctx, m *me) error {
	typed := contactForm{Fullname: typedLine(field(c, "fullname"), maxName), Email: typedPlain(field(c, "email"), maxEmail)}
	if m.late || switching(c) {
		return s.renderProfile(c, m, typed.Fullname, typed.Email, nil)
	}
	wrong := map[string]string{}
	if typed.Fullname == "" {
		wrong["fullname"] = "confirm.errors.name.required"
	}
	switch {
	case typed.Email == "" && m.who.Email != "":
		wrong["email"] = "confirm.errors.email.required" // the upstream takes no e-mail away, it only changes it
	case typed.Email != "" && !plainEmail(typed.Email):
		wrong["email"] = "confirm.errors.email.invalid"
	}
	if len(wrong) > 0 {
		return s.renderProfile(c, m, typed.Fullname, typed.Email, wrong)
	}
	err := s.Accounts.Rename(c.UserContext(), m.lang, m.who.Token, typed.Fullname, typed.Email)
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
func (s *Server) notSaved(c *fiber.Ctx, m *me, err error) {
	s.Log.Error("profile", "id", requestID(c), "form", m.form.ID, "error", err)
	m.alerts = append(m.alerts, m.call("widget.me.not_sent"))
}

// saved keeps the customer as changed and leads back to the profile.
func (s *Server) saved(c *fiber.Ctx, m *me) error {
	if err := s.keepCustomer(c, m.who); err != nil {
		return err
	}
	return s.toSaved(c, m)
}

func (s *Server) toSaved(c *fiber.Ctx, m *me) error {
	return c.Redirect(m.url(urls.AccountProfile, urls.QuerySay+"=saved"), fiber.StatusSeeOther)
}

// showNewPhone asks for another phone.
func (s *Server) showNewPhone(c *fiber.Ctx, m *me) error { return s.renderNewPhone(c, m, "", "") }

func (s *Server) renderNewPhone(c *fiber.Ctx, m *me, typed, wrong string) error {
	page, err := s.fieldsPage(
		c, m, actNewPhone, m.text.T("login.change_phone_num"), m.text.T("widget.me.sign_in.submit"),
		phoneField(m.text, m.at.Region, typed),
	)
	if err != nil {
		return err
	}
	page.Typed = true
	return m.renderFields(c, pages.SignInView, page, map[string]string{"phone": wrong})
}

// submitNewPhone takes the forms on the way to another phone: the phone and its code.
func (s *Server) submitNewPhone(c *fiber.Ctx, m *me) error {
	typed := typedPlain(field(c, "phone"), maxPhone)
	switch {
	case m.late && typed == "" && m.who.NewPhone != "":
		return s.renderNewPhoneCode(c, m, "")
	case m.late:
		return s.renderNewPhone(c, m, typed, "")
	case field(c, "edit") != "":
		return s.renderNewPhone(c, m, "", "")
	case switching(c) && field(c, "step") == "code" && m.who.NewPhone != "":
		return s.renderNewPhoneCode(c, m, "")
	case switching(c):
		return s.renderNewPhone(c, m, typed, "")
	case field(c, "resend") != "" && m.who.NewPhone != "":
		return s.sendNewPhoneCode(c, m, m.who.NewPhone, phone.Number(m.who.NewPhone).String())
	case field(c, "step") == "code" && m.who.NewPhone != "":
		return s.submitNewPhoneCode(c, m)
	}
	number, ok := phone.Parse(typed, m.at.Region)
	if !ok {
		return s.renderNewPhone(c, m, typed, "confirm.errors.phone.incorrect")
	}
	return s.sendNewPhoneCode(c, m, string(number), typed)
}

// sendNewPhoneCode sends a code to the new phone, within the limits that hold for every message.
func (s *Server) sendNewPhoneCode(c *fiber.Ctx, m *me, phone, typed string) error {
	if !s.reachable(phone) {
		return s.renderNewPhone(c, m, typed, "widget.contact.unreachable")
	}
	if err := s.age(c, m.token); err != nil {
		return err
	}
	if waits := m.who.NewPhone == phone && s.Now().Sub(m.who.CodeSent) < booking.CodeEvery; waits {
		return s.renderNewPhoneCode(c, m, "")
	}
	refusal, err := s.Desk.Message(c.UserContext(), s.terms(c, m.at.ID, phone, &m.who.Puzzle), func(ctx context.Context) error {
		return s.Accounts.SendPhoneCode(ctx, m.lang, m.who.Token, m.at.ID, phone)
	})
	if refusal.Reason == booking.ReasonPuzzle {
		if err := s.keepCustomer(c, m.who); err != nil {
			return err
		}
		return s.renderNewPhoneProve(c, m, typed)
	}
	if !refusal.None() {
		m.alerts = append(m.alerts, m.call("widget.notice.codes"))
		return s.renderNewPhone(c, m, typed, "")
	}
	if _, ok := errors.AsType[*account.FieldError](err); ok {
		return s.renderNewPhone(c, m, typed, "confirm.errors.phone.incorrect")
	}
	if err != nil && !errors.Is(err, booking.ErrSignedOut) {
		s.notSaved(c, m, err)
		return s.renderNewPhone(c, m, typed, "")
	}
	if err != nil {
		return err
	}
	m.who.NewPhone, m.who.CodeSent = phone, s.Now()
	if err := s.keepCustomer(c, m.who); err != nil {
		return err
	}
	return s.renderNewPhoneCode(c, m, "")
}

// renderNewPhoneProve asks for a proof before a code is sent.
func (s *Server) renderNewPhoneProve(c *fiber.Ctx, m *me, typed string) error {
	token, err := m.mint(c, s, actNewPhone)
	if err != nil {
		return err
	}
	base := m.base(c, s, m.text.T("widget.prove.title"))
	return render(c, fiber.StatusOK, pages.PuzzleView(s.puzzlePage(base, m.text, puzzleMessage, m.url(urls.AccountNewPhone), token, m.who.Puzzle, pages.Hidden{Name: "phone", Value: typed})))
}

func (s *Server) renderNewPhoneCode(c *fiber.Ctx, m *me, wrong string) error {
	token, err := m.mint(c, s, actNewPhone)
	if err != nil {
		return err
	}
	page := s.codePage(m.base(c, s, m.text.T("confirm.phone_confirm")), m.text, m.url(urls.AccountNewPhone), token, m.who.NewPhone, m.who.CodeSent, wrong)
	return render(c, refusedStatus(wrong != "" || len(m.alerts) > 0), pages.CodeView(page))
}

// submitNewPhoneCode takes the code and changes the phone.
func (s *Server) submitNewPhoneCode(c *fiber.Ctx, m *me) error {
	code := typedCode(c)
	if code == "" {
		return s.renderNewPhoneCode(c, m, "confirm.errors.code.incorrect")
	}
	try, ok := s.mayTry(c, m, s.codeTries(c, m.who.mark(), m.who.NewPhone, m.who.CodeSent, true)...)
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
	err = s.Accounts.ChangePhone(c.UserContext(), m.lang, m.who.Token, m.who.NewPhone, code)
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

// showNewPassword asks for the present password and the next.
func (s *Server) showNewPassword(c *fiber.Ctx, m *me) error { return s.renderNewPassword(c, m, nil) }

func (s *Server) renderNewPassword(c *fiber.Ctx, m *me, wrong map[string]string) error {
	page, err := s.fieldsPage(
		c, m, actNewPassword, m.text.T("widget.me.password.title"), m.text.T("widget.me.save"),
		pages.Field{
			Name: "current", Label: m.text.T("widget.me.password.current"), Type: "password", Help: m.text.T("widget.me.password.current_help"),
			Autocomplete: "current-password", MaxLength: maxPassword,
		},
		pages.Field{
			Name: "password", Label: m.text.T("widget.me.password.new"), Type: "password", Help: m.text.T("widget.me.password.new_help"),
			Autocomplete: "new-password", MaxLength: maxPassword, Required: true,
		},
	)
	if err != nil {
		return err
	}
	return m.renderFields(c, pages.SignInView, page, wrong)
}

// submitNewPassword changes the password. The upstream then knows the customer by another token: it
// takes the old one's place here, under another session id, and every other device is signed out.
func (s *Server) submitNewPassword(c *fiber.Ctx, m *me) error {
	if m.late {
		return s.renderNewPassword(c, m, nil)
	}
	current, next := limited(field(c, "current"), maxPassword), field(c, "password")
	if n := utf8.RuneCountInString(next); n < minPassword || n > maxPassword {
		return s.renderNewPassword(c, m, map[string]string{"password": "widget.me.password.new_help"})
	}
	try, ok := s.mayTry(c, m, quota.Limit{Name: "try-password", Of: m.who.Phone, Max: triesOfPair, Window: tryWindow})
	if !ok {
		return s.renderNewPassword(c, m, nil)
	}
	token, err := s.Accounts.ChangePassword(c.UserContext(), m.lang, m.who.Token, current, next)
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
	if err := s.renew(c, m.who); err != nil {
		return err
	}
	return s.toSaved(c, m)
}
