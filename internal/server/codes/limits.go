package codes

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/puzzle"
	"okoshko/internal/quota"
	"okoshko/internal/server/guard"
)

const (
	// provenShare is how many times what an address gets without a puzzle it gets at a salon with puzzles, and
	// provenShareOfAll what it gets at all salons.
	provenShare, provenShareOfAll = 3, 4
	// hoursOfSalon is in how many hours a salon's messages of a day may be used up at the fastest: an attack that lasts
	// an hour leaves some for the rest of the day.
	hoursOfSalon = 6
	// networksOfSalon is how many networks it takes at least to use up what a salon has for an hour.
	networksOfSalon = 3
	// fewMessages are what a salon has for an hour at least, as far as it has them for the day.
	fewMessages = 10
)

// MessageLimit is a limit of messages, and from where on each more costs a puzzle.
type MessageLimit struct {
	quota.Limit
	Free int
}

// messageLimits are the limits that one message counts for, those that its asker alone uses up first. A phone is one
// whatever way it is written: it is counted as the digits of its international form. One network may use up three fifths
// of a phone's messages and no more, so that its owner, who asks from elsewhere, still gets one; nor more than a
// third of what a salon has for an hour.
func (s *Service) messageLimits(c *fiber.Ctx, company int, phone string) []MessageLimit {
	const day, hour = 24 * time.Hour, time.Hour
	salon, address := strconv.Itoa(company), s.Limits.SMSPerAddress
	hourly := min(s.Limits.SMSPerSalon, max(fewMessages, s.Limits.SMSPerSalon/hoursOfSalon))
	var out []MessageLimit
	for _, l := range s.Guard.Within(c, "sms-pair", "|"+phone, (s.Limits.SMSPerPhone*3+4)/5, day) {
		out = append(out, MessageLimit{l, l.Max})
	}
	out = append(out, MessageLimit{quota.Limit{Name: "sms-phone", Of: phone, Max: s.Limits.SMSPerPhone, Window: day}, s.Limits.SMSPerPhone})
	for _, l := range s.Guard.Around(c, "sms-network", "|"+salon, address*provenShare, hour) {
		free := l.Max / provenShare
		if hourly > 0 && l.Max > 0 {
			l.Max = min(l.Max, max(fewMessages/2, hourly/networksOfSalon))
			free = min(free, (l.Max*5+7)/8)
		}
		out = append(out, MessageLimit{l, free})
	}
	for _, l := range s.Guard.Around(c, "sms-address", "", address*provenShareOfAll, hour) {
		out = append(out, MessageLimit{l, l.Max / provenShareOfAll})
	}
	return append(out,
		MessageLimit{quota.Limit{Name: "sms-salon", Of: salon, Max: s.Limits.SMSPerSalon, Window: day}, s.Limits.SMSPerSalon},
		MessageLimit{quota.Limit{Name: "sms-hour", Of: salon, Max: hourly, Window: hour}, hourly / 2})
}

// Level is how hard a puzzle the message costs with which so many are used up; 0 = none. It begins in the last fifth of
// what is free, and grows with each fifth more.
func (l MessageLimit) Level(used int) int {
	easy := (l.Free*4 + 4) / 5
	if l.Max == 0 || used <= easy {
		return 0
	}
	return min(1+(used-easy-1)/max(1, l.Free/5), puzzle.Hardest)
}

// terms are under which a message goes to a phone. Where it costs a puzzle, that stands in the puzzle's place until it is
// solved.
func (s *Service) terms(c *fiber.Ctx, company int, phone string, pending **puzzle.Puzzle) booking.Terms {
	limits := s.messageLimits(c, company, phone)
	t := booking.Terms{Company: company, Phone: phone}
	for _, l := range limits {
		t.Limits = append(t.Limits, l.Limit)
	}
	t.May = func(used []int) bool {
		level := 0
		for i, l := range limits {
			level = max(level, l.Level(used[i]))
		}
		return s.PassPuzzle(c, pending, level)
	}
	return t
}

// CodeTries are what a try of a code uses up that was sent to a phone at a moment, for a session. Who had it sent
// himself is held back by nobody else's misses; a new code has new tries. The upstream takes the codes that are asked for
// to book and those to sign in for one another.
func (s *Service) CodeTries(c *fiber.Ctx, session, phone string, sent time.Time, sentHere bool) []quota.Limit {
	limits := []quota.Limit{{Name: "code-wizard", Of: session + "|" + phone + "|" + strconv.Itoa(int(sent.Unix())), Max: guard.TriesOfCode, Window: CodeLives}}
	if sentHere {
		return limits
	}
	limits = append(limits, s.Guard.Within(c, "code-pair", "|"+phone, guard.TriesOfCode, CodeLives)...)
	return append(limits,
		quota.Limit{Name: "code-phone", Of: phone, Max: guard.TriesOfCodesOf, Window: CodeLives},
		quota.Limit{Name: "code-day", Of: phone, Max: guard.TriesOfDay, Window: 24 * time.Hour})
}
