package upstream

import (
	"strings"
	"testing"
)

func TestStreet(t *testing.T) {
	t.Run("X1 HTML where text is wanted becomes lines", func(t *testing.T) {
		for raw, want := range map[string]string{
			"<p>Мытьё</p><ul><li>Стрижка</li><li>Укладка</li></ul>Кофе<br/>чай":     "Мытьё\nСтрижка\nУкладка\nКофе\nчай",
			"<div>One</div><div>Two</div><h3>Head</h3>Text":                         "One\nTwo\nHead\nText",
			"One<BR>Two<br />\r\nThree":                                             "One\nTwo\nThree",
			"<p>\n  One\n  word\n</p>\n\n<p>Two</p>":                                "One word\nTwo",
			"One<br><br><br>Two":                                                    "One\n\nTwo",
			"<table><tr><td>Cut</td><td>30</td></tr><tr><td>Wash</td></tr></table>": "Cut 30\nWash",
			"<dl><dt>Cut</dt><dd>short</dd></dl>":                                   "Cut\nshort",
			"line one\n<b>line two</b>":                                             "line one\nline two",
			"plain\r\n\r\n\r\ntext\u2028more":                                       "plain\n\ntext\nmore",
			"<b>wor</b>d":                                                           "word",
			"a<script>alert('<p>')</script>b<style>p{}</style>c":                    "abc",
			"a<!-- comment <p> -->b":                                                "ab",
			"Massage <relax> & <3":                                                  "Massage <relax> & <3",
			"5 < 6":                                                                 "5 < 6",
			"<o:p>Word</o:p>":                                                       "Word",
			"<plaintext>rest":                                                       "<plaintext>rest",
			"<script>never ends":                                                    "",
			"<p":                                                                    "",
		} {
			if got := Text(raw); got != want {
				t.Errorf("Text(%q) = %q, want %q", raw, got, want)
			}
		}
	})
	t.Run("X2 entities are decoded once", func(t *testing.T) {
		for raw, want := range map[string]string{
			"Салон &quot;Окно&quot;":          `Салон "Окно"`,
			"Ножницы &amp; фен":               "Ножницы & фен",
			"&amp;quot;":                      "&quot;",
			"&lt;b&gt;bold&lt;/b&gt;":         "<b>bold</b>",
			"Д&#039;Арт&nbsp;&laquo;А&raquo;": "Д'Арт «А»",
			"R&D, ?a=1&section=2&copy=3":      "R&D, ?a=1&section=2&copy=3",
			"  Стрижка<br>и\tукладка \u00a0":  "Стрижка и укладка",
			"abc&#8238;def&#0;":               "abcdef\ufffd",
			"<b>Окно</b>":                     "Окно",
		} {
			if got := Line(raw); got != want {
				t.Errorf("Line(%q) = %q, want %q", raw, got, want)
			}
		}
		if got, want := string(decode[flexURL](t, `"https://a.example/x?a=1&amp;b=2"`)), "https://a.example/x?a=1&b=2"; got != want {
			t.Errorf("address = %q, want %q", got, want)
		}
	})
}

// FuzzText looks for a text that is no text: one that is not in order, or that a second reading breaks into other lines.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"<p>a</p>b", "&lt;p&gt;", "<textarea><p>x</textarea>y", "a\u2028b", "<a href='<br>'>x</a>", "\xff<li>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		text := Text(raw)
		if strings.TrimSpace(text) != text || strings.Contains(text, "\n\n\n") || strings.ContainsFunc(text, spoils) || strings.ContainsAny(text, "\r\t\u2028") {
			t.Fatalf("Text(%q) = %q", raw, text)
		}
		if line := Line(raw); line != strings.Join(strings.Fields(line), " ") {
			t.Fatalf("Line(%q) = %q", raw, line)
		}
	})
}
