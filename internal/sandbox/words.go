package sandbox

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"time"
)

//go:embed data/forms.psv data/services.psv data/words.psv
var tables embed.FS

// language is an index into a phrase.
type language int

const (
	russian language = iota
	latvian
	english
	estonian
	lithuanian
	german
	ukrainian
	languageCount
)

// languageCodes are the names of the languages as rest-api spells them in
// "Получить параметры интернационализации", in the order of the constants.
var languageCodes = [languageCount]string{"ru-RU", "lv-LV", "en-US", "ee-EE", "lt-LT", "de-DE", "uk-UK"}

func (l language) code() string { return languageCodes[l] }

// parseLanguage reads the first tag of an Accept-Language header.
func parseLanguage(header string) (language, bool) {
	tag := strings.ToLower(strings.TrimSpace(header))
	if i := strings.IndexAny(tag, ",;-_ "); i >= 0 {
		tag = tag[:i]
	}
	switch tag {
	case "ru":
		return russian, true
	case "lv":
		return latvian, true
	case "en":
		return english, true
	case "et", "ee":
		return estonian, true
	case "lt":
		return lithuanian, true
	case "de":
		return german, true
	case "uk", "ua":
		return ukrainian, true
	}
	return 0, false
}

// phrase is one text in every language.
type phrase [languageCount]string

// offer is a service of the common price list from which salons are made.
type offer struct {
	key, category string
	minutes       int
	min, max      int // euros; max 0 = a single price
	title         phrase
}

// dictionary holds every text the sandbox speaks apart from the i18n trees.
type dictionary struct {
	words    map[string]phrase
	services []offer
}

func readDictionary() (*dictionary, error) {
	dict := &dictionary{words: make(map[string]phrase)}
	rows, err := readTable("data/words.psv", 1+int(languageCount))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		dict.words[row[0]] = newPhrase(row[1:])
	}
	rows, err = readTable("data/forms.psv", int(languageCount))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		dict.words[row[0]] = newPhrase([]string{row[1], row[2], row[0], row[3], row[4], row[5], row[6]})
	}
	rows, err = readTable("data/services.psv", 5+int(languageCount))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		t := offer{key: row[0], category: row[1], title: newPhrase(row[5:])}
		for i, field := range []*int{&t.minutes, &t.min, &t.max} {
			if *field, err = strconv.Atoi(row[2+i]); err != nil {
				return nil, fmt.Errorf("services.psv: %s: %w", row[0], err)
			}
		}
		dict.services = append(dict.services, t)
	}
	return dict, nil
}

func newPhrase(columns []string) phrase {
	var p phrase
	for i := range p {
		p[i] = strings.ReplaceAll(columns[i], `\n`, "\n")
	}
	return p
}

func readTable(name string, columns int) ([][]string, error) {
	text, err := tables.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	var rows [][]string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		row := strings.Split(line, "|")
		if len(row) != columns {
			return nil, fmt.Errorf("%s: %q has %d columns, want %d", name, row[0], len(row), columns)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// say returns the text for a key, with arguments filled in where it has verbs.
// An unknown key comes back as it is, which a test forbids.
func (d *dictionary) say(lang language, key string, args ...any) string {
	p, ok := d.words[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return p[lang]
	}
	return fmt.Sprintf(p[lang], args...)
}

// moment prints an instant the way the upstream's refusals do ("30 мая 2027 15:30").
func (d *dictionary) moment(lang language, t time.Time) string {
	return fmt.Sprintf("%d %s %d %02d:%02d", t.Day(), monthWords[lang][t.Month()-1], t.Year(), t.Hour(), t.Minute())
}

var monthWords = [languageCount][12]string{
	russian:    {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
	latvian:    {"janvāris", "februāris", "marts", "aprīlis", "maijs", "jūnijs", "jūlijs", "augusts", "septembris", "oktobris", "novembris", "decembris"},
	english:    {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	estonian:   {"jaanuar", "veebruar", "märts", "aprill", "mai", "juuni", "juuli", "august", "september", "oktoober", "november", "detsember"},
	lithuanian: {"sausio", "vasario", "kovo", "balandžio", "gegužės", "birželio", "liepos", "rugpjūčio", "rugsėjo", "spalio", "lapkričio", "gruodžio"},
	german:     {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
	ukrainian:  {"січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня", "листопада", "грудня"},
}
