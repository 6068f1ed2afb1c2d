package upstream

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
)

func TestInert(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                        "plain",
		"a\u202eb\u2066c\u2069d\x00e":  "abcde",
		"line\nline\ttab\r\n":          "line\nline\ttab\r\n",
		"\u0085next\u009f \x1b[31mred": "next [31mred",
		"می\u200cخواهم \u200f\u200eכן": "می\u200cخواهم \u200f\u200eכן",
		"👩\u200d👧":                     "👩\u200d👧",
	} {
		if got := Inert(text); got != want {
			t.Errorf("Inert(%q) = %q, want %q", text, got, want)
		}
	}
}

// FuzzInertJSON cleans a document as its bytes and as its values, which must come to the same.
func FuzzInertJSON(f *testing.F) {
	for _, document := range []string{
		`{"title":"a\u202eb","list":["\\u202e","\\\u202E","\u0000","\b\f\n"],"n":1.5}`, "\"raw \u202e \u2066 \x7f \u0085\"", `"\ud83d\udc69\u200d"`, `{"\u0000key":"\"\\"}`, `[]`, `"\u20"`, `"\`,
	} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		var before, after any
		if json.Unmarshal(document, &before) != nil {
			inertJSON(document) // it must only not fail
			return
		}
		clean := inertJSON(document)
		if err := json.Unmarshal(clean, &after); err != nil {
			t.Fatalf("inertJSON(%q) = %q: %v", document, clean, err)
		}
		if want := inertValue(before); !sameKeys(before) && !reflect.DeepEqual(after, want) {
			t.Errorf("inertJSON(%q) = %q, want %v", document, clean, want)
		}
	})
}

func inertValue(v any) any {
	switch v := v.(type) {
	case string:
		return Inert(v)
	case []any:
		for i := range v {
			v[i] = inertValue(v[i])
		}
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			out[Inert(key)] = inertValue(value)
		}
		return out
	}
	return v
}

// sameKeys says whether two keys of an object become one: which value stays is the reader's business then.
func sameKeys(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, sameKeys)
	case map[string]any:
		seen := map[string]bool{}
		for key, value := range v {
			if seen[Inert(key)] || sameKeys(value) {
				return true
			}
			seen[Inert(key)] = true
		}
	}
	return false
}
