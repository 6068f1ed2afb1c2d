package browse

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/web/templates/layout"
)

// goingWith returns the services that can be booked together with some.
func (s *Handlers) goingWith(c *fiber.Ctx, v *page.Request, services []int) (*catalog.Services, error) {
	filter := v.Filter(flow.Service)
	filter.Services = services
	return s.narrowed(c, v, filter)
}

// narrowed returns the services that a filter leaves. It needs a call for each filter, whose answer is cached. While calls are scarce
// it uses cached answers only.
func (s *Handlers) narrowed(c *fiber.Ctx, v *page.Request, filter catalog.Filter) (*catalog.Services, error) {
	ctx := c.UserContext()
	if s.Catalog.Scarce() {
		ctx, _ = catalog.OnlyCached(ctx) // the calls that are left are for more than a hint
	}
	return s.Catalog.Services(ctx, v.Lang, v.Company.ID, filter)
}

// apart says whether the chosen services cannot be booked in one appointment: the upstream lists nothing for them together. Where one
// of them does not go with the first, it returns choices that have it follow in an appointment of its own; else they have no Then.
func (s *Handlers) apart(c *fiber.Ctx, v *page.Request, chosen flow.Choices) (split flow.Choices, apart bool) {
	if len(chosen.Services) < 2 {
		return chosen, false
	}
	if together, err := s.goingWith(c, v, chosen.Services); err != nil || len(together.IDs()) > 0 {
		return chosen, false
	}
	first := chosen.Services[:1]
	with, err := s.goingWith(c, v, first)
	if err != nil || with.Find(first[0]) == nil || chosen.Then != 0 || !v.Journey.MayFollow(chosen) {
		chosen.Then = 0
		return chosen, true
	}
	alone := func(id int) bool { return with.Find(id) == nil }
	follow := slices.DeleteFunc(slices.Clone(chosen.Services), func(id int) bool { return !alone(id) })
	if len(follow) != 1 {
		return chosen, true
	}
	split = v.Journey.Set(flow.Service, chosen, flow.Choice{Services: slices.DeleteFunc(slices.Clone(chosen.Services), alone)})
	split.Then = follow[0]
	return split, true
}

// separately returns the link that books the chosen services in two appointments, nil where that is not known to help.
func separately(v *page.Request, split flow.Choices) *layout.Link {
	i := slices.IndexFunc(v.Services, func(service *catalog.Service) bool { return service.ID == split.Then })
	if i < 0 {
		return nil
	}
	return &layout.Link{Title: v.Text.T("widget.service.as_two", "title", v.Services[i].Title), URL: v.Next(split)}
}

// sayApart says on the page of services that the chosen ones cannot be booked in one appointment, and returns the choices with which
// the customer goes on.
func (s *Handlers) sayApart(c *fiber.Ctx, v *page.Request, chosen flow.Choices) flow.Choices {
	split, apart := s.apart(c, v, chosen)
	if !apart {
		return chosen
	}
	link := separately(v, split)
	v.Alerts = append(v.Alerts, layout.Alert{Kind: "info", Text: v.Text.T("widget.service.apart"), Link: link})
	if link == nil {
		return chosen
	}
	return split
}

// whyNobody returns the text and the links of a page on which nobody does what is chosen. Where that is because the chosen services
// cannot be booked in one appointment, this is all there is to say: the chosen master is not to blame.
func (s *Handlers) whyNobody(c *fiber.Ctx, v *page.Request, text string, links ...layout.Link) (string, []layout.Link) {
	split, apart := s.apart(c, v, v.Choices)
	if !apart {
		return text, links
	}
	v.Blameless()
	links = []layout.Link{{Title: v.Text.T("widget.title.service"), URL: v.URL(flow.Service, v.Choices)}}
	if link := separately(v, split); link != nil {
		links = slices.Insert(links, 0, *link)
	}
	return v.Text.T("widget.service.apart"), links
}
