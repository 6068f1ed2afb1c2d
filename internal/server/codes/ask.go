package codes

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/i18n"
	"okoshko/internal/phone"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
)

// CodeLives is how long a code that was sent may still be typed in.
const CodeLives = 10 * time.Minute

// maxCode is the longest code that is passed on, in digits.
const maxCode = 8

// CodePage asks for a code that was sent to a phone at a moment.
func (s *Service) CodePage(base layout.Base, text *i18n.Localizer, action, token, sentTo string, sent time.Time, wrong string) pages.CodePage {
	view := pages.CodePage{
		Base: base, Action: action, Token: token, Phone: phone.Number(sentTo).Masked(),
		Submit: text.T("button.confirm"), ResendLabel: text.T("login.request_new_sms_code"), ChangeLabel: text.T("login.change_phone_num"),
	}
	view.Typed = true
	view.Sent = text.T("widget.code.sent", "phone", view.Phone)
	if wrong != "" {
		view.Error, view.Title = text.T(wrong), page.Correct(text, view.Title)
	}
	if left := booking.CodeEvery - s.Now().Sub(sent); left > 0 {
		view.ResendIn = int(left.Round(time.Second) / time.Second)
		view.ResendText = text.T("widget.code.resend_in", "seconds", view.ResendIn)
	} else {
		view.CanResend = true
	}
	return view
}

// TypedCode is the code of a form, "" when it is none.
func TypedCode(c *fiber.Ctx) string {
	code := account.Digits(input.Field(c, "code"))
	if len(code) > maxCode {
		return ""
	}
	return code
}
