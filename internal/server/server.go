// Package server is the web side of the widget: routes, pages, forms and errors. A handler reads
// the URL, asks the catalogue or the booking desk, and hands finished data to a template.
package server

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/account"
	"okoshko/internal/address"
	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/csp"
	"okoshko/internal/frames"
	"okoshko/internal/i18n"
	"okoshko/internal/quota"
	"okoshko/internal/session"
	"okoshko/internal/store"
	"okoshko/web/static"
	"okoshko/web/templates/pages"
)

// Options are what a Server is made of.
type Options struct {
	Catalog  *catalog.Catalog
	Desk     *booking.Desk
	Sessions *session.Store // of forms that are being filled in
	SignedIn *session.Store // of customers who have signed in
	Accounts *account.Accounts
	Quotas   *quota.Quotas
	Texts    Texts
	Assets   *static.Assets
	Log      *slog.Logger
	Now      func() time.Time

	PublicURL      string // origin for absolute links; "" = as the request says
	Frames         frames.Rules
	Strangers      *frames.Strangers // told of websites that frame a form and may not
	Counters       bool              // the bookforms' counters are told to the websites that embed them
	PictureHosts   csp.Sources       // of pictures beside our own: the upstream's origin and what the operator allows
	TrustedProxies []string          // addresses and ranges whose X-Forwarded-For is believed
	Proxies        *address.Watch    // told of proxies that are not among them
	RequestTimeout time.Duration
	ReadTimeout    time.Duration
	Connections    int    // open at a time, 0 = no bound
	Operator       string // the value of OperatorHeader; "" = nobody is the operator
	PageBytes      int    // memory for pages that were drawn, and as much again for cards of them

	Limits Limits                    // against abuse
	Room   func(store.Visitor) error // whether a visitor may write anything more; nil: always
	Watch  Watch
	Span   Span // nil: requests are not traced

	Demo *Demo // the sandbox's demo site at "/"; nil with a real upstream
}

// Watch is told what an operator wants to count.
type Watch interface {
	Request(route string, status int, took time.Duration)
	Step(form int, step string)
	// Page is both of them for a page that is sent again and again.
	Page(route string, status, form int, step string) (sent func(took time.Duration))
	Limit(name string)
}

// Span begins the span of a request; end is told how the request was answered.
type Span func(ctx context.Context, id, traceparent string) (_ context.Context, end func(method, route string, status int))

// Texts gives the texts of a language.
type Texts interface {
	Localizer(lang string) *i18n.Localizer
	Present(lang string) *i18n.Localizer // the same without asking whether there is newer wording
	Name(lang string) string             // what a language calls itself
	Languages() []string
}

// Demo is what the demo site at "/" shows.
type Demo struct {
	Forms    []pages.DemoForm // without URL
	InboxURL string
}

// Server is the widget as a Fiber application.
type Server struct {
	Options
	app         *fiber.App
	proxies     address.Proxies
	kept        *keptPages
	cards       *drawnCards
	connections *connections
	refusals    map[string][]byte // by language
	lastDense   atomic.Int64      // when a drawn page was last compressed well, in nanoseconds

	drawn, submitted *flood // requests for pages, and forms that were sent
	forgotten, told  lately // the days of salons that a refusal has shown to be outdated; limits that the log has told of

	draining atomic.Bool
}

// bodyLimit is far above the longest contact form and far below what could hurt.
const bodyLimit = 16 << 10

// usualPageBytes is the memory for drawn pages where none is named.
const usualPageBytes = 8 << 20

// oneWrite holds a compressed page with its headers, so that it leaves in one piece.
const oneWrite = 16 << 10

// Settings are those of the Fiber application that any other would have which serves pages under the
// same timeouts.
func Settings(request, read time.Duration) fiber.Config {
	return fiber.Config{
		AppName:               "okoshko",
		DisableStartupMessage: true,
		// A path has one spelling: what a page is, and so its headers, is told by how its path begins.
		CaseSensitive: true,
		// Strings taken from a request live on in choices, cache keys and sessions.
		Immutable:       true,
		BodyLimit:       bodyLimit,
		ReadBufferSize:  bodyLimit, // all headers of a request together
		WriteBufferSize: oneWrite,
		ReadTimeout:     read,
		WriteTimeout:    request + 5*time.Second,
		IdleTimeout:     time.Minute,
	}
}

// New makes a Server with its routes.
func New(o Options) *Server {
	if o.PageBytes <= 0 {
		o.PageBytes = usualPageBytes
	}
	s := &Server{
		Options: o, proxies: address.ParseProxies(o.TrustedProxies), kept: newKeptPages(o.PageBytes), cards: newDrawnCards(o.PageBytes),
		refusals: refusals(o.Texts), drawn: newFlood(drawnPerAddress), submitted: newFlood(submittedPerAddress),
	}
	settings := Settings(o.RequestTimeout, o.ReadTimeout)
	settings.EnableTrustedProxyCheck, settings.TrustedProxies = true, o.TrustedProxies
	settings.ErrorHandler = s.fail
	if s.connections = newConnections(o.Connections, o.Now); o.Connections > 0 {
		settings.Concurrency = o.Connections + spareConnections
	}
	s.app = fiber.New(settings)
	s.routes()
	s.keptFirst()
	s.strictFirst()
	s.bounded()
	s.drainable()
	return s
}

// App is the application, to listen with and to test.
func (s *Server) App() *fiber.App { return s.app }
