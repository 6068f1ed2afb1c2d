package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func (b *bench) signIn(path, body string) map[string]any {
	b.t.Helper()
	got := b.do(http.StatusCreated, http.MethodPost, path, body)
	var u map[string]any
	text := got.body
	if path != "booking/auth" && !b.bare { // the other two are in the envelope that Accept asks for
		var whole struct{ Data json.RawMessage }
		if err := json.Unmarshal(text, &whole); err != nil {
			b.t.Fatalf("%s = %s: %v", path, got.body, err)
		}
		text = whole.Data
	}
	if err := json.Unmarshal(text, &u); err != nil {
		b.t.Fatalf("%s = %s: %v", path, got.body, err)
	}
	token, ok := u["user_token"].(string)
	if !ok || token == "" {
		b.t.Fatalf("%s = %v, want a user with a token", path, u)
	}
	b.user = token
	return u
}

func (b *bench) lastCode() string {
	b.t.Helper()
	all := b.Messages()
	if len(all) == 0 {
		b.t.Fatal("no message was sent")
	}
	return all[len(all)-1].Code
}

func TestSignInByCode(t *testing.T) {
	b := newBench(t, nil)
	b.do(http.StatusCreated, http.MethodPost, "book_code/501", `{"phone":"79035550000"}`)
	b.refused(http.StatusUnprocessableEntity, http.MethodPost, "user/auth", `{"phone":"79035550000","code":"x"}`)
	u := b.signIn("user/auth", `{"phone":"79035550000","code":`+b.lastCode()+`}`) // a number, as one sample has it
	if u["phone"] != "79035550000" {
		t.Errorf("user = %v", u)
	}
	b.refused(http.StatusUnprocessableEntity, http.MethodPost, "user/auth", `{"phone":"79035550000","code":"`+b.lastCode()+`"}`)

	// Signed in, with the same phone, no code is asked for.
	_, free := b.nearest("book_staff_seances/502/0?service_ids=502001")
	record, _ := b.book("502", order(map[string]any{"phone": "79035550000"}, visit(1, 0, free[0].Datetime, 502001)))
	var own []struct{ ID int }
	b.data("user/records/?company_id=502", &own)
	if len(own) != 1 || own[0].ID != record {
		t.Errorf("own records = %v, want %d", own, record)
	}
	b.do(http.StatusCreated, http.MethodGet, "user/records/"+strconv.Itoa(record)+"/", "") // no hash needed
	e := b.refused(http.StatusUnprocessableEntity, http.MethodPost, "book_record/502", order(nil, visit(1, 0, free[0].Datetime, 502001)))
	if e.Meta.Errors[0].Code != codeSMS {
		t.Errorf("another phone = %+v, want 432", e)
	}
}

// Of the three sign-ins two follow Accept and one never has an envelope; the token is the same.
func TestSignInsWithoutAnEnvelope(t *testing.T) {
	b := newBench(t, nil)
	b.bare = true
	b.signIn("auth", `{"login":"+79001112233","password":"sandbox"}`)
	token := b.user
	if b.signIn("booking/auth", `{"login":"+79001112233","password":"sandbox"}`); b.user != token {
		t.Error("two ways in, two tokens")
	}
	b.do(http.StatusCreated, http.MethodPost, "book_code/501", `{"phone":"79035550000"}`)
	b.signIn("user/auth", `{"phone":"79035550000","code":"`+b.lastCode()+`"}`)
}

func TestSignInByPassword(t *testing.T) {
	b := newBench(t, nil)
	b.refused(http.StatusUnauthorized, http.MethodGet, "user/records", "")
	b.refused(http.StatusUnauthorized, http.MethodPost, "booking/auth", `{"login":"anna@example.com","password":"no"}`)
	b.refused(http.StatusUnauthorized, http.MethodPost, "booking/auth", `{"login":"","password":""}`)
	b.signIn("booking/auth", `{"login":"+79001112233","password":"sandbox"}`)
	b.signIn("auth?login=anna@example.com&password=sandbox", "")
	var own []struct {
		ID   int
		Date string
	}
	b.data("user/records", &own)
	if len(own) != 4 {
		t.Errorf("the demo customer has %d visits, want two past and two to come", len(own))
	}
	var slots struct {
		Weekdays []struct{ Weekday int } `json:"weekdays_settings"`
	}
	b.data("company/501/settings/timeslots", &slots)
	if len(slots.Weekdays) != 7 || slots.Weekdays[0].Weekday != 1 || slots.Weekdays[6].Weekday != 7 {
		t.Errorf("timeslots = %+v", slots)
	}
}

func TestSecondFactor(t *testing.T) {
	b := newBench(t, nil)
	got := b.do(http.StatusOK, http.MethodPost, "auth", `{"login":"boris@example.com","password":"sandbox"}`)
	var challenge struct {
		Data struct {
			UUID      string
			Transport struct{ Type, Recipient string }
		}
	}
	if err := json.Unmarshal(got.body, &challenge); err != nil || challenge.Data.UUID == "" || challenge.Data.Transport.Type != "sms" || strings.Contains(challenge.Data.Transport.Recipient, "900") {
		t.Fatalf("challenge = %s", got.body)
	}
	b.refused(http.StatusUnprocessableEntity, http.MethodPost, "auth", `{"uuid":"`+challenge.Data.UUID+`","code":"0"}`)
	b.refused(http.StatusUnprocessableEntity, http.MethodPost, "auth", `{"uuid":"other","code":"`+b.lastCode()+`"}`)
	b.signIn("auth", `{"uuid":"`+challenge.Data.UUID+`","code":"`+b.lastCode()+`"}`)
	b.refused(http.StatusUnprocessableEntity, http.MethodPost, "auth", `{"uuid":"`+challenge.Data.UUID+`","code":"`+b.lastCode()+`"}`)
}

func TestProfile(t *testing.T) {
	b := newBench(t, nil)
	for _, path := range []string{"booking/user/data", "booking/user/phone_confirmation?company_id=501&phone=79035550000"} {
		b.refused(http.StatusUnauthorized, http.MethodGet, path, "")
	}
	b.signIn("booking/auth", `{"login":"anna@example.com","password":"sandbox"}`)
	b.refused(http.StatusBadRequest, http.MethodGet, "booking/user/phone_confirmation?phone=79035550000", "")
	b.do(http.StatusAccepted, http.MethodGet, "booking/user/phone_confirmation?group_id=60&phone=79035550000", "")
	b.refused(http.StatusUnprocessableEntity, http.MethodPut, "booking/user", `{"phone":"79035550000"}`)
	b.refused(http.StatusUnprocessableEntity, http.MethodPut, "booking/user", `{"name":" "}`)
	b.refused(http.StatusUnprocessableEntity, http.MethodPut, "booking/user", `{"email":"nonsense"}`)
	got := b.do(http.StatusAccepted, http.MethodPut, "booking/user", `{"name":"Аня","email":"anya@example.com","phone":"79035550000","confirmation_code":"`+b.lastCode()+`"}`)
	if !strings.Contains(string(got.body), `"Accepted"`) {
		t.Errorf("PUT booking/user = %s", got.body)
	}
	var u map[string]any
	if err := json.Unmarshal(b.do(http.StatusOK, http.MethodGet, "booking/user/data", "").body, &u); err != nil || u["name"] != "Аня" || u["phone"] != "79035550000" || u["0"] != u["user_token"] {
		t.Errorf("user = %v (%v)", u, err)
	}
	var own []any
	if b.data("user/records", &own); len(own) != 4 {
		t.Errorf("%d visits after the phone changed, want them kept", len(own))
	}
	b.refused(http.StatusUnprocessableEntity, http.MethodPut, "booking/user/password", `{"old_password":"x","new_password":"y"}`)
	var changed struct {
		Token string `json:"user_token"`
	}
	got = b.do(http.StatusOK, http.MethodPut, "booking/user/password", `{"old_password":"sandbox","new_password":"garden"}`)
	var envelope struct{ Data json.RawMessage }
	if err := json.Unmarshal(got.body, &envelope); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(envelope.Data, &changed); err != nil || changed.Token == b.user || changed.Token == "" {
		t.Errorf("password = %s", got.body)
	}
	b.refused(http.StatusUnauthorized, http.MethodGet, "user/records", "") // the old token is dead
	b.user = changed.Token
	b.do(http.StatusOK, http.MethodGet, "user/records", "")
}

type eventJSON struct {
	ID        int
	Date      string
	Timestamp int64
	Capacity  int
	Taken     int `json:"records_count"`
	Service   struct{ ID int }
}

func TestEvents(t *testing.T) {
	b := newBench(t, nil)
	var found []eventJSON
	b.data("activity/901/search/?from=2026-09-02&till=2026-09-30&count=300", &found)
	if len(found) < 10 {
		t.Fatalf("%d events, want a month of them", len(found))
	}
	tallinn, _ := time.LoadLocation("Europe/Tallinn")
	for i, e := range found {
		at, err := time.ParseInLocation(sqlLocal, e.Date, tallinn)
		if err != nil || e.Date < "2026-09-02" || e.Date > "2026-10-01" || i > 0 && e.Date < found[i-1].Date {
			t.Errorf("event %+v", e)
		}
		if at.Unix() == e.Timestamp {
			t.Errorf("timestamp of %s is right; the vendor's is not", e.Date)
		}
	}
	var past, page []eventJSON
	b.data("activity/901/search?from=2026-08-25&weekly_schedule=1&till=2026-08-31", &past)
	b.data("activity/901/search?from=2026-08-25&count=3&page=2", &page)
	if len(past) == 0 || len(page) != 3 || page[0].Date < "2026-09-01" {
		t.Errorf("past = %v, page = %v", past, page)
	}
	var days []string
	b.data("activity/901/search_dates", &days)
	var bounds struct {
		Min, Max *string
		From     *string `json:"min_date"`
		To       *string `json:"max_date"`
	}
	b.data("activity/901/search_dates_range", &bounds)
	if len(days) < 10 || bounds.From == nil || *bounds.From != days[len(days)-1] || *bounds.To != days[0] {
		t.Errorf("days = %v, range = %v..%v", days, bounds.From, bounds.To)
	}
	bounds.From = nil
	if b.data("activity/501/search_dates_range", &bounds); bounds.From != nil {
		t.Errorf("range without events = %v, want null", *bounds.From)
	}
	var filters []struct {
		Code string
		Data []struct {
			ID       int
			Disabled bool `json:"is_disabled"`
		}
	}
	b.data("activity/901/filters?service_ids[]="+strconv.Itoa(found[0].Service.ID), &filters)
	disabled := 0
	for _, d := range filters[0].Data {
		disabled += oneIf(d.Disabled)
	}
	if filters[0].Code != "service" || len(filters[0].Data) != 2 || disabled != 1 {
		t.Errorf("filters = %+v, want two services, one disabled", filters)
	}
	var services []struct{ ID int }
	if b.data("activity/901/services", &services); len(services) != 2 {
		t.Errorf("services = %v", services)
	}
	one := b.do(http.StatusOK, http.MethodGet, "activity/901/"+strconv.Itoa(found[0].ID), "")
	if strings.Contains(string(one.body), "timestamp") {
		t.Error("a single event has a timestamp, undocumented")
	}
	b.refused(http.StatusNotFound, http.MethodGet, "activity/501/"+strconv.Itoa(found[0].ID), "")
}

func TestEventSeats(t *testing.T) {
	b := newBench(t, nil)
	var found []eventJSON
	b.data("activity/901/search?from=2026-09-02&count=300", &found)
	var e eventJSON
	for _, candidate := range found {
		if candidate.Capacity-candidate.Taken == 2 {
			e = candidate
		}
	}
	if e.ID == 0 {
		t.Fatal("no event with two places left")
	}
	path := "activity/901/" + strconv.Itoa(e.ID) + "/book"
	seats := func(n int) string { return order(map[string]any{"clients_count": n, "code": ""}) }
	b.refused(http.StatusUnprocessableEntity, http.MethodPost, path, seats(3))
	b.refused(http.StatusUnprocessableEntity, http.MethodPost, path, seats(maxSeats+1))
	got := b.do(http.StatusOK, http.MethodPost, path, seats(2))
	var place struct {
		Data struct {
			ID   int
			Hash string
		}
	}
	if err := json.Unmarshal(got.body, &place); err != nil || place.Data.Hash == "" {
		t.Fatalf("book = %s", got.body)
	}
	b.refused(http.StatusUnprocessableEntity, http.MethodPost, path, seats(1))
	own := "/" + strconv.Itoa(place.Data.ID) + "/" + place.Data.Hash
	r := b.do(http.StatusOK, http.MethodGet, "book_record/901"+own, "")
	if !strings.Contains(string(r.body), `"activity_id":`+strconv.Itoa(e.ID)) || !strings.Contains(string(r.body), `"clients_count":2`) {
		t.Errorf("record of a place = %s", r.body)
	}
	b.do(http.StatusNoContent, http.MethodDelete, "user/records"+own, "")
	b.do(http.StatusOK, http.MethodPost, path, seats(1)) // the places are free again
}
