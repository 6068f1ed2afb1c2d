package pages

import (
	"strconv"

	"github.com/a-h/templ"

	"okoshko/web/templates/layout"
)

// MePage lists the visits of a customer who has signed in.
type MePage struct {
	layout.Base
	Who        string // "Signed in: Anna"
	Coming     []MyVisit
	Past       []MyVisit
	BookURL    string
	ProfileURL string
	LeaveURL   string // POST
	Token      string
}

// MyVisit is one visit of the list.
type MyVisit struct {
	Visit     Visit
	Status    string // as RecordPage's
	Badge     string
	MoveURL   string // empty where it cannot be moved now
	CancelURL string // empty where it cannot be cancelled now
	Again     layout.Link
}

// SignInPage is one form of the account: of signing in, or of the profile.
type SignInPage struct {
	layout.Base
	Action string
	Token  string
	Text   string // above the form; may be empty
	Fields []Field
	Errors []FieldError // the summary at the top, linked to the fields; empty when nothing is wrong
	Submit string
	More   []layout.Link // what else can be changed
	Other  layout.Link   // the other way in, or the way back
}

// SignInTemplate draws a SignInPage.
type SignInTemplate func(SignInPage) templ.Component

func recordID(v Visit) string { return strconv.Itoa(v.RecordID) }
