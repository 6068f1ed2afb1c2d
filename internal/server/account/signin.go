package account

import (
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/phone"
	"okoshko/internal/puzzle"
	"okoshko/internal/quota"
	"okoshko/internal/server/codes"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/session"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// signInDraft is how far somebody has come with signing in, kept under the session that the form's
// token names: a browser need not take a cookie before there is somebody to remember.
type signInDraft struct {
	Phone    string    `json:"phone,omitempty"` // that the last code was sent to
	Typed    string    `json:"typed,omitempty"`
	Sent     time.Time `json:"sent,omitzero"`
	SentHere bool      `json:"own,omitempty"` // this form had it sent

	Puzzle *puzzle.Puzzle `json:"puzzle,omitempty"` // to be solved before a code is sent or a password tried; nil = none
	Proven bool           `json:"proven,omitempty"` // one was solved for the next password
}

const signInKey = "sign-in"

// How often somebody may be wrong who signs in. A code has four digits and a password is often a poor one. Whoever
// is wrong about one login from one network is held back there; what all are wrong about it, or a network about all
// logins, costs a puzzle and never shuts out who is right.
const (
	tryWindow      = 15 * time.Minute
	triesOfPair    = 10
	triesOfLogin   = 30
	triesOfAddress = 30
	triesByPuzzle  = 1000 // of a login or an address, with puzzles
	maxLogin       = 254  // characters
	maxPassword    = 128
	minPassword    = 8
	actSignIn      = "sign-in"
	actPassword    = "password-sign-in"
	ActLeave       = "leave"
)

// ShowMe is the account: the visits of whoever has signed in, else the way to sign in.
func (s *Handlers) ShowMe(c *fiber.Ctx) error {
	m, err := s.openMe(c)
	if err != nil {
		return err
	}
	switch {
	case m.who != nil && m.place != "":
		return c.Redirect(urls.With(m.place.Of(m.Form.ID), urls.Param(urls.QueryLang, m.Choices.Lang)), fiber.StatusSeeOther)
	case m.who != nil:
		return s.unlessSignedOut(c, m, s.showVisits(c, m))
	}
	if c.Query(urls.QuerySignedIn) != "" {
		m.alerts = append(m.alerts, m.elsewhere("widget.me.no_cookie"))
	}
	return s.renderSignIn(c, m, s.freshSignIn(), signInDraft{}, "")
}

// elsewhere offers to open the account in a tab of its own, where its cookie sticks.
func (m *me) elsewhere(key string) layout.Alert {
	return layout.Alert{Kind: "info", Lasting: key == "widget.me.framed", Text: m.Text.T(key), Tab: true, Link: &layout.Link{Title: m.Text.T("widget.me.new_tab"), URL: m.wayURL(urls.AccountVisits)}}
}

// freshSignIn is the token of a way to sign in that begins.
func (s *Handlers) freshSignIn() session.Token { return session.Token{Session: session.NewNonce()} }

// mintSignIn makes the token of the next form on the way in.
func (s *Handlers) mintSignIn(c *fiber.Ctx, m *me, token session.Token, act string) (string, error) {
	return s.Guard.Mint(c, session.Token{Form: m.Form.ID, Company: m.at.ID, Session: token.Session, Act: actMe(act)})
}

// signInPage is what the pages on the way in share. In a frame it says from the start that the account
// has a tab of its own.
func (s *Handlers) signInPage(c *fiber.Ctx, m *me, token session.Token, act, heading string) (pages.SignInPage, error) {
	signed, err := s.mintSignIn(c, m, token, act)
	if err != nil {
		return pages.SignInPage{}, err
	}
	if response.Framed(&c.Request().Header) && c.Query(urls.QuerySignedIn) == "" {
		m.alerts = append(m.alerts, m.elsewhere("widget.me.framed"))
	}
	return pages.SignInPage{Base: m.base(c, s, heading), Token: signed}, nil
}

// renderSignIn asks for the phone; wrong is the text key of what is wrong with it.
func (s *Handlers) renderSignIn(c *fiber.Ctx, m *me, token session.Token, draft signInDraft, wrong string) error {
	view, err := s.signInPage(c, m, token, actSignIn, m.Text.T("widget.me.sign_in.title"))
	if err != nil {
		return err
	}
	view.Action, view.Text, view.Typed = m.wayURL(urls.AccountVisits), m.Text.T("widget.me.sign_in.text"), true
	view.Submit = m.Text.T("widget.me.sign_in.submit")
	view.Other = layout.Link{Title: m.Text.T("widget.me.sign_in.by_password"), URL: m.wayURL(urls.AccountPassword)}
	view.Fields = []pages.Field{page.PhoneField(m.Text, m.at.Region, draft.Typed)}
	return m.renderFields(c, pages.SignInView, view, map[string]string{"phone": wrong})
}

// renderFields puts what is wrong to its fields and sends the page.
func (m *me) renderFields(c *fiber.Ctx, template pages.SignInTemplate, view pages.SignInPage, wrong map[string]string) error {
	for i, f := range view.Fields {
		if key := wrong[f.Name]; key != "" {
			view.Fields[i].Error = m.Text.T(key)
			view.Errors = append(view.Errors, pages.FieldError{Field: f.Name, Text: view.Fields[i].Error})
		}
	}
	if len(view.Errors) > 0 {
		view.Title = page.Correct(m.Text, view.Title)
	}
	return response.Render(c, response.RefusedStatus(len(view.Errors) > 0 || len(m.alerts) > 0 && c.Method() == fiber.MethodPost), template(view))
}

// SubmitMe takes the forms on the way in by a code: the phone, the code, and the buttons between them.
func (s *Handlers) SubmitMe(c *fiber.Ctx) error {
	m, err := s.openMe(c)
	if err != nil {
		return err
	}
	token, err := s.Guard.Token(c, m.Form.ID, actMe(actSignIn))
	expired := errors.Is(err, session.ErrTokenExpired)
	if err != nil && !expired {
		return fiber.ErrForbidden
	}
	m.token = token
	if !expired {
		s.Guard.Pay(c, m.token)
	}
	sess, err := s.Sessions.ByID(c, token.Session)
	if err != nil {
		return err
	}
	draft, _ := session.Get[signInDraft](sess, signInKey)
	keep := func() error {
		if err := session.Set(sess, signInKey, draft); err != nil {
			return err
		}
		return s.Sessions.Hold(c, sess)
	}
	switch {
	case expired || input.Field(c, "edit") != "" || draft.Phone == "" && input.Field(c, "phone") == "":
		return s.renderSignIn(c, m, token, draft, "")
	case input.Switching(c) && input.Field(c, "step") == "code":
		return s.renderSignInCode(c, m, draft, "")
	case input.Switching(c):
		draft.Typed = input.TypedPlain(input.Field(c, "phone"), page.MaxPhone)
		return s.renderSignIn(c, m, token, draft, "")
	case input.Field(c, "phone") != "":
		number, ok := phone.Parse(input.Field(c, "phone"), m.at.Region)
		draft = signInDraft{Typed: input.TypedPlain(input.Field(c, "phone"), page.MaxPhone), Puzzle: draft.Puzzle}
		if !ok {
			return s.renderSignIn(c, m, token, draft, "confirm.errors.phone.incorrect")
		}
		return s.sendSignInCode(c, m, &draft, string(number), keep)
	case input.Field(c, "resend") != "":
		return s.sendSignInCode(c, m, &draft, draft.Phone, keep)
	default:
		return s.submitSignInCode(c, m, draft)
	}
}

// sendSignInCode sends a code. The answer is the same whether the phone is known or not.
func (s *Handlers) sendSignInCode(c *fiber.Ctx, m *me, draft *signInDraft, phone string, keep func() error) error {
	refusal, err := s.Codes.Send(c, codes.Request{Company: m.at.ID, Phone: phone, Lang: m.Lang, Form: m.token, Puzzle: &draft.Puzzle})
	switch {
	case refusal.Reason == codes.ReasonUnreachable:
		return s.renderSignIn(c, m, m.token, *draft, "widget.contact.unreachable")
	case refusal.Reason == booking.ReasonPuzzle:
		if err := keep(); err != nil {
			return err
		}
		return s.renderSignInPuzzle(c, m, draft.Puzzle)
	case err != nil:
		m.alerts = append(m.alerts, m.call("widget.me.not_sent"))
		return s.renderSignIn(c, m, m.token, *draft, "")
	case refusal.Reason == booking.ReasonPhone:
		return s.renderSignIn(c, m, m.token, *draft, "confirm.errors.phone.incorrect")
	case !refusal.None() && refusal.Reason != booking.ReasonWait:
		m.alerts = append(m.alerts, m.call("widget.notice.codes"))
		return s.renderSignIn(c, m, m.token, *draft, "")
	}
	// A code that went to this number less than a minute ago is good here too.
	if refusal.None() || draft.Phone != phone {
		draft.Phone, draft.Sent, draft.SentHere = phone, s.Now(), refusal.None()
	}
	if err := keep(); err != nil {
		return err
	}
	return s.renderSignInCode(c, m, *draft, "")
}

// renderSignInPuzzle asks for a solved puzzle before a code is sent.
func (s *Handlers) renderSignInPuzzle(c *fiber.Ctx, m *me, asked *puzzle.Puzzle) error {
	signed, err := s.mintSignIn(c, m, m.token, actSignIn)
	if err != nil {
		return err
	}
	repeat := pages.Hidden{Name: "phone", Value: input.TypedPlain(input.Field(c, "phone"), page.MaxPhone)}
	if repeat.Value == "" {
		repeat = pages.Hidden{Name: "resend", Value: "1"}
	}
	return response.Render(c, fiber.StatusOK, pages.PuzzleView(s.Codes.PuzzlePage(m.base(c, s, m.Text.T("widget.prove.title")), m.Text, codes.PuzzleMessage, m.wayURL(urls.AccountVisits), signed, asked, repeat)))
}

// renderSignInCode asks for the code.
func (s *Handlers) renderSignInCode(c *fiber.Ctx, m *me, draft signInDraft, wrong string) error {
	signed, err := s.mintSignIn(c, m, m.token, actSignIn)
	if err != nil {
		return err
	}
	view := s.Codes.CodePage(m.base(c, s, m.Text.T("confirm.phone_confirm")), m.Text, m.wayURL(urls.AccountVisits), signed, draft.Phone, draft.Sent, wrong)
	return response.Render(c, response.RefusedStatus(wrong != "" || len(m.alerts) > 0), pages.CodeView(view))
}

// submitSignInCode takes the code. Tries are counted before they are made, so that many at once are
// not more than one after another.
func (s *Handlers) submitSignInCode(c *fiber.Ctx, m *me, draft signInDraft) error {
	code := codes.TypedCode(c)
	if code == "" {
		return s.renderSignInCode(c, m, draft, "confirm.errors.code.incorrect")
	}
	try, ok := s.mayTry(c, m, s.Codes.CodeTries(c, m.token.Session, draft.Phone, draft.Sent, draft.SentHere)...)
	if !ok {
		return s.renderSignInCode(c, m, draft, "")
	}
	unused, giveBack, err := s.Desk.SpendCode(c.UserContext(), draft.Phone, code, m.token.Nonce)
	if err != nil {
		return err
	}
	if !unused {
		s.Log.Warn("sign in refused", "id", response.RequestID(c), "by", "used code", "form", m.Form.ID)
		return s.renderSignInCode(c, m, draft, "confirm.errors.code.incorrect")
	}
	who, err := s.Accounts.SignInByCode(c.UserContext(), m.Lang, draft.Phone, code)
	s.tried(c, try, err)
	if err != nil {
		giveBack()
	}
	if errors.Is(err, account.ErrWrong) {
		s.Log.Warn("sign in refused", "id", response.RequestID(c), "by", "code", "form", m.Form.ID)
		return s.renderSignInCode(c, m, draft, "confirm.errors.code.incorrect")
	}
	if err != nil {
		s.Log.Error("sign in", "id", response.RequestID(c), "by", "code", "error", err)
		m.alerts = append(m.alerts, m.call("widget.me.not_sent"))
		return s.renderSignInCode(c, m, draft, "")
	}
	return s.signedIn(c, m, who)
}

// mayTry uses up one try, or says with the salon's phone that there are none left.
func (s *Handlers) mayTry(c *fiber.Ctx, m *me, limits ...quota.Limit) (quota.Verdict, bool) {
	verdict, err := s.Quotas.Take(c.UserContext(), limits...)
	if err == nil && verdict.OK {
		return verdict, true
	}
	s.Log.Warn("sign in held back", "id", response.RequestID(c), "limit", verdict.Limit.Name, "form", m.Form.ID, "error", err)
	if verdict.Limit.Name != "" {
		s.Watch.Limit(verdict.Limit.Name)
	}
	m.alerts = append(m.alerts, m.call("widget.me.often"))
	return verdict, false
}

// tried gives a try back that was not wrong: only misses count.
func (s *Handlers) tried(c *fiber.Ctx, try quota.Verdict, err error) {
	if isMiss(err) {
		return
	}
	if err := s.Quotas.GiveBack(c.UserContext(), try); err != nil {
		s.Log.Error("limit not given back", "id", response.RequestID(c), "error", err)
	}
}

// isMiss says whether a code or a password was wrong.
func isMiss(err error) bool {
	field, ok := errors.AsType[*account.FieldError](err)
	return errors.Is(err, account.ErrWrong) || ok && (field.Field == booking.FieldCode || field.Field == booking.FieldPassword)
}

// passwordTries are what a wrong password uses up: of the network and the login together, whoever they are, and, with
// puzzles, of either.
func (s *Handlers) passwordTries(c *fiber.Ctx, login string) (pair []quota.Limit, all []codes.MessageLimit) {
	login = strings.ToLower(login)
	pair = s.Guard.Within(c, "try-pair", "|"+login, triesOfPair, tryWindow)
	all = []codes.MessageLimit{{Limit: quota.Limit{Name: "try-login", Of: login, Max: triesByPuzzle, Window: tryWindow}, Free: triesOfLogin}}
	for _, l := range s.Guard.Around(c, "try-address", "", triesByPuzzle, tryWindow) {
		all = append(all, codes.MessageLimit{Limit: l, Free: l.Max / triesByPuzzle * triesOfAddress})
	}
	return pair, all
}

// signedIn begins the session and leads to the visits. The address says that they come from here, so
// that a browser that has kept no cookie is told so and not simply asked again.
func (s *Handlers) signedIn(c *fiber.Ctx, m *me, who account.Customer) error {
	if err := s.Customers.SignIn(c, who); err != nil {
		return err
	}
	return c.Redirect(m.wayURL(urls.AccountVisits, urls.QuerySignedIn+"=1"), fiber.StatusSeeOther)
}

// ShowPassword is the way in by login and password.
func (s *Handlers) ShowPassword(c *fiber.Ctx) error {
	m, err := s.openMe(c)
	if err != nil {
		return err
	}
	if m.who != nil {
		return c.Redirect(m.wayURL(urls.AccountVisits), fiber.StatusSeeOther)
	}
	return s.renderPassword(c, m, "", nil)
}

func (s *Handlers) renderPassword(c *fiber.Ctx, m *me, login string, wrong map[string]string) error {
	token := m.token // a proof belongs to its session
	if token.Session == "" {
		token = s.freshSignIn()
	}
	view, err := s.signInPage(c, m, token, actPassword, m.Text.T("widget.me.sign_in.title"))
	if err != nil {
		return err
	}
	view.Action, view.Submit, view.Typed = m.wayURL(urls.AccountPassword), m.Text.T("widget.me.sign_in.enter"), true
	view.Other = layout.Link{Title: m.Text.T("widget.me.sign_in.by_code"), URL: m.wayURL(urls.AccountVisits)}
	view.Fields = []pages.Field{
		{Name: "login", Label: m.Text.T("widget.me.sign_in.login"), Type: "text", Value: login, Autocomplete: "username", MaxLength: maxLogin, Required: true},
		{Name: "password", Label: m.Text.T("widget.me.sign_in.password"), Type: "password", Autocomplete: "current-password", MaxLength: maxPassword, Required: true},
	}
	return m.renderFields(c, pages.SignInView, view, wrong)
}

// SubmitPassword signs in by login and password.
func (s *Handlers) SubmitPassword(c *fiber.Ctx) error {
	m, err := s.openMe(c)
	if err != nil {
		return err
	}
	login, password := strings.TrimSpace(input.Limited(input.Field(c, "login"), maxLogin)), input.Limited(input.Field(c, "password"), maxPassword)
	m.token, err = s.Guard.Token(c, m.Form.ID, actMe(actPassword))
	if errors.Is(err, session.ErrTokenExpired) {
		return s.renderPassword(c, m, login, nil)
	}
	if err != nil {
		return fiber.ErrForbidden
	}
	if input.Switching(c) {
		return s.renderPassword(c, m, login, nil)
	}
	sess, err := s.Sessions.ByID(c, m.token.Session)
	if err != nil {
		return err
	}
	draft, _ := session.Get[signInDraft](sess, signInKey)
	keep := func() error {
		if err := session.Set(sess, signInKey, draft); err != nil {
			return err
		}
		return s.Sessions.Hold(c, sess)
	}
	if draft.Puzzle != nil && password == "" {
		if !s.Codes.PassPuzzle(c, &draft.Puzzle, draft.Puzzle.Level) {
			return errors.Join(keep(), s.renderPasswordPuzzle(c, m, login, draft.Puzzle))
		}
		draft.Proven = true
		if err := keep(); err != nil {
			return err
		}
		m.alerts = append(m.alerts, layout.Alert{Kind: "info", Text: m.Text.T("widget.me.proven")})
		return s.renderPassword(c, m, login, nil)
	}
	if login == "" || password == "" {
		return s.renderPassword(c, m, login, map[string]string{"password": "widget.me.wrong_password"})
	}
	return s.tryPassword(c, m, &draft, keep, login, password)
}

// tryPassword signs in, or asks for a proof first where too many have been wrong lately. The password is not kept
// meanwhile: it is typed once more.
func (s *Handlers) tryPassword(c *fiber.Ctx, m *me, draft *signInDraft, keep func() error, login, password string) error {
	sent := login
	if number, ok := phone.Parse(login, m.at.Region); ok {
		sent = string(number)
	}
	pair, all := s.passwordTries(c, sent)
	limits, level := pair, 0
	for _, l := range all {
		limits = append(limits, l.Limit)
	}
	try, ok := s.mayTry(c, m, limits...)
	if !ok {
		return s.renderPassword(c, m, login, nil)
	}
	for i, l := range all {
		level = max(level, l.Level(try.Used[len(pair)+i]))
	}
	if level > 0 && !draft.Proven && !s.Codes.PassPuzzle(c, &draft.Puzzle, level) {
		s.tried(c, try, nil) // nothing has been tried
		return errors.Join(keep(), s.renderPasswordPuzzle(c, m, login, draft.Puzzle))
	}
	if draft.Proven {
		draft.Proven = false
		if err := keep(); err != nil {
			return err
		}
	}
	s.Guard.Pay(c, m.token)
	who, err := s.Accounts.SignInByPassword(c.UserContext(), m.Lang, sent, password)
	s.tried(c, try, err)
	if errors.Is(err, account.ErrWrong) {
		s.Log.Warn("sign in refused", "id", response.RequestID(c), "by", "password", "form", m.Form.ID)
		return s.renderPassword(c, m, login, map[string]string{"password": "widget.me.wrong_password"})
	}
	if err != nil {
		s.Log.Error("sign in", "id", response.RequestID(c), "by", "password", "error", err)
		m.alerts = append(m.alerts, m.call("widget.me.not_sent"))
		return s.renderPassword(c, m, login, nil)
	}
	return s.signedIn(c, m, who)
}

// renderPasswordPuzzle asks for a solved puzzle before a password is tried.
func (s *Handlers) renderPasswordPuzzle(c *fiber.Ctx, m *me, login string, asked *puzzle.Puzzle) error {
	signed, err := s.mintSignIn(c, m, m.token, actPassword)
	if err != nil {
		return err
	}
	base := m.base(c, s, m.Text.T("widget.prove.title"))
	return response.Render(c, fiber.StatusOK, pages.PuzzleView(s.Codes.PuzzlePage(base, m.Text, codes.PuzzlePassword, m.wayURL(urls.AccountPassword), signed, asked, pages.Hidden{Name: "login", Value: login})))
}

// SubmitLeave signs out: the session ends here, whatever the browser does with its cookie.
func (s *Handlers) SubmitLeave(c *fiber.Ctx, m *me) error {
	if err := s.SignedIn.End(c, m.who.Session); err != nil {
		return err
	}
	return c.Redirect(m.url(urls.AccountVisits, urls.QuerySay+"=left"), fiber.StatusSeeOther)
}
