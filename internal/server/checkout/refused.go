package checkout

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/server/times"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// refused shows a refusal at the step where the customer can change what was refused. The draft is kept.
func (s *Handlers) refused(c *fiber.Ctx, w *wizard, r booking.Refusal) error {
	if step := refusedStep(r.Reason); step != "" {
		if w.GroupEvent != nil {
			return s.eventLost(c, w)
		}
		take(w.Request, r)
		w.Notices = append(w.Notices, page.NoticeRefused(r.Reason))
		if step == flow.Datetime {
			return s.mend(c, w)
		}
		s.outdated(c, w, r.Reason, w.Choices.Slot)
		return s.toStep(c, w, step)
	}
	switch r.Reason {
	case booking.ReasonPhone:
		return s.renderContact(c, w, map[string]string{"phone": "confirm.errors.phone.incorrect"})
	case booking.ReasonName:
		return s.renderContact(c, w, map[string]string{"fullname": "confirm.errors.name.required"})
	case booking.ReasonInvalid:
		return s.notAccepted(c, w, r)
	case booking.ReasonCode:
		return s.wrongCode(c, w)
	case booking.ReasonSpent:
		w.draft.Code, w.draft.CodeTo = "", ""
		w.Notices = append(w.Notices, page.NoticeSpent)
		return s.sendCode(c, w)
	case booking.ReasonTries:
		w.draft.Code, w.draft.CodeTo = "", ""
		return s.heldBack(c, w, page.NoticeTries)
	case booking.ReasonAnother:
		return s.askAnother(c, w, r.Attempt)
	case booking.ReasonEarlier:
		return s.askAnyway(c, w, r.Attempt)
	case booking.ReasonOften:
		return s.heldBack(c, w, page.NoticeOften)
	case booking.ReasonNotSent:
		w.Notices = append(w.Notices, page.NoticeRefused(r.Reason))
		if w.Journey.Has(flow.Confirm) {
			return s.renderConfirm(c, w)
		}
		return s.renderContact(c, w, nil)
	default:
		return s.Pages.RefusalPage(c, w.Request, r.Reason)
	}
}

// fieldKeys maps the fields that a refusal may name to controls of the contact form, each with the key of its error text.
var fieldKeys = map[booking.Field]struct{ control, key string }{
	booking.FieldPhone:      {"phone", "confirm.errors.phone.incorrect"},
	booking.FieldEmail:      {"email", "confirm.errors.email.invalid"},
	booking.FieldName:       {"fullname", "confirm.errors.name.required"},
	booking.FieldSurname:    {"surname", "widget.errors.surname"},
	booking.FieldPatronymic: {"patronymic", "widget.errors.patronymic"},
	booking.FieldComment:    {"comment", "confirm.errors.comment.required"},
	booking.FieldConsent:    {"accept_personal_data", "widget.errors.consent"},
}

// notAccepted shows the contact form again after a refusal without a code. The upstream's answer may name fields, which are
// marked, or say in words what is wrong.
func (s *Handlers) notAccepted(c *fiber.Ctx, w *wizard, r booking.Refusal) error {
	if w.GroupEvent != nil && len(r.Fields) == 0 && s.eventGone(c, w) {
		return s.eventLost(c, w)
	}
	wrong := map[string]string{}
	w.words = map[string]string{}
	for _, f := range r.Fields {
		if f.Field == booking.FieldCode {
			return s.wrongCode(c, w)
		}
		control := fieldKeys[f.Field]
		if i := slices.IndexFunc(w.Questions, func(question catalog.Question) bool { return booking.QuestionField(question.Code) == f.Field }); i >= 0 {
			control.control, control.key = page.QuestionName(w.Questions[i]), "widget.errors.own.required"
		}
		if control.key == "" { // the form has no such question
			control.key = "widget.errors.refused"
		}
		wrong[control.control], w.words[control.control] = control.key, f.Words
	}
	if r.Words != "" {
		wrong[""], w.words[""] = "widget.errors.refused", w.Text.T("widget.errors.words", "words", r.Words)
	}
	if len(wrong) == 0 {
		wrong[""] = "widget.errors.refused"
	}
	return s.renderContact(c, w, wrong)
}

// invalidateEvery is the shortest time between two refusals that invalidate the cached answers of a salon's day. A sender
// whose orders are refused again and again must not cause as many calls.
const invalidateEvery = 10 * time.Second

// outdated invalidates the cached answers of a day when a refusal shows that an offered time is not free. A refusal because
// two appointments of one order overlap does not show that.
func (s *Handlers) outdated(c *fiber.Ctx, w *wizard, reason booking.Reason, at time.Time) {
	if at.IsZero() || reason == booking.ReasonOverlap || c.Method() != fiber.MethodPost && len(w.Choices.Basket) > 0 {
		return
	}
	if s.invalidated.Once(strconv.Itoa(w.Company.ID)+" "+at.Format(time.DateOnly), s.Now(), invalidateEvery) {
		s.Catalog.Invalidate(w.Company, at)
	}
}

// take makes the appointment that a refusal is about the one that is being chosen, so that the customer can change it.
func take(v *page.Request, r booking.Refusal) {
	if r.HasAppointment && r.Appointment >= 1 && r.Appointment <= len(v.Choices.Basket) {
		v.Choices = v.Journey.Take(v.Choices, r.Appointment-1)
	}
}

// wrongCode asks for the code again. The upstream may want a code although the settings of form and company do not say so;
// then no code was sent yet, and one is sent.
func (s *Handlers) wrongCode(c *fiber.Ctx, w *wizard) error {
	w.draft.Code = ""
	if err := s.save(c, w); err != nil {
		return err
	}
	if w.draft.CodeTo == "" {
		return s.sendCode(c, w)
	}
	return s.renderCode(c, w, "confirm.errors.code.incorrect")
}

// heldBack shows the form again, with the salon's phone, when a limit is reached. Another person at the same address may have
// caused that.
func (s *Handlers) heldBack(c *fiber.Ctx, w *wizard, why page.Notice) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	s.Log.Warn("held back", "id", response.RequestID(c), "route", c.Route().Path, "form", w.Form.ID, "reason", why)
	w.Notices = append(w.Notices, why)
	return s.renderContact(c, w, nil)
}

// toStep redirects to a browse step, with the choice of that step cleared. The session keeps the draft.
func (s *Handlers) toStep(c *fiber.Ctx, w *wizard, step flow.Step) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	w.Choices = w.Journey.Clear(step, w.Choices)
	if !w.Journey.Has(step) {
		step = w.Journey.Next(w.Choices)
	}
	return s.Pages.Redirect(c, w.Request, step)
}

// mend answers a changing request whose slot is not free any more. The page offers the nearest free times, each as a button of
// a form with the wizard token, so that the draft is found without cookies too.
func (s *Handlers) mend(c *fiber.Ctx, w *wizard) error {
	lost := w.lostSlot(c)
	if w.Company == nil || lost.IsZero() || !w.mayChooseTime() {
		return s.toStep(c, w, w.Journey.Next(w.Choices))
	}
	if err := s.save(c, w); err != nil {
		return err
	}
	s.outdated(c, w, booking.ReasonSlotTaken, lost)
	near, err := s.Times.Near(c, w.Company, w.Journey.Offers, w.Filter(flow.Datetime), lost)
	if err != nil {
		return err
	}
	if len(w.Notices) == 0 {
		w.Notices = append(w.Notices, page.NoticeDropped(flow.Datetime))
	}
	token, err := w.mint(c, s)
	if err != nil {
		return err
	}
	w.Page, w.Slot = urls.Datetime, catalog.Slot{}
	w.Choices = w.Journey.Clear(flow.Datetime, w.Choices)
	w.Self = input.Here(c)
	view := pages.LostPage{
		Base: s.Pages.Base(c, w.Request, w.Text.T("widget.move.title")), Token: token,
		CalendarURL:   w.URL(flow.Datetime, w.Choices),
		CalendarLabel: w.Text.T("widget.lost.calendar"),
		Text:          w.Text.T("widget.lost.text"),
	}
	if len(near) == 0 {
		view.Text = w.Text.T("widget.datetime.none")
	}
	view.Private, view.Typed = true, true
	wanted := w.Choices
	wanted.Date = lost.Format(time.DateOnly)
	view.Wish = s.Pages.WishLink(w.Request, wanted)
	view.Slots = times.NearSlots(w.Request, near, s.Times.SlotWho(w.Request), func(start time.Time) string {
		return w.URL(flow.Contact, w.Journey.Set(flow.Datetime, w.Choices, flow.Choice{Slot: start}))
	})
	return response.Render(c, fiber.StatusConflict, pages.LostView(view))
}

// lostSlot returns the time that the customer wanted. It is zero when there is none, or when the zone is not known because no
// company is chosen.
func (w *wizard) lostSlot(c *fiber.Ctx) time.Time {
	if w.Company == nil {
		return time.Time{}
	}
	if !w.Choices.Slot.IsZero() {
		return w.Choices.Slot.In(w.Company.Location)
	}
	t, err := time.Parse(time.RFC3339, c.Query(urls.QuerySlot))
	if err != nil {
		return time.Time{}
	}
	return t.In(w.Company.Location)
}

// mayChooseTime says whether the choices that a list of free times needs are made.
func (w *wizard) mayChooseTime() bool {
	return w.Journey.MayOpen(flow.Datetime, w.Choices)
}

// reasonElsewhere is shown when another person may have booked with the same phone, instead of what is known of that booking.
const reasonElsewhere booking.Reason = "elsewhere"

// eventGone says whether the chosen group event is over, withdrawn or full. It must ask, because the upstream's refusal has
// no code for that (rest-api: "Создать запись в групповом событии").
func (s *Handlers) eventGone(c *fiber.Ctx, w *wizard) bool {
	s.Catalog.InvalidateGroupEvents(w.Company.ID)
	event, err := s.Catalog.GroupEvent(c.UserContext(), w.Lang, w.Company, w.Choices.GroupEvent)
	return errors.Is(err, catalog.ErrNoGroupEvent) || err == nil && event.Left < w.Choices.Seats
}

// eventLost redirects to the list of group events when the chosen one cannot be booked any more. The session keeps the draft.
func (s *Handlers) eventLost(c *fiber.Ctx, w *wizard) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	s.Catalog.InvalidateGroupEvents(w.Company.ID)
	w.Notices = []page.Notice{page.NoticeEvent}
	return s.Pages.RedirectEvents(c, w.Request)
}
