package showcase

import (
	"strings"

	"okoshko/web/static"
	"okoshko/web/templates/ui"
)

// state is how a control looks under a pointer or a finger.
type state struct{ name, class string }

var states = []state{{"at rest", ""}, {"hover", "is-hover"}, {"focus", "is-focus"}, {"pressed", "is-pressed"}}

// StatesCSS is the widget's own stylesheet once more, with classes in the place of what only a
// pointer or a keyboard brings about, so that the sheet shows all states at once and true.
var StatesCSS = strings.NewReplacer(":hover", ".is-hover", ":focus-visible", ".is-focus", ":active", ".is-pressed").Replace(static.CSS)

var fieldStates = []ui.FieldArgs{
	{Name: "empty", Label: "empty", Type: "text", Placeholder: "an example", Required: true},
	{Name: "filled", Label: "filled", Type: "text", Value: "Anna", Help: "with a word of help", Optional: "optional"},
	{Name: "wrong", Label: "wrong", Type: "tel", Value: "12", Error: "This is no phone number", Required: true},
	{Name: "long", Label: "of several lines", Type: "textarea", Value: "One\nTwo", Optional: "optional"},
	{Name: "code", Label: "a code", Type: "text", Value: "1234", InputMode: "numeric", Class: "code", Required: true},
}

// anchor is a title's first word as a fragment.
func anchor(title string) string {
	word, _, _ := strings.Cut(strings.ToLower(title), " ")
	return word
}
