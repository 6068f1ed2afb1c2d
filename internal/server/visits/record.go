package visits

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/ical"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/upstream/budget"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// ShowRecord shows the page of a visit.
func (s *Handlers) ShowRecord(c *fiber.Ctx, o *visitPage) error {
	return s.renderRecord(c, o, fiber.StatusOK)
}

// renderRecord shows the page of a visit, with alerts before those about the visit's last change.
func (s *Handlers) renderRecord(c *fiber.Ctx, o *visitPage, status int, alerts ...layout.Alert) error {
	d, text := o.visit, o.Text
	o.Page = urls.Record
	if d.Status == booking.StatusCancelled {
		o.Page = urls.Cancelled
	}
	o.Self = o.address.Path(urls.VisitShown) // the page may answer a form at another address
	view := pages.RecordPage{
		Base: o.base(c, s, text.T("header.record")), Status: string(d.Status), Badge: text.T("widget.record.status." + string(d.Status)),
		Visit: page.RecordVisit(o.Request, d), Comment: d.Comment,
		Again: layout.Link{Title: text.T("widget.record.repeat"), URL: o.Repeat(d)}, Another: layout.Link{Title: text.T("widget.record.another"), URL: o.StartURL()},
	}
	view.Visit.RecordID = d.ID
	if o.who == nil {
		view.Visit.Share = s.Pages.Share(c, o.Request, o.url(urls.VisitShown), &view.Visit)
		view.Visit.Share.Here, view.Visit.Share.Note = true, o.ShareNote(d)
	}
	view.Visit.Payment = o.Payment(d, c.Params(urls.PathHash))
	if o.who != nil {
		view.Back = &layout.Link{Title: text.T("widget.me.back"), URL: page.AccountURL(o.Form.ID, o.Choices.Lang)}
	}
	if !d.MovedFrom.IsZero() {
		view.Note = text.T("widget.record.moved_from", "when", o.When(d.MovedFrom))
	}
	if d.Status == booking.StatusCancelled {
		view.CalendarURL, view.CalendarLabel, view.CalendarNote = o.url(urls.VisitCalendar), text.T("widget.record.uncalendar"), text.T("widget.record.uncalendar_note")
		if d.GroupEvent == 0 { // an event is repeated by choosing from the list of events
			view.Rebook = &layout.Link{Title: text.T("widget.record.rebook"), URL: view.Again.URL}
		}
	} else {
		view.Visit.CalendarURL = o.url(urls.VisitCalendar)
	}
	if d.Status != booking.StatusCancelled && d.Start.After(s.Now()) {
		view.GoogleURL = ical.GoogleURL(o.calendarVisit(s.Now()))
		if view.FeedURL = feedURL(c, o); view.FeedURL != "" {
			view.CalendarNote = text.T("widget.record.subscribe_note")
		}
	}
	if c.Query(urls.QuerySay) == "other" && d.Status != booking.StatusCancelled {
		view.Alerts = append(view.Alerts, layout.Alert{Kind: "error", Text: text.T("widget.change.other")})
	}
	view.GroupEvent, view.More = s.bookedEvent(c, o), s.moreOf(c, o)
	o.offer(&view, s.Now())
	view.Wish = s.wishLink(o)
	alert, again := o.changeAlert(s.Now())
	view.Alerts = append(append(alerts, alert...), view.Alerts...)
	if len(alerts) == 0 && again > 0 {
		view.Waiting = page.Again(c, text, again, o.url(urls.VisitShown))
	}
	if guard.IsRecordPage(c) && o.changedLately(s.Now()) {
		view.Message = page.ChangedMessage(o.Request, o.change)
	}
	return response.Render(c, status, pages.RecordView(view))
}

// bookedEvent returns what the salon says about the group event of a visit, nil when that is not known. Its call has a low
// priority, because the page is useful without the answer.
func (s *Handlers) bookedEvent(c *fiber.Ctx, o *visitPage) *pages.GroupEvent {
	if o.visit.GroupEvent == 0 || o.visit.Status == booking.StatusCancelled {
		return nil
	}
	event, err := s.Catalog.BookedGroupEvent(budget.WithPriority(c.UserContext(), budget.P2), o.Lang, o.Company, o.visit.GroupEvent)
	if err != nil {
		s.Log.Debug("event of a visit", "id", response.RequestID(c), "error", err)
		return nil
	}
	out := pages.GroupEvent{Comment: pages.Join("\n", event.Hall, event.Comment), Instructions: event.Instructions, StreamURL: event.StreamURL, Labels: event.Labels}
	if len(out.Labels) == 0 && out.Comment == "" && out.Instructions == "" && out.StreamURL == "" {
		return nil
	}
	return &out
}

// moreOf returns the reminders that are still to be sent, and the answers to the salon's questions. Answers to questions that
// the form does not ask are left out, because they concern the salon alone.
func (s *Handlers) moreOf(c *fiber.Ctx, o *visitPage) []pages.Row {
	var out []pages.Row
	for _, reminder := range []struct {
		label string
		hours int
	}{{"confirm.emailNotify", o.visit.ReminderEmail}, {"widget.contact.reminder_sms", o.visit.ReminderSMS}} {
		at := o.visit.Start.Add(-time.Duration(reminder.hours) * time.Hour)
		if reminder.hours > 0 && o.visit.Status != booking.StatusCancelled && at.After(s.Now()) {
			out = append(out, pages.Row{Label: o.Text.T(reminder.label), Value: page.Before(o.Text, reminder.hours)})
		}
	}
	if len(o.visit.Answers) == 0 {
		return out
	}
	for _, f := range s.Pages.Questions(c, o.Request) {
		var shown []string
		for _, value := range o.visit.Answers[f.Code] {
			if chosen := page.ChosenValue(f, value); chosen != nil {
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

// offer adds the links that move and cancel the visit, or the reasons why it cannot be moved or cancelled.
func (o *visitPage) offer(view *pages.RecordPage, now time.Time) {
	move, cancel := o.visit.MayMove(now), o.visit.MayCancel(now)
	if o.change.Open() {
		return // the outcome of the last change is not known, so another one may be wrong
	}
	if move.OK {
		view.MoveURL, view.MoveUntil = o.url(urls.VisitMove), o.Deadline(ActMove, move)
	} else {
		view.Denials = appendText(view.Denials, o.Denial(ActMove, move, cancel))
	}
	if cancel.OK {
		view.CancelURL, view.CancelUntil = o.url(urls.VisitCancel), o.Deadline(ActCancel, cancel)
	} else {
		view.Denials = appendText(view.Denials, o.Denial(ActCancel, cancel, cancel))
	}
}

func appendText(list []string, text string) []string {
	if text == "" {
		return list
	}
	return append(list, text)
}

// How long the visit's page shows the outcome of a change.
const (
	doneNews   = 10 * time.Minute
	failedNews = time.Hour
)

// changeAlert returns the alert about the visit's last change. While the outcome is not known, it also returns after how many
// seconds the page asks for itself again.
func (o *visitPage) changeAlert(now time.Time) (alerts []layout.Alert, again int) {
	act := "move"
	if o.change.Cancels() {
		act = "cancel"
	}
	age := now.Sub(o.change.Sent)
	switch {
	case o.change.ID == "":
	case o.change.State == booking.StateUnknown:
		return []layout.Alert{{Kind: "info", Text: o.Text.T("widget." + act + ".unknown"), Link: page.CallLink(o.Text, o.Company.Phone)}}, page.AgainChecking
	case o.change.Open():
		return []layout.Alert{{Kind: "info", Text: o.Text.T("widget." + act + ".pending")}}, page.AgainPending
	case o.changedLately(now):
		return []layout.Alert{{Kind: "info", Text: o.Text.T("widget." + act + ".done")}}, 0
	case o.change.Refusal.Reason == booking.ReasonNotSent && !o.change.Sent.IsZero() && age < failedNews:
		return []layout.Alert{{Kind: "error", Text: o.Text.T("widget.change.not_sent")}}, 0
	}
	return nil, 0
}

// changedLately says whether the visit was changed here a moment ago and still shows that change.
func (o *visitPage) changedLately(now time.Time) bool {
	return o.change.State == booking.StateDone && now.Sub(o.change.Sent) < doneNews && o.shows(o.change)
}

// shows says whether the visit shows a change. It does not when the salon has changed the visit again.
func (o *visitPage) shows(c booking.Change) bool {
	return c.Cancels() == (o.visit.Status == booking.StatusCancelled) && (c.Cancels() || c.To.Equal(o.visit.Start))
}
