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
	"okoshko/web/templates/pages"
)

// ShowCalendar sends the visit as a calendar file.
func (s *Handlers) ShowCalendar(c *fiber.Ctx, o *visitPage) error {
	method := "PUBLISH"
	if o.visit.Status == booking.StatusCancelled {
		method = "CANCEL"
	}
	setCalendarHeaders(c, method)
	return response.Send(c, ical.File(o.calendarVisit(s.Now())))
}

// setCalendarHeaders sets the headers of a calendar file. "inline" makes a telephone open the file in its calendar and not save it.
func setCalendarHeaders(c *fiber.Ctx, method string) {
	c.Set(fiber.HeaderContentType, "text/calendar; charset=utf-8; method="+method)
	c.Set(fiber.HeaderContentDisposition, `inline; filename="visit.ics"`)
}

// feedEvery is how often a calendar that has subscribed to a visit should ask for it.
const feedEvery = time.Hour

// ShowFeed sends the visit to a calendar that has subscribed to it. The feed's address opens no page, so a person who sees it
// in a shared calendar can neither cancel nor move the visit.
func (s *Handlers) ShowFeed(c *fiber.Ctx) error {
	company, _ := input.PlainID(c.Params(urls.PathCompany))
	record, _ := input.PlainID(c.Params(urls.PathRecord))
	key := booking.Key{Company: company, Record: record, Hash: c.Params(urls.PathHash)}
	found, err := s.Desk.FeedKey(c.UserContext(), key)
	switch {
	case err == nil:
		key = found
	case errors.Is(err, booking.ErrNoRecord):
		key.Hash = booking.FeedName(key) // a hash that opens nothing, even if a visit's own hash was given; the miss is counted
	default:
		return err
	}
	o, err := s.openVisitOf(c, s.Desk.Open, key)
	if err != nil {
		return err
	}
	setCalendarHeaders(c, "PUBLISH")
	return response.Send(c, ical.Feed(o.calendarVisit(s.Now()), feedEvery))
}

// feedURL returns the address at which a calendar subscribes to the visit.
func feedURL(c *fiber.Ctx, o *visitPage) string {
	if o.who != nil || !guard.IsRecordPage(c) {
		return "" // a visit of the account has no address that opens without signing in
	}
	feed := booking.FeedName(booking.Key{Company: o.visit.Company, Record: o.visit.ID, Hash: c.Params(urls.PathHash)})
	address := urls.Visit{Form: o.Form.ID, Company: o.visit.Company, Record: o.visit.ID, Hash: feed}
	return page.InLang(address.Path(urls.VisitFeed), o.Choices.Lang)
}

// alarmBefore is how long before a visit a calendar reminds of it.
const alarmBefore = 2 * time.Hour

// edition returns when a visit was last changed, and a sequence number that rises with every change: the seconds from the
// booking to the change. The time of the change may be missing (rest-api: "last_change_date" is optional). Then the present
// time is used, because the visit may have changed since the last file.
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

// longAgo stands for an unknown time of booking. The seconds since then fit into 32 bits.
var longAgo = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

// calendarVisit returns the calendar's entry of a visit. Calendars are shared, and a person who knows the visit's link can
// cancel it. So the entry holds the salon's phone and not the link.
func (o *visitPage) calendarVisit(now time.Time) ical.Visit {
	d, company := o.visit, o.Company
	out := ical.Visit{
		UID:   "visit-" + strconv.Itoa(d.Company) + "-" + strconv.Itoa(d.ID) + "@okoshko",
		Start: d.Start, Floating: company.Unzoned(), Lat: company.Lat, Lon: company.Lon,
		Organizer: ical.Organizer{Name: company.Title, Email: company.Email}, Alarm: alarmBefore,
		Place:     pages.Join(", ", company.Title, company.Address),
		Cancelled: d.Status == booking.StatusCancelled,
	}
	out.Changed, out.Sequence = edition(d, now)
	var titles, about []string
	if d.Master != "" {
		about = append(about, d.Master)
	}
	for _, row := range page.RecordVisit(o.Request, d).Services {
		titles = append(titles, row.Label)
		about = append(about, pages.Join(": ", row.Label, row.Value))
	}
	if line := company.Phone.String(); line != "" {
		about = append(about, line)
	}
	if d.Length > 0 {
		out.End = d.Start.Add(d.Length)
	}
	out.Summary = pages.Join(" · ", strings.Join(titles, ", "), company.Title)
	out.AlarmText = out.Summary
	out.Description = strings.Join(about, "\n")
	return out
}
