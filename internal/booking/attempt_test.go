package booking

import (
	"strings"
	"testing"
	"time"

	"okoshko/internal/ledger"
	"okoshko/internal/upstream"
)

// TestAnAttemptHasANameForEachReader: the ID opens a page, so nothing that others read leads to it.
func TestAnAttemptHasANameForEachReader(t *testing.T) {
	r := newRig(t)
	a, err := r.desk.Confirm(t.Context(), "nonce", r.order(t, 0))
	if err != nil || a.State != StateBooked {
		t.Fatalf("Confirm = %+v, %v", a, err)
	}
	records := r.box.Booked()
	if mark := records[len(records)-1].APIID; mark != a.Mark || mark == a.ID || !isMark(mark) {
		t.Errorf("the record carries %q, the attempt is %q, its mark %q", mark, a.ID, a.Mark)
	}
	if name := inLog(a.ID); name == "" || strings.Contains(a.ID, name) || strings.Contains(a.Mark, name) {
		t.Errorf("the log names it %q", name)
	}
	if got, want := inLog("abc"), "f6857667d9cf0e70"; got != want { // printf 'log\0%s\0' abc | sha256sum | cut -c1-16
		t.Errorf("inLog = %s, want %s as docs/operations.md has it", got, want)
	}
	b, err := r.desk.Confirm(t.Context(), "another nonce", r.order(t, 3))
	if err != nil || b.Mark == a.Mark || b.Name == a.Name || b.Maker == a.Maker || b.Customer == a.Customer {
		t.Errorf("two attempts of one customer can be told to be: %+v, %+v, %v", a, b, err)
	}
	if !b.By("browser") || b.By("another") || b.By("") || (Attempt{Entry: ledger.Entry{ID: b.ID}}).By("") || !b.Of("79161234567") || b.Of("") {
		t.Errorf("whose it is: %+v", b)
	}
}

// TestAnOldRecordIsStillKnown: processes before there were marks sent the ID.
func TestAnOldRecordIsStillKnown(t *testing.T) {
	at := time.Date(2026, time.October, 20, 10, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, mark, carried string
		want                RecordSight
	}{
		{"old", "", strings.Repeat("a", 32), RecordFound},
		{"new", strings.Repeat("b", 32), strings.Repeat("b", 32), RecordFound},
		{"another's", strings.Repeat("b", 32), strings.Repeat("a", 32), RecordAlike},
	} {
		a := Attempt{Entry: ledger.Entry{ID: strings.Repeat("a", 32)}, Mark: tt.mark, Company: 501, Appointments: []Appointment{{ID: 1, Start: at}}}
		record := upstream.Record{ID: 7, APIID: tt.carried, Start: at}
		record.Company.ID = 501
		sights, _ := recordSights(a, []upstream.Record{record}, true)
		if sights[0] != tt.want {
			t.Errorf("%s: sees %v, want %v", tt.name, sights[0], tt.want)
		}
	}
}

func TestTwoPeopleOfOnePhone(t *testing.T) {
	at := time.Date(2026, time.October, 20, 10, 0, 0, 0, time.UTC)
	visits := []Appointment{{ID: 1, Services: []int{1}, Start: at, Length: time.Hour}}
	mother, child := Contact{Name: "Мария", Surname: "Иванова"}, Contact{Name: "Ваня", Surname: "Иванова"}
	x := Attempt{Entry: ledger.Entry{ID: "x", State: StateBooked, Created: at.Add(-time.Hour)}, Appointments: visits, Name: nameOf("x", mother)}
	for _, tt := range []struct {
		name string
		x    Attempt
		of   Contact
		want relation
	}{
		{"the same name", x, mother, duplicate},
		{"written otherwise", x, Contact{Name: " мария  иванова"}, duplicate},
		{"another name", x, child, another},
		{"of a process that noted no name", Attempt{Entry: x.Entry, Appointments: visits}, child, duplicate},
		{"refused", Attempt{Entry: ledger.Entry{ID: "x", State: StateRefused}, Appointments: visits, Name: x.Name}, child, unrelated},
	} {
		if got := relateBy(tt.x, Attempt{Appointments: visits}, tt.of, at.Add(-time.Hour+time.Second)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
