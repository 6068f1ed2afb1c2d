package visits

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/ical"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/input"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/urls"
)

// ShowCalendar is the visit as a file for calendars.
func (s *Handlers) ShowCalendar(c *fiber.Ctx, o *visitPage) error {
	method := "PUBLISH"
	if o.visit.Status == booking.StatusCancelled {
		method = "CANCEL"
	}
	sendsCalendar(c, method)
	return response.Send(c, ical.File(o.calendarVisit(s.Now())))
}

// sendsCalendar says what follows. A telephone opens it in its calendar when it is not to be kept as a file.
func sendsCalendar(c *fiber.Ctx, method string) {
	c.Set(fiber.HeaderContentType, "text/calendar; charset=utf-8; method="+method)
	c.Set(fiber.HeaderContentDisposition, `inline; filename="visit.ics"`)
}

// feedEvery is how often a calendar that has subscribed to a visit is to ask for it.
const feedEvery = time.Hour

// ShowFeed is the visit for a calendar that has subscribed to it. Its address opens nothing else: whoever sees it in a
// calendar can neither cancel nor move the visit.
func (s *Handlers) ShowFeed(c *fiber.Ctx) error {
	company, _ := input.PlainID(c.Params(urls.PathCompany))
	record, _ := input.PlainID(c.Params(urls.PathRecord))
	key := booking.Key{Company: company, Record: record, Hash: c.Params(urls.PathHash)}
	found, err := s.Desk.FeedKey(c.UserContext(), key)
	switch {
	case err == nil:
		key = found
	case errors.Is(err, booking.ErrNoRecord):
		key.Hash = booking.FeedName(key) // opens nothing, whatever was given; it is looked up and counted like any wrong link
	default:
		return err
	}
	o, err := s.openVisitOf(c, s.Desk.Open, key)
	if err != nil {
		return err
	}
	sendsCalendar(c, "PUBLISH")
	return response.Send(c, ical.Feed(o.calendarVisit(s.Now()), feedEvery))
}

// feedURL is where a calendar subscribes to the visit.
func feedURL(c *fiber.Ctx, o *visitPage) string {
	if o.who != nil || !guard.IsRecordPage(c) {
		return "" // the account's own pages have no address that opens without a password
	}
	feed := booking.FeedName(booking.Key{Company: o.visit.Company, Record: o.visit.ID, Hash: c.Params(urls.PathHash)})
	address := urls.Visit{Form: o.Form.ID, Company: o.visit.Company, Record: o.visit.ID, Hash: feed}
	return page.InLang(address.Path(urls.VisitFeed), o.Choices.Lang)
}

// alarmBefore is when a calendar reminds of a visit.
const alarmBefore = 2 * time.Hour

// edition is when a visit was last changed and a number that rises with every change, whoever made it: the
// seconds since it was booked. The upstream need not tell of changes ("last_change_date" is optional); then
// every file may be of a new one.
func edition(d *booking.Visit, now time.Time) (changed time.Time, sequence int) {
	changed, since := d.Changed, d.Created
	if changed.IsZero() {
		changed = now
	}
	if since.IsZero() {
		since = longAgo
	}
	sequence = max(0, int(changed.Sub(since)/time.Second))
	if d.Status == booking.StatusCancelled {
		sequence++
	}
	return changed, sequence
}

// longAgo is before any booking, and near enough for the seconds since then to fit 32 bits.
var longAgo = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

// calendarVisit is what a calendar is told. Calendars are shared and kept by others, so the link of the
// visit is not in it: whoever saw the entry could cancel. The salon's phone is.
func (o *visitPage) calendarVisit(now time.Time) ical.Visit {
	d, company := o.visit, o.Company
	out := ical.Visit{
		UID:   "visit-" + strconv.Itoa(d.Company) + "-" + strconv.Itoa(d.ID) + "@okoshko",
		Start: d.Start, Floating: company.Unzoned(), Lat: company.Lat, Lon: company.Lon,
		Organizer: ical.Organizer{Name: company.Title, Email: company.Email}, Alarm: alarmBefore,
		Place:     page.Join(", ", company.Title, company.Address),
		Cancelled: d.Status == booking.StatusCancelled,
	}
	out.Changed, out.Sequence = edition(d, now)
	var titles, about []string
	if d.Master != "" {
		about = append(about, d.Master)
	}
	for _, row := range page.RecordVisit(o.Request, d).Services {
		titles = append(titles, row.Label)
		about = append(about, page.Join(": ", row.Label, row.Value))
	}
	if line := company.Phone.String(); line != "" {
		about = append(about, line)
	}
	if d.Length > 0 {
		out.End = d.Start.Add(d.Length)
	}
	out.Summary = page.Join(" · ", strings.Join(titles, ", "), company.Title)
	out.AlarmText = out.Summary
	out.Description = strings.Join(about, "\n")
	return out
}
