// Package theme turns a salon's colours into the custom properties of the stylesheet. A salon names one to four colours, and the
// package computes the other colours from these. Whatever the salon has chosen, text keeps a contrast of 4.5:1 and controls keep
// one of 3:1 against the colour behind them, by day and by night. The package is pure.
package theme

import (
	"math"
	"regexp"
	"strings"

	"github.com/lucasb-eyer/go-colorful"
)

// Wish holds the colours that a bookform names: names of palettes, or hex colours of three or six digits with or without "#"
// (rest-api: "Получить настройки формы бронирования", style).
type Wish struct {
	Primary    string // links, progress, what is chosen
	Accent     string // decorates: behind pictures and initials
	Button     string
	Background string
}

// palettes are the names of rest-api with their middle tones, those of Material Design that the
// upstream's own form uses.
var palettes = map[string]string{
	"red": "#f44336", "pink": "#e91e63", "purple": "#9c27b0", "deep-purple": "#673ab7", "indigo": "#3f51b5", "blue": "#2196f3",
	"light-blue": "#03a9f4", "cyan": "#00bcd4", "teal": "#009688", "green": "#4caf50", "light-green": "#8bc34a", "lime": "#cddc39",
	"yellow": "#ffeb3b", "amber": "#ffc107", "orange": "#ff9800", "deep-orange": "#ff5722", "brown": "#795548", "grey": "#9e9e9e",
	"blue-grey": "#607d8b", "white": "#ffffff", "black": "#000000",
}

var hex = regexp.MustCompile(`^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$`)

// Parse reads the name of a palette or a hex colour. It returns false for any other text.
func Parse(s string) (colorful.Color, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if named, ok := palettes[s]; ok {
		s = named
	}
	match := hex.FindStringSubmatch(s)
	if match == nil {
		return colorful.Color{}, false
	}
	c, err := colorful.Hex("#" + match[1])
	return c, err == nil
}

// Contrasts that WCAG 2.2 asks for (1.4.3 and 1.4.11), with a margin for rounding to hex.
const (
	forText    = 4.55
	forControl = 3.05
)

// scheme is one of the two sets of colours.
type scheme struct {
	dark                              bool
	ground, surface                   colorful.Color
	ink, inkSoft, line, lineStrong    colorful.Color
	accent, onAccent, accentInk, over colorful.Color
	tint, tintStrong, decor           colorful.Color
	deep, danger, ok                  colorful.Color
}

// The stylesheet's own colours, from which a theme departs.
var (
	light = scheme{
		ground: must("#f6f5f2"), surface: must("#ffffff"), ink: must("#1d1b18"), inkSoft: must("#625e57"), line: must("#e3e0d9"),
		lineStrong: must("#8a857c"), accent: must("#0f766e"), danger: must("#b3261e"), ok: must("#1b7340"),
	}
	dark = scheme{
		dark: true, ground: must("#131312"), surface: must("#1e1d1b"), ink: must("#f3f1ed"), inkSoft: must("#b5b0a7"), line: must("#35332e"),
		lineStrong: must("#827d74"), accent: must("#5cc8bb"), danger: must("#ffa399"), ok: must("#7ed3a0"),
	}
)

func must(s string) colorful.Color {
	c, ok := Parse(s)
	if !ok {
		panic("theme: " + s)
	}
	return c
}

// Picture holds the colours of a picture in a salon's colours, by day. Text of OnAccent can be read on Accent, each other ink on Surface,
// and OnTint on Tint.
type Picture struct {
	Accent, OnAccent               colorful.Color
	Surface, Ink, InkSoft, Heading colorful.Color
	Tint, OnTint                   colorful.Color
	Line                           colorful.Color
}

// PictureOf returns the colours of a picture. A form that is black by day has black pictures.
func PictureOf(w Wish) Picture {
	s, night, _ := schemes(w)
	button, ok := Parse(w.Button)
	if primary, named := Parse(w.Primary); !ok && named {
		button = primary
	} else if !ok {
		button = light.accent
	}
	// A button has to stand out from its page. What fills a picture need not, so a yellow stays yellow.
	fill, text := s.button(round(s.seen(button)), nil)
	if black(w) {
		s = night
	}
	// Nothing on a picture warns, so a red is as good as any other colour.
	tint := mix(s.seen(button), s.surface, ofSlot)
	for part := ofSlot; contrast(tint, s.surface) < forSlot && part < 1; part += ofSlot / 2 {
		tint = mix(s.seen(button), s.surface, part)
	}
	return Picture{
		Accent: fill, OnAccent: text, Surface: s.surface, Ink: s.ink, InkSoft: s.inkSoft, Heading: s.accentInk, Line: s.line,
		Tint: tint, OnTint: s.away(mix(s.ink, s.accentInk, ofInk), forText, tint),
	}
}

// CSS returns the custom properties for a salon's colours, "" when the salon names none. The result consists of hex digits and
// names of this package only, so no text of the salon gets into the stylesheet.
func CSS(w Wish) string {
	l, d, named := schemes(w)
	if !named {
		return ""
	}
	scheme := ""
	if black(w) {
		l, scheme = d, "color-scheme:dark;" // a black form is black by day too
	}
	var b strings.Builder
	b.WriteString(":root{" + scheme)
	for _, p := range []struct {
		name        string
		light, dark colorful.Color
	}{
		{"ground", l.ground, d.ground},
		{"surface", l.surface, d.surface},
		{"ink-soft", l.inkSoft, d.inkSoft},
		{"line", l.line, d.line},
		{"line-strong", l.lineStrong, d.lineStrong},
		{"accent", l.accent, d.accent},
		{"accent-over", l.over, d.over},
		{"on-accent", l.onAccent, d.onAccent},
		{"accent-ink", l.accentInk, d.accentInk},
		{"tint", l.tint, d.tint},
		{"tint-strong", l.tintStrong, d.tintStrong},
		{"decor", l.decor, d.decor},
		{"accent-deep", l.deep, d.deep},
		{"danger", l.danger, d.danger},
		{"good", l.ok, d.ok},
	} {
		b.WriteString("--" + p.name + ":light-dark(" + p.light.Hex() + "," + p.dark.Hex() + ");")
	}
	return strings.TrimSuffix(b.String(), ";") + "}"
}

// black says whether a salon's background makes its pages dark by day, too.
func black(w Wish) bool {
	background, ok := Parse(w.Background)
	return ok && luminance(background) < darkBelow
}

// schemes returns the colours by day and by night, and whether the salon names any.
func schemes(w Wish) (day, night scheme, named bool) {
	primary, hasPrimary := Parse(w.Primary)
	button, hasButton := Parse(w.Button)
	accent, hasAccent := Parse(w.Accent)
	background, hasBackground := Parse(w.Background)
	build := func(base scheme) scheme {
		c := colours{primary: base.accent, button: base.accent}
		if hasPrimary {
			c.primary, c.button = primary, primary
		}
		if hasButton {
			c.button = button
		}
		c.decor = c.primary
		if hasAccent {
			c.decor = accent
		}
		if hasBackground {
			base.stand(background)
		}
		return c.fill(base)
	}
	return build(light), build(dark), hasPrimary || hasButton || hasAccent || hasBackground
}

// darkBelow is the luminance under which a background is taken for a dark form.
const darkBelow = 0.05

// stand puts a scheme on a background of the salon's: its hue stays, its strength is toned down to
// what a page can be read on.
func (s *scheme) stand(background colorful.Color) {
	white, black := must("#ffffff"), must("#000000")
	if s.dark {
		s.ground, s.surface = mix(background, must("#101010"), 0.10), mix(background, must("#1e1e1e"), 0.10)
		if luminance(background) < darkBelow {
			s.ground, s.surface = black, must("#161616")
		}
	} else {
		s.ground, s.surface = mix(background, white, 0.07), white
	}
	s.line = mix(s.ink, s.surface, 0.14)
}

// colours are the wishes of a salon for one scheme.
type colours struct{ primary, button, decor colorful.Color }

// fill computes the rest of a scheme.
func (c colours) fill(s scheme) scheme {
	c = colours{primary: s.seen(c.primary), button: s.seen(c.button), decor: s.seen(c.decor)}
	tint := s.stateOf(c)
	s.tint, s.tintStrong, s.decor = mix(tint, s.surface, 0.09), mix(tint, s.surface, 0.16), mix(c.decor, s.surface, 0.16)
	under := []colorful.Color{s.ground, s.surface, s.tint, s.tintStrong}
	s.ink = s.away(s.ink, 7, under...)
	s.inkSoft = nudge(s.inkSoft, !s.dark, func(c colorful.Color) bool {
		return apart(c, forText, under) && contrast(mix(c, s.surface, ofPast), s.surface) >= forText
	})
	s.lineStrong = s.away(s.lineStrong, forControl, under...)
	s.accentInk = s.away(c.primary, forText, under...)
	s.deep = s.away(mix(s.ink, s.accentInk, 0.14), forText, append(under, s.decor)...)
	s.danger = s.awayFromOwn(s.danger, ofDanger, under)
	s.ok = s.awayFromOwn(s.ok, ofGood, under)
	s.accent = s.away(c.button, forControl, under...)
	s.accent, s.onAccent = s.button(s.accent, under)
	// Under the pointer a button departs from its text, never towards it.
	from := must("#ffffff")
	if luminance(s.onAccent) > luminance(s.accent) {
		from = must("#000000")
	}
	s.over = mix(from, s.accent, ofOver)
	return s
}

// seen is a colour as it can be seen in the scheme. Black by night and white by day become the ink: the nearest grey that can be told
// from the page would make every button look as if it could not be pressed.
func (s scheme) seen(c colorful.Color) colorful.Color {
	if _, chroma, _ := c.OkLch(); chroma < hueless && !apart(c, forControl, []colorful.Color{s.ground, s.surface}) {
		return s.ink
	}
	return c
}

// stateOf is the colour whose tints show what is free, chosen or under the pointer: the button's, so that they belong to what is
// pressed. A button of nearly the red that warns lends its place to the first colour, and where that is as red there is no hue:
// a free day must not look like a fault.
func (s scheme) stateOf(c colours) colorful.Color {
	for _, it := range []colorful.Color{c.button, c.primary} {
		if !s.warns(it) {
			return it
		}
	}
	l, _, hue := c.button.OkLch()
	return colorful.OkLch(l, 0, hue)
}

const (
	fromDanger = 40   // degrees of hue that a state keeps from the red that warns
	hueless    = 0.03 // OKLCh chroma under which a colour has no hue to speak of
)

// warns says whether a colour is close to the red that warns.
func (s scheme) warns(c colorful.Color) bool {
	_, chroma, hue := c.OkLch()
	_, _, red := s.danger.OkLch()
	apart := math.Abs(math.Mod(hue-red+540, 360) - 180)
	return chroma > hueless && apart < fromDanger
}

// Parts of colours that the stylesheet mixes into the surface or, of the last, into a button.
const (
	ofPast   = 0.88 // of the soft ink, in days that have passed
	ofDanger = 0.08 // under messages of errors
	ofGood   = 0.14 // under what is confirmed
	ofOver   = 0.14
	ofSlot   = 0.16 // behind the times of a picture
	ofInk    = 0.14 // of the ink, in the times of a picture
)

// forSlot is the contrast by which the ground of a time of a picture can be seen beside the time itself.
const forSlot = 1.13

// awayFromOwn is away, also from what the colour itself tints.
func (s scheme) awayFromOwn(c colorful.Color, part float64, under []colorful.Color) colorful.Color {
	return nudge(c, !s.dark, func(c colorful.Color) bool {
		return apart(c, forText, under) && contrast(c, mix(c, s.surface, part)) >= forText
	})
}

// whiteWithin is how much darker, in OKLab lightness, a button may become so that white can stand on
// it by day: white on a strong colour looks like a button, black on it like a label.
const whiteWithin = 0.12

// button is the colour of a button and of its text.
func (s scheme) button(c colorful.Color, under []colorful.Color) (fill, text colorful.Color) {
	white, black := must("#ffffff"), must("#0c0c0c")
	stands := func(text colorful.Color) func(colorful.Color) bool {
		return func(fill colorful.Color) bool { return contrast(text, fill) >= forText }
	}
	if stands(white)(c) {
		return c, white
	}
	deeper := nudge(c, true, stands(white))
	if before, _, _ := c.OkLab(); !s.dark {
		if after, _, _ := deeper.OkLab(); before-after <= whiteWithin {
			return deeper, white
		}
	}
	// Between the two a colour is too light for white and too dark for black.
	text = black
	fill = nudge(c, !s.dark, func(a colorful.Color) bool {
		if stands(white)(a) {
			text = white
			return true
		}
		return stands(black)(a) && apart(a, forControl, under)
	})
	return fill, text
}

// away moves a colour's lightness away from what it stands on until it can be told from all of it.
func (s scheme) away(c colorful.Color, ratio float64, under ...colorful.Color) colorful.Color {
	return nudge(c, !s.dark, func(c colorful.Color) bool { return apart(c, ratio, under) })
}

func apart(c colorful.Color, ratio float64, under []colorful.Color) bool {
	for _, u := range under {
		if contrast(c, u) < ratio {
			return false
		}
	}
	return true
}

// nudge darkens or lightens a colour by small steps, keeping its hue, until it is good.
func nudge(c colorful.Color, darker bool, good func(colorful.Color) bool) colorful.Color {
	const step = 0.01
	l, chroma, hue := c.OkLch()
	for range 101 {
		rounded := round(c)
		if good(rounded) {
			return rounded
		}
		if l += step; darker {
			l -= 2 * step
		}
		// Near black and white there is little room for colour.
		c = colorful.OkLch(math.Min(math.Max(l, 0), 1), chroma*math.Min(1, 4*math.Min(math.Max(l, 0), math.Max(1-l, 0))), hue).Clamped()
	}
	return round(c)
}

// round is a colour as its hex digits say it, which is what a browser gets.
func round(c colorful.Color) colorful.Color {
	out, err := colorful.Hex(c.Clamped().Hex())
	if err != nil {
		return c
	}
	return out
}

// mix is so much of a colour in another, as the eye sees it.
func mix(c, in colorful.Color, part float64) colorful.Color { return round(in.BlendOkLab(c, part)) }

// luminance is WCAG's relative luminance.
func luminance(c colorful.Color) float64 {
	r, g, b := c.LinearRgb()
	return 0.2126*r + 0.7152*g + 0.0722*b
}

// contrast is WCAG's ratio of two colours, 1 to 21.
func contrast(a, b colorful.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}
