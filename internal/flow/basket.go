package flow

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Visit is one complete visit of an order: what, with whom and when.
type Visit struct {
	Services []int
	Master   int // 0 = any
	Slot     time.Time
}

// MaxBasket is how many finished visits an order may hold beside the one being chosen.
const MaxBasket = 4

// The parts of a visit in a URL, all of them characters that need no escape:
// "31.32_16_2026-12-01T12:00:00+03:00~…".
const (
	visitSep   = "~"
	partSep    = "_"
	serviceSep = "."
)

// Current is the visit that is being chosen.
func (c Choices) Current() Visit {
	return Visit{Services: c.Services, Master: c.Master, Slot: c.Slot}
}

// Visits are all visits of the order, the one being chosen last.
func (c Choices) Visits() []Visit { return append(slices.Clone(c.Basket), c.Current()) }

// MayAdd says whether the order can take another visit: the present one is complete, it is not a
// group event, and there is room.
func (j Journey) MayAdd(c Choices) bool {
	return j.Ready(c) && c.GroupEvent == 0 && len(c.Basket) < MaxBasket
}

// Add lays the visit being chosen into the basket and begins another one at the same company.
func (j Journey) Add(c Choices) Choices {
	if !j.MayAdd(c) {
		return c
	}
	c.Basket = c.Visits()
	return j.Apply(c.begin(Visit{}))
}

// Take makes a visit of the basket the one being chosen, so that it can be changed. The one being
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

// Remove takes a visit out of the order; the last of the basket becomes the one being chosen when
// it is that one which goes (i = len(Basket)).
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

// without is a basket less one visit; an empty one is nil, as a URL has it.
func without(basket []Visit, i int) []Visit {
	if len(basket) == 1 {
		return nil
	}
	return slices.Delete(slices.Clone(basket), i, i+1)
}

// begin puts a visit in the place of the one being chosen.
func (c Choices) begin(v Visit) Choices {
	c.Services, c.Master, c.HasMaster, c.Slot, c.Date = v.Services, v.Master, !v.Slot.IsZero(), v.Slot, ""
	if !v.Slot.IsZero() {
		c.Date = v.Slot.Format(time.DateOnly)
	}
	return c
}

func encodeBasket(basket []Visit) string {
	out := make([]string, len(basket))
	for i, v := range basket {
		ids := make([]string, len(v.Services))
		for k, id := range v.Services {
			ids[k] = strconv.Itoa(id)
		}
		out[i] = strings.Join([]string{strings.Join(ids, serviceSep), strconv.Itoa(v.Master), v.Slot.Format(time.RFC3339)}, partSep)
	}
	return strings.Join(out, visitSep)
}

func parseBasket(raw string) ([]Visit, bool) {
	parts := strings.Split(raw, visitSep)
	if len(parts) > MaxBasket {
		return nil, false
	}
	var basket []Visit
	for _, part := range parts {
		fields := strings.Split(part, partSep)
		if len(fields) != 3 {
			return nil, false
		}
		var v Visit
		var ok bool
		if fields[0] != "" { // a form may book without services
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
