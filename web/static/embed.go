// Package static holds the stylesheet, the scripts and the marks of the widget: embedded, compressed
// once at start and addressed by the hash of their content, or, for the loader that websites carry,
// by its version. "make generate" makes dist and loader from the stylesheet and the scripts beside this file.
package static

import (
	"embed"
	"strings"
)

//go:embed dist/app.css
var styles string

//go:embed dist/app.js demo.css favicon.svg
var files embed.FS

//go:embed loader/*.js
var loaders embed.FS

// CSS is the stylesheet that every page carries inside one style element. Its bytes are what the
// content security policy's hash is made of.
var CSS = strings.TrimSpace(styles)
