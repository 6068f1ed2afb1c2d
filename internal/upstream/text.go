package upstream

import (
	stdhtml "html"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// Salons type texts into an editor that makes HTML, or copy them from a website, and some programs of the upstream escape a
// text before they store it. So every text of an answer may hold elements and entities, even a title or an address. This
// file decodes them once, while an answer is read, so that no other package has to. Fields that are shown as HTML are not
// decoded here; the catalogue sanitises them.

// Text is the plain text of a field that may hold HTML, with its lines: where a browser begins a line, the text has a line
// end.
func Text(raw string) string {
	if strings.ContainsAny(raw, "<&") {
		raw = textOf(raw)
	}
	return tidy(raw)
}

// Line is the plain text of a title, a name or an address: one line, with single blanks.
func Line(raw string) string {
	if !strings.ContainsAny(raw, "<&") {
		return strings.Join(strings.Fields(raw), " ")
	}
	return strings.Join(strings.Fields(Inert(textOf(raw))), " ")
}

// What an element does to the text around it.
const (
	inline = iota
	block
	cell
	hidden // an element whose content is no text
)

// elements are the elements of HTML that are decoded. Anything else that looks like a tag is text: "Massage <relax>".
var elements = func() map[string]int {
	out := map[string]int{}
	for kind, names := range map[int]string{
		block: "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure footer form " +
			"h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre search section select summary " +
			"table tbody tfoot thead title tr ul",
		cell: "td th",
		inline: "a abbr acronym area audio b base bdi bdo big blink button canvas cite code col colgroup data datalist del dfn em embed font " +
			"frame i img input ins kbd label link map mark marquee meta meter nobr output param picture progress q rp rt ruby s samp slot small " +
			"source span strike strong sub sup time track tt u var video wbr",
		hidden: "applet frameset head iframe math noembed noframes noscript object script style svg template textarea",
	} {
		for name := range strings.FieldsSeq(names) {
			out[name] = kind
		}
	}
	return out
}()

// textOf reads HTML as text.
func textOf(raw string) string {
	w := textWriter{folds: breaksLines(raw)}
	z := html.NewTokenizer(strings.NewReader(raw))
	hiding, depth := "", 0
	for {
		token := z.Next()
		if token == html.ErrorToken {
			return w.out.String()
		}
		source := string(z.Raw())
		switch token {
		case html.TextToken:
			if hiding == "" {
				w.text(unescape(source))
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			tag, _ := z.TagName()
			name := string(tag)
			switch kind, known := elements[name]; {
			case hiding != "":
				if name == hiding {
					depth += map[html.TokenType]int{html.StartTagToken: 1, html.EndTagToken: -1}[token]
				}
				if depth == 0 {
					hiding = ""
				}
			case !known && !strings.Contains(name, ":"): // elements of Microsoft Word have a colon
				w.text(unescape(source))
			case kind == hidden:
				if token == html.StartTagToken {
					hiding, depth = name, 1
				}
			case name == "br":
				w.out.WriteByte('\n')
			case kind == block:
				w.line()
			case kind == cell:
				w.out.WriteByte(' ')
			}
		case html.ErrorToken, html.CommentToken, html.DoctypeToken:
		}
	}
}

// tag is the beginning of an element, or its end.
var tag = regexp.MustCompile(`</?([a-zA-Z][a-zA-Z0-9]*)[\s/>]`)

// breaksLines says whether HTML has elements that make lines. Where it has none, the line ends of its source are the lines.
func breaksLines(raw string) bool {
	for _, found := range tag.FindAllStringSubmatch(raw, -1) {
		if elements[strings.ToLower(found[1])] == block {
			return true
		}
	}
	return false
}

// textWriter gathers text.
type textWriter struct {
	out   strings.Builder
	folds bool // line ends of the source become blanks
}

func (w *textWriter) text(s string) {
	if w.folds {
		s = strings.NewReplacer("\r", " ", "\n", " ").Replace(s)
	}
	w.out.WriteString(s)
}

// line begins a new line, unless one has just begun.
func (w *textWriter) line() {
	if s := strings.TrimRight(w.out.String(), " \t"); s != "" && s[len(s)-1] != '\n' {
		w.out.WriteByte('\n')
	}
}

// entity matches an entity by name or number. The semicolon is required, because "&sect" without one may begin
// "&section=" in an address.
var entity = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});`)

// unescape replaces entities by their characters, once: "&amp;quot;" becomes "&quot;".
func unescape(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	return entity.ReplaceAllStringFunc(s, stdhtml.UnescapeString)
}

// lineEnds are all characters that end a line.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// tidy removes superfluous blanks, empty lines, and inert characters that entities have hidden.
func tidy(s string) string {
	var out strings.Builder
	empty := 0
	for line := range strings.SplitSeq(Inert(lineEnds.Replace(s)), "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" {
			empty++
			continue
		}
		switch {
		case out.Len() == 0:
		case empty > 0:
			out.WriteString("\n\n")
		default:
			out.WriteByte('\n')
		}
		out.WriteString(line)
		empty = 0
	}
	return out.String()
}

// Types of texts in answers.
type (
	// flexTitle is a text of one line: a title, a name, an address.
	flexTitle string
	// flexText is a text in lines.
	flexText string
	// flexURL is the address of a picture or of a website.
	flexURL string
)

// UnmarshalJSON implements json.Unmarshaler.
func (v *flexTitle) UnmarshalJSON(raw []byte) error {
	var s flexString
	err := s.UnmarshalJSON(raw)
	*v = flexTitle(Line(string(s)))
	return err
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *flexText) UnmarshalJSON(raw []byte) error {
	var s flexString
	err := s.UnmarshalJSON(raw)
	*v = flexText(Text(string(s)))
	return err
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *flexURL) UnmarshalJSON(raw []byte) error {
	var s flexString
	err := s.UnmarshalJSON(raw)
	*v = flexURL(unescape(strings.TrimSpace(string(s))))
	return err
}
