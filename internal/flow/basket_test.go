package flow

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func appointment(hour, master int, services ...int) Appointment {
	return Appointment{Services: services, Master: master, Slot: time.Date(2026, time.December, 1, hour, 0, 0, 0, time.FixedZone("", 3*3600))}
}

func TestBasketStandsInTheURL(t *testing.T) {
	c := Choices{Company: 1, Services: []int{5}, Basket: []Appointment{appointment(10, 16, 31, 32), appointment(12, 0)}, Lang: "ru"}
	const want = "company=1&services=5&basket=31.32_16_2026-12-01T10:00:00%2B03:00~_0_2026-12-01T12:00:00%2B03:00&lang=ru"
	if got := c.Encode(); got != want {
		t.Fatalf("Encode = %s, want %s", got, want)
	}
	q, err := url.ParseQuery(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, bad := ParseChoices(q); len(bad) > 0 || !reflect.DeepEqual(got, c) {
		t.Fatalf("ParseChoices = %+v, %v, want %+v", got, bad, c)
	}
	for _, raw := range []string{
		"", "x", "1_2", "1_2_3", "1_x_2026-12-01T10:00:00+03:00", "a_1_2026-12-01T10:00:00+03:00", "1,2_1_2026-12-01T10:00:00+03:00",
		"1_1_2026-12-01T10:00:00+03:00~", strings.Repeat("1_1_2026-12-01T10:00:00+03:00~", MaxBasket) + "1_1_2026-12-01T10:00:00+03:00",
	} {
		if got, bad := ParseChoices(url.Values{"basket": {raw}}); len(bad) != 1 || len(got.Basket) != 0 {
			t.Errorf("basket %q = %+v, %v, want it refused", raw, got.Basket, bad)
		}
	}
}

// TestAnAppointmentFollows: a wish for a second appointment waits until the first is complete, in every order of the steps.
func TestAnAppointmentFollows(t *testing.T) {
	for _, order := range orders {
		j := Plan(salon(order))
		c := j.Apply(Choices{Then: 32, Lang: "ru"})
		mustFollow := func(step Step) {
			t.Helper()
			if got := j.Follow(c); !reflect.DeepEqual(got, c) {
				t.Errorf("%s: at %s Follow = %s, want nothing changed", names(order), step, got.Encode())
			}
		}
		for step := j.Next(c); step != Contact; step = j.Next(c) {
			mustFollow(step)
			c = j.Set(step, c, Choice{ID: 4, Services: []int{31}, Slot: appointment(10, 4).Slot})
		}
		next := j.Follow(c)
		if want := []Appointment{appointment(10, 4, 31)}; len(next.Basket) != 1 || next.Basket[0].Master != 4 || !slices.Equal(next.Basket[0].Services, want[0].Services) || !next.Basket[0].Slot.Equal(want[0].Slot) {
			t.Errorf("%s: the first appointment is %+v", names(order), next.Basket)
		}
		if !slices.Equal(next.Services, []int{32}) || next.Then != 0 || !next.Slot.IsZero() || next.HasMaster || j.Ready(next) || next.Lang != "ru" {
			t.Errorf("%s: the second appointment begins as %s", names(order), next.Encode())
		}
	}
	j := Plan(salon(plainOrder))
	whole := Choices{Services: []int{31}, Master: 4, HasMaster: true, Slot: appointment(10, 4).Slot, Date: "2026-12-01", Then: 32}
	for range MaxBasket {
		whole.Basket = append(whole.Basket, appointment(12, 5, 33))
	}
	if got := j.Follow(j.Apply(whole)); len(got.Basket) != MaxBasket || j.MayFollow(got) {
		t.Errorf("a full order takes another appointment: %s", got.Encode())
	}
	if got := Plan(salon(plainOrder, hide(Service))).Apply(Choices{Then: 32}); got.Then != 0 {
		t.Error("a form that hides its services books another one")
	}
	if got := Plan(chain(plainOrder)).Set(Company, whole, Choice{ID: 9}); got.Then != 0 {
		t.Error("another company keeps the wish for a service of the one before")
	}
}

func TestBasketIsFilledChangedAndEmptied(t *testing.T) {
	j := Plan(salon(plainOrder))
	c := j.Apply(Choices{})
	fill := func(c Choices, v Appointment) Choices {
		c = j.Set(Service, c, Choice{Services: v.Services})
		c = j.Set(Master, c, Choice{ID: v.Master})
		return j.Set(Datetime, c, Choice{Slot: v.Slot})
	}
	a, b := appointment(10, 4, 31), appointment(12, 5, 32)
	if got := j.Add(c); !reflect.DeepEqual(got, c) {
		t.Fatalf("Add of an unfinished appointment = %+v, want nothing changed", got)
	}
	c = j.Add(fill(c, a))
	if len(c.Basket) != 1 || j.Ready(c) || j.Next(c) != Service || len(c.Services) != 0 {
		t.Fatalf("after Add: %+v", c)
	}
	c = fill(c, b)
	if got := c.Appointments(); len(got) != 2 || !j.Ready(c) || !got[0].Slot.Equal(a.Slot) || !got[1].Slot.Equal(b.Slot) {
		t.Fatalf("appointments = %+v", got)
	}
	swapped := j.Take(c, 0)
	if got := swapped.Current(); !got.Slot.Equal(a.Slot) || got.Master != 4 || !j.Ready(swapped) || len(swapped.Basket) != 1 || swapped.Basket[0].Master != 5 {
		t.Fatalf("after Take: %+v", swapped)
	}
	if got := j.Remove(c, 0); len(got.Basket) != 0 || got.Current().Master != 5 || !j.Ready(got) {
		t.Fatalf("after removing the first: %+v", got)
	}
	if got := j.Remove(c, 1); len(got.Basket) != 0 || got.Current().Master != 4 || !j.Ready(got) {
		t.Fatalf("after removing the last: %+v", got)
	}
	for _, i := range []int{-1, 2, 9} {
		if got := j.Remove(c, i); !reflect.DeepEqual(got, c) {
			t.Errorf("Remove(%d) = %+v, want nothing changed", i, got)
		}
	}
	if got := j.Set(Service, c, Choice{Services: []int{31}}); len(got.Basket) != 1 {
		t.Errorf("another service empties the basket: %+v", got)
	}
	full := c
	for range 10 {
		full = fill(j.Add(full), a)
	}
	if len(full.Basket) != MaxBasket || j.MayAdd(full) {
		t.Errorf("basket holds %d appointments, want %d at most", len(full.Basket), MaxBasket)
	}
}

func TestAnotherCompanyEmptiesTheBasket(t *testing.T) {
	j := Plan(chain(plainOrder))
	c := Choices{City: 1, Company: 2, Basket: []Appointment{appointment(10, 4, 31)}, Tags: []Tag{{"utm_source", "x"}}}
	if got := j.Set(Company, c, Choice{ID: 3}); len(got.Basket) != 0 || len(got.Tags) != 1 {
		t.Errorf("another company: %+v", got)
	}
	if got := j.Set(City, c, Choice{ID: 3}); len(got.Basket) != 0 || len(got.Tags) != 1 {
		t.Errorf("another city: %+v", got)
	}
}

// No order of presses loses a finished appointment, invents one, or leaves the order unreadable.
func TestBasketProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := Plan(salon(plainOrder))
		c := j.Apply(Choices{})
		for range rapid.IntRange(1, 40).Draw(t, "presses") {
			before := len(c.Appointments())
			switch rapid.IntRange(0, 5).Draw(t, "press") {
			case 0:
				c = j.Set(Service, c, Choice{Services: []int{rapid.IntRange(1, 4).Draw(t, "service")}})
			case 1:
				c = j.Set(Master, c, Choice{ID: rapid.IntRange(0, 3).Draw(t, "master")})
			case 2:
				c = j.Set(Datetime, c, Choice{Slot: appointment(rapid.IntRange(9, 18).Draw(t, "hour"), 0).Slot})
			case 3:
				ready := j.MayAdd(c)
				if c = j.Add(c); ready != (len(c.Appointments()) == before+1) {
					t.Fatalf("Add: %d appointments, then %d", before, len(c.Appointments()))
				}
			case 4:
				complete := j.Ready(c)
				i := rapid.IntRange(-1, 5).Draw(t, "which")
				inside := i >= 0 && i < len(c.Basket)
				c = j.Take(c, i)
				if want := before - map[bool]int{true: 1}[inside && !complete]; len(c.Appointments()) != want {
					t.Fatalf("Take(%d): %d appointments, then %d, want %d", i, before, len(c.Appointments()), want)
				}
			case 5:
				c = j.Remove(c, rapid.IntRange(-1, 5).Draw(t, "which"))
			}
			if len(c.Basket) > MaxBasket {
				t.Fatalf("basket of %d", len(c.Basket))
			}
			for _, v := range c.Basket {
				if v.Slot.IsZero() || len(v.Services) == 0 {
					t.Fatalf("an unfinished appointment lies in the basket: %+v", v)
				}
			}
			q, err := url.ParseQuery(c.Encode())
			if err != nil {
				t.Fatal(err)
			}
			got, bad := ParseChoices(q)
			if got = j.Apply(got); len(bad) > 0 || !reflect.DeepEqual(got, c) {
				t.Fatalf("ParseChoices(%s) = %+v, %v, want %+v", c.Encode(), got, bad, c)
			}
		}
	})
}

func TestTagsAreCarriedByAllowList(t *testing.T) {
	q := url.Values{
		"utm_source": {"vk & co"}, "gclid": {"x1"}, "utm_medium": {"a", "b"}, "utm_term": {strings.Repeat("я", 101)},
		"utm_content": {"line\nbreak"}, "fbclid": {"no"}, "yclid": {""}, "utm_evil": {"x"},
	}
	c, bad := ParseChoices(q)
	if len(bad) > 0 || !slices.Equal(c.Tags, []Tag{{"utm_source", "vk & co"}, {"gclid", "x1"}}) {
		t.Fatalf("tags = %v, %v", c.Tags, bad)
	}
	again, err := url.ParseQuery(c.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := ParseChoices(again); !reflect.DeepEqual(got, c) {
		t.Fatalf("ParseChoices(%s) = %+v", c.Encode(), got)
	}
}

func TestParseLink(t *testing.T) {
	anybody := Choices{HasMaster: true}
	for _, tt := range []struct {
		o    string
		want Wish
		ok   bool
	}{
		{"", Wish{}, true},
		{"m-1", Wish{Choices: anybody}, true},
		{"m16s331s332", Wish{Choices: Choices{Master: 16, HasMaster: true, Services: []int{331, 332}}}, true},
		{"s1,2,2", Wish{Choices: Choices{Services: []int{1, 2}}}, true},
		{"d2427111500", Wish{Choices: Choices{Date: "2024-11-27"}, LocalTime: "2024-11-27 15:00"}, true},
		{"s5d2401121245m7", Wish{Choices: Choices{Services: []int{5}, Master: 7, HasMaster: true, Date: "2024-12-01"}, LocalTime: "2024-12-01 12:45"}, true},
		{"act", Wish{GroupEvents: true}, true},
		{"m-1act2026-04-23", Wish{Choices: anybody, GroupEvents: true, GroupEventsOn: "2026-04-23"}, true},
		{"act2026-04-23s4", Wish{Choices: Choices{Services: []int{4}}, GroupEvents: true, GroupEventsOn: "2026-04-23"}, true},
		{"d2413451500", Wish{}, false},
		{"d24", Wish{}, false},
		{"m", Wish{}, false},
		{"m-2", Wish{}, false},
		{"s", Wish{}, false},
		{"s1x", Wish{Choices: Choices{Services: []int{1}}}, false},
		{"s99999999999999999999", Wish{}, false},
		{strings.Repeat("s1", 1000), Wish{}, false},
	} {
		got, ok := ParseLink(tt.o)
		if ok != tt.ok || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("ParseLink(%.40q) = %+v, %v, want %+v, %v", tt.o, got, ok, tt.want, tt.ok)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	for _, s := range []string{"m-1s1s2d2401121245", "act2026-04-23", "m16", "s1,2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, o string) {
		w, _ := ParseLink(o)
		q, err := url.ParseQuery(w.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if got, bad := ParseChoices(q); len(bad) > 0 || !reflect.DeepEqual(got, w.Choices) {
			t.Fatalf("ParseLink(%q) = %+v, which a URL does not hold: %+v, %v", o, w.Choices, got, bad)
		}
	})
}
