// Package flow is the customer's journey: from a bookform and the choices in a URL it says which
// steps there are and in which order, which is next, what a change resets, and whether a step may
// be opened. It is pure: it asks nobody and keeps nothing.
//
//	step      is asked when                                 otherwise
//	city      the form is a chain's (group_id > 0), the     its default, or companies of all cities
//	          step is not hidden, the company not fixed
//	company   the form is a chain's and the step is not     its default; the form's own company
//	          hidden with a default                         outside a chain
//	service   the step is not hidden                        its default, or no services
//	master    the step is not hidden                        its default, or any
//	datetime  always, but when its day and its time are     the default day and time; when they are
//	          hidden and have defaults                      not free, the step says so
//	contact   always
//	confirm   the step is not hidden                        contact books
//
// City and company come first, since everything else is asked of a company; contact and confirm
// come last. Between them the steps stand in the order of the form's numbers, and where numbers
// are equal in the order above. A step that the form does not mention counts as hidden without a
// default. Of a step that it mentions twice the first mention counts.
//
// What a form fixes wins over the URL. A visible step's default is selected and can be changed. A
// step with one option is passed over.
//
// A new choice resets what it invalidates:
//
//	city      the company and all of the company
//	company   services, master, day and time
//	service   the time, when it is chosen after the services
//	master    the time, when it is chosen after the master
//
// What stays is a wish, to be checked against what is offered.
package flow

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// Journey is a bookform made ready for questions. It does not change.
type Journey struct {
	chain   bool
	company int    // the form's own, outside a chain
	order   []Step // all steps that the form can have, hidden ones too
	config  map[Step]StepConfig
}

// Plan makes a form's journey. Whatever the upstream sends, the journey leads to a booking.
func Plan(f Bookform) Journey {
	j := Journey{chain: f.GroupID != 0, company: f.CompanyID, config: map[Step]StepConfig{}}
	for _, s := range f.Steps {
		if _, twice := j.config[s.Step]; !twice {
			j.config[s.Step] = s.clean()
		}
	}
	for _, step := range documented() {
		if _, ok := j.config[step]; !ok {
			j.config[step] = StepConfig{Step: step, Num: math.MaxInt, Hidden: true}
		}
		if j.chain || step != City && step != Company {
			j.order = append(j.order, step)
		}
	}
	slices.SortStableFunc(j.order, func(a, b Step) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(j.number(a), j.number(b)))
	})
	return j
}

// rank is what the order of steps obeys before it obeys the form's numbers.
func rank(s Step) int {
	switch s {
	case City:
		return 0
	case Company:
		return 1
	case Contact:
		return 3
	case Confirm:
		return 4
	default:
		return 2
	}
}

// number is a step's number; those below the first one say nothing.
func (j Journey) number(s Step) int { return max(j.config[s].Num, 0) }

// On is the journey as of a day, YYYY-MM-DD. A default day that has passed is no default any more.
func (j Journey) On(today string) Journey {
	s := j.config[Datetime]
	if s.DateDefault == "" || s.DateDefault >= today {
		return j
	}
	s.DateDefault = ""
	j.config = maps.Clone(j.config)
	j.config[Datetime] = s
	return j
}

// Order is every step that needs deciding, in order: the hidden ones too.
func (j Journey) Order() []Step { return slices.Clone(j.order) }

// Steps are the visible steps in their order.
func (j Journey) Steps() []Step {
	return slices.DeleteFunc(j.Order(), func(s Step) bool { return !j.Has(s) })
}

// Has says whether a step is shown.
func (j Journey) Has(s Step) bool {
	config := j.config[s]
	switch s {
	case City:
		return j.chain && !config.Hidden && j.fixedCompany() == 0
	case Company:
		return j.fixedCompany() == 0 && j.chain // somebody must say where
	case Datetime:
		return !config.hidesDate() || !config.hidesTime() // nothing can be booked without a time
	case Contact:
		return true // nor without a customer
	case Service, Master, Confirm:
		return !config.Hidden
	default:
		return false
	}
}

// fixedCompany is the company that the form chooses by itself, 0 when the customer does.
func (j Journey) fixedCompany() int {
	if !j.chain {
		return j.company
	}
	if config := j.config[Company]; config.Hidden {
		return config.Default
	}
	return 0
}

// Title is the form's own title of a step, "" when it has none.
func (j Journey) Title(s Step) string { return j.config[s].Title }

// DefaultTime is the form's time of day, since midnight.
func (j Journey) DefaultTime() (time.Duration, bool) {
	config := j.config[Datetime]
	return config.TimeDefault, config.HasTimeDefault
}

// Offers says whether a time is among those that the form lets its customers choose, by the clock that it carries.
func (j Journey) Offers(t time.Time) bool {
	config := j.config[Datetime]
	return j.OffersHour(t) && (!config.hidesDate() || slices.Contains(DaysOf(t), config.DateDefault))
}

// OffersHour says whether a time is at the form's own time of day, where it has one.
func (j Journey) OffersHour(t time.Time) bool {
	// By the hands of the clock: hours since midnight are others when clocks change.
	hands := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	return !j.FixesTime() || hands == j.config[Datetime].TimeDefault.Truncate(time.Minute)
}

// OffersDay says whether a day, YYYY-MM-DD, is among those that the form lets its customers choose.
func (j Journey) OffersDay(day string) bool {
	config := j.config[Datetime]
	return !config.hidesDate() || day == config.DateDefault
}

// nightEnds is the hour up to which a time may belong to the day before: salons that work past midnight have their last times
// listed under the day on which the shift began (rest-api: "Получить список сеансов доступных для бронирования").
const nightEnds = 8

// DaysOf are the days, YYYY-MM-DD, under which a time may be listed, the likelier first.
func DaysOf(at time.Time) []string {
	days := []string{at.Format(time.DateOnly)}
	if at.Hour() < nightEnds {
		days = append(days, at.AddDate(0, 0, -1).Format(time.DateOnly))
	}
	return days
}

// FixesTime says whether the form chooses the time of day by itself; see FixedSlot.
func (j Journey) FixesTime() bool { return j.config[Datetime].hidesTime() }

// Apply fills in what the form decides by itself. It wins over the URL, so that no link gets round
// it: nor to another day or time of day than a hidden default.
func (j Journey) Apply(c Choices) Choices {
	if company := j.fixedCompany(); company != 0 || !j.chain {
		c.City, c.Company = 0, company
	} else if !j.Has(City) {
		c.City = j.config[City].Default
	}
	if config := j.config[Service]; config.Hidden {
		c.Services = nil
		if config.HasDefault {
			c.Services = []int{config.Default}
		}
	}
	if config := j.config[Master]; config.Hidden {
		c.Master, c.HasMaster = config.Default, true
	}
	if c.Slot.IsZero() || !j.Offers(c.Slot) {
		c.Slot = time.Time{}
		if config := j.config[Datetime]; config.hidesDate() {
			c.Date = config.DateDefault
		}
	}
	if c.GroupEvent == 0 {
		c.Seats = 0
		return c
	}
	// An event says what, with whom and when; nothing else can be booked beside it.
	c.Services, c.Master, c.HasMaster, c.Date, c.Slot, c.Basket = nil, 0, false, "", time.Time{}, nil
	c.Seats = max(c.Seats, 1)
	return c
}

// Decided says whether a step needs no more choosing. Contact and confirm are never decided: they
// are where the customer acts.
func (j Journey) Decided(s Step, c Choices) bool {
	switch s {
	case City:
		return c.City != 0 || !j.Has(City)
	case Company:
		return c.Company != 0 || !j.Has(Company)
	case Service:
		return len(c.Services) > 0 || !j.Has(Service) || c.GroupEvent != 0
	case Master:
		return c.HasMaster || !j.Has(Master) || c.GroupEvent != 0
	case Datetime:
		return !c.Slot.IsZero() || c.GroupEvent != 0
	default:
		return false
	}
}

// Next is the first step that is still undecided; contact, when all is. It is the datetime step
// even where that is hidden: then the form's own time has not been taken, and must be asked for.
func (j Journey) Next(c Choices) Step {
	for _, s := range j.order {
		if !j.Decided(s, c) {
			return s
		}
	}
	return Contact
}

// Ready says whether everything that a booking needs is chosen.
func (j Journey) Ready(c Choices) bool { return j.Next(c) == Contact }

// MayOpen says whether a step can be shown: it is part of the form and everything before it is
// decided.
func (j Journey) MayOpen(s Step, c Choices) bool {
	if !j.Has(s) && s != Datetime {
		return false
	}
	if s == Confirm {
		return j.Ready(c)
	}
	return slices.Index(j.order, s) <= slices.Index(j.order, j.Next(c))
}
