package server

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
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// pageRequest is what one request for a step is about: the form, what the customer has chosen so far,
// checked, and the language.
type pageRequest struct {
	*catalog.Selection
	form      *catalog.Bookform
	page      urls.Page // which is asked for
	text      *i18n.Localizer
	lang      string // the upstream's code, "lv-LV"
	bad       bool   // the URL held something that is no choice at all
	notices   []notice
	alerts    []layout.Alert     // what is to be said besides
	apart     bool               // a page beside the steps, where nothing is being chosen
	item      int                // the master or the event that the page is about, where it is about one
	self      string             // address of a page that is no step, without its language
	questions []catalog.Question // the salon's questions, from the contact step on
	now       time.Time          // when the request came
}

// page makes a handler of a step's page: it reads the form and the choices from the URL, lets
// the catalogue check them, and sends the customer to the first step that must be decided before
// this one.
func (s *Server) page(show func(*fiber.Ctx, *pageRequest) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		step, _ := flow.ParseStep(string(urls.PageOfRoute(c.Route().Path)))
		v, err := s.readRequest(c, step)
		if err != nil {
			return err
		}
		if v.toEvents(step) {
			return s.redirectEvents(c, v)
		}
		if v.Open != step {
			return s.redirect(c, v, v.Open)
		}
		if step == flow.Contact || step == flow.Confirm {
			if done, err := s.notHere(c, v); done {
				return err
			}
		}
		return show(c, v)
	}
}

// readRequest reads a request for a step.
func (s *Server) readRequest(c *fiber.Ctx, step flow.Step) (*pageRequest, error) {
	return s.readRequestOr(c, step, flow.Choices{})
}

// readRequestOr reads a request for a step and fills what its URL leaves open from a wish.
func (s *Server) readRequestOr(c *fiber.Ctx, step flow.Step, wish flow.Choices) (*pageRequest, error) {
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
	choices.Lang = s.language(c, form, choices.Lang)
	v := s.newRequest(c, form, choices, urls.Page(step))
	v.bad = err != nil || len(wrong) > 0
	v.Selection, err = s.Catalog.Resolve(c.UserContext(), v.lang, form, choices, step)
	if err != nil {
		return nil, err // the error page shows what is known: the salon and its phone
	}
	if v.Closed {
		return nil, errClosed
	}
	if v.Open == step && step != flow.Contact && v.Journey.Decided(step, v.Choices) && !v.Journey.Decided(step, v.Journey.Apply(choices)) {
		// The step asked for has one option only and was just decided by itself.
		v.Open = v.Journey.Next(v.Choices)
	}
	v.notices = append(v.notices, noticesFrom(query)...)
	if v.bad {
		v.notices = append(v.notices, noticeLink)
	}
	if v.DroppedGroupEvent {
		v.notices = append(v.notices, noticeEvent)
	}
	if v.DroppedAppointments > 0 {
		v.notices = append(v.notices, noticeBasket)
	}
	for _, dropped := range v.Dropped {
		v.notices = append(v.notices, noticeDropped(dropped))
	}
	return v, nil
}

// newRequest is a visit with nothing checked yet. The request keeps it for its error page.
func (s *Server) newRequest(c *fiber.Ctx, form *catalog.Bookform, choices flow.Choices, page urls.Page) *pageRequest {
	text := s.Texts.Localizer
	if isAhead(c) {
		text = s.Texts.Present
	}
	v := &pageRequest{
		Selection: &catalog.Selection{Journey: form.Journey, Choices: choices}, form: form, page: page,
		text: text(choices.Lang), lang: i18n.UpstreamCode(choices.Lang), now: s.Now(),
	}
	c.Locals(localRequest{}, v)
	markWith(c, v.marked)
	return v
}

// marked is a page of the request with the language of each text that is in another one than the page.
func (v *pageRequest) marked(html []byte) []byte {
	return v.text.Foreign(append([]string{v.form.Language}, v.form.Languages...)...).Tell(v.text.TellBorrowed(html))
}

// currentRequest is the page request that a request has become so far, nil before it has.
func currentRequest(c *fiber.Ctx) *pageRequest {
	v, _ := c.Locals(localRequest{}).(*pageRequest)
	return v
}

// forgetRequest lets the answer to a request say nothing of how far the request got.
func forgetRequest(c *fiber.Ctx) {
	c.Locals(localRequest{}, (*pageRequest)(nil))
	markWith(c, nil)
}

// localRequest is where a request keeps its visit, so that an error page speaks the customer's
// language and offers the way back.
type localRequest struct{}

// language settles on one of the form's languages: what the address says, what the embedding page
// speaks, what the salon has set, what the browser prefers.
func (s *Server) language(c *fiber.Ctx, form *catalog.Bookform, wanted string) string {
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

// url is the address of a step with choices.
func (v *pageRequest) url(step flow.Step, choices flow.Choices) string {
	return v.pageURL(urls.Page(step), 0, choices)
}

// pageURL is the address of a page of the form with choices, or of one of the things that the page lists.
func (v *pageRequest) pageURL(page urls.Page, item int, choices flow.Choices) string {
	if v.form.GroupID == 0 {
		choices.City, choices.Company = 0, 0 // there is nothing to choose
	}
	return chosenURL(urls.Item(v.form.ID, page, item), choices)
}

// views are the parameters of a page that choose nothing and say what of it is shown.
var views = map[urls.Page][]string{
	urls.City: {urls.QuerySearch}, urls.Company: {urls.QuerySearch}, urls.Service: {urls.QuerySearch}, urls.Master: {urls.QuerySearch},
	urls.Datetime: {urls.QueryFrom, urls.QueryMonth}, urls.Events: {urls.QueryDay, urls.QueryService},
}

// inLanguage is the address of the present page in a language: with all that is chosen and shown.
func (v *pageRequest) inLanguage(c *fiber.Ctx, lang string) string {
	if v.self != "" {
		return urls.With(v.self, urls.Param(urls.QueryLang, lang))
	}
	choices := v.Choices
	choices.Lang = lang
	return urls.With(v.pageURL(v.page, v.item, choices), asked(c, views[v.page]...)...)
}

// asked are some of a request's parameters, as a query has them.
func asked(c *fiber.Ctx, names ...string) []string {
	var out []string
	for _, name := range names {
		if value := c.Query(name); value != "" {
			out = append(out, urls.Param(name, value))
		}
	}
	return out
}

// switching says that a form was sent by one of the buttons that change the language.
func switching(c *fiber.Ctx) bool { return field(c, layout.SwitchName) != "" }

// here is the address of a request without its language, and without what it was told once.
func here(c *fiber.Ctx) string {
	query, _ := url.ParseQuery(string(c.Request().URI().QueryString())) // what can be read of it
	for _, name := range []string{urls.QueryLang, urls.QueryHostLang, urls.QueryNotice, urls.QuerySay, urls.QuerySignedIn, urls.QueryOpen} {
		query.Del(name)
	}
	path := (&url.URL{Path: c.Path()}).EscapedPath()
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// hereWith is the address of a request with some of its parameters alone.
func hereWith(c *fiber.Ctx, names ...string) string {
	return urls.With((&url.URL{Path: c.Path()}).EscapedPath(), asked(c, names...)...)
}

// startURL begins again with nothing chosen.
func (v *pageRequest) startURL() string {
	return chosenURL(urls.Form(v.form.ID), v.Choices.Fresh())
}

// chosenURL is a path with choices.
func chosenURL(path string, choices flow.Choices) string {
	if query := choices.Encode(); query != "" {
		return path + "?" + query
	}
	return path
}

// next is the address of the first step that is still undecided under choices.
func (v *pageRequest) next(choices flow.Choices) string {
	return v.url(v.Journey.Next(choices), choices)
}

// redirect sends the customer to a step with the checked choices, and says there why.
func (s *Server) redirect(c *fiber.Ctx, v *pageRequest, step flow.Step) error {
	return c.Redirect(urls.With(v.url(step, v.Choices), v.notes()...), fiber.StatusSeeOther)
}

// notes are the notices of a visit as parameters.
func (v *pageRequest) notes() []string {
	out := make([]string, len(v.notices))
	for i, n := range v.notices {
		out[i] = urls.QueryNotice + "=" + string(n)
	}
	return out
}

// status is 400 for a page whose URL held garbage, so that no cache and no crawler takes it for a
// page of its own.
func (v *pageRequest) status() int {
	if v.bad {
		return fiber.StatusBadRequest
	}
	return fiber.StatusOK
}

// browse renders a browse page of this visit; one that says something about this very request is not kept.
func (s *Server) browse(c *fiber.Ctx, v *pageRequest, page templ.Component) error {
	if v.bad || len(v.notices) > 0 {
		return render(c, v.status(), page)
	}
	return s.renderBrowse(c, v.text, page)
}

// browsePages are the pages that are made of what is kept.
var browsePages = []urls.Page{urls.City, urls.Company, urls.Service, urls.Master, urls.Datetime, urls.Events}

// base is the part of the view model that every step shares.
func (s *Server) base(c *fiber.Ctx, v *pageRequest, heading string) layout.Base {
	b := s.blank(c, v.text)
	b.Form, b.Step = strconv.Itoa(v.form.ID), string(v.page)
	b.Heading, b.Title = heading, heading
	// The salon has given the step its title in the form's own language.
	if own, _ := i18n.Canonical(v.form.Language); own == v.text.Lang() {
		if title := v.Journey.Title(flow.Step(v.page)); title != "" {
			b.Heading, b.Title = title, title
		}
	}
	if slices.Contains(browsePages, v.page) {
		b.Canonical, b.Card = s.canonical(v), s.linkCard(v, b.Heading)
	}
	b.StartURL = v.startURL()
	if v.page != urls.Account {
		b.AccountURL = accountURL(v.form.ID, v.Choices.Lang)
	}
	b.ThemeCSS, b.Scheme = v.form.ThemeCSS, v.Choices.Scheme
	if !isPrivatePage(c) {
		b.Ready = s.ready(v)
	}
	setPolicy(c, s.pagePolicy(c, b.ThemeCSS))
	b.Salon = s.salon(v)
	if isPrivatePage(c) {
		b.Salon.LogoURL, b.Salon.BannerURL = "", ""
	}
	b.Languages = s.languages(c, v)
	b.Progress = s.progress(v)
	b.Summary = s.summary(v)
	if (v.page == urls.Contact || v.page == urls.Confirm) && v.Journey.MayAdd(v.Choices) {
		b.AddURL = v.next(v.Journey.Add(v.Choices))
	}
	if s.Catalog.Down() && slices.Contains(browsePages, v.page) {
		b.Alerts = append(b.Alerts, v.alert(noticeOutdated))
	}
	for _, n := range v.notices {
		b.Alerts = append(b.Alerts, v.alert(n))
	}
	b.Alerts = once(append(b.Alerts, v.alerts...))
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

// blank is a page outside any form, in a language.
func (s *Server) blank(c *fiber.Ctx, text *i18n.Localizer) layout.Base {
	setPolicy(c, s.pagePolicy(c, ""))
	return layout.Base{
		Framed: framed(&c.Request().Header),
		Text:   text, Lang: i18n.Tag(text.Spoken()), Dir: i18n.Dir(text.Spoken()),
		ScriptURL: s.Assets.URL("app.js"), IconURL: s.Assets.URL("favicon.svg"),
	}
}
