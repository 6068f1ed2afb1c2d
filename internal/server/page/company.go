package page

import (
	"fmt"

	"okoshko/internal/catalog"
	"okoshko/internal/urls"
)

// MapURL shows a company on a map that needs no key, "" when its place is unknown.
func MapURL(company *catalog.Company) string {
	if company.Lat == 0 && company.Lon == 0 {
		return ""
	}
	return fmt.Sprintf("https://www.openstreetmap.org/?mlat=%f&mlon=%f#map=17/%f/%f", company.Lat, company.Lon, company.Lat, company.Lon)
}

// Tells says whether there is more to say of a salon than its name and place.
func Tells(company *catalog.Company) bool {
	return company.About != "" || company.Short != "" || company.Site != "" || company.Schedule != "" || len(company.Photos)+len(company.Phones) > 0
}

// aboutURL leads to what there is to say of the salon, "" where there is nothing.
func (v *Request) aboutURL() string {
	if v.Company == nil || !Tells(v.Company) || v.Page == urls.About {
		return ""
	}
	return v.PageURL(urls.About, 0, v.PlaceOnly())
}
