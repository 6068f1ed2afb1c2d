package checkout

import (
	"cmp"
	"context"
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/phone"
	"okoshko/internal/server/codes"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/internal/waiting"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// ShowConfirm answers a link to the confirm page or a reload of it. The page needs the draft, which a browser without cookies
// cannot name in such a request; then the request is redirected to the contact form.
func (s *Handlers) ShowConfirm(c *fiber.Ctx, v *page.Request) error {
	w, err := s.open(c, v)
	if err != nil {
		return err
	}
	if len(w.draft.Contact.validate(rules(w.Request))) > 0 || w.codeMissing() && !s.codeUnderWay(w) {
		return s.Pages.Redirect(c, v, flow.Contact)
	}
	return s.renderConfirm(c, w)
}

// renderConfirm shows the whole order with the button that books it. While a code is missing, the page asks for it.
func (s *Handlers) renderConfirm(c *fiber.Ctx, w *wizard) error {
	if w.codeMissing() {
		return s.renderCode(c, w, "")
	}
	view, err := s.confirmPage(c, w)
	if err != nil {
		return err
	}
	s.checkAhead(c, w)
	return response.Render(c, fiber.StatusOK, pages.ConfirmView(view))
}

// checkAhead asks whether the order can be booked while the customer reads the confirmation, so that a press within some seconds does
// not wait for the answer.
func (s *Handlers) checkAhead(c *fiber.Ctx, w *wizard) {
	if w.GroupEvent != nil {
		return // the upstream has no check for events
	}
	lang, company, order := w.Lang, w.Company.ID, visits(w.Request)
	s.Guard.AskAhead(c, func(ctx context.Context) { s.Desk.CheckAhead(ctx, lang, company, order) })
}

// renderCode asks for the code beside the button that books: the upstream says only when it books whether the code is right.
// The parameter wrong is the text key of what is wrong with the last one. The page belongs to the contact step, which goes on
// until the phone is confirmed.
func (s *Handlers) renderCode(c *fiber.Ctx, w *wizard, wrong string) error {
	view, err := s.confirmPage(c, w)
	if err != nil {
		return err
	}
	code := s.Codes.Code(w.Text, w.draft.CodeTo, w.draft.CodeSent, wrong)
	if wrong == "" && input.Field(c, "resend") == "" {
		code.Value = codes.TypedCode(c) // the page is shown again for another reason
	}
	view.Step, view.Action, view.Code = string(urls.Contact), view.EditAction, &code
	if wrong != "" {
		view.Title = page.Correct(w.Text, view.Title)
	}
	return response.Render(c, response.RefusedStatus(wrong != ""), pages.ConfirmView(view))
}

// confirmPage returns the view of the whole order with the button that books it.
func (s *Handlers) confirmPage(c *fiber.Ctx, w *wizard) (pages.ConfirmPage, error) {
	w.Page = urls.Contact
	if w.Journey.Has(flow.Confirm) {
		w.Page = urls.Confirm
		s.Watch.Step(w.Form.ID, string(flow.Confirm))
	}
	token, err := w.mint(c, s)
	if err != nil {
		return pages.ConfirmPage{}, err
	}
	text := w.Text
	view := pages.ConfirmPage{
		Base:        s.Pages.TicketBase(c, w.Request, text.T("header.confirmation")),
		Ticket:      s.Pages.Ticket(w.Request),
		Action:      w.URL(flow.Confirm, w.Choices),
		EditAction:  w.URL(flow.Contact, w.Choices),
		Token:       token,
		Contact:     w.contactRows(),
		Submit:      text.T("confirm.confirm"),
		Press:       s.Guard.Press(text),
		ChangeLabel: text.T("widget.summary.change"),
	}
	view.Private, view.Typed, view.Back = true, true, w.BackToContact()
	return view, nil
}

func (w *wizard) contactRows() []pages.ContactRow {
	text, form, rules := w.Text, w.draft.Contact, rules(w.Request)
	number, _ := phone.Parse(form.Phone, rules.region)
	var rows []pages.ContactRow
	add := func(control, label, value string) {
		if value != "" {
			rows = append(rows, pages.ContactRow{Control: control, Row: pages.Row{Label: label, Value: value}})
		}
	}
	add("fullname", text.T("widget.contact.name"), page.FullName(text, form.Surname, form.Fullname, form.Patronymic))
	add("phone", text.T("confirm.phone"), number.String())
	add("email", text.T("confirm.email"), form.Email)
	add("comment", cmp.Or(rules.commentTitle, text.T("confirm.comment")), form.Comment)
	for _, f := range rules.questions {
		name := page.QuestionName(f)
		typed := form.Answers[name]
		if chosen := page.ChosenValue(f, typed); chosen != nil {
			typed = chosen.Title
		}
		add(name, f.Title, typed)
	}
	return rows
}

// SubmitConfirm books the order, or shows the form again when something is missing.
func (s *Handlers) SubmitConfirm(c *fiber.Ctx, w *wizard) error {
	switch {
	case input.Field(c, "edit") != "":
		return s.renderContact(c, w, nil)
	case input.Field(c, "resend") != "":
		return s.sendCode(c, w)
	}
	if wrong := w.draft.Contact.validate(rules(w.Request)); len(wrong) > 0 {
		w.Notices = append(w.Notices, page.NoticeExpired)
		return s.renderContact(c, w, nil)
	}
	if input.Switching(c) && s.codeUnderWay(w) {
		return s.renderConfirm(c, w)
	}
	if w.codeMissing() || w.draft.Puzzle != nil {
		return s.proceed(c, w)
	}
	if input.Switching(c) {
		return s.renderConfirm(c, w)
	}
	if s.Guard.Early(w.token) {
		w.Notices = append(w.Notices, page.NoticeEarly)
		return s.renderConfirm(c, w)
	}
	return s.book(c, w)
}

// book makes the attempt of the form's token and redirects to its outcome. The same form may arrive several times; there is
// one attempt and one answer.
func (s *Handlers) book(c *fiber.Ctx, w *wizard) error {
	order := booking.Order{
		Form: w.Form.ID, Company: w.Company.ID, Lang: w.Lang, Appointments: visits(w.Request),
		Contact: w.draft.Contact.contact(rules(w.Request)), Code: w.draft.Code,
		GroupEvent: w.Choices.GroupEvent, Seats: w.Choices.Seats,
		Tags:    flow.Choices{Tags: w.Choices.Tags}.Encode(),
		Consent: w.draft.Consent,
		Limits:  s.Guard.BookingLimits(c, w.Company.ID),
		Session: w.token.Session,
		Anyway:  w.draft.Anyway,
	}
	if order.Code != "" {
		order.Tries = s.Codes.CodeTries(c, w.session.ID, w.draft.CodeTo, w.draft.CodeSent, w.draft.CodeSentHere)
	}
	if w.draft.CheckedAs == key(w.Request) {
		order.Checked = w.draft.Checked
	}
	if w.known() {
		order.Token = w.who.Token
	}
	response.SetAnswer(c, response.AnswerAgain)
	attempt, err := s.Desk.Confirm(c.UserContext(), w.token.Nonce, order)
	if err != nil {
		return err // the ledger cannot be read, and the same form may be under way in another request
	}
	noteAnswer(c, attempt)
	if order.GroupEvent != 0 {
		s.Catalog.InvalidateGroupEvents(w.Company.ID)
	}
	for _, visit := range order.Appointments {
		switch attempt.State {
		case booking.StateBooked:
			s.Catalog.Booked(catalog.Sold{Company: w.Company, Services: visit.Services, Master: visit.Master, Start: visit.Start, Length: visit.Length})
		case booking.StateRefused: // s.refused invalidates the day if the refusal is about its times
		default:
			s.Catalog.Invalidate(w.Company, visit.Start)
		}
	}
	if attempt.State == booking.StateRefused && attempt.Refusal.Reason == booking.ReasonDuplicate {
		return s.showDuplicate(c, w, attempt.Refusal.Attempt)
	}
	if attempt.State == booking.StateRefused && attempt.Refusal.Reason == booking.ReasonForbidden && order.Token != "" {
		return s.signedOutAtBooking(c, w)
	}
	if attempt.State == booking.StateRefused {
		return s.refused(c, w, attempt.Refusal)
	}
	if attempt.State == booking.StateBooked {
		s.justBooked.note(attempt.ID, s.Now())
		s.endWishes(c, w, order)
		if err := s.endDraft(c, w, attempt.ID); err != nil {
			s.Log.Error("draft not ended", "id", response.RequestID(c), "error", err)
		}
	}
	return s.toDone(c, attempt)
}

// endWishes ends the wishes that a booking fulfils, so that who has booked is not told of free times any more.
func (s *Handlers) endWishes(c *fiber.Ctx, w *wizard, order booking.Order) {
	for _, visit := range order.Appointments {
		err := s.Wishes.Fulfilled(c.UserContext(), w.draft.Told, waiting.Booked{
			Company: order.Company, Services: visit.Services, Master: visit.Master, Start: visit.Start, Email: order.Contact.Email,
		})
		if err != nil {
			s.Log.Warn("a wish that was fulfilled is not ended", "id", response.RequestID(c), "error", err)
		}
	}
}

// noteAnswer notes for the operator what a press is told about its attempt.
func noteAnswer(c *fiber.Ctx, a booking.Attempt) {
	switch {
	case a.State == booking.StateBooked:
		response.SetAnswer(c, response.AnswerBooked)
	case a.State == booking.StateRefused && a.Refusal.Reason == booking.ReasonNotSent:
		response.SetAnswer(c, response.AnswerUnsent)
	case a.State == booking.StateRefused:
		response.SetAnswer(c, response.AnswerRefused)
	default:
		response.SetAnswer(c, response.AnswerUnknown)
	}
}

// signedOutAtBooking ends the customer's session when the upstream no longer accepts its token, and shows the contact form
// with the draft. The customer then needs a code if the salon wants one.
func (s *Handlers) signedOutAtBooking(c *fiber.Ctx, w *wizard) error {
	if err := s.SignedIn.End(c, w.who.Session); err != nil {
		return err
	}
	w.who = nil
	w.Notices = append(w.Notices, page.NoticeSignedOut)
	return s.renderContact(c, w, nil)
}

// made says whether an attempt is this customer's: it was made in the same session, or with the phone of the customer who has
// signed in. A customer who has only typed the same phone may not see the attempt.
func (w *wizard) made(a booking.Attempt) bool {
	return a.By(w.token.Session) || w.known() && a.Of(w.who.Phone)
}

// showDuplicate shows the outcome of an earlier attempt for the same time with the same phone.
func (s *Handlers) showDuplicate(c *fiber.Ctx, w *wizard, id string) error {
	first, err := s.Desk.Attempt(c.UserContext(), id)
	switch {
	case err != nil:
		return err // it is not known what this person has booked
	case !w.made(first):
		return s.Pages.RefusalPage(c, w.Request, reasonElsewhere)
	case first.State == booking.StateBooked:
		return s.Pages.RefusalPage(c, w.Request, booking.ReasonDuplicate)
	default:
		return s.toDone(c, first)
	}
}

// askAnyway says that the customer may have booked the same services at another time, and shows the form again. Sending it
// means that the customer wants both bookings, or knows from the salon that there is no other.
func (s *Handlers) askAnyway(c *fiber.Ctx, w *wizard, id string) error {
	first, err := s.Desk.Attempt(c.UserContext(), id)
	if err != nil {
		return err
	}
	if !slices.Contains(w.draft.Anyway, id) {
		w.draft.Anyway = append(w.draft.Anyway, id)
	}
	if err := s.save(c, w); err != nil {
		return err
	}
	alert := w.Alert(page.NoticeElsewhere)
	if w.made(first) {
		alert = layout.Alert{
			Kind: "error", Text: w.Text.T("widget.notice.earlier", "when", w.When(first.Appointments[0].Start.In(w.Company.Location))),
			Link: &layout.Link{Title: w.Text.T("widget.notice.earlier_link"), URL: doneURL(first, urls.Param(urls.QueryLang, w.Text.Lang()))},
		}
	}
	w.Alerts = append(w.Alerts, alert)
	return s.showQuestion(c, w)
}

// askAnother says that there is a visit at the same time with the same phone and another name, and shows the form again.
// Sending it means that the order is for another person.
func (s *Handlers) askAnother(c *fiber.Ctx, w *wizard, id string) error {
	if !slices.Contains(w.draft.Anyway, id) {
		w.draft.Anyway = append(w.draft.Anyway, id)
	}
	if err := s.save(c, w); err != nil {
		return err
	}
	form := w.draft.Contact
	w.Alerts = append(w.Alerts, layout.Alert{Kind: "error", Text: w.Text.T("widget.notice.another", "name", page.FullName(w.Text, form.Surname, form.Fullname, form.Patronymic))})
	return s.showQuestion(c, w)
}

// showQuestion shows the form again with the question in an alert.
func (s *Handlers) showQuestion(c *fiber.Ctx, w *wizard) error {
	if w.Journey.Has(flow.Confirm) {
		return s.renderConfirm(c, w)
	}
	return s.renderContact(c, w, nil)
}

// customersDuplicate returns the id of an attempt of this customer that has taken the lost time, "" when there is none. It
// never returns the attempt of another customer, because no code was asked for yet.
func (s *Handlers) customersDuplicate(c *fiber.Ctx, w *wizard) string {
	lost := w.lostSlot(c)
	if w.Company == nil || lost.IsZero() || len(w.draft.Contact.validate(rules(w.Request))) > 0 {
		return ""
	}
	v := *w.Request
	selection := *v.Selection
	v.Selection = &selection
	v.Slot.Start = lost
	first, err := s.Desk.FindDuplicate(c.UserContext(), booking.Order{
		Company: w.Company.ID, Appointments: visits(&v), Contact: w.draft.Contact.contact(rules(w.Request)), GroupEvent: w.Choices.GroupEvent,
	})
	if err != nil || !w.made(first) {
		return ""
	}
	return first.ID
}

// doneURL returns the address of an attempt's done page.
func doneURL(a booking.Attempt, query ...string) string {
	return urls.With(urls.FormPage(a.Form, urls.Done), append([]string{urls.Param(urls.QueryAttempt, a.ID)}, query...)...)
}

// toDone redirects to an attempt's done page. When the outcome could not be stored, the answer itself is the done page,
// because the page at its address would not know the outcome.
func (s *Handlers) toDone(c *fiber.Ctx, a booking.Attempt) error {
	if a.Unwritten {
		return s.renderDone(c, a, s.viewer(c), true)
	}
	lang, _ := i18n.Canonical(a.Lang)
	return c.Redirect(doneURL(a, urls.Param(urls.QueryLang, lang)), fiber.StatusSeeOther)
}
