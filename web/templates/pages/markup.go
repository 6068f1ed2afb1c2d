package pages

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"

	"okoshko/web/templates/layout"
)

// What a page holds by the dozen is written here by hand, or drawn once and put in its place again:
// templ needs three allocations for a value and some for an element.

// markup writes HTML. The first error stays.
type markup struct {
	w   io.Writer
	err error
}

// raw writes what is ours.
func (m *markup) raw(html string) {
	if m.err == nil {
		_, m.err = io.WriteString(m.w, html)
	}
}

// escapes are what templ writes for the characters that mean something in HTML.
var escapes = [256]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&#34;", '\'': "&#39;"}

// text writes a value.
func (m *markup) text(value string) {
	from := 0
	for i := range len(value) {
		if escaped := escapes[value[i]]; escaped != "" {
			m.raw(value[from:i])
			m.raw(escaped)
			from = i + 1
		}
	}
	m.raw(value[from:])
}

// attribute writes a name and an escaped value.
func (m *markup) attribute(name, value string) {
	m.raw(" ")
	m.raw(name)
	m.raw(`="`)
	m.text(value)
	m.raw(`"`)
}

func marked(write func(m *markup)) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		m := markup{w: w}
		write(&m)
		return m.err
	})
}

// slotItems are the free times of a part of the day.
func slotItems(slots []Slot) templ.Component { return timeItems("data-slot", slots) }

// otherItems are free times beside those of the page: of another day, or of another master.
func otherItems(slots []Slot) templ.Component { return timeItems("data-other", slots) }

// timeItems are free times, which an attribute marks.
func timeItems(mark string, slots []Slot) templ.Component {
	return marked(func(m *markup) {
		for i := range slots {
			s := &slots[i]
			m.raw(`<li><a class="slot" rel="nofollow"`)
			m.attribute("href", s.URL)
			m.attribute(mark, s.ISO)
			m.attribute("aria-label", s.Label)
			if s.Selected {
				m.raw(` aria-current="true"`)
			}
			if s.Opens {
				m.raw(` target="_blank"`)
			}
			m.raw(`>`)
			m.text(s.Time)
			m.raw(`</a></li>`)
		}
	})
}

// chosenDay is where a press on a day leads on its page: the times of the day, which the focus goes to.
const chosenDay = "#day"

// stripDays are the days of a strip.
func stripDays(days []Day) templ.Component {
	return marked(func(m *markup) {
		for i := range days {
			m.stripDay(&days[i])
		}
	})
}

func (m *markup) stripDay(d *Day) {
	state := d.State
	if d.Today {
		state += " today"
	}
	m.raw(`<li`)
	m.attribute("class", state)
	end := `</span></li>`
	if d.URL != "" {
		m.raw(`><a class="day" rel="nofollow"`)
		m.attribute("href", d.URL+chosenDay)
		end = `</a></li>`
	} else {
		m.raw(`><span class="day"`)
	}
	m.attribute("data-date", d.Date)
	m.attribute("data-state", d.State)
	switch {
	case d.Selected:
		m.raw(` aria-current="true"`)
	case d.Today && d.URL != "":
		m.raw(` aria-current="date"`)
	}
	m.raw(`><small aria-hidden="true">`)
	m.text(d.Weekday)
	m.raw(`</small><span aria-hidden="true">`)
	m.text(d.Number)
	m.raw(`</span><small aria-hidden="true">`)
	m.text(d.Month)
	m.raw(`</small><span class="unseen">`)
	m.text(d.Label)
	m.raw(`</span>` + end)
}

// calendarRows are the weeks of a calendar.
func calendarRows(weeks [][]Day) templ.Component {
	return marked(func(m *markup) {
		for _, week := range weeks {
			m.raw(`<tr>`)
			for i := range week {
				m.calendarCell(&week[i])
			}
			m.raw(`</tr>`)
		}
	})
}

func (m *markup) calendarCell(d *Day) {
	if d.Date == "" {
		m.raw(`<td></td>`)
		return
	}
	state := d.State
	if d.Today {
		state += " today"
	}
	m.raw(`<td`)
	m.attribute("class", state)
	switch {
	case d.URL != "":
		m.raw(`><a class="day" rel="nofollow"`)
		m.attribute("href", d.URL+chosenDay)
	case d.Selected:
		m.raw(`><span class="day open"`)
	default:
		m.raw(`><span class="day"`)
	}
	m.attribute("data-date", d.Date)
	m.attribute("data-state", d.State)
	if d.URL == "" {
		m.raw(`><span aria-hidden="true">`)
		m.text(d.Number)
		m.raw(`</span><span class="unseen">`)
		m.text(d.Label)
		m.raw(`</span></span>`)
		m.monthName(d)
		m.raw(`</td>`)
		return
	}
	m.attribute("aria-label", d.Label)
	switch {
	case d.Selected:
		m.raw(` aria-current="true"`)
	case d.Today:
		m.raw(` aria-current="date"`)
	}
	m.raw(`>`)
	m.text(d.Number)
	m.raw(`</a>`)
	m.monthName(d)
	m.raw(`</td>`)
}

// monthName stands above the day's number, and outside of the link, whose label names the month in full.
func (m *markup) monthName(d *Day) {
	if d.Month == "" {
		return
	}
	m.raw(`<small aria-hidden="true">`)
	m.text(d.Month)
	m.raw(`</small>`)
}

// Drawn is a card that was drawn before, but for its addresses: where many pages show the same card,
// only what a press leads to differs.
type Drawn struct{ before, between, after string }

// Len is how long the card is, in bytes.
func (d *Drawn) Len() int { return len(d.before) + len(d.between) + len(d.after) }

// The addresses while a card is drawn. Between quotation marks they occur nowhere else, because those of a text are escaped.
const (
	elsewhere = "/elsewhere"
	stays     = "/stays"
)

// DrawService draws the card of a service for all pages that show it like this.
func DrawService(text layout.Texts, s Service) (*Drawn, error) {
	return draw(serviceCard(text, s.at(elsewhere, stays)))
}

// DrawPromotion draws the card of a promotion.
func DrawPromotion(text layout.Texts, s Service) (*Drawn, error) {
	return draw(promotionCard(text, s.at(elsewhere, stays)))
}

func (s Service) at(url, stay string) Service {
	if s.URL != "" {
		s.URL = url
	}
	if s.StayURL != "" {
		s.StayURL = stay
	}
	return s
}

// draw draws a card and cuts the addresses out of it; the quotation marks around them stay.
func draw(card templ.Component) (*Drawn, error) {
	var html strings.Builder
	if err := card.Render(context.Background(), &html); err != nil {
		return nil, err
	}
	var d Drawn
	var rest string
	d.before, rest = cutAddress(html.String(), elsewhere)
	d.between, d.after = cutAddress(rest, stays)
	return &d, nil
}

// cutAddress is what stands before and after an address. All of it stands before an address that is not there.
func cutAddress(html, address string) (before, after string) {
	const mark = `"`
	before, after, ok := strings.Cut(html, mark+address+mark)
	if !ok {
		return html, ""
	}
	return before + mark, mark + after
}

// cards are services or promotions in a list.
func cards(services []Service, card func(Service) templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		m := markup{w: w}
		for i := range services {
			s := &services[i]
			if s.Drawn == nil {
				if err := card(*s).Render(ctx, w); err != nil {
					return err
				}
				continue
			}
			m.raw(s.Drawn.before)
			m.text(s.URL)
			m.raw(s.Drawn.between)
			m.text(s.StayURL)
			m.raw(s.Drawn.after)
		}
		return m.err
	})
}
