package server

import (
	"cmp"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/phone"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// contactForm is what the customer types at the contact step, as typed.
type contactForm struct {
	Fullname    string `json:"fullname"`
	Surname     string `json:"surname"`
	Patronymic  string `json:"patronymic"`
	Phone       string `json:"phone"`
	Email       string `json:"email"`
	Comment     string `json:"comment"`
	NotifySMS   string `json:"notify_by_sms"`
	NotifyEmail string `json:"notify_by_email"`
	Personal    bool   `json:"accept_personal_data"`
	Newsletter  bool   `json:"accept_newsletter"`

	Answers map[string]string `json:"own,omitempty"` // answers to the salon's own questions, by the names of their controls
}

// Lengths in characters; the upstream names none, these are what its own form lets through.
const (
	maxName    = 100
	maxEmail   = 254
	maxComment = 1000
)

func newContactForm(c *fiber.Ctx, questions []catalog.Question) contactForm {
	value := func(name string, limit int) string { return typedLine(field(c, name), limit) }
	bare := func(name string, limit int) string { return typedPlain(field(c, name), limit) }
	answers := map[string]string{}
	for _, f := range questions {
		answers[questionName(f)] = value(questionName(f), maxAnswer)
	}
	return contactForm{
		Answers:  answers,
		Fullname: value("fullname", maxName), Surname: value("surname", maxName), Patronymic: value("patronymic", maxName),
		Phone: bare("phone", maxPhone), Email: bare("email", maxEmail), Comment: typedLines(field(c, "comment"), maxComment),
		NotifySMS: bare("notify_by_sms", 3), NotifyEmail: bare("notify_by_email", 3),
		Personal: field(c, "accept_personal_data") != "", Newsletter: field(c, "accept_newsletter") != "",
	}
}

// contactRules are what a salon asks for at the contact step.
type contactRules struct {
	surname, surnameRequired       bool
	patronymic, patronymicRequired bool
	email, emailRequired           bool
	comment, commentRequired       bool
	commentTitle                   string
	noticeHTML                     string
	reminders                      bool
	personalData                   bool
	region                         string             // ISO 3166: the country of a phone number without a country code; "" = not known
	questions                      []catalog.Question // the salon's questions
	left                           time.Duration      // until the last visit of the order; a reminder must go out before
}

// rules gathers the form's and the company's wishes. The company has the last word on what it
// asks for; the form may make the comment required for all its companies.
func (v *pageRequest) rules() contactRules {
	company, form := v.Company, v.form
	r := contactRules{
		surname: company.Surname || company.SurnameRequired, surnameRequired: company.SurnameRequired,
		patronymic: company.Patronymic || company.PatronymicRequired, patronymicRequired: company.PatronymicRequired,
		email: !company.EmailHidden || company.EmailRequired, emailRequired: company.EmailRequired,
		commentRequired: company.CommentRequired || form.CommentRequired,
		commentTitle:    cmp.Or(company.CommentTitle, form.CommentTitle),
		noticeHTML:      both(company.NoticeHTML, form.NoticeHTML),
		reminders:       !company.RemindersOff && (company.SMS || form.SMS),
		personalData:    company.PrivacyPolicy || form.PrivacyPolicy,
		region:          company.Region,
		questions:       v.questions,
		left:            v.lastStart().Sub(v.now),
	}
	r.comment = !company.CommentHidden || r.commentRequired
	return r
}

// both is the salon's notice and the form's, and once what they have in common: many salons write it at both places.
func both(company, form string) string {
	bare := func(html string) string {
		return strings.Join(strings.Fields(tags.ReplaceAllString(html, " ")), " ")
	}
	switch mine, its := bare(company), bare(form); {
	case strings.Contains(mine, its):
		return company
	case strings.Contains(its, mine):
		return form
	}
	return "<div>" + company + "</div><div>" + form + "</div>"
}

// tags are those of sanitised HTML, in whose attributes ">" is escaped.
var tags = regexp.MustCompile(`<[^>]*>`)

// validate answers the text key of what is wrong with each field; empty when nothing is.
func (f contactForm) validate(r contactRules) map[string]string {
	wrong := map[string]string{}
	require := func(on bool, field, value, key string) {
		if on && value == "" {
			wrong[field] = key
		}
	}
	require(true, "fullname", f.Fullname, "confirm.errors.name.required")
	require(r.surnameRequired, "surname", f.Surname, "widget.errors.surname")
	require(r.patronymicRequired, "patronymic", f.Patronymic, "widget.errors.patronymic")
	require(r.emailRequired, "email", f.Email, "confirm.errors.email.required")
	require(r.commentRequired, "comment", f.Comment, "confirm.errors.comment.required")
	require(true, "phone", f.Phone, "confirm.errors.phone.required")
	if _, ok := phone.Parse(f.Phone, r.region); !ok && f.Phone != "" {
		wrong["phone"] = "confirm.errors.phone.incorrect"
	}
	if f.Email != "" && !plainEmail(f.Email) {
		wrong["email"] = "confirm.errors.email.invalid"
	}
	for _, field := range r.questions {
		if _, key := readAnswer(field, f.Answers[questionName(field)]); key != "" {
			wrong[questionName(field)] = key
		}
	}
	if r.personalData && !f.Personal {
		wrong["accept_personal_data"] = "confirm.errors.agreement.required"
	}
	return wrong
}

// plainEmail says whether a text is one bare address of a host with a dot.
func plainEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && strings.Contains(s[strings.LastIndexByte(s, '@')+1:], ".")
}

// maskedEmail is an address as it may be shown: its first letter and its host.
func maskedEmail(address string) string {
	name, host, _ := strings.Cut(address, "@")
	if name == "" || host == "" {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(name)
	return string(first) + "•••@" + host
}

// contact is the form as the booking desk wants it; the form must be valid.
func (f contactForm) contact(r contactRules) booking.Contact {
	number, _ := phone.Parse(f.Phone, r.region)
	out := booking.Contact{
		Name: f.Fullname, Surname: f.Surname, Patronymic: f.Patronymic, Phone: string(number), Email: f.Email, Comment: f.Comment,
		Newsletter:      &f.Newsletter,
		CustomerAnswers: f.answersFor(r.questions, true), AppointmentAnswers: f.answersFor(r.questions, false),
	}
	if r.reminders && r.remindable(hours(f.NotifySMS)) {
		out.NotifySMS = hours(f.NotifySMS)
	}
	if r.email && f.Email != "" && r.remindable(hours(f.NotifyEmail)) {
		out.NotifyEmail = hours(f.NotifyEmail)
	}
	if r.personalData {
		out.PersonalData = &f.Personal
	}
	return out
}

// reminderHours are the choices of the upstream's own form; 0 = no reminder.
var reminderHours = []int{0, 1, 2, 3, 4, 5, 6, 9, 12, 15, 18, 21, 24, 48, 72, 120, 168}

func hours(value string) int {
	n, err := strconv.Atoi(value)
	if err != nil || !slices.Contains(reminderHours, n) {
		return 0
	}
	return n
}

// remindable says whether a reminder of so many hours before the visit still lies ahead.
func (r contactRules) remindable(h int) bool { return time.Duration(h)*time.Hour < r.left }

// lastStart is when the last visit of the order begins.
func (v *pageRequest) lastStart() time.Time {
	if v.GroupEvent != nil {
		return v.GroupEvent.Start
	}
	last := v.Slot.Start
	for _, p := range v.Basket {
		last = later(last, p.Start)
	}
	return last
}

// contactPage is the view of the form with what was typed and what is wrong.
func (s *Server) contactPage(c *fiber.Ctx, w *wizard, wrong map[string]string) (pages.ContactPage, error) {
	token, err := w.mint(c, s)
	if err != nil {
		return pages.ContactPage{}, err
	}
	text, rules, form := w.text, w.rules(), w.draft.Contact
	page := pages.ContactPage{
		Base:       s.base(c, w.pageRequest, text.T("header.input_personal")),
		Action:     w.url(flow.Contact, w.Choices),
		Token:      token,
		NoticeHTML: rules.noticeHTML,
		Decoy:      decoy,
		DecoyLabel: text.T("widget.contact.decoy"),
		Submit:     text.T("button.continue"),
	}
	page.Private, page.Typed = true, true
	if !w.Journey.Has(flow.Confirm) && !w.codeNeeded() {
		page.Submit, page.Press = text.T("confirm.confirm"), s.press(text)
	}
	if !w.Journey.Has(flow.Confirm) {
		page.Terms = w.terms()
	}
	said := func(name, key string) string { return cmp.Or(w.words[name], text.T(key)) }
	field := func(on bool, f pages.Field) {
		if !on {
			return
		}
		if key := wrong[f.Name]; key != "" {
			f.Error = said(f.Name, key)
			page.Errors = append(page.Errors, pages.FieldError{Field: f.Name, Text: f.Error})
		}
		page.Fields = append(page.Fields, f)
	}
	field(true, pages.Field{Name: "fullname", Label: text.T("confirm.first_name"), Type: "text", Value: form.Fullname, Autocomplete: "given-name", MaxLength: maxName, Required: true})
	field(rules.surname, pages.Field{Name: "surname", Label: text.T("widget.contact.surname"), Type: "text", Value: form.Surname, Autocomplete: "family-name", MaxLength: maxName, Required: rules.surnameRequired})
	field(rules.patronymic, pages.Field{Name: "patronymic", Label: text.T("widget.contact.patronymic"), Type: "text", Value: form.Patronymic, Autocomplete: "additional-name", MaxLength: maxName, Required: rules.patronymicRequired})
	field(true, phoneField(text, rules.region, form.Phone))
	field(rules.email, pages.Field{Name: "email", Label: text.T("confirm.email"), Type: "email", Value: form.Email, Placeholder: " ", Autocomplete: "email", InputMode: "email", MaxLength: maxEmail, Required: rules.emailRequired})
	field(rules.comment, pages.Field{Name: "comment", Label: cmp.Or(rules.commentTitle, text.T("confirm.comment")), Type: "textarea", Value: form.Comment, MaxLength: maxComment, Required: rules.commentRequired})
	for _, question := range rules.questions {
		control, list := questionField(text, question, form.Answers[questionName(question)])
		if list == nil {
			field(true, control)
			continue
		}
		if key := wrong[list.Name]; key != "" {
			list.Error = said(list.Name, key)
			page.Errors = append(page.Errors, pages.FieldError{Field: list.Name, Text: list.Error})
		}
		page.Selects = append(page.Selects, *list)
	}
	if rules.email && rules.remindable(1) {
		page.Selects = append(page.Selects, w.reminder(rules, "notify_by_email", text.T("confirm.emailNotify"), form.NotifyEmail, w.Company.ReminderEmail))
	}
	if rules.reminders && rules.remindable(1) {
		page.Selects = append(page.Selects, w.reminder(rules, "notify_by_sms", text.T("widget.contact.reminder_sms"), form.NotifySMS, w.Company.ReminderSMS))
	}
	if rules.personalData {
		check := pages.Check{
			Name: "accept_personal_data", Label: text.T("widget.contact.personal_data"), Checked: form.Personal, Required: true,
			Link: &layout.Link{Title: text.T("widget.contact.privacy"), URL: w.pageURL(urls.Privacy, 0, flow.Choices{City: w.Choices.City, Company: w.Choices.Company, Lang: w.Choices.Lang})},
		}
		if key := wrong[check.Name]; key != "" {
			check.Error = said(check.Name, key)
			page.Errors = append(page.Errors, pages.FieldError{Field: check.Name, Text: check.Error})
		}
		page.Checks = append(page.Checks, check)
	}
	page.Checks = append(page.Checks, pages.Check{Name: "accept_newsletter", Label: text.T("widget.contact.newsletter"), Checked: form.Newsletter})
	for _, name := range slices.Sorted(maps.Keys(wrong)) {
		if !slices.ContainsFunc(page.Errors, func(e pages.FieldError) bool { return e.Field == name }) {
			page.Alerts = append(page.Alerts, layout.Alert{Kind: "error", Text: said(name, wrong[name])})
		}
	}
	if len(wrong) > 0 {
		page.Title = correct(text, page.Title)
	}
	return page, nil
}

// correct is the title of a page on which something is to be mended: it is what a screen reader says first.
func correct(text *i18n.Localizer, title string) string {
	return join(": ", text.T("widget.errors.title"), title)
}

// before is how long before a visit its customer is reminded.
func before(text *i18n.Localizer, hours int) string {
	if hours >= 48 {
		return text.N("widget.contact.days_before", hours/24)
	}
	return text.N("widget.contact.hours_before", hours)
}

// reminder is the choice of how long before the visit to be reminded.
func (w *wizard) reminder(rules contactRules, name, label, typed string, preset int) pages.Select {
	chosen := preset
	if typed != "" {
		chosen = hours(typed)
	}
	if !rules.remindable(chosen) {
		chosen = 0 // it would have to have gone out already
	}
	out := pages.Select{Name: name, Label: label}
	for _, h := range reminderHours {
		if !rules.remindable(h) {
			break
		}
		option := pages.Option{Value: strconv.Itoa(h), Title: w.text.T("confirm.dontSend"), Selected: h == chosen}
		if h > 0 {
			option.Title = before(w.text, h)
		}
		out.Options = append(out.Options, option)
	}
	return out
}
