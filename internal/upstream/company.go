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
	CountryID    int
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

	GroupPriority    int
	NextSlot         time.Time // zero = unknown; only with ForBooking
	ActiveStaffCount int

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
	AllowDeletePrepaid                  bool // one that was paid in advance may be cancelled
	RecordTypeID                        int  // 0 mixed, 1 individual, 2 group
	ActivityOnlineRecordClientsCountMax int
}

type wireCompany struct {
	ID                 flexInt             `json:"id"`
	Title              flexTitle           `json:"title"`
	PublicTitle        flexTitle           `json:"public_title"`
	ShortDescr         flexText            `json:"short_descr"`
	Description        flexString          `json:"description"`
	Photos             flexList[wirePhoto] `json:"photos"`
	CompanyPhotos      flexList[wirePhoto] `json:"company_photos"`
	Logo               flexURL             `json:"logo"`
	CountryID          flexInt             `json:"country_id"`
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
	ActiveStaffCount   flexInt             `json:"active_staff_count"`
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
	RecordTypeID       flexInt             `json:"record_type_id"`
	ActivityClientsMax flexInt             `json:"activity_online_record_clients_count_max"`
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
		Description: string(w.Description), Logo: string(w.Logo), CountryID: int(w.CountryID), Country: string(w.Country),
		CityID: int(w.CityID), City: string(w.City), Active: w.Active.on(), TimetableOff: bool(w.TimetableOff), Phone: string(w.Phone), Email: string(w.Email),
		Address: string(w.Address), Schedule: string(w.Schedule), Site: string(w.Site),
		Lat: float64(w.Lat), Lon: float64(cmp.Or(w.Lon, w.Lng)), Location: zoneOf(string(w.TimezoneName), string(w.Timezone)),
		Currency: string(w.Currency), GroupPriority: int(w.GroupPriority), ActiveStaffCount: int(w.ActiveStaffCount),
		ShowAnyMaster: w.ShowAnyMaster.on(), PhoneConfirmation: bool(w.PhoneConfirmation), SMSEnabled: w.SMSEnabled.on(),
		RemindsSMSDisabled: bool(w.RemindsSMSDisabled), RemindsSMSDefault: int(w.RemindsSMSDefault), EmailHoursDefault: int(w.EmailHoursDefault),
		SurnameEnabled: bool(w.SurnameEnabled), SurnameRequired: bool(w.SurnameRequired),
		PatronymicEnabled: bool(w.PatronymicEnabled), PatronymicRequired: bool(w.PatronymicRequired),
		EmailHidden: bool(w.EmailHidden), EmailRequired: bool(w.EmailRequired),
		CommentHidden: bool(w.CommentHidden), CommentRequired: bool(w.CommentRequired),
		CommentInputName: string(w.CommentInputName), NotifyText: string(w.NotifyText), IsShowPrivacyPolicy: bool(w.IsShowPrivacy),
		AllowChange: w.AllowChange.on(), AllowDelete: w.AllowDelete.on(),
		AllowChangeBefore: time.Duration(w.AllowChangeBefore), AllowDeleteBefore: time.Duration(w.AllowDeleteBefore),
		AllowDeletePrepaid: w.AllowDeletePrepaid.on(),
		RecordTypeID:       int(w.RecordTypeID), ActivityOnlineRecordClientsCountMax: int(w.ActivityClientsMax),
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
		c.Location = at.Location() // the only word on the zone
	}
	c.NextSlot = w.NextSlot.in(c.Location)
	return c
}

// in is the instant in a zone; a time without an offset is the zone's wall clock.
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

// CompanyParams narrow or widen a company's answer.
type CompanyParams struct {
	ForBooking bool // with the nearest free time
	Bookform   int
}

// Company reads one company. rest-api: "Получить компанию".
func (c *Client) Company(ctx context.Context, id int, p CompanyParams) (Company, error) {
	q := url.Values{}
	if p.ForBooking {
		q.Set("forBooking", "1")
	}
	if p.Bookform != 0 {
		q.Set("bookform_id", strconv.Itoa(p.Bookform))
	}
	var w wireCompany
	if err := c.get(ctx, "company", path("company", id)+"/", q, &w); err != nil {
		return Company{}, err
	}
	return w.company(), nil
}

// CompaniesParams choose companies. Zero fields choose nothing.
type CompaniesParams struct {
	Group      int
	City       int
	ID         int
	Title      string
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
	set("id", p.ID)
	set("group_id", p.Group)
	set("city_id", p.City)
	set("page", p.Page)
	set("count", p.Count)
	flag("active", p.Active)
	flag("forBooking", p.ForBooking)
	if p.Title != "" {
		q.Set("title", p.Title)
	}
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
			// An upstream that ignores the page number would send the same for ever.
			if len(page) < companiesPage || !fresh {
				return
			}
			p.Page++
		}
	}
}

// City is a city of the upstream's list.
type City struct {
	ID        int
	CountryID int
	Title     string
}

// CitiesParams choose cities. Zero fields choose nothing.
type CitiesParams struct {
	Country int
	Company int // adds this company's city, whatever its country
}

// Cities reads cities. rest-api: "Получить коллекцию городов".
func (c *Client) Cities(ctx context.Context, p CitiesParams) ([]City, error) {
	q := url.Values{}
	if p.Country != 0 {
		q.Set("country_id", strconv.Itoa(p.Country))
	}
	if p.Company != 0 {
		q.Set("salon_id", strconv.Itoa(p.Company))
	}
	type wire struct {
		ID        flexInt   `json:"id"`
		CountryID flexInt   `json:"country_id"`
		Title     flexTitle `json:"title"`
	}
	var w flexList[wire]
	if err := c.get(ctx, "cities", "cities", q, &w); err != nil {
		return nil, err
	}
	return each(w, func(w wire) City {
		return City{ID: int(w.ID), CountryID: int(w.CountryID), Title: string(w.Title)}
	}), nil
}

// TimeslotSettings say at which times of day a company's slots begin.
type TimeslotSettings struct {
	Enabled  bool
	Weekdays []TimeslotDay
	Dates    []TimeslotDay
}

// TimeslotDay is the grid of a day of the week (Weekday 1–7, Monday first) or of a date.
type TimeslotDay struct {
	Weekday   int
	Date      string          // YYYY-MM-DD
	Timeslots []time.Duration // since midnight
	First     time.Duration
	Last      time.Duration
	Step      time.Duration
	Delay     time.Duration // how long before it a slot may still be booked
}

type wireTimeslotDay struct {
	Weekday   flexInt               `json:"weekday"`
	Date      flexDate              `json:"date"`
	Timeslots flexList[flexSeconds] `json:"timeslots"`
	Setting   flexObject[struct {
		First flexSeconds `json:"grid_first_timeslot"`
		Last  flexSeconds `json:"grid_last_timeslot"`
		Step  flexSeconds `json:"grid_display_step"`
		Delay flexSeconds `json:"grid_nearest_timeslot_delay"`
	}] `json:"setting"`
}

func (w wireTimeslotDay) day() TimeslotDay {
	s := w.Setting.value
	return TimeslotDay{
		Weekday: int(w.Weekday), Date: string(w.Date),
		Timeslots: each(w.Timeslots, func(v flexSeconds) time.Duration { return time.Duration(v) }),
		First:     time.Duration(s.First), Last: time.Duration(s.Last), Step: time.Duration(s.Step), Delay: time.Duration(s.Delay),
	}
}

// TimeslotSettings reads a company's grid. It needs a user token.
// rest-api: "Получить настройки таймслотов филиала".
func (c *Client) TimeslotSettings(ctx context.Context, company int) (TimeslotSettings, error) {
	var w struct {
		Enabled  flexBool                   `json:"is_enabled"`
		Weekdays flexList[wireTimeslotDay]  `json:"weekdays_settings"`
		Dates    oneOrMany[wireTimeslotDay] `json:"dates_settings"`
	}
	if err := c.get(ctx, "timeslots", path("company", company, "settings", "timeslots"), nil, &w); err != nil {
		return TimeslotSettings{}, err
	}
	return TimeslotSettings{
		Enabled: bool(w.Enabled), Weekdays: each(w.Weekdays, wireTimeslotDay.day), Dates: each(w.Dates, wireTimeslotDay.day),
	}, nil
}
