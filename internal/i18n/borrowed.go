package i18n

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// A language without texts in the program takes the upstream's texts, and borrows the missing ones from the fallback language.
// Screen readers and translators of browsers must know which texts are borrowed, wherever on a page they stand. So a borrowed text
// stands between two marks: characters that Unicode reserves for use inside a program, and that occur in no text. When the page has
// been drawn, the marks become elements that name the language.

const borrowedFrom, borrowedTo = "\ufdd0", "\ufdd1"

func borrow(text string) string { return borrowedFrom + text + borrowedTo }

// Returned removes the marks of borrowed texts, for places in which no element can stand.
func Returned(text []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte(borrowedFrom), nil), []byte(borrowedTo), nil)
}

// TellBorrowed turns the marks in a page into elements that name the language of texts that are borrowed from the fallback.
func (l *Localizer) TellBorrowed(page []byte) []byte {
	if !l.partly {
		return page
	}
	opening := `<span lang="` + Tag(l.bundle.fallback) + `" dir="` + Dir(l.bundle.fallback) + `">`
	var out bytes.Buffer
	out.Grow(len(page) + len(page)/8)
	z := html.NewTokenizer(bytes.NewReader(page))
	bare := "" // the element that holds text and no elements
	for {
		switch token := z.Next(); token {
		case html.ErrorToken:
			return out.Bytes()
		case html.TextToken:
			if bare != "" {
				out.Write(Returned(z.Raw()))
				continue
			}
			tell(&out, string(z.Raw()), opening)
		case html.StartTagToken, html.EndTagToken:
			out.Write(Returned(z.Raw()))
			name, _ := z.TagName()
			switch string(name) {
			case "title", "option", "textarea", "script", "style":
				bare = ""
				if token == html.StartTagToken {
					bare = string(name)
				}
			}
		case html.SelfClosingTagToken, html.CommentToken, html.DoctypeToken:
			out.Write(Returned(z.Raw()))
		}
	}
}

// tell writes a piece of text. A borrowed text may contain another one. A borrowed text that was cut off ends with the piece.
func tell(out *bytes.Buffer, text, opening string) {
	depth := 0
	for text != "" {
		i := strings.IndexAny(text, borrowedFrom+borrowedTo)
		if i < 0 {
			break
		}
		out.WriteString(text[:i])
		if strings.HasPrefix(text[i:], borrowedFrom) {
			if depth++; depth == 1 {
				out.WriteString(opening)
			}
		} else if depth > 0 {
			if depth--; depth == 0 {
				out.WriteString("</span>")
			}
		}
		text = text[i+len(borrowedFrom):]
	}
	out.WriteString(text)
	if depth > 0 {
		out.WriteString("</span>")
	}
}
