package agents

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"okoshko/internal/agents"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/money"
	"okoshko/internal/server/page"
	"okoshko/internal/server/search"
	"okoshko/internal/urls"
)

// formsAtOnce is how many forms a call of find_salon may ask the upstream about. The directory reads the others.
const formsAtOnce = 2

// unreadWait is how long find_salon waits for salons that are still looked up, when it has found none.
const unreadWait = 3 * time.Second

// findSalon lists the salons that match. It is made of what the directory has read; a few forms that are missing are asked for.
func (h *Handlers) findSalon(ctx context.Context, in agents.SalonQuery) (out agents.Salons, err error) {
	ctx = h.speaking(ctx, in.Language)
	h.directory.wake(callerOf(ctx).lang) //nolint:contextcheck // what it reads is for those who come later, too
	got := h.searchSalons(ctx, in, formsAtOnce)
	if len(got.salons) == 0 && got.unread > 0 {
		h.directory.await(ctx, chapter{lang: callerOf(ctx).lang}, unreadWait)
		got = h.searchSalons(ctx, in, 0)
	}
	if len(got.companies) <= directorySalons {
		for _, one := range got.companies {
			h.directory.found(one.lang, one.company)
		}
	}
	out.Salons, out.Unread, out.GoodFor = got.salons, got.unread, h.goodFor(ctx)
	switch {
	case len(out.Salons) > 0:
		out.Next = h.next(ctx, "services")
	case got.all > 0:
		out.Next = h.next(ctx, "no_salon")
	case out.Unread > 0:
		return out, h.advise(ctx, "error.busy")
	default:
		out.Next = h.next(ctx, "no_salons")
	}
	if out.Salons == nil {
		out.Salons = []agents.Salon{}
	}
	out.More = agents.Shorten(&out, &out.Salons)
	return out, nil
}

// salonsFound is what a search for salons has found.
type salonsFound struct {
	salons    []agents.Salon
	companies []chapter // those of the salons at which services are booked
	all       int       // salons that were looked through
	unread    int       // forms that could not be
}

// searchSalons looks for salons, and may ask the upstream about so many forms.
func (h *Handlers) searchSalons(ctx context.Context, in agents.SalonQuery, mayAsk int) (out salonsFound) {
	query, city := search.Looking(in.Query), search.Looking(in.City)
	for _, id := range h.Forms {
		v, places, err := h.knownSalon(ctx, id, in.Language, mayAsk > 0)
		if err != nil {
			if catalog.ProblemOf(err) == catalog.ProblemBusy {
				out.unread++
			}
			continue // a form that fails is not offered
		}
		mayAsk -= v.asked
		for _, company := range places {
			if company.Closed {
				continue
			}
			out.all++
			names := append(h.otherNames(ctx, v.Request, company), company.Title, company.Address, company.City)
			if !city.Finds(names...) || !query.Finds(names...) {
				continue
			}
			out.salons = append(out.salons, h.salon(ctx, v.Request, company))
			if !v.Form.GroupEventsOnly {
				out.companies = append(out.companies, chapter{v.Lang, company.ID})
			}
		}
	}
	return out
}

// knownForm is a form with the request for its pages.
type knownForm struct {
	*page.Request
	asked int // 1 where the upstream was asked about it
}

// knownSalon returns a form with its companies: from cached answers, be they in the form's own language, or, where that may be, by
// asking.
func (h *Handlers) knownSalon(ctx context.Context, id int, asked string, mayAsk bool) (knownForm, []*catalog.Company, error) {
	known, _ := catalog.OnlyCached(ctx)
	read := func(ctx context.Context, plainly bool) (*page.Request, []*catalog.Company, error) {
		form, err := h.Catalog.Bookform(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		lang := h.language(ctx, form, asked)
		if plainly {
			lang = h.language(context.WithValue(ctx, callerKey{}, caller{}), form, "")
		}
		v := h.request(form, flow.Choices{Lang: lang})
		places, err := h.places(ctx, form, v.Lang)
		return v, places, err
	}
	for _, plainly := range []bool{false, true} {
		if v, places, err := read(known, plainly); catalog.ProblemOf(err) != catalog.ProblemBusy {
			return knownForm{Request: v}, places, err
		}
	}
	if !mayAsk {
		return knownForm{}, nil, errUnread
	}
	v, places, err := read(ctx, false)
	return knownForm{v, 1}, places, err
}

// errUnread says that a form was not read yet.
var errUnread = context.DeadlineExceeded // which is a busy upstream to catalog.ProblemOf

// otherNames returns the names of a company in the other languages of its form, as far as they are cached: a person may say either.
func (h *Handlers) otherNames(ctx context.Context, v *page.Request, company *catalog.Company) (out []string) {
	known, _ := catalog.OnlyCached(context.WithoutCancel(ctx))
	for _, raw := range v.Form.Languages {
		lang, ok := i18n.Canonical(raw)
		if !ok || i18n.UpstreamCode(lang) == v.Lang {
			continue
		}
		if other, err := h.Catalog.Company(known, i18n.UpstreamCode(lang), company.ID); err == nil {
			out = append(out, other.Title, other.City)
		}
	}
	return out
}

// salon returns a company as an answer names it.
func (h *Handlers) salon(ctx context.Context, v *page.Request, company *catalog.Company) agents.Salon {
	out := agents.Salon{
		Form: v.Form.ID, Title: title(company.Title), City: company.City, Address: agents.Brief(company.Address, briefText), Phone: company.Phone.String(),
	}
	choices := flow.Choices{Lang: v.Choices.Lang}
	if v.Form.GroupID != 0 {
		out.Branch, choices = company.ID, placed(v.Journey, choices, company)
	}
	out.URL = callerOf(ctx).origin + v.Next(choices)
	return out
}

// placed returns choices at a company, with its city where customers choose one.
func placed(j flow.Journey, choices flow.Choices, company *catalog.Company) flow.Choices {
	if j.Has(flow.City) {
		choices = j.Set(flow.City, choices, flow.Choice{ID: company.CityID})
	}
	return j.Set(flow.Company, choices, flow.Choice{ID: company.ID})
}

// request returns a request for the pages of a form, at no company yet.
func (h *Handlers) request(form *catalog.Bookform, choices flow.Choices) *page.Request {
	return &page.Request{
		Selection: &catalog.Selection{Journey: form.Journey, Choices: choices}, Form: form, Text: h.Texts.Present(choices.Lang),
		Lang: i18n.UpstreamCode(choices.Lang), Now: h.Now(),
	}
}

// at returns a request at the company that a tool is asked about.
func (h *Handlers) at(ctx context.Context, form, branch int, asked string) (*page.Request, error) {
	if !slices.Contains(h.Forms, form) {
		return nil, h.advise(ctx, "error.form")
	}
	f, err := h.Catalog.Bookform(ctx, form)
	if err != nil {
		return nil, err
	}
	v := h.request(f, flow.Choices{Lang: h.language(ctx, f, asked), Company: branch})
	if v.Selection, err = h.Catalog.ResolvePlace(ctx, v.Lang, f, v.Choices); err != nil {
		return nil, err
	}
	switch {
	case v.Closed:
		return nil, h.advise(ctx, "error.closed")
	case v.Company == nil:
		return nil, h.whichBranch(ctx, v)
	case f.GroupEventsOnly:
		return nil, h.advise(ctx, "error.events", "url", callerOf(ctx).origin+v.PageURL(urls.Events, 0, v.Choices))
	}
	v.At(v.Company)
	if v.Choices.City == 0 && v.Journey.Has(flow.City) {
		v.Choices = placed(v.Journey, flow.Choices{Lang: v.Choices.Lang}, v.Company)
	}
	return v, nil
}

// whichBranch asks the caller to name a branch.
func (h *Handlers) whichBranch(ctx context.Context, v *page.Request) error {
	places, err := h.places(ctx, v.Form, v.Lang)
	if err != nil {
		return err
	}
	const most = 10
	var names []string
	for _, company := range places[:min(len(places), most)] {
		names = append(names, v.Text.Number(company.ID)+" "+title(company.Title)+", "+agents.Brief(company.Address, briefTitle))
	}
	return h.advise(ctx, "error.branch", "branches", strings.Join(names, "; "))
}

// findServices lists the services that match.
func (h *Handlers) findServices(ctx context.Context, in agents.ServiceQuery) (out agents.Services, err error) {
	ctx = h.speaking(ctx, in.Language)
	h.directory.wake(callerOf(ctx).lang) //nolint:contextcheck // what it reads is for those who come later, too
	v, err := h.at(ctx, in.Form, in.Branch, in.Language)
	if err != nil {
		return out, err
	}
	offered, err := h.Catalog.Services(ctx, v.Lang, v.Company.ID, catalog.Filter{})
	if err != nil {
		return out, err
	}
	out.Currency, out.Services, out.Next = v.Company.Currency, []agents.Service{}, h.next(ctx, "times")
	all := h.bookable(v, offered)
	found := matching(all, in.Query, in.MaxPrice)
	if len(found) == 0 {
		switch {
		case len(all) == 0:
			out.Next = h.next(ctx, "no_services")
		default:
			out.Next = h.next(ctx, "no_service")
		}
	}
	for _, o := range found {
		out.Services = append(out.Services, service(v, o))
	}
	out.GoodFor = h.goodFor(ctx)
	out.More = agents.Shorten(&out, &out.Services)
	return out, nil
}

// offer is a service in its group.
type offer struct {
	group string
	*catalog.Service
}

// bookable returns the services that a customer may choose, or the one that the form has fixed.
func (h *Handlers) bookable(v *page.Request, offered *catalog.Services) (out []offer) {
	for _, category := range offered.Categories {
		for _, s := range category.Services {
			if v.Form.BarsService(s) != catalog.BarNone || !v.Journey.Has(flow.Service) && !slices.Contains(v.Choices.Services, s.ID) {
				continue
			}
			if !slices.ContainsFunc(out, func(o offer) bool { return o.ID == s.ID }) {
				out = append(out, offer{category.Title, s})
			}
		}
	}
	return out
}

// matching returns the services that have every word of a query, else those that have one of its words; first those whose title
// says it.
func matching(all []offer, query string, most float64) (out []offer) {
	affordable := func(o offer) bool { return agents.Affordable(o.Price.Low(), o.Price.Named(), most) }
	var rank func(offer) int
	try := func(queries ...string) {
		for _, o := range all {
			if affordable(o) && slices.ContainsFunc(queries, func(q string) bool { return search.Looking(q).Finds(o.group, o.Title, o.Comment) }) {
				out = append(out, o)
			}
		}
		rank = func(o offer) int {
			if slices.ContainsFunc(queries, func(q string) bool { return search.Looking(q).Finds(o.Title) }) {
				return 0
			}
			return 1
		}
	}
	if try(query); len(out) == 0 {
		const word = 3 // shorter ones say little
		words := slices.DeleteFunc(strings.Fields(query), func(w string) bool { return len([]rune(w)) < word })
		try(words...)
	}
	slices.SortStableFunc(out, func(a, b offer) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// service returns a service as an answer names it.
func service(v *page.Request, o offer) agents.Service {
	out := agents.Service{ID: o.ID, Title: title(o.Title), Group: agents.Brief(o.group, briefTitle/2), Minutes: minutes(o.Length)}
	out.Price, out.MaxPrice, out.From = price(o.Price)
	switch o.Sex {
	case catalog.ForMen:
		out.For = "men"
	case catalog.ForWomen:
		out.For = "women"
	case catalog.ForAll:
	}
	out.Note = page.TermsOf(v.Text, o.Prepaid, o.Discount)
	return out
}

// price returns a price as numbers.
func price(p money.Price) (low, high *float64, from bool) {
	if !p.Named() {
		return nil, nil, false
	}
	low = amount(p.Low())
	most, bounded := p.High()
	if bounded && most != p.Low() {
		high = amount(most)
	}
	return low, high, !bounded
}
