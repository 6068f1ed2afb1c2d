package pages

import (
	"okoshko/web/templates/layout"
	"okoshko/web/templates/ui"
)

// SalonPage tells about a salon.
type SalonPage struct {
	layout.Base
	Short     string   // what kind of salon it is; may be empty
	AboutHTML string   // sanitised; may be empty
	Photos    []string // addresses of pictures
	Place     string
	MapURL    string
	Schedule  string // may hold newlines
	SiteURL   string
	Site      string // as shown
	Calls     []ui.Call
	More      [][]ui.Call // further numbers
	BackURL   string
}
