package catalog

import (
	"errors"
	"html"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	markup "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"okoshko/internal/upstream"
)

// sanitiser makes HTML from the upstream harmless. Salons type it themselves, scripts included.
type sanitiser struct {
	rich  *bluemonday.Policy
	long  *bluemonday.Policy // a document has headings and tables too
	plain *bluemonday.Policy
}

func newSanitiser() *sanitiser {
	rich, long := richPolicy(), richPolicy()
	long.AllowElements("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "blockquote", "hr")
	return &sanitiser{rich: rich, long: long, plain: bluemonday.StrictPolicy()}
}

func richPolicy() *bluemonday.Policy {
	rich := bluemonday.NewPolicy()
	rich.AllowElements("p", "br", "b", "strong", "i", "em", "u", "ul", "ol", "li")
	rich.AllowAttrs("href").OnElements("a")
	rich.AllowURLSchemes("https", "http", "mailto", "tel")
	rich.RequireParseableURLs(true)
	rich.RequireNoFollowOnLinks(true)
	rich.RequireNoReferrerOnLinks(true)
	rich.AddTargetBlankToFullyQualifiedLinks(true)
	return rich
}

// document is the same for a text of many paragraphs.
func (s *sanitiser) document(raw string) string { return s.balanced(s.long.Sanitize(raw)) }

// html keeps simple text formatting and links; the result may be put into a page as it is.
func (s *sanitiser) html(raw string) string { return s.balanced(s.rich.Sanitize(raw)) }

// balanced is sanitised HTML as a browser reads it inside a <div>, with every element closed. The policy lets tags through
// one by one: an unclosed link would go on to the end of the page and swallow its form. What is nested deeper than anybody
// writes is shown as text.
func (s *sanitiser) balanced(sanitised string) string {
	var out strings.Builder
	nodes, err := markup.ParseFragment(strings.NewReader(sanitised), &markup.Node{Type: markup.ElementNode, Data: "div", DataAtom: atom.Div})
	for _, node := range nodes {
		err = errors.Join(err, markup.Render(&out, node))
	}
	if err != nil {
		return html.EscapeString(s.text(sanitised))
	}
	return strings.TrimSpace(upstream.Inert(out.String()))
}

// text is the plain text of a field that holds HTML now and then. What an entity hides is made inert too.
func (s *sanitiser) text(raw string) string {
	if strings.ContainsAny(raw, "<&") {
		raw = html.UnescapeString(s.plain.Sanitize(strings.ReplaceAll(raw, "<br>", "\n")))
	}
	return strings.TrimSpace(upstream.Inert(raw))
}
