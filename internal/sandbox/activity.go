package sandbox

import (
	"net/http"
	"slices"
	"time"
)

// maxSeats is how many places one online booking of an event may take
// (activity_online_record_clients_count_max).
const maxSeats = 3

// eventWanted narrows the events of a company.
type eventWanted struct {
	services, staff []int
	from, till      date
	hasFrom, hasTo  bool
	past            bool
}

func (c *call) wantEvents() (*company, eventWanted, error) {
	var w eventWanted
	at, err := c.location()
	if err != nil {
		return nil, w, err
	}
	if w.services, err = c.integers("service_ids"); err != nil {
		return nil, w, err
	}
	if w.staff, err = c.integers("staff_ids"); err != nil {
		return nil, w, err
	}
	if w.from, w.hasFrom, err = c.day("from"); err != nil {
		return nil, w, err
	}
	w.till, w.hasTo, err = c.day("till")
	w.past = c.flag("weekly_schedule") // then past events come too (seen live)
	return at, w, err
}

// matching lists the events in order of time.
func (c *call) matching(at *company, w eventWanted) []*event {
	var out []*event
	for _, e := range c.events {
		day := dateOf(e.start.In(at.zone))
		switch {
		case e.company != at.id,
			!w.past && e.start.Before(c.now.Add(at.delay)), // it is too late to book a place
			w.hasFrom && day.before(w.from),
			w.hasTo && w.till.before(day),
			len(w.services) > 0 && !slices.Contains(w.services, e.service),
			len(w.staff) > 0 && !slices.Contains(w.staff, e.staff):
			continue
		}
		out = append(out, e)
	}
	return out
}

// searchEvents: activity search. It has its envelope whatever Accept says.
func searchEvents(c *call) (reply, error) {
	at, w, err := c.wantEvents()
	if err != nil {
		return reply{}, err
	}
	count, err := c.integer("count")
	if err != nil {
		return reply{}, err
	}
	number, err := c.integer("page")
	if err != nil {
		return reply{}, err
	}
	found := c.matching(at, w)
	out := list{}
	for _, e := range page(found, count, number, 25, 300) {
		out = append(out, c.eventWire(at, e))
	}
	return reply{style: always, data: out, meta: object{"count": len(found)}, escape: at.dirty}, nil
}

// listEventDates gives the days with events, later ones first: the vendor
// promises no order.
func listEventDates(c *call) (reply, error) {
	at, w, err := c.wantEvents()
	if err != nil {
		return reply{}, err
	}
	days := c.eventDays(at, w)
	slices.Reverse(days)
	return reply{style: always, data: dateList(days), meta: object{"count": len(days)}}, nil
}

func (c *call) eventDays(at *company, w eventWanted) []date {
	var days []date
	for _, e := range c.matching(at, w) {
		if day := dateOf(e.start.In(at.zone)); len(days) == 0 || days[len(days)-1] != day {
			days = append(days, day)
		}
	}
	return days
}

func showEventRange(c *call) (reply, error) {
	at, w, err := c.wantEvents()
	if err != nil {
		return reply{}, err
	}
	data := object{"min_date": nil, "max_date": nil}
	if days := c.eventDays(at, w); len(days) > 0 {
		data["min_date"], data["max_date"] = days[0].String(), days[len(days)-1].String()
	}
	return reply{style: always, data: data}, nil
}

// listEventFilters names what the events can be narrowed by; a choice that would
// leave nothing is disabled.
func listEventFilters(c *call) (reply, error) {
	at, w, err := c.wantEvents()
	if err != nil {
		return reply{}, err
	}
	possible := c.matching(at, w)
	all := c.matching(at, eventWanted{past: w.past})
	services, staff := list{}, list{}
	seen := make(map[int]bool)
	for _, e := range all {
		if s := at.service(e.service); s != nil && !seen[s.id] {
			seen[s.id] = true
			open := slices.ContainsFunc(possible, func(o *event) bool { return o.service == s.id })
			services = append(services, object{"id": s.id, "title": s.title[c.lang], "is_disabled": !open})
		}
		if m := at.master(e.staff); m != nil && !seen[m.id] {
			seen[m.id] = true
			open := slices.ContainsFunc(possible, func(o *event) bool { return o.staff == m.id })
			staff = append(staff, object{"id": m.id, "title": m.name, "is_disabled": !open})
		}
	}
	data := list{
		object{"code": "service", "title": c.text("label.service"), "data": services},
		object{"code": "staff", "title": c.text("label.master"), "data": staff},
	}
	return reply{style: always, data: data, meta: object{"count": len(data)}}, nil
}

func listEventServices(c *call) (reply, error) {
	at, w, err := c.wantEvents()
	if err != nil {
		return reply{}, err
	}
	out := list{}
	seen := make(map[int]bool)
	for _, e := range c.matching(at, w) {
		s, m := at.service(e.service), at.master(e.staff)
		if seen[e.service] || s == nil || m == nil {
			continue
		}
		seen[e.service] = true
		out = append(out, object{
			"id": s.id, "title": s.title[c.lang], "capacity": e.capacity, "price_min": s.min, "price_max": s.max, "is_multi": false,
			"category": c.eventCategory(at, s), "staff": list{object{"id": m.id, "name": m.name, "length": seconds(e.length)}}, "resources": list{},
		})
	}
	return reply{style: always, data: out, meta: object{"count": len(out)}}, nil
}

func showEvent(c *call) (reply, error) {
	at, e, err := c.pathEvent()
	if err != nil {
		return reply{}, err
	}
	data := c.eventWire(at, e)
	delete(data, "timestamp")
	return reply{style: always, data: data}, nil
}

func (c *call) pathEvent() (*company, *event, error) {
	at, err := c.location()
	if err != nil {
		return nil, nil, err
	}
	id, err := c.number("event")
	if err != nil {
		return nil, nil, err
	}
	e := c.event(at.id, id)
	if e == nil {
		return nil, nil, c.refuse(http.StatusNotFound, "error.notfound")
	}
	return at, e, nil
}

// bookEvent: "Создать запись в групповом событии": 200 with id and hash.
func bookEvent(c *call) (reply, error) {
	at, e, err := c.pathEvent()
	if err != nil {
		return reply{}, err
	}
	var body bookingForm
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	phone, err := c.checkClient(at, &body)
	if err != nil {
		return reply{}, err
	}
	r := body.record(at, phone, c.now)
	if r.seats > maxSeats || e.taken+r.seats > e.capacity || e.start.Before(c.now.Add(at.delay)) {
		return reply{}, c.refuseCode(http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, "error.seats")
	}
	c.useCode(at, phone)
	r.activity, r.staff, r.services, r.start, r.length, r.masterChosen = e.id, e.staff, []int{e.service}, e.start, e.length, true
	r.custom = body.Custom
	e.taken += r.seats
	c.insert(r)
	return reply{style: always, data: object{"id": r.id, "hash": r.hash}}, nil
}

func (c *call) eventWire(at *company, e *event) object {
	t := typing(at.dirty)
	local := e.start.In(at.zone)
	staff, service := object{}, object{}
	if m := at.master(e.staff); m != nil {
		staff = c.masterWire(at, m)
		staff["id"], staff["company_id"] = m.id, at.id
		delete(staff, "bookable")
		delete(staff, "information")
	}
	if s := at.service(e.service); s != nil {
		service = c.dress(object{
			"id": s.id, "title": s.title[c.lang], "image_url": "", "category_id": s.category, "is_category": false, "salon_service_id": s.id,
			"comment": "", "price_min": s.min, "price_max": s.max, "prepaid": "forbidden", "abonement_restriction": 0,
			"is_online_booking_available": true, "category": c.eventCategory(at, s), "trial_settings": nil,
		}, s.more)
	}
	var labels any = list{}
	if !at.dirty {
		labels = object{}
	}
	return c.dress(object{
		"id": e.id, "company_id": at.id, "service_id": e.service, "staff_id": e.staff, "date": local.Format(sqlLocal),
		// The stamp is an hour before the event (seen live): date is what counts.
		"timestamp": e.start.Add(-time.Hour).Unix(),
		"length":    seconds(e.length), "capacity": e.capacity, "records_count": e.taken, "color": "", "instructions": "", "stream_link": "",
		"font_color": "", "notified": false, "comment": nil, "prepaid": "forbidden", "is_deleted": t.flag(false), "staff": staff, "service": service,
		"labels": labels, "resource_instances": list{},
		"duration_details": object{"id": e.id, "services_duration": seconds(e.length), "technical_break_duration": 0},
	}, e.more)
}

// eventCategory ends in the vendor's synthetic root.
func (c *call) eventCategory(at *company, s *service) object {
	title := ""
	for _, cat := range at.categories {
		if cat.id == s.category {
			title = c.categoryTitle(cat)
		}
	}
	return object{
		"id": s.category, "title": title, "category_id": 1, "is_category": true, "salon_service_id": s.category, "prepaid": "forbidden",
		"abonement_restriction": 0,
		"category":              object{"id": 1, "category_id": 0, "title": "%root", "is_category": false, "category": list{}},
	}
}
