package i18n

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// datesFile holds the names of months and days, and the order of a date, in languages that bookforms list and the program has no
// texts in. It is CLDR's data; dates.mjs has written it.
//
//go:embed dates.json
var datesFile []byte

// readDates reads datesFile as texts of each language.
func readDates() (map[string]texts, error) {
	var file map[string]json.RawMessage
	if err := json.Unmarshal(datesFile, &file); err != nil {
		return nil, fmt.Errorf("i18n: dates.json: %w", err)
	}
	out := map[string]texts{}
	for lang, raw := range file {
		t, err := flatten([]byte(`{"widget":{"date":` + string(raw) + `}}`))
		if err != nil {
			return nil, fmt.Errorf("i18n: dates.json: %s: %w", lang, err)
		}
		out[lang] = t
	}
	return out, nil
}
