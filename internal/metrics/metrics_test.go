package metrics

import (
	"reflect"
	"testing"
)

func TestCountsAreWhatWasCounted(t *testing.T) {
	m := New("test")
	none := Counts{Funnel: map[string]map[string]int{}, Cache: map[string]map[string]int{}, Attempts: map[string]int{}, Changes: map[string]map[string]int{}, Hooks: map[string]map[string]int{}, Told: map[string]map[string]int{}}
	if got := m.Counts(); !reflect.DeepEqual(got, none) {
		t.Errorf("at the start Counts = %+v", got)
	}
	m.Step(7, "service")
	m.Step(7, "service")
	m.Page("/b/:form/master", 200, 8, "master")(0)
	m.Lookup("times", "miss")
	m.Lookup("times", "fresh")
	m.Attempt("booked")
	m.Attempt("unknown")
	m.Attempt("booked")
	m.Change("cancel", "done")
	m.Change("move", "unknown")
	m.Hook("record", "applied")
	m.Told("email", "sent")
	m.Told("push", "gone")
	want := Counts{
		Funnel:   map[string]map[string]int{"7": {"service": 2}, "8": {"master": 1}},
		Cache:    map[string]map[string]int{"times": {"miss": 1, "fresh": 1}},
		Attempts: map[string]int{"booked": 2, "unknown": 1},
		Changes:  map[string]map[string]int{"cancel": {"done": 1}, "move": {"unknown": 1}},
		Hooks:    map[string]map[string]int{"record": {"applied": 1}},
		Told:     map[string]map[string]int{"email": {"sent": 1}, "push": {"gone": 1}},
	}
	if got := m.Counts(); !reflect.DeepEqual(got, want) {
		t.Errorf("Counts = %+v, want %+v", got, want)
	}
}

// TestFormsAreBounded: anybody may ask for any number, and each would be a series of its own for good.
func TestFormsAreBounded(t *testing.T) {
	m := New("test")
	for form := range 10 * maxForms {
		m.Step(1+form, "service")
	}
	got := m.Counts().Funnel
	if len(got) != maxForms+1 || got["other"]["service"] != 9*maxForms || got["1"]["service"] != 1 {
		t.Errorf("%d forms are told apart, %d steps are of others; want %d and %d", len(got)-1, got["other"]["service"], maxForms, 9*maxForms)
	}
}
