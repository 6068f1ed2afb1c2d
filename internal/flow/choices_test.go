package flow

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

func at(t testing.TB, v string) time.Time {
	t.Helper()
	parsed, ok := parseSlot(v)
	if !ok {
		t.Fatalf("parseSlot(%q) refuses", v)
	}
	return parsed
}

func query(t testing.TB, raw string) url.Values {
	t.Helper()
	q, err := url.ParseQuery(raw)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestParseChoicesReadsWhatEncodeWrites(t *testing.T) {
	noon := at(t, "2026-12-01T12:00:00+03:00")
	for _, tt := range []struct {
		query string
		want  Choices
	}{
		{"", Choices{}},
		{"city=2", Choices{City: 2}},
		{"company=4564", Choices{Company: 4564}},
		{"services=3,1,2", Choices{Services: []int{3, 1, 2}}},
		{"master=0", Choices{HasMaster: true}},
		{"master=16", Choices{Master: 16, HasMaster: true}},
		{"date=2028-02-29", Choices{Date: "2028-02-29"}},
		{"slot=2026-12-01T12:00:00%2B03:00", Choices{Slot: noon, Date: "2026-12-01"}},
		{"slot=2026-12-01T12:00:00Z", Choices{Slot: at(t, "2026-12-01T12:00:00Z"), Date: "2026-12-01"}},
		{"slot=2026-12-01T23:30:00-05:00", Choices{Slot: at(t, "2026-12-01T23:30:00-05:00"), Date: "2026-12-01"}},
		{"then=7", Choices{Then: 7}},
		{"lang=lv", Choices{Lang: "lv"}},
		{
			"city=1&company=2&services=3,4&master=5&slot=2026-12-01T12:00:00%2B03:00&lang=ru",
			Choices{City: 1, Company: 2, Services: []int{3, 4}, Master: 5, HasMaster: true, Slot: noon, Date: "2026-12-01", Lang: "ru"},
		},
		{
			"city=1&company=2&services=3&master=0&date=2026-12-01&lang=ru",
			Choices{City: 1, Company: 2, Services: []int{3}, HasMaster: true, Date: "2026-12-01", Lang: "ru"},
		},
	} {
		got, bad := ParseChoices(query(t, tt.query))
		if len(bad) > 0 || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("ParseChoices(%q) = %+v, %v, want %+v", tt.query, got, bad, tt.want)
		}
		if encoded := tt.want.Encode(); encoded != tt.query {
			t.Errorf("Encode(%+v) = %q, want %q", tt.want, encoded, tt.query)
		}
	}
}

func TestParseChoicesForgives(t *testing.T) {
	for _, tt := range []struct{ query, want string }{
		{"master=-1", "master=0"},
		{"slot=2026-12-01T12:00:00+03:00", "slot=2026-12-01T12:00:00%2B03:00"}, // the plus as typed
		{"slot=2026-12-01T12:00:00-00:00", "slot=2026-12-01T12:00:00Z"},
		{"date=2026-12-24&slot=2026-12-01T12:00:00Z", "slot=2026-12-01T12:00:00Z"}, // the time's own day wins
		{"lang=ru&city=1", "city=1&lang=ru"},
		{"fbclid=x&month=2026-12&city=1", "city=1"},
		{"City=1", ""},
	} {
		got, bad := ParseChoices(query(t, tt.query))
		if len(bad) > 0 || got.Encode() != tt.want {
			t.Errorf("ParseChoices(%q).Encode() = %q, %v, want %q", tt.query, got.Encode(), bad, tt.want)
		}
	}
}

func TestParseChoicesRefuses(t *testing.T) {
	many := make([]string, maxServices+1)
	for i := range many {
		many[i] = string(rune('1'+i%9)) + strings.Repeat("0", i/9)
	}
	for _, tt := range []struct{ query, want string }{
		{"city=", "city"},
		{"city=0", "city"},
		{"city=-3", "city"},
		{"city=%2B3", "city"},
		{"city=03", "city"},
		{"city=3.0", "city"},
		{"city=1e3", "city"},
		{"city=٣", "city"},
		{"city=2147483648", "city"},
		{"city=99999999999999999999", "city"},
		{"city=1&city=1", "city"},
		{"company=x", "company"},
		{"company=1&company=2", "company"},
		{"services=", "services"},
		{"services=1,", "services"},
		{"services=,1", "services"},
		{"services=1,1", "services"},
		{"services=1,%202", "services"},

		{"services=0", "services"},
		{"services=1&services=2", "services"},
		{"services=" + strings.Join(many, ","), "services"},
		{"master=", "master"},
		{"master=-2", "master"},
		{"master=any", "master"},
		{"date=", "date"},
		{"date=2026-02-30", "date"},
		{"date=2027-02-29", "date"},
		{"date=2026-2-3", "date"},
		{"date=0000-00-00", "date"},
		{"date=1969-12-31", "date"},
		{"date=2026-12-01T00:00", "date"},
		{"slot=", "slot"},
		{"slot=12:00", "slot"},
		{"slot=2026-12-01T12:00:00", "slot"},
		{"slot=2026-12-01T12:00:00.5Z", "slot"},
		{"slot=2026-12-01T12:00:00,0Z", "slot"},
		{"slot=2026-12-01T24:00:00Z", "slot"},
		{"slot=2026-12-01T9:00:00Z", "slot"},
		{"slot=2026-02-30T12:00:00Z", "slot"},
		{"slot=2026-12-01T12:00:00%2B24:60", "slot"},
		{"slot=2026-12-01T12:00:00%2B16:00", "slot"},
		{"slot=0001-01-01T00:00:00Z", "slot"},
		{"slot=1796000000", "slot"},
		{"lang=", "lang"},
		{"lang=../etc", "lang"},
		{"lang=-", "lang"},
		{"lang=" + strings.Repeat("x", maxLang+1), "lang"},
		{"lang=ru&lang=ru", "lang"},
		{"city=x&company=x&services=x&master=x&date=x&slot=x&lang=1", "city company services master date slot lang"},
	} {
		got, bad := ParseChoices(query(t, tt.query))
		names := make([]string, len(bad))
		for i, b := range bad {
			names[i] = b.Name
		}
		if strings.Join(names, " ") != tt.want || !reflect.DeepEqual(got, Choices{}) {
			t.Errorf("ParseChoices(%q) = %+v, %v, want nothing and [%s]", tt.query, got, bad, tt.want)
		}
	}
}

func TestParseChoicesKeepsWhatIsGood(t *testing.T) {
	got, bad := ParseChoices(query(t, "city=3&services=1,x&date=2026-12-01&slot=noon"))
	if want := (Choices{City: 3, Date: "2026-12-01"}); len(bad) != 2 || !reflect.DeepEqual(got, want) {
		t.Fatalf("ParseChoices = %+v, %v, want %+v and two bad parameters", got, bad, want)
	}
}

func TestEncodeEscapesALanguageFromElsewhere(t *testing.T) {
	if got, want := (Choices{City: 1, Lang: "x&city=2"}).Encode(), "city=1&lang=x%26city%3D2"; got != want {
		t.Fatalf("Encode = %q, want %q", got, want)
	}
}

func FuzzParseChoices(f *testing.F) {
	for _, seed := range []string{
		"", "city=1&company=2&services=3,4&master=-1&date=2026-12-01&lang=ru-RU",
		"slot=2026-12-01T12:00:00+03:00", "slot=2026-12-01T12:00:00%2B24:60", "slot=9999-12-31T23:59:59-15:00",
		"services=1,1", "services=1,,2", "date=2026-02-30", "city=1&city=2", "master=00", "lang=--", "slot=2026-12-01T12:00:00.000Z",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		c, bad := ParseChoices(q)
		for _, b := range bad {
			given := false
			for name := range q { // "date[]" is complained about as "date"
				base, _, _ := strings.Cut(name, "[")
				given = given || name == b.Name || base == b.Name
			}
			if !given {
				t.Fatalf("ParseChoices(%q) complains about %q, which was not given", raw, b.Name)
			}
		}
		mustRoundTrip(t, c)
	})
}

// fataler is what a plain test and a property test have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// mustRoundTrip checks that choices survive a URL.
func mustRoundTrip(t fataler, c Choices) {
	t.Helper()
	q, err := url.ParseQuery(c.Encode())
	if err != nil {
		t.Fatalf("Encode = %q: no query (%v)", c.Encode(), err)
	}
	if again, bad := ParseChoices(q); len(bad) > 0 || !reflect.DeepEqual(again, c) {
		t.Fatalf("ParseChoices(%q) = %+v, %v, want %+v", c.Encode(), again, bad, c)
	}
}

func TestEscapesAsAQueryDoes(t *testing.T) {
	var all []byte
	for b := range 256 {
		all = append(all, byte(b))
	}
	want := strings.NewReplacer("%2C", ",", "%3A", ":").Replace(url.QueryEscape(string(all)))
	if got := string(appendEscaped(nil, string(all))); got != want {
		t.Errorf("appendEscaped = %q, want %q", got, want)
	}
}

func TestEncodeSlotIsInTheQuery(t *testing.T) {
	for _, v := range []string{"2026-11-25T14:30:00+03:00", "2026-11-25T14:30:00Z", "2026-11-25T14:30:00-03:30"} {
		if got, want := (Choices{Slot: at(t, v)}).Encode(), "slot="+EncodeSlot(at(t, v)); got != want {
			t.Errorf("Encode = %q, want %q", got, want)
		}
	}
}
