// Package server is the web side of the widget. It puts the areas of pages (browse, checkout, visits, account) together,
// routes requests to them, and holds what every request goes through. routes.go is the table of contents.
package server

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"okoshko/internal/server/account"
	"okoshko/internal/server/browse"
	"okoshko/internal/server/checkout"
	"okoshko/internal/server/codes"
	"okoshko/internal/server/customers"
	"okoshko/internal/server/times"
	"okoshko/internal/server/visits"

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
	"okoshko/web/static"
	"okoshko/web/templates/pages"
)

// Options are what a Server is made of.
type Options struct {
	Catalog  *catalog.Catalog
	Desk     *booking.Desk
	Sessions *session.Store // of forms that are being filled in
	SignedIn *session.Store // of customers who have signed in
	Accounts *accounts.Accounts
	Quotas   *quota.Quotas
	Texts    page.Texts
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

	Limits guard.Limits              // against abuse
	Room   func(store.Visitor) error // whether a visitor may write anything more; nil: always
	Watch  response.Watch
	Span   Span // nil: requests are not traced

	Demo *Demo // the sandbox's demo site at "/"; nil with a real upstream
}

// Span begins the span of a request; end is told how the request was answered.
type Span func(ctx context.Context, id, traceparent string) (_ context.Context, end func(method, route string, status int))

// Demo is what the demo site at "/" shows.
type Demo struct {
	Forms    []pages.DemoForm // without URL
	InboxURL string
}

// Server is the widget as a Fiber application: the areas of pages, and what all their requests go through.
type Server struct {
	Options
	app      *fiber.App
	response *response.Writer
	guard    *guard.Guard
	pages    *page.Builder
	browse   *browse.Handlers
	checkout *checkout.Handlers
	visits   *visits.Handlers
	account  *account.Handlers

	connections *connections
	refusals    map[string][]byte // by language
	draining    atomic.Bool
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
	s.strictFirst()
	s.bounded()
	s.drainable()
	return s
}

// areas makes the areas of pages and what they share.
func (s *Server) areas() {
	o := s.Options
	s.response = response.New(response.Options{
		Catalog: o.Catalog, Frames: o.Frames, PublicURL: o.PublicURL, PictureHosts: o.PictureHosts, Watch: o.Watch, Log: o.Log, Now: o.Now,
	}, o.PageBytes)
	s.guard = guard.New(guard.Options{
		Desk: o.Desk, Sessions: o.Sessions, Quotas: o.Quotas, Limits: o.Limits, PublicURL: o.PublicURL, Operator: o.Operator,
		TrustedProxies: o.TrustedProxies, Proxies: o.Proxies, Room: o.Room, Watch: o.Watch, Log: o.Log, Now: o.Now,
	})
	s.pages = &page.Builder{
		Response: s.response, Catalog: o.Catalog, Texts: o.Texts, Assets: o.Assets, PublicURL: o.PublicURL, Counters: o.Counters, Log: o.Log, Now: o.Now,
	}
	slots := &times.Times{Pages: s.pages, Catalog: o.Catalog, Now: o.Now}
	messages := &codes.Service{Guard: s.guard, Desk: o.Desk, Quotas: o.Quotas, Limits: o.Limits, Watch: o.Watch, Log: o.Log, Now: o.Now}
	signedIn := &customers.Sessions{SignedIn: o.SignedIn, Now: o.Now}
	s.browse = browse.New(s.pages, slots, o.PageBytes)
	s.checkout = checkout.New(checkout.Options{
		Pages: s.pages, Times: slots, Codes: messages, Customers: signedIn, Guard: s.guard, Catalog: o.Catalog, Desk: o.Desk,
		Sessions: o.Sessions, SignedIn: o.SignedIn, Watch: o.Watch, Log: o.Log, Now: o.Now,
	})
	s.visits = &visits.Handlers{
		Pages: s.pages, Times: slots, Customers: signedIn, Guard: s.guard, Catalog: o.Catalog, Desk: o.Desk, SignedIn: o.SignedIn, Log: o.Log, Now: o.Now,
	}
	s.account = &account.Handlers{
		Pages: s.pages, Codes: messages, Customers: signedIn, Guard: s.guard, Catalog: o.Catalog, Desk: o.Desk, Accounts: o.Accounts, Quotas: o.Quotas,
		Sessions: o.Sessions, SignedIn: o.SignedIn, Watch: o.Watch, Log: o.Log, Now: o.Now,
	}
}

// serveCachedFirst puts the kept pages before the application: what its handlers would do is in the page.
func (s *Server) serveCachedFirst() {
	server := s.app.Server()
	otherwise := server.Handler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		if !s.response.ServeCached(ctx) {
			otherwise(ctx)
		}
	}
}

// App is the application, to listen with and to test.
func (s *Server) App() *fiber.App { return s.app }
