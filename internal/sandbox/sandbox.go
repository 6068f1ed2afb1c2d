// Package sandbox is an upstream of our own: a handful of salons that speak the
// vendor's REST protocol over real HTTP, with its envelopes, error codes, limits
// and oddities, and a scheduler that never books one master twice.
//
// It shares nothing with the client but the wire. Paths and fields follow the
// sections "Онлайн-запись", "Записи пользователя", "Пользователи онлайн-записи"
// and "Компании" of rest-api; what live traffic shows beyond them is marked
// "seen live". Where it departs from the vendor: docs/sandbox-divergences.md.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"okoshko/internal/recording"
)

// Options configures a sandbox. The zero value works.
type Options struct {
	// Seed makes the data; equal seeds on equal days give equal salons.
	Seed int64
	// Now is the clock; default time.Now.
	Now func() time.Time
	// PublicURL is the sandbox's own address, for image URLs. Empty: taken from
	// the request's Host, or from the listener once Start has run.
	PublicURL string
	// PartnerToken is the only accepted bearer token; default "sandbox".
	PartnerToken string
	// PerSecond and PerMinute are the calls one address may make; defaults 5 and
	// 200, as rest-api states in "Ограничения API".
	PerSecond, PerMinute int
	// NoLimits switches both limits off.
	NoLimits bool
	// Zone is the IANA name of the time zone of all salons. Empty: each has its own.
	Zone string
	// NoMarks forgets the api_id of bookings, which the vendor documents and nobody has seen come back.
	NoMarks bool
	// Delay is how long answers of the API take; default none. Street is that of a public API.
	Delay Delay
	// HookDelay is how long after a change its hook is posted (SetHooks); default 5 s.
	HookDelay time.Duration
	// HookTransport carries hooks; nil: the net.
	HookTransport http.RoundTripper
	// Replay replaces the demo salons by what another upstream answered. Nil: the demo salons.
	Replay *recording.Recording
	// Town replaces the demo salons by a town of equal ones, for load tests.
	Town *Town
}

// Sandbox is the running double. Its methods may be called from any goroutine.
type Sandbox struct {
	options Options
	dict    *dictionary
	mux     *http.ServeMux
	done    chan struct{} // closed when the server stops; ends delays and latency faults

	mu    sync.RWMutex // guards state and url
	state *state
	url   string

	replay *replay // nil = the demo salons

	hooks   *hooks
	limits  *limiter
	lag     *lag
	faults  *faultBox
	answers answerBox
	calls   *callLog
}

// Form is one booking form of the seed.
type Form struct {
	ID          int
	Company     int
	Group       int // of locations; 0 = a single one
	Lang        string
	Title       string
	Description string
	Broken      bool // answers with a refusal or nonsense, on purpose
}

// Record is a copy of a visit, for tests.
type Record struct {
	ID, Company, Staff, Activity int
	Hash                         string
	Services                     []int
	Start                        time.Time
	Length                       time.Duration
	Phone, Name, Comment, APIID  string
	Referrer                     string
	Deleted                      bool
	Online                       bool // booked through the API rather than laid by the seed
}

// User is a copy of a customer with an account, for tests.
type User struct{ Name, Phone, Email, Token string }

// SMS is one message of the inbox.
type SMS struct {
	Phone string    `json:"phone"` // digits only
	Text  string    `json:"text"`
	Code  string    `json:"code"`
	Time  time.Time `json:"time"`
}

// Call is one answered request of the API.
type Call struct {
	Method  string    `json:"method"`
	Pattern string    `json:"pattern"` // as routes.go spells it; "" = no such path, or refused before routing
	Path    string    `json:"path"`
	Status  int       `json:"status"` // 0 = the connection was cut before an answer
	Time    time.Time `json:"time"`
}

// New lays the seed. The error means the embedded data is broken.
func New(options Options) (*Sandbox, error) {
	if options.Now == nil {
		options.Now = time.Now //nolint:forbidigo // where no other clock is handed in
	}
	if options.Seed == 0 {
		options.Seed = 1
	}
	if options.PartnerToken == "" {
		options.PartnerToken = "sandbox"
	}
	if options.PerSecond == 0 {
		options.PerSecond = 5
	}
	if options.PerMinute == 0 {
		options.PerMinute = 200
	}
	if options.PerSecond < 0 || options.PerMinute < 0 {
		return nil, errors.New("sandbox: limits must not be negative")
	}
	if err := options.Delay.validate(); err != nil {
		return nil, err
	}
	dict, err := readDictionary()
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &Sandbox{
		options: options, dict: dict, url: strings.TrimRight(options.PublicURL, "/"), done: make(chan struct{}),
		limits: newLimiter(options.PerSecond, options.PerMinute), lag: newLag(options.Delay, options.Seed),
		faults: newFaultBox(options.Seed), calls: &callLog{},
	}
	s.hooks = newHooks(options.HookDelay, options.HookTransport, s.done)
	if options.Replay != nil {
		s.replay = newReplay(options.Replay)
		s.options.Town = &Town{} // no salon but those of the recording
	}
	if err := s.Reset(); err != nil {
		return nil, err
	}
	s.mux = s.routes()
	return s, nil
}

// Reset lays the seed anew, relative to the present: bookings, codes, users and
// messages made since are gone. Faults, rules of answers and the call log are cleared too.
func (s *Sandbox) Reset() error {
	w, err := newWorld(s.options.Seed, s.options.Now(), s.options.Zone, s.dict, s.options.Town)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	st := newState(w)
	st.hooks = s.hooks
	s.mu.Lock()
	if s.replay != nil {
		st.forms = []form{s.replay.form()}
		clear(s.replay.visits)
	}
	s.state = st
	s.mu.Unlock()
	s.faults.clear()
	s.answers.clear()
	s.calls.clear()
	return nil
}

// SetURL sets the address that image URLs start with.
func (s *Sandbox) SetURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.url = strings.TrimRight(url, "/")
}

// InboxPath is where the SMS messages can be read.
func (s *Sandbox) InboxPath() string { return inboxPath }

// Forms lists the booking forms in order, with English names.
func (s *Sandbox) Forms() []Form { return s.FormsIn("en") }

// FormsIn lists the booking forms in order, with the names that they have in a language. Recorded forms have only one name.
func (s *Sandbox) FormsIn(lang string) []Form {
	named, ok := parseLanguage(lang)
	if !ok {
		named = english
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]Form, 0, len(s.state.forms))
	for _, f := range s.state.forms {
		out = append(out, Form{
			ID: f.id, Company: f.company, Group: f.group, Lang: f.lang.code(),
			Title: s.dict.say(named, f.title), Description: s.dict.say(named, f.description), Broken: f.broken != "" || f.company == unlicensedCompany,
		})
	}
	return out
}

// Records copies every record, deleted ones included, by rising id.
func (s *Sandbox) Records() []Record {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []Record
	for _, d := range s.state.diaries {
		out = append(out, copies(d.open().laid)...)
	}
	return append(out, copies(s.state.booked)...)
}

// Booked copies the records that were booked through the API, deleted ones included, by rising id.
func (s *Sandbox) Booked() []Record {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.DeleteFunc(copies(s.state.booked), func(r Record) bool { return !r.Online })
}

func copies(records []*record) []Record {
	out := make([]Record, len(records))
	for i, r := range records {
		out[i] = Record{
			ID: r.id, Company: r.company, Staff: r.staff, Activity: r.activity, Hash: r.hash, Services: slices.Clone(r.services),
			Start: r.start, Length: r.length, Phone: r.phone, Name: r.name, Comment: r.comment, APIID: r.apiID, Referrer: r.referrer,
			Deleted: r.deleted, Online: r.fromApp,
		}
	}
	return out
}

// Users copies the customers with an account.
func (s *Sandbox) Users() []User {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]User, len(s.state.users))
	for i, u := range s.state.users {
		out[i] = User{Name: u.name, Phone: u.phone, Email: u.email, Token: u.token}
	}
	return out
}

// ForgetTokens makes every user token invalid, as a change of the password elsewhere does.
func (s *Sandbox) ForgetTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.state.users {
		u.token = newSecret()
	}
}

// Attend notes of a record what a salon does: 2 confirmed, 1 came, 0 awaited, -1 did not come.
func (s *Sandbox) Attend(record, attendance int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.state.record(record); r != nil {
		r.attendance, r.changed = attendance, s.options.Now()
		s.state.changed(r, "update")
	}
}

// Messages copies the SMS inbox, oldest first.
func (s *Sandbox) Messages() []SMS {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.state.sms)
}

// Calls copies the last calls of the API, in the order in which they were answered.
func (s *Sandbox) Calls() []Call { return s.calls.list() }

// Start serves on the address (host:port, port 0 = any free one) until stop is
// called or ctx ends, and returns the address as an origin. A sandbox starts once.
func (s *Sandbox) Start(ctx context.Context, listen string) (url string, stop func(context.Context) error, err error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", listen)
	if err != nil {
		return "", nil, fmt.Errorf("sandbox: listen: %w", err)
	}
	url = "http://" + ln.Addr().String()
	if s.options.PublicURL == "" {
		s.SetURL(url)
	}
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	end := sync.OnceValue(func() error {
		close(s.done)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		err := server.Shutdown(grace)
		if errors.Is(err, context.DeadlineExceeded) {
			// Calls that take longer are cut off, and so is a connection that was opened and not used
			// yet, which counts as busy for five seconds.
			err = server.Close()
		}
		if serveErr := <-served; !errors.Is(serveErr, http.ErrServerClosed) {
			err = errors.Join(err, serveErr)
		}
		return err
	})
	context.AfterFunc(ctx, func() { _ = end() }) // nobody is left to tell
	return url, func(ctx context.Context) error {
		ended := make(chan error, 1)
		go func() { ended <- end() }()
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return errors.Join(ctx.Err(), server.Close())
		}
	}, nil
}

// stopGrace is how long calls under way may take to end.
const stopGrace = 2 * time.Second
