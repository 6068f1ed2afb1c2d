package page

import (
	"okoshko/internal/i18n"
	"okoshko/internal/phone"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
	"okoshko/web/templates/ui"
)

// MaxPhone is how many characters of a phone are read; the upstream names no limit, its own form lets through fewer.
const MaxPhone = 32

// PhoneField asks for a customer's phone. What was typed is grouped like the example, as the script does when the field
// is left.
func PhoneField(text *i18n.Localizer, country, typed string) pages.Field {
	example := phone.Example(country)
	help := "widget.contact.phone_help"
	if example == "" {
		help = "widget.contact.phone_abroad" // no number is at home anywhere
	}
	return pages.Field{
		Name: "phone", Label: text.T("confirm.phone"), Type: "tel", Value: phone.Grouped(typed, example), Help: text.T(help),
		Placeholder: example, Autocomplete: "tel", InputMode: "tel", MaxLength: MaxPhone, Required: true,
	}
}

// CallLine is a salon's line for a page.
func CallLine(line phone.Line) []ui.Call {
	out := make([]ui.Call, len(line))
	for i, part := range line {
		out[i] = ui.Call{Text: part.Text, URL: part.Href()}
	}
	return out
}

// CallLink dials the first number of a salon's line; nil when there is none.
func CallLink(line phone.Line) *layout.Link {
	if first := line.First(); first.Href() != "" {
		return &layout.Link{Title: first.Text, URL: first.Href()}
	}
	return nil
}

// Call puts a salon's line under its address.
func Call(salon *layout.Salon, line phone.Line) {
	salon.Calls = CallLine(line)
	if link := CallLink(line); link != nil {
		salon.Phone, salon.PhoneHref = link.Title, link.URL
	}
}
