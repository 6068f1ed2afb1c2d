// Package locales holds the texts of the widget, one file for each language, in the shape of the
// upstream's i18n endpoint with our own texts under "widget".
package locales

import "embed"

// Files are the languages' files, named by their codes.
//
//go:embed *.json
var Files embed.FS
