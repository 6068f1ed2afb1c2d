package page

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/i18n"
	"okoshko/internal/urls"
)

// Texts gives the texts of a language.
type Texts interface {
	Localizer(lang string) *i18n.Localizer
	Present(lang string) *i18n.Localizer // the same without asking whether there is newer wording
	Name(lang string) string             // what a language calls itself
	Languages() []string
}

// WantedLanguage is the language for a page of which no form is known.
func (s *Builder) WantedLanguage(c *fiber.Ctx) string {
	offered := s.Texts.Languages()
	for _, wanted := range []string{c.Query(urls.QueryLang), c.Query(urls.QueryHostLang)} {
		if lang, ok := i18n.Canonical(wanted); ok && slices.Contains(offered, lang) {
			return lang
		}
	}
	return i18n.Match(c.Get(fiber.HeaderAcceptLanguage), offered, offered[0])
}
