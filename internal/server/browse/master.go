package browse

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/server/search"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// firstSlots is how many of a master's nearest times a card shows.
const firstSlots = 4

// ShowMaster lists the masters, each with the nearest times.
func (s *Handlers) ShowMaster(c *fiber.Ctx, v *page.Request) error {
	filter := v.Filter(flow.Master)
	if at := s.timeFirst(v); !at.IsZero() {
		filter.Slot = at
	}
	masters, err := s.Catalog.MastersNow(c.UserContext(), v.Lang, v.Company, filter)
	if err != nil {
		return err
	}
	view := pages.MasterPage{EmptyText: v.Text.T("widget.master.none")}
	if len(masters) == 0 {
		view.EmptyText, view.Instead = s.whyNobody(c, v, view.EmptyText)
	}
	view.Base = s.Pages.Base(c, v, v.Text.T("widget.title.master"))
	if at := s.timeFirst(v); !at.IsZero() {
		view.Heading = v.Text.T("widget.master.at", "day", v.Text.RelativeDay(at, s.Now().In(v.Company.Location)), "time", v.Text.Time(at))
		view.Title, view.EmptyText = view.Heading, v.Text.T("widget.master.nobody_at")
	}
	suggested := v.Journey.Preselected(flow.Master, v.Choices)
	query := page.Searched(c.Query(urls.QuerySearch))
	wanted := search.Looking(query)
	view.Search = v.Finder(len(masters), query)
	if query != "" {
		view.EmptyText = v.Text.T("widget.master.not_found")
	}
	if v.Company.AnyMaster && len(masters) > 1 && wanted.Finds(v.Text.T("widget.master.any"), v.Text.T("widget.master.any_note")) {
		view.Masters = append(view.Masters, pages.Master{
			Name: v.Text.T("widget.master.any"), Role: v.Text.T("widget.master.any_note"), Bookable: true,
			URL:      v.Next(s.withMaster(v, 0)),
			Selected: suggested.HasMaster && suggested.Master == 0,
		})
	}
	first := soonest(masters)
	for i := range masters {
		card := s.masterCard(v, &masters[i], suggested)
		if !wanted.Finds(card.Name, card.Role) {
			continue
		}
		card.Soonest = first == &masters[i] && len(masters) > 1
		view.Masters = append(view.Masters, card)
	}
	view.Search.Found = v.Found(query, len(view.Masters))
	begin(&view.Base, outcome(view.Search, view.EmptyText))
	view.NextURL, view.Windows = v.GoOn(suggested), s.windowsOfFirstPage(c, v)
	return s.Pages.Browse(c, v, pages.MasterView(view))
}

// ShowAboutMaster shows the page about a master. It needs no call that the list does not need.
func (s *Handlers) ShowAboutMaster(c *fiber.Ctx) error {
	v, err := s.Pages.Read(c, flow.Master)
	if err != nil {
		return err
	}
	if v.ToEvents(flow.Master) {
		return s.Pages.RedirectEvents(c, v)
	}
	if v.Company == nil || !v.Journey.MayOpen(flow.Master, v.Choices) {
		return s.Pages.Redirect(c, v, v.Open)
	}
	masters, err := s.Catalog.Masters(c.UserContext(), v.Lang, v.Company, v.Filter(flow.Master))
	if err != nil {
		return err
	}
	id := c.Params(urls.PathStaff)
	for i := range masters {
		m := &masters[i]
		if strconv.Itoa(m.ID) != id {
			continue
		}
		v.Item = m.ID
		view := pages.AboutPage{
			Base: s.Pages.Base(c, v, m.Name), Master: s.masterCard(v, m, v.Choices), PhotoURL: m.PhotoURL, AboutHTML: m.About,
			Choose: v.Text.T("button.select"), BackURL: v.URL(flow.Master, v.Choices), Back: v.Text.T("widget.master.all"),
		}
		view.Heading, view.Title = m.Name, m.Name
		return s.Pages.Browse(c, v, pages.AboutView(view))
	}
	return fiber.ErrNotFound
}

func (s *Handlers) masterCard(v *page.Request, m *catalog.Master, suggested flow.Choices) pages.Master {
	card := pages.Master{
		ID: m.ID, Name: m.Name, Role: v.Role(*m), AvatarURL: m.AvatarURL, Initials: initials(m.Name),
		Bookable: m.Bookable, Selected: suggested.HasMaster && suggested.Master == m.ID && m.ID != 0,
	}
	if m.About != "" {
		card.AboutURL = v.PageURL(urls.Master, m.ID, v.Choices)
		card.AboutLabel = pages.Join(": ", v.Text.T("widget.master.about"), m.Name)
	}
	if m.Rating > 0 {
		card.Rating = v.Text.Decimal(m.Rating, 1)
		card.RatingLabel = v.Text.N("widget.master.rating", m.Reviews, "rating", card.Rating)
	}
	card.Terms = page.Prepaid(v.Text, m.Prepaid)
	if !m.Bookable {
		card.Unavailable = v.Text.T("widget.master.unavailable")
		return card
	}
	if bar := v.Form.BarsMaster(m); bar != catalog.BarNone {
		card.Unavailable, card.Terms, card.Bookable = v.Text.T("widget.off."+string(bar)), "", false
		return card
	}
	with := s.withMaster(v, m.ID)
	card.URL = v.Next(with)
	if m.Nearest.IsZero() || !s.timeFirst(v).IsZero() {
		return card
	}
	card.Nearest = v.Text.T("widget.nearest", "day", v.Text.RelativeDay(m.Nearest, s.Now().In(v.Company.Location)), "time", v.Text.Time(m.Nearest))
	// A time can be chosen with the master only where datetime would be the next step.
	if v.Journey.Next(with) == flow.Datetime {
		offered := v.Offers(m.Slots)
		for _, slot := range offered[:min(len(offered), firstSlots)] {
			card.Slots = append(card.Slots, pages.Slot{
				ISO: slot.Start.Format(page.ISO), Time: v.Text.Time(slot.Start),
				Label: pages.Join(", ", v.Text.Date(slot.Start), v.Text.Time(slot.Start), m.Name, s.Pages.Price(v)),
				URL:   v.Next(v.Journey.Set(flow.Datetime, with, flow.Choice{Slot: slot.Start})),
			})
		}
	}
	return card
}

// timeFirst returns the time that was chosen before its master, on the page that master and datetime share: the list is of those
// who are free at it. It is zero where there is none, or where it is over.
func (s *Handlers) timeFirst(v *page.Request) time.Time {
	at := v.Choices.Slot
	if v.Page != urls.Master || v.Choices.HasMaster || !v.Journey.SharesPage() || !at.After(s.Now()) {
		return time.Time{}
	}
	return at.In(v.Company.Location)
}

// withMaster returns the choices with a master, and with the time that was chosen first.
func (s *Handlers) withMaster(v *page.Request, id int) flow.Choices {
	choices := v.Journey.Set(flow.Master, v.Choices, flow.Choice{ID: id})
	if at := s.timeFirst(v); !at.IsZero() {
		return v.Journey.Set(flow.Datetime, choices, flow.Choice{Slot: at})
	}
	return choices
}

// bookable returns those of some masters who can be booked at this widget.
func bookable(v *page.Request, masters []catalog.Master) []catalog.Master {
	return slices.DeleteFunc(slices.Clone(masters), func(m catalog.Master) bool {
		return !m.Bookable || v.Form.BarsMaster(&m) != catalog.BarNone
	})
}

// soonest returns the master with the first free slot, nil when no slot is known.
func soonest(masters []catalog.Master) *catalog.Master {
	var first *catalog.Master
	for i := range masters {
		m := &masters[i]
		if m.Bookable && !m.Nearest.IsZero() && (first == nil || m.Nearest.Before(first.Nearest)) {
			first = m
		}
	}
	return first
}

// soonestChoices is how many of the soonest times the first page offers, each of another master.
const soonestChoices = 3

// offerSoonest returns the soonest times on the first page of a salon, each with its master, none once anything is chosen. Where
// the form suggests a service, such a time leads on; else master and time stay chosen while the customer chooses a service. It
// needs one call of book_staff for a salon, whose answer is cached and used by the master step too. Without the answer there are
// no times.
func (s *Handlers) offerSoonest(c *fiber.Ctx, v *page.Request, suggested flow.Choices) []pages.Soonest {
	if v.Page != urls.Page(v.FirstChoice()) || len(v.Choices.Services) > 0 || v.Choices.HasMaster || !v.Choices.Slot.IsZero() || !v.Journey.Has(flow.Master) {
		return nil
	}
	masters, err := s.Catalog.Masters(c.UserContext(), v.Lang, v.Company, catalog.Filter{Services: suggested.Services})
	if err != nil {
		return nil
	}
	masters = slices.DeleteFunc(bookable(v, masters), func(m catalog.Master) bool {
		return m.Nearest.IsZero() || !v.Journey.Offers(m.Nearest)
	})
	slices.SortStableFunc(masters, func(a, b catalog.Master) int { return a.Nearest.Compare(b.Nearest) })
	var out []pages.Soonest
	for _, m := range masters[:min(len(masters), soonestChoices)] {
		choices := v.Journey.Set(flow.Master, suggested, flow.Choice{ID: m.ID})
		choices = v.Journey.Set(flow.Datetime, choices, flow.Choice{Slot: m.Nearest})
		day, clock := v.Text.RelativeDay(m.Nearest, s.Now().In(v.Company.Location)), v.Text.Time(m.Nearest)
		out = append(out, pages.Soonest{
			Time: pages.Join(", ", day, clock), Name: m.Name, URL: v.Next(choices),
		})
	}
	return out
}

// initials returns the first letters of the first two words of a name. A card shows them when there is no picture.
func initials(name string) string {
	var b strings.Builder
	for i, word := range strings.Fields(name) {
		if i == 2 {
			break
		}
		r, _ := utf8.DecodeRuneInString(word)
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}
