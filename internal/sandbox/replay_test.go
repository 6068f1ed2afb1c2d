package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/recording"
)

// recorded is a small walk, made on a Tuesday at noon in Berlin, five days before the clocks go back.
func recorded() *recording.Recording {
	r := &recording.Recording{Made: time.Date(2026, 10, 20, 10, 0, 0, 0, time.UTC), Form: 9}
	add := func(path, query string, status int, body string) {
		a := recording.Answer{Method: http.MethodGet, Path: path, Query: query, Status: status, Language: "de-DE", ContentType: "application/json"}
		a.SetBytes([]byte(body))
		r.Answers = append(r.Answers, a)
	}
	add("bookform/9", "", 200, `{"success":true,"data":{"group_id":"0","company_id":"77","title":"a\/b"},"meta":[]}`)
	add("company/77", "", 200, `{"success":true,"data":{"id":77,"timezone":"Europe\/Berlin","allow_delete_record":"1","allow_delete_record_delay_step":"0","allow_change_record":true},"meta":[]}`)
	add("book_services/77", "", 200, `{"success":true,"data":{"services":[{"id":"5","title":"Schnitt","price_min":3800,"price_max":0,"discount":15,"prepaid":"required"}]},"meta":[]}`)
	add("book_staff/77", "service_ids%5B%5D=5", 200, `{"success":true,"data":[{"id":8,"name":"Badegi","seance_date":"2026-10-21","seances":[]}],"meta":[]}`)
	add("book_dates/77", "service_ids%5B%5D=5&date_from=2026-10-01&date_to=2027-09-30", 200, `{"success":true,"data":{"booking_dates":["2026-10-21","2026-10-22"],"booking_days":{"10":[21,22]}},"meta":[]}`)
	add("book_times/77/0/2026-10-21", "service_ids%5B%5D=5", 200, `{"success":true,"data":[{"time":"9:00","seance_length":5400,"datetime":"2026-10-21T09:00:00+02:00"}],"meta":[]}`)
	add("activity/77/search", "count=300&page=1", 200, `{"success":true,"data":[{"id":31,"date":"2026-10-21 18:00:00","length":3600,"staff_id":8,"service_id":5}],"meta":[]}`)
	add("privacy_policy/77", "", 403, `{"success":false,"data":null,"meta":{"message":"nein"}}`)
	add("cities", "", 200, `<html>`)
	return r
}

// replayBench is a sandbox that replays it a fortnight and a day later.
func replayBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, func(o *Options) { o.Replay = recorded() })
	b.clock.advance(time.Date(2026, 11, 4, 10, 0, 0, 0, time.UTC).Sub(b.clock.Now()))
	return b
}

func TestReplayMovesByWholeWeeks(t *testing.T) {
	r := newReplay(recorded())
	for passed, want := range map[time.Duration]int{
		-time.Hour: 0, 0: 0, time.Minute: 7, 7 * 24 * time.Hour: 7, 7*24*time.Hour + time.Minute: 14, 15 * 24 * time.Hour: 21,
	} {
		if got := r.days(r.Made.Add(passed)); got != want {
			t.Errorf("after %v: %d days, want %d", passed, got, want)
		}
	}
	if got := r.zone(77).String(); got != "Europe/Berlin" {
		t.Errorf("zone = %s", got)
	}
}

func TestReplayServesWhatWasRecorded(t *testing.T) {
	b := replayBench(t)
	for path, want := range map[string]string{
		"bookform/9": `{"success":true,"data":{"group_id":"0","company_id":"77","title":"a\/b"},"meta":[]}`,
		// Three weeks later, an hour's less offset, and the hour of the wall clock as it was spelled.
		"book_times/77/0/2026-11-11?service_ids[]=5": `{"success":true,"data":[{"time":"9:00","seance_length":5400,"datetime":"2026-11-11T09:00:00+01:00"}],"meta":[]}`,
		// A day and a master that were not asked about have the times of the one that was.
		"book_times/77/8/2026-11-12?service_ids[]=5":                       `{"success":true,"data":[{"time":"9:00","seance_length":5400,"datetime":"2026-11-12T09:00:00+01:00"}],"meta":[]}`,
		"book_times/77/0/2026-11-13":                                       `{"data":[],"meta":[],"success":true}`, // not a free day
		"book_dates/77?staff_id=8&date_from=2026-11-01&date_to=2027-10-31": `{"success":true,"data":{"booking_dates":["2026-11-11","2026-11-12"],"booking_days":{"11":[11,12]}},"meta":[]}`,
		"activity/77/31":                      `{"data":{"date":"2026-11-11 18:00:00","id":31,"length":3600,"service_id":5,"staff_id":8},"meta":[],"success":true}`,
		"activity/77/search?count=300&page=2": `{"data":[],"meta":[],"success":true}`,
	} {
		if got := b.do(http.StatusOK, http.MethodGet, path, ""); string(got.body) != want {
			t.Errorf("%s = %s,\nwant %s", path, got.body, want)
		}
	}
	if got := b.do(http.StatusForbidden, http.MethodGet, "privacy_policy/77", ""); !strings.Contains(string(got.body), "nein") {
		t.Errorf("a refusal = %s", got.body)
	}
	if got := b.do(http.StatusOK, http.MethodGet, "cities", ""); string(got.body) != "<html>" {
		t.Errorf("nonsense = %s", got.body)
	}
	b.refused(http.StatusForbidden, http.MethodGet, "services/77", "")
	b.refused(http.StatusNotFound, http.MethodGet, "bookform/1", "")
	b.do(http.StatusOK, http.MethodGet, "i18n/de-DE", "") // the vendor's words are the sandbox's own where they were not asked for
	if forms := b.Forms(); len(forms) != 1 || forms[0].ID != 9 || forms[0].Company != 77 || forms[0].Broken {
		t.Errorf("forms = %+v", forms)
	}
}

func TestReplayIsBookedByItself(t *testing.T) {
	b := replayBench(t)
	b.refused(http.StatusUnprocessableEntity, http.MethodPost, "book_record/77", order(map[string]any{"phone": "1"}, visit(1, 8, "2026-11-11T09:00:00", 5)))
	b.refused(http.StatusNotFound, http.MethodPost, "book_record/501", order(nil, visit(1, 8, "2026-11-11T09:00:00", 5)))
	b.do(http.StatusCreated, http.MethodPost, "book_check/77", order(nil, visit(1, 8, "2026-11-11T09:00:00", 5)))
	id, hash := b.book("77", order(nil, visit(1, 8, "2026-11-11T09:00:00", 5)))
	path := "user/records/" + strconv.Itoa(id) + "/" + hash
	var got []struct {
		Date, Datetime string
		Length         int
		Prepaid        bool
		Services       []struct {
			Title    string
			Cost     int
			Discount int
		}
		Staff   struct{ Name string }
		Company struct{ ID int }
		Delete  bool `json:"allow_delete_record"`
	}
	b.read(http.StatusCreated, path, &got)
	v := got[0]
	if v.Date != "2026-11-11 09:00:00" || v.Datetime != "2026-11-11T09:00:00+0100" || v.Length != 5400 || !v.Prepaid || !v.Delete || v.Company.ID != 77 ||
		v.Staff.Name != "Badegi" || len(v.Services) != 1 || v.Services[0].Title != "Schnitt" || v.Services[0].Cost != 3800 || v.Services[0].Discount != 15 {
		t.Errorf("visit = %+v", v)
	}
	b.refused(http.StatusNotFound, http.MethodGet, "user/records/"+strconv.Itoa(id)+"/0", "")
	b.do(http.StatusOK, http.MethodPut, "book_record/77/"+strconv.Itoa(id), `{"datetime":"2026-11-12T09:00:00"}`)
	b.read(http.StatusCreated, path, &got)
	if got[0].Date != "2026-11-12 09:00:00" {
		t.Errorf("moved to %s", got[0].Date)
	}
	b.do(http.StatusNoContent, http.MethodDelete, path, "")
	b.refused(http.StatusNotFound, http.MethodDelete, path, "")

	event := b.do(http.StatusOK, http.MethodPost, "activity/77/31/book", `{"phone":"79161234567","fullname":"Ira"}`)
	var place struct {
		Data struct {
			ID   int
			Hash string
		}
	}
	if err := json.Unmarshal(event.body, &place); err != nil {
		t.Fatal(err)
	}
	b.read(http.StatusCreated, "user/records/"+strconv.Itoa(place.Data.ID)+"/"+place.Data.Hash, &got)
	if got[0].Date != "2026-11-11 18:00:00" || got[0].Length != 3600 {
		t.Errorf("place = %+v", got[0])
	}
	b.do(http.StatusNoContent, http.MethodPost, ownPrefix+"/reset", "")
	b.refused(http.StatusNotFound, http.MethodGet, path, "")
}

// Rules and faults work on a replay as on the demo salons.
func TestReplayWithRules(t *testing.T) {
	b := replayBench(t)
	b.mustAnswer(Answer{Path: "company/77", Merge: anything{"phone": "1"}})
	var company anything
	b.read(http.StatusOK, "company/77", &company)
	if company["phone"] != "1" || company["timezone"] != "Europe/Berlin" {
		t.Errorf("company = %v", company)
	}
	b.fault(`{"path":"bookform","status":503}`)
	b.do(http.StatusServiceUnavailable, http.MethodGet, "bookform/9", "")
}
