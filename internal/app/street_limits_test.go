package app

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	"okoshko/internal/testclock"
)

var _ = addStreet("N1 twelve people behind one carrier address", func(t *testing.T) {
	clock := testclock.Running()
	r := newRigAt(t, clock.Now, behindProxy, "OKOSHKO_LIMITS_SMS_PER_ADDRESS=10", "OKOSHKO_LIMITS_BOOKINGS_PER_ADDRESS=30")
	carrier := r.from("198.51.100.7")
	book := func(form string, i int) {
		t.Helper()
		own := maps.Clone(anna)
		own["phone"] = fmt.Sprintf("+7916126%04d", i)
		p := carrier.send(carrier.to(carrier.get("/b/"+form), "contact"), own)
		if asksForProof(p) {
			p = carrier.send(p, map[string]string{"proof": solved(t, p)})
		}
		if p = carrier.to(p, "done"); p.step() != "done" {
			t.Fatalf("person %d comes to %q at form %s: %s", i, p.step(), form, p.Find("main").Text())
		}
	}
	for i := range 12 {
		clock.Add(10 * time.Second)
		book([]string{"2", "20"}[i%2], i)
	}
	for i := range 6 { // and all at one salon
		clock.Add(20 * time.Second)
		book("2", 100+i)
	}
	_, aim := r.two()
	link := fmt.Sprintf("/r/1/%d/%d/", aim.Company, aim.ID)
	for i := range 10 {
		carrier.get(fmt.Sprintf("%s%032d", link, i))
	}
	if p := carrier.get(link + aim.Hash); p.status != http.StatusOK {
		t.Errorf("after ten wrong links of others the right one gets %d", p.status)
	}
})

var _ = addStreet("N3 everybody comes from the same proxy", func(t *testing.T) {
	r := newRig(t, "OKOSHKO_LIMITS_SMS_PER_ADDRESS=10", "OKOSHKO_LIMITS_BOOKINGS_PER_ADDRESS=2")
	for i := range 15 {
		by := r.from(fmt.Sprintf("198.51.100.%d", i))
		own := maps.Clone(anna)
		own["phone"] = fmt.Sprintf("+7916127%04d", i)
		if p := by.to(by.send(by.to(by.get("/b/2"), "contact"), own), "done"); p.step() != "done" {
			t.Fatalf("person %d comes to %q: %s", i, p.step(), p.Find("main").Text())
		}
	}
})
