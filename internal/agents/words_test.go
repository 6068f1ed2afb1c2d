package agents

import (
	"testing"
	"time"
	"unicode/utf8"
)

// monday is a Monday; the words of these tests are said on it unless another day is named.
var monday = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)

func TestDaysInWords(t *testing.T) {
	for said, want := range map[string]Days{
		"":                       {"2026-03-02", "2026-03-15"},
		"As soon as possible":    {"2026-03-02", "2026-03-15"},
		"как можно скорее":       {"2026-03-02", "2026-03-15"},
		"so schnell wie möglich": {"2026-03-02", "2026-03-15"},
		"2026-04-01":             {"2026-04-01", "2026-04-01"},
		"5.3":                    {"2026-03-05", "2026-03-05"},
		"1.3.":                   {"2027-03-01", "2027-03-01"}, // yesterday is next year
		"05.03.2026":             {"2026-03-05", "2026-03-05"},
		"today":                  {"2026-03-02", "2026-03-02"},
		"Сегодня":                {"2026-03-02", "2026-03-02"},
		"завтра":                 {"2026-03-03", "2026-03-03"},
		"morgen":                 {"2026-03-03", "2026-03-03"},
		"послезавтра":            {"2026-03-04", "2026-03-04"},
		"через 3 дня":            {"2026-03-05", "2026-03-05"},
		"in 10 days":             {"2026-03-12", "2026-03-12"},
		"в понедельник":          {"2026-03-02", "2026-03-02"},
		"on Friday":              {"2026-03-06", "2026-03-06"},
		"в пятницу":              {"2026-03-06", "2026-03-06"},
		"next friday":            {"2026-03-13", "2026-03-13"},
		"у п’ятницю":             {"2026-03-06", "2026-03-06"},
		"trešdien":               {"2026-03-04", "2026-03-04"},
		"neljapäeval":            {"2026-03-05", "2026-03-05"},
		"šeštadienį":             {"2026-03-07", "2026-03-07"},
		"am Sonnabend":           {"2026-03-07", "2026-03-07"},
		"this weekend":           {"2026-03-07", "2026-03-08"},
		"на выходных":            {"2026-03-07", "2026-03-08"},
		"next weekend":           {"2026-03-14", "2026-03-15"},
		"на этой неделе":         {"2026-03-02", "2026-03-08"},
		"на следующей неделе":    {"2026-03-09", "2026-03-15"},
		"nächste Woche":          {"2026-03-09", "2026-03-15"},
		"järgmisel nädalal":      {"2026-03-09", "2026-03-15"},
		"nākamnedēļ":             {"2026-03-09", "2026-03-15"},
	} {
		if got, ok := ParseDays(said, monday); !ok || got != want {
			t.Errorf("%q is %v, %v, want %v", said, got, ok, want)
		}
	}
	for _, said := range []string{"once upon a time", "32.13", "2026-13-01", "стрижка", "in a while"} {
		if got, ok := ParseDays(said, monday); ok {
			t.Errorf("%q is %v, want nothing", said, got)
		}
	}
}

func TestAWeekendThatHasBegunBeginsToday(t *testing.T) {
	sunday := monday.AddDate(0, 0, 6)
	if got, ok := ParseDays("weekend", sunday); !ok || got != (Days{"2026-03-08", "2026-03-08"}) {
		t.Errorf("on Sunday the weekend is %v, %v", got, ok)
	}
	if got, ok := ParseDays("monday", sunday); !ok || got.First != "2026-03-09" {
		t.Errorf("on Sunday Monday is %v, %v", got, ok)
	}
	if got, ok := ParseDays("29.2", time.Date(2027, 12, 31, 23, 0, 0, 0, time.UTC)); !ok || got.First != "2028-02-29" {
		t.Errorf("the 29th of February after 2027 is %v, %v", got, ok)
	}
}

func TestPartsOfADayInWords(t *testing.T) {
	at := func(h, m int) time.Duration { return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute }
	for said, want := range map[string]Part{
		"":                 WholeDay,
		"любое время":      WholeDay,
		"morning":          {0, at(12, 0)},
		"утром":            {0, at(12, 0)},
		"no rīta":          {0, at(12, 0)},
		"am Vormittag":     {0, at(12, 0)},
		"до обеда":         {0, at(12, 0)},
		"в обед":           {at(12, 0), at(14, 0)},
		"lunch":            {at(12, 0), at(14, 0)},
		"после обеда":      {at(12, 0), at(18, 0)},
		"this afternoon":   {at(12, 0), at(18, 0)},
		"вечером":          {at(17, 0), WholeDay.To},
		"õhtul":            {at(17, 0), WholeDay.To},
		"после работы":     {at(18, 0), WholeDay.To},
		"днём":             {at(11, 0), at(17, 0)},
		"after 17":         {at(17, 0), WholeDay.To},
		"после 17":         {at(17, 0), WholeDay.To},
		"після 17:30":      {at(17, 30), WholeDay.To},
		"after 5 pm":       {at(17, 0), WholeDay.To},
		"after 5:30 p.m.":  {at(17, 30), WholeDay.To},
		"ab 17 Uhr":        {at(17, 0), WholeDay.To},
		"до 12":            {0, at(12, 0)},
		"before noon":      {0, at(12, 0)},
		"before 11.30":     {0, at(11, 30)},
		"10-13":            {at(10, 0), at(13, 0)},
		"10:00–13:30":      {at(10, 0), at(13, 30)},
		"с 10 до 13":       {at(10, 0), at(13, 0)},
		"from 10 to 1 pm":  {at(10, 0), at(13, 0)},
		"2-4 pm":           {at(14, 0), at(16, 0)},
		"between 9 and 11": {at(9, 0), at(11, 0)},
		"в 15":             {at(15, 0), at(15, 30)},
		"at 3:30 pm":       {at(15, 30), at(16, 0)},
		"12 am":            {0, at(0, 30)},
	} {
		if got, ok := ParsePart(said); !ok || got != want {
			t.Errorf("%q is %v, %v, want %v", said, got, ok, want)
		}
	}
	for _, said := range []string{"25:00", "17:75", "13 pm", "after", "18-17", "blau", "before 0"} {
		if got, ok := ParsePart(said); ok {
			t.Errorf("%q is %v, want nothing", said, got)
		}
	}
}

// FuzzWords: no words lead to days or hours that are none.
func FuzzWords(f *testing.F) {
	for _, said := range []string{"завтра после 17", "next friday", "10-13", "in 99 days", "29.2", "12 am", "\xff"} {
		f.Add(said)
	}
	f.Fuzz(func(t *testing.T, said string) {
		if days, ok := ParseDays(said, monday); ok {
			if _, err := time.Parse(time.DateOnly, days.First); err != nil || days.First > days.Last {
				t.Errorf("%q is %v", said, days)
			}
		}
		if part, ok := ParsePart(said); ok && (part.From < 0 || part.From >= part.To || part.To > WholeDay.To) {
			t.Errorf("%q is %v", said, part)
		}
		if short := Brief(said, 10); utf8.RuneCountInString(short) > 10 {
			t.Errorf("Brief(%q) = %q", said, short)
		}
	})
}
