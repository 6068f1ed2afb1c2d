package agents

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var riga = time.FixedZone("", 2*60*60)

func on(day string, hour, minute int) time.Time {
	at, _ := time.ParseInLocation(time.DateOnly, day, riga)
	return at.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

func TestWhichTimesFit(t *testing.T) {
	w := Wish{Days{"2026-03-03", "2026-03-04"}, Part{17 * time.Hour, WholeDay.To}}
	for name, tt := range map[string]struct {
		day   string
		start time.Time
		want  bool
	}{
		"the hour itself":                     {"2026-03-03", on("2026-03-03", 17, 0), true},
		"a minute before":                     {"2026-03-03", on("2026-03-03", 16, 59), false},
		"the day before":                      {"2026-03-02", on("2026-03-02", 18, 0), false},
		"the last day":                        {"2026-03-04", on("2026-03-04", 23, 30), true},
		"after midnight, of the evening":      {"2026-03-04", on("2026-03-05", 0, 30), true},
		"after midnight, of a day not wanted": {"2026-03-05", on("2026-03-05", 0, 30), false},
	} {
		if got := w.Fits(tt.day, tt.start); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	morning := Wish{Days{"2026-03-04", "2026-03-04"}, Part{0, 12 * time.Hour}}
	if morning.Fits("2026-03-04", on("2026-03-05", 1, 0)) {
		t.Error("one o'clock of the next night is a morning")
	}
}

func TestTimesAreChosenInOrderAndOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var free []Free
		for range rapid.IntRange(0, 40).Draw(t, "times") {
			day := on("2026-03-03", 0, 0).AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, "day"))
			start := day.Add(time.Duration(rapid.IntRange(0, 26*4).Draw(t, "quarter")) * 15 * time.Minute)
			free = append(free, Free{Day: day.Format(time.DateOnly), Start: start, Master: rapid.IntRange(0, 3).Draw(t, "master")})
		}
		from := rapid.IntRange(0, 20).Draw(t, "from")
		w := Wish{Days{"2026-03-03", "2026-03-05"}, hours(from, from+4)}
		got := Choose(w, free)
		for i, f := range got {
			if !w.Fits(f.Day, f.Start) || !slices.Contains(free, f) || i > 0 && !got[i-1].Start.Before(f.Start) {
				t.Fatalf("%v of %v", got, free)
			}
		}
		for _, f := range free {
			if w.Fits(f.Day, f.Start) && !slices.ContainsFunc(got, func(g Free) bool { return g.Start.Equal(f.Start) }) {
				t.Fatalf("%v is missing in %v", f, got)
			}
		}
		most := rapid.IntRange(1, 10).Draw(t, "most")
		few := Spread(got, most)
		if len(few) != min(most, len(got)) || len(got) > 0 && few[0] != got[0] {
			t.Fatalf("Spread(%v, %d) = %v", got, most, few)
		}
	})
}

func TestDaysOfAWish(t *testing.T) {
	w := Wish{Days: Days{"2026-02-27", "2026-03-02"}}
	if got := w.List(3); !slices.Equal(got, []string{"2026-02-27", "2026-02-28", "2026-03-01"}) {
		t.Errorf("three of the days are %v", got)
	}
	if got := w.List(10); len(got) != 4 {
		t.Errorf("the days are %v", got)
	}
	if got, ok := Between(Days{"2026-03-02", "2026-03-03"}, Days{"2026-03-05", "2026-03-06"}); !ok || got != (Days{"2026-03-02", "2026-03-06"}) {
		t.Errorf("between is %v, %v", got, ok)
	}
	if _, ok := Between(Days{"2026-03-02", "2026-03-03"}, Days{"2026-02-01", "2026-02-01"}); ok {
		t.Error("days end before they begin")
	}
}

func TestAnswersAreShort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Salons{Next: strings.Repeat("ё", rapid.IntRange(0, 300).Draw(t, "next"))}
		n := rapid.IntRange(0, 60).Draw(t, "salons")
		for i := range n {
			a.Salons = append(a.Salons, Salon{Form: i + 1, Title: rapid.StringN(0, 40, 100).Draw(t, "title"), URL: "https://booking.example/b/1?lang=ru&services=1"})
		}
		a.More = Shorten(&a, &a.Salons)
		if a.More+len(a.Salons) != n || len(a.Salons) > 1 && Size(a) > MaxBytes {
			t.Fatalf("%d bytes with %d of %d", Size(a), len(a.Salons), n)
		}
		if n > 0 && len(a.Salons) == 0 {
			t.Fatal("nothing is left")
		}
	})
}

func TestNamesAsPeopleSayThem(t *testing.T) {
	for said, name := range map[string]string{"Елена": "Елена Кузнецова", "к Елене": "", "елене": "Елена Кузнецова", "Елену Кузнецову": "Елена Кузнецова", "Jānis": "Jānis Liepiņš", "глебу": "Глеб Уралов"} {
		if name != "" && !SameName(said, name) {
			t.Errorf("%q is not %q", said, name)
		}
	}
	for said, name := range map[string]string{"Мария": "Елена Кузнецова", "": "Елена Кузнецова", "Елена Орлова": "Елена Кузнецова"} {
		if SameName(said, name) {
			t.Errorf("%q is %q", said, name)
		}
	}
}

func TestAnybodyInWords(t *testing.T) {
	for said, want := range map[string]bool{"": true, "Любой мастер": true, "всё равно": true, "egal wer": true, "Елена": false, "7": false} {
		if got := Anyone(said); got != want {
			t.Errorf("Anyone(%q) = %v", said, got)
		}
	}
}

func TestWhatIsAffordable(t *testing.T) {
	for _, tt := range []struct {
		low   int64
		named bool
		most  float64
		want  bool
	}{{200000, true, 2000, true}, {200001, true, 2000, false}, {0, false, 1, true}, {500000, true, 0, true}} {
		if got := Affordable(tt.low, tt.named, tt.most); got != tt.want {
			t.Errorf("Affordable(%d, %v, %v) = %v", tt.low, tt.named, tt.most, got)
		}
	}
}

func TestAPartOfTodayIsOver(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 29, 12, 0, 0, 0, time.FixedZone("", 3*3600))
	morning, _ := ParsePart("morning")
	for _, tt := range []struct {
		day  string
		part Part
		want bool
	}{{"2026-03-28", WholeDay, true}, {"2026-03-29", WholeDay, false}, {"2026-03-29", morning, true}, {"2026-03-30", morning, false}} {
		if got := (Wish{Part: tt.part}).Over(tt.day, now); got != tt.want {
			t.Errorf("Over(%s, %v) = %v", tt.day, tt.part, got)
		}
	}
}
