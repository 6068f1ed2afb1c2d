package frames

import (
	"fmt"
	"testing"
	"time"
)

func TestAllow(t *testing.T) {
	for _, tt := range []struct {
		source, origin string
		want           bool
	}{
		{"*", "https://anything.example", true},
		{"*", "http://127.0.0.1:3000", true},
		{"*", "null", false},
		{"https://salon.example", "https://salon.example", true},
		{"https://salon.example", "https://SALON.example:443", true},
		{"https://Salon.example:443", "https://salon.example", true},
		{"https://salon.example", "http://salon.example", false},
		{"http://salon.example", "https://salon.example", true},
		{"http://salon.example:80", "https://salon.example", true},
		{"http://salon.example", "https://salon.example:8443", false},
		{"https://salon.example", "https://salon.example:8443", false},
		{"https://salon.example:8443", "https://salon.example:8443", true},
		{"https://salon.example:8443", "https://salon.example", false},
		{"https://salon.example", "https://www.salon.example", false},
		{"https://salon.example", "https://salon.example.evil.example", false},
		{"https://salon.example", "https://evilsalon.example", false},
		{"https://*.tilda.ws", "https://a.tilda.ws", true},
		{"https://*.tilda.ws", "https://a.b.tilda.ws", true},
		{"https://*.tilda.ws", "https://tilda.ws", false},
		{"https://*.tilda.ws", "https://eviltilda.ws", false},
		{"http://localhost:3000", "http://localhost:3000", true},
		{"http://localhost:3000", "http://localhost:3001", false},
		{"http://[::1]:3000", "http://[::1]:3000", true},
		{"http://[::1]", "http://[::1]", true},
		{"https://salon.example", "https://salon.example/page?x=1", true},
		{"https://salon.example", "https://salon.example@evil.example", false},
	} {
		if got := (Hosts{tt.source}).Allow(tt.origin); got != tt.want {
			t.Errorf("%s frames by leave of %s = %v, want %v", tt.origin, tt.source, got, tt.want)
		}
	}
}

func TestOriginOf(t *testing.T) {
	for address, want := range map[string]string{
		"https://Salon.Example/a?b#c":       "https://salon.example",
		"https://salon.example:443/":        "https://salon.example",
		"http://salon.example:443/":         "http://salon.example:443",
		"http://[::1]:80/":                  "http://[::1]",
		"https://user:secret@salon.example": "https://salon.example",
		"":                                  "", "null": "", "about:srcdoc": "", "data:text/html,x": "", "https://": "", "https://salon.example:/": "",
		"https://xn--e1afmkfd.example/": "https://xn--e1afmkfd.example", "https://салон.example/": "", "https://a\nb/": "", `https://a"b/`: "",
	} {
		if got, ok := OriginOf(address); got != want || ok != (want != "") {
			t.Errorf("OriginOf(%q) = %q, %v, want %q", address, got, ok, want)
		}
	}
}

func TestRules(t *testing.T) {
	r := Rules{All: Hosts{"*"}, Forms: map[int]Hosts{5: {"https://a.example", "https://*.b.example"}}}
	if got := r.For(1).Ancestors().String(); got != "*" {
		t.Errorf("ancestors of a form without hosts of its own = %q", got)
	}
	if got := r.For(5).Ancestors().String(); got != "'self' https://a.example https://*.b.example" {
		t.Errorf("ancestors of a form with its own = %q", got)
	}
}

func TestStrangersAreToldOfOnceInAWhile(t *testing.T) {
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	s := NewStrangers(func() time.Time { return now })
	told := 0
	for range 10 {
		if s.Note(1, "https://a.example") {
			told++
		}
		now = now.Add(time.Minute)
	}
	if told != 1 {
		t.Errorf("told of %d times in ten minutes, want once", told)
	}
	now = now.Add(time.Hour)
	if !s.Note(1, "https://a.example") {
		t.Error("not told of again after an hour")
	}
	if got := s.List(); len(got) != 1 || got[0].Times != 11 || got[0].Last != now || got[0].Form != 1 {
		t.Errorf("List = %+v", got)
	}
}

func TestStrangersAreBounded(t *testing.T) {
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	s := NewStrangers(func() time.Time { return now })
	s.Note(1, "https://real.example")
	s.Note(1, "https://real.example")
	told := 0
	for i := range 5 * maxStrangers {
		now = now.Add(time.Millisecond)
		if s.Note(1, fmt.Sprintf("https://invented%d.example", i)) {
			told++
		}
	}
	list := s.List()
	if len(list) != maxStrangers || list[0].Origin != fmt.Sprintf("https://invented%d.example", 5*maxStrangers-1) {
		t.Errorf("%d are remembered, the last is %q", len(list), list[0].Origin)
	}
	if last := list[len(list)-1]; last.Origin != "https://real.example" {
		t.Errorf("a website that keeps trying was forgotten for invented ones; the oldest is %q", last.Origin)
	}
	if told != maxTold-1 {
		t.Errorf("told of %d invented ones, want %d", told, maxTold-1)
	}
}
