package upstream

import (
	"cmp"
	"context"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Company is one place where visits happen (rest-api: "Коллекция компаний", "Получить компанию").
type Company struct {
	ID           int
	Title        string
	PublicTitle  string
	ShortDescr   string
	Description  string // HTML
	Photos       []string
	Logo         string
	Country      string
	CityID       int
	City         string
	Active       bool // has a licence and takes bookings
	TimetableOff bool // takes no bookings online
	Phone        string
	Phones       []string
	Email        string
	Address      string
	Schedule     string
	Site         string
	Lat, Lon     float64
	Location     *time.Location // of timezone_name, else of timezone; Unzoned when neither tells; never nil
	Currency     string         // symbol, e.g. "₽"

	GroupPriority int
	NextSlot      time.Time // zero = unknown; only with ForBooking

	ShowAnyMaster      bool
	PhoneConfirmation  bool
	SMSEnabled         bool
	RemindsSMSDisabled bool
	RemindsSMSDefault  int // hours before the visit
	EmailHoursDefault  int // hours before the visit

	SurnameEnabled, SurnameRequired       bool
	PatronymicEnabled, PatronymicRequired bool
	EmailHidden, EmailRequired            bool
	CommentHidden, CommentRequired        bool
	CommentInputName                      string
	NotifyText                            string // HTML
	IsShowPrivacyPolicy                   bool

	AllowChange, AllowDelete            bool
	AllowChangeBefore                   time.Duration // before the visit; 0 = no limit
	AllowDeleteBefore                   time.Duration
	AllowDeletePrepaid                  bool // visits that were paid in advance may be cancelled
	ActivityOnlineRecordClientsCountMax int

	RecordType RecordType
}

// RecordType says what can be booked at a company (rest-api: record_type_id; its values are seen in clients only).
type RecordType int

// RecordTypeSingle is of companies without group events. Other values promise nothing.
const RecordTypeSingle RecordType = 1

type wireCompany struct {
	ID                 flexInt             `json:"id"`
	Title              flexTitle           `json:"title"`
	PublicTitle        flexTitle           `json:"public_title"`
	ShortDescr         flexText            `json:"short_descr"`
	Description        flexString          `json:"description"`
	Photos             flexList[wirePhoto] `json:"photos"`
	CompanyPhotos      flexList[wirePhoto] `json:"company_photos"`
	Logo               flexURL             `json:"logo"`
	Country            flexTitle           `json:"country"`
	CityID             flexInt             `json:"city_id"`
	City               flexTitle           `json:"city"`
	Active             optBool             `json:"active"`
	TimetableOff       flexBool            `json:"timetable_off"`
	Phone              flexTitle           `json:"phone"`
	Phones             flexList[flexTitle] `json:"phones"`
	Email              flexTitle           `json:"email"`
	Address            flexTitle           `json:"address"`
	Schedule           flexText            `json:"schedule"`
	Site               flexURL             `json:"site"`
	Lat                flexFloat           `json:"coordinate_lat"`
	Lon                flexFloat           `json:"coordinate_lon"`
	Lng                flexFloat           `json:"coordinate_lng"` // the documentation of records
	Timezone           flexString          `json:"timezone"`
	TimezoneName       flexString          `json:"timezone_name"`
	Currency           flexTitle           `json:"currency_short_title"`
	GroupPriority      flexInt             `json:"group_priority"`
	NextSlot           flexTime            `json:"next_slot"`
	ShowAnyMaster      optBool             `json:"show_any_master"`
	PhoneConfirmation  flexBool            `json:"phone_confirmation"`
	SMSEnabled         optBool             `json:"sms_enabled"`
	RemindsSMSDisabled flexBool            `json:"reminds_sms_disabled"`
	RemindsSMSDefault  flexInt             `json:"reminds_sms_default"`
	EmailHoursDefault  flexInt             `json:"email_hours_default"`
	SurnameEnabled     flexBool            `json:"is_surname_field_enabled"`
	SurnameRequired    flexBool            `json:"booking_surname_required"`
	PatronymicEnabled  flexBool            `json:"is_patronymic_field_enabled"`
	PatronymicRequired flexBool            `json:"booking_patronymic_required"`
	EmailHidden        flexBool            `json:"booking_email_hidden"`
	EmailRequired      flexBool            `json:"booking_email_required"`
	CommentHidden      flexBool            `json:"booking_comment_hidden"`
	CommentRequired    flexBool            `json:"booking_comment_required"`
	CommentInputName   flexTitle           `json:"booking_comment_input_name"`
	NotifyText         flexString          `json:"booking_notify_text"`
	IsShowPrivacy      flexBool            `json:"is_show_privacy_policy"`
	AllowChange        optBool             `json:"allow_change_record"`
	AllowDelete        optBool             `json:"allow_delete_record"`
	AllowChangeBefore  flexSeconds         `json:"allow_change_record_delay_step"`
	AllowDeleteBefore  flexSeconds         `json:"allow_delete_record_delay_step"`
	AllowDeletePrepaid optBool             `json:"allow_delete_prepaid_record"`
	ActivityClientsMax flexInt             `json:"activity_online_record_clients_count_max"`
	RecordType         flexInt             `json:"record_type_id"`
}

// wirePhoto is the address of a picture, bare or in an object.
type wirePhoto flexURL

func (v *wirePhoto) UnmarshalJSON(raw []byte) error {
	address := word(raw, "image")
	if address == "" {
		address = word(raw, "url")
	}
	*v = wirePhoto(unescape(strings.TrimSpace(address)))
	return nil
}

func (w wireCompany) company() Company {
	c := Company{
		ID: int(w.ID), Title: string(w.Title), PublicTitle: string(w.PublicTitle), ShortDescr: string(w.ShortDescr),
		Description: string(w.Description), Logo: string(w.Logo), Country: string(w.Country),
		CityID: int(w.CityID), City: string(w.City), Active: w.Active.on(), TimetableOff: bool(w.TimetableOff), Phone: string(w.Phone), Email: string(w.Email),
		Address: string(w.Address), Schedule: string(w.Schedule), Site: string(w.Site),
		Lat: float64(w.Lat), Lon: float64(cmp.Or(w.Lon, w.Lng)), Location: zoneOf(string(w.TimezoneName), string(w.Timezone)),
		Currency: string(w.Currency), GroupPriority: int(w.GroupPriority),
		ShowAnyMaster: w.ShowAnyMaster.on(), PhoneConfirmation: bool(w.PhoneConfirmation), SMSEnabled: w.SMSEnabled.on(),
		RemindsSMSDisabled: bool(w.RemindsSMSDisabled), RemindsSMSDefault: int(w.RemindsSMSDefault), EmailHoursDefault: int(w.EmailHoursDefault),
		SurnameEnabled: bool(w.SurnameEnabled), SurnameRequired: bool(w.SurnameRequired),
		PatronymicEnabled: bool(w.PatronymicEnabled), PatronymicRequired: bool(w.PatronymicRequired),
		EmailHidden: bool(w.EmailHidden), EmailRequired: bool(w.EmailRequired),
		CommentHidden: bool(w.CommentHidden), CommentRequired: bool(w.CommentRequired),
		CommentInputName: string(w.CommentInputName), NotifyText: string(w.NotifyText), IsShowPrivacyPolicy: bool(w.IsShowPrivacy),
		AllowChange: w.AllowChange.on(), AllowDelete: w.AllowDelete.on(),
		AllowChangeBefore: time.Duration(w.AllowChangeBefore), AllowDeleteBefore: time.Duration(w.AllowDeleteBefore),
		AllowDeletePrepaid:                  w.AllowDeletePrepaid.on(),
		ActivityOnlineRecordClientsCountMax: int(w.ActivityClientsMax), RecordType: RecordType(w.RecordType),
	}
	for _, p := range w.Phones {
		if p != "" {
			c.Phones = append(c.Phones, string(p))
		}
	}
	if c.Phone == "" && len(c.Phones) > 0 {
		c.Phone = c.Phones[0]
	}
	for _, p := range slices.Concat(w.Photos, w.CompanyPhotos) {
		if p != "" && !slices.Contains(c.Photos, string(p)) {
			c.Photos = append(c.Photos, string(p))
		}
	}
	if at := w.NextSlot.at; c.Location == Unzoned && !at.IsZero() && !w.NextSlot.local {
		c.Location = at.Location() // nothing else tells the zone
	}
	c.NextSlot = w.NextSlot.in(c.Location)
	return c
}

// in is the time in a zone; a time without an offset is local to the zone.
func (v flexTime) in(loc *time.Location) time.Time {
	if v.at.IsZero() {
		return time.Time{}
	}
	if v.local {
		t := v.at
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, loc)
	}
	return v.at.In(loc)
}

// CompanyParams say what an answer about a company holds.
type CompanyParams struct {
	ForBooking bool // with the nearest free time
}

// Company reads one company. rest-api: "Получить компанию".
func (c *Client) Company(ctx context.Context, id int, p CompanyParams) (Company, error) {
	q := url.Values{}
	if p.ForBooking {
		q.Set("forBooking", "1")
	}
	var w wireCompany
	if err := c.get(ctx, "company", path("company", id)+"/", q, &w); err != nil {
		return Company{}, err
	}
	return w.company(), nil
}

// CompaniesParams narrow the companies. Zero fields narrow nothing.
type CompaniesParams struct {
	Group      int
	Active     bool // with a licence and open for booking
	ForBooking bool // with the nearest free time
	Page       int  // from 1
	Count      int  // on a page; the upstream's own default is not documented
}

// companiesPage is how many companies are asked for at once.
const companiesPage = 100

// Companies reads a page of companies. rest-api: "Получить список компаний".
func (c *Client) Companies(ctx context.Context, p CompaniesParams) ([]Company, error) {
	q := url.Values{}
	set := func(name string, v int) {
		if v != 0 {
			q.Set(name, strconv.Itoa(v))
		}
	}
	flag := func(name string, v bool) {
		if v {
			q.Set(name, "1")
		}
	}
	set("group_id", p.Group)
	set("page", p.Page)
	set("count", p.Count)
	flag("active", p.Active)
	flag("forBooking", p.ForBooking)
	var w flexList[wireCompany]
	if err := c.get(ctx, "companies", "companies", q, &w); err != nil {
		return nil, err
	}
	return each(w, wireCompany.company), nil
}

// AllCompanies reads companies page by page until there are no more.
func (c *Client) AllCompanies(ctx context.Context, p CompaniesParams) iter.Seq2[Company, error] {
	return func(yield func(Company, error) bool) {
		p := p
		p.Page, p.Count = 1, companiesPage
		seen := map[int]bool{}
		for {
			page, err := c.Companies(ctx, p)
			if err != nil {
				yield(Company{}, err)
				return
			}
			fresh := false
			for _, company := range page {
				if seen[company.ID] {
					continue
				}
				seen[company.ID], fresh = true, true
				if !yield(company, nil) {
					return
				}
			}
			// A server that ignores the page number would send the first page for ever.
			if len(page) < companiesPage || !fresh {
				return
			}
			p.Page++
		}
	}
}
