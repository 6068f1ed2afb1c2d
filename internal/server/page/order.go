package page

import (
	"slices"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/i18n"
	"okoshko/web/templates/pages"
)

// The longest texts of the contact form, in characters. The API names no limits; the upstream's own form has these.
const (
	MaxName    = 100
	MaxEmail   = 254
	MaxComment = 1000
)

// LastStart returns when the last appointment of the order begins.
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

// byTime returns the places of the order's appointments in the list that Appointments makes, by when they begin. Customers
// see their visits in this order, in whichever they have chosen them. One without a time is the last.
func (v *Request) byTime() []int {
	appointments := v.Appointments()
	out := make([]int, len(appointments))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int {
		first, second := appointments[a].Start, appointments[b].Start
		if first.IsZero() || second.IsZero() {
			return second.Compare(first)
		}
		return first.Compare(second)
	})
	return out
}

// Correct returns the title of a page that shows errors. A screen reader reads the title first, so the title says so.
func Correct(text *i18n.Localizer, title string) string {
	return pages.Join(": ", text.T("widget.errors.title"), title)
}

// FullName returns a whole name in the language's order: the surname goes first where there is a patronymic.
func FullName(text *i18n.Localizer, surname, name, patronymic string) string {
	if lang := text.Spoken(); lang == "ru" || lang == "uk" {
		return pages.Join(" ", surname, name, patronymic)
	}
	return pages.Join(" ", name, patronymic, surname)
}

// Before returns in words how many hours or days before a visit a reminder is sent.
func Before(text *i18n.Localizer, hours int) string {
	if hours >= 48 {
		return text.N("widget.contact.days_before", hours/24)
	}
	return text.N("widget.contact.hours_before", hours)
}

// Offers returns those of some slots that the form lets customers choose.
func (v *Request) Offers(slots []catalog.Slot) []catalog.Slot {
	return slices.DeleteFunc(slices.Clone(slots), func(slot catalog.Slot) bool { return !v.Journey.Offers(slot.Start) })
}

// Later returns the later of two times.
func Later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
