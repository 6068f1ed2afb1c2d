package server

import (
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/web/templates/pages"
)

func (s *Server) showMaster(c *fiber.Ctx, v *visit) error {
	masters, err := s.Catalog.Masters(c.UserContext(), v.lang, v.Company.ID, v.Filter(flow.Master))
	if err != nil {
		return err
	}
	page := pages.MasterPage{
		Base:      s.base(c, v, v.text.T("header.select_master")),
		EmptyText: v.text.T("widget.master.none"),
	}
	suggested := v.Journey.Preselected(flow.Master, v.Choices)
	if v.Company.AnyMaster && len(masters) > 1 {
		page.Masters = append(page.Masters, pages.Master{
			Name: v.text.T("master.any_master"), Role: v.text.T("widget.master.any_note"), Bookable: true,
			URL:      v.next(v.Journey.Set(flow.Master, v.Choices, flow.Choice{ID: 0})),
			Selected: suggested.HasMaster && suggested.Master == 0,
		})
	}
	for _, m := range masters {
		page.Masters = append(page.Masters, s.masterCard(v, m, suggested))
	}
	page.NextURL = v.goOn(suggested)
	return s.browse(c, v, pages.MasterView(page))
}

func (s *Server) masterCard(v *visit, m catalog.Master, suggested flow.Choices) pages.Master {
	card := pages.Master{
		ID: m.ID, Name: m.Name, Role: v.role(m), AvatarURL: m.AvatarURL, Initials: initials(m.Name),
		Bookable: m.Bookable, Selected: suggested.HasMaster && suggested.Master == m.ID && m.ID != 0,
	}
	if m.Rating > 0 {
		card.Rating = v.text.Decimal(m.Rating, 1)
		card.RatingLabel = v.text.N("widget.master.rating", m.Reviews, "rating", card.Rating)
	}
	if !m.Bookable {
		card.Unavailable = v.text.T("widget.master.unavailable")
		return card
	}
	card.URL = v.next(v.Journey.Set(flow.Master, v.Choices, flow.Choice{ID: m.ID}))
	if m.NextSlot.After(s.Now()) {
		at := m.NextSlot.In(v.Company.Location)
		card.Nearest = v.text.T("widget.nearest", "day", v.text.RelativeDay(at, s.Now().In(v.Company.Location)), "time", v.text.Time(at))
	}
	return card
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
