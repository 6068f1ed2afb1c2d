package page

import (
	"cmp"
	"fmt"

	"okoshko/internal/catalog"
	"okoshko/internal/urls"
)

// MapURL returns the address of a map with a company, "" when its place is unknown. OpenStreetMap needs no key.
func MapURL(company *catalog.Company) string {
	if company.Lat == 0 && company.Lon == 0 {
		return ""
	}
	return fmt.Sprintf("https://www.openstreetmap.org/?mlat=%f&mlon=%f#map=17/%f/%f", company.Lat, company.Lon, company.Lat, company.Lon)
}

// Tells says whether a company has texts or pictures for a page about it.
func Tells(company *catalog.Company) bool {
	return company.About != "" || company.Short != "" || company.Site != "" || company.Schedule != "" || len(company.Photos)+len(company.Phones) > 0
}

// aboutURL returns the address of the page about the company, "" when it has nothing to show.
func (v *Request) aboutURL() string {
	if v.Company == nil || !Tells(v.Company) || v.Page == urls.About {
		return ""
	}
	return v.PageURL(urls.About, 0, v.PlaceOnly())
}

// CityTitle returns a city's title, or a text of the widget for branches without a city.
func (v *Request) CityTitle(city catalog.City) string {
	return cmp.Or(city.Title, v.Text.T("widget.city.other"))
}
