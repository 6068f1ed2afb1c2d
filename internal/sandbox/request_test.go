package sandbox

import (
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"testing"
)

func TestParseIntegers(t *testing.T) {
	for _, tt := range []struct {
		query string
		want  []int
		fails bool
	}{
		{"", nil, false},
		{"ids=", nil, false},
		{"ids[]=5&ids[]=6", []int{5, 6}, false},
		{"ids%5B1%5D=6&ids%5B0%5D=5", []int{5, 6}, false},
		{"ids=5", []int{5}, false},
		{"ids=5,6", []int{5, 6}, false},
		{"ids=5, 6,", []int{5, 6}, false},
		{"ids=5&ids=6", []int{6}, false},
		{"idset[]=5", nil, false},
		{"ids[]=x", nil, true},
		{"ids[x]=5", nil, true},
		{"ids=5%3B6", nil, true},
	} {
		query, _ := url.ParseQuery(tt.query)
		got, err := parseIntegers(query, "ids")
		if !slices.Equal(got, tt.want) || (err != nil) != tt.fails {
			t.Errorf("parseIntegers(%q) = %v, %v, want %v", tt.query, got, err, tt.want)
		}
	}
}

func TestNormalPhone(t *testing.T) {
	for text, want := range map[string]string{
		"79161234567": "79161234567", "+7 (916) 123-45-67": "79161234567", "37120000000": "37120000000",
		"": "", "123": "", "79161234567890123": "", "0037120000000": "", "7916 123 45 6x": "", "٧٩١٦١٢٣٤٥٦٧": "",
	} {
		if got, ok := normalPhone(text); got != want || ok != (want != "") {
			t.Errorf("normalPhone(%q) = %q, %v, want %q", text, got, ok, want)
		}
	}
}

func TestPage(t *testing.T) {
	items := []int{1, 2, 3, 4, 5}
	for _, tt := range []struct {
		count, number int
		want          []int
	}{
		{0, 0, []int{1, 2, 3}},
		{2, 1, []int{1, 2}},
		{2, 3, []int{5}},
		{2, 4, nil},
		{100, 1, []int{1, 2, 3, 4}},
		{-1, 1, nil},
		{2, -5, []int{1, 2}},
		{2, math.MaxInt, nil},
	} {
		if got := page(items, tt.count, tt.number, 3, 4); !slices.Equal(got, tt.want) {
			t.Errorf("page(%d, %d) = %v, want %v", tt.count, tt.number, got, tt.want)
		}
	}
}

func FuzzAppointment(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"services":[5],"staff_id":0,"datetime":"2026-12-01T12:00:00+0300"}`,
		`{"id":"1","services":["5"],"staff_id":"-1","datetime":1796115600,"custom_fields":[]}`,
		`{"services":null,"staff_id":true,"custom_fields":{"a":1}}`,
		`{"datetime":{}}`, `{"id":1e99}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var a appointment
		if json.Unmarshal(raw, &a) == nil && !json.Valid(raw) {
			t.Errorf("decoded %q, which is not JSON", raw)
		}
	})
}
