package i18n

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"okoshko/internal/money"
)

// formats is how a language writes numbers and money, after CLDR. Names of months and days are
// texts and live with the other texts.
type formats struct {
	printer     *message.Printer
	group       string // between thousands
	groupFrom   int    // digits from which there are groups; 0 where numbers are not written like this
	symbolFirst bool   // €12.50 rather than 12,50 €
	decimal     string // sign before the fraction
	habits
}

const noBreak = "\u00a0"

func formatsOf(lang string) formats {
	f := formats{printer: message.NewPrinter(language.Make(Tag(lang))), decimal: ",", habits: habitsOf(lang, "")}
	if lang == "en" {
		f.symbolFirst, f.decimal = true, "."
	}
	f.learn()
	if f.groupFrom != 0 && slices.Contains(longGroups, lang) {
		f.groupFrom = 5
	}
	return f
}

// longGroups are the languages of ours that do not group four digits (minimumGroupingDigits in CLDR, which
// x/text leaves out): 1234 and 12 345.
var longGroups = []string{"et", "lv"}

// learn finds out how the printer groups digits: it is asked for the odd number only, as a page holds
// a hundred.
func (f *formats) learn() {
	sample := f.print(1234567)
	group, _, _ := strings.Cut(strings.TrimPrefix(sample, "1"), "234")
	if sample != "1"+group+"234"+group+"567" {
		return
	}
	f.group, f.groupFrom = group, 4
	if f.print(1234) == "1234" {
		f.groupFrom = 5
	}
}

func (f *formats) print(n int) string {
	return strings.ReplaceAll(f.printer.Sprint(n), "\u202f", noBreak)
}

// Number writes a whole number.
func (l *Localizer) Number(n int) string {
	f := &l.formats
	if n < 0 || f.groupFrom == 0 {
		return f.print(n)
	}
	digits := strconv.Itoa(n)
	if len(digits) < f.groupFrom {
		return digits
	}
	const size = 3
	out := make([]byte, 0, 2*len(digits))
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%size == 0 {
			out = append(out, f.group...)
		}
		out = append(out, digits[i])
	}
	return string(out)
}

// Decimal writes a number with a given number of digits after the decimal sign.
func (l *Localizer) Decimal(v float64, digits int) string {
	return strings.Replace(strconv.FormatFloat(v, 'f', digits, 64), ".", l.formats.decimal, 1)
}

// Money writes an amount, given in hundredths, with the symbol of its currency. A whole amount is written without a fraction.
func (l *Localizer) Money(hundredths int64, symbol string) string {
	return l.withSymbol(l.amount(hundredths), symbol)
}

func (l *Localizer) amount(hundredths int64) string {
	whole, rest := hundredths/100, hundredths%100
	out := l.Number(int(whole))
	if rest != 0 {
		out += l.formats.decimal + fmt.Sprintf("%02d", rest)
	}
	return out
}

func (l *Localizer) withSymbol(amount, symbol string) string {
	switch {
	case symbol == "":
		return amount
	case l.formats.symbolFirst && len([]rune(symbol)) == 1:
		return symbol + amount
	default:
		return amount + noBreak + symbol
	}
}

// Price writes a price with the symbol of its currency: one amount, a range, "from", "up to", "free", or that the salon tells the
// price on request.
func (l *Localizer) Price(p money.Price, symbol string) string {
	high, bounded := p.High()
	switch low := p.Low(); {
	case !p.Named():
		return l.T("widget.price.request")
	case p.IsFree():
		return l.T("widget.price.free")
	case !bounded:
		return strings.TrimSpace(l.T("service.price_from")) + noBreak + l.Money(low, symbol)
	case p.IsExact():
		return l.Money(low, symbol)
	case low == 0:
		return strings.TrimSpace(l.T("service.price_to")) + noBreak + l.Money(high, symbol)
	default:
		return l.ltr(l.withSymbol(l.amount(low)+"–"+l.amount(high), symbol))
	}
}

// Discount says that there is a discount, "" where there is none. The upstream does not say whether prices include it already.
func (l *Localizer) Discount(percent float64) string {
	const whole = 100
	switch {
	case percent <= 0 || math.IsNaN(percent):
		return ""
	case percent > whole: // no percentage
		return l.T("widget.price.discounted")
	}
	digits := 0
	if percent != math.Trunc(percent) {
		digits = 1
	}
	return l.T("widget.price.discount", "percent", l.Decimal(percent, digits))
}

// ltr keeps figures together in a page that runs from right to left, where a range would stand
// with its ends changed.
func (l *Localizer) ltr(s string) string {
	if Dir(l.spoken) == "rtl" {
		return "\u2066" + s + "\u2069" // left-to-right isolate … pop directional isolate
	}
	return s
}

// Duration writes a duration in hours and minutes.
func (l *Localizer) Duration(d time.Duration) string {
	minutes := int(d.Round(time.Minute) / time.Minute)
	var parts []string
	if h := minutes / 60; h > 0 {
		parts = append(parts, l.Number(h)+noBreak+l.T("widget.unit.h"))
	}
	if m := minutes % 60; m > 0 || len(parts) == 0 {
		parts = append(parts, l.Number(m)+noBreak+l.T("widget.unit.min"))
	}
	return strings.Join(parts, " ")
}

// DurationRange writes a duration that depends on the master.
func (l *Localizer) DurationRange(low, high time.Duration) string {
	if from, to := l.Duration(low), l.Duration(high); from != to {
		return l.ltr(from + " – " + to)
	}
	return l.Duration(low)
}

// DateFrom writes a day as seen from another day: without its year where nobody can take it for another year's.
func (l *Localizer) DateFrom(t, now time.Time) string {
	if understood(t, now) {
		return l.Date(t)
	}
	return l.DateYear(t)
}

// Moment writes a day and a time of day for the inside of a sentence, behind "until": "06:00 on Monday 30 November". The day has
// its year where it is far from another day.
func (l *Localizer) Moment(t, now time.Time) string {
	if understood(t, now) {
		return l.date("moment", t)
	}
	return l.date("moment_year", t)
}

// understood says whether a day without its year is understood: from a month ago to just under a year ahead.
func understood(t, now time.Time) bool {
	return t.After(now.AddDate(0, -1, 0)) && t.Before(now.AddDate(1, 0, -1))
}

// date fills one of the language's patterns with the parts of a day.
func (l *Localizer) date(pattern string, t time.Time) string {
	return l.dateWith(pattern, t, "")
}

// dateWith is date with another name for the month that stands alone, unless it is "".
func (l *Localizer) dateWith(pattern string, t time.Time, alone string) string {
	month := t.Month() - 1
	return expand(l.plain["widget.date.pattern."+pattern], func(part string) string {
		switch part {
		case "weekday":
			return l.T(weekdays[t.Weekday()])
		case "day":
			return strconv.Itoa(t.Day())
		case "month":
			return l.T(monthsOf[month])
		case "month_alone":
			if alone != "" {
				return alone
			}
			return l.T(months[month])
		case "month_short":
			return l.T(monthsShort[month])
		case "year":
			return strconv.Itoa(t.Year())
		case "time":
			return l.Time(t)
		}
		return ""
	})
}

// Date writes a day without its year: "Wednesday, 25 November".
func (l *Localizer) Date(t time.Time) string { return l.date("date", t) }

// DayMonth writes a day without its weekday and its year: "25 November".
func (l *Localizer) DayMonth(t time.Time) string { return l.date("day", t) }

// DateYear writes a day in full: "Wednesday, 25 November 2026".
func (l *Localizer) DateYear(t time.Time) string { return l.date("date_year", t) }

// DateShort writes a day in its short form: "25 Nov".
func (l *Localizer) DateShort(t time.Time) string { return l.date("short", t) }

// Month writes a month as a heading: "November 2026".
func (l *Localizer) Month(t time.Time) string { return l.date("month", t) }

// Months writes the months from one day to another as a heading: "November – December 2026", or one month when both days are in
// it.
func (l *Localizer) Months(first, last time.Time) string {
	const dash = noBreak + "– " // no line begins with it
	switch {
	case first.Year() != last.Year():
		return l.Month(first) + dash + l.Month(last)
	case first.Month() != last.Month():
		return l.dateWith("month", first, l.T(months[first.Month()-1])+dash+l.T(months[last.Month()-1]))
	default:
		return l.Month(first)
	}
}

// MonthShort returns the short name of a month: "Nov".
func (l *Localizer) MonthShort(t time.Time) string { return l.T(monthsShort[t.Month()-1]) }

// RelativeDay writes a day as seen from another day: today, tomorrow, or the short form of the date.
func (l *Localizer) RelativeDay(t, now time.Time) string {
	switch t.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		return l.T("today")
	case now.AddDate(0, 0, 1).Format(time.DateOnly):
		return l.T("tomorrow")
	default:
		return l.DateShort(t)
	}
}

// Weekday is a day of the week with its names.
type Weekday struct {
	Day         time.Weekday
	Short, Full string
}

// The keys of days and months, Sunday and January first.
var (
	days          = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	weekdays      = keys("widget.date.weekday.", days)
	weekdaysShort = keys("widget.date.weekday_short.", days)

	numbers     = []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}
	months      = keys("widget.date.month.", numbers)
	monthsOf    = keys("widget.date.month_of.", numbers)
	monthsShort = keys("widget.date.month_short.", numbers)
)

func keys(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = prefix + name
	}
	return out
}

// Weekdays returns the days of the week, beginning with the country's first.
func (l *Localizer) Weekdays() []Weekday {
	out := make([]Weekday, 7)
	for i := range out {
		day := time.Weekday((int(l.formats.weekStart) + i) % 7)
		out[i] = Weekday{Day: day, Short: l.T(weekdaysShort[day]), Full: l.T(weekdays[day])}
	}
	return out
}
