package guard

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/quota"
	"okoshko/internal/session"
)

// Limits are the configured limits against abuse. Text messages cost the salon money and disturb the owner of a phone, false
// bookings fill the salon's calendar, and the booking API limits the calls of all customers together. 0 is no limit.
type Limits struct {
	SMSPerPhone   int           // a day
	SMSPerAddress int           // an hour; each further message costs a puzzle
	SMSPerSalon   int           // a day
	SMSPrefixes   []string      // numbers that begin so get messages; digits only; none = all
	FormAge       time.Duration // how old a form must be before it has a message sent
	PressAge      time.Duration // how old a page must be before its button books, cancels or moves

	BookingsPerAddress int // an hour, at a salon
	CallsPerAddress    int // calls to the booking API a minute
}

// How often a code may be wrong. There are ten thousand codes of four digits. The session that had a code sent may try
// TriesOfCode times. All other senders share tries of the same code: TriesOfCode from a network, TriesOfCodesOf from
// everywhere in the life of a code, TriesOfDay in a day. A guesser so has less than one chance in a hundred.
const (
	TriesOfCode     = 5
	TriesOfCodesOf  = 25
	TriesOfDay      = 60
	bookingsCounted = time.Hour
)

// BookingLimits returns the limits that a booking counts for. Where no code is asked for, only these keep one address from
// filling a salon's calendar.
func (s *Guard) BookingLimits(c *fiber.Ctx, company int) []quota.Limit {
	return s.Around(c, "bookings-address", "|"+strconv.Itoa(company), s.Limits.BookingsPerAddress, bookingsCounted)
}

// Age waits until a form is as old as Limits.FormAge. A person takes longer to fill the form in, so only a program that
// sends forms as fast as it can notices.
func (s *Guard) Age(c *fiber.Ctx, form session.Token) error {
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
