package catalog

import (
	"cmp"
	"slices"
	"time"

	"okoshko/internal/flow"
	"okoshko/internal/money"
	"okoshko/internal/phone"
)

// Bookform is a form of the upstream: which steps a booking has, and how the salon wants them.
type Bookform struct {
	ID        int
	GroupID   int // 0: one company only
	CompanyID int
	Journey   flow.Journey

	Languages         []string          // as the upstream codes them, "ru-RU"
	LanguageTitles    map[string]string // what the form calls them, by those codes
	Language          string
	PhoneConfirmation bool // of a single-company form; a chain's companies decide each for themselves
	SMS               bool // the salon can send text messages at all
	CommentRequired   bool
	CommentTitle      string
	NoticeHTML        string // sanitised
	PrivacyPolicy     bool   // consent to the processing of personal data is to be asked for
	ShowPosition      bool   // masters by position rather than by specialization
	LogoURL           string
	HeaderURL         string // a picture across the top; may be ""
	HeaderHidden      bool   // the website that embeds the form has a header of its own
	ThemeCSS          string // custom properties of the salon's colours; "" = our own
	GroupEvents       bool   // group events are offered beside visits of one's own
	GroupEventsOnly   bool   // and nothing else is
	Prepayment        Prepayment
	URL               string // of the upstream's own form, without a slash at its end; "" = not known
	Trackers          Trackers
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
	Country  string
	Region   string // ISO 3166 code of the country; "" when the upstream does not tell
	Address  string
	Schedule string
	Phone    phone.Line
	Phones   []phone.Line // further ones
	Site     string       // "" or an address that begins with http:// or https://
	Short    string       // plain text, what kind of salon it is
	About    string       // sanitised HTML
	Photos   []string
	Email    string // the company's own, whom calendars have a visit from
	LogoURL  string
	Currency string
	Lat, Lon float64
	Location *time.Location // what its times are shown in; never nil
	zone     *time.Location // what the upstream says of it; upstream.Unzoned where it says nothing
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
	CancelBefore                   time.Duration // and how long before them; 0 = no limit
	CancelPaid                     bool          // also those that are paid for in advance
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

// Sex is whom a category or a service is for.
type Sex int

// As the upstream numbers them.
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
	Discount float64 // percent, of which nobody says whether the price has it already
	Prepaid  Prepaid
	Bar      Bar
	Length   time.Duration
}

// Master is a member of staff (or a room, or a court: whatever the salon books).
type Master struct {
	ID             int
	Name           string
	Specialization string
	Position       string
	Rating         float64 // 0 when not to be shown
	Reviews        int
	AvatarURL      string
	PhotoURL       string // larger than the avatar
	About          string // sanitised HTML
	Bookable       bool
	Prepaid        Prepaid
	// Nearest is about when the master is free next, as of some minutes ago; zero when unknown.
	Nearest time.Time
	Slots   []Slot // that can be chosen, of the nearest free day; none when unknown
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
