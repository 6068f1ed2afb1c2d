package page

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/catalog"
	"okoshko/internal/i18n"
	"okoshko/internal/server/input"
	"okoshko/internal/server/response"
	"okoshko/web/templates/pages"
)

// Questions are the salon's questions of a form, for the pages that ask or send them. When they
// do not come, the booking goes on without: they are the salon's curiosity, not the customer's.
func (s *Builder) Questions(c *fiber.Ctx, v *Request) []catalog.Question {
	fields, err := s.Catalog.Questions(c.UserContext(), v.Lang, v.Form.ID)
	if err != nil {
		s.Log.Warn("questions of the salon", "id", response.RequestID(c), "form", v.Form.ID, "error", err)
	}
	return fields
}

// MaxAnswer is the upstream's limit of an answer, in characters.
const MaxAnswer = 255

// QuestionName is the name of a question's control. The code is the salon's and may hold anything.
func QuestionName(f catalog.Question) string { return "own_" + strconv.Itoa(f.ID) }

// How answers look on the wire, and in a browser's own control for dates.
const (
	wireDateTime  = "2006-01-02 15:04:05"
	inputDateTime = "2006-01-02T15:04"
)

// ReadAnswer reads an answer into what the upstream wants; the key says what is wrong with it. An
// empty answer is nil.
func ReadAnswer(f catalog.Question, typed string) (value any, wrong string) {
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
		chosen := ChosenValue(f, typed)
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

// ChosenValue is the value of a list that was chosen, nil when there is none such. The form sends it as typed texts are
// taken and a record tells it decoded, which the salon's own spelling need not be.
func ChosenValue(f catalog.Question, typed string) *catalog.QuestionOption {
	for i := range f.Values {
		if v := &f.Values[i]; typed != "" && (v.Value == typed || input.TypedLine(v.Value, MaxAnswer) == typed || v.Title == typed) {
			return v
		}
	}
	return nil
}

// QuestionField is the control of a question; a list of values has one of its own.
func QuestionField(text *i18n.Localizer, f catalog.Question, typed string) (pages.Field, *pages.Select) {
	if f.Type == "select" {
		list := &pages.Select{Name: QuestionName(f), Label: f.Title, Required: f.Required, Options: []pages.Option{{Title: text.T("widget.contact.not_chosen")}}}
		chosen := ChosenValue(f, typed)
		for i := range f.Values {
			v := &f.Values[i]
			list.Options = append(list.Options, pages.Option{Value: v.Value, Title: v.Title, Selected: v == chosen})
		}
		return pages.Field{}, list
	}
	field := pages.Field{Name: QuestionName(f), Label: f.Title, Type: "text", Value: typed, MaxLength: MaxAnswer, Required: f.Required}
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
