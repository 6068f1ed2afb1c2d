package pages

import "okoshko/web/templates/layout"

// EventsPage lists group events by day.
type EventsPage struct {
	layout.Base
	Days      []layout.Link // narrow the list to a day; the first is all days
	Services  []layout.Link // narrow the list to a service; the first is all
	Groups    []EventGroup
	EmptyText string
	OwnURL    string // to visits of one's own; empty where there are none
	OwnText   string
}

// EventGroup is a day with its events.
type EventGroup struct {
	Date   string // YYYY-MM-DD
	Title  string
	Events []Event
}

// Event is one group event.
type Event struct {
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

// EventPage is one event, with the number of places to take.
type EventPage struct {
	layout.Base
	Event      Event
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
