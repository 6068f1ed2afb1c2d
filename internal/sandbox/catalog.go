package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// ask reads the parameters the catalogue endpoints share and finds the company.
func (c *call) ask() (query, error) {
	at, err := c.location()
	if err != nil {
		return query{}, err
	}
	q := query{company: at, now: c.now}
	if q.master, err = c.staff("staff_id"); err != nil {
		return query{}, err
	}
	if q.services, err = c.integers("service_ids"); err != nil {
		return query{}, err
	}
	return q, nil
}

// listServices: "Получить список услуг доступных для бронирования". A
// combination nobody can do gives empty lists, not an error.
func listServices(c *call) (reply, error) {
	q, err := c.ask()
	if err != nil {
		return reply{}, err
	}
	when, err := c.instant("datetime", q.company.zone)
	if err != nil {
		return reply{}, err
	}
	t := typing(q.company.dirty)
	filtered := q.master != 0 || len(q.services) > 0 || !when.IsZero()
	services, used, offered := list{}, make(map[int]bool), make(map[int]bool)
	for i := range q.company.services {
		s := &q.company.services[i]
		with := q
		if !slices.Contains(q.services, s.id) {
			with.services = append(slices.Clone(q.services), s.id)
		}
		masters := with.masters()
		possible := len(masters) > 0 && s.active
		if possible && !when.IsZero() {
			_, possible = c.slotAt(with, when)
		}
		// Inactive services are listed while nothing narrows the list.
		if !possible && (filtered || s.active) {
			continue
		}
		var length any // null unless a master is given (seen live)
		if q.master != 0 {
			length = seconds(masters[0].lengths[s.id])
		}
		used[s.category], offered[s.id] = true, s.active
		entry := c.serviceWire(q.company, s, length, t)
		if q.master != 0 && masters[0].dearer != 0 { // a master's own prices
			entry["price_min"], entry["price_max"] = masters[0].price(s.min), masters[0].price(s.max)
		}
		services = append(services, entry)
	}
	categories := list{}
	for _, cat := range q.company.categories {
		if used[cat.id] {
			categories = append(categories, object{"id": cat.id, "title": c.categoryTitle(cat), "sex": cat.sex(), "api_id": t.number(0), "weight": t.number(cat.weight)})
		}
	}
	events := list{}
	for _, p := range q.company.promotions {
		if !slices.ContainsFunc(p.services, func(id int) bool { return !offered[id] }) {
			events = append(events, object{"id": p.id, "title": c.text(p.key), "comment": "", "services": p.services})
		}
	}
	return reply{data: object{"events": events, "services": services, "category": categories}, escape: q.company.dirty}, nil
}

func (c *call) serviceWire(at *company, s *service, length any, t typing) object {
	comment := ""
	if s.comment != "" {
		comment = c.text(s.comment)
	}
	none := object{"amount": 0, "currency": at.currency.code}
	return c.dress(object{
		"id": s.id, "title": s.title[c.lang], "category_id": s.category, "price_min": t.number(s.min), "price_max": s.max,
		"discount": 0, "comment": comment, "weight": s.weight, "active": t.bit(s.active), "sex": 0, "image": "", "prepaid": "forbidden",
		"seance_length": length, "abonement_restriction": 0, "is_composite": false, "is_chain": false, "images": nil, "composite_details": nil,
		"prepaid_settings": object{"status": "forbidden", "prepaid_full": none, "prepaid_min": object{"amount": 0, "percent": 0, "currency": at.currency.code}},
	}, s.more)
}

func (c *call) categoryTitle(cat category) string {
	if cat.title != "" {
		return cat.title
	}
	return c.text(cat.key)
}

// absent takes a field off the wire.
type absent struct{}

// dress puts a salon's own fields over those of an answer. Paths of pictures of our own get the address in front.
func (c *call) dress(out, own object) object {
	for name, value := range own {
		if _, gone := value.(absent); gone {
			delete(out, name)
			continue
		}
		out[name] = c.withAddress(value)
	}
	return out
}

func (c *call) withAddress(value any) any {
	switch value := value.(type) {
	case string:
		if strings.HasPrefix(value, ownPrefix+"/") {
			return c.base + value
		}
	case list:
		out := make(list, len(value))
		for i, item := range value {
			out[i] = c.withAddress(item)
		}
		return out
	case object:
		out := make(object, len(value))
		for name, item := range value {
			out[name] = c.withAddress(item)
		}
		return out
	}
	return value
}

// listStaff: "Получить список сотрудников доступных для бронирования".
func listStaff(c *call) (reply, error) {
	q, err := c.ask()
	if err != nil {
		return reply{}, err
	}
	when, err := c.instant("datetime", q.company.zone)
	if err != nil {
		return reply{}, err
	}
	q.master = 0 // this endpoint has no staff filter
	out := list{}
	for _, m := range q.company.staff {
		one := q
		one.master = m.id
		able := len(one.masters()) > 0
		if !able && (len(q.services) > 0 || !when.IsZero()) {
			continue
		}
		if !when.IsZero() {
			if _, free := c.slotAt(one, when); !free {
				continue
			}
		}
		var day date
		var slots []slot
		if able {
			day, slots = c.nearest(one, dateOf(c.now.In(q.company.zone)))
		}
		entry := c.masterWire(q.company, m)
		entry["bookable"] = len(slots) > 0
		if len(slots) > 0 && !c.flag("without_seances") {
			// Present for bookable staff only, and then absent rather than null.
			entry["seance_date"] = day.String()
			entry["seances"] = slotList(slots)
		}
		out = append(out, entry)
	}
	return reply{data: out, escape: q.company.dirty}, nil
}

func (c *call) masterWire(at *company, m *master) object {
	t := typing(at.dirty)
	avatar := c.base + "/images/no-master.png"
	if m.photo {
		avatar = c.base + ownPrefix + "/avatars/" + strconv.Itoa(m.id) + ".svg"
	}
	var position any = object{"id": m.id%100 + 1, "title": c.text(m.spec), "services_binding_type": 0}
	var images any = object{}
	if at.dirty {
		position, images = list{}, list{} // an empty object as PHP prints it (seen live)
	}
	return c.dress(object{
		"id": t.number(m.id), "name": m.name, "specialization": c.text(m.spec), "position": position, "bookable": m.bookable,
		"show_rating": t.bit(m.rating > 0), "rating": t.decimal(m.rating), "votes_count": t.number(m.votes), "comments_count": t.number(m.comments),
		"weight": t.number(m.weight), "avatar": avatar, "avatar_big": avatar, "information": c.text("info.master", m.years),
		"api_id": nil, "user_id": nil, "prepaid": "forbidden", "fired": 0, "status": 0, "hidden": 0, "has_access_timetable": false,
		"image_group": images,
	}, m.more)
}

// slotList prints seances as book_times does.
func slotList(slots []slot) list {
	out := list{}
	for _, s := range slots {
		out = append(out, object{
			"time": s.start.Format("15:04"), "seance_length": seconds(s.length), "sum_length": seconds(s.length),
			"datetime": s.start.Format(isoColon),
		})
	}
	return out
}

// listDates: "Получить список дат доступных для бронирования".
func listDates(c *call) (reply, error) {
	q, err := c.ask()
	if err != nil {
		return reply{}, err
	}
	first := dateOf(c.now.In(q.company.zone))
	last := q.lastDay()
	month, byMonth, err := c.day("date")
	if err != nil {
		return reply{}, err
	}
	from, hasFrom, err := c.day("date_from")
	if err != nil {
		return reply{}, err
	}
	to, hasTo, err := c.day("date_to")
	if err != nil {
		return reply{}, err
	}
	if byMonth && !hasFrom && !hasTo {
		month.day = 1
		from, hasFrom = month, true
		to, hasTo = dateOf(month.utc().AddDate(0, 1, -1)), true
	}
	if hasFrom && first.before(from) {
		first = from
	}
	if hasTo && to.before(last) {
		last = to
	}
	var booking, working []date
	for d := first; !last.before(d); d = d.add(1) {
		if !q.working(d) {
			continue
		}
		working = append(working, d)
		if len(c.slots(q, d)) > 0 {
			booking = append(booking, d)
		}
	}
	t := typing(q.company.dirty)
	return reply{data: object{
		"booking_days": t.days(booking), "booking_dates": dateList(booking),
		"working_days": t.days(working), "working_dates": dateList(working),
	}}, nil
}

func dateList(dates []date) list {
	out := list{}
	for _, d := range dates {
		out = append(out, d.String())
	}
	return out
}

// listTimes: "Получить список сеансов доступных для бронирования".
func listTimes(c *call) (reply, error) {
	q, err := c.ask()
	if err != nil {
		return reply{}, err
	}
	if q.master, err = c.pathStaff(); err != nil {
		return reply{}, err
	}
	day, err := parseDate(c.request.PathValue("date"))
	if err != nil {
		return reply{}, c.refuse(http.StatusBadRequest, "error.request")
	}
	return reply{data: slotList(c.slots(q, day)), escape: q.company.dirty}, nil
}

// listSeances: "Получить список ближайших доступных сеансов".
func listSeances(c *call) (reply, error) {
	q, err := c.ask()
	if err != nil {
		return reply{}, err
	}
	if q.master, err = c.pathStaff(); err != nil {
		return reply{}, err
	}
	from, err := c.instant("datetime", q.company.zone)
	if err != nil {
		return reply{}, err
	}
	start := dateOf(cmp.Or(from, c.now).In(q.company.zone))
	day, slots := c.nearest(q, start)
	if !from.IsZero() {
		if slots = slices.DeleteFunc(slots, func(s slot) bool { return s.start.Before(from) }); len(slots) == 0 {
			day, slots = c.nearest(q, start.add(1))
		}
	}
	var shown any
	if len(slots) > 0 {
		shown = day.String()
	}
	return reply{data: object{"seance_date": shown, "seances": slotList(slots)}, escape: q.company.dirty}, nil
}

func (c *call) pathStaff() (int, error) {
	n, err := c.number("staff")
	return max(n, 0), err
}
