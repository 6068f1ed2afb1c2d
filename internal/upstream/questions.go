package upstream

import (
	"context"
	"encoding/json"
)

// CustomField is a question that the salon asks on its bookform, about the visit or about the customer.
type CustomField struct {
	ID       int
	Code     string // the key of its answer in custom_fields
	Title    string
	Type     string // "text" (up to 255 characters), "number", "select", "date" (2006-01-02), "datetime" (2006-01-02 15:04:05)
	Values   []FieldValue
	Required bool
	OfClient bool // about the customer; otherwise about the visit
}

// FieldValue is an answer that a list offers: Value is sent, Title is shown.
type FieldValue struct{ Value, Title string }

// wireField is a field in any of three forms: as it is, inside "custom_field" (rest-api: "Дополнительные поля"), or in
// "attributes" as in JSON:API (newer servers).
type wireField struct {
	ID         flexInt         `json:"id"`
	Code       flexString      `json:"code"`
	Title      flexTitle       `json:"title"`
	Name       flexTitle       `json:"name"`
	Type       json.RawMessage `json:"type"`
	Values     json.RawMessage `json:"values"`
	Required   flexBool        `json:"required"`
	IsRequired flexBool        `json:"is_required"`
	Entity     flexString      `json:"entity"`
	EntityType flexString      `json:"entity_type"`
	Shown      optBool         `json:"show_in_ui"`
	Editable   optBool         `json:"user_can_edit"`
	Inner      *wireField      `json:"custom_field"`
	Attributes *wireField      `json:"attributes"`
}

func (w wireField) field() (CustomField, bool) {
	for _, inner := range []*wireField{w.Inner, w.Attributes} {
		if inner == nil {
			continue
		}
		if inner.ID == 0 {
			inner.ID = w.ID
		}
		return inner.field()
	}
	f := CustomField{
		ID: int(w.ID), Code: string(w.Code), Title: string(w.Title), Type: word(w.Type, "code"), Values: words(w.Values),
		Required: bool(w.Required) || bool(w.IsRequired),
		OfClient: string(w.Entity) == "client" || string(w.EntityType) == "client",
	}
	if f.Title == "" {
		f.Title = string(w.Name)
	}
	if f.Type == "list" { // the name in the upstream's own widget
		f.Type = "select"
	}
	return f, f.ID > 0 && f.Code != "" && f.Title != "" && w.Shown.on() && w.Editable.on()
}

// word reads a string, or the string under a key of an object.
func word(raw json.RawMessage, key string) string {
	var text flexString
	if len(raw) > 0 && raw[0] != '{' && json.Unmarshal(raw, &text) == nil {
		return string(text)
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) == nil && len(object[key]) > 0 {
		return word(object[key], "")
	}
	return ""
}

// words reads a list of strings, or of objects with titles.
func words(raw json.RawMessage) []FieldValue {
	var list flexList[json.RawMessage]
	if len(raw) == 0 || json.Unmarshal(raw, &list) != nil {
		return nil
	}
	var out []FieldValue
	for _, entry := range list {
		if w := word(entry, "title"); w != "" {
			out = append(out, FieldValue{Value: w, Title: Line(w)})
		}
	}
	return out
}

// CustomFields reads the questions of a bookform, without those that customers may not see or answer. The call is GET
// booking/forms/{id}/custom_fields, which the upstream's own widget makes and rest-api does not describe.
func (c *Client) CustomFields(ctx context.Context, form int) ([]CustomField, error) {
	var w flexList[wireField]
	if err := c.get(ctx, "custom_fields", path("booking", "forms", form, "custom_fields"), nil, &w); err != nil {
		return nil, err
	}
	var out []CustomField
	for _, raw := range w {
		if f, ok := raw.field(); ok {
			out = append(out, f)
		}
	}
	return out, nil
}

// Privacy reads a company's agreement on personal data, as HTML; "" when it has none. The call is GET
// privacy_policy/{company}, which the upstream's own widget makes and rest-api does not describe.
func (c *Client) Privacy(ctx context.Context, company int) (html string, err error) {
	var w struct {
		Agreement struct {
			Content flexString `json:"content"`
		} `json:"agreement"`
	}
	if err := c.get(ctx, "privacy_policy", path("privacy_policy", company), nil, &w); err != nil {
		return "", err
	}
	return string(w.Agreement.Content), nil
}
