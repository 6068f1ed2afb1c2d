package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// formats is how a language writes numbers and money, after CLDR. Names of months and days are
// texts and live with the other texts.
type formats struct {
	printer     *message.Printer
	symbolFirst bool   // €12.50 rather than 12,50 €
	decimal     string // sign before the fraction
	weekStart   time.Weekday
}

const noBreak = "\u00a0"

func formatsOf(lang string) formats {
	f := formats{printer: message.NewPrinter(language.Make(Tag(lang))), decimal: ",", weekStart: time.Monday}
	if lang == "en" {
		f.symbolFirst, f.decimal = true, "."
	}
	return f
}

// Number writes a whole number.
func (l *Localizer) Number(n int) string {
	return strings.ReplaceAll(l.formats.printer.Sprint(n), "\u202f", noBreak)
}

// Decimal writes a number with so many digits after the sign.
func (l *Localizer) Decimal(v float64, digits int) string {
	return strings.Replace(strconv.FormatFloat(v, 'f', digits, 64), ".", l.formats.decimal, 1)
}

// Money writes an amount of hundredths with its currency's symbol; a whole amount without a
// fraction.
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

// MoneyRange writes a price between two amounts of hundredths. No highest price means "from"; no
// price at all is "".
func (l *Localizer) MoneyRange(low, high int64, symbol string) string {
	switch {
	case low <= 0 && high <= 0:
		return ""
	case low <= 0:
		return l.T("service.price_to") + noBreak + l.Money(high, symbol)
	case high <= 0:
		return l.T("service.price_from") + noBreak + l.Money(low, symbol)
	case high <= low:
		return l.Money(low, symbol)
	default:
		return l.ltr(l.withSymbol(l.amount(low)+"–"+l.amount(high), symbol))
	}
}

// ltr keeps figures together in a page that runs from right to left, where a range would stand
// with its ends changed.
func (l *Localizer) ltr(s string) string {
	if Dir(l.lang) == "rtl" {
		return "\u2066" + s + "\u2069" // left-to-right isolate … pop directional isolate
	}
	return s
}

// Duration writes a length in hours and minutes.
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

// Time writes a time of day. All our languages write it with 24 hours for appointments.
func (*Localizer) Time(t time.Time) string { return t.Format("15:04") }

// date fills one of the language's patterns with the parts of a day.
func (l *Localizer) date(pattern string, t time.Time) string {
	month := strconv.Itoa(int(t.Month()))
	return l.T("widget.date.pattern."+pattern,
		"weekday", l.T("widget.date.weekday."+weekdayKeys[t.Weekday()]),
		"day", strconv.Itoa(t.Day()),
		"month", l.T("widget.date.month_of."+month),
		"month_alone", l.T("widget.date.month."+month),
		"month_short", l.T("widget.date.month_short."+month),
		"year", strconv.Itoa(t.Year()),
	)
}

// Date writes a day without its year: "Wednesday, 25 November".
func (l *Localizer) Date(t time.Time) string { return l.date("date", t) }

// DateYear writes a day in full: "Wednesday, 25 November 2026".
func (l *Localizer) DateYear(t time.Time) string { return l.date("date_year", t) }

// DateShort writes a day shortly: "25 Nov".
func (l *Localizer) DateShort(t time.Time) string { return l.date("short", t) }

// Month writes a month as a heading: "November 2026".
func (l *Localizer) Month(t time.Time) string { return l.date("month", t) }

// RelativeDay writes a day as seen from another: today, tomorrow, else shortly.
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

var weekdayKeys = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Weekdays are the days of the week in the language's order.
func (l *Localizer) Weekdays() []Weekday {
	out := make([]Weekday, 7)
	for i := range out {
		day := time.Weekday((int(l.formats.weekStart) + i) % 7)
		out[i] = Weekday{Day: day, Short: l.T("widget.date.weekday_short." + weekdayKeys[day]), Full: l.T("widget.date.weekday." + weekdayKeys[day])}
	}
	return out
}
