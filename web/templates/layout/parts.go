package layout

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"okoshko/web/templates/ui"
)

// documentTitle is what the browser's tab says, and what a screen reader says first. So it begins with what has come of the
// request before.
func documentTitle(b Base) string {
	title := b.Title
	if title == "" {
		title = b.Heading
	}
	for _, a := range b.Alerts {
		if !a.Lasting && a.Text != "" {
			title = strings.TrimRight(a.Text, " .:!") + " · " + title
			break
		}
	}
	if b.Salon.Name == "" || title == b.Salon.Name {
		return title
	}
	return title + " · " + b.Salon.Name
}

// showsSalon says whether there is a salon to name, and the form wants it named.
func showsSalon(b Base) bool {
	return !b.Salon.HeaderHidden && (b.Salon.Name != "" || b.Salon.LogoURL != "")
}

// scheme is what the browser may paint before it has read the stylesheet.
func scheme(b Base) string {
	switch {
	case strings.Contains(b.ThemeCSS, "color-scheme:dark"): // a black form is black by day too
		return "dark"
	case b.Scheme == "":
		return "light dark"
	}
	return b.Scheme
}

// initial is the first letter of a name: the mark of a salon without a logo.
func initial(name string) string {
	i := strings.IndexFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	if i < 0 {
		return ""
	}
	r, _ := utf8.DecodeRuneInString(name[i:])
	return string(unicode.ToUpper(r))
}

func stepper(b Base) ui.StepperArgs {
	args := ui.StepperArgs{Label: b.Text.T("widget.progress.label"), Done: b.Text.T("widget.progress.done")}
	if b.Back != nil && b.Back.Name == LeaveName {
		args.Keep = &ui.Keep{Form: FormID, Action: b.Back.Action, Name: LeaveName}
	}
	for i, p := range b.Progress {
		if p.State == "current" {
			args.Position = b.Text.T("widget.progress.position", "step", i+1, "steps", len(b.Progress))
		}
		args.Steps = append(args.Steps, ui.Step{Title: p.Title, State: p.State, URL: p.URL})
	}
	return args
}

func summary(b Base) ui.SummaryArgs {
	args := ui.SummaryArgs{Title: b.Text.T("widget.summary.title"), Change: b.Text.T("widget.summary.change"), Remove: b.Text.T("widget.summary.remove"), AddURL: b.AddURL, Add: b.Text.T("widget.summary.add")}
	for _, row := range b.Summary {
		args.Rows = append(args.Rows, ui.SummaryRow{
			Step: row.Step, Label: row.Label, Value: row.Value, Note: row.Note, ChangeURL: row.ChangeURL, Removal: row.Removal,
		})
	}
	return args
}

func alert(a Alert) ui.AlertArgs {
	args := ui.AlertArgs{Kind: a.Kind, Text: a.Text, NewTab: a.Tab}
	if a.Link != nil {
		args.LinkURL, args.LinkText = a.Link.URL, a.Link.Title
	}
	return args
}

// few languages stand side by side, more are folded away.
const few = 2

func currentTitle(links []Link) string {
	for _, link := range links {
		if link.Current {
			return link.Title
		}
	}
	return ""
}
