package found

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// vocabulary is schema.org's own, as far as the program uses it.
type vocabulary struct {
	Classes map[string]struct {
		Parents    []string
		Properties map[string][]string // and what their values may be
	}
}

func readVocabulary(t interface{ Fatal(args ...any) }) vocabulary {
	var v vocabulary
	raw, err := os.ReadFile("testdata/schemaorg.json")
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// isA says whether a class is another one or below it.
func (v vocabulary) isA(class, other string) bool {
	return class == other || slices.ContainsFunc(v.Classes[class].Parents, func(parent string) bool { return v.isA(parent, other) })
}

// ranges are what the values of a property of a class may be.
func (v vocabulary) ranges(class, property string) []string {
	if of := v.Classes[class].Properties[property]; of != nil {
		return of
	}
	for _, parent := range v.Classes[class].Parents {
		if of := v.ranges(parent, property); of != nil {
			return of
		}
	}
	return nil
}

// wrong lists what is wrong with a node.
func (v vocabulary) wrong(path string, node map[string]any) (out []string) {
	class, _ := node["@type"].(string)
	if _, known := v.Classes[class]; !known {
		return []string{path + ": no class " + class}
	}
	for name, value := range node {
		if strings.HasPrefix(name, "@") {
			continue
		}
		ranges := v.ranges(class, name)
		if ranges == nil {
			out = append(out, path+": "+class+" has no property "+name)
			continue
		}
		values, several := value.([]any)
		if !several {
			values = []any{value}
		}
		for _, one := range values {
			out = append(out, v.wrongValue(path+"/"+name, ranges, one)...)
		}
	}
	return out
}

func (v vocabulary) wrongValue(path string, ranges []string, value any) []string {
	switch is := value.(type) {
	case string:
		if !slices.ContainsFunc(ranges, func(r string) bool { return r == "Text" || r == "URL" || strings.HasSuffix(r, "Platform") }) || is == "" {
			return []string{path + ": a text " + is}
		}
	case float64:
		if !slices.Contains(ranges, "Number") {
			return []string{path + ": a number"}
		}
	case map[string]any:
		class, _ := is["@type"].(string)
		if !slices.ContainsFunc(ranges, func(r string) bool { return v.isA(class, r) }) {
			return []string{path + ": a " + class}
		}
		return v.wrong(path, is)
	default:
		return []string{path + ": of no known kind"}
	}
	return nil
}

func TestTheVocabularyFindsFaults(t *testing.T) {
	v := readVocabulary(t)
	for name, raw := range map[string]string{
		"no class":                    `{"@type":"Hairsaloon"}`,
		"a property of another class": `{"@type":"HairSalon","minPrice":1}`,
		"a text for a node":           `{"@type":"HairSalon","geo":"here"}`,
		"a node of another class":     `{"@type":"HairSalon","address":{"@type":"Offer"}}`,
		"inside":                      `{"@type":"HairSalon","makesOffer":[{"@type":"Offer","itemOffered":{"@type":"Service","duration":"PT1H"}}]}`,
	} {
		var node map[string]any
		if err := json.Unmarshal([]byte(raw), &node); err != nil || len(v.wrong("", node)) == 0 {
			t.Errorf("%s is not noticed (%v)", name, err)
		}
	}
}

// TestWhatIsSaidIsInTheVocabulary: every property is one of its class, and every value of a kind that the property takes.
func TestWhatIsSaidIsInTheVocabulary(t *testing.T) {
	v := readVocabulary(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "Primrose", "</script><script>alert(1)</script>", "Красота & Ко", "\u2028<!--", "hair studio"})
		p := Place{
			ID: "https://booking.example/b/1/service?lang=ru", Name: text.Draw(t, "name"), Kind: text.Draw(t, "kind"), Description: text.Draw(t, "description"), Phone: text.Draw(t, "phone"),
			Email: text.Draw(t, "email"), Site: text.Draw(t, "site"), Street: text.Draw(t, "street"), City: text.Draw(t, "city"), Country: rapid.SampledFrom([]string{"", "RU", "LV"}).Draw(t, "country"),
			Lat: rapid.Float64Range(-90, 90).Draw(t, "lat"), Currency: rapid.SampledFrom([]string{"", "₽", "€", "$", "?"}).Draw(t, "currency"),
			Template: "https://booking.example/b/1?lang=ru{&services,master,date}", Images: rapid.SliceOfN(rapid.Just("https://pictures.example/1.jpg"), 0, 3).Draw(t, "images"),
		}
		if p.Name == "" {
			p.Name = "x"
		}
		for range rapid.IntRange(0, 30).Draw(t, "services") {
			p.Services = append(p.Services, Service{
				Name: "Haircut", Description: text.Draw(t, "length"), Named: rapid.Bool().Draw(t, "named"), Open: rapid.Bool().Draw(t, "open"),
				Low: rapid.Int64Range(0, 1e6).Draw(t, "low"), High: rapid.Int64Range(0, 1e6).Draw(t, "high"),
			})
		}
		said := JSON(p)
		if strings.ContainsAny(said, "<>&") {
			t.Fatalf("it could end its element: %s", said)
		}
		var node map[string]any
		if err := json.Unmarshal([]byte(said), &node); err != nil {
			t.Fatal(err)
		}
		if wrong := v.wrong("", node); len(wrong) > 0 {
			t.Fatalf("%v", wrong)
		}
		if offers, _ := node["makesOffer"].([]any); len(offers) != min(len(p.Services), mostServices) {
			t.Fatalf("%d offers of %d services", len(offers), len(p.Services))
		}
	})
}

func TestTypesOfPlaces(t *testing.T) {
	for says, want := range map[string]string{
		"Барбершоп «Усы Урала»": "HairSalon", "Friseursalon Max": "HairSalon", "Nail Studio Anna": "NailSalon", "Дом красоты «Мальва»": "BeautySalon",
		"Стоматология на Мира": "Dentist", "Day Spa": "DaySpa", "Корт № 5": "LocalBusiness", "": "LocalBusiness",
	} {
		if got := Type(says); got != want {
			t.Errorf("%q is a %s, want %s", says, got, want)
		}
	}
	v := readVocabulary(t)
	for _, one := range types {
		if !v.isA(one.name, general) {
			t.Errorf("%s is no %s", one.name, general)
		}
	}
}

func TestCurrencies(t *testing.T) {
	for _, tt := range [][3]string{{"₽", "RU", "RUB"}, {"руб.", "", "RUB"}, {"€", "LV", "EUR"}, {"$", "US", "USD"}, {"$", "", ""}, {"kr", "SE", "SEK"}, {"KZT", "KZ", "KZT"}, {"?", "", ""}} {
		if got := Currency(tt[0], tt[1]); got != tt[2] {
			t.Errorf("Currency(%q, %q) = %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}
