// Package poster draws what is free at a salon as a picture that the salon posts. The package is pure.
package poster

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"slices"
	"strings"

	"golang.org/x/image/vector"
)

// Size is a size of pictures, with what apps cover at the top and at the bottom, in pixels.
type Size struct{ Width, Height, Top, Bottom int }

// The sizes: of a post, and of a story, on whose ends apps put names and buttons.
var (
	Post  = Size{1080, 1350, 64, 64}
	Story = Size{1080, 1920, 250, 340}
)

// Colours are those of the salon. Text of each Ink can be read on what its name says.
type Colours struct {
	Ground, OnGround color.Color // behind everything, and what stands on it
	Panel            color.Color // behind the times
	Ink, SoftInk     color.Color // on the panel
	Day              color.Color // the days, on the panel
	Slot, SlotInk    color.Color // behind a time, and the time
	Line             color.Color // between days
}

// Poster is what a picture says. All of it is finished text.
type Poster struct {
	Colours Colours
	Lang    string // BCP 47
	RTL     bool   // the language runs from right to left

	Salon   string // "" = the picture does not say
	Title   string
	Days    []Day
	Else    string             // said where not everything fits
	More    func(n int) string // how many times more there are
	Empty   string             // said where there are no days
	Call    string             // what to do
	Address string             // where; "" = the picture does not say
}

// Day is a day with those who are free on it.
type Day struct {
	Title string
	Rows  []Row
}

// Row is one who is free, with the first times.
type Row struct {
	Name   string
	Times  []string
	Hidden int    // how many times there are beside these
	Note   string // in the place of times
}

// Key returns a text that is the same for equal pictures, and for no others.
func (p Poster) Key(size Size) string {
	var b strings.Builder
	for _, c := range []color.Color{p.Colours.Ground, p.Colours.OnGround, p.Colours.Panel, p.Colours.Ink, p.Colours.SoftInk, p.Colours.Day, p.Colours.Slot, p.Colours.SlotInk, p.Colours.Line} {
		r, g, bl, _ := c.RGBA()
		fmt.Fprintf(&b, "%04x%04x%04x ", r, g, bl)
	}
	fmt.Fprintf(&b, "%d %t %q", size, p.RTL, []string{p.Lang, p.Salon, p.Title, p.Else, p.More(1), p.Empty, p.Call, p.Address})
	for _, day := range p.Days {
		fmt.Fprintf(&b, "\n%q", day.Title)
		for _, row := range day.Rows {
			fmt.Fprintf(&b, " %q %q %d %q", row.Name, row.Times, row.Hidden, row.Note)
		}
	}
	return b.String()
}

// Distances, in pixels at a scale of 1.
const (
	side      = 64 // beside everything
	inside    = 48 // between the edge of the panel and what is on it
	round     = 52 // the corners of the panel
	dayText   = 46
	nameText  = 41
	slotText  = 40
	slotHigh  = 78
	slotSide  = 26
	slotRound = 24
	slotGap   = 14
	nameHigh  = 66
	dayHigh   = 80
	rowGap    = 36
	dayGap    = 40
	footHigh  = 64
)

// mostRows is more than there is ever room for.
const mostRows = 8

// scales are how large the panel may be drawn: the largest in which all fits.
var scales = []float32{1.5, 1.4, 1.3, 1.2, 1.1, 1, 0.9}

// PNG draws the picture.
func (p Poster) PNG(size Size) ([]byte, error) {
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := encoder.Encode(&out, p.draw(size)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// canvas is a picture that is being drawn.
type canvas struct {
	*image.RGBA
	*setter
}

func (p Poster) draw(size Size) *image.RGBA {
	c := canvas{image.NewRGBA(image.Rect(0, 0, size.Width, size.Height)), newSetter(p.Lang, p.RTL)}
	draw.Draw(c.RGBA, c.Bounds(), image.NewUniform(p.Colours.Ground), image.Point{}, draw.Src)
	c.window(p.Colours.OnGround)

	wide := float32(size.Width - 2*side)
	head := p.head(c, wide)
	foot := p.foot(c, wide)
	room := float32(size.Height-size.Top-size.Bottom) - head.high - foot.high
	panel := p.panel(c, wide, room)

	// What is left over stands above and below, the lesser part above.
	left := room - panel.high
	y := float32(size.Top) + left*0.42
	head.draw(side, y)
	y += head.high
	c.box(side, y, wide, panel.high, round, p.Colours.Panel)
	panel.draw(side, y)
	foot.draw(side, y+panel.high)
	return c.RGBA
}

// block is a part of the picture that is laid out and not drawn yet.
type block struct {
	high float32
	draw func(x, y float32)
}

// head is the salon and the title.
func (p Poster) head(c canvas, wide float32) block {
	const salonText, salonHigh, afterSalon, lineHigh, below = 44, 56, 18, 1.12, 34
	title := c.wrap(p.Title, extraBold, wide, 1, 128, 120, 112, 104, 96, 88)
	if title[0].size == 88 { // a long one may have two lines
		title = c.wrap(p.Title, extraBold, wide, 2, 112, 96, 80, 68)
	}
	high := float32(len(title))*title[0].size*lineHigh + below
	var salon []line
	if p.Salon != "" {
		salon = c.wrap(p.Salon, semiBold, wide, 2, salonText, salonText*0.9)
		high += float32(len(salon))*salonHigh + afterSalon
	}
	return block{high, func(x, y float32) {
		for _, l := range salon {
			c.text(l, x, y+salonText, wide, p.Colours.OnGround)
			y += salonHigh
		}
		if len(salon) > 0 {
			y += afterSalon
		}
		for _, l := range title {
			c.text(l, x, y+l.size*0.92, wide, p.Colours.OnGround)
			y += l.size * lineHigh
		}
	}}
}

// foot is what to do, and where.
func (p Poster) foot(c canvas, wide float32) block {
	const callText, addressText, above, high = 50, 38, 44, 66
	total := float32(above + high)
	if p.Address != "" {
		total += addressText + 12
	}
	return block{total, func(x, y float32) {
		c.text(c.wrap(p.Call, extraBold, wide, 1, callText, 44, 38)[0], x, y+above+callText*0.9, wide, p.Colours.OnGround)
		if p.Address != "" {
			c.text(c.cut(p.Address, semiBold, addressText, wide), x, y+above+high+addressText*0.8, wide, p.Colours.OnGround)
		}
	}}
}

// panel is the days. Where not all fits, the last are left out, and a line says so.
func (p Poster) panel(c canvas, wide, room float32) block {
	if len(p.Days) == 0 {
		lines := c.wrap(p.Empty, semiBold, wide-2*inside, 5, 54, 48, 42)
		const lineHigh = 1.4
		return block{float32(len(lines))*lines[0].size*lineHigh + 2*inside, func(x, y float32) {
			for i, l := range lines {
				c.text(l, x+inside, y+inside+l.size*(1+float32(i)*lineHigh), wide-2*inside, p.Colours.Ink)
			}
		}}
	}
	wide -= 2 * inside
	parts := p.fitting(c, wide, room-2*inside)
	high := float32(2 * inside)
	for _, part := range parts {
		high += part.high
	}
	return block{high, func(x, y float32) {
		y += inside
		for _, part := range parts {
			part.draw(x+inside, y)
			y += part.high
		}
	}}
}

// fitting lays the days out, as large as all of them fit. Where they never do, it is the most that fits, as large as that does.
func (p Poster) fitting(c canvas, wide, room float32) []block {
	all := 0
	for _, day := range p.Days {
		all += len(day.Rows)
	}
	for rows := min(all, mostRows); ; rows-- {
		for _, scale := range scales {
			if parts, high := p.days(c, wide, scale, rows, all); parts != nil && (high <= room || rows == 1 && scale == scales[len(scales)-1]) {
				return parts
			}
		}
	}
}

// days lays out so many rows of all, and says how high they are. It returns nil where a larger scale would hide times.
func (p Poster) days(c canvas, wide, scale float32, rows, all int) (out []block, high float32) {
	add := func(part block) {
		out = append(out, part)
		high += part.high
	}
	for i, day := range p.Days {
		for j, row := range day.Rows {
			if rows == 0 {
				break
			}
			rows--
			all--
			if j == 0 {
				add(p.dayTitle(c, day.Title, wide, scale, i > 0))
			}
			part, hides := p.row(c, row, wide, scale, j > 0)
			if hides && scale > 1 {
				return nil, 0
			}
			add(part)
		}
	}
	if all > 0 {
		const elseText = 38
		line := c.wrap(p.Else, semiBold, wide, 1, elseText, 34, 30)[0]
		add(block{rowGap + footHigh, func(x, y float32) { c.text(line, x, y+rowGap+elseText, wide, p.Colours.SoftInk) }})
	}
	return out, high
}

func (p Poster) dayTitle(c canvas, title string, wide, scale float32, follows bool) block {
	above := float32(0)
	if follows {
		above = 2 * dayGap * scale
	}
	l := c.wrap(title, extraBold, wide, 1, dayText*scale, dayText, dayText*0.9, dayText*0.8)[0]
	return block{above + dayHigh*scale, func(x, y float32) {
		if follows {
			c.box(x, y+dayGap*scale-1, wide, 3, 1, p.Colours.Line)
		}
		c.text(l, x, y+above+dayText*scale*0.86, wide, p.Colours.Day)
	}}
}

// row is a name above its times. Times that have no place on the line are counted, and hides says that there are some.
func (p Poster) row(c canvas, row Row, wide, scale float32, follows bool) (_ block, hides bool) {
	above := float32(0)
	if follows {
		above = rowGap * scale
	}
	name := c.cut(row.Name, semiBold, nameText*scale, wide)
	if row.Note != "" {
		note := c.wrap(row.Note, semiBold, wide, 1, slotText*scale, slotText*0.9, slotText*0.8)[0]
		return block{above + (nameHigh+nameText*1.3)*scale, func(x, y float32) {
			c.text(name, x, y+above+nameText*scale, wide, p.Colours.Ink)
			c.text(note, x, y+above+(nameHigh+nameText)*scale, wide, p.Colours.SoftInk)
		}}, false
	}
	slots, more := p.slots(c, row, wide, scale)
	return block{above + (nameHigh+slotHigh)*scale, func(x, y float32) {
		c.text(name, x, y+above+nameText*scale, wide, p.Colours.Ink)
		y += above + nameHigh*scale
		at := float32(0)
		for _, l := range slots {
			w := l.width + 2*slotSide*scale
			left := c.place(x, at, w, wide)
			c.box(left, y, w, slotHigh*scale, slotRound*scale, p.Colours.Slot)
			l.draw(c.RGBA, left+slotSide*scale, y+(slotHigh/2+slotText*0.36)*scale, p.Colours.SlotInk)
			at += w + slotGap*scale
		}
		if more.width > 0 {
			more.draw(c.RGBA, c.place(x, at+6*scale, more.width, wide), y+(slotHigh/2+slotText*0.36)*scale, p.Colours.SoftInk)
		}
	}}, len(slots) < len(row.Times)
}

// slots sets the times that have a place on a line, and how many more there are.
func (p Poster) slots(c canvas, row Row, wide, scale float32) (slots []line, more line) {
	var all []line
	for _, time := range row.Times {
		all = append(all, c.cut(time, extraBold, slotText*scale, wide-2*slotSide*scale))
	}
	for n := len(all); n > 0; n-- {
		more = line{}
		used := float32(0)
		for _, l := range all[:n] {
			used += l.width + (2*slotSide+slotGap)*scale
		}
		if hidden := row.Hidden + len(all) - n; hidden > 0 {
			more = c.set(p.More(hidden), semiBold, slotText*0.9*scale)
			used += more.width + 6*scale
		}
		if used <= wide+slotGap*scale {
			return all[:n], more
		}
		if n == 1 { // the time itself takes the line
			return all[:1], line{}
		}
	}
	return nil, more
}

// place returns the left end of something at a distance from the side on which lines begin.
func (c canvas) place(x, at, width, wide float32) float32 {
	if c.rtl {
		return x + wide - at - width
	}
	return x + at
}

// text draws a line at the side on which lines begin.
func (c canvas) text(l line, x, baseline, wide float32, ink color.Color) {
	l.draw(c.RGBA, c.place(x, 0, l.width, wide), baseline, ink)
}

// box draws a box with round corners.
func (c canvas) box(x, y, w, h, r float32, fill color.Color) {
	bounds := image.Rect(int(x), int(y), int(x+w)+1, int(y+h)+1)
	z := vector.NewRasterizer(bounds.Dx(), bounds.Dy())
	rounded(z, x-float32(bounds.Min.X), y-float32(bounds.Min.Y), w, h, r, false)
	z.Draw(c.RGBA, bounds, image.NewUniform(fill), image.Point{})
}

// rounded adds a box with round corners to a path, the other way round where it is a hole.
func rounded(z *vector.Rasterizer, x, y, w, h, r float32, hole bool) {
	const k = 0.5523 // of the radius: how far the handles of a quarter of a circle reach
	r = min(r, w/2, h/2)
	type corner struct{ fromX, fromY, h1X, h1Y, h2X, h2Y, toX, toY float32 }
	d := r * (1 - k)
	corners := []corner{
		{x + w - r, y, x + w - d, y, x + w, y + d, x + w, y + r},
		{x + w, y + h - r, x + w, y + h - d, x + w - d, y + h, x + w - r, y + h},
		{x + r, y + h, x + d, y + h, x, y + h - d, x, y + h - r},
		{x, y + r, x, y + d, x + d, y, x + r, y},
	}
	if !hole {
		z.MoveTo(x+r, y)
		for _, c := range corners {
			z.LineTo(c.fromX, c.fromY)
			z.CubeTo(c.h1X, c.h1Y, c.h2X, c.h2Y, c.toX, c.toY)
		}
		z.ClosePath()
		return
	}
	z.MoveTo(x+r, y)
	for _, c := range slices.Backward(corners) {
		z.LineTo(c.toX, c.toY)
		z.CubeTo(c.h2X, c.h2Y, c.h1X, c.h1Y, c.fromX, c.fromY)
	}
	z.ClosePath()
}

// window draws a window that stands open at the corner where lines end, hardly to be seen.
func (c canvas) window(ink color.Color) {
	const frame, gap, edge, faint = 560, 40, 56, 0x14
	quiet, _ := color.NRGBAModel.Convert(ink).(color.NRGBA)
	quiet.A = faint
	bounds := c.Bounds()
	x, y := float32(bounds.Dx())-frame*0.62, float32(-frame*0.3)
	if c.rtl {
		x = -frame * 0.38
	}
	z := vector.NewRasterizer(bounds.Dx(), bounds.Dy())
	rounded(z, x, y, frame, frame, 96, false)
	pane := float32(frame-2*edge-gap) / 2
	for _, at := range [][2]float32{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
		rounded(z, x+edge+at[0]*(pane+gap), y+edge+at[1]*(pane+gap), pane, pane, 44, true)
	}
	z.Draw(c.RGBA, bounds, image.NewUniform(quiet), image.Point{})
}
