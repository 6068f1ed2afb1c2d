package i18n

import (
	"testing"
	"time"
)

func TestTimesAndWeeksOfACountry(t *testing.T) {
	b := newBundle(t)
	at := time.Date(2026, time.December, 5, 14, 5, 0, 0, time.UTC)
	for _, tt := range []struct {
		lang, region, clock string
		first               time.Weekday
	}{
		{"en", "", "14:05", time.Monday},
		{"en", "GB", "14:05", time.Monday},
		{"en", "LV", "14:05", time.Monday},
		{"en", "RU", "14:05", time.Monday},
		{"en", "US", "2:05\u00a0PM", time.Sunday},
		{"en", "IL", "14:05", time.Sunday},
		{"en", "AE", "2:05\u00a0PM", time.Monday},
		{"en", "QA", "2:05\u00a0PM", time.Saturday},
		{"ru", "US", "14:05", time.Sunday},
		{"de", "US", "14:05", time.Sunday},
		{"ru", "RU", "14:05", time.Monday},
		{"en", "MV", "14:05", time.Friday},
	} {
		l := b.Localizer(tt.lang).In(tt.region)
		if got := l.Time(at); got != tt.clock {
			t.Errorf("%s in %q: %s, want %s", tt.lang, tt.region, got, tt.clock)
		}
		if got := l.Weekdays()[0].Day; got != tt.first {
			t.Errorf("%s in %q: the week begins on %s, want %s", tt.lang, tt.region, got, tt.first)
		}
		if again := b.Localizer(tt.lang).In(tt.region); again != l {
			t.Errorf("%s in %q: another localizer for the same country", tt.lang, tt.region)
		}
		if home := l.In("LV"); home.Time(at) != "14:05" || home.Weekdays()[0].Day != time.Monday {
			t.Errorf("%s in %q, then in Latvia: %s", tt.lang, tt.region, home.Time(at))
		}
	}
}
