package server

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// Crawlers, messengers and browsers that fetch ahead ask for pages that nobody has asked for. They are welcome on the
// first pages of a form. What combines choices has no end, what checks a visit costs a call that a customer needs, and
// what shows a visit is its owner's alone.

// robots is /robots.txt. Pages of one visitor are for no robot. Crawlers keep to the pages on which nothing is chosen
// but the place; messengers may read a link with choices too, because somebody has sent it on purpose.
var robots = func() string {
	const everyForm = urls.FormTree + "*/"
	var visitors string
	for _, path := range []string{
		urls.LinkTree, urls.AccountTree, everyForm + string(urls.Contact), everyForm + string(urls.Confirm), everyForm + string(urls.Done), everyForm + "visit",
	} {
		visitors += "Disallow: " + path + "\n"
	}
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

// previewers are parts of the names, in small letters, under which messengers and crawlers ask for pages.
var previewers = []string{
	"bot/", "bot ", "bot;", "bot)", "bot-", "crawler", "spider", "preview", "facebookexternalhit", "facebookcatalog", "whatsapp", "vkshare", "viber", "embedly",
	"iframely", "slack-img", "kakaotalk-scrap", "unfurl", "snapchat", "pinterest/", "google-pagerenderer", "mail.ru", "zalo",
}

// previews says whether a messenger or a crawler asks, as far as it tells.
func previews(c *fiber.Ctx) bool {
	// There are telephones of this name.
	agent := strings.ReplaceAll(strings.ToLower(c.Get(fiber.HeaderUserAgent)), "cubot", "") + " "
	return slices.ContainsFunc(previewers, func(name string) bool { return strings.Contains(agent, name) })
}

// onlooks says whether a request is no customer's: one that asks for headers alone, ahead of a press, or for a preview.
func onlooks(c *fiber.Ctx) bool { return c.Method() == fiber.MethodHead || isAhead(c) || previews(c) }

// belongsToOne says whether a path shows what belongs to one person: a visit, an account, the end of a booking.
func belongsToOne(path string) bool {
	return urls.IsPrivate(path) || urls.IsDone(path)
}

// glance answers onlookers for a page of one person without looking at what it shows: a browser is told to come when the
// link is pressed, others get a page that says nothing. It is the same whether there is a visit or not.
func (s *Server) glance(c *fiber.Ctx) error {
	if c.Method() == fiber.MethodPost || !belongsToOne(c.Path()) || !onlooks(c) || c.Method() == fiber.MethodGet && !isAhead(c) && c.Query(urls.QueryOpen) != "" {
		return c.Next()
	}
	makePrivate(c)
	switch {
	case isAhead(c):
		return c.SendStatus(fiber.StatusTooEarly)
	case c.Method() == fiber.MethodHead:
		c.Status(fiber.StatusOK).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		return nil
	}
	text := s.Texts.Present(s.wantedLanguage(c))
	page := pages.GlancePage{Base: s.blank(c, text), Text: text.T("widget.glance.text"), Open: text.T("widget.glance.open")}
	page.URL = urls.With(here(c), urls.QueryOpen+"=1")
	page.Heading = text.T("header.record")
	page.Title, page.Step, page.Private = page.Heading, string(urls.Record), true
	return render(c, fiber.StatusOK, pages.GlanceView(page))
}

// placeOnly are the choices of a visit without all that is no place.
func (v *pageRequest) placeOnly() flow.Choices {
	return flow.Choices{City: v.Choices.City, Company: v.Choices.Company, Lang: v.Choices.Lang}
}

// canonical is the address of the page that stands for this one and for all that differ in what is chosen: the page itself
// without choices, or the first one on which something is chosen at this place.
func (s *Server) canonical(v *pageRequest) string {
	place := v.placeOnly()
	separate := v.page == urls.Events || v.item != 0
	atCity, atCompany := v.page == urls.City, v.page == urls.Company
	if atCity {
		place.City = 0
	}
	if atCity || atCompany {
		place.Company, separate = 0, true
	}
	address := v.pageURL(v.page, v.item, place)
	if !separate {
		address = v.next(place)
		if v.toEvents(v.Journey.Next(place)) {
			address = v.pageURL(urls.Events, 0, place)
		}
	}
	return s.PublicURL + address
}

// linkCard is how messengers show a link to a page of a form: the place and where it is, with the form's picture.
func (s *Server) linkCard(v *pageRequest, heading string) *layout.Card {
	card := &layout.Card{Title: v.text.T("widget.snippet.frame"), Description: heading, URL: s.canonical(v), ImageURL: cmp.Or(v.form.HeaderURL, v.form.LogoURL)}
	if s.PublicURL == "" {
		card.URL = "" // a relative one says nothing there
	}
	if v.Company != nil {
		card.Title = join(" · ", v.Company.Title, card.Title)
		card.Description = join(" · ", v.text.T("widget.snippet.link"), v.Company.Address, v.Company.Phone.String())
		card.ImageURL = cmp.Or(card.ImageURL, v.Company.LogoURL)
	}
	if v.item != 0 {
		card.Title = join(" · ", heading, card.Title)
	}
	return card
}
