package codes

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/puzzle"
	"okoshko/internal/server/response"
	"okoshko/internal/session"
)

// ReasonUnreachable says that no messages are sent to numbers that begin like this one.
const ReasonUnreachable booking.Reason = "unreachable"

// Request asks for a text message with a code.
type Request struct {
	Company int
	Phone   string          // digits of its international form
	Name    string          // of the customer; "" when it is not known
	Lang    string          // the upstream's code of the message's language
	Form    session.Token   // of the form that asks
	Puzzle  **puzzle.Puzzle // where the puzzle is put that has to be solved first
	// By has the upstream send the message; nil is the way for booking and signing in.
	By func(context.Context) error
}

// Send has a code sent, within the limits of messages, at most one a minute to a phone, and not for a form that is younger
// than a person makes it. The zero Refusal says that the code was sent. Its reasons are ReasonUnreachable, ReasonPuzzle,
// ReasonWait, ReasonLimit and the upstream's. The error is set when the upstream could not be asked.
func (s *Service) Send(c *fiber.Ctx, r Request) (booking.Refusal, error) {
	if !s.reachable(r.Phone) {
		return booking.Refusal{Reason: ReasonUnreachable}, nil
	}
	if err := s.Guard.Age(c, r.Form); err != nil {
		return booking.Refusal{}, err
	}
	terms := s.terms(c, r.Company, r.Phone, r.Puzzle)
	var refusal booking.Refusal
	var err error
	if r.By == nil {
		refusal, err = s.Desk.SendCode(c.UserContext(), r.Lang, r.Name, terms)
	} else {
		refusal, err = s.Desk.Message(c.UserContext(), terms, r.By)
	}
	if refusal.Reason == booking.ReasonLimit {
		s.Log.Warn("held back", "id", response.RequestID(c), "route", c.Route().Path, "form", r.Form.Form, "reason", refusal.Reason)
	}
	return refusal, err
}

// reachable says whether messages may be sent to a number, given as its digits.
func (s *Service) reachable(phone string) bool {
	for _, prefix := range s.Limits.SMSPrefixes {
		if strings.HasPrefix(phone, prefix) {
			return true
		}
	}
	return len(s.Limits.SMSPrefixes) == 0
}
