package page

import (
	"time"

	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
)

// WishLink returns the link to the form that asks to be told when a time opens for what is chosen; nil where nobody can be told, and
// where it is not chosen yet what the time is for. The chosen day stays.
func (s *Builder) WishLink(v *Request, choices flow.Choices) *layout.Link {
	if s.Waits == nil || !s.Waits() || v.Company == nil || len(choices.Services) == 0 || len(choices.Basket) > 0 || choices.GroupEvent != 0 || v.Form.GroupEventsOnly || v.Journey.FixesTime() {
		return nil
	}
	choices.Slot = time.Time{}
	return &layout.Link{Title: v.Text.T("widget.wish.offer"), URL: v.PageURL(urls.Wish, 0, choices)}
}
