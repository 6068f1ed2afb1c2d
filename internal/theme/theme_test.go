package theme

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lucasb-eyer/go-colorful"
)

// property finds the colours of a custom property in a stylesheet.
var property = regexp.MustCompile(`--([a-z-]+):light-dark\((#[0-9a-f]{6}),(#[0-9a-f]{6})\)`)

// colours reads a theme back as a browser would.
func readBack(t *testing.T, css string) (light, dark map[string]string) {
	t.Helper()
	light, dark = map[string]string{"ink": "#1d1b18"}, map[string]string{"ink": "#f3f1ed"}
	for _, m := range property.FindAllStringSubmatch(css, -1) {
		light[m[1]], dark[m[1]] = m[2], m[3]
	}
	if strings.Contains(css, "color-scheme:dark") {
		light = dark
	}
	// What the stylesheet mixes of them.
	for _, scheme := range []map[string]string{light, dark} {
		for _, m := range []struct {
			name, of string
			part     float64
		}{{"danger-tint", "danger", 0.08}, {"good-tint", "good", 0.14}, {"past", "ink-soft", 0.88}} {
			scheme[m.name] = mix(must(scheme[m.of]), must(scheme["surface"]), m.part).Hex()
		}
	}
	return light, dark
}

// pairs are what stands on what in the stylesheet, and how clear it must be.
var pairs = []struct {
	fore  string
	on    []string
	ratio float64
}{
	{"ink", []string{"ground", "surface", "tint", "tint-strong", "danger-tint"}, 4.5},
	{"ink-soft", []string{"ground", "surface", "tint"}, 4.5},
	{"past", []string{"surface"}, 4.5},
	{"accent-ink", []string{"ground", "surface", "tint"}, 4.5},
	{"accent-deep", []string{"tint", "tint-strong", "decor"}, 4.5},
	{"danger", []string{"ground", "surface", "tint", "danger-tint"}, 4.5},
	{"good", []string{"ground", "surface", "tint", "good-tint"}, 4.5},
	{"on-accent", []string{"accent", "accent-over"}, 4.5},
	{"accent", []string{"ground", "surface", "tint"}, 3},
	{"line-strong", []string{"ground", "surface"}, 3},
}

func check(t *testing.T, w Wish) {
	t.Helper()
	l, d := readBack(t, CSS(w))
	for name, scheme := range map[string]map[string]string{"light": l, "dark": d} {
		for _, p := range pairs {
			for _, on := range p.on {
				if got := contrast(must(scheme[p.fore]), must(scheme[on])); got < p.ratio {
					t.Errorf("%+v, %s: %s %s on %s %s is %.2f:1, want %.1f:1", w, name, p.fore, scheme[p.fore], on, scheme[on], got, p.ratio)
				}
			}
		}
	}
}

// TestEveryPaletteIsReadable tries every palette in every part, and all of them together.
func TestEveryPaletteIsReadable(t *testing.T) {
	names := slices.Sorted(maps.Keys(palettes))
	listed := strings.Split("red, pink, purple, deep-purple, indigo, blue, light-blue, cyan, teal, green, light-green, lime, yellow, amber, orange, "+
		"deep-orange, brown, grey, blue-grey, white, black", ", ")
	if slices.Sort(listed); !slices.Equal(names, listed) {
		t.Fatalf("palettes = %q, want those of rest-api, %q", names, listed)
	}
	for _, primary := range names {
		check(t, Wish{Primary: primary})
		for _, other := range names {
			check(t, Wish{Primary: primary, Button: other})
			check(t, Wish{Primary: primary, Background: other})
			check(t, Wish{Primary: other, Accent: primary, Button: primary, Background: other})
		}
	}
}

// TestAFreeDayLooksLikeNoFault tries every palette as every part: what is free or chosen has the button's hue, unless that is the
// red that warns, and never that of what decorates.
func TestAFreeDayLooksLikeNoFault(t *testing.T) {
	for button := range palettes {
		for other := range palettes {
			l, d := readBack(t, CSS(Wish{Primary: other, Accent: "pink", Button: button}))
			for name, it := range map[string]map[string]string{"light": l, "dark": d} {
				tint, red := must(it["tint-strong"]), must(it["danger"])
				_, chroma, hue := tint.OkLch()
				_, _, warns := red.OkLch()
				apart := math.Abs(math.Mod(hue-warns+540, 360) - 180)
				if chroma > 0.01 && apart < 25 { // mixing into a surface with a hue of its own turns it a little
					t.Errorf("button %s, primary %s, %s: a free day is %s, %.0f degrees from the red %s", button, other, name, it["tint-strong"], apart, it["danger"])
				}
			}
		}
	}
	plain, _ := readBack(t, CSS(Wish{Primary: "teal", Button: "green"}))
	decorated, _ := readBack(t, CSS(Wish{Primary: "teal", Button: "green", Accent: "pink"}))
	if plain["tint"] != decorated["tint"] || plain["tint-strong"] != decorated["tint-strong"] {
		t.Error("the colour that decorates tints what is free")
	}
	if plain["decor"] == decorated["decor"] {
		t.Error("the colour that decorates does not")
	}
}

// TestABlackButtonByNightIsNoGreyOne: black by night and white by day would be a middle grey if they only departed from the page until
// they could be seen, and a grey button looks as if it could not be pressed.
func TestABlackButtonByNightIsNoGreyOne(t *testing.T) {
	for _, w := range []Wish{{Primary: "black"}, {Primary: "black", Background: "black"}, {Primary: "#111", Button: "#222", Background: "grey"}, {Primary: "white"}, {Button: "white", Background: "white"}} {
		l, d := readBack(t, CSS(w))
		for name, it := range map[string]map[string]string{"light": l, "dark": d} {
			for _, on := range []string{"ground", "surface"} {
				if got := contrast(must(it["accent"]), must(it[on])); got < 7 {
					t.Errorf("%+v, %s: the button is %s on a %s of %s, %.1f:1", w, name, it["accent"], on, it[on], got)
				}
			}
		}
	}
	// A grey that can be seen is what the salon wants.
	if l, _ := readBack(t, CSS(Wish{Primary: "#666"})); l["accent"] != "#666666" {
		t.Errorf("a grey button is %s", l["accent"])
	}
}

// TestTheStylesheetsOwnColours are as clear as a salon's.
func TestTheStylesheetsOwnColours(t *testing.T) {
	for _, s := range []scheme{light, dark} {
		full := colours{primary: s.accent, button: s.accent, decor: s.accent}.fill(s)
		if full.inkSoft != s.inkSoft || full.accent != s.accent || full.danger != s.danger || full.ok != s.ok {
			t.Errorf("the stylesheet's colours need mending: %+v became %+v", s, full)
		}
	}
}

func TestParse(t *testing.T) {
	for in, want := range map[string]string{"#fff": "#ffffff", "FFF": "#ffffff", "666": "#666666", "#1a2B3c": "#1a2b3c", "Deep-Purple\t": "#673ab7"} {
		if c, ok := Parse(in); !ok || c.Hex() != want {
			t.Errorf("Parse(%q) = %s, %v", in, c.Hex(), ok)
		}
	}
	for _, in := range []string{"", "#", "12", "12345", "#12345g", "rgb(0,0,0)", "red;}", "url(x)", "expression(1)", "#fff;background:url(//evil)", "\u0130"} {
		if c, ok := Parse(in); ok {
			t.Errorf("Parse(%q) = %s", in, c.Hex())
		}
	}
}

// TestNothingIsPasted: S-21.
func TestS21NothingIsPasted(t *testing.T) {
	for _, evil := range []string{"url(//evil)", "red}body{display:none", "</style><script>", "#fff;}", "expression(alert(1))", "\\75rl(x)"} {
		if css := CSS(Wish{Primary: evil, Accent: evil, Button: evil, Background: evil}); css != "" {
			t.Errorf("%q becomes %q", evil, css)
		}
		css := CSS(Wish{Primary: "teal", Button: evil})
		if rest := property.ReplaceAllString(css, ""); strings.Trim(rest, ":rot{};") != "" {
			t.Errorf("%q leaves %q", evil, rest)
		}
	}
}

// FuzzCSS looks for any text that gets through.
func FuzzCSS(f *testing.F) {
	for name := range palettes {
		f.Add(name, "#123", "abc", "")
	}
	f.Add("url(x)", "red;}", "</style>", "ſſſ")
	whole := regexp.MustCompile(`^:root\{(color-scheme:dark;)?(--[a-z-]+:light-dark\(#[0-9a-f]{6},#[0-9a-f]{6}\);?)+\}$`)
	f.Fuzz(func(t *testing.T, primary, accent, button, background string) {
		w := Wish{Primary: primary, Accent: accent, Button: button, Background: background}
		css := CSS(w)
		if css == "" {
			return
		}
		if !whole.MatchString(css) {
			t.Fatalf("%+v becomes %q", w, css)
		}
		check(t, w)
	})
}

// TestPicturesCanBeRead holds for every palette, alone and as a background: what a picture says can be told from what it stands on.
func TestPicturesCanBeRead(t *testing.T) {
	t.Parallel()
	wishes := []Wish{{}}
	for name := range palettes {
		wishes = append(wishes, Wish{Primary: name}, Wish{Button: name, Primary: "teal"}, Wish{Primary: name, Background: "black"}, Wish{Primary: name, Background: "yellow"})
	}
	for _, w := range wishes {
		p := PictureOf(w)
		for what, pair := range map[string]struct {
			on, under colorful.Color
			least     float64
		}{
			"title": {p.OnAccent, p.Accent, 4.5}, "name": {p.Ink, p.Surface, 4.5}, "note": {p.InkSoft, p.Surface, 4.5}, "day": {p.Heading, p.Surface, 4.5},
			"time": {p.OnTint, p.Tint, 4.5}, "ground of a time": {p.Tint, p.Surface, 1.1},
		} {
			if got := contrast(pair.on, pair.under); got < pair.least {
				t.Errorf("%+v: the %s has a contrast of %.2f, want %.1f", w, what, got, pair.least)
			}
		}
	}
	if yellow := PictureOf(Wish{Primary: "yellow"}).Accent; yellow != must("yellow") {
		t.Errorf("a yellow salon has pictures of %s", yellow.Hex())
	}
}
