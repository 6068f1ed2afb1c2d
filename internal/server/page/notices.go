package page

import (
	"net/url"
	"slices"

	"okoshko/internal/booking"
	"okoshko/internal/flow"
	"okoshko/web/templates/layout"
)

// Notice is the name of a message that a page shows because of what happened before it. Some notices are put into the URL of
// a redirect, so that the next page says why it is shown. Unknown names are ignored.
type Notice string

// The notices.
const (
	NoticeLink    Notice = "link"    // the link held a malformed choice
	NoticeExpired Notice = "expired" // the form's token has expired
	NoticeAgain   Notice = "again"   // a code could not be sent
	noticeBasket  Notice = "basket"  // an appointment of the basket is no longer offered
	NoticeEvent   Notice = "event"   // the chosen group event is gone or full
	NoticeCodes   Notice = "codes"   // too many text messages were asked for
	NoticeSpent   Notice = "spent"   // the code has been used already
	NoticeTries   Notice = "tries"   // the code was wrong too often
	NoticeOften   Notice = "often"   // too many bookings from one address
	NoticeDown    Notice = "down"    // the upstream does not answer; the typed data is saved
	// The upstream does not answer, and the page shows cached answers.
	noticeOutdated Notice = "outdated"

	noticeUnfit   Notice = "unfit_master" // the chosen master does not do the chosen services
	noticeTooLong Notice = "too_long"     // the chosen time is free, but not for as long as the chosen services take

	NoticeElsewhere Notice = "elsewhere"  // the phone may have an earlier booking, made in another session
	NoticeEarly     Notice = "early"      // the button was pressed sooner than a person can read the page
	NoticeSignedOut Notice = "signed_out" // the customer is no longer signed in
)

// NoticeDropped says that the choice of a step is not offered, or no longer.
func NoticeDropped(step flow.Step) Notice { return Notice("gone_" + string(step)) }

// dropped says why the choice of a step was dropped.
func (v *Request) dropped(step flow.Step) Notice {
	if step == flow.Master && v.Unfit != 0 {
		return noticeUnfit
	}
	if step == flow.Datetime && v.TooLong {
		return noticeTooLong
	}
	return NoticeDropped(step)
}

// NoticeRefused says why the upstream did not book.
func NoticeRefused(r booking.Reason) Notice { return Notice("refused_" + string(r)) }

// notices lists the notices that may be in a URL.
var notices = []Notice{
	NoticeLink, noticeBasket, NoticeEvent,
	NoticeDropped(flow.City), NoticeDropped(flow.Company), NoticeDropped(flow.Service),
	NoticeDropped(flow.Master), NoticeDropped(flow.Datetime), noticeUnfit, noticeTooLong,
	NoticeRefused(booking.ReasonSlotTaken), NoticeRefused(booking.ReasonNobodyFree),
	NoticeRefused(booking.ReasonOverlap), NoticeRefused(booking.ReasonServiceGone),
	NoticeRefused(booking.ReasonGone), NoticeRefused(booking.ReasonNotSent),
}

// noticesFrom reads the notices of a URL, each once and in a fixed order.
func noticesFrom(query url.Values) []Notice {
	var found []Notice
	for _, n := range notices {
		if slices.Contains(query["notice"], string(n)) {
			found = append(found, n)
		}
	}
	return found
}

// Alert returns the alert that shows a notice. It has the salon's phone when the widget cannot help for now.
func (v *Request) Alert(n Notice) layout.Alert {
	if told, ok := v.standIn(n); ok {
		return told
	}
	out := layout.Alert{Kind: "error", Text: v.Text.T("widget.notice."+string(n), "button", v.Text.T("button.continue"))}
	if n == noticeTooLong {
		out.Kind = "info"
	}
	if slices.Contains([]Notice{NoticeCodes, NoticeTries, NoticeOften, NoticeAgain, NoticeRefused(booking.ReasonNotSent), NoticeDown, noticeOutdated, NoticeElsewhere}, n) && v.Company != nil {
		out.Link = CallLink(v.Text, v.Company.Phone)
	}
	return out
}

// standIn says that another master stands in for the one who was asked for: there is nothing to mend then.
func (v *Request) standIn(n Notice) (layout.Alert, bool) {
	if n != noticeUnfit && n != NoticeDropped(flow.Master) || v.Master == nil || v.Choices.Master != v.Master.ID || v.Master.ID == v.Unfit {
		return layout.Alert{}, false
	}
	out := layout.Alert{Kind: "info", Text: v.Text.T("widget.notice.other_master", "other", v.Master.Name)}
	if n == noticeUnfit && v.unfitName != "" {
		out.Text = v.Text.T("widget.notice.unfit_other", "name", v.unfitName, "other", v.Master.Name)
	}
	return out, true
}

// Blameless takes back that the chosen master is not to be booked: nobody is.
func (v *Request) Blameless() {
	v.Notices = slices.DeleteFunc(v.Notices, func(n Notice) bool { return n == noticeUnfit || n == NoticeDropped(flow.Master) })
}
