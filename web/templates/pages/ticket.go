package pages

import "okoshko/web/templates/ui"

// Ticket is what is about to be booked, as the pages show it on which the customer is asked for the rest. It stands for the
// summary of other pages, so each of its lines has a link that changes it.
type Ticket struct {
	Title  string
	Change string // the text of the controls that change
	Action string // where the form beside the ticket keeps what is typed; empty where nothing is
	Remove string // the text of the links that remove a visit
	Visits []TicketVisit
	Total  string // empty where it says nothing that the visits do not say
	Terms  []Term // what to know before the last press
	AddURL string // adds another visit; empty where that makes no sense
	Add    string
}

// TicketVisit is one visit of a ticket.
type TicketVisit struct {
	Visit
	Number string // "Visit 1"; empty where there is one only
	Basket bool   // whether it has been chosen before the one that is being chosen
	Cancel string // until when it can be cancelled online
	Step   string // that chooses its services: "service" or "events"
	// Where each line is changed; empty where there is no choice to change.
	WhenURL, ServicesURL, MasterURL, PlaceURL string
	// ChangeURL is where a visit of the basket is changed.
	ChangeURL string
	Removal   *ui.Removal // nil where there is one visit only
}
