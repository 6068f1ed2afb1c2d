package catalog

import (
	"context"
	"errors"
	"slices"
	"time"

	"okoshko/internal/flow"
)

// Selection is a customer's choices with what they stand for, checked against what is offered now.
type Selection struct {
	Journey flow.Journey // of the bookform, as of today
	Choices flow.Choices // cleaned: hidden steps applied, single options chosen, dead choices dropped
	Open    flow.Step    // the step to show: the one asked for, or the first that must be decided before it
	Dropped []flow.Step  // steps whose choice is not offered any more, in their order
	Unfit   int          // the dropped master, who can be booked, but not for the chosen services; 0 = none
	TooLong bool         // the dropped time is free, but not for as long as the chosen services take

	// Sole names the steps with one option, which was chosen: there is nothing to change.
	Sole map[flow.Step]bool

	City       City
	Company    *Company    // nil until decided
	Closed     bool        // the company, or every company there is, takes no bookings online
	Services   []*Service  // with the prices of the master, once one is chosen
	Master     *Master     // nil for "any", and until decided
	Slot       Slot        // zero until decided
	SlotDay    string      // the day under which the time is listed: after midnight the one before its own; "" until decided
	GroupEvent *GroupEvent // nil unless a group event is chosen
	// DroppedGroupEvent says that the chosen event is over, withdrawn, or has not enough places.
	DroppedGroupEvent bool

	// Unchecked is the error that kept the chosen time from being checked. It is nil when the time was checked, and always
	// before the contact step.
	Unchecked error

	Basket []Appointment // the finished appointments of the order; those that are gone are left out
	Then   *Service      // of the appointment that is to follow; nil where none is, or the service is not known
	// DroppedAppointments is how many appointments had to leave the basket.
	DroppedAppointments int
}

// Appointment is an appointment of a flow.Choices with the services and the master that its ids stand for.
type Appointment struct {
	Services []*Service
	Master   *Master // nil for "any"
	Start    time.Time
	Length   LengthRange
}

// Resolve walks the steps of a bookform in their order and checks each choice against what the upstream offers under the
// choices before it. A choice that is not offered is dropped, and an only option is chosen. The walk ends at the first
// undecided step, because choices after it mean nothing yet. Each decided step needs one answer of the cache. When an
// error ends the walk, the selection holds what was found before it.
func (c *Catalog) Resolve(ctx context.Context, lang string, form *Bookform, choices flow.Choices, target flow.Step) (*Selection, error) {
	// The day in UTC may differ from the salon's by some hours. It only decides whether the default day of a bookform has
	// passed.
	journey := form.Journey.On(c.now().UTC().Format(time.DateOnly))
	r := &resolver{catalog: c, ctx: ctx, lang: lang, bookform: form, late: target == flow.Contact || target == flow.Confirm, Selection: &Selection{
		Journey: journey, Choices: journey.Apply(choices), Sole: map[flow.Step]bool{},
	}}
	check := map[flow.Step]func() error{
		flow.City: r.city, flow.Company: r.company,
		flow.Service: r.services, flow.Master: r.master, flow.Datetime: r.datetime,
	}
	for _, step := range places(journey.CheckOrder(r.Choices)) {
		if f := check[step]; f != nil && (r.Choices.GroupEvent == 0 || step == flow.City || step == flow.Company) {
			if err := f(); err != nil {
				return r.Selection, err
			}
		}
		if step == flow.Company && r.Company != nil {
			if err := r.groupEvent(); err != nil {
				return r.Selection, err
			}
		}
		if !journey.Decided(step, r.Choices) {
			break
		}
	}
	r.ahead() //nolint:contextcheck // the resolver holds the context of its request
	if target == flow.Datetime {
		r.Services = c.PricesSoon(ctx, lang, r.Choices.Company, r.Services, r.Master)
	} else {
		r.Services = c.PricesOf(ctx, lang, r.Choices.Company, r.Services, r.Master)
	}
	if err := r.basket(); err != nil { //nolint:contextcheck // as above
		return r.Selection, err
	}
	r.following() //nolint:contextcheck // as above
	r.Open = target
	if !journey.MayOpen(target, r.Choices) {
		r.Open = journey.Next(r.Choices)
	}
	return r.Selection, nil
}

// places puts city and company first, whether the bookform has these steps or not, because every other question is about
// a company.
func places(order []flow.Step) []flow.Step {
	rest := slices.DeleteFunc(order, func(s flow.Step) bool { return s == flow.City || s == flow.Company })
	return append([]flow.Step{flow.City, flow.Company}, rest...)
}

// Filter is what narrows the question of a step.
func (s *Selection) Filter(step flow.Step) Filter {
	n := s.Journey.Filter(step, s.Choices)
	return Filter{Services: n.Services, Master: n.Master, Slot: n.Slot}
}

// OfferedTimes is what narrows the times that a page offers.
func (s *Selection) OfferedTimes() Filter {
	n := s.Journey.Offered(s.Choices)
	return Filter{Services: n.Services, Master: n.Master, Slot: n.Slot}
}

type resolver struct {
	*Selection
	catalog  *Catalog
	ctx      context.Context
	lang     string
	bookform *Bookform
	late     bool // the customer is at the contact step: a time that cannot be checked stays chosen
}

// drop takes the choice of a step away, with the choices that depend on it.
func (r *resolver) drop(step flow.Step) {
	r.Choices = r.Journey.Clear(step, r.Choices)
	r.Dropped = append(r.Dropped, step)
}

// sole chooses an only option for the customer.
func (r *resolver) sole(step flow.Step, options []int) {
	if c, ok := r.Journey.Sole(step, r.Choices, options); ok {
		r.Choices, r.Sole[step] = c, true
	}
}

func (r *resolver) city() error {
	if r.bookform.GroupID == 0 || r.Choices.City == 0 && !r.Journey.Has(flow.City) {
		return nil
	}
	cities, err := r.catalog.Cities(r.ctx, r.lang, r.bookform.GroupID)
	if err != nil {
		return err
	}
	ids := make([]int, len(cities))
	for i, city := range cities {
		ids[i] = city.ID
	}
	if r.Choices.City != 0 && !slices.Contains(ids, r.Choices.City) {
		r.drop(flow.City)
	}
	r.sole(flow.City, ids)
	if i := slices.Index(ids, r.Choices.City); i >= 0 {
		r.City = cities[i]
	}
	return nil
}

func (r *resolver) company() error {
	if r.bookform.GroupID != 0 {
		all, err := r.catalog.Companies(r.ctx, r.lang, r.bookform.GroupID)
		if err != nil {
			return err
		}
		var ids []int
		r.Closed = len(all) > 0 && !slices.ContainsFunc(all, func(c *Company) bool { return !c.Closed })
		for _, company := range all {
			if company.Closed {
				continue
			}
			if r.Choices.City == 0 || company.CityID == r.Choices.City {
				ids = append(ids, company.ID)
			}
		}
		if r.Choices.Company != 0 && !slices.Contains(ids, r.Choices.Company) {
			r.drop(flow.Company)
		}
		r.sole(flow.Company, ids)
	}
	if r.Choices.Company == 0 {
		return nil
	}
	company, err := r.catalog.Company(r.ctx, r.lang, r.Choices.Company)
	if err != nil {
		return err
	}
	r.Company, r.Closed = company, company.Closed
	return nil
}

func (r *resolver) services() error {
	if len(r.Choices.Services) == 0 && !r.Journey.Has(flow.Service) {
		return nil // the form books without services
	}
	offered, err := r.catalog.Services(r.ctx, r.lang, r.Choices.Company, r.Filter(flow.Service))
	if err != nil {
		return err
	}
	gone := func(id int) bool {
		service := offered.Find(id)
		// A service that the bookform fixes stays chosen. Barred says why it cannot be booked.
		return service == nil || r.Journey.Has(flow.Service) && r.bookform.BarsService(service) != BarNone
	}
	if slices.ContainsFunc(r.Choices.Services, gone) {
		left := slices.DeleteFunc(slices.Clone(r.Choices.Services), gone)
		r.Choices = r.Journey.Set(flow.Service, r.Choices, flow.Choice{Services: left})
		r.Dropped = append(r.Dropped, flow.Service)
	}
	if ids := offered.IDs(); len(ids) == 1 && !gone(ids[0]) {
		r.sole(flow.Service, ids)
	}
	for _, id := range r.Choices.Services {
		// A service that the bookform fixes may not be offered any more; the upstream then refuses the booking.
		if service := offered.Find(id); service != nil {
			r.Services = append(r.Services, service)
		}
	}
	return nil
}

func (r *resolver) master() error {
	if r.Choices.HasMaster && r.Choices.Master == 0 {
		if r.Journey.Has(flow.Master) && !r.Company.AnyMaster {
			r.drop(flow.Master)
		}
		return nil
	}
	masters, err := r.catalog.Masters(r.ctx, r.lang, r.Company, r.Filter(flow.Master))
	if ProblemOf(err) == ProblemBusy && !r.Choices.HasMaster && r.Company.AnyMaster && r.Journey.SharesPage() {
		return nil // the page that chooses the master shows the times of any until the list comes
	}
	if err != nil {
		return err
	}
	masters = slices.DeleteFunc(slices.Clone(masters), func(m Master) bool { return !m.Bookable })
	bookable := len(masters) // with barred ones, which are shown: as long as there is one, the customer chooses
	masters = slices.DeleteFunc(masters, func(m Master) bool { return r.Journey.Has(flow.Master) && r.bookform.BarsMaster(&m) != BarNone })
	ids := make([]int, len(masters))
	for i, m := range masters {
		ids[i] = m.ID
	}
	if r.Choices.HasMaster && !slices.Contains(ids, r.Choices.Master) {
		if master := r.Choices.Master; r.Filter(flow.Master).Slot.IsZero() && r.catalog.MasterName(r.ctx, r.lang, r.Company, master) != "" {
			r.Unfit = master
		}
		r.drop(flow.Master)
	}
	if bookable == 1 {
		r.sole(flow.Master, ids)
	}
	if i := slices.Index(ids, r.Choices.Master); i >= 0 {
		r.Master = &masters[i]
	}
	return nil
}

// ahead looks at a master and a time that were chosen before any service, by a link or by a press on the soonest time. They
// narrow what the service step offers, and its page says that they are chosen. So does a master whose step comes after the time.
// It needs the list of all masters, which the page of services asks for anyway; without an answer they are checked at their own
// steps.
func (r *resolver) ahead() {
	next := r.Journey.Next(r.Choices)
	if r.Company == nil || r.Choices.GroupEvent != 0 || next != flow.Service && next != flow.Datetime {
		return
	}
	if r.Choices.Master != 0 && r.Master == nil && r.Journey.Has(flow.Master) {
		r.masterAhead()
	}
	slot := r.Choices.Slot
	if slot.IsZero() || !r.Slot.Start.IsZero() || next != flow.Service {
		return
	}
	if start := slot.In(r.Company.Location); start.After(r.catalog.now()) {
		depsOf(r.ctx).until(start)
		r.Slot.Start = start
	} else {
		r.drop(flow.Datetime)
	}
}

func (r *resolver) masterAhead() {
	ctx := r.ctx
	if r.catalog.Scarce() {
		ctx, _ = OnlyCached(ctx)
	}
	var filter Filter
	if !r.Slot.Start.IsZero() {
		filter.Slot = r.Choices.Slot // which comes before the master
	}
	masters, err := r.catalog.Masters(ctx, r.lang, r.Company, filter)
	if err != nil {
		return
	}
	i := slices.IndexFunc(masters, func(m Master) bool { return m.ID == r.Choices.Master })
	if i < 0 || !masters[i].Bookable || r.bookform.BarsMaster(&masters[i]) != BarNone {
		r.drop(flow.Master)
		return
	}
	r.Master = &masters[i]
}

// groupEvent looks at the chosen group event.
func (r *resolver) groupEvent() error {
	if r.Choices.GroupEvent == 0 {
		return nil
	}
	event, err := r.catalog.GroupEvent(r.ctx, r.lang, r.Company, r.Choices.GroupEvent)
	switch {
	case errors.Is(err, ErrNoGroupEvent) || err == nil && (event.Left < r.Choices.Seats || r.bookform.BarsGroupEvent(&event) != BarNone):
		r.Choices, r.DroppedGroupEvent = r.Journey.Attend(r.Choices, 0, 0), true
	case err != nil:
		return err
	default:
		r.GroupEvent = &event
	}
	return nil
}

// basket checks the finished appointments against the cache. Whether their times are still free is checked when the contact
// step opens, in one call for all of them.
func (r *resolver) basket() error {
	if r.Company == nil {
		r.Choices.Basket = nil // an appointment is at a company
		return nil
	}
	var left []flow.Appointment
	for _, appointment := range r.Choices.Basket {
		found, ok, err := r.appointment(appointment)
		if err != nil {
			return err
		}
		if !ok {
			r.DroppedAppointments++
			continue
		}
		left, r.Basket = append(left, appointment), append(r.Basket, found)
	}
	r.Choices.Basket = left
	return nil
}

// following looks up the service of the appointment that is to follow. It asks nobody: the list of services is cached, because the
// service was chosen from it.
func (r *resolver) following() {
	if r.Company == nil {
		r.Choices.Then = 0 // a service is a company's
	}
	if r.Choices.Then == 0 {
		return
	}
	known, _ := OnlyCached(r.ctx)
	offered, err := r.catalog.Services(known, r.lang, r.Company.ID, Filter{})
	if err != nil {
		return
	}
	r.Then = offered.Find(r.Choices.Then)
	if r.Then == nil || r.bookform.BarsService(r.Then) != BarNone {
		r.Then, r.Choices.Then = nil, 0
		r.DroppedAppointments++
	}
}

// appointment looks up what a finished appointment stands for; ok is false when a part of it is gone.
func (r *resolver) appointment(v flow.Appointment) (p Appointment, ok bool, err error) {
	p.Start = v.Slot.In(r.catalog.onClock(r.Company).Location)
	if !p.Start.After(r.catalog.now()) || !r.Journey.Offers(p.Start) {
		return p, false, nil
	}
	depsOf(r.ctx).until(p.Start)
	if len(v.Services) > 0 {
		offered, err := r.catalog.Services(r.ctx, r.lang, r.Company.ID, Filter{})
		if err != nil {
			return p, false, err
		}
		for _, id := range v.Services {
			service := offered.Find(id)
			if service == nil || r.bookform.BarsService(service) != BarNone {
				return p, false, nil
			}
			p.Services = append(p.Services, service)
		}
	}
	if v.Master == 0 {
		p.Length = r.lengthOf(p, Filter{Services: v.Services})
		return p, true, nil
	}
	masters, err := r.catalog.Masters(r.ctx, r.lang, r.Company, Filter{Services: v.Services})
	if err != nil {
		return p, false, err
	}
	i := slices.IndexFunc(masters, func(m Master) bool { return m.ID == v.Master })
	if i < 0 || r.bookform.BarsMaster(&masters[i]) != BarNone {
		return p, false, nil
	}
	p.Master = &masters[i]
	p.Services = r.catalog.PricesOf(r.ctx, r.lang, r.Company.ID, p.Services, p.Master)
	p.Length = r.lengthOf(p, Filter{Services: v.Services, Master: v.Master})
	return p, true, nil
}

// lengthOf returns how long a finished appointment takes: as its slot said when it was chosen, else as the list of slots says that
// is cached, else as long as its master has taken before, else the lengths of its services together. It asks nothing.
func (r *resolver) lengthOf(p Appointment, f Filter) LengthRange {
	if length, ok := cachedValue[time.Duration](r.catalog, slotLengthKey(r.Company.ID, p.Start, f)); ok {
		return LengthRange{length, length}
	}
	for _, day := range flow.DaysOf(p.Start) {
		slots, _ := r.catalog.KnownSlots(r.ctx, r.Company, day, f)
		if i := slices.IndexFunc(slots, func(slot Slot) bool { return slot.Start.Equal(p.Start) && slot.Length > 0 }); i >= 0 {
			return LengthRange{slots[i].Length, slots[i].Length}
		}
	}
	if length := r.catalog.length(r.Company.ID, f.Master, servicesKey(f.Services)); length > 0 {
		return LengthRange{length, length}
	}
	known, _ := OnlyCached(r.ctx)
	return r.catalog.Lengths(known, r.Company.ID).Together(p.Services)
}

func (r *resolver) datetime() error {
	if r.Choices.Date != "" && r.Choices.Date < r.catalog.FirstDay(r.Company) {
		r.drop(flow.Datetime)
		return nil
	}
	if r.Choices.Slot.IsZero() && (!r.Journey.FixesTime() || r.Choices.Date == "") {
		return nil
	}
	filter := r.Filter(flow.Datetime)
	ctx := r.ctx
	if length := r.catalog.longest(r.Company.ID, filter); r.late && !r.Choices.Slot.IsZero() && (length > 0 && !r.catalog.Down() || r.catalog.Scarce()) {
		// From the contact step on the upstream checks the appointment itself, which says more than a list of slots. So no list is asked
		// for; a cached one still says what has been sold. While nobody answers, the list says so.
		known, _ := OnlyCached(r.ctx)
		if !r.listed(known, filter) {
			r.Slot = Slot{Start: r.Choices.Slot.In(r.Company.Location), Length: length}
			return nil
		}
		ctx = known
	}
	offered, err := r.catalog.Slots(ctx, r.Company, r.Choices.Date, filter)
	if !r.Choices.Slot.IsZero() && r.staysUnchecked(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.Choices.Slot.IsZero() {
		times := make([]time.Time, len(offered))
		for i, slot := range offered {
			times[i] = slot.Start
		}
		r.Choices, _ = r.Journey.FixedSlot(r.Choices, times)
		if r.Choices.Slot.IsZero() {
			return nil // the time of the bookform is not free, and the step says so
		}
	}
	if err := r.take(ctx, offered, filter); err != nil || r.SlotDay != "" {
		return err
	}
	day := r.Choices.Date
	r.TooLong = r.freeForShorter(filter)
	r.drop(flow.Datetime)
	if !r.TooLong {
		r.Choices.Date = day // the day stays chosen, its time is gone
	}
	return nil
}

// listed says whether the slots of every day are known under which the chosen time may be listed.
func (r *resolver) listed(ctx context.Context, filter Filter) bool {
	days := append([]string{r.Choices.Date}, flow.DaysOf(r.Choices.Slot.In(r.Company.Location))[1:]...)
	return !slices.ContainsFunc(days, func(day string) bool {
		_, err := r.catalog.Slots(ctx, r.Company, day, filter)
		return err != nil
	})
}

// freeForShorter says whether the chosen time is free for less than the chosen services, as far as that is cached: then nobody has
// taken it, and the first day on which they fit may be another one.
func (r *resolver) freeForShorter(filter Filter) bool {
	if len(filter.Services) == 0 {
		return false
	}
	filter.Services = nil
	for _, day := range flow.DaysOf(r.Choices.Slot.In(r.Company.Location)) {
		known, _ := r.catalog.KnownSlots(r.ctx, r.Company, day, filter)
		if _, ok := r.Company.find(known, r.Choices.Slot); ok {
			return true
		}
	}
	return false
}

// take looks for the chosen time among the slots of its day and, for a time after midnight, of the day before.
func (r *resolver) take(ctx context.Context, offered []Slot, filter Filter) error {
	r.Company = r.catalog.onClock(r.Company) // its slots may have shown another clock
	slot, ok := r.Company.find(offered, r.Choices.Slot)
	day := r.Choices.Date
	if days := flow.DaysOf(r.Choices.Slot.In(r.Company.Location)); !ok && len(days) > 1 {
		day = days[1]
		night, err := r.catalog.Slots(ctx, r.Company, day, filter)
		if r.staysUnchecked(err) {
			return nil
		}
		if err != nil {
			return err
		}
		slot, ok = r.Company.find(night, r.Choices.Slot)
	}
	if ok {
		r.Slot, r.SlotDay = slot, day
		r.Choices.Slot = flow.Canonical(slot.Start)
		r.Choices.Date = r.Choices.Slot.Format(time.DateOnly)
		if slot.Length > 0 { // for when the appointment is finished, and its list of slots is not cached any more
			r.catalog.put(slotLengthKey(r.Company.ID, slot.Start, filter), slot.Length, r.catalog.ages.bookforms, r.catalog.now())
		}
	}
	return nil
}

// staysUnchecked leaves the chosen time as it is when the customer is at the contact step and the upstream could not be
// asked, and says whether it did.
func (r *resolver) staysUnchecked(err error) bool {
	if p := ProblemOf(err); !r.late || p != ProblemDown && p != ProblemBusy {
		return false
	}
	r.Slot, r.SlotDay, r.Unchecked = Slot{Start: r.Choices.Slot.In(r.Company.Location)}, r.Choices.Date, err
	return true
}
