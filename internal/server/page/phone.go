package page

import (
	"strings"

	"okoshko/internal/i18n"
	"okoshko/internal/phone"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
	"okoshko/web/templates/ui"
)

// MaxPhone is how many characters of a phone are read. The API names no limit; the upstream's own form allows fewer.
const MaxPhone = 32

// PhoneField returns the field for a customer's phone. Its value is grouped like the example, as the script groups it when
// the focus leaves the field.
func PhoneField(text *i18n.Localizer, country, typed string) pages.Field {
	example := phone.Example(country)
	help := "widget.contact.phone_help"
	if example == "" {
		help = "widget.contact.phone_abroad" // the salon's country is not known, so the number needs a country code
	}
	return pages.Field{
		Name: "phone", Label: text.T("confirm.phone"), Type: "tel", Value: phone.Grouped(typed, example), Help: text.T(help), HelpUnseen: example != "",
		Placeholder: example, Autocomplete: "tel", InputMode: "tel", MaxLength: MaxPhone, Required: true,
	}
}

// CallLine returns the view of a salon's phone line: texts, and links that dial.
func CallLine(line phone.Line) []ui.Call {
	out := make([]ui.Call, len(line))
	for i, part := range line {
		out[i] = ui.Call{Text: part.Text, URL: part.Href()}
	}
	return out
}

// CallLink returns the link that dials the first number of a salon's phone line and says so, nil when there is no number.
func CallLink(text *i18n.Localizer, line phone.Line) *layout.Link {
	if first := line.First(); first.Href() != "" {
		link := Dial(text, first.Text, first.Href())
		return &link
	}
	return nil
}

// oneLine keeps a number from being broken at its blanks and after its hyphens.
var oneLine = strings.NewReplacer(" ", "\u00a0", "-", "-\u2060")

// Dial returns a link that dials a number and says so. The number stands in one line.
func Dial(text layout.Texts, number, href string) layout.Link {
	return layout.Link{Title: text.T("widget.call", "phone", oneLine.Replace(number)), URL: href}
}

// Call fills in a salon's phone line.
func Call(salon *layout.Salon, line phone.Line) {
	salon.Calls = CallLine(line)
	if first := line.First(); first.Href() != "" {
		salon.Phone, salon.PhoneHref = first.Text, first.Href()
	}
}
