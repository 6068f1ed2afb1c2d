package snippet

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"okoshko/internal/csp"
	"okoshko/internal/urls"
)

// Verdict says whether a finding is good or bad.
type Verdict string

// The verdicts, from good to bad.
const (
	Good  Verdict = "good"
	Mind  Verdict = "mind"
	Wrong Verdict = "wrong"
)

// Finding is one statement about a page, in English for the operator.
type Finding struct {
	Verdict Verdict
	Text    string
}

// Page is a page of a website, as it was fetched.
type Page struct {
	URL      *url.URL
	HTML     string
	Policies []string // its Content-Security-Policy headers
}

// Find looks for the lines of a widget in a page and says whether they will work.
func Find(p Page, w Widget) []Finding {
	f := finder{page: p, widget: w, policies: slices.Clone(p.Policies)}
	tokens := html.NewTokenizer(strings.NewReader(p.HTML))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return f.conclude()
		case html.StartTagToken, html.SelfClosingTagToken:
			f.start(tokens.Token())
		case html.EndTagToken:
			if t := tokens.Token(); t.Data == Element {
				f.inside = nil
			}
		default:
		}
	}
}

// finder reads a page from its beginning to its end.
type finder struct {
	page     Page
	widget   Widget
	policies []string

	elements []*element
	inside   *element // the one that is open
	frames   int
	links    int
	loaders  int
	tags     bool // a tag manager is there, which may bring the widget later
	found    []Finding
}

type element struct {
	form string
	link bool
}

func (f *finder) say(v Verdict, format string, args ...any) {
	f.found = append(f.found, Finding{v, fmt.Sprintf(format, args...)})
}

func (f *finder) start(t html.Token) {
	attributes := map[string]string{}
	for _, a := range t.Attr {
		if _, twice := attributes[a.Key]; !twice {
			attributes[a.Key] = a.Val
		}
	}
	switch t.Data {
	case Element:
		f.element(attributes)
	case "script":
		f.script(attributes)
	case "iframe":
		f.frame(attributes)
	case "a":
		if u, ours := f.ours(attributes["href"]); ours && f.isForm(u) {
			f.links++
			if f.inside != nil {
				f.inside.link = true
			}
		}
	case "meta":
		if strings.EqualFold(attributes["http-equiv"], csp.Header) {
			f.policies = append(f.policies, attributes["content"])
		}
	}
}

// ours resolves an address of the page and says whether it is the widget's.
func (f *finder) ours(address string) (*url.URL, bool) {
	u, err := f.page.URL.Parse(strings.TrimSpace(address))
	if err != nil {
		return nil, false
	}
	return u, u.Scheme+"://"+u.Host == f.widget.Origin
}

func (f *finder) isForm(u *url.URL) bool { return urls.OfForm(u.Path, f.widget.Form) }

func (f *finder) element(attributes map[string]string) {
	e := &element{form: attributes["form"]}
	f.elements = append(f.elements, e)
	f.inside = e
	switch {
	case e.form == strconv.Itoa(f.widget.Form):
		f.say(Good, "The element <%s> is there for this form.", Element)
	case e.form == "": // then the link inside says whose form it is
	default:
		f.say(Mind, "An element <%s> is for another form, %.20q.", Element, e.form)
	}
	if mode, ok := attributes["mode"]; ok && !isMode(mode) {
		f.say(Wrong, "Its mode is %.20q; there are %s.", mode, strings.Join(Modes(), ", "))
	}
	for _, name := range []string{"service", "master", "company"} {
		if id, ok := attributes[name]; ok && strings.Trim(id, "0123456789,") != "" {
			f.say(Wrong, "Its %s is %.20q, which is no number.", name, id)
		}
	}
}

func (f *finder) script(attributes map[string]string) {
	src, ok := attributes["src"]
	if !ok {
		return
	}
	u, ours := f.ours(src)
	if u != nil && (u.Host == "www.googletagmanager.com" || u.Host == "mc.yandex.ru" && strings.Contains(u.Path, "tag")) {
		f.tags = true
	}
	is, pinned := u != nil, false
	if u != nil {
		is, pinned = urls.ReadLoader(u.Path)
	}
	_, async := attributes["async"]
	_, deferred := attributes["defer"]
	switch {
	case is && !ours:
		f.say(Mind, "A script like ours comes from another host, %.80q; ours is %s.", u.Host, f.widget.Origin+urls.Loader)
		return
	case !ours:
		return
	case !is:
		f.say(Wrong, "A script has the address %.80q, which we do not serve; ours is %s.", u.Path, f.widget.Origin+urls.Loader)
		return
	}
	f.loaders++
	f.say(Good, "The script is there.")
	if !async && !deferred && attributes["type"] != "module" {
		f.say(Mind, "The script has no async, so the page waits for it.")
	}
	if pinned && attributes["integrity"] == "" {
		f.say(Mind, "The script is pinned to a version and has no integrity, which is what pinning is for.")
	}
	if !f.permits(u, attributes["nonce"], csp.ScriptSrcElem, csp.ScriptSrc, csp.DefaultSrc) {
		f.say(Wrong, "The page's own content policy does not let the script run: add %s to script-src.", f.widget.Origin)
	}
}

// needed are what a sandboxed frame must be allowed for a booking to work in it.
var needed = []string{"allow-scripts", "allow-forms", "allow-same-origin", "allow-popups", "allow-popups-to-escape-sandbox", "allow-downloads"}

func (f *finder) frame(attributes map[string]string) {
	u, ours := f.ours(attributes["src"])
	if !ours {
		return
	}
	f.frames++
	if f.isForm(u) {
		f.say(Good, "A frame shows this form.")
	} else {
		f.say(Mind, "A frame shows another page of the widget, %.40q.", u.Path)
	}
	if attributes["title"] == "" {
		f.say(Mind, "The frame has no title, so whoever cannot see it does not learn what it is.")
	}
	if allowed, ok := attributes["sandbox"]; ok {
		for _, need := range needed {
			if !slices.Contains(strings.Fields(allowed), need) {
				f.say(Wrong, "The frame's sandbox lacks %s.", need)
			}
		}
	}
}

func (f *finder) conclude() []Finding {
	mine := func(e *element) bool { return e.form == strconv.Itoa(f.widget.Form) }
	if slices.ContainsFunc(f.elements, func(e *element) bool { return e.form == "" && !e.link }) {
		f.say(Wrong, "An element <%s> has neither a form attribute nor a link to this form inside.", Element)
	}
	switch {
	case len(f.elements) > 0:
		if f.loaders == 0 {
			f.say(Wrong, "The script is not there: add <script async src=%q></script>.", f.widget.Origin+urls.Loader)
		}
		if slices.ContainsFunc(f.elements, func(e *element) bool { return mine(e) && !e.link }) {
			f.say(Mind, "The element has no link to the form inside, so nobody can book until the script runs.")
		}
	case f.loaders > 0:
		f.say(Wrong, "The script is there, and no element <%s> for it.", Element)
	case f.frames == 0 && f.links > 0:
		f.say(Good, "The page links to the form.")
	case f.frames == 0 && f.tags:
		f.say(Mind, "The page has none of our lines. It has a tag manager, which may add them later; this check runs no scripts.")
	case f.frames == 0:
		f.say(Wrong, "The page has none of our lines, as far as can be seen without running its scripts.")
	}
	if f.loaders > 1 {
		f.say(Mind, "The script is there %d times; once is enough.", f.loaders)
	}
	if len(f.elements)+f.frames > 0 {
		if form, err := url.Parse(f.widget.URL()); err == nil && !f.permits(form, "", csp.FrameSrc, csp.ChildSrc, csp.DefaultSrc) {
			f.say(Wrong, "The page's own content policy does not let it frame the form: add %s to frame-src.", f.widget.Origin)
		}
	}
	return f.found
}

// permits says whether every policy of the page lets the page fetch an address, by the first of the directives that a policy
// has.
func (f *finder) permits(u *url.URL, nonce string, directives ...string) bool {
	for _, header := range f.policies {
		for _, policy := range csp.Parse(header) {
			if d, ok := policy.Governing(directives...); ok && !f.listed(d.Sources, u, nonce) {
				return false
			}
		}
	}
	return true
}

// listed says whether sources allow an address. A script that a trusted script brings in may be allowed or not; only a browser
// can tell, so it counts as allowed.
func (f *finder) listed(sources csp.Sources, u *url.URL, nonce string) bool {
	return sources.Match(u, f.page.URL) || slices.ContainsFunc(sources, csp.StrictDynamic.Is) || nonce != "" && slices.Contains(sources, csp.Nonce(nonce))
}
