package browse

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/server/search"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// ShowService lists the services and promotions; several can be chosen.
func (s *Handlers) ShowService(c *fiber.Ctx, v *page.Request) error {
	offered, err := s.offered(c, v)
	if err != nil {
		return err
	}
	chosen := v.Journey.Preselected(flow.Service, v.Choices)
	if slices.ContainsFunc(chosen.Services, func(id int) bool {
		service := offered.Find(id)
		return service != nil && v.Form.BarsService(service) != catalog.BarNone
	}) {
		chosen = v.Choices // the form preselects a service that cannot be booked
	}
	preview(v, offered, chosen)
	v.Services = s.Catalog.PricesOf(c.UserContext(), v.Lang, v.Company.ID, v.Services, v.Master)
	list := serviceList{Request: v, chosen: chosen, query: page.Searched(c.Query(urls.QuerySearch)), together: s.together(c, v, chosen), fitting: s.fitting(c, v), drawn: s.card}
	list.taking = addressOf(func(id int) string { return list.onward(append(slices.Clone(v.Choices.Services), id)) })
	list.adding = addressOf(func(id int) string { return list.url(append(slices.Clone(chosen.Services), id)) })
	list.following = addressOf(list.then)
	list.going = s.sayApart(c, v, chosen)
	var soonest []pages.Soonest
	if list.query == "" { // who searches wants a service first
		soonest = s.offerSoonest(c, v, chosen)
	}
	list.lengths = s.lengths(c, v, offered)
	list.pictured = slices.ContainsFunc(offered.IDs(), func(id int) bool { return offered.Find(id).ImageURL != "" })
	view := pages.ServicePage{
		Base:       s.Pages.Base(c, v, v.Text.T("widget.title.service")),
		Search:     v.Finder(len(offered.IDs()), list.query),
		Chosen:     len(chosen.Services),
		ChosenText: v.Text.N("widget.service.chosen", len(chosen.Services)),
		Total:      s.Pages.Price(v),
		Duration:   cmp.Or(s.Pages.Duration(v), list.duration()),
		NextURL:    v.GoOn(list.going),
		EmptyText:  v.Text.T("widget.service.none"),
	}
	if list.query != "" {
		view.EmptyText = v.Text.T("service.noServicesAndEvents")
	}
	if view.Data != "" {
		view.Data = s.Pages.Data(v, offered)
	}
	view.Events = s.offerEvents(c, v)
	view.Soonest, view.Windows = soonest, s.windowsOfFirstPage(c, v)
	if v.Master != nil && v.Journey.Has(flow.Master) && !v.Sole[flow.Master] {
		view.Only = &layout.Link{Title: v.Text.T("widget.service.all"), URL: list.URL(flow.Service, v.Journey.Clear(flow.Master, v.Choices))}
		view.OnlyText = v.Text.T("widget.service.only", "name", v.Master.Name)
	}
	wanted, shown := search.Looking(list.query), 0
	for i := range offered.Promotions {
		if p := &offered.Promotions[i]; wanted.Finds(p.Title, p.Comment, v.Text.T("widget.service.promotions")) {
			view.Promotions = append(view.Promotions, list.promotion(offered, p))
		}
	}
	for _, category := range offered.Categories {
		out := pages.Category{ID: category.ID, Title: category.Title, For: forWhom(v, category.Sex, category.Title), Services: make([]pages.Service, 0, len(category.Services))}
		for _, service := range category.Services {
			if wanted.Finds(service.Title, service.Comment, category.Title) {
				out.Services = append(out.Services, list.card(service))
			}
		}
		view.Categories = append(view.Categories, out)
		shown += len(out.Services)
	}
	view.Search.Found = v.Found(list.query, shown+len(view.Promotions))
	begin(&view.Base, outcome(view.Search, view.EmptyText), list.chosenSoFar(view.ChosenText))
	return s.Pages.Browse(c, v, pages.ServiceView(view))
}

// offered returns the services of the page: those of the chosen master, even where the master step comes later. While calls are
// scarce a list that is not cached is not worth one; what does not fit is then said at the master step.
func (s *Handlers) offered(c *fiber.Ctx, v *page.Request) (*catalog.Services, error) {
	ctx, filter := c.UserContext(), v.Filter(flow.Service)
	if v.Master != nil && !v.Sole[flow.Master] && filter.Master == 0 {
		narrowed, narrow := filter, ctx
		narrowed.Master = v.Master.ID
		if s.Catalog.Scarce() {
			narrow, _ = catalog.OnlyCached(ctx)
		}
		if services, err := s.Catalog.Services(narrow, v.Lang, v.Company.ID, narrowed); err == nil && len(services.IDs()) > 0 {
			return services, nil
		}
	}
	return s.Catalog.Services(ctx, v.Lang, v.Company.ID, filter)
}

// together returns the services that can be booked with the chosen ones, nil when that is not known. It needs a call for each
// set of chosen services, whose answer is cached. While calls are scarce it uses cached answers only.
func (s *Handlers) together(c *fiber.Ctx, v *page.Request, chosen flow.Choices) *catalog.Services {
	if len(chosen.Services) == 0 {
		return nil
	}
	narrowed, err := s.goingWith(c, v, chosen.Services)
	if err != nil || len(narrowed.IDs()) == 0 {
		return nil // the list without the hint is better than no list
	}
	return narrowed
}

// fitting returns the services that can be booked at the time that was chosen before any service, nil when none was, or when that is
// not known. Its answer is cached as answers about slots are.
func (s *Handlers) fitting(c *fiber.Ctx, v *page.Request) *catalog.Services {
	filter := v.Filter(flow.Service)
	if len(v.Choices.Services) > 0 || v.Slot.Start.IsZero() || !filter.Slot.IsZero() {
		return nil // the list itself is of what can be booked at a time that comes first
	}
	filter.Slot, filter.Master = v.Choices.Slot, v.Choices.Master
	fitting, err := s.narrowed(c, v, filter)
	if err != nil {
		return nil
	}
	return fitting
}

// lengths returns how long the services take. The list itself may not have their lengths before a master is chosen.
func (s *Handlers) lengths(c *fiber.Ctx, v *page.Request, offered *catalog.Services) catalog.Lengths {
	if !slices.ContainsFunc(offered.IDs(), func(id int) bool { return offered.Find(id).Length == 0 }) {
		return nil
	}
	return s.Catalog.Lengths(c.UserContext(), v.Company.ID)
}

// preview includes preselected services in the totals, which are not chosen yet.
func preview(v *page.Request, offered *catalog.Services, chosen flow.Choices) {
	v.Services = nil
	for _, id := range chosen.Services {
		if service := offered.Find(id); service != nil {
			v.Services = append(v.Services, service)
		}
	}
}

// serviceList makes the cards of one page.
type serviceList struct {
	*page.Request
	chosen    flow.Choices // with the services that the form suggests
	going     flow.Choices // these as they are booked: one that does not go with the others follows them
	query     string
	together  *catalog.Services   // those that can be booked with the chosen ones; nil = all
	fitting   *catalog.Services   // those that can be booked at the time that was chosen first; nil = all
	lengths   catalog.Lengths     // of services, before a master is chosen
	taking    func(id int) string // the address of the next step with one more service
	adding    func(id int) string // the address of this page with one more service
	following func(id int) string // the address of the next step with an appointment to follow
	pictured  bool                // whether one of the services has a photo
	drawn     func(cardKey, pages.Service, func(layout.Texts, pages.Service) (*pages.Drawn, error), func() pages.Service) pages.Service
}

// url returns the address of this page with other services chosen, and the same search.
func (l serviceList) url(services []int) string {
	return l.here(l.Journey.Set(flow.Service, l.Choices, flow.Choice{Services: services}))
}

// here returns the address of this page with other choices, and the same search.
func (l serviceList) here(choices flow.Choices) string {
	u := l.Request.URL(flow.Service, choices)
	if l.query == "" {
		return u
	}
	return urls.With(u, urls.Param(urls.QuerySearch, l.query))
}

// onward returns the address of the next step with services chosen.
func (l serviceList) onward(services []int) string {
	return l.Next(l.Journey.Set(flow.Service, l.Choices, flow.Choice{Services: services}))
}

// then returns the address of the next step with the chosen services, and a service of the appointment that is to follow.
func (l serviceList) then(id int) string {
	choices := l.chosen
	choices.Then = id
	return l.Next(choices)
}

// placeholderID is a placeholder for an id in an address: the largest id that a link may hold, which no service has.
const placeholderID = math.MaxInt32

// addressOf returns a function that makes the addresses of services. They differ in the id only, so one of them is computed and the
// others are cut from it.
func addressOf(address func(id int) string) func(id int) string {
	before, after, ok := strings.Cut(address(placeholderID), strconv.Itoa(placeholderID))
	if !ok { // no more fit into a link
		return address
	}
	return func(id int) string { return before + strconv.Itoa(id) + after }
}

// duration returns how long the chosen services take together, "" when that depends on the master.
func (l serviceList) duration() string {
	var total time.Duration
	for _, service := range l.Services {
		length := l.lengths[service.ID]
		if service.Length > 0 {
			length = catalog.LengthRange{Min: service.Length, Max: service.Length}
		}
		if length.Min == 0 || length.Min != length.Max {
			return ""
		}
		total += length.Min
	}
	if total == 0 {
		return ""
	}
	return l.Text.Duration(total)
}

// chosenSoFar returns in words what has been chosen on this page: how many services, or the time that came before any.
func (l serviceList) chosenSoFar(services string) string {
	switch {
	case len(l.chosen.Services) > 0:
		return services
	case !l.Slot.Start.IsZero():
		return pages.Join(", ", l.Text.Date(l.Slot.Start), l.Text.Time(l.Slot.Start))
	}
	return ""
}

// card returns the card of a service.
func (l serviceList) card(service *catalog.Service) pages.Service {
	state, links := l.links(service.ID)
	if links.StayURL != "" {
		links.StayURL += "#" + pages.ServiceAnchor(service.ID) // scrolls the next page to the same card
	}
	links.ID = service.ID
	length, bar := l.lengths[service.ID], l.Form.BarsService(service)
	if bar != catalog.BarNone {
		state, links = cardOff, pages.Service{ID: service.ID}
	}
	return l.drawn(cardKey{service: service, text: l.Text, state: state, length: length, bar: bar, at: l.at(state), pictured: l.pictured}, links, pages.DrawService, func() pages.Service {
		card := pages.Service{
			Title: service.Title, Comment: service.Comment, ImageURL: service.ImageURL, For: forWhom(l.Request, service.Sex, service.Title),
			Price: l.Cost(service.Price), Terms: page.TermsOf(l.Text, service.Prepaid, service.Discount),
		}
		if l.pictured {
			first, _, _ := strings.Cut(service.Title, " ")
			card.Initials = initials(first)
		}
		switch {
		case service.Length > 0:
			card.Duration = l.Text.Duration(service.Length)
		case length.Min > 0:
			card.Duration = l.Text.DurationRange(length.Min, length.Max)
		}
		return card
	})
}

// promotion returns the card of a promotion, whose links take all its services.
func (l serviceList) promotion(offered *catalog.Services, p *catalog.Promotion) pages.Service {
	state, links := l.links(p.Services...)
	services, bar := make([]*catalog.Service, len(p.Services)), catalog.BarNone
	for i, id := range p.Services {
		services[i] = offered.Find(id)
		if bar == catalog.BarNone {
			bar = l.Form.BarsService(services[i])
		}
	}
	if bar != catalog.BarNone {
		state, links = cardOff, pages.Service{}
	}
	links.ID = p.ID
	return l.drawn(cardKey{promotion: p, text: l.Text, state: state, bar: bar, at: l.at(state)}, links, pages.DrawPromotion, func() pages.Service {
		return pages.Service{Title: p.Title, Comment: p.Comment, Price: l.Cost(page.Total(services)), Terms: page.Prepaid(l.Text, page.ServicesPrepaid(services))}
	})
}

// at returns the time that is chosen where a card has to name it.
func (l serviceList) at(state cardState) string {
	if state != cardOtherTime {
		return ""
	}
	return l.Text.Time(l.Slot.Start)
}

// withoutTime returns the choices with some services, and without the time that does not fit them. The master stays.
func (l serviceList) withoutTime(services []int) flow.Choices {
	choices := l.Choices
	choices.Slot, choices.Date = time.Time{}, ""
	return l.Journey.Set(flow.Service, choices, flow.Choice{Services: services})
}

// links returns the state of the card of one or several services, and a card with the addresses of its links only. What the
// form suggests, and the customer has not chosen, is not taken along by the link that goes on.
func (l serviceList) links(ids ...int) (state cardState, card pages.Service) {
	byCustomer, missing := l.Choices.Services, l.missing(l.chosen.Services, ids)
	switch {
	case len(missing) == 0:
		left := slices.DeleteFunc(slices.Clone(l.chosen.Services), func(id int) bool { return slices.Contains(ids, id) })
		return cardChosen, pages.Service{URL: l.Next(l.going), StayURL: l.url(left)}
	case l.fitting != nil && slices.ContainsFunc(ids, func(id int) bool { return l.fitting.Find(id) == nil }):
		choices := l.withoutTime(ids)
		return cardOtherTime, pages.Service{URL: l.Next(choices), StayURL: l.here(choices), OtherTime: true}
	case l.together != nil && slices.ContainsFunc(missing, func(id int) bool { return l.together.Find(id) == nil }):
		if len(byCustomer) == 0 { // it takes the place of what the form suggests
			return cardFree, pages.Service{URL: l.onward(ids), StayURL: l.url(ids)}
		}
		if len(ids) == 1 && l.Journey.MayFollow(l.Choices) {
			return cardFollowing, pages.Service{URL: l.following(ids[0])}
		}
		return cardOff, pages.Service{}
	case len(ids) == 1:
		return cardFree, pages.Service{URL: l.taking(ids[0]), StayURL: l.adding(ids[0])}
	default:
		return cardFree, pages.Service{
			URL:     l.onward(append(slices.Clone(byCustomer), l.missing(byCustomer, ids)...)),
			StayURL: l.url(append(slices.Clone(l.chosen.Services), missing...)),
		}
	}
}

// missing returns those of some services that are not among the chosen ones.
func (l serviceList) missing(chosen, ids []int) []int {
	if len(chosen) == 0 {
		return ids
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id int) bool { return slices.Contains(chosen, id) })
}

// forWhom returns a text that says for whom a category or a service is, "" when it is for all or its title begins with that
// text.
func forWhom(v *page.Request, sex catalog.Sex, title string) string {
	var text string
	switch sex {
	case catalog.ForMen:
		text = v.Text.T("widget.service.for_men")
	case catalog.ForWomen:
		text = v.Text.T("widget.service.for_women")
	case catalog.ForAll:
	}
	if begin := []rune(title); len(begin) >= len([]rune(text)) && strings.EqualFold(string(begin[:len([]rune(text))]), text) {
		return ""
	}
	return text
}
