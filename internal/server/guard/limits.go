package guard

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/quota"
	"okoshko/internal/session"
)

// Limits hold abuse back: text messages cost the salon money and a stranger's phone its peace, bookings
// fill its diary, and the booking API answers everybody together only so often. 0 is no limit.
type Limits struct {
	SMSPerPhone   int           // a day
	SMSPerAddress int           // an hour, before each more costs a puzzle
	SMSPerSalon   int           // a day
	SMSPrefixes   []string      // beginnings of numbers that get messages, digits only; none = all
	FormAge       time.Duration // how old a form must be before it has a message sent
	PressAge      time.Duration // how old a page must be before its button books, cancels or moves

	BookingsPerAddress int // an hour, at a salon
	CallsPerAddress    int // questions to the booking API a minute
}

// How often a code may be wrong. Of the ten thousand codes of four digits somebody who had one sent tries five. Whoever
// tries a code that another form had sent is one of all who do: of a network there may be five, of everybody
// twenty-five in the life of a code and sixty a day, which leaves a guesser with less than one chance in a hundred.
const (
	TriesOfCode     = 5
	TriesOfCodesOf  = 25
	TriesOfDay      = 60
	bookingsCounted = time.Hour
)

// BookingLimits are what a booking uses up. Where no code is asked for, nothing else holds back whoever
// fills a salon's diary from one address.
func (s *Guard) BookingLimits(c *fiber.Ctx, company int) []quota.Limit {
	return s.Around(c, "bookings-address", "|"+strconv.Itoa(company), s.Limits.BookingsPerAddress, bookingsCounted)
}

// Age waits until a form is as old as a person makes it by filling it in. Nobody notices but a
// program that sends forms as fast as it can.
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
