package catalog

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/flow"
	"okoshko/internal/webhook"
)

// The upstream may say by a hook that something has changed at a company (internal/webhook). A hook corrects the cached
// answers that it makes untrue, or drops them, in all processes that share answers. It causes no call: only who needs an
// answer that is gone asks.

// Hooked corrects the cached answers by a hook.
func (c *Catalog) Hooked(h webhook.Hook) webhook.Outcome {
	if !h.Resource.Known() {
		return webhook.Ignored
	}
	if (c.hooked == nil || !c.hooked.others) && !c.knows(h.Company) {
		return webhook.Unknown // other processes may know it
	}
	what := change{Kind: changeHook, Company: h.Company, Hook: &h, Before: c.hooked.move(h)}
	c.apply(what)
	c.tell(what)
	return webhook.Applied
}

// applyHook corrects the cached answers by a hook that another process has got.
func (c *Catalog) applyHook(what change) {
	if what.Hook == nil {
		return
	}
	c.hooked.move(*what.Hook)
	c.apply(what)
}

func (c *Catalog) apply(what change) {
	for _, e := range what.Hook.Effects(what.Before) {
		c.applyEffect(e)
	}
}

// knows says whether a company is cached in some language, as it is wherever anything about it has been asked.
func (c *Catalog) knows(company int) (known bool) {
	c.languages.Range(func(lang, _ any) bool {
		in, _ := lang.(string)
		_, known = c.cache.entries.GetEntryQuietly(about(questionCompany, company).in(in))
		return !known
	})
	return known
}

func (c *Catalog) applyEffect(e webhook.Effect) {
	defer c.noteEffect(e)
	switch e.Kind {
	case webhook.Taken:
		c.booked(Sold{Company: &Company{ID: e.Company, Location: e.Start.Location()}, Master: e.Master, Start: e.Start, Length: e.Length})
	case webhook.Freed:
		// While calls are scarce the times stay: the one that is free now is missing until the next question, and every other one is
		// as free as before.
		if !c.cache.scarce() {
			c.timesChanged(e)
		}
	case webhook.Times:
		c.timesChanged(e)
	case webhook.Settings:
		c.timesChanged(e)
		c.companyChanged(e.Company)
	default:
		c.drop(e.Company, func(k key) bool { return concerns(e, k) })
	}
}

// concerns says whether an answer may be untrue since an effect.
func concerns(e webhook.Effect, k key) bool {
	switch e.Kind {
	case webhook.Taken, webhook.Freed, webhook.Times:
		return ofTimes(k, e.Master, daysOf(e))
	case webhook.Events:
		return k.question == questionGroupEvents
	case webhook.Masters:
		if k.question == questionServices || k.question == questionLength {
			return k.master != 0 && (e.Master == 0 || k.master == e.Master) || k.slot != ""
		}
		return k.question == questionAble || k.question == questionGroupEvents || ofTimes(k, e.Master, nil)
	case webhook.Services:
		switch k.question {
		case questionServices, questionStaff, questionLengths, questionGroupEvents, questionAnyMaster:
			return true
		case questionSlots, questionDates, questionAble, questionLength:
			return e.Service == 0 || k.services == "" || slices.Contains(strings.Split(k.services, ","), strconv.Itoa(e.Service))
		}
		return false
	case webhook.Categories:
		return k.question == questionServices
	case webhook.Settings:
		return k.question == questionCompany || k.question == questionPrivacy || ofTimes(k, 0, nil)
	default:
		return true
	}
}

// daysOf are the days under which the times of an effect may be listed; none = any.
func daysOf(e webhook.Effect) []string {
	if !e.Start.IsZero() {
		return flow.DaysOf(e.Start)
	}
	day, err := time.Parse(time.DateOnly, e.Day)
	if err != nil {
		return nil
	}
	return flow.DaysOf(day) // midnight: the time may be one of the night, too
}

// drop drops the answers about a company of which something is true.
func (c *Catalog) drop(company int, of func(key) bool) {
	for _, k := range c.keysOf(company) {
		if of(k) {
			c.cache.entries.Invalidate(k)
		}
	}
}

// timesChanged drops what is known of the times of a master (0 = any) on a day ("" = any). While calls are scarce the free
// days stay, as after a booking.
func (c *Catalog) timesChanged(e webhook.Effect) {
	days := daysOf(e)
	first := "" // before which nothing has changed
	if len(days) > 0 {
		first = slices.Min(days)
	}
	for _, k := range c.keysOf(e.Company) {
		switch {
		case k.question == questionAble:
			c.dropNearestDays(k, e.Master, first)
		case k.question == questionStaff && k.slot == "":
			c.correctStaff(k, func(m *Master) bool {
				if e.Master != 0 && m.ID != e.Master || len(m.Slots) == 0 || m.Day < first {
					return false
				}
				m.Slots = nil
				return true
			})
		case !ofTimes(k, e.Master, days):
		case (k.question == questionDates || k.question == questionCalendar) && c.cache.scarce():
		default:
			c.cache.entries.Invalidate(k)
		}
	}
}

// dropNearestDays takes out of what the lists of masters have told the nearest days of a master that are not before a day.
func (c *Catalog) dropNearestDays(k key, master int, first string) {
	e, ok := c.cache.entries.GetIfPresent(k)
	who, is := e.value.(able)
	if !ok || !is {
		return
	}
	nearest := maps.Clone(who.nearest)
	maps.DeleteFunc(nearest, func(m int, day string) bool { return (master == 0 || m == master) && day >= first })
	if len(nearest) == len(who.nearest) {
		return
	}
	who.nearest, who.first = nearest, ""
	c.cache.correct(k, e, who)
}

// companyChanged drops a company, also where it is listed among those of its chain.
func (c *Catalog) companyChanged(company int) {
	c.drop(company, func(k key) bool { return k.question == questionCompany || k.question == questionPrivacy })
	for k := range c.cache.entries.Keys() {
		if k.question != questionCompanies {
			continue
		}
		listed, _ := cachedValue[[]*Company](c, k)
		if slices.ContainsFunc(listed, func(other *Company) bool { return other.ID == company }) {
			c.cache.entries.Invalidate(k)
			c.tell(change{Kind: changeChain, Company: k.id})
		}
	}
}
