package agents

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/agents"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/page"
	"okoshko/internal/urls"
)

// windowsPause is for how long the tool is content with a list of masters, as the page is.
const windowsPause = guard.WindowsPause

// visitLink checks a visit as the pages do, and returns the address at which a person goes on: the contact page, which shows the
// visit, or the first step that is undecided.
func (h *Handlers) visitLink(ctx context.Context, in agents.VisitQuery) (out agents.Visit, err error) {
	ctx = h.speaking(ctx, in.Language)
	v, err := h.at(ctx, in.Form, in.Branch, in.Language)
	if err != nil {
		return out, err
	}
	if len(in.Services) > 0 {
		if err := h.choose(ctx, v, in.Services); err != nil {
			return out, err
		}
	}
	choices := v.Choices
	start, err := h.start(ctx, in.Start)
	if err != nil {
		return out, err
	}
	if v.Journey.Has(flow.Master) && (in.Master != 0 || !start.IsZero() && v.Company.AnyMaster) {
		choices = v.Journey.Set(flow.Master, choices, flow.Choice{ID: in.Master})
	}
	if !start.IsZero() {
		choices = v.Journey.Set(flow.Datetime, choices, flow.Choice{Slot: start, ID: in.Master})
	}
	if v.Selection, err = h.resolve(ctx, v, choices); err != nil {
		return out, err
	}
	if v.Company == nil || v.Closed {
		return out, h.advise(ctx, "error.closed")
	}
	v.At(v.Company)
	switch {
	case slices.Contains(v.Dropped, flow.Service):
		return out, h.advise(ctx, "error.service")
	case slices.Contains(v.Dropped, flow.Master):
		return out, h.advise(ctx, "error.unfit")
	case slices.Contains(v.Dropped, flow.Datetime), !start.IsZero() && v.Choices.Slot.IsZero():
		return out, h.advise(ctx, "error.gone")
	case v.Barred(v.Form) != catalog.BarNone:
		return out, h.advise(ctx, "error.barred", "url", callerOf(ctx).origin+v.StartURL())
	}
	if v.SlotDay == "" && !start.IsZero() && !h.free(ctx, v) {
		return out, h.advise(ctx, "error.gone")
	}
	return h.visit(ctx, v), nil
}

// free says whether the chosen time is free, where the pages leave that to the upstream's own check of the visit. A time that cannot
// be looked for may be: the page checks it.
func (h *Handlers) free(ctx context.Context, v *page.Request) bool {
	known, missed := catalog.OnlyCached(ctx)
	if _, day, err := h.Catalog.FreeAt(known, v.Company, v.Choices.Slot, v.Filter(flow.Datetime)); err == nil && (day != "" || !missed()) {
		return day != ""
	}
	_, day, err := h.Catalog.FreeAt(ctx, v.Company, v.Choices.Slot, v.Filter(flow.Datetime))
	return err != nil || day != ""
}

// resolve checks choices against cached answers, and asks only when these do not suffice.
func (h *Handlers) resolve(ctx context.Context, v *page.Request, choices flow.Choices) (*catalog.Selection, error) {
	known, missed := catalog.OnlyCached(ctx)
	selection, err := h.Catalog.Resolve(known, v.Lang, v.Form, choices, flow.Contact)
	if err == nil && selection.Unchecked == nil && (len(selection.Dropped) == 0 || !missed()) {
		return selection, nil // what was missing at most are hints, such as a master's own price
	}
	return h.Catalog.Resolve(ctx, v.Lang, v.Form, choices, flow.Contact)
}

// start reads the time of a visit.
func (h *Handlers) start(ctx context.Context, said string) (time.Time, error) {
	if said = strings.TrimSpace(said); said == "" {
		return time.Time{}, nil
	}
	choices, wrong := flow.ParseChoices(url.Values{urls.QuerySlot: {said}})
	if len(wrong) > 0 || !choices.Slot.After(h.Now()) {
		return time.Time{}, h.advise(ctx, "error.start")
	}
	return choices.Slot, nil
}

// visit returns a checked visit as an answer names it.
func (h *Handlers) visit(ctx context.Context, v *page.Request) agents.Visit {
	step := v.Journey.Next(v.Choices)
	out := agents.Visit{
		URL: callerOf(ctx).origin + v.Next(v.Choices), Step: string(step), Complete: v.Journey.Ready(v.Choices),
		Salon: title(v.Company.Title), Address: agents.Brief(v.Company.Address, briefText), Next: h.next(ctx, "step"),
	}
	if out.Complete {
		out.Next = h.next(ctx, "person")
	}
	for _, s := range v.Services {
		out.Services = append(out.Services, title(s.Title))
	}
	if len(v.Services) > 0 {
		out.Price = v.Cost(page.Total(v.Services))
	}
	if v.Master != nil {
		out.Master = title(v.Master.Name)
	}
	if !v.Choices.Slot.IsZero() {
		at := v.Choices.Slot.In(v.Company.Location)
		out.Start, out.Says = v.Choices.Slot.Format(time.RFC3339), says(v, at)
	}
	out.GoodFor = h.goodFor(ctx)
	const mostServices = 8
	if len(out.Services) > mostServices {
		out.Services = append(out.Services[:mostServices-1], "+"+strconv.Itoa(len(out.Services)-mostServices+1))
	}
	return out
}
