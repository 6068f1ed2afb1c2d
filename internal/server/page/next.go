package page

import (
	"cmp"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
)

// CityTitle returns a city's title, or a text of the widget for branches without a city.
func (v *Request) CityTitle(city catalog.City) string {
	return cmp.Or(city.Title, v.Text.T("widget.city.other"))
}

// GoOn returns the address to which a preselected or earlier choice leads, "" when nothing is selected on this step.
func (v *Request) GoOn(suggested flow.Choices) string {
	if !v.Journey.Decided(flow.Step(v.Page), suggested) {
		return ""
	}
	return v.Next(suggested)
}
