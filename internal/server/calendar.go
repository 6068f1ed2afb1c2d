package server

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/ical"
)

// showCalendar is the visit as a file for calendars.
func (s *Server) showCalendar(c *fiber.Ctx, o *ownVisit) error {
	method := "PUBLISH"
	if o.details.Status == booking.StatusCancelled {
		method = "CANCEL"
	}
	c.Set(fiber.HeaderContentType, "text/calendar; charset=utf-8; method="+method)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="visit.ics"`)
	return send(c, ical.File(o.calendarVisit(s.Now())))
}

// edition is when a visit was last changed and a number that rises with every change, whoever made it: the
// seconds since it was booked. The upstream need not tell of changes ("last_change_date" is optional); then
// every file may be of a new one.
func edition(d *booking.Details, now time.Time) (changed time.Time, sequence int) {
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
func (o *ownVisit) calendarVisit(now time.Time) ical.Visit {
	d, company := o.details, o.Company
	out := ical.Visit{
		UID:   "visit-" + itoa(d.Company) + "-" + itoa(d.ID) + "@okoshko",
		Start: d.Start, End: d.Start.Add(d.Length), Lat: company.Lat, Lon: company.Lon,
		Place:     join(", ", company.Title, company.Address),
		Cancelled: d.Status == booking.StatusCancelled,
	}
	out.Changed, out.Sequence = edition(d, now)
	var titles, about []string
	if d.Master != "" {
		about = append(about, d.Master)
	}
	for _, row := range recordVisit(o.visit, d).Services {
		titles = append(titles, row.Label)
		about = append(about, join(": ", row.Label, row.Value))
	}
	if line := company.Phone.String(); line != "" {
		about = append(about, line)
	}
	out.Summary = join(" · ", strings.Join(titles, ", "), company.Title)
	out.Description = strings.Join(about, "\n")
	return out
}
