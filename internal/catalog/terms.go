package catalog

import "cmp"

// Prepaid says whether something is paid for in advance (rest-api: "prepaid" of a service, a member of staff, an event).
type Prepaid int

// In order of strength. The API documents no payment, so a booking is made here without one.
const (
	PrepaidForbidden Prepaid = iota // also where the upstream does not say
	PrepaidAllowed
	PrepaidRequired
)

// String is the upstream's word.
func (p Prepaid) String() string { return [...]string{"forbidden", "allowed", "required"}[p] }

// strictest is the strongest of the upstream's words. An unknown word counts as forbidden.
func strictest(words ...string) Prepaid {
	out := PrepaidForbidden
	for _, word := range words {
		for _, p := range []Prepaid{PrepaidAllowed, PrepaidRequired} {
			if word == p.String() {
				out = max(out, p)
			}
		}
	}
	return out
}

// Prepayment says what becomes of services that must be paid for in advance, by bookform.
type Prepayment string

// The settings; the zero value is PrepaymentBook.
const (
	PrepaymentBook   Prepayment = "book"   // it is booked, and the page says that the salon asks for a payment
	PrepaymentLink   Prepayment = "link"   // the customer goes on at the upstream's own form, which takes payments
	PrepaymentRefuse Prepayment = "refuse" // it is shown and cannot be booked online
)

// Bar says why a service, a master or a group event is shown and cannot be booked.
type Bar string

// The bars.
const (
	BarNone       Bar = ""
	BarMembership Bar = "membership" // only for holders of a membership
	BarOffline    Bar = "offline"    // the salon takes no online bookings for it
	BarPrepaid    Bar = "prepaid"    // it must be paid for in advance, and the form refuses that
)

// barred is the bar of a service, a master or a group event that is paid for in advance.
func (f *Bookform) barred(p Prepaid) Bar {
	if p == PrepaidRequired && f.Prepayment == PrepaymentRefuse {
		return BarPrepaid
	}
	return BarNone
}

// BarsService says why a service cannot be booked by the form.
func (f *Bookform) BarsService(s *Service) Bar { return cmp.Or(s.Bar, f.barred(s.Prepaid)) }

// BarsMaster says why a master cannot be booked by the form.
func (f *Bookform) BarsMaster(m *Master) Bar { return f.barred(m.Prepaid) }

// BarsGroupEvent says why a group event cannot be booked by the form.
func (f *Bookform) BarsGroupEvent(e *GroupEvent) Bar { return cmp.Or(e.Bar, f.barred(e.Prepaid)) }

// Prepaid says whether the selection is paid for in advance. The strictest of its parts counts.
func (s *Selection) Prepaid() Prepaid {
	if s.GroupEvent != nil {
		return s.GroupEvent.Prepaid
	}
	out := PrepaidForbidden
	for _, p := range s.Appointments() {
		out = max(out, p.prepaid())
	}
	return out
}

// Barred says why the selection cannot be booked by a bookform. Links, and bookforms that fix a service, may choose a
// service that no page offers.
func (s *Selection) Barred(f *Bookform) Bar {
	if s.GroupEvent != nil {
		return f.BarsGroupEvent(s.GroupEvent)
	}
	for _, p := range s.Appointments() {
		for _, service := range p.Services {
			if b := f.BarsService(service); b != BarNone {
				return b
			}
		}
		if p.Master != nil {
			if b := f.BarsMaster(p.Master); b != BarNone {
				return b
			}
		}
	}
	return BarNone
}

// Appointments are those of the order: the finished ones and the one that is being chosen.
func (s *Selection) Appointments() []Appointment {
	out := append([]Appointment(nil), s.Basket...)
	length := LengthRange{s.Slot.Length, s.Slot.Length}
	if s.Slot.Length == 0 {
		length = Lengths(nil).Together(s.Services)
	}
	return append(out, Appointment{Services: s.Services, Master: s.Master, Start: s.Slot.Start, Length: length})
}

func (p Appointment) prepaid() Prepaid {
	out := PrepaidForbidden
	for _, service := range p.Services {
		out = max(out, service.Prepaid)
	}
	if p.Master != nil {
		out = max(out, p.Master.Prepaid)
	}
	return out
}
