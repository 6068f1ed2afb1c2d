package pages

import "okoshko/web/templates/layout"

// GroupEventsPage lists group events by day.
type GroupEventsPage struct {
	layout.Base
	Strip           []Day         // two weeks, whose days narrow the list; empty when there are no events
	Sooner, Later   *layout.Link  // to the weeks before and after; nil where there are none
	AllDays         *layout.Link  // takes back that the list is narrowed to a day
	Services        []layout.Link // narrow the list to a service; the first is all
	Groups          []GroupEventDay
	EmptyText       string
	AppointmentURL  string // of the page that books an appointment instead; empty where there is none
	AppointmentText string
}

// GroupEventDay is a day with its group events.
type GroupEventDay struct {
	Date   string // YYYY-MM-DD
	Title  string
	Events []GroupEvent
}

// GroupEvent is one group event.
type GroupEvent struct {
	ID      int
	Title   string
	Comment string // plain text
	// Instructions are what to bring and when to come, plain text; empty when the salon says nothing.
	Instructions string
	StreamURL    string // where it can be watched; may be empty
	Labels       []string
	Hall         string // may be empty
	ImageURL     string
	Master       string
	AvatarURL    string
	Initials     string
	When         string // "Wednesday, 25 November"
	Time         string // "14:30"
	ISO          string
	Duration     string
	Price        string // for one place
	Left         string // "3 places left"
	Full         bool
	URL          string
}

// GroupEventPage is one group event, with the number of places to take.
type GroupEventPage struct {
	layout.Base
	GroupEvent GroupEvent
	Note       string // about paying in advance; may be empty
	SeatsTitle string
	Seats      []Seats // empty when it is full
	BackURL    string
	BackText   string
}

// Seats is one number of places to go on with.
type Seats struct {
	Number int
	Text   string // "2 places"
	Price  string
	URL    string
}
