// Package flow is the customer's journey: from a bookform and the choices in a URL it says which
// steps there are and in which order, which is next, what a change resets, and whether a step may
// be opened. It is pure: it asks nobody and keeps nothing.
//
//	step            asked when                                    otherwise
//	city, company   the form belongs to a chain (group_id > 0)    the form's own company
//	                and is not hidden with a default
//	service         not hidden                                    its default, or no services
//	master          not hidden                                    its default, or any
//	datetime        always, unless its date and its time are      the form's default date and time,
//	                hidden and have defaults                      when they are free
//	contact         always
//	confirm         not hidden                                    contact books
//
// The steps stand in the order of the form's numbers; equal numbers in the order above; contact
// and confirm are always last. A visible step's default is selected and can be changed. A step
// with one option is passed over.
package flow

import (
	"cmp"
	"slices"
	"time"
)

// Step is a page of the journey.
type Step string

// The steps, as the page contract and the upstream name them.
const (
	City     Step = "city"
	Company  Step = "company"
	Service  Step = "service"
	Master   Step = "master"
	Datetime Step = "datetime"
	Contact  Step = "contact"
	Confirm  Step = "confirm"
)

// documented is the order in which the upstream's documentation lists the steps.
var documented = []Step{City, Company, Service, Master, Datetime, Contact, Confirm}

// ParseStep reads a step's name.
func ParseStep(s string) (Step, bool) {
	step := Step(s)
	return step, slices.Contains(documented, step)
}

// Form is a bookform as far as the journey depends on it.
type Form struct {
	ID        int
	GroupID   int // 0: one company only
	CompanyID int
	Steps     []StepConfig
}

// StepConfig is one step of a bookform.
type StepConfig struct {
	Step       Step
	Num        int // which one it is, from 1; equal numbers occur
	Title      string
	Hidden     bool
	Default    int // an id; for the master 0 = any
	HasDefault bool

	// Of the datetime step only.
	DateHidden, TimeHidden bool
	DateDefault            string        // YYYY-MM-DD or ""
	TimeDefault            time.Duration // since midnight
	HasTimeDefault         bool
}

// Journey is a bookform made ready for questions. It does not change.
type Journey struct {
	form   Form
	order  []Step // all steps of the form, visible or not
	config map[Step]StepConfig
}

// Plan makes a form's journey. A form that lacks a step which a booking needs gets it, so that
// whatever the upstream sends leads to a booking.
func Plan(f Form) Journey {
	j := Journey{form: f, config: map[Step]StepConfig{}}
	for _, s := range f.Steps {
		if _, twice := j.config[s.Step]; !twice && slices.Contains(documented, s.Step) {
			j.config[s.Step] = s
		}
	}
	for _, step := range documented {
		c, ok := j.config[step]
		if !ok {
			// The form does not speak of the step. Where and when cannot be left out; with whom
			// and what for can; nobody asked for a confirmation.
			c = StepConfig{Step: step, Hidden: step == Service || step == Master || step == Confirm}
			j.config[step] = c
		}
		if f.GroupID == 0 && (step == City || step == Company) {
			continue
		}
		j.order = append(j.order, step)
	}
	slices.SortStableFunc(j.order, func(a, b Step) int { return cmp.Compare(j.rank(a), j.rank(b)) })
	return j
}

// rank sorts city and company first, since nothing can be asked without a company, then the
// middle steps by number, then contact and confirm.
func (j Journey) rank(s Step) int {
	const far = 1 << 20
	switch s {
	case City:
		return -far
	case Company:
		return -far + 1
	case Contact:
		return far
	case Confirm:
		return far + 1
	default:
		return min(max(j.config[s].Num, 0), far-1)
	}
}

// Order is every step of the form, the hidden ones too.
func (j Journey) Order() []Step { return slices.Clone(j.order) }

// Steps are the visible steps in their order.
func (j Journey) Steps() []Step {
	return slices.DeleteFunc(j.Order(), func(s Step) bool { return !j.Has(s) })
}

// Has says whether a step is shown.
func (j Journey) Has(s Step) bool {
	if !slices.Contains(j.order, s) {
		return false
	}
	c := j.config[s]
	switch s {
	case Contact:
		return true
	case City, Company:
		// Hidden without a default there is still something to choose.
		return !c.Hidden || !c.HasDefault
	case Datetime:
		// Nothing can be booked without a time, so it is hidden only when the form names one.
		hidden := c.Hidden || c.DateHidden && c.TimeHidden
		return !hidden || c.DateDefault == "" || !c.HasTimeDefault
	default:
		return !c.Hidden
	}
}

// Title is the form's own title of a step, "" when it has none.
func (j Journey) Title(s Step) string { return j.config[s].Title }

// DefaultTime is the form's time of day, since midnight.
func (j Journey) DefaultTime() (time.Duration, bool) {
	c := j.config[Datetime]
	return c.TimeDefault, c.HasTimeDefault
}

// Apply fills in what the form decides by itself. What a hidden step fixes wins over the URL, so
// that no link gets round it.
func (j Journey) Apply(c Choices) Choices {
	if j.form.GroupID == 0 {
		c.City, c.Company = 0, j.form.CompanyID
	}
	if j.fixed(City) {
		c.City = j.config[City].Default
	}
	if j.fixed(Company) {
		c.Company = j.config[Company].Default
	}
	if !j.Has(Service) {
		c.Services = nil
		if j.config[Service].HasDefault {
			c.Services = []int{j.config[Service].Default}
		}
	}
	if !j.Has(Master) {
		c.Master, c.HasMaster = j.config[Master].Default, true
	}
	if !j.Has(Datetime) && c.Date == "" {
		c.Date = j.config[Datetime].DateDefault
	}
	return c
}

func (j Journey) fixed(s Step) bool {
	return slices.Contains(j.order, s) && !j.Has(s) && j.config[s].HasDefault
}

// Preselected adds to the choices what a visible step's default suggests, when the step is still
// undecided. The customer sees it selected and may take another.
func (j Journey) Preselected(s Step, c Choices) Choices {
	cfg := j.config[s]
	if j.Decided(s, c) || !j.Has(s) {
		return c
	}
	if s == Datetime && c.Date == "" {
		c.Date = cfg.DateDefault
	}
	if cfg.HasDefault {
		switch s {
		case City:
			c.City = cfg.Default
		case Company:
			c.Company = cfg.Default
		case Service:
			c.Services = []int{cfg.Default}
		case Master:
			c.Master, c.HasMaster = cfg.Default, true
		case Datetime, Contact, Confirm: // have no id to choose
		}
	}
	return c
}

// Decided says whether a step needs no more choosing. Contact and confirm are never decided: they
// are where the customer acts.
func (j Journey) Decided(s Step, c Choices) bool {
	switch s {
	case City:
		return j.form.GroupID == 0 || c.City != 0
	case Company:
		return c.Company != 0
	case Service:
		return len(c.Services) > 0 || !j.Has(Service)
	case Master:
		return c.HasMaster
	case Datetime:
		return !c.Slot.IsZero()
	default:
		return false
	}
}

// Next is the first step that is still undecided; contact, when all is.
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
		return false // a hidden time is asked for after all when the form's own is not free
	}
	if s == Confirm {
		return j.Ready(c)
	}
	return slices.Index(j.order, s) <= slices.Index(j.order, j.Next(c))
}

// Choice is what a customer chooses at one step.
type Choice struct {
	ID       int   // of a city, a company or a master (0 = any)
	Services []int // of the service step
	Date     string
	Slot     time.Time
}

// Set makes a choice and resets what it invalidates. Choosing the same again resets nothing.
//
//	city      company and all below it
//	company   services, master, date and slot
//	service   the slot, when the time is chosen after the services
//	master    the slot, when the time is chosen after the master
//	datetime  nothing: what comes after is asked anew for this time
//
// What stays is a wish that is checked against what is offered.
func (j Journey) Set(s Step, c Choices, v Choice) Choices {
	switch s {
	case City:
		if c.City != v.ID {
			c = Choices{Lang: c.Lang, City: v.ID}
		}
	case Company:
		if c.Company != v.ID {
			c = Choices{Lang: c.Lang, City: c.City, Company: v.ID}
		}
	case Service:
		if !equalServices(c.Services, v.Services) && j.before(Service, Datetime) {
			c.Slot = time.Time{}
		}
		c.Services = slices.Clone(v.Services)
	case Master:
		if (c.Master != v.ID || !c.HasMaster) && j.before(Master, Datetime) {
			c.Slot = time.Time{}
		}
		c.Master, c.HasMaster = v.ID, true
	case Datetime:
		c.Date, c.Slot = v.Date, v.Slot
		if !v.Slot.IsZero() {
			c.Date = v.Slot.Format(time.DateOnly)
		}
	case Contact, Confirm: // choose nothing
	}
	return j.Apply(c)
}

// Clear takes a step's choice away with all that it invalidates.
func (j Journey) Clear(s Step, c Choices) Choices {
	c = j.Set(s, c, Choice{})
	if s == Master && j.Has(Master) {
		c.Master, c.HasMaster = 0, false
		if j.before(Master, Datetime) {
			c.Slot = time.Time{}
		}
	}
	return c
}

func (j Journey) before(a, b Step) bool { return slices.Index(j.order, a) < slices.Index(j.order, b) }

// Needs is what the question of a step is narrowed by.
type Needs struct {
	Services []int
	Master   int // 0 = any
	Slot     time.Time
}

// Filter is what is already decided when a step is asked: the choices of the steps before it, and
// those that the form fixes wherever they stand.
func (j Journey) Filter(s Step, c Choices) Needs {
	var n Needs
	known := func(other Step) bool { return other != s && (j.before(other, s) || !j.Has(other)) }
	if known(Service) {
		n.Services = c.Services
	}
	if known(Master) && c.HasMaster {
		n.Master = c.Master
	}
	if known(Datetime) {
		n.Slot = c.Slot
	}
	return n
}

// Sole decides an undecided step that has one option only.
func (j Journey) Sole(s Step, c Choices, options []int) (Choices, bool) {
	if len(options) != 1 || !j.Has(s) || j.Decided(s, c) {
		return c, false
	}
	v := Choice{ID: options[0]}
	if s == Service {
		v = Choice{Services: options}
	}
	return j.Set(s, c, v), true
}
