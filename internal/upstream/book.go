package upstream

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

// SendCode asks for a text message with a code to a phone (digits only).
// rest-api: "Отправить СМС код подтверждения номера телефона".
func (c *Client) SendCode(ctx context.Context, company int, phone, fullname string) error {
	body := map[string]string{"phone": phone}
	if fullname != "" {
		body["fullname"] = fullname
		body["fulname"] = fullname // the spelling in the documentation's table
	}
	return c.do(ctx, call{op: "book_code", method: http.MethodPost, path: path("book_code", company), body: body, empty: true}, nil)
}

// Appointment is one part of a booking: services, a member of staff, a time.
type Appointment struct {
	ID           int // names the appointment in the answer and in refusals
	Services     []int
	Staff        int // 0 = any
	Start        time.Time
	CustomFields map[string]any
}

type wireAppointment struct {
	ID           int            `json:"id"`
	Services     []int          `json:"services"`
	Staff        int            `json:"staff_id"`
	Datetime     string         `json:"datetime"`
	CustomFields map[string]any `json:"custom_fields,omitempty"`
}

func (a Appointment) wire() wireAppointment {
	services := a.Services
	if services == nil {
		services = []int{}
	}
	return wireAppointment{ID: a.ID, Services: services, Staff: a.Staff, Datetime: isoTime(a.Start), CustomFields: a.CustomFields}
}

// Check asks whether appointments could be booked now; nil means yes. Errors: KindSlotTaken,
// KindNobodyFree, KindOverlap, KindServiceGone, KindInvalid. rest-api: "Проверить параметры записи".
func (c *Client) Check(ctx context.Context, company int, appointments []Appointment) error {
	body := map[string]any{"appointments": each(appointments, Appointment.wire)}
	return c.do(ctx, call{op: "book_check", method: http.MethodPost, path: path("book_check", company), body: body, empty: true}, nil)
}

// BookRequest is a booking of one or more appointments.
type BookRequest struct {
	Fullname, Surname, Patronymic string
	Phone                         string // digits only
	Email, Comment                string
	Code                          string // from the text message
	NotifyBySMS, NotifyByEmail    int    // hours before the visit; 0 = no reminder
	PersonalDataAllowed           *bool  // nil = not asked
	NewsletterAllowed             *bool  // nil = not asked
	APIID                         string // the caller's name of the booking; the record carries it
	BookformID                    int
	Referrer                      string // where the customer came from, as the upstream's own widget sends it
	CustomFields                  map[string]any
	Appointments                  []Appointment
}

type wireClient struct {
	Phone         string `json:"phone"`
	Fullname      string `json:"fullname"`
	Surname       string `json:"surname,omitempty"`
	Patronymic    string `json:"patronymic,omitempty"`
	Email         string `json:"email"`
	Code          string `json:"code,omitempty"`
	Comment       string `json:"comment,omitempty"`
	Type          string `json:"type,omitempty"`
	NotifyBySMS   int    `json:"notify_by_sms"`
	NotifyByEmail int    `json:"notify_by_email"`
	APIID         string `json:"api_id,omitempty"`
	Newsletter    *bool  `json:"is_newsletter_allowed,omitempty"`
	PersonalData  *bool  `json:"is_personal_data_processing_allowed,omitempty"`
}

func (r BookRequest) client() wireClient {
	return wireClient{
		Phone: r.Phone, Fullname: r.Fullname, Surname: r.Surname, Patronymic: r.Patronymic, Email: r.Email,
		Code: r.Code, Comment: r.Comment, NotifyBySMS: r.NotifyBySMS, NotifyByEmail: r.NotifyByEmail, APIID: r.APIID,
		Newsletter: r.NewsletterAllowed, PersonalData: r.PersonalDataAllowed,
	}
}

// Booked is a visit that was booked.
type Booked struct {
	ID       int // of the appointment in the request
	RecordID int
	Hash     string // opens the record: its holder may see and change it
}

// Book books. It is not idempotent, and a Client never sends it twice. When Error.Outcome is unknown, the caller must look
// whether there is a record before it books again; records that are returned with such an error are booked. rest-api: "Создать запись на сеанс".
func (c *Client) Book(ctx context.Context, company int, r BookRequest) ([]Booked, error) {
	body := struct {
		wireClient
		BookformID   int               `json:"bookform_id,omitempty"`
		Referrer     string            `json:"referrer,omitempty"`
		CustomFields map[string]any    `json:"custom_fields,omitempty"`
		Appointments []wireAppointment `json:"appointments"`
	}{r.client(), r.BookformID, r.Referrer, r.CustomFields, each(r.Appointments, Appointment.wire)}
	type wire struct {
		ID       flexInt    `json:"id"`
		RecordID flexInt    `json:"record_id"`
		Hash     flexString `json:"record_hash"`
	}
	var w flexList[wire]
	if err := c.do(ctx, call{op: "book_record", method: http.MethodPost, path: path("book_record", company), body: body}, &w); err != nil {
		return nil, err
	}
	out := each(w, func(w wire) Booked { return Booked{ID: int(w.ID), RecordID: int(w.RecordID), Hash: string(w.Hash)} })
	whole := slices.DeleteFunc(slices.Clone(out), func(b Booked) bool { return b.RecordID == 0 || b.Hash == "" })
	switch {
	case len(out) == 0:
		return nil, &Error{Op: "book_record", Kind: KindMalformed, sent: true, Err: errors.New("no record")}
	case len(whole) < len(out):
		return whole, &Error{Op: "book_record", Kind: KindMalformed, sent: true, Err: errors.New("a record without id or hash")}
	}
	return out, nil
}

// MoveRequest moves a record to another time.
type MoveRequest struct {
	Start   time.Time
	Comment string
}

// Move moves a record. The API does not ask for the hash here, so the caller must make sure that the record is the
// customer's. rest-api: "Перенести запись на сеанс".
func (c *Client) Move(ctx context.Context, company, record int, r MoveRequest) (Record, error) {
	body := map[string]string{"datetime": isoTime(r.Start)}
	if r.Comment != "" {
		body["comment"] = r.Comment
	}
	var w wireRecord
	if err := c.do(ctx, call{op: "move", method: http.MethodPut, path: path("book_record", company, record), body: body}, &w); err != nil {
		return Record{}, err
	}
	return w.record(), nil
}
