package i18n

import "github.com/nicksnyder/go-i18n/v2/i18n/template"

// inert is a template parser that runs nothing, so braces in a text of the upstream have no effect. This package fills in the
// parameters itself.
type inert struct{}

// Cacheable implements template.Parser.
func (inert) Cacheable() bool { return true }

// Parse implements template.Parser.
func (inert) Parse(src, _, _ string) (template.ParsedTemplate, error) { return verbatim(src), nil }

type verbatim string

// Execute implements template.ParsedTemplate.
func (v verbatim) Execute(any) (string, error) { return string(v), nil }
