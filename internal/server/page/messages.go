package page

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/money"
)

// Messages to the website that embeds a page. The page holds them as JSON, and its script sends them. They hold no personal
// data. docs/messages.md describes them.

// readyData introduces the widget to the website.
type readyData struct {
	Close    string   `json:"close"` // the text of the button that closes the widget
	Counters []string `json:"counters"`
	Form     int      `json:"form"`
	Lang     string   `json:"lang"`
}

// message is what the page in a frame tells the website around it (docs/messages.md).
type message struct {
	Type string `json:"type"`
	Data any    `json:"data"`
}

// bookedData is the data of the message "booked".
type bookedData struct {
	Company  int      `json:"company"`
	Currency string   `json:"currency"` // ISO 4217; "" when the upstream's symbol is not in currencies
	Form     int      `json:"form"`
	ID       string   `json:"id"`
	Services []int    `json:"services"`
	Value    *float64 `json:"value"` // the lowest price of the booking; null when the salon names none
}

// currencies are the ISO codes that trackers expect, by the upstream's symbols.
var currencies = map[string]string{
	"₽": "RUB", "руб.": "RUB", "€": "EUR", "$": "USD", "£": "GBP", "₴": "UAH", "₸": "KZT", "₾": "GEL", "₼": "AZN", "֏": "AMD", "Br": "BYN", "BYN": "BYN",
	"₺": "TRY", "zł": "PLN", "Kč": "CZK", "₪": "ILS", "сом": "KGS", "сум": "UZS", "лей": "MDL", "AED": "AED",
}

// changedData is the data of the messages "moved" and "cancelled".
type changedData struct {
	Company int    `json:"company"`
	Form    int    `json:"form"`
	ID      string `json:"id"`
}

// toJSON returns the JSON of the data of a message, which can always be encoded.
func toJSON(data any) string {
	out, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// ready returns the JSON of readyData.
func (s *Builder) ready(v *Request) string {
	data := readyData{Close: v.Text.T("widget.embed.close"), Counters: []string{}, Form: v.Form.ID, Lang: v.Text.Lang()}
	if s.Counters {
		data.Counters = trackers(v.Form.Trackers)
	}
	return toJSON(data)
}

// trackers lists the bookform's trackers, each with the name of the function that its script defines on a website.
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

// messageID returns an id by which a website counts a message once. It is a hash, so it does not disclose the key.
func messageID(key string) string {
	sum := sha256.Sum256([]byte("okoshko event " + key))
	return hex.EncodeToString(sum[:8])
}

// Sale is what a booking costs.
type Sale struct {
	Currency string        // the symbol
	Prices   []money.Price // of all its services; none where they are not known
}

// BookedMessage returns the message of a booking.
func BookedMessage(a booking.Attempt, sale Sale) string {
	data := bookedData{Company: a.Company, Form: a.Form, ID: messageID(a.ID), Services: []int{}}
	for _, appointment := range a.Appointments {
		data.Services = append(data.Services, appointment.Services...)
	}
	data.Currency = currencies[sale.Currency]
	if cost := money.Sum(sale.Prices...); cost.Named() {
		const hundredths = 100
		value := float64(cost.Low()) / hundredths
		data.Value = &value
	}
	return toJSON(message{Type: "booked", Data: data})
}

// ChangedMessage returns the message of a cancel or a move of a visit.
func ChangedMessage(v *Request, change booking.Change) string {
	kind := "moved"
	if change.Cancels() {
		kind = "cancelled"
	}
	return toJSON(message{Type: kind, Data: changedData{Company: v.Company.ID, Form: v.Form.ID, ID: messageID(change.ID)}})
}
