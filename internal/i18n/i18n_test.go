package i18n

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"okoshko/internal/money"
	"okoshko/locales"
)

func newBundle(t *testing.T) *Bundle {
	t.Helper()
	b, err := New(locales.Files, "en")
	if err != nil {
		t.Fatal(err)
	}
	b.OnMissing(func(lang, key string) { t.Errorf("%s lacks %s", lang, key) })
	return b
}

func TestEveryLanguageHasEveryText(t *testing.T) {
	b := newBundle(t)
	if got, want := len(b.Languages()), 7; got != want {
		t.Fatalf("languages = %v, want %d", b.Languages(), want)
	}
	forms := map[string][]string{
		"en": {"one", "other"}, "de": {"one", "other"}, "et": {"one", "other"}, "lv": {"zero", "one", "other"},
		"lt": {"one", "few", "many", "other"}, "ru": {"one", "few", "many", "other"}, "uk": {"one", "few", "many", "other"},
	}
	model := b.embedded["en"]
	placeholder := regexp.MustCompile(`<%- \w+ %>`)
	for _, lang := range b.Languages() {
		own := b.embedded[lang]
		for key, text := range model.plain {
			if isForm(model, key) {
				continue
			}
			if own.plain[key] == "" {
				t.Errorf("%s lacks %s", lang, key)
			}
			want, got := placeholder.FindAllString(text, -1), placeholder.FindAllString(own.plain[key], -1)
			slices.Sort(want)
			slices.Sort(got)
			if !strings.HasPrefix(key, "widget.date.pattern.") && !slices.Equal(want, got) {
				t.Errorf("%s: %s has the parameters %v, want %v", lang, key, got, want)
			}
		}
		for key := range own.plain {
			if _, ok := model.plain[key]; !ok && !isForm(own, key) {
				t.Errorf("%s has %s, which is not in English", lang, key)
			}
		}
		for key := range model.plural {
			for _, form := range forms[lang] {
				if own.plural[key][form] == "" {
					t.Errorf("%s: %s lacks the plural form %q", lang, key, form)
				}
			}
		}
	}
}

// isForm says whether a key is one form of a plural text.
func isForm(t texts, key string) bool {
	i := strings.LastIndexByte(key, '.')
	if i < 0 {
		return false
	}
	_, ok := t.plural[key[:i]]
	return ok
}

// used finds every key that the program asks for by name.
func used(t *testing.T) map[string]bool {
	t.Helper()
	call := regexp.MustCompile(`\b(?:T|N)\("([^"]+)"(\s*\+)?|"((?:widget|confirm)\.[a-zA-Z_.0-9]+)"`)
	keys := map[string]bool{}
	for _, dir := range []string{"../server", "../../web/templates", "."} {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range call.FindAllStringSubmatch(string(text), -1) {
				key := m[1] + m[3]
				keys[key] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func TestTextsAndTheirUsesAgree(t *testing.T) {
	b := newBundle(t)
	en := b.embedded["en"]
	keys := used(t)
	if len(keys) < 50 {
		t.Fatalf("only %d keys are used; the search is broken", len(keys))
	}
	// A use that ends in a dot or an underscore is completed at run time.
	known := func(key string) bool {
		if en.plain[key] != "" || en.plural[key] != nil {
			return true
		}
		if !strings.HasSuffix(key, ".") && !strings.HasSuffix(key, "_") {
			return false
		}
		for k := range en.plain {
			if strings.HasPrefix(k, key) {
				return true
			}
		}
		return false
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if strings.Contains(key, ".") && !known(key) {
			t.Errorf("%s is used and is no text", key)
		}
	}
	inUse := func(key string) bool {
		for k := range keys {
			if k == key || (strings.HasSuffix(k, ".") || strings.HasSuffix(k, "_")) && strings.HasPrefix(key, k) {
				return true
			}
		}
		return false
	}
	for _, key := range slices.Sorted(maps.Keys(en.plain)) {
		if !isForm(en, key) && !inUse(key) {
			t.Errorf("%s is a text and is not used", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(en.plural)) {
		if !inUse(key) {
			t.Errorf("%s is a text and is not used", key)
		}
	}
}

func TestPlural(t *testing.T) {
	b := newBundle(t)
	for _, tt := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 1, "1 service"},
		{"en", 2, "2 services"},
		{"ru", 1, "1 услуга"},
		{"ru", 3, "3 услуги"},
		{"ru", 5, "5 услуг"},
		{"ru", 21, "21 услуга"},
		{"ru", 11, "11 услуг"},
		{"lv", 1, "1 pakalpojums"},
		{"lv", 2, "2 pakalpojumi"},
		{"lv", 10, "10 pakalpojumu"},
		{"lv", 21, "21 pakalpojums"},
		{"lt", 1, "1 paslauga"},
		{"lt", 2, "2 paslaugos"},
		{"lt", 10, "10 paslaugų"},
		{"uk", 2, "2 послуги"},
		{"uk", 5, "5 послуг"},
		{"et", 2, "2 teenust"},
		{"de", 2, "2 Leistungen"},
	} {
		if got := b.Localizer(tt.lang).N("widget.service.chosen", tt.n); got != strings.Replace(tt.want, " ", noBreak, 1) {
			t.Errorf("%s: N(%d) = %q, want %q", tt.lang, tt.n, got, tt.want)
		}
	}
}

func TestFormats(t *testing.T) {
	b := newBundle(t)
	day := time.Date(2026, time.November, 25, 14, 30, 0, 0, time.UTC)
	for _, tt := range []struct{ lang, date, month, money, span, duration string }{
		{"en", "Wednesday 25 November", "November 2026", "€12.50", "€1,500–2,500", "1\u00a0h 30\u00a0min"},
		{"ru", "среда, 25 ноября", "ноябрь 2026 г.", "12,50\u00a0€", "1\u00a0500–2\u00a0500\u00a0€", "1\u00a0ч 30\u00a0мин"},
		{"lv", "trešdiena, 25. novembris", "2026. g. novembris", "12,50\u00a0€", "", "1\u00a0st. 30\u00a0min"},
		{"et", "kolmapäev, 25. november", "november 2026", "12,50\u00a0€", "", "1\u00a0t 30\u00a0min"},
		{"lt", "lapkričio 25 d., trečiadienis", "2026 m. lapkritis", "12,50\u00a0€", "", "1\u00a0val. 30\u00a0min."},
		{"de", "Mittwoch, 25. November", "November 2026", "12,50\u00a0€", "1.500–2.500\u00a0€", "1\u00a0Std. 30\u00a0Min."},
		{"uk", "середа, 25 листопада", "листопад 2026 р.", "12,50\u00a0€", "", "1\u00a0год 30\u00a0хв"},
	} {
		l := b.Localizer(tt.lang)
		for _, c := range []struct{ what, got, want string }{
			{"Date", strings.ReplaceAll(l.Date(day), noBreak, " "), tt.date},
			{"Month", strings.ReplaceAll(l.Month(day), noBreak, " "), tt.month},
			{"Money", l.Money(1250, "€"), tt.money},
			{"Price", l.Price(money.Listed(150000, 250000), "€"), tt.span},
			{"Duration", l.Duration(90 * time.Minute), tt.duration},
			{"Time", l.Time(day), "14:30"},
		} {
			if c.want != "" && c.got != c.want {
				t.Errorf("%s: %s = %q, want %q", tt.lang, c.what, c.got, c.want)
			}
		}
		if got := len(l.Weekdays()); got != 7 || l.Weekdays()[0].Day != time.Monday {
			t.Errorf("%s: the week = %v", tt.lang, l.Weekdays())
		}
	}
	l := b.Localizer("ru")
	for want, got := range map[string]string{
		"цена по запросу":    l.Price(money.Price{}, "₽"),
		"бесплатно":          l.Price(money.Free(), "₽"),
		"от\u00a0900\u00a0₽": l.Price(money.Listed(90000, 0), "₽"),
		"900\u00a0₽":         l.Price(money.Listed(90000, 90000), "₽"),
		"до\u00a0900\u00a0₽": l.Price(money.Listed(0, 90000), "₽"),
		"сегодня":            l.RelativeDay(day, day),
		"завтра":             l.RelativeDay(day.AddDate(0, 0, 1), day),
		"27\u00a0нояб.":      l.RelativeDay(day.AddDate(0, 0, 2), day),
		"4,8":                l.Decimal(4.8, 1),
	} {
		if got != want {
			t.Errorf("format = %q, want %q", got, want)
		}
	}
}

// TestFormatsAreCLDRs holds against what a browser of CLDR 48 writes (Intl, with no-break spaces for its narrow
// ones).
func TestFormatsAreCLDRs(t *testing.T) {
	b := newBundle(t)
	day := time.Date(2026, time.November, 25, 14, 30, 0, 0, time.UTC)
	for _, tt := range []struct{ lang, thousands, money, date, year, month, week string }{
		{"en", "1,234 12,345", "€1,234.50", "Wednesday 25 November", "Wednesday, 25 November 2026", "November 2026", "Mon Tue Wed Thu Fri Sat Sun"},
		{"ru", "1 234 12 345", "1 234,50 €", "среда, 25 ноября", "среда, 25 ноября 2026 г.", "ноябрь 2026 г.", "пн вт ср чт пт сб вс"},
		{"lv", "1234 12 345", "1234,50 €", "trešdiena, 25. novembris", "trešdiena, 2026. gada 25. novembris", "2026. g. novembris", "pr. ot. tr. ce. pk. se. sv."},
		{"et", "1234 12 345", "1234,50 €", "kolmapäev, 25. november", "kolmapäev, 25. november 2026", "november 2026", "E T K N R L P"},
		{"lt", "1 234 12 345", "1 234,50 €", "lapkričio 25 d., trečiadienis", "2026 m. lapkričio 25 d., trečiadienis", "2026 m. lapkritis", "pr an tr kt pn št sk"},
		{"de", "1.234 12.345", "1.234,50 €", "Mittwoch, 25. November", "Mittwoch, 25. November 2026", "November 2026", "Mo Di Mi Do Fr Sa So"},
		{"uk", "1 234 12 345", "1 234,50 €", "середа, 25 листопада", "середа, 25 листопада 2026 р.", "листопад 2026 р.", "пн вт ср чт пт сб нд"},
	} {
		l := b.Localizer(tt.lang)
		var week []string
		for _, w := range l.Weekdays() {
			week = append(week, w.Short)
		}
		for what, pair := range map[string][2]string{
			"numbers": {l.Number(1234) + " " + l.Number(12345), tt.thousands}, "money": {l.Money(123450, "€"), tt.money},
			"day": {l.Date(day), tt.date}, "day and year": {l.DateYear(day), tt.year}, "month": {l.Month(day), tt.month},
			"week": {strings.Join(week, " "), tt.week}, "time": {l.Time(day), "14:30"},
		} {
			if got := strings.ReplaceAll(pair[0], noBreak, " "); got != pair[1] {
				t.Errorf("%s: %s %q, want %q", tt.lang, what, got, pair[1])
			}
		}
		for _, text := range []string{l.Number(12345), l.Money(1, "€"), l.Price(money.From(100), "€"), l.Price(money.Listed(1234500, 2234500), "€")} {
			if strings.Contains(text, " ") {
				t.Errorf("%s: %q may break between lines", tt.lang, text)
			}
		}
		for n, want := range map[int]string{0: "0", 7: "7", 999: "999"} {
			if got := l.Number(n); got != want {
				t.Errorf("%s: Number(%d) = %q, want %q", tt.lang, n, got, want)
			}
		}
	}
}

func TestUpstreamTextsWinAndOursFillIn(t *testing.T) {
	b := newBundle(t)
	var tree strings.Builder
	tree.WriteString(`{"header":{"select_town":"Город салона","you_data":""},"widget":{"error":{"restart":"hack"}},"off":"Запись выключена. <br> Извините. <BR/>","join":"  за ","evil":"{{printf \"%09d\" 1}} <%- name %>","months":{`)
	for i := range minLeaves {
		fmt.Fprintf(&tree, `"x%d":"y",`, i)
	}
	tree.WriteString(`"08":"Август"}}`)
	if err := b.Update("ru", []byte(tree.String())); err != nil {
		t.Fatal(err)
	}
	l := b.Localizer("ru")
	for key, want := range map[string]string{
		"header.select_town":   "Город салона",
		"header.you_data":      "Ваши данные",   // empty counts as missing
		"widget.error.restart": "Начать заново", // our own branch is ours
		"months.8":             "Август",
		"off":                  "Запись выключена.\nИзвините.\n",
		"join":                 "  за ",
		"evil":                 `{{printf "%09d" 1}} `, // nobody's name
	} {
		if got := l.T(key); got != want {
			t.Errorf("T(%s) = %q, want %q", key, got, want)
		}
	}
	if got, want := l.T("evil", "name", "Анна"), `{{printf "%09d" 1}} Анна`; got != want {
		t.Errorf("T(evil) = %q, want %q", got, want)
	}
}

// TestFallbackGoesKeyByKey: the upstream's language, then ours of that language, then English, the upstream's first.
func TestFallbackGoesKeyByKey(t *testing.T) {
	b, err := New(fstest.MapFS{
		"en.json": {Data: []byte(`{"a":"our English","b":"our English","c":"our English","d":"our English","n":{"one":"one","other":"other"}}`)},
		"ru.json": {Data: []byte(`{"a":"наш","b":"наш"}`)},
	}, "en")
	if err != nil {
		t.Fatal(err)
	}
	tree := func(texts string) []byte {
		var out strings.Builder
		out.WriteString("{" + texts)
		for i := range minLeaves {
			fmt.Fprintf(&out, `,"x%d":"y"`, i)
		}
		return []byte(out.String() + "}")
	}
	for lang, texts := range map[string]string{"ru": `"a":"апстрима"`, "en": `"a":"theirs","c":"theirs"`} {
		if err := b.Update(lang, tree(texts)); err != nil {
			t.Fatal(err)
		}
	}
	for lang, want := range map[string]string{
		"ru": "апстрима, наш, theirs, our English, other", "en": "theirs, our English, theirs, our English, other",
		"he": "theirs, our English, theirs, our English, other",
	} {
		l := b.Localizer(lang)
		if got := strings.Join([]string{l.T("a"), l.T("b"), l.T("c"), l.T("d"), l.N("n", 2)}, ", "); got != want {
			t.Errorf("%s: %s, want %s", lang, got, want)
		}
	}
}

func TestBadTreesChangeNothing(t *testing.T) {
	b := newBundle(t)
	for _, tree := range []string{"", "[]", "null", `"x"`, `{"a":"b"}`, "<html>"} {
		if err := b.Update("ru", []byte(tree)); err == nil {
			t.Errorf("Update(%q) = nil, want an error", tree)
		}
	}
	if got := b.Localizer("ru").T("confirm.confirm"); got != "Записаться" {
		t.Errorf("T = %q", got)
	}
}

// TestUpstreamPlurals: the upstream writes plurals in two ways of its own, with fewer forms than some
// languages have, and at times one form alone.
func TestUpstreamPlurals(t *testing.T) {
	tree := func(one, few, many string) *fstest.MapFile {
		return &fstest.MapFile{Data: fmt.Appendf(nil, `{"point":{"nominative":%[1]q,"genitive":%[2]q,"plural-genitive":%[3]q,"accusative":"x"},`+
			`"affiliate":{"1":%[1]q,"2":%[2]q,"3":%[3]q},"half":{"nominative":%[1]q,"genitive":"  "}}`, one, few, many)}
	}
	b, err := New(fstest.MapFS{
		"en.json": tree("point", "points", "points"),
		"ru.json": tree("балл", "балла", "баллов"),
		"uk.json": tree("бал", "бали", "балів"),
		"lt.json": tree("balas", "balai", "balų"),
		"lv.json": tree("punkts", "punkti", "punktu"),
	}, "en")
	if err != nil {
		t.Fatal(err)
	}
	for lang, forms := range map[string]map[int]string{
		"en": {0: "points", 1: "point", 2: "points", 5: "points", 21: "points"},
		"ru": {0: "баллов", 1: "балл", 2: "балла", 5: "баллов", 11: "баллов", 21: "балл", 22: "балла"},
		"uk": {0: "балів", 1: "бал", 3: "бали", 5: "балів", 21: "бал"},
		"lt": {0: "balų", 1: "balas", 2: "balai", 9: "balai", 10: "balų", 11: "balų", 20: "balų", 21: "balas", 22: "balai"},
		"lv": {0: "punktu", 1: "punkts", 2: "punkti", 9: "punkti", 10: "punktu", 11: "punktu", 19: "punktu", 21: "punkts"},
	} {
		l := b.Localizer(lang)
		for n, want := range forms {
			if got := [2]string{l.N("point", n), l.N("affiliate", n)}; got != [2]string{want, want} {
				t.Errorf("%s: N(%d) = %v, want %s", lang, n, got, want)
			}
			if got := l.N("half", n); got != forms[1] {
				t.Errorf("%s: the one form there is, of %d, is %q", lang, n, got)
			}
		}
	}
}

func TestMissingTextIsReportedOnce(t *testing.T) {
	b, err := New(locales.Files, "en")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	b.OnMissing(func(string, string) { n++ })
	for range 3 {
		if got := b.Localizer("de").T("no.such.key"); got != "" {
			t.Fatalf("T = %q", got)
		}
	}
	if n != 1 {
		t.Fatalf("reports = %d, want 1", n)
	}
}

// TestSwapsUnderReaders: whoever has taken a language's texts sees one tree of the upstream's, whole.
func TestSwapsUnderReaders(t *testing.T) {
	b := newBundle(t)
	tree := func(word string) []byte {
		var out strings.Builder
		fmt.Fprintf(&out, `{"confirm":{"confirm":%q,"phone":%[1]q},"point":{"nominative":%[1]q}`, word)
		for i := range minLeaves {
			fmt.Fprintf(&out, `,"k%d":"v"`, i)
		}
		return []byte(out.String() + "}")
	}
	trees := [][]byte{tree("а"), tree("б")}
	update := func(i int) {
		if err := b.Update("ru", trees[i%2]); err != nil {
			t.Error(err)
		}
	}
	update(0)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				l := b.Localizer("ru")
				one, other, counted := l.T("confirm.confirm"), l.T("confirm.phone"), l.N("point", 7)
				if one != other || one != counted || l.N("widget.service.chosen", 5) != "5\u00a0услуг" {
					t.Errorf("a reader saw a torn catalogue: %q, %q, %q", one, other, counted)
					return
				}
			}
		})
	}
	for i := range 50 {
		update(i)
	}
	wg.Wait()
}

func TestCanonical(t *testing.T) {
	for code, want := range map[string]string{
		"ru-RU": "ru", "ee-EE": "et", "et-EE": "et", "ee": "et", "uk-UK": "uk", "ua": "uk", "en_US": "en", "LV": "lv",
		"ar-AR": "ar", "Lt-sr-SP": "sr", "cn-CN": "zh", "": "", "x": "", "1234": "", "not a language": "",
	} {
		got, ok := Canonical(code)
		if got != want || ok != (want != "") {
			t.Errorf("Canonical(%q) = %q, %v, want %q", code, got, ok, want)
		}
	}
}

func TestMatch(t *testing.T) {
	offered := []string{"en", "ru", "lv", "uk"}
	for accept, want := range map[string]string{
		"":                           "en",
		"lv":                         "lv",
		"de, lv;q=0.5, ru;q=0.8":     "ru",
		"ru-LV,ru;q=0.9":             "ru",
		"fr-FR":                      "en",
		"ru;q=0, lv;q=0.1":           "lv",
		"*":                          "en",
		"lv;q=x, uk;q=0.2":           "uk",
		strings.Repeat("zz,", 10000): "en",
	} {
		if got := Match(accept, offered, "en"); got != want {
			t.Errorf("Match(%.40q) = %q, want %q", accept, got, want)
		}
	}
}

func FuzzFlatten(f *testing.F) {
	f.Add([]byte(`{"a":{"b":"c"},"08":"x"}`))
	f.Add([]byte(`{"a":{"nominative":"x"}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := flatten(raw)
		if err != nil {
			return
		}
		for k, v := range got.plain {
			if strings.TrimSpace(v) == "" {
				t.Fatalf("flatten(%q): %q is empty", raw, k)
			}
		}
		_ = got.messages("lt")
	})
}

func FuzzFill(f *testing.F) {
	f.Add("a <%- name %> b")
	f.Add("<%")
	f.Add("%><%-%>")
	f.Fuzz(func(t *testing.T, text string) {
		if got := fill(text, []any{"name", "x"}); len(got) > len(text)*2+2 {
			t.Fatalf("fill(%q) = %q", text, got)
		}
	})
}

func TestMonths(t *testing.T) {
	b := newBundle(t)
	day := func(value string) time.Time {
		at, err := time.Parse(time.DateOnly, value)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for lang, want := range map[string][3]string{
		"en": {"November – December 2026", "December 2026 – January 2027", "February 2027"},
		"ru": {"ноябрь – декабрь 2026 г.", "декабрь 2026 г. – январь 2027 г.", "февраль 2027 г."},
		"lv": {"2026. g. novembris – decembris", "2026. g. decembris – 2027. g. janvāris", "2027. g. februāris"},
		"lt": {"2026 m. lapkritis – gruodis", "2026 m. gruodis – 2027 m. sausis", "2027 m. vasaris"},
	} {
		l := b.Localizer(lang)
		got := [3]string{
			l.Months(day("2026-11-29"), day("2026-12-27")), l.Months(day("2026-12-28"), day("2027-01-31")), l.Months(day("2027-02-01"), day("2027-02-28")),
		}
		for i := range got {
			if got[i] = strings.ReplaceAll(got[i], noBreak, " "); got[i] != want[i] {
				t.Errorf("%s: months = %q, want %q", lang, got[i], want[i])
			}
		}
	}
}

func TestStreet(t *testing.T) {
	french := []byte(`{"service": {"price_from": "à partir de", "search": "Rechercher"}, "today": "aujourd'hui", "button": {"continue": "Continuer"},
		"x": {"a":"a","b":"b","c":"c","d":"d","e":"e","f":"f","g":"g","h":"h","i":"i","j":"j","k":"k","l":"l","m":"m","n":"n","o":"o","p":"p","q":"q","r":"r","s":"s","t":"t"}}`)
	t.Run("X2 the upstream's own words are decoded once", func(t *testing.T) {
		for raw, want := range map[string]string{
			"Нет&nbsp;мест": "Нет\u00a0мест", "Салон &laquo;<%- name %>&raquo;": "Салон «<%- name %>»", "Отключена. <br> Приносим": "Отключена.\nПриносим",
			"<b>Да</b>, <a href=\"/x\">нет</a>": "Да, нет", "&amp;lt;": "&lt;", "5 < 6 & 7": "5 < 6 & 7",
		} {
			if got := spoken(raw); got != want {
				t.Errorf("spoken(%q) = %q, want %q", raw, got, want)
			}
		}
	})
	t.Run("X3 a page says which language its words are in", func(t *testing.T) {
		b := newBundle(t)
		for _, lang := range []string{"fr", "he"} {
			if l := b.Localizer(lang); l.Lang() != lang || l.Spoken() != "en" || l.T("today") != "today" {
				t.Errorf("%s without texts: lang %q speaks %q and says %q", lang, l.Lang(), l.Spoken(), l.T("today"))
			}
			if err := b.Update(lang, french); err != nil {
				t.Fatal(err)
			}
			l := b.Localizer(lang)
			if l.Spoken() != lang || l.T("today") != "aujourd'hui" {
				t.Errorf("%s speaks %q and says %q", lang, l.Spoken(), l.T("today"))
			}
			page := `<title>` + l.T("widget.skip") + `</title><p title="` + l.T("widget.skip") + `">` + l.T("today") + ` ` + l.T("widget.skip") + `, ` + l.N("widget.service.chosen", 2) + `</p>`
			english := b.Localizer("en")
			want := `<title>` + english.T("widget.skip") + `</title><p title="` + english.T("widget.skip") + `">aujourd'hui <span lang="en" dir="ltr">` + english.T("widget.skip") +
				`</span>, <span lang="en" dir="ltr">` + english.N("widget.service.chosen", 2) + `</span></p>`
			if got := string(l.TellBorrowed([]byte(page))); got != want {
				t.Errorf("page = %s\nwant %s", got, want)
			}
		}
		for _, lang := range b.Languages() {
			l := b.Localizer(lang)
			for key, text := range l.plain {
				if strings.ContainsAny(text, borrowedFrom+borrowedTo) {
					t.Errorf("%s: %s is marked as borrowed", lang, key)
				}
			}
		}
	})
	t.Run("X3 borrowed texts may be put into each other", func(t *testing.T) {
		l := &Localizer{partly: true, bundle: &Bundle{fallback: "en"}}
		for page, want := range map[string]string{
			"<b>" + borrow("a "+borrow("b")+" c") + "</b>":       `<b><span lang="en" dir="ltr">a b c</span></b>`,
			"x" + borrowedTo + "y" + borrowedFrom + "z<br>w":     `xy<span lang="en" dir="ltr">z</span><br>w`,
			`<option>` + borrow("a") + `</option>` + borrow("b"): `<option>a</option><span lang="en" dir="ltr">b</span>`,
		} {
			if got := string(l.TellBorrowed([]byte(page))); got != want {
				t.Errorf("TellBorrowed(%q) = %q, want %q", page, got, want)
			}
		}
	})
	t.Run("X3 the upstream is asked in its own spelling", func(t *testing.T) {
		for lang, want := range map[string]string{"fr": "fr-FR", "zh": "cn-CN", "he": "he-IL", "sr": "Lt-sr-SP", "et": "ee-EE", "ka": "ka-KA", "tr": "tr-TR", "sv": "sv-SE"} {
			if got := UpstreamCode(lang); got != want {
				t.Errorf("UpstreamCode(%q) = %q, want %q", lang, got, want)
			}
			if back, ok := Canonical(want); !ok || back != lang {
				t.Errorf("Canonical(%q) = %q, want %q", want, back, lang)
			}
		}
		for lang, want := range map[string]string{"ar": "rtl", "he": "rtl", "fa": "rtl", "yi": "rtl", "ru": "ltr", "sr": "ltr", "az": "ltr"} {
			if got := Dir(lang); got != want {
				t.Errorf("Dir(%q) = %q, want %q", lang, got, want)
			}
		}
	})
	t.Run("X4 texts in another language than the page's say so", foreignTexts)
	t.Run("X5 titles are in the order of the language", func(t *testing.T) {
		b := newBundle(t)
		for lang, want := range map[string]string{
			"ru": "Ёлкино Ель Жуков Орёл Оренбург Орск Ängelholm apple Ķekava Kuldīga Łódź Zürich",
			"uk": "Ёлкино Ель Жуков Орёл Оренбург Орск Ängelholm apple Ķekava Kuldīga Łódź Zürich",
			"lv": "Ängelholm apple Kuldīga Ķekava Łódź Zürich Ёлкино Ель Жуков Орёл Оренбург Орск",
			"et": "apple Ķekava Kuldīga Łódź Zürich Ängelholm Ёлкино Ель Жуков Орёл Оренбург Орск",
			"de": "Ängelholm apple Ķekava Kuldīga Łódź Zürich Ёлкино Ель Жуков Орёл Оренбург Орск",
		} {
			titles := strings.Fields("Орёл Орск Оренбург Ёлкино Ķekava Łódź Ängelholm Zürich Kuldīga Ель Жуков apple")
			slices.SortStableFunc(titles, b.Localizer(lang).Collation())
			if got := strings.Join(titles, " "); got != want {
				t.Errorf("%s: %s, want %s", lang, got, want)
			}
		}
	})
	t.Run("X12 languages call themselves as CLDR says", func(t *testing.T) {
		for lang, want := range map[string]string{"ka": "ქართული", "sr": "Srpski", "kk": "Қазақ тілі", "fr": "Français", "he": "עברית", "hy": "Հայերեն", "mn": "Монгол"} {
			if got := Name(lang); got != want {
				t.Errorf("Name(%q) = %q, want %q", lang, got, want)
			}
		}
		if got := Tag("sr"); got != "sr-Latn" {
			t.Errorf(`Tag("sr") = %q`, got)
		}
	})
}

// foreignTexts is what TestStreet says of X4.
func foreignTexts(t *testing.T) {
	t.Helper()
	b := newBundle(t)
	for _, c := range []struct{ page, salon, text, want string }{
		{"en", "ru-RU", "Стрижка женская", "ru"},
		{"en", "uk-UK", "Стрижка жіноча", "uk"},
		{"en", "en-US", "Стрижка", "ru"},
		{"en", "ru-RU", "Barbershop", ""},
		{"ru", "ru-RU", "Barbershop", ""},
		{"ru", "lv-LV", "Matu griešana", "lv"},
		{"ru", "en-US", "Haircut", "en"},
		{"ru", "ru-RU", "Стрижка", ""},
		{"uk", "ru-RU", "Мытьё", "ru"},
		{"ru", "uk-UK", "Жіноча стрижка", "uk"},
		{"en", "lv-LV", "Matu griešana", "lv"},
		{"de", "de-DE", "Haare färben", ""},
		{"en", "de-DE", "Haare färben", "de"},
		{"en", "he-IL", "תספורת", "he"},
		{"en", "ru-RU", "1 500 ₽", ""},
		{"en", "ka-KA", "თმის შეჭრა", "ka"},
		{"en", "ru-RU", "", ""},
	} {
		if got := b.Localizer(c.page).Foreign(c.salon).Of(c.text); got != c.want {
			t.Errorf("%s page of a salon in %s: %q is %q, want %q", c.page, c.salon, c.text, got, c.want)
		}
	}
	f := b.Localizer("en").Foreign("ru-RU")
	for page, want := range map[string]string{
		`<p class="x">Стрижка</p>`:                      `<p class="x" lang="ru">Стрижка</p>`,
		`<dd>Анна <span class="note">price</span></dd>`: `<dd><span lang="ru">Анна</span> <span class="note">price</span></dd>`,
		`<a lang="uk">Українська</a>`:                   `<a lang="uk">Українська</a>`,
		`<b>a</b> Кофе<br/>чай<i></i>`:                  `<b>a</b> <span lang="ru">Кофе</span><br/><span lang="ru">чай</span><i></i>`,
		`<option value="1">Вода</option>`:               `<option value="1" lang="ru">Вода</option>`,
		`<script>"Вода"<"x"</script>Вода<i></i>`:        `<script>"Вода"<"x"</script><span lang="ru">Вода</span><i></i>`,
		`<textarea>Вода</textarea>`:                     `<textarea>Вода</textarea>`,
		`<p>&#34;&amp;&#34; Я</p>`:                      `<p lang="ru">&#34;&amp;&#34; Я</p>`,
		`<p>plain`:                                      `<p>plain`,
		``:                                              ``,
	} {
		if got := string(f.Tell([]byte(page))); got != want {
			t.Errorf("Tell(%s) = %s, want %s", page, got, want)
		}
	}
}
