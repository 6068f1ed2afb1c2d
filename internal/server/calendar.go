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

// calendarVisit is what a calendar is told. Calendars are shared and kept by others, so the link of the
// visit is not in it: whoever saw the entry could cancel. The salon's phone is.
func (o *ownVisit) calendarVisit(now time.Time) ical.Visit {
	d, company := o.details, o.Company
	out := ical.Visit{
		UID:   "visit-" + itoa(d.Company) + "-" + itoa(d.ID) + "@okoshko",
		Start: d.Start, End: d.Start.Add(d.Length), Lat: company.Lat, Lon: company.Lon,
		Place:     join(", ", company.Title, company.Address),
		Changed:   now,
		Cancelled: d.Status == booking.StatusCancelled,
	}
	if !d.Created.IsZero() && !d.Changed.Before(d.Created) {
		// Seconds since the booking: it rises with every change, whoever made it.
		out.Changed, out.Sequence = d.Changed, int(d.Changed.Sub(d.Created)/time.Second)
	}
	if out.Cancelled {
		out.Sequence++
	}
	var titles, about []string
	if d.Master != "" {
		about = append(about, d.Master)
	}
	for _, row := range recordVisit(o.visit, d).Services {
		titles = append(titles, row.Label)
		about = append(about, join(": ", row.Label, row.Value))
	}
	if company.Phone != "" {
		about = append(about, company.Phone)
	}
	out.Summary = join(" · ", strings.Join(titles, ", "), company.Title)
	out.Description = strings.Join(about, "\n")
	return out
}
