package browse

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/server/times"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

const (
	// windowSlots is how many times of a master's day the page of windows shows.
	windowSlots = 8
	// windowDays is for how many days the page looks for times that are known.
	windowDays = 7
	// fewBranches is how many branches are links beside the chosen one. Of more there is a list.
	fewBranches = 6
)

// hasWindows says whether a form has a page of windows: its customers choose a master and a time.
func hasWindows(form *catalog.Bookform, journey flow.Journey) bool {
	return !form.GroupEventsOnly && journey.Has(flow.Master) && journey.Has(flow.Datetime) && !journey.FixesTime()
}

// windowsLink returns the link to the windows of some services, nil where the form has no such page.
func windowsLink(v *page.Request, services []int) *layout.Link {
	if !hasWindows(v.Form, v.Journey) {
		return nil
	}
	choices := lookingAround(v)
	choices.Services, choices.Master, choices.HasMaster = services, 0, false
	return &layout.Link{Title: v.Text.T("widget.windows.all"), URL: v.PageURL(urls.Windows, 0, choices)}
}

// lookingAround returns the choices of a request without a day, a time and a group event.
func lookingAround(v *page.Request) flow.Choices {
	choices := v.Choices
	choices.GroupEvent, choices.Seats, choices.Date, choices.Slot = 0, 0, "", time.Time{}
	return v.Journey.Apply(choices)
}

// windows is the list of one page.
type windows struct {
	*page.Request
	now     time.Time // by the salon's clock
	group   int       // the category whose services are listed; 0 = none
	offered *catalog.Services
	masters []catalog.Master // those who can be booked for the chosen services
	known   bool             // whether it is known who they are
	lengths catalog.Lengths  // of services whose length depends on the master
}

// ShowWindows lists what is free soon, by master and by group of services. It is made of answers that are cached, and while calls
// are plenty a company's page causes one question for its masters in a while. No time is older than times may be.
func (s *Handlers) ShowWindows(c *fiber.Ctx) error {
	v, err := s.Pages.ReadPlace(c, urls.Windows)
	switch {
	case err != nil:
		return err
	case v.ToEvents(flow.Master):
		return s.Pages.RedirectEvents(c, v)
	case !hasWindows(v.Form, v.Journey):
		return s.Pages.Redirect(c, v, v.Open)
	}
	v.Choices = lookingAround(v)
	if v.Company == nil {
		return s.showBranches(c, v)
	}
	if v.Choices.City == 0 && v.Journey.Has(flow.City) {
		v.Choices.City = v.Company.CityID // so that no time leads back to the step of the city
	}
	w := windows{Request: v, now: s.Now().In(v.Company.Location), group: c.QueryInt(urls.QueryGroup)}
	if v.Journey.Has(flow.Service) || len(v.Choices.Services) > 0 {
		if w.offered, err = s.Catalog.Services(c.UserContext(), v.Lang, v.Company.ID, catalog.Filter{}); err != nil {
			return err
		}
	}
	w.checkServices()
	s.askMasters(c, &w)
	w.checkMaster()
	view := pages.WindowsPage{Base: s.windowsBase(c, v)}
	chosen := s.filters(c, &view, &w)
	begin(&view.Base, chosen...)
	if w.listsServices() {
		s.windowsOfGroup(c, &view, &w)
	} else {
		s.windowsOfMasters(c, &view, &w)
	}
	if response.DepsOf(c).LowerBound() {
		view.PartNote = v.Text.T("widget.datetime.part")
	}
	view.ZoneNote = s.Times.ZoneNote(c, v, "", w.now)
	return s.Pages.Browse(c, v, pages.WindowsView(view))
}

// windowsBase returns the layout of the page. The page is no step, so nothing of the steps stands on it but the way back.
func (s *Handlers) windowsBase(c *fiber.Ctx, v *page.Request) layout.Base {
	base := s.Pages.Base(c, v, v.Text.T("widget.windows.title"))
	base.Summary, base.Progress = nil, nil
	first := v.FirstChoice()
	if v.Company == nil {
		first = v.Open
	}
	base.Back = &layout.Back{
		Label: v.Text.T("widget.back", "step", v.Text.T("widget.step."+string(first))), URL: v.URL(first, v.Journey.Clear(flow.Master, v.Choices)),
	}
	return base
}

// checkServices drops services that are not offered.
func (w *windows) checkServices() {
	if w.offered == nil {
		return
	}
	for _, id := range w.Choices.Services {
		if service := w.offered.Find(id); w.offers(service) {
			w.Services = append(w.Services, service)
		} else if w.Journey.Has(flow.Service) {
			w.Choices.Services = slices.DeleteFunc(slices.Clone(w.Choices.Services), func(other int) bool { return other == id })
			if gone := page.NoticeDropped(flow.Service); !slices.Contains(w.Notices, gone) {
				w.Notices = append(w.Notices, gone)
			}
		}
	}
}

// offers says whether a service can be booked at this widget.
func (w *windows) offers(service *catalog.Service) bool {
	return service != nil && w.Form.BarsService(service) == catalog.BarNone
}

// listsServices says whether the page lists the services of a group.
func (w *windows) listsServices() bool { return w.group != 0 && len(w.Choices.Services) == 0 }

// askMasters finds out who can be booked. The page of a group needs no more than what is cached.
func (s *Handlers) askMasters(c *fiber.Ctx, w *windows) {
	may := func() bool { return !w.listsServices() && s.Guard.MayAskForWindows(c, w.Company.ID) }
	w.masters, w.known = s.Catalog.MastersLately(c.UserContext(), w.Lang, w.Company, catalog.Filter{Services: w.Choices.Services}, guard.WindowsPause, may)
	w.masters = bookable(w.Request, w.masters)
}

// checkMaster drops a master who cannot be booked for the chosen services. Any master is no filter.
func (w *windows) checkMaster() {
	if w.Choices.Master != 0 && (!w.known || indexOf(w.masters, w.Choices.Master) >= 0) {
		return
	}
	if w.Choices.Master != 0 {
		w.Notices = append(w.Notices, page.NoticeDropped(flow.Master))
	}
	w.Choices = w.Journey.Clear(flow.Master, w.Choices)
}

// url returns the address of the page with other choices and another group.
func (w *windows) url(choices flow.Choices, group int) string {
	address := w.PageURL(urls.Windows, 0, choices)
	if group == 0 {
		return address
	}
	return urls.With(address, urls.Param(urls.QueryGroup, strconv.Itoa(group)))
}

// filters fills the links that narrow the list, and returns in words what it is narrowed to.
func (s *Handlers) filters(c *fiber.Ctx, view *pages.WindowsPage, w *windows) (chosen []string) {
	add := func(name, title string, links []layout.Link) {
		if len(links) == 0 {
			return
		}
		view.Filters = append(view.Filters, pages.WindowFilter{Name: name, Title: title, Links: links})
		for _, link := range links {
			if link.Current {
				chosen = append(chosen, link.Title)
			}
		}
	}
	add("branch", w.Text.T("widget.step.company"), s.branchLinks(c, w))
	add("group", w.Text.T("widget.service.categories"), w.groupLinks())
	add("service", w.Text.T("widget.step.service"), w.serviceLinks())
	add("master", w.Text.T("widget.step.master"), w.masterLinks())
	return chosen
}

// branchLinks returns the chosen branch of a chain, and the others where they are few.
func (s *Handlers) branchLinks(c *fiber.Ctx, w *windows) (links []layout.Link) {
	if !w.Journey.Has(flow.Company) || w.Sole[flow.Company] && w.Sole[flow.City] {
		return nil
	}
	companies, err := s.Catalog.Companies(c.UserContext(), w.Lang, w.Form.GroupID)
	if err != nil {
		return nil
	}
	companies = slices.DeleteFunc(slices.Clone(companies), func(company *catalog.Company) bool { return company.Closed })
	for _, company := range companies {
		switch {
		case company.ID == w.Company.ID:
			links = append(links, layout.Link{Title: company.Title, URL: w.url(w.Choices.Fresh(), 0), Current: true})
		case len(companies) <= fewBranches:
			links = append(links, layout.Link{Title: company.Title, URL: w.url(atBranch(w.Request, company), 0)})
		}
	}
	if len(companies) < 2 {
		return nil
	}
	return links
}

// groupLinks returns the groups of services, of which there must be several.
func (w *windows) groupLinks() (links []layout.Link) {
	if !w.Journey.Has(flow.Service) {
		return nil
	}
	for _, category := range w.offered.Categories {
		if category.ID == 0 || category.Title == "" || !slices.ContainsFunc(category.Services, w.offers) {
			continue
		}
		link := layout.Link{Title: category.Title, Current: category.ID == w.group}
		if link.Current {
			link.URL = w.url(w.Choices, 0)
		} else {
			link.URL = w.url(w.Journey.Clear(flow.Service, w.Choices), category.ID)
		}
		links = append(links, link)
	}
	if !slices.ContainsFunc(links, func(link layout.Link) bool { return link.Current }) {
		w.group = 0
	}
	return links
}

// serviceLinks returns the chosen services.
func (w *windows) serviceLinks() (links []layout.Link) {
	if !w.Journey.Has(flow.Service) {
		return nil
	}
	for _, service := range w.Services {
		left := slices.DeleteFunc(slices.Clone(w.Choices.Services), func(id int) bool { return id == service.ID })
		links = append(links, layout.Link{
			Title: service.Title, URL: w.url(w.Journey.Set(flow.Service, w.Choices, flow.Choice{Services: left}), w.group), Current: true,
		})
	}
	return links
}

// masterLinks returns the masters, of whom there must be several.
func (w *windows) masterLinks() (links []layout.Link) {
	if len(w.masters) < 2 {
		return nil
	}
	for i := range w.masters {
		m := &w.masters[i]
		if m.ID == w.Choices.Master {
			links = append(links, layout.Link{Title: m.Name, URL: w.url(w.Journey.Clear(flow.Master, w.Choices), w.group), Current: true})
			continue
		}
		links = append(links, layout.Link{Title: m.Name, URL: w.url(w.Journey.Set(flow.Master, w.Choices, flow.Choice{ID: m.ID}), w.group)})
	}
	return links
}

// listed are the slots that the upstream lists under one day.
type listed struct {
	day   string
	slots []catalog.Slot
}

// known returns the slots of a master that may be shown: those that came with the list of masters, and those of the next days as
// far as they are cached. Nobody asks for slots without services where the services come first, so that none are cached.
func (s *Handlers) knownSlots(c *fiber.Ctx, w *windows, m *catalog.Master, services []int) (out []listed) {
	if len(m.Slots) > 0 {
		out = append(out, listed{m.Day, w.Offers(m.Slots)})
	}
	if len(services) == 0 && w.Journey.Has(flow.Service) && w.FirstChoice() == flow.Service {
		return out
	}
	first, err := time.Parse(time.DateOnly, s.Catalog.FirstDay(w.Company))
	if err != nil {
		return out
	}
	for i := range windowDays {
		day := first.AddDate(0, 0, i).Format(time.DateOnly)
		if len(m.Slots) > 0 && day == m.Day {
			continue
		}
		if slots, ok := s.Catalog.KnownSlots(c.UserContext(), w.Company, day, catalog.Filter{Services: services, Master: m.ID}); ok {
			out = append(out, listed{day, w.Offers(slots)})
		}
	}
	return out
}

// wantedMasters returns those of some masters whom the filter leaves.
func (w *windows) wantedMasters(masters []catalog.Master) []catalog.Master {
	if w.Choices.Master == 0 {
		return masters
	}
	return slices.DeleteFunc(slices.Clone(masters), func(m catalog.Master) bool { return m.ID != w.Choices.Master })
}

// windowsOfMasters fills the days, each with those who are free on it, who is free first being first.
func (s *Handlers) windowsOfMasters(c *fiber.Ctx, view *pages.WindowsPage, w *windows) {
	days := map[string]*pages.WindowDay{}
	first := map[string]map[int]time.Time{}
	at := func(start time.Time, m pages.WindowMaster) {
		date := start.Format(time.DateOnly)
		if days[date] == nil {
			days[date], first[date] = &pages.WindowDay{Date: date, Title: w.dayTitle(start)}, map[int]time.Time{}
		}
		days[date].Masters, first[date][m.ID] = append(days[date].Masters, m), start
	}
	titles := make([]string, len(w.Services))
	for i, service := range w.Services {
		titles[i] = service.Title
	}
	what := pages.Join(", ", titles...)
	for _, m := range w.wantedMasters(w.masters) {
		known := s.knownSlots(c, w, &m, w.Choices.Services)
		shown := false
		for _, of := range known {
			for _, slots := range byDate(of.slots) {
				shown = true
				at(slots[0].Start, w.master(&m, of.day, slots, what))
			}
		}
		switch {
		case shown && (m.Nearest.IsZero() || first[m.Nearest.Format(time.DateOnly)][m.ID] != (time.Time{})):
		case !m.Nearest.IsZero() && w.Journey.Offers(m.Nearest) && !slices.ContainsFunc(known, func(of listed) bool { return of.day == m.Day }):
			at(m.Nearest, w.about(&m, m.Day, w.Text.T("widget.windows.about", "time", w.Text.Time(m.Nearest))))
		case !shown && m.Nearest.IsZero() && len(known) == 0:
			view.Rest = append(view.Rest, w.about(&m, "", w.Text.T("widget.datetime.show")))
		}
	}
	for _, date := range slices.Sorted(maps.Keys(days)) {
		day := days[date]
		slices.SortStableFunc(day.Masters, func(a, b pages.WindowMaster) int { return first[date][a.ID].Compare(first[date][b.ID]) })
		view.Days = append(view.Days, *day)
	}
	view.RestTitle = w.Text.T("widget.windows.rest")
	if len(view.Days) == 0 && len(view.Rest) == 0 {
		view.EmptyText = w.Text.T("widget.datetime.none")
		if !w.known {
			view.EmptyText = w.Text.T("widget.windows.unknown")
		}
		view.Onward = &layout.Link{Title: w.Text.T("widget.windows.onward"), URL: w.Next(w.Choices)}
	}
}

// dayTitle returns the name of a day, which says of today and tomorrow what they are.
func (w *windows) dayTitle(at time.Time) string {
	near, date := w.Text.RelativeDay(at, w.now), w.Text.Date(at)
	if near == w.Text.T("today") || near == w.Text.T("tomorrow") {
		return pages.Join(", ", near, date)
	}
	return date
}

// byDate puts slots apart by the day of the calendar on which they begin: those after midnight are listed under the day before.
func byDate(slots []catalog.Slot) (out [][]catalog.Slot) {
	for i, slot := range slots {
		if i == 0 || slot.Start.Format(time.DateOnly) != slots[i-1].Start.Format(time.DateOnly) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], slot)
	}
	return out
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
	if more := len(slots) - len(card.Slots); more > 0 {
		title := w.Text.T("widget.windows.more", "count", w.Text.Number(more))
		card.Onward = &layout.Link{Title: title, URL: w.Next(w.with(w.Choices, m.ID, flow.Choice{Date: day}))}
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

// windowsOfGroup fills the services of a group, each with what is known to be free.
func (s *Handlers) windowsOfGroup(c *fiber.Ctx, view *pages.WindowsPage, w *windows) {
	for _, category := range w.offered.Categories {
		if category.ID != w.group {
			continue
		}
		known, _ := catalog.OnlyCached(c.UserContext()) // how long services take is not worth a call here
		w.lengths = s.Catalog.Lengths(known, w.Company.ID)
		for _, service := range category.Services {
			if w.offers(service) {
				if card, ok := s.windowService(c, w, service, category); ok {
					view.Services = append(view.Services, card)
				}
			}
		}
	}
	if len(view.Services) == 0 {
		view.EmptyText = w.Text.T("widget.service.none")
	}
}

// windowService returns a service with the first times of the day on which it is free first. ok is false where the wanted master
// does not do it.
func (s *Handlers) windowService(c *fiber.Ctx, w *windows, service *catalog.Service, category catalog.Category) (card pages.WindowService, ok bool) {
	choices := w.Journey.Set(flow.Service, w.Choices, flow.Choice{Services: []int{service.ID}})
	length := w.lengths[service.ID]
	if service.Length > 0 {
		length = catalog.LengthRange{Min: service.Length, Max: service.Length}
	}
	card = pages.WindowService{
		ID: service.ID, Title: service.Title, URL: w.Next(choices), For: forWhom(w.Request, service.Sex, pages.Join(" ", category.Title, service.Title)),
	}
	if length.Min > 0 {
		card.Facts = w.Text.DurationRange(length.Min, length.Max)
	}
	card.Facts = pages.Join(" · ", card.Facts, w.Cost(service.Price))
	masters, cached := s.Catalog.CachedMasters(c.UserContext(), w.Lang, w.Company, catalog.Filter{Services: choices.Services})
	if !cached {
		return card, true
	}
	card.Onward = &layout.Link{Title: w.Text.T("widget.datetime.show"), URL: card.URL}
	card.Spoken, card.URL = pages.Join(", ", card.Onward.Title, service.Title), w.url(choices, w.group)
	masters = w.wantedMasters(bookable(w.Request, masters))
	s.firstWindows(c, &card, w, choices, masters)
	return card, len(masters) > 0
}

// firstWindows fills the first times of a service, of whichever master has them. Where they are too old to be shown, it says about
// when somebody is free.
func (s *Handlers) firstWindows(c *fiber.Ctx, card *pages.WindowService, w *windows, choices flow.Choices, masters []catalog.Master) {
	type window struct {
		slot   catalog.Slot
		master *catalog.Master
	}
	var free []window
	for i := range masters {
		for _, of := range s.knownSlots(c, w, &masters[i], choices.Services) {
			for _, slot := range of.slots {
				free = append(free, window{slot, &masters[i]})
			}
		}
	}
	slices.SortStableFunc(free, func(a, b window) int { return a.slot.Start.Compare(b.slot.Start) })
	free = slices.CompactFunc(free, func(a, b window) bool { return a.slot.Start.Equal(b.slot.Start) })
	if len(free) == 0 {
		if first := soonest(masters); first != nil && w.Journey.Offers(first.Nearest) {
			card.Day = w.Text.T("widget.nearest", "day", w.Text.RelativeDay(first.Nearest, w.now), "time", w.Text.Time(first.Nearest))
		}
		return
	}
	card.Day = w.dayTitle(free[0].slot.Start)
	for _, at := range free[:min(len(free), firstSlots)] {
		if at.slot.Start.Format(time.DateOnly) == free[0].slot.Start.Format(time.DateOnly) {
			card.Slots = append(card.Slots, w.slots([]catalog.Slot{at.slot}, choices, at.master, card.Title)...)
		}
	}
}

// atBranch returns the choices of a branch's page, with its city where customers choose one.
func atBranch(v *page.Request, company *catalog.Company) flow.Choices {
	choices := v.Choices.Fresh()
	if v.Journey.Has(flow.City) {
		choices = v.Journey.Set(flow.City, choices, flow.Choice{ID: company.CityID})
	}
	return v.Journey.Set(flow.Company, choices, flow.Choice{ID: company.ID})
}

// showBranches lists the branches of a chain, the soonest first. It costs no call: the list of branches has the nearest time of each.
func (s *Handlers) showBranches(c *fiber.Ctx, v *page.Request) error {
	companies, err := s.Catalog.Companies(c.UserContext(), v.Lang, v.Form.GroupID)
	if err != nil {
		return err
	}
	companies = slices.DeleteFunc(slices.Clone(companies), func(company *catalog.Company) bool {
		return company.Closed || v.Choices.City != 0 && company.CityID != v.Choices.City
	})
	late := func(company *catalog.Company) int { // those of which nothing is known come last
		if company.NextSlot.After(s.Now()) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(companies, func(a, b *catalog.Company) int {
		return cmp.Or(cmp.Compare(late(a), late(b)), a.NextSlot.Compare(b.NextSlot))
	})
	view := pages.WindowsPage{Base: s.windowsBase(c, v)}
	if v.Choices.City != 0 && v.Journey.Has(flow.City) && !v.Sole[flow.City] {
		link := layout.Link{Title: v.CityTitle(v.City), URL: v.PageURL(urls.Windows, 0, v.Choices.Fresh()), Current: true}
		view.Filters = []pages.WindowFilter{{Name: "city", Title: v.Text.T("widget.step.city"), Links: []layout.Link{link}}}
		begin(&view.Base, link.Title)
	}
	for _, company := range companies {
		view.Branches = append(view.Branches, pages.Company{
			ID: company.ID, Title: company.Title, Address: address(company), Nearest: s.nearest(v, company), LogoURL: company.LogoURL,
			URL: v.PageURL(urls.Windows, 0, atBranch(v, company)),
		})
	}
	if len(view.Branches) == 0 {
		view.EmptyText = v.Text.T("widget.company.none")
	}
	s.markSoonest(view.Branches, companies)
	return s.Pages.Browse(c, v, pages.WindowsView(view))
}
