package guard

import (
	"net"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/i18n"
	"okoshko/internal/server/input"
	"okoshko/internal/session"
	"okoshko/web/templates/pages"
)

// tokenField is the name of the hidden field that holds a form's token.
const tokenField = "wizard"

// Mint makes the token of a form, for the host of the request.
func (s *Guard) Mint(c *fiber.Ctx, t session.Token) (string, error) {
	t.Origin, t.Nonce, t.Issued = s.origin(c), session.NewNonce(), s.Now()
	return s.Sessions.Mint(t)
}

// Token verifies the token of a changing request. The token must be for the bookform, for the act (empty in the wizard), and
// made at the host that the form was sent to.
func (s *Guard) Token(c *fiber.Ctx, bookform int, act string) (session.Token, error) {
	return s.Sessions.VerifyAct(input.Field(c, tokenField), bookform, act, s.origin(c))
}

// Early says whether a form that books, cancels or moves was sent sooner than a person can have read its page. Such a press
// was meant for what stood under the pointer before: it is a double click, or another website has placed the page there. It
// must do nothing, and the page is shown again. A form of another process whose clock is ahead is not early.
func (s *Guard) Early(form session.Token) bool {
	age := s.Now().Sub(form.Issued)
	return age >= 0 && age < s.Limits.PressAge
}

// Press returns what the script of a page needs to ignore early presses in the browser. Only the script knows when the page
// became visible.
func (s *Guard) Press(text *i18n.Localizer) pages.Press {
	if s.Limits.PressAge == 0 {
		return pages.Press{}
	}
	return pages.Press{Millis: int(s.Limits.PressAge / time.Millisecond), Early: text.T("widget.notice.early")}
}

// origin returns the public address, or without one the host of the request: the widget may then have the host names of
// several salons. The port is left out, because cookies do not depend on it either.
func (s *Guard) origin(c *fiber.Ctx) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	host := strings.ToLower(string(c.Request().Host()))
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}
