package page

import (
	"slices"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/web/templates/pages"
)

// ChosenVisit is an appointment of the order as it will be booked.
func (v *Request) ChosenVisit(p catalog.Appointment) pages.Visit {
	out := pages.Visit{When: When(v.Text, p.Start), ISO: p.Start.Format(ISO)}
	for _, service := range p.Services {
		out.Services = append(out.Services, v.ServiceRow(service))
	}
	if p.Master != nil || v.Journey.Has(flow.Master) {
		out.Master = masterName(v, p.Master)
	}
	if p.Master != nil {
		out.Master = Join(" · ", out.Master, Prepaid(v.Text, p.Master.Prepaid))
	}
	Place(&out, v.Company)
	return out
}

// Lengths in characters; the upstream names none, these are what its own form lets through.
const (
	MaxName    = 100
	MaxEmail   = 254
	MaxComment = 1000
)

// LastStart is when the last visit of the order begins.
func (v *Request) LastStart() time.Time {
	if v.GroupEvent != nil {
		return v.GroupEvent.Start
	}
	last := v.Slot.Start
	for _, p := range v.Basket {
		last = Later(last, p.Start)
	}
	return last
}

// Correct is the title of a page on which something is to be mended: it is what a screen reader says first.
func Correct(text *i18n.Localizer, title string) string {
	return Join(": ", text.T("widget.errors.title"), title)
}

// Before is how long before a visit its customer is reminded.
func Before(text *i18n.Localizer, hours int) string {
	if hours >= 48 {
		return text.N("widget.contact.days_before", hours/24)
	}
	return text.N("widget.contact.hours_before", hours)
}

// Offers are the times that the form lets its customers choose.
func (v *Request) Offers(slots []catalog.Slot) []catalog.Slot {
	return slices.DeleteFunc(slices.Clone(slots), func(slot catalog.Slot) bool { return !v.Journey.Offers(slot.Start) })
}

// Later is the later one of two moments.
func Later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
