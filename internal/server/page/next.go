package page

import (
	"cmp"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
)

// CityTitle is a city's title, and words of ours for branches that have no city.
func (v *Request) CityTitle(city catalog.City) string {
	return cmp.Or(city.Title, v.Text.T("widget.city.other"))
}

// GoOn is the address that a preselected or earlier choice leads to, or "" when nothing is
// selected on this step.
func (v *Request) GoOn(suggested flow.Choices) string {
	if !v.Journey.Decided(flow.Step(v.Page), suggested) {
		return ""
	}
	return v.Next(suggested)
}
