package server

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/money"
	"okoshko/internal/urls"
	"okoshko/web/static"
)

// The loader's addresses. The moving one is asked for again every few minutes; an exact version is
// kept for a year.
const (
	cacheLoader = "public, max-age=300, stale-while-revalidate=86400"
	cachePinned = "public, max-age=31536000, immutable"
)

// showLoader is the script that a salon's website carries, the newest of a major version.
func (s *Server) showLoader(c *fiber.Ctx) error {
	loader, ok := s.Assets.NewestLoader(1)
	return s.sendLoader(c, loader, ok, cacheLoader)
}

// showPinnedLoader is the script in the very version that a website has named the hash of.
func (s *Server) showPinnedLoader(c *fiber.Ctx) error {
	loader, ok := s.Assets.Loader(c.Params(urls.PathVersion))
	return s.sendLoader(c, loader, ok, cachePinned)
}

// showNoLoader answers an address of no loader: never with a page, which a browser would refuse to run
// with a message that nobody understands.
func (s *Server) showNoLoader(c *fiber.Ctx) error {
	return c.Status(fiber.StatusNotFound).Type("txt").Send(nil)
}

// sendLoader sends a loader to whatever website asks.
func (s *Server) sendLoader(c *fiber.Ctx, loader static.Loader, ok bool, cache string) error {
	if !ok {
		return s.showNoLoader(c)
	}
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	c.Set(fiber.HeaderCacheControl, cache)
	c.Set(fiber.HeaderETag, loader.Tag())
	c.Vary(fiber.HeaderAcceptEncoding)
	if matches(c.Get(fiber.HeaderIfNoneMatch), loader.Tag()) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	body, encoding := loader.For(c.Get(fiber.HeaderAcceptEncoding))
	c.Set(fiber.HeaderContentType, loader.ContentType)
	if encoding != "" {
		c.Set(fiber.HeaderContentEncoding, encoding)
	}
	return c.Send(body)
}

// What pages say to a website that embeds them; docs/messages.md describes it. It stands in the page as
// finished JSON and is sent by the script. Nothing in it is about a person.

type readyData struct {
	Close    string   `json:"close"` // what the button that closes the widget is called
	Counters []string `json:"counters"`
	Form     int      `json:"form"`
	Lang     string   `json:"lang"`
}

type embedEvent struct {
	Type string `json:"type"`
	Data any    `json:"data"`
}

type bookedData struct {
	Company  int      `json:"company"`
	Currency string   `json:"currency"` // ISO 4217; "" for one that we do not know
	Form     int      `json:"form"`
	ID       string   `json:"id"`
	Services []int    `json:"services"`
	Value    *float64 `json:"value"` // what it costs at least; null: the salon names no price
}

// currencies are the codes that counters want, by the symbols that the upstream has.
var currencies = map[string]string{
	"₽": "RUB", "руб.": "RUB", "€": "EUR", "$": "USD", "£": "GBP", "₴": "UAH", "₸": "KZT", "₾": "GEL", "₼": "AZN", "֏": "AMD", "Br": "BYN", "BYN": "BYN",
	"₺": "TRY", "zł": "PLN", "Kč": "CZK", "₪": "ILS", "сом": "KGS", "сум": "UZS", "лей": "MDL", "AED": "AED",
}

type changedData struct {
	Company int    `json:"company"`
	Form    int    `json:"form"`
	ID      string `json:"id"`
}

// toJSON is data of ours, which has a JSON form.
func toJSON(data any) string {
	out, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// ready introduces the widget.
func (s *Server) ready(v *pageRequest) string {
	data := readyData{Close: v.text.T("widget.embed.close"), Counters: []string{}, Form: v.form.ID, Lang: v.text.Lang()}
	if s.Counters {
		data.Counters = trackers(v.form.Trackers)
	}
	return toJSON(data)
}

// trackers names the trackers of the bookform by the functions that their scripts give a website.
func trackers(ids catalog.Trackers) []string {
	out := []string{}
	for _, c := range []struct{ name, id string }{
		{"ym", ids.Metrika}, {"gtag", ids.Google}, {"fbq", ids.Facebook}, {"VK", ids.VK}, {"appmetrica", ids.AppMetrica},
	} {
		if c.id != "" {
			out = append(out, c.name+":"+c.id)
		}
	}
	return out
}

// eventID names an event, so that it is counted once, and says nothing of the key that it is made from.
func eventID(key string) string {
	sum := sha256.Sum256([]byte("okoshko event " + key))
	return hex.EncodeToString(sum[:8])
}

// bookedEvent tells of a booking; booked are its visits as far as they could be read.
func bookedEvent(v *pageRequest, a booking.Attempt, booked []*booking.Visit) string {
	data := bookedData{Company: a.Company, Form: a.Form, ID: eventID(a.ID), Services: []int{}}
	for _, visit := range a.Appointments {
		data.Services = append(data.Services, visit.Services...)
	}
	var prices []money.Price
	symbol := v.Company.Currency
	for _, d := range booked {
		symbol = cmp.Or(d.Currency, symbol)
		for _, service := range d.Services {
			prices = append(prices, service.Price)
		}
	}
	data.Currency = currencies[symbol]
	if cost := money.Sum(prices...); len(booked) == len(a.Appointments) && cost.Named() {
		const hundredths = 100
		value := float64(cost.Low()) / hundredths
		data.Value = &value
	}
	return toJSON(embedEvent{Type: "booked", Data: data})
}

// changeEvent tells of a change, "" when it is no news.
func (o *visitPage) changeEvent() string {
	kind := "moved"
	if o.change.Cancels() {
		kind = "cancelled"
	}
	return toJSON(embedEvent{Type: kind, Data: changedData{Company: o.Company.ID, Form: o.form.ID, ID: eventID(o.change.ID)}})
}
