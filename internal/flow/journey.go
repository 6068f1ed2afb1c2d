// Package flow holds the rules of a customer's journey through the steps of a bookform. From the bookform and the choices in
// a URL it says which steps there are and in which order, which one is next, what a new choice resets, and whether a step
// may be opened. The package is pure: it does no I/O and keeps no state.
//
//	step      is asked when                                 otherwise
//	city      the bookform is a chain's (group_id > 0),     its default, or companies of all cities
//	          the step not hidden, the company not fixed
//	company   the bookform is a chain's and the step is     its default; the bookform's own company
//	          not hidden with a default                     outside a chain
//	service   the step is not hidden                        its default, or no services
//	master    the step is not hidden                        its default, or any
//	datetime  always, but when its day and its time are     the default day and time; when they are
//	          hidden and have defaults                      not free, the step says so
//	contact   always
//	confirm   the step is not hidden, and the operator      contact books
//	          does not have it drawn within contact
//
// City and company come first, because every other question is about a company. Contact and confirm
// come last. Between them the steps stand in the order of the bookform's numbers, and where numbers
// are equal in the order above. A step that the bookform does not mention counts as hidden without a
// default. When it mentions a step twice, the first mention counts.
//
// Where master and datetime are both asked and follow one another, in whichever order, they share a page: the page of
// datetime, which has the masters above their times. There a time is chosen together with its master. The page of the
// master step can still be opened. It is the next one only after a time that was chosen before its master; it then lists
// those who are free at this time.
//
// A choice that the bookform fixes wins over the URL. The default of a visible step is preselected and can be changed. A
// step with one option is passed over.
//
// A new choice resets what it invalidates:
//
//	city      the company and all of the company
//	company   services, master, day and time
//	service   the time, when it is chosen after the services; the first services leave it
//	master    the time, when it is chosen after the master
//
// The other choices stay, and must be checked against what is offered.
package flow

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// Journey is a bookform prepared for the questions of this package. It is immutable.
type Journey struct {
	chain   bool
	company int    // the bookform's own, outside a chain
	order   []Step // all steps that the bookform can have, hidden ones too
	config  map[Step]StepConfig
}

// Plan makes the journey of a bookform. Every bookform, however broken, has a journey that leads to a booking.
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

// rank orders the steps before the numbers of the bookform do.
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

// number is the number of a step; numbers below 0 count as 0.
func (j Journey) number(s Step) int { return max(j.config[s].Num, 0) }

// On is the journey on a day, YYYY-MM-DD: a default day that has passed is left out.
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

// Order lists every step that needs a decision, in order, hidden ones too.
func (j Journey) Order() []Step { return slices.Clone(j.order) }

// Steps lists the visible steps in order.
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
		return j.fixedCompany() == 0 && j.chain // the customer must say where
	case Datetime:
		return !config.hidesDate() || !config.hidesTime() // nothing can be booked without a time
	case Contact:
		return true // nothing can be booked without a customer
	case Service, Master, Confirm:
		return !config.Hidden
	default:
		return false
	}
}

// fixedCompany is the company that the bookform fixes, 0 when the customer chooses.
func (j Journey) fixedCompany() int {
	if !j.chain {
		return j.company
	}
	if config := j.config[Company]; config.Hidden {
		return config.Default
	}
	return 0
}

// SharesPage says whether master and datetime share a page.
func (j Journey) SharesPage() bool {
	if !j.Has(Master) || !j.Has(Datetime) {
		return false
	}
	var last Step
	for _, s := range j.order {
		switch {
		case !j.Has(s):
			continue
		case s == Master && last == Datetime, s == Datetime && last == Master:
			return true
		}
		last = s
	}
	return false
}

// PageOf is the step on whose page a step is asked.
func (j Journey) PageOf(s Step) Step {
	if s == Master && j.SharesPage() {
		return Datetime
	}
	return s
}

// Pages lists the visible steps that have a page of their own, in order.
func (j Journey) Pages() []Step {
	return slices.DeleteFunc(j.Steps(), func(s Step) bool { return j.PageOf(s) != s })
}

// CheckOrder lists the steps in the order in which their choices have to be checked. It is their own order, but a master
// who was chosen on the page of datetime narrows its times, so that the master is checked first.
func (j Journey) CheckOrder(c Choices) []Step {
	order := j.Order()
	if c.HasMaster && j.before(Datetime, Master) && j.SharesPage() {
		order = slices.DeleteFunc(order, func(s Step) bool { return s == Master })
		order = slices.Insert(order, slices.Index(order, Datetime), Master)
	}
	return order
}

// Title is the bookform's own title of a step, "" when it has none.
func (j Journey) Title(s Step) string { return j.config[s].Title }

// DefaultTime is the bookform's time of day, since midnight.
func (j Journey) DefaultTime() (time.Duration, bool) {
	config := j.config[Datetime]
	return config.TimeDefault, config.HasTimeDefault
}

// Offers says whether a time is among those that the bookform lets its customers choose, by the clock that it carries.
func (j Journey) Offers(t time.Time) bool {
	config := j.config[Datetime]
	return j.OffersHour(t) && (!config.hidesDate() || slices.Contains(DaysOf(t), config.DateDefault))
}

// OffersHour says whether a time is at the bookform's own time of day, where it has one.
func (j Journey) OffersHour(t time.Time) bool {
	// By local time: on a day when clocks change, the time since midnight is another one.
	hands := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	return !j.FixesTime() || hands == j.config[Datetime].TimeDefault.Truncate(time.Minute)
}

// OffersDay says whether a day, YYYY-MM-DD, is among those that the bookform lets its customers choose.
func (j Journey) OffersDay(day string) bool {
	config := j.config[Datetime]
	return !config.hidesDate() || day == config.DateDefault
}

// nightEnds is the hour up to which a time may belong to the day before: salons that work past midnight have their last times
// listed under the day on which the shift began (rest-api: "Получить список сеансов доступных для бронирования").
const nightEnds = 8

// DaysOf lists the days, YYYY-MM-DD, under which the upstream may list a time, the likelier one first.
func DaysOf(at time.Time) []string {
	days := []string{at.Format(time.DateOnly)}
	if at.Hour() < nightEnds {
		days = append(days, at.AddDate(0, 0, -1).Format(time.DateOnly))
	}
	return days
}

// FixesTime says whether the bookform fixes the time of day; see FixedSlot.
func (j Journey) FixesTime() bool { return j.config[Datetime].hidesTime() }

// Apply fills in the choices that the bookform fixes. They win over the URL, so that no link leads to another company,
// service, master, day or time of day.
func (j Journey) Apply(c Choices) Choices {
	if company := j.fixedCompany(); company != 0 || !j.chain {
		c.City, c.Company = 0, company
	} else if !j.Has(City) {
		c.City = j.config[City].Default
	}
	if config := j.config[Service]; config.Hidden {
		c.Services, c.Then = nil, 0
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
	// A group event has its own service, master and time, and nothing else can be booked with it.
	c.Services, c.Master, c.HasMaster, c.Date, c.Slot, c.Basket, c.Then = nil, 0, false, "", time.Time{}, nil, 0
	c.Seats = max(c.Seats, 1)
	return c
}

// Decided says whether a step needs no further choice. Contact and confirm are never decided, because the customer types
// and books there.
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

// undecided is the first undecided step; when none is undecided, it is contact.
func (j Journey) undecided(c Choices) Step {
	for _, s := range j.order {
		if !j.Decided(s, c) {
			return s
		}
	}
	return Contact
}

// Next is the step whose page asks for the first undecided step; when none is undecided, it is contact. A hidden datetime
// step is undecided while the bookform's own time has not been chosen; it must be asked for. A time that was chosen
// before its master leads to the masters who are free at it.
func (j Journey) Next(c Choices) Step {
	s := j.undecided(c)
	if s == Master && j.before(Master, Datetime) {
		return j.PageOf(s)
	}
	return s
}

// Ready says whether everything that a booking needs is chosen.
func (j Journey) Ready(c Choices) bool { return j.undecided(c) == Contact }

// MayOpen says whether a step can be shown: the bookform has it, and every step before it is decided, but for one that
// shares its page.
func (j Journey) MayOpen(s Step, c Choices) bool {
	if !j.Has(s) && s != Datetime {
		return false
	}
	if s == Confirm {
		return j.Ready(c)
	}
	place := func(s Step) int {
		i := slices.Index(j.order, s)
		if (s == Master || s == Datetime) && j.SharesPage() {
			return min(slices.Index(j.order, Master), slices.Index(j.order, Datetime))
		}
		return i
	}
	return place(s) <= place(j.undecided(c))
}
