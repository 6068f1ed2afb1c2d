package agents

import (
	"slices"
	"strings"
	"time"
)

// Wish is when somebody wants to come.
type Wish struct {
	Days Days
	Part Part
}

// Fits says whether a time that is listed under a day fits the wish. The time carries the salon's zone. A time after midnight is
// listed under the day before and is as many hours later.
func (w Wish) Fits(day string, start time.Time) bool {
	if day < w.Days.First || day > w.Days.Last {
		return false
	}
	hands := time.Duration(start.Hour())*time.Hour + time.Duration(start.Minute())*time.Minute
	if start.Format(time.DateOnly) > day {
		const wholeDay = 24 * time.Hour
		hands += wholeDay
	}
	return hands >= w.Part.From && hands < w.Part.To
}

// Over says whether the wished part of a day has passed. The instant carries the salon's zone.
func (w Wish) Over(day string, now time.Time) bool {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	return day < now.Format(time.DateOnly) || day == now.Format(time.DateOnly) && !midnight.Add(w.Part.To).After(now)
}

// List lists the wish's days, so many at most.
func (w Wish) List(most int) (out []string) {
	day, err := time.Parse(time.DateOnly, w.Days.First)
	if err != nil {
		return nil
	}
	for ; len(out) < most && day.Format(time.DateOnly) <= w.Days.Last; day = day.AddDate(0, 0, 1) {
		out = append(out, day.Format(time.DateOnly))
	}
	return out
}

// Between joins two readings of days: from the first day of one to the last day of the other.
func Between(from, to Days) (Days, bool) {
	return Days{from.First, to.Last}, from.First <= to.Last
}

// Free is a free time of a master; 0 stands for any.
type Free struct {
	Day    string // under which it is listed
	Start  time.Time
	Length time.Duration
	Master int
}

// Choose returns the times that fit a wish, the soonest first. At each time one master is named: where several are free, the one
// who comes first.
func Choose(w Wish, free []Free) []Free {
	fits := slices.DeleteFunc(slices.Clone(free), func(f Free) bool { return !w.Fits(f.Day, f.Start) })
	slices.SortStableFunc(fits, func(a, b Free) int { return a.Start.Compare(b.Start) })
	return slices.CompactFunc(fits, func(a, b Free) bool { return a.Start.Equal(b.Start) })
}

// Spread picks so many of some times that the day is covered, in their order: an assistant offers few, and people differ in
// when they can.
func Spread(times []Free, most int) []Free {
	if len(times) <= most || most < 1 {
		return times
	}
	out := make([]Free, 0, most)
	for i := range most {
		out = append(out, times[i*len(times)/most])
	}
	return out
}

// Affordable says whether a service may cost no more than somebody wants to pay; amounts are in hundredths. A price that is not
// named is unknown, and a service without one stays in the list.
func Affordable(low int64, named bool, most float64) bool {
	const hundredths = 100
	return most <= 0 || !named || float64(low) <= most*hundredths
}

// anyone are words for any specialist.
var anyone = []string{
	"", "0", "any", "anyone", "anybody", "whoever", "any master", "any specialist", "любой", "любая", "любой мастер", "любой специалист", "к любому", "все равно",
	"jebkurš", "jebkurš speciālists", "ükskõik", "ükskõik kes", "bet kuris", "bet kas", "egal", "egal wer", "будь-хто", "будь-який", "будь-який фахівець",
}

// Anyone says whether somebody wants any specialist.
func Anyone(said string) bool { return slices.Contains(anyone, plain(said)) }

// SameName says whether a name is what somebody says: every word of it begins a word of the name, with another ending perhaps.
func SameName(said, name string) bool {
	words := strings.Fields(plain(name))
	wanted := strings.Fields(plain(said))
	for _, word := range wanted {
		if !slices.ContainsFunc(words, func(of string) bool { return strings.HasPrefix(of, stem(word)) }) {
			return false
		}
	}
	return len(wanted) > 0
}

// stem leaves out the last letters of a name's word, by which its cases differ: "к Елене" is Елена.
func stem(word string) string {
	letters := []rune(word)
	const ending, least = 2, 3
	switch {
	case len(letters) > ending+least:
		return string(letters[:len(letters)-ending])
	case len(letters) > least:
		return string(letters[:len(letters)-1])
	default:
		return word
	}
}
