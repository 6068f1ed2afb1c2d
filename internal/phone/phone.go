// Package phone reads and writes telephone numbers: those that customers type, and the line in which a salon says how to
// call it. A number that does not say its country is the salon's country's or none: guessing another one books a
// stranger's phone. The package is pure.
package phone

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// Number is a number as the upstream wants it: E.164 without the plus. "" is none.
type Number string

// maxDigits is the longest that a number with a way of dialling abroad can be: E.164 has 15 digits, "8~10" stands before.
const maxDigits = 18

// Parse reads a number as people in a country (ISO 3166, "" when it is not known) type it. With +, 00 or 8~10 it may be any
// country's, else it is that country's own. The library takes letters for the digits that telephones once had them on, so
// that "OOO" is 666: who typed a letter has typed no number. An extension is no phone that gets a text message.
func Parse(raw, country string) (Number, bool) {
	const link = "tel:" // as a number is copied from a page
	raw = strings.TrimSpace(raw)
	if len(raw) > len(link) && strings.EqualFold(raw[:len(link)], link) {
		raw = raw[len(link):]
	}
	if strings.ContainsFunc(raw, unicode.IsLetter) || strings.ContainsAny(raw, ";,#*:") || strings.Count(raw, "/") > 1 {
		return "", false // words, an extension, or a second number
	}
	if n, ok := read(raw, country); ok {
		return n, true
	}
	return foreign(raw, country)
}

// foreign reads a number that names another country and has a length that numbers of that country have. Numbering plans
// grow faster than libraries, and who types a country's code means it.
func foreign(raw, country string) (Number, bool) {
	digits := asciiDigits(raw)
	if at := strings.IndexFunc(raw, isPlus); at >= 0 && asciiDigits(raw[:at]) != "" {
		return "", false
	} else if rest, ok := strings.CutPrefix(digits, "00"); ok {
		digits = rest
	} else if rest, ok := strings.CutPrefix(digits, "810"); ok && at < 0 && dialsOutBy810[country] {
		digits = rest
	} else if at < 0 {
		return "", false
	}
	number, err := phonenumbers.Parse("+"+digits, "")
	if err != nil || int(number.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(country) || number.GetExtension() != "" {
		return "", false
	}
	if phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE {
		return "", false
	}
	n := e164(number)
	const longest = 15 // digits of E.164
	if again, ok := n.parsed(); !ok || e164(again) != n || len(n) > longest {
		return "", false // zeros alone read as fewer of them
	}
	return n, true
}

// read reads a number without letters that is known to be valid.
func read(raw, country string) (Number, bool) {
	digits := asciiDigits(raw)
	if len(digits) > maxDigits || digits == "" {
		return "", false
	}
	if at := strings.IndexFunc(raw, isPlus); at >= 0 {
		if asciiDigits(raw[:at]) != "" {
			return "", false
		}
		return withPlus(raw[at:], digits, country)
	}
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		return international(rest)
	}
	if rest, ok := strings.CutPrefix(digits, "810"); ok && (dialsOutBy810[country] || strings.Contains(raw, "~")) {
		if n, ok := international(rest); ok {
			return n, true
		}
	}
	return national(digits, country)
}

// dialsOutBy810 are the countries that dial "8~10" before a number abroad.
var dialsOutBy810 = map[string]bool{"RU": true, "KZ": true, "BY": true, "TJ": true, "TM": true, "UZ": true}

// withPlus reads a number whose author put a plus before it. Some put it before the way of dialling at home or abroad,
// "+8 916" or "+00371": no country's code is 8 alone or begins with 0.
func withPlus(raw, digits, country string) (Number, bool) {
	switch {
	case strings.HasPrefix(digits, "00"):
		return international(digits[len("00"):])
	case strings.HasPrefix(digits, "0"):
		return national(digits, country)
	case trunkIs8(country) && digits[0] == '8' && !digitAfter8(raw):
		if n, ok := national(digits, country); ok {
			return n, true
		}
	}
	n, ok := international(digits)
	if !ok && trunkIs8(country) && digits[0] == '8' {
		return national(digits, country)
	}
	return n, ok
}

func trunkIs8(country string) bool {
	return country != "" && phonenumbers.GetNddPrefixForRegion(country, true) == "8"
}

// digitAfter8 says whether the first 8 of a number is followed by another digit at once, as in "+81 3 1234 5678".
func digitAfter8(raw string) bool {
	_, after, _ := strings.Cut(raw, "8")
	return after != "" && after[0] >= '0' && after[0] <= '9'
}

// international reads the digits of a number that begins with a country's code.
func international(digits string) (Number, bool) {
	return checked(phonenumbers.Parse("+"+digits, ""))
}

// national reads the digits of a number of a country, with or without its code.
func national(digits, country string) (Number, bool) {
	code := phonenumbers.GetCountryCodeForRegion(country)
	if country == "" || code == 0 {
		return "", false
	}
	number, err := phonenumbers.Parse(digits, country)
	if err == nil && int(number.GetCountryCode()) != code {
		return "", false // the library has taken a part of it for another country's code
	}
	return checked(number, err)
}

func checked(number *phonenumbers.PhoneNumber, err error) (Number, bool) {
	if err != nil || !phonenumbers.IsValidNumber(number) || number.GetExtension() != "" {
		return "", false
	}
	return e164(number), true
}

func e164(number *phonenumbers.PhoneNumber) Number {
	return Number(strings.TrimPrefix(phonenumbers.Format(number, phonenumbers.E164), "+"))
}

// parsed is the library's view of a number.
func (n Number) parsed() (*phonenumbers.PhoneNumber, bool) {
	number, err := phonenumbers.Parse("+"+string(n), "")
	return number, err == nil
}

// Country is the ISO 3166 code of a number's country, "" when it has none.
func (n Number) Country() string {
	number, ok := n.parsed()
	if !ok {
		return ""
	}
	const nowhere = "001" // a network that is no country's
	if region := phonenumbers.GetRegionCodeForNumber(number); region != nowhere && region != "ZZ" {
		return region
	}
	return ""
}

// String is a number as its country writes it, in full.
func (n Number) String() string {
	number, ok := n.parsed()
	if !ok {
		return string(n)
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}

// Masked shows enough of a number to know it again: "+7 ••• •••-••-12" in shape.
func (n Number) Masked() string {
	number, ok := n.parsed()
	if !ok {
		return ""
	}
	shown := []rune(n.String())
	country := len(strconv.Itoa(int(number.GetCountryCode())))
	digits := 0
	for _, r := range shown {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	const open = 2 // digits at the end
	seen := 0
	for i, r := range shown {
		if !unicode.IsDigit(r) {
			continue
		}
		if seen++; seen > country && seen <= digits-open {
			shown[i] = '•'
		}
	}
	return string(shown)
}

// Example shows how a number of a country is written, in full; "" for no country.
func Example(country string) string {
	number := phonenumbers.GetExampleNumberForType(country, phonenumbers.MOBILE)
	if number == nil {
		return ""
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}

// Grouped is what somebody typed with the groups of an example: a number in full, of the example's country and as long as the
// example. Anything else stays as it was typed. The script of the page does the same when the field is left.
func Grouped(typed, example string) string {
	typed = strings.TrimSpace(typed)
	code, _, _ := strings.Cut(example, " ")
	digits := asciiDigits(typed)
	plain := strings.HasPrefix(typed, "+") && !strings.ContainsFunc(typed[1:], func(r rune) bool {
		return (r < '0' || r > '9') && !strings.ContainsRune(" \u00a0()-.", r)
	})
	if !plain || example == "" || len(digits) != len(asciiDigits(example)) || !strings.HasPrefix("+"+digits, code) {
		return typed
	}
	i := 0
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return r
		}
		i++
		return rune(digits[i-1])
	}, example)
}

func isPlus(r rune) bool { return r == '+' || r == '＋' }

// asciiDigits are the digits of a text, whatever its script writes them with.
func asciiDigits(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.IsDigit(r):
			b.WriteString(phonenumbers.NormalizeDigitsOnly(string(r)))
		}
	}
	return b.String()
}

// possible reads a number that says its country and has a length that the country's numbers have, though none of them is
// known to begin so: a plan may be younger than the library.
func possible(digits, country string, plus bool) (Number, bool) {
	code := strconv.Itoa(phonenumbers.GetCountryCodeForRegion(country))
	if !plus && (country == "" || !strings.HasPrefix(digits, code)) {
		return "", false
	}
	number, err := phonenumbers.Parse("+"+digits, "")
	if err != nil || !phonenumbers.IsPossibleNumber(number) {
		return "", false
	}
	return e164(number), true
}
