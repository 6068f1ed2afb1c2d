package pages

import "okoshko/web/templates/layout"

// LostPage offers the nearest free times in place of one that was taken while the customer typed.
// Its slots are buttons of one POST form, so that the draft goes along with cookies off. It
// belongs to the datetime step.
type LostPage struct {
	layout.Base
	Token         string
	Text          string
	Slots         []NearSlot
	CalendarURL   string
	CalendarLabel string
	Wish          *layout.Link // asks to be told when a time opens; may be nil
}

// NearSlot is one free time in place of a lost one.
type NearSlot struct {
	ISO   string
	Time  string
	Day   string
	Label string // names it in full, beginning with what is seen of it
	URL   string // where it is chosen
}
