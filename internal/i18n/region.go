package i18n

import (
	"strings"
	"time"
)

// The first day of the week by country, where it is not Monday. Source: CLDR 48, supplemental/supplementalData.xml, weekData.
const (
	fromSunday   = "AG AS BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX MZ NI NP PA PE PH PK PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW"
	fromSaturday = "AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY"
	fromFriday   = "MV"
)

// twelveHours are the countries that count the hours from 1 to 12 in English. Source: CLDR 48, timeData, preferred "h". The
// other languages of the widget count to 24 everywhere.
const twelveHours = "AE AG AS AU BB BH BM BS BT CA DM DZ EG FJ GD GH GM GU GY HK IN IQ JM JO KI KN KW KY LB LC LR LY MH MO MP MW NZ OM PG PH PK PR PS QA SA SB SD SG SL SS SY SZ TC TN TO TT UM US VC VG VI VU YE ZM"

// habits are what a country writes in its own way in all languages that are spoken there.
type habits struct {
	weekStart time.Weekday
	twelve    bool // hours from 1 to 12
}

func habitsOf(lang, region string) habits {
	out := habits{weekStart: time.Monday, twelve: lang == "en" && among(twelveHours, region)}
	switch {
	case among(fromSunday, region):
		out.weekStart = time.Sunday
	case among(fromSaturday, region):
		out.weekStart = time.Saturday
	case among(fromFriday, region):
		out.weekStart = time.Friday
	}
	return out
}

func among(list, region string) bool {
	return len(region) == 2 && strings.Contains(list, region)
}

// In returns the localizer that writes times and weeks as a country does, by its ISO 3166 code. The same localizer and country
// always give the same pointer.
func (l *Localizer) In(region string) *Localizer {
	wanted := habitsOf(l.spoken, region)
	if wanted == l.formats.habits {
		return l
	}
	if known, ok := l.abroad.Load(wanted); ok {
		return known.(*Localizer) //nolint:forcetypeassert // nothing else is stored
	}
	out := *l
	out.formats.habits = wanted
	known, _ := l.abroad.LoadOrStore(wanted, &out)
	return known.(*Localizer) //nolint:forcetypeassert // nothing else is stored
}

// Time writes a time of day: "14:30", or "2:30 PM" where the salon's country does so in the page's language.
func (l *Localizer) Time(t time.Time) string {
	if l.formats.twelve {
		return t.Format("3:04" + noBreak + "PM")
	}
	return t.Format("15:04")
}
