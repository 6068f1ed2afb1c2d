// Package server is the web side of the widget. It builds the areas of pages (browse, checkout, visits, account), routes
// requests to them, and holds the middleware that every request passes. routes.go is the table of contents.
package server

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"okoshko/internal/server/account"
	"okoshko/internal/server/agents"
	"okoshko/internal/server/browse"
	"okoshko/internal/server/checkout"
	"okoshko/internal/server/codes"
	"okoshko/internal/server/customers"
	"okoshko/internal/server/hooks"
	"okoshko/internal/server/times"
	"okoshko/internal/server/visits"
	"okoshko/internal/server/wishes"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	accounts "okoshko/internal/account"
	"okoshko/internal/address"
	"okoshko/internal/booking"
	"okoshko/internal/catalog"
	"okoshko/internal/csp"
	"okoshko/internal/frames"
	"okoshko/internal/quota"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/page"
	"okoshko/internal/server/response"
	"okoshko/internal/session"
	"okoshko/internal/store"
	"okoshko/internal/waiting"
	"okoshko/web/static"
	"okoshko/web/templates/pages"
)

// Options are what a Server is made of.
type Options struct {
	Catalog  *catalog.Catalog
	Desk     *booking.Desk
	Wishes   *waiting.Desk  // nil: no wishes are taken
	Sessions *session.Store // of forms that are being filled in
	SignedIn *session.Store // of customers who have signed in
	Accounts *accounts.Accounts
	Quotas   *quota.Quotas
	Texts    page.Texts
	Assets   *static.Assets
	Log      *slog.Logger
	Now      func() time.Time

	PublicURL      string                              // origin for absolute links; "" = as the request says
	Access         struct{ Contact, Authority string } // links of the statement on accessibility: to whom a barrier is reported, and where one complains; "" = none
	Frames         frames.Rules
	Strangers      *frames.Strangers // counts websites that frame a form and may not
	Counters       bool              // whether a website that embeds a bookform is told the bookform's trackers
	PictureHosts   csp.Sources       // further sources of pictures: the upstream's origin and what the operator allows
	TrustedProxies []string          // addresses and ranges whose X-Forwarded-For is believed
	Proxies        *address.Watch    // counts proxies that TrustedProxies does not list
	RequestTimeout time.Duration
	ReadTimeout    time.Duration
	Connections    int    // how many may be open at a time; 0 = no bound
	Operator       string // the value of OperatorHeader; "" = no request is the operator's
	PageBytes      int    // memory for cached pages; cached cards of services get as much again

	Limits guard.Limits              // against abuse
	Room   func(store.Visitor) error // store.ErrFull when a visitor may store nothing more; nil: there is always room
	Ahead  *guard.Ahead              // nil: nothing is asked ahead
	Plenty func() bool               // whether calls are plenty; nil: always
	Watch  response.Watch
	Span   Span // nil: requests are not traced

	PushKey string // the public key that browsers subscribe to notifications with; "" = there are none

	HookSecret string // ends the address for the upstream's hooks; "" = there is none

	Found  []int   // forms that search engines are told of
	Agents *Agents // nil: there is no door for assistants

	Demo *Demo // the sandbox's demo site at "/"; nil with a real upstream
}

// Span begins the span of a request; end is told how the request was answered.
type Span func(ctx context.Context, id, traceparent string) (_ context.Context, end func(method, route string, status int))

// Demo is what the demo site at "/" shows.
type Demo struct {
	Forms    func(lang string) []pages.DemoForm // with their names in a language, without URL
	InboxURL string
}

// Agents configure the door for assistants.
type Agents struct {
	Forms []int // that they can find
	Calls int   // of the booking API a minute, all assistants together
	Watch agents.Watch
}

// Server is the widget as a Fiber application: the areas of pages, and the middleware in front of them.
type Server struct {
	Options
	app      *fiber.App
	response *response.Writer
	guard    *guard.Guard
	pages    *page.Builder
	browse   *browse.Handlers
	checkout *checkout.Handlers
	visits   *visits.Handlers
	wishes   *wishes.Handlers
	account  *account.Handlers
	hooks    *hooks.Handlers  // nil: no hooks are taken
	agents   *agents.Handlers // nil: there is no door for assistants

	connections *connections
	refusals    map[string][]byte // the pages that refuse sends, by language
	draining    atomic.Bool
}

// bodyLimit is the longest body of a request, in bytes: far above the longest contact form, and still cheap to hold for
// every connection.
const bodyLimit = 16 << 10

// defaultPageBytes is the memory for cached pages when Options.PageBytes is 0.
const defaultPageBytes = 8 << 20

// writeBuffer is the size of a write buffer, in bytes. It holds a compressed page with its headers, so that a page is one write.
const writeBuffer = 16 << 10

// Settings are the settings of the Fiber application that do not depend on Options. A benchmark builds a comparable
// application from them.
func Settings(request, read time.Duration) fiber.Config {
	return fiber.Config{
		AppName:               "okoshko",
		DisableStartupMessage: true,
		// A path has one spelling, because the beginning of a path decides which headers its page gets.
		CaseSensitive: true,
		// Choices, cache keys and sessions hold strings of a request after the request has ended.
		Immutable:       true,
		BodyLimit:       bodyLimit,
		ReadBufferSize:  bodyLimit, // all headers of a request together
		WriteBufferSize: writeBuffer,
		ReadTimeout:     read,
		WriteTimeout:    request + 5*time.Second,
		IdleTimeout:     time.Minute,
	}
}

// New returns a Server with its routes.
func New(o Options) *Server {
	if o.PageBytes <= 0 {
		o.PageBytes = defaultPageBytes
	}
	s := &Server{Options: o, refusals: refusals(o.Texts)}
	s.areas()
	settings := Settings(o.RequestTimeout, o.ReadTimeout)
	settings.EnableTrustedProxyCheck, settings.TrustedProxies = true, o.TrustedProxies
	settings.ErrorHandler = s.fail
	if s.connections = newConnections(o.Connections, o.Now); o.Connections > 0 {
		settings.Concurrency = o.Connections + spareConnections
	}
	s.app = fiber.New(settings)
	s.routes()
	s.serveCachedFirst()
	s.refuseMalformedFirst()
	s.trackConnections()
	s.closeWhenDraining()
	return s
}

// areas builds the areas of pages and the services that they share.
func (s *Server) areas() {
	o := s.Options
	s.response = response.New(response.Options{
		Catalog: o.Catalog, Frames: o.Frames, PublicURL: o.PublicURL, PictureHosts: o.PictureHosts, Watch: o.Watch, Log: o.Log, Now: o.Now,
	}, o.PageBytes)
	agentsCalls := 0
	if o.Agents != nil {
		agentsCalls = o.Agents.Calls
	}
	s.guard = guard.New(guard.Options{
		AgentsCalls: agentsCalls,
		Desk:        o.Desk, Sessions: o.Sessions, Quotas: o.Quotas, Limits: o.Limits, PublicURL: o.PublicURL, Operator: o.Operator,
		TrustedProxies: o.TrustedProxies, Proxies: o.Proxies, Room: o.Room, Ahead: o.Ahead, Plenty: o.Plenty, Scarce: o.Catalog.Scarce, Watch: o.Watch, Log: o.Log, Now: o.Now,
	})
	s.pages = &page.Builder{
		Response: s.response, Catalog: o.Catalog, Texts: o.Texts, Assets: o.Assets, PublicURL: o.PublicURL, Access: o.Access, Counters: o.Counters, Log: o.Log, Now: o.Now,
	}
	slots := &times.Times{Pages: s.pages, Catalog: o.Catalog, Now: o.Now}
	messages := &codes.Service{Guard: s.guard, Desk: o.Desk, Quotas: o.Quotas, Limits: o.Limits, Watch: o.Watch, Log: o.Log, Now: o.Now}
	signedIn := &customers.Sessions{SignedIn: o.SignedIn, Now: o.Now}
	s.browse = browse.New(s.pages, slots, s.guard, o.PageBytes)
	s.checkout = checkout.New(checkout.Options{
		Pages: s.pages, Times: slots, Codes: messages, Customers: signedIn, Guard: s.guard, Catalog: o.Catalog, Desk: o.Desk,
		Sessions: o.Sessions, SignedIn: o.SignedIn, Wishes: o.Wishes, Watch: o.Watch, Log: o.Log, Now: o.Now,
	})
	if o.HookSecret != "" {
		s.hooks = hooks.New(hooks.Options{Secret: o.HookSecret, Catalog: o.Catalog, Watch: o.Watch, Log: o.Log, Now: o.Now})
	}
	if o.Agents != nil {
		s.agents = agents.New(agents.Options{
			Catalog: o.Catalog, Texts: o.Texts, Guard: s.guard, Forms: o.Agents.Forms, PublicURL: o.PublicURL, Timeout: o.RequestTimeout,
			Watch: o.Agents.Watch, Log: o.Log, Now: o.Now,
		})
	}
	s.pages.Waits = func() bool { return o.Wishes.Offers().Any() }
	s.wishes = &wishes.Handlers{
		Pages: s.pages, Guard: s.guard, Catalog: o.Catalog, Desk: o.Wishes, Booking: o.Desk, PushKey: o.PushKey, Assets: o.Assets, Log: o.Log, Now: o.Now,
	}
	s.visits = &visits.Handlers{
		WishForms: s.wishes, Pages: s.pages, Times: slots, Customers: signedIn, Guard: s.guard, Catalog: o.Catalog, Desk: o.Desk, Wishes: o.Wishes, SignedIn: o.SignedIn, Log: o.Log, Now: o.Now,
	}
	s.account = &account.Handlers{
		Pages: s.pages, Codes: messages, Customers: signedIn, Guard: s.guard, Catalog: o.Catalog, Desk: o.Desk, Accounts: o.Accounts, Quotas: o.Quotas,
		Sessions: o.Sessions, SignedIn: o.SignedIn, Watch: o.Watch, Log: o.Log, Now: o.Now,
	}
}

// serveCachedFirst answers with a cached page before Fiber sees the request. The cached page holds all that the middleware
// would have added.
func (s *Server) serveCachedFirst() {
	server := s.app.Server()
	otherwise := server.Handler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		if !s.response.ServeCached(ctx) {
			otherwise(ctx)
		}
	}
}

// Close ends what the server does in the background.
func (s *Server) Close() {
	if s.agents != nil {
		s.agents.Close()
	}
	s.browse.Close()
	s.response.Close()
}

// Settle waits until the server does nothing in the background.
func (s *Server) Settle() {
	if s.agents != nil {
		s.agents.Settle()
	}
}

// App returns the Fiber application, for shutting it down and for tests.
func (s *Server) App() *fiber.App { return s.app }
