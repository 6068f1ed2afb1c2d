package sandbox

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/png"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode"
)

// showAvatar draws a soft portrait: a head and shoulders over a gradient, in
// colours that belong to the master.
func (s *Sandbox) showAvatar(w http.ResponseWriter, r *http.Request) {
	id, ok := svgID(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.mu.RLock()
	name := ""
	for _, c := range s.state.companies {
		if m := c.master(id); m != nil {
			name = m.name
		}
	}
	s.mu.RUnlock()
	if name == "" {
		http.NotFound(w, r)
		return
	}
	luck := newDice(int64(id))
	hue, hair, skin := luck.roll(360), 18+luck.roll(30), 62+luck.roll(24)
	sendSVG(w, fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 160" role="img" aria-label="%s">
<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="hsl(%d 55%% 84%%)"/><stop offset="1" stop-color="hsl(%d 50%% 68%%)"/></linearGradient></defs>
<rect width="160" height="160" fill="url(#g)"/>
<path d="M44 84c-4-44 16-58 36-58s40 14 36 58c-2 20-10 30-12 34H56c-2-4-10-14-12-34z" fill="hsl(%d 40%% %d%%)"/>
<path d="M22 160c2-34 26-44 58-44s56 10 58 44z" fill="hsl(%d 45%% 42%%)"/>
<path d="M66 100h28v20c0 8-6 14-14 14s-14-6-14-14z" fill="hsl(24 45%% %d%%)"/>
<ellipse cx="80" cy="76" rx="26" ry="32" fill="hsl(26 52%% %d%%)"/>
<path d="M54 70c2-22 14-30 26-30s24 8 26 30c-8-12-18-16-30-16-10 0-18 6-22 16z" fill="hsl(%d 40%% %d%%)"/>
</svg>`, html.EscapeString(name), hue, (hue+40)%360, 10+luck.roll(30), hair, (hue+180)%360, skin-8, skin, 10+luck.roll(30), hair))
}

// showLogo draws the first letter of the company's name.
func (s *Sandbox) showLogo(w http.ResponseWriter, r *http.Request) {
	id, ok := svgID(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.mu.RLock()
	at := s.state.company(id)
	s.mu.RUnlock()
	if at == nil {
		http.NotFound(w, r)
		return
	}
	title := html.UnescapeString(at.title)
	if title == "" {
		title = s.dict.say(at.speaks, "company."+strconv.Itoa(id))
	}
	letter := "O"
	if i := strings.IndexFunc(title, unicode.IsLetter); i >= 0 {
		letter = string([]rune(title[i:])[0])
	}
	hue := newDice(int64(id)).roll(360)
	sendSVG(w, fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img" aria-label="%s"><rect width="96" height="96" rx="24" fill="hsl(%d 45%% 40%%)"/><text x="48" y="65" font-family="Georgia, serif" font-size="50" text-anchor="middle" fill="#fff">%s</text></svg>`,
		html.EscapeString(title), hue, html.EscapeString(strings.ToUpper(letter))))
}

// showHeader draws leaves over a soft ground, for the top of a form.
func showHeader(w http.ResponseWriter, r *http.Request) {
	id, ok := svgID(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	luck := newDice(int64(id))
	hue := luck.roll(360)
	var leaves strings.Builder
	for range 26 {
		fmt.Fprintf(&leaves, `<path transform="translate(%d %d) rotate(%d) scale(%d.%d)" d="M0 0c18-30 18-62 0-92-18 30-18 62 0 92z" fill="hsl(%d 42%% %d%%)" fill-opacity=".%d"/>`,
			luck.roll(1600), 40+luck.roll(340), luck.roll(360), 1+luck.roll(2), luck.roll(10), hue+luck.roll(50), 45+luck.roll(35), 25+luck.roll(45))
	}
	sendSVG(w, fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 400" preserveAspectRatio="xMidYMid slice"><defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="hsl(%d 45%% 90%%)"/><stop offset="1" stop-color="hsl(%d 40%% 74%%)"/></linearGradient></defs><rect width="1600" height="400" fill="url(#g)"/>%s</svg>`,
		hue, hue+30, leaves.String()))
}

func svgID(r *http.Request) (int, bool) {
	name, ok := strings.CutSuffix(r.PathValue("file"), ".svg")
	id, err := strconv.Atoi(name)
	return id, ok && err == nil
}

func sendSVG(w http.ResponseWriter, svg string) {
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, _ = io.WriteString(w, svg) //nolint:gosec // drawn from numbers and our own initials
}

// showPlaceholder is the picture the vendor gives to staff without one.
func showPlaceholder(w http.ResponseWriter, _ *http.Request) {
	picture := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range picture.Pix {
		picture.Pix[i] = 0xcc // light grey
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, picture); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, _ = w.Write(buf.Bytes())
}
