package browse

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Page is an answer of the widget, read as a customer reads it: by the page contract.
type Page struct {
	URL    *url.URL // after redirects
	Status int
	Header http.Header
	Body   string
}

// Step is what <main> says that the page is.
func (p Page) Step() string { return attribute(p.main(), "data-step") }

// Kind is what is wrong, on an error page.
func (p Page) Kind() string { return attribute(p.main(), "data-error") }

func (p Page) main() string {
	_, rest, ok := strings.Cut(p.Body, "<main")
	if !ok {
		return ""
	}
	tag, _, _ := strings.Cut(rest, ">")
	return tag
}

// Refresh is when the page asks again by itself in a browser with scripts, 0 when it does not. (Without scripts it does so after
// twenty seconds.)
func (p Page) Refresh() time.Duration {
	n, _ := strconv.Atoi(attribute(p.main(), "data-again"))
	return time.Duration(n) * time.Second
}

// tags are the opening tags of a name, without brackets.
func (p Page) tags(name string) []string {
	var out []string
	for rest := p.Body; ; {
		i := strings.Index(rest, "<"+name+" ")
		if i < 0 {
			return out
		}
		rest = rest[i+len(name)+2:]
		end := strings.IndexByte(rest, '>')
		if end < 0 {
			return out
		}
		out = append(out, rest[:end])
		rest = rest[end:]
	}
}

// attribute is the value of an attribute in a tag; a bare one has none.
func attribute(tag, name string) string {
	_, rest, ok := strings.Cut(" "+tag, " "+name+`="`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}

func has(tag, name string) bool {
	return strings.Contains(" "+tag+" ", " "+name+" ") || strings.Contains(" "+tag, " "+name+"=")
}

// Link is a choice: what it stands for, where it leads, and how the page relates to that.
type Link struct{ Value, Href, Rel string }

// Choices are the links of one kind, in their order, each value once.
func (p Page) Choices(data string) []Link {
	var out []Link
	seen := map[string]bool{}
	for _, tag := range p.tags("a") {
		if v := attribute(tag, data); has(tag, data) && !seen[v] {
			seen[v] = true
			out = append(out, Link{v, attribute(tag, "href"), attribute(tag, "rel")})
		}
	}
	return out
}

// Cards are the choices of one kind whose cards hold several links: of each card the first link, which goes on. A card whose
// first link leads nowhere is none.
func (p Page) Cards(data string) []Link {
	var out []Link
	for _, card := range strings.Split(p.Body, "<li ")[1:] {
		tag, rest, _ := strings.Cut(card, ">")
		links := Page{Body: rest}.tags("a")
		if !has(tag, data) || len(links) == 0 || attribute(links[0], "href") == "" {
			continue
		}
		out = append(out, Link{attribute(tag, data), attribute(links[0], "href"), attribute(links[0], "rel")})
	}
	return out
}

// Button is a choice that sends the page's form: what it stands for, what it adds, and where it goes.
type Button struct{ Value, Name, Adds, Action string }

// Buttons are the buttons of one kind, in their order.
func (p Page) Buttons(data string) []Button {
	var out []Button
	for _, tag := range p.tags("button") {
		if has(tag, data) {
			out = append(out, Button{attribute(tag, data), attribute(tag, "name"), attribute(tag, "value"), attribute(tag, "formaction")})
		}
	}
	return out
}

// Links are all links of the page, in their order.
func (p Page) Links() []Link {
	var out []Link
	for _, tag := range p.tags("a") {
		if href := attribute(tag, "href"); href != "" {
			out = append(out, Link{Href: href, Rel: attribute(tag, "rel")})
		}
	}
	return out
}

// Robots are the rules that the page gives to robots, in its head and in its headers, in small letters.
func (p Page) Robots() string {
	rules := p.Header.Values("X-Robots-Tag")
	for _, tag := range p.tags("meta") {
		if attribute(tag, "name") == "robots" {
			rules = append(rules, attribute(tag, "content"))
		}
	}
	return strings.ToLower(strings.Join(rules, ","))
}

// Form is the page's one POST form: where it goes and what it holds.
func (p Page) Form() (action string, values url.Values) {
	values = url.Values{}
	action = attribute(p.formTag(), "action")
	for _, tag := range p.tags("input") {
		if name := attribute(tag, "name"); name != "" && attribute(tag, "type") == "hidden" {
			values.Set(name, attribute(tag, "value"))
		}
	}
	return action, values
}

func (p Page) formTag() string {
	for _, tag := range p.tags("form") {
		if strings.EqualFold(attribute(tag, "method"), "post") {
			return tag
		}
	}
	return ""
}

// Asks says whether the page has a field.
func (p Page) Asks(field string) bool {
	for _, tag := range p.tags("input") {
		if attribute(tag, "name") == field {
			return true
		}
	}
	return false
}

// Puzzle says whether the page's form asks for a proof of work.
func (p Page) Puzzle() bool { return has(p.formTag(), "data-puzzle") }

// Solve answers the page's puzzle as its script does, by trying; "" when nothing solves it.
func (p Page) Solve() string {
	tag := p.formTag()
	salt, want := attribute(tag, "data-puzzle"), attribute(tag, "data-want")
	most, _ := strconv.Atoi(attribute(tag, "data-max"))
	for n := range most + 1 {
		answer := strconv.Itoa(n)
		if sum := sha256.Sum256([]byte(salt + answer)); hex.EncodeToString(sum[:]) == want {
			return answer
		}
	}
	return ""
}
