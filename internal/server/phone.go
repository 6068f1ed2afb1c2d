package server

import (
	"okoshko/internal/i18n"
	"okoshko/internal/phone"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
	"okoshko/web/templates/ui"
)

// maxPhone is how many characters of a phone are read; the upstream names no limit, its own form lets through fewer.
const maxPhone = 32

// phoneField asks for a customer's phone. What was typed is grouped like the example, as the script does when the field
// is left.
func phoneField(text *i18n.Localizer, country, typed string) pages.Field {
	example := phone.Example(country)
	help := "widget.contact.phone_help"
	if example == "" {
		help = "widget.contact.phone_abroad" // no number is at home anywhere
	}
	return pages.Field{
		Name: "phone", Label: text.T("confirm.phone"), Type: "tel", Value: phone.Grouped(typed, example), Help: text.T(help),
		Placeholder: example, Autocomplete: "tel", InputMode: "tel", MaxLength: maxPhone, Required: true,
	}
}

// callLine is a salon's line for a page.
func callLine(line phone.Line) []ui.Call {
	out := make([]ui.Call, len(line))
	for i, part := range line {
		out[i] = ui.Call{Text: part.Text, URL: part.Href()}
	}
	return out
}

// callLink dials the first number of a salon's line; nil when there is none.
func callLink(line phone.Line) *layout.Link {
	if first := line.First(); first.Href() != "" {
		return &layout.Link{Title: first.Text, URL: first.Href()}
	}
	return nil
}

// call puts a salon's line under its address.
func call(salon *layout.Salon, line phone.Line) {
	salon.Calls = callLine(line)
	if link := callLink(line); link != nil {
		salon.Phone, salon.PhoneHref = link.Title, link.URL
	}
}
