package browse

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/maypok86/otter/v2"

	"okoshko/internal/i18n"
	"okoshko/internal/poster"
	"okoshko/internal/server/response"
	"okoshko/internal/theme"
	"okoshko/internal/urls"
)

// ShowWindowsPost sends the windows as a picture for a post.
func (s *Handlers) ShowWindowsPost(c *fiber.Ctx) error { return s.showPicture(c, poster.Post) }

// ShowWindowsStory sends the windows as a picture for a story.
func (s *Handlers) ShowWindowsStory(c *fiber.Ctx) error { return s.showPicture(c, poster.Story) }

func (s *Handlers) showPicture(c *fiber.Ctx, size poster.Size) error {
	ch, err := s.readChannel(c)
	if err != nil {
		return err
	}
	picture, err := s.pictures.of(c.UserContext(), s.posterOf(ch), size)
	if err != nil {
		return err
	}
	return s.send(c, ch, response.Document{Type: "image/png", Body: picture, Compressed: true})
}

// posterOf returns what a picture says.
func (s *Handlers) posterOf(ch *channel) poster.Poster {
	p := poster.Poster{
		Colours: coloursOf(ch.Form.Colours),
		Lang:    i18n.Tag(ch.Text.Spoken()), RTL: i18n.Dir(ch.Text.Spoken()) == "rtl",
		Salon: poster.Clean(ch.salon), Title: poster.Clean(ch.Text.T("widget.windows.title")), Else: ch.Text.T("widget.windows.else"),
		More:  func(n int) string { return more(ch.Text, n) },
		Empty: ch.nothing(), Call: ch.Text.T("widget.snippet.link"), Address: ch.place(),
	}
	for _, day := range ch.days {
		d := poster.Day{Title: upperFirst(day.Title)}
		for _, m := range day.Masters {
			row := poster.Row{Name: poster.Clean(m.Name), Hidden: m.More}
			if row.Name == "" {
				row.Name = ch.Text.T("widget.step.master")
			}
			for _, slot := range m.Slots {
				row.Times = append(row.Times, slot.Time)
			}
			if len(m.Slots) == 0 && m.Onward != nil {
				row.Note = m.Onward.Title
			}
			d.Rows = append(d.Rows, row)
		}
		p.Days = append(p.Days, d)
	}
	return p
}

// coloursOf returns the colours of a salon's pictures.
func coloursOf(w theme.Wish) poster.Colours {
	look := theme.PictureOf(w)
	return poster.Colours{
		Ground: look.Accent, OnGround: look.OnAccent, Panel: look.Surface, Ink: look.Ink, SoftInk: look.InkSoft, Day: look.Heading,
		Slot: look.Tint, SlotInk: look.OnTint, Line: look.Line,
	}
}

// nothing returns what is said where nothing is listed.
func (ch *channel) nothing() string {
	if ch.unknown {
		return ch.Text.T("widget.windows.unknown")
	}
	return ch.Text.T("widget.windows.none")
}

// place returns the address of the form as people read it, "" where the widget does not know its own.
func (ch *channel) place() string {
	if ch.public == "" {
		return ""
	}
	return strings.TrimPrefix(strings.TrimPrefix(ch.public, "https://"), "http://") + urls.Form(ch.Form.ID)
}

// upperFirst returns a text that begins a line.
func upperFirst(text string) string {
	for i, r := range text {
		return strings.ToUpper(text[:i+len(string(r))]) + text[i+len(string(r)):]
	}
	return text
}

// pictures draws pictures, each once, and caches them.
type pictures struct {
	drawn *otter.Cache[string, []byte]
	turn  chan struct{} // has an element while a picture is being drawn
	draw  func(poster.Poster, poster.Size) ([]byte, error)
}

// newPictures returns pictures of which at most so many bytes are cached.
func newPictures(most int) pictures {
	return pictures{
		drawn: otter.Must(&otter.Options[string, []byte]{
			MaximumWeight:    uint64(max(most, 0)),
			Weigher:          func(says string, picture []byte) uint32 { return uint32(len(says) + len(picture)) }, //nolint:gosec // some hundred kilobytes
			ExpiryCalculator: otter.ExpiryAccessing[string, []byte](response.CachedFor),
		}),
		turn: make(chan struct{}, 1), draw: poster.Poster.PNG,
	}
}

// of returns a picture. One picture is drawn at a time, because drawing takes a core for a tenth of a second.
func (p pictures) of(ctx context.Context, says poster.Poster, size poster.Size) ([]byte, error) {
	return p.drawn.Get(ctx, says.Key(size), otter.LoaderFunc[string, []byte](func(ctx context.Context, _ string) ([]byte, error) {
		select {
		case p.turn <- struct{}{}:
			defer func() { <-p.turn }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return p.draw(says, size)
	}))
}
