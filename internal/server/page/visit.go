package page

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/urls"
	"okoshko/web/templates/pages"
)

// ISO is the layout of a time in an attribute of a page: RFC 3339, always with an offset in digits.
const ISO = "2006-01-02T15:04:05-07:00"

// Repeat returns the link that starts a booking with a visit's services and master chosen. For a group event it is the list
// of group events, narrowed to the event's service.
func (v *Request) Repeat(d *booking.Visit) string {
	choices := flow.Choices{Lang: v.Choices.Lang}
	if v.Form.GroupID != 0 {
		choices.City, choices.Company = v.Company.CityID, v.Company.ID
	}
	if d.GroupEvent != 0 {
		list := v.PageURL(urls.Events, 0, v.Journey.Attend(choices, 0, 0))
		if len(d.Services) > 0 {
			list = urls.With(list, urls.QueryService+"="+strconv.Itoa(d.Services[0].ID))
		}
		return list
	}
	choices.HasMaster = true
	if !d.Any {
		choices.Master = d.MasterID
	}
	for _, service := range d.Services {
		choices.Services = append(choices.Services, service.ID)
	}
	return chosenURL(urls.Form(v.Form.ID), choices)
}

// RecordVisit returns the view of a booked visit, with its time in the company's zone.
func RecordVisit(v *Request, d *booking.Visit) pages.Visit {
	out := pages.Visit{When: v.When(d.Start), ISO: d.Start.Format(ISO), Master: d.Master, Payment: v.Payment(d, "")}
	if d.Length > 0 {
		out.Duration = v.Text.Duration(d.Length)
	}
	for _, service := range d.Services {
		out.Services = append(out.Services, v.bookedRow(d, service))
	}
	Place(&out, v.Company)
	return out
}

// ChosenVisit returns the view of an appointment of the order.
func (v *Request) ChosenVisit(p catalog.Appointment) pages.Visit {
	out := pages.Visit{When: v.When(p.Start), ISO: p.Start.Format(ISO)}
	if p.Length.Min > 0 {
		out.Duration = v.Text.DurationRange(p.Length.Min, p.Length.Max)
	}
	for _, service := range p.Services {
		out.Services = append(out.Services, v.ServiceRow(service))
	}
	if p.Master != nil || v.Journey.Has(flow.Master) {
		out.Master = masterName(v, p.Master)
	}
	if p.Master != nil {
		out.Master = pages.Join(" · ", out.Master, Prepaid(v.Text, p.Master.Prepaid))
	}
	Place(&out, v.Company)
	return out
}

// When returns a day and a time. The day has its year only when it is not one of the nearest months.
func (v *Request) When(t time.Time) string {
	return v.Text.DateFrom(t, v.Now) + ", " + v.Text.Time(t)
}

// Until returns a day and a time as they stand in a sentence, behind "until".
func (v *Request) Until(t time.Time) string { return v.Text.Moment(t, v.Now) }

// Share returns the address of a visit's page, which opens it for whoever has it.
func (s *Builder) Share(c *fiber.Ctx, v *Request, path string, visit *pages.Visit) *pages.Share {
	origin := s.PublicURL
	if origin == "" {
		origin = c.BaseURL()
	}
	bare, _, _ := strings.Cut(path, "?") // whoever opens it has a language of their own
	return &pages.Share{
		URL: origin + bare, Path: path, Label: v.Text.T("widget.record.address"), Note: v.Text.T("widget.record.address_note"),
		Button: v.Text.T("widget.record.share"), Title: pages.Join(" · ", visit.When, visit.Place),
	}
}

// Deadline returns a text that says until when a visit can be changed, "" when the salon sets no limit.
func (v *Request) Deadline(act string, p booking.Permit) string {
	if !p.OK || p.Until.IsZero() {
		return ""
	}
	return v.Text.T("widget."+act+".until", "when", v.Until(p.Until.In(v.Company.Location)))
}

// Denial returns a text that says why a visit cannot be changed, "" when there is none. Instead of moving a spot at a group event one
// may book another and cancel this one, where it can be cancelled.
func (v *Request) Denial(act string, p, cancel booking.Permit) string {
	switch p.Why {
	case booking.DenialSalon:
		return v.Text.T("widget." + act + ".salon")
	case booking.DenialLate:
		return v.Text.T("widget."+act+".late", "before", v.Text.Duration(p.Before))
	case booking.DenialGroupEvent:
		if !cancel.OK {
			return v.Text.T("widget.move.event_stays")
		}
		return v.Text.T("widget.move.event")
	default:
		return ""
	}
}

// Allowed returns the text of those with a key that says what can be done with a visit at present: move and cancel it, one of
// both, or nothing.
func (v *Request) Allowed(key string, move, cancel bool) string {
	switch {
	case move && cancel:
		return v.Text.T(key)
	case move:
		return v.Text.T(key + "_move")
	case cancel:
		return v.Text.T(key + "_cancel")
	default:
		return v.Text.T(key + "_none")
	}
}

// ShareNote returns a text that says what whoever has a visit's address can do with the visit at present.
func (v *Request) ShareNote(d *booking.Visit) string {
	return v.Allowed("widget.record.address_note", d.MayMove(v.Now).OK, d.MayCancel(v.Now).OK)
}

// Place fills in a visit's company: address, map and phone.
func Place(v *pages.Visit, company *catalog.Company) {
	v.Place = pages.Join(", ", company.Title, company.Address)
	v.MapURL = MapURL(company)
	v.Calls = CallLine(company.Phone)
}
