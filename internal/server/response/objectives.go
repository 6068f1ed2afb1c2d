package response

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/urls"
)

// What became of a request for a customer's page.
const (
	PageShown   = "shown"
	PageLooking = "looking" // the page says that it has to ask again for what is looked for
	PageFailed  = "failed"  // an error page, whoever's fault it is
	PageRefused = "refused" // a limit held the request back, which strangers can bring about at will
)

// What a press that books is answered with.
const (
	AnswerBooked  = "booked"
	AnswerRefused = "refused" // nothing is booked, and the page says why
	AnswerUnsent  = "unsent"  // nothing is booked, because the upstream or the store did not answer before
	AnswerUnknown = "unknown" // sent, and the outcome is not known yet; the page says so
	AnswerAgain   = "again"   // the form once more, because something has to be given or chosen anew
	AnswerFailed  = "failed"  // an error page
)

// localAnswer and localPage are keys in a request's locals.
type (
	localAnswer struct{}
	localPage   struct{}
)

// SetAnswer notes what a press that books is answered with. A later call overrides an earlier one.
func SetAnswer(c *fiber.Ctx, answer string) { c.Locals(localAnswer{}, answer) }

// BookingAnswer returns what a press that books was answered with, "" for other requests. Err is what the handler returned. An error
// below 500 says that the form was not one of this program's.
func BookingAnswer(c *fiber.Ctx, err error) string {
	answer, _ := c.Locals(localAnswer{}).(string)
	switch {
	case answer == "" || err == nil:
		return answer
	case c.Response().StatusCode() < fiber.StatusInternalServerError:
		return ""
	default:
		return AnswerFailed
	}
}

// SetPageShown notes that an error page is the right answer: the salon, not a fault, is why nothing can be booked.
func SetPageShown(c *fiber.Ctx) { c.Locals(localPage{}, PageShown) }

// PageOutcome returns what became of a request for a customer's page, "" for other requests. A redirect is a part of the way to a page.
func PageOutcome(c *fiber.Ctx) string {
	route, status := c.Route().Path, c.Response().StatusCode()
	of := func(tree string) bool { return strings.HasPrefix(route, tree) }
	html := strings.HasPrefix(string(c.Response().Header.ContentType()), fiber.MIMETextHTML)
	switch {
	case c.Method() != fiber.MethodGet || !of(urls.FormTree) && !of(urls.AccountTree):
		return ""
	case !html && status < fiber.StatusMultipleChoices:
		return "" // a feed, a picture, a calendar
	case c.Locals(localPage{}) != nil:
		return PageShown
	case len(c.Response().Header.Peek(fiber.HeaderRetryAfter)) > 0 && status != fiber.StatusTooManyRequests:
		return PageLooking
	case status == fiber.StatusTooManyRequests:
		return PageRefused
	case status >= fiber.StatusInternalServerError:
		return PageFailed
	default:
		return PageShown
	}
}
