// Package layout holds the document that every page of the widget shares: head, salon header,
// progress, summary of what is chosen, notices and footer.
package layout

import "okoshko/web/templates/ui"

// Texts is the catalogue of one language, as far as a view may use it: labels by key. Everything
// that needs a date, a price or a count arrives in the view model as finished text.
type Texts interface {
	// T is the text of key with its parameters put in; args alternate name and value.
	T(key string, args ...any) string
}

// Base is all that the layout may know of a page. Every page's view model embeds it.
type Base struct {
	Text Texts

	Lang string // BCP-47, for <html lang>
	Dir  string // "ltr" or "rtl"

	// Framed says that the page stands in a frame. What may not be framed then needs a tab of its own.
	Framed bool
	Scheme string // "light" or "dark" where the embedding page decides; else empty

	Form      string // data-form: the bookform's id; empty outside a bookform
	Step      string // data-step: city company service master datetime contact confirm done record cancelled me error
	ErrorKind string // data-error, on error pages and on steps of which a part is still looked for

	Ready   string // what the widget tells a website that embeds it, as JSON; empty on pages that are not embedded
	Message string // the message that tells the website what has happened, as JSON; empty when there is none

	Title   string // <title> without the salon's name
	Heading string // <h1>
	Private bool   // noindex; the page belongs to one visitor

	Canonical string // the address that stands for this page and all that differ in what is chosen; empty where there is none
	Feeds     []Feed // of what the page lists
	Alternate []Link // this page in each language of the form, with absolute addresses; Lang "x-default" chooses by the browser
	Data      string // what search engines are told, as JSON-LD; empty where it is nothing
	Card      *Card  // how messengers show a link to the page; nil where they are not to

	Salon    Salon
	ThemeCSS string // custom properties of the salon's look, made by the server from parsed values

	Back      *Back  // to the step before; nil where there is none
	Languages []Link // the other languages and the present one (Current); empty when there is one only
	// Typed says that the page has a form with FormID whose fields go along when the language is changed.
	Typed    bool
	Progress []Progress
	Summary  []SummaryRow
	Ticket   bool   // the page itself shows what is chosen, so there is no column beside it
	AddURL   string // adds another visit to the order; empty where that makes no sense
	Alerts   []Alert

	Ending *Ending // of being signed in; nil where nobody has signed in

	StartURL   string   // back to the first step with nothing chosen; empty where there is none
	AccountURL string   // the customer's own visits; empty where they are
	ScriptURL  string   // the enhancement script under its content hash
	IconURL    string   // the mark for the browser's tab, under its content hash
	Waiting    *Waiting // nil unless the page waits for something
	Looking    string   // what is said in the place of a part that is still looked for; empty where nothing is
}

// Waiting says how a page that waits for something asks for itself. The script asks in the background, so that nothing moves
// while there is no news. Without a script the page reloads itself, seldom, not for ever, and not when it is told not to.
type Waiting struct {
	Seconds int    // between two questions of the script
	Times   int    // how often it asks
	Now     Link   // asks at once
	Reload  string // without a script: after how many seconds which address is opened; empty: none
	Stop    Link   // ends that
}

// Back is the control in the header that leads to the step before: a link, or, where something has been typed that must not be
// lost, a button of the form it was typed into.
type Back struct {
	Label  string // "Back: Service"
	URL    string
	Action string // of the button, formaction; empty for a link
	Name   string // of the button
	Value  string // of the button
}

// Feed is a feed of what a page lists, for programs that look for one.
type Feed struct {
	Type  string // media type
	Title string
	URL   string
}

// Card is what a messenger shows of a link.
type Card struct {
	Title       string
	Description string
	URL         string // absolute, or empty
	ImageURL    string // may be empty
	Width       int    // of the image, in pixels; 0 = not known
	Height      int
	Site        string // the name of the salon
	Locale      string // as Open Graph has it: ru_RU
}

const (
	// FormID is the id of a form that a customer types into.
	FormID = "form"
	// SwitchName is the name of the buttons that send it to have the page in another language.
	SwitchName = "switch"
	// LeaveName is the name of the buttons that keep what is typed and lead away from it. Their value is the address.
	LeaveName = "leave"
)

// Ending is when a time ends that its owner can have more of. Two minutes before, the page says so.
type Ending struct {
	Seconds int // from now
	Text    string
	More    Link   // gives the time anew
	Done    string // says that it has
}

// Salon is what the header says of the salon.
type Salon struct {
	Name      string
	LogoURL   string   // empty: no logo
	BannerURL string   // a picture across the top; empty: none
	PhotoURLs []string // of the place, beside the first page
	// HeaderHidden leaves out picture, logo and name: the website around has its own.
	HeaderHidden bool
	Phone        string    // the first number, as shown; empty: none can be dialled
	PhoneHref    string    // tel: link
	Calls        []ui.Call // all numbers, with the salon's words about them
	Address      string
	AboutURL     string // more about it; empty where there is nothing to say
	AccessURL    string // the statement on accessibility; empty on that page
}

// Link is a finished link.
type Link struct {
	Title   string
	URL     string
	Lang    string // BCP-47 of the target, for hreflang and lang; may be empty
	Current bool
}

// Progress is one step in the list of steps at the top of the page.
type Progress struct {
	Step  string
	Title string
	State string // "done", "current" or "todo"
	URL   string // where a done step can be changed; empty otherwise
}

// SummaryRow is one thing already chosen.
type SummaryRow struct {
	Step      string // which step it was chosen in
	Label     string
	Value     string
	Note      string      // second line: price, length, address; may be empty
	ChangeURL string      // empty where there is no choice to change
	Removal   *ui.Removal // nil where there is only one visit
}

// Alert is a message above the page's content; Kind "error" is announced with role="alert",
// "info" with role="status".
type Alert struct {
	Kind string
	Text string
	Link *Link
	Tab  bool // the link opens a tab of its own
	// Lasting says that it tells how things stand, and not what has come of the request: the title leaves it out.
	Lasting bool
}
