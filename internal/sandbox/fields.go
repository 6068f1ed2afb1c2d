package sandbox

import "net/http"

// customField is a question of a salon's own. None is required, so that every form can be booked
// by whoever fills in the usual fields only.
type customField struct {
	id         int
	code, kind string
	title      string   // key of a text, or the text itself
	values     []string // the same
	entity     string
}

// ownFields are the questions of one form.
var ownFields = map[int][]customField{19: {
	{id: 1, code: "allergies", kind: "text", title: "field.allergies", entity: "client"},
	{id: 2, code: "hair_length", kind: "select", title: "field.hair", values: []string{"field.hair.short", "field.hair.long"}, entity: "record"},
	{id: 3, code: "guests", kind: "number", title: "field.guests", entity: "record"},
	{id: 4, code: "birthday", kind: "date", title: "field.birthday", entity: "client"},
}, streetFormID: streetFields}

// listFields: the form's own questions, JSON:API-like as the newer controllers are.
func listFields(c *call) (reply, error) {
	id, err := c.number("form")
	if err != nil {
		return reply{}, err
	}
	out := list{}
	for _, f := range ownFields[id] {
		values := list{}
		for _, v := range f.values {
			values = append(values, c.text(v))
		}
		out = append(out, object{"type": "custom_field", "id": f.id, "attributes": object{
			"code": f.code, "title": c.text(f.title), "type": f.kind, "values": values, "entity": f.entity, "required": false,
			"show_in_ui": true, "user_can_edit": true,
		}})
	}
	return reply{style: never, data: object{"data": out}}, nil
}

// showPrivacy: the company's agreement on personal data.
func showPrivacy(c *call) (reply, error) {
	at, err := c.location()
	if err != nil {
		return reply{}, err
	}
	if at.licenceExpired {
		return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
	}
	return reply{style: always, data: object{"agreement": object{"content": "<h2>" + c.text("privacy.title") + "</h2><p>" + c.text("privacy.text") + "</p><script>alert(1)</script>"}}}, nil
}
