package checkout

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/phone"
	"okoshko/internal/server/codes"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// ContactForm holds the fields of the contact form, as typed. It is stored in the session as JSON.
type ContactForm struct {
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

	Answers map[string]string `json:"own,omitempty"` // answers to the salon's questions, by the names of their controls
}

func newContactForm(c *fiber.Ctx, questions []catalog.Question) ContactForm {
	value := func(name string, limit int) string { return input.TypedLine(input.Field(c, name), limit) }
	bare := func(name string, limit int) string { return input.TypedPlain(input.Field(c, name), limit) }
	answers := map[string]string{}
	for _, f := range questions {
		answers[page.QuestionName(f)] = value(page.QuestionName(f), page.MaxAnswer)
	}
	return ContactForm{
		Answers:  answers,
		Fullname: value("fullname", page.MaxName), Surname: value("surname", page.MaxName), Patronymic: value("patronymic", page.MaxName),
		Phone: bare("phone", page.MaxPhone), Email: bare("email", page.MaxEmail), Comment: input.TypedLines(input.Field(c, "comment"), page.MaxComment),
		NotifySMS: bare("notify_by_sms", 3), NotifyEmail: bare("notify_by_email", 3),
		Personal: input.Field(c, "accept_personal_data") != "", Newsletter: input.Field(c, "accept_newsletter") != "",
	}
}

// contactRules say which fields the contact form has and which of them are required.
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
	left                           time.Duration      // until the last appointment of the order; a reminder must be sent before it
}

// rules combines the settings of the company and of the bookform. The company decides which fields there are; the bookform
// may make the comment required for all its companies.
func rules(v *page.Request) contactRules {
	company, form := v.Company, v.Form
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
		questions:       v.Questions,
		left:            v.LastStart().Sub(v.Now),
	}
	r.comment = !company.CommentHidden || r.commentRequired
	return r
}

// both combines the notices of the company and of the bookform. When one contains the other, it returns the longer one alone,
// because many salons write the same notice at both places.
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

// tags matches the tags of sanitised HTML, in whose attributes ">" is escaped.
var tags = regexp.MustCompile(`<[^>]*>`)

// validate returns for each wrong field the key of the text that says what is wrong.
func (f ContactForm) validate(r contactRules) map[string]string {
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
	if f.Email != "" && !input.PlainEmail(f.Email) {
		wrong["email"] = "confirm.errors.email.invalid"
	}
	for _, field := range r.questions {
		if _, key := page.ReadAnswer(field, f.Answers[page.QuestionName(field)]); key != "" {
			wrong[page.QuestionName(field)] = key
		}
	}
	if r.personalData && !f.Personal {
		wrong["accept_personal_data"] = "widget.errors.consent"
	}
	return wrong
}

// contact converts a valid form into the contact data of an order.
func (f ContactForm) contact(r contactRules) booking.Contact {
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

// reminderHours are how many hours before a visit a reminder can be sent, as in the upstream's own form; 0 = no reminder.
var reminderHours = []int{0, 1, 2, 3, 4, 5, 6, 9, 12, 15, 18, 21, 24, 48, 72, 120, 168}

func hours(value string) int {
	n, err := strconv.Atoi(value)
	if err != nil || !slices.Contains(reminderHours, n) {
		return 0
	}
	return n
}

// remindable says whether a reminder of so many hours before the visit can still be sent.
func (r contactRules) remindable(h int) bool { return time.Duration(h)*time.Hour < r.left }

// contactPage returns the view of the contact form with its typed values. The parameter wrong holds keys of error texts by the
// names of the controls; "" stands for the form as a whole.
func (s *Handlers) contactPage(c *fiber.Ctx, w *wizard, wrong map[string]string) (pages.ContactPage, error) {
	token, err := w.mint(c, s)
	if err != nil {
		return pages.ContactPage{}, err
	}
	text, rules := w.Text, rules(w.Request)
	v := &contactView{w: w, rules: rules, wrong: wrong, ContactPage: pages.ContactPage{
		Base:       s.Pages.TicketBase(c, w.Request, text.T("widget.title.contact")),
		Ticket:     s.Pages.Ticket(w.Request),
		Action:     w.URL(flow.Contact, w.Choices),
		Token:      token,
		NoticeHTML: rules.noticeHTML,
		Decoy:      codes.Decoy,
		DecoyLabel: text.T("widget.contact.decoy"),
		Submit:     text.T("button.continue"),
	}}
	v.Private, v.Typed, v.Ticket.Action = true, true, v.Action
	if v.Back != nil { // as a button it keeps what is typed
		v.Back.Action, v.Back.Name, v.Back.Value = v.Action, layout.LeaveName, v.Back.URL
	}
	if !w.Journey.Has(flow.Confirm) && !w.codeNeeded() {
		v.Submit, v.Press = text.T("confirm.confirm"), s.Guard.Press(text)
	}
	v.addFields()
	v.addQuestions()
	v.addReminders()
	v.addConsents()
	v.fold()
	v.addOtherErrors()
	return v.ContactPage, nil
}

// contactView builds the controls of the contact page, each with its error.
type contactView struct {
	pages.ContactPage
	w     *wizard
	rules contactRules
	wrong map[string]string
}

// error returns the error text of a control, "" when there is none, and lists it above the form.
func (v *contactView) error(name string) string {
	key := v.wrong[name]
	if key == "" {
		return ""
	}
	text := v.words(name, key)
	v.Errors = append(v.Errors, pages.FieldError{Field: name, Text: text})
	return text
}

// words returns the upstream's error text about a control, else the widget's.
func (v *contactView) words(name, key string) string { return cmp.Or(v.w.words[name], v.w.Text.T(key)) }

// at returns where a control stands: among those that have to be filled in, or folded away with the others, which stand open
// where something is typed or wrong in one of them.
func (v *contactView) at(required, open bool) *pages.Controls {
	if required {
		return &v.Controls
	}
	v.MoreOpen = v.MoreOpen || open
	return &v.More
}

func (v *contactView) add(f pages.Field) {
	f.Error = v.error(f.Name)
	ofAccount := f.Name == "email" && v.w.who != nil && f.Value == v.w.who.Email // nobody has typed it
	at := v.at(f.Required, f.Error != "" || f.Value != "" && !ofAccount)
	at.Fields = append(at.Fields, f)
}

// fold gives what is folded away its heading, which lists it.
func (v *contactView) fold() {
	var titles []string
	for _, f := range v.More.Fields {
		titles = append(titles, f.Label)
	}
	for _, s := range v.More.Selects {
		titles = append(titles, s.Label)
	}
	for _, c := range v.More.Checks {
		titles = append(titles, c.Topic)
	}
	v.MoreTitle = v.w.Text.T("widget.contact.more", "fields", strings.Join(titles, " · "))
}

// addFields adds the fields for the customer's data. A new field must be added here, to ContactForm and to newContactForm.
func (v *contactView) addFields() {
	text, rules, form := v.w.Text, v.rules, v.w.draft.Contact
	whole := "name" // the field is for the whole name, unless there is another one for the surname
	if rules.surname {
		whole = "given-name"
	}
	v.add(pages.Field{Name: "fullname", Label: text.T("confirm.first_name"), Type: "text", Value: form.Fullname, Autocomplete: whole, MaxLength: page.MaxName, Required: true})
	if rules.surname {
		v.add(pages.Field{Name: "surname", Label: text.T("widget.contact.surname"), Type: "text", Value: form.Surname, Autocomplete: "family-name", MaxLength: page.MaxName, Required: rules.surnameRequired})
	}
	if rules.patronymic {
		v.add(pages.Field{Name: "patronymic", Label: text.T("widget.contact.patronymic"), Type: "text", Value: form.Patronymic, Autocomplete: "additional-name", MaxLength: page.MaxName, Required: rules.patronymicRequired})
	}
	v.add(page.PhoneField(text, rules.region, form.Phone))
	if rules.email {
		v.add(pages.Field{Name: "email", Label: text.T("confirm.email"), Type: "email", Value: form.Email, Placeholder: " ", Autocomplete: "email", InputMode: "email", MaxLength: page.MaxEmail, Required: rules.emailRequired})
	}
	if rules.comment {
		v.add(pages.Field{Name: "comment", Label: cmp.Or(rules.commentTitle, text.T("confirm.comment")), Type: "textarea", Value: form.Comment, MaxLength: page.MaxComment, Required: rules.commentRequired})
	}
}

// addQuestions adds the salon's questions.
func (v *contactView) addQuestions() {
	for _, question := range v.rules.questions {
		control, list := page.QuestionField(v.w.Text, question, v.w.draft.Contact.Answers[page.QuestionName(question)])
		if list == nil {
			v.add(control)
			continue
		}
		list.Error = v.error(list.Name)
		typed := v.w.draft.Contact.Answers[list.Name]
		at := v.at(list.Required, list.Error != "" || typed != "")
		at.Selects = append(at.Selects, *list)
	}
}

// addReminders adds the choices of reminders that can still be sent.
func (v *contactView) addReminders() {
	text, rules, form := v.w.Text, v.rules, v.w.draft.Contact
	if !rules.remindable(1) {
		return
	}
	add := func(name, label, typed string, preset int) {
		if !rules.remindable(preset) {
			preset = 0 // it is too late for this reminder
		}
		at := v.at(false, typed != "" && hours(typed) != preset)
		at.Selects = append(at.Selects, v.w.reminder(rules, name, label, typed, preset))
	}
	if rules.email {
		add("notify_by_email", text.T("confirm.emailNotify"), form.NotifyEmail, v.w.Company.ReminderEmail)
	}
	if rules.reminders {
		add("notify_by_sms", text.T("widget.contact.reminder_sms"), form.NotifySMS, v.w.Company.ReminderSMS)
	}
}

// addConsents adds the checkboxes for personal data and for the newsletter.
func (v *contactView) addConsents() {
	w, text, form := v.w, v.w.Text, v.w.draft.Contact
	if v.rules.personalData {
		place := flow.Choices{City: w.Choices.City, Company: w.Choices.Company, Lang: w.Choices.Lang}
		const name = "accept_personal_data"
		before, title, after := i18n.Linked(text.T("widget.contact.personal_data"))
		v.Checks = append(v.Checks, pages.Check{
			Name: name, Label: before, Link: &layout.Link{Title: title, URL: w.PageURL(urls.Privacy, 0, place)}, After: after,
			Checked: form.Personal, Required: true, Error: v.error(name),
		})
	}
	at := v.at(false, form.Newsletter)
	at.Checks = append(at.Checks, pages.Check{Name: "accept_newsletter", Label: text.T("widget.contact.newsletter"), Topic: text.T("widget.contact.news"), Checked: form.Newsletter})
}

// addOtherErrors adds alerts for errors of controls that the page does not have, and puts the errors into the title.
func (v *contactView) addOtherErrors() {
	for _, name := range slices.Sorted(maps.Keys(v.wrong)) {
		if !slices.ContainsFunc(v.Errors, func(e pages.FieldError) bool { return e.Field == name }) {
			v.Alerts = append(v.Alerts, layout.Alert{Kind: "error", Text: v.words(name, v.wrong[name])})
		}
	}
	if len(v.wrong) > 0 {
		v.Title = page.Correct(v.w.Text, v.Title)
	}
}

// reminder returns the control that chooses how long before the visit a reminder is sent.
func (w *wizard) reminder(rules contactRules, name, label, typed string, preset int) pages.Select {
	chosen := preset
	if typed != "" {
		chosen = hours(typed)
	}
	if !rules.remindable(chosen) {
		chosen = 0
	}
	out := pages.Select{Name: name, Label: label}
	for _, h := range reminderHours {
		if !rules.remindable(h) {
			break
		}
		option := pages.Option{Value: strconv.Itoa(h), Title: w.Text.T("confirm.dontSend"), Selected: h == chosen}
		if h > 0 {
			option.Title = page.Before(w.Text, h)
		}
		out.Options = append(out.Options, option)
	}
	return out
}

// answersFor returns the answers by the questions' codes, either those about the customer or those about the appointment.
func (f ContactForm) answersFor(fields []catalog.Question, ofClient bool) map[string]any {
	out := map[string]any{}
	for _, field := range fields {
		if value, wrong := page.ReadAnswer(field, f.Answers[page.QuestionName(field)]); value != nil && wrong == "" && field.OfClient == ofClient {
			out[field.Code] = value
		}
	}
	return out
}
