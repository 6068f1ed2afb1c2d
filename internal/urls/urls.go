// Package urls spells the addresses of the widget. It names every path and every query parameter, builds addresses from
// them, gives the routes that the server listens on, and reads paths back. No other package spells a path of the widget.
//
//	/b/{form}/…                             a bookform: the steps of a booking and the pages beside them
//	/r/{form}/{company}/{record}/{hash}/…   a booked visit, for the holder of its link
//	/me/{form}/…                            the account of a customer who has signed in
//	/w/{secret}/…                           what somebody waits for, for the holder of its link
//	/static/{hash}/{name}                   styles, scripts and pictures
//	/embed/…                                the loader, the script that a website includes
//	/hooks/{secret}                         what the upstream posts when something has changed
//
// The addresses are a contract: websites, messages and bookmarks hold them for years. The package is pure. It knows names
// and shapes only; what the values of the choices mean is in package flow.
package urls

import (
	"net/url"
	"strconv"
	"strings"
)

// The trees of paths that the widget answers. Each ends in a slash.
const (
	FormTree    = "/b/"
	LinkTree    = "/r/"
	AccountTree = "/me/"
	WishTree    = "/w/"
	AssetTree   = "/static/"
	LoaderTree  = "/embed/"
	HookTree    = "/hooks/"
)

// Single addresses.
const (
	Home     = "/"
	Robots   = "/robots.txt"
	Sitemap  = "/sitemap.xml"
	Showcase = "/showcase"
	Agents   = "/mcp"                 // the door for assistants
	Worker   = WishTree + "worker.js" // shows push messages; it may rule no page but those below its folder
	Loader   = LoaderTree + "v1.js"   // the loader's first major version; its content moves with each release
)

// pinnedLoader ends the address of a loader of one exact version.
const pinnedLoader = "/embed.js"

// Page is a page of the widget. The value is the page's name in data-step of its main element. For the pages of a bookform
// it is also the part of the path behind the form.
type Page string

// The pages of the form's steps, by the names of the steps.
const (
	City     Page = "city"
	Company  Page = "company"
	Service  Page = "service"
	Master   Page = "master"
	Datetime Page = "datetime"
	Contact  Page = "contact"
	Confirm  Page = "confirm"
)

// The other pages of a bookform.
const (
	Done    Page = "done"          // how a booking ended
	Events  Page = "events"        // group events, which take the place of service, master and time
	About   Page = "about"         // about the salon
	Privacy Page = "privacy"       // the salon's text about personal data
	Access  Page = "accessibility" // how accessible the booking is, and whom to tell of a barrier
	Windows Page = "windows"       // what is free soon, by master and by group of services
	Wish    Page = "wish"          // asks to be told when a time opens

	// What a salon's channels show of its windows.
	WindowsAtom  Page = Windows + ".atom"
	WindowsJSON  Page = Windows + ".json"
	WindowsText  Page = Windows + ".txt"
	WindowsPost  Page = Windows + "-1080x1350.png"
	WindowsStory Page = Windows + "-1080x1920.png"

	WidgetVisit Page = "visit" // leads a link of the upstream's own widget, given in QueryLink, to the visit
)

// Pages that belong to no bookform's path. The names stand in data-step only.
const (
	Record    Page = "record"
	Cancelled Page = "cancelled"
	Account   Page = "me"
	Waiting   Page = "waiting" // what somebody waits for
	Error     Page = "error"
)

// VisitPage is a page of a booked visit: the part of its path behind the visit's own.
type VisitPage string

// The pages of a booked visit.
const (
	VisitShown    VisitPage = ""
	VisitCancel   VisitPage = "cancel"
	VisitMove     VisitPage = "move"
	VisitWish     VisitPage = "wish"      // asks to be told when an earlier time opens; only by link
	VisitCalendar VisitPage = "visit.ics" // a file for a calendar
	VisitFeed     VisitPage = "feed.ics"  // an address that a calendar subscribes to; only by link
)

// WishPage is what the link of a wish leads to, and what is done there: the part of its path behind the secret.
type WishPage string

// The pages of a wish.
const (
	WishShown   WishPage = ""
	WishConfirm WishPage = "confirm"
	WishEnd     WishPage = "end"
	WishOneEnd  WishPage = "unsubscribe" // for mail programs, which send a form of their own (RFC 8058)
)

// AccountPage is a page of a customer's account: the part of its path behind the form.
type AccountPage string

// The pages of an account.
const (
	AccountVisits      AccountPage = "" // the list of visits, or signing in by a code
	AccountPassword    AccountPage = "password"
	AccountLeave       AccountPage = "leave"
	AccountProfile     AccountPage = "profile"
	AccountNewPhone    AccountPage = "profile/phone"
	AccountNewPassword AccountPage = "profile/password"
)

// accountVisit leads from an account's path to one of its visits.
const accountVisit = "visit"

// Form is where a bookform begins.
func Form(form int) string { return FormTree + strconv.Itoa(form) }

// Hook is the address to which the upstream posts hooks.
func Hook(secret string) string { return HookTree + secret }

// FormPage is a page of a bookform.
func FormPage(form int, page Page) string { return FormTree + strconv.Itoa(form) + "/" + string(page) }

// Item is the page of one of the things that a page of a bookform lists: of a master below Master, of an event below Events.
// 0 stands for the list itself.
func Item(form int, page Page, id int) string {
	if id == 0 {
		return FormPage(form, page)
	}
	return FormPage(form, page) + "/" + strconv.Itoa(id)
}

// Visit says which booked visit an address is about.
type Visit struct {
	Form, Company, Record int

	Hash string // the secret of the visit's link; "" = the visit is opened in its customer's account
}

// Path is one of the visit's pages.
func (v Visit) Path(page VisitPage) string {
	company, record := strconv.Itoa(v.Company), strconv.Itoa(v.Record)
	if v.Hash == "" {
		return below(AccountOf(v.Form, AccountVisits)+"/"+accountVisit+"/"+company+"/"+record, string(page))
	}
	return below(LinkTree+strconv.Itoa(v.Form)+"/"+company+"/"+record+"/"+v.Hash, string(page))
}

// AccountOf is one of the account's pages at a form.
func AccountOf(form int, page AccountPage) string {
	return below(AccountTree+strconv.Itoa(form), string(page))
}

// WishOf is one of a wish's pages.
func WishOf(secret string, page WishPage) string { return below(WishTree+secret, string(page)) }

// Asset is the address of a file of the page's own.
func Asset(hash, name string) string { return AssetTree + hash + "/" + name }

func below(path, rest string) string {
	if rest == "" {
		return path
	}
	return path + "/" + rest
}

// Param is a parameter as a query has it, with its value escaped.
func Param(name, value string) string { return name + "=" + url.QueryEscape(value) }

// With adds parameters, already escaped, to an address.
func With(address string, params ...string) string {
	if len(params) == 0 {
		return address
	}
	sep := "?"
	if strings.Contains(address, "?") {
		sep = "&"
	}
	return address + sep + strings.Join(params, "&")
}
