package sandbox

import (
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// appointment is one visit of a request.
type appointment struct {
	ID       looseInt     `json:"id"`
	Services []looseInt   `json:"services"`
	Staff    looseInt     `json:"staff_id"`
	Datetime looseText    `json:"datetime"`
	Custom   customFields `json:"custom_fields"`
}

// bookingForm is the body of book_record, and of a place in a group event.
type bookingForm struct {
	Phone        looseText     `json:"phone"`
	Name         looseText     `json:"fullname"`
	Surname      looseText     `json:"surname"`
	Patronymic   looseText     `json:"patronymic"`
	Email        looseText     `json:"email"`
	Code         looseText     `json:"code"`
	Comment      looseText     `json:"comment"`
	APIID        looseText     `json:"api_id"`
	Referrer     looseText     `json:"referrer"`
	NotifySMS    looseInt      `json:"notify_by_sms"`
	NotifyEmail  looseInt      `json:"notify_by_email"`
	Custom       customFields  `json:"custom_fields"`
	Seats        looseInt      `json:"clients_count"`
	Appointments []appointment `json:"appointments"`
}

// sendCode: "Отправить СМС код подтверждения номера телефона".
func sendCode(c *call) (reply, error) {
	if _, err := c.location(); err != nil {
		return reply{}, err
	}
	return sendCodeTo(c)
}

// sendCodeTo sends a code to the phone of the body.
func sendCodeTo(c *call) (reply, error) {
	var body struct {
		Phone looseText `json:"phone"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	phone, ok := normalPhone(string(body.Phone))
	if !ok {
		return reply{}, c.refuseCode(http.StatusUnprocessableEntity, codePhone, "error.phone")
	}
	c.state.sendCode(phone, c.lang, c.now)
	return created(), nil
}

// created is a 201 without data: the key is missing, not null.
func created() reply {
	return reply{status: http.StatusCreated, meta: object{"message": "Created"}, style: messageV2}
}

// checkBooking: "Проверить параметры записи". The body may be the bare array.
func checkBooking(c *call) (reply, error) {
	at, err := c.location()
	if err != nil {
		return reply{}, err
	}
	var body struct {
		Appointments []appointment `json:"appointments"`
	}
	if text := strings.TrimSpace(string(c.body)); strings.HasPrefix(text, "[") {
		err = c.decode(&body.Appointments)
	} else {
		err = c.decode(&body)
	}
	if err != nil {
		return reply{}, err
	}
	if _, err := c.plan(at, body.Appointments); err != nil {
		return reply{}, err
	}
	return created(), nil
}

// planned is an appointment with its master and time settled.
type planned struct {
	appointment
	services []int
	slot     slot
}

// plan settles every appointment or refuses with all that is wrong.
func (c *call) plan(at *company, appointments []appointment) ([]planned, error) {
	if len(appointments) == 0 {
		return nil, c.refuse(http.StatusBadRequest, "error.request")
	}
	var out []planned
	var problems []problem
	for _, a := range appointments {
		p, bad := c.planOne(at, a)
		if bad == nil && slices.ContainsFunc(out, func(other planned) bool { return overlap(other.slot, p.slot) }) {
			bad = &problem{code: codeOverlap, message: c.text("error.overlap", c.dict.moment(c.lang, p.slot.start))}
		}
		if bad != nil {
			id := int(a.ID)
			bad.appointment = &id
			problems = append(problems, *bad)
			continue
		}
		out = append(out, p)
	}
	if len(problems) > 0 {
		return nil, &refusal{status: http.StatusUnprocessableEntity, problems: problems}
	}
	return out, nil
}

func overlap(a, b slot) bool {
	return span{a.start, a.start.Add(a.length)}.overlaps(span{b.start, b.start.Add(b.length)})
}

func (c *call) planOne(at *company, a appointment) (planned, *problem) {
	start, err := parseInstant(string(a.Datetime), at.zone)
	if err != nil {
		return planned{}, &problem{code: http.StatusUnprocessableEntity, message: c.text("error.request")}
	}
	q := query{company: at, master: max(int(a.Staff), 0), now: c.now}
	for _, id := range a.Services {
		s := at.service(int(id))
		if s == nil || !s.active {
			return planned{}, &problem{code: codeService, message: c.text("error.service")}
		}
		q.services = append(q.services, s.id)
	}
	moment := c.dict.moment(c.lang, start)
	able := q.masters()
	if q.master != 0 && len(able) == 0 {
		if m := at.master(q.master); m != nil && m.bookable {
			return planned{}, &problem{code: codeService, message: c.text("error.service")}
		}
		return planned{}, &problem{code: codeNobody, message: c.text("error.nobody", moment)}
	}
	free, ok := c.slotAt(q, start)
	if !ok {
		if q.master == 0 {
			return planned{}, &problem{code: codeNobody, message: c.text("error.nobody", moment)}
		}
		return planned{}, &problem{code: codeTaken, message: c.text("error.taken", able[0].name, able[0].id, moment)}
	}
	return planned{a, q.services, free}, nil
}

// book: "Создать запись на сеанс". Checking and entering happen under one lock,
// so of two requests for a slot one is refused.
func book(c *call) (reply, error) {
	at, err := c.location()
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
	plans, err := c.plan(at, body.Appointments)
	if err != nil {
		return reply{}, err
	}
	c.useCode(at, phone)
	out := list{}
	for _, p := range plans {
		r := body.record(at, phone, c.now)
		r.staff, r.services, r.start, r.length = p.slot.master.id, p.services, p.slot.start, p.slot.length
		r.masterChosen = p.Staff > 0
		r.custom = p.Custom
		c.insert(r)
		entry := object{"id": int(p.ID), "record_id": r.id, "record_hash": r.hash}
		if !acceptsVendor(c.request.Header.Get("Accept")) {
			entry["record"] = c.recordWire(r) // an extra of the v1 answer (seen live)
		}
		out = append(out, entry)
	}
	return reply{status: http.StatusCreated, data: out, escape: at.dirty}, nil
}

// checkClient looks at who books before looking at what: phone, name, black
// list, e-mail, comment and SMS code, in this order.
func (c *call) checkClient(at *company, body *bookingForm) (string, error) {
	phone, ok := normalPhone(string(body.Phone))
	if !ok {
		return "", c.refuseCode(http.StatusUnprocessableEntity, codePhone, "error.phone")
	}
	if blank(body.Name) || at.surnameRequired && blank(body.Surname) {
		return "", c.refuseCode(http.StatusUnprocessableEntity, codeName, "error.name")
	}
	if phone == BlacklistedPhone {
		return "", c.refuseCode(http.StatusForbidden, codeBlacklist, "error.blacklist")
	}
	if _, err := mail.ParseAddress(string(body.Email)); err != nil && (!blank(body.Email) || at.emailRequired) {
		return "", c.refuseCode(http.StatusBadRequest, http.StatusBadRequest, "error.email")
	}
	if at.commentRequired && blank(body.Comment) {
		return "", c.refuseCode(http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, "error.comment")
	}
	if c.needsCode(at, phone) && !c.checkCode(phone, strings.TrimSpace(string(body.Code)), c.now) {
		return "", c.refuseCode(http.StatusUnprocessableEntity, codeSMS, "error.code")
	}
	return phone, nil
}

// needsCode: a signed-in customer with an unchanged phone is known already.
func (c *call) needsCode(at *company, phone string) bool {
	return at.smsConfirmation && at.smsEnabled && (c.caller == nil || c.caller.phone != phone)
}

// useCode spends the code, once everything else has been found in order.
func (c *call) useCode(at *company, phone string) {
	if c.needsCode(at, phone) {
		delete(c.codes, phone)
	}
}

func (b *bookingForm) record(at *company, phone string, now time.Time) *record {
	return &record{
		company: at.id, seats: max(int(b.Seats), 1), hash: newSecret(), created: now, changed: now, phone: phone,
		name: strings.TrimSpace(string(b.Name)), surname: string(b.Surname), patronymic: string(b.Patronymic),
		email: string(b.Email), comment: string(b.Comment), apiID: string(b.APIID), referrer: string(b.Referrer),
		notifySMS: int(b.NotifySMS), notifyEmail: int(b.NotifyEmail), online: true, fromApp: true,
	}
}

func blank(s looseText) bool { return strings.TrimSpace(string(s)) == "" }
