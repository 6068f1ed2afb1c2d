package server

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/booking"
	"okoshko/internal/flow"
	"okoshko/web/templates/pages"
)

const iso = "2006-01-02T15:04:05-07:00"

// showRecord shows a visit to whoever holds its link. A wrong hash, a wrong id and a wrong company
// are all the same "not found".
func (s *Server) showRecord(c *fiber.Ctx) error {
	formID, err1 := strconv.Atoi(c.Params("form"))
	companyID, err2 := strconv.Atoi(c.Params("company"))
	recordID, err3 := strconv.Atoi(c.Params("record"))
	hash := c.Params("hash")
	if err1 != nil || err2 != nil || err3 != nil || !plainHash(hash) {
		return fiber.ErrNotFound
	}
	v, err := s.pageOf(c, formID, companyID, "record")
	if err != nil {
		return err
	}
	details, err := s.Desk.Record(c.UserContext(), v.lang, companyID, recordID, hash, v.Company.Location)
	if err != nil {
		return err
	}
	page := pages.RecordPage{
		Base: s.base(c, v, v.text.T("header.record")), Status: string(details.Status),
		Badge: v.text.T("widget.record.status." + string(details.Status)),
		Visit: recordVisit(v, details), Comment: details.Comment,
		Again: v.repeat(details),
	}
	page.Visit.RecordID, page.Visit.RecordURL = recordID, recordURL(formID, companyID, recordID, hash, v.Choices.Lang)
	page.Private, page.Languages, page.Progress = true, nil, nil
	c.Set(fiber.HeaderContentSecurityPolicy, s.policy(page.ThemeCSS, "'none'"))
	return render(c, fiber.StatusOK, pages.RecordView(page))
}

// repeat is the link that opens the flow with a visit's services and master chosen again.
func (v *visit) repeat(d *booking.Details) string {
	choices := flow.Choices{Lang: v.Choices.Lang, HasMaster: true}
	if !d.Any {
		choices.Master = d.MasterID
	}
	if v.form.GroupID != 0 {
		choices.City, choices.Company = v.Company.CityID, v.Company.ID
	}
	for _, service := range d.Services {
		choices.Services = append(choices.Services, service.ID)
	}
	return withQuery("/b/"+itoa(v.form.ID), choices.Encode())
}

// plainHash says whether a hash may be put into an upstream path: letters and digits, as the
// upstream makes them.
func plainHash(hash string) bool {
	if hash == "" || len(hash) > 128 {
		return false
	}
	for _, r := range hash {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}

// recordVisit is a record as a visit, in the company's zone.
func recordVisit(v *visit, d *booking.Details) pages.Visit {
	out := pages.Visit{When: when(v.text, d.Start), ISO: d.Start.Format(iso), Master: d.Master}
	if d.Length > 0 {
		out.Duration = v.text.Duration(d.Length)
	}
	for _, service := range d.Services {
		out.Services = append(out.Services, pages.Row{
			Label: service.Title, Value: v.text.MoneyRange(service.Min, service.Max, firstOf(d.Currency, v.Company.Currency)),
		})
	}
	place(&out, v.Company)
	return out
}
