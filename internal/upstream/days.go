package upstream

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// BookDates are days as YYYY-MM-DD, sorted.
type BookDates struct {
	Booking []string // with a free time
	Working []string // with somebody at work
}

// DatesParams narrow the days. Zero fields narrow nothing.
type DatesParams struct {
	Staff    int
	Services []int
	From, To string // YYYY-MM-DD
}

type wireDates struct {
	BookingDates flexList[flexDate] `json:"booking_dates"`
	WorkingDates flexList[flexDate] `json:"working_dates"`
	BookingDays  months             `json:"booking_days"`
	WorkingDays  months             `json:"working_days"`
}

// months are days by month, without a year; an empty map may come as an empty list.
type months map[int][]int

func (m *months) UnmarshalJSON(raw []byte) error {
	var w flexObject[map[string]flexList[flexInt]]
	_ = w.UnmarshalJSON(raw)
	*m = months{}
	for month, days := range w.value {
		n := int(number([]byte(month)))
		for _, d := range days {
			(*m)[n] = append((*m)[n], int(d))
		}
	}
	return nil
}

// dates adds the year: a month before the first month that was asked for is in the next year.
func (m months) dates(first time.Time) []string {
	var out []string
	for month, days := range m {
		year := first.Year()
		if month < int(first.Month()) {
			year++
		}
		for _, d := range days {
			t := time.Date(year, time.Month(month), d, 0, 0, 0, 0, time.UTC)
			if t.Month() == time.Month(month) {
				out = append(out, t.Format(time.DateOnly))
			}
		}
	}
	return out
}

// dates prefers the full dates and falls back to days by month.
func (w wireDates) dates(first time.Time) BookDates {
	pick := func(full []flexDate, byMonth months) []string {
		set := map[string]bool{}
		for _, d := range full {
			if d != "" {
				set[string(d)] = true
			}
		}
		if len(set) == 0 {
			for _, d := range byMonth.dates(first) {
				set[d] = true
			}
		}
		return slices.Sorted(maps.Keys(set))
	}
	return BookDates{Booking: pick(w.BookingDates, w.BookingDays), Working: pick(w.WorkingDates, w.WorkingDays)}
}

// Dates reads the days on which something is free.
// rest-api: "Получить список дат доступных для бронирования".
func (c *Client) Dates(ctx context.Context, company int, p DatesParams) (BookDates, error) {
	q := url.Values{}
	if p.Staff != 0 {
		q.Set("staff_id", strconv.Itoa(p.Staff))
	}
	serviceIDs(q, p.Services)
	first := c.now()
	if p.From != "" {
		q.Set("date_from", p.From)
		if from, err := time.Parse(time.DateOnly, p.From); err == nil {
			first = from
		}
	}
	if p.To != "" {
		q.Set("date_to", p.To)
	}
	var w wireDates
	if err := c.get(ctx, "book_dates", path("book_dates", company), q, &w); err != nil {
		return BookDates{}, err
	}
	return w.dates(first), nil
}

// Seance is a free time.
type Seance struct {
	Time      string    // local time of the company, "14:30", the hour with two digits
	Start     time.Time // with the offset that was sent; Unzoned without one
	Length    time.Duration
	SumLength time.Duration // of all services together; 0 when not said
}

type wireSeance struct {
	Time      flexString  `json:"time"`
	Datetime  flexTime    `json:"datetime"`
	Length    flexSeconds `json:"seance_length"`
	SumLength flexSeconds `json:"sum_length"`
}

func (w wireSeance) seance() Seance {
	s := Seance{Time: string(w.Time), Start: w.Datetime.start(), Length: time.Duration(w.Length), SumLength: time.Duration(w.SumLength)}
	if len(s.Time) == len("9:00") && s.Time[1] == ':' {
		s.Time = "0" + s.Time
	}
	return s
}

// In is the start on the company's clock, and whether the zone's local time is the one in the answer. Where it is not, the
// start is the same moment with the local time of the answer.
func (s Seance) In(zone *time.Location) (start time.Time, agrees bool) {
	return onClock(s.Start, s.Time, zone)
}

func seances(in []wireSeance) []Seance {
	out := make([]Seance, 0, len(in))
	for _, w := range in {
		if s := w.seance(); !s.Start.IsZero() {
			out = append(out, s)
		}
	}
	return out
}

// Times reads the free times of a day; staff 0 is any. Times that have passed may be among them. rest-api: "Получить список сеансов доступных для бронирования".
func (c *Client) Times(ctx context.Context, company, staff int, date string, services []int) ([]Seance, error) {
	q := url.Values{}
	serviceIDs(q, services)
	var w flexList[wireSeance]
	if err := c.get(ctx, "book_times", path("book_times", company, staff, date), q, &w); err != nil {
		return nil, err
	}
	return seances(w), nil
}

// NearestSeances reads the free times of a member of staff's nearest free day, for any service; staff 0 is any.
// rest-api: "Получить список ближайших доступных сеансов".
func (c *Client) NearestSeances(ctx context.Context, company, staff int) ([]Seance, error) {
	var w struct {
		Seances flexList[wireSeance] `json:"seances"`
	}
	if err := c.get(ctx, "book_staff_seances", path("book_staff_seances", company, staff)+"/", nil, &w); err != nil {
		return nil, err
	}
	return seances(w.Seances), nil
}
