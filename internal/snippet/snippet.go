// Package snippet writes the lines of HTML that put the widget into a website, and looks for them in a page. The package does
// no I/O: its caller fetches the page.
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

	Windows = urls.ModeWindows // lists what is free
)

// Modes returns all ways, the usual one first.
func Modes() []string { return []string{Inline, Popup, Float, Windows} }

// Widget says which form a website shows, and how. Empty texts and choices are left out of the lines.
type Widget struct {
	Origin string // where the widget is
	Form   int
	Mode   string
	Lang   string

	Service, Master, Company string // preset choices: ids; master 0 is "any"

	LinkText  string // of the link that books where nothing else does
	FrameName string // of the frame, for those who cannot see it
}

// URL returns the address of the form with the choices.
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

// FrameURL returns the address of what a frame shows.
func (w Widget) FrameURL() string {
	if w.Mode != Windows {
		return w.URL()
	}
	return urls.With(w.URL(), urls.Param(urls.QueryMode, urls.ModeWindows))
}

// Channels returns the addresses of what the form shows of its windows elsewhere.
func (w Widget) Channels() []Channel {
	var out []Channel
	q := url.Values{}
	for name, value := range map[string]string{urls.QueryLang: w.Lang, urls.QueryServices: w.Service, urls.QueryMaster: w.Master, urls.QueryCompany: w.Company} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for _, page := range []urls.Page{urls.Windows, urls.WindowsStory, urls.WindowsPost, urls.WindowsText, urls.WindowsAtom, urls.WindowsJSON} {
		address := w.Origin + urls.FormPage(w.Form, page)
		if len(q) > 0 {
			address += "?" + q.Encode()
		}
		out = append(out, Channel{page, address})
	}
	return out
}

// Channel is the page of windows, or what is made of it for another place.
type Channel struct {
	Page urls.Page
	URL  string
}

// Element returns the custom element and its script. The link inside the element works before the script is loaded, and without
// the script.
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

// Script returns the script element that loads the loader, which makes the custom element work.
func (w Widget) Script() string {
	return "<script async" + attribute("src", w.Origin+urls.Loader) + "></script>"
}

// Frame returns a frame, for websites that accept no scripts. The frame has a fixed height and scrolls inside.
func (w Widget) Frame() string {
	return "<iframe" + attribute("src", w.FrameURL()) + attribute("title", w.FrameName) + ` loading="lazy"` +
		"\n  width=\"100%\" height=\"720\" style=\"border:0;color-scheme:normal\"" +
		"\n  referrerpolicy=\"strict-origin-when-cross-origin\" allow=\"otp-credentials; payment; clipboard-write; web-share\"></iframe>"
}

// Link returns a link, for websites that accept neither scripts nor frames.
func (w Widget) Link() string {
	return "<a" + attribute("href", w.URL()) + ">" + html.EscapeString(w.LinkText) + "</a>"
}

func attribute(name, value string) string { return " " + name + `="` + html.EscapeString(value) + `"` }

func isMode(mode string) bool { return slices.Contains(Modes(), mode) }
