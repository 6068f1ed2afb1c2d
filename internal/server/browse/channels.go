package browse

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/maypok86/otter/v2"

	"okoshko/internal/flow"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// A salon shows its windows elsewhere, too: in feeds, in a picture for its stories, in a text for its messengers. They are made of
// the list that the page shows, and cause the calls that the page causes.

// channel is what is free soon, for one of a salon's channels.
type channel struct {
	*page.Request
	public  string // the widget's own origin; "" = it does not know it
	origin  string // of the addresses
	choices flow.Choices
	salon   string
	days    []pages.WindowDay
	unknown bool // nothing is listed, because it is not known what is free
}

// readChannel returns what is free soon. A form that has no page of windows has no channels.
func (s *Handlers) readChannel(c *fiber.Ctx) (*channel, error) {
	v, err := s.Pages.ReadPlace(c, urls.Windows)
	switch {
	case err != nil:
		return nil, err
	case v.ToEvents(flow.Master) || !hasWindows(v.Form, v.Journey):
		return nil, fiber.ErrNotFound
	}
	v.Choices = lookingAround(v)
	ch := &channel{Request: v, public: s.Pages.PublicURL, origin: cmp.Or(s.Pages.PublicURL, c.BaseURL()), choices: v.Choices}
	if v.Company == nil {
		return ch, s.branchDays(c, ch)
	}
	w, err := s.windowsAt(c, v)
	if err != nil {
		return nil, err
	}
	w.group = 0
	var view pages.WindowsPage
	s.windowsOfMasters(c, &view, w)
	ch.choices, ch.salon, ch.days = w.Choices, v.Company.Title, view.Days
	ch.unknown = len(view.Days) == 0 && (!w.known || len(view.Rest) > 0)
	return ch, nil
}

// branchDays fills the days with the branches of a chain, each on the day of its nearest time.
func (s *Handlers) branchDays(c *fiber.Ctx, ch *channel) error {
	companies, err := s.branches(c, ch.Request)
	if err != nil {
		return err
	}
	for _, company := range companies {
		if !company.NextSlot.After(s.Now()) {
			continue
		}
		at := company.NextSlot.In(company.Location)
		date := at.Format(time.DateOnly)
		if n := len(ch.days); n == 0 || ch.days[n-1].Date != date {
			ch.days = append(ch.days, pages.WindowDay{Date: date, Title: dayTitle(ch.Text, at, s.Now().In(company.Location))})
		}
		day := &ch.days[len(ch.days)-1]
		day.Masters = append(day.Masters, pages.WindowMaster{
			ID: company.ID, Name: company.Title, Role: address(company),
			Onward: &layout.Link{Title: fromAbout(ch.Text, at), URL: ch.PageURL(urls.Windows, 0, atBranch(ch.Request, company))},
		})
	}
	ch.unknown = len(ch.days) == 0
	return nil
}

// title returns what the channel is called: the salon, and what it lists.
func (ch *channel) title() string {
	return pages.Join(" · ", ch.salon, ch.Text.T("widget.windows.title"))
}

// address returns the absolute address of the page of windows, or of one of its channels.
func (ch *channel) address(of urls.Page) string { return ch.origin + ch.PageURL(of, 0, ch.choices) }

// id returns an IRI that never changes (RFC 4151), of the list or of something on it.
func (ch *channel) id(parts ...string) string {
	host := ch.origin
	if u, err := url.Parse(ch.origin); err == nil {
		host = u.Hostname()
	}
	path := strings.TrimPrefix(urls.FormPage(ch.Form.ID, urls.Windows), "/")
	if ch.Company != nil {
		path += "/" + strconv.Itoa(ch.Company.ID)
	}
	if len(ch.choices.Services) > 0 {
		services := make([]string, len(ch.choices.Services))
		for i, id := range ch.choices.Services {
			services[i] = strconv.Itoa(id)
		}
		path += "/" + strings.Join(services, "+")
	}
	return "tag:" + host + ",2026:" + strings.Join(append([]string{path}, parts...), "/")
}

// send sends a document of the channel. One that was asked for with choices that are not offered is about this request alone.
func (s *Handlers) send(c *fiber.Ctx, ch *channel, d response.Document) error {
	// Without a configured origin the addresses are those of the host that the request names.
	d.Keep = s.Pages.PublicURL != "" && len(ch.Notices) == 0
	return s.Pages.Response.SendDocument(c, ch.Text, d)
}

const (
	// mostNews is of how many contents it is remembered since when they are as they are.
	mostNews = 4096
	// newsFor is how long that is remembered of contents that nobody asks for.
	newsFor = 48 * time.Hour
)

// news remembers since when contents are as they are. A process knows it since it has first seen them.
type news struct {
	seen *otter.Cache[string, newsOf]
}

type newsOf struct {
	content uint64
	since   time.Time
}

func newNews() news {
	return news{otter.Must(&otter.Options[string, newsOf]{MaximumSize: mostNews, ExpiryCalculator: otter.ExpiryAccessing[string, newsOf](newsFor)})}
}

// since returns since when something has a content.
func (n news) since(id, content string, now time.Time) time.Time {
	sum := xxhash.Sum64String(content)
	seen, _ := n.seen.Compute(id, func(before newsOf, found bool) (newsOf, otter.ComputeOp) {
		if found && before.content == sum && !before.since.After(now) {
			return before, otter.WriteOp
		}
		return newsOf{sum, now}, otter.WriteOp
	})
	return seen.since
}
