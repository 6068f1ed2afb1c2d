// Package static holds the stylesheet, the enhancement script and the marks of the widget: embedded,
// compressed once at start and addressed by the hash of their content.
package static

import "embed"

//go:embed app.css
var source string

//go:embed app.js favicon.svg
var files embed.FS

// CSS is the stylesheet that every page carries inside one style element. Its bytes are what the
// content security policy's hash is made of.
var CSS = minifyCSS(source)
