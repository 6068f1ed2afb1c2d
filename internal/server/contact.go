package server

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/phone"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// showContact opens the contact step. The upstream is asked once more whether the visit can be
// booked, so that nobody types for nothing; when it cannot be asked, the form opens all the same,
// because the question is put again before the booking.
func (s *Server) showContact(c *fiber.Ctx, v *pageRequest) error {
	w, err := s.open(c, v)
	if err != nil {
		return err
	}
	if v.GroupEvent != nil || isFrugal(c) || onlooks(c) {
		return s.renderContact(c, w, nil) // the upstream has no check for events
	}
	if w.Unchecked != nil || s.Catalog.Down() {
		// Nobody answers: that is said at once, and the question is put again before the booking.
		w.notices = append(w.notices, noticeDown)
		return s.renderContact(c, w, nil)
	}
	if s.listedNow(w) {
		return s.renderContact(c, w, nil)
	}
	refusal, err := s.check(c, w)
	if err != nil {
		s.Log.Warn("check at contact", "id", requestID(c), "error", err)
	}
	if refusal.None() {
		return s.renderContact(c, w, nil)
	}
	if step := refusedStep(refusal.Reason); step != "" {
		w.take(refusal)
		s.outdated(c, w, refusal.Reason, w.Choices.Slot)
		w.notices = append(w.notices, noticeRefused(refusal.Reason))
		day := w.Choices.Date
		w.Choices = w.Journey.Clear(step, w.Choices)
		if step == flow.Datetime {
			w.Choices.Date = day
		}
		return s.redirect(c, v, w.Journey.Next(w.Choices))
	}
	return s.refused(c, w, refusal)
}

// listedNow says whether the check is spared when the contact step opens, because calls are scarce: where the
// upstream's own list is young enough for times, and for several visits, each of which has a check of its own for every
// order in which they may be put together. The check before the booking is never spared.
func (s *Server) listedNow(w *wizard) bool {
	return s.Catalog.Scarce() &&
		(len(w.Choices.Basket) > 0 || s.Catalog.Listed(w.Company.ID, w.Choices.Slot, w.SlotDay, w.Filter(flow.Datetime)))
}

// refusedStep is the browse step that can mend a refusal, "" when none can.
func refusedStep(r booking.Reason) flow.Step {
	switch r {
	case booking.ReasonSlotTaken, booking.ReasonNobodyFree, booking.ReasonOverlap:
		return flow.Datetime
	case booking.ReasonServiceGone:
		return flow.Service
	default:
		return ""
	}
}

// check asks whether the visit can be booked, unless it was answered a moment ago.
func (s *Server) check(c *fiber.Ctx, w *wizard) (booking.Refusal, error) {
	refusal, err := s.Desk.Check(c.UserContext(), w.lang, w.Company.ID, w.visits())
	if refusal.None() && err == nil {
		w.draft.Checked, w.draft.CheckedAs = s.Now(), w.key()
	}
	return refusal, err
}

// renderContact shows the form with what was typed; wrong holds text keys by field.
func (s *Server) renderContact(c *fiber.Ctx, w *wizard, wrong map[string]string) error {
	w.page = urls.Contact
	page, err := s.contactPage(c, w, wrong)
	if err != nil {
		return err
	}
	status := fiber.StatusOK
	if len(wrong) > 0 {
		status = fiber.StatusUnprocessableEntity
	}
	return render(c, status, pages.ContactView(page))
}

// submitContact takes the contact form, the code form, and the buttons that lead back to them.
func (s *Server) submitContact(c *fiber.Ctx, w *wizard) error {
	switch {
	case switching(c):
		return s.switchContact(c, w)
	case field(c, "edit") != "":
		return s.renderContact(c, w, nil)
	case field(c, "resend") != "":
		return s.sendCode(c, w)
	case field(c, "code") != "" || field(c, "step") == "code":
		return s.submitCode(c, w)
	}
	wrong := w.draft.Contact.validate(w.rules())
	if len(wrong) == 0 {
		if err := s.consented(c, w); err != nil {
			return err
		}
	}
	if err := s.save(c, w); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return s.renderContact(c, w, wrong)
	}
	return s.proceed(c, w)
}

// switchContact shows the page that the customer was on in another language, with what was typed.
func (s *Server) switchContact(c *fiber.Ctx, w *wizard) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	switch {
	case w.draft.Puzzle != nil && !hasField(c, "fullname"):
		return s.renderProve(c, w)
	case field(c, "step") == "code":
		return s.renderCode(c, w, "")
	}
	return s.renderContact(c, w, nil)
}

// consented writes down what the customer agreed to: the words beside each box that is ticked, and the salon's
// agreement that they lead to. While that cannot be read, the words alone are what is known.
func (s *Server) consented(c *fiber.Ctx, w *wizard) error {
	w.draft.Consent = nil
	rules, typed := w.rules(), w.draft.Contact
	var words []string
	if rules.personalData && typed.Personal {
		agreement, err := s.Catalog.Privacy(c.UserContext(), w.lang, w.Company.ID)
		if err != nil {
			s.Log.Warn("agreement not read", "id", requestID(c), "company", w.Company.ID, "error", err)
		}
		words = append(words, w.text.T("widget.contact.personal_data"), agreement)
	}
	if typed.Newsletter {
		words = append(words, w.text.T("widget.contact.newsletter"))
	}
	if len(words) == 0 {
		return nil
	}
	consent, err := s.Desk.Consented(c.UserContext(), typed.contact(rules).Phone, strings.Join(words, "\n\n"), booking.Consent{
		Form: w.form.ID, Company: w.Company.ID, Lang: w.lang, Newsletter: &typed.Newsletter,
	})
	w.draft.Consent = &consent
	return err
}

// proceed goes on from a complete contact form: to the code, to the confirmation, or, where the
// form has none, to the booking itself.
func (s *Server) proceed(c *fiber.Ctx, w *wizard) error {
	if wrong := w.draft.Contact.validate(w.rules()); len(wrong) > 0 {
		return s.renderContact(c, w, wrong)
	}
	phone := w.draft.Contact.contact(w.rules()).Phone
	if w.codeNeeded() && (w.draft.CodeTo != phone || w.draft.Code == "") {
		if w.draft.CodeTo == phone && s.Now().Sub(w.draft.CodeSent) < codeLives {
			return s.renderCode(c, w, "")
		}
		return s.sendCode(c, w)
	}
	asked := w.draft.Puzzle
	if !s.proven(c, &w.draft.Puzzle, 0) {
		return s.renderProve(c, w)
	} else if asked != nil {
		if err := s.save(c, w); err != nil {
			return err
		}
	}
	if w.Journey.Has(flow.Confirm) {
		return s.renderConfirm(c, w)
	}
	if asked == nil && s.early(w.token) { // a script sends a solved puzzle as soon as it can
		w.notices = append(w.notices, noticeEarly)
		return s.renderContact(c, w, nil)
	}
	return s.book(c, w)
}

// codeLives is how long a code that was sent may still be typed in.
const codeLives = 10 * time.Minute

// sendCode sends a code to the phone and shows the form that asks for it.
func (s *Server) sendCode(c *fiber.Ctx, w *wizard) error {
	contact := w.draft.Contact.contact(w.rules())
	if !s.reachable(contact.Phone) {
		return s.renderContact(c, w, map[string]string{"phone": "widget.contact.unreachable"})
	}
	if err := s.age(c, w.token); err != nil {
		return err
	}
	refusal, err := s.Desk.SendCode(c.UserContext(), w.lang, contact.Name, s.terms(c, w.Company.ID, contact.Phone, &w.draft.Puzzle))
	if err != nil {
		w.notices = append(w.notices, noticeAgain)
		return s.renderContact(c, w, nil)
	}
	if refusal.Reason == booking.ReasonPuzzle {
		return s.renderProve(c, w)
	}
	if refusal.Reason == booking.ReasonLimit {
		s.Log.Warn("held back", "id", requestID(c), "route", c.Route().Path, "form", w.form.ID, "reason", refusal.Reason)
		// Whoever used it up may be somebody else: the salon's phone stands beside the message.
		w.notices = append(w.notices, noticeCodes)
		return s.renderContact(c, w, nil)
	}
	if !refusal.None() && refusal.Reason != booking.ReasonWait {
		return s.refused(c, w, refusal)
	}
	if refusal.None() || w.draft.CodeTo != contact.Phone {
		// A code that went to this number a moment ago, from another form, is good here too.
		w.draft.CodeTo, w.draft.CodeSent, w.draft.Code, w.draft.CodeSentHere = contact.Phone, s.Now(), "", refusal.None()
	}
	if err := s.save(c, w); err != nil {
		return err
	}
	return s.renderCode(c, w, "")
}

// renderProve asks for a proof before the customer goes on. What was typed waits in the session.
func (s *Server) renderProve(c *fiber.Ctx, w *wizard) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	w.page = urls.Contact
	token, err := w.mint(c, s)
	if err != nil {
		return err
	}
	var repeat []pages.Hidden
	if field(c, "resend") != "" {
		repeat = []pages.Hidden{{Name: "resend", Value: "1"}}
	}
	base := s.base(c, w.pageRequest, w.text.T("widget.prove.title"))
	base.Heading, base.Private = w.text.T("widget.prove.title"), true
	return render(c, fiber.StatusOK, pages.PuzzleView(s.puzzlePage(base, w.text, puzzleMessage, w.url(flow.Contact, w.Choices), token, w.draft.Puzzle, repeat...)))
}

// maxCode is the longest code that is passed on, in digits.
const maxCode = 8

// submitCode takes the code. The upstream says whether it is right only when it books.
func (s *Server) submitCode(c *fiber.Ctx, w *wizard) error {
	code := typedCode(c)
	if code == "" {
		return s.renderCode(c, w, "confirm.errors.code.incorrect")
	}
	w.draft.Code = code
	if err := s.save(c, w); err != nil {
		return err
	}
	return s.proceed(c, w)
}

// renderCode asks for the code; wrong is the text key of what is wrong with the last one.
func (s *Server) renderCode(c *fiber.Ctx, w *wizard, wrong string) error {
	w.page = urls.Contact
	token, err := w.mint(c, s)
	if err != nil {
		return err
	}
	base := s.base(c, w.pageRequest, w.text.T("confirm.phone_confirm"))
	base.Heading, base.Private = w.text.T("confirm.phone_confirm"), true
	page := s.codePage(base, w.text, w.url(flow.Contact, w.Choices), token, w.draft.CodeTo, w.draft.CodeSent, wrong)
	if !w.Journey.Has(flow.Confirm) {
		page.Terms = w.terms()
	}
	return render(c, refusedStatus(wrong != ""), pages.CodeView(page))
}

// codePage asks for a code that was sent to a phone at a moment.
func (s *Server) codePage(base layout.Base, text *i18n.Localizer, action, token, sentTo string, sent time.Time, wrong string) pages.CodePage {
	page := pages.CodePage{
		Base: base, Action: action, Token: token, Phone: phone.Number(sentTo).Masked(),
		Submit: text.T("button.confirm"), ResendLabel: text.T("login.request_new_sms_code"), ChangeLabel: text.T("login.change_phone_num"),
	}
	page.Typed = true
	page.Sent = text.T("widget.code.sent", "phone", page.Phone)
	if wrong != "" {
		page.Error, page.Title = text.T(wrong), correct(text, page.Title)
	}
	if left := booking.CodeEvery - s.Now().Sub(sent); left > 0 {
		page.ResendIn = int(left.Round(time.Second) / time.Second)
		page.ResendText = text.T("widget.code.resend_in", "seconds", page.ResendIn)
	} else {
		page.CanResend = true
	}
	return page
}

// typedCode is the code of a form, "" when it is none.
func typedCode(c *fiber.Ctx) string {
	code := account.Digits(field(c, "code"))
	if len(code) > maxCode {
		return ""
	}
	return code
}
