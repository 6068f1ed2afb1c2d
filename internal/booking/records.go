package booking

import (
	"context"
	"errors"
	"time"

	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// Details is a record as its owner may see it.
type Details struct {
	ID       int
	Company  int
	Services []DetailsService
	Master   string // who it is with
	MasterID int
	Any      bool // the customer asked for nobody in particular
	Start    time.Time
	Length   time.Duration
	Comment  string
	Status   Status
	Currency string
}

// DetailsService is one booked service; the cost is in hundredths of the currency unit.
type DetailsService struct {
	ID       int
	Title    string
	Min, Max int64
}

// Status is where a visit stands.
type Status string

// The statuses of a visit, from the upstream's "deleted" and "attendance".
const (
	StatusBooked    Status = "booked"
	StatusConfirmed Status = "confirmed"
	StatusCame      Status = "came"
	StatusMissed    Status = "missed"
	StatusCancelled Status = "cancelled"
)

// ErrNoRecord says that there is no such record for this company and hash. Which of the three was
// wrong is not told.
var ErrNoRecord = errors.New("booking: no such record")

// Record reads a record by its id and hash. The company of the link must be
// the record's own; zone is the company's.
func (d *Desk) Record(ctx context.Context, lang string, company, id int, hash string, zone *time.Location) (*Details, error) {
	r, err := d.client.In(lang).Record(budget.WithPriority(ctx, budget.P1), company, id, hash)
	if err != nil {
		switch upstream.KindOf(err) {
		case upstream.KindNotFound, upstream.KindForbidden, upstream.KindUnauthorized, upstream.KindBadRequest, upstream.KindInvalid:
			return nil, ErrNoRecord
		default:
			return nil, err
		}
	}
	if r.ID != id || r.Company.ID != 0 && r.Company.ID != company {
		return nil, ErrNoRecord
	}
	out := &Details{
		ID: r.ID, Company: company, Master: r.Staff.Name, MasterID: r.Staff.ID, Any: !r.MasterRequested, Start: r.In(zone), Length: r.Length,
		Comment: r.Comment, Status: status(r), Currency: r.Company.Currency,
	}
	for _, s := range r.Services {
		service := DetailsService{ID: s.ID, Title: s.Title, Min: int64(s.PriceMin), Max: int64(s.PriceMax)}
		if s.Cost > 0 {
			service.Min, service.Max = int64(s.Cost), int64(s.Cost)
		}
		out.Services = append(out.Services, service)
	}
	return out, nil
}

func status(r upstream.Record) Status {
	switch {
	case r.Deleted:
		return StatusCancelled
	case r.Attendance == 2:
		return StatusConfirmed
	case r.Attendance == 1:
		return StatusCame
	case r.Attendance == -1:
		return StatusMissed
	default:
		return StatusBooked
	}
}
