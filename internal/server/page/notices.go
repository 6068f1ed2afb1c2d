package page

import (
	"net/url"
	"slices"

	"okoshko/internal/booking"
	"okoshko/internal/flow"
	"okoshko/web/templates/layout"
)

// Notice is something a page has to say about how the customer came to it. It travels in the URL
// by name, so that a redirect to the right step can say why; unknown names are ignored.
type Notice string

// The notices.
const (
	NoticeLink    Notice = "link"    // the link held something that is no choice at all
	NoticeExpired Notice = "expired" // the form lay open for too long
	NoticeAgain   Notice = "again"   // a code could not be sent
	noticeBasket  Notice = "basket"  // a finished visit of the order is gone
	NoticeEvent   Notice = "event"   // the chosen group event is gone or full
	NoticeCodes   Notice = "codes"   // too many text messages were asked for
	NoticeSpent   Notice = "spent"   // the code has served already
	NoticeTries   Notice = "tries"   // the code was wrong too often
	NoticeOften   Notice = "often"   // too many bookings from one address
	NoticeDown    Notice = "down"    // the upstream does not answer, and what was typed is kept
	// The upstream does not answer, and what is shown is what was kept.
	noticeOutdated Notice = "outdated"

	NoticeElsewhere Notice = "elsewhere"  // a booking of this phone may stand, made somewhere else
	NoticeEarly     Notice = "early"      // the button was pressed before anybody can have read the page
	NoticeSignedOut Notice = "signed_out" // the account is no longer open
)

// NoticeDropped says that a step's choice is not, or no longer, offered.
func NoticeDropped(step flow.Step) Notice { return Notice("gone_" + string(step)) }

// NoticeRefused says why the upstream did not book.
func NoticeRefused(r booking.Reason) Notice { return Notice("refused_" + string(r)) }

// notices are all those that may travel in a URL.
var notices = []Notice{
	NoticeLink, noticeBasket, NoticeEvent,
	NoticeDropped(flow.City), NoticeDropped(flow.Company), NoticeDropped(flow.Service),
	NoticeDropped(flow.Master), NoticeDropped(flow.Datetime),
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

// Alert is a notice in words. Where the widget cannot help for now, the salon's phone can.
func (v *Request) Alert(n Notice) layout.Alert {
	out := layout.Alert{Kind: "error", Text: v.Text.T("widget.notice." + string(n))}
	if slices.Contains([]Notice{NoticeCodes, NoticeTries, NoticeOften, NoticeAgain, NoticeRefused(booking.ReasonNotSent), NoticeDown, noticeOutdated, NoticeElsewhere}, n) && v.Company != nil {
		out.Link = CallLink(v.Company.Phone)
	}
	return out
}
