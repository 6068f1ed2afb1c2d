package page

import (
	"cmp"
	"strings"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/found"
	"okoshko/internal/i18n"
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
func (s *Builder) canonical(v *Request) string { return s.PublicURL + v.canonical() }

func (v *Request) canonical() string {
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
	return address
}

// linkCard returns how messengers show a link to a page of a form: the company, its address and the form's picture.
func (s *Builder) linkCard(v *Request, heading string) *layout.Card {
	card := &layout.Card{Title: v.Text.T("widget.snippet.frame"), Description: heading, URL: s.canonical(v), ImageURL: cmp.Or(v.Form.HeaderURL, v.Form.LogoURL)}
	card.Site, card.Locale = card.Title, locale(v.Lang)
	if s.PublicURL == "" {
		card.URL = "" // a messenger needs an absolute address
	}
	if v.Company != nil {
		card.Site, card.Title = v.Company.Title, pages.Join(" · ", v.Company.Title, card.Title)
		if v.Form.HeaderURL == "" && len(v.Company.Photos) > 0 {
			card.ImageURL = v.Company.Photos[0]
		}
		card.Description = pages.Join(" · ", v.Text.T("widget.snippet.link"), v.Company.Address, v.Company.Phone.String())
		card.ImageURL = cmp.Or(card.ImageURL, v.Company.LogoURL)
	}
	switch {
	case v.Item != 0:
		card.Title = pages.Join(" · ", heading, card.Title)
	case v.Page == urls.Windows:
		card.Title = pages.Join(" · ", heading, card.Site)
	}
	return card
}

// locale returns a language of the upstream as Open Graph writes it.
func locale(lang string) string {
	if lang == "uk-UK" { // which the upstream calls so
		lang = "uk-UA"
	}
	return strings.ReplaceAll(lang, "-", "_")
}

// speaking returns the request as it would be in another language; "" leaves the language to the browser.
func (v *Request) speaking(lang string) *Request {
	other, selection := *v, *v.Selection
	selection.Choices.Lang = lang
	other.Selection = &selection
	return &other
}

// isBare says whether nothing but the place is chosen, so that the page stands for all that differ from it in the choices.
func (v *Request) isBare() bool {
	return v.Page == urls.City || v.Page == urls.Company ||
		v.PageURL(v.Page, v.Item, v.Journey.Apply(v.Choices)) == v.PageURL(v.Page, v.Item, v.Journey.Apply(v.PlaceOnly()))
}

// AnyLanguage marks the alternate of a page that leaves the language to the browser.
const AnyLanguage = "x-default"

// Alternates returns the addresses of the page in each language of the form, without an origin, and last the one that leaves the
// language to the browser. There are none where the form has one language.
func (v *Request) Alternates() (out []layout.Link) {
	known := map[string]bool{}
	for _, raw := range v.Form.Languages {
		if lang, ok := i18n.Canonical(raw); ok && !known[lang] {
			known[lang] = true
			out = append(out, layout.Link{Lang: i18n.Tag(lang), URL: v.speaking(lang).canonical()})
		}
	}
	if len(out) < 2 {
		return nil
	}
	return append(out, layout.Link{Lang: AnyLanguage, URL: v.speaking("").canonical()})
}

// alternates returns Alternates with the origin of the widget, where that is known and the page stands for others.
func (s *Builder) alternates(v *Request) []layout.Link {
	if s.PublicURL == "" || !v.isBare() {
		return nil
	}
	out := v.Alternates()
	for i := range out {
		out[i].URL = s.PublicURL + out[i].URL
	}
	return out
}

// Data returns what search engines are told of the salon on the first page of a form, "" on other pages and where the widget's origin
// is not known. The services are those that the page lists; nil where it lists none.
func (s *Builder) Data(v *Request, services *catalog.Services) string {
	if s.PublicURL == "" || v.Company == nil || v.Page != urls.Page(v.FirstChoice()) || v.Item != 0 || !v.isBare() {
		return ""
	}
	c := v.Company
	place := found.Place{
		ID: s.canonical(v), Name: c.Title, Kind: c.Short, Description: c.Short, Phone: c.Phone.String(), Email: c.Email, Site: c.Site, Street: c.Address, City: c.City,
		Country: c.Region, Lat: c.Lat, Lon: c.Lon, Logo: cmp.Or(v.Form.LogoURL, c.LogoURL), Images: c.Photos, Currency: c.Currency,
	}
	// The place and the language stand in the address, so that the parameters of the template continue its query.
	place.Template = s.PublicURL + chosenURL(urls.Form(v.Form.ID), v.startChoices()) + "{&" + urls.QueryServices + "," + urls.QueryMaster + "," + urls.QueryDate + "}"
	if services != nil {
		for _, category := range services.Categories {
			for _, service := range category.Services {
				if v.Form.BarsService(service) == catalog.BarNone {
					place.Services = append(place.Services, v.offered(service))
				}
			}
		}
	}
	return found.JSON(place)
}

// startChoices returns the place and the language, as an address has them.
func (v *Request) startChoices() flow.Choices {
	place := v.PlaceOnly()
	if v.Form.GroupID == 0 {
		place.City, place.Company = 0, 0
	}
	return place
}

// offered returns a service as search engines are told of it.
func (v *Request) offered(service *catalog.Service) found.Service {
	out := found.Service{Name: service.Title, Named: service.Price.Named(), Low: service.Price.Low()}
	high, bounded := service.Price.High()
	out.High, out.Open = high, !bounded
	if service.Length > 0 {
		out.Description = v.Text.Duration(service.Length)
	}
	return out
}
