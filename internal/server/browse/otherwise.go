package browse

import (
	"cmp"
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// mostOthers is how many other masters, and how many other branches, a day without times names.
const mostOthers = 3

// offerOthers names who else is free on a day without times, and where else something is free. It costs no call: what cached
// answers do not say is left out.
func (s *Handlers) offerOthers(c *fiber.Ctx, view *pages.DatetimePage, v *page.Request, masters []catalog.Master, day string) {
	for i := range masters {
		// Nobody at all is free when any master was asked for.
		if m := &masters[i]; v.Choices.Master != 0 && m.ID != v.Choices.Master && len(view.Others) < mostOthers {
			if other := s.freeOn(c, v, m, day); len(other.Slots) > 0 {
				view.Others = append(view.Others, other)
			}
		}
	}
	if len(view.Others) > 0 {
		view.OthersText = v.Text.T("widget.datetime.others")
	}
	if view.Branches = s.otherBranches(c, v); len(view.Branches) > 0 {
		view.BranchesText = v.Text.T("widget.datetime.branches")
	}
}

// freeOn returns a master with the first known times of a day.
func (s *Handlers) freeOn(c *fiber.Ctx, v *page.Request, m *catalog.Master, day string) pages.Master {
	filter := v.Filter(flow.Datetime)
	filter.Master = m.ID
	known, _ := s.Catalog.KnownSlots(c.UserContext(), v.Company, day, filter)
	with := v.Choices
	with.Date = ""
	with = v.Journey.Set(flow.Master, with, flow.Choice{ID: m.ID})
	out := pages.Master{ID: m.ID, Name: m.Name, AvatarURL: m.AvatarURL, Initials: initials(m.Name)}
	known = v.Offers(known)
	for _, slot := range known[:min(len(known), firstSlots)] {
		out.Slots = append(out.Slots, pages.Slot{
			ISO: slot.Start.Format(page.ISO), Time: v.Text.Time(slot.Start), Label: pages.Join(", ", v.Text.Time(slot.Start), v.Text.Date(slot.Start), m.Name),
			URL: v.Next(v.Journey.Set(flow.Datetime, with, flow.Choice{Slot: slot.Start})),
		})
	}
	return out
}

// otherBranches are the branches of a chain that are free soonest, as the list of branches says.
func (s *Handlers) otherBranches(c *fiber.Ctx, v *page.Request) []layout.Link {
	if !v.Journey.Has(flow.Company) {
		return nil
	}
	ctx, _ := catalog.OnlyCached(c.UserContext())
	companies, err := s.Catalog.Companies(ctx, v.Lang, v.Form.GroupID)
	if err != nil {
		return nil
	}
	companies = slices.DeleteFunc(slices.Clone(companies), func(company *catalog.Company) bool {
		return company.Closed || company.ID == v.Company.ID || v.Choices.City != 0 && company.CityID != v.Choices.City || !company.NextSlot.After(s.Now())
	})
	slices.SortStableFunc(companies, func(a, b *catalog.Company) int {
		return cmp.Or(a.NextSlot.Compare(b.NextSlot), cmp.Compare(a.ID, b.ID))
	})
	var out []layout.Link
	for _, company := range companies[:min(len(companies), mostOthers)] {
		out = append(out, layout.Link{
			Title: pages.Join(" · ", company.Title, s.nearest(v, company)),
			URL:   v.Next(v.Journey.Set(flow.Company, v.Choices, flow.Choice{ID: company.ID})),
		})
	}
	return out
}
