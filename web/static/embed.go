// Package static holds the stylesheet, the scripts and the icons of the widget. They are embedded in the program and compressed
// once. Files are addressed by the hash of their content; the loader, which websites include, is addressed by its version. "make
// generate" makes the folders dist and loader from the stylesheet and the scripts beside this file.
package static

import (
	"embed"
	"strings"
)

//go:embed dist/app.css
var styles string

//go:embed dist/app.js dist/push.js dist/worker.js demo.css favicon.svg
var files embed.FS

//go:embed loader/*.js
var loaders embed.FS

// CSS is the stylesheet, which every page carries in a style element. The hash in the content security policy is made of exactly
// these bytes.
var CSS = strings.TrimSpace(styles)
