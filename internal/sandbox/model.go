package sandbox

import "time"

// company is one location. It never changes after the seed is laid.
type company struct {
	id, group, city, country int
	zone                     *time.Location
	speaks                   language // of its texts when the request names none
	currency                 currency
	phone, address, site     string
	lat, lon                 float64
	openFrom, openTo         string // for the schedule line, wall clock

	grid          int           // minutes between two possible starts
	delay         time.Duration // no visit sooner than this from now
	recordType    int           // 1 = no group events
	defaultLength time.Duration // of a visit without services
	horizon       int           // days ahead that can be booked

	smsConfirmation, smsEnabled     bool
	emailRequired, commentRequired  bool
	emailHidden                     bool
	commentName, notify             string // keys of texts; "" = not set
	surnameShown, surnameRequired   bool
	changeAllowed, deleteAllowed    bool
	changeDelay, deleteDelay        time.Duration // before the visit
	licenceExpired, active, dirty   bool
	newsletterShown, agreementShown bool
	short                           string // key of the kind of salon
	categories                      []category
	services                        []service
	promotions                      []promotion
	staff                           []*master // by falling weight
	title                           string    // in all languages; "" = a text
	pastMidnight                    bool      // somebody works on into the next day
	more                            object    // see own
}

// groupTitle names the chain of a branch.
func (c *company) groupTitle() string {
	if c.group == streetGroup {
		return streetTitle
	}
	return "Liepziede"
}

type currency struct {
	short, code string
	perEuro     int // how the common price list becomes local prices
	round       int
}

type category struct {
	id, weight int
	key        string
	title      string // in all languages; "" = a text
}

// sex of a category: the vendor's 1 male, 2 female, 0 for all.
func (c category) sex() int {
	if c.key == "category.men" {
		return 1
	}
	return 0
}

// promotion is several services offered together ("events" of book_services).
type promotion struct {
	id       int
	key      string // of its title
	services []int
}

type service struct {
	id, category, weight int
	key                  string // in the common price list
	title                phrase
	comment              string // key of a text; "" = none
	min, max             int    // whole units of the currency
	length               time.Duration
	active               bool
	more                 object // see own
}

// prepaid is the service's rule: forbidden, allowed or required.
func (s *service) prepaid() string {
	if rule, ok := s.more["prepaid"].(string); ok {
		return rule
	}
	return "forbidden"
}

// discount is per cent off.
func (s *service) discount() int {
	n, _ := s.more["discount"].(int)
	return n
}

// cost is what a visit costs at most, or at least where there is no most.
func (s *service) cost() int { return max(s.min, s.max) * (100 - s.discount()) / 100 }

// master is a member of staff, who need not take bookings.
type master struct {
	id, weight      int
	name            string
	spec            string // key of the specialization
	years           int    // of experience
	rating          float64
	votes, comments int
	photo, bookable bool
	occupancy       int // per cent of the near future that the seed fills
	week            [7]shift
	lengths         map[int]time.Duration // by service id; absent = does not do it
	daysOff         func(date) bool
	zone            *time.Location
	dearer          int    // per cent on top of the services' prices
	more            object // see own
}

// work is when the master is at work on d, pauses left out.
func (m *master) work(d date) []span {
	if m.daysOff(d) {
		return nil
	}
	return m.week[d.weekday()].on(d, m.zone)
}

// length sums the services as this master does them; without services it is
// the company's default. False: the master does not do one of them.
func (m *master) length(services []int, fallback time.Duration) (time.Duration, bool) {
	if len(services) == 0 {
		return fallback, true
	}
	var total time.Duration
	for _, id := range services {
		l, ok := m.lengths[id]
		if !ok {
			return 0, false
		}
		total += l
	}
	return total, true
}

// price is what the master takes for a service of that price.
func (m *master) price(usual int) int { return usual * (100 + m.dearer) / 100 }

func (c *company) service(id int) *service {
	for i := range c.services {
		if c.services[i].id == id {
			return &c.services[i]
		}
	}
	return nil
}

func (c *company) master(id int) *master {
	for _, m := range c.staff {
		if m.id == id {
			return m
		}
	}
	return nil
}

// record is a visit, or a place in a group event when activity is not zero.
type record struct {
	id, company, staff, activity, seats    int
	hash                                   string
	services                               []int
	start                                  time.Time
	length                                 time.Duration
	created, changed                       time.Time
	phone, name, surname, patronymic       string
	email, comment, apiID, referrer        string
	notifySMS, notifyEmail                 int // hours before the visit
	custom                                 map[string]any
	deleted, online, masterChosen, fromApp bool
	attendance                             int
}

func (r *record) span() span { return span{r.start, r.start.Add(r.length)} }

// event is a group activity.
type event struct {
	id, company, staff, service int
	start                       time.Time
	length                      time.Duration
	capacity, taken             int
	more                        object // see own
}

type user struct {
	id                           int
	name, phone, email, password string
	token                        string
	twoFactor                    bool
}
