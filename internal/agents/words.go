package agents

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// People name days and hours in words, and an assistant may pass the words on as they are. They are understood in the seven
// languages of the widget, whatever language the rest is in.

// Days are days of a salon's calendar, YYYY-MM-DD, both included.
type Days struct{ First, Last string }

// Horizon is for how many days "as soon as possible" looks ahead.
const Horizon = 14

// dayWords are whole phrases, by the days from today that they name.
var dayWords = map[string]int{
	"today": 0, "tonight": 0, "сегодня": 0, "сьогодні": 0, "šodien": 0, "täna": 0, "šiandien": 0, "heute": 0,
	"tomorrow": 1, "завтра": 1, "rīt": 1, "rit": 1, "homme": 1, "rytoj": 1, "morgen": 1,
	"day after tomorrow": 2, "the day after tomorrow": 2, "послезавтра": 2, "післязавтра": 2, "parīt": 2, "ülehomme": 2, "poryt": 2, "übermorgen": 2,
}

// anyDay are phrases that name no day.
var anyDay = []string{
	"soon", "asap", "as soon as possible", "any", "any day", "anytime", "whenever", "soonest", "next available", "now",
	"скоро", "как можно скорее", "в ближайшее время", "ближайшее время", "ближайшие дни", "любой день", "любой", "сейчас",
	"якнайшвидше", "найближчим часом", "будь-який день", "drīz", "cik drīz vien iespējams", "jebkurā dienā", "niipea kui võimalik", "ükskõik",
	"kuo greičiau", "bet kurią dieną", "bald", "so bald wie möglich", "so schnell wie möglich", "egal",
}

// weekdays are the beginnings of the names of days, Monday first; those of two letters must be the whole word.
var weekdays = [7][]string{
	{"mon", "понед", "пн", "pirmdien", "pirmadien", "esmasp"},
	{"tue", "dienstag", "вторн", "вівтор", "вт", "otrdien", "antradien", "teisip"},
	{"wed", "mittwoch", "сред", "серед", "ср", "trešdien", "trečiadien", "kolmap"},
	{"thu", "donnerstag", "четв", "чт", "ceturtdien", "ketvirtadien", "neljap"},
	{"fri", "freitag", "пятн", "п'ятн", "пт", "piektdien", "penktadien", "reede"},
	{"sat", "samstag", "sonnabend", "субб", "субот", "сб", "sestdien", "šeštadien", "laup"},
	{"sun", "sonntag", "воскр", "неділ", "вс", "нд", "svētdien", "sekmadien", "pühap"},
}

var (
	weekend  = []string{"weekend", "выходн", "вихідн", "brīvdien", "nädalavahet", "savaitgal", "wochenend"}
	week     = []string{"week", "недел", "тижн", "тиждень", "nedēļ", "šonedēļ", "nākamnedēļ", "nädal", "savait", "woche"}
	nextWord = []string{"next", "следующ", "наступн", "nākam", "nākošo", "järgm", "kitą", "kitos", "nächst", "kommend"}
)

// inDays matches "in 3 days" and its like; the number comes after the word of the language.
var inDays = regexp.MustCompile(`^(?:in|через|за|pēc|po|pärast)\s+(\d{1,2})\s`)

// dayForms are how days are written in numbers, and yearless matches one without a year.
var (
	dayForms = []string{time.DateOnly, "2.1.2006", "2/1/2006"}
	yearless = regexp.MustCompile(`^(\d{1,2}\.\d{1,2})\.?$`)
)

// ParseDays reads days as people name them, on a day of the salon's calendar. Without words they are the days of Horizon.
func ParseDays(said string, now time.Time) (Days, bool) {
	said = plain(said)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	some := func(first time.Time, count int) (Days, bool) {
		return Days{first.Format(time.DateOnly), first.AddDate(0, 0, count-1).Format(time.DateOnly)}, true
	}
	if said == "" || slices.Contains(anyDay, said) {
		return some(today, Horizon)
	}
	for _, layout := range dayForms {
		if at, err := time.Parse(layout, said); err == nil {
			return some(at, 1)
		}
	}
	if found := yearless.FindStringSubmatch(said); found != nil {
		for year := today.Year(); year <= today.Year()+1; year++ { // the next such day
			at, err := time.Parse("2.1.2006", found[1]+"."+strconv.Itoa(year))
			if err == nil && !at.Before(today) {
				return some(at, 1)
			}
		}
		return Days{}, false
	}
	if n, ok := dayWords[said]; ok {
		return some(today.AddDate(0, 0, n), 1)
	}
	if found := inDays.FindStringSubmatch(said + " "); found != nil {
		n, _ := strconv.Atoi(found[1])
		return some(today.AddDate(0, 0, n), 1)
	}
	return calendarDays(said, today)
}

// calendarDays reads weekdays, weekends and weeks.
func calendarDays(said string, today time.Time) (Days, bool) {
	words := strings.Fields(said)
	says := func(beginnings []string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return begins(word, beginnings) })
	}
	since := (int(today.Weekday()) + 6) % 7 // days since Monday
	monday, coming := today.AddDate(0, 0, -since), says(nextWord)
	if coming {
		monday = monday.AddDate(0, 0, 7)
	}
	span := func(first time.Time, count int) (Days, bool) {
		last := first.AddDate(0, 0, count-1)
		if first.Before(today) {
			first = today
		}
		return Days{first.Format(time.DateOnly), last.Format(time.DateOnly)}, true
	}
	switch {
	case says(weekend):
		return span(monday.AddDate(0, 0, 5), 2)
	case says(week):
		return span(monday, 7)
	}
	for i, names := range weekdays {
		if !says(names) {
			continue
		}
		day := monday.AddDate(0, 0, i)
		if day.Before(today) {
			day = day.AddDate(0, 0, 7)
		}
		return span(day, 1)
	}
	return Days{}, false
}

// begins says whether a word begins like one of some; those of two letters must be the word.
func begins(word string, with []string) bool {
	return slices.ContainsFunc(with, func(beginning string) bool {
		return word == beginning || len([]rune(beginning)) > 2 && strings.HasPrefix(word, beginning)
	})
}

// plain is a phrase in small letters, with single spaces and without a mark at its end.
func plain(said string) string {
	said = strings.NewReplacer("’", "'", "ʼ", "'", "ё", "е", "–", "-", "—", "-").Replace(strings.ToLower(said))
	return strings.TrimRight(strings.Join(strings.Fields(said), " "), ",!?")
}

// Part is a part of a day, since midnight: a visit begins at From or later and before To.
type Part struct{ From, To time.Duration }

// WholeDay is every hour of a day, with those after midnight that are listed under it.
var WholeDay = Part{0, 36 * time.Hour}

// partWords are the parts of a day by the beginnings of the words that name them. The order matters: "after lunch" is no lunch.
var partWords = []struct {
	part  Part
	words []string
}{
	{hours(18, 36), []string{"after work", "после работы", "після роботи", "nach der arbeit", "nach feierabend", "pēc darba", "pärast tööd", "po darbo"}},
	{hours(12, 18), []string{"afternoon", "after lunch", "после обеда", "після обіду", "pēcpusdien", "pärastlõuna", "popiet", "po pietų", "nachmittag"}},
	{hours(0, 12), []string{"before noon", "before lunch", "до обеда", "до обіду", "forenoon", "vormittag", "priekšpusdien", "ennelõuna", "prieš pietus"}},
	{hours(0, 12), []string{"morning", "утро", "утра", "утром", "ранок", "ранку", "вранці", "зранку", "rīt", "hommik", "ryt", "am morgen", "morgens", "früh"}},
	{hours(12, 14), []string{"noon", "midday", "lunch", "полдень", "обед", "обід", "pusdien", "lõuna", "pietus", "per pietus", "mittag"}},
	{hours(17, 36), []string{"evening", "tonight", "вечер", "вечір", "ввечері", "увечері", "vakar", "õhtu", "abend"}},
	{hours(11, 17), []string{"day", "daytime", "днем", "вдень", "дня", "dienā", "päeval", "dieną", "tagsüber"}},
}

func hours(from, to int) Part {
	return Part{time.Duration(from) * time.Hour, time.Duration(to) * time.Hour}
}

var (
	anyPart = []string{"any", "anytime", "any time", "whole day", "all day", "любое время", "любое", "весь день", "будь-який час", "jebkurā laikā", "ükskõik", "bet kada", "bet kuriuo metu", "egal", "jederzeit"}

	clockTime = `(\d{1,2})(?:[:.](\d{2}))?(?:\s*(?:uhr|h|ч|часов|годин|год))?\s*(am|pm|a\.m\.|p\.m\.)?`
	timeRange = regexp.MustCompile(`^(?:between |from |с |со |з |від |von |no |nuo |alates |zwischen )?` + clockTime + `\s*(?:-|to|and|till|until|до|и|й|та|und|bis|līdz|kuni|iki)\s*` + clockTime + `$`)
	timeAfter = regexp.MustCompile(`^(?:after|from|since|not before|later than|после|с|со|от|не раньше|після|з|від|nach|ab|von|pēc|no|pärast|alates|po|nuo)\s+` + clockTime + `$`)
	timeUntil = regexp.MustCompile(`^(?:before|until|till|by|not after|earlier than|до|к|не позже|vor|bis|līdz|pirms|enne|kuni|iki|prieš)\s+` + clockTime + `$`)
	timeAlone = regexp.MustCompile(`^(?:at|around|about|в|во|около|о|об|um|gegen|plkst\.?|ap|kell|apie)?\s*` + clockTime + `$`)
)

// aroundTime is how much later than a named time a visit may begin.
const aroundTime = 30 * time.Minute

// ParsePart reads a part of the day as people name it. Without words it is the whole day.
func ParsePart(said string) (Part, bool) {
	said = plain(said)
	if said == "" || slices.Contains(anyPart, said) {
		return WholeDay, true
	}
	if m := timeRange.FindStringSubmatch(said); m != nil {
		from, okFrom := clockOf(m[1], m[2], or(m[3], m[6]))
		to, okTo := clockOf(m[4], m[5], m[6])
		if m[3] == "" && from >= to { // "11-1 pm"
			from, okFrom = clockOf(m[1], m[2], "")
		}
		return Part{from, to}, okFrom && okTo && from < to
	}
	if m := timeAfter.FindStringSubmatch(said); m != nil {
		from, ok := clockOf(m[1], m[2], m[3])
		return Part{from, WholeDay.To}, ok
	}
	if m := timeUntil.FindStringSubmatch(said); m != nil {
		to, ok := clockOf(m[1], m[2], m[3])
		return Part{0, to}, ok && to > 0
	}
	if m := timeAlone.FindStringSubmatch(said); m != nil {
		at, ok := clockOf(m[1], m[2], m[3])
		return Part{at, at + aroundTime}, ok
	}
	for _, of := range partWords {
		if slices.ContainsFunc(of.words, func(words string) bool { return named(said, words) }) {
			return of.part, true
		}
	}
	return Part{}, false
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// named says whether a phrase has words at the beginning of one of its words.
func named(said, words string) bool {
	before, _, found := strings.Cut(said, words)
	last, _ := utf8.DecodeLastRuneInString(before)
	return found && !unicode.IsLetter(last)
}

func clockOf(hour, minute, half string) (time.Duration, bool) {
	h, _ := strconv.Atoi(hour) // matched as digits
	m, _ := strconv.Atoi(or(minute, "0"))
	switch half = strings.ReplaceAll(half, ".", ""); {
	case half != "" && (h < 1 || h > 12):
		return 0, false
	case half == "pm" && h < 12:
		h += 12
	case half == "am" && h == 12:
		h = 0
	}
	const hoursOfDay, minutesOfHour = 24, 60
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute, h <= hoursOfDay && m < minutesOfHour
}
