package catalog

import (
	"time"

	"okoshko/internal/upstream"
)

// A company's clock is what its own slots show. The zone that the company names holds until a slot shows another local
// time: the country may have changed its clocks since this program's list of zones was made. See docs/architecture.md.

// Unzoned says that the company's offset from UTC is not known. Its times are shown as they were sent.
func (c *Company) Unzoned() bool { return c.Location == upstream.Unzoned }

// onClock is the company with the zone that its slots have shown.
func (c *Catalog) onClock(company *Company) *Company {
	if shown, ok := c.clocks.Load(company.ID); ok {
		if zone, is := shown.(*time.Location); is && company.Location != zone {
			out := *company
			out.Location = zone
			return &out
		}
	}
	return company
}

// slots reads an answer's slots on the company's clock, in order.
func (c *Catalog) slots(company *Company, raw []upstream.Seance) []Slot {
	out := make([]Slot, 0, len(raw))
	for _, s := range raw {
		start, agrees := s.In(company.zone)
		c.noteClock(company, start, agrees && !company.zoneless())
		length := s.SumLength
		if length == 0 {
			length = s.Length
		}
		out = append(out, Slot{Start: start, Length: length})
	}
	return inOrderOnce(out)
}

// zoneless says that the upstream has named no zone.
func (c *Company) zoneless() bool { return c.zone == upstream.Unzoned }

// noteClock remembers the offset that a slot has shown. The first slot that disagrees with the zone is logged.
func (c *Catalog) noteClock(company *Company, start time.Time, agrees bool) {
	if agrees {
		c.clocks.Delete(company.ID)
		return
	}
	if start.Location() == company.zone {
		return // the slot has no offset
	}
	_, offset := start.Zone()
	zone := time.FixedZone("", offset)
	before, known := c.clocks.Swap(company.ID, zone)
	if known && before == zone {
		return
	}
	if was, is := before.(*time.Location); known && is {
		if _, old := start.In(was).Zone(); old == offset {
			return
		}
	}
	if company.zoneless() {
		return // there is no zone to disagree with
	}
	if c.cache.watch != nil {
		c.cache.watch.Disagrees("clock")
	}
	if _, told := c.disagreed.LoadOrStore(company.ID, true); !told {
		c.log.Warn("a company's times disagree with its zone", "company", company.ID, "zone", company.zone.String(), "by the zone", start.In(company.zone).Format("15:04 -07:00"), "by the times", start.Format("15:04 -07:00"))
	}
}

// find is the slot that is meant: the same moment, or, where the company's slots disagree with its zone, the same local time
// in a link that was written by the zone.
func (c *Company) find(offered []Slot, at time.Time) (Slot, bool) {
	for _, slot := range offered {
		if slot.Start.Equal(at) {
			return slot, true
		}
	}
	_, written := at.Zone()
	if _, offset := at.In(c.zone).Zone(); offset != written {
		return Slot{}, false
	}
	for _, slot := range offered {
		if _, offset := slot.Start.Zone(); offset != written && slot.Start.Format(time.DateTime) == at.Format(time.DateTime) {
			return slot, true
		}
	}
	return Slot{}, false
}
