package shop

import (
	"html"
	"net/url"
	"strings"
)

// page is an answer of the widget, read as a customer reads it: by the page contract.
type page struct {
	url    *url.URL
	status int
	body   string
}

// step is what <main> says that the page is, and kind what is wrong on an error page.
func (p page) step() string { return attribute(p.main(), "data-step") }
func (p page) kind() string { return attribute(p.main(), "data-error") }

func (p page) main() string {
	_, rest, ok := strings.Cut(p.body, "<main")
	if !ok {
		return ""
	}
	tag, _, _ := strings.Cut(rest, ">")
	return tag
}

// tags are the opening tags of a name, without brackets.
func (p page) tags(name string) []string {
	var out []string
	for rest := p.body; ; {
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

// link is a choice: what it stands for and where it leads.
type link struct{ value, href string }

// links are the choices of one kind, in their order, each value once.
func (p page) links(data string) []link {
	var out []link
	seen := map[string]bool{}
	for _, tag := range p.tags("a") {
		if v := attribute(tag, data); has(tag, data) && !seen[v] {
			seen[v] = true
			out = append(out, link{v, attribute(tag, "href")})
		}
	}
	return out
}

// form is the page's one POST form: where it goes and what it holds.
func (p page) form() (action string, values url.Values) {
	values = url.Values{}
	for _, tag := range p.tags("form") {
		if strings.EqualFold(attribute(tag, "method"), "post") {
			action = attribute(tag, "action")
			break
		}
	}
	for _, tag := range p.tags("input") {
		if name := attribute(tag, "name"); name != "" && attribute(tag, "type") == "hidden" {
			values.Set(name, attribute(tag, "value"))
		}
	}
	return action, values
}

func (p page) asks(field string) bool {
	for _, tag := range p.tags("input") {
		if attribute(tag, "name") == field {
			return true
		}
	}
	return false
}
