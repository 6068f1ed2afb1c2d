// Package admin holds the operator's page: how to embed the widget, who may not, and how things stand.
// It is in English only, and works without scripts.
package admin

import _ "embed"

// CSS is the page's stylesheet.
//
//go:embed admin.css
var CSS string

// Page is everything on the operator's page, finished.
type Page struct {
	Version   string
	Since     string // when the program started
	Profile   bool   // whether there are profiles
	Checks    []Check
	Builder   Builder
	Site      Site
	Strangers []Stranger
	Proxies   []Proxy
	Gauges    []Gauge
	Facts     []Fact
	Unknown   []Unknown
	Funnel    Table
	Cache     Table
}

// Check is one of the things that /readyz tells of.
type Check struct {
	Name  string
	State string // "ok", "mind" or "wrong"
	Text  string
}

// Channel is a link to what a salon shows of its free times elsewhere.
type Channel struct {
	Text string // what it is for
	URL  string
}

// Builder is the form that makes the lines to embed.
type Builder struct {
	Channels []Channel // of the form's free times; none where it has no such page

	Form    string   // its number, or what was typed instead of one
	Known   []Option // forms that the program knows of
	Some    []Option // the first of them
	More    string   // what the page of all of them has; "" = Some are all
	Name    string   // of the salon, as found at the booking API
	Faults  []Check  // what is wrong with the form
	Allow   string   // the line of the configuration that lets the salon's websites show the form; "" = they may, or it names none
	Visit   Visit
	Modes   []Option
	Langs   []Option
	Places  []Option // branches, services and masters; none when there is nothing to choose
	Service []Option
	Masters []Option

	Problem string // why there is nothing to embed
	Note    string // what is missing to choose more
	Hosts   string // who may frame the form
	Origin  string // what is odd about the address of the widget; may be empty
	Preview string // address of the frame; empty: nothing to show
	Lines   []Lines
	Sites   []Lines // advice for what builds websites
}

// Option is one value of a choice.
type Option struct {
	Value, Text string
	Chosen      bool
}

// Lines are to be copied.
type Lines struct {
	Title, Text string
	Notes       []string
}

// Site is the check of a page of a website.
type Site struct {
	URL      string // what was typed
	Problem  string // why it could not be looked at
	Findings []Check
}

// Stranger is a website that tried to frame a form and may not.
type Stranger struct {
	Form, Origin, Times, First, Last string
	Allow                            string // the line of the configuration that would let it
}

// Proxy is a machine that hands requests on without its customers being told apart.
type Proxy struct {
	Address, Times, First, Last string
	Shared                      bool   // no limit of addresses holds for what comes through it
	Allow                       string // the line of the configuration that would list it; "" = it is listed and says nothing
}

// Gauge is a number with a limit.
type Gauge struct {
	Name, Text       string
	Value, High, Max string
}

// Fact is a name with a value.
type Fact struct {
	Name, Text string
	Bad        bool
}

// Unknown is a booking, a cancel or a move whose outcome is not known.
type Unknown struct{ Kind, Form, Company, Sent, Text string }

// Table is numbers by row and column.
type Table struct {
	Corner  string
	Columns []string
	Rows    []Row
}

// Row is one row of a Table.
type Row struct {
	Name  string
	Cells []string
}

// Visit is a first booking, with what to look at.
type Visit struct {
	Pages []Channel
	Steps []string
}

// Forms is the page that lists the forms.
type Forms struct {
	Query      string // what was searched for
	Count      string // how many were found, and how many of them have something wrong
	Rows       []Form
	Page       string // "page 2 of 6"; "" = there is one
	Prev, Next string // addresses; "" = none
}

// Form is a form in a list.
type Form struct {
	Number, Name string
	Faults       []Check // none: it was not looked at
	At           string  // when it was looked at
}
