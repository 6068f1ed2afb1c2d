package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestStreetSalon holds the salon of the street to what the demo salons are to show at least once.
func TestStreetSalon(t *testing.T) {
	b := newBench(t, nil)
	at := strconv.Itoa(streetCompany)
	var company struct {
		Phone, Timezone, Title, Description, Schedule string
		Phones, Photos                                []string
		Zone                                          *string `json:"timezone_name"`
	}
	b.data("company/"+at, &company)
	if company.Phone != "8 (343) 222-11-00" || len(company.Phones) != 2 || company.Timezone != "Asia/Yekaterinburg" || company.Zone != nil {
		t.Errorf("company = %+v", company)
	}
	if !strings.Contains(company.Title, "&quot;") || !strings.Contains(company.Description, "<li>") || company.Schedule != "Пн&ndash;Вс 12:00&ndash;02:00" {
		t.Errorf("texts = %+v", company)
	}
	if len(company.Photos) != 2 || !strings.HasPrefix(company.Photos[0], "http") {
		t.Errorf("photos = %v", company.Photos)
	}
	if got := b.do(http.StatusOK, http.MethodGet, strings.TrimPrefix(company.Photos[0], b.url), ""); got.header.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("photo = %v", got.header)
	}

	type item struct {
		ID                             int
		Title, Comment, Image, Prepaid string
		Min                            int `json:"price_min"`
		Max                            int `json:"price_max"`
		Discount                       int
		Restriction                    int                     `json:"abonement_restriction"`
		Settings                       struct{ Status string } `json:"prepaid_settings"`
	}
	services := func(query string) map[string]item {
		var menu struct{ Services []item }
		b.data("book_services/"+at+query, &menu)
		out := make(map[string]item)
		for _, s := range menu.Services {
			out[strings.Trim(s.Title, " ")] = s
		}
		return out
	}
	all := services("")
	has := func(what string, is func(item) bool) {
		t.Helper()
		for _, s := range all {
			if is(s) {
				return
			}
		}
		t.Errorf("no service has %s", what)
	}
	has("an open price", func(s item) bool { return s.Min == 3800 && s.Max == 0 })
	has("a missing price", func(s item) bool { return s.Min == 0 && s.Max == 0 })
	has("a discount", func(s item) bool { return s.Discount > 0 })
	has("prepayment required", func(s item) bool { return s.Prepaid == "required" && s.Settings.Status == "required" })
	has("prepayment allowed", func(s item) bool { return s.Prepaid == "allowed" })
	has("a membership", func(s item) bool { return s.Restriction == 1 })
	has("HTML", func(s item) bool { return strings.Contains(s.Comment, "<ul><li>") })
	has("entities", func(s item) bool { return strings.Contains(s.Title, "&amp;") })
	has("a photo", func(s item) bool { return strings.HasPrefix(s.Image, "http") })

	var staff []struct {
		ID                         int
		Name, Information, Prepaid string
	}
	b.data("book_staff/"+at, &staff)
	rules := make(map[string]int)
	for _, m := range staff {
		rules[m.Prepaid] = m.ID
	}
	if rules["required"] == 0 || rules["allowed"] == 0 || !strings.Contains(staff[0].Information, "<h3>") {
		t.Errorf("masters = %+v", staff)
	}
	dear := services("?staff_id=" + strconv.Itoa(rules["allowed"]))
	if got := dear["Брови"]; got.Min != 840 || all["Брови"].Min != 700 {
		t.Errorf("a master's own price = %+v", got)
	}

	var events []struct {
		Prepaid, Instructions string
		Stream                string `json:"stream_link"`
		Labels                []struct{ Title string }
		Halls                 []struct{ Title string } `json:"resource_instances"`
		Service               struct {
			Prepaid string
			Image   string `json:"image_url"`
			Online  bool   `json:"is_online_booking_available"`
		}
	}
	b.data("activity/"+at+"/search?count=100", &events)
	var pictured, closed bool
	for _, e := range events {
		pictured = pictured || strings.HasPrefix(e.Service.Image, "http") && strings.Contains(e.Instructions, "<p>") && e.Stream != "" &&
			len(e.Labels) == 1 && len(e.Halls) == 1 && e.Prepaid == "allowed" && e.Service.Prepaid == "required"
		closed = closed || !e.Service.Online
	}
	if !pictured || !closed {
		t.Errorf("events = %+v", events)
	}

	var form struct {
		Langs []struct{ Code string }
		Steps []struct {
			Step   string
			Hidden bool `json:"time_hidden"`
			At     any  `json:"time_default"`
		}
		Notice string `json:"booking_notify_text"`
	}
	b.data("bookform/"+strconv.Itoa(streetFormID), &form)
	if len(form.Langs) != 26 || !strings.Contains(form.Notice, "<div>") {
		t.Errorf("form = %+v", form)
	}
	b.data("bookform/"+strconv.Itoa(streetEveningID), &form)
	for _, s := range form.Steps {
		if s.Step == "datetime" && (!s.Hidden || s.At != "75600") {
			t.Errorf("evening = %+v", s)
		}
	}
	if got := b.do(http.StatusOK, http.MethodGet, "booking/forms/"+strconv.Itoa(streetFormID)+"/custom_fields", ""); !strings.Contains(string(got.body), `"type":"list"`) {
		t.Errorf("custom fields = %s", got.body)
	}
}

func TestStreetChain(t *testing.T) {
	b := newBench(t, nil)
	var branches []struct {
		ID   int
		City int    `json:"city_id"`
		Zone string `json:"timezone_name"`
	}
	b.data("companies?group_id="+strconv.Itoa(streetGroup)+"&count=300", &branches)
	in := make(map[int]bool)
	for _, branch := range branches {
		in[branch.City] = true
	}
	var cities []struct {
		ID    int
		Title string
	}
	b.data("cities", &cities)
	for _, c := range cities {
		if c.Title == "" || strings.HasPrefix(c.Title, "city.") {
			t.Errorf("city %d is titled %q", c.ID, c.Title)
		}
		delete(in, c.ID)
	}
	if len(branches) != 150 || len(streetCities) != 40 || len(in) != 0 {
		t.Errorf("%d branches in %d cities, %d of them unknown", len(branches), len(streetCities), len(in))
	}
}

// A shift that ends at two belongs to the day on which it began: its times after midnight stand in that day's list with
// their own date, are no one's twice, and can be booked, also when that day is over.
func TestStreetPastMidnight(t *testing.T) {
	b := newBench(t, nil)
	at, master := strconv.Itoa(streetCompany), strconv.Itoa(streetCompany*100+2)
	times := func(day string) []seanceJSON {
		var out []seanceJSON
		b.data("book_times/"+at+"/"+master+"/"+day+"?service_ids=511010", &out)
		return out
	}
	late := func(list []seanceJSON, date string) (found []seanceJSON) {
		for _, s := range list {
			if strings.HasPrefix(s.Datetime, date) && s.Time < "03:00" {
				found = append(found, s)
			}
		}
		return found
	}
	day, next := "2026-09-05", "2026-09-06"
	list := times(day)
	night := late(list, next)
	if len(night) < 2 || len(late(times(next), next)) != 0 {
		t.Fatalf("times of %s = %v", day, list)
	}
	if !slices.IsSortedFunc(list, func(a, b seanceJSON) int { return strings.Compare(a.Datetime, b.Datetime) }) {
		t.Errorf("times of %s are not in order", day)
	}
	b.do(http.StatusCreated, http.MethodPost, "book_record/"+at, order(nil, visit(1, master, night[0].Datetime, 511010)))
	if again := late(times(day), next); len(again) == 0 || again[0].Datetime == night[0].Datetime {
		t.Errorf("after booking %s: %v", night[0].Datetime, again)
	}
	b.do(http.StatusUnprocessableEntity, http.MethodPost, "book_record/"+at, order(nil, visit(1, master, night[0].Datetime, 511010)))
	// Twenty minutes past midnight.
	b.clock.advance(time.Date(2026, 9, 5, 19, 20, 0, 0, time.UTC).Sub(b.clock.Now()))
	left := late(times(day), next)
	if len(left) == 0 || len(times(day)) != len(left) {
		t.Fatalf("at 00:20 %s has %v", day, times(day))
	}
	b.do(http.StatusCreated, http.MethodPost, "book_record/"+at, order(nil, visit(1, master, left[len(left)-1].Datetime, 511010)))
}

// What has to be paid for beforehand is told by the record too.
func TestStreetRecordExpectsPayment(t *testing.T) {
	b := newBench(t, nil)
	at, master := strconv.Itoa(streetCompany), streetCompany*100+1
	for service, want := range map[int]string{511008: `"prepaid":true`, 511001: `"prepaid":false`} {
		_, offered := b.nearest("book_staff_seances/" + at + "/" + strconv.Itoa(master) + "?service_ids=" + strconv.Itoa(service))
		b.do(http.StatusCreated, http.MethodPost, "book_record/"+at, order(nil, visit(1, master, offered[0].Datetime, service)))
		records := b.Booked()
		last := records[len(records)-1]
		if got := b.do(http.StatusCreated, http.MethodGet, "user/records/"+strconv.Itoa(last.ID)+"/"+last.Hash, ""); !strings.Contains(string(got.body), want) {
			t.Errorf("service %d: %s", service, got.body)
		}
	}
}
