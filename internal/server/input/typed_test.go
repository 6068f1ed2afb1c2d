package input

import (
	"testing"
)

func TestStreet(t *testing.T) {
	t.Run("X6 blanks become a blank, joiners stay, controls go", func(t *testing.T) {
		for raw, want := range map[string]string{
			"Anna\tPetrova":                   "Anna Petrova",
			"  Anna \u00a0\u2003 Petrova\t":   "Anna Petrova",
			"می\u200cخواهم":                   "می\u200cخواهم",
			"क्\u200dष":                       "क्\u200dष",
			"👩\u200d👩\u200d👧":                 "👩\u200d👩\u200d👧",
			"👩🏽\u200d⚕\ufe0f":                 "👩🏽\u200d⚕\ufe0f",
			"🏴\U000e0067\U000e0062\U000e007f": "🏴\U000e0067\U000e0062\U000e007f",
			"Anna\nPetrova":                   "Anna Petrova",
			"Anna\u2028Petrova\r\n":           "Anna Petrova",
			"Anna\u0085Petrova":               "Anna Petrova",
			"An\u200bna\u202e\x00\x1b\ufeff":  "Anna",
			"An\u200dna":                      "Anna",
			"\u200d\u200c":                    "",
			"A\U000e0041nna":                  "Anna",
			"\xffAnna":                        "Anna",
		} {
			if got := TypedLine(raw, 100); got != want {
				t.Errorf("typedLine(%q) = %q, want %q", raw, got, want)
			}
		}
		if got, want := TypedLines("one\ttab \r\n\u2028three\x07", 1000), "one tab\n\nthree"; got != want {
			t.Errorf("typedLines = %q, want %q", got, want)
		}
		if got, want := TypedPlain("+7\u00a0916\u200d 1\t2\u202c", 32), "+7 916 1 2"; got != want {
			t.Errorf("typedPlain = %q, want %q", got, want)
		}
	})
}
