package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/recording"
)

// replay answers as another upstream did, from a recording: what it said then, with its times moved into the future by whole
// weeks, so that the days of the week stay the same. What a customer does is answered by the replay itself (replaybook.go).
type replay struct {
	*recording.Recording
	zones  map[int]*time.Location // of companies
	visits map[int]*replayVisit   // booked since, by id; the sandbox's lock guards them
}

func newReplay(r *recording.Recording) *replay {
	out := &replay{Recording: r, zones: map[int]*time.Location{}, visits: map[int]*replayVisit{}}
	for i := range r.Answers {
		a := &r.Answers[i]
		switch route, id := routeOf(a.Path); route {
		case "company":
			if company, ok := dataOf(a).(map[string]any); ok {
				out.learnZone(id, company)
			}
		case "companies":
			for _, company := range elements(dataOf(a)) {
				id, _ := strconv.Atoi(textOf(company["id"]))
				out.learnZone(id, company)
			}
		}
	}
	return out
}

// learnZone finds out by which clock a company lives: a zone by its name, wherever it stands, else a number of hours.
func (r *replay) learnZone(id int, company map[string]any) {
	if r.zones[id] != nil {
		return
	}
	for _, name := range []string{textOf(company["timezone_name"]), textOf(company["timezone"])} {
		if zone, err := time.LoadLocation(name); err == nil && strings.Contains(name, "/") {
			r.zones[id] = zone
			return
		}
	}
	if hours, err := strconv.ParseFloat(textOf(company["timezone"]), 64); err == nil {
		r.zones[id] = time.FixedZone("", int(hours*float64(time.Hour/time.Second)))
	}
}

// zone is that of a company; where none is known, that of any company, and else UTC.
func (r *replay) zone(company int) *time.Location {
	if zone := r.zones[company]; zone != nil {
		return zone
	}
	if ids := slices.Sorted(maps.Keys(r.zones)); len(ids) > 0 {
		return r.zones[ids[0]]
	}
	return time.UTC
}

// days is by how many days the times of the recording are moved: whole weeks, and none of it is past but the first day.
func (r *replay) days(now time.Time) int {
	const week = 7 * 24 * time.Hour
	passed := now.Sub(r.Made)
	if passed <= 0 {
		return 0
	}
	return int((passed+week-1)/week) * 7
}

// routeOf is the first word of a path and the number after it.
func routeOf(path string) (route string, id int) {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if len(segments) > 1 {
		id, _ = strconv.Atoi(segments[1])
	}
	return segments[0], id
}

// dataOf is what an answer says, without its envelope.
func dataOf(a *recording.Answer) any {
	var whole any
	if decodeExact(a.Bytes(), &whole) != nil {
		return nil
	}
	return unwrapped(whole)
}

// unwrapped takes an envelope off.
func unwrapped(whole any) any {
	if enveloped, ok := whole.(map[string]any); ok {
		if _, ok := enveloped["success"]; ok {
			return enveloped["data"]
		}
	}
	return whole
}

// textOf is a text, or a number as it is spelled; "" for all else.
func textOf(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	}
	return ""
}

// question is what is asked, in the days of the recording.
type replayQuestion struct {
	segments []string
	query    url.Values
	lang     string
}

// moving are parameters with days, which the recording has others of.
var moving = []string{"date", "date_from", "date_to", "from", "till", "datetime"}

func (r *replay) ask(c *call, back int) replayQuestion {
	path := strings.Trim(strings.TrimPrefix(c.request.URL.Path, apiPrefix), "/")
	q := replayQuestion{segments: strings.Split(path, "/"), query: c.query, lang: c.request.Header.Get("Accept-Language")}
	for i, segment := range q.segments {
		q.segments[i] = recording.MoveText(segment, -back, time.UTC)
	}
	if route, company := routeOf(path); company != 0 && slices.Contains(ofCompany, route) {
		q.segments[1] = strconv.Itoa(r.visited(company))
	}
	return q
}

// ofCompany are the routes of a company that a branch may answer for another.
var ofCompany = []string{"book_services", "book_staff", "book_dates", "book_times", "services", "activity", "privacy_policy"}

// visited is the company itself, or a branch that the walk has visited for one that it has not: of a large chain it
// visits a few.
func (r *replay) visited(company int) int {
	first := 0
	for i := range r.Answers {
		route, id := routeOf(r.Answers[i].Path)
		switch {
		case route != "book_services":
		case id == company:
			return company
		case first == 0:
			first = id
		}
	}
	return cmp.Or(first, company)
}

// likeness says how well a recorded answer answers a question, 0 not at all. The path must be the same, but that one
// master's or day's times stand for another's.
func (q replayQuestion) likeness(a *recording.Answer) int {
	segments := strings.Split(a.Path, "/")
	if a.Method != http.MethodGet || len(segments) != len(q.segments) {
		return 0
	}
	score := 1000
	for i, segment := range segments {
		switch {
		case segment == q.segments[i]:
		case segments[0] == "book_times" && i == 2:
			score -= 300
		case segments[0] == "book_times" && i == 3:
			score -= 100
		default:
			return 0
		}
	}
	values := a.Values()
	if max(pageOf(values), 1) != max(pageOf(q.query), 1) {
		return 0
	}
	for _, name := range parameters(values, q.query) {
		if slices.Contains(moving, name) {
			if values.Has(name) != q.query.Has(name) {
				score -= 10
			}
			continue
		}
		if !slices.Equal(slices.Sorted(slices.Values(values[name])), slices.Sorted(slices.Values(q.query[name]))) {
			score -= 20
		}
	}
	if a.Language != q.lang {
		score--
	}
	return max(score, 1)
}

func pageOf(values url.Values) int {
	n, _ := strconv.Atoi(values.Get("page"))
	return n
}

// parameters are the names of either.
func parameters(a, b url.Values) []string {
	all := map[string]bool{}
	for _, values := range []url.Values{a, b} {
		for name, list := range values {
			if len(list) > 0 && list[0] != "" {
				all[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// best is the answer that fits a question best, nil when none does.
func (r *replay) best(q replayQuestion) *recording.Answer {
	var found *recording.Answer
	most := 0
	for i := range r.Answers {
		if score := q.likeness(&r.Answers[i]); score > most {
			found, most = &r.Answers[i], score
		}
	}
	return found
}

// answer serves what was recorded.
func (r *replay) answer(c *call) (reply, error) {
	now := r.days(c.now)
	q := r.ask(c, now)
	_, company := routeOf(strings.Join(q.segments, "/"))
	zone := r.zone(company)
	found := r.best(q)
	if found == nil {
		return r.unrecorded(c, q, now, zone)
	}
	days := now
	if q.segments[0] == "book_times" && len(q.segments) == 4 {
		if !r.isFree(q) {
			return reply{data: list{}}, nil
		}
		days += between(strings.Split(found.Path, "/")[3], q.segments[3])
	}
	return reply{}, raw(found, recording.Move(found.Bytes(), days, zone))
}

// raw is an answer as it was, in status and spelling.
func raw(a *recording.Answer, body []byte) error {
	return &nonsense{status: a.Status, contentType: cmp.Or(a.ContentType, "application/json"), body: string(body)}
}

// between is how many days lie between two days.
func between(from, to string) int {
	a, errA := time.Parse(time.DateOnly, from)
	b, errB := time.Parse(time.DateOnly, to)
	if errA != nil || errB != nil {
		return 0
	}
	return int(b.Sub(a) / (24 * time.Hour))
}

// isFree says whether a day, in the days of the recording, is one that the recording does not know to be full.
func (r *replay) isFree(q replayQuestion) bool {
	query := url.Values{"staff_id": {q.segments[2]}}
	maps.Copy(query, q.query)
	if q.segments[2] == "0" {
		query.Del("staff_id")
	}
	dates := r.best(replayQuestion{segments: []string{"book_dates", q.segments[1]}, query: query, lang: q.lang})
	if dates == nil {
		return true
	}
	var list []any
	if data, ok := dataOf(dates).(map[string]any); ok {
		list, _ = data["booking_dates"].([]any)
	}
	named := slices.ContainsFunc(list, func(day any) bool { _, ok := day.(string); return ok })
	return !named || slices.Contains(list, any(q.segments[3]))
}

// unrecorded answers what was not asked in the walk, as far as the rest of it tells.
func (r *replay) unrecorded(c *call, q replayQuestion, days int, zone *time.Location) (reply, error) {
	switch {
	case q.segments[0] == "i18n" && len(q.segments) == 2:
		c.request.SetPathValue("lang", q.segments[1])
		return showI18n(c)
	case pageOf(q.query) > 1:
		return reply{data: list{}}, nil
	case q.segments[0] == "activity" && len(q.segments) == 3:
		if event := r.element("activity/"+q.segments[1]+"/search", q.segments[2]); event != nil {
			return r.moved(event, always, days, zone)
		}
	case q.segments[0] == "company" && len(q.segments) == 2:
		if company := r.element("companies", q.segments[1]); company != nil {
			return r.moved(company, byAccept, days, zone)
		}
	case q.segments[0] == "services" || q.segments[0] == "staff":
		return reply{}, c.refuse(http.StatusForbidden, "error.rights")
	}
	return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
}

// element finds one object by its id in a recorded list, or in the lists of a recorded object.
func (r *replay) element(path, id string) map[string]any {
	n, err := strconv.Atoi(id)
	if err != nil {
		return nil
	}
	for i := range r.Answers {
		if r.Answers[i].Path != path || r.Answers[i].Status >= http.StatusBadRequest {
			continue
		}
		if found := withID(dataOf(&r.Answers[i]), n); len(found) > 0 {
			return found[0]
		}
	}
	return nil
}

// moved is a recorded object in an envelope of ours.
func (r *replay) moved(data any, style envelope, days int, zone *time.Location) (reply, error) {
	text, err := json.Marshal(data)
	if err != nil {
		return reply{}, err //nolint:wrapcheck // it came from JSON
	}
	return reply{data: json.RawMessage(recording.Move(bytes.TrimSpace(text), days, zone)), style: style}, nil
}

// form tells the recorded form from the seed's.
func (r *replay) form() form {
	out := form{id: r.Form, title: "Replay", description: "recorded on " + r.Made.Format(time.DateOnly) + ", moved by whole weeks"}
	for i := range r.Answers {
		if data, ok := dataOf(&r.Answers[i]).(map[string]any); ok && r.Answers[i].Path == "bookform/"+strconv.Itoa(r.Form) {
			out.company, _ = strconv.Atoi(textOf(data["company_id"]))
			out.group, _ = strconv.Atoi(textOf(data["group_id"]))
		}
	}
	return out
}

// route are the paths of a replay. What is read comes from the recording, what is done is done to visits of its own.
func (r *replay) route(read func(string, endpoint), change func(method, path string, e endpoint)) {
	change("POST", "/book_code/{company}", func(c *call) (reply, error) {
		if _, _, err := r.companyOf(c); err != nil {
			return reply{}, err
		}
		return sendCodeTo(c)
	})
	change("POST", "/book_check/{company}", func(c *call) (reply, error) {
		if _, _, err := r.companyOf(c); err != nil {
			return reply{}, err
		}
		return created(), nil
	})
	change("POST", "/book_record/{company}", r.book)
	change("PUT", "/book_record/{company}/{record}", r.move)
	read("/book_record/{company}/{record}/{hash}", r.showRecord)
	read("/user/records", r.listVisits)
	read("/user/records/{record}", r.show)
	read("/user/records/{record}/{hash}", r.show)
	change("DELETE", "/user/records/{record}", r.cancel)
	change("DELETE", "/user/records/{record}/{hash}", r.cancel)
	change("POST", "/activity/{company}/{event}/book", r.bookEvent)
	read("/", r.answer)
	change("", "/", func(c *call) (reply, error) { return reply{}, c.refuse(http.StatusNotFound, "error.notfound") })
}
