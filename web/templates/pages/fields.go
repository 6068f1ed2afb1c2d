package pages

import (
	"okoshko/web/templates/layout"
	"okoshko/web/templates/ui"
)

func fieldArgs(f Field, text layout.Texts) ui.FieldArgs {
	args := ui.FieldArgs{
		Name: f.Name, Label: f.Label, Type: f.Type, Value: f.Value, Error: f.Error, Help: f.Help,
		Placeholder: f.Placeholder, Autocomplete: f.Autocomplete, InputMode: f.InputMode,
		MaxLength: f.MaxLength, Required: f.Required,
	}
	if !f.Unmarked {
		args.Optional = text.T("widget.contact.optional")
	}
	return args
}

func codeField(p CodePage) ui.FieldArgs {
	return ui.FieldArgs{
		Name: "code", Label: p.Base.Text.T("login.code_confirm"), Type: "text", Value: p.Value, Error: p.Error,
		Autocomplete: "one-time-code", InputMode: "numeric", MaxLength: 12, Required: true, Class: "code",
	}
}

func selectArgs(s Select) ui.SelectArgs {
	args := ui.SelectArgs{Name: s.Name, Label: s.Label, Error: s.Error, Required: s.Required}
	for _, o := range s.Options {
		args.Options = append(args.Options, ui.Option{Value: o.Value, Title: o.Title, Selected: o.Selected})
	}
	return args
}

func checkArgs(c Check) ui.CheckArgs {
	args := ui.CheckArgs{Name: c.Name, Label: c.Label, Error: c.Error, Checked: c.Checked, Required: c.Required}
	if c.Link != nil {
		args.LinkURL, args.LinkText, args.After = c.Link.URL, c.Link.Title, c.After
	}
	return args
}

func wrongFields(errs []FieldError) []ui.WrongField {
	var out []ui.WrongField
	for _, e := range errs {
		out = append(out, ui.WrongField{Name: e.Field, Text: e.Text})
	}
	return out
}

func rows(rows []Row) []ui.Row {
	var out []ui.Row
	for _, r := range rows {
		out = append(out, ui.Row{Label: r.Label, Value: r.Value})
	}
	return out
}
