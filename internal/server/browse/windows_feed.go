package browse

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/feed"
	"okoshko/internal/i18n"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// ShowWindowsAtom sends the windows as an Atom feed.
func (s *Handlers) ShowWindowsAtom(c *fiber.Ctx) error {
	return s.showFeed(c, feed.AtomType, feed.Feed.Atom)
}

// ShowWindowsJSON sends the windows as a JSON feed.
func (s *Handlers) ShowWindowsJSON(c *fiber.Ctx) error {
	return s.showFeed(c, feed.JSONType, feed.Feed.JSON)
}

// feeds returns the feeds of what a page of windows lists.
func feeds(v *page.Request) (out []layout.Feed) {
	title := v.Text.T("widget.windows.title")
	if v.Company != nil {
		title = pages.Join(" · ", v.Company.Title, title)
	}
	for _, of := range []struct {
		kind string
		page urls.Page
	}{{feed.AtomType, urls.WindowsAtom}, {feed.JSONType, urls.WindowsJSON}} {
		out = append(out, layout.Feed{Type: of.kind, Title: title, URL: v.PageURL(of.page, 0, v.Choices)})
	}
	return out
}

func (s *Handlers) showFeed(c *fiber.Ctx, kind string, write func(feed.Feed) ([]byte, error)) error {
	ch, err := s.readChannel(c)
	if err != nil {
		return err
	}
	f, content, err := s.feedOf(c.UserContext(), ch)
	if err != nil {
		return err
	}
	body, err := write(f)
	if err != nil {
		return err
	}
	// The tag is made of what is free, so that it is the same in every process.
	return s.send(c, ch, response.Document{Type: kind + "; charset=utf-8", Body: body, Content: []byte(kind + content), Modified: f.Updated})
}

// feedOf returns the feed with an entry for each master and day, and what its entries say.
func (s *Handlers) feedOf(ctx context.Context, ch *channel) (f feed.Feed, content string, err error) {
	now := s.Now().UTC()
	if ch.Company != nil {
		now = now.In(ch.Company.Location)
	}
	f = feed.Feed{
		ID: ch.id(), Title: ch.title(), Lang: i18n.Tag(ch.Text.Spoken()), Author: ch.salon, PageURL: ch.address(urls.Windows),
		AtomURL: ch.address(urls.WindowsAtom), JSONURL: ch.address(urls.WindowsJSON),
	}
	if f.Author == "" {
		f.Author = ch.Text.T("widget.snippet.frame")
	}
	var all strings.Builder
	all.WriteString(f.Title)
	for _, day := range ch.days {
		for _, m := range day.Masters {
			e, err := ch.entry(ctx, day, m)
			if err != nil {
				return f, "", err
			}
			said := strings.Join([]string{e.ID, e.Title, e.URL, e.HTML}, "\n")
			all.WriteString(said)
			e.Updated = s.news.since(e.ID+" "+ch.Text.Lang(), said, now).In(now.Location())
			f.Entries = append(f.Entries, e)
		}
	}
	f.Updated = s.news.since(f.ID+" "+f.AtomURL, all.String(), now).In(now.Location())
	return f, all.String(), nil
}

// entry returns what a feed says of a master's day. Its title has no "today", which would be untrue tomorrow.
func (ch *channel) entry(ctx context.Context, day pages.WindowDay, m pages.WindowMaster) (feed.Entry, error) {
	e := feed.Entry{ID: ch.id(strconv.Itoa(m.ID), day.Date), Title: m.Name}
	if date, err := time.Parse(time.DateOnly, day.Date); err == nil {
		e.Title = pages.Join(" · ", ch.Text.Date(date), m.Name)
	}
	m.Slots = absoluteSlots(ch.origin, m.Slots)
	var said []string
	for _, slot := range m.Slots {
		said = append(said, slot.Time)
	}
	if m.Onward != nil {
		m.Onward = &layout.Link{Title: m.Onward.Title, URL: ch.origin + m.Onward.URL}
		said = append(said, m.Onward.Title)
	}
	switch {
	case m.DayURL != "":
		e.URL = ch.origin + m.DayURL
	case m.Onward != nil:
		e.URL = m.Onward.URL
	}
	e.Text = strings.Join(said, ", ")
	var html bytes.Buffer
	if err := pages.WindowEntry(i18n.Dir(ch.Text.Spoken()), m).Render(ctx, &html); err != nil { //nolint:contextcheck // a view is drawn with the context that Render gets
		return e, err
	}
	e.HTML = html.String()
	return e, nil
}

// absoluteSlots returns slots whose addresses begin with an origin.
func absoluteSlots(origin string, slots []pages.Slot) []pages.Slot {
	out := make([]pages.Slot, len(slots))
	for i, slot := range slots {
		out[i] = slot
		out[i].URL = origin + slot.URL
	}
	return out
}
