package pages

import "okoshko/web/templates/layout"

// LostPage offers the nearest free times in place of one that was taken while the customer typed.
// Its slots are buttons of one POST form, so that the draft goes along with cookies off. It
// belongs to the datetime step.
type LostPage struct {
	layout.Base
	Token         string
	Text          string
	Slots         []LostSlot
	CalendarURL   string
	CalendarLabel string
}

// LostSlot is one free time to go on with.
type LostSlot struct {
	ISO    string
	Day    string
	Time   string
	Label  string
	Action string // formaction of the button
}
