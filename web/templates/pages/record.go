package pages

import "okoshko/web/templates/layout"

// RecordPage shows a visit to whoever may see it, and what can be done about it.
type RecordPage struct {
	layout.Base
	Status        string // "booked", "moved", "confirmed", "came", "missed", "cancelled"
	Badge         string // the status in words
	Note          string // when it was before it was moved; may be empty
	Visit         Visit
	GroupEvent    *GroupEvent // nil for a visit that is not to a group event
	More          []Row       // reminders, and what the customer has answered the salon
	Comment       string
	MoveURL       string       // empty where it cannot be moved now
	Wish          *layout.Link // asks to be told when an earlier time opens; may be nil
	MoveUntil     string       // may be empty
	CancelURL     string       // empty where it cannot be cancelled now
	CancelUntil   string       // may be empty
	Denials       []string     // why not
	Rebook        *layout.Link // chooses another time for a cancelled visit; else nil
	CalendarURL   string       // the cancellation as a file for calendars; empty where the visit itself is one
	CalendarLabel string
	GoogleURL     string // empty where there is nothing to come
	FeedURL       string // where a calendar subscribes to the visit; may be empty
	CalendarNote  string // what the file does and does not; may be empty
	Again         layout.Link
	Another       layout.Link
	Back          *layout.Link // to the list of all visits; nil where the link of the visit has led here
}

// CancelPage asks whether a visit is really to be cancelled.
type CancelPage struct {
	layout.Base
	Action    string
	Token     string
	Visit     Visit
	Text      string
	Until     string // until when it can be cancelled; may be empty
	Submit    string
	Press     Press
	MoveURL   string // empty where it cannot be moved now
	MoveLabel string
	BackURL   string
	BackLabel string
}

// MovePage offers other times for a visit: a calendar, or the times nearest to one that is lost.
type MovePage struct {
	layout.Base
	Now           string // when the visit is at present
	What          string // its services
	Master        string // its master at present; may be empty
	Anyone        string // that another master may take it; empty where its master stays
	Until         string // until when it can be moved; may be empty
	Diary         DatetimePage
	Lost          bool
	Near          []NearSlot
	NearText      string // why there are none
	CalendarURL   string
	CalendarLabel string
	BackURL       string
	BackLabel     string
}

// MoveConfirmPage shows a visit as it will be, with the button that moves it.
type MoveConfirmPage struct {
	layout.Base
	Action     string
	Token      string
	Slot       string
	Now        string // when the visit is at present
	Visit      Visit  // at its new time
	Anyone     string // that another master may take it; empty where its master stays
	Submit     string
	Press      Press
	OtherURL   string
	OtherLabel string
	BackURL    string
	BackLabel  string
}
