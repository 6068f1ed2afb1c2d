package server

import (
	"net/url"
	"slices"

	"okoshko/internal/booking"
	"okoshko/internal/flow"
	"okoshko/web/templates/layout"
)

// notice is something a page has to say about how the customer came to it. It travels in the URL
// by name, so that a redirect to the right step can say why; unknown names are ignored.
type notice string

const (
	noticeLink    notice = "link"    // the link held something that is no choice at all
	noticeExpired notice = "expired" // the form lay open for too long
	noticeAgain   notice = "again"   // a code could not be sent
	noticeBasket  notice = "basket"  // a finished visit of the order is gone
	noticeEvent   notice = "event"   // the chosen group event is gone or full
	noticeCodes   notice = "codes"   // too many text messages were asked for
	noticeSpent   notice = "spent"   // the code has served already
	noticeTries   notice = "tries"   // the code was wrong too often
	noticeOften   notice = "often"   // too many bookings from one address
	noticeDown    notice = "down"    // the upstream does not answer, and what was typed is kept
	// The upstream does not answer, and what is shown is what was kept.
	noticeOutdated notice = "outdated"

	noticeElsewhere notice = "elsewhere"  // a booking of this phone may stand, made somewhere else
	noticeEarly     notice = "early"      // the button was pressed before anybody can have read the page
	noticeSignedOut notice = "signed_out" // the account is no longer open
)

// noticeDropped says that a step's choice is not, or no longer, offered.
func noticeDropped(step flow.Step) notice { return notice("gone_" + string(step)) }

// noticeRefused says why the upstream did not book.
func noticeRefused(r booking.Reason) notice { return notice("refused_" + string(r)) }

// notices are all those that may travel in a URL.
var notices = []notice{
	noticeLink, noticeBasket, noticeEvent,
	noticeDropped(flow.City), noticeDropped(flow.Company), noticeDropped(flow.Service),
	noticeDropped(flow.Master), noticeDropped(flow.Datetime),
	noticeRefused(booking.ReasonSlotTaken), noticeRefused(booking.ReasonNobodyFree),
	noticeRefused(booking.ReasonOverlap), noticeRefused(booking.ReasonServiceGone),
	noticeRefused(booking.ReasonGone), noticeRefused(booking.ReasonNotSent),
}

// noticesFrom reads the notices of a URL, each once and in a fixed order.
func noticesFrom(query url.Values) []notice {
	var found []notice
	for _, n := range notices {
		if slices.Contains(query["notice"], string(n)) {
			found = append(found, n)
		}
	}
	return found
}

// alert is a notice in words. Where the widget cannot help for now, the salon's phone can.
func (v *pageRequest) alert(n notice) layout.Alert {
	out := layout.Alert{Kind: "error", Text: v.text.T("widget.notice." + string(n))}
	if slices.Contains([]notice{noticeCodes, noticeTries, noticeOften, noticeAgain, noticeRefused(booking.ReasonNotSent), noticeDown, noticeOutdated, noticeElsewhere}, n) && v.Company != nil {
		out.Link = callLink(v.Company.Phone)
	}
	return out
}
