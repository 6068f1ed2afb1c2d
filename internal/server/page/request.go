package page

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/server/input"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// Request is what one request for a step is about: the form, what the customer has chosen so far,
// checked, and the language.
type Request struct {
	*catalog.Selection
	Form      *catalog.Bookform
	Page      urls.Page // which is asked for
	Text      *i18n.Localizer
	Lang      string // the upstream's code, "lv-LV"
	bad       bool   // the URL held something that is no choice at all
	Notices   []Notice
	Alerts    []layout.Alert     // what is to be said besides
	apart     bool               // a page beside the steps, where nothing is being chosen
	Item      int                // the master or the event that the page is about, where it is about one
	Self      string             // address of a page that is no step, without its language
	Questions []catalog.Question // the salon's questions, from the contact step on
	Now       time.Time          // when the request came
}

// Step makes a handler of a step's page: it reads the form and the choices from the URL, lets
// the catalogue check them, and sends the customer to the first step that must be decided before
// this one.
func (s *Builder) Step(show func(*fiber.Ctx, *Request) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		step, _ := flow.ParseStep(string(urls.PageOfRoute(c.Route().Path)))
		v, err := s.Read(c, step)
		if err != nil {
			return err
		}
		if v.ToEvents(step) {
			return s.RedirectEvents(c, v)
		}
		if v.Open != step {
			return s.Redirect(c, v, v.Open)
		}
		if step == flow.Contact || step == flow.Confirm {
			if done, err := s.NotHere(c, v); done {
				return err
			}
		}
		return show(c, v)
	}
}

// Read reads a request for a step.
func (s *Builder) Read(c *fiber.Ctx, step flow.Step) (*Request, error) {
	return s.ReadOr(c, step, flow.Choices{})
}

// ReadOr reads a request for a step and fills what its URL leaves open from a wish.
func (s *Builder) ReadOr(c *fiber.Ctx, step flow.Step, wish flow.Choices) (*Request, error) {
	id, err := strconv.Atoi(c.Params(urls.PathForm))
	if err != nil || id <= 0 {
		return nil, fiber.ErrNotFound
	}
	form, err := s.Catalog.Bookform(c.UserContext(), id)
	if err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	choices, wrong := flow.ParseChoices(query)
	choices = choices.Or(wish)
	choices.Lang = s.Language(c, form, choices.Lang)
	v := s.New(c, form, choices, urls.Page(step))
	v.bad = err != nil || len(wrong) > 0
	v.Selection, err = s.Catalog.Resolve(c.UserContext(), v.Lang, form, choices, step)
	if err != nil {
		return nil, err // the error page shows what is known: the salon and its phone
	}
	if v.Closed {
		return nil, ErrClosed
	}
	if v.Open == step && step != flow.Contact && v.Journey.Decided(step, v.Choices) && !v.Journey.Decided(step, v.Journey.Apply(choices)) {
		// The step asked for has one option only and was just decided by itself.
		v.Open = v.Journey.Next(v.Choices)
	}
	v.Notices = append(v.Notices, noticesFrom(query)...)
	if v.bad {
		v.Notices = append(v.Notices, NoticeLink)
	}
	if v.DroppedGroupEvent {
		v.Notices = append(v.Notices, NoticeEvent)
	}
	if v.DroppedAppointments > 0 {
		v.Notices = append(v.Notices, noticeBasket)
	}
	for _, dropped := range v.Dropped {
		v.Notices = append(v.Notices, NoticeDropped(dropped))
	}
	return v, nil
}

// New is a visit with nothing checked yet. The request keeps it for its error page.
func (s *Builder) New(c *fiber.Ctx, form *catalog.Bookform, choices flow.Choices, which urls.Page) *Request {
	text := s.Texts.Localizer
	if response.IsPrefetch(c) {
		text = s.Texts.Present
	}
	v := &Request{
		Selection: &catalog.Selection{Journey: form.Journey, Choices: choices}, Form: form, Page: which,
		Text: text(choices.Lang), Lang: i18n.UpstreamCode(choices.Lang), Now: s.Now(),
	}
	c.Locals(localRequest{}, v)
	response.MarkWith(c, v.marked)
	return v
}

// marked is a page of the request with the language of each text that is in another one than the page.
func (v *Request) marked(html []byte) []byte {
	return v.Text.Foreign(append([]string{v.Form.Language}, v.Form.Languages...)...).Tell(v.Text.TellBorrowed(html))
}

// Current is the page request that a request has become so far, nil before it has.
func Current(c *fiber.Ctx) *Request {
	v, _ := c.Locals(localRequest{}).(*Request)
	return v
}

// Forget lets the answer to a request say nothing of how far the request got.
func Forget(c *fiber.Ctx) {
	c.Locals(localRequest{}, (*Request)(nil))
	response.MarkWith(c, nil)
}

// localRequest is where a request keeps its visit, so that an error page speaks the customer's
// language and offers the way back.
type localRequest struct{}

// Language settles on one of the form's languages: what the address says, what the embedding page
// speaks, what the salon has set, what the browser prefers.
func (s *Builder) Language(c *fiber.Ctx, form *catalog.Bookform, wanted string) string {
	offered := make([]string, 0, len(form.Languages))
	for _, raw := range form.Languages {
		if code, ok := i18n.Canonical(raw); ok {
			offered = append(offered, code)
		}
	}
	for _, raw := range []string{wanted, c.Query(urls.QueryHostLang), form.Language} {
		if code, ok := i18n.Canonical(raw); ok && slices.Contains(offered, code) {
			return code
		}
	}
	if len(offered) == 0 {
		offered = s.Texts.Languages()
	}
	c.Vary(fiber.HeaderAcceptLanguage)
	return i18n.Match(c.Get(fiber.HeaderAcceptLanguage), offered, offered[0])
}

// URL is the address of a step with choices.
func (v *Request) URL(step flow.Step, choices flow.Choices) string {
	return v.PageURL(urls.Page(step), 0, choices)
}

// PageURL is the address of a page of the form with choices, or of one of the things that the page lists.
func (v *Request) PageURL(which urls.Page, item int, choices flow.Choices) string {
	if v.Form.GroupID == 0 {
		choices.City, choices.Company = 0, 0 // there is nothing to choose
	}
	return chosenURL(urls.Item(v.Form.ID, which, item), choices)
}

// views are the parameters of a page that choose nothing and say what of it is shown.
var views = map[urls.Page][]string{
	urls.City: {urls.QuerySearch}, urls.Company: {urls.QuerySearch}, urls.Service: {urls.QuerySearch}, urls.Master: {urls.QuerySearch},
	urls.Datetime: {urls.QueryFrom, urls.QueryMonth}, urls.Events: {urls.QueryDay, urls.QueryService},
}

// inLanguage is the address of the present page in a language: with all that is chosen and shown.
func (v *Request) inLanguage(c *fiber.Ctx, lang string) string {
	if v.Self != "" {
		return urls.With(v.Self, urls.Param(urls.QueryLang, lang))
	}
	choices := v.Choices
	choices.Lang = lang
	return urls.With(v.PageURL(v.Page, v.Item, choices), input.Asked(c, views[v.Page]...)...)
}

// StartURL begins again with nothing chosen.
func (v *Request) StartURL() string {
	return chosenURL(urls.Form(v.Form.ID), v.Choices.Fresh())
}

// chosenURL is a path with choices.
func chosenURL(path string, choices flow.Choices) string {
	if query := choices.Encode(); query != "" {
		return path + "?" + query
	}
	return path
}

// Next is the address of the first step that is still undecided under choices.
func (v *Request) Next(choices flow.Choices) string {
	return v.URL(v.Journey.Next(choices), choices)
}

// Redirect sends the customer to a step with the checked choices, and says there why.
func (s *Builder) Redirect(c *fiber.Ctx, v *Request, step flow.Step) error {
	return c.Redirect(urls.With(v.URL(step, v.Choices), v.notes()...), fiber.StatusSeeOther)
}

// notes are the notices of a visit as parameters.
func (v *Request) notes() []string {
	out := make([]string, len(v.Notices))
	for i, n := range v.Notices {
		out[i] = urls.QueryNotice + "=" + string(n)
	}
	return out
}

// status is 400 for a page whose URL held garbage, so that no cache and no crawler takes it for a
// page of its own.
func (v *Request) status() int {
	if v.bad {
		return fiber.StatusBadRequest
	}
	return fiber.StatusOK
}

// Browse renders a browse page of this visit; one that says something about this very request is not kept.
func (s *Builder) Browse(c *fiber.Ctx, v *Request, view templ.Component) error {
	if v.bad || len(v.Notices) > 0 {
		return response.Render(c, v.status(), view)
	}
	return s.Response.RenderBrowse(c, v.Text, view)
}

// browsePages are the pages that are made of what is kept.
var browsePages = []urls.Page{urls.City, urls.Company, urls.Service, urls.Master, urls.Datetime, urls.Events}

// Base is the part of the view model that every step shares.
func (s *Builder) Base(c *fiber.Ctx, v *Request, heading string) layout.Base {
	b := s.Blank(c, v.Text)
	b.Form, b.Step = strconv.Itoa(v.Form.ID), string(v.Page)
	b.Heading, b.Title = heading, heading
	// The salon has given the step its title in the form's own language.
	if language, _ := i18n.Canonical(v.Form.Language); language == v.Text.Lang() {
		if title := v.Journey.Title(flow.Step(v.Page)); title != "" {
			b.Heading, b.Title = title, title
		}
	}
	if slices.Contains(browsePages, v.Page) {
		b.Canonical, b.Card = s.canonical(v), s.linkCard(v, b.Heading)
	}
	b.StartURL = v.StartURL()
	if v.Page != urls.Account {
		b.AccountURL = AccountURL(v.Form.ID, v.Choices.Lang)
	}
	b.ThemeCSS, b.Scheme = v.Form.ThemeCSS, v.Choices.Scheme
	if !response.IsPrivatePage(c) {
		b.Ready = s.ready(v)
	}
	response.SetPolicy(c, s.Response.PagePolicy(c, b.ThemeCSS))
	b.Salon = s.salon(v)
	if response.IsPrivatePage(c) {
		b.Salon.LogoURL, b.Salon.BannerURL = "", ""
	}
	b.Languages = s.languages(c, v)
	b.Progress = s.progress(v)
	b.Summary = s.summary(v)
	if (v.Page == urls.Contact || v.Page == urls.Confirm) && v.Journey.MayAdd(v.Choices) {
		b.AddURL = v.Next(v.Journey.Add(v.Choices))
	}
	if s.Catalog.Down() && slices.Contains(browsePages, v.Page) {
		b.Alerts = append(b.Alerts, v.Alert(noticeOutdated))
	}
	for _, n := range v.Notices {
		b.Alerts = append(b.Alerts, v.Alert(n))
	}
	b.Alerts = once(append(b.Alerts, v.Alerts...))
	return b
}

// once are alerts without those that say what one before them has said.
func once(alerts []layout.Alert) []layout.Alert {
	var out []layout.Alert
	for _, a := range alerts {
		if !slices.ContainsFunc(out, func(b layout.Alert) bool { return b.Text == a.Text }) {
			out = append(out, a)
		}
	}
	return out
}

// Blank is a page outside any form, in a language.
func (s *Builder) Blank(c *fiber.Ctx, text *i18n.Localizer) layout.Base {
	response.SetPolicy(c, s.Response.PagePolicy(c, ""))
	return layout.Base{
		Framed: response.Framed(&c.Request().Header),
		Text:   text, Lang: i18n.Tag(text.Spoken()), Dir: i18n.Dir(text.Spoken()),
		ScriptURL: s.Assets.URL("app.js"), IconURL: s.Assets.URL("favicon.svg"),
	}
}
