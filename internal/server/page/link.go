package page

import (
	"cmp"

	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// PlaceOnly returns the chosen city, company and language, without the other choices.
func (v *Request) PlaceOnly() flow.Choices {
	return flow.Choices{City: v.Choices.City, Company: v.Choices.Company, Lang: v.Choices.Lang}
}

// canonical returns the one address that search engines list for this page and for all that differ from it in the choices:
// the same page without choices, or the first page on which something is chosen at this place.
func (s *Builder) canonical(v *Request) string {
	place := v.PlaceOnly()
	separate := v.Page == urls.Events || v.Page == urls.Windows || v.Item != 0
	atCity, atCompany := v.Page == urls.City, v.Page == urls.Company
	if atCity {
		place.City = 0
	}
	if atCity || atCompany {
		place.Company, separate = 0, true
	}
	address := v.PageURL(v.Page, v.Item, place)
	if !separate {
		address = v.Next(place)
		if v.ToEvents(v.Journey.Next(place)) {
			address = v.PageURL(urls.Events, 0, place)
		}
	}
	return s.PublicURL + address
}

// linkCard returns how messengers show a link to a page of a form: the company, its address and the form's picture.
func (s *Builder) linkCard(v *Request, heading string) *layout.Card {
	card := &layout.Card{Title: v.Text.T("widget.snippet.frame"), Description: heading, URL: s.canonical(v), ImageURL: cmp.Or(v.Form.HeaderURL, v.Form.LogoURL)}
	if s.PublicURL == "" {
		card.URL = "" // a messenger needs an absolute address
	}
	if v.Company != nil {
		card.Title = pages.Join(" · ", v.Company.Title, card.Title)
		card.Description = pages.Join(" · ", v.Text.T("widget.snippet.link"), v.Company.Address, v.Company.Phone.String())
		card.ImageURL = cmp.Or(card.ImageURL, v.Company.LogoURL)
	}
	if v.Item != 0 {
		card.Title = pages.Join(" · ", heading, card.Title)
	}
	return card
}
