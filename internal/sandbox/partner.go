package sandbox

import (
	"net/http"
	"strconv"
)

// What a partner reads of a company without a user: services, categories and staff as the company's settings have them,
// whether or not they can be booked online ("Услуги", "Категория услуг", "Сотрудники").

// oneOrAll reads an optional last segment: 0 when the whole collection is asked for.
func (c *call) oneOrAll(segment string) (int, error) {
	if c.request.PathValue(segment) == "" {
		return 0, nil
	}
	return c.number(segment)
}

// listAllServices: "Устаревшее. Получить список услуг / конкретную услугу", which asks for the partner's token alone. Without
// a service's id it is a list, with one the one service, as clients read it; the sample of rest-api is a list.
func listAllServices(c *call) (reply, error) {
	at, err := c.location()
	if err != nil {
		return reply{}, err
	}
	id, err := c.oneOrAll("service")
	if err != nil {
		return reply{}, err
	}
	master, err := c.staff("staff_id")
	if err != nil {
		return reply{}, err
	}
	category, err := c.integer("category_id")
	if err != nil {
		return reply{}, err
	}
	out := list{}
	for i := range at.services {
		s := &at.services[i]
		staff := at.staffOf(s, master)
		if id != 0 && s.id != id || category != 0 && s.category != category || master != 0 && len(staff) == 0 {
			continue
		}
		out = append(out, c.fullService(at, s, staff))
	}
	if id == 0 {
		return reply{data: out, meta: object{"total_count": len(out)}, escape: at.dirty}, nil
	}
	if len(out) == 0 {
		return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
	}
	return reply{data: out[0], escape: at.dirty}, nil
}

// staffOf lists who does a service and how long each takes. Master 0 is everybody.
func (at *company) staffOf(s *service, master int) list {
	out := list{}
	for _, m := range at.staff {
		if length, does := m.lengths[s.id]; does && (master == 0 || m.id == master) {
			out = append(out, object{"id": m.id, "seance_length": seconds(length), "technological_card_id": 0})
		}
	}
	return out
}

func (c *call) fullService(at *company, s *service, staff list) object {
	t := typing(at.dirty)
	booked := c.serviceWire(at, s, nil, t)
	out := object{
		"duration": seconds(s.length), "service_type": oneIf(s.active), "api_service_id": "0", "api_id": "0", "staff": staff, "salon_service_id": s.id,
		"image_group": list{}, "resources": list{},
	}
	for _, name := range []string{
		"id", "category_id", "title", "price_min", "price_max", "discount", "comment", "weight", "active", "prepaid", "abonement_restriction",
	} {
		out[name] = booked[name]
	}
	if picture, ok := booked["image"].(string); ok && picture != "" {
		out["image_group"] = object{"id": s.id, "entity": "service", "entity_id": strconv.Itoa(s.id), "images": object{"basic": object{"id": s.id, "path": picture}}}
	}
	return out
}

// showServiceCategory: "Получить категорию услуг".
func showServiceCategory(c *call) (reply, error) {
	at, err := c.location()
	if err != nil {
		return reply{}, err
	}
	id, err := c.number("category")
	if err != nil {
		return reply{}, err
	}
	for _, cat := range at.categories {
		if cat.id != id {
			continue
		}
		staff, seen := list{}, make(map[int]bool)
		for i := range at.services {
			for _, m := range at.staff {
				if _, does := m.lengths[at.services[i].id]; does && at.services[i].category == id && !seen[m.id] {
					seen[m.id] = true
					staff = append(staff, m.id)
				}
			}
		}
		return reply{data: object{
			"id": cat.id, "salon_service_id": cat.id, "title": c.categoryTitle(cat), "weight": cat.weight, "api_id": "0", "sex": cat.sex(), "staff": staff,
		}, escape: at.dirty}, nil
	}
	return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
}

// listAllStaff: "Устаревшее. Получить список сотрудников / конкретного сотрудника", as listAllServices.
func listAllStaff(c *call) (reply, error) {
	at, err := c.location()
	if err != nil {
		return reply{}, err
	}
	id, err := c.oneOrAll("staff")
	if err != nil {
		return reply{}, err
	}
	out := list{}
	for _, m := range at.staff {
		if id != 0 && m.id != id {
			continue
		}
		entry := c.masterWire(at, m)
		delete(entry, "bookable")
		entry["company_id"], entry["is_deleted"], entry["services_links"] = at.id, false, list{}
		out = append(out, entry)
	}
	if id == 0 {
		return reply{data: out, meta: object{"total_count": len(out)}, escape: at.dirty}, nil
	}
	if len(out) == 0 {
		return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
	}
	return reply{data: out[0], escape: at.dirty}, nil
}
