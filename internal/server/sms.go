package server

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/quota"
	"okoshko/internal/session"
)

// Limits hold abuse back: text messages cost the salon money and a stranger's phone its peace, bookings
// fill its diary, and the booking API answers everybody together only so often. 0 is no limit.
type Limits struct {
	SMSPerPhone   int           // a day
	SMSPerAddress int           // an hour, for a network of neighbours
	SMSPerSalon   int           // a day
	SMSPrefixes   []string      // beginnings of numbers that get messages, digits only; none = all
	FormAge       time.Duration // how old a form must be before it has a message sent

	BookingsPerAddress int // an hour
	CallsPerAddress    int // questions to the booking API a minute
}

// smsLimits are the limits that one message counts for. A phone is one whatever way it is written:
// it is counted as the digits of its international form. One address may use up three fifths of a
// phone's messages and no more, so that its owner, who asks from elsewhere, still gets one.
func (s *Server) smsLimits(c *fiber.Ctx, company int, phone string) []quota.Limit {
	from := neighbours(s.client(c))
	return []quota.Limit{
		{Name: "sms-address", Of: from, Max: s.Limits.SMSPerAddress, Window: time.Hour},
		{Name: "sms-salon", Of: itoa(company), Max: s.Limits.SMSPerSalon, Window: 24 * time.Hour},
		{Name: "sms-pair", Of: from + "|" + phone, Max: (s.Limits.SMSPerPhone*3 + 4) / 5, Window: 24 * time.Hour},
		{Name: "sms-phone", Of: phone, Max: s.Limits.SMSPerPhone, Window: 24 * time.Hour},
	}
}

// How often a code may be wrong. Of the ten thousand codes of four digits somebody who asked for one tries
// five; all who try at a phone, fifteen.
const (
	triesOfCode     = 5
	triesOfCodesOf  = 15
	bookingsCounted = time.Hour
)

// codeLimits are what a try of the code that this wizard asked for uses up. A new code has new tries.
func (w *wizard) codeLimits() []quota.Limit {
	code := w.session.ID + "|" + w.draft.CodeTo + "|" + itoa(int(w.draft.CodeSent.Unix()))
	return []quota.Limit{{Name: "code-wizard", Of: code, Max: triesOfCode, Window: codeLives}, codesOf(w.draft.CodeTo)}
}

// codesOf is what all tries at a phone's codes use up, of those that are asked for to book and of those to sign in:
// the upstream takes one for the other.
func codesOf(phone string) quota.Limit {
	return quota.Limit{Name: "code-phone", Of: phone, Max: triesOfCodesOf, Window: codeLives}
}

// bookingLimits are what a booking uses up. Where no code is asked for, nothing else holds back whoever
// fills a salon's diary from one address.
func (s *Server) bookingLimits(c *fiber.Ctx) []quota.Limit {
	from := s.client(c)
	if unlisted(from) {
		return nil
	}
	return []quota.Limit{{Name: "bookings-address", Of: household(from), Max: s.Limits.BookingsPerAddress, Window: bookingsCounted}}
}

// age waits until a form is as old as a person makes it by filling it in. Nobody notices but a
// program that sends forms as fast as it can.
func (s *Server) age(c *fiber.Ctx, form session.Token) error {
	young := s.Limits.FormAge - s.Now().Sub(form.Issued)
	if young <= 0 {
		return nil
	}
	select {
	case <-time.After(young):
		return nil
	case <-c.UserContext().Done():
		return c.UserContext().Err()
	}
}

// reachable says whether messages may be sent to a number, given as its digits.
func (s *Server) reachable(phone string) bool {
	for _, prefix := range s.Limits.SMSPrefixes {
		if strings.HasPrefix(phone, prefix) {
			return true
		}
	}
	return len(s.Limits.SMSPrefixes) == 0
}
