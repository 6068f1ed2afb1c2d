package catalog

import (
	"context"

	"okoshko/internal/upstream"
)

// Field is a question of a salon's own at the contact step.
type Field = upstream.CustomField

// FieldValue is a value that a list offers.
type FieldValue = upstream.FieldValue

// Fields answers the salon's own questions of a form. It is one call for a form, kept as long as
// the form itself; an upstream that knows no such questions has none.
func (c *Catalog) Fields(ctx context.Context, lang string, form int) ([]Field, error) {
	return cached(ctx, c.cache, about("fields", form).in(lang), c.ages.form, func(ctx context.Context) ([]Field, error) {
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
	return cached(ctx, c.cache, about("privacy", company).in(lang), c.ages.form, func(ctx context.Context) (string, error) {
		raw, err := c.client.In(lang).Privacy(ctx, company)
		if upstream.KindOf(err) == upstream.KindNotFound {
			return "", nil
		}
		return c.sanitise.document(raw), err
	})
}
