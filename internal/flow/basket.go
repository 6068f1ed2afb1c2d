package flow

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Appointment is one complete part of an order: which services, with whom and when.
type Appointment struct {
	Services []int
	Master   int // 0 = any
	Slot     time.Time
}

// MaxBasket is how many finished appointments an order may hold beside the one being chosen.
const MaxBasket = 4

// Separators of the parts of an appointment in a URL. They need no escape:
// "31.32_16_2026-12-01T12:00:00+03:00~…".
const (
	appointmentSep = "~"
	partSep        = "_"
	serviceSep     = "."
)

// Current is the appointment that is being chosen.
func (c Choices) Current() Appointment {
	return Appointment{Services: c.Services, Master: c.Master, Slot: c.Slot}
}

// Appointments are all appointments of the order, the one being chosen last.
func (c Choices) Appointments() []Appointment { return append(slices.Clone(c.Basket), c.Current()) }

// MayAdd says whether the order can take another appointment: the present one is complete, it is not a
// group event, and there is room.
func (j Journey) MayAdd(c Choices) bool {
	return j.Ready(c) && c.GroupEvent == 0 && len(c.Basket) < MaxBasket
}

// Add moves the appointment being chosen into the basket and begins another one at the same company.
func (j Journey) Add(c Choices) Choices {
	if !j.MayAdd(c) {
		return c
	}
	c.Basket = c.Appointments()
	return j.Apply(c.begin(Appointment{}))
}

// Follow begins the appointment that is to follow the present one, once that is complete.
func (j Journey) Follow(c Choices) Choices {
	if c.Then == 0 || !j.MayAdd(c) {
		return c
	}
	service := c.Then
	c.Then = 0
	return j.Set(Service, j.Add(c), Choice{Services: []int{service}})
}

// MayFollow says whether the order has room for an appointment after the present one.
func (j Journey) MayFollow(c Choices) bool {
	return j.Has(Service) && c.GroupEvent == 0 && len(c.Basket) < MaxBasket
}

// Take makes an appointment of the basket the one being chosen, so that it can be changed. The one being
// chosen goes into the basket when it is complete, and is given up otherwise.
func (j Journey) Take(c Choices, i int) Choices {
	if i < 0 || i >= len(c.Basket) {
		return c
	}
	taken, rest := c.Basket[i], without(c.Basket, i)
	if j.Ready(c) {
		rest = append(rest, c.Current())
	}
	c.Basket = rest
	return j.Apply(c.begin(taken))
}

// Remove takes an appointment out of the order. With i = len(Basket) it is the one being chosen, and the last of the basket
// takes its place.
func (j Journey) Remove(c Choices, i int) Choices {
	switch last := len(c.Basket) - 1; {
	case i >= 0 && i <= last:
		c.Basket = without(c.Basket, i)
		return c
	case i == last+1 && last >= 0:
		taken := c.Basket[last]
		c.Basket = without(c.Basket, last)
		return j.Apply(c.begin(taken))
	default:
		return c
	}
}

// without is the basket without one appointment. An empty basket is nil, as ParseChoices has it.
func without(basket []Appointment, i int) []Appointment {
	if len(basket) == 1 {
		return nil
	}
	return slices.Delete(slices.Clone(basket), i, i+1)
}

// begin puts an appointment in the place of the one being chosen.
func (c Choices) begin(v Appointment) Choices {
	c.Services, c.Master, c.HasMaster, c.Slot, c.Date = v.Services, v.Master, !v.Slot.IsZero(), v.Slot, ""
	if !v.Slot.IsZero() {
		c.Date = v.Slot.Format(time.DateOnly)
	}
	return c
}

func encodeBasket(basket []Appointment) string {
	out := make([]string, len(basket))
	for i, v := range basket {
		ids := make([]string, len(v.Services))
		for k, id := range v.Services {
			ids[k] = strconv.Itoa(id)
		}
		out[i] = strings.Join([]string{strings.Join(ids, serviceSep), strconv.Itoa(v.Master), v.Slot.Format(time.RFC3339)}, partSep)
	}
	return strings.Join(out, appointmentSep)
}

func parseBasket(raw string) ([]Appointment, bool) {
	parts := strings.Split(raw, appointmentSep)
	if len(parts) > MaxBasket {
		return nil, false
	}
	var basket []Appointment
	for _, part := range parts {
		fields := strings.Split(part, partSep)
		if len(fields) != 3 {
			return nil, false
		}
		var v Appointment
		var ok bool
		if fields[0] != "" { // a bookform may book without services
			if v.Services, ok = parseIDs(strings.ReplaceAll(fields[0], serviceSep, ",")); !ok || strings.Contains(fields[0], ",") {
				return nil, false
			}
		}
		if v.Master, ok = parseMaster(fields[1]); !ok {
			return nil, false
		}
		if v.Slot, ok = parseSlot(fields[2]); !ok {
			return nil, false
		}
		basket = append(basket, v)
	}
	return basket, true
}
