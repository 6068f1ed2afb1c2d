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

// Questions returns the salon's questions of a form. When they cannot be read it logs that and returns none, because a customer
// can book without them.
func (s *Builder) Questions(c *fiber.Ctx, v *Request) []catalog.Question {
	fields, err := s.Catalog.Questions(c.UserContext(), v.Lang, v.Form.ID)
	if err != nil {
		s.Log.Warn("questions of the salon", "id", response.RequestID(c), "form", v.Form.ID, "error", err)
	}
	return fields
}

// MaxAnswer is the upstream's limit of an answer, in characters.
const MaxAnswer = 255

// QuestionName returns the name of a question's control. It is made from the id: the salon chooses the code, which may hold
// any character.
func QuestionName(f catalog.Question) string { return "own_" + strconv.Itoa(f.ID) }

// The layout of a time in the API, and in a browser's control for date and time.
const (
	wireDateTime  = "2006-01-02 15:04:05"
	inputDateTime = "2006-01-02T15:04"
)

// ReadAnswer returns the value of an answer for the API, nil for an empty answer. The parameter wrong is the key of the text
// that says what is wrong with it.
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

// ChosenValue returns the chosen option of a list, nil when there is no such option. A form sends the cleaned value, and a
// record may hold the title, so all of them are compared.
func ChosenValue(f catalog.Question, typed string) *catalog.QuestionOption {
	for i := range f.Values {
		if v := &f.Values[i]; typed != "" && (v.Value == typed || input.TypedLine(v.Value, MaxAnswer) == typed || v.Title == typed) {
			return v
		}
	}
	return nil
}

// QuestionField returns the control of a question: a select for a list of options, else a field.
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
