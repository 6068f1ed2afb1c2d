package upstream

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ServiceList is what may be booked (rest-api: "Получить список услуг доступных для бронирования").
type ServiceList struct {
	Categories []ServiceCategory
	Services   []Service
	Promotions []Promotion
}

// ServiceCategory is a group of services; it cannot itself be booked.
type ServiceCategory struct {
	ID     int
	Title  string
	Sex    int // 1 male, 2 female, 0 any
	Weight int // the heavier first
}

// Service is one service.
type Service struct {
	ID           int
	Title        string
	CategoryID   int
	Weight       int // the heavier first
	PriceMin     Money
	PriceMax     Money
	Discount     float64
	Comment      string // text, HTML now and then
	Active       bool
	Sex          int
	Image        string
	Prepaid      string        // "forbidden", "allowed", "required"
	Membership   bool          // only for holders of a membership
	Online       bool          // can be booked online at all; true where the upstream does not say
	SeanceLength time.Duration // 0 unless a member of staff was asked for
}

// Promotion is several services that a company offers together (rest-api: "events" of book_services).
type Promotion struct {
	ID       int
	Title    string
	Comment  string
	Services []int
}

type wireService struct {
	ID           flexInt     `json:"id"`
	Title        flexTitle   `json:"title"`
	CategoryID   flexInt     `json:"category_id"`
	Weight       flexInt     `json:"weight"`
	PriceMin     flexMoney   `json:"price_min"`
	PriceMax     flexMoney   `json:"price_max"`
	Discount     flexFloat   `json:"discount"`
	Comment      flexText    `json:"comment"`
	Active       optBool     `json:"active"`
	Sex          flexInt     `json:"sex"`
	Image        flexURL     `json:"image"`
	Prepaid      flexString  `json:"prepaid"`
	SeanceLength flexSeconds `json:"seance_length"`
	Membership   flexBool    `json:"abonement_restriction"`
	Online       optBool     `json:"is_online_booking_available"`
	Settings     flexObject[struct {
		Status flexString `json:"status"`
	}] `json:"prepaid_settings"`
}

func (w wireService) service() Service {
	return Service{
		ID: int(w.ID), Title: string(w.Title), CategoryID: int(w.CategoryID), Weight: int(w.Weight),
		PriceMin: Money(w.PriceMin), PriceMax: Money(w.PriceMax), Discount: float64(w.Discount), Comment: string(w.Comment),
		Active: w.Active.on(), Sex: int(w.Sex), Image: string(w.Image), Prepaid: string(cmp.Or(w.Prepaid, w.Settings.value.Status)),
		Membership: bool(w.Membership), Online: w.Online.on(),
		SeanceLength: time.Duration(w.SeanceLength),
	}
}

type wireCategory struct {
	ID     flexInt   `json:"id"`
	Title  flexTitle `json:"title"`
	Sex    flexInt   `json:"sex"`
	Weight flexInt   `json:"weight"`
}

func (w wireCategory) category() ServiceCategory {
	return ServiceCategory{ID: int(w.ID), Title: string(w.Title), Sex: int(w.Sex), Weight: int(w.Weight)}
}

type wireServiceList struct {
	Services   flexList[wireService]  `json:"services"`
	Category   flexList[wireCategory] `json:"category"`   // every real answer
	Categories flexList[wireCategory] `json:"categories"` // the documentation's prose
	Promotions flexList[struct {
		ID       flexInt           `json:"id"`
		Title    flexTitle         `json:"title"`
		Comment  flexText          `json:"comment"`
		Services flexList[flexInt] `json:"services"`
	}] `json:"events"`
}

func (w wireServiceList) list() ServiceList {
	if len(w.Category) == 0 {
		w.Category = w.Categories
	}
	out := ServiceList{Categories: each(w.Category, wireCategory.category), Services: each(w.Services, wireService.service)}
	for _, e := range w.Promotions {
		out.Promotions = append(out.Promotions, Promotion{
			ID: int(e.ID), Title: string(e.Title), Comment: string(e.Comment),
			Services: each(e.Services, func(v flexInt) int { return int(v) }),
		})
	}
	return out
}

// ServicesParams narrow the services. Zero fields narrow nothing.
type ServicesParams struct {
	Staff    int
	Datetime time.Time
	Services []int // already chosen: what can be booked together with them
}

// Services reads what may be booked at a company.
// rest-api: "Получить список услуг доступных для бронирования".
func (c *Client) Services(ctx context.Context, company int, p ServicesParams) (ServiceList, error) {
	q := url.Values{}
	if p.Staff != 0 {
		q.Set("staff_id", strconv.Itoa(p.Staff))
	}
	if !p.Datetime.IsZero() {
		q.Set("datetime", isoTime(p.Datetime))
	}
	ids(q, "service_ids", p.Services)
	var w wireServiceList
	if err := c.get(ctx, "book_services", path("book_services", company), q, &w); err != nil {
		return ServiceList{}, err
	}
	return w.list(), nil
}

// ServiceLength is how long a service takes: by itself, and each of those who do it.
type ServiceLength struct {
	ID     int
	Length time.Duration
	Staff  []time.Duration
}

// ServiceLengths reads how long a company's services take, whoever does them. Not every partner may.
// rest-api: "Устаревшее. Получить список услуг / конкретную услугу", which asks for the partner's token alone.
func (c *Client) ServiceLengths(ctx context.Context, company int) ([]ServiceLength, error) {
	var w flexList[struct {
		ID       flexInt     `json:"id"`
		Duration flexSeconds `json:"duration"`
		Staff    flexList[struct {
			Length flexSeconds `json:"seance_length"`
		}] `json:"staff"`
	}]
	if err := c.get(ctx, "services", path("services", company), nil, &w); err != nil {
		return nil, err
	}
	out := make([]ServiceLength, 0, len(w))
	for _, s := range w {
		one := ServiceLength{ID: int(s.ID), Length: time.Duration(s.Duration)}
		for _, m := range s.Staff {
			if m.Length > 0 {
				one.Staff = append(one.Staff, time.Duration(m.Length))
			}
		}
		out = append(out, one)
	}
	return out, nil
}

// Staff is a member of staff, or a room, or a court: whatever a salon books
// (rest-api: "Получить список сотрудников доступных для бронирования").
type Staff struct {
	ID             int
	Name           string
	Specialization string
	Position       string // the job title
	Bookable       bool
	Weight         int // the heavier first
	ShowRating     bool
	Rating         float64
	CommentsCount  int
	Avatar         string // "" when the upstream has its stand-in there
	AvatarBig      string
	Information    string // HTML
	Prepaid        string // as a Service's
	Gone           bool   // fired, hidden from customers or deleted
	SeanceDate     string // YYYY-MM-DD of the nearest free day; "" unless bookable
	Seances        []Seance
}

// Seance is a free time.
type Seance struct {
	Time      string    // "14:30", with both digits of the hour: what the company's clock shows
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

// In gives the start on a company's clock, and whether the clock of the zone shows what the answer says that it shows.
// Where it does not, the start keeps its moment and takes the clock of the answer.
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

type wireStaff struct {
	ID             flexInt   `json:"id"`
	Name           flexTitle `json:"name"`
	Specialization flexTitle `json:"specialization"`
	Spec           flexTitle `json:"spec"` // the answer of a move
	Position       flexObject[struct {
		Title flexTitle `json:"title"`
	}] `json:"position"`
	Bookable      flexBool             `json:"bookable"`
	Weight        flexInt              `json:"weight"`
	ShowRating    flexBool             `json:"show_rating"`
	Rating        flexFloat            `json:"rating"`
	CommentsCount flexInt              `json:"comments_count"`
	Avatar        flexURL              `json:"avatar"`
	AvatarBig     flexURL              `json:"avatar_big"`
	Information   flexString           `json:"information"`
	Prepaid       flexString           `json:"prepaid"`
	Fired         flexBool             `json:"fired"`
	Hidden        flexBool             `json:"hidden"`
	Deleted       flexBool             `json:"is_deleted"`
	SeanceDate    flexDate             `json:"seance_date"`
	Seances       flexList[wireSeance] `json:"seances"`
}

func (w wireStaff) staff() Staff {
	s := Staff{
		ID: int(w.ID), Name: string(w.Name), Specialization: strings.TrimSpace(string(w.Specialization)),
		Position: string(w.Position.value.Title),
		Bookable: bool(w.Bookable), Weight: int(w.Weight), ShowRating: bool(w.ShowRating), Rating: float64(w.Rating),
		CommentsCount: int(w.CommentsCount),
		Avatar:        photo(string(w.Avatar)), AvatarBig: photo(string(w.AvatarBig)), Information: string(w.Information),
		Prepaid: string(w.Prepaid), Gone: bool(w.Fired || w.Hidden || w.Deleted), SeanceDate: string(w.SeanceDate), Seances: seances(w.Seances),
	}
	if s.Specialization == "" {
		s.Specialization = string(w.Spec)
	}
	return s
}

// photo is an image's address, "" for the picture that stands for "no picture".
func photo(address string) string {
	if strings.Contains(address, "/no-master") {
		return ""
	}
	return address
}

// StaffParams narrow the staff. Zero fields narrow nothing.
type StaffParams struct {
	Services []int
	Datetime time.Time
}

// Staff reads who can be booked. rest-api: "Получить список сотрудников доступных для бронирования".
func (c *Client) Staff(ctx context.Context, company int, p StaffParams) ([]Staff, error) {
	q := url.Values{}
	ids(q, "service_ids", p.Services)
	if !p.Datetime.IsZero() {
		q.Set("datetime", isoTime(p.Datetime))
	}
	var w flexList[wireStaff]
	if err := c.get(ctx, "book_staff", path("book_staff", company), q, &w); err != nil {
		return nil, err
	}
	return each(w, wireStaff.staff), nil
}

// BookDates are days as YYYY-MM-DD, sorted.
type BookDates struct {
	Booking []string // something is free
	Working []string // somebody works
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

// dates gives the days a year: a month before the first one asked for belongs to the next year.
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
	ids(q, "service_ids", p.Services)
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

// Times reads the free times of a day; staff 0 is any. Times of today that are over may be among
// them. rest-api: "Получить список сеансов доступных для бронирования".
func (c *Client) Times(ctx context.Context, company, staff int, date string, services []int) ([]Seance, error) {
	q := url.Values{}
	ids(q, "service_ids", services)
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
