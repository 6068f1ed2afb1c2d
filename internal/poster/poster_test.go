package poster_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strconv"
	"strings"
	"testing"

	"okoshko/internal/poster"
)

var plain = poster.Colours{
	Ground: color.NRGBA{0x0f, 0x76, 0x6e, 0xff}, OnGround: color.White, Panel: color.White, Ink: color.Black, SoftInk: color.Gray{0x60},
	Day: color.NRGBA{0x0f, 0x76, 0x6e, 0xff}, Slot: color.Gray{0xe0}, SlotInk: color.Black, Line: color.Gray{0xd0},
}

// of is a picture with so many masters a day, and so many times of each.
func of(days, masters, times int) poster.Poster {
	p := poster.Poster{
		Colours: plain, Lang: "ru", Salon: "Студия «Первоцвет»", Title: "Свободные окошки", Else: "Другие окошки — в онлайн-записи",
		Empty: "На ближайшие дни всё занято.", Call: "Записаться онлайн", Address: "booking.example/b/1", More: func(n int) string { return "Ещё " + strconv.Itoa(n) },
	}
	for range days {
		day := poster.Day{Title: "Сегодня, среда, 14 октября"}
		for range masters {
			row := poster.Row{Name: "Елена Кузнецова"}
			for i := range times {
				row.Times = append(row.Times, strconv.Itoa(10+i%10)+":30")
			}
			day.Rows = append(day.Rows, row)
		}
		p.Days = append(p.Days, day)
	}
	return p
}

func drawn(t *testing.T, p poster.Poster, size poster.Size) image.Image {
	t.Helper()
	body, err := p.PNG(size)
	if err != nil {
		t.Fatal(err)
	}
	const limit = 300_000
	if len(body) > limit {
		t.Errorf("the picture has %d bytes, at most %d", len(body), limit)
	}
	picture, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if b := picture.Bounds(); b.Dx() != size.Width || b.Dy() != size.Height {
		t.Errorf("the picture is %d × %d", b.Dx(), b.Dy())
	}
	return picture
}

// count counts the pixels of a colour in a part of a picture.
func count(picture image.Image, part image.Rectangle, of color.Color) (n int) {
	pixels, ok := picture.(*image.RGBA)
	if !ok {
		panic("the picture lets something through")
	}
	want := color.RGBAModel.Convert(of)
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if pixels.RGBAAt(x, y) == want {
				n++
			}
		}
	}
	return n
}

// TestWhatAppsCoverIsFree: whatever there is to say stands between the ends that apps cover, and within the sides.
func TestWhatAppsCoverIsFree(t *testing.T) {
	t.Parallel()
	long := of(3, 5, 8)
	long.Salon = strings.Repeat("Очень длинное название салона ", 8)
	long.Title = "Donaudampfschifffahrtsgesellschaftskapitänstermine " + strings.Repeat("und mehr ", 6)
	long.Call, long.Else, long.Address = strings.Repeat("Записаться ", 12), strings.Repeat("Другие ", 30), strings.Repeat("booking.", 20)
	for i := range long.Days {
		long.Days[i].Title = strings.Repeat("Понедельник ", 12)
		long.Days[i].Rows[0] = poster.Row{Name: strings.Repeat("Константинопольская-", 8), Times: []string{strings.Repeat("12:30 ", 30)}, Hidden: 1234567}
		long.Days[i].Rows[1] = poster.Row{Name: "Анна", Note: strings.Repeat("Свободно примерно ", 12)}
	}
	right := of(1, 2, 3)
	right.Lang, right.RTL, right.Title = "he", true, "תורים פנויים"
	for name, p := range map[string]poster.Poster{
		"usual": of(2, 2, 4), "one time": of(1, 1, 1), "nothing": of(0, 0, 0), "very many": of(7, 30, 8), "long": long, "right to left": right,
	} {
		for _, size := range []poster.Size{poster.Post, poster.Story} {
			t.Run(name+" "+strconv.Itoa(size.Height), func(t *testing.T) {
				t.Parallel()
				picture := drawn(t, p, size)
				for part, box := range map[string]image.Rectangle{
					"bottom": image.Rect(0, size.Height-size.Bottom, size.Width, size.Height),
					"left":   image.Rect(0, 600, 56, size.Height), "right": image.Rect(size.Width-56, 600, size.Width, size.Height),
				} {
					if n, all := count(picture, box, plain.Ground), box.Dx()*box.Dy(); n != all {
						t.Errorf("%d of %d pixels at the %s are not free", all-n, all, part)
					}
				}
				// Above there is the window, which says nothing.
				if n := count(picture, image.Rect(0, 0, size.Width, size.Top), plain.OnGround); n != 0 {
					t.Errorf("%d pixels at the top are not free", n)
				}
				if n := count(picture, picture.Bounds(), plain.Panel); n < 50_000 {
					t.Errorf("%d pixels of the panel", n)
				}
			})
		}
	}
}

// TestEqualPicturesAreEqual: to the byte, so that their tags are.
func TestEqualPicturesAreEqual(t *testing.T) {
	t.Parallel()
	first, err := of(1, 2, 3).PNG(poster.Post)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := of(1, 2, 3).PNG(poster.Post); err != nil || !bytes.Equal(first, second) {
		t.Errorf("the picture differs when it is drawn again: %v", err)
	}
}

// TestFewTimesAreLarge: what is said is as large as it fits.
func TestFewTimesAreLarge(t *testing.T) {
	t.Parallel()
	slot := func(p poster.Poster) int {
		return count(drawn(t, p, poster.Story), image.Rect(0, 0, 1080, 1920), plain.Slot)
	}
	few, many := slot(of(1, 1, 1)), slot(of(1, 6, 1))/6
	if few < 2*many {
		t.Errorf("a time that stands alone has %d pixels, one of six %d", few, many)
	}
}

// TestEveryLetterIsDrawn: of the languages of the widget, and of salons elsewhere. What no font has is left out.
func TestEveryLetterIsDrawn(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "ҐЄІЇ ґєії’", "ĀČĒĢĪĶĻŅŠŪŽ āčēģīķļņšūž", "ĄČĘĖĮŠŲŪŽ ąčęėįšųūž",
		"ÄÖÜÕŠŽẞß äöüõšž", "Żółć ÎȘȚ ĞİŞ Ő", "ӘҒҚҢӨҰҮҺІ әғқңөұүһі", "נועה כהן", "Արմինե", "ნინო", "Ελένη", "«—» „“ №1 · 100 ₽ × 5 € + 1", "R&B <3>",
	} {
		if got := poster.Clean(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	for text, want := range map[string]string{
		"💅 Ногти 💅": "Ногти", "Студия  \u200d Анна\ufe0f": "Студия Анна", "株式会社": "", "صالون": "", "美容室 Hana Beauty": "Hana Beauty", "美容室美容室 Ha": "", "★": "", "": "",
	} {
		if got := poster.Clean(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	// A name in any of the scripts leaves ink where its letters are.
	for _, name := range []string{"Елена", "Әсел", "נועה", "Արմինե", "ნინო", "Ελένη", "Zoë"} {
		p := of(1, 1, 0)
		bare := count(drawn(t, p, poster.Post), image.Rect(0, 0, 1080, 1350), plain.Ink)
		p.Days[0].Rows[0].Name = name
		p.Days[0].Rows[0].Note = "x"
		if n := count(drawn(t, p, poster.Post), image.Rect(0, 0, 1080, 1350), plain.Ink); n < 200 {
			t.Errorf("%q leaves %d pixels, without it %d", name, n, bare)
		}
	}
}

// TestRightToLeft: a page that runs from right to left has pictures that do.
func TestRightToLeft(t *testing.T) {
	t.Parallel()
	left, right := of(1, 2, 2), of(1, 2, 2)
	right.RTL = true
	half := func(p poster.Poster, x int) int {
		return count(drawn(t, p, poster.Post), image.Rect(x, 0, x+540, 1350), plain.Slot)
	}
	if half(left, 0) <= half(left, 540) || half(right, 0) >= half(right, 540) {
		t.Errorf("times: left to right %d and %d, right to left %d and %d", half(left, 0), half(left, 540), half(right, 0), half(right, 540))
	}
}

// TestKeysTellPicturesApart: whatever a picture says or looks like is in its key.
func TestKeysTellPicturesApart(t *testing.T) {
	t.Parallel()
	keys := map[string]string{}
	note := func(what string, p poster.Poster, size poster.Size) {
		key := p.Key(size)
		if other, twice := keys[key]; twice {
			t.Errorf("%s and %s have the same key", what, other)
		}
		keys[key] = what
	}
	note("usual", of(1, 1, 2), poster.Post)
	note("size", of(1, 1, 2), poster.Story)
	for what, change := range map[string]func(*poster.Poster){
		"colour": func(p *poster.Poster) { p.Colours.Slot = color.Gray{0xe1} }, "language": func(p *poster.Poster) { p.Lang = "uk" },
		"direction": func(p *poster.Poster) { p.RTL = true }, "salon": func(p *poster.Poster) { p.Salon = "x" }, "title": func(p *poster.Poster) { p.Title = "x" },
		"day": func(p *poster.Poster) { p.Days[0].Title = "x" }, "name": func(p *poster.Poster) { p.Days[0].Rows[0].Name = "x" },
		"time": func(p *poster.Poster) { p.Days[0].Rows[0].Times[1] = "x" }, "hidden": func(p *poster.Poster) { p.Days[0].Rows[0].Hidden = 1 },
		"note": func(p *poster.Poster) { p.Days[0].Rows[0].Note = "x" }, "else": func(p *poster.Poster) { p.Else = "x" }, "empty": func(p *poster.Poster) { p.Empty = "x" },
		"call": func(p *poster.Poster) { p.Call = "x" }, "address": func(p *poster.Poster) { p.Address = "x" },
		"more": func(p *poster.Poster) { p.More = func(int) string { return "x" } },
	} {
		p := of(1, 1, 2)
		change(&p)
		note(what, p, poster.Post)
	}
	if _, known := keys[of(1, 1, 2).Key(poster.Post)]; !known {
		t.Error("equal pictures have two keys")
	}
}
