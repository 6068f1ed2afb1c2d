package upstream

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Activity is a group event (rest-api: "Групповые события").
type Activity struct {
	ID           int
	Service      Service
	Staff        Staff
	StartLocal   string // "2026-12-01 12:00:00" in the company's zone; the timestamp beside it is known to be wrong
	Length       time.Duration
	Capacity     int
	RecordsCount int
	Comment      string
	Instructions string
	StreamURL    string   // where it can be watched
	Labels       []string // further words of the salon for it
	Resources    []string // the hall, the court
	Prepaid      string   // as a Service's; the service and the member of staff say it of themselves
	Deleted      bool
}

// Left is how many places are free.
func (a Activity) Left() int { return max(0, a.Capacity-a.RecordsCount) }

// Start is when the group event begins, in the company's zone; zero when it is not known.
func (a Activity) Start(zone *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateTime, a.StartLocal, zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

type wireActivity struct {
	ID           flexInt               `json:"id"`
	Date         flexString            `json:"date"`
	Length       flexSeconds           `json:"length"`
	Capacity     flexInt               `json:"capacity"`
	RecordsCount flexInt               `json:"records_count"`
	Comment      flexText              `json:"comment"`
	Instructions flexText              `json:"instructions"`
	StreamLink   flexURL               `json:"stream_link"`
	Labels       flexList[titled]      `json:"labels"` // an empty one as {}
	Resources    flexList[titled]      `json:"resource_instances"`
	Prepaid      flexString            `json:"prepaid"`
	Deleted      flexBool              `json:"is_deleted"`
	Staff        flexObject[wireStaff] `json:"staff"`
	Service      flexObject[struct {
		wireService
		ImageURL flexURL `json:"image_url"`
	}] `json:"service"`
}

// titled is an object with a title.
type titled struct {
	Title flexTitle `json:"title"`
}

func titles(in []titled) []string {
	var out []string
	for _, w := range in {
		if w.Title != "" {
			out = append(out, string(w.Title))
		}
	}
	return out
}

func (w wireActivity) activity() Activity {
	service := w.Service.value
	a := Activity{
		ID: int(w.ID), Service: service.service(),
		Staff: w.Staff.value.staff(), Length: time.Duration(w.Length), Capacity: int(w.Capacity),
		RecordsCount: int(w.RecordsCount), Comment: string(w.Comment), Instructions: string(w.Instructions),
		StreamURL: string(w.StreamLink), Labels: titles(w.Labels), Resources: titles(w.Resources),
		Prepaid: string(w.Prepaid), Deleted: bool(w.Deleted),
	}
	if a.Service.Image == "" {
		a.Service.Image = string(service.ImageURL)
	}
	if t := parseTime(string(w.Date)); !t.at.IsZero() {
		a.StartLocal = t.at.Format(time.DateTime)
	}
	return a
}

// ActivitiesParams narrow the group events. The API requires From; other zero fields narrow nothing.
type ActivitiesParams struct {
	From, Till string // YYYY-MM-DD
	Page       int    // from 1
	Count      int    // at most 300
}

func (p ActivitiesParams) query() url.Values {
	q := url.Values{}
	for _, v := range []struct{ name, value string }{{"from", p.From}, {"till", p.Till}} {
		if v.value != "" {
			q.Set(v.name, v.value)
		}
	}
	if p.Page != 0 {
		q.Set("page", strconv.Itoa(p.Page))
	}
	if p.Count != 0 {
		q.Set("count", strconv.Itoa(p.Count))
	}
	return q
}

// Activities finds group events. Past ones may be among them. rest-api: "Поиск событий".
func (c *Client) Activities(ctx context.Context, company int, p ActivitiesParams) ([]Activity, error) {
	var w flexList[wireActivity]
	if err := c.get(ctx, "activity_search", path("activity", company, "search"), p.query(), &w); err != nil {
		return nil, err
	}
	return each(w, wireActivity.activity), nil
}

// Activity reads one group event. rest-api: "Получить событие".
func (c *Client) Activity(ctx context.Context, company, id int) (Activity, error) {
	var w wireActivity
	if err := c.get(ctx, "activity", path("activity", company, id), nil, &w); err != nil {
		return Activity{}, err
	}
	if w.ID == 0 {
		return Activity{}, &Error{Op: "activity", Kind: KindNotFound, sent: true}
	}
	return w.activity(), nil
}

// BookActivity books places at a group event. It does not use the request's appointments. Like Book it is never sent twice. rest-api: "Создать запись в групповом событии".
func (c *Client) BookActivity(ctx context.Context, company, id, places int, r BookRequest) (Booked, error) {
	body := struct {
		wireClient
		Places int `json:"clients_count"`
	}{r.client(), max(places, 1)}
	var w struct {
		ID         flexInt    `json:"id"`
		Hash       flexString `json:"hash"`
		RecordID   flexInt    `json:"record_id"`
		RecordHash flexString `json:"record_hash"`
	}
	if err := c.do(ctx, call{op: "activity_book", method: http.MethodPost, path: path("activity", company, id, "book"), body: body}, &w); err != nil {
		return Booked{}, err
	}
	b := Booked{RecordID: int(w.ID), Hash: string(w.Hash)}
	if b.Hash == "" {
		b = Booked{RecordID: int(w.RecordID), Hash: string(w.RecordHash)}
	}
	if b.RecordID == 0 || b.Hash == "" {
		return Booked{}, &Error{Op: "activity_book", Kind: KindMalformed, sent: true, Err: errors.New("a record without id or hash")}
	}
	return b, nil
}
