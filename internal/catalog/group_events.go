package catalog

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"okoshko/internal/money"
	"okoshko/internal/upstream"
)

// GroupEvent is an activity of the API: a class, a workshop, anything with places.
type GroupEvent struct {
	ID           int
	Title        string
	Comment      string // plain text
	Instructions string // plain text: what to bring, when to come; "" when the comment says the same
	StreamURL    string // where it can be watched
	Labels       []string
	Hall         string
	ServiceID    int
	ImageURL     string
	Master       string
	AvatarURL    string
	Start        time.Time // in the company's zone
	Length       time.Duration
	Price        money.Price // of one place
	Discount     float64     // percent, as a Service's
	Left         int         // free places
	Prepaid      Prepaid
	Bar          Bar
}

const (
	// groupEventsAhead is how far ahead group events are asked for.
	groupEventsAhead = 60 * 24 * time.Hour
	// groupEventsPage is how many the upstream sends at most (rest-api: "Поиск событий").
	groupEventsPage = 300
	// groupEventsPages bounds the calls for one list.
	groupEventsPages = 3
)

// GroupEvents answers the coming group events of a company, the nearest first. One call brings up to 300. The answer serves
// the list, its days, its services and the page of each group event. The number of free places may be as old as free days
// may be; the booking checks it.
func (c *Catalog) GroupEvents(ctx context.Context, lang string, company *Company) ([]GroupEvent, error) {
	l := loaderOf(c.cache, c.ages.dates, func(ctx context.Context) ([]GroupEvent, error) {
		now := c.now().In(company.Location)
		p := upstream.ActivitiesParams{From: now.Format(time.DateOnly), Till: now.Add(groupEventsAhead).Format(time.DateOnly), Count: groupEventsPage}
		var out []GroupEvent
		for p.Page = 1; p.Page <= groupEventsPages; p.Page++ {
			page, err := c.client.In(lang).Activities(ctx, company.ID, p)
			if err != nil {
				return nil, err
			}
			for _, raw := range page {
				if e := c.groupEvent(raw, company.Location); !raw.Deleted && !e.Start.IsZero() {
					out = append(out, e)
				}
			}
			if len(page) < groupEventsPage {
				break
			}
		}
		slices.SortStableFunc(out, func(a, b GroupEvent) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID)) })
		return out, nil
	})
	l.longer = func(value any) (Ages, bool) {
		events, _ := value.([]GroupEvent)
		return c.ages.entries, len(events) == 0 // a salon that has none seldom begins to have some
	}
	all, _, err := load[[]GroupEvent](ctx, c.cache, groupEventsKey(lang, company.ID), l)
	if err != nil {
		return nil, err
	}
	return c.comingEvents(ctx, all), nil
}

// GroupEventsSoon is GroupEvents for a page that can be shown without: it waits for them only shortly.
func (c *Catalog) GroupEventsSoon(ctx context.Context, lang string, company *Company) []GroupEvent {
	found, _ := soon(ctx, c, groupEventsKey(lang, company.ID), func(ctx context.Context) ([]GroupEvent, error) { return c.GroupEvents(ctx, lang, company) })
	return c.comingEvents(ctx, found)
}

func groupEventsKey(lang string, company int) key {
	return about(questionGroupEvents, company).in(lang)
}

// comingEvents leaves out the group events that have begun; all must be in order.
func (c *Catalog) comingEvents(ctx context.Context, all []GroupEvent) []GroupEvent {
	now := c.now()
	// Group events of today that have begun are among them.
	next := slices.IndexFunc(all, func(e GroupEvent) bool { return e.Start.After(now) })
	if next < 0 {
		return all[len(all):]
	}
	depsOf(ctx).until(all[next].Start)
	return all[next:]
}

// ErrNoGroupEvent says that no group event with this id is still to come.
var ErrNoGroupEvent = errors.New("catalog: no such event")

// GroupEvent answers one coming group event.
func (c *Catalog) GroupEvent(ctx context.Context, lang string, company *Company, id int) (GroupEvent, error) {
	events, err := c.GroupEvents(ctx, lang, company)
	if err != nil {
		return GroupEvent{}, err
	}
	for _, e := range events {
		if e.ID == id {
			return e, nil
		}
	}
	return GroupEvent{}, ErrNoGroupEvent
}

// BookedGroupEvent answers a group event that is booked, also one that has begun, in one call.
func (c *Catalog) BookedGroupEvent(ctx context.Context, lang string, company *Company, id int) (GroupEvent, error) {
	return cached(ctx, c.cache, about("event", id).in(lang), c.ages.entries, func(ctx context.Context) (GroupEvent, error) {
		raw, err := c.client.In(lang).Activity(ctx, company.ID, id)
		if err != nil {
			return GroupEvent{}, err
		}
		return c.groupEvent(raw, company.Location), nil
	})
}

// InvalidateGroupEvents drops the group events of a company from the cache, after a booking has taken places.
func (c *Catalog) InvalidateGroupEvents(company int) {
	c.invalidateGroupEvents(company)
	c.tell(change{Kind: changeEvents, Company: company})
}

func (c *Catalog) invalidateGroupEvents(company int) {
	for _, k := range c.keysOf(company) {
		if k.question == questionGroupEvents {
			c.cache.entries.Invalidate(k)
		}
	}
}

// mergeComments joins the comments of a group event and of its service, and says once what both of them say.
func mergeComments(event, service string) string {
	switch {
	case strings.Contains(event, service):
		return event
	case strings.Contains(service, event):
		return service
	}
	return event + "\n" + service
}

func (c *Catalog) groupEvent(raw upstream.Activity, zone *time.Location) GroupEvent {
	comment := mergeComments(raw.Comment, raw.Service.Comment)
	instructions := raw.Instructions
	if strings.Contains(comment, instructions) {
		instructions = ""
	}
	return GroupEvent{
		ID: raw.ID, Title: raw.Service.Title, Comment: comment, Instructions: instructions,
		ServiceID: raw.Service.ID, ImageURL: c.picture(raw.Service.Image), Master: raw.Staff.Name, AvatarURL: c.picture(raw.Staff.Avatar),
		Start: raw.Start(zone), Length: raw.Length, Price: money.Listed(int64(raw.Service.PriceMin), int64(raw.Service.PriceMax)),
		StreamURL: website(raw.StreamURL), Labels: raw.Labels, Hall: strings.Join(raw.Resources, ", "),
		Left: raw.Left(), Discount: raw.Service.Discount, Bar: bar(raw.Service),
		// The word of the group event may be "forbidden" where that of its service is "required" (seen live).
		Prepaid: strictest(raw.Prepaid, raw.Service.Prepaid, raw.Staff.Prepaid),
	}
}
