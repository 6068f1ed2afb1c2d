package catalog

import (
	"context"

	"okoshko/internal/upstream"
)

// Question is a question of the salon on the contact page (rest-api: custom_fields of a bookform).
type Question = upstream.CustomField

// QuestionOption is an answer that a question with a list offers.
type QuestionOption = upstream.FieldValue

// Questions answers the questions of a bookform. It is one call for a form, kept as long as
// the form itself; an upstream that knows no such questions has none.
func (c *Catalog) Questions(ctx context.Context, lang string, form int) ([]Question, error) {
	return cached(ctx, c.cache, about("fields", form).in(lang), c.ages.bookforms, func(ctx context.Context) ([]Question, error) {
		fields, err := c.client.In(lang).CustomFields(ctx, form)
		if upstream.KindOf(err) == upstream.KindNotFound {
			return nil, nil
		}
		return fields, err
	})
}

// Privacy answers a company's agreement on personal data as sanitised HTML, "" when it has none. It
// is one call, made only for whoever opens the page.
func (c *Catalog) Privacy(ctx context.Context, lang string, company int) (string, error) {
	return cached(ctx, c.cache, about("privacy", company).in(lang), c.ages.bookforms, func(ctx context.Context) (string, error) {
		raw, err := c.client.In(lang).Privacy(ctx, company)
		if upstream.KindOf(err) == upstream.KindNotFound {
			return "", nil
		}
		return c.sanitise.document(raw), err
	})
}
