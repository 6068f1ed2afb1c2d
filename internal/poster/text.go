package poster

import (
	"bytes"
	"embed"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// The fonts are subsets, as fonts/README.md says.
//
//go:embed fonts/*.ttf
var files embed.FS

// weight is one of the two weights of the pictures.
type weight int

const (
	semiBold weight = iota
	extraBold
)

// faces are the font files of each weight. A text is set in the first that has all its letters.
var faces = [...][]string{
	semiBold:  {"Manrope-SemiBold", "NotoSans-Bold", "NotoSansHebrew-Bold", "NotoSansArmenian-Bold", "NotoSansGeorgian-Bold"},
	extraBold: {"Manrope-ExtraBold", "NotoSans-Bold", "NotoSansHebrew-Bold", "NotoSansArmenian-Bold", "NotoSansGeorgian-Bold"},
}

// parsed are the fonts by their files.
var parsed = sync.OnceValue(func() map[string]*font.Font {
	out := map[string]*font.Font{}
	for _, name := range slices.Concat(faces[:]...) {
		file, err := files.ReadFile("fonts/" + name + ".ttf")
		if err == nil {
			var face *font.Face
			if face, err = font.ParseTTF(bytes.NewReader(file)); err == nil {
				out[name] = face.Font
			}
		}
		if err != nil {
			panic("poster: " + name + ": " + err.Error()) // the files are part of the program
		}
	}
	return out
})

// setter sets text. It is for one picture, because its parts are not for several goroutines.
type setter struct {
	shaper   shaping.HarfbuzzShaper
	splitter shaping.Segmenter
	faces    [len(faces)][]*font.Face
	language language.Language
	rtl      bool
}

func newSetter(lang string, rtl bool) *setter {
	s := &setter{language: language.NewLanguage(lang), rtl: rtl}
	for w, names := range faces {
		for _, name := range names {
			s.faces[w] = append(s.faces[w], font.NewFace(parsed()[name]))
		}
	}
	return s
}

// fallback returns a face for each letter: the first of those that have it.
type fallback []*font.Face

func (f fallback) ResolveFace(r rune) *font.Face {
	for _, face := range f {
		if _, ok := face.NominalGlyph(r); ok {
			return face
		}
	}
	return f[0]
}

// Clean returns a text without what no font has, "" where no letter and no digit is left: a picture has no letters that
// nobody can read.
func Clean(text string) string {
	has := func(r rune) bool {
		return unicode.IsSpace(r) || slices.ContainsFunc(faces[extraBold], func(name string) bool {
			_, ok := parsed()[name].NominalGlyph(r)
			return ok
		})
	}
	seen := 0
	kept := strings.Map(func(r rune) rune {
		if !has(r) {
			return -1
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			seen++
		}
		return r
	}, text)
	lost := 0
	for _, r := range text {
		if unicode.IsLetter(r) && !has(r) {
			lost++
		}
	}
	if seen == 0 || lost > seen { // of a name of which most is lost nothing can be read
		return ""
	}
	return strings.Join(strings.Fields(kept), " ")
}

// line is a text on one line, set in a size.
type line struct {
	runs  []shaping.Output
	size  float32
	width float32
}

// set sets a text.
func (s *setter) set(text string, w weight, size float32) line {
	out := line{size: size}
	runes := []rune(text)
	if len(runes) == 0 {
		return out
	}
	direction := di.DirectionLTR
	if rightToLeft(runes, s.rtl) {
		direction = di.DirectionRTL
	}
	in := shaping.Input{
		Text: runes, RunEnd: len(runes), Direction: direction, Size: fixed.Int26_6(size * 64), Script: language.Latin, Language: s.language,
	}
	// Letters of two faces do not stand in one word where one face has them all.
	order := fallback(s.faces[w])
	for i, face := range order {
		if !slices.ContainsFunc(runes, func(r rune) bool { _, ok := face.NominalGlyph(r); return !ok && unicode.IsLetter(r) }) {
			order = append(fallback{face}, slices.Delete(slices.Clone(order), i, i+1)...)
			break
		}
	}
	for _, run := range s.splitter.Split(in, order) {
		run.Size = in.Size
		set := s.shaper.Shape(run)
		out.runs = append(out.runs, set)
		out.width += float32(set.Advance) / 64
	}
	out.runs = inSight(out.runs, direction)
	return out
}

// rightToLeft says whether a text runs from right to left: as its first letter does.
func rightToLeft(text []rune, otherwise bool) bool {
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Hebrew, unicode.Arabic):
			return true
		case unicode.IsLetter(r):
			return false
		}
	}
	return otherwise
}

// inSight puts runs into the order in which they stand from left to right.
func inSight(runs []shaping.Output, of di.Direction) []shaping.Output {
	out := slices.Clone(runs)
	if of == di.DirectionRTL {
		slices.Reverse(out)
	}
	// Neighbours that run against the line stay in their own order.
	for i := 0; i < len(out); {
		j := i
		for j < len(out) && out[j].Direction != of {
			j++
		}
		slices.Reverse(out[i:j])
		i = max(j, i+1)
	}
	return out
}

// mostLetters is more than a line ever holds.
const mostLetters = 200

// cut sets a text so that it is no wider than some pixels, with an ellipsis where it had to be cut.
func (s *setter) cut(text string, w weight, size, width float32) line {
	runes := []rune(text)
	if len(runes) > mostLetters {
		runes = runes[:mostLetters]
	}
	if out := s.set(string(runes), w, size); out.width <= width {
		return out
	}
	first := func(n int) line {
		return s.set(strings.TrimRightFunc(string(runes[:n]), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })+"…", w, size)
	}
	tooMany := sort.Search(len(runes), func(n int) bool { return first(n).width > width })
	return first(max(tooMany-1, 0))
}

// wrap sets a text on at most so many lines, in the greatest of some sizes in which it fits. What does not fit in the smallest is cut.
func (s *setter) wrap(text string, w weight, width float32, most int, sizes ...float32) []line {
	for _, size := range sizes {
		var lines []line
		now, fits := "", true
		for word := range strings.SplitSeq(text, " ") {
			longer := strings.TrimSpace(now + " " + word)
			if now == "" || s.set(longer, w, size).width <= width {
				now = longer
				continue
			}
			lines = append(lines, s.set(now, w, size))
			now = word
		}
		lines = append(lines, s.set(now, w, size))
		for _, l := range lines {
			fits = fits && l.width <= width
		}
		if fits && len(lines) <= most {
			return lines
		}
	}
	return []line{s.cut(text, w, sizes[len(sizes)-1], width)}
}

// draw draws a line whose left end and baseline are given.
func (l line) draw(dst draw.Image, x, y float32, ink color.Color) {
	const margin = 0.5 // of the size, for what stands out of its box
	box := image.Rect(int(x-l.size*margin), int(y-l.size*1.5), int(x+l.width+l.size*margin)+1, int(y+l.size)+1).Intersect(dst.Bounds())
	if box.Empty() {
		return
	}
	left, top := box.Min.X, box.Min.Y
	z := vector.NewRasterizer(box.Dx(), box.Dy())
	for _, run := range l.runs {
		scale := l.size / float32(run.Face.Upem())
		for _, g := range run.Glyphs {
			gx, gy := x+float32(g.XOffset)/64-float32(left), y-float32(g.YOffset)/64-float32(top)
			x += float32(g.Advance) / 64
			outline, ok := run.Face.GlyphData(g.GlyphID).(font.GlyphOutline)
			if !ok {
				continue
			}
			at := func(p opentype.SegmentPoint) (float32, float32) { return gx + p.X*scale, gy - p.Y*scale }
			for i, segment := range outline.Segments {
				ax, ay := at(segment.Args[0])
				bx, by := at(segment.Args[1])
				cx, cy := at(segment.Args[2])
				switch segment.Op {
				case opentype.SegmentOpMoveTo:
					if i > 0 {
						z.ClosePath()
					}
					z.MoveTo(ax, ay)
				case opentype.SegmentOpLineTo:
					z.LineTo(ax, ay)
				case opentype.SegmentOpQuadTo:
					z.QuadTo(ax, ay, bx, by)
				case opentype.SegmentOpCubeTo:
					z.CubeTo(ax, ay, bx, by, cx, cy)
				}
			}
			z.ClosePath()
		}
	}
	z.Draw(dst, box, image.NewUniform(ink), image.Point{})
}
