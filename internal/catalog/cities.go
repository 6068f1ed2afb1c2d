package catalog

import (
	"context"
	"slices"
)

// Cities answers the cities in which a chain has bookable companies. In what order they are read is for the page's
// language to say.
func (c *Catalog) Cities(ctx context.Context, lang string, group int) ([]City, error) {
	companies, err := c.Companies(ctx, lang, group)
	if err != nil {
		return nil, err
	}
	byID := map[int]*City{}
	var cities []*City
	for _, company := range companies {
		if company.Closed {
			continue
		}
		city := byID[company.CityID]
		if city == nil {
			// The companies name their city, so the list of all the cities in the world is not asked for.
			city = &City{ID: company.CityID, Title: company.City}
			byID[company.CityID] = city
			cities = append(cities, city)
		}
		if city.ID == noCity && city.Title != company.City {
			city.Title = "" // of the branches without a city; each may have named another one
		}
		city.Companies++
	}
	if city := byID[noCity]; city != nil && slices.ContainsFunc(cities, func(other *City) bool { return other != city && other.Title == city.Title }) {
		city.Title = ""
	}
	out := make([]City, len(cities))
	for i, city := range cities {
		out[i] = *city
	}
	return out, nil
}
