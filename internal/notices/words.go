package notices

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"okoshko/internal/flow"
	"okoshko/internal/push"
	"okoshko/internal/urls"
	"okoshko/internal/waiting"
	"okoshko/web/templates/letters"
)

// mostListed is how many openings a letter lists. Of more it tells how many there are; they stand on the page that it leads to.
const mostListed = 8

// confirmation asks the owner of an address whether the wish is theirs.
func (f *facts) confirmation() letters.Letter {
	text := f.text
	return letters.Letter{
		Title: text.T("widget.wish.mail.confirm_subject"), Hello: text.T("widget.wish.mail.hello"), Text: text.T("widget.wish.mail.confirm_text"),
		Rows: append(f.about(), letters.Row{Label: text.T("widget.wish.days"), Value: f.days()}), Act: text.T("widget.wish.mail.confirm_press"),
		Links: []letters.Link{{Title: text.T("widget.wish.confirm_submit"), URL: f.wishURL(urls.WishShown)}},
		Notes: []string{text.T("widget.wish.mail.not_you")}, Why: text.T("widget.wish.mail.why", "salon", f.company.Title),
	}
}

// opened tells of openings.
func (f *facts) opened(ctx context.Context, openings []waiting.Opening) letters.Letter {
	text := f.text
	l := letters.Letter{
		Title: f.subject(openings), Hello: text.T("widget.wish.mail.hello"), Text: text.T("widget.wish.mail.open_text"), Rows: f.about(),
		Notes: []string{text.T("widget.wish.first")}, End: text.T("widget.wish.mail.end"), Why: text.T("widget.wish.mail.why", "salon", f.company.Title),
		EndLink: letters.Link{Title: text.T("widget.wish.end"), URL: f.wishURL(urls.WishShown)},
	}
	if len(openings) > 1 {
		l.Text = text.T("widget.wish.mail.open_text_more")
	}
	do := text.T("confirm.confirm")
	if f.wish.Visit != nil {
		do = text.T("widget.move.submit")
		l.Notes = append(l.Notes, text.T("widget.wish.stays", "when", f.when(f.wish.Visit.Start)))
	}
	for _, o := range openings[:min(len(openings), mostListed)] {
		who := ""
		if id := cmp.Or(o.Master, f.wish.Master); id != 0 {
			who = f.Catalog.MasterName(ctx, f.lang, f.company, id)
		}
		l.Links = append(l.Links, letters.Link{Title: do + ": " + join(", ", f.when(o.Start), who), URL: f.openingURL(o)})
	}
	if len(openings) > mostListed {
		l.Links = append(l.Links, letters.Link{Title: text.T("widget.move.other"), URL: f.dayURL(openings[mostListed])})
	}
	return l
}

// notification tells of openings in a few words.
func (f *facts) notification(openings []waiting.Opening) push.Notification {
	to := f.openingURL(openings[0])
	if len(openings) > 1 {
		to = f.dayURL(openings[0])
	}
	return push.Notification{
		Title: f.subject(openings), Body: join("\n", join(" · ", f.company.Title, strings.Join(f.titles, ", ")), f.text.T("widget.wish.first")), URL: to,
	}
}

// subject begins with what has happened.
func (f *facts) subject(openings []waiting.Opening) string {
	when := f.when(openings[0].Start)
	if len(openings) == 1 {
		return f.text.T("widget.wish.mail.open_subject", "when", when)
	}
	return f.text.N("widget.wish.mail.open_subject_more", len(openings)-1, "when", when)
}

// about returns what the wish is about.
func (f *facts) about() []letters.Row {
	rows := []letters.Row{{Label: f.text.T("record.place"), Value: join(", ", f.company.Title, f.company.Address)}}
	if len(f.titles) > 0 {
		rows = append(rows, letters.Row{Label: f.text.T("widget.summary.service"), Value: strings.Join(f.titles, ", ")})
	}
	return rows
}

// days returns the days of the wish in words.
func (f *facts) days() string {
	day := func(date string) string {
		at, err := time.ParseInLocation(time.DateOnly, date, f.company.Location)
		if err != nil {
			return ""
		}
		return f.text.Date(at.Add(12 * time.Hour))
	}
	if f.wish.From == f.wish.To {
		return day(f.wish.From)
	}
	return join(" – ", day(f.wish.From), day(f.wish.To))
}

// when returns a day and a time as pages write them.
func (f *facts) when(at time.Time) string {
	at = at.In(f.company.Location)
	return f.text.DateFrom(at, f.Now().In(f.company.Location)) + ", " + f.text.Time(at)
}

// inLang adds the language to an address of the widget.
func (f *facts) inLang(path string, params ...string) string {
	return f.origin + urls.With(path, append([]string{urls.Param(urls.QueryLang, f.wish.Lang)}, params...)...)
}

// wishURL is the address of one of the wish's pages.
func (f *facts) wishURL(page urls.WishPage) string { return f.inLang(urls.WishOf(f.wish.Secret, page)) }

// endAtOnceURL is where a mail program ends the wish by one press of its own.
func (f *facts) endAtOnceURL() string {
	return f.origin + urls.WishOf(f.wish.Secret, urls.WishOneEnd)
}

// openingURL leads to the first step that is still undecided when the opening is chosen, or to the move of the visit to it.
func (f *facts) openingURL(o waiting.Opening) string {
	start := o.Start.In(f.company.Location)
	if f.wish.Visit != nil {
		return f.moveURL(urls.Param(urls.QuerySlot, start.Format(time.RFC3339)))
	}
	choices := f.choices(o)
	choices.Slot = start
	return f.origin + urls.With(urls.Form(f.wish.Form), choices.Encode(), urls.Param(urls.QueryTold, f.wish.Ticket))
}

// dayURL leads to all times of an opening's day.
func (f *facts) dayURL(o waiting.Opening) string {
	day := o.Start.In(f.company.Location).Format(time.DateOnly)
	if f.wish.Visit != nil {
		return f.moveURL(urls.Param(urls.QueryDate, day))
	}
	choices := f.choices(waiting.Opening{Master: f.wish.Master})
	choices.Date = day
	return f.origin + urls.With(urls.Form(f.wish.Form), choices.Encode())
}

// choices are what the wish and an opening choose.
func (f *facts) choices(o waiting.Opening) flow.Choices {
	out := flow.Choices{Lang: f.wish.Lang, Services: f.wish.Services, Master: cmp.Or(o.Master, f.wish.Master)}
	out.HasMaster = out.Master != 0 || f.company.AnyMaster
	if f.form.GroupID != 0 {
		out.Company = f.company.ID
		if f.form.Journey.Has(flow.City) {
			out.City = f.company.CityID
		}
	}
	return out
}

// moveURL is the address of the page that moves the visit.
func (f *facts) moveURL(params ...string) string {
	v := f.wish.Visit
	return f.inLang(urls.Visit{Form: f.wish.Form, Company: v.Company, Record: v.Record, Hash: v.Hash}.Path(urls.VisitMove), params...)
}

// tag names the notifications of one wish, and tells nothing of it.
func tag(secret string) string {
	sum := sha256.Sum256([]byte("tag " + secret))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// join joins the texts that are not empty.
func join(between string, texts ...string) string {
	var out []string
	for _, text := range texts {
		if text != "" {
			out = append(out, text)
		}
	}
	return strings.Join(out, between)
}
