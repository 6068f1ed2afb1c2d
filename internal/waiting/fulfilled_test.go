package waiting

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestABookingEndsTheWishThatItFulfils: by the ticket of the link that the message had, or by the address that was typed; and nothing
// but what the wish waits for ends it.
func TestABookingEndsTheWishThatItFulfils(t *testing.T) {
	r := newRig(t) // for its days
	booked := func(change func(*Booked)) Booked {
		b := Booked{Company: 7, Services: []int{20, 10}, Master: 5, Start: r.at(14, 0)}
		if change != nil {
			change(&b)
		}
		return b
	}
	address := func(b *Booked) { b.Email = "Anna@Mail.example" }
	for name, tt := range map[string]struct {
		wish   func(*Wish)
		booked func(*Booked)
		ticket func(Wish) string // nil: the wish's own
		ends   bool
	}{
		"by the ticket":                 {ends: true},
		"with one service more":         {booked: func(b *Booked) { b.Services = []int{10, 20, 30} }, ends: true},
		"with any master":               {booked: func(b *Booked) { b.Master = 0 }, ends: true},
		"by the address":                {booked: address, ticket: func(Wish) string { return "" }, ends: true},
		"without ticket and address":    {ticket: func(Wish) string { return "" }},
		"another address":               {booked: func(b *Booked) { b.Email = "bert@mail.example" }, ticket: func(Wish) string { return "" }},
		"the secret is no ticket":       {ticket: func(w Wish) string { return w.Secret }},
		"half a ticket":                 {ticket: func(w Wish) string { return w.Ticket[:len(w.Ticket)-2] }},
		"no ticket at all":              {ticket: func(Wish) string { return strings.Repeat("A", 59) }},
		"another service":               {booked: func(b *Booked) { b.Services = []int{10}; address(b) }},
		"another master":                {wish: func(w *Wish) { w.Master = 5 }, booked: func(b *Booked) { b.Master = 6; address(b) }},
		"another day":                   {booked: func(b *Booked) { b.Start = b.Start.AddDate(0, 0, 20); address(b) }},
		"another time of the day":       {wish: func(w *Wish) { w.Hours = Hours{17 * 60, 24 * 60} }, booked: address},
		"another company":               {booked: func(b *Booked) { b.Company = 8; address(b) }},
		"an earlier time of some visit": {wish: func(w *Wish) { w.Visit = &Visit{Company: 7, Record: 1, Hash: "abcdef", Start: r.at(16, 0)} }, booked: address},
	} {
		r := newRig(t)
		w := r.waiting(func(w *Wish) {
			w.Master, w.Channel.Email = 0, "anna@mail.example"
			if tt.wish != nil {
				tt.wish(w)
			}
		})
		w, err := r.Find(t.Context(), w.Secret)
		if err != nil {
			t.Fatal(err)
		}
		ticket := w.Ticket
		if tt.ticket != nil {
			ticket = tt.ticket(w)
		}
		if err := r.Fulfilled(t.Context(), ticket, booked(tt.booked)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := r.Find(t.Context(), w.Secret); errors.Is(err, ErrNone) != tt.ends {
			t.Errorf("%s: Find = %v, want it ended: %v", name, err, tt.ends)
		}
		if err := r.End(t.Context(), w.Secret); err != nil {
			t.Fatal(err)
		}
		if err := r.Fulfilled(t.Context(), w.Ticket, booked(nil)); err != nil {
			t.Errorf("%s: a ticket of a wish that has ended: %v", name, err)
		}
	}
}

// TestATicketOpensNothing: it neither reads nor ends a wish by itself, two of one wish are not equal, and other keys do not open it.
func TestATicketOpensNothing(t *testing.T) {
	r := newRig(t)
	w := r.waiting()
	one, err := r.Find(t.Context(), w.Secret)
	if err != nil {
		t.Fatal(err)
	}
	two, _ := r.Find(t.Context(), w.Secret)
	if one.Ticket == "" || one.Ticket == two.Ticket || strings.Contains(one.Ticket, w.Secret) {
		t.Errorf("tickets %q and %q", one.Ticket, two.Ticket)
	}
	if _, err := r.Find(t.Context(), one.Ticket); !errors.Is(err, ErrNone) {
		t.Errorf("Find by a ticket = %v, want ErrNone", err)
	}
	if err := r.End(t.Context(), one.Ticket); err != nil {
		t.Error(err)
	}
	other := r.desk(func(o *Options) { o.Keys = [][]byte{bytes.Repeat([]byte{9}, 64)} })
	if err := other.Fulfilled(t.Context(), one.Ticket, Booked{Company: 7, Services: []int{10, 20}, Start: r.at(14, 0)}); err != nil {
		t.Error(err)
	}
	if _, err := r.Find(t.Context(), w.Secret); err != nil {
		t.Errorf("the wish is gone: %v", err)
	}
}
