package server

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/urls"
)

// Crawlers, messengers and prefetching browsers ask for pages that no person looks at. The first pages of a form are open
// to them. Other pages are not: combinations of choices have no end, the contact step costs calls that customers need, and
// the page of a visit belongs to its owner.

// robots is the text of /robots.txt. No robot may read private pages. Crawlers may read the pages on which nothing but the
// place is chosen. Messengers may also read a link with choices, because a person has sent it on purpose.
var robots = func() string {
	const everyForm = urls.FormTree + "*/"
	visitors := "Disallow: " + strings.Join([]string{
		urls.LinkTree, urls.AccountTree, urls.WishTree, everyForm + string(urls.Wish), everyForm + string(urls.Contact), everyForm + string(urls.Confirm), everyForm + string(urls.Done), everyForm + string(urls.WidgetVisit),
	}, "\nDisallow: ") + "\n"
	var b strings.Builder
	for _, messenger := range []string{"facebookexternalhit", "Twitterbot", "TelegramBot", "WhatsApp", "Slackbot", "LinkedInBot", "Discordbot", "vkShare"} {
		b.WriteString("User-agent: " + messenger + "\n")
	}
	b.WriteString(visitors + "\nUser-agent: *\n" + visitors + "Disallow: " + everyForm + string(urls.Datetime) + "\n")
	for _, choice := range []string{
		urls.QueryServices, urls.QueryMaster, urls.QueryDate, urls.QuerySlot, urls.QueryEvent, urls.QuerySeats, urls.QueryBasket, urls.QueryThen,
		urls.QueryMonth, urls.QueryDay, urls.QueryService, urls.QueryGroup, urls.QuerySearch, urls.QueryState,
	} {
		b.WriteString("Disallow: /*?" + choice + "=\nDisallow: /*&" + choice + "=\n")
	}
	return b.String()
}()

func (s *Server) showRobots(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	if len(s.Found) == 0 {
		return c.SendString(robots)
	}
	return c.SendString(robots + "\nSitemap: " + s.origin(c) + urls.Sitemap + "\n")
}
