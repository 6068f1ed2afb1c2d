package phone

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// links are the parts of a line, each with where it leads.
func links(l Line) string {
	var out []string
	for _, p := range l {
		if href := p.Href(); href != "" {
			out = append(out, "["+p.Text+"]("+href+")")
		} else {
			out = append(out, p.Text)
		}
	}
	return strings.Join(out, "")
}

func TestStreetLine(t *testing.T) {
	for name, cases := range map[string][]street{
		"T1 a Russian salon's phones in national spelling": {
			{"8 (495) 123-45-67", "RU", "[+7 495 123-45-67](tel:+74951234567)"},
			{"495 123-45-67", "RU", "[+7 495 123-45-67](tel:+74951234567)"},
			{"8-800-555-01-01", "RU", "[+7 800 555-01-01](tel:+78005550101)"},
			{"8 (812) 555-01-01", "RU", "[+7 812 555-01-01](tel:+78125550101)"},
			{"8 (831) 555-01-01", "RU", "[+7 831 555-01-01](tel:+78315550101)"},
			{"+8 (495) 123-45-67", "RU", "[+7 495 123-45-67](tel:+74951234567)"},
			{"74951234567", "RU", "[+7 495 123-45-67](tel:+74951234567)"},
			{"84951234567", "RU", "[+7 495 123-45-67](tel:+74951234567)"},
		},
		"T3 other countries": {
			{"5123 4567", "EE", "[+372 5123 4567](tel:+37251234567)"},
			{"8 612 34567", "LT", "[+370 612 34567](tel:+37061234567)"},
			{"29 123 456", "LV", "[+371 29 123 456](tel:+37129123456)"},
			{"(212) 736-5000", "US", "[+1 212-736-5000](tel:+12127365000)"},
			{"37050000902", "LT", "[+370 500 00902](tel:+37050000902)"}, // a plan may be younger than the library
			{"089/1234567", "DE", "[+49 89 1234567](tel:+49891234567)"},
		},
		"T7 several numbers": {
			{"+7 495 123-45-67, +7 916 765-43-21", "RU", "[+7 495 123-45-67](tel:+74951234567), [+7 916 765-43-21](tel:+79167654321)"},
			{"8 (495) 123-45-67 8 (916) 765-43-21", "RU", "[+7 495 123-45-67](tel:+74951234567) [+7 916 765-43-21](tel:+79167654321)"},
			{"+74951234567+79167654321", "RU", "[+7 495 123-45-67](tel:+74951234567)[+7 916 765-43-21](tel:+79167654321)"},
			{"8(495)123-45-67;8(916)765-43-21", "RU", "[+7 495 123-45-67](tel:+74951234567);[+7 916 765-43-21](tel:+79167654321)"},
			{"29 123 456 29 765 432", "LV", "[+371 29 123 456](tel:+37129123456) [+371 29 765 432](tel:+37129765432)"},
			{"089 1234567 / 089 7654321", "DE", "[+49 89 1234567](tel:+49891234567) / [+49 89 7654321](tel:+49897654321)"},
			{"+371 29123456 - Anna - +371 29765432", "LV", "[+371 29 123 456](tel:+37129123456) - Anna - [+371 29 765 432](tel:+37129765432)"},
			{"+7 495 123-45-67/68", "RU", "[+7 495 123-45-67](tel:+74951234567)/68"},
		},
		"T7 extensions": {
			{"+7 495 123-45-67 доб. 105", "RU", "[+7 495 123-45-67 доб. 105](tel:+74951234567;ext=105)"},
			{"+7 495 123-45-67, доб. 105, +7 916 765 43 21 (WhatsApp)", "RU", "[+7 495 123-45-67, доб. 105](tel:+74951234567;ext=105), [+7 916 765-43-21](tel:+79167654321) (WhatsApp)"},
			{"(495) 123-45-67 (доб. 12)", "RU", "[+7 495 123-45-67 (доб. 12)](tel:+74951234567;ext=12)"},
			{"8 495 123 45 67 доп 5", "RU", "[+7 495 123-45-67](tel:+74951234567) доп 5"},
			{"+371 67123456 iekš. 7", "LV", "[+371 67 123 456 iekš. 7](tel:+37167123456;ext=7)"},
			{"+44 20 7946 0958 ext. 12", "GB", "[+44 20 7946 0958 ext. 12](tel:+442079460958;ext=12)"},
			{"+49 89 1234567 #12", "DE", "[+49 89 1234567 #12](tel:+49891234567;ext=12)"},
			{"+380 44 123 4567 дод. 3", "UA", "[+380 44 123 4567 дод. 3](tel:+380441234567;ext=3)"},
		},
		"T7 words": {
			{"Администратор: +7 495 123-45-67 (10:00–20:00)", "RU", "Администратор: [+7 495 123-45-67](tel:+74951234567) (10:00–20:00)"},
			{"089 1234567 (10-20 Uhr)", "DE", "[+49 89 1234567](tel:+49891234567) (10-20 Uhr)"},
			{"089 1234567 10:00–20:00", "DE", "[+49 89 1234567](tel:+49891234567) 10:00–20:00"},
			{"тел.: 29 123 456, c 10 до 20", "LV", "тел.: [+371 29 123 456](tel:+37129123456), c 10 до 20"},
			{"звоните!", "RU", "звоните!"},
			{"((((", "RU", "(((("},
			{"", "RU", ""},
			{"24/7", "RU", "24/7"},
			{"1 2 3 4 5 6 7 8 9", "", "1 2 3 4 5 6 7 8 9"},
		},
		"T8 no country is known": {
			{"(495) 123-45-67", "", "[(495) 123-45-67](tel:4951234567)"}, {"+7 495 123-45-67", "", "[+7 495 123-45-67](tel:+74951234567)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, tt := range cases {
				if got := links(ParseLine(tt.raw, tt.country)); got != tt.want {
					t.Errorf("ParseLine(%q, %q) is %s, want %s", tt.raw, tt.country, got, tt.want)
				}
			}
		})
	}
}

// TestFirst: a button dials the first number, with its extension.
func TestFirst(t *testing.T) {
	if first := ParseLine("Салон: 8 (495) 123-45-67 доб. 105, +7 916 765-43-21", "RU").First(); first.Href() != "tel:+74951234567;ext=105" || first.Text != "+7 495 123-45-67 доб. 105" {
		t.Errorf("the first number is %q, %s", first.Text, first.Href())
	}
	if first := ParseLine("звоните!", "RU").First(); first != (Part{}) {
		t.Errorf("words alone dial %+v", first)
	}
}

// FuzzParseLine: every word of a salon is kept, what is dialled are digits of the line, and the line reads as itself.
func FuzzParseLine(f *testing.F) {
	for _, seed := range []string{
		"8 (495) 123-45-67", "+7 495 123-45-67, +7 916 765-43-21", "+7 495 123-45-67 доб. 105", "Администратор: +7 495 123-45-67 (10:00–20:00)", "((((+((((", "1 2 3 4 5 6 7 8 9",
		strings.Repeat("+7 ", 200), strings.Repeat("9", 400), "\xff+7\u202e495", "tel:+1;ext=5", "٠٩١٦ 123", "1:2:3(4)5", "089 1234567 / 089 7654321",
	} {
		for _, country := range []string{"RU", "DE", ""} {
			f.Add(seed, country)
		}
	}
	f.Fuzz(func(t *testing.T, raw, country string) {
		line := ParseLine(raw, country)
		said := asciiDigits(raw)
		numbers := 0
		for i, part := range line {
			if part.Text == "" || !utf8.ValidString(part.Text) {
				t.Fatalf("ParseLine(%q, %q) has the part %+v", raw, country, part)
			}
			href := part.Href()
			if href == "" {
				if i > 0 && line[i-1].Href() == "" {
					t.Fatalf("words of %q stand apart: %q, %q", raw, line[i-1].Text, part.Text)
				}
				continue
			}
			numbers++
			number, ext, _ := strings.Cut(strings.TrimPrefix(href, "tel:"), ";ext=")
			if plain := strings.TrimPrefix(number, "+"); plain == "" || strings.Trim(plain+ext, "0123456789") != "" {
				t.Fatalf("ParseLine(%q, %q) dials %s", raw, country, href)
			}
			if tail := number[max(0, len(number)-4):]; !strings.Contains(said, strings.TrimPrefix(tail, "+")) {
				t.Fatalf("ParseLine(%q, %q) dials %s, which nobody has written", raw, country, href)
			}
		}
		if numbers > maxNumbers || utf8.RuneCountInString(line.String()) > 4*maxLine {
			t.Fatalf("ParseLine(%q, %q) has %d numbers", raw, country, numbers)
		}
	})
}
