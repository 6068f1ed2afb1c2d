package pages

import (
	"slices"

	"okoshko/web/templates/layout"
)

// WindowsPage lists what is free soon: branches of a chain, days with their masters, or services of a group.
type WindowsPage struct {
	layout.Base
	Filters   []WindowFilter
	Branches  []Company // of a chain, while none is chosen
	Days      []WindowDay
	Services  []WindowService // of the chosen group
	Rest      []WindowMaster  // masters of whom it is not known when they are free
	RestTitle string
	EmptyText string       // why nothing is listed
	Wish      *layout.Link // asks to be told when a time opens; may be nil
	Listed    bool         // a website lists them, and a press opens the booking beside them
	All       *layout.Link
	Onward    *layout.Link
	PartNote  string // that there may be more times; empty when these are all
	ZoneNote  string
}

// WindowFilter is a row of links that narrow the list. The current one takes the filter away.
type WindowFilter struct {
	Name  string // of what it narrows to, in data-filter
	Title string
	Links []layout.Link
}

// WindowDay is a day with those who are free on it.
type WindowDay struct {
	Date    string // YYYY-MM-DD
	Title   string
	Masters []WindowMaster
}

// WindowMaster is a master with the first free times of a day.
type WindowMaster struct {
	ID        int
	Name      string
	Role      string
	AvatarURL string
	Initials  string
	Slots     []Slot
	DayURL    string       // where all times of the day are; empty where Slots is
	More      int          // how many times of the day there are beside these
	Onward    *layout.Link // to the times of the day, where there are more than these or where they are not known; nil else
	Spoken    string       // the accessible name of Onward
}

// WindowService is a service with its first known free times.
type WindowService struct {
	ID     int
	Title  string
	URL    string       // to the windows of this service, where they are known, else to its times
	Facts  string       // its length and its price
	For    string       // "for men"; empty for everybody
	Day    string       // of the times
	Slots  []Slot       // none where none is known
	Onward *layout.Link // to all its times; nil where URL leads there
	Spoken string       // the accessible name of Onward
}

// opening returns slots that open the booking beside their page, where a website lists them.
func opening(slots []Slot, listed bool) []Slot {
	if !listed {
		return slots
	}
	out := slices.Clone(slots)
	for i := range out {
		out[i].Opens = true
	}
	return out
}
