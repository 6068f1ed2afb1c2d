package i18n

import (
	"encoding/json"
	"strings"
	"testing"

	"okoshko/internal/money"
)

func TestStreetMoney(t *testing.T) {
	t.Run("M6 no price in every language", func(t *testing.T) {
		b := newBundle(t)
		seen := map[string]string{}
		for _, lang := range b.Languages() {
			l := b.Localizer(lang)
			text := l.Price(money.Price{}, "€")
			if text == "" || seen[text] != "" {
				t.Errorf("%s: %q, as in %q", lang, text, seen[text])
			}
			seen[text] = lang
			for _, p := range []money.Price{money.Free(), money.From(100), money.Listed(0, 900), money.Listed(100, 900), money.Exactly(5)} {
				if got := l.Price(p, "€"); got == "" || strings.Contains(got, "  ") || strings.HasPrefix(got, " ") {
					t.Errorf("%s: %+v is %q", lang, p, got)
				}
			}
		}
	})
	t.Run("M4 a discount invents nothing", func(t *testing.T) {
		l := newBundle(t).Localizer("en")
		for percent, want := range map[float64]string{0: "", -5: "", 20: "20% discount", 12.5: "12.5% discount", 100: "100% discount", 300: "with a discount"} {
			if got := l.Discount(percent); got != want {
				t.Errorf("Discount(%v) = %q, want %q", percent, got, want)
			}
		}
	})
	t.Run("M2 the upstream's own words for prepayment", func(t *testing.T) {
		b := newBundle(t)
		tree := map[string]any{"prepaid": map[string]any{"required": "предоплата обязательна!", "allowed": "предоплата опциональна"}, "widget": map[string]any{"price": map[string]any{"request": "не наше"}}}
		for i := range minLeaves {
			tree["filler"+strings.Repeat("x", i)] = "text"
		}
		raw, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Update("ru", raw); err != nil {
			t.Fatal(err)
		}
		l := b.Localizer("ru")
		if l.T("prepaid.required") != "предоплата обязательна!" || l.T("prepaid.allowed") != "предоплата опциональна" || l.Price(money.Price{}, "₽") != "цена по запросу" {
			t.Errorf("words = %q, %q, %q", l.T("prepaid.required"), l.T("prepaid.allowed"), l.Price(money.Price{}, "₽"))
		}
	})
}
