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

// Request is the state of one request while its page is made: the form, the language, and the checked choices of the
// customer.
type Request struct {
	*catalog.Selection
	Form      *catalog.Bookform
	Page      urls.Page // the page that is shown
	Text      *i18n.Localizer
	Lang      string // the upstream's code, "lv-LV"
	malformed bool   // whether the URL held a malformed choice
	Notices   []Notice
	Alerts    []layout.Alert     // further alerts, which are no notices
	apart     bool               // whether the page is no step, so that nothing is being chosen
	Masters   bool               // whether the page shows whose times these are, so that its summary need not
	Item      int                // the id of the master or the group event that the page is about; 0 = none
	Self      string             // the address of a page that is no step, without its language
	Questions []catalog.Question // the salon's questions, from the contact step on
	Now       time.Time          // when the request came
	unfitName string             // of the master who does not do what is chosen; "" = not known
}

// Step makes a Fiber handler for the page of a step. It reads the form and the choices from the URL and lets the catalogue
// check them. When an earlier step is undecided, it redirects there; else it calls show.
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
			if next := v.Journey.Follow(v.Choices); next.Then != v.Choices.Then {
				v.Choices = next
				return s.Redirect(c, v, v.Journey.Next(next))
			}
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

// ReadOr reads a request for a step. Choices that the URL does not make are taken from wish.
func (s *Builder) ReadOr(c *fiber.Ctx, step flow.Step, wish flow.Choices) (*Request, error) {
	v, query, err := s.parse(c, urls.Page(step), wish)
	if err != nil {
		return nil, err
	}
	s.begin(c, v)
	choices := v.Choices
	v.Selection, err = s.Catalog.Resolve(c.UserContext(), v.Lang, v.Form, choices, step)
	if err != nil {
		return nil, err // the error page shows what is known: the salon and its phone
	}
	if v.Company != nil {
		v.At(v.Company)
	}
	if v.Closed {
		return nil, ErrClosed
	}
	if v.Open == step && step != flow.Contact && v.Journey.Decided(step, v.Choices) && !v.Journey.Decided(step, v.Journey.Apply(choices)) {
		// The step has one option only, which Resolve has just chosen.
		v.Open = v.Journey.Next(v.Choices)
	}
	v.Notices = append(v.Notices, noticesFrom(query)...)
	if v.Unfit == 0 && slices.Contains(v.Notices, noticeUnfit) {
		v.Unfit, _ = strconv.Atoi(query.Get(urls.QueryUnfit))
	}
	if v.Company != nil && v.Unfit != 0 {
		v.unfitName = s.Catalog.MasterName(c.UserContext(), v.Lang, v.Company, v.Unfit)
	}
	if v.malformed {
		v.Notices = append(v.Notices, NoticeLink)
	}
	if v.DroppedGroupEvent {
		v.Notices = append(v.Notices, NoticeEvent)
	}
	if v.DroppedAppointments > 0 {
		v.Notices = append(v.Notices, noticeBasket)
	}
	for _, dropped := range v.Dropped {
		v.Notices = append(v.Notices, v.dropped(dropped))
	}
	return v, nil
}

// parse reads the form and the choices of a request, which are not checked yet.
func (s *Builder) parse(c *fiber.Ctx, which urls.Page, wish flow.Choices) (*Request, url.Values, error) {
	id, err := strconv.Atoi(c.Params(urls.PathForm))
	if err != nil || id <= 0 {
		return nil, nil, fiber.ErrNotFound
	}
	form, err := s.Catalog.Bookform(c.UserContext(), id)
	if err != nil {
		return nil, nil, err
	}
	query, whole := queryOf(c)
	choices, wrong := flow.ParseChoices(query)
	choices = choices.Or(wish)
	choices.Lang = s.Language(c, form, choices.Lang)
	v := s.New(c, form, choices, which)
	v.malformed = !whole || len(wrong) > 0
	return v, query, nil
}

// queryOf reads the query of a request, and says whether all of it could be read.
func queryOf(c *fiber.Ctx) (query url.Values, whole bool) {
	query, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	return query, err == nil
}

// ReadPlace reads a request for a page that lists what is free at a place. City and company are checked; the page itself looks at
// the other choices, so that it decides which questions they are worth.
func (s *Builder) ReadPlace(c *fiber.Ctx, which urls.Page) (*Request, error) {
	v, query, err := s.parse(c, which, flow.Choices{})
	if err != nil {
		return nil, err
	}
	v.Selection, err = s.Catalog.ResolvePlace(c.UserContext(), v.Lang, v.Form, v.Choices)
	if err != nil {
		return nil, err
	}
	if v.Company != nil {
		v.At(v.Company)
	}
	if v.Closed {
		return nil, ErrClosed
	}
	v.Notices = append(v.Notices, noticesFrom(query)...)
	if v.malformed {
		v.Notices = append(v.Notices, NoticeLink)
	}
	for _, dropped := range v.Dropped {
		v.Notices = append(v.Notices, v.dropped(dropped))
	}
	return v, nil
}

// begin begins what the page is about to ask for one after another.
func (s *Builder) begin(c *fiber.Ctx, v *Request) {
	switch urls.PageOfRoute(c.Route().Path) { //nolint:exhaustive // other pages need one answer at a time
	case "", urls.Service:
		s.Catalog.BeginFirst(c.UserContext(), v.Lang, v.Form, v.Choices)
	case urls.Datetime:
		s.Catalog.BeginTimes(c.UserContext(), v.Lang, v.Form, v.Choices)
	}
}

// New returns a Request whose choices are not checked yet. The Fiber context keeps it for the error page.
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
	response.MarkWith(c, v.markForeign)
	return v
}

// At puts the request at a company: times and weeks are written as its country does.
func (v *Request) At(company *catalog.Company) {
	v.Company, v.Text = company, v.Text.In(company.Region)
}

// markForeign returns the HTML of a page with a lang attribute for each text that is in another language than the page.
func (v *Request) markForeign(html []byte) []byte {
	return v.Text.Foreign(append([]string{v.Form.Language}, v.Form.Languages...)...).Tell(v.Text.TellBorrowed(html))
}

// Current returns the Request of a Fiber context, nil before New has made one.
func Current(c *fiber.Ctx) *Request {
	v, _ := c.Locals(localRequest{}).(*Request)
	return v
}

// Forget removes the Request from a Fiber context, so that the answer does not depend on how far the request got.
func Forget(c *fiber.Ctx) {
	c.Locals(localRequest{}, (*Request)(nil))
	response.MarkWith(c, nil)
}

// localRequest is the key in a Fiber context's locals for the Request. An error page takes the language and the salon from
// it.
type localRequest struct{}

// Language returns the language for a request: the first of the form's languages that the address names, the embedding website
// has or the form is set to, else the one that the browser prefers.
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

// URL returns the address of a step with choices.
func (v *Request) URL(step flow.Step, choices flow.Choices) string {
	return v.PageURL(urls.Page(step), 0, choices)
}

// PageURL returns the address of a page of the form with choices. An item that is not 0 is the id of a master or a group event
// that has a page below it.
func (v *Request) PageURL(which urls.Page, item int, choices flow.Choices) string {
	if v.Form.GroupID == 0 {
		choices.City, choices.Company = 0, 0 // the form has one company
	}
	return chosenURL(urls.Item(v.Form.ID, which, item), choices)
}

// viewParams are the parameters of each page that are no choices: they say which part of the page is shown.
var viewParams = map[urls.Page][]string{
	urls.City: {urls.QuerySearch}, urls.Company: {urls.QuerySearch}, urls.Service: {urls.QuerySearch}, urls.Master: {urls.QuerySearch},
	urls.Datetime: {urls.QueryFrom, urls.QueryMonth, urls.QueryCalendar, urls.QueryBy}, urls.Events: {urls.QueryDay, urls.QueryService, urls.QueryFrom},
	urls.Windows: {urls.QueryGroup, urls.QueryMode},
}

// inLanguage returns the address of this page in a language, with all choices and views.
func (v *Request) inLanguage(c *fiber.Ctx, lang string) string {
	if v.Self != "" {
		return urls.With(v.Self, urls.Param(urls.QueryLang, lang))
	}
	choices := v.Choices
	choices.Lang = lang
	return urls.With(v.PageURL(v.Page, v.Item, choices), input.Asked(c, viewParams[v.Page]...)...)
}

// StartURL returns the address of the form's first page with nothing chosen.
func (v *Request) StartURL() string {
	return chosenURL(urls.Form(v.Form.ID), v.Choices.Fresh())
}

// chosenURL adds choices to a path.
func chosenURL(path string, choices flow.Choices) string {
	if query := choices.Encode(); query != "" {
		return path + "?" + query
	}
	return path
}

// Next returns the address of the first step that is undecided under choices. Where an appointment is to follow a complete one, it
// is the first step of that.
func (v *Request) Next(choices flow.Choices) string {
	choices = v.Journey.Follow(choices)
	return v.URL(v.Journey.Next(choices), choices)
}

// Redirect redirects to a step with the checked choices, and with further parameters. The step's page shows the request's notices.
func (s *Builder) Redirect(c *fiber.Ctx, v *Request, step flow.Step, query ...string) error {
	return c.Redirect(urls.With(v.URL(step, v.Choices), append(query, v.noticeParams()...)...), fiber.StatusSeeOther)
}

// noticeParams returns the request's notices as parameters.
func (v *Request) noticeParams() []string {
	out := make([]string, len(v.Notices))
	for i, n := range v.Notices {
		out[i] = urls.QueryNotice + "=" + string(n)
	}
	if v.Unfit != 0 && slices.Contains(v.Notices, noticeUnfit) {
		out = append(out, urls.QueryUnfit+"="+strconv.Itoa(v.Unfit))
	}
	return out
}

// status returns 400 when the URL held a malformed choice, so that no crawler lists the address.
func (v *Request) status() int {
	if v.malformed {
		return fiber.StatusBadRequest
	}
	return fiber.StatusOK
}

// Browse sends a browse page. A page with a notice is about this one request, so it is not cached.
func (s *Builder) Browse(c *fiber.Ctx, v *Request, view templ.Component) error {
	if v.malformed || len(v.Notices) > 0 {
		return response.Render(c, v.status(), view)
	}
	return s.Response.RenderBrowse(c, v.Text, view)
}

// browsePages are the pages that can be made of cached answers.
var browsePages = []urls.Page{urls.City, urls.Company, urls.Service, urls.Master, urls.Datetime, urls.Events, urls.Windows}

// Base returns the part of the view model that all pages of a form share.
func (s *Builder) Base(c *fiber.Ctx, v *Request, heading string) layout.Base {
	b := s.Blank(c, v.Text)
	b.Form, b.Step = strconv.Itoa(v.Form.ID), string(v.Page)
	b.Heading, b.Title = heading, heading
	// The salon's title of a step is in the form's own language.
	if language, _ := i18n.Canonical(v.Form.Language); language == v.Text.Lang() {
		if title := v.Journey.Title(flow.Step(v.Page)); title != "" {
			b.Heading, b.Title = title, title
		}
	}
	if n := len(v.Basket); n > 0 && slices.Contains([]urls.Page{urls.Service, urls.Master, urls.Datetime}, v.Page) {
		// The pages of one more visit are not those of the first one.
		b.Heading = v.Text.T("widget.summary.visit", "number", n+1) + ": " + b.Heading
		b.Title = b.Heading
	}
	if slices.Contains(browsePages, v.Page) {
		b.Canonical, b.Alternate, b.Card, b.Data = s.canonical(v), s.alternates(v), s.linkCard(v, b.Heading), s.Data(v, nil)
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
		b.Salon.LogoURL, b.Salon.BannerURL, b.Salon.PhotoURLs = "", "", nil
	}
	b.Languages = s.languages(c, v)
	b.Progress = s.progress(v)
	b.Back = v.back(b.Progress)
	b.Summary = s.summary(v)
	if (v.Page == urls.Contact || v.Page == urls.Confirm) && v.Journey.MayAdd(v.Choices) {
		b.AddURL = v.Next(v.Journey.Add(v.Choices))
	}
	if s.Catalog.Down() && slices.Contains(browsePages, v.Page) {
		outdated := v.Alert(noticeOutdated)
		outdated.Lasting = true
		b.Alerts = append(b.Alerts, outdated)
	}
	for _, n := range v.Notices {
		b.Alerts = append(b.Alerts, v.Alert(n))
	}
	b.Alerts = withoutRepeats(append(b.Alerts, v.Alerts...))
	return b
}

// withoutRepeats drops alerts with the same text as an earlier one.
func withoutRepeats(alerts []layout.Alert) []layout.Alert {
	var out []layout.Alert
	for _, a := range alerts {
		if !slices.ContainsFunc(out, func(b layout.Alert) bool { return b.Text == a.Text }) {
			out = append(out, a)
		}
	}
	return out
}

// Blank returns the layout of a page that belongs to no form.
func (s *Builder) Blank(c *fiber.Ctx, text *i18n.Localizer) layout.Base {
	response.SetPolicy(c, s.Response.PagePolicy(c, ""))
	return layout.Base{
		Framed: response.Framed(&c.Request().Header),
		Text:   text, Lang: i18n.Tag(text.Spoken()), Dir: i18n.Dir(text.Spoken()),
		ScriptURL: s.Assets.URL("app.js"), IconURL: s.Assets.URL("favicon.svg"),
	}
}

// GoOn returns the address to which a preselected or earlier choice leads, "" when nothing is selected on this step.
func (v *Request) GoOn(suggested flow.Choices) string {
	if !v.Journey.Decided(flow.Step(v.Page), suggested) {
		return ""
	}
	return v.Next(suggested)
}
