// Package agents holds what the door for assistants says and understands: the answers of its tools, the days and hours that
// people name in words, which times fit a wish, and how an answer is kept short. The package is pure; internal/server/agents
// asks the catalogue and speaks the protocol.
package agents

import (
	"encoding/json"
	"unicode/utf8"
)

// MaxBytes is the longest answer of a tool, as JSON. An assistant pays for every word that it reads.
const MaxBytes = 2048

// SalonQuery is what find_salon is asked.
type SalonQuery struct {
	Query    string `json:"query,omitempty" jsonschema:"words of the salon's name or street, as the person says them; empty lists all salons"`
	City     string `json:"city,omitempty" jsonschema:"the city, as the person says it"`
	Language string `json:"language,omitempty" jsonschema:"two-letter code of the person's language, such as ru or en"`
}

// Salons is the answer of find_salon.
type Salons struct {
	Salons  []Salon `json:"salons"`
	More    int     `json:"more,omitempty" jsonschema:"how many further salons match"`
	Unread  int     `json:"unread,omitempty" jsonschema:"how many salons are still being looked up; ask again in some seconds"`
	GoodFor int     `json:"good_for_seconds"`
	Next    string  `json:"next,omitempty" jsonschema:"what to do next"`
}

// Salon is a place where visits happen.
type Salon struct {
	Form    int    `json:"form" jsonschema:"pass it to the other tools"`
	Branch  int    `json:"branch,omitempty" jsonschema:"pass it to the other tools, when there is one"`
	Title   string `json:"title"`
	City    string `json:"city,omitempty"`
	Address string `json:"address,omitempty"`
	Phone   string `json:"phone,omitempty"`
	URL     string `json:"url" jsonschema:"the page on which a person books"`
}

// ServiceQuery is what find_services is asked.
type ServiceQuery struct {
	Form     int     `json:"form" jsonschema:"from find_salon"`
	Branch   int     `json:"branch,omitempty" jsonschema:"from find_salon"`
	Query    string  `json:"query,omitempty" jsonschema:"words of the service, as the person says them; empty lists all services"`
	MaxPrice float64 `json:"max_price,omitempty" jsonschema:"the most that the person wants to pay, in the salon's currency"`
	Language string  `json:"language,omitempty" jsonschema:"two-letter code of the person's language"`
}

// Services is the answer of find_services.
type Services struct {
	Currency string    `json:"currency,omitempty"`
	Services []Service `json:"services"`
	More     int       `json:"more,omitempty" jsonschema:"how many further services match"`
	GoodFor  int       `json:"good_for_seconds"`
	Next     string    `json:"next,omitempty" jsonschema:"what to do next"`
}

// Service is one service. A price without max is exact, or at least min with from.
type Service struct {
	ID       int      `json:"id" jsonschema:"pass it to find_times and visit_link"`
	Title    string   `json:"title"`
	Group    string   `json:"group,omitempty"`
	Price    *float64 `json:"price,omitempty" jsonschema:"the lowest price; missing when the salon names none"`
	MaxPrice *float64 `json:"price_max,omitempty" jsonschema:"the highest price, when it depends on the specialist"`
	From     bool     `json:"price_from,omitempty" jsonschema:"whether the price may be higher without a bound"`
	Minutes  int      `json:"minutes,omitempty"`
	For      string   `json:"for,omitempty" jsonschema:"men or women, when the service is for one of them"`
	Note     string   `json:"note,omitempty"`
}

// TimeQuery is what find_times is asked.
type TimeQuery struct {
	Form     int    `json:"form" jsonschema:"from find_salon"`
	Branch   int    `json:"branch,omitempty" jsonschema:"from find_salon"`
	Services []int  `json:"services,omitempty" jsonschema:"ids from find_services, those of one visit together"`
	Master   string `json:"master,omitempty" jsonschema:"the specialist's name or id; empty for any"`
	From     string `json:"from,omitempty" jsonschema:"the first day: 2006-01-02, or words such as tomorrow, saturday, weekend; empty for as soon as possible"`
	To       string `json:"to,omitempty" jsonschema:"the last day; empty for the day or days that from names"`
	Part     string `json:"part,omitempty" jsonschema:"the part of the day: morning, noon, afternoon, evening, after 17:00, before 12:00, 10:00-13:00; empty for any"`
	Language string `json:"language,omitempty" jsonschema:"two-letter code of the person's language"`
}

// Times is the answer of find_times.
type Times struct {
	Times   []Time   `json:"times"`
	More    int      `json:"more,omitempty" jsonschema:"how many further times fit"`
	Masters []Master `json:"masters,omitempty" jsonschema:"the specialists who do this, when none of the wanted times is free"`
	Days    []string `json:"days,omitempty" jsonschema:"the days that were looked at"`
	GoodFor int      `json:"good_for_seconds" jsonschema:"afterwards a time may be taken; ask again"`
	Next    string   `json:"next,omitempty" jsonschema:"what to do next"`
}

// Time is a free time.
type Time struct {
	Start   string `json:"start" jsonschema:"pass it to visit_link as it is"`
	Says    string `json:"says" jsonschema:"the time in the person's language, by the salon's clock"`
	Master  int    `json:"master,omitempty" jsonschema:"pass it to visit_link; missing for any specialist"`
	Name    string `json:"name,omitempty" jsonschema:"of the specialist"`
	Minutes int    `json:"minutes,omitempty"`
}

// Master is a specialist.
type Master struct {
	ID      int    `json:"id"`
	Name    string `json:"name"`
	Nearest string `json:"nearest,omitempty" jsonschema:"about when the specialist is free next"`
}

// VisitQuery is what visit_link is asked.
type VisitQuery struct {
	Form     int    `json:"form" jsonschema:"from find_salon"`
	Branch   int    `json:"branch,omitempty" jsonschema:"from find_salon"`
	Services []int  `json:"services,omitempty" jsonschema:"ids from find_services"`
	Master   int    `json:"master,omitempty" jsonschema:"the specialist of the time, from find_times; 0 for any"`
	Start    string `json:"start,omitempty" jsonschema:"the time, from find_times; without it the link leads to the choice of a time"`
	Language string `json:"language,omitempty" jsonschema:"two-letter code of the person's language"`
}

// Visit is the answer of visit_link.
type Visit struct {
	URL      string   `json:"url" jsonschema:"give it to the person, who sees the visit there and books it"`
	Complete bool     `json:"complete" jsonschema:"whether everything is chosen, so that the page asks for the person's name and phone only"`
	Step     string   `json:"step" jsonschema:"the step that the page begins with"`
	Salon    string   `json:"salon"`
	Address  string   `json:"address,omitempty"`
	Services []string `json:"services,omitempty"`
	Master   string   `json:"master,omitempty"`
	Start    string   `json:"start,omitempty"`
	Says     string   `json:"says,omitempty" jsonschema:"the time in the person's language"`
	Price    string   `json:"price,omitempty"`
	GoodFor  int      `json:"good_for_seconds"`
	Next     string   `json:"next,omitempty" jsonschema:"what to do next"`
}

// WindowQuery is what windows is asked.
type WindowQuery struct {
	Form     int    `json:"form" jsonschema:"from find_salon"`
	Branch   int    `json:"branch,omitempty" jsonschema:"from find_salon"`
	Services []int  `json:"services,omitempty" jsonschema:"ids from find_services; empty for any visit"`
	Language string `json:"language,omitempty" jsonschema:"two-letter code of the person's language"`
}

// Windows is the answer of windows.
type Windows struct {
	Windows []Window `json:"windows"`
	More    int      `json:"more,omitempty" jsonschema:"how many further specialists are free soon"`
	URL     string   `json:"url,omitempty" jsonschema:"the page that lists what is free soon"`
	GoodFor int      `json:"good_for_seconds"`
	Next    string   `json:"next,omitempty" jsonschema:"what to do next"`
}

// Window is what is free soon with one specialist.
type Window struct {
	Master int      `json:"master"`
	Name   string   `json:"name"`
	Day    string   `json:"day" jsonschema:"the nearest day on which the specialist is free"`
	Times  []string `json:"times,omitempty" jsonschema:"free times of the day; none when only the day is known"`
}

// Size is how many bytes an answer takes.
func Size(answer any) int {
	raw, err := json.Marshal(answer)
	if err != nil {
		return MaxBytes + 1 // cannot be: the answers of this package hold texts and numbers
	}
	return len(raw)
}

// moreBytes is what naming the number of items that were left out takes.
const moreBytes = len(`,"more":100000`)

// Shorten drops the last items of an answer's list until the answer is no longer than MaxBytes, and returns how many it has
// dropped. The answer must hold the list; at least one item stays.
func Shorten[T any](answer any, list *[]T) (dropped int) {
	all := *list
	*list = all[:0:0]
	used := Size(answer) + moreBytes
	left := 0
	for i := range all {
		if used += Size(all[i]) + 1; used > MaxBytes && i > 0 {
			break
		}
		left++
	}
	*list = all[:left]
	return len(all) - left
}

// Brief is the beginning of a text, so many characters at most, with an ellipsis where something is left out.
func Brief(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
