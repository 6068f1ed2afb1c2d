package page

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/i18n"
	"okoshko/internal/urls"
)

// Texts gives the widget's texts in a language.
type Texts interface {
	Localizer(lang string) *i18n.Localizer
	Present(lang string) *i18n.Localizer // Localizer without asking the upstream for newer wording
	Name(lang string) string             // a language's name in itself
	Languages() []string
}

// WantedLanguage returns the language for a page that belongs to no form.
func (s *Builder) WantedLanguage(c *fiber.Ctx) string {
	offered := s.Texts.Languages()
	for _, wanted := range []string{c.Query(urls.QueryLang), c.Query(urls.QueryHostLang)} {
		if lang, ok := i18n.Canonical(wanted); ok && slices.Contains(offered, lang) {
			return lang
		}
	}
	return i18n.Match(c.Get(fiber.HeaderAcceptLanguage), offered, offered[0])
}
