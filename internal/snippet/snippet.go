// Package snippet writes the lines that put the widget into a website, and finds them in a page. It is
// pure: who fetches the page is somebody else.
package snippet

import (
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"okoshko/internal/urls"
)

// Element is the name of the custom element.
const Element = "okoshko-booking"

// The ways in which a website may show the widget.
const (
	Inline = "inline"
	Popup  = "popup"
	Float  = "float"
)

// Modes are all of them, the usual one first.
func Modes() []string { return []string{Inline, Popup, Float} }

// Widget is what a website shows. Texts that are empty, and choices, are left out.
type Widget struct {
	Origin string // where the widget is
	Form   int
	Mode   string
	Lang   string

	Service, Master, Company string // preset choices: ids; master 0 is "any"

	LinkText  string // of the link that books where nothing else does
	FrameName string // of the frame, for those who cannot see it
}

// URL is the address of the form with the choices.
func (w Widget) URL() string {
	q := url.Values{}
	for name, value := range map[string]string{urls.QueryLang: w.Lang, urls.QueryServices: w.Service, urls.QueryMaster: w.Master, urls.QueryCompany: w.Company} {
		if value != "" {
			q.Set(name, value)
		}
	}
	address := w.Origin + urls.Form(w.Form)
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	return address
}

// Element is the custom element with its script. The link inside works before the script does, and
// without it.
func (w Widget) Element() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<%s%s", Element, attribute("form", strconv.Itoa(w.Form)))
	for _, a := range [][2]string{{"mode", w.Mode}, {"lang", w.Lang}, {"service", w.Service}, {"master", w.Master}, {"company", w.Company}} {
		if a[1] != "" {
			b.WriteString(attribute(a[0], a[1]))
		}
	}
	fmt.Fprintf(&b, ">\n  %s\n</%s>\n%s", w.Link(), Element, w.Script())
	return b.String()
}

// Script is what makes the element work.
func (w Widget) Script() string {
	return "<script async" + attribute("src", w.Origin+urls.Loader) + "></script>"
}

// Frame is for websites that take no scripts. Its height is fixed, and it scrolls inside.
func (w Widget) Frame() string {
	return "<iframe" + attribute("src", w.URL()) + attribute("title", w.FrameName) + ` loading="lazy"` +
		"\n  width=\"100%\" height=\"720\" style=\"border:0;color-scheme:normal\"" +
		"\n  referrerpolicy=\"strict-origin-when-cross-origin\" allow=\"otp-credentials; payment; clipboard-write; web-share\"></iframe>"
}

// Link is for websites that take nothing else.
func (w Widget) Link() string {
	return "<a" + attribute("href", w.URL()) + ">" + html.EscapeString(w.LinkText) + "</a>"
}

func attribute(name, value string) string { return " " + name + `="` + html.EscapeString(value) + `"` }

func isMode(mode string) bool { return slices.Contains(Modes(), mode) }
