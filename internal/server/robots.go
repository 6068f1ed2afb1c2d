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

// Crawlers, messengers and browsers that fetch ahead ask for pages that nobody has asked for. They are welcome on the
// first pages of a form. What combines choices has no end, what checks a visit costs a call that a customer needs, and
// what shows a visit is its owner's alone.

// robots is /robots.txt. Pages of one visitor are for no robot. Crawlers keep to the pages on which nothing is chosen
// but the place; messengers may read a link with choices too, because somebody has sent it on purpose.
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

// belongsToOne says whether a path shows what belongs to one person: a visit, an account, the end of a booking.
func belongsToOne(path string) bool {
	return urls.IsPrivate(path) || urls.IsDone(path)
}

// answerOnlookers answers onlookers for a page of one person without looking at what it shows: a browser is told to come when the
// link is pressed, others get a page that says nothing. It is the same whether there is a visit or not.
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
