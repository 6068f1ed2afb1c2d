// Package pages holds one template and one view model per page of the widget. A view model
// carries finished text and finished URLs; a view asks nobody for anything.
package pages

import (
	"strconv"

	"github.com/a-h/templ"

	"okoshko/web/templates/layout"
	"okoshko/web/templates/ui"
)

// CityPage lists the cities of a chain.
type CityPage struct {
	layout.Base
	Search  Search
	Windows *layout.Link // to all free times; nil where there is no such page
	Cities  []City
	NextURL string // goes on with the preselected city; empty when none is
}

// City is one city to choose.
type City struct {
	ID       int
	Title    string
	Note     string // "3 branches"; may be empty
	URL      string
	Selected bool
}

// CompanyPage lists the companies (branches) of a city.
type CompanyPage struct {
	layout.Base
	Search    Search
	Windows   *layout.Link // to all free times; nil where there is no such page
	Companies []Company
	NextURL   string
}

// Company is one branch to choose.
type Company struct {
	ID       int
	Title    string
	Address  string
	Short    string // what kind of salon it is; may be empty
	Schedule string
	Soonest  bool   // no other branch is free sooner
	Nearest  string // "nearest time: today, 15:30"; may be empty
	LogoURL  string
	URL      string
	MapURL   string
	MapLabel string // accessible name of the map link
	Selected bool
}

// ServicePage lists services by category. Each has a link that takes it and goes on, and one that adds or removes it.
type ServicePage struct {
	layout.Base
	Soonest    []Soonest
	Windows    *layout.Link // to all free times, beside the soonest ones where there are any; nil where there is no such page
	Events     *layout.Link // to the group events; nil where there are none
	Only       *layout.Link // from the services of the chosen master to all; nil where these are all
	OnlyText   string
	Search     Search
	Promotions []Service
	Categories []Category
	Chosen     int    // how many services are chosen
	ChosenText string // "2 services"
	Total      string // "from 3 000 ₽"; may be empty
	Duration   string // "1 h 30 min"; may be empty
	NextURL    string // empty until something is chosen
	EmptyText  string // shown when there is no service at all
}

// Soonest is a time at which somebody is free soon.
type Soonest struct {
	Time string // "today, 15:30"
	Name string
	URL  string
}

// Category is a titled group of services.
type Category struct {
	ID       int
	Title    string
	For      string // "for men"; empty for everybody
	Services []Service
}

// Service is one service to choose.
type Service struct {
	ID          int
	Title       string
	Price       string // finished, with currency, or in words
	Terms       string // "prepayment required"; may be empty
	Duration    string // empty when unknown
	Comment     string // plain text, may hold newlines
	ImageURL    string
	Initials    string // in the place of a photo, where other services have one
	URL         string // takes it and goes on
	StayURL     string // adds it and stays, or takes it away when Selected; empty where it can do neither
	Selected    bool
	Label       string // what a press on StayURL does, e.g. "Add: Haircut" / "Remove: Haircut"; holds the title
	For         string // "for men"; empty for everybody
	Unavailable string // why it cannot be added to what is chosen; empty when it can
	Following   string // that it is booked as a further visit, where it does not go with what is chosen; it then has no StayURL unless OtherTime
	OtherTime   bool   // that it is booked at another time than the chosen one, which Following says
	Drawn       *Drawn // all of this but the addresses, where it has been drawn before; may be nil
}

// AboutPage tells about one master.
type AboutPage struct {
	layout.Base
	Master    Master
	PhotoURL  string
	AboutHTML string // sanitised
	Choose    string // the text of the link that chooses
	BackURL   string
	Back      string
}

// MasterPage lists the masters who can do the chosen services.
type MasterPage struct {
	layout.Base
	Search    Search
	Windows   *layout.Link // to all free times; nil where there is no such page, and where the page is not the first one
	Masters   []Master     // the "any master" card, where the salon allows it, is the first with ID 0
	NextURL   string       // goes on with the preselected master; empty when none is
	EmptyText string
	Instead   []layout.Link // where nobody does what is chosen: other ways on
}

// Master is one member of staff, or "any" (ID 0).
type Master struct {
	ID          int
	Name        string
	Role        string // specialization or position, as the bookform says
	Rating      string // "4.8"; empty when not shown
	RatingLabel string // "rating 4.8 of 5, 37 reviews", the accessible form
	AvatarURL   string // empty: show Initials
	Initials    string
	Nearest     string // "nearest: tomorrow, 10:00"; may be empty
	Soonest     bool   // nobody is free sooner
	Slots       []Slot // first times of the nearest day, each of which chooses master and time at once
	AboutURL    string // more about the master; empty when there is nothing to say
	AboutLabel  string
	URL         string // empty when not Bookable
	Selected    bool
	Bookable    bool
	Unavailable string // why not, when not Bookable
	Terms       string // "prepayment required"; may be empty
}

// DatetimePage is a strip of days, the slots of one of them, and some weeks of a calendar.
type DatetimePage struct {
	layout.Base
	Masters    []Master     // whose times are shown is chosen here; "any" is the first with ID 0; empty where nobody is to choose from
	AllMasters *layout.Link // the masters with all that is told of them
	MasterNote string       // what to know before choosing one of the times of this master; may be empty
	Strip      []Day        // fourteen days, one after another
	Sooner     *layout.Link // the strip before, where something is free there
	Later      *layout.Link // the strip after
	WholeText  string       // unfolds the calendar
	WholeOpen  bool
	MonthTitle string // the months of the weeks: "November – December 2026"
	Previous   *layout.Link
	Next       *layout.Link
	Weekdays   []Weekday // seven, in the order of the language
	Weeks      [][]Day   // seven a row
	DayTitle   string    // "Wednesday 25 November"; empty when no day is open
	Groups     []SlotGroup
	EmptyText  string        // why there are no slots
	Instead    []layout.Link // where the open day has no times: the next free days, or another way on
	Week       []Column      // other days with their first times, where there is room
	// Where the open day has no times: who else has some then, and which other branches are free soon. Both may be empty.
	OthersText, BranchesText string
	Others                   []Master
	Branches                 []layout.Link
	Windows                  *layout.Link // to all free times; nil where there is no such page, and beside times that are not on the first page
	Wish                     *layout.Link // asks to be told when a time opens; may be nil

	Yours     string       // "{salon} at the salon is {yours} on your clock.", for whoever is in another zone
	PartNote  string       // that there may be more times; empty when these are all
	ZoneNote  string       // "Times are local to Riga (UTC+2)"
	Turnabout *layout.Link // to the same page with the time chosen before the master, or back; nil where it makes no difference
	NextURL   string       // goes on with the preselected slot; empty when none is
}

// Relink leads the links that show other days to another address.
func (p *DatetimePage) Relink(to func(url string) string) {
	for _, link := range []*layout.Link{p.Sooner, p.Later, p.Previous, p.Next} {
		if link != nil {
			link.URL = to(link.URL)
		}
	}
	for i := range p.Instead {
		p.Instead[i].URL = to(p.Instead[i].URL)
	}
	days := [][]Day{p.Strip}
	for _, row := range append(days, p.Weeks...) {
		for i := range row {
			if row[i].URL != "" {
				row[i].URL = to(row[i].URL)
			}
		}
	}
	for i := range p.Week {
		p.Week[i].URL = to(p.Week[i].URL)
	}
}

// Column is a day beside the open one, with its first times.
type Column struct {
	Date  string // YYYY-MM-DD
	Title string // "Sun 6 Dec"
	URL   string // of the day
	Slots []Slot // none when they are not known
	More  string // "+7", or that the times are to be shown; empty where these are all
}

// Weekday is a column of the calendar.
type Weekday struct{ Short, Full string }

// Day is one cell of the calendar.
type Day struct {
	Date     string // YYYY-MM-DD; empty for a cell without a day
	Number   string
	Weekday  string // "Wed", in a strip
	Month    string // "Dec", on the first day of a month and of a strip; empty on others
	Label    string // "Wednesday 25 November, free" in full; in a calendar, whose columns are the weekdays, without the first
	State    string // "free", "full" (works, nothing left), "closed", "past"
	URL      string // only a free day has one
	Selected bool
	Today    bool
}

// SlotGroup is a part of the day with its slots.
type SlotGroup struct {
	Title string // "Morning"
	Slots []Slot
}

// Slot is one free time.
type Slot struct {
	ISO      string // data-slot, ISO 8601 with the offset of the company's zone
	Time     string // "14:30"
	Label    string // "Wednesday 25 November, 14:30, Anna, 1 500 ₽"
	URL      string
	Selected bool
	Opens    bool // in a tab of its own, or where the website around opens it
}

// ContactPage is the form for the customer's name, phone and the rest.
type ContactPage struct {
	layout.Base
	Ticket     Ticket
	Action     string
	Token      string // the wizard token, hidden field "wizard"
	NoticeHTML string // the salon's notice, sanitised HTML; may be empty
	Controls          // what has to be filled in
	More       Controls
	MoreTitle  string // of what need not be filled in, which is folded away
	MoreOpen   bool
	Errors     []FieldError // the summary at the top, linked to the fields; empty when nothing is wrong
	Decoy      string       // name of a field that no person sees and programs fill in
	DecoyLabel string
	Submit     string
	Press      Press // where the button books
}

// Controls are some controls of a form.
type Controls struct {
	Fields  []Field
	Selects []Select
	Checks  []Check
}

// Empty says whether there are none.
func (c Controls) Empty() bool { return len(c.Fields)+len(c.Selects)+len(c.Checks) == 0 }

// Term is something that the customer has to know, with a link to the salon's own page where that helps. The zero Term says
// nothing.
type Term struct {
	Text string
	Link *layout.Link
}

// ElsewherePage leads to the upstream's own form, where a visit is booked and paid for.
type ElsewherePage struct {
	layout.Base
	Text  string
	Links []layout.Link // one for each visit
}

// Field is a text input.
type Field struct {
	Name         string
	Label        string
	Type         string // "text", "tel", "email", "textarea"
	Value        string
	Error        string
	Help         string
	HelpUnseen   bool // the help says in words what the placeholder shows
	Placeholder  string
	Autocomplete string
	InputMode    string
	MaxLength    int
	Required     bool
	Unmarked     bool // the field is neither required nor said to be optional: who has a value must give it
}

// Select is a list of options.
type Select struct {
	Name     string
	Label    string
	Options  []Option
	Error    string
	Required bool
}

// Option is one entry of a Select.
type Option struct {
	Value    string
	Title    string
	Selected bool
}

// Check is a checkbox.
type Check struct {
	Name     string
	Label    string
	Topic    string       // what it is about, in a list of what is folded away
	Link     *layout.Link // goes on from the label: the policy that it speaks of; may be nil
	After    string       // the label's end, behind the link
	Checked  bool
	Required bool
	Error    string
}

// FieldError is one line of the summary of errors.
type FieldError struct{ Field, Text string }

// CodePage asks for the code of a text message, where nothing else is asked.
type CodePage struct {
	layout.Base
	Action      string
	Token       string
	Code        Code
	Submit      string
	ChangeLabel string // button name="edit": another phone
}

// Code asks for the code of a text message.
type Code struct {
	Sent        Masked
	Lives       string // how long the code is good
	Value       string
	Error       string
	ResendIn    int    // seconds until another code may be asked for
	ResendText  string // "You can ask for a new code in 45 s"; empty when one may be asked for now
	ResendNow   string // what is said when one may be
	ResendLabel string // button name="resend"
}

// Masked is a sentence with a masked number in it, which a screen reader would spell dot by dot.
type Masked struct {
	Before, Shown, After string
	Spoken               string // in place of what is shown
}

// PuzzlePage has the browser solve a puzzle, or its owner wait, before a text message is sent. It belongs
// to the contact step.
type PuzzlePage struct {
	layout.Base
	Action string
	Token  string
	Repeat []Hidden // what led here, sent again
	// The puzzle: what is left of the salt when it has been squared so many times modulo another number, both in hex?
	Salt, Modulus string
	Steps         int
	Text          string
	WaitIn        int    // seconds until the button does without a solution
	Wait          string // "Without scripts press it in 30 s"
	Submit        string
}

// Press says how long a page must have been in sight before a press of its button counts.
type Press struct {
	Millis int    // 0 = no time at all
	Early  string // what is said to whoever presses earlier
}

// ConfirmPage shows everything once more, with the button that books. Where the phone has to be confirmed it asks for the code
// beside the button, because the upstream says only when it books whether the code is right.
type ConfirmPage struct {
	layout.Base
	Ticket      Ticket
	Action      string
	EditAction  string // POST back to the contact form with everything kept
	Token       string
	Contact     []ContactRow
	Code        *Code // nil where none is asked for
	Submit      string
	Press       Press
	ChangeLabel string
}

// ContactRow is a row of what the customer has typed.
type ContactRow struct {
	Row
	Control string // the name of its control on the contact page
}

// Row is a label and its value.
type Row struct{ Label, Value string }

// Visit is one visit, to be booked or booked.
type Visit struct {
	RecordID  int    // 0 until booked
	RecordURL string // empty until booked
	// RecordLabel is the text of the link to RecordURL; empty where there is none.
	RecordLabel string
	// CalendarURL is the visit as a file for calendars; empty where the page has it elsewhere.
	CalendarURL string
	When        string // "Wednesday 25 November 2026, 14:30"
	ISO         string
	Duration    string
	Services    []Row // title, price
	Master      string
	Place       string // company and address
	MapURL      string
	Calls       []ui.Call // the salon's phones
	Status      string    // how it stands, where the visits of an order differ; else empty
	Badge       string    // Status in words
	Payment     Term      // of a booked one: what is known of paying for it in advance
	Deadlines   []string  // of a booked one: until when it can be moved and cancelled, or why it cannot
	Share       *Share    // of a booked one, where an address opens it; else nil
}

// Share is the address of a visit, to be kept or to be sent to somebody.
type Share struct {
	URL    string // in full
	Path   string // the same as a link
	Label  string
	Note   string // who has it can do what
	Button string // for the browser's own way of sending something
	Title  string // what is sent with it
	Here   bool   // whether it is the address of the page itself
}

// DonePage says how a booking ended.
type DonePage struct {
	layout.Base
	State      string // a booking.Saying
	Text       string
	Visits     []Visit
	AnotherURL string
	RetryURL   string // where to book the same again; empty where that is not to be done
	RetryLabel string
	Next       []layout.Link // what else helps: the salon's phone, the customer's own visits
}

// StrangerPage stands in a frame that may not show the form.
type StrangerPage struct {
	layout.Base
	URL string // of what was asked for
}

// ErrorPage says what went wrong and what to do next.
type ErrorPage struct {
	layout.Base
	Text    string
	Actions []layout.Link
	Ref     string // request id, for the salon to quote
}

// LookingPage is a step that is still looked for.
type LookingPage struct {
	layout.Base
	Actions []layout.Link // what can be done instead of waiting
}

// DemoPage is the website of the sandbox's demo salon, which has the widget in it in every way, and
// which bookforms there are besides.
type DemoPage struct {
	layout.Base
	StyleURL  string
	LoaderURL string
	Form      int           // of the salon
	BookURL   string        // its booking, for who has no script
	Services  []DemoService // some of what it offers
	Apart     string        // that page and widget are two websites
	Forms     []DemoForm
	InboxURL  string // the sandbox's SMS inbox
}

// DemoService is a service that the demo salon praises.
type DemoService struct {
	ID       int
	Title    string
	Category string
	Price    string
}

// DemoForm is one bookform of the sandbox.
type DemoForm struct {
	ID          int
	Title       string
	Description string
	Lang        string // of the names, where it is not the page's
	URL         string
}

// Search finds a card in a long list, with a script and without.
type Search struct {
	Show     bool
	Action   string
	Hidden   []Hidden // the choices made so far
	Query    string
	Found    string // how many cards Query has found; empty without one
	Counted  string // the same with a star in the place of the number
	ClearURL string // the whole list again; empty without a Query
}

// orNone returns the key that fits an empty list: that of a search, or that of a list that has nothing at all.
func (s Search) orNone(searched, none string) string {
	if s.Query != "" {
		return searched
	}
	return none
}

// Hidden is a field that a form carries along.
type Hidden struct{ Name, Value string }

// GlancePage stands in for a page of one person where a robot asks.
type GlancePage struct {
	layout.Base
	Text string
	URL  string // of the page itself, for a customer whose browser was taken for one
	Open string
}

// AccessPage is the statement on accessibility.
type AccessPage struct {
	layout.Base
	Date         string    // of the assessment
	Calls        []ui.Call // of the salon; none while it is not known
	Place        string    // its address
	ContactURL   string    // the operator's, mailto: or https; may be empty
	AuthorityURL string    // of the supervisory authority; may be empty
	BackURL      string    // the booking; empty while the form cannot be read
}

// PrivacyPage is the salon's agreement on personal data.
type PrivacyPage struct {
	layout.Base
	HTML string // sanitised
}

// tool marks a form that an assistant in the browser may fill in (WebMCP), with what it is for. Its fields are described by their
// labels. A person sends it.
func tool(name, is string) templ.OrderedAttributes {
	return templ.OrderedAttributes{{Key: "toolname", Value: name}, {Key: "tooldescription", Value: is}}
}

// pressed marks a form whose button is held back for a while.
func pressed(p Press) templ.OrderedAttributes {
	if p.Millis == 0 {
		return nil
	}
	return templ.OrderedAttributes{{Key: "data-press", Value: strconv.Itoa(p.Millis)}}
}
