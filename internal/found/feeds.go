package found

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// The feeds of Google's Appointments Redirect: entities (who can be booked), actions (where) and services. Each feed is a file of
// data and a descriptor that names it. The field names are those of the published definitions
// (developers.google.com/actions-center/verticals/appointments/redirect/reference/feeds).

// The names of the feeds, as descriptors have them.
const (
	entityFeed  = "reservewithgoogle.entity"
	actionFeed  = "reservewithgoogle.action.v2"
	serviceFeed = "glam.service.v0"
)

// Merchant is a salon with what can be booked there.
type Merchant struct {
	ID         string // of URL-safe characters; stays the same from day to day
	Name       string
	Phone      string // with "+" and the country; "" = not known
	Site       string
	Street     string
	City       string
	Lat, Lon   float64 // both 0 = not known
	URL        string  // at which a person books
	Lang       string  // of the texts
	Currency   string  // ISO 4217; "" = not known
	Categories []Category
}

// Category is a group of services.
type Category struct {
	Title    string
	Services []FeedService
}

// FeedService is a service with the address at which it is chosen already.
type FeedService struct {
	ID int
	Service
	URL string
}

// File is a file of a feed.
type File struct {
	Name string
	Data []byte
}

type (
	text struct {
		Value     string      `json:"value"`
		Localized []localized `json:"localized_value"`
	}
	localized struct {
		Locale string `json:"locale"`
		Value  string `json:"value"`
	}
	location struct {
		Lat     float64 `json:"latitude,omitempty"`
		Lon     float64 `json:"longitude,omitempty"`
		Address string  `json:"unstructured_address,omitempty"` // a structured one needs a postal code, which the booking API has none of
	}
	entity struct {
		ID       string   `json:"entity_id"`
		Name     string   `json:"name"`
		Phone    string   `json:"telephone,omitempty"`
		URL      string   `json:"url,omitempty"`
		Location location `json:"location"`
	}
	action struct {
		Appointment struct{} `json:"appointment_info"`
	}
	link struct {
		Entity  string   `json:"entity_id"`
		ID      string   `json:"link_id"`
		URL     string   `json:"url"`
		Actions []action `json:"actions"`
	}
	amount struct {
		Micros   int64  `json:"price_micros"`
		Currency string `json:"currency_code"`
	}
	price struct {
		Says string  `json:"price_interpretation"`
		Min  *amount `json:"min_price,omitempty"`
		Max  *amount `json:"max_price,omitempty"`
	}
	duration struct {
		Says string `json:"duration_interpretation"`
	}
	actionLink struct {
		URL      string `json:"url"`
		Language string `json:"language"`
	}
	service struct {
		Merchant    string       `json:"merchant_id"`
		ID          string       `json:"service_id"`
		Name        text         `json:"localized_service_name"`
		Category    text         `json:"localized_service_category"`
		Description *text        `json:"localized_service_description,omitempty"`
		Price       price        `json:"service_price"`
		Links       []actionLink `json:"action_link"`
		Duration    duration     `json:"service_duration"`
	}
	descriptor struct {
		Made  int64    `json:"generation_timestamp"`
		Name  string   `json:"name"`
		Files []string `json:"data_file"`
	}
)

// hidden is the interpretation of what is not shown.
const hidden = "INTERPRETATION_NOT_DISPLAYED"

// Feeds returns the files of the three feeds, as of an instant. A merchant that nobody could find on a map, or at which nothing can
// be booked, is left out and named.
func Feeds(merchants []Merchant, at time.Time) (files []File, leftOut []string) {
	entities, links, services := []entity{}, []link{}, []service{}
	for _, m := range merchants {
		e := entity{ID: m.ID, Name: m.Name, Phone: m.Phone, URL: m.Site, Location: location{m.Lat, m.Lon, join(m.Street, m.City)}}
		own := servicesOf(m)
		if m.Name == "" || m.URL == "" || e.Location == (location{}) || len(own) == 0 {
			leftOut = append(leftOut, m.ID)
			continue
		}
		entities = append(entities, e)
		links = append(links, link{Entity: m.ID, ID: "book-" + m.ID, URL: m.URL, Actions: make([]action, 1)})
		services = append(services, own...)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	for _, feed := range []struct {
		name, file string
		data       any
	}{{entityFeed, "entity", entities}, {actionFeed, "action", links}, {serviceFeed, "service", services}} {
		data := feed.file + "_" + stamp + ".json"
		files = append(files, File{data, encode(map[string]any{"data": feed.data})},
			File{feed.file + "_" + stamp + ".filesetdesc.json", encode(descriptor{at.Unix(), feed.name, []string{data}})})
	}
	return files, leftOut
}

// Made reads from the name of a file of Feeds when it was made; false for other files.
func Made(name string) (at time.Time, ok bool) {
	kind, rest, _ := strings.Cut(name, "_")
	stamp, end, _ := strings.Cut(rest, ".")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	ours := (kind == "entity" || kind == "action" || kind == "service") && (end == "json" || end == "filesetdesc.json")
	return time.Unix(seconds, 0).UTC(), ours && err == nil
}

// servicesOf returns the services of a merchant.
func servicesOf(m Merchant) (out []service) {
	said := func(value string) text { return text{value, []localized{{m.Lang, value}}} }
	for _, category := range m.Categories {
		for _, s := range category.Services {
			one := service{
				Merchant: m.ID, ID: m.ID + "-" + strconv.Itoa(s.ID), Name: said(s.Name), Category: said(category.Title), Price: priceOf(s.Service, m.Currency),
				Links: []actionLink{{s.URL, m.Lang}}, Duration: duration{hidden}, // the length is in the description, as pages say it
			}
			if s.Description != "" {
				description := said(s.Description)
				one.Description = &description
			}
			out = append(out, one)
		}
	}
	return out
}

// priceOf returns the price of a service. A price in an unknown currency is not shown.
func priceOf(s Service, currency string) price {
	const micros = 10_000 // of a hundredth
	if !s.Named || currency == "" {
		return price{Says: hidden}
	}
	low := &amount{s.Low * micros, currency}
	switch {
	case s.Open:
		return price{Says: "INTERPRETATION_STARTS_AT", Min: low}
	case s.High > s.Low:
		return price{Says: "INTERPRETATION_RANGE", Min: low, Max: &amount{s.High * micros, currency}}
	default:
		return price{Says: "INTERPRETATION_EXACT", Min: low}
	}
}

// join puts a street and a city together. Salons often write the city into the street.
func join(street, city string) string {
	switch {
	case city == "" || strings.Contains(street, city):
		return street
	case street == "":
		return city
	default:
		return street + ", " + city
	}
}

func encode(of any) []byte {
	raw, err := json.MarshalIndent(of, "", "  ")
	if err != nil {
		return nil // cannot be: the structs hold texts and numbers
	}
	return append(raw, '\n')
}
