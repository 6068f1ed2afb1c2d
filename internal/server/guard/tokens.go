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

// Mint makes the token of a form of the page that a request gets.
func (s *Guard) Mint(c *fiber.Ctx, t session.Token) (string, error) {
	t.Origin, t.Nonce, t.Issued = s.origin(c), session.NewNonce(), s.Now()
	return s.Sessions.Mint(t)
}

// Token reads the token of a changing request, which must be of a bookform and, outside the wizard, of one act, and
// made at the host that the form was sent to.
func (s *Guard) Token(c *fiber.Ctx, bookform int, act string) (session.Token, error) {
	return s.Sessions.VerifyAct(input.Field(c, tokenField), bookform, act, s.origin(c))
}

// Early says that a form which books, cancels or moves was sent sooner than anybody can have read its page. Such a
// press was meant for what stood under the pointer before, by a double click or because another site has let the page
// appear there: it does nothing, and the page is shown once more. A form of another process whose clock is ahead is
// not early.
func (s *Guard) Early(form session.Token) bool {
	age := s.Now().Sub(form.Issued)
	return age >= 0 && age < s.Limits.PressAge
}

// Press is what the script of a page needs to hold back such presses where they are made. It alone knows when the
// page came into sight.
func (s *Guard) Press(text *i18n.Localizer) pages.Press {
	if s.Limits.PressAge == 0 {
		return pages.Press{}
	}
	return pages.Press{Millis: int(s.Limits.PressAge / time.Millisecond), Early: text.T("widget.notice.early")}
}

// origin names the host at which a request finds the widget. Where the operator has named no public address, the
// widget may answer to the names of several salons. The port is left out, as cookies leave it out.
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
