package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"okoshko/internal/money"
	"okoshko/internal/store"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// Key opens a record, either by its hash, which is in the visit's link, or by the user token of the customer who has
// signed in.
type Key struct {
	Company   int
	Record    int
	Hash      string
	UserToken string
}

// Visit is a booked visit as its customer may see it: a record of the upstream. A Visit is made only from a record that a
// Key has opened, so code that has one may change the record, as far as the salon lets customers do so.
//
// A Change keeps a Visit in the store, under the names of these fields.
type Visit struct {
	ID         int
	Company    int
	Services   []VisitService
	Master     string // the master's name
	MasterID   int
	Any        bool // the customer asked for no master in particular
	GroupEvent int  `json:"Event"` // its id; 0 = no group event. An older version reads "Event"
	Seats      int  // places at the group event; 1 for a visit to none
	Start      time.Time
	Length     time.Duration
	Created    time.Time
	Changed    time.Time
	Comment    string
	Status     Status
	MovedFrom  time.Time // the time before, with StatusMoved
	Currency   string
	Payment    Payment

	ReminderSMS, ReminderEmail int                 // hours before the visit; 0 = none
	Answers                    map[string][]string // to the salon's questions, by the codes of the questions

	allow allowance
	key   Key
}

// VisitService is one booked service.
type VisitService struct {
	ID       int
	Title    string
	Amount   int         // how many of it, or how many places at a group event; 0 means 1
	Price    money.Price // of all of them together
	Discount float64     // percent
}

// storedService is a VisitService as a Change keeps it in the store. An older version reads and writes only the lowest
// and the highest price.
type storedService struct {
	ID       int
	Title    string
	Min, Max int64   // 0: there is none
	Amount   int     `json:",omitempty"`
	Discount float64 `json:",omitempty"`
	Free     bool    `json:",omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (s VisitService) MarshalJSON() ([]byte, error) {
	high, _ := s.Price.High()
	return json.Marshal(storedService{s.ID, s.Title, s.Price.Low(), high, s.Amount, s.Discount, s.Price.IsFree()})
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *VisitService) UnmarshalJSON(raw []byte) error {
	var w storedService
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	*s = VisitService{ID: w.ID, Title: w.Title, Amount: w.Amount, Price: money.Listed(w.Min, w.Max), Discount: w.Discount}
	if w.Free {
		s.Price = money.Free()
	}
	return nil
}

// Payment says what a record tells about being paid in advance.
type Payment string

// The payments. The API documents the flags alone; how the salon wants to be paid, only the salon knows.
const (
	PaymentNone     Payment = ""
	PaymentPossible Payment = "possible" // the visit can be paid in advance
	PaymentExpected Payment = "expected" // the salon expects it to be paid in advance
	PaymentDone     Payment = "done"
)

// payment reads a record's flags (rest-api: "prepaid", "prepaid_confirmed"). Newer servers say of each service whether it
// must be paid in advance. Older servers do not, and then it is expected.
func payment(r upstream.Record) Payment {
	switch {
	case r.PrepaidDone:
		return PaymentDone
	case !r.Prepaid:
		return PaymentNone
	}
	possible := false
	for _, s := range r.Services {
		switch s.Prepaid {
		case "allowed":
			possible = true
		case "forbidden":
		default:
			return PaymentExpected
		}
	}
	if possible {
		return PaymentPossible
	}
	return PaymentExpected // a master or a group event may require it
}

// visitService is a booked service. Its price is its cost, from which the discount is already taken (seen live: cost 0
// with price_min 1500 and discount 100). As long as there is no cost, the listed price is shown with the discount beside
// it.
func visitService(s upstream.RecordService) VisitService {
	const whole = 100 // percent
	out := VisitService{ID: s.ID, Title: s.Title, Amount: s.Amount}
	switch {
	case s.Cost > 0:
		out.Price = money.Exactly(int64(s.Cost))
	case s.Discount >= whole:
		out.Price = money.Free()
	default:
		out.Price, out.Discount = money.Listed(int64(s.PriceMin), int64(s.PriceMax)), s.Discount
	}
	return out
}

// placesAt is the service of a group event for all places that a visit takes there. The upstream counts them in the record
// alone (rest-api: "clients_count") and names the cost of one place. A cost that is higher than the service ever is, or an
// amount, shows that all places are in it.
func placesAt(r upstream.RecordService, seats int) VisitService {
	out := visitService(r)
	if r.Amount <= 1 && (r.PriceMax <= 0 || r.Cost <= r.PriceMax) {
		out.Price = out.Price.Times(seats)
	}
	out.Amount = seats
	return out
}

// Status says how a visit stands.
type Status string

// The statuses, from the upstream's "deleted" and "attendance". StatusMoved comes from Visit.After.
const (
	StatusBooked    Status = "booked"
	StatusMoved     Status = "moved"
	StatusConfirmed Status = "confirmed"
	StatusCame      Status = "came"
	StatusMissed    Status = "missed"
	StatusCancelled Status = "cancelled"
)

// The errors of reading a visit.
var (
	// ErrNoRecord says that no record opens with this key. It does not tell what is wrong with the key.
	ErrNoRecord = errors.New("booking: no such record")
	// errGone is the ErrNoRecord for "not found", as opposed to "not allowed".
	errGone = fmt.Errorf("%w: not found", ErrNoRecord)
	// ErrSignedOut says that the user token is no longer valid: the customer has to sign in again.
	ErrSignedOut = errors.New("booking: the user token is no longer valid")
)

// Open reads a record to show it. The record must be of the key's company, whose zone is given. Errors: ErrNoRecord,
// ErrSignedOut.
func (d *Desk) Open(ctx context.Context, lang string, key Key, zone *time.Location) (*Visit, error) {
	return d.open(budget.WithPriority(ctx, budget.P1), lang, key, zone)
}

// OpenSpare is Open with a call that customers who wait go before.
func (d *Desk) OpenSpare(ctx context.Context, lang string, key Key, zone *time.Location) (*Visit, error) {
	return d.open(budget.WithPriority(ctx, budget.P2), lang, key, zone)
}

// OpenToChange is Open for a customer who is changing the visit. Its call goes before those for reading.
func (d *Desk) OpenToChange(ctx context.Context, lang string, key Key, zone *time.Location) (*Visit, error) {
	return d.open(budget.WithPriority(ctx, budget.P0), lang, key, zone)
}

func (d *Desk) open(ctx context.Context, lang string, key Key, zone *time.Location) (*Visit, error) {
	r, err := d.read(ctx, lang, key)
	if errors.Is(err, ErrNoRecord) {
		// The upstream may forget a cancelled record. Then the change that cancelled it has the visit.
		return d.cancelledHere(ctx, key, zone, errors.Is(err, errGone))
	}
	if err != nil {
		return nil, err
	}
	visit := visitOf(r, zone)
	visit.key = key
	d.rememberKey(ctx, key, visit.Start)
	return visit, nil
}

// Name is a digest of the key, for places where the key may not be told.
func (k Key) Name() string {
	return digest("key", strconv.Itoa(k.Company), strconv.Itoa(k.Record), k.Hash, k.UserToken)
}

// openedFor is how long after its visit a key is remembered.
const openedFor = 30 * 24 * time.Hour

// rememberKey notes that a key opens its visit. So the key is known to be right while wrong ones are tried in masses, and
// a calendar can subscribe to the visit.
func (d *Desk) rememberKey(ctx context.Context, key Key, start time.Time) {
	noted := []byte(key.Hash)
	if key.Hash == "" {
		noted = []byte{1} // opened with a user token
	}
	if before, err := d.store.Get(ctx, openedKey(key)); err == nil && string(before) == string(noted) {
		return
	}
	keep := min(max(start.Add(openedFor).Sub(d.now()), openedFor), longestKept)
	if err := d.store.Put(store.Proven(ctx), openedKey(key), noted, keep); err != nil {
		d.log.Warn("link not remembered", "error", err) // the key opens its visit all the same
	}
}

// Opened says whether a key has opened its visit before.
func (d *Desk) Opened(ctx context.Context, key Key) bool {
	_, err := d.store.Get(ctx, openedKey(key))
	return err == nil
}

func openedKey(key Key) string { return openedNamed(key.Name()) }

func openedNamed(name string) string { return "opened/" + name }

// CustomerVisits lists the visits of a customer who has signed in. Visits at companies for which zone gives nil are left
// out, because they are at salons that do not belong here. Errors: ErrSignedOut.
func (d *Desk) CustomerVisits(ctx context.Context, lang, token string, zone func(company int) *time.Location) ([]*Visit, error) {
	records, err := d.customerRecords(budget.WithPriority(ctx, budget.P1), lang, token)
	if upstream.KindOf(err) == upstream.KindUnauthorized {
		return nil, ErrSignedOut
	}
	if err != nil {
		return nil, err
	}
	var out []*Visit
	for _, r := range records {
		at := zone(r.Company.ID)
		if at == nil || r.ID == 0 {
			continue
		}
		visit := visitOf(r, at)
		visit.key = Key{Company: r.Company.ID, Record: r.ID, UserToken: token}
		last, err := d.LookIntoChange(ctx, visit)
		if err != nil {
			d.log.Warn("last change of a visit", "error", err)
		}
		out = append(out, visit.After(last))
	}
	return out, nil
}

// always accepts every answer of a shared call.
func always[T any](T) bool { return true }

// customerRecords are the records of a customer who has signed in, at all companies.
func (d *Desk) customerRecords(ctx context.Context, lang, token string) ([]upstream.Record, error) {
	return d.lists.ask(ctx, digest("list", lang, token), everywhere, always, func(ctx context.Context) ([]upstream.Record, error) {
		return d.client.In(lang).As(token).UserRecords(ctx)
	})
}

// read reads a record. Callers who ask for the same record at the same time share one call.
func (d *Desk) read(ctx context.Context, lang string, key Key) (upstream.Record, error) {
	name := lang + " " + key.Name()
	return d.reads.ask(ctx, name, key.Company, always, func(ctx context.Context) (upstream.Record, error) {
		return d.readAlone(ctx, lang, key)
	})
}

func (d *Desk) readAlone(ctx context.Context, lang string, key Key) (upstream.Record, error) {
	client := d.client.In(lang)
	var r upstream.Record
	var err error
	if key.UserToken != "" {
		r, err = client.As(key.UserToken).UserRecord(ctx, key.Record, "")
	} else {
		r, err = client.Record(ctx, key.Company, key.Record, key.Hash)
	}
	switch upstream.KindOf(err) {
	case upstream.KindUnauthorized:
		if key.UserToken != "" {
			return r, ErrSignedOut
		}
		return r, ErrNoRecord
	case upstream.KindNotFound:
		return r, errGone
	case upstream.KindForbidden, upstream.KindBadRequest, upstream.KindInvalid:
		return r, ErrNoRecord
	default:
		if err != nil {
			return r, err
		}
	}
	// A record of another company is not shown. A user token would open it, because it opens the customer's visits at all
	// salons.
	if r.ID != key.Record || r.Company.ID != key.Company && (r.Company.ID != 0 || key.UserToken != "") {
		return r, ErrNoRecord
	}
	r.Company.ID = key.Company
	return r, nil
}

func visitOf(r upstream.Record, zone *time.Location) *Visit {
	out := &Visit{
		ID: r.ID, Company: r.Company.ID, Master: r.Staff.Name, MasterID: r.Staff.ID, Any: !r.MasterRequested, GroupEvent: r.ActivityID,
		Seats: max(r.ClientsCount, 1), Start: r.In(zone), Length: r.Length, Created: r.Created, Changed: r.Changed,
		Comment: r.Comment, Status: status(r), Currency: r.Company.Currency, Payment: payment(r),
		ReminderSMS: r.NotifyBySMS, ReminderEmail: r.NotifyByEmail, Answers: r.Answers,
		allow: allowance{
			cancel: r.Company.AllowDelete, move: r.Company.AllowChange,
			cancelBefore: r.Company.AllowDeleteBefore, moveBefore: r.Company.AllowChangeBefore,
			cancelThis: r.AllowDelete, moveThis: r.AllowChange,
		},
	}
	for _, s := range r.Services {
		if out.GroupEvent != 0 {
			out.Services = append(out.Services, placesAt(s, out.Seats))
			continue
		}
		out.Services = append(out.Services, visitService(s))
	}
	return out
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
