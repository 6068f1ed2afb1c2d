package phone

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Place is what a salon says of where it is. Every field may be empty.
type Place struct {
	Country  string // a name in any language, or an ISO 3166 code
	Zone     string // a name of the time zone database
	Currency string // a symbol or an ISO 4217 code
	Phone    string // as the salon wrote it
}

// What each field counts. The country is a field that nobody fills in by the way, but it has a default, so that two others
// that agree overrule it. A currency alone decides only where nothing else is known.
const (
	countsCountry  = 4
	countsPhone    = 3
	countsZone     = 3
	countsReads    = 2 // a phone without a plus that is a number of the country
	countsCurrency = 1
)

// Country is the ISO 3166 code of the country whose numbers people at a place write without a country code; "" when the
// place does not tell. The language of a page says nothing of it.
func Country(p Place) string {
	fields := []struct {
		country string
		counts  int
	}{
		{byName()[folded(p.Country)], countsCountry},
		{byZone()[strings.ToLower(p.Zone)], countsZone},
		{explicit(p.Phone), countsPhone},
		{byCurrency[strings.Trim(strings.ToLower(p.Currency), ". ")], countsCurrency},
	}
	best, most := "", 0
	for _, candidate := range fields {
		votes := 0
		for _, field := range fields {
			if field.country == candidate.country {
				votes += field.counts
			}
		}
		if reads(p.Phone, candidate.country) {
			votes += countsReads
		}
		if candidate.country != "" && votes > most {
			best, most = candidate.country, votes
		}
	}
	if best == "" {
		return shaped(p.Phone)
	}
	return best
}

// reads says whether a line without a plus holds a number of a country.
func reads(line, country string) bool {
	return country != "" && !strings.ContainsFunc(line, isPlus) && ParseLine(line, country).First().Number != ""
}

// explicit is the country of the first number that a salon wrote with a plus.
func explicit(line string) string {
	_, rest, ok := strings.Cut(line, "+")
	if !ok {
		return ""
	}
	for _, part := range ParseLine("+"+rest, "") {
		if part.Number != "" {
			return part.Number.Country()
		}
	}
	return ""
}

// shaped guesses the country from a number without a plus. A number that begins with 8 is written by the plan of Russia;
// any other may be whole and only lack its plus.
func shaped(line string) string {
	digits := asciiDigits(line)
	const whole = 11 // digits; a shorter number is somebody's national one
	switch {
	case len(digits) < whole || len(digits) > maxDigits:
		return ""
	case digits[0] == '8' && len(digits) == whole:
		if _, ok := national(digits, "RU"); ok {
			return "RU"
		}
		return ""
	}
	if n, ok := international(digits); ok {
		return n.Country()
	}
	return ""
}

// byCurrency has the currencies that one country alone uses, as the upstream writes them.
var byCurrency = map[string]string{
	"₽": "RU", "руб": "RU", "р": "RU", "rub": "RU", "₸": "KZ", "тг": "KZ", "kzt": "KZ", "₴": "UA", "грн": "UA", "uah": "UA",
	"br": "BY", "byn": "BY", "бел. руб": "BY", "₾": "GE", "gel": "GE", "֏": "AM", "amd": "AM", "₼": "AZ", "azn": "AZ",
	"сум": "UZ", "so'm": "UZ", "uzs": "UZ", "сом": "KG", "kgs": "KG", "tjs": "TJ", "tmt": "TM", "mdl": "MD",
	"zł": "PL", "pln": "PL", "kč": "CZ", "czk": "CZ", "ft": "HU", "huf": "HU", "ron": "RO", "bgn": "BG", "лв": "BG",
	"₪": "IL", "ils": "IL", "₺": "TR", "try": "TR", "aed": "AE", "₹": "IN", "inr": "IN", "₫": "VN", "vnd": "VN", "฿": "TH", "thb": "TH",
	"₱": "PH", "php": "PH", "₩": "KR", "krw": "KR", "gbp": "GB", "jpy": "JP", "cny": "CN", "brl": "BR", "r$": "BR",
}

// zonesFile lists the zones of each country: zone.tab of the time zone database 2025b with the older names of its zones.
//
//go:embed zones.txt
var zonesFile string

var byZone = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(zonesFile) {
		fields := strings.Fields(line)
		for _, zone := range fields[1:] {
			out[strings.ToLower(zone)] = fields[0]
		}
	}
	return out
})

// spoken are the languages in which the upstream names countries.
var spoken = []string{
	"ru", "en", "uk", "lv", "lt", "et", "de", "pl", "cs", "sk", "hu", "ro", "bg", "sr", "hr", "sl", "el", "tr", "ka", "hy", "az", "kk", "ky", "uz",
	"he", "ar", "fr", "it", "es", "pt", "nl", "fi", "sv", "no", "da", "vi", "th", "ko", "ja", "zh", "mn", "id",
}

// byName has the countries by their names in these languages and in their own, by their codes, and by names that are
// not those of the CLDR.
var byName = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for country := range phonenumbers.GetSupportedRegions() {
		region, err := language.ParseRegion(country)
		if err != nil {
			continue
		}
		out[folded(country)], out[folded(region.ISO3())] = country, country
		for _, lang := range spoken {
			if name := display.Regions(language.Make(lang)).Name(region); name != "" {
				out[folded(name)] = country
			}
		}
	}
	for name, country := range map[string]string{
		"Российская Федерация": "RU", "РФ": "RU", "Russian Federation": "RU", "Белоруссия": "BY", "Республика Беларусь": "BY", "Киргизия": "KG", "Кыргызстан": "KG",
		"Республика Казахстан": "KZ", "Молдавия": "MD", "Молдова": "MD", "Чешская Республика": "CZ", "Czech Republic": "CZ", "Туркмения": "TM", "Южная Корея": "KR",
		"США": "US", "USA": "US", "UK": "GB", "Англия": "GB", "England": "GB", "ОАЭ": "AE", "UAE": "AE", "Эмираты": "AE", "Турция": "TR", "Turkey": "TR", "Грузия": "GE",
	} {
		out[folded(name)] = country
	}
	return out
})

// folded is a name for comparison: its letters alone.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}
