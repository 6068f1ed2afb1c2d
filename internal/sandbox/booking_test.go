package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestBookingTakesTheSlot(t *testing.T) {
	b := newBench(t, nil)
	day, free := b.nearest("book_staff_seances/501/50101?service_ids[]=501001")
	record, hash := b.book("501", order(map[string]any{"api_id": 77, "comment": "Тихо"}, visit(4, 50101, free[0].Datetime, 501001)))

	var left []seanceJSON
	b.data("book_times/501/50101/"+day+"?service_ids=501001", &left)
	for _, s := range left {
		if s.Datetime == free[0].Datetime {
			t.Errorf("%s is offered although booked", s.Datetime)
		}
	}
	got := b.do(http.StatusOK, http.MethodGet, fmt.Sprintf("book_record/501/%d/%s", record, hash), "")
	var r struct {
		ID              int
		Datetime        string
		Length          int
		Comment         string
		Deleted         bool
		APIID           string `json:"api_id"`
		MasterRequested bool   `json:"master_requested"`
		Services        []struct{ ID, Cost int }
	}
	if err := json.Unmarshal(got.body, &r); err != nil {
		t.Fatal(err)
	}
	if r.ID != record || r.Length != free[0].Length || r.Comment != "Тихо" || r.APIID != "77" || r.Deleted || !r.MasterRequested || len(r.Services) != 1 || r.Services[0].ID != 501001 {
		t.Errorf("record = %+v", r)
	}
	if at, err := time.Parse(isoNoColon, r.Datetime); err != nil || at.Format(time.RFC3339) != free[0].Datetime {
		t.Errorf("record's datetime = %s, want %s without the colon", r.Datetime, free[0].Datetime)
	}
}

// Every slot offered in the coming days can be booked, whatever the company,
// the master or the services, until it is gone.
func TestEveryOfferedSlotCanBeBooked(t *testing.T) {
	for _, tt := range []struct{ company, staff, services string }{
		{"501", "0", "501001,501004"}, {"501", "50103", "501010"}, {"603", "0", "603001"}, {"801", "0", ""}, {"902", "0", "902001"},
	} {
		b := newBench(t, nil)
		var ids []int
		for part := range strings.SplitSeq(tt.services, ",") {
			if id, err := strconv.Atoi(part); err == nil {
				ids = append(ids, id)
			}
		}
		staff, _ := strconv.Atoi(tt.staff)
		booked := 0
		for range 12 {
			_, free := b.nearest("book_staff_seances/" + tt.company + "/" + tt.staff + "?service_ids=" + tt.services)
			slot := free[booked%len(free)]
			body := order(map[string]any{"surname": "Иванова"}, visit(1, staff, slot.Datetime, ids...))
			b.do(http.StatusCreated, http.MethodPost, "book_check/"+tt.company, body)
			b.book(tt.company, body)
			booked++
		}
		noOverlaps(t, b)
	}
}

// noOverlaps checks the diary of every master.
func noOverlaps(t *testing.T, b *bench) {
	t.Helper()
	visits := make(map[int][]Record)
	for _, r := range b.Records() {
		if !r.Deleted && r.Activity == 0 {
			visits[r.Staff] = append(visits[r.Staff], r)
		}
	}
	for staff, all := range visits {
		for i, r := range all {
			for _, other := range all[:i] {
				if r.Start.Before(other.Start.Add(other.Length)) && other.Start.Before(r.Start.Add(r.Length)) {
					t.Fatalf("master %d has records %d and %d at once", staff, other.ID, r.ID)
				}
			}
		}
	}
}

func TestAnyMasterIsAFreeOne(t *testing.T) {
	b := newBench(t, nil)
	_, free := b.nearest("book_staff_seances/801/0?service_ids[]=801001")
	var masters []int
	for i := range 10 {
		staff := []any{0, -1, "0", "-1"}[i%4]
		body := order(nil, visit(1, staff, free[0].Datetime, 801001))
		got, err := b.try(http.MethodPost, "book_record/801", body)
		if err != nil {
			t.Fatal(err)
		}
		if got.status == http.StatusUnprocessableEntity {
			if !strings.Contains(string(got.body), `"code":436`) {
				t.Errorf("nobody free = %s, want code 436", got.body)
			}
			break
		}
		all := b.Booked()
		masters = append(masters, all[len(all)-1].Staff)
	}
	if len(masters) == 0 || len(masters) > 3 {
		t.Errorf("booked %v, want between one and three masters, each once", masters)
	}
	noOverlaps(t, b)
}

func TestParallelBookingsOfOneSlot(t *testing.T) {
	b := newBench(t, nil)
	_, free := b.nearest("book_staff_seances/501/50103?service_ids[]=501010")
	body := order(nil, visit(1, 50103, free[0].Datetime, 501010))
	const presses = 100
	statuses := make(chan int, presses)
	var wg sync.WaitGroup
	for range presses {
		wg.Go(func() {
			got, err := b.try(http.MethodPost, "book_record/501", body)
			if err != nil {
				t.Error(err)
			}
			statuses <- got.status
		})
	}
	wg.Wait()
	close(statuses)
	counts := make(map[int]int)
	for s := range statuses {
		counts[s]++
	}
	if counts[http.StatusCreated] != 1 || counts[http.StatusUnprocessableEntity] != presses-1 {
		t.Errorf("statuses = %v, want one 201 and %d 422", counts, presses-1)
	}
	noOverlaps(t, b)
}

func TestRefusalsOfBooking(t *testing.T) {
	b := newBench(t, nil)
	_, free := b.nearest("book_staff_seances/501/50101?service_ids[]=501001")
	slot := free[0].Datetime
	start, _ := time.Parse(time.RFC3339, slot)
	good := visit(7, 50101, slot, 501001)
	for _, tt := range []struct {
		name    string
		company string
		body    string
		status  int
		code    int
		id      int
	}{
		{"phone", "501", order(map[string]any{"phone": "12"}, good), 422, 431, 0},
		{"phone with letters", "501", order(map[string]any{"phone": "7916abc4567"}, good), 422, 431, 0},
		{"no name", "501", order(map[string]any{"fullname": "  "}, good), 422, 435, 0},
		{"black list", "501", order(map[string]any{"phone": "+" + BlacklistedPhone}, good), 403, 434, 0},
		{"bad e-mail", "501", order(map[string]any{"email": "nonsense"}, good), 400, 400, 0},
		{"no code", "502", order(nil, visit(7, 50201, slot, 502001)), 422, 432, 0},
		{"no comment where it is required", "701", order(nil, good), 422, 422, 0},
		{"no e-mail where it is required", "901", order(map[string]any{"email": ""}, good), 400, 400, 0},
		{"no surname where it is required", "603", order(nil, good), 422, 435, 0},
		{"service of another company", "501", order(nil, visit(7, 50101, slot, 502001)), 422, 438, 7},
		{"inactive service", "501", order(nil, visit(7, 50101, slot, 501009)), 422, 438, 7},
		{"service the master does not do", "501", order(nil, visit(7, 50103, slot, 501001)), 422, 438, 7},
		{"unknown master", "501", order(nil, visit(7, 99999, slot, 501001)), 422, 436, 7},
		{"master who takes no bookings", "501", order(nil, visit(7, 50105, slot)), 422, 436, 7},
		{"services nobody does together", "501", order(nil, visit(7, 0, slot, 501001, 501010)), 422, 436, 7},
		{"the past", "501", order(nil, visit(7, 50101, "2026-08-31T12:00:00+03:00", 501001)), 422, 433, 7},
		{"off the grid", "501", order(nil, visit(7, 50101, start.Add(7*time.Minute).Format(time.RFC3339), 501001)), 422, 433, 7},
		{"too soon for anyone", "501", order(nil, visit(7, 0, "2026-09-01T12:30:00+03:00", 501001)), 422, 436, 7},
		{"twice the same time", "501", order(nil, good, visit(8, 50101, slot, 501001)), 422, 437, 8},
		{"not a moment", "501", order(nil, visit(7, 50101, "soon", 501001)), 422, 422, 7},
	} {
		e := b.refused(tt.status, http.MethodPost, "book_record/"+tt.company, tt.body)
		if len(e.Meta.Errors) != 1 || e.Meta.Errors[0].Code != tt.code || e.Meta.Message == "" || e.Success || e.Data != nil {
			t.Errorf("%s: errors = %+v, want one with code %d", tt.name, e, tt.code)
			continue
		}
		if id := e.Meta.Errors[0].ID; (id == nil) != (tt.id == 0) || id != nil && *id != tt.id {
			t.Errorf("%s: id = %v, want %d", tt.name, id, tt.id)
		}
	}
	b.refused(http.StatusBadRequest, http.MethodPost, "book_record/501", `{`)
	b.refused(http.StatusBadRequest, http.MethodPost, "book_record/501", order(nil))
	b.refused(http.StatusNotFound, http.MethodPost, "book_record/12345", order(nil, good))
	b.refused(http.StatusPaymentRequired, http.MethodPost, "book_record/990", order(nil, good))
	for _, r := range b.Booked() {
		t.Errorf("record %d exists after refusals alone", r.ID)
	}
}

func TestSeveralVisitsInOneRequest(t *testing.T) {
	b := newBench(t, nil)
	_, hair := b.nearest("book_staff_seances/501/50101?service_ids[]=501003")
	_, nails := b.nearest("book_staff_seances/501/50103?service_ids[]=501012&datetime=2026-09-04T00:00:00%2B0300")
	bad := order(nil, visit(1, 50101, hair[0].Datetime, 501003), visit(2, 50103, "2026-09-05T03:00:00+0300", 501012), visit(3, 0, nails[0].Datetime, 1))
	e := b.refused(http.StatusUnprocessableEntity, http.MethodPost, "book_record/501", bad)
	if len(e.Meta.Errors) != 2 || *e.Meta.Errors[0].ID != 2 || *e.Meta.Errors[1].ID != 3 {
		t.Errorf("errors = %+v, want one for visit 2 and one for visit 3", e.Meta.Errors)
	}
	good := order(nil, visit(5, 50101, hair[0].Datetime, 501003), visit(4, 50103, nails[0].Datetime, 501012))
	got := b.do(http.StatusCreated, http.MethodPost, "book_record/501", good)
	var booked bookedJSON
	if err := json.Unmarshal(got.body, &booked); err != nil || len(booked.Data) != 2 || booked.Data[0].ID != 5 || booked.Data[1].ID != 4 || len(booked.Data[0].Hash) != 32 {
		t.Errorf("book_record = %s, want two records in the order of the request", got.body)
	}
}

func TestMomentsInEverySpelling(t *testing.T) {
	riga, _ := time.LoadLocation("Europe/Riga")
	want := time.Date(2026, 12, 1, 12, 0, 0, 0, riga)
	for _, text := range []string{
		"2026-12-01T12:00:00+02:00", "2026-12-01T12:00:00+0200", "2026-12-01T10:00:00Z", "2026-12-01T12:00:00.000+02:00",
		"2026-12-01T12:00:00", "2026-12-01 12:00:00", "2026-12-01T12:00", "2026-12-01 12:00", strconv.FormatInt(want.Unix(), 10),
	} {
		if got, err := parseInstant(text, riga); err != nil || !got.Equal(want) {
			t.Errorf("parseInstant(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "tomorrow", "2026-13-01T12:00:00", "2026-12-01T12:00:00 0200", "-5"} {
		if got, err := parseInstant(text, riga); err == nil {
			t.Errorf("parseInstant(%q) = %v, want an error", text, got)
		}
	}
}

func TestCheckAcceptsTheBareArray(t *testing.T) {
	b := newBench(t, nil)
	_, free := b.nearest("book_staff_seances/501/0?service_ids[]=501001")
	at, _ := time.Parse(time.RFC3339, free[0].Datetime)
	for _, body := range []string{
		fmt.Sprintf(`[{"id":1,"services":[501001],"staff_id":0,"datetime":%d}]`, at.Unix()),
		fmt.Sprintf(`{"appointments":[{"id":"1","services":["501001"],"staff_id":"-1","datetime":%q}]}`, at.Format("2006-01-02T15:04:05")),
	} {
		got := b.do(http.StatusCreated, http.MethodPost, "book_check/501/", body)
		if strings.Contains(string(got.body), `"data"`) || !strings.Contains(string(got.body), `"Created"`) {
			t.Errorf("book_check = %s, want the envelope without data", got.body)
		}
	}
	b.bare = true
	if got := b.do(http.StatusCreated, http.MethodPost, "book_check/501", order(nil, visit(1, 0, free[0].Datetime, 501001))); len(got.body) != 0 {
		t.Errorf("v1 book_check = %q, want an empty body", got.body)
	}
}

func TestSMSCode(t *testing.T) {
	b := newBench(t, nil)
	_, free := b.nearest("book_staff_seances/502/0?service_ids[]=502001")
	with := func(code any, phone string) string {
		return order(map[string]any{"code": code, "phone": phone}, visit(1, 0, free[0].Datetime, 502001))
	}
	last := func() string {
		all := b.Messages()
		return all[len(all)-1].Code
	}
	const phone = "79161234567"
	send := func() {
		b.do(http.StatusCreated, http.MethodPost, "book_code/502", `{"phone":"+7 (916) 123-45-67","fulname":"Ира"}`)
	}
	wrong := func(code string) string { return strconv.Itoa(1000 + (mustAtoi(t, code)-1000+1)%9000) }
	refuse := func(why string, body string) {
		t.Helper()
		if e := b.refused(http.StatusUnprocessableEntity, http.MethodPost, "book_record/502", body); e.Meta.Errors[0].Code != codeSMS {
			t.Errorf("%s: code %d, want 432", why, e.Meta.Errors[0].Code)
		}
	}
	send()
	refuse("wrong code", with(wrong(last()), phone))
	refuse("another phone's code", with(last(), "79160000000"))
	for range codeTries {
		refuse("wrong code", with(wrong(last()), phone))
	}
	refuse("right code after too many wrong ones", with(last(), phone))
	send()
	b.clock.advance(codeLife + time.Second)
	refuse("late code", with(last(), phone))
	old := last()
	for send(); last() == old; send() {
	}
	refuse("the code before the last", with(old, phone))
	number, _ := strconv.Atoi(last())
	b.book("502", with(number, phone))
	_, free = b.nearest("book_staff_seances/502/0?service_ids[]=502001")
	refuse("a code used twice", with(last(), phone))
	b.refused(http.StatusUnprocessableEntity, http.MethodPost, "book_code/502", `{"phone":"1"}`)
}

func mustAtoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMoveAndCancel(t *testing.T) {
	b := newBench(t, nil)
	_, free := b.nearest("book_staff_seances/501/50101?service_ids[]=501001&datetime=2026-09-05T00:00:00%2B03:00")
	if len(free) < 2 {
		t.Fatalf("want two free slots, got %v", free)
	}
	from, to := free[0].Datetime, free[len(free)-1].Datetime
	record, hash := b.book("501", order(nil, visit(1, 50101, from, 501001)))
	path := fmt.Sprintf("book_record/501/%d", record)
	move := func(to string) string { return fmt.Sprintf(`{"datetime":%q,"comment":"позже"}`, to) }

	if e := b.refused(http.StatusUnprocessableEntity, http.MethodPut, path, move("2026-09-06T03:00:00+03:00")); e.Meta.Errors[0].Code != codeTaken {
		t.Errorf("move to the night = %+v, want 433", e)
	}
	b.do(http.StatusOK, http.MethodPut, path, move(to))
	b.do(http.StatusOK, http.MethodPut, path, move(to)) // its own slot is not in the way
	b.refused(http.StatusNotFound, http.MethodPut, fmt.Sprintf("book_record/502/%d", record), move(from))
	b.refused(http.StatusBadRequest, http.MethodPut, path, move("later"))

	b.refused(http.StatusNotFound, http.MethodGet, path+"/"+strings.Repeat("0", 32), "")
	b.refused(http.StatusNotFound, http.MethodGet, "book_record/501/1/"+hash, "")
	own := fmt.Sprintf("user/records/%d/%s", record, hash)
	got := b.do(http.StatusCreated, http.MethodGet, own, "") // 201 on a GET, an array of one
	var one struct {
		Data []struct{ Datetime, Comment string }
	}
	if err := json.Unmarshal(got.body, &one); err != nil || len(one.Data) != 1 || one.Data[0].Comment != "позже" || one.Data[0].Datetime[:16] != to[:16] {
		t.Errorf("user/records = %s", got.body)
	}
	b.refused(http.StatusUnauthorized, http.MethodDelete, fmt.Sprintf("user/records/%d/", record), "")
	if got := b.do(http.StatusNoContent, http.MethodDelete, own, ""); len(got.body) != 0 {
		t.Errorf("DELETE answers %q, want nothing", got.body)
	}
	b.refused(http.StatusNotFound, http.MethodDelete, own, "")
	b.refused(http.StatusNotFound, http.MethodPut, path, move(from))
	b.book("501", order(nil, visit(1, 50101, to, 501001))) // the slot is free again
}

func TestChangesHaveADeadline(t *testing.T) {
	b := newBench(t, nil)
	_, free := b.nearest("book_staff_seances/501/50101?service_ids[]=501001")
	record, hash := b.book("501", order(nil, visit(1, 50101, free[0].Datetime, 501001)))
	start, _ := time.Parse(time.RFC3339, free[0].Datetime)
	own := fmt.Sprintf("user/records/%d/%s", record, hash)
	move := fmt.Sprintf(`{"datetime":%q}`, free[0].Datetime)

	b.clock.advance(start.Add(-4 * time.Hour).Sub(b.clock.Now())) // past the five hours for cancelling, not the three for moving
	b.refused(http.StatusUnprocessableEntity, http.MethodDelete, own, "")
	b.do(http.StatusOK, http.MethodPut, fmt.Sprintf("book_record/501/%d", record), move)
	b.clock.advance(90 * time.Minute)
	b.refused(http.StatusUnprocessableEntity, http.MethodPut, fmt.Sprintf("book_record/501/%d", record), move)

	// The barbershop does not let visits move at all.
	_, free = b.nearest("book_staff_seances/701/70101")
	record, _ = b.book("701", order(map[string]any{"comment": "Усы"}, visit(1, 70101, free[0].Datetime)))
	b.refused(http.StatusUnprocessableEntity, http.MethodPut, fmt.Sprintf("book_record/701/%d", record), fmt.Sprintf(`{"datetime":%q}`, free[0].Datetime))
}
