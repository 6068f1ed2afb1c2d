package upstream

import (
	"encoding/json"
	"testing"
	"time"
)

func TestStreetClock(t *testing.T) {
	t.Run("C1 a zone in either field", func(t *testing.T) {
		for body, want := range map[string]string{
			`{"timezone":"Europe/Moscow"}`: "+03:00", `{"timezone":"Europe/Moscow","timezone_name":""}`: "+03:00", `{"timezone":"Europe/Moscow","timezone_name":null}`: "+03:00",
			`{"timezone":"Asia/Almaty","timezone_name":"Asia/Nowhere"}`: "+05:00", `{"timezone":6,"timezone_name":"Asia/Almaty"}`: "+05:00", `{"timezone":"+03:00"}`: "+03:00",
			`{"timezone":"UTC+5:30"}`: "+05:30", `{"timezone":"-3.5"}`: "-03:30", `{"timezone":"−5"}`: "-05:00", `{"timezone":"10800"}`: "+03:00", `{"timezone":"-3:30"}`: "-03:30",
			`{"timezone":"0"}`: "Z", `{"timezone_name":"+04"}`: "+04:00", `{"timezone":" Europe/Riga "}`: "+02:00",
		} {
			if got := zoneIn(t, body); got == Unzoned || at(got, "Z07:00") != want {
				t.Errorf("%s: offset %s, want %s", body, at(got, "Z07:00"), want)
			}
		}
	})
	t.Run("C2 no zone at all", func(t *testing.T) {
		for _, body := range []string{`{}`, `{"timezone":null}`, `{"timezone":[]}`, `{"timezone":"Moscow"}`, `{"timezone":"Local"}`, `{"timezone":"NaN"}`, `{"timezone":"1e9"}`, `{"next_slot":"2026-12-01 10:00:00"}`} {
			if got := zoneIn(t, body); got != Unzoned {
				t.Errorf("%s: zone %v", body, got)
			}
		}
		if got := zoneIn(t, `{"next_slot":"2026-12-01T10:00:00+0400"}`); at(got, "Z07:00") != "+04:00" {
			t.Errorf("the nearest time tells %s", at(got, "Z07:00"))
		}
		if got := isoTime(time.Date(2026, 12, 1, 10, 0, 0, 0, Unzoned)); got != "2026-12-01T10:00:00" {
			t.Errorf("a clock of no zone is sent as %s", got)
		}
	})
	t.Run("C3 the hands of the clock", func(t *testing.T) {
		almaty := time.FixedZone("old", 6*3600) // a list of zones from before 2024
		for _, tt := range []struct {
			body, want, shown string
			agrees            bool
		}{
			{`{"time":"10:00","datetime":"2026-12-01T10:00:00+05:00"}`, "2026-12-01T10:00:00+05:00", "10:00", false},
			{`{"time":"11:00","datetime":"2026-12-01T10:00:00+05:00"}`, "2026-12-01T11:00:00+06:00", "11:00", true},
			{`{"time":"10:00","datetime":"2026-12-01T10:00:00"}`, "2026-12-01T10:00:00+06:00", "10:00", true},
			{`{"time":"9:00","datetime":"2026-12-01 09:00:00"}`, "2026-12-01T09:00:00+06:00", "09:00", true},
			{`{"time":"10:00","datetime":"2026-12-01T05:00:00Z"}`, "2026-12-01T10:00:00+05:00", "10:00", false},
			{`{"time":"11:00","datetime":"2026-12-01T05:00:00Z"}`, "2026-12-01T11:00:00+06:00", "11:00", true},
			{`{"time":"00:30","datetime":"2026-12-02T00:30:00+05:00"}`, "2026-12-02T00:30:00+05:00", "00:30", false},
			{`{"time":"24:30","datetime":"2026-12-02T00:30:00+06:00"}`, "2026-12-02T00:30:00+06:00", "00:30", true},
			{`{"time":"23:30","datetime":"2026-12-01T23:30:00+05:00"}`, "2026-12-01T23:30:00+05:00", "23:30", false},
			{`{"time":"","datetime":"2026-12-01T10:00:00+05:00"}`, "2026-12-01T11:00:00+06:00", "11:00", true},
			{`{"time":"soon","datetime":"2026-12-01T10:00:00+06:00"}`, "2026-12-01T10:00:00+06:00", "10:00", true},
		} {
			var w wireSeance
			if err := json.Unmarshal([]byte(tt.body), &w); err != nil {
				t.Fatal(err)
			}
			s := w.seance()
			got, agrees := s.In(almaty)
			if got.Format(time.RFC3339) != tt.want || got.Format("15:04") != tt.shown || agrees != tt.agrees || s.Start.Location() != Unzoned && !got.Equal(s.Start) {
				t.Errorf("%s: %s, %v, want %s, %v", tt.body, got.Format(time.RFC3339), agrees, tt.want, tt.agrees)
			}
		}
		// A record says its clock by its date.
		var w wireRecord
		if err := json.Unmarshal([]byte(`{"id":1,"date":"2026-12-01 10:00:00","datetime":"2026-12-01T10:00:00+0500"}`), &w); err != nil {
			t.Fatal(err)
		}
		if got := w.record().In(almaty).Format(time.RFC3339); got != "2026-12-01T10:00:00+05:00" {
			t.Errorf("a record stands at %s", got)
		}
	})
}

func zoneIn(t *testing.T, body string) *time.Location {
	t.Helper()
	var w wireCompany
	if err := json.Unmarshal([]byte(body), &w); err != nil {
		t.Fatal(err)
	}
	return w.company().Location
}

func at(zone *time.Location, layout string) string {
	return time.Date(2026, time.December, 1, 12, 0, 0, 0, zone).Format(layout)
}

// FuzzClock: whatever hands come with a time, it keeps its moment, and shows them unless no zone could.
func FuzzClock(f *testing.F) {
	for _, hands := range []string{"10:00", "9:30", "24:30", "00:00", "99:99", "-1:00", "2026-12-01 10:00:00", ":", "١٠:٠٠"} {
		f.Add(int64(1_796_000_000), 5*3600, 6*3600, hands)
	}
	f.Fuzz(func(t *testing.T, unix int64, sent, zone int, hands string) {
		if unix < 0 || unix > 1<<33 || sent%60 != 0 || zone%60 != 0 || max(sent, -sent, zone, -zone) > maxOffset {
			t.Skip()
		}
		at := time.Unix(unix, 0).In(time.FixedZone("", sent))
		shown, agrees := onClock(at, hands, time.FixedZone("", zone))
		if !shown.Equal(at) {
			t.Fatalf("onClock(%s, %q) = %s", at, hands, shown)
		}
		_, offset := shown.Zone()
		if minutes, ok := minutesOf(hands); ok && shown.Hour()*60+shown.Minute() != minutes && agrees || max(offset, -offset) > maxOffset {
			t.Fatalf("onClock(%s, %q) = %s, %v", at, hands, shown, agrees)
		}
		zoneOf(hands)
	})
}
