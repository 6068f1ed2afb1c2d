package server

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// refused shows a refusal at the step that can mend it, with everything typed kept.
func (s *Server) refused(c *fiber.Ctx, w *wizard, r booking.Refusal) error {
	if step := refusedStep(r.Reason); step != "" {
		if w.GroupEvent != nil {
			return s.eventLost(c, w)
		}
		w.take(r)
		w.notices = append(w.notices, noticeRefused(r.Reason))
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
		w.notices = append(w.notices, noticeSpent)
		return s.sendCode(c, w)
	case booking.ReasonTries:
		w.draft.Code, w.draft.CodeTo = "", ""
		return s.heldBack(c, w, noticeTries)
	case booking.ReasonAnother:
		return s.askAnother(c, w, r.Attempt)
	case booking.ReasonEarlier:
		return s.askAnyway(c, w, r.Attempt)
	case booking.ReasonOften:
		return s.heldBack(c, w, noticeOften)
	case booking.ReasonNotSent:
		w.notices = append(w.notices, noticeRefused(r.Reason))
		if w.Journey.Has(flow.Confirm) {
			return s.renderConfirm(c, w)
		}
		return s.renderContact(c, w, nil)
	default:
		return s.refusalPage(c, w.pageRequest, r.Reason)
	}
}

// fieldKeys are the controls of the contact form that a refusal may name, with the text for what is wrong with them.
var fieldKeys = map[booking.Field]struct{ control, key string }{
	booking.FieldPhone:      {"phone", "confirm.errors.phone.incorrect"},
	booking.FieldEmail:      {"email", "confirm.errors.email.invalid"},
	booking.FieldName:       {"fullname", "confirm.errors.name.required"},
	booking.FieldSurname:    {"surname", "widget.errors.surname"},
	booking.FieldPatronymic: {"patronymic", "widget.errors.patronymic"},
	booking.FieldComment:    {"comment", "confirm.errors.comment.required"},
	booking.FieldConsent:    {"accept_personal_data", "confirm.errors.agreement.required"},
}

// notAccepted shows the form again when the upstream does not accept something and gives no code for it: with the fields
// that it names, else with its own words.
func (s *Server) notAccepted(c *fiber.Ctx, w *wizard, r booking.Refusal) error {
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
		if i := slices.IndexFunc(w.questions, func(question catalog.Question) bool { return booking.QuestionField(question.Code) == f.Field }); i >= 0 {
			control.control, control.key = questionName(w.questions[i]), "widget.errors.own.required"
		}
		if control.key == "" { // a question that is not asked here
			control.key = "confirm.orderErrors.bigLetter.code_400"
		}
		wrong[control.control], w.words[control.control] = control.key, f.Words
	}
	if r.Words != "" {
		wrong[""], w.words[""] = "confirm.orderErrors.bigLetter.code_400", w.text.T("widget.errors.words", "words", r.Words)
	}
	if len(wrong) == 0 {
		wrong[""] = "confirm.orderErrors.bigLetter.code_400"
	}
	return s.renderContact(c, w, wrong)
}

// forgetEvery is how often a refusal may drop what is kept of a salon's day. Whoever has one refused again and again
// does not have the day asked for as often.
const forgetEvery = 10 * time.Second

// outdated drops what is kept of a day when a refusal shows that it is not true any more: a time that is offered and not
// free. That visits of one basket overlap says nothing of it.
func (s *Server) outdated(c *fiber.Ctx, w *wizard, reason booking.Reason, at time.Time) {
	if at.IsZero() || reason == booking.ReasonOverlap || c.Method() != fiber.MethodPost && len(w.Choices.Basket) > 0 {
		return
	}
	if s.forgotten.once(strconv.Itoa(w.Company.ID)+" "+at.Format(time.DateOnly), s.Now(), forgetEvery) {
		s.Catalog.Invalidate(w.Company, at)
	}
}

// lately remembers what was done a moment ago.
type lately struct {
	mu sync.Mutex
	at map[string]time.Time
}

// once says whether something was not done within a time, and takes it for done now.
func (l *lately) once(what string, now time.Time, within time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == nil {
		l.at = map[string]time.Time{}
	}
	if now.Sub(l.at[what]) < within {
		return false
	}
	const most = 1000
	if len(l.at) >= most {
		maps.DeleteFunc(l.at, func(_ string, at time.Time) bool { return now.Sub(at) >= within })
	}
	if len(l.at) < most {
		l.at[what] = now
	}
	return true
}

// take makes the visit that a refusal is about the one being chosen, so that it is the one that is
// mended.
func (v *pageRequest) take(r booking.Refusal) {
	if r.HasAppointment && r.Appointment >= 1 && r.Appointment <= len(v.Choices.Basket) {
		v.Choices = v.Journey.Take(v.Choices, r.Appointment-1)
	}
}

// wrongCode asks for the code again. A salon may ask for one although neither form nor company
// said so; then this is the first the customer hears of it, and a code must be sent.
func (s *Server) wrongCode(c *fiber.Ctx, w *wizard) error {
	w.draft.Code = ""
	if err := s.save(c, w); err != nil {
		return err
	}
	if w.draft.CodeTo == "" {
		return s.sendCode(c, w)
	}
	return s.renderCode(c, w, "confirm.errors.code.incorrect")
}

// heldBack shows the form again, with the salon's phone, when a limit is used up. Whoever used it up may be
// somebody else.
func (s *Server) heldBack(c *fiber.Ctx, w *wizard, why notice) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	s.Log.Warn("held back", "id", requestID(c), "route", c.Route().Path, "form", w.form.ID, "reason", why)
	w.notices = append(w.notices, why)
	return s.renderContact(c, w, nil)
}

// toStep leads back to a browse step. What was typed waits in the session.
func (s *Server) toStep(c *fiber.Ctx, w *wizard, step flow.Step) error {
	if err := s.save(c, w); err != nil {
		return err
	}
	w.Choices = w.Journey.Clear(step, w.Choices)
	if !w.Journey.Has(step) {
		step = w.Journey.Next(w.Choices)
	}
	return s.redirect(c, w.pageRequest, step)
}

// nearestSlots is how many free times are offered in place of a lost one.
const nearestSlots = 3

// mend answers a changing request whose slot is gone: the nearest free times, each a button of a
// form that keeps the draft, so that nothing typed is lost with cookies off.
func (s *Server) mend(c *fiber.Ctx, w *wizard) error {
	lost := w.lostSlot(c)
	if w.Company == nil || lost.IsZero() || !w.mayChooseTime() {
		return s.toStep(c, w, w.Journey.Next(w.Choices))
	}
	if err := s.save(c, w); err != nil {
		return err
	}
	s.outdated(c, w, booking.ReasonSlotTaken, lost)
	near, err := s.near(c, w.Company, w.Journey.Offers, w.Filter(flow.Datetime), lost)
	if err != nil {
		return err
	}
	if len(w.notices) == 0 {
		w.notices = append(w.notices, noticeDropped(flow.Datetime))
	}
	token, err := w.mint(c, s)
	if err != nil {
		return err
	}
	w.page, w.Slot = urls.Datetime, catalog.Slot{}
	w.Choices = w.Journey.Clear(flow.Datetime, w.Choices)
	w.self = here(c)
	page := pages.LostPage{
		Base: s.base(c, w.pageRequest, w.text.T("button.select_time")), Token: token,
		CalendarURL:   w.url(flow.Datetime, w.Choices),
		CalendarLabel: w.text.T("widget.lost.calendar"),
		Text:          w.text.T("widget.lost.text"),
	}
	if len(near) == 0 {
		page.Text = w.text.T("widget.datetime.none")
	}
	page.Private, page.Typed = true, true
	page.Slots = nearSlots(w.pageRequest, near, s.slotWho(w.pageRequest), func(start time.Time) string {
		return w.url(flow.Contact, w.Journey.Set(flow.Datetime, w.Choices, flow.Choice{Slot: start}))
	})
	return render(c, fiber.StatusConflict, pages.LostView(page))
}

// nearSlots are times for the page that offers them in place of a lost one. Who names whose they are.
func nearSlots(v *pageRequest, near []catalog.Slot, who string, choose func(start time.Time) string) []pages.NearSlot {
	out := make([]pages.NearSlot, len(near))
	for i, slot := range near {
		day, clock := v.text.Date(slot.Start), v.text.Time(slot.Start)
		out[i] = pages.NearSlot{ISO: slot.Start.Format(iso), Time: clock, Day: day, Label: join(", ", clock, day, who), URL: choose(slot.Start)}
	}
	return out
}

// lostSlot is the time that the customer wanted; zero when there is none, or when nobody knows in which zone it is to
// be read, because no company is chosen.
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

// mayChooseTime says whether all that the question for a time needs is decided.
func (w *wizard) mayChooseTime() bool {
	return w.Journey.MayOpen(flow.Datetime, w.Choices)
}

// near are the free times nearest to a lost one: of its day and, when that has too few, of the days
// around it, but for times that are no use. Each day is one question.
func (s *Server) near(c *fiber.Ctx, company *catalog.Company, offers func(time.Time) bool, filter catalog.Filter, lost time.Time, useless ...time.Time) ([]catalog.Slot, error) {
	unfit := func(x catalog.Slot) bool {
		return !offers(x.Start) || x.Start.Equal(lost) || slices.ContainsFunc(useless, x.Start.Equal)
	}
	day := lost.Format(time.DateOnly)
	var found []catalog.Slot
	for _, of := range flow.DaysOf(lost) {
		offered, err := s.Catalog.Slots(c.UserContext(), company, of, filter)
		if err != nil {
			return nil, err
		}
		found = append(found, offered...)
	}
	found = slices.DeleteFunc(found, unfit)
	if len(found) < nearestSlots {
		dates, err := s.Catalog.Dates(c.UserContext(), company, filter)
		if err != nil {
			return nil, err
		}
		days := dates.Near(day)
		for _, other := range days[:min(len(days), nearestSlots)] {
			more, err := s.Catalog.Slots(c.UserContext(), company, other, filter)
			if err != nil {
				return nil, err
			}
			if found = slices.DeleteFunc(append(found, more...), unfit); len(found) >= nearestSlots {
				break
			}
		}
	}
	slices.SortStableFunc(found, func(a, b catalog.Slot) int {
		return cmp.Compare(a.Start.Sub(lost).Abs(), b.Start.Sub(lost).Abs())
	})
	found = found[:min(len(found), nearestSlots)]
	slices.SortFunc(found, func(a, b catalog.Slot) int { return a.Start.Compare(b.Start) })
	return found, nil
}

// reasonElsewhere is shown in place of what is known of a visit that somebody else may have made with the same phone.
const reasonElsewhere booking.Reason = "elsewhere"

// refusalPage is a refusal that the customer cannot mend in the form: it says what to do instead.
func (s *Server) refusalPage(c *fiber.Ctx, v *pageRequest, reason booking.Reason) error {
	v.page = urls.Error
	page := pages.ErrorPage{
		Base: s.base(c, v, v.text.T("widget.refused."+string(reason)+".title")),
		Text: v.text.T("widget.refused." + string(reason) + ".text"),
		Ref:  requestID(c),
	}
	page.ErrorKind, page.Private = string(reason), true
	if href := page.Salon.PhoneHref; href != "" {
		page.Actions = append(page.Actions, layout.Link{Title: page.Salon.Phone, URL: href})
	}
	page.Actions = append(page.Actions, layout.Link{Title: v.text.T("record.create_new_record"), URL: page.StartURL})
	return render(c, fiber.StatusUnprocessableEntity, pages.ErrorView(page))
}
