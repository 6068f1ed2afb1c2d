package wishes

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/i18n"
	"okoshko/internal/mail"
	"okoshko/internal/push"
	"okoshko/internal/server/codes"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/server/times"
	"okoshko/internal/urls"
	"okoshko/internal/waiting"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// The names of the form's controls.
const (
	fieldMaster  = "master"
	fieldFrom    = "from"
	fieldTo      = "to"
	fieldHours   = "hours"
	fieldEmail   = "email"
	fieldPush    = "push"
	fieldConsent = "accept_personal_data"
)

// daysAhead is how many days can be chosen from, and firstDays how many a form spans that nobody has named a day for.
const (
	daysAhead = 60
	firstDays = 14
)

// Subject is what a form is about: what would be booked, and where the form and its answers are.
type Subject struct {
	Services []int
	Titles   []string // of the services
	Masters  []catalog.Master
	Master   int            // who has been chosen; 0 = any
	Fixed    string         // the name of the master where another cannot be chosen
	Day      string         // that has been looked at; "" = none
	Visit    *waiting.Visit // that is to be earlier; nil = a new one is wanted
	URL      string         // of the form, with its language
	Mint     func() (string, error)
	Back     layout.Back // to where the form was offered
}

// typed is the form as it was filled in.
type typed struct {
	master, from, to, hours, email, push string
	consent                              bool
}

func readTyped(c *fiber.Ctx) typed {
	bare := func(name string, most int) string { return input.TypedPlain(input.Field(c, name), most) }
	return typed{
		master: bare(fieldMaster, 12), from: bare(fieldFrom, len(time.DateOnly)), to: bare(fieldTo, len(time.DateOnly)), hours: bare(fieldHours, 16),
		email: bare(fieldEmail, page.MaxEmail), push: input.Field(c, fieldPush), consent: input.Field(c, fieldConsent) != "",
	}
}

// preset is the form before anybody has filled it in.
func (s *Handlers) preset(v *page.Request, a Subject) typed {
	days := s.days(v, a)
	out := typed{master: strconv.Itoa(a.Master), from: days[0], to: days[min(firstDays, len(days))-1]}
	switch {
	case a.Visit != nil:
		out.to = days[len(days)-1]
	case slices.Contains(days, a.Day):
		out.from, out.to = a.Day, a.Day
	}
	return out
}

// days are the days that can be chosen from: those before the visit where that is to be earlier.
func (s *Handlers) days(v *page.Request, a Subject) []string {
	today := s.Now().In(v.Company.Location)
	out := make([]string, 0, daysAhead)
	for i := range daysAhead {
		day := time.Date(today.Year(), today.Month(), today.Day()+i, 12, 0, 0, 0, time.UTC).Format(time.DateOnly)
		if a.Visit != nil && day > a.Visit.Start.In(v.Company.Location).Format(time.DateOnly) || i >= waiting.MaxDays && a.Visit != nil {
			break
		}
		out = append(out, day)
	}
	return out
}

// partsOfDay are the hours that can be chosen. What is listed after midnight belongs to the evening.
var partsOfDay = []struct {
	name  string
	hours waiting.Hours
}{
	{"", waiting.Hours{}},
	{"morning", waiting.Hours{From: 0, To: times.Noon * 60}},
	{"day", waiting.Hours{From: times.Noon * 60, To: times.Evening * 60}},
	{"evening", waiting.Hours{From: times.Evening * 60, To: 30 * 60}},
}

// partOfDay returns a part of the day in words.
func partOfDay(v *page.Request, name string) string {
	noon, evening := clock(v, times.Noon), clock(v, times.Evening)
	switch name {
	case "morning":
		return pages.Join(", ", v.Text.T("time.the_part_of_day.morning"), v.Text.T("widget.wish.before", "time", noon))
	case "day":
		return pages.Join(", ", v.Text.T("time.the_part_of_day.day"), noon+"\u2009–\u2009"+evening)
	case "evening":
		return pages.Join(", ", v.Text.T("time.the_part_of_day.evening"), v.Text.T("widget.wish.after", "time", evening))
	}
	return v.Text.T("widget.wish.any_hours")
}

func clock(v *page.Request, hour int) string {
	return v.Text.Time(time.Date(2000, 1, 1, hour, 0, 0, 0, time.UTC))
}

// Answer answers a request for a form: it shows the form, or what has come of it.
func (s *Handlers) Answer(c *fiber.Ctx, v *page.Request, a Subject) error {
	if c.Query(urls.QuerySay) == saySent {
		return s.showSent(c, v, a)
	}
	return s.show(c, v, a, s.preset(v, a), nil)
}

// saySent makes the page of the form say that an e-mail was sent.
const saySent = "sent"

func (s *Handlers) showSent(c *fiber.Ctx, v *page.Request, a Subject) error {
	v.Self = urls.With(input.Here(c), urls.Param(urls.QuerySay, saySent))
	view := pages.WishSent{
		Base: s.base(c, v, a, "widget.wish.sent_title"), Text: v.Text.T("widget.wish.sent_text"), Back: layout.Link{Title: v.Text.T("widget.windows.onward"), URL: a.Back.URL},
	}
	if a.Visit != nil {
		view.Back.Title = a.Back.Label
	}
	return response.Render(c, fiber.StatusOK, pages.WishSentView(view))
}

// base returns the layout of a page about a wish that is not one yet.
func (s *Handlers) base(c *fiber.Ctx, v *page.Request, a Subject, title string) layout.Base {
	base := s.Pages.Base(c, v, v.Text.T(title))
	base.Heading, base.Title = v.Text.T(title), v.Text.T(title)
	base.Private, base.Summary, base.Progress, base.AddURL = true, nil, nil, ""
	base.Back = &a.Back
	return base
}

// show shows the form. wrong holds the texts of errors by the names of the controls; that of "" stands above the form.
func (s *Handlers) show(c *fiber.Ctx, v *page.Request, a Subject, t typed, wrong map[string]string) error {
	token, err := a.Mint()
	if err != nil {
		return err
	}
	offers, text := s.offers(), v.Text
	if wrong[""] != "" {
		v.Alerts = append(v.Alerts, layout.Alert{Kind: "error", Text: wrong[""], Link: page.CallLink(text, v.Company.Phone)})
	}
	view := pages.WishForm{
		Base: s.base(c, v, a, "widget.wish.title"), Action: a.URL, Token: token, Decoy: codes.Decoy, DecoyLabel: text.T("widget.contact.decoy"),
		Rows: about(v, a), First: text.T("widget.wish.first"), Erased: text.T("widget.wish.erased"), Submit: text.T("widget.wish.submit"),
	}
	view.Typed = true
	if a.Visit != nil {
		view.Stays = text.T("widget.wish.stays", "when", v.When(a.Visit.Start.In(v.Company.Location)))
	}
	fail := func(name string) string {
		if wrong[name] != "" {
			view.Errors = append(view.Errors, pages.FieldError{Field: name, Text: wrong[name]})
		}
		return wrong[name]
	}
	view.Selects = s.selects(v, a, t, fail)
	if offers.Email {
		view.Email = &pages.Field{
			Name: fieldEmail, Label: text.T("confirm.email"), Type: "email", Value: t.email, Placeholder: " ", Autocomplete: "email", InputMode: "email",
			MaxLength: page.MaxEmail, Required: true, Error: fail(fieldEmail),
		}
		view.Consent = consent(v)
		view.Consent.Checked, view.Consent.Error = t.consent, fail(fieldConsent)
	}
	framed := response.Framed(&c.Request().Header)
	if offers.Push && s.PushKey != "" && !framed {
		view.Push = &pages.WishPush{
			Key: s.PushKey, WorkerURL: urls.Worker, ScriptURL: s.Assets.URL("push.js"), Title: text.T("widget.wish.push_or"), Submit: text.T("widget.wish.push"),
			Consent: text.T("widget.wish.push_consent"), Denied: text.T("widget.wish.push_denied"),
		}
	}
	switch {
	case offers.Email:
	case framed:
		view.Tab = &layout.Link{Title: text.T("widget.me.new_tab"), URL: a.URL}
	default:
		view.Off = text.T("widget.wish.errors.off")
	}
	if len(wrong) > 0 {
		view.Title = page.Correct(text, view.Title)
	}
	return response.Render(c, response.RefusedStatus(len(wrong) > 0), pages.WishFormView(view))
}

// about returns what would be booked.
func about(v *page.Request, a Subject) []pages.Row {
	var out []pages.Row
	add := func(key, value string) {
		if value != "" {
			out = append(out, pages.Row{Label: v.Text.T(key), Value: value})
		}
	}
	add("record.place", v.Company.Title)
	add("widget.summary.service", pages.Join(", ", a.Titles...))
	add("widget.summary.master", a.Fixed)
	return out
}

// selects returns the lists of the form. What can be chosen is listed, so that nothing has to be typed in a format.
func (s *Handlers) selects(v *page.Request, a Subject, t typed, fail func(string) string) []pages.Select {
	text := v.Text
	var out []pages.Select
	if a.Fixed == "" && len(a.Masters) > 0 {
		list := pages.Select{Name: fieldMaster, Label: text.T("widget.step.master"), Error: fail(fieldMaster), Options: []pages.Option{{Value: "0", Title: text.T("widget.master.any"), Selected: t.master == "0"}}}
		for _, m := range a.Masters {
			id := strconv.Itoa(m.ID)
			list.Options = append(list.Options, pages.Option{Value: id, Title: m.Name, Selected: t.master == id})
		}
		out = append(out, list)
	}
	days := s.days(v, a)
	for _, end := range []struct{ name, label, chosen string }{{fieldFrom, "widget.wish.from", t.from}, {fieldTo, "widget.wish.to", t.to}} {
		list := pages.Select{Name: end.name, Label: text.T(end.label), Error: fail(end.name)}
		for _, day := range days {
			list.Options = append(list.Options, pages.Option{Value: day, Title: times.DayTitle(v, day), Selected: day == end.chosen})
		}
		out = append(out, list)
	}
	hours := pages.Select{Name: fieldHours, Label: text.T("widget.wish.hours"), Error: fail(fieldHours)}
	for _, part := range partsOfDay {
		hours.Options = append(hours.Options, pages.Option{Value: part.name, Title: partOfDay(v, part.name), Selected: part.name == t.hours})
	}
	return append(out, hours)
}

// consent returns the box by which the visitor agrees to be written to.
func consent(v *page.Request) pages.Check {
	out := pages.Check{Name: fieldConsent, Label: v.Text.T("widget.wish.consent"), Required: true}
	if v.Company.PrivacyPolicy || v.Form.PrivacyPolicy {
		before, title, after := i18n.Linked(v.Text.T("widget.wish.consent_linked"))
		place := v.PlaceOnly()
		if v.Form.GroupID != 0 {
			place.Company = v.Company.ID
		}
		out.Label, out.After, out.Link = before, after, &layout.Link{Title: title, URL: v.PageURL(urls.Privacy, 0, place)}
	}
	return out
}

// wish returns what the form asks for, and what is wrong with it: the keys of texts by the names of the controls.
func (s *Handlers) wish(v *page.Request, a Subject, t typed) (waiting.Wish, map[string]string) {
	wrong := map[string]string{}
	w := waiting.Wish{
		Form: v.Form.ID, Company: v.Company.ID, Lang: v.Text.Lang(), Services: a.Services, Master: a.Master, From: t.from, To: t.to, Zone: v.Company.Location, Visit: a.Visit,
	}
	days := s.days(v, a)
	for name, day := range map[string]string{fieldFrom: t.from, fieldTo: t.to} {
		if !slices.Contains(days, day) {
			wrong[name] = "widget.wish.errors.choose"
		}
	}
	if chosen := cmp.Or(t.master, "0"); a.Fixed == "" && (len(a.Masters) > 0 || chosen != "0") {
		id, err := strconv.Atoi(chosen)
		if w.Master = id; err != nil || id < 0 || id != 0 && len(a.Masters) > 0 && !slices.ContainsFunc(a.Masters, func(m catalog.Master) bool { return m.ID == id }) {
			wrong[fieldMaster] = "widget.wish.errors.choose"
		}
	}
	known := false
	for _, part := range partsOfDay {
		if part.name == t.hours {
			w.Hours, known = part.hours, true
		}
	}
	if !known {
		wrong[fieldHours] = "widget.wish.errors.choose"
	}
	if a.Visit != nil {
		w.Until = a.Visit.Start
	}
	if t.push != "" && s.offers().Push {
		to, err := push.Parse(t.push)
		if err != nil {
			wrong[""] = "widget.wish.push_denied"
		}
		w.Channel.Push = &waiting.Subscription{Endpoint: to.Endpoint, P256dh: to.Keys.P256dh, Auth: to.Keys.Auth}
		return w, wrong
	}
	w.Channel.Email = t.email
	switch {
	case t.email == "":
		wrong[fieldEmail] = "confirm.errors.email.required"
	case !input.PlainEmail(t.email) || !mail.Plain(t.email):
		wrong[fieldEmail] = "confirm.errors.email.invalid"
	}
	if !t.consent {
		wrong[fieldConsent] = "widget.wish.errors.consent"
	}
	return w, wrong
}
