package server

import "testing"

// TestNoLetterIsADigit: the library reads letters as the keys of a telephone.
func TestNoLetterIsADigit(t *testing.T) {
	for _, tt := range []struct{ raw, region, want string }{
		{"+371 26 123 456", "LV", "37126123456"},
		{"tel:+37126123456", "LV", "37126123456"},
		{" TEL:26 123 456", "LV", "37126123456"},
		{"+371 2612345O", "LV", ""},
		{"+371 26 OOO 456", "LV", ""},
		{"+1 800 FLOWERS", "LV", ""},
		{"1-800-FLOWERS", "US", ""},
		{"O26123456", "LV", ""},
		{"26123456 ext. 5", "LV", ""},
		{"+7 9І6 123-45-67", "RU", ""}, // a letter of another alphabet
		{"Anna", "LV", ""},
	} {
		got, ok := normalPhone(tt.raw, tt.region)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("normalPhone(%q, %q) = %q, %v, want %q", tt.raw, tt.region, got, ok, tt.want)
		}
	}
}
