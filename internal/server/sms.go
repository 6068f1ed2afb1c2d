package server

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/quota"
	"okoshko/internal/session"
)

// Limits say how many text messages the widget has sent, since each costs the salon money and a
// stranger's phone its peace.
type Limits struct {
	SMSPerPhone   int           // a day
	SMSPerAddress int           // an hour, for a network of neighbours
	SMSPerSalon   int           // a day
	SMSPrefixes   []string      // beginnings of numbers that get messages, digits only; none = all
	FormAge       time.Duration // how old a form must be before it has a message sent
}

// smsLimits are the limits that one message counts for. A phone is one whatever way it is written:
// it is counted as the digits of its international form.
func (s *Server) smsLimits(c *fiber.Ctx, company int, phone string) []quota.Limit {
	return []quota.Limit{
		{Name: "sms-address", Of: neighbours(s.client(c)), Max: s.Limits.SMSPerAddress, Window: time.Hour},
		{Name: "sms-salon", Of: itoa(company), Max: s.Limits.SMSPerSalon, Window: 24 * time.Hour},
		{Name: "sms-phone", Of: phone, Max: s.Limits.SMSPerPhone, Window: 24 * time.Hour},
	}
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
