package pages

import (
	"okoshko/web/templates/layout"
	"okoshko/web/templates/ui"
)

// fieldArgs are a field's. The word says that it may stay empty; "" where that is said otherwise.
func fieldArgs(f Field, optional string) ui.FieldArgs {
	if f.Unmarked {
		optional = ""
	}
	return ui.FieldArgs{
		Name: f.Name, Label: f.Label, Type: f.Type, Value: f.Value, Error: f.Error, Help: f.Help, HelpUnseen: f.HelpUnseen,
		Placeholder: f.Placeholder, Autocomplete: f.Autocomplete, InputMode: f.InputMode,
		MaxLength: f.MaxLength, Optional: optional, Required: f.Required,
	}
}

func codeArgs(text layout.Texts, c Code) ui.FieldArgs {
	return ui.FieldArgs{
		Name: "code", Label: text.T("login.code_confirm"), Type: "text", Value: c.Value, Error: c.Error,
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

func checkArgs(c Check, newTab string) ui.CheckArgs {
	args := ui.CheckArgs{Name: c.Name, Label: c.Label, Error: c.Error, Checked: c.Checked, Required: c.Required}
	if c.Link != nil {
		args.LinkURL, args.LinkText, args.After, args.NewTab = c.Link.URL, c.Link.Title, c.After, newTab
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
