package browse

import (
	"context"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/server/times"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// ShowDatetime shows the days and the free times of one of them. Where master and datetime share a page, the masters stand
// above, and one of them is chosen: whose times these are.
func (s *Handlers) ShowDatetime(c *fiber.Ctx, v *page.Request) error {
	whole := c.UserContext()
	c.SetUserContext(catalog.AcceptLowerBound(whole))
	now, asked, byTime := s.Now().In(v.Company.Location), v.Choices, choosesTimeFirst(c, v)
	masters, err := s.chooseMaster(c, v)
	unknown := err // who the masters are
	switch {
	case err != nil && catalog.ProblemOf(err) != catalog.ProblemBusy:
		return err
	case byTime:
		asked.Master, asked.HasMaster, v.Master = 0, false, nil
		v.Choices, unknown = v.Journey.With(v.Choices, 0), nil // whoever it is
	case err != nil && asked.HasMaster: // the masters follow
	case err != nil && v.Company.AnyMaster:
		v.Choices = v.Journey.With(v.Choices, 0)
	case err != nil:
		return err
	case len(masters) == 0 && !asked.HasMaster && v.Journey.SharesPage():
		return s.showNobody(c, v)
	}
	v.Masters = byTime || len(masters) > 1
	filter := v.OfferedTimes()
	suggested := v.Choices
	if times.TurnedTo(c) == "" { // a customer who turns the calendar has seen the suggested day
		suggested = v.Journey.Preselected(flow.Datetime, v.Choices)
	}
	if v.SlotDay != "" {
		suggested.Date = v.SlotDay // a time after midnight is listed under the day before
	}
	if suggested.Date == "" && times.TurnedTo(c) == "" {
		suggested.Date = s.Times.SameDay(c, v, filter)
	}
	open, err := s.Times.OpenDays(c, v, suggested.Date, filter, v.Offers)
	view := pages.DatetimePage{Base: s.Pages.Base(c, v, v.Text.T("widget.title.datetime"))}
	view.Windows = s.windowsOfFirstPage(c, v)
	if !byTime {
		s.masterRow(&view, v, masters, asked)
	}
	if err != nil {
		return s.lookOn(c, v, &view, err)
	}
	day := open.Day
	s.Times.Calendar(c, &view, v, open)
	if open.Err != nil {
		view.DayTitle = times.DayTitle(v, day)
		return s.lookOn(c, v, &view, open.Err)
	}
	if day != "" {
		offered, err := s.Catalog.Slots(c.UserContext(), v.Company, day, filter)
		if err != nil {
			view.DayTitle = times.DayTitle(v, day)
			return s.lookOn(c, v, &view, err)
		}
		offered = v.Offers(offered)
		suggested = defaultSlot(v, suggested, offered)
		if !asked.HasMaster && !isFree(offered, suggested.Slot) {
			suggested.Slot = time.Time{} // it was chosen before there was a master to ask for it
		}
		lead := v.Next
		if byTime {
			lead = whoIsFree(v)
		} else {
			view.NextURL = v.GoOn(suggested)
		}
		s.Times.DaySlots(&view, v, day, offered, suggested, lead)
		s.Times.Week(whole, &view, v, open, filter, lead)
	}
	if len(view.Groups) == 0 {
		if err := s.Times.OfferFreeDays(c, &view, v, day, filter); err != nil {
			return s.lookOn(c, v, &view, err)
		}
		if len(view.Instead) == 0 {
			view.EmptyText, view.Instead = s.whyNobody(c, v, view.EmptyText)
		}
		view.Windows = windowsLink(v, v.Choices.Services)
		wanted := asked
		wanted.Date = day
		view.Wish = s.Pages.WishLink(v, wanted)
		if day != "" && !byTime {
			s.offerOthers(c, &view, v, masters, day)
		}
	}
	if len(view.Groups) > 0 && response.DepsOf(c).LowerBound() {
		view.PartNote = v.Text.T("widget.datetime.part")
	}
	turnAbout(&view, v, len(masters), asked, byTime)
	times.SetTitle(c, &view, asked.Date != "", askedMaster(v, asked))
	view.ZoneNote = s.Times.ZoneNote(c, v, day, now)
	view.Yours = times.Yours(v)
	if unknown != nil {
		return s.lookOn(c, v, &view, unknown)
	}
	lang, form := v.Lang, v.Form.ID
	s.Guard.AskAhead(c, func(ctx context.Context) { _, _ = s.Catalog.Questions(ctx, lang, form) }) // the contact page has them
	return s.Pages.Browse(c, v, pages.DatetimeView(view))
}

// lookOn sends the page as far as it is known when the days or the times are still looked for; any other error it returns.
func (s *Handlers) lookOn(c *fiber.Ctx, v *page.Request, view *pages.DatetimePage, err error) error {
	if catalog.ProblemOf(err) != catalog.ProblemBusy {
		return err
	}
	s.Pages.Look(c, v, &view.Base)
	return s.Pages.SendPart(c, pages.DatetimeView(*view))
}

// choosesTimeFirst says whether the customer chooses the time before the master.
func choosesTimeFirst(c *fiber.Ctx, v *page.Request) bool {
	return c.Query(urls.QueryBy) == urls.ByTime && v.Journey.SharesPage() && !v.Sole[flow.Master]
}

// whoIsFree leads from a time to the list of the masters who are free at it.
func whoIsFree(v *page.Request) func(flow.Choices) string {
	return func(choices flow.Choices) string {
		choices.Master, choices.HasMaster = 0, false
		return v.URL(flow.Master, choices)
	}
}

// turnAbout adds the link with which the customer chooses the time before the master, or the master before the time. While the
// time comes first, all days lead to pages on which it does.
func turnAbout(view *pages.DatetimePage, v *page.Request, masters int, asked flow.Choices, byTime bool) {
	asked.Master, asked.HasMaster, asked.Slot = 0, false, time.Time{}
	first := urls.Param(urls.QueryBy, urls.ByTime)
	switch here := v.URL(flow.Datetime, asked); {
	case byTime:
		view.Relink(func(url string) string { return urls.With(url, first) })
		view.Turnabout = &layout.Link{Title: v.Text.T("widget.datetime.by_master"), URL: here}
	case masters > 1:
		view.Turnabout = &layout.Link{Title: v.Text.T("widget.datetime.by_time"), URL: urls.With(here, first)}
	}
}

// showNobody says that nobody does what is chosen. It leads to the list that says why, or on in two appointments.
func (s *Handlers) showNobody(c *fiber.Ctx, v *page.Request) error {
	everyone := layout.Link{Title: v.Text.T("widget.master.all"), URL: v.URL(flow.Master, v.Choices)}
	text, links := s.whyNobody(c, v, v.Text.T("widget.master.none"), everyone)
	view := pages.DatetimePage{Base: s.Pages.Base(c, v, v.Text.T("widget.title.datetime")), EmptyText: text, Instead: links}
	return s.Pages.Browse(c, v, pages.DatetimeView(view))
}

// askedMaster returns the name of the master whose times the customer has asked the page for.
func askedMaster(v *page.Request, asked flow.Choices) string {
	switch {
	case !asked.HasMaster || !v.Journey.SharesPage():
		return ""
	case v.Master != nil:
		return v.Master.Name
	default:
		return v.Text.T("widget.master.any")
	}
}

// isFree says whether a time is among some slots.
func isFree(offered []catalog.Slot, at time.Time) bool {
	return slices.ContainsFunc(offered, func(slot catalog.Slot) bool { return slot.Start.Equal(at) })
}

// chooseMaster returns the masters who can be chosen on the page of datetime, none where the page is not shared or where
// there is nobody to choose from. A customer who has chosen nobody sees the times of any master, where the salon allows it,
// else those of the one who is free first; v then holds this choice. The list costs one call, which the step of the masters
// would cost too; while calls are scarce only a cached list is used.
func (s *Handlers) chooseMaster(c *fiber.Ctx, v *page.Request) ([]catalog.Master, error) {
	if !v.Journey.SharesPage() {
		return nil, nil
	}
	filter := catalog.Filter{Services: v.Filter(flow.Datetime).Services}
	var masters []catalog.Master
	if v.Choices.HasMaster && s.Catalog.Scarce() {
		masters, _ = s.Catalog.CachedMasters(c.UserContext(), v.Lang, v.Company, filter)
	} else {
		var err error
		if v.Choices.Date == "" {
			masters, err = s.Catalog.MastersWithTimes(c.UserContext(), v.Lang, v.Company, filter, v.Choices.Master)
		} else {
			masters, err = s.Catalog.Masters(c.UserContext(), v.Lang, v.Company, filter)
		}
		if err != nil && (!v.Choices.HasMaster || catalog.ProblemOf(err) == catalog.ProblemBusy) {
			return nil, err
		}
	}
	masters = bookable(v, masters)
	if v.Choices.HasMaster {
		return masters, nil
	}
	v.Choices = v.Journey.With(v.Choices, suggestedMaster(v, masters))
	if i := indexOf(masters, v.Choices.Master); i >= 0 {
		v.Master = &masters[i]
		v.Services = s.Catalog.PricesSoon(c.UserContext(), v.Lang, v.Company.ID, v.Services, v.Master)
	}
	return masters, nil
}

// suggestedMaster returns whose times a customer sees who has chosen nobody; 0 is any master.
func suggestedMaster(v *page.Request, masters []catalog.Master) int {
	preset := v.Journey.Preselected(flow.Master, v.Choices)
	switch first := soonest(masters); {
	case preset.HasMaster && indexOf(masters, preset.Master) >= 0:
		return preset.Master
	case v.Company.AnyMaster || len(masters) == 0:
		return 0
	case first != nil:
		return first.ID
	default:
		return masters[0].ID
	}
}

func indexOf(masters []catalog.Master, id int) int {
	return slices.IndexFunc(masters, func(m catalog.Master) bool { return m.ID == id })
}

// masterRow fills the row of masters. A press on one shows the times of this master; the day stays if the customer has
// asked for it.
func (s *Handlers) masterRow(view *pages.DatetimePage, v *page.Request, masters []catalog.Master, asked flow.Choices) {
	if len(masters) < 2 {
		return
	}
	asked.Slot = time.Time{}
	if v.SlotDay != "" {
		asked.Date = v.SlotDay
	}
	add := func(m pages.Master, nearest time.Time) {
		m.URL, m.Bookable = v.URL(flow.Datetime, v.Journey.Set(flow.Master, asked, flow.Choice{ID: m.ID})), true
		m.Selected = v.Choices.Master == m.ID
		if !nearest.IsZero() {
			m.Nearest = v.Text.RelativeDay(nearest, s.Now().In(v.Company.Location))
		}
		view.Masters = append(view.Masters, m)
	}
	if v.Company.AnyMaster {
		var nearest time.Time
		if first := soonest(masters); first != nil {
			nearest = first.Nearest
		}
		add(pages.Master{Name: v.Text.T("widget.master.anyone")}, nearest)
	}
	for i := range masters {
		m := &masters[i]
		add(pages.Master{ID: m.ID, Name: m.Name, AvatarURL: m.AvatarURL, Initials: initials(m.Name)}, m.Nearest)
	}
	if v.Master != nil {
		view.MasterNote = page.Prepaid(v.Text, v.Master.Prepaid)
	}
	view.AllMasters = &layout.Link{Title: v.Text.T("widget.master.everyone"), URL: v.URL(flow.Master, asked)}
}

// defaultSlot selects the form's default time on the open day if it is free.
func defaultSlot(v *page.Request, suggested flow.Choices, offered []catalog.Slot) flow.Choices {
	at, ok := v.Journey.DefaultTime()
	if !ok || !suggested.Slot.IsZero() {
		return suggested
	}
	for _, slot := range offered {
		if slot.Start.Hour() == int(at.Hours()) && slot.Start.Minute() == int(at.Minutes())%60 {
			return v.Journey.Set(flow.Datetime, suggested, flow.Choice{Slot: slot.Start})
		}
	}
	return suggested
}
