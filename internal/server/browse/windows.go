package browse

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/poster"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

const (
	// windowSlots is how many times of a master's day the page of windows shows.
	windowSlots = 8
	// windowsListed is how many days a website that lists the windows shows.
	windowsListed = 3
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
	choices := lookingAround(v)
	choices.Services, choices.Master, choices.HasMaster = services, 0, false
	return windowsAround(v, choices)
}

// windowsAround returns the link to the windows of some choices, nil where the form has no such page.
func windowsAround(v *page.Request, choices flow.Choices) *layout.Link {
	if !hasWindows(v.Form, v.Journey) {
		return nil
	}
	return &layout.Link{Title: v.Text.T("widget.windows.all"), URL: v.PageURL(urls.Windows, 0, choices)}
}

// windowsOfFirstPage returns the link to the windows that the first page of a form has, and so do the pages on which the branch of a
// chain is chosen; nil on other pages, where the form has no windows, and in a search.
func (s *Handlers) windowsOfFirstPage(c *fiber.Ctx, v *page.Request) *layout.Link {
	switch {
	case page.Searched(c.Query(urls.QuerySearch)) != "":
		return nil
	case v.Page == urls.City:
		return windowsAround(v, v.Choices.Fresh())
	case v.Page == urls.Company:
		place := v.Choices.Fresh()
		place.City = v.Choices.City
		return windowsAround(v, place)
	case v.Page != urls.Page(v.FirstChoice()) && !s.followsOnlyMaster(c, v):
		return nil
	}
	return windowsLink(v, v.Choices.Services)
}

// followsOnlyMaster says whether a page is the first one because the step of the master before it has one master, and is passed over.
// An address does not tell this from a master who was chosen; the list that it was told from is cached.
func (s *Handlers) followsOnlyMaster(c *fiber.Ctx, v *page.Request) bool {
	if v.FirstChoice() != flow.Master || v.Page != urls.Service {
		return false
	}
	masters, cached := s.Catalog.CachedMasters(c.UserContext(), v.Lang, v.Company, v.Filter(flow.Master))
	return cached && len(bookable(v, masters)) == 1
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
	listed  bool             // a website lists them
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
	listed := c.Query(urls.QueryMode) == urls.ModeWindows
	if v.Company == nil {
		return s.showBranches(c, v, listed)
	}
	w, err := s.windowsAt(c, v)
	if err != nil {
		return err
	}
	w.listed = listed
	view := pages.WindowsPage{Base: s.windowsBase(c, v)}
	view.Feeds = feeds(v)
	chosen := s.filters(c, &view, w)
	begin(&view.Base, chosen...)
	if w.listsServices() {
		s.windowsOfGroup(c, &view, w)
	} else {
		s.windowsOfMasters(c, &view, w)
	}
	if response.DepsOf(c).LowerBound() {
		view.PartNote = v.Text.T("widget.datetime.part")
	}
	view.ZoneNote = s.Times.ZoneNote(c, v, "", w.now)
	if len(view.Days) > 0 {
		s.cardWithPicture(view.Card, v)
	}
	if listed {
		listOnWebsite(&view, w.url(w.Choices, 0))
	}
	return s.Pages.Browse(c, v, pages.WindowsView(view))
}

// cardWithPicture lets messengers show the picture of the windows with a link to them. A messenger needs an absolute address.
func (s *Handlers) cardWithPicture(card *layout.Card, v *page.Request) {
	if card == nil || s.Pages.PublicURL == "" {
		return
	}
	card.ImageURL = s.Pages.PublicURL + v.PageURL(urls.WindowsPost, 0, v.PlaceOnly())
	card.Width, card.Height = poster.Post.Width, poster.Post.Height
}

// windowsAt finds out who can be booked at the company of a request, and checks what the list is narrowed to.
func (s *Handlers) windowsAt(c *fiber.Ctx, v *page.Request) (*windows, error) {
	if v.Choices.City == 0 && v.Journey.Has(flow.City) {
		v.Choices.City = v.Company.CityID // so that no time leads back to the step of the city
	}
	w := &windows{Request: v, now: s.Now().In(v.Company.Location), group: c.QueryInt(urls.QueryGroup)}
	if v.Journey.Has(flow.Service) || len(v.Choices.Services) > 0 {
		var err error
		if w.offered, err = s.Catalog.Services(c.UserContext(), v.Lang, v.Company.ID, catalog.Filter{}); err != nil {
			return nil, err
		}
	}
	w.checkServices()
	s.askMasters(c, w)
	w.checkMaster()
	return w, nil
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

// windowsURL returns the address of the page, or of the list that a website shows.
func windowsURL(v *page.Request, choices flow.Choices, listed bool) string {
	address := v.PageURL(urls.Windows, 0, choices)
	if !listed {
		return address
	}
	return urls.With(address, urls.Param(urls.QueryMode, urls.ModeWindows))
}

// listOnWebsite leaves of a page what a website lists: the next times. The website has a header of its own, and a press opens the
// booking beside it. What the booking itself asks for is left to the booking.
func listOnWebsite(view *pages.WindowsPage, all string) {
	view.Salon, view.Back, view.Languages, view.AccountURL = layout.Salon{}, nil, nil, ""
	view.Filters = slices.DeleteFunc(view.Filters, func(f pages.WindowFilter) bool { return f.Name != "branch" && f.Name != "city" })
	view.Days = view.Days[:min(len(view.Days), windowsListed)]
	view.Listed = true
	if view.Days != nil || view.Rest != nil {
		whole, _, _ := strings.Cut(all, urls.Param(urls.QueryMode, urls.ModeWindows))
		view.All = &layout.Link{Title: view.Text.T("widget.windows.all"), URL: strings.TrimRight(whole, "?&")}
	}
}

// url returns the address of the page with other choices and another group.
func (w *windows) url(choices flow.Choices, group int) string {
	address := windowsURL(w.Request, choices, w.listed)
	if group == 0 {
		return address
	}
	return urls.With(address, urls.Param(urls.QueryGroup, strconv.Itoa(group)))
}

// atBranch returns the choices of a branch's page, with its city where customers choose one.
func atBranch(v *page.Request, company *catalog.Company) flow.Choices {
	choices := v.Choices.Fresh()
	if v.Journey.Has(flow.City) {
		choices = v.Journey.Set(flow.City, choices, flow.Choice{ID: company.CityID})
	}
	return v.Journey.Set(flow.Company, choices, flow.Choice{ID: company.ID})
}
