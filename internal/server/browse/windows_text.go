package browse

import (
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/response"
	"okoshko/internal/urls"
)

// mostText is how many characters the text of the windows has at most: a post under a picture may have 1024.
const mostText = 1000

// ShowWindowsText sends the windows as a text that a salon pastes into its channel.
func (s *Handlers) ShowWindowsText(c *fiber.Ctx) error {
	ch, err := s.readChannel(c)
	if err != nil {
		return err
	}
	return s.send(c, ch, response.Document{Type: fiber.MIMETextPlainCharsetUTF8, Body: []byte(ch.words())})
}

// words returns the list in words. What is too long is left out from the end; the address stays.
func (ch *channel) words() string {
	head := ch.title() + "\n"
	foot := "\n" + ch.Text.T("widget.snippet.link") + ": " + ch.address(urls.Windows) + "\n"
	room := mostText - utf8.RuneCountInString(head+foot)
	if len(ch.days) == 0 {
		return head + "\n" + ch.nothing() + "\n" + foot
	}
	rest := ch.Text.T("widget.windows.else") + "\n"
	var out strings.Builder
	add := func(line string, last bool) bool {
		need := utf8.RuneCountInString(line)
		if !last {
			need += utf8.RuneCountInString(rest)
		}
		if need > room {
			out.WriteString(rest)
			return false
		}
		room -= utf8.RuneCountInString(line)
		out.WriteString(line)
		return true
	}
	for i, day := range ch.days {
		for j, m := range day.Masters {
			line := m.Name + ": "
			if j == 0 {
				line = "\n" + upperFirst(day.Title) + "\n" + line
			}
			var said []string
			for _, slot := range m.Slots {
				said = append(said, slot.Time)
			}
			if m.Onward != nil {
				said = append(said, lowerFirst(m.Onward.Title))
			}
			if !add(line+strings.Join(said, ", ")+"\n", i == len(ch.days)-1 && j == len(day.Masters)-1) {
				return head + out.String() + foot
			}
		}
	}
	return head + out.String() + foot
}

// lowerFirst returns a text that goes on after others.
func lowerFirst(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return strings.ToLower(string(r)) + text[n:]
}
