package sandbox

import (
	"crypto/subtle"
	"net/http"
	"time"
)

// moveRecord: "Перенести запись на сеанс". As at the vendor, no hash is asked
// for: whoever holds the partner token can move any visit of the company.
func moveRecord(c *call) (reply, error) {
	at, err := c.location()
	if err != nil {
		return reply{}, err
	}
	id, err := c.number("record")
	if err != nil {
		return reply{}, err
	}
	var body struct {
		Datetime looseText  `json:"datetime"`
		Comment  *looseText `json:"comment"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	r := c.record(id)
	if r == nil || r.company != at.id || r.deleted || r.activity != 0 {
		return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
	}
	if !at.changeAllowed || c.now.Add(at.changeDelay).After(r.start) {
		return reply{}, c.refuseCode(http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, "error.move")
	}
	start, err := parseInstant(string(body.Datetime), at.zone)
	if err != nil {
		return reply{}, c.refuse(http.StatusBadRequest, "error.request")
	}
	q := query{company: at, master: r.staff, services: r.services, now: c.now, except: r.id}
	free, ok := c.slotAt(q, start)
	if !ok && !r.masterChosen {
		q.master = 0 // the customer asked for nobody in particular
		free, ok = c.slotAt(q, start)
	}
	if !ok {
		name := ""
		if m := at.master(r.staff); m != nil {
			name = m.name
		}
		return reply{}, c.refuseCode(http.StatusUnprocessableEntity, codeTaken, "error.taken", name, r.staff, c.dict.moment(c.lang, start))
	}
	c.shift(r, free, c.now)
	if body.Comment != nil {
		r.comment = string(*body.Comment)
	}
	return reply{data: c.movedWire(r), escape: at.dirty}, nil
}

// showRecord: "Получить запись на сеанс", whose sample has no envelope.
func showRecord(c *call) (reply, error) {
	at, err := c.location()
	if err != nil {
		return reply{}, err
	}
	r, err := c.ownRecord()
	if err != nil {
		return reply{}, err
	}
	if r.company != at.id {
		return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
	}
	return reply{data: c.recordWire(r), style: never, escape: at.dirty}, nil
}

// ownRecord finds the record of the path for whoever may see it: the holder of
// its hash, or its customer when signed in. Everything else equals "no such
// record".
func (c *call) ownRecord() (*record, error) {
	id, err := c.number("record")
	if err != nil {
		return nil, err
	}
	r := c.record(id)
	if r == nil {
		return nil, c.refuse(http.StatusNotFound, "error.notfound")
	}
	if hash := c.request.PathValue("hash"); subtle.ConstantTimeCompare([]byte(hash), []byte(r.hash)) == 1 {
		return r, nil
	}
	if c.caller != nil && c.caller.phone == r.phone {
		return r, nil
	}
	return nil, c.refuse(http.StatusNotFound, "error.notfound")
}

// needKey refuses a call that brings neither a hash nor a valid user token.
func (c *call) needKey() error {
	if c.request.PathValue("hash") != "" {
		return nil
	}
	return c.needUser()
}

// showUserRecord: "Получить записи пользователя" for one record: an array of one,
// with status 201 on a GET as the vendor documents it.
func showUserRecord(c *call) (reply, error) {
	if err := c.needKey(); err != nil {
		return reply{}, err
	}
	r, err := c.ownRecord()
	if err != nil {
		return reply{}, err
	}
	c.speakFor(c.company(r.company).speaks)
	return reply{status: http.StatusCreated, data: list{c.recordWire(r)}}, nil
}

// listUserRecords: the same section, with a user token and no record id.
func listUserRecords(c *call) (reply, error) {
	if err := c.needUser(); err != nil {
		return reply{}, err
	}
	company, err := c.integer("company_id")
	if err != nil {
		return reply{}, err
	}
	out := list{}
	for _, r := range c.recordsOf(c.caller) {
		if company == 0 || r.company == company {
			out = append(out, c.recordWire(r))
		}
	}
	return reply{data: out}, nil
}

// deleteUserRecord: "Удалить запись пользователя"; 204, which every client copes with.
func deleteUserRecord(c *call) (reply, error) {
	if err := c.needKey(); err != nil {
		return reply{}, err
	}
	r, err := c.ownRecord()
	if err != nil {
		return reply{}, err
	}
	at := c.company(r.company)
	c.speakFor(at.speaks)
	if r.deleted {
		return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
	}
	if !c.mayDelete(at, r) {
		return reply{}, c.refuseCode(http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, "error.cancel")
	}
	r.deleted, r.changed = true, c.now
	c.changed(r, "delete")
	if e := c.event(r.company, r.activity); e != nil {
		e.taken -= r.seats
	}
	return reply{status: http.StatusNoContent, style: nothing}, nil
}

func (c *call) mayDelete(at *company, r *record) bool {
	return at.deleteAllowed && !c.now.Add(at.deleteDelay).After(r.start)
}

func (c *call) mayChange(at *company, r *record) bool {
	return at.changeAllowed && r.activity == 0 && !c.now.Add(at.changeDelay).After(r.start)
}

func (c *call) recordWire(r *record) object {
	at := c.company(r.company)
	t := typing(at.dirty)
	local := r.start.In(at.zone)
	staff := object{}
	if m := at.master(r.staff); m != nil {
		staff = c.masterWire(at, m)
		staff["id"] = m.id
		delete(staff, "bookable")
		delete(staff, "information")
	}
	var custom any = r.custom
	if len(r.custom) == 0 {
		custom = list{}
	}
	mark := r.apiID
	if c.noMarks {
		mark = ""
	}
	return object{
		"id": r.id, "services": c.recordServices(at, r), "company": c.recordCompany(at), "staff": staff, "clients_count": r.seats,
		"date": local.Format(sqlLocal), "datetime": local.Format(isoNoColon), "create_date": r.created.In(at.zone).Format(isoNoColon),
		"comment": r.comment, "deleted": t.flag(r.deleted), "attendance": r.attendance, "visit_attendance": r.attendance,
		"length": seconds(r.length), "notify_by_sms": t.number(r.notifySMS), "notify_by_email": t.number(r.notifyEmail),
		"master_requested": r.masterChosen, "online": r.online, "api_id": mark, "last_change_date": r.changed.In(at.zone).Format(isoNoColon),
		"prepaid": c.expectsPayment(at, r), "prepaid_confirmed": false, "activity_id": r.activity, "paid_amount": 0, "custom_fields": custom,
		"allow_delete_record": c.mayDelete(at, r) && !r.deleted, "allow_change_record": c.mayChange(at, r) && !r.deleted,
		"is_confirmation_needed": false, "review_enabled": false, "charge": list{}, "resource_instances": list{},
	}
}

func (c *call) recordServices(at *company, r *record) list {
	out := list{}
	for _, id := range r.services {
		s := at.service(id)
		if s == nil {
			continue
		}
		length := s.length
		if m := at.master(r.staff); m != nil && m.lengths[id] > 0 {
			length = m.lengths[id]
		}
		out = append(out, object{
			"id": s.id, "title": s.title[c.lang], "cost": s.cost(), "price_min": s.min, "price_max": s.max, "discount": s.discount(), "amount": 1,
			"seance_length": seconds(length), "abonement_restriction": 0, "prepaid_settings": object{"status": s.prepaid()},
		})
	}
	return out
}

// expectsPayment: something of the visit has to be paid for beforehand.
func (c *call) expectsPayment(at *company, r *record) bool {
	for _, id := range r.services {
		if s := at.service(id); s != nil && s.prepaid() == "required" {
			return true
		}
	}
	m := at.master(r.staff)
	return m != nil && m.more["prepaid"] == "required"
}

// recordCompany is the company inside a record. Its timezone is one hour off
// the company's own (seen live); only timezone_name, absent here, can be trusted.
func (c *call) recordCompany(at *company) object {
	full := c.companyWire(at)
	out := make(object)
	for _, key := range []string{
		"id", "title", "public_title", "logo", "country_id", "country", "city_id", "city", "phone", "phones", "address", "site",
		"coordinate_lat", "coordinate_lon", "allow_delete_record", "allow_change_record", "currency_short_title",
		"allow_change_record_delay_step", "allow_delete_record_delay_step",
	} {
		out[key] = full[key]
	}
	out["timezone"] = c.utcOffset(at) + 1
	return out
}

// movedWire is the poorer record of the answer to a move: fewer fields, "spec"
// for the specialization and the zone as a string (documented sample).
func (c *call) movedWire(r *record) object {
	out := c.recordWire(r)
	for _, key := range []string{"datetime", "clients_count", "attendance", "visit_attendance", "last_change_date", "allow_delete_record", "allow_change_record", "custom_fields"} {
		delete(out, key)
	}
	at := c.company(r.company)
	services := list{}
	for _, id := range r.services {
		if s := at.service(id); s != nil {
			services = append(services, object{"id": s.id, "title": s.title[c.lang], "cost": php.number(s.cost()), "discount": php.number(s.discount())})
		}
	}
	company := c.recordCompany(at)
	company["timezone"] = "0"
	out["services"], out["company"] = services, company
	out["date"] = r.start.In(at.zone).Format(time.RFC3339)
	if m := at.master(r.staff); m != nil {
		out["staff"] = object{"id": m.id, "name": m.name, "spec": c.text(m.spec), "show_rating": "1", "rating": php.decimal(m.rating), "votes_count": php.number(m.votes)}
	}
	return out
}
