package upstream

import (
	"context"
	"net/url"
	"strings"
	"time"
)

// Staff is a member of staff, or a room or a court where a salon books these
// (rest-api: "Получить список сотрудников доступных для бронирования").
type Staff struct {
	ID             int
	Name           string
	Specialization string
	Position       string // the job title
	Bookable       bool
	Weight         int // the heavier first
	ShowRating     bool
	Rating         float64
	CommentsCount  int
	Avatar         string // "" for the upstream's placeholder
	AvatarBig      string
	Information    string // HTML
	Prepaid        string // as a Service's
	Gone           bool   // fired, hidden from customers or deleted
	SeanceDate     string // YYYY-MM-DD of the nearest free day; "" unless bookable
	Seances        []Seance
}

type wireStaff struct {
	ID             flexInt   `json:"id"`
	Name           flexTitle `json:"name"`
	Specialization flexTitle `json:"specialization"`
	Spec           flexTitle `json:"spec"` // in the answer to a move
	Position       flexObject[struct {
		Title flexTitle `json:"title"`
	}] `json:"position"`
	Bookable      flexBool             `json:"bookable"`
	Weight        flexInt              `json:"weight"`
	ShowRating    flexBool             `json:"show_rating"`
	Rating        flexFloat            `json:"rating"`
	CommentsCount flexInt              `json:"comments_count"`
	Avatar        flexURL              `json:"avatar"`
	AvatarBig     flexURL              `json:"avatar_big"`
	Information   flexString           `json:"information"`
	Prepaid       flexString           `json:"prepaid"`
	Fired         flexBool             `json:"fired"`
	Hidden        flexBool             `json:"hidden"`
	Deleted       flexBool             `json:"is_deleted"`
	SeanceDate    flexDate             `json:"seance_date"`
	Seances       flexList[wireSeance] `json:"seances"`
}

func (w wireStaff) staff() Staff {
	s := Staff{
		ID: int(w.ID), Name: string(w.Name), Specialization: strings.TrimSpace(string(w.Specialization)),
		Position: string(w.Position.value.Title),
		Bookable: bool(w.Bookable), Weight: int(w.Weight), ShowRating: bool(w.ShowRating), Rating: float64(w.Rating),
		CommentsCount: int(w.CommentsCount),
		Avatar:        photo(string(w.Avatar)), AvatarBig: photo(string(w.AvatarBig)), Information: string(w.Information),
		Prepaid: string(w.Prepaid), Gone: bool(w.Fired || w.Hidden || w.Deleted), SeanceDate: string(w.SeanceDate), Seances: seances(w.Seances),
	}
	if s.Specialization == "" {
		s.Specialization = string(w.Spec)
	}
	return s
}

// photo is the address of an image, "" for the upstream's placeholder.
func photo(address string) string {
	if strings.Contains(address, "/no-master") {
		return ""
	}
	return address
}

// StaffParams narrow the staff. Zero fields narrow nothing.
type StaffParams struct {
	Services []int
	Datetime time.Time
}

// Staff reads who can be booked. rest-api: "Получить список сотрудников доступных для бронирования".
func (c *Client) Staff(ctx context.Context, company int, p StaffParams) ([]Staff, error) {
	q := url.Values{}
	serviceIDs(q, p.Services)
	if !p.Datetime.IsZero() {
		q.Set("datetime", isoTime(p.Datetime))
	}
	var w flexList[wireStaff]
	if err := c.get(ctx, "book_staff", path("book_staff", company), q, &w); err != nil {
		return nil, err
	}
	return each(w, wireStaff.staff), nil
}
