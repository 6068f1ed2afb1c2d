// Package found says in the words of schema.org what a salon is and offers, for search engines. The package is pure.
package found

import (
	"encoding/json"
	"regexp"
	"strings"
)

// Place is a salon as its page shows it.
type Place struct {
	ID          string // the address that stands for the salon's page
	Name        string
	Kind        string // what the salon says of itself, by which its type is told
	Description string
	Phone       string
	Email       string
	Site        string // "" = it has none
	Street      string
	City        string
	Country     string // ISO 3166; "" = not known
	Lat, Lon    float64
	Logo        string
	Images      []string
	Currency    string // as prices show it
	Template    string // an address of RFC 6570 at which a visit is booked
	Services    []Service
}

// Service is what can be booked. Amounts are in hundredths.
type Service struct {
	Name, Description string
	Named, Open       bool // whether a price is named, and whether it may be higher than High
	Low, High         int64
}

// mostServices is how many services a page tells of: the first ones. It bounds what the block weighs.
const mostServices = 20

type node map[string]any

// JSON returns a place as JSON-LD. It may stand in a script element: no text in it can end the element.
func JSON(p Place) string {
	out := node{"@context": "https://schema.org", "@type": Type(p.Name + " " + p.Kind), "@id": p.ID, "url": p.ID, "name": p.Name}
	set(out, "description", p.Description)
	set(out, "telephone", p.Phone)
	set(out, "email", p.Email)
	set(out, "logo", p.Logo)
	set(out, "sameAs", p.Site)
	if len(p.Images) > 0 {
		out["image"] = p.Images
	}
	if p.Street != "" || p.City != "" {
		address := node{"@type": "PostalAddress"}
		set(address, "streetAddress", p.Street)
		set(address, "addressLocality", p.City)
		set(address, "addressCountry", p.Country)
		out["address"] = address
	}
	if p.Lat != 0 || p.Lon != 0 {
		out["geo"] = node{"@type": "GeoCoordinates", "latitude": p.Lat, "longitude": p.Lon}
	}
	currency := Currency(p.Currency, p.Country)
	set(out, "currenciesAccepted", currency)
	out["potentialAction"] = node{
		"@type": "ReserveAction",
		"target": node{
			"@type": "EntryPoint", "urlTemplate": p.Template,
			"actionPlatform": []string{"https://schema.org/DesktopWebPlatform", "https://schema.org/MobileWebPlatform"},
		},
	}
	var offers []node
	for _, s := range p.Services[:min(len(p.Services), mostServices)] {
		offers = append(offers, offer(s, currency))
	}
	if len(offers) > 0 {
		out["makesOffer"] = offers
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return "" // cannot be: the maps hold texts and numbers
	}
	return string(raw)
}

func set(n node, name, value string) {
	if value != "" {
		n[name] = value
	}
}

// offer returns a service with its price. A price in an unknown currency says nothing to a search engine.
func offer(s Service, currency string) node {
	service := node{"@type": "Service", "name": s.Name}
	set(service, "description", s.Description)
	out := node{"@type": "Offer", "itemOffered": service}
	const hundredths = 100
	switch {
	case !s.Named || currency == "":
	case !s.Open && s.Low == s.High:
		out["price"], out["priceCurrency"] = float64(s.Low)/hundredths, currency
	default:
		price := node{"@type": "PriceSpecification", "minPrice": float64(s.Low) / hundredths, "priceCurrency": currency}
		if !s.Open {
			price["maxPrice"] = float64(s.High) / hundredths
		}
		out["priceSpecification"] = price
	}
	return out
}

// types are the types of schema.org by the words with which salons name themselves, the narrower ones first.
var types = []struct {
	name  string
	words *regexp.Regexp
}{
	{"NailSalon", regexp.MustCompile(`nail (salon|studio|bar)|маникюрн|ногтев|нігтьов|nagelstudio|nagu studija|küünestuudio|nagų`)},
	{"HairSalon", regexp.MustCompile(`barber|барбер|hair|парикмахер|перукар|friseur|frizētav|frizieru|juuksur|kirpykl|bārddzin`)},
	{"DaySpa", regexp.MustCompile(`\bday spa\b|\bspa\b|спа-|спа салон`)},
	{"Dentist", regexp.MustCompile(`dentist|dental|стоматолог|zahnarzt|zobārst|hambaravi|odontolog`)},
	{"BeautySalon", regexp.MustCompile(`beauty|красот|краси|косметолог|schönheit|kosmeti|skaistum|ilusalong|ilumaja|grožio|студия «|салон|salon`)},
}

// general is the type of a place that says nothing of itself.
const general = "LocalBusiness"

// Type returns the type of a place by what it says of itself.
func Type(says string) string {
	says = strings.ToLower(says)
	for _, t := range types {
		if t.words.MatchString(says) {
			return t.name
		}
	}
	return general
}

// symbols are the currencies of the signs with which salons write them.
var symbols = map[string]string{
	"₽": "RUB", "р": "RUB", "руб": "RUB", "€": "EUR", "₴": "UAH", "грн": "UAH", "zł": "PLN", "₸": "KZT", "₾": "GEL", "£": "GBP", "br": "BYN", "₼": "AZN", "֏": "AMD", "₺": "TRY", "kč": "CZK",
}

// dollars and crowns have the same sign in several countries.
var (
	dollars = map[string]string{"US": "USD", "CA": "CAD", "AU": "AUD", "NZ": "NZD"}
	crowns  = map[string]string{"SE": "SEK", "NO": "NOK", "DK": "DKK", "IS": "ISK"}
	code    = regexp.MustCompile(`^[A-Z]{3}$`)
)

// Currency returns the ISO 4217 code of a currency as salons write it, "" when it is not known.
func Currency(sign, country string) string {
	if code.MatchString(sign) {
		return sign
	}
	switch sign = strings.TrimRight(strings.ToLower(sign), "."); sign {
	case "$":
		return dollars[country]
	case "kr":
		return crowns[country]
	}
	return symbols[sign]
}
