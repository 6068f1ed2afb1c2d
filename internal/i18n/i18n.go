// Package i18n gives the texts of the widget in the customer's language, with plural forms, and writes dates, times, numbers and
// prices as each language does. Texts come with the program. The upstream has a catalogue of its own; where it has a text for the
// same key, its wording replaces the program's.
package i18n

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// minLeaves is how many texts an upstream tree must hold to be believed: a stub or an error that
// looks like a tree must not replace the words on the page.
const minLeaves = 20

// programBranch is the branch of a tree that holds the program's own texts. A tree of the upstream cannot change them.
const programBranch = "widget"

// Bundle holds the texts of all languages. It is safe for concurrent use: readers work on a snapshot that does not change, and an
// update puts a new snapshot in its place.
type Bundle struct {
	fallback string
	embedded map[string]texts
	dates    map[string]texts // names of months and days in languages without other texts

	mu       sync.Mutex // one update at a time
	upstream map[string]texts

	snapshot atomic.Pointer[snapshot]
	missing  sync.Map // languages and keys that have been reported
	report   func(lang, key string)
}

// snapshot is a state of the catalogue that does not change any more.
type snapshot struct {
	localizers map[string]*Localizer
}

// New reads the program's own texts: one JSON file for each language, named by the language's code, in the shape of the
// upstream's i18n endpoint. Texts that a language lacks are taken from the fallback language.
func New(files fs.FS, fallback string) (*Bundle, error) {
	b := &Bundle{fallback: fallback, embedded: map[string]texts{}, upstream: map[string]texts{}, report: func(string, string) {}}
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("i18n: %w", err)
	}
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("i18n: %w", err)
		}
		t, err := flatten(raw)
		if err != nil {
			return nil, fmt.Errorf("i18n: %s: %w", name, err)
		}
		b.embedded[strings.TrimSuffix(name, ".json")] = t
	}
	if b.dates, err = readDates(); err != nil {
		return nil, err
	}
	if _, ok := b.embedded[fallback]; !ok {
		return nil, fmt.Errorf("i18n: no texts for the fallback language %q", fallback)
	}
	return b, b.rebuild()
}

// OnMissing sets what is told of a text that a language lacks and the fallback language too, once for each language and key.
// OnMissing must be called before the bundle is used.
func (b *Bundle) OnMissing(report func(lang, key string)) { b.report = report }

// Languages returns the codes of the languages that come with the program, the fallback first.
func (b *Bundle) Languages() []string {
	codes := slices.Sorted(maps.Keys(b.embedded))
	codes = slices.DeleteFunc(codes, func(c string) bool { return c == b.fallback })
	return append([]string{b.fallback}, codes...)
}

// Speaks returns the language of the program's own texts on a page in a language: that language if it comes with the program,
// otherwise the fallback.
func (b *Bundle) Speaks(lang string) string {
	if _, ok := b.embedded[lang]; ok {
		return lang
	}
	return b.fallback
}

// errTooFew says that a tree is too small to be a catalogue.
var errTooFew = errors.New("i18n: too few texts to be a catalogue")

// Update lays a tree of the upstream's texts over the program's texts of a language. A tree that cannot be read or is too small
// changes nothing.
func (b *Bundle) Update(lang string, tree []byte) error {
	t, err := flatten(tree)
	if err != nil {
		return err
	}
	if t.size() < minLeaves {
		return errTooFew
	}
	t.drop(programBranch + ".")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.upstream[lang] = t
	return b.rebuild()
}

// rebuild makes a new snapshot of everything.
func (b *Bundle) rebuild() error {
	bundle := goi18n.NewBundle(language.Make(b.fallback))
	codes := map[string]bool{}
	for _, layer := range []map[string]texts{b.embedded, b.upstream} { // the later wins, key by key
		for code, t := range layer {
			codes[code] = true
			if err := bundle.AddMessages(language.Make(Tag(code)), t.messages(code)...); err != nil {
				return fmt.Errorf("i18n: %s: %w", code, err)
			}
		}
	}
	s := &snapshot{localizers: map[string]*Localizer{}}
	fallback := b.plain(b.fallback, nil)
	borrowed := map[string]string{}
	for key, text := range fallback {
		borrowed[key] = borrow(text)
	}
	for code := range codes {
		l := &Localizer{
			lang: code, spoken: code, bundle: b, of: s, known: new(sync.Map), abroad: new(sync.Map), plural: goi18n.NewLocalizer(bundle, Tag(code), Tag(b.fallback)),
			plain: b.plain(code, fallback), formats: formatsOf(code),
		}
		if _, whole := b.embedded[code]; !whole {
			l.partly, l.plain, l.counts = true, b.plain(code, borrowed), b.upstream[code].plural
		}
		s.localizers[code] = l
	}
	b.snapshot.Store(s)
	return nil
}

// plain is a language's texts without plural forms: the upstream's over its own over the fallback's. CLDR's dates are under its
// own.
func (b *Bundle) plain(code string, under map[string]string) map[string]string {
	out := maps.Clone(under)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, b.dates[code].plain)
	if _, whole := b.embedded[code]; !whole {
		for key, theirs := range standIns {
			if text := b.upstream[code].plain[theirs]; text != "" {
				out[key] = text
			}
		}
	}
	maps.Copy(out, b.embedded[code].plain)
	maps.Copy(out, b.upstream[code].plain)
	return out
}

// standIns are texts of the upstream's pages that come nearest to texts of ours. In a language without texts in the program they
// are better than texts in another language.
var standIns = map[string]string{
	"widget.title.company": "header.select_company", "widget.title.contact": "header.input_personal", "widget.title.datetime": "header.select_date",
	"widget.title.master": "header.select_master", "widget.title.service": "header.select_service",
	"widget.master.any": "master.any_master", "widget.master.anyone": "master.any_master", "widget.contact.name": "confirm.first_name",
	"widget.record.repeat": "header.booking_again", "widget.record.another": "record.create_new_record", "widget.done.details": "record.show_details", "widget.done.details_none": "record.show_details",
	"widget.event.title": "group_booking.group_booking", "widget.datetime.empty_day": "master.no_record_new",
	"widget.summary.master": "record.master", "widget.summary.service": "record.services",
}

// Localizer returns the present texts of a language. A language without texts gets those of the fallback.
func (b *Bundle) Localizer(lang string) *Localizer {
	s := b.snapshot.Load()
	if l, ok := s.localizers[lang]; ok {
		return l
	}
	l := *s.localizers[b.fallback]
	if code, ok := Canonical(lang); ok {
		l.lang = code
	}
	return &l
}

// Present is the same as Localizer: a bundle asks the upstream for nothing by itself.
func (b *Bundle) Present(lang string) *Localizer { return b.Localizer(lang) }

// Localizer gives the texts and formats of one language. It does not change and is safe for concurrent use. A request takes one
// at its beginning and uses it to its end, so a page has one wording.
type Localizer struct {
	lang    string
	spoken  string                       // the language of the texts
	partly  bool                         // some texts are the fallback's
	counts  map[string]map[string]string // of such a language: its own plural texts
	bundle  *Bundle
	of      *snapshot
	plural  *goi18n.Localizer
	known   *sync.Map // plural texts of small numbers, by count
	abroad  *sync.Map // localizers with the habits of a country, by habits
	plain   map[string]string
	formats formats
}

// Lang returns the code of the language that was asked for.
func (l *Localizer) Lang() string { return l.lang }

// Spoken returns the code of the language that the texts are in: the fallback's code where the language has no texts.
func (l *Localizer) Spoken() string { return l.spoken }

// Name returns a language's own name for itself, such as "Deutsch".
func (b *Bundle) Name(lang string) string {
	if b.Speaks(lang) == lang {
		return b.Localizer(lang).T("widget.language")
	}
	return Name(lang)
}

// Current says whether no update has changed any wording since the Localizer was made.
func (l *Localizer) Current() bool { return l.bundle.snapshot.Load() == l.of }

// T returns the text of a key with its parameters put in; args alternate names and values. A missing text is "", so that the
// rest of the page can be shown, and is reported to OnMissing.
func (l *Localizer) T(key string, args ...any) string {
	text, ok := l.plain[key]
	if !ok {
		l.lacks(key)
		return ""
	}
	return fill(text, args)
}

// N returns the plural form of a key's text that belongs to a number. The number is put in as the parameter "count".
func (l *Localizer) N(key string, n int, args ...any) string {
	text := l.counted(key, n)
	if text == "" {
		l.lacks(key)
		return ""
	}
	return fill(text, append([]any{"count", l.Number(n)}, args...))
}

// small are the numbers that pages are full of. Their texts are looked for once, which takes the library
// some ten microseconds.
const small = 100

type count struct {
	key string
	n   int
}

func (l *Localizer) counted(key string, n int) string {
	if text, ok := l.known.Load(count{key, n}); ok {
		return text.(string) //nolint:forcetypeassert // nothing else is stored
	}
	// A fallback's text comes with an error; the text is what matters.
	text, _ := l.plural.Localize(&goi18n.LocalizeConfig{MessageID: key, PluralCount: n, TemplateParser: inert{}})
	if _, translated := l.counts[key]; l.partly && !translated && text != "" {
		text = borrow(text)
	}
	if n >= 0 && n < small && text != "" {
		l.known.Store(count{key, n}, text)
	}
	return text
}

func (l *Localizer) lacks(key string) {
	if _, known := l.bundle.missing.LoadOrStore(l.lang+"|"+key, true); !known {
		l.bundle.report(l.lang, key)
	}
}

// fill puts parameters, given as names and values, in their places. A place without a value stays empty.
func fill(text string, args []any) string {
	return expand(text, func(name string) string {
		for i := 0; i+1 < len(args); i += 2 {
			if args[i] != name {
				continue
			}
			switch value := args[i+1].(type) {
			case string:
				return value
			case int:
				return strconv.Itoa(value)
			default:
				return fmt.Sprint(value)
			}
		}
		return ""
	})
}

// Linked takes a text apart whose link stands in brackets: what stands before it, the link's own text, and the rest. A text
// without brackets has no link. The parts of a borrowed text are borrowed.
func Linked(text string) (before, link, after string) {
	before, rest, found := strings.Cut(text, "[")
	link, after, closed := strings.Cut(rest, "]")
	if !found || !closed {
		return text, "", ""
	}
	if strings.HasPrefix(before, borrowedFrom) {
		return before + borrowedTo, borrow(link), borrowedFrom + after
	}
	return before, link, after
}

// expand puts values in the place of <%- name %>. The text is never run as a template: what the
// upstream sends may hold anything. The full stop of an abbreviation ends the sentence as well: "10 min." gets no second one.
func expand(text string, value func(name string) string) string {
	if !strings.Contains(text, "<%") {
		return text
	}
	var out strings.Builder
	out.Grow(2 * len(text))
	for {
		before, rest, found := strings.Cut(text, "<%")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, after, closed := strings.Cut(rest, "%>")
		if !closed {
			out.WriteString("<%" + rest)
			return out.String()
		}
		put := value(strings.TrimSpace(strings.TrimLeft(name, "-=")))
		if strings.HasSuffix(put, ".") && !strings.HasPrefix(after, "..") {
			after = strings.TrimPrefix(after, ".")
		}
		out.WriteString(put)
		text = after
	}
}

// texts is a flattened tree: plain texts and plural texts by their dotted key.
type texts struct {
	plain  map[string]string
	plural map[string]map[string]string
}

func (t texts) size() int { return len(t.plain) + len(t.plural) }

func (t texts) drop(prefix string) {
	maps.DeleteFunc(t.plain, func(k, _ string) bool { return strings.HasPrefix(k, prefix) })
	maps.DeleteFunc(t.plural, func(k string, _ map[string]string) bool { return strings.HasPrefix(k, prefix) })
}

// messages are the plural texts of a language, for the library that chooses among their forms. It says
// nothing at all where a form is missing, and the upstream knows three at most: of 1, of 2 to 4, of 5 and more.
func (t texts) messages(lang string) []*goi18n.Message {
	out := make([]*goi18n.Message, 0, len(t.plural))
	for key, forms := range t.plural {
		forms = maps.Clone(forms)
		// "Other" is what fractions take, and 2 to 4 with them; in Lithuanian it is 10 to 20.
		other := cmp.Or(forms["other"], forms["few"], forms["many"], forms["one"])
		if lang == "lt" {
			other = cmp.Or(forms["other"], forms["many"], other)
		}
		forms["other"] = other
		// "Zero" is 0 and 10 to 20 where it is a form.
		forms["zero"] = cmp.Or(forms["zero"], forms["many"], other)
		for _, form := range cldr {
			forms[form] = cmp.Or(forms[form], other)
		}
		out = append(out, &goi18n.Message{
			ID: key, Zero: forms["zero"], One: forms["one"], Two: forms["two"],
			Few: forms["few"], Many: forms["many"], Other: forms["other"],
		})
	}
	return out
}

// flatten turns a tree into texts. An empty leaf counts as missing. An object whose keys are all
// plural forms is one text; the upstream's two own ways of writing plurals are such objects too.
func flatten(raw []byte) (texts, error) {
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return texts{}, errors.New("i18n: not a tree of texts")
	}
	t := texts{plain: map[string]string{}, plural: map[string]map[string]string{}}
	t.walk("", tree, 0)
	return t, nil
}

// maxDepth is far deeper than any real tree.
const maxDepth = 20

func (t texts) walk(prefix string, node map[string]any, depth int) {
	if depth > maxDepth {
		return
	}
	if forms, ok := pluralForms(node); ok {
		t.plural[strings.TrimSuffix(prefix, ".")] = forms
	}
	for key, value := range node {
		// Months are numbered 1 to 7, "08", "09", 10 to 12: the quirk of a PHP array.
		if len(key) == 2 && key[0] == '0' {
			key = key[1:]
		}
		switch v := value.(type) {
		case string:
			if v = spoken(v); strings.TrimSpace(v) != "" {
				t.plain[prefix+key] = v
			}
		case map[string]any:
			t.walk(prefix+key+".", v, depth+1)
		}
	}
}

// The upstream's texts have line breaks, and a translator's entities and elements now and then. A page would show them as
// they are written. Places of parameters, <%- name %>, are no elements.
var (
	lineBreak = regexp.MustCompile(`(?i)\s*<br\s*/?>\s*`)
	element   = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)
)

// marked tells whether a text may have an element or an entity in it. Most have at most places of parameters.
func marked(text string) bool {
	return strings.Contains(text, "&") || strings.Count(text, "<") > strings.Count(text, "<%")
}

// spoken is a text as it is said: entities are decoded once.
func spoken(text string) string {
	if !marked(text) {
		return text
	}
	text = element.ReplaceAllString(lineBreak.ReplaceAllString(text, "\n"), "")
	return entities.ReplaceAllStringFunc(text, html.UnescapeString)
}

var (
	cldr = []string{"zero", "one", "two", "few", "many", "other"}
	// cases: 1 балл, 2 балла, 5 баллов; an accusative may stand beside.
	cases = map[string]string{"nominative": "one", "genitive": "few", "plural-genitive": "many", "accusative": ""}
	// counts: "1" филиал, "2" филиала, "3" филиалов.
	counts = map[string]string{"1": "one", "2": "few", "3": "many"}
)

// pluralForms reads an object as a plural text, in any of the three ways.
func pluralForms(node map[string]any) (map[string]string, bool) {
	if len(node) == 0 {
		return nil, false
	}
	forms, some := map[string]string{}, false
	for key, value := range node {
		text, ok := value.(string)
		if !ok {
			return nil, false
		}
		if text = spoken(text); strings.TrimSpace(text) == "" {
			text = ""
		}
		some = some || text != ""
		switch {
		case slices.Contains(cldr, key):
			forms[key] = text
		case cases[key] != "":
			forms[cases[key]] = text
		case key == "accusative":
		case len(node) == len(counts) && counts[key] != "":
			forms[counts[key]] = text
		default:
			return nil, false
		}
	}
	return forms, some
}
