// Package admin is the operator's listener. It serves health checks, metrics, profiles if they are switched on, and a page that
// makes the lines for websites and shows the state of the program. It has no sign-in, so it must not be reachable from outside;
// for the same reason nothing on it changes anything, but for the request of okoshko forget, which proves that it is the operator's.
package admin

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"okoshko/internal/address"
	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/csp"
	"okoshko/internal/frames"
	"okoshko/internal/i18n"
	"okoshko/internal/metrics"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
	"okoshko/internal/urls"
	"okoshko/web/templates/admin"
)

// Options are the parts and settings of a Server.
type Options struct {
	Version string
	Now     func() time.Time
	Log     *slog.Logger

	Profile   bool   // whether there is /debug/pprof/
	Widget    string // where the widget listens, for the preview
	PublicURL string // where browsers find it; "" = not configured
	Frames    frames.Rules
	Strangers *frames.Strangers
	Proxies   *address.Watch
	Catalog   *catalog.Catalog
	Text      func(lang string) *i18n.Localizer
	Speaks    func(lang string) string // the language of the pages that are asked for in a language
	Metrics   *metrics.Metrics
	Checks    []Check
	Known     []Form // forms that exist, opened by a customer or not

	Names    []string // under which the listener is asked for beside addresses and localhost
	MarkName string   // header and value by which the widget knows what this listener passes on
	Mark     string
	Charged  func(context.Context) context.Context // counts what the page asks the booking API; nil: it is not counted

	Budget               func() budget.Stats
	PerSecond, PerMinute int // calls at most
	Breakers             func() upstream.Breakers
	Unknown              func() []booking.Unknown
	Wishes               func() map[int]int // those that stand, by company; nil: no wishes are taken
	Doors                Doors
	Forgetting           Forgetting
}

// Doors are the ways by which programs of others find forms.
type Doors struct {
	Assistants      bool  // whether POST /mcp is there
	AssistantsForms []int // that assistants find
	Sitemap         []int // forms that /sitemap.xml lists; none = there is no sitemap
}

// Form is a bookform that the program knows.
type Form struct {
	ID    int
	Title string
}

// Server answers the operator's requests.
type Server struct {
	Options
	started time.Time
	http    *http.Server
	sites   chan struct{} // has an element while a website is being checked

	challenge challenge
	verdicts  verdicts
}

// New makes a Server.
func New(o Options) *Server {
	s := &Server{Options: o, started: o.Now(), sites: make(chan struct{}, 1)}
	s.http = &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      2 * time.Minute, // a profile takes half a minute
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
	return s
}

// Serve answers requests on a listener until Close is called.
func (s *Server) Serve(ln net.Listener) error {
	s.http.Handler = s.handler(onLoopback(ln.Addr().String()))
	if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close ends the listener and every request under way at once. Only the operator waits for these.
func (s *Server) Close() error { return s.http.Close() }

// handler is the table of routes.
func (s *Server) handler(local bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.showPage)
	mux.HandleFunc("GET /forms", s.showForms)
	mux.HandleFunc("GET /admin.css", showCSS)
	mux.HandleFunc("GET /healthz", showHealth)
	mux.HandleFunc("GET /readyz", s.showReady)
	mux.Handle("GET /metrics", s.Metrics.Handler())
	if s.Forgetting.Forget != nil {
		mux.HandleFunc("GET "+ForgetPath, s.showChallenge)
		mux.HandleFunc("POST "+ForgetPath, s.forget)
	}

	if s.Profile {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}

	preview := s.preview()
	for _, path := range []string{urls.FormTree, urls.AccountTree, urls.AssetTree} {
		mux.Handle(path, preview)
	}
	return s.guard(local, mux)
}

// policy lets the page style itself, frame the preview and send its own forms, and nothing else.
var policy = csp.Policy{
	csp.Allow(csp.DefaultSrc, csp.None), csp.Allow(csp.BaseURI, csp.None), csp.Allow(csp.ObjectSrc, csp.None),
	csp.Allow(csp.StyleSrc, csp.Self), csp.Allow(csp.FrameSrc, csp.Self), csp.Allow(csp.FormAction, csp.Self), csp.Allow(csp.FrameAncestors, csp.None),
}.String()

// guard sets the headers of every answer and keeps websites out: a website whose name was made to resolve to this listener, and
// a website that lets the operator's browser send requests. A listener on the loopback answers to names of this machine only.
func (s *Server) guard(local bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set(csp.Header, policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if !s.named(local, r.Host) {
			http.Error(w, "This listener does not answer under that name. [admin] names lists those that it has beside its address.", http.StatusMisdirectedRequest)
			return
		}
		if crossSite(r) {
			http.Error(w, "Another website has asked for this. Open the address yourself.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// named says whether the listener answers to a Host. It does not answer to a name that somebody else's DNS makes resolve to it.
// Addresses are safe: DNS cannot change where an address leads.
func (s *Server) named(local bool, host string) bool {
	if onLoopback(host) {
		return true
	}
	name := hostName(host)
	if slices.ContainsFunc(s.Names, func(n string) bool { return strings.EqualFold(n, name) }) {
		return true
	}
	_, err := netip.ParseAddr(name)
	return !local && err == nil
}

// crossSite says whether a page of another website makes the browser send a request, as far as the browser says. Programs
// without pages, such as Prometheus, send none of these headers.
func crossSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "":
	case "none", "same-origin":
		return false
	default:
		return true
	}
	for _, from := range []string{r.Header.Get("Origin"), r.Header.Get("Referer")} {
		if from == "" {
			continue
		}
		if u, err := url.Parse(from); err != nil || !strings.EqualFold(u.Host, r.Host) {
			return true
		}
	}
	return false
}

// hostName is a Host without its port and brackets.
func hostName(host string) string {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return strings.Trim(name, "[]")
}

// onLoopback says whether a host, with or without a port, is this machine's own.
func onLoopback(host string) bool {
	name := hostName(host)
	if strings.EqualFold(name, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && address.Unmap().IsLoopback()
}

func showCSS(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write([]byte(admin.CSS)) // the browser may have closed the connection
}

// Check checks one thing that the widget needs.
type Check struct {
	Name string
	Ask  func(context.Context) Health
	// Decides says that the process should get no requests while this is Wrong. Of what all processes share it must not be said: they
	// would all be taken out, and nobody could look any more.
	Decides bool
}

// Health is the result of a Check. Its text is for people and holds no secrets.
type Health struct {
	State State
	Text  string
}

// State is the state of one thing that was checked.
type State string

// The states, from good to bad: all is well; something is missing that pages can do without; something is broken.
const (
	OK    State = "ok"
	Mind  State = "mind"
	Wrong State = "wrong"
)
