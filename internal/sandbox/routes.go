package sandbox

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

const (
	apiPrefix = "/api/v1"
	ownPrefix = "/_sandbox"
	inboxPath = ownPrefix + "/sms"

	maxBody = 1 << 20
)

// endpoint answers one call or refuses it with a *refusal.
type endpoint func(*call) (reply, error)

// routes is the table of contents: every path of the client half, then our own.
// Paths come with and without a trailing slash; ServeHTTP takes it off first.
func (s *Sandbox) routes() *http.ServeMux {
	mux := http.NewServeMux()
	read := func(path string, e endpoint) { mux.Handle("GET "+apiPrefix+path, s.endpoint(e, false)) }
	change := func(method, path string, e endpoint) {
		mux.Handle(strings.TrimSpace(method+" "+apiPrefix+path), s.endpoint(e, true))
	}

	if s.replay == nil {
		routeSalons(read, change)
	} else {
		s.replay.route(read, change)
	}
	change("POST", "/auth", authorize)
	change("POST", "/user/auth", authorizeByCode)
	change("POST", "/booking/auth", authorizeByPassword)
	read("/booking/user/data", showUser)
	change("PUT", "/booking/user", changeUser)
	change("PUT", "/booking/user/password", changePassword)
	change("GET", "/booking/user/phone_confirmation", sendPhoneConfirmation)

	s.routeOwn(mux)
	return mux
}

// routeSalons are the paths of the demo salons.
func routeSalons(read func(string, endpoint), change func(method, path string, e endpoint)) {
	read("/bookform/{form}", showForm)
	read("/booking/forms/{form}/custom_fields", listFields)
	read("/privacy_policy/{company}", showPrivacy)
	read("/i18n/{lang}", showI18n)
	read("/companies", listCompanies)
	read("/company/{company}", showCompany)
	read("/company/{company}/settings/timeslots", showTimeslots)
	read("/cities", listCities)
	read("/countries", listCountries)

	read("/book_services/{company}", listServices)
	read("/book_staff/{company}", listStaff)
	read("/book_dates/{company}", listDates)
	read("/book_times/{company}/{staff}/{date}", listTimes)
	read("/book_staff_seances/{company}/{staff}", listSeances)

	change("POST", "/book_code/{company}", sendCode)
	change("POST", "/book_check/{company}", checkBooking)
	change("POST", "/book_record/{company}", book)
	change("PUT", "/book_record/{company}/{record}", moveRecord)
	read("/book_record/{company}/{record}/{hash}", showRecord)

	read("/user/records", listUserRecords)
	read("/user/records/{record}", showUserRecord)
	read("/user/records/{record}/{hash}", showUserRecord)
	change("DELETE", "/user/records/{record}", deleteUserRecord)
	change("DELETE", "/user/records/{record}/{hash}", deleteUserRecord)

	read("/services/{company}", listAllServices)
	read("/services/{company}/{service}", listAllServices)
	read("/service_category/{company}/{category}", showServiceCategory)
	read("/staff/{company}", listAllStaff)
	read("/staff/{company}/{staff}", listAllStaff)

	read("/activity/{company}/search", searchEvents)
	read("/activity/{company}/search_dates", listEventDates)
	read("/activity/{company}/search_dates_range", showEventRange)
	read("/activity/{company}/filters", listEventFilters)
	read("/activity/{company}/services", listEventServices)
	read("/activity/{company}/{event}", showEvent)
	change("POST", "/activity/{company}/{event}/book", bookEvent)
	change("", "/", func(c *call) (reply, error) { return reply{}, c.refuse(http.StatusNotFound, "error.notfound") })
}

// routeOwn are the sandbox's own paths.
func (s *Sandbox) routeOwn(mux *http.ServeMux) {
	mux.HandleFunc("GET "+inboxPath, s.showInbox)
	mux.HandleFunc("GET "+ownPrefix+"/faults", s.listFaults)
	mux.HandleFunc("POST "+ownPrefix+"/faults", s.addFault)
	mux.HandleFunc("DELETE "+ownPrefix+"/faults", s.clearFaults)
	mux.HandleFunc("GET "+ownPrefix+"/answers", s.listAnswers)
	mux.HandleFunc("POST "+ownPrefix+"/answers", s.addAnswers)
	mux.HandleFunc("DELETE "+ownPrefix+"/answers", s.clearAnswers)
	mux.HandleFunc("GET "+ownPrefix+"/calls", s.showCalls)
	mux.HandleFunc("POST "+ownPrefix+"/hooks", s.postHook)
	mux.HandleFunc("POST "+ownPrefix+"/reset", s.resetAll)
	mux.HandleFunc("GET "+ownPrefix+"/avatars/{file}", s.showAvatar)
	mux.HandleFunc("GET "+ownPrefix+"/logos/{file}", s.showLogo)
	mux.HandleFunc("GET "+ownPrefix+"/headers/{file}", showHeader)
	mux.HandleFunc("GET /images/no-master.png", showPlaceholder)
	mux.HandleFunc("/", http.NotFound)
}

// Handler serves the API and the sandbox's own pages.
func (s *Sandbox) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = withoutTrailingSlash(r)
		if !strings.HasPrefix(r.URL.Path, apiPrefix+"/") {
			s.mux.ServeHTTP(w, r)
			return
		}
		s.serveAPI(w, r)
	})
}

// serveAPI puts the common headers on, then counts, limits, delays and breaks the
// call as told before any endpoint sees it. Rules change what the endpoint answers.
func (s *Sandbox) serveAPI(w http.ResponseWriter, r *http.Request) {
	seen := &statusRecorder{ResponseWriter: w}
	now := s.options.Now()
	defer func() {
		s.calls.add(Call{Method: r.Method, Pattern: patternPath(r.Pattern), Path: r.URL.Path, Status: seen.status, Time: now})
	}()
	header := seen.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS, PATCH")
	header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept-Language, X-Requested-With, X-YCLIENTS-Application-Name, X-YCLIENTS-Application-Action, X-YCLIENTS-Application-Platform, X-YCLIENTS-Application-Version")
	header.Set("Access-Control-Expose-Headers", "User_Token, X-User_Token")
	header.Set("Cache-Control", "no-store, no-cache, must-revalidate")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Request-Id", newSecret())
	if r.Method == http.MethodOptions {
		seen.WriteHeader(http.StatusNoContent)
		return
	}
	if !s.options.NoLimits && !s.limits.allow(clientIP(r), now) {
		seen.WriteHeader(http.StatusTooManyRequests) // no body, no Retry-After
		return
	}
	if delay := s.lag.draw(); delay > 0 {
		take(w, r)
		s.pause(delay / 2)
		seen.before = func() { s.pause(delay / 2) }
	}
	if f, ok := s.faults.pick(r); ok {
		s.breakCall(seen, r, f)
		return
	}
	s.serveAnswer(seen, r)
}

// endpoint checks who calls, runs the endpoint under the lock and writes its
// answer after releasing it.
func (s *Sandbox) endpoint(e endpoint, changes bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		vendor := acceptsVendor(r.Header.Get("Accept"))
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		c := &call{request: r, query: r.URL.Query(), body: body, now: s.options.Now(), noMarks: s.options.NoMarks}
		c.lang, c.spoken = parseLanguage(r.Header.Get("Accept-Language"))
		var answer reply
		if changes {
			s.mu.Lock()
		} else {
			s.mu.RLock()
		}
		s.enter(c)
		switch {
		case err != nil:
			err = c.refuse(http.StatusRequestEntityTooLarge, "error.request")
		default:
			answer, err = s.admit(c, e)
		}
		general := c.text("error.failed")
		if changes {
			s.mu.Unlock()
		} else {
			s.mu.RUnlock()
		}
		if raw, ok := errors.AsType[*nonsense](err); ok {
			raw.write(w)
			return
		}
		if no, ok := errors.AsType[*refusal](err); ok {
			no.write(w, vendor, general)
			return
		}
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		answer.write(w, vendor)
	})
}

// enter gives the call the state and the address of its images.
func (s *Sandbox) enter(c *call) {
	c.state, c.base = s.state, s.url
	if c.base == "" {
		c.base = "http://" + c.request.Host
	}
}

// admit checks "Authorization: Bearer partner[, User token]" ("Авторизация").
func (s *Sandbox) admit(c *call, e endpoint) (reply, error) {
	partner, token, _ := strings.Cut(c.request.Header.Get("Authorization"), ",")
	scheme, partner, _ := strings.Cut(strings.TrimSpace(partner), " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(partner) != s.options.PartnerToken {
		no := c.refuse(http.StatusUnauthorized, "error.auth")
		no.oldShape = strings.HasPrefix(c.request.URL.Path, apiPrefix+"/company")
		return reply{}, no
	}
	if token, ok := strings.CutPrefix(strings.TrimSpace(token), "User "); ok {
		c.caller = c.userByToken(strings.TrimSpace(token))
	}
	return e(c)
}

// needUser refuses a call without a valid user token.
func (c *call) needUser() error {
	if c.caller == nil {
		return c.refuse(http.StatusUnauthorized, "error.auth")
	}
	return nil
}

func withoutTrailingSlash(r *http.Request) *http.Request {
	if len(r.URL.Path) < 2 || !strings.HasSuffix(r.URL.Path, "/") {
		return r
	}
	out, url := *r, *r.URL
	url.Path, url.RawPath = strings.TrimRight(url.Path, "/"), strings.TrimRight(url.RawPath, "/")
	out.URL = &url
	return &out
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// patternPath takes the method and the common prefix off a route's pattern.
func patternPath(pattern string) string {
	_, path, ok := strings.Cut(pattern, " ")
	if !ok {
		return ""
	}
	return strings.TrimPrefix(path, apiPrefix)
}

// statusRecorder remembers the status for the call log.
type statusRecorder struct {
	http.ResponseWriter
	status int
	before func() // called once before the answer begins; nil = nothing
}

// begin notes the status of an answer that begins.
func (w *statusRecorder) begin(status int) {
	if w.status != 0 {
		return
	}
	if w.before != nil {
		w.before()
	}
	w.status = status
}

func (w *statusRecorder) WriteHeader(status int) {
	w.begin(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusRecorder) Write(b []byte) (int, error) {
	w.begin(http.StatusOK)
	return w.ResponseWriter.Write(b) //nolint:wrapcheck // a writer passes errors on as they are
}

func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
