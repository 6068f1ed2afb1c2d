package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

type servicesJSON struct {
	Services []struct {
		ID       int
		Title    string
		Category int `json:"category_id"`
		Active   int
		Length   *int `json:"seance_length"`
		Comment  string
		Min, Max int
	}
	Category []struct {
		ID    int
		Title string
	}
	Events []any
}

func (b *bench) services(query string) []int {
	b.t.Helper()
	var got servicesJSON
	b.data("book_services/"+query, &got)
	ids := []int{}
	for _, s := range got.Services {
		ids = append(ids, s.ID)
	}
	return ids
}

func TestServicesNarrowWithChoices(t *testing.T) {
	b := newBench(t, nil)
	all := b.services("501")
	if len(all) != 16 {
		t.Fatalf("services = %v, want 16", all)
	}
	nails := b.services("501?staff_id=50103")
	if !slices.Equal(nails, []int{501010, 501011, 501012, 501013}) {
		t.Errorf("the nail artist does %v", nails)
	}
	for _, query := range []string{"service_ids[]=501010&service_ids[]=501011", "service_ids%5B0%5D=501010&service_ids%5B1%5D=501011", "service_ids=501010,501011"} {
		if got := b.services("501?" + query); !slices.Equal(got, nails) {
			t.Errorf("after two nail services %s gives %v, want %v", query, got, nails)
		}
	}
	if got := b.services("501?service_ids[]=501010&service_ids[]=501001"); len(got) != 0 {
		t.Errorf("services nobody does together = %v, want none", got)
	}
	if got := b.services("501?service_ids=501001&service_ids=501010"); !slices.Equal(got, nails) {
		t.Errorf("of a repeated bare name PHP keeps the last; got %v", got)
	}
	if got := b.services("501?datetime=2026-09-02T03:00:00%2B0300"); len(got) != 0 {
		t.Errorf("services at night = %v, want none", got)
	}
	if got := b.services("501?staff_id=50105"); len(got) != 0 {
		t.Errorf("the administrator does %v, want nothing", got)
	}
	if got := b.services("501?staff_id=&datetime=&service_ids[]="); !slices.Equal(got, all) {
		t.Errorf("empty filters narrow the list to %v", got)
	}
	b.refused(http.StatusBadRequest, http.MethodGet, "book_services/501?staff_id=abc", "")
	b.refused(http.StatusBadRequest, http.MethodGet, "book_services/501?service_ids[]=x", "")
	b.refused(http.StatusBadRequest, http.MethodGet, "book_services/501?datetime=soon", "")
}

func TestServiceAtATimeIsBookable(t *testing.T) {
	b := newBench(t, nil)
	_, free := b.nearest("book_staff_seances/501/50102?service_ids[]=501004")
	got := b.services("501?staff_id=50102&datetime=" + url.QueryEscape(free[0].Datetime))
	if !slices.Contains(got, 501004) {
		t.Errorf("services at %s = %v, want 501004 among them", free[0].Datetime, got)
	}
	for _, id := range got {
		b.do(http.StatusCreated, http.MethodPost, "book_check/501", order(nil, visit(1, 50102, free[0].Datetime, id)))
	}
}

func TestSeanceLengthNeedsAMaster(t *testing.T) {
	b := newBench(t, nil)
	var anyone, one servicesJSON
	b.data("book_services/501", &anyone)
	b.data("book_services/501?staff_id=50102", &one)
	for _, s := range anyone.Services {
		if s.Length != nil {
			t.Errorf("service %d has length %d without a master, want null", s.ID, *s.Length)
		}
	}
	for _, s := range one.Services {
		if s.Length == nil || *s.Length <= 0 || *s.Length%900 != 0 {
			t.Errorf("service %d of a master has length %v", s.ID, s.Length)
		}
	}
	used := make(map[int]bool)
	for _, s := range one.Services {
		used[s.Category] = true
	}
	if len(one.Category) != len(used) {
		t.Errorf("%d categories listed, %d used", len(one.Category), len(used))
	}
}

func TestTitlesFollowAcceptLanguage(t *testing.T) {
	b := newBench(t, nil)
	for lang, want := range map[string]string{
		"": "Женская стрижка", "ru-RU": "Женская стрижка", "lv-LV": "Sieviešu griezums", "en-US,en;q=0.9": "Women's haircut", "ee-EE": "Naiste juukselõikus",
		"et": "Naiste juukselõikus", "lt-LT": "Moteriškas kirpimas", "de-DE": "Damenhaarschnitt", "uk-UK": "Жіноча стрижка", "fr-FR": "Женская стрижка",
	} {
		b.lang = lang
		var got servicesJSON
		b.data("book_services/501", &got)
		if got.Services[0].Title != want {
			t.Errorf("Accept-Language %q gives %q, want %q", lang, got.Services[0].Title, want)
		}
	}
}

func TestStaff(t *testing.T) {
	b := newBench(t, nil)
	type master struct {
		ID       int
		Bookable bool
		Avatar   string
		Date     *string       `json:"seance_date"`
		Seances  *[]seanceJSON `json:"seances"`
	}
	list := func(query string) map[int]master {
		var got []master
		b.data("book_staff/501?"+query, &got)
		out := make(map[int]master)
		for _, m := range got {
			out[m.ID] = m
		}
		return out
	}
	all := list("")
	if len(all) != 5 || all[50105].Bookable || all[50105].Date != nil || all[50105].Seances != nil {
		t.Errorf("staff = %+v, want five, the last not bookable and without seances", all)
	}
	if m := all[50101]; !m.Bookable || m.Date == nil || m.Seances == nil || len(*m.Seances) == 0 || (*m.Seances)[0].Datetime[:10] != *m.Date {
		t.Errorf("a bookable master = %+v, want the nearest day's seances", m)
	}
	if !strings.HasSuffix(all[50104].Avatar, "/images/no-master.png") {
		t.Errorf("a master without a photo has avatar %q", all[50104].Avatar)
	}
	if got := slices.Sorted(maps.Keys(list("service_ids[]=501001"))); !slices.Equal(got, []int{50101, 50102}) {
		t.Errorf("who does 501001 = %v", got)
	}
	if m := list("without_seances=1")[50101]; !m.Bookable || m.Date != nil || m.Seances != nil {
		t.Errorf("without_seances=1 gives %+v", m)
	}
	_, free := b.nearest("book_staff_seances/501/50101?service_ids[]=501001")
	with := list("service_ids[]=501001&datetime=" + url.QueryEscape(free[0].Datetime))
	if _, ok := with[50101]; !ok {
		t.Errorf("who is free at %s = %v, want 50101 among them", free[0].Datetime, with)
	}
	b.book("501", order(nil, visit(1, 50101, free[0].Datetime, 501001)))
	with = list("service_ids[]=501001&datetime=" + url.QueryEscape(free[0].Datetime))
	if _, ok := with[50101]; ok {
		t.Errorf("50101 counts as free at %s although booked", free[0].Datetime)
	}
	got := b.do(http.StatusOK, http.MethodGet, strings.TrimPrefix(all[50101].Avatar, b.url), "")
	if got.header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(string(got.body), "<svg") {
		t.Errorf("avatar = %s %s", got.header.Get("Content-Type"), got.body)
	}
	b.do(http.StatusOK, http.MethodGet, "/images/no-master.png", "")
	b.do(http.StatusOK, http.MethodGet, ownPrefix+"/logos/501.svg", "")
	b.do(http.StatusNotFound, http.MethodGet, ownPrefix+"/avatars/1.svg", "")
}

type datesJSON struct {
	BookingDays  json.RawMessage `json:"booking_days"`
	BookingDates []string        `json:"booking_dates"`
	WorkingDates []string        `json:"working_dates"`
}

func TestDates(t *testing.T) {
	b := newBench(t, nil)
	var all datesJSON
	b.data("book_dates/501?service_ids[]=501001&staff_id=0", &all)
	if len(all.BookingDates) < 40 || len(all.WorkingDates) < len(all.BookingDates) {
		t.Fatalf("%d days to book, %d of work", len(all.BookingDates), len(all.WorkingDates))
	}
	if last := all.BookingDates[len(all.BookingDates)-1]; last < "2026-10-31" || last > "2026-11-15" {
		t.Errorf("the last day to book is %s, want it sixty to seventy-five days off", last)
	}
	for i, day := range all.BookingDates {
		if i%9 != 0 {
			continue
		}
		var free []seanceJSON
		if b.data("book_times/501/0/"+day+"?service_ids[]=501001", &free); len(free) == 0 {
			t.Errorf("%s is a day to book and has no times", day)
		}
	}
	var october, clipped datesJSON
	b.data("book_dates/501?service_ids[]=501001&date=2026-10-15", &october)
	if october.BookingDates[0][:7] != "2026-10" || october.BookingDates[len(october.BookingDates)-1][:7] != "2026-10" {
		t.Errorf("date=2026-10-15 gives %v", october.BookingDates)
	}
	var days map[string][]int
	if err := json.Unmarshal(october.BookingDays, &days); err != nil || len(days) != 1 || len(days["10"]) != len(october.BookingDates) {
		t.Errorf("booking_days = %s", october.BookingDays)
	}
	b.data("book_dates/501?date=2026-10-15&date_from=2026-09-07&date_to=2026-09-09", &clipped)
	for _, day := range clipped.WorkingDates {
		if day < "2026-09-07" || day > "2026-09-09" {
			t.Errorf("date_from and date_to let %s through", day)
		}
	}
	var none datesJSON
	b.data("book_dates/501?service_ids[]=501001&service_ids[]=501010", &none)
	if string(none.BookingDays) != "[]" || len(none.BookingDates) != 0 || len(none.WorkingDates) != 0 {
		t.Errorf("no dates = %+v, want [] for booking_days", none)
	}
}

func TestSomeWorkingDaysAreFull(t *testing.T) {
	b := newBench(t, nil)
	full := 0
	for _, m := range []string{"50101", "50102", "50103", "50104"} {
		var got datesJSON
		b.data("book_dates/501?staff_id="+m, &got)
		full += len(got.WorkingDates) - len(got.BookingDates)
	}
	if full == 0 {
		t.Error("no master has a working day without a free hour; calendars cannot show one")
	}
}

func TestTimesRespectDelayHorizonAndZone(t *testing.T) {
	b := newBench(t, nil)
	var today []seanceJSON
	b.data("book_times/902/0/2026-09-01", &today) // Vilnius, no delay, 12:00 there
	for _, s := range today {
		at, err := time.Parse(time.RFC3339, s.Datetime)
		if err != nil || at.Before(fixedNow) || !strings.HasSuffix(s.Datetime, "+03:00") || at.Format("15:04") != s.Time {
			t.Errorf("slot %+v at %v", s, fixedNow)
		}
	}
	// Winter time comes to Vilnius on 25 October.
	for day, offset := range map[string]string{"2026-10-24": "+03:00", "2026-10-26": "+02:00"} {
		var slots []seanceJSON
		b.data("book_times/902/90201/"+day, &slots)
		for _, s := range slots {
			if !strings.HasSuffix(s.Datetime, offset) {
				t.Errorf("%s holds %s, want offset %s", day, s.Datetime, offset)
			}
		}
	}
	var empty []seanceJSON
	for _, day := range []string{"2026-08-31", "2027-09-01"} {
		if b.data("book_times/501/0/"+day, &empty); empty == nil || len(empty) != 0 {
			t.Errorf("times on %s = %v, want []", day, empty)
		}
	}
	b.refused(http.StatusBadRequest, http.MethodGet, "book_times/501/0/tomorrow", "")
	b.refused(http.StatusNotFound, http.MethodGet, "book_times/501/x/2026-09-02", "")
}

func TestSeveralServicesTakeTheirSum(t *testing.T) {
	b := newBench(t, nil)
	length := func(query string) int {
		_, s := b.nearest("book_staff_seances/501/50101?" + query)
		return s[0].Length
	}
	one, two, both := length("service_ids=501001"), length("service_ids=501004"), length("service_ids=501001,501004")
	if one+two != both || one == 0 {
		t.Errorf("lengths %d and %d, together %d", one, two, both)
	}
	if got := length(""); got != 3600 {
		t.Errorf("without services a visit takes %d seconds, want the default hour", got)
	}
}

func TestDirtyTyping(t *testing.T) {
	b := newBench(t, nil)
	for path, want := range map[string][]string{
		"book_staff/901":    {`"id":"90101"`, `"position":[]`, `"rating":"4.8"`, `\/images\/no-master.png`, `\u0`},
		"book_services/901": {`"active":"1"`, `"price_min":"30"`, `"api_id":"0"`},
		"bookform/17":       {`"step":"comfirm"`, `"hidden":"0"`, `"num":"3"`, `"date_default":"0000-00-00"`, `"group_id":0`, `"company_id":901`, `"brand":[]`, `"code":"et-EE"`},
		"company/901":       {`"booking_email_required":"1"`, `"social":[]`},
	} {
		got := b.do(http.StatusOK, http.MethodGet, path, "")
		for _, w := range want {
			if !strings.Contains(string(got.body), w) {
				t.Errorf("%s lacks %s", path, w)
			}
		}
		if !json.Valid(got.body) {
			t.Errorf("%s is not JSON", path)
		}
	}
	var days struct {
		Days map[string][]string `json:"booking_days"`
	}
	b.data("book_dates/901", &days)
	for month, list := range days.Days {
		for _, day := range list {
			if n, err := strconv.Atoi(day); err != nil || n < 1 || n > 31 {
				t.Errorf("booking_days[%s] holds %q", month, day)
			}
		}
	}
	// The clean salon sends numbers and plain text.
	if got := b.do(http.StatusOK, http.MethodGet, "book_staff/501", ""); !strings.Contains(string(got.body), `"id":50101`) || strings.Contains(string(got.body), `\u04`) {
		t.Error("the clean salon's staff is not clean")
	}
}

func TestPHPEscapeKeepsTheValue(t *testing.T) {
	text := `{"a":"ž/\n\"😀\\"}`
	got := phpEscape([]byte(text))
	if string(got) != `{"a":"\u017e\/\n\"\ud83d\ude00\\"}` {
		t.Errorf("phpEscape = %s", got)
	}
	var before, after map[string]string
	if json.Unmarshal([]byte(text), &before) != nil || json.Unmarshal(got, &after) != nil || before["a"] != after["a"] {
		t.Errorf("%q became %q", before["a"], after["a"])
	}
}

func TestCompanies(t *testing.T) {
	b := newBench(t, nil)
	type item struct {
		ID       any
		City     int `json:"city_id"`
		Zone     string
		NextSlot *string `json:"next_slot"`
		Groups   map[string]struct{ ID int }
	}
	var chain, riga, page, active []item
	b.data("companies?group_id=60&forBooking=1&show_groups=1", &chain)
	if len(chain) != 3 || chain[0].NextSlot == nil || chain[0].Groups["60"].ID != 60 {
		t.Errorf("the chain = %+v", chain)
	} else if _, err := time.Parse(isoNoColon, *chain[0].NextSlot); err != nil {
		t.Errorf("next_slot = %s, want an offset without a colon", *chain[0].NextSlot)
	}
	if chain[1].ID != "602" || chain[0].ID != float64(601) {
		t.Errorf("ids = %v and %v, want a number and, for the dirty branch, a string", chain[0].ID, chain[1].ID)
	}
	b.data("companies?group_id=60&city_id=52", &riga)
	b.data("companies?count=2&page=2", &page)
	b.data("companies?active=1&count=300", &active)
	if len(riga) != 2 || riga[0].NextSlot != nil || len(page) != 2 || page[0].ID != float64(601) || len(active) != 9+1+streetSize {
		t.Errorf("riga %d, page %v, active %d", len(riga), page, len(active))
	}
	var one struct {
		Zone  string `json:"timezone_name"`
		Forms []struct{ ID int }
	}
	b.data("company/603/?showBookforms=1", &one)
	if one.Zone != "Europe/Berlin" {
		t.Errorf("company 603 lives in %q", one.Zone)
	}
	var cities []struct {
		ID      int
		Country int `json:"country_id"`
		Title   string
	}
	b.data("cities?country_id=1&salon_id=603", &cities)
	if !slices.ContainsFunc(cities, func(c struct {
		ID      int
		Country int `json:"country_id"`
		Title   string
	},
	) bool {
		return c.ID == 71
	}) {
		t.Errorf("cities of Russia with salon 603 = %v, want Berlin among them", cities)
	}
	var countries []map[string]string
	b.data("countries", &countries) // every value a string
	b.refused(http.StatusUnauthorized, http.MethodGet, "company/501/settings/timeslots", "")
}

// Every form that is not broken on purpose must lead to something bookable.
func TestEveryFormLeadsToASlot(t *testing.T) {
	b := newBench(t, nil)
	orders := make(map[string]bool)
	working := 0
	for _, f := range b.Forms() {
		if f.Broken {
			continue
		}
		working++
		b.data("bookform/"+strconv.Itoa(f.ID), new(any))
		path := "book_staff_seances/" + strconv.Itoa(f.Company) + "/"
		master, services := 0, ""
		var names strings.Builder
		for _, s := range formByID(t, b, f.ID).steps {
			switch {
			case s.name == "master" && s.preset > 0:
				master = s.preset
			case s.name == "service" && s.preset > 0:
				services = strconv.Itoa(s.preset)
			}
			names.WriteString(s.name[:1])
		}
		b.nearest(path + strconv.Itoa(master) + "?service_ids=" + services)
		orders[names.String()] = true
	}
	for _, want := range []string{"smd", "sdm", "msd", "mds", "dsm", "dms", "ccsmd"} {
		if !orders[want] {
			t.Errorf("no form has the step order %s", want)
		}
	}
	if working < 12 {
		t.Errorf("%d working forms, want at least twelve", working)
	}
}

func formByID(t *testing.T, b *bench, id int) form {
	t.Helper()
	for _, f := range b.state.forms {
		if f.id == id {
			return f
		}
	}
	t.Fatalf("no form %d", id)
	return form{}
}
