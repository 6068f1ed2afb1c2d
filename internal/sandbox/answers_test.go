package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// mustAnswer sets rules.
func (b *bench) mustAnswer(rules ...Answer) {
	b.t.Helper()
	if err := b.Answer(rules...); err != nil {
		b.t.Fatal(err)
	}
}

// read decodes the data of an answer, with or without an envelope.
func (b *bench) read(status int, path string, into any) {
	b.t.Helper()
	body := b.do(status, http.MethodGet, path, "").body
	if !b.bare {
		var whole struct{ Data json.RawMessage }
		if err := json.Unmarshal(body, &whole); err != nil {
			b.t.Fatal(err)
		}
		body = whole.Data
	}
	if err := json.Unmarshal(body, into); err != nil {
		b.t.Fatalf("%s: %v in %s", path, err, body)
	}
}

type anything = map[string]any

func TestAnswersMergeIntoTheData(t *testing.T) {
	for _, bare := range []bool{false, true} {
		b := newBench(t, nil)
		b.bare = bare
		b.mustAnswer(
			Answer{Path: "company/501", Merge: anything{"phone": "8 (495) 123-45-67", "site": nil}, Remove: []string{"timezone_name", "currency_short_title.x"}},
			Answer{Path: "/book_services/*", ID: 501001, Merge: anything{"price_min": 3801, "price_max": 0}},
			Answer{Path: "book_staff/501", Merge: anything{"rating": 1}}, // a list: every element
			Answer{Path: "book_staff/501", ID: 50102, Merge: anything{"name": "Мария"}},
		)
		var company anything
		b.read(http.StatusOK, "company/501", &company)
		site, there := company["site"]
		if company["phone"] != "8 (495) 123-45-67" || site != nil || !there || company["title"] == "" {
			t.Errorf("company = %v", company)
		}
		if _, there := company["timezone_name"]; there {
			t.Error("a removed field is sent")
		}
		var menu struct{ Services []anything }
		b.read(http.StatusOK, "book_services/501", &menu)
		changed := 0
		for _, s := range menu.Services {
			if s["price_min"] == 3801.0 {
				changed++
				if s["id"] != 501001.0 || s["price_max"] != 0.0 || s["title"] == "" {
					t.Errorf("changed service = %v", s)
				}
			}
		}
		if changed != 1 {
			t.Errorf("%d services changed, want one", changed)
		}
		var staff []anything
		b.read(http.StatusOK, "book_staff/501", &staff)
		for _, m := range staff {
			if m["rating"] != 1.0 || (m["id"] == 50102.0) != (m["name"] == "Мария") {
				t.Errorf("master = %v", m)
			}
		}
		b.ClearAnswers()
		b.read(http.StatusOK, "company/501", &company)
		if company["phone"] == "8 (495) 123-45-67" {
			t.Error("a cleared rule still answers")
		}
	}
}

// Rules apply in order, each to what the one before has left, and keep nothing of one answer for the next.
func TestAnswersApplyInOrder(t *testing.T) {
	b := newBench(t, nil)
	b.mustAnswer(
		Answer{Path: "company/501", Merge: anything{"phone": "lost"}},
		Answer{Path: "company/501", Body: json.RawMessage(`{"success":true,"data":{"id":501,"photos":[],"service":{"id":7}},"meta":[]}`)},
		Answer{Path: "company/501", Merge: anything{"photos": []anything{{"id": 1, "seen": 0}}, "service": anything{"title": "a"}}},
		Answer{Path: "company/501", ID: 1, Merge: anything{"seen": 1}, Times: 1},
	)
	want := []string{
		`{"data":{"id":501,"photos":[{"id":1,"seen":1}],"service":{"id":7,"title":"a"}},"meta":[],"success":true}`,
		`{"data":{"id":501,"photos":[{"id":1,"seen":0}],"service":{"id":7,"title":"a"}},"meta":[],"success":true}`,
	}
	for i, want := range want {
		if got := b.do(http.StatusOK, http.MethodGet, "company/501", ""); string(got.body) != want {
			t.Errorf("answer %d = %s, want %s", i, got.body, want)
		}
	}
	if calls := b.Calls(); calls[0].Pattern != "/company/{company}" {
		t.Errorf("the call is noted as %q", calls[0].Pattern)
	}
}

func TestAnswersAreForTheirCalls(t *testing.T) {
	b := newBench(t, nil)
	teapot := func(a Answer) Answer { a.Status = http.StatusTeapot; return a }
	for _, c := range []struct {
		rule Answer
		path string
		hit  bool
	}{
		{Answer{Path: "company/*"}, "company/501", true},
		{Answer{Path: "company/*"}, "company/501/settings/timeslots", false},
		{Answer{Path: "company/60?"}, "company/601", true},
		{Answer{Path: "company/60?"}, "company/501", false},
		{Answer{Method: "post"}, "company/501", false},
		{Answer{Method: "get"}, "company/501", true},
		{Answer{Query: "staff_id=50101"}, "book_services/501?staff_id=50101", true},
		{Answer{Query: "staff_id=50101"}, "book_services/501", false},
		{Answer{Query: "staff_id=50101"}, "book_services/501?staff_id=50102", false},
		{Answer{Query: "staff_id="}, "book_services/501?staff_id=50102", false},
		{Answer{Query: "staff_id="}, "book_services/501", true},
		{Answer{Query: "service_ids[]=501002"}, "book_staff/501?service_ids[]=501001&service_ids[]=501002", true},
		{Answer{Query: "service_ids[]=501002&staff_id=*"}, "book_staff/501?service_ids[]=501002", false},
	} {
		b.ClearAnswers()
		b.mustAnswer(teapot(c.rule))
		got, err := b.try(http.MethodGet, c.path, "")
		if err != nil || (got.status == http.StatusTeapot) != c.hit {
			t.Errorf("%+v at %s: %d (%v), want a hit = %v", c.rule, c.path, got.status, err, c.hit)
		}
	}
}

// A rule that replaces an answer replaces the work; one that changes fields lets it be done, and lets refusals be.
func TestAnswersAndTheWork(t *testing.T) {
	b := newBench(t, nil)
	_, free := b.nearest("book_staff_seances/501/50101?service_ids[]=501001")
	at := free[0].Datetime
	b.mustAnswer(Answer{Method: "POST", Path: "book_record/*", Status: 422, Times: 1, Body: json.RawMessage(`{"success":false,"data":null,"meta":{"message":"no"}}`)})
	if got := b.do(http.StatusUnprocessableEntity, http.MethodPost, "book_record/501", order(nil, visit(1, 50101, at, 501001))); !strings.Contains(string(got.body), `"no"`) {
		t.Errorf("refused with %s", got.body)
	}
	if n := b.online(); n != 0 {
		t.Fatalf("%d records after an answer instead of the work", n)
	}
	b.mustAnswer(Answer{Method: "POST", Path: "book_record/*", Status: http.StatusOK, Merge: anything{"record_hash": "h"}})
	if got := b.do(http.StatusOK, http.MethodPost, "book_record/501", order(nil, visit(1, 50101, at, 501001))); !strings.Contains(string(got.body), `"record_hash":"h"`) {
		t.Errorf("booked with %s", got.body)
	}
	if n := b.online(); n != 1 {
		t.Fatalf("%d records after a changed answer", n)
	}
	b.do(http.StatusUnprocessableEntity, http.MethodPost, "book_record/501", order(nil, visit(1, 50101, at, 501001))) // taken
}

func (b *bench) online() int {
	return len(b.Booked())
}

// Dirty companies stay dirty: digits in strings count as ids, and slashes and letters stay escaped.
func TestAnswersKeepTheSpelling(t *testing.T) {
	b := newBench(t, nil)
	b.mustAnswer(Answer{Path: "book_services/901", ID: 901001, Merge: anything{"comment": "a/b <i>ё</i>"}})
	got := b.do(http.StatusOK, http.MethodGet, "book_services/901", "").body
	if !strings.Contains(string(got), `"comment":"a\/b <i>\u0451<\/i>"`) {
		t.Errorf("services = %.300s", got)
	}
}

func TestAnswersOverHTTP(t *testing.T) {
	b := newBench(t, nil)
	const at = ownPrefix + "/answers"
	b.do(http.StatusCreated, http.MethodPost, at, ` {"path": "company/501", "merge": {"phone": "1"}}`)
	b.do(http.StatusCreated, http.MethodPost, at, `[{"path": "company/501", "merge": {"site": "s"}}, {"method": "GET", "path": "cities", "status": 503}]`)
	var company anything
	b.read(http.StatusOK, "company/501", &company)
	if company["phone"] != "1" || company["site"] != "s" {
		t.Errorf("company = %v", company)
	}
	b.do(http.StatusServiceUnavailable, http.MethodGet, "cities", "")
	want := `[{"path":"company/501","merge":{"phone":"1"},"used":1},{"path":"company/501","merge":{"site":"s"},"used":1},{"method":"GET","path":"cities","status":503,"used":1}]`
	if got := b.do(http.StatusOK, http.MethodGet, at, ""); string(got.body) != want {
		t.Errorf("rules = %s, want %s", got.body, want)
	}
	for _, bad := range []string{
		``, `7`, `[`, `{}`, `{"path": "company/501"}`, `{"path": "[", "status": 200}`, `{"query": "a=%zz", "status": 200}`, `{"query": "a=[", "status": 200}`,
		`{"status": 99}`, `{"status": 200, "id": 1}`, `{"body": {}, "merge": {"a": 1}}`, `{"merge": {"a": 1}, "times": -1}`, `{"merg": {"a": 1}}`,
		`[{"status": 200}, {}]`, `{"merge": [1]}`,
	} {
		b.do(http.StatusBadRequest, http.MethodPost, at, bad)
	}
	b.do(http.StatusConflict, http.MethodPost, at, "["+strings.Repeat(`{"status": 200, "path": "x"},`, maxAnswers)+`{"status": 200}]`)
	if got := b.do(http.StatusOK, http.MethodGet, at, ""); string(got.body) != want {
		t.Errorf("rules after refused ones = %s", got.body)
	}
	b.do(http.StatusNoContent, http.MethodDelete, at, "")
	if got := b.do(http.StatusOK, http.MethodGet, at, ""); string(got.body) != "[]" {
		t.Errorf("rules left = %s", got.body)
	}
	b.mustAnswer(Answer{Path: "cities", Status: http.StatusServiceUnavailable})
	b.do(http.StatusNoContent, http.MethodPost, ownPrefix+"/reset", "")
	b.do(http.StatusOK, http.MethodGet, "cities", "")
}
