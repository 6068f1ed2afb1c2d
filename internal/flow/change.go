package flow

import (
	"slices"
	"time"
)

// Choice is what a customer chooses at one step.
type Choice struct {
	ID       int   // of a city, a company or a master (0 = any); with a Slot the master of an appointment that has none yet
	Services []int // of the service step
	Date     string
	Slot     time.Time // its day wins over Date
}

// clean leaves out of a choice what a URL cannot hold.
func (v Choice) clean() Choice {
	out := Choice{ID: max(v.ID, 0), Slot: canonicalSlot(v.Slot)}
	for _, id := range v.Services {
		if id > 0 && !slices.Contains(out.Services, id) && len(out.Services) < maxServices {
			out.Services = append(out.Services, id)
		}
	}
	if _, ok := parseDate(v.Date); ok {
		out.Date = v.Date
	}
	if !out.Slot.IsZero() {
		out.Date = out.Slot.Format(time.DateOnly)
	}
	return out
}

// Set makes a choice and resets the choices that it invalidates; see the package comment. The same choice again resets
// nothing, except that a day without a time resets the time. A step that is not shown takes no choice. On the page that
// master and datetime share, a time decides the master too, unless one is chosen.
func (j Journey) Set(s Step, c Choices, v Choice) Choices {
	c = j.Apply(c)
	if !j.Has(s) && s != Datetime {
		return c
	}
	v = v.clean()
	if s == Service || s == Master || s == Datetime {
		c.GroupEvent, c.Seats = 0, 0 // the customer wants an appointment instead
	}
	switch s {
	case City:
		if c.City != v.ID {
			c = c.Fresh()
			c.City = v.ID
		}
	case Company:
		if c.Company != v.ID {
			city := c.City
			c = c.Fresh()
			c.City, c.Company = city, v.ID
		}
	case Service:
		// A time that was chosen before any service was not chosen for other services.
		if len(c.Services) > 0 && !sameServices(c.Services, v.Services) {
			c = j.withoutSlot(Service, c)
		}
		c.Services = v.Services
	case Master:
		if c.Master != v.ID || !c.HasMaster {
			c = j.withoutSlot(Master, c)
		}
		c.Master, c.HasMaster = v.ID, true
	case Datetime:
		c.Date, c.Slot = v.Date, v.Slot
		c = j.Apply(c)
		if !c.Slot.IsZero() && !c.HasMaster && j.SharesPage() {
			c.Master, c.HasMaster = v.ID, true
		}
		return c
	case Contact, Confirm: // choose nothing
	}
	return j.Apply(c)
}

// With is the choices as the page shows them that master and datetime share: with a master, and with a time that was
// chosen for no master yet. Whether the master has this time is not known then.
func (j Journey) With(c Choices, master int) Choices {
	if c = j.Apply(c); !j.Has(Master) || c.GroupEvent != 0 {
		return c
	}
	c.Master, c.HasMaster = max(master, 0), true
	return c
}

// Attend chooses places at a group event instead of an appointment; event 0 gives the group event up.
func (j Journey) Attend(c Choices, event, seats int) Choices {
	c.GroupEvent, c.Seats = max(event, 0), min(max(seats, 0), maxSeats)
	return j.Apply(c)
}

// Clear takes the choice of a step away, and the choices that depend on it.
func (j Journey) Clear(s Step, c Choices) Choices {
	if s == Master && j.Has(Master) {
		c = j.withoutSlot(Master, c)
		c.Master, c.HasMaster = 0, false
		return j.Apply(c)
	}
	return j.Set(s, c, Choice{})
}

// withoutSlot takes the time away when step s comes before it. The day stays, because it may be free under the new choice
// too.
func (j Journey) withoutSlot(s Step, c Choices) Choices {
	if j.before(s, Datetime) {
		c.Slot = time.Time{}
	}
	return c
}

func (j Journey) before(a, b Step) bool { return slices.Index(j.order, a) < slices.Index(j.order, b) }

// sameServices says whether two lists hold the same services, in any order.
func sameServices(a, b []int) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// Preselected adds the default of a visible, undecided step to the choices. The customer sees it selected and may choose
// otherwise.
func (j Journey) Preselected(s Step, c Choices) Choices {
	config := j.config[s]
	switch {
	case j.Decided(s, c) || !j.Has(s):
		return c
	case s == Datetime && c.Date == "":
		c.Date = config.DateDefault
		return c
	case !config.HasDefault:
		return c
	default:
		return j.Set(s, c, idChoice(s, config.Default))
	}
}

// Sole decides an undecided step that has one option only, and says whether it did.
func (j Journey) Sole(s Step, c Choices, options []int) (Choices, bool) {
	switch s {
	case City, Company, Service, Master:
		if len(options) == 1 && j.Has(s) && !j.Decided(s, c) {
			return j.Set(s, c, idChoice(s, options[0])), true
		}
	case Datetime, Contact, Confirm: // have no ids to choose from
	}
	return c, false
}

// idChoice is the choice of one id at a step.
func idChoice(s Step, id int) Choice {
	if s == Service {
		return Choice{Services: []int{id}}
	}
	return Choice{ID: id}
}

// FixedSlot chooses the time where the bookform fixes the time of day: of the free times, which must be in the company's
// zone, it takes the one on the chosen day at that time of day. The result is false when there is none.
func (j Journey) FixedSlot(c Choices, free []time.Time) (Choices, bool) {
	c = j.Apply(c)
	if !j.FixesTime() || c.Date == "" || j.Decided(Datetime, c) {
		return c, false
	}
	for _, t := range free {
		if j.OffersHour(t) && slices.Contains(DaysOf(t), c.Date) {
			c.Slot = canonicalSlot(t) // without a master, who is chosen by the customer
			c.Date = c.Slot.Format(time.DateOnly)
			return j.Apply(c), true
		}
	}
	return c, false
}

// Needs is what narrows the question of a step.
type Needs struct {
	Services []int
	Master   int       // 0 = any
	Slot     time.Time // zero = any
}

// Filter is what is decided before a step: the choices of the steps before it, and the services and the master that the
// bookform fixes, wherever their steps stand. On the page that they share the master narrows the times, not the other way
// round.
func (j Journey) Filter(s Step, c Choices) Needs {
	var n Needs
	fixed := func(other Step) bool { return !j.Has(other) && other != s }
	if j.before(Service, s) || fixed(Service) {
		n.Services = c.Services
	}
	if j.before(Master, s) || fixed(Master) || s == Datetime && j.SharesPage() {
		n.Master = c.Master
	}
	if j.before(Datetime, s) && (s != Master || !c.HasMaster || !j.SharesPage()) {
		n.Slot = c.Slot
	}
	return n
}

// Offered is what narrows the times that a page offers: what is decided before the step of datetime, and a master who was chosen
// ahead, by a link to a bookform that asks for the time first. The time itself is checked by Filter alone; at the step of the
// master it narrows the masters.
func (j Journey) Offered(c Choices) Needs {
	n := j.Filter(Datetime, c)
	if c.HasMaster {
		n.Master = c.Master
	}
	return n
}
