package ical

import (
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func load(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func haircut(zone *time.Location) Visit {
	start := time.Date(2026, 11, 25, 14, 30, 0, 0, zone)
	return Visit{
		UID: "visit-501-640000001@okoshko", Sequence: 7, Start: start, End: start.Add(90 * time.Minute),
		Summary: "Стрижка, укладка; Primrose", Description: "Анна\nМужская стрижка: 1 500 ₽", Place: "Москва, Тверская, 12",
		Lat: 55.75, Lon: 37.6, Changed: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC),
	}
}

// lines are the unfolded lines of a file, by their property with its parameters. It fails on a file
// that is none.
func lines(t testing.TB, file []byte) map[string]string {
	t.Helper()
	text := string(file)
	if !strings.HasSuffix(text, "\r\n") || strings.Count(text, "\n") != strings.Count(text, "\r\n") || strings.Count(text, "\r") != strings.Count(text, "\r\n") {
		t.Fatalf("a line does not end in CRLF:\n%q", text)
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("%d octets, valid %v: %q", len(line), utf8.ValidString(line), line)
		}
	}
	out := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n ", ""), "\r\n"), "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("a line without a property: %q", line)
		}
		if _, twice := out[name]; twice && name != "BEGIN" && name != "END" && !strings.HasPrefix(name, "TZ") && name != "DTSTART" {
			t.Errorf("%s stands there twice", name)
		}
		out[name] = value
	}
	return out
}

func TestFile(t *testing.T) {
	got := lines(t, File(haircut(load(t, "Europe/Moscow"))))
	for name, want := range map[string]string{
		"METHOD": "PUBLISH", "VERSION": "2.0", "UID": "visit-501-640000001@okoshko", "SEQUENCE": "7", "STATUS": "CONFIRMED",
		"DTSTART;TZID=Europe/Moscow": "20261125T143000", "DTEND;TZID=Europe/Moscow": "20261125T160000",
		"SUMMARY": `Стрижка\, укладка\; Primrose`, "DESCRIPTION": `Анна\nМужская стрижка: 1 500 ₽`, "LOCATION": `Москва\, Тверская\, 12`,
		"GEO": "55.75;37.6", "DTSTAMP": "20261120T100000Z", "TZID": "Europe/Moscow", "TZOFFSETTO": "+0300", "TZNAME": "MSK",
	} {
		if got[name] != want {
			t.Errorf("%s = %q, want %q", name, got[name], want)
		}
	}
}

func TestCancelledFile(t *testing.T) {
	v := haircut(load(t, "Europe/Riga"))
	v.Cancelled = true
	got := lines(t, File(v))
	if got["METHOD"] != "CANCEL" || got["STATUS"] != "CANCELLED" || got["UID"] != v.UID {
		t.Errorf("METHOD %q, STATUS %q, UID %q", got["METHOD"], got["STATUS"], got["UID"])
	}
}

// TestZones describes the rule of the season, with the clock before the change as its beginning, and
// both rules when the clocks change in the middle of a visit.
func TestZones(t *testing.T) {
	riga := load(t, "Europe/Riga")
	summer := haircut(riga)
	summer.Start = time.Date(2026, 7, 1, 10, 0, 0, 0, riga)
	summer.End = summer.Start.Add(time.Hour)
	got := lines(t, File(summer))
	if got["TZOFFSETFROM"] != "+0200" || got["TZOFFSETTO"] != "+0300" || got["DTSTART"] != "20260329T030000" || !strings.Contains(string(File(summer)), "BEGIN:DAYLIGHT") {
		t.Errorf("summer: from %q to %q since %q", got["TZOFFSETFROM"], got["TZOFFSETTO"], got["DTSTART"])
	}
	night := summer
	night.Start = time.Date(2026, 10, 25, 2, 30, 0, 0, riga)
	night.End = night.Start.Add(3 * time.Hour)
	if file := string(File(night)); !strings.Contains(file, "BEGIN:DAYLIGHT") || !strings.Contains(file, "BEGIN:STANDARD") {
		t.Errorf("a visit over the change of the clocks:\n%s", file)
	}
	odd := haircut(time.FixedZone("UTC+5:30", 5*3600+1800))
	if got := lines(t, File(odd)); got["DTSTART;TZID=UTC+530"] != "20261125T143000" || got["TZOFFSETTO"] != "+0530" {
		t.Errorf("an offset without a name: %v", got)
	}
	if got := lines(t, File(haircut(time.UTC))); got["DTSTART"] != "20261125T143000Z" || got["TZID"] != "" {
		t.Errorf("UTC: %v", got)
	}
}

func TestGoogleURL(t *testing.T) {
	u, err := url.Parse(GoogleURL(haircut(load(t, "Europe/Moscow"))))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Host != "calendar.google.com" || q.Get("dates") != "20261125T113000Z/20261125T130000Z" || q.Get("ctz") != "Europe/Moscow" ||
		q.Get("text") != "Стрижка, укладка; Primrose" || q.Get("location") == "" || q.Get("details") == "" {
		t.Errorf("the link is %s", u)
	}
}

// FuzzFile: whatever the texts hold, the file has its own properties only and reads back as written.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{"Cut", "a\r\nATTENDEE:mailto:x@y", "\nBEGIN:VALARM", `\n\,;`, strings.Repeat("ж", 200), "\xff\xfe", "a\u2028b\u0000c\u202e", strings.Repeat("> ", 90), strings.Repeat("<b>", 60)} {
		f.Add(seed, seed)
	}
	zone := load(f, "Europe/Riga")
	own := map[string]bool{
		"BEGIN": true, "END": true, "VERSION": true, "PRODID": true, "METHOD": true, "TZID": true, "TZOFFSETFROM": true, "TZOFFSETTO": true,
		"TZNAME": true, "DTSTART": true, "UID": true, "DTSTAMP": true, "LAST-MODIFIED": true, "SEQUENCE": true, "SUMMARY": true, "STATUS": true,
		"DESCRIPTION": true, "LOCATION": true, "GEO": true, "ORGANIZER": true, "DTSTART;TZID=Europe/Riga": true, "DTEND;TZID=Europe/Riga": true,
	}
	plain := strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\;`, ";", `\,`, ",")
	f.Fuzz(func(t *testing.T, summary, place string) {
		v := haircut(zone)
		v.Summary, v.Place = summary, place
		named := v
		named.Organizer = Organizer{Name: summary, Email: place}
		for name, value := range lines(t, File(named)) {
			if base, _, _ := strings.Cut(name, ";"); !own[name] && base != "ORGANIZER" {
				t.Errorf("%q has become a property of a file by %q", name, summary)
			} else if base == "ORGANIZER" && !strings.Contains(value, "mailto:") {
				t.Errorf("the organizer is %s:%s", name, value)
			}
		}
		got := lines(t, File(v))
		for name := range got {
			if !own[name] {
				t.Errorf("%q has become a property", name)
			}
		}
		if back := plain.Replace(got["SUMMARY"]); back != clean(summary) {
			t.Errorf("the summary %q reads back as %q", clean(summary), back)
		}
		if back := plain.Replace(got["LOCATION"]); back != clean(place) {
			t.Errorf("the place %q reads back as %q", clean(place), back)
		}
		if _, err := url.Parse(GoogleURL(v)); err != nil {
			t.Error(err)
		}
	})
}
