package server

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/guard"
	"okoshko/internal/server/input"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// Crawlers, messengers and prefetching browsers ask for pages that no person looks at. The first pages of a form are open
// to them. Other pages are not: combinations of choices have no end, the contact step costs calls that customers need, and
// the page of a visit belongs to its owner.

// robots is the text of /robots.txt. No robot may read private pages. Crawlers may read the pages on which nothing but the
// place is chosen. Messengers may also read a link with choices, because a person has sent it on purpose.
var robots = func() string {
	const everyForm = urls.FormTree + "*/"
	visitors := "Disallow: " + strings.Join([]string{
		urls.LinkTree, urls.AccountTree, everyForm + string(urls.Contact), everyForm + string(urls.Confirm), everyForm + string(urls.Done), everyForm + string(urls.WidgetVisit),
	}, "\nDisallow: ") + "\n"
	var b strings.Builder
	for _, messenger := range []string{"facebookexternalhit", "Twitterbot", "TelegramBot", "WhatsApp", "Slackbot", "LinkedInBot", "Discordbot", "vkShare"} {
		b.WriteString("User-agent: " + messenger + "\n")
	}
	b.WriteString(visitors + "\nUser-agent: *\n" + visitors + "Disallow: " + everyForm + string(urls.Datetime) + "\n")
	for _, choice := range []string{
		urls.QueryServices, urls.QueryMaster, urls.QueryDate, urls.QuerySlot, urls.QueryEvent, urls.QuerySeats, urls.QueryBasket,
		urls.QueryMonth, urls.QueryDay, urls.QueryService, urls.QuerySearch, urls.QueryState,
	} {
		b.WriteString("Disallow: /*?" + choice + "=\nDisallow: /*&" + choice + "=\n")
	}
	return b.String()
}()

func (s *Server) showRobots(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	return c.SendString(robots)
}

// belongsToOne says whether the page of a path belongs to one person: a visit, an account, the end of a booking.
func belongsToOne(path string) bool {
	return urls.IsPrivate(path) || urls.IsDone(path)
}

// answerOnlookers answers an onlooker's request for a page of one person without reading what the page shows. A prefetch is
// refused until the link is pressed; other onlookers get a page with a link and nothing else. The answer does not depend on
// whether there is a visit.
func (s *Server) answerOnlookers(c *fiber.Ctx) error {
	if c.Method() == fiber.MethodPost || !belongsToOne(c.Path()) || !guard.IsOnlooker(c) || c.Method() == fiber.MethodGet && !response.IsPrefetch(c) && c.Query(urls.QueryOpen) != "" {
		return c.Next()
	}
	response.MakePrivate(c)
	switch {
	case response.IsPrefetch(c):
		return c.SendStatus(fiber.StatusTooEarly)
	case c.Method() == fiber.MethodHead:
		c.Status(fiber.StatusOK).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		return nil
	}
	text := s.Texts.Present(s.pages.WantedLanguage(c))
	view := pages.GlancePage{Base: s.pages.Blank(c, text), Text: text.T("widget.glance.text"), Open: text.T("widget.glance.open")}
	view.URL = urls.With(input.Here(c), urls.QueryOpen+"=1")
	view.Heading = text.T("header.record")
	view.Title, view.Step, view.Private = view.Heading, string(urls.Record), true
	return response.Render(c, fiber.StatusOK, pages.GlanceView(view))
}
