package upstream

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// Record is a visit as its owner may see it (rest-api: "Получить запись на сеанс").
type Record struct {
	ID              int
	Services        []RecordService
	Company         RecordCompany
	Staff           Staff
	ClientsCount    int
	Start           time.Time // zero when no offset was sent; StartLocal then has the local time
	StartLocal      string    // "2026-12-01 12:00:00" in the company's zone
	Created         time.Time
	Changed         time.Time
	Length          time.Duration
	Comment         string
	Deleted         bool
	Attendance      int // 2 confirmed, 1 came, 0 waiting, -1 did not come
	NotifyBySMS     int // hours before
	NotifyByEmail   int // hours before
	MasterRequested bool
	APIID           string
	ActivityID      int
	Prepaid         bool // it can be paid online, or must be
	PrepaidDone     bool // it has been paid
	AllowChange     bool // newer servers say it for each record; true where they do not
	AllowDelete     bool
	Answers         map[string][]string // to the salon's questions, as text, by the codes of the questions
}

// RecordService is a booked service.
type RecordService struct {
	ID                 int
	Title              string
	Cost               Money // after the discount
	PriceMin, PriceMax Money
	Discount           float64 // percent
	Amount             int
	Prepaid            string // as a Service's; "" = not said
	Length             time.Duration
}

// RecordCompany is the company of a record. Its zone is left out, because records may have a wrong one.
type RecordCompany struct {
	ID                int
	Currency          string
	AllowDelete       bool
	AllowChange       bool
	AllowChangeBefore time.Duration // before the visit; 0 = no limit
	AllowDeleteBefore time.Duration
}

type wireRecordService struct {
	ID       flexInt     `json:"id"`
	Title    flexTitle   `json:"title"`
	Cost     flexMoney   `json:"cost"`
	PriceMin flexMoney   `json:"price_min"`
	PriceMax flexMoney   `json:"price_max"`
	Discount flexFloat   `json:"discount"`
	Amount   flexInt     `json:"amount"`
	Length   flexSeconds `json:"seance_length"`
	Settings flexObject[struct {
		Status flexString `json:"status"`
	}] `json:"prepaid_settings"`
}

func (w wireRecordService) service() RecordService {
	return RecordService{
		ID: int(w.ID), Title: string(w.Title), Cost: Money(w.Cost), PriceMin: Money(w.PriceMin), PriceMax: Money(w.PriceMax),
		Discount: float64(w.Discount), Amount: int(w.Amount), Length: time.Duration(w.Length), Prepaid: string(w.Settings.value.Status),
	}
}

type wireRecord struct {
	ID              flexInt                     `json:"id"`
	Services        flexList[wireRecordService] `json:"services"`
	Company         flexObject[wireCompany]     `json:"company"`
	Staff           flexObject[wireStaff]       `json:"staff"`
	ClientsCount    flexInt                     `json:"clients_count"`
	Date            flexString                  `json:"date"`
	Datetime        flexTime                    `json:"datetime"`
	CreateDate      flexTime                    `json:"create_date"`
	LastChangeDate  flexTime                    `json:"last_change_date"`
	Length          flexSeconds                 `json:"length"`
	Comment         flexText                    `json:"comment"`
	Deleted         flexBool                    `json:"deleted"`
	Attendance      flexInt                     `json:"attendance"`
	VisitAttendance flexInt                     `json:"visit_attendance"` // in the documentation's table
	NotifyBySMS     flexInt                     `json:"notify_by_sms"`
	NotifyByEmail   flexInt                     `json:"notify_by_email"`
	MasterRequested optBool                     `json:"master_requested"`
	APIID           flexString                  `json:"api_id"`
	ActivityID      flexInt                     `json:"activity_id"`
	Prepaid         flexString                  `json:"prepaid"`
	PrepaidDone     flexBool                    `json:"prepaid_confirmed"`
	AllowChange     optBool                     `json:"allow_change_record"`
	AllowDelete     optBool                     `json:"allow_delete_record"`
	AllowChangePaid optBool                     `json:"allow_change_prepaid_record"`
	AllowDeletePaid optBool                     `json:"allow_delete_prepaid_record"`
	CustomFields    answers                     `json:"custom_fields"`
}

// answers are values by the codes of their questions. An empty map may come as an empty list; a value may be a list.
type answers map[string][]string

func (v *answers) UnmarshalJSON(raw []byte) error {
	var w flexObject[map[string]json.RawMessage]
	_ = w.UnmarshalJSON(raw)
	*v = nil
	for code, value := range w.value {
		var several []flexText
		if json.Unmarshal(value, &several) != nil {
			several = make([]flexText, 1)
			_ = several[0].UnmarshalJSON(value)
		}
		for _, one := range several {
			if one == "" {
				continue
			}
			if *v == nil {
				*v = answers{}
			}
			(*v)[code] = append((*v)[code], string(one))
		}
	}
	return nil
}

func (w wireRecord) record() Record {
	company := w.Company.value.company()
	r := Record{
		ID: int(w.ID), Services: each(w.Services, wireRecordService.service), Staff: w.Staff.value.staff(),
		Company: RecordCompany{
			ID: company.ID, Currency: company.Currency,
			AllowDelete: company.AllowDelete, AllowChange: company.AllowChange,
			AllowChangeBefore: company.AllowChangeBefore, AllowDeleteBefore: company.AllowDeleteBefore,
		},
		ClientsCount: int(w.ClientsCount), Start: w.Datetime.at, Created: w.CreateDate.at, Changed: w.LastChangeDate.at,
		Length: time.Duration(w.Length), Comment: string(w.Comment), Deleted: bool(w.Deleted), Attendance: int(w.Attendance),
		NotifyBySMS: int(w.NotifyBySMS), NotifyByEmail: int(w.NotifyByEmail), MasterRequested: w.MasterRequested.on(),
		APIID: string(w.APIID), ActivityID: int(w.ActivityID),
		Prepaid: slices.Contains([]string{"true", "1", "required", "allowed"}, string(w.Prepaid)), PrepaidDone: bool(w.PrepaidDone),
		AllowChange: w.AllowChange.on(), AllowDelete: w.AllowDelete.on(), Answers: w.CustomFields,
	}
	if r.PrepaidDone {
		r.AllowChange, r.AllowDelete = r.AllowChange && w.AllowChangePaid.on(), r.AllowDelete && w.AllowDeletePaid.on()
	}
	if r.Length == 0 {
		for _, s := range r.Services { // rest-api: "length" of a record is the sum of its services' lengths
			r.Length += s.Length
		}
	}
	if r.Attendance == 0 {
		r.Attendance = int(w.VisitAttendance)
	}
	date := parseTime(string(w.Date))
	switch {
	case date.local:
		r.StartLocal = date.at.Format(time.DateTime)
	case !date.at.IsZero() && r.Start.IsZero():
		r.Start = date.at
	}
	if w.Datetime.local {
		r.StartLocal, r.Start = w.Datetime.at.Format(time.DateTime), time.Time{}
	}
	return r
}

// In is the start in a zone, with an offset or as local time, as it was sent.
func (r Record) In(zone *time.Location) time.Time {
	if !r.Start.IsZero() {
		start, _ := onClock(r.Start, r.StartLocal, zone)
		return start
	}
	t, err := time.ParseInLocation(time.DateTime, r.StartLocal, zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Record reads a record by its hash. rest-api: "Получить запись на сеанс".
func (c *Client) Record(ctx context.Context, company, record int, hash string) (Record, error) {
	return c.oneRecord(ctx, "record", path("book_record", company, record, hash))
}

// oneRecord reads a record that may come as an object or as a list of one.
func (c *Client) oneRecord(ctx context.Context, op, path string) (Record, error) {
	var w oneOrMany[wireRecord]
	if err := c.get(ctx, op, path, nil, &w); err != nil {
		return Record{}, err
	}
	if len(w) != 1 || w[0].ID == 0 {
		return Record{}, &Error{Op: op, Kind: KindNotFound, sent: true}
	}
	return w[0].record(), nil
}

// UserRecords reads the records of the signed-in user. rest-api: "Получить записи пользователя".
func (c *Client) UserRecords(ctx context.Context) ([]Record, error) {
	var w flexList[wireRecord]
	if err := c.get(ctx, "user_records", "user/records/", nil, &w); err != nil {
		return nil, err
	}
	return each(w, wireRecord.record), nil
}

// UserRecord reads a record by its hash, or the signed-in user's own with hash "".
// rest-api: "Получить записи пользователя".
func (c *Client) UserRecord(ctx context.Context, record int, hash string) (Record, error) {
	return c.oneRecord(ctx, "user_record", userRecordPath(record, hash))
}

// DeleteUserRecord cancels a record by its hash, or the signed-in user's own with hash "".
// rest-api: "Удалить запись пользователя".
func (c *Client) DeleteUserRecord(ctx context.Context, record int, hash string) error {
	return c.do(ctx, call{op: "cancel", method: http.MethodDelete, path: userRecordPath(record, hash), empty: true}, nil)
}

// userRecordPath is user/records/{record}/{hash}. A path without a hash ends with a slash (rest-api: "Получить записи
// пользователя").
func userRecordPath(record int, hash string) string {
	if hash == "" {
		return path("user", "records", record) + "/"
	}
	return path("user", "records", record, hash)
}
