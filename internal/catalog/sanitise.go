package catalog

import (
	"html"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	markup "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"okoshko/internal/upstream"
)

// sanitiser makes HTML of the upstream harmless. Salons type it, and may type scripts.
type sanitiser struct {
	rich *bluemonday.Policy
	long *bluemonday.Policy // with headings and tables
}

func newSanitiser() *sanitiser {
	rich, long := richPolicy(), richPolicy()
	long.AllowElements("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "blockquote", "hr")
	return &sanitiser{rich: rich, long: long}
}

func richPolicy() *bluemonday.Policy {
	rich := bluemonday.NewPolicy()
	rich.AllowElements("p", "div", "br", "b", "strong", "i", "em", "u", "ul", "ol", "li")
	rich.AllowAttrs("href").OnElements("a")
	rich.AllowURLSchemes("https", "http", "mailto", "tel")
	rich.RequireParseableURLs(true)
	rich.RequireNoFollowOnLinks(true)
	rich.RequireNoReferrerOnLinks(true)
	rich.AddTargetBlankToFullyQualifiedLinks(true)
	return rich
}

// document is html for long texts, with headings and tables.
func (s *sanitiser) document(raw string) string { return sanitised(s.long, raw, inDocument) }

// html keeps simple text formatting and links; the result may be put into a page as it is.
func (s *sanitiser) html(raw string) string { return sanitised(s.rich, raw, inNote) }

// The stand-ins take the place of elements that a policy does not let through, so that lines stay lines.
var (
	inNote = standIns(
		"div", "address article aside blockquote caption center dd details dialog dir dl dt fieldset figcaption figure footer form header hgroup "+
			"legend main menu nav optgroup option pre search section select summary table tbody tfoot thead tr",
		"p", "h1 h2 h3 h4 h5 h6", "br", "hr")
	inDocument = standIns(
		"div", "address article aside caption center dd details dialog dir dl dt fieldset figcaption figure footer form header hgroup "+
			"legend main menu nav optgroup option pre search section select summary",
		"h2", "h1", "tbody", "tfoot")
)

// standIns reads a list of stand-ins, each followed by the elements whose place it takes.
func standIns(lists ...string) map[string]*markup.Node {
	out := map[string]*markup.Node{}
	for i := 0; i < len(lists); i += 2 {
		for name := range strings.FieldsSeq(lists[i+1]) {
			out[name] = &markup.Node{Type: markup.ElementNode, Data: lists[i], DataAtom: atom.Lookup([]byte(lists[i]))}
		}
	}
	return out
}

// sanitised is HTML as a browser reads it inside a <div>, with only the elements that a policy lets through, and every
// element closed. The policy looks at single tags. Its result is parsed once more, because an unclosed link would reach to
// the end of the page and enclose its form. HTML that is nested too deeply is shown as text.
func sanitised(policy *bluemonday.Policy, raw string, standing map[string]*markup.Node) string {
	nodes, err := fragment(raw)
	if err != nil {
		return plain(policy.Sanitize(raw))
	}
	if !hasLines(nodes) {
		nodes = breakLines(nodes)
	}
	for _, node := range nodes {
		replace(node, standing)
	}
	clean := policy.Sanitize(rendered(nodes))
	nodes, err = fragment(clean)
	if err != nil {
		return plain(clean)
	}
	return strings.TrimSpace(upstream.Inert(rendered(nodes)))
}

// plain is the text of HTML, escaped for a page.
func plain(raw string) string { return html.EscapeString(upstream.Text(raw)) }

// fragment parses HTML inside a <div>.
func fragment(raw string) ([]*markup.Node, error) {
	return markup.ParseFragment(strings.NewReader(raw), &markup.Node{Type: markup.ElementNode, Data: "div", DataAtom: atom.Div})
}

func rendered(nodes []*markup.Node) string {
	var out strings.Builder
	for _, node := range nodes {
		if err := markup.Render(&out, node); err != nil { // an element that cannot be written, such as <plaintext> in the middle
			return plain(out.String())
		}
	}
	return out.String()
}

// hasLines says whether there is an element that is not inline.
func hasLines(nodes []*markup.Node) bool {
	for _, node := range nodes {
		if lines(node) {
			return true
		}
		for inner := range node.Descendants() {
			if lines(inner) {
				return true
			}
		}
	}
	return false
}

func lines(node *markup.Node) bool {
	if node.Type != markup.ElementNode {
		return false
	}
	switch node.Data {
	case "p", "div", "br", "li", "hr":
		return true
	}
	return inNote[node.Data] != nil
}

// breakLines puts a <br> at every line end of a text without block elements.
func breakLines(nodes []*markup.Node) []*markup.Node {
	under := &markup.Node{Type: markup.ElementNode, Data: "div", DataAtom: atom.Div}
	for _, node := range nodes {
		under.AppendChild(node)
	}
	var texts []*markup.Node
	for node := range under.Descendants() {
		if node.Type == markup.TextNode && strings.Contains(strings.TrimSpace(node.Data), "\n") {
			texts = append(texts, node)
		}
	}
	for _, node := range texts {
		before, rest, more := strings.Cut(node.Data, "\n")
		node.Data = before
		for at := node; more; {
			before, rest, more = strings.Cut(rest, "\n")
			line := &markup.Node{Type: markup.TextNode, Data: before}
			at.Parent.InsertBefore(line, at.NextSibling)
			at.Parent.InsertBefore(&markup.Node{Type: markup.ElementNode, Data: "br", DataAtom: atom.Br}, line)
			at = line
		}
	}
	nodes = nil
	for node := under.FirstChild; node != nil; node = under.FirstChild {
		under.RemoveChild(node)
		nodes = append(nodes, node)
	}
	return nodes
}

// replace puts stand-ins in their places below a node. The cells of a table that is not let through stay separate words.
func replace(node *markup.Node, standing map[string]*markup.Node) {
	for child := node.FirstChild; child != nil; child = child.NextSibling {
		replace(child, standing)
	}
	if node.Type != markup.ElementNode {
		return
	}
	if standing["table"] != nil && (node.Data == "td" || node.Data == "th") {
		node.AppendChild(&markup.Node{Type: markup.TextNode, Data: " "})
	}
	stand := standing[node.Data]
	if stand == nil {
		return
	}
	heading := len(node.Data) == 2 && node.Data[0] == 'h' && stand.Data == "p"
	node.Data, node.DataAtom, node.Attr = stand.Data, stand.DataAtom, nil
	if !heading || node.FirstChild == nil {
		return
	}
	strong := &markup.Node{Type: markup.ElementNode, Data: "strong", DataAtom: atom.Strong}
	for child := node.FirstChild; child != nil; child = node.FirstChild {
		node.RemoveChild(child)
		strong.AppendChild(child)
	}
	node.AppendChild(strong)
}
