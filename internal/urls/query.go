package urls

// The parameters that hold what a customer has chosen. Package flow reads and writes their values.
const (
	QueryCity     = "city"
	QueryCompany  = "company"
	QueryServices = "services"
	QueryMaster   = "master"
	QueryDate     = "date"
	QuerySlot     = "slot"
	QueryEvent    = "event"
	QuerySeats    = "seats"
	QueryBasket   = "basket"
	QueryThen     = "then"
	QueryLang     = "lang"
	QueryScheme   = "scheme"
)

// The parameters that choose nothing and say what of a page is shown.
const (
	QueryFrom     = "from"     // the first day of the weeks that are shown
	QueryMonth    = "month"    // the month that is shown
	QueryBy       = "by"       // what is chosen first on a page of times: ByTime, else the master
	QueryCalendar = "calendar" // the calendar with the weeks is unfolded
	QuerySearch   = "q"        // what is looked for in a list
	QueryDay      = "day"      // the only day whose events are listed
	QueryService  = "service"  // the only service whose events are listed
	QueryMode     = "mode"     // how a website shows the form: ModeWindows, else as a booking
	QueryGroup    = "group"    // the category whose services a page of windows lists
)

// ByTime is the value of QueryBy where the customer chooses the time first, and then who is free at it.
const ByTime = "time"

// ModeWindows is the value of QueryMode where a website lists the windows of a form. The loader sends each element's mode.
const ModeWindows = "windows"

// The parameters of single pages and of one passage from a page to the next.
const (
	QueryAgain    = "again"   // how often the page has asked for itself without a script; "off" = it does not
	QueryAttempt  = "attempt" // the booking whose end is shown
	QueryHostLang = "hl"      // the language of the website that shows the widget
	QueryLink     = "link"    // a link of the upstream's own widget, whole
	QueryNotice   = "notice"  // why the customer was sent to this page
	QueryOpen     = "open"    // a person whom the server took for a robot has pressed the link
	QuerySay      = "say"     // what the page before has done
	QuerySignedIn = "in"      // the customer has just signed in: the browser must send the cookie now
	QueryState    = "o"       // the state of the upstream's own widget
	QueryTold     = "told"    // the wish whose message has led here: waiting.Wish.Ticket
	QueryUnfit    = "unfit"   // the master who does not do what is chosen, beside the notice that says so
	QueryTo       = "to"      // the page of the account that signing in leads to
)

// Campaign lists the parameters by which advertisers know the customer's way here, in the order in which they are written.
func Campaign() []string {
	return []string{"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid", "yclid"}
}
