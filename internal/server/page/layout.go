package page

import (
	"cmp"
	"slices"
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

// photosOfPlace is how many photos of a company stand beside the first page.
const photosOfPlace = 2

// salon returns the header and the footer, with the company once it is chosen. The form's banner greets on the first page, until
// something is chosen there, because it takes much room.
func (s *Builder) salon(v *Request) layout.Salon {
	out := layout.Salon{LogoURL: v.Form.LogoURL, HeaderHidden: v.Form.HeaderHidden}
	if v.Page != urls.Access {
		out.AccessURL = v.PageURL(urls.Access, 0, v.PlaceOnly())
	}
	walked := v.walkedPages()
	if len(walked) > 0 && v.Page == walked[0] && v.Item == 0 && len(v.Choices.Services) == 0 && !v.Choices.HasMaster && v.Choices.Date == "" && len(v.Basket) == 0 {
		out.BannerURL = v.Form.HeaderURL
		if v.Company != nil {
			out.PhotoURLs = v.Company.Photos[:min(len(v.Company.Photos), photosOfPlace)]
		}
	}
	if v.Company == nil {
		return out
	}
	out.Name, out.Address, out.AboutURL = v.Company.Title, v.Company.Address, v.aboutURL()
	Call(&out, v.Company.Phone)
	if out.LogoURL == "" {
		out.LogoURL = v.Company.LogoURL
	}
	return out
}

// languages returns links to the same page in each of the form's languages. There are none when a POST request has ended in
// an error page, because that page has no address.
func (s *Builder) languages(c *fiber.Ctx, v *Request) []layout.Link {
	if v.Page == urls.Error && c.Method() != fiber.MethodGet {
		return nil
	}
	var out []layout.Link
	known := map[string]bool{}
	for _, code := range v.Form.Languages {
		lang, ok := i18n.Canonical(code)
		if !ok || known[lang] {
			continue
		}
		known[lang] = true
		out = append(out, layout.Link{
			Title: cmp.Or(v.Form.LanguageTitles[code], s.Texts.Name(lang)), Lang: i18n.Tag(lang), URL: v.inLanguage(c, lang), Current: lang == v.Text.Lang(),
		})
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// back returns the control that leads to the step before, nil on pages that are no steps and on the first step. A page about one
// of a step's choices leads to the step. The confirm page has BackToContact instead.
func (v *Request) back(steps []layout.Progress) *layout.Back {
	to := func(step urls.Page, u string) *layout.Back {
		return &layout.Back{Label: v.backLabel(step), URL: u}
	}
	if v.Item != 0 {
		return to(v.Page, v.PageURL(v.Page, 0, v.Choices))
	}
	current := slices.IndexFunc(steps, func(p layout.Progress) bool { return p.State == "current" })
	for i := current - 1; i >= 0 && v.Page != urls.Confirm; i-- {
		if steps[i].URL != "" {
			return to(urls.Page(steps[i].Step), steps[i].URL)
		}
	}
	return nil
}

// BackToContact returns the control that leads from a page after the contact form back to it. It is a button of the page's form,
// because the draft that holds what was typed is named by a field of this form; the address has nothing of it.
func (v *Request) BackToContact() *layout.Back {
	return &layout.Back{Label: v.backLabel(urls.Contact), Action: v.URL(flow.Contact, v.Choices), Name: "edit", Value: "1"}
}

// backLabel returns the name of a control that leads back to a step.
func (v *Request) backLabel(step urls.Page) string {
	return v.Text.T("widget.back", "step", v.Text.T("widget.step."+string(step)))
}

// progress returns the list of steps. A finished one is a link.
func (s *Builder) progress(v *Request) []layout.Progress {
	var out []layout.Progress
	state := "done"
	for _, which := range v.walkedPages() {
		p := layout.Progress{Step: string(which), Title: v.Text.T("widget.step." + string(which)), State: state}
		switch {
		case which == urls.Page(v.Journey.PageOf(flow.Step(v.Page))):
			p.State, state = "current", "todo"
		case state == "done" && !v.Sole[flow.Step(which)] && which != urls.Contact && which != urls.Confirm:
			p.URL = v.PageURL(which, 0, v.Choices)
		}
		out = append(out, p)
	}
	return out
}

// summary returns what is chosen so far, each row with a link to change it.
func (s *Builder) summary(v *Request) []layout.SummaryRow {
	if v.apart {
		return nil
	}
	var out []layout.SummaryRow
	add := func(step flow.Step, value, note string) {
		row := layout.SummaryRow{Step: string(step), Label: v.Text.T("widget.summary." + string(step)), Value: value, Note: note}
		at := v.Journey.PageOf(step)
		switch {
		case !v.Journey.Has(step) || v.Sole[step] || urls.Page(at) == v.Page:
		case v.Journey.MayOpen(at, v.Choices):
			row.ChangeURL = v.URL(at, v.Choices)
		default: // chosen ahead: its step comes later, so the choice is taken back
			row.ChangeURL = v.Next(v.Journey.Clear(step, v.Choices))
		}
		out = append(out, row)
	}
	if v.City.ID != 0 {
		add(flow.City, v.CityTitle(v.City), "")
	}
	if v.Company != nil && v.Form.GroupID != 0 {
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
			add(step, serviceTitles(v.Services), pages.Join(" · ", s.Duration(v), s.Price(v), Prepaid(v.Text, ServicesPrepaid(v.Services))))
		case step == flow.Master && v.Masters: // the page itself shows the masters
		case step == flow.Master && v.Master != nil:
			add(step, v.Master.Name, pages.Join(" · ", v.Role(*v.Master), Prepaid(v.Text, v.Master.Prepaid)))
		case step == flow.Master && v.Choices.HasMaster && v.Choices.Master == 0 && v.Journey.Has(flow.Master):
			add(step, v.Text.T("widget.master.any"), "")
		case step == flow.Datetime && !v.Slot.Start.IsZero():
			add(step, v.Text.Date(v.Slot.Start)+", "+v.Text.Time(v.Slot.Start), "")
		}
	}
	if len(v.Basket) > 0 && len(out) > first {
		out[first].Removal = v.removal(len(v.Basket))
	}
	if v.Then != nil {
		out = append(out, v.followingRow())
	}
	return out
}

// followingRow returns the row of the appointment that begins when the present one is complete.
func (v *Request) followingRow() layout.SummaryRow {
	title, without := v.Text.T("widget.summary.visit", "number", len(v.Basket)+2), v.Choices
	without.Then = 0
	return layout.SummaryRow{
		Step: "then", Label: title, Value: v.Then.Title,
		Removal: &ui.Removal{URL: v.PageURL(v.Page, v.Item, without), Visit: title, Done: v.Text.T("widget.summary.removed", "title", title)},
	}
}

// basketRows returns the appointments of the basket in the order of their times, each with links to change and to remove it.
func (s *Builder) basketRows(v *Request) []layout.SummaryRow {
	out := make([]layout.SummaryRow, 0, len(v.Basket))
	for _, i := range v.byTime() {
		if i == len(v.Basket) {
			continue // the one that is being chosen has rows of its own
		}
		p := v.Basket[i]
		out = append(out, layout.SummaryRow{
			Step: "basket", Label: v.visitTitle(i),
			Value:     cmp.Or(serviceTitles(p.Services), v.When(p.Start)),
			Note:      pages.Join(" · ", v.Text.DateShort(p.Start)+", "+v.Text.Time(p.Start), v.howLong(p), masterName(v, p.Master), v.basketPrice(p)),
			ChangeURL: v.URL(v.FirstChoice(), v.Journey.Take(v.Choices, i)),
			Removal:   v.removal(i),
		})
	}
	return out
}

// howLong returns how long an appointment takes, "" when that is not known.
func (v *Request) howLong(p catalog.Appointment) string {
	if p.Length.Min == 0 {
		return ""
	}
	return v.Text.DurationRange(p.Length.Min, p.Length.Max)
}

// visitTitle returns the name of an appointment of the order, whose number is its place in time.
func (v *Request) visitTitle(i int) string {
	return v.Text.T("widget.summary.visit", "number", slices.Index(v.byTime(), i)+1)
}

// lengthOf returns how long some services take together, "" when that is not known.
func (v *Request) lengthOf(services []*catalog.Service) string {
	var length time.Duration
	for _, service := range services {
		if service.Length == 0 {
			return ""
		}
		length += service.Length
	}
	if length == 0 {
		return ""
	}
	return v.Text.Duration(length)
}

// removal returns the link that removes an appointment from the order. The appointment that is being chosen has the last index.
func (v *Request) removal(i int) *ui.Removal {
	title := v.visitTitle(i)
	return &ui.Removal{URL: v.Next(v.Journey.Remove(v.Choices, i)), Visit: title, Done: v.Text.T("widget.summary.removed", "title", title)}
}

// FirstChoice returns the first step after city and company that has a page of its own.
func (v *Request) FirstChoice() flow.Step {
	for _, step := range v.Journey.Pages() {
		if step != flow.City && step != flow.Company {
			return step
		}
	}
	return flow.Contact
}

// basketPrice returns the price of an appointment of the basket, "" when it has no services.
func (v *Request) basketPrice(p catalog.Appointment) string {
	if len(p.Services) == 0 {
		return ""
	}
	return v.Cost(Total(p.Services))
}

// ServicesPrepaid returns the strictest prepayment of some services.
func ServicesPrepaid(services []*catalog.Service) catalog.Prepaid {
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

// masterName returns a master's name, or the words for any master when there is none.
func masterName(v *Request, m *catalog.Master) string {
	if m == nil {
		return v.Text.T("widget.master.any")
	}
	return m.Name
}

// Duration returns how long the chosen services take together: the slot's length once a slot is chosen, "" when the length
// depends on the master.
func (s *Builder) Duration(v *Request) string {
	if v.Slot.Length == 0 {
		return v.lengthOf(v.Services)
	}
	return v.Text.Duration(v.Slot.Length)
}

// Role returns what the form shows under a master's name: the position or the specialization.
func (v *Request) Role(m catalog.Master) string {
	if v.Form.ShowPosition && m.Position != "" {
		return m.Position
	}
	return m.Specialization
}
