package codes

import (
	"strings"
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
		Base: base, Action: action, Token: token, Code: s.Code(text, sentTo, sent, wrong),
		Submit: text.T("button.confirm"), ChangeLabel: text.T("login.change_phone_num"),
	}
	view.Typed = true
	if wrong != "" {
		view.Title = page.Correct(text, view.Title)
	}
	return view
}

// Code returns the view of the field for a code that was sent to a phone at a moment.
func (s *Service) Code(text *i18n.Localizer, sentTo string, sent time.Time, wrong string) pages.Code {
	masked := phone.Number(sentTo).Masked()
	view := pages.Code{
		Lives: text.T("widget.code.lives", "length", text.Duration(CodeLives)), ResendLabel: text.T("login.request_new_sms_code"),
		ResendNow: text.T("widget.code.resend_now"),
	}
	view.Sent.Shown = masked
	view.Sent.Before, view.Sent.After, _ = strings.Cut(text.T("widget.code.sent", "phone", masked), masked)
	view.Sent.Spoken = text.T("widget.code.ending", "digits", sentTo[max(0, len(sentTo)-2):])
	if wrong != "" {
		view.Error = text.T(wrong)
	}
	if left := booking.CodeEvery - s.Now().Sub(sent); left > 0 {
		view.ResendIn = int(left.Round(time.Second) / time.Second)
		view.ResendText = text.T("widget.code.resend_in", "seconds", view.ResendIn)
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
