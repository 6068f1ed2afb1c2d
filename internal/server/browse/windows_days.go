package browse

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/server/page"
	"okoshko/internal/server/times"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// windowsOfMasters fills the days.
func (s *Handlers) windowsOfMasters(c *fiber.Ctx, view *pages.WindowsPage, w *windows) {
	list := s.list(c, w)
	what := w.what()
	for _, of := range list.days {
		day := pages.WindowDay{Date: of.date, Title: dayTitle(w.Text, of.begins, w.now)}
		for _, m := range of.masters {
			if len(m.slots) > 0 {
				day.Masters = append(day.Masters, w.master(m.Master, m.listed, m.slots, what))
			} else {
				day.Masters = append(day.Masters, w.about(m.Master, m.listed, fromAbout(w.Text, m.about)))
			}
		}
		view.Days = append(view.Days, day)
	}
	for _, m := range list.rest {
		view.Rest = append(view.Rest, w.about(m, "", w.Text.T("widget.datetime.show")))
	}
	view.RestTitle = w.Text.T("widget.windows.rest")
	if len(view.Days) == 0 && len(view.Rest) == 0 {
		view.EmptyText = w.Text.T("widget.datetime.none")
		if !w.known {
			view.EmptyText = w.Text.T("widget.windows.unknown")
		}
		view.Wish = s.Pages.WishLink(w.Request, w.Choices)
		view.Onward = &layout.Link{Title: w.Text.T("widget.windows.onward"), URL: w.Next(w.Choices)}
	}
}

// what returns the chosen services in words.
func (w *windows) what() string {
	titles := make([]string, len(w.Services))
	for i, service := range w.Services {
		titles[i] = service.Title
	}
	return pages.Join(", ", titles...)
}

// more returns in words that there are more times.
func more(text *i18n.Localizer, n int) string {
	return text.T("widget.windows.more", "count", text.Number(n))
}

// fromAbout returns in words that somebody is free from about a time.
func fromAbout(text *i18n.Localizer, at time.Time) string {
	return text.T("widget.windows.about", "time", text.Time(at))
}

// dayTitle returns the name of a day, which says of today and tomorrow what they are.
func dayTitle(text *i18n.Localizer, at, now time.Time) string {
	near, date := text.RelativeDay(at, now), text.Date(at)
	if near == text.T("today") || near == text.T("tomorrow") {
		return pages.Join(", ", near, date)
	}
	return date
}

// with returns the choices with a master, and with a day or a time.
func (w *windows) with(choices flow.Choices, master int, at flow.Choice) flow.Choices {
	choices = w.Journey.Set(flow.Master, choices, flow.Choice{ID: master})
	if at.Date == "" && at.Slot.IsZero() {
		return choices
	}
	return w.Journey.Set(flow.Datetime, choices, at)
}

// card returns a master without times.
func (w *windows) card(m *catalog.Master) pages.WindowMaster {
	return pages.WindowMaster{ID: m.ID, Name: m.Name, Role: w.Role(*m), AvatarURL: m.AvatarURL, Initials: initials(m.Name)}
}

// about returns a master whose times are a press away.
func (w *windows) about(m *catalog.Master, day, title string) pages.WindowMaster {
	card := w.card(m)
	card.Onward = &layout.Link{Title: title, URL: w.Next(w.with(w.Choices, m.ID, flow.Choice{Date: day}))}
	card.Spoken = pages.Join(", ", title, times.DayTitle(w.Request, day), m.Name)
	return card
}

// master returns a master with the first times of a day. What is free at them is said for whoever does not see the page around them.
func (w *windows) master(m *catalog.Master, day string, slots []catalog.Slot, what string) pages.WindowMaster {
	card := w.card(m)
	card.Slots = w.slots(slots[:min(len(slots), windowSlots)], w.Choices, m, what)
	card.DayURL = w.Next(w.with(w.Choices, m.ID, flow.Choice{Date: day}))
	if card.More = len(slots) - len(card.Slots); card.More > 0 {
		title := more(w.Text, card.More)
		card.Onward = &layout.Link{Title: title, URL: card.DayURL}
		card.Spoken = pages.Join(", ", title, times.DayTitle(w.Request, slots[0].Start.Format(time.DateOnly)), m.Name)
	}
	return card
}

// slots returns the views of a master's slots, each of which chooses master and time.
func (w *windows) slots(slots []catalog.Slot, choices flow.Choices, m *catalog.Master, what string) []pages.Slot {
	clock, out := times.Clock(w.Request, slots), make([]pages.Slot, len(slots))
	for i, slot := range slots {
		at := clock(slot.Start)
		out[i] = pages.Slot{
			ISO: slot.Start.Format(page.ISO), Time: at, Label: pages.Join(", ", at, w.Text.Date(slot.Start), m.Name, what),
			URL: w.Next(w.with(choices, m.ID, flow.Choice{Slot: slot.Start})),
		}
	}
	return out
}
