package i18n

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// eachText calls a function with every text of every language, the forms of plural texts among them.
func eachText(b *Bundle, look func(lang, key, text string)) {
	for _, lang := range b.Languages() {
		for _, key := range slices.Sorted(maps.Keys(b.embedded[lang].plain)) {
			look(lang, key, b.embedded[lang].plain[key])
		}
	}
}

// borrowable are the texts that the upstream may word: plain labels, buttons and messages that mean the same on its page and
// on ours. A text whose meaning our page decides belongs below "widget", where the upstream's words cannot come over it.
var borrowable = []string{
	"address.address", "address.phone", "address.photos", "address.schedule", "address.site", // labels of a company
	"company.on_map", "record.place", // the same
	"button.confirm", "button.continue", "button.select", "confirm.confirm", "confirm.dontSend", // buttons and choices
	"login.change_phone_num", "login.request_new_sms_code", "menu.change_lang", "refresh", "service.search", // the same
	"city.not_found_cities", "company.not_found_companies", "service.noServicesAndEvents", // a search without a hit
	"confirm.comment", "confirm.email", "confirm.emailNotify", "confirm.first_name", "confirm.phone", "login.code_confirm", // fields
	"confirm.errors.code.incorrect", "confirm.errors.comment.required", "confirm.errors.email.invalid", "confirm.errors.email.required", // their errors
	"confirm.errors.name.required", "confirm.errors.phone.incorrect", "confirm.errors.phone.required", // the same
	"confirm.phone_confirm", "header.choose_time", "header.confirmation", "header.record", "header.select_town", "header.you_data", // headings
	"group_booking.duration", "group_booking.no_space", // group events
	"group_booking.personal_booking", "header.about_service", "steps.date_and_time", // what a link or a list is about
	"cart.confirmed", "prepaid.allowed", "prepaid.required", // the upstream's own terms of payment
	"service.price_from", "service.price_to", "today", "tomorrow", // parts of prices and dates
	"time.the_part_of_day.day", "time.the_part_of_day.evening", "time.the_part_of_day.morning", // parts of the day
	"record.booking_success", // what the upstream says of its own booking
}

func TestTheUpstreamWordsOnlyWhatMeansTheSame(t *testing.T) {
	b := newBundle(t)
	for key := range b.embedded["en"].plain {
		if !strings.HasPrefix(key, programBranch+".") && !slices.Contains(borrowable, key) {
			t.Errorf("%s may be worded by the upstream: say in the list why, or move it below %q", key, programBranch)
		}
	}
	for _, key := range borrowable {
		if b.embedded["en"].plain[key] == "" {
			t.Errorf("%s is listed and is no text", key)
		}
	}
}

// TestNoSentenceLeadsToNothing: a phone or a link behind a text says itself what it is, and need not be there.
func TestNoSentenceLeadsToNothing(t *testing.T) {
	eachText(newBundle(t), func(lang, key, text string) {
		if strings.HasSuffix(strings.TrimSpace(text), ":") {
			t.Errorf("%s: %s ends in a colon: %q", lang, key, text)
		}
	})
}

func TestNumbersStayWithTheirWords(t *testing.T) {
	torn := []*regexp.Regexp{
		regexp.MustCompile(`<%- (count|seconds|percent|number|steps) %>\.? [^\s–—]`),
		regexp.MustCompile(`<%- day %>\.? <%- month|<%- month(_short)? %> <%- day %>|<%- (day|year) %> (d\.|m\.|г\.|р\.)|<%- year %>\. (gada|g\.)`),
		regexp.MustCompile(`\d [\pL]`),
		regexp.MustCompile(`(WCAG\)?|\bEN|\b301) \d`),
	}
	named := regexp.MustCompile(`[\pL)]\x{a0}\d+(?:[.\x{a0}]\d+)*`) // a number that belongs to the word before it, such as a standard's
	eachText(newBundle(t), func(lang, key, text string) {
		for _, pattern := range torn {
			if at := pattern.FindString(named.ReplaceAllString(text, "")); at != "" {
				t.Errorf("%s: %s may be torn apart at %q: %q", lang, key, at, text)
			}
		}
	})
}

// buttonsInEstonian are commands to the machine, which stand in the singular. Sentences speak to the customer.
var buttonsInEstonian = regexp.MustCompile(`^(button|confirm\.(confirm|dontSend)|login|refresh|service\.search|` +
	`widget\.(again|calendar|cancel\.(keep|submit)|datetime\.by_|demo\.(book|inbox)|done\.(retry|same|details)|embed|error\.restart|event\.stream|find|glance\.open|lost\.calendar|` +
	`me\.(new_tab|leave|save|stay|password\.title|sign_in\.(by|enter|submit))|move\.(instead|keep|submit)|notice\.earlier_link|prepaid\.(link|pay)|` +
	`record\.(calendar|cancel|move|print|rebook|repeat|share|subscribe|uncalendar)|service\.(add|find|remove)|snippet\.link|stranger\.open|summary\.(add|change|remove)|skip|call|confirm\.change))`)

func TestEstonianSpeaksToCustomersInOneWay(t *testing.T) {
	familiar := regexp.MustCompile(`(?i)(^|[\s„(])(sina|sinu|sind|sul|sulle|sa|oled|võid|saad|näed|jätkad|vali|proovi|helista|kontrolli|sisesta|oota|ava|vajuta|vaata|kustuta|alusta|jäta|kasuta)([\s,.:;“)]|$)`)
	eachText(newBundle(t), func(lang, key, text string) {
		if lang == "et" && !buttonsInEstonian.MatchString(key) {
			if word := familiar.FindString(text); word != "" {
				t.Errorf("%s addresses customers with %q: %q", key, strings.TrimSpace(word), text)
			}
		}
	})
}

// TestDifferentWaysHaveDifferentNames compares the names of links and buttons that may stand on one page.
func TestDifferentWaysHaveDifferentNames(t *testing.T) {
	b := newBundle(t)
	for _, together := range [][]string{
		{"widget.record.repeat", "widget.record.another", "widget.done.details", "widget.record.move", "widget.record.cancel", "widget.me.back", "widget.record.calendar"},
		{"button.select", "widget.master.all"},
		{"widget.error.restart", "refresh", "widget.done.retry"},
		{"widget.move.keep", "widget.move.other", "widget.move.submit"},
		{"widget.cancel.keep", "widget.cancel.submit", "widget.move.instead"},
		{"widget.me.sign_in.by_code", "widget.me.sign_in.by_password", "widget.me.sign_in.enter", "widget.me.sign_in.submit"},
		{"login.change_phone_num", "login.request_new_sms_code", "button.confirm"},
	} {
		for _, lang := range b.Languages() {
			names := map[string]string{}
			for _, key := range together {
				name := b.Localizer(lang).T(key)
				if other := names[name]; other != "" {
					t.Errorf("%s: %s and %s are both called %q", lang, other, key, name)
				}
				names[name] = key
			}
		}
	}
}

// TestErrorsBelowFieldsEndAlike: a single sentence below a field has no full stop.
func TestErrorsBelowFieldsEndAlike(t *testing.T) {
	below := regexp.MustCompile(`^(confirm\.errors\.|widget\.errors\.(own\.|surname|patronymic|consent)|widget\.me\.(wrong_password|password\.))`)
	eachText(newBundle(t), func(lang, key, text string) {
		if below.MatchString(key) && strings.Count(text, ".") == 1 && strings.HasSuffix(text, ".") {
			t.Errorf("%s: %s is one sentence and ends in a full stop: %q", lang, key, text)
		}
	})
}

func TestConsentHoldsItsLink(t *testing.T) {
	b := newBundle(t)
	for _, lang := range append(b.Languages(), "he") {
		before, link, after := Linked(b.Localizer(lang).T("widget.contact.personal_data"))
		if before == "" || link == "" || strings.ContainsAny(before+link+after, "[]") {
			t.Errorf("%s: the consent is %q, %q, %q", lang, before, link, after)
		}
	}
	for text, want := range map[string][3]string{
		"a [b] c": {"a ", "b", " c"}, "a [b]": {"a ", "b", ""}, "plain": {"plain", "", ""}, "a [b": {"a [b", "", ""}, "": {},
		borrow("a [b] c"): {borrow("a "), borrow("b"), borrow(" c")},
	} {
		if before, link, after := Linked(text); [3]string{before, link, after} != want {
			t.Errorf("Linked(%q) = %q, %q, %q, want %q", text, before, link, after, want)
		}
	}
}

func TestDatesInASentence(t *testing.T) {
	b := newBundle(t)
	now := time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)
	soon, late := time.Date(2026, time.December, 2, 6, 0, 0, 0, time.UTC), time.Date(2028, time.January, 3, 6, 0, 0, 0, time.UTC)
	for lang, want := range map[string][2]string{
		"ru": {"Отменить онлайн можно до 06:00, 2 декабря.", "Отменить онлайн можно до 06:00, 3 января 2028 года."},
		"uk": {"Скасувати онлайн можна до 06:00, 2 грудня.", "Скасувати онлайн можна до 06:00, 3 січня 2028 року."},
		"en": {"You can cancel online until 06:00 on Wednesday 2 December.", "You can cancel online until 06:00 on Monday 3 January 2028."},
		"de": {"Online absagen können Sie bis Mittwoch, 2. Dezember, 06:00 Uhr.", "Online absagen können Sie bis Montag, 3. Januar 2028, 06:00 Uhr."},
		"lv": {"Pēdējais brīdis atcelšanai tiešsaistē: trešdiena, 2. decembris, 06:00.", "Pēdējais brīdis atcelšanai tiešsaistē: pirmdiena, 2028. gada 3. janvāris, 06:00."},
		"lt": {"Atšaukti internetu galima iki gruodžio 2 d., 06:00.", "Atšaukti internetu galima iki 2028 m. sausio 3 d., 06:00."},
		"et": {"Viimane aeg veebis tühistamiseks: kolmapäev, 2. detsember, 06:00.", "Viimane aeg veebis tühistamiseks: esmaspäev, 3. jaanuar 2028, 06:00."},
	} {
		l := b.Localizer(lang)
		for i, at := range []time.Time{soon, late} {
			if got := strings.ReplaceAll(l.T("widget.cancel.until", "when", l.Moment(at, now)), noBreak, " "); got != want[i] {
				t.Errorf("%s: %q, want %q", lang, got, want[i])
			}
		}
	}
	l := b.Localizer("en")
	for at, year := range map[time.Time]bool{
		now: false, soon: false, now.AddDate(0, 11, 29): false, now.AddDate(1, 0, 0): true, late: true, now.AddDate(0, 0, -20): false, now.AddDate(0, -2, 0): true,
	} {
		if got := l.DateFrom(at, now); (got == l.DateYear(at)) != year {
			t.Errorf("DateFrom(%v) = %q, want a year: %v", at, got, year)
		}
	}
}

// TestDatesInLanguagesWithoutTexts holds dates of languages that only the upstream has texts in against CLDR's.
func TestDatesInLanguagesWithoutTexts(t *testing.T) {
	b := newBundle(t)
	var tree strings.Builder
	tree.WriteString(`{"today":"x"`)
	for i := range minLeaves {
		tree.WriteString(`,"x` + strings.Repeat("x", i) + `":"y"`)
	}
	tree.WriteString("}")
	day := time.Date(2026, time.November, 25, 14, 30, 0, 0, time.UTC)
	for lang, want := range map[string][4]string{
		"fr": {"mercredi 25 novembre", "novembre 2026", "25 nov.", "mer."},
		"cs": {"středa 25. listopadu", "listopad 2026", "25. lis", "st"},
		"pl": {"środa, 25 listopada", "listopad 2026", "25 lis", "śr."},
		"zh": {"11月25日星期三", "2026年11月", "11月25日", "周三"},
		"he": {"יום רביעי, 25 בנובמבר", "נובמבר 2026", "25 בנוב׳", "יום ד׳"},
	} {
		if err := b.Update(lang, []byte(tree.String())); err != nil {
			t.Fatal(err)
		}
		l := b.Localizer(lang)
		got := [4]string{l.Date(day), l.Month(day), l.DateShort(day)}
		for _, weekday := range l.Weekdays() {
			if weekday.Day == time.Wednesday {
				got[3] = weekday.Short
			}
		}
		for i := range got {
			if got[i] = strings.ReplaceAll(got[i], noBreak, " "); got[i] != want[i] {
				t.Errorf("%s: %q, want %q", lang, got[i], want[i])
			}
		}
	}
	for lang, dates := range b.dates {
		for key, text := range b.embedded["en"].plain {
			if strings.HasPrefix(key, "widget.date.") && dates.plain[key] == "" {
				t.Errorf("%s lacks %s", lang, key)
			} else if text == "" {
				t.Errorf("en lacks %s", key)
			}
		}
	}
}

// TestOneWordForOneThing holds the texts to one word for a thing in each language, and to none that fits only some companies: a
// doctor and a barber are no salon.
func TestOneWordForOneThing(t *testing.T) {
	gone := map[string]*regexp.Regexp{
		"ru": regexp.MustCompile(`(?i)салон|сотрудник|заказ|забронир|логин|e-mail`),
		"uk": regexp.MustCompile(`(?i)салон|співробітник|замовлен|заброньован|логін|e-mail|вибер|вибра|запросити`),
		"en": regexp.MustCompile(`(?i)salon|\bvisits?\b|\border\b|reserved|e-mail|location|begin again`),
		"de": regexp.MustCompile(`(?i)salon|mitarbeiter|fachkraft|bestellung|stornier|anmeldename`),
		"lv": regexp.MustCompile(`(?i)salon|darbiniek|pasūtījum|rezervēt|pieteik|detaļ`),
		"lt": regexp.MustCompile(`(?i)salon|darbuotoj|užsakym|rezervuo|detal|atidary`),
		"et": regexp.MustCompile(`(?i)salong|töötaja|esindus|vahekaar|üksikasj`),
	}
	places := regexp.MustCompile(`<%- \w+ %>`)
	eachText(newBundle(t), func(lang, key, text string) {
		if word := gone[lang].FindString(places.ReplaceAllString(text, "")); word != "" && !strings.HasPrefix(key, "widget.demo.") {
			t.Errorf("%s: %s says %q: %q", lang, key, word, text)
		}
	})
}

// TestTextsAreSetAsTheLanguageSetsThem is about spaces, dashes, quotes and dots.
func TestTextsAreSetAsTheLanguageSetsThem(t *testing.T) {
	const guillemets, low, english, latvian = "«»", "„“", "“”", "„”"
	quotes := map[string]string{"ru": guillemets, "uk": guillemets, "en": english, "de": low, "lv": latvian, "lt": low, "et": low}
	dashes := map[string]string{"ru": "—", "uk": "—", "en": "–", "de": "–", "lv": "–", "lt": "–", "et": "–"}
	wrong := map[string]*regexp.Regexp{
		"two spaces, or one too many at an end or before a mark": regexp.MustCompile(`[ \x{a0}]{2}|^[ \x{a0}]|[ \x{a0}]$|[ \x{a0}][.,;:!?]`),
		"a quote or an apostrophe of a typewriter":               regexp.MustCompile(`["'` + "`" + `]`),
		"three dots for an ellipsis":                             regexp.MustCompile(`\.\.`),
		"a hyphen for a dash":                                    regexp.MustCompile(`[ \x{a0}]-|-[ \x{a0}]`),
		"a dash that may begin a line":                           regexp.MustCompile(` [—–]`),
	}
	places := regexp.MustCompile(`<%- \w+ %>`)
	eachText(newBundle(t), func(lang, key, text string) {
		plain := places.ReplaceAllString(text, "x")
		for what, pattern := range wrong {
			if pattern.MatchString(plain) {
				t.Errorf("%s: %s has %s: %q", lang, key, what, text)
			}
		}
		for _, r := range plain {
			switch {
			case strings.ContainsRune("«»„“”", r) && !strings.ContainsRune(quotes[lang], r):
				t.Errorf("%s: %s has the quote %c: %q", lang, key, r, text)
			case strings.ContainsRune("—–", r) && !strings.ContainsRune(dashes[lang], r):
				t.Errorf("%s: %s has the dash %c: %q", lang, key, r, text)
			}
		}
	})
}

// TestCustomersAreAddressedPolitely: as adults who are not friends, and in Russian and Ukrainian without the capital letter of
// personal letters.
func TestCustomersAreAddressedPolitely(t *testing.T) {
	wrong := map[string]*regexp.Regexp{
		"ru": regexp.MustCompile(`(?:^|[^\pL])(?i:ты|тебя|тебе|тобой|твой|твоя|твоё|твои|твоего|твоей)(?:[^\pL]|$)|[^.!?: ] (?:Вы|Вас|Вам|Вами|Ваш\pL*)(?:[^\pL]|$)`),
		"uk": regexp.MustCompile(`(?:^|[^\pL])(?i:ти|тебе|тобі|тобою|твій|твоя|твоє|твої|твого)(?:[^\pL]|$)|[^.!?: ] (?:Ви|Вас|Вам|Вами|Ваш\pL*)(?:[^\pL]|$)`),
		"de": regexp.MustCompile(`(?:^|[^\pL])(?i:du|dich|dir|dein\pL*|euch|euer|eure\pL*)(?:[^\pL]|$)`),
		"lv": regexp.MustCompile(`(?:^|[^\pL])(?i:tu|tevi|tev|tavs|tava|tavi|tavu)(?:[^\pL]|$)|[^.!?: ] Jū(?:s|su|sus|ms)(?:[^\pL]|$)`),
		"lt": regexp.MustCompile(`(?:^|[^\pL])(?i:tu|tave|tau|tavo)(?:[^\pL]|$)|[^.!?: ] Jū(?:s|sų|mis)(?:[^\pL]|$)`),
	}
	eachText(newBundle(t), func(lang, key, text string) {
		if pattern := wrong[lang]; pattern != nil {
			if word := pattern.FindString(text); word != "" {
				t.Errorf("%s: %s addresses customers with %q: %q", lang, key, word, text)
			}
		}
	})
}

// TestAbbreviationsEndSentences: an abbreviation at the end of a sentence brings its full stop along.
func TestAbbreviationsEndSentences(t *testing.T) {
	b := newBundle(t)
	now := time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)
	for _, lang := range b.Languages() {
		l := b.Localizer(lang)
		for _, value := range []string{l.Duration(10 * time.Minute), l.Duration(2 * time.Hour), l.DateShort(now), l.Moment(now.AddDate(2, 0, 0), now)} {
			for key, text := range b.embedded[lang].plain {
				place := regexp.MustCompile(`<%- (\w+) %>\.`).FindStringSubmatch(text)
				if place == nil || strings.HasPrefix(key, "widget.date.") {
					continue
				}
				if got := l.T(key, place[1], value); strings.Contains(got, "..") || !strings.HasSuffix(text, "…") && strings.HasSuffix(text, ".") && !strings.HasSuffix(got, ".") {
					t.Errorf("%s: %s with %q is %q", lang, key, value, got)
				}
			}
		}
	}
	for text, want := range map[string]string{"<%- x %>.": "a.", "<%- x %>. B": "a. B", "<%- x %>…": "a.…", "<%- x %>, b": "a., b", "<%- x %>...": "a....", "<%- x %>": "a."} {
		if got := fill(text, []any{"x", "a."}); got != want {
			t.Errorf("fill(%q) = %q, want %q", text, got, want)
		}
	}
}
