package server

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// firstSlots is how many of a master's nearest times stand on the card.
const firstSlots = 4

func (s *Server) showMaster(c *fiber.Ctx, v *pageRequest) error {
	masters, err := s.Catalog.MastersNow(c.UserContext(), v.lang, v.Company, v.Filter(flow.Master))
	if err != nil {
		return err
	}
	page := pages.MasterPage{
		Base:      s.base(c, v, v.text.T("header.select_master")),
		EmptyText: v.text.T("widget.master.none"),
	}
	suggested := v.Journey.Preselected(flow.Master, v.Choices)
	query := searched(c.Query(urls.QuerySearch))
	wanted := looking(query)
	page.Search = v.finder(len(masters), query)
	if query != "" {
		page.EmptyText = v.text.T("widget.master.not_found")
	}
	if v.Company.AnyMaster && len(masters) > 1 && wanted.finds(v.text.T("master.any_master"), v.text.T("widget.master.any_note")) {
		page.Masters = append(page.Masters, pages.Master{
			Name: v.text.T("master.any_master"), Role: v.text.T("widget.master.any_note"), Bookable: true,
			URL:      v.next(v.Journey.Set(flow.Master, v.Choices, flow.Choice{ID: 0})),
			Selected: suggested.HasMaster && suggested.Master == 0,
		})
	}
	first := soonest(masters)
	for i := range masters {
		card := s.masterCard(v, &masters[i], suggested)
		if !wanted.finds(card.Name, card.Role) {
			continue
		}
		card.Soonest = first == &masters[i] && len(masters) > 1
		page.Masters = append(page.Masters, card)
	}
	page.NextURL = v.goOn(suggested)
	return s.browse(c, v, pages.MasterView(page))
}

// showAboutMaster tells about one master. It asks nothing that the list has not asked.
func (s *Server) showAboutMaster(c *fiber.Ctx) error {
	v, err := s.readRequest(c, flow.Master)
	if err != nil {
		return err
	}
	if v.toEvents(flow.Master) {
		return s.redirectEvents(c, v)
	}
	if v.Company == nil || !v.Journey.MayOpen(flow.Master, v.Choices) {
		return s.redirect(c, v, v.Open)
	}
	masters, err := s.Catalog.Masters(c.UserContext(), v.lang, v.Company, v.Filter(flow.Master))
	if err != nil {
		return err
	}
	id := c.Params(urls.PathStaff)
	for i := range masters {
		m := &masters[i]
		if strconv.Itoa(m.ID) != id {
			continue
		}
		v.item = m.ID
		page := pages.AboutPage{
			Base: s.base(c, v, m.Name), Master: s.masterCard(v, m, v.Choices), PhotoURL: m.PhotoURL, AboutHTML: m.About,
			Choose: v.text.T("button.select"), BackURL: v.url(flow.Master, v.Choices), Back: v.text.T("header.select_master"),
		}
		page.Heading, page.Title = m.Name, m.Name
		return s.browse(c, v, pages.AboutView(page))
	}
	return fiber.ErrNotFound
}

func (s *Server) masterCard(v *pageRequest, m *catalog.Master, suggested flow.Choices) pages.Master {
	card := pages.Master{
		ID: m.ID, Name: m.Name, Role: v.role(*m), AvatarURL: m.AvatarURL, Initials: initials(m.Name),
		Bookable: m.Bookable, Selected: suggested.HasMaster && suggested.Master == m.ID && m.ID != 0,
	}
	if m.About != "" {
		card.AboutURL = v.pageURL(urls.Master, m.ID, v.Choices)
		card.AboutLabel = join(": ", v.text.T("widget.master.about"), m.Name)
	}
	if m.Rating > 0 {
		card.Rating = v.text.Decimal(m.Rating, 1)
		card.RatingLabel = v.text.N("widget.master.rating", m.Reviews, "rating", card.Rating)
	}
	card.Terms = prepaid(v.text, m.Prepaid)
	if !m.Bookable {
		card.Unavailable = v.text.T("widget.master.unavailable")
		return card
	}
	if bar := v.form.BarsMaster(m); bar != catalog.BarNone {
		card.Unavailable, card.Terms, card.Bookable = v.text.T("widget.off."+string(bar)), "", false
		return card
	}
	with := v.Journey.Set(flow.Master, v.Choices, flow.Choice{ID: m.ID})
	card.URL = v.next(with)
	if m.Nearest.IsZero() {
		return card
	}
	card.Nearest = v.text.T("widget.nearest", "day", v.text.RelativeDay(m.Nearest, s.Now().In(v.Company.Location)), "time", v.text.Time(m.Nearest))
	// The times are chosen together with the master where the day would be asked for next.
	if v.Journey.Next(with) == flow.Datetime {
		offered := v.offers(m.Slots)
		for _, slot := range offered[:min(len(offered), firstSlots)] {
			card.Slots = append(card.Slots, pages.Slot{
				ISO: slot.Start.Format(iso), Time: v.text.Time(slot.Start),
				Label: join(", ", v.text.Date(slot.Start), v.text.Time(slot.Start), m.Name, s.price(v)),
				URL:   v.next(v.Journey.Set(flow.Datetime, with, flow.Choice{Slot: slot.Start})),
			})
		}
	}
	return card
}

// soonest is the master who is free first, nil when nobody's times are known.
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

// offerSoonest says on the first page of a salon, before anything is chosen, who is free first. A
// press chooses that master. It costs one call of book_staff for a salon, which is kept like every
// other list of staff and is the same that a form beginning with the master asks; when it does not
// come, nobody misses it.
func (s *Server) offerSoonest(c *fiber.Ctx, v *pageRequest) *layout.Link {
	if v.page != urls.Page(v.firstChoice()) || len(v.Choices.Services) > 0 || v.Choices.HasMaster || !v.Choices.Slot.IsZero() || !v.Journey.Has(flow.Master) {
		return nil
	}
	masters, err := s.Catalog.Masters(c.UserContext(), v.lang, v.Company, catalog.Filter{})
	first := soonest(masters)
	if err != nil || first == nil {
		return nil
	}
	at := first.Nearest
	choices := v.Journey.Set(flow.Master, v.Choices, flow.Choice{ID: first.ID})
	return &layout.Link{
		Title: v.text.T("widget.soonest.line", "day", v.text.RelativeDay(at, s.Now().In(v.Company.Location)), "time", v.text.Time(at), "name", first.Name),
		URL:   v.pageURL(v.page, 0, choices),
	}
}

// initials stand in for a missing picture: the first letters of the first two words.
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
