package checkout

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/server/codes"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// ShowContact opens the contact step. The upstream is asked once more whether the visit can be
// booked, so that nobody types for nothing; when it cannot be asked, the form opens all the same,
// because the question is put again before the booking.
func (s *Handlers) ShowContact(c *fiber.Ctx, v *page.Request) error {
	w, err := s.open(c, v)
	if err != nil {
		return err
	}
	if v.GroupEvent != nil || guard.IsOnlyCached(c) || guard.IsOnlooker(c) {
		return s.renderContact(c, w, nil) // the upstream has no check for events
	}
	if w.Unchecked != nil || s.Catalog.Down() {
		// Nobody answers: that is said at once, and the question is put again before the booking.
		w.Notices = append(w.Notices, page.NoticeDown)
		return s.renderContact(c, w, nil)
	}
	if s.listedNow(w) {
		return s.renderContact(c, w, nil)
	}
	refusal, err := s.checkSoon(c, w)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		s.Log.Warn("check at contact", "id", response.RequestID(c), "error", err)
	}
	if refusal.None() {
		return s.renderContact(c, w, nil)
	}
	if step := refusedStep(refusal.Reason); step != "" {
		take(w.Request, refusal)
		s.outdated(c, w, refusal.Reason, w.Choices.Slot)
		w.Notices = append(w.Notices, page.NoticeRefused(refusal.Reason))
		day := w.Choices.Date
		w.Choices = w.Journey.Clear(step, w.Choices)
		if step == flow.Datetime {
			w.Choices.Date = day
		}
		return s.Pages.Redirect(c, v, w.Journey.Next(w.Choices))
	}
	return s.refused(c, w, refusal)
}

// checkGrace is how long the contact form waits for its check while calls are scarce.
const checkGrace = 250 * time.Millisecond

// checkSoon is check for a form that is shown without the answer where the call has to wait for others. It is asked again before the
// booking.
func (s *Handlers) checkSoon(c *fiber.Ctx, w *wizard) (booking.Refusal, error) {
	if !s.Catalog.Scarce() {
		return s.check(c, w)
	}
	whole := c.UserContext()
	ctx, cancel := context.WithTimeout(whole, checkGrace)
	defer cancel()
	defer c.SetUserContext(whole)
	c.SetUserContext(ctx)
	return s.check(c, w)
}

// listedNow says whether the check is spared when the contact step opens: where the upstream's own list is young enough for
// times, as the customer has just seen it, and, while calls are scarce, for several visits, each of which has a check of its own
// for every order in which they may be put together. The check before the booking is never spared.
func (s *Handlers) listedNow(w *wizard) bool {
	if len(w.Choices.Basket) > 0 {
		return s.Catalog.Scarce()
	}
	return s.Catalog.Listed(w.Company.ID, w.Choices.Slot, w.SlotDay, w.Filter(flow.Datetime))
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
func (s *Handlers) check(c *fiber.Ctx, w *wizard) (booking.Refusal, error) {
	refusal, at, err := s.Desk.Check(c.UserContext(), w.Lang, w.Company.ID, visits(w.Request))
	if refusal.None() && err == nil {
		w.draft.Checked, w.draft.CheckedAs = at, key(w.Request)
	}
	return refusal, err
}

// renderContact shows the form with what was typed; wrong holds text keys by field.
func (s *Handlers) renderContact(c *fiber.Ctx, w *wizard, wrong map[string]string) error {
	w.Page = urls.Contact
	view, err := s.contactPage(c, w, wrong)
	if err != nil {
		return err
	}
	s.askAheadOfSubmit(c, w)
	status := fiber.StatusOK
	if len(wrong) > 0 {
		status = fiber.StatusUnprocessableEntity
	}
	return response.Render(c, status, pages.ContactView(view))
}

// askAheadOfSubmit asks for the salon's agreement while the customer types. It is written down with the customer's consent.
func (s *Handlers) askAheadOfSubmit(c *fiber.Ctx, w *wizard) {
	lang, company := w.Lang, w.Company.ID
	if rules(w.Request).personalData {
		s.Guard.AskAhead(c, func(ctx context.Context) { _, _ = s.Catalog.Privacy(ctx, lang, company) })
	}
}

// SubmitContact takes the contact form, the code form, and the buttons that lead back to them.
func (s *Handlers) SubmitContact(c *fiber.Ctx, w *wizard) error {
	switch {
	case input.Switching(c):
		return s.switchContact(c, w)
	case input.Field(c, "edit") != "":
		return s.renderContact(c, w, nil)
	case input.Field(c, "resend") != "":
		return s.sendCode(c, w)
	case input.Field(c, "code") != "" || input.Field(c, "step") == "code":
		return s.submitCode(c, w)
	}
	wrong := w.draft.Contact.validate(rules(w.Request))
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
func (s *Handlers) switchContact(c *fiber.Ctx, w *wizard) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	switch {
	case w.draft.Puzzle != nil && !input.HasField(c, "fullname"):
		return s.renderProve(c, w)
	case input.Field(c, "step") == "code":
		return s.renderCode(c, w, "")
	}
	return s.renderContact(c, w, nil)
}

// consented writes down what the customer agreed to: the words beside each box that is ticked, and the salon's
// agreement that they lead to. While that cannot be read, the words alone are what is known.
func (s *Handlers) consented(c *fiber.Ctx, w *wizard) error {
	w.draft.Consent = nil
	rules, typed := rules(w.Request), w.draft.Contact
	var words []string
	if rules.personalData && typed.Personal {
		agreement, err := s.Catalog.Privacy(c.UserContext(), w.Lang, w.Company.ID)
		if err != nil {
			s.Log.Warn("agreement not read", "id", response.RequestID(c), "company", w.Company.ID, "error", err)
		}
		before, title, after := i18n.Linked(w.Text.T("widget.contact.personal_data"))
		words = append(words, string(i18n.Returned([]byte(before+title+after))), agreement)
	}
	if typed.Newsletter {
		words = append(words, w.Text.T("widget.contact.newsletter"))
	}
	if len(words) == 0 {
		return nil
	}
	consent, err := s.Desk.Consented(c.UserContext(), typed.contact(rules).Phone, strings.Join(words, "\n\n"), booking.Consent{
		Form: w.Form.ID, Company: w.Company.ID, Lang: w.Lang, Newsletter: &typed.Newsletter,
	})
	w.draft.Consent = &consent
	return err
}

// proceed goes on from a complete contact form: to the code, to the confirmation, or, where the
// form has none, to the booking itself.
func (s *Handlers) proceed(c *fiber.Ctx, w *wizard) error {
	if wrong := w.draft.Contact.validate(rules(w.Request)); len(wrong) > 0 {
		return s.renderContact(c, w, wrong)
	}
	if w.codeMissing() {
		if s.codeUnderWay(w) {
			return s.renderCode(c, w, "")
		}
		return s.sendCode(c, w)
	}
	asked := w.draft.Puzzle
	if done, err := s.puzzleFirst(c, w); done {
		return err
	}
	if w.Journey.Has(flow.Confirm) {
		return s.renderConfirm(c, w)
	}
	if asked == nil && s.Guard.Early(w.token) { // a script sends a solved puzzle as soon as it can
		w.Notices = append(w.Notices, page.NoticeEarly)
		return s.renderContact(c, w, nil)
	}
	return s.book(c, w)
}

// puzzleFirst asks for a puzzle where one has to be solved before the customer goes on; done says that it has answered.
func (s *Handlers) puzzleFirst(c *fiber.Ctx, w *wizard) (done bool, err error) {
	asked := w.draft.Puzzle
	if !s.Codes.PassPuzzle(c, &w.draft.Puzzle, 0) {
		return true, s.renderProve(c, w)
	}
	if asked != nil {
		err = s.save(c, w)
	}
	return err != nil, err
}

// checkBeforeCode asks whether the visit can still be booked, before a text message is sent for it, unless that was seen as lately
// as times may be shown. Where nobody answers, the code is sent: the question is put again before the booking.
func (s *Handlers) checkBeforeCode(c *fiber.Ctx, w *wizard) booking.Refusal {
	const recent = 45 * time.Second
	if w.GroupEvent != nil || s.Catalog.Down() || s.listedNow(w) || w.draft.CheckedAs == key(w.Request) && s.Now().Sub(w.draft.Checked) < recent {
		return booking.Refusal{}
	}
	refusal, err := s.check(c, w)
	if err != nil {
		s.Log.Warn("check before a code", "id", response.RequestID(c), "error", err)
		return booking.Refusal{}
	}
	return refusal
}

// sendCode sends a code to the phone and shows the form that asks for it.
func (s *Handlers) sendCode(c *fiber.Ctx, w *wizard) error {
	if refusal := s.checkBeforeCode(c, w); !refusal.None() {
		return s.refused(c, w, refusal)
	}
	contact := w.draft.Contact.contact(rules(w.Request))
	refusal, err := s.Codes.Send(c, codes.Request{
		Company: w.Company.ID, Phone: contact.Phone, Name: contact.Name, Lang: w.Lang, Form: w.token, Puzzle: &w.draft.Puzzle,
	})
	switch {
	case err != nil:
		w.Notices = append(w.Notices, page.NoticeAgain)
		return s.renderContact(c, w, nil)
	case refusal.Reason == codes.ReasonUnreachable:
		return s.renderContact(c, w, map[string]string{"phone": "widget.contact.unreachable"})
	case refusal.Reason == booking.ReasonPuzzle:
		return s.renderProve(c, w)
	case refusal.Reason == booking.ReasonLimit:
		// Another customer may have used the limit up: the salon's phone stands beside the message.
		w.Notices = append(w.Notices, page.NoticeCodes)
		return s.renderContact(c, w, nil)
	case !refusal.None() && refusal.Reason != booking.ReasonWait:
		return s.refused(c, w, refusal)
	}
	if refusal.None() || w.draft.CodeTo != contact.Phone {
		// A code that another form had sent to this number a moment ago is good here too.
		w.draft.CodeTo, w.draft.CodeSent, w.draft.Code, w.draft.CodeSentHere = contact.Phone, s.Now(), "", refusal.None()
	}
	if err := s.save(c, w); err != nil {
		return err
	}
	return s.renderCode(c, w, "")
}

// renderProve asks for a proof before the customer goes on. What was typed waits in the session.
func (s *Handlers) renderProve(c *fiber.Ctx, w *wizard) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	w.Page = urls.Contact
	token, err := w.mint(c, s)
	if err != nil {
		return err
	}
	var repeat []pages.Hidden
	if input.Field(c, "resend") != "" {
		repeat = []pages.Hidden{{Name: "resend", Value: "1"}}
	}
	base := s.Pages.Base(c, w.Request, w.Text.T("widget.prove.title"))
	base.Heading, base.Private, base.Back, base.AddURL = w.Text.T("widget.prove.title"), true, w.BackToContact(), ""
	return response.Render(c, fiber.StatusOK, pages.PuzzleView(s.Codes.PuzzlePage(base, w.Text, codes.PuzzleMessage, w.URL(flow.Contact, w.Choices), token, w.draft.Puzzle, repeat...)))
}

// submitCode takes the code and books with it. A code that is wrong is asked for again on the same page.
func (s *Handlers) submitCode(c *fiber.Ctx, w *wizard) error {
	code := codes.TypedCode(c)
	if code == "" {
		return s.renderCode(c, w, "confirm.errors.code.incorrect")
	}
	if wrong := w.draft.Contact.validate(rules(w.Request)); len(wrong) > 0 {
		return s.renderContact(c, w, wrong)
	}
	if s.Guard.Early(w.token) {
		w.Notices = append(w.Notices, page.NoticeEarly)
		return s.renderCode(c, w, "")
	}
	w.draft.Code = code
	if err := s.save(c, w); err != nil {
		return err
	}
	if done, err := s.puzzleFirst(c, w); done {
		return err
	}
	return s.book(c, w)
}
