package agents

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/agents"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/server/search"
	"okoshko/internal/urls"
)

const (
	// timesQuestions is how many questions about masters and times a call of find_times may put.
	timesQuestions = 2
	// timesEnough is with how many times no further day is looked at, and timesShown how many an answer has.
	timesEnough, timesShown = 4, 8
	// mastersShown is how many masters an answer without times has.
	mastersShown = 8
)

// findTimes lists the free times that fit a wish. It puts timesQuestions questions at most, and looks at cached days besides.
func (h *Handlers) findTimes(ctx context.Context, in agents.TimeQuery) (out agents.Times, err error) {
	ctx = h.speaking(ctx, in.Language)
	v, err := h.at(ctx, in.Form, in.Branch, in.Language)
	if err != nil {
		return out, err
	}
	if err := h.choose(ctx, v, in.Services); err != nil {
		return out, err
	}
	wish, err := h.wish(ctx, v, in)
	if err != nil {
		return out, err
	}
	l := &look{Handlers: h, v: v, wish: wish, filter: catalog.Filter{Services: v.Choices.Services}, left: timesQuestions}
	if err := l.with(ctx, in.Master); err != nil {
		return out, err
	}
	if err := l.days(ctx); err != nil && len(l.looked) == 0 {
		return out, err
	}
	fits := agents.Choose(wish, l.free)
	out.Times, out.Days, out.Next = []agents.Time{}, l.looked, h.next(ctx, "link")
	if len(l.looked) > mastersShown {
		out.Days = []string{l.looked[0], l.looked[len(l.looked)-1]}
	}
	for _, f := range agents.Spread(fits, timesShown) {
		at := f.Start.In(v.Company.Location)
		t := agents.Time{Start: flow.Canonical(at).Format(time.RFC3339), Says: says(v, at), Master: f.Master, Minutes: minutes(f.Length)}
		if m := l.master(f.Master); m != nil {
			t.Name = m.Name
		}
		out.Times = append(out.Times, t)
	}
	out.More = len(fits) - len(out.Times)
	if len(fits) == 0 {
		out.Next, out.Masters = h.next(ctx, "no_times"), l.others(ctx)
	}
	out.GoodFor = h.goodFor(ctx)
	out.More += agents.Shorten(&out, &out.Times)
	return out, nil
}

// choose chooses services, all of which must be offered.
func (h *Handlers) choose(ctx context.Context, v *page.Request, services []int) error {
	if !v.Journey.Has(flow.Service) {
		return nil
	}
	if len(services) == 0 {
		return h.advise(ctx, "error.service")
	}
	offered, err := h.Catalog.Services(ctx, v.Lang, v.Company.ID, catalog.Filter{})
	if err != nil {
		return err
	}
	for _, id := range services {
		s := offered.Find(id)
		if s == nil || v.Form.BarsService(s) != catalog.BarNone {
			return h.advise(ctx, "error.service")
		}
		v.Services = append(v.Services, s)
	}
	v.Choices = v.Journey.Set(flow.Service, v.Choices, flow.Choice{Services: services})
	return nil
}

// wish reads days and hours.
func (h *Handlers) wish(ctx context.Context, v *page.Request, in agents.TimeQuery) (w agents.Wish, err error) {
	now := h.Now().In(v.Company.Location)
	days, ok := agents.ParseDays(in.From, now)
	if ok && in.To != "" {
		var to agents.Days
		if to, ok = agents.ParseDays(in.To, now); ok {
			days, ok = agents.Between(days, to)
		}
	}
	if !ok {
		return w, h.advise(ctx, "error.day", "today", now.Format(time.DateOnly))
	}
	part, ok := agents.ParsePart(in.Part)
	if !ok {
		return w, h.advise(ctx, "error.part")
	}
	return agents.Wish{Days: days, Part: part}, nil
}

// look looks for times.
type look struct {
	*Handlers
	v       *page.Request
	wish    agents.Wish
	filter  catalog.Filter
	left    int              // questions that may be put
	masters []catalog.Master // who can be booked; nil = nobody was asked for
	looked  []string         // days whose times are known
	free    []agents.Free
}

// with chooses the master by a name or an id.
func (l *look) with(ctx context.Context, said string) error {
	said = strings.TrimSpace(said)
	switch {
	case !l.v.Journey.Has(flow.Master):
		l.filter.Master = l.v.Choices.Master // 0 = whoever is free
		return nil
	case agents.Anyone(said):
		if l.v.Company.AnyMaster {
			l.v.Choices = l.v.Journey.Set(flow.Master, l.v.Choices, flow.Choice{})
			return nil
		}
		return l.ask(ctx) // each time must name its master
	}
	if err := l.ask(ctx); err != nil {
		return err
	}
	matches := func(m catalog.Master) bool { return strconv.Itoa(m.ID) == said || agents.SameName(said, m.Name) }
	i := slices.IndexFunc(l.masters, matches)
	if i < 0 {
		i = slices.IndexFunc(l.masters, func(m catalog.Master) bool { return search.Looking(said).Finds(m.Name) })
	}
	if i < 0 {
		names := make([]string, len(l.masters))
		for i, m := range l.masters {
			names[i] = m.Name
		}
		return l.advise(ctx, "error.master", "masters", agents.Brief(strings.Join(names, ", "), mastersShown*briefTitle/2))
	}
	l.filter.Master = l.masters[i].ID
	l.v.Choices = l.v.Journey.Set(flow.Master, l.v.Choices, flow.Choice{ID: l.filter.Master})
	return nil
}

// ask asks who can be booked, which tells the times of each one's nearest day too.
func (l *look) ask(ctx context.Context) error {
	f := catalog.Filter{Services: l.filter.Services}
	masters, cached := l.Catalog.CachedMasters(ctx, l.v.Lang, l.v.Company, f)
	if !cached {
		l.left--
		var err error
		if masters, err = l.Catalog.Masters(ctx, l.v.Lang, l.v.Company, f); err != nil {
			return err
		}
	}
	l.masters = bookable(l.v, masters)
	return nil
}

// bookable returns those of some masters who can be booked at this widget.
func bookable(v *page.Request, masters []catalog.Master) []catalog.Master {
	return slices.DeleteFunc(slices.Clone(masters), func(m catalog.Master) bool { return !m.Bookable || v.Form.BarsMaster(&m) != catalog.BarNone })
}

// master returns a master by id, nil for any.
func (l *look) master(id int) *catalog.Master {
	if i := slices.IndexFunc(l.masters, func(m catalog.Master) bool { return m.ID == id && id != 0 }); i >= 0 {
		return &l.masters[i]
	}
	return nil
}

// fewDays is for how many days the times of each are asked for. For more, the list of masters tells the first day that is free.
const fewDays = 2

// days looks at the wish's days, until there are times enough or no question is left. Once a time fits, only cached days are looked at.
func (l *look) days(ctx context.Context) error {
	now := l.Now().In(l.v.Company.Location)
	days := slices.DeleteFunc(l.wish.List(agents.Horizon), func(day string) bool { return !l.v.Journey.OffersDay(day) || l.wish.Over(day, now) })
	many := len(days) > fewDays && l.masters == nil && l.v.Journey.Has(flow.Master)
	// The list tells the first free time, which may be before the wished days or at another part of the day.
	if many && l.wish.Part == agents.WholeDay && days[0] == now.Format(time.DateOnly) {
		if _, known := l.Catalog.CachedSlots(ctx, l.v.Company, days[0], l.filter); !known {
			if err := l.ask(ctx); err != nil {
				return err
			}
		}
	}
	first, named := l.nearest()
	for _, day := range days {
		if day < first { // nobody is free before
			l.looked = append(l.looked, day)
			continue
		}
		if named && l.filter.Master == 0 {
			if err := l.each(ctx, day); err != nil {
				return err
			}
		} else if done, err := l.day(ctx, day, l.filter); err != nil || done {
			return err
		}
		switch fits := len(agents.Choose(l.wish, l.free)); {
		case fits >= timesEnough:
			return nil
		case fits > 0:
			l.left = 0
		case many && len(l.free) == 0 && l.masters == nil && l.left > 0: // a full day: when is the next one that is not?
			if err := l.ask(ctx); err != nil {
				return err
			}
			first, named = l.nearest()
		}
	}
	return nil
}

// nearest returns the first day on which somebody is free, "" where that is not known, and whether times must name their masters.
func (l *look) nearest() (first string, named bool) {
	known := true
	for i := range l.masters {
		m := &l.masters[i]
		if l.filter.Master != 0 && m.ID != l.filter.Master {
			continue
		}
		if m.Nearest.IsZero() || m.Day == "" {
			known = false
			continue
		}
		if first == "" || m.Day < first {
			first = m.Day
		}
	}
	if !known {
		first = ""
	}
	return first, l.v.Journey.Has(flow.Master) && !l.v.Company.AnyMaster
}

// day adds the times of a day, and says whether nothing more can be learned because no question is left.
func (l *look) day(ctx context.Context, day string, f catalog.Filter) (done bool, err error) {
	slots, known := l.Catalog.CachedSlots(ctx, l.v.Company, day, f)
	if !known {
		if l.left <= 0 {
			return true, nil
		}
		l.left--
		if slots, err = l.Catalog.Slots(ctx, l.v.Company, day, f); err != nil {
			return true, err
		}
	}
	if !slices.Contains(l.looked, day) {
		l.looked = append(l.looked, day)
	}
	for _, slot := range l.v.Offers(slots) {
		l.free = append(l.free, agents.Free{Day: day, Start: slot.Start, Length: slot.Length, Master: f.Master})
	}
	return false, nil
}

// each adds the times of a day by master, for salons at which a master must be chosen.
func (l *look) each(ctx context.Context, day string) error {
	for _, m := range l.masters {
		if m.Day > day {
			continue // who is free later only
		}
		if _, err := l.day(ctx, day, catalog.Filter{Services: l.filter.Services, Master: m.ID}); err != nil {
			return err
		}
	}
	return nil
}

// others lists the masters with about when they are free, as far as that is cached.
func (l *look) others(ctx context.Context) (out []agents.Master) {
	if !l.v.Journey.Has(flow.Master) {
		return nil
	}
	masters := l.masters
	if masters == nil {
		cached, _ := l.Catalog.CachedMasters(ctx, l.v.Lang, l.v.Company, catalog.Filter{Services: l.filter.Services})
		masters = bookable(l.v, cached)
	}
	for _, m := range masters[:min(len(masters), mastersShown)] {
		one := agents.Master{ID: m.ID, Name: title(m.Name)}
		if !m.Nearest.IsZero() {
			one.Nearest = m.Nearest.In(l.v.Company.Location).Format(time.RFC3339)
		}
		out = append(out, one)
	}
	return out
}

// windows lists what is free soon, by master, as the page of windows does and at its price.
func (h *Handlers) windows(ctx context.Context, in agents.WindowQuery) (out agents.Windows, err error) {
	ctx = h.speaking(ctx, in.Language)
	v, err := h.at(ctx, in.Form, in.Branch, in.Language)
	if err != nil {
		return out, err
	}
	if !v.Journey.Has(flow.Master) || !v.Journey.Has(flow.Datetime) || v.Journey.FixesTime() {
		return out, h.advise(ctx, "error.windows")
	}
	if len(in.Services) > 0 {
		if err := h.choose(ctx, v, in.Services); err != nil {
			return out, err
		}
	}
	may := func() bool { return h.Guard.MayAskForWindowsOf(ctx, v.Company.ID) }
	masters, known := h.Catalog.MastersLately(ctx, v.Lang, v.Company, catalog.Filter{Services: v.Choices.Services}, windowsPause, may)
	if !known {
		return out, h.advise(ctx, "error.busy")
	}
	masters = slices.DeleteFunc(bookable(v, masters), func(m catalog.Master) bool { return m.Nearest.IsZero() })
	slices.SortStableFunc(masters, func(a, b catalog.Master) int {
		return cmp.Or(a.Nearest.Compare(b.Nearest), cmp.Compare(a.ID, b.ID))
	})
	out.Windows, out.Next = []agents.Window{}, h.next(ctx, "windows")
	out.URL = callerOf(ctx).origin + v.PageURL(urls.Windows, 0, v.Choices)
	for _, m := range masters {
		w := agents.Window{Master: m.ID, Name: title(m.Name), Day: m.Nearest.In(v.Company.Location).Format(time.DateOnly)}
		for _, slot := range v.Offers(m.Slots) {
			if len(w.Times) < timesShown {
				w.Times = append(w.Times, slot.Start.In(v.Company.Location).Format("15:04"))
			}
		}
		out.Windows = append(out.Windows, w)
	}
	if len(out.Windows) == 0 {
		out.Next = h.next(ctx, "no_times")
	}
	out.GoodFor = h.goodFor(ctx)
	out.More = agents.Shorten(&out, &out.Windows)
	return out, nil
}
