package sandbox

import (
	"cmp"
	"crypto/subtle"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/recording"
)

// What customers do in a replay: a visit is put together from what was recorded of the company, the services and the
// master, so that what is wrong with these shows in it too. Nobody's time is taken by it.

// replayVisit is a visit that was booked in the replay.
type replayVisit struct {
	*record
	zone *time.Location
}

// companyOf is what was recorded of a company, as the answer about itself or in the list of its chain has it.
func (r *replay) companyOf(c *call) (id int, data map[string]any, err error) {
	if id, err = c.number("company"); err != nil {
		return 0, nil, err
	}
	for i := range r.Answers {
		if a := &r.Answers[i]; a.Path == "company/"+strconv.Itoa(id) && a.Status < http.StatusBadRequest {
			data, _ = dataOf(a).(map[string]any)
		}
	}
	if data == nil {
		data = r.element("companies", strconv.Itoa(id))
	}
	if data == nil {
		return 0, nil, c.refuse(http.StatusNotFound, "error.company")
	}
	return id, data, nil
}

// isOn reads a flag in any of its spellings.
func isOn(value any) bool {
	on, ok := value.(bool)
	text := textOf(value)
	return ok && on || text != "" && text != "0" && text != "false"
}

// customer checks who books by what the company asks for, and gives an empty record of theirs.
func (r *replay) customer(c *call, asks map[string]any, body *bookingForm) (*record, error) {
	at := &company{
		smsConfirmation: isOn(asks["phone_confirmation"]), smsEnabled: isOn(asks["sms_enabled"]), emailRequired: isOn(asks["booking_email_required"]),
		commentRequired: isOn(asks["booking_comment_required"]), surnameRequired: isOn(asks["booking_surname_required"]),
	}
	phone, err := c.checkClient(at, body)
	if err != nil {
		return nil, err
	}
	c.useCode(at, phone)
	return body.record(at, phone, c.now), nil
}

func (r *replay) keep(visit *record, company int) *record {
	visit.company, visit.id = company, firstVisit+len(r.visits) // a visit that is cancelled stays
	r.visits[visit.id] = &replayVisit{visit, r.zone(company)}
	return visit
}

// book: "Создать запись на сеанс".
func (r *replay) book(c *call) (reply, error) {
	id, company, err := r.companyOf(c)
	if err != nil {
		return reply{}, err
	}
	var body bookingForm
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	blank, err := r.customer(c, company, &body)
	if err != nil {
		return reply{}, err
	}
	if len(body.Appointments) == 0 {
		return reply{}, c.refuse(http.StatusBadRequest, "error.request")
	}
	out := list{}
	for _, a := range body.Appointments {
		visit := *blank
		if visit.start, err = parseInstant(string(a.Datetime), r.zone(id)); err != nil {
			return reply{}, c.refuseCode(http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, "error.request")
		}
		for _, s := range a.Services {
			visit.services = append(visit.services, int(s))
		}
		visit.hash, visit.staff, visit.masterChosen, visit.custom = newSecret(), max(int(a.Staff), 0), a.Staff > 0, a.Custom
		visit.length = r.length(id, &visit, c.now)
		kept := r.keep(&visit, id)
		out = append(out, object{"id": int(a.ID), "record_id": kept.id, "record_hash": kept.hash})
	}
	return reply{status: http.StatusCreated, data: out}, nil
}

// length is how long the recorded times say that such a visit takes; an hour where none of them does.
func (r *replay) length(company int, visit *record, now time.Time) time.Duration {
	services := make([]string, len(visit.services))
	for i, s := range visit.services {
		services[i] = strconv.Itoa(s)
	}
	day := visit.start.In(r.zone(company)).AddDate(0, 0, -r.days(now)).Format(time.DateOnly)
	times := r.best(replayQuestion{
		segments: []string{"book_times", strconv.Itoa(r.visited(company)), strconv.Itoa(visit.staff), day}, query: map[string][]string{"service_ids[]": services},
	})
	if times != nil {
		for _, slot := range elements(dataOf(times)) {
			if n, err := strconv.Atoi(textOf(slot["seance_length"])); err == nil && n > 0 {
				return time.Duration(n) * time.Second
			}
		}
	}
	return time.Hour
}

// bookEvent: "Создать запись в групповом событии".
func (r *replay) bookEvent(c *call) (reply, error) {
	id, company, err := r.companyOf(c)
	if err != nil {
		return reply{}, err
	}
	event := r.element("activity/"+strconv.Itoa(r.visited(id))+"/search", c.request.PathValue("event"))
	if event == nil {
		return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
	}
	var body bookingForm
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	visit, err := r.customer(c, company, &body)
	if err != nil {
		return reply{}, err
	}
	zone := r.zone(id)
	visit.start, _ = parseInstant(recording.MoveText(textOf(event["date"]), r.days(c.now), zone), zone) // without one it is the zero time
	seconds, _ := strconv.Atoi(textOf(event["length"]))
	visit.length, visit.masterChosen, visit.custom = time.Duration(seconds)*time.Second, true, body.Custom
	visit.activity, _ = strconv.Atoi(textOf(event["id"]))
	visit.staff, _ = strconv.Atoi(textOf(event["staff_id"]))
	service, _ := strconv.Atoi(textOf(event["service_id"]))
	visit.services = []int{service}
	kept := r.keep(visit, id)
	return reply{style: always, data: object{"id": kept.id, "hash": kept.hash}}, nil
}

// own finds a visit by the number and the hash of the path.
func (r *replay) own(c *call) (*replayVisit, error) {
	id, err := c.number("record")
	if err != nil {
		return nil, err
	}
	visit := r.visits[id]
	if visit == nil {
		return nil, c.refuse(http.StatusNotFound, "error.notfound")
	}
	hash := c.request.PathValue("hash")
	if subtle.ConstantTimeCompare([]byte(hash), []byte(visit.hash)) != 1 && (c.caller == nil || c.caller.phone != visit.phone) {
		return nil, c.refuse(http.StatusNotFound, "error.notfound")
	}
	return visit, nil
}

// show: "Получить записи пользователя" for one record; one that was recorded is served as it was.
func (r *replay) show(c *call) (reply, error) {
	visit, err := r.own(c)
	if err != nil {
		return r.answer(c)
	}
	return reply{status: http.StatusCreated, data: list{r.wire(c, visit)}}, nil
}

// showRecord: "Получить запись на сеанс", whose sample has no envelope.
func (r *replay) showRecord(c *call) (reply, error) {
	visit, err := r.own(c)
	if err != nil {
		return r.answer(c)
	}
	return reply{data: r.wire(c, visit), style: never}, nil
}

// listVisits: those of whoever is signed in.
func (r *replay) listVisits(c *call) (reply, error) {
	if err := c.needUser(); err != nil {
		return reply{}, err
	}
	out := list{}
	for _, id := range slices.Sorted(maps.Keys(r.visits)) {
		if visit := r.visits[id]; visit.phone == c.caller.phone {
			out = append(out, r.wire(c, visit))
		}
	}
	return reply{data: out}, nil
}

// cancel: "Удалить запись пользователя".
func (r *replay) cancel(c *call) (reply, error) {
	visit, err := r.own(c)
	if err != nil {
		return reply{}, err
	}
	if visit.deleted {
		return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
	}
	visit.deleted, visit.changed = true, c.now
	return reply{status: http.StatusNoContent, style: nothing}, nil
}

// move: "Перенести запись на сеанс".
func (r *replay) move(c *call) (reply, error) {
	id, err := c.number("record")
	if err != nil {
		return reply{}, err
	}
	var body struct {
		Datetime looseText `json:"datetime"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	visit := r.visits[id]
	if visit == nil || visit.deleted {
		return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
	}
	start, err := parseInstant(string(body.Datetime), visit.zone)
	if err != nil {
		return reply{}, c.refuse(http.StatusBadRequest, "error.request")
	}
	visit.start, visit.changed = start, c.now
	return reply{data: r.wire(c, visit)}, nil
}

// wire is a record: of this visit what a record says of itself, and of everything else what was recorded.
func (r *replay) wire(c *call, visit *replayVisit) object {
	local := visit.start.In(visit.zone)
	company := r.element("company/"+strconv.Itoa(visit.company), strconv.Itoa(visit.company))
	if company == nil {
		company = r.element("companies", strconv.Itoa(visit.company))
	}
	services := list{}
	prepaid := false
	for _, id := range visit.services {
		s := r.element("book_services/"+strconv.Itoa(r.visited(visit.company)), strconv.Itoa(id))
		if s == nil {
			continue
		}
		prepaid = prepaid || textOf(s["prepaid"]) == "required"
		services = append(services, object{
			"id": id, "title": s["title"], "cost": json.Number(cmp.Or(highest(textOf(s["price_min"]), textOf(s["price_max"])), "0")), "price_min": s["price_min"],
			"price_max": s["price_max"], "discount": s["discount"], "amount": 1, "seance_length": seconds(visit.length),
		})
	}
	var staff any = object{}
	if m := r.element("book_staff/"+strconv.Itoa(r.visited(visit.company)), strconv.Itoa(visit.staff)); m != nil {
		m = maps.Clone(m)
		delete(m, "seances")
		delete(m, "seance_date")
		staff = m
	}
	allowed := func(what string) bool {
		delay, _ := strconv.Atoi(textOf(company["allow_"+what+"_record_delay_step"]))
		return isOn(company["allow_"+what+"_record"]) && !visit.deleted && !c.now.Add(time.Duration(delay)*time.Second).After(visit.start)
	}
	return object{
		"id": visit.id, "services": services, "company": company, "staff": staff, "clients_count": visit.seats, "date": local.Format(sqlLocal),
		"datetime": local.Format(isoNoColon), "create_date": visit.created.In(visit.zone).Format(isoNoColon), "comment": visit.comment, "deleted": visit.deleted,
		"attendance": 0, "length": seconds(visit.length), "notify_by_sms": visit.notifySMS, "notify_by_email": visit.notifyEmail,
		"master_requested": visit.masterChosen, "online": true, "api_id": visit.apiID, "last_change_date": visit.changed.In(visit.zone).Format(isoNoColon),
		"prepaid": prepaid, "prepaid_confirmed": false, "activity_id": visit.activity, "paid_amount": 0, "custom_fields": orEmpty(visit.custom),
		"allow_delete_record": allowed("delete"), "allow_change_record": allowed("change") && visit.activity == 0,
	}
}

// highest is the greater of two numbers, as it is spelled.
func highest(a, b string) string {
	low, _ := strconv.ParseFloat(a, 64)
	high, _ := strconv.ParseFloat(b, 64)
	if high > low {
		return strings.TrimSpace(b)
	}
	return strings.TrimSpace(a)
}

// orEmpty is [] for an empty map, as PHP prints it.
func orEmpty(fields map[string]any) any {
	if len(fields) == 0 {
		return list{}
	}
	return fields
}
