package server

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/flow"
	"okoshko/internal/ical"
	"okoshko/internal/upstream/budget"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

const iso = "2006-01-02T15:04:05-07:00"

// showRecord shows a visit and what can be done about it.
func (s *Server) showRecord(c *fiber.Ctx, o *visitPage) error {
	return s.renderRecord(c, o, fiber.StatusOK)
}

// renderRecord draws the visit's page, with alerts above those that the visit has by itself.
func (s *Server) renderRecord(c *fiber.Ctx, o *visitPage, status int, alerts ...layout.Alert) error {
	d, text := o.visit, o.text
	o.page = urls.Record
	if d.Status == booking.StatusCancelled {
		o.page = urls.Cancelled
	}
	o.self = o.address.Path(urls.VisitShown) // also where it is the answer to a form
	page := pages.RecordPage{
		Base: o.base(c, s, text.T("header.record")), Status: string(d.Status), Badge: text.T("widget.record.status." + string(d.Status)),
		Visit: recordVisit(o.pageRequest, d), Comment: d.Comment,
		CalendarURL: o.url(urls.VisitCalendar), CalendarLabel: text.T("widget.record.calendar"),
		Again: layout.Link{Title: text.T("header.booking_again"), URL: o.repeat(d)}, Another: layout.Link{Title: text.T("record.create_new_record"), URL: o.startURL()},
	}
	page.Visit.RecordID, page.Visit.RecordURL = d.ID, o.url(urls.VisitShown)
	page.Visit.Payment = o.payment(d, c.Params(urls.PathHash))
	if o.who != nil {
		page.Back = &layout.Link{Title: text.T("widget.me.back"), URL: accountURL(o.form.ID, o.Choices.Lang)}
	}
	if !d.MovedFrom.IsZero() {
		page.Note = text.T("widget.record.moved_from", "when", when(text, d.MovedFrom))
	}
	if d.Status == booking.StatusCancelled {
		page.CalendarLabel, page.CalendarNote = text.T("widget.record.uncalendar"), text.T("widget.record.uncalendar_note")
	} else if d.Start.After(s.Now()) {
		page.GoogleURL = ical.GoogleURL(o.calendarVisit(s.Now()))
		if page.FeedURL = feedURL(c, o); page.FeedURL != "" {
			page.CalendarNote = text.T("widget.record.subscribe_note")
		}
	}
	if c.Query(urls.QuerySay) == "other" && d.Status != booking.StatusCancelled {
		page.Alerts = append(page.Alerts, layout.Alert{Kind: "error", Text: text.T("widget.change.other")})
	}
	page.GroupEvent, page.More = s.bookedEvent(c, o), s.moreOf(c, o)
	o.offer(&page, s.Now())
	alert, refresh := o.changeAlert(s.Now())
	page.Alerts = append(append(alerts, alert...), page.Alerts...)
	if len(alerts) == 0 {
		page.RefreshSec = refresh
	}
	if isRecordPage(c) && o.changedLately(s.Now()) {
		page.Event = o.changeEvent()
	}
	return render(c, status, pages.RecordView(page))
}

// bookedEvent is what the salon tells of the group event that a visit is to. Nobody waits for it: it is asked for while
// calls are to spare, and kept.
func (s *Server) bookedEvent(c *fiber.Ctx, o *visitPage) *pages.Event {
	if o.visit.GroupEvent == 0 || o.visit.Status == booking.StatusCancelled {
		return nil
	}
	event, err := s.Catalog.BookedGroupEvent(budget.WithPriority(c.UserContext(), budget.P2), o.lang, o.Company, o.visit.GroupEvent)
	if err != nil {
		s.Log.Debug("event of a visit", "id", requestID(c), "error", err)
		return nil
	}
	out := pages.Event{Comment: join("\n", event.Hall, event.Comment), Instructions: event.Instructions, StreamURL: event.StreamURL, Labels: event.Labels}
	if len(out.Labels) == 0 && out.Comment == "" && out.Instructions == "" && out.StreamURL == "" {
		return nil
	}
	return &out
}

// moreOf are the reminders that are still to come, and what the customer has answered the salon's own questions. A
// question that the form does not ask is the salon's own business.
func (s *Server) moreOf(c *fiber.Ctx, o *visitPage) []pages.Row {
	var out []pages.Row
	for _, reminder := range []struct {
		label string
		hours int
	}{{"confirm.emailNotify", o.visit.ReminderEmail}, {"widget.contact.reminder_sms", o.visit.ReminderSMS}} {
		at := o.visit.Start.Add(-time.Duration(reminder.hours) * time.Hour)
		if reminder.hours > 0 && o.visit.Status != booking.StatusCancelled && at.After(s.Now()) {
			out = append(out, pages.Row{Label: o.text.T(reminder.label), Value: before(o.text, reminder.hours)})
		}
	}
	if len(o.visit.Answers) == 0 {
		return out
	}
	for _, f := range s.questions(c, o.pageRequest) {
		var shown []string
		for _, value := range o.visit.Answers[f.Code] {
			if chosen := chosenValue(f, value); chosen != nil {
				value = chosen.Title
			}
			shown = append(shown, value)
		}
		if len(shown) > 0 {
			out = append(out, pages.Row{Label: f.Title, Value: strings.Join(shown, ", ")})
		}
	}
	return out
}

// offer fills what may be done to the visit now, and says of the rest why not.
func (o *visitPage) offer(page *pages.RecordPage, now time.Time) {
	move, cancel := o.visit.MayMove(now), o.visit.MayCancel(now)
	if o.change.Open() {
		return // until it is known how the last change ends, another would be a guess
	}
	if move.OK {
		page.MoveURL = o.url(urls.VisitMove)
	} else {
		page.Denials = appendText(page.Denials, o.denial("move", move))
	}
	if cancel.OK {
		page.CancelURL = o.url(urls.VisitCancel)
	} else {
		page.Denials = appendText(page.Denials, o.denial("cancel", cancel))
	}
}

// denial says in words why a visit cannot be changed, "" where there is nothing to say.
func (o *visitPage) denial(act string, p booking.Permit) string {
	switch p.Why {
	case booking.DenialSalon:
		return o.text.T("widget." + act + ".salon")
	case booking.DenialLate:
		return o.text.T("widget."+act+".late", "before", o.text.Duration(p.Before))
	case booking.DenialGroupEvent:
		return o.text.T("widget.move.event")
	default:
		return ""
	}
}

// until says how long a visit may still be changed, "" where the salon sets no limit.
func (o *visitPage) until(act string, p booking.Permit) string {
	if p.Until.IsZero() {
		return ""
	}
	return o.text.T("widget."+act+".until", "when", when(o.text, p.Until.In(o.Company.Location)))
}

func appendText(list []string, text string) []string {
	if text == "" {
		return list
	}
	return append(list, text)
}

// News of a change stand on the visit's page for a while, whoever looks.
const (
	doneNews   = 10 * time.Minute
	failedNews = time.Hour
)

// changeAlert says how the last change of the visit ended, or that this is not known yet; the page then
// asks for itself again.
func (o *visitPage) changeAlert(now time.Time) (alerts []layout.Alert, refreshSec int) {
	act := "move"
	if o.change.Cancels() {
		act = "cancel"
	}
	age := now.Sub(o.change.Sent)
	switch {
	case o.change.ID == "":
	case o.change.State == booking.StateUnknown:
		return []layout.Alert{{Kind: "info", Text: o.text.T("widget." + act + ".unknown"), Link: callLink(o.Company.Phone)}}, refreshChecking
	case o.change.Open():
		return []layout.Alert{{Kind: "info", Text: o.text.T("widget." + act + ".pending")}}, refreshPending
	case o.changedLately(now):
		return []layout.Alert{{Kind: "info", Text: o.text.T("widget." + act + ".done")}}, 0
	case o.change.Refusal.Reason == booking.ReasonNotSent && !o.change.Sent.IsZero() && age < failedNews:
		return []layout.Alert{{Kind: "error", Text: o.text.T("widget.change.not_sent")}}, 0
	}
	return nil, 0
}

// changedLately says whether the visit was changed a moment ago.
func (o *visitPage) changedLately(now time.Time) bool {
	return o.change.State == booking.StateDone && now.Sub(o.change.Sent) < doneNews && o.tellsOf(o.change)
}

// tellsOf says whether the visit shows a change: the salon may have changed it again since.
func (o *visitPage) tellsOf(c booking.Change) bool {
	return c.Cancels() == (o.visit.Status == booking.StatusCancelled) && (c.Cancels() || c.To.Equal(o.visit.Start))
}

// repeat is the link that opens the flow with a visit's services and master chosen again; of a group
// event it is the list of the coming ones.
func (v *pageRequest) repeat(d *booking.Visit) string {
	choices := flow.Choices{Lang: v.Choices.Lang, HasMaster: true}
	if v.form.GroupID != 0 {
		choices.City, choices.Company = v.Company.CityID, v.Company.ID
	}
	if d.GroupEvent != 0 {
		return v.pageURL(urls.Events, 0, v.Journey.Attend(choices, 0, 0))
	}
	if !d.Any {
		choices.Master = d.MasterID
	}
	for _, service := range d.Services {
		choices.Services = append(choices.Services, service.ID)
	}
	return chosenURL(urls.Form(v.form.ID), choices)
}

// recordVisit is a record as a visit, in the company's zone.
func recordVisit(v *pageRequest, d *booking.Visit) pages.Visit {
	out := pages.Visit{When: when(v.text, d.Start), ISO: d.Start.Format(iso), Master: d.Master, Payment: v.payment(d, "")}
	if d.Length > 0 {
		out.Duration = v.text.Duration(d.Length)
	}
	for _, service := range d.Services {
		out.Services = append(out.Services, v.bookedRow(service, d.Currency))
	}
	place(&out, v.Company)
	return out
}
