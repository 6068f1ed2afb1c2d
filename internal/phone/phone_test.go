package phone

import (
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

// street is a case of what salons send and people type.
type street struct{ raw, country, want string }

// TestStreet tries what customers type at salons of a country.
func TestStreet(t *testing.T) {
	for name, cases := range map[string][]street{
		"T1 a Russian customer's own spelling": {
			{"8 916 123-45-67", "RU", "79161234567"},
			{"9161234567", "RU", "79161234567"},
			{"8(916)1234567", "RU", "79161234567"},
			{"7 916 123 45 67", "RU", "79161234567"},
			{"8 (495) 123-45-67", "RU", "74951234567"},
			{"495 123-45-67", "RU", "74951234567"},
			{"8-800-555-01-01", "RU", "78005550101"},
			{"8 701 123 45 67", "KZ", "77011234567"},
			{"8 029 123 45 67", "BY", "375291234567"},
			{"067 123 45 67", "UA", "380671234567"},
		},
		"T2 never a stranger's number": {
			{"8 916 123-45-67", "RU", "79161234567"}, {"8 916 123-45-67", "DE", "4989161234567"}, {"8 916 123-45-67", "LV", ""}, {"8 916 123-45-67", "", ""}, {"9161234567", "EE", ""},
		},
		"T3 the salon's own country": {
			{"5123 4567", "EE", "37251234567"},
			{"8 612 34567", "LT", "37061234567"},
			{"0 612 34567", "LT", "37061234567"},
			{"29 123 456", "LV", "37129123456"},
			{"(212) 736-5000", "US", "12127365000"},
			{"06 1234 5678", "IT", "390612345678"},
			{"050-623-4567", "IL", "972506234567"},
			{"02 555 12 12", "BE", "3225551212"},
		},
		"T4 a number that lacks a digit": {
			{"495 123-45-6", "RU", ""},
			{"8 916 123-45-6", "RU", ""},
			{"+7 916 123-45-6", "RU", ""},
			{"29 123 45", "LV", ""},
			{"29 123 45", "RU", ""},
			{"37129123456", "RU", ""},
			{"79161234567", "LV", ""},
			{"4915112345678", "RU", ""},
			{"1 212 736 5000", "RU", ""},
			{"011 371 29123456", "US", ""},
			{"123", "RU", ""},
			{"8", "RU", ""},
			{"", "RU", ""},
			{"+", "RU", ""},
			{"00", "RU", ""},
			{"8~10", "RU", ""},
		},
		"T5 ways of dialling abroad": {
			{"+8 916 123-45-67", "RU", "79161234567"},
			{"+8(916)123-45-67", "RU", "79161234567"},
			{"+89161234567", "RU", "79161234567"},
			{"0037129123456", "RU", "37129123456"},
			{"00972 50 123 4567", "RU", "972501234567"},
			{"+972 50 123 4567", "RU", "972501234567"},
			{"8~10 371 29 123 456", "RU", "37129123456"},
			{"8 10 371 29 123 456", "RU", "37129123456"},
			{"8 10 371 29 123 456", "BY", "37129123456"},
			{"00 7 916 123 45 67", "LV", "79161234567"},
			{"+0037129123456", "RU", "37129123456"},
			{"+7 8 916 123 45 67", "RU", "79161234567"},
			{"+49 (0)89 1234567", "RU", "49891234567"},
			{"+44 (0)20 7946 0958", "LV", "442079460958"},
			{"+81 3 1234 5678", "RU", "81312345678"},
			{"+86 138 0013 8000", "RU", "8613800138000"},
			{"+0 151 23456789", "DE", "4915123456789"},
			{"00 371 29 123 456", "US", "37129123456"},
		},
		"T6 a number of another kind of country": {
			{"89123456789", "DE", "4989123456789"}, {"8 029 123 45 67", "BY", "375291234567"}, {"8 0 29 123 45 67", "BY", "375291234567"},
		},
		"T8 no country is known": {
			{"+7 916 123-45-67", "", "79161234567"}, {"00371 29 123 456", "", "37129123456"}, {"29 123 456", "", ""}, {"79161234567", "", ""},
		},
		"no letter is a digit": {
			{"tel:+37126123456", "LV", "37126123456"},
			{" TEL:26 123 456", "LV", "37126123456"},
			{"+371 2612345O", "LV", ""},
			{"+371 26 OOO 456", "LV", ""},
			{"+1 800 FLOWERS", "LV", ""},
			{"1-800-FLOWERS", "US", ""},
			{"O26123456", "LV", ""},
			{"26123456 ext. 5", "LV", ""},
			{"26123456#5", "LV", ""},
			{"26123456,5", "LV", ""},
			{"+7 9І6 123-45-67", "RU", ""},
			{"Anna", "LV", ""},
			{"+371 29123456 / +371 29765432", "LV", ""},
			{"089/1234567", "DE", "49891234567"},
			{"٩١٦١٢٣٤٥٦٧", "RU", "79161234567"},
			{"＋７ ９１６ 123 45 67", "RU", "79161234567"},
			{"\u202a+371 29 123 456\u202c", "LV", "37129123456"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, tt := range cases {
				if got, ok := Parse(tt.raw, tt.country); string(got) != tt.want || ok != (tt.want != "") {
					t.Errorf("Parse(%q, %q) = %q, %v, want %q", tt.raw, tt.country, got, ok, tt.want)
				}
			}
		})
	}
}

// TestAnotherCountryIsNamed: a number without +, 00 or 8~10 has the code of the country where it was typed.
func TestAnotherCountryIsNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		country := rapid.SampledFrom([]string{"RU", "KZ", "BY", "UA", "LV", "LT", "EE", "DE", "US", "IL", "IT", "GB", "AE", "GE", ""}).Draw(t, "country")
		raw := rapid.StringMatching(`[0-9]([0-9 ()-]?[0-9]){4,15}`).Draw(t, "raw")
		digits := asciiDigits(raw)
		if strings.HasPrefix(digits, "00") || strings.HasPrefix(digits, "810") {
			t.Skip("it names a country")
		}
		if n, ok := Parse(raw, country); ok && !strings.HasPrefix(string(n), asciiDigits(Example(country))[:1]) {
			t.Fatalf("Parse(%q, %q) = %q", raw, country, n)
		} else if ok && int(mustParse(t, n).GetCountryCode()) != phonenumbers.GetCountryCodeForRegion(country) {
			t.Fatalf("Parse(%q, %q) = %q, another country's", raw, country, n)
		}
	})
}

func mustParse(t *rapid.T, n Number) *phonenumbers.PhoneNumber {
	number, ok := n.parsed()
	if !ok {
		t.Fatalf("%q is no number", n)
	}
	return number
}

// TestHoweverItIsWritten: spaces, brackets and hyphens say nothing, and what is shown reads back.
func TestHoweverItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		country := rapid.SampledFrom([]string{"RU", "BY", "UA", "LV", "LT", "EE", "US", "GE", "PL", "FR"}).Draw(t, "country")
		example := phonenumbers.GetExampleNumberForType(country, phonenumbers.MOBILE)
		want := e164(example)
		for _, style := range []phonenumbers.PhoneNumberFormat{phonenumbers.E164, phonenumbers.INTERNATIONAL, phonenumbers.NATIONAL} {
			raw := phonenumbers.Format(example, style)
			spaced := rapid.SampledFrom([]string{"", " ", "-", "\u00a0", ".", "  "}).Draw(t, "between")
			typed := strings.NewReplacer(" ", spaced, "-", spaced).Replace(raw)
			if got, ok := Parse(typed, country); !ok || got != want {
				t.Fatalf("Parse(%q, %q) = %q, %v, want %q", typed, country, got, ok, want)
			}
		}
	})
}

func TestGrouped(t *testing.T) {
	for _, tt := range []struct{ typed, country, want string }{
		{"+79161234567", "RU", "+7 916 123-45-67"},
		{" +7(916)1234567 ", "RU", "+7 916 123-45-67"},
		{"+37129123456", "LV", "+371 29 123 456"},
		{"+375291234567", "BY", "+375 29 123-45-67"},
		// A number that is not in full, or not of the salon's country, stays as it was typed.
		{"89161234567", "RU", "89161234567"},
		{"8 029 123 45 67", "BY", "8 029 123 45 67"},
		{"89123456789", "DE", "89123456789"},
		{"+37129123456", "RU", "+37129123456"},
		{"79161234567", "RU", "79161234567"},
		{"+7916123456", "RU", "+7916123456"},
		{"+7 916 123-45-67 ext", "RU", "+7 916 123-45-67 ext"},
		{"", "RU", ""},
		{"+79161234567", "", "+79161234567"},
		{"+7+9161234567", "RU", "+7+9161234567"},
	} {
		if got := Grouped(tt.typed, Example(tt.country)); got != tt.want {
			t.Errorf("Grouped(%q, %q) = %q, want %q", tt.typed, tt.country, got, tt.want)
		}
	}
}

func TestCountry(t *testing.T) {
	for _, tt := range []struct {
		name string
		of   Place
		want string
	}{
		{"T1 by its country", Place{Country: "Россия", Phone: "8 (495) 123-45-67"}, "RU"},
		{"T1 the default country of a form, and everything else of another", Place{Country: "Россия", Zone: "Asia/Almaty", Phone: "+7 701 123 45 67"}, "KZ"},
		{"T1 a foreign number of a Russian salon", Place{Country: "Россия", Currency: "₽", Phone: "+84 9 243 31 231"}, "RU"},
		{"T1 a phone alone, by the plan of Russia", Place{Phone: "8 (495) 123-45-67"}, "RU"},
		{"T3 a zone", Place{Zone: "Europe/Tallinn", Currency: "€", Phone: "5123 4567"}, "EE"},
		{"T3 a zone and a phone against a default", Place{Country: "Россия", Zone: "Europe/Riga", Currency: "€", Phone: "29 123 456"}, "LV"},
		{"T3 an older name of a zone", Place{Zone: "Europe/Kiev"}, "UA"},
		{"T8 without a phone", Place{Zone: "Europe/Moscow"}, "RU"},
		{"T8 a currency alone", Place{Currency: "₸"}, "KZ"},
		{"T8 a currency of many countries", Place{Currency: "€"}, ""},
		{"T8 nothing", Place{}, ""},
		{"the upstream's digits without a plus", Place{Phone: "37129123456"}, "LV"},
		{"a name in its own language", Place{Country: "Lietuva"}, "LT"},
		{"a name in another one", Place{Country: "Лiтва", Zone: "Europe/Vilnius"}, "LT"},
		{"a short name", Place{Country: "США"}, "US"},
		{"a code", Place{Country: "EE"}, "EE"},
		{"no name at all", Place{Country: "#!?", Zone: "UTC", Currency: "—", Phone: "звоните"}, ""},
	} {
		if got := Country(tt.of); got != tt.want {
			t.Errorf("%s: Country(%+v) = %q, want %q", tt.name, tt.of, got, tt.want)
		}
	}
}

// FuzzParse: a number is refused, or becomes digits that mean the same when they are read again and that its masked form
// does not tell.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"+7 916 123-45-67", "89161234567", "+371 20000001", "٠٩١٦", "tel:+1;ext=5", "+", "0049 30 123456", "\u200b+7916\u20601234567", "1-800-FLOWERS", "8~10 371", "+8 916 123 45 67"} {
		for _, country := range []string{"RU", "DE", "", "US"} {
			f.Add(seed, country)
		}
	}
	f.Fuzz(func(t *testing.T, raw, country string) {
		n, ok := Parse(raw, country)
		if !ok {
			if n != "" {
				t.Fatalf("Parse(%q, %q) = %q, false", raw, country, n)
			}
			return
		}
		if len(n) < 5 || len(n) > 17 || strings.Trim(string(n), "0123456789") != "" {
			t.Fatalf("Parse(%q, %q) = %q", raw, country, n)
		}
		if again, ok := Parse("+"+string(n), country); !ok || again != n {
			t.Fatalf("%q reads as %q, %v", n, again, ok)
		}
		digits := 0
		for _, r := range n.Masked() {
			if r >= '0' && r <= '9' {
				digits++
			}
		}
		if digits > 5 { // a country's code of three, and two at the end
			t.Fatalf("%q is masked as %q", n, n.Masked())
		}
	})
}
