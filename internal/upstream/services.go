package upstream

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
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
	Online       bool          // can be booked online; true where the upstream does not say
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
	Category   flexList[wireCategory] `json:"category"`   // in every real answer (seen live)
	Categories flexList[wireCategory] `json:"categories"` // in the text of the documentation
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
	Services []int // chosen already; the answer has what can be booked together with them
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
	serviceIDs(q, p.Services)
	var w wireServiceList
	if err := c.get(ctx, "book_services", path("book_services", company), q, &w); err != nil {
		return ServiceList{}, err
	}
	return w.list(), nil
}

// ServiceLength is how long a service takes, in general and with each member of staff.
type ServiceLength struct {
	ID     int
	Length time.Duration
	Staff  []time.Duration
}

// ServiceLengths reads how long a company's services take, with each member of staff. Not every partner may read it.
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
