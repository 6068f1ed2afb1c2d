package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// listCompanies: "Получить список компаний".
func listCompanies(c *call) (reply, error) {
	wanted := make(map[string]int)
	for _, name := range []string{"id", "group_id", "city_id", "min_id", "count", "page"} {
		n, err := c.integer(name)
		if err != nil {
			return reply{}, err
		}
		wanted[name] = n
	}
	if c.flag("my") {
		if err := c.needUser(); err != nil {
			return reply{}, err
		}
		return reply{data: list{}, meta: object{"total_count": 0}}, nil
	}
	var found []*company
	for _, at := range c.companies {
		switch {
		case wanted["id"] != 0 && at.id != wanted["id"],
			wanted["group_id"] != 0 && at.group != wanted["group_id"],
			wanted["city_id"] != 0 && at.city != wanted["city_id"],
			at.id < wanted["min_id"],
			c.flag("active") && !at.active,
			!strings.Contains(strings.ToLower(c.companyTitle(at)), strings.ToLower(c.query.Get("title"))):
			continue
		}
		found = append(found, at)
	}
	out := list{}
	for _, at := range page(found, wanted["count"], wanted["page"], 25, 300) {
		entry := c.companyWire(at)
		if at.dirty {
			// The list sends these as strings where the single company has numbers.
			entry["id"], entry["active"] = strconv.Itoa(at.id), strconv.Itoa(oneIf(at.active))
			entry["coordinate_lat"], entry["coordinate_lon"] = php.decimal(at.lat), php.decimal(at.lon)
			entry["timezone"] = php.number(c.utcOffset(at))
		}
		out = append(out, entry)
	}
	return reply{data: out, meta: object{"total_count": len(found)}}, nil
}

// showCompany: "Получить компанию". Its refusals keep the old shape under v2.
func showCompany(c *call) (reply, error) {
	id, err := c.number("company")
	if err != nil {
		return reply{}, err
	}
	at := c.company(id)
	if at == nil {
		no := c.refuse(http.StatusNotFound, "error.company")
		no.oldShape = true
		return reply{}, no
	}
	c.speakFor(at.speaks)
	if at.licenceExpired {
		no := c.refuse(http.StatusPaymentRequired, "error.licence", at.id)
		no.oldShape = true
		return reply{}, no
	}
	return reply{data: c.companyWire(at), meta: object{}, escape: at.dirty}, nil
}

func (c *call) companyTitle(at *company) string {
	if at.title != "" {
		return at.title
	}
	return c.text("company." + strconv.Itoa(at.id))
}

// utcOffset is what the timezone field holds: whole hours, winter time, and so
// not to be trusted in summer.
func (c *call) utcOffset(at *company) int {
	_, offset := time.Date(c.now.Year(), time.January, 15, 12, 0, 0, 0, at.zone).Zone()
	return offset / int(time.Hour/time.Second)
}

func (c *call) companyWire(at *company) object {
	t := typing(at.dirty)
	title := c.companyTitle(at)
	out := object{
		"id": at.id, "title": title, "public_title": title, "short_descr": c.text(at.short),
		"logo":       c.base + ownPrefix + "/logos/" + strconv.Itoa(at.id) + ".svg",
		"country_id": at.country, "country": c.text("country." + strconv.Itoa(at.country)),
		"city_id": at.city, "city": c.cityTitle(at.city), "active": oneIf(at.active),
		"phone": "+" + at.phone, "phones": list{"+" + at.phone}, "email": "",
		"timezone": c.utcOffset(at), "timezone_name": at.zone.String(), "schedule": at.openFrom + "–" + at.openTo,
		"address": at.address, "coordinate_lat": at.lat, "coordinate_lon": at.lon, "zip": nil, "site": at.site,
		"app_ios": "", "app_android": "", "currency_short_title": at.currency.short,
		"phone_confirmation": t.flag(at.smsConfirmation), "sms_enabled": t.flag(at.smsEnabled),
		"reminds_sms_disabled": false, "reminds_sms_default": 6, "email_hours_default": 24,
		"group_priority": 1000 - at.id%100, "bookform_group_priority": 1000 - at.id%100,
		"description": c.text("about.salon"), "photos": list{}, "company_photos": list{},
		"seance_delay_step": seconds(at.delay), "show_any_master": true,
		"allow_delete_record": t.flag(at.deleteAllowed), "allow_change_record": t.flag(at.changeAllowed),
		"allow_delete_record_delay_step": t.number(seconds(at.deleteDelay)),
		"allow_change_record_delay_step": t.number(seconds(at.changeDelay)),
		"allow_delete_prepaid_record":    true, "allow_change_prepaid_record": true, "prepayment_waiting_duration_ms": 0,
		"business_group_id": 1, "business_type_id": 1, "record_type_id": at.recordType, "is_individual": false,
		"push_notification_phone_confirm": 0, "is_show_privacy_policy": true, "timetable_off": false,
		"is_surname_field_enabled": at.surnameShown, "is_patronymic_field_enabled": false,
		"booking_email_required": t.flag(at.emailRequired), "booking_comment_required": t.flag(at.commentRequired),
		"booking_email_hidden": at.emailHidden, "booking_comment_hidden": false,
		"booking_surname_required": at.surnameRequired, "booking_patronymic_required": false,
		"booking_comment_input_name": nil, "booking_notify_text": nil, "booking_widget_promo": nil,
		"is_show_newsletter_agreement": at.newsletterShown, "is_show_personal_data_processing_agreement": at.agreementShown,
		"activity_record_clients_count_max": 5, "activity_online_record_clients_count_max": maxSeats,
		"social":        object{"instagram": "", "telegram": "", "facebook": "", "vk": "", "whatsapp": "", "viber": ""},
		"main_group_id": at.group, "active_staff_count": at.bookableStaff(), "access": object{},
	}
	if at.dirty {
		out["social"] = list{}
	}
	if at.commentName != "" {
		out["booking_comment_input_name"] = c.text(at.commentName)
	}
	if at.notify != "" {
		out["booking_notify_text"] = c.text(at.notify)
	}
	if at.group != 0 {
		out["main_group"] = object{"id": at.group, "title": at.groupTitle()}
	}
	if c.flag("show_groups") {
		out["groups"] = list{}
		if at.group != 0 {
			out["groups"] = object{strconv.Itoa(at.group): object{"id": at.group, "title": at.groupTitle()}}
		}
	}
	if c.flag("showBookforms") {
		out["bookforms"] = c.bookforms(at)
	}
	if c.flag("forBooking") {
		if _, slots := c.nearest(query{company: at, now: c.now}, dateOf(c.now.In(at.zone))); len(slots) > 0 && !at.licenceExpired {
			out["next_slot"] = slots[0].start.Format(isoNoColon)
		}
	}
	return c.dress(out, at.more)
}

func (c *call) cityTitle(id int) string {
	if i := id - streetCity; i >= 0 && i < len(streetCities) {
		return streetCities[i].title
	}
	return c.text("city." + strconv.Itoa(id))
}

func (at *company) bookableStaff() int {
	n := 0
	for _, m := range at.staff {
		n += oneIf(m.bookable)
	}
	return n
}

func (c *call) bookforms(at *company) list {
	out := list{}
	for _, f := range c.forms {
		if f.company == at.id && f.broken == "" {
			id := strconv.Itoa(f.id)
			out = append(out, object{"id": f.id, "title": f.title, "is_default": oneIf(len(out) == 0), "url": "https://n" + id + ".yclients.com/"})
		}
	}
	return out
}

// place is a city or a country of the sandbox's small world.
type place struct{ id, country int }

var cities = []place{{71, 9}, {2, 1}, {66, 7}, {7, 1}, {52, 4}, {5, 1}, {61, 6}, {53, 4}, {81, 2}} // unsorted, as the vendor sends them

// listCities: "Получить список городов"; salon_id adds that branch's city
// whatever its country.
func listCities(c *call) (reply, error) {
	country, err := c.integer("country_id")
	if err != nil {
		return reply{}, err
	}
	salon, err := c.integer("salon_id")
	if err != nil {
		return reply{}, err
	}
	extra := 0
	if at := c.company(salon); at != nil {
		extra = at.city
	}
	out := list{}
	for _, p := range slices.Concat(cities, streetPlaces(c.world)) {
		if country == 0 || p.country == country || p.id == extra {
			out = append(out, object{"id": p.id, "country_id": p.country, "title": c.cityTitle(p.id)})
		}
	}
	return reply{data: out}, nil
}

// listCountries: every value is a string, unlike city.country_id.
func listCountries(c *call) (reply, error) {
	countries := []struct {
		id                    int
		phone, sample, symbol string
	}{
		{1, "7", "79000000000", "₽"},
		{2, "380", "380500000000", "₴"},
		{4, "371", "37120000000", "€"},
		{6, "372", "37250000000", "€"},
		{7, "370", "37060000000", "€"},
		{9, "49", "4915100000000", "€"},
		{11, "48", "48500000000", "zł"},
		{12, "46", "46700000000", "kr"},
	}
	out := list{}
	for _, p := range countries {
		id := strconv.Itoa(p.id)
		title := c.text("country." + id)
		out = append(out, object{
			"id": id, "title": title, "full_title": title, "phone_code": p.phone, "phone_template": "+<code> xxx xxx-xx-xx",
			"phone_example": p.sample, "currency": p.symbol, "exchange": "1",
		})
	}
	return reply{data: out}, nil
}

// showTimeslots: "Получить настройки таймслотов филиала", for signed-in users.
func showTimeslots(c *call) (reply, error) {
	at, err := c.location()
	if err != nil {
		return reply{}, err
	}
	if err := c.needUser(); err != nil {
		return reply{}, err
	}
	step := at.grid * int(time.Minute/time.Second)
	days := list{}
	for day := range 7 {
		first, last := minutesPerDay, 0
		for _, m := range at.staff {
			if shift := m.week[day]; shift.from < shift.to {
				first, last = min(first, shift.from), max(last, shift.to)
			}
		}
		slots := []int{}
		for minute := first; minute < last; minute += at.grid {
			slots = append(slots, minute*60)
		}
		days = append(days, object{
			"weekday": cmp.Or(day, 7), "timeslots": slots, // Monday is 1 and Sunday 7
			"setting": object{
				"grid_first_timeslot": min(first, last) * 60, "grid_last_timeslot": last * 60, "grid_display_step": step,
				"grid_nearest_timeslot_delay": seconds(at.delay), "grid_base_type": "predefined", "is_grid_flexible": false,
			},
		})
	}
	slices.SortStableFunc(days, func(a, b any) int {
		return cmp.Compare(a.(object)["weekday"].(int), b.(object)["weekday"].(int)) //nolint:forcetypeassert // built above
	})
	// One object where the name promises a list (documented sample).
	return reply{data: object{"is_enabled": true, "weekdays_settings": days, "dates_settings": object{}}, meta: object{}}, nil
}
