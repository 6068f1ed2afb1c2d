package visits

import (
	"okoshko/internal/server/page"
)

// changeEvent tells of a change, "" when it is no news.
func (o *visitPage) changeEvent() string {
	kind := "moved"
	if o.change.Cancels() {
		kind = "cancelled"
	}
	return page.ToJSON(page.EmbedEvent{Type: kind, Data: page.ChangedData{Company: o.Company.ID, Form: o.Form.ID, ID: page.EventID(o.change.ID)}})
}
