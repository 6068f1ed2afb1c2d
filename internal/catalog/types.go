package catalog

import (
	"cmp"
	"slices"
	"time"

	"okoshko/internal/flow"
	"okoshko/internal/money"
	"okoshko/internal/phone"
	"okoshko/internal/theme"
)

// Bookform is the salon's settings of its booking: which steps there are, in which order, with which defaults, and how pages
// look.
type Bookform struct {
	ID        int
	GroupID   int // of a chain; 0 = one company only
	CompanyID int
	Journey   flow.Journey

	Languages         []string          // as the upstream codes them, "ru-RU"
	LanguageTitles    map[string]string // as the bookform names them, by code
	Language          string
	PhoneConfirmation bool // of a bookform of one company; in a chain each company has its own
	SMS               bool // the salon can send text messages
	CommentRequired   bool
	CommentTitle      string
	NoticeHTML        string // sanitised
	PrivacyPolicy     bool   // the customer must be asked for consent to the processing of personal data
	ShowPosition      bool   // masters by position rather than by specialization
	LogoURL           string
	HeaderURL         string // a picture across the top; may be ""
	HeaderHidden      bool   // the website that embeds the form has a header of its own
	ThemeCSS          string // custom properties of the salon's colours; "" = our own
	Colours           theme.Wish
	GroupEvents       bool // group events are offered
	GroupEventsOnly   bool // nothing else is offered
	Prepayment        Prepayment
	URL               string // of the bookform in the upstream's own widget, without a slash at its end; "" = not known
	Trackers          Trackers
	UnknownSteps      []string // steps that this program does not have, as the upstream names them; they are left out
}

// City is a city of a chain.
type City struct {
	ID        int
	Title     string // "" for branches that have no city
	Companies int
}

// Company is one place where a visit happens.
type Company struct {
	ID       int
	Title    string
	CityID   int
	City     string
	Region   string // ISO 3166 code of the country; "" when the upstream does not tell
	Address  string
	Schedule string
	Phone    phone.Line
	Phones   []phone.Line // further ones
	Site     string       // "" or an address that begins with http:// or https://
	Short    string       // plain text, what kind of salon it is
	About    string       // sanitised HTML
	Photos   []string
	Email    string // of the company; the organizer of a visit in calendars
	LogoURL  string
	Currency string
	Lat, Lon float64
	Location *time.Location // in which its times are shown; never nil
	zone     *time.Location // as the upstream names it; upstream.Unzoned where it names none
	Priority int
	NextSlot time.Time // zero when unknown

	AnyMaster                      bool // "any master" may be chosen
	PhoneConfirmation              bool
	SMS                            bool
	RemindersOff                   bool
	ReminderSMS                    int // hours before the visit, preselected
	ReminderEmail                  int
	Surname, SurnameRequired       bool
	Patronymic, PatronymicRequired bool
	EmailHidden, EmailRequired     bool
	CommentHidden, CommentRequired bool
	CommentTitle                   string
	NoticeHTML                     string // sanitised
	PrivacyPolicy                  bool
	Closed                         bool          // takes no bookings online
	Cancel                         bool          // customers may cancel their visits online
	CancelBefore                   time.Duration // up to so long before the visit; 0 = no limit
	CancelPaid                     bool          // also visits that are paid for in advance
	Move                           bool          // customers may move their visits online
	MoveBefore                     time.Duration // up to so long before the visit; 0 = no limit
	NoGroupEvents                  bool          // it has none, whatever the bookform says
	GroupEventSeats                int           // places that one booking of an event may take; 0 = the upstream does not say
}

// Services is what may be booked: categories in the salon's order, and the services by id.
type Services struct {
	Categories []Category
	Promotions []Promotion
	byID       []*Service // in the order of their ids
	weight     int        // about how many bytes it takes
}

// Find is the service with an id, or nil when it is not offered.
func (s *Services) Find(id int) *Service {
	if i, ok := slices.BinarySearchFunc(s.byID, id, func(x *Service, id int) int { return cmp.Compare(x.ID, id) }); ok {
		return s.byID[i]
	}
	return nil
}

// category is the one with an id, or nil.
func (s *Services) category(id int) *Category {
	if i := slices.IndexFunc(s.Categories, func(c Category) bool { return c.ID == id }); i >= 0 {
		return &s.Categories[i]
	}
	return nil
}

// IDs are the services that are offered, in order.
func (s *Services) IDs() []int {
	out := make([]int, len(s.byID))
	for i, service := range s.byID {
		out[i] = service.ID
	}
	return out
}

// Category is a group of services.
type Category struct {
	ID       int
	Title    string
	Sex      Sex
	Services []*Service
}

// Sex says for whom a category or a service is.
type Sex int

// The numbers are the upstream's (rest-api: "sex" of book_services).
const (
	ForAll Sex = iota
	ForMen
	ForWomen
)

// Promotion is several services that the salon offers together.
type Promotion struct {
	ID       int
	Title    string
	Comment  string // plain text
	Services []int  // all of them offered now
}

// Service is one service. Length is zero when it depends on the master and none is chosen.
type Service struct {
	ID       int
	Title    string
	Comment  string // plain text
	ImageURL string
	Sex      Sex
	Price    money.Price
	Discount float64 // percent; the upstream does not say whether the price includes it
	Prepaid  Prepaid
	Bar      Bar
	Length   time.Duration
}

// Master is a member of staff, or a room or a court where the salon books these.
type Master struct {
	ID             int
	Name           string
	Specialization string
	Position       string
	Rating         float64 // 0 = not to be shown
	Reviews        int
	AvatarURL      string
	PhotoURL       string // larger than the avatar
	About          string // sanitised HTML
	Bookable       bool
	Prepaid        Prepaid
	// Nearest is about when the master is free next, as of some minutes ago; zero when unknown.
	Nearest time.Time
	Slots   []Slot // of the nearest free day; none when unknown
	Day     string // the nearest free day, YYYY-MM-DD; its last times may be after midnight
}

// Dates are days, YYYY-MM-DD, sorted.
type Dates struct {
	Free    []string // something is free
	Working []string // the salon or the master works
}

// Slot is a free time, in the company's zone.
type Slot struct {
	Start  time.Time
	Length time.Duration
}
