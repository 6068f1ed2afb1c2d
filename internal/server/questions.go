package server

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// questions are the salon's questions of a form, for the pages that ask or send them. When they
// do not come, the booking goes on without: they are the salon's curiosity, not the customer's.
func (s *Server) questions(c *fiber.Ctx, v *pageRequest) []catalog.Question {
	fields, err := s.Catalog.Questions(c.UserContext(), v.lang, v.form.ID)
	if err != nil {
		s.Log.Warn("questions of the salon", "id", requestID(c), "form", v.form.ID, "error", err)
	}
	return fields
}

const maxAnswer = 255 // characters, the upstream's limit of a text

// questionName is the name of a question's control. The code is the salon's and may hold anything.
func questionName(f catalog.Question) string { return "own_" + strconv.Itoa(f.ID) }

// How answers look on the wire, and in a browser's own control for dates.
const (
	wireDateTime  = "2006-01-02 15:04:05"
	inputDateTime = "2006-01-02T15:04"
)

// readAnswer reads an answer into what the upstream wants; the key says what is wrong with it. An
// empty answer is nil.
func readAnswer(f catalog.Question, typed string) (value any, wrong string) {
	if typed == "" {
		if f.Required {
			return nil, "widget.errors.own.required"
		}
		return nil, ""
	}
	switch f.Type {
	case "number":
		n, err := strconv.ParseFloat(strings.Replace(typed, ",", ".", 1), 64)
		if err != nil || n != n || n > 1e15 || n < -1e15 {
			return nil, "widget.errors.own.number"
		}
		return n, ""
	case "select":
		chosen := chosenValue(f, typed)
		if chosen == nil {
			return nil, "widget.errors.own.select"
		}
		return []string{chosen.Value}, "" // rest-api: a field of type list takes an array
	case "date":
		if _, err := time.Parse(time.DateOnly, typed); err != nil {
			return nil, "widget.errors.own.date"
		}
	case "datetime":
		at, err := time.Parse(inputDateTime, typed)
		if err != nil {
			return nil, "widget.errors.own.date"
		}
		return at.Format(wireDateTime), ""
	}
	return typed, ""
}

// chosenValue is the value of a list that was chosen, nil when there is none such. The form sends it as typed texts are
// taken and a record tells it decoded, which the salon's own spelling need not be.
func chosenValue(f catalog.Question, typed string) *catalog.QuestionOption {
	for i := range f.Values {
		if v := &f.Values[i]; typed != "" && (v.Value == typed || typedLine(v.Value, maxAnswer) == typed || v.Title == typed) {
			return v
		}
	}
	return nil
}

// answersFor are all answers by their codes, about the customer or about the visit.
func (f contactForm) answersFor(fields []catalog.Question, ofClient bool) map[string]any {
	out := map[string]any{}
	for _, field := range fields {
		if value, wrong := readAnswer(field, f.Answers[questionName(field)]); value != nil && wrong == "" && field.OfClient == ofClient {
			out[field.Code] = value
		}
	}
	return out
}

// questionField is the control of a question; a list of values has one of its own.
func questionField(text *i18n.Localizer, f catalog.Question, typed string) (pages.Field, *pages.Select) {
	if f.Type == "select" {
		list := &pages.Select{Name: questionName(f), Label: f.Title, Required: f.Required, Options: []pages.Option{{Title: text.T("widget.contact.not_chosen")}}}
		chosen := chosenValue(f, typed)
		for i := range f.Values {
			v := &f.Values[i]
			list.Options = append(list.Options, pages.Option{Value: v.Value, Title: v.Title, Selected: v == chosen})
		}
		return pages.Field{}, list
	}
	field := pages.Field{Name: questionName(f), Label: f.Title, Type: "text", Value: typed, MaxLength: maxAnswer, Required: f.Required}
	switch f.Type {
	case "number":
		field.InputMode = "decimal"
	case "date":
		field.Type, field.MaxLength = "date", 0
	case "datetime":
		field.Type, field.MaxLength = "datetime-local", 0
	}
	return field, nil
}

// showPrivacy is the salon's agreement on personal data.
func (s *Server) showPrivacy(c *fiber.Ctx) error {
	v, err := s.readRequest(c, flow.Contact)
	if err != nil {
		return err
	}
	if v.Company == nil {
		return s.redirect(c, v, v.Open)
	}
	html, err := s.Catalog.Privacy(c.UserContext(), v.lang, v.Company.ID)
	if err != nil {
		return err
	}
	if html == "" {
		return fiber.ErrNotFound
	}
	v.page = urls.Privacy
	page := pages.PrivacyPage{Base: s.base(c, v, v.text.T("widget.contact.privacy")), HTML: html}
	page.Summary, page.Progress = nil, nil
	return s.browse(c, v, pages.PrivacyView(page))
}
