package layout

import (
	"github.com/a-h/templ"

	"okoshko/internal/urls"
	"okoshko/web/static"
)

// Nothing else in the templates goes to the page unescaped.

// stylesheet is the critical CSS inside its element. The content security policy knows it by the
// hash of static.CSS.
func stylesheet() templ.Component { return styles }

var styles = templ.Raw("<style>" + static.CSS + "</style>")

// Ahead lets a browser that knows speculation rules fetch the next step while the finger is still on
// its link. The server answers only from what it has at hand. The content security policy knows
// it by its hash. Another language is no step.
const Ahead = `{"prefetch":[{"where":{"and":[{"href_matches":{"pathname":"` + urls.FormRoute + `/:step(city|company|service|master|datetime)","search":"*"}},` +
	`{"not":{"selector_matches":".languages a"}}]},"eagerness":"moderate"}]}`

func ahead() templ.Component {
	return templ.Raw(`<script type="speculationrules">` + Ahead + "</script>")
}

// data is what search engines are told. A block of data is no script to a content security policy. The JSON is the server's and has
// no character that could end the element.
func data(json string) templ.Component {
	return templ.Raw(`<script type="application/ld+json">` + json + "</script>")
}

// theme is the salon's look, made by the server from parsed values. Paper has none of it: a black
// form would be printed in a dark page's pale letters.
func theme(css string) templ.Component {
	return templ.Raw(`<style media="screen">` + css + "</style>")
}

// HTML is a text of the salon's with markup. The server has put it through its allow-list; a view
// model's fields for it end in HTML.
func HTML(sanitised string) templ.Component { return templ.Raw(sanitised) }
