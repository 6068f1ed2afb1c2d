package upstream

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"
)

// Bookform is the settings of a booking (rest-api: "Получить настройки формы бронирования").
type Bookform struct {
	URL       string
	GroupID   int // of a chain; 0 = one company
	CompanyID int
	Steps     []FormStep
	Style     Style

	PhoneConfirmation bool // of one company; in a chain each company has its own
	SMSEnabled        bool
	Lang              string // "ru-RU"
	Langs             []FormLang
	CommentRequired   bool
	CommentInputName  string
	NotifyText        string // HTML

	IsShowPrivacyPolicy       bool
	SpecializationDisplayMode int // 0 specialization, 1 position
	DisplayActivityType       string

	MetrikaCounterID  string
	GoogleAnalyticsID string
	FacebookPixelID   string
	VKPixelID         string
	AppMetrikaID      string
}

// FormStep is one step of a bookform.
type FormStep struct {
	Step       string // city company service master datetime contact confirm
	Title      string
	Num        int
	Hidden     bool
	Default    int // an id; for the master 0 = any
	HasDefault bool

	DateHidden, TimeHidden bool
	DateDefault            string        // YYYY-MM-DD or ""
	TimeDefault            time.Duration // since midnight
	HasTimeDefault         bool
}

// FormLang is a language that a bookform offers.
type FormLang struct {
	Code  string
	Title string
}

// Style is the look that the salon has chosen: palettes by name, or, in older bookforms, colours as hex digits with or
// without "#".
type Style struct {
	ShowHeader        bool
	Logo              string
	HeaderBackground  string
	MenuBackground    string
	PrimaryPalette    string
	AccentPalette     string
	WarnPalette       string
	BackgroundPalette string
	MainColor         string
	SecondaryColor    string
	ButtonsColor      string
}

type wireStep struct {
	Step        flexString `json:"step"`
	Title       flexTitle  `json:"title"`
	Num         flexInt    `json:"num"`
	Number      flexInt    `json:"number"` // in the documentation's table
	Hidden      flexBool   `json:"hidden"`
	Default     flexString `json:"default"`
	DateHidden  flexBool   `json:"date_hidden"`
	TimeHidden  flexBool   `json:"time_hidden"`
	DateDefault flexDate   `json:"date_default"`
	TimeDefault flexString `json:"time_default"`
}

// misspelt is how the upstream writes the last step.
const misspelt = "comfirm"

func (w wireStep) step() FormStep {
	s := FormStep{
		Step: string(w.Step), Title: string(w.Title), Num: int(w.Num), Hidden: bool(w.Hidden),
		DateHidden: bool(w.DateHidden), TimeHidden: bool(w.TimeHidden), DateDefault: string(w.DateDefault),
	}
	if s.Step == misspelt {
		s.Step = "confirm"
	}
	if s.Num == 0 {
		s.Num = int(w.Number)
	}
	switch n := int(number([]byte(w.Default))); {
	case n > 0:
		s.Default, s.HasDefault = n, true
	case n == -1 && s.Step == "master":
		s.HasDefault = true // any
	}
	// Zero means "none" or midnight; it is read as "none".
	if seconds := number([]byte(w.TimeDefault)); seconds > 0 && seconds < 24*60*60 {
		s.TimeDefault, s.HasTimeDefault = time.Duration(seconds)*time.Second, true
	}
	return s
}

type wireBookform struct {
	URL       flexURL            `json:"url"`
	GroupID   flexInt            `json:"group_id"`
	CompanyID flexInt            `json:"company_id"`
	Steps     flexList[wireStep] `json:"steps"`
	Style     flexObject[struct {
		ShowHeader        optBool    `json:"show_header"`
		Logo              flexURL    `json:"logo"`
		LogoFull          flexURL    `json:"logo_full"`
		HeaderBackground  flexURL    `json:"header_background"`
		MenuBackground    flexURL    `json:"menu_background"`
		PrimaryPalette    flexString `json:"primaryPalette"`
		AccentPalette     flexString `json:"accentPalette"`
		WarnPalette       flexString `json:"warnPalette"`
		BackgroundPalette flexString `json:"backgroundPalette"`
		MainColor         flexString `json:"main_color"`
		SecondaryColor    flexString `json:"secondary_color"`
		ButtonsColor      flexString `json:"buttons_color"`
		// Sizes of the header's picture; an empty list where there are none.
		HeaderSizes flexObject[struct {
			Norm   flexURL `json:"norm"`
			Origin flexURL `json:"origin"`
		}] `json:"header_background_new"`
	}] `json:"style"`
	PhoneConfirmation flexBool   `json:"phone_confirmation"`
	SMSEnabled        optBool    `json:"sms_enabled"`
	Lang              flexString `json:"lang"`
	Language          flexString `json:"language"`
	Langs             flexList[struct {
		Code  flexString `json:"code"`
		Title flexTitle  `json:"title"`
	}] `json:"langs"`
	CommentRequired           flexBool   `json:"comment_required"`
	CommentInputName          flexTitle  `json:"comment_input_name"`
	NotifyText                flexString `json:"booking_notify_text"`
	IsShowPrivacyPolicy       flexBool   `json:"is_show_privacy_policy"`
	SpecializationDisplayMode flexInt    `json:"specialization_display_mode"`
	DisplayActivityType       flexString `json:"display_activity_type"`
	MetrikaCounterID          flexString `json:"metrika_counter_id"`
	GoogleAnalyticsID         flexString `json:"google_analytics_id"`
	FacebookPixelID           flexString `json:"facebook_pixel_id"`
	VKPixelID                 flexString `json:"vkontakte_pixel_id"`
	AppMetrikaID              flexString `json:"app_metrika_id"`
}

func (w wireBookform) bookform() Bookform {
	style := w.Style.value
	f := Bookform{
		URL: string(w.URL), GroupID: int(w.GroupID), CompanyID: int(w.CompanyID),
		Steps: each(w.Steps, wireStep.step),
		Style: Style{
			ShowHeader: style.ShowHeader.on(), Logo: string(style.Logo),
			HeaderBackground: string(cmp.Or(style.HeaderSizes.value.Norm, style.HeaderSizes.value.Origin, style.HeaderBackground)),
			MenuBackground:   string(style.MenuBackground), PrimaryPalette: string(style.PrimaryPalette),
			AccentPalette: string(style.AccentPalette), WarnPalette: string(style.WarnPalette),
			BackgroundPalette: string(style.BackgroundPalette), MainColor: string(style.MainColor),
			SecondaryColor: string(style.SecondaryColor), ButtonsColor: string(style.ButtonsColor),
		},
		PhoneConfirmation: bool(w.PhoneConfirmation), SMSEnabled: w.SMSEnabled.on(),
		Lang: string(w.Lang), CommentRequired: bool(w.CommentRequired), CommentInputName: string(w.CommentInputName),
		NotifyText: string(w.NotifyText), IsShowPrivacyPolicy: bool(w.IsShowPrivacyPolicy),
		SpecializationDisplayMode: int(w.SpecializationDisplayMode), DisplayActivityType: string(w.DisplayActivityType),
		MetrikaCounterID:  string(w.MetrikaCounterID),
		GoogleAnalyticsID: string(w.GoogleAnalyticsID), FacebookPixelID: string(w.FacebookPixelID),
		VKPixelID: string(w.VKPixelID), AppMetrikaID: string(w.AppMetrikaID),
	}
	if f.Style.Logo == "" {
		f.Style.Logo = string(style.LogoFull)
	}
	if f.Lang == "" {
		f.Lang = string(w.Language)
	}
	for _, l := range w.Langs {
		if l.Code != "" {
			f.Langs = append(f.Langs, FormLang{Code: string(l.Code), Title: string(l.Title)})
		}
	}
	return f
}

// Bookform reads a bookform by its id, which is not the id of a company.
// rest-api: "Получить настройки формы бронирования".
func (c *Client) Bookform(ctx context.Context, id int) (Bookform, error) {
	var w wireBookform
	if err := c.get(ctx, "bookform", path("bookform", id), nil, &w); err != nil {
		return Bookform{}, err
	}
	if w.CompanyID == 0 && w.GroupID == 0 {
		return Bookform{}, &Error{Op: "bookform", Kind: KindMalformed, sent: true, Err: errors.New("neither a company nor a chain")}
	}
	return w.bookform(), nil
}

// I18n reads the texts of the upstream's own widget in a language: a tree of strings, without an envelope. Codes: ru-RU, lv-LV, en-US, ee-EE, lt-LT, de-DE, uk-UK.
// rest-api: "Получить параметры интернационализации".
func (c *Client) I18n(ctx context.Context, langCode string) (json.RawMessage, error) {
	var tree json.RawMessage
	if err := c.get(ctx, "i18n", path("i18n", langCode), url.Values{}, &tree); err != nil {
		return nil, err
	}
	if len(tree) == 0 || tree[0] != '{' {
		return nil, &Error{Op: "i18n", Kind: KindMalformed, sent: true, Err: errors.New("not a tree of texts")}
	}
	return tree, nil
}
