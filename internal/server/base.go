package server

import (
	"cmp"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
	"okoshko/web/templates/ui"
)

// salon is the header and the footer: the company once it is known. The salon's picture greets;
// once something is chosen it makes room.
func (s *Server) salon(v *pageRequest) layout.Salon {
	out := layout.Salon{LogoURL: v.form.LogoURL, HeaderHidden: v.form.HeaderHidden}
	if len(v.Choices.Services) == 0 && !v.Choices.HasMaster && v.Choices.Date == "" && len(v.Basket) == 0 {
		out.BannerURL = v.form.HeaderURL
	}
	if v.Company == nil {
		return out
	}
	out.Name, out.Address, out.AboutURL = v.Company.Title, v.Company.Address, v.aboutURL()
	call(&out, v.Company.Phone)
	if out.LogoURL == "" {
		out.LogoURL = v.Company.LogoURL
	}
	return out
}

// languages are links to the same page in the form's other languages. The answer to a form that ended in an
// error has no address of its own to come back to.
func (s *Server) languages(c *fiber.Ctx, v *pageRequest) []layout.Link {
	if v.page == urls.Error && c.Method() != fiber.MethodGet {
		return nil
	}
	var out []layout.Link
	known := map[string]bool{}
	for _, code := range v.form.Languages {
		lang, ok := i18n.Canonical(code)
		if !ok || known[lang] {
			continue
		}
		known[lang] = true
		out = append(out, layout.Link{
			Title: cmp.Or(v.form.LanguageTitles[code], s.Texts.Name(lang)), Lang: i18n.Tag(lang), URL: v.inLanguage(c, lang), Current: lang == v.text.Lang(),
		})
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// progress is the list of steps; a done one can be gone back to.
func (s *Server) progress(v *pageRequest) []layout.Progress {
	var out []layout.Progress
	state := "done"
	for _, page := range v.walk() {
		p := layout.Progress{Step: string(page), Title: v.text.T("widget.step." + string(page)), State: state}
		switch {
		case page == v.page:
			p.State, state = "current", "todo"
		case state == "done" && !v.Sole[flow.Step(page)] && page != urls.Contact && page != urls.Confirm:
			p.URL = v.pageURL(page, 0, v.Choices)
		}
		out = append(out, p)
	}
	return out
}

// summary is what is chosen so far, each with a way to change it.
func (s *Server) summary(v *pageRequest) []layout.SummaryRow {
	if v.apart {
		return nil
	}
	var out []layout.SummaryRow
	add := func(step flow.Step, value, note string) {
		row := layout.SummaryRow{Step: string(step), Label: v.text.T("widget.summary." + string(step)), Value: value, Note: note}
		if v.Journey.Has(step) && !v.Sole[step] && urls.Page(step) != v.page {
			row.ChangeURL = v.url(step, v.Choices)
		}
		out = append(out, row)
	}
	if v.City.ID != 0 {
		add(flow.City, v.cityTitle(v.City), "")
	}
	if v.Company != nil && v.form.GroupID != 0 {
		add(flow.Company, v.Company.Title, v.Company.Address)
	}
	if v.GroupEvent != nil {
		return append(out, v.eventRow())
	}
	out = append(out, s.basketRows(v)...)
	first := len(out)
	for _, step := range v.Journey.Order() {
		switch {
		case step == flow.Service && len(v.Services) > 0:
			add(step, serviceTitles(v.Services), join(" · ", s.duration(v), s.price(v), prepaid(v.text, servicesPrepaid(v.Services))))
		case step == flow.Master && v.Master != nil:
			add(step, v.Master.Name, join(" · ", v.role(*v.Master), prepaid(v.text, v.Master.Prepaid)))
		case step == flow.Master && v.Choices.HasMaster && v.Journey.Has(flow.Master):
			add(step, v.text.T("master.any_master"), "")
		case step == flow.Datetime && !v.Slot.Start.IsZero():
			add(step, v.text.Date(v.Slot.Start)+", "+v.text.Time(v.Slot.Start), "")
		}
	}
	if len(v.Basket) > 0 && len(out) > first {
		out[first].Removal = v.removal(len(v.Basket))
	}
	return out
}

// basketRows are the finished visits of the order, each with a way to change and to remove it.
func (s *Server) basketRows(v *pageRequest) []layout.SummaryRow {
	out := make([]layout.SummaryRow, len(v.Basket))
	for i, p := range v.Basket {
		out[i] = layout.SummaryRow{
			Step: "basket", Label: v.text.T("widget.summary.visit", "number", i+1),
			Value:     cmp.Or(serviceTitles(p.Services), when(v.text, p.Start)),
			Note:      join(" · ", v.text.DateShort(p.Start)+", "+v.text.Time(p.Start), masterName(v, p.Master), v.basketPrice(p)),
			ChangeURL: v.url(v.firstChoice(), v.Journey.Take(v.Choices, i)),
			Removal:   v.removal(i),
		}
	}
	return out
}

// removal takes the visit of an index out of the order, in which the one being chosen is the last.
func (v *pageRequest) removal(i int) *ui.Removal {
	title := v.text.T("widget.summary.visit", "number", i+1)
	return &ui.Removal{URL: v.next(v.Journey.Remove(v.Choices, i)), Visit: title, Done: v.text.T("widget.summary.removed", "title", title)}
}

// firstChoice is the first step at which a visit is chosen, after the place.
func (v *pageRequest) firstChoice() flow.Step {
	for _, step := range v.Journey.Steps() {
		if step != flow.City && step != flow.Company {
			return step
		}
	}
	return flow.Contact
}

// basketPrice is what a finished visit costs, "" where it has no services.
func (v *pageRequest) basketPrice(p catalog.Appointment) string {
	if len(p.Services) == 0 {
		return ""
	}
	return v.cost(total(p.Services))
}

// servicesPrepaid is the strictest prepayment of some services.
func servicesPrepaid(services []*catalog.Service) catalog.Prepaid {
	out := catalog.PrepaidForbidden
	for _, service := range services {
		out = max(out, service.Prepaid)
	}
	return out
}

func serviceTitles(services []*catalog.Service) string {
	titles := make([]string, len(services))
	for i, service := range services {
		titles[i] = service.Title
	}
	return strings.Join(titles, ", ")
}

// masterName is a master's name; nil is "any".
func masterName(v *pageRequest, m *catalog.Master) string {
	if m == nil {
		return v.text.T("master.any_master")
	}
	return m.Name
}

// duration is how long the chosen services take together: the slot's length once there is one,
// "" while it depends on the master.
func (s *Server) duration(v *pageRequest) string {
	length := v.Slot.Length
	if length == 0 {
		for _, service := range v.Services {
			if service.Length == 0 {
				return ""
			}
			length += service.Length
		}
	}
	if length == 0 {
		return ""
	}
	return v.text.Duration(length)
}

// role is what the form shows under a master's name.
func (v *pageRequest) role(m catalog.Master) string {
	if v.form.ShowPosition && m.Position != "" {
		return m.Position
	}
	return m.Specialization
}

// join puts the non-empty parts together.
func join(sep string, parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, sep)
}

// when is a date and time in full.
func when(text *i18n.Localizer, t time.Time) string { return text.DateYear(t) + ", " + text.Time(t) }

// place is the company as part of a visit.
func place(v *pages.Visit, company *catalog.Company) {
	v.Place = join(", ", company.Title, company.Address)
	v.MapURL = mapURL(company)
	v.Calls = callLine(company.Phone)
}
