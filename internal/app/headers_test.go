package app

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// surface is what an answer is to a browser, which decides its headers.
type surface struct {
	ancestors string // who may frame it
	referrer  string
	cache     string
	robots    string
	pictures  string // img-src of its pages; "" = not looked at
	anybody   bool   // websites load it into pages of their own
}

const (
	theSalon   = "'self' https://salon.example https://*.tilda.ws"
	sharedPage = "public, max-age=0, s-maxage=" // and for how long, which TestR17CopiesOfPagesEndWithTheirTimes looks at
	originOnly = "strict-origin-when-cross-origin"
	noRobots   = "noindex, nofollow"
)

var (
	browse    = surface{ancestors: theSalon, referrer: originOnly, cache: sharedPage}
	unkept    = surface{ancestors: theSalon, referrer: originOnly, cache: "no-store"} // a browse page that nobody may keep
	visitor   = surface{ancestors: theSalon, referrer: "no-referrer", cache: "no-store", robots: noRobots}
	ofAccount = surface{ancestors: theSalon, referrer: "no-referrer", cache: "no-store", robots: noRobots, pictures: "'self'"}
	linked    = surface{ancestors: "'none'", referrer: "no-referrer", cache: "no-store", robots: noRobots, pictures: "'self'"}
	asset     = surface{ancestors: "'none'", referrer: originOnly, cache: "public, max-age=31536000, immutable"}
	crawlers  = surface{ancestors: "'none'", referrer: originOnly, cache: "public, max-age=86400"}
	loader    = surface{ancestors: "'none'", referrer: originOnly, cache: "public, max-age=300, stale-while-revalidate=86400", anybody: true}
	pinned    = surface{ancestors: "'none'", referrer: originOnly, cache: "public, max-age=31536000, immutable", anybody: true}
	worker    = surface{ancestors: "'none'", referrer: originOnly, cache: "no-cache"}
	noLoader  = surface{ancestors: "'none'", referrer: originOnly, cache: "no-store"}
	// An address that was not even read may have been anybody's.
	tooLong  = surface{ancestors: theSalon, referrer: "no-referrer", cache: "no-store", robots: noRobots}
	unread   = surface{ancestors: "'none'", referrer: "no-referrer", cache: "no-store", robots: noRobots} // of a visit's path; it shows no pictures
	website  = surface{ancestors: "'none'", referrer: originOnly, cache: "no-store"}                      // the sandbox's salon
	notice   = surface{ancestors: "*", referrer: originOnly, cache: "no-store", robots: noRobots}         // to a website that may not frame
	myNotice = surface{ancestors: "*", referrer: "no-referrer", cache: "no-store", robots: noRobots}
)

// probe is a request, what its answer must be, and the headers that it must have.
type probe struct {
	name   string // of an error page
	method string
	ref    string
	header map[string]string
	body   string
	status int
	surface
}

// noWish is the secret of no wish.
const noWish = "AAAAAAAAAAAAAAAAAAAAAA"

// TestS27EveryAnswerCarriesItsHeaders asks every route and for every error page. A route that is not in
// the table fails it.
func TestS27EveryAnswerCarriesItsHeaders(t *testing.T) {
	t.Parallel()
	r, _ := newRig(t, "OKOSHKO_EMBED_HOSTS=https://salon.example, https://*.tilda.ws", "OKOSHKO_SERVER_PUBLIC_URL=https://booking.example", "OKOSHKO_HOOKS_SECRET="+hookSecret,
		"OKOSHKO_MAIL_HOST=127.0.0.1", "OKOSHKO_MAIL_PORT=1", "OKOSHKO_MAIL_TLS=none", "OKOSHKO_MAIL_FROM=a@b.example").browser()
	contact := r.toAhead(r.get("/b/2?lang=en"), "contact")
	done := r.to(contact, "done")
	visitPage := r.press(done, "main a[rel=record]")
	visit := visitPage.url.Path
	feed := visitPage.Find("main a[data-feed]").AttrOr("href", "")
	contact = r.to(r.get("/b/2?lang=en"), "contact")
	signedOut := *r
	r.byCode("1", annasPhone)
	mine := r.press(r.get("/me/1"), "main a[rel=record]").url.Path
	asked := r.get("/b/1/service")
	services := asked.Find("main [data-service]").First().AttrOr("data-service", "")
	about := r.press(r.get("/b/1/master?services="+services), "main a[href*='/master/']").url.RequestURI()
	event := r.press(r.get("/b/22/events"), "main a[data-event]").url.RequestURI()

	routes := map[string]probe{
		// Beside the sandbox there are pages at these three; TestDemoPagesCarryTheirHeaders has them.
		"GET /":                   {ref: "/", status: 404, surface: unkept},
		"GET /showcase":           {ref: "/showcase", status: 404, surface: unkept},
		"GET /showcase/:page":     {ref: "/showcase/x", status: 404, surface: unkept},
		"GET /sitemap.xml":        {ref: "/sitemap.xml", status: 404, surface: unkept}, // with another upstream no form is listed
		"GET /robots.txt":         {ref: "/robots.txt", status: 200, surface: crawlers},
		"GET /static/:hash/:name": {ref: asked.Find("script[src]").AttrOr("src", ""), status: 200, surface: asset},

		"GET /embed/v1.js":             {ref: "/embed/v1.js", status: 200, surface: loader},
		"GET /embed/:version/embed.js": {ref: "/embed/1.0.0/embed.js", status: 200, surface: pinned},
		"GET /embed/*":                 {ref: "/embed/v9.js", status: 404, surface: noLoader},

		// Nobody is shown that there is such an address; TestHooks… have the answers to hooks.
		"POST /hooks/:secret": {ref: "/hooks/" + strings.Repeat("x", 24), status: 404, surface: unkept},

		"GET /b/:form":               {ref: "/b/1", status: 303, surface: unkept},
		"GET /b/:form/city":          {ref: "/b/3/city", status: 200, surface: browse},
		"GET /b/:form/company":       {ref: "/b/3/company?city=52", status: 200, surface: browse},
		"GET /b/:form/service":       {ref: "/b/1/service", status: 200, surface: browse},
		"GET /b/:form/master":        {ref: "/b/1/master?services=" + services, status: 200, surface: browse},
		"GET /b/:form/master/:staff": {ref: about, status: 200, surface: browse},
		"GET /b/:form/datetime":      {ref: "/b/1/datetime?master=0&services=" + services, status: 200, surface: browse},
		"GET /b/:form/about":         {ref: "/b/1/about", status: 200, surface: browse},
		"GET /b/:form/accessibility": {ref: "/b/1/accessibility", status: 200, surface: browse},
		"GET /b/:form/privacy":       {ref: "/b/1/privacy", status: 200, surface: browse},
		"GET /b/:form/windows":       {ref: "/b/1/windows", status: 200, surface: browse},
		"GET /b/:form/windows.atom":  {ref: "/b/1/windows.atom", status: 200, surface: browse},
		"GET /b/:form/windows.json":  {ref: "/b/1/windows.json", status: 200, surface: browse},
		"GET /b/:form/windows.txt":   {ref: "/b/1/windows.txt", status: 200, surface: browse},
		"GET /b/:form/events":        {ref: "/b/22/events", status: 200, surface: browse},
		"GET /b/:form/events/:event": {ref: event, status: 200, surface: browse},

		"GET /b/:form/windows-1080x1350.png": {ref: "/b/1/windows-1080x1350.png", status: 200, surface: browse},
		"GET /b/:form/windows-1080x1920.png": {ref: "/b/1/windows-1080x1920.png", status: 200, surface: browse},

		"GET /b/:form/contact":         {ref: contact.url.RequestURI(), status: 200, surface: visitor},
		"POST /b/:form/contact":        {ref: "/b/2/contact", status: 403, surface: visitor},
		"GET /b/:form/confirm":         {ref: strings.Replace(contact.url.RequestURI(), "/contact", "/confirm", 1), status: 303, surface: visitor},
		"POST /b/:form/confirm":        {ref: "/b/2/confirm", status: 403, surface: visitor},
		"GET /b/:form/done":            {ref: done.url.RequestURI(), status: 200, surface: visitor},
		"GET /b/:form/visit":           {ref: "/b/1/visit", status: 404, surface: visitor},
		"GET /b/:form/company/*":       {ref: "/b/1/company/501/personal/evil", status: 404, surface: visitor},
		"GET /b/:form/success-order/*": {ref: "/b/1/success-order/1/x%00", status: 404, surface: visitor},
		"GET /b/:form/select-city/*":   {ref: "/b/3/select-city/52/select-branch", status: 303, surface: visitor},

		"GET /r/:form/:company/:record/:hash":           {ref: visit, status: 200, surface: linked},
		"GET /r/:form/:company/:record/:hash/visit.ics": {ref: visit + "/visit.ics", status: 200, surface: linked},
		"GET /r/:form/:company/:record/:hash/feed.ics":  {ref: feed, status: 200, surface: linked},
		"GET /r/:form/:company/:record/:hash/cancel":    {ref: visit + "/cancel", status: 200, surface: linked},
		"POST /r/:form/:company/:record/:hash/cancel":   {ref: visit + "/cancel", status: 403, surface: linked},
		"GET /r/:form/:company/:record/:hash/move":      {ref: visit + "/move", status: 200, surface: linked},
		"POST /r/:form/:company/:record/:hash/move":     {ref: visit + "/move", status: 403, surface: linked},

		"GET /b/:form/wish":                         {ref: "/b/1/wish?services=" + services, status: 200, surface: visitor},
		"POST /b/:form/wish":                        {ref: "/b/1/wish", status: 403, surface: visitor},
		"GET /r/:form/:company/:record/:hash/wish":  {ref: visit + "/wish", status: 200, surface: linked},
		"POST /r/:form/:company/:record/:hash/wish": {ref: visit + "/wish", status: 403, surface: linked},
		"GET /w/:secret":                            {ref: "/w/" + noWish, status: 404, surface: linked},
		"GET /w/:secret/confirm":                    {ref: "/w/" + noWish + "/confirm", status: 303, surface: linked},
		"POST /w/:secret/confirm":                   {ref: "/w/" + noWish + "/confirm", status: 404, surface: linked},
		"GET /w/:secret/end":                        {ref: "/w/" + noWish + "/end", status: 303, surface: linked},
		"POST /w/:secret/end":                       {ref: "/w/" + noWish + "/end", status: 200, surface: linked},
		"GET /w/:secret/unsubscribe":                {ref: "/w/" + noWish + "/unsubscribe", status: 303, surface: linked},
		"POST /w/:secret/unsubscribe":               {ref: "/w/" + noWish + "/unsubscribe", status: 200, surface: linked},
		"GET /w/worker.js":                          {ref: "/w/worker.js", status: 200, surface: worker},

		"GET /me/:form":                                  {ref: "/me/1", status: 200, surface: ofAccount},
		"POST /me/:form":                                 {ref: "/me/1", status: 403, surface: ofAccount},
		"GET /me/:form/password":                         {ref: "/me/1/password", status: 303, surface: ofAccount},
		"POST /me/:form/password":                        {ref: "/me/1/password", status: 403, surface: ofAccount},
		"POST /me/:form/leave":                           {ref: "/me/1/leave", status: 403, surface: ofAccount},
		"GET /me/:form/profile":                          {ref: "/me/1/profile", status: 200, surface: ofAccount},
		"POST /me/:form/profile":                         {ref: "/me/1/profile", status: 403, surface: ofAccount},
		"GET /me/:form/profile/phone":                    {ref: "/me/1/profile/phone", status: 200, surface: ofAccount},
		"POST /me/:form/profile/phone":                   {ref: "/me/1/profile/phone", status: 403, surface: ofAccount},
		"GET /me/:form/profile/password":                 {ref: "/me/1/profile/password", status: 200, surface: ofAccount},
		"POST /me/:form/profile/password":                {ref: "/me/1/profile/password", status: 403, surface: ofAccount},
		"GET /me/:form/visit/:company/:record":           {ref: mine, status: 200, surface: ofAccount},
		"GET /me/:form/visit/:company/:record/visit.ics": {ref: mine + "/visit.ics", status: 200, surface: ofAccount},
		"GET /me/:form/visit/:company/:record/cancel":    {ref: mine + "/cancel", status: 200, surface: ofAccount},
		"POST /me/:form/visit/:company/:record/cancel":   {ref: mine + "/cancel", status: 403, surface: ofAccount},
		"GET /me/:form/visit/:company/:record/move":      {ref: mine + "/move", status: 200, surface: ofAccount},
		"POST /me/:form/visit/:company/:record/move":     {ref: mine + "/move", status: 403, surface: ofAccount},
	}
	served := map[string]bool{}
	for _, route := range r.app.server.App().GetRoutes(true) {
		if route.Method == http.MethodGet || route.Method == http.MethodPost {
			served[route.Method+" "+route.Path] = true
		}
	}
	for _, route := range slices.Sorted(maps.Keys(served)) {
		if _, ok := routes[route]; !ok {
			t.Errorf("route %q is not in the table", route)
		}
	}
	for _, route := range slices.Sorted(maps.Keys(routes)) {
		if !served[route] {
			t.Errorf("route %q is in the table and is not served", route)
			continue
		}
		p := routes[route]
		p.name = route
		p.method, _, _ = strings.Cut(route, " ")
		r.probe(t, p)
	}

	kinds := map[string]bool{}
	crossSite := map[string]string{"Sec-Fetch-Site": "cross-site"}
	for _, p := range []probe{
		{name: "request", method: "PUT", ref: "/b/1/service", status: 405, surface: unkept},
		{name: "request", method: "GET", ref: "/b/1/service", header: map[string]string{"Content-Encoding": "gzip"}, status: 415, surface: unkept},
		{name: "request", method: "POST", ref: "/b/1/contact", body: strings.Repeat("x", 17<<10), status: 413, surface: visitor},
		{name: "request", method: "POST", ref: visit + "/cancel", body: strings.Repeat("x", 17<<10), status: 413, surface: unread},
		{name: "request", method: "DELETE", ref: visit, status: 405, surface: linked},
		{name: "request", method: "PUT", ref: mine, status: 405, surface: ofAccount},
		{name: "request", method: "GET", ref: visit, header: map[string]string{"Content-Encoding": "gzip"}, status: 415, surface: linked},
		{name: "request", method: "GET", ref: visit, header: map[string]string{"X-Long": strings.Repeat("x", 17<<10)}, status: 431, surface: tooLong},
		{name: "", method: "GET", ref: visit, header: map[string]string{"Sec-Purpose": "prefetch"}, status: 425, surface: linked},
		{name: "", method: "GET", ref: visit, header: map[string]string{"User-Agent": "TelegramBot (like TwitterBot)"}, status: 200, surface: linked},
		{name: "", method: "GET", ref: mine, header: map[string]string{"User-Agent": "WhatsApp/2.23.20.0"}, status: 200, surface: ofAccount},
		{name: "", method: "GET", ref: done.url.RequestURI(), header: map[string]string{"User-Agent": "facebookexternalhit/1.1"}, status: 200, surface: visitor},
		{name: "", method: "GET", ref: visit + "/move?slot=x", status: 303, surface: linked},
		{name: "", method: "HEAD", ref: visit + "/visit.ics", status: 200, surface: linked},
		{name: "", method: "GET", ref: mine + "/move?slot=x", status: 303, surface: ofAccount},
		{name: "not_found", method: "GET", ref: "/R" + strings.TrimPrefix(visit, "/r"), status: 404, surface: unkept},
		{name: "not_found", method: "GET", ref: "/ME/1", status: 404, surface: unkept},
		{name: "not_found", method: "GET", ref: mine[:strings.LastIndex(mine, "/")] + "/1", status: 404, surface: ofAccount},
		{name: "", method: "GET", ref: "/b/1/service?services=x", status: 400, surface: unkept},
		{name: "not_found", method: "GET", ref: "/nope", status: 404, surface: unkept},
		{name: "not_found", method: "GET", ref: "/b/1/nope", status: 404, surface: unkept},
		{name: "not_found", method: "GET", ref: "/b/424242/service", status: 404, surface: unkept},
		{name: "not_found", method: "GET", ref: "/me/1/nope", status: 404, surface: ofAccount},
		{name: "not_found", method: "GET", ref: "/me/424242", status: 404, surface: ofAccount},
		{name: "not_found", method: "GET", ref: "/r/1/501/1/" + strings.Repeat("0", 32), status: 404, surface: linked},
		{name: "not_found", method: "GET", ref: "/r/nope", status: 404, surface: linked},
		{name: "forbidden", method: "POST", ref: "/b/2/confirm", header: crossSite, status: 403, surface: visitor},
		{name: "forbidden", method: "POST", ref: visit + "/cancel", header: crossSite, status: 403, surface: linked},
		{name: "forbidden", method: "POST", ref: mine + "/move", header: crossSite, status: 403, surface: ofAccount},
		{name: "licence", method: "GET", ref: "/b/990", status: 503, surface: unkept},
		{name: "down", method: "GET", ref: "/b/992", status: 502, surface: unkept},
		{name: "", method: "GET", ref: "/b/17/service", header: map[string]string{"Sec-Purpose": "prefetch"}, status: 425, surface: unkept},
		{name: "stranger", method: "GET", ref: "/b/1/service", header: framedBy("https://evil.example/x"), status: 403, surface: notice},
		{name: "stranger", method: "GET", ref: "/me/1", header: framedBy("https://evil.example/x"), status: 403, surface: myNotice},
	} {
		kinds[r.probe(t, p)] = true
	}
	for range 11 {
		signedOut.get("/r/1/501/1/" + strings.Repeat("0", 32))
	}
	kinds[signedOut.probe(t, probe{name: "often", method: "GET", ref: "/r/1/501/1/" + strings.Repeat("0", 32), status: 429, surface: linked})] = true
	for _, kind := range []string{"not_found", "forbidden", "request", "often", "down", "licence", "stranger"} {
		if !kinds[kind] {
			t.Errorf("no error page is about %q", kind)
		}
	}
}

// framedBy are the headers with which a browser asks for the first page of a frame.
func framedBy(referrer string) map[string]string {
	return map[string]string{"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site", "Referer": referrer}
}

// probe asks and compares, and says what kind of error the page is about.
func (r *rig) probe(t *testing.T, p probe) (kind string) {
	t.Helper()
	req, err := http.NewRequest(p.method, r.app.URL+p.ref, strings.NewReader(p.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range p.header {
		req.Header.Set(name, value)
	}
	resp, err := r.http.Transport.RoundTrip(req)
	got := r.read(resp, err)
	name := p.method + " " + p.ref
	if got.status != p.status || p.name != "" && !strings.Contains(p.name, " ") && got.kind() != p.name {
		t.Errorf("%s: status %d, kind %q, want %d, %q", name, got.status, got.kind(), p.status, p.name)
	}
	resource, origins := "", ""
	if p.anybody {
		resource, origins = "cross-origin", "*"
	}
	for header, want := range map[string]string{
		"Cross-Origin-Resource-Policy": resource, "Access-Control-Allow-Origin": origins,
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": p.referrer, "Cache-Control": p.cache, "X-Robots-Tag": p.robots,
		"Strict-Transport-Security": "max-age=31536000",
		// These would break a frame, or tell of the machinery.
		"X-Frame-Options": "", "Cross-Origin-Embedder-Policy": "", "Server": "", "X-Powered-By": "",
	} {
		have := got.header.Get(header)
		if want == sharedPage && strings.HasPrefix(have, want) {
			continue
		}
		if have != want {
			t.Errorf("%s: %s is %q, want %q", name, header, have, want)
		}
	}
	if got.header.Get("X-Request-Id") == "" {
		t.Errorf("%s has no id", name)
	}
	powers := got.header.Get("Permissions-Policy")
	for _, power := range []string{"camera", "microphone", "geolocation", "usb", "fullscreen"} {
		if !strings.Contains(powers, power+"=()") {
			t.Errorf("%s may use %s", name, power)
		}
	}
	for _, power := range []string{"otp-credentials", "payment", "web-share", "clipboard-write"} {
		if strings.Contains(powers, power) {
			t.Errorf("%s may not use %s", name, power)
		}
	}
	checkPolicy(t, name, got, p.surface)
	return got.kind()
}

// checkPolicy compares a page's content policy with its surface and with what stands in the page.
func checkPolicy(t *testing.T, name string, got page, want surface) {
	t.Helper()
	all := got.header.Values("Content-Security-Policy")
	if len(all) != 1 || strings.Contains(all[0], "unsafe") {
		t.Errorf("%s: policies %q", name, all)
		return
	}
	policy := map[string]string{}
	for directive := range strings.SplitSeq(all[0], ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(directive), " ")
		policy[key] = value
	}
	if policy["frame-ancestors"] != want.ancestors {
		t.Errorf("%s may be framed by %q, want %q", name, policy["frame-ancestors"], want.ancestors)
	}
	if policy["default-src"] != "'none'" || policy["base-uri"] != "'none'" {
		t.Errorf("%s: policy %q", name, all[0])
	}
	if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || got.Find("main").Length() == 0 {
		return
	}
	if want.pictures != "" && policy["img-src"] != want.pictures {
		t.Errorf("%s: pictures from %q, want %q", name, policy["img-src"], want.pictures)
	}
	if f := policy["form-action"]; f != "'self'" && f != "'none'" {
		t.Errorf("%s: forms go to %q", name, f)
	}
	if n := got.Find("[style], [onclick], [onload], [onerror], [onsubmit], [href^='javascript:']").Length(); n != 0 {
		t.Errorf("%s: %d elements have styles or scripts of their own", name, n)
	}
	// A block of data is no script, and browsers do not run it.
	for element, directive := range map[string]string{"style": "style-src", "script:not([src], [type='application/ld+json'])": "script-src"} {
		got.Find(element).Each(func(_ int, s *goquery.Selection) {
			sum := sha256.Sum256([]byte(s.Text()))
			if source := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy[directive], source) {
				t.Errorf("%s: an inline %s is not in its policy", name, element)
			}
		})
	}
}

func TestDemoPagesCarryTheirHeaders(t *testing.T) {
	t.Parallel()
	r, _ := newRig(t, "OKOSHKO_UPSTREAM_BASE_URL=", "OKOSHKO_UPSTREAM_PARTNER_TOKEN=", "OKOSHKO_EMBED_HOSTS=https://salon.example, https://*.tilda.ws",
		"OKOSHKO_SERVER_PUBLIC_URL=https://booking.example").browser()
	r.probe(t, probe{method: "GET", ref: "/", status: 200, surface: website})
	for _, ref := range []string{"/showcase", "/showcase/datetime"} {
		r.probe(t, probe{method: "GET", ref: ref, status: 200, surface: unkept})
	}
}

// TestBusyPagesCarryTheirHeaders is the error page that takes a while to come about.
func TestBusyPagesCarryTheirHeaders(t *testing.T) {
	t.Parallel() // it waits most of the time
	r, _ := newRig(t, "OKOSHKO_UPSTREAM_PER_SECOND=1", "OKOSHKO_UPSTREAM_PER_MINUTE=1", "OKOSHKO_EMBED_HOSTS=https://salon.example, https://*.tilda.ws",
		"OKOSHKO_SERVER_PUBLIC_URL=https://booking.example").browser()
	r.get("/b/1") // takes the only call
	r.probe(t, probe{name: "busy", method: "GET", ref: "/b/2", status: 503, surface: unkept})
}

// TestS28FormsHaveHostsOfTheirOwn asks for forms in frames of several websites.
func TestS28FormsHaveHostsOfTheirOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_EMBED_HOSTS=https://salon.example", "OKOSHKO_FORM_2_HOSTS=https://*.tilda.ws", "OKOSHKO_FORM_17_HOSTS=*")
	for form, want := range map[string]string{"1": "'self' https://salon.example", "2": "'self' https://*.tilda.ws", "17": "*"} {
		for _, path := range []string{"/b/" + form + "/service", "/b/" + form + "/nope", "/b/" + form + "/done", "/me/" + form} {
			if csp := r.get(path).header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "; frame-ancestors "+want) {
				t.Errorf("%s: policy %q, want it framed by %s", path, csp, want)
			}
		}
	}
	for range 2 { // the second time from what is kept
		for _, tt := range []struct {
			form, referrer string
			refused        bool
		}{
			{"1", "https://salon.example/", false},
			{"1", "https://a.tilda.ws/", true},
			{"2", "https://a.tilda.ws/", false},
			{"2", "https://salon.example/", true},
			{"17", "https://anybody.example/", false},
			{"1", r.app.URL + "/", false},
			{"1", "", false}, // only the browser knows
			{"1", "about:client", false},
		} {
			status, header, body := r.fetch("/b/"+tt.form+"/service?lang=en", framedBy(tt.referrer))
			if (status == http.StatusForbidden) != tt.refused || strings.Contains(body, "data-service") == tt.refused {
				t.Errorf("form %s framed by %q: status %d, policy %q", tt.form, tt.referrer, status, header.Get("Content-Security-Policy"))
			}
		}
	}
	if r.kept() == 0 {
		t.Error("no page was sent from what is kept")
	}
	inside := framedBy("https://salon.example/")
	inside["Sec-Fetch-Site"] = "same-origin"
	if status, _, _ := r.fetch("/b/2/service", inside); status != http.StatusOK {
		t.Errorf("from one page of ours to the next: status %d", status)
	}
	if status, _, _ := r.fetch("/b/2/service", map[string]string{"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "cross-site", "Referer": "https://evil.example/"}); status != http.StatusOK {
		t.Errorf("a plain link from anywhere: status %d", status)
	}
}

// TestStrangersGetAWayOut: the page leads to the same address in a tab of its own, in the language that was
// wished for, and has nothing else on it.
func TestStrangersGetAWayOut(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_EMBED_HOSTS=https://salon.example")
	path := "/b/1/service?services=501001&lang=de"
	asked := r.asked()
	_, _, body := r.fetch(path, framedBy("https://evil.example/page?secret=1"))
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	p := page{Document: doc}
	link := p.Find("main a")
	if link.Length() != 1 || link.AttrOr("href", "") != path || link.AttrOr("target", "") != "_blank" || link.AttrOr("rel", "") != "noopener" {
		t.Errorf("the way out is %q", link.AttrOr("href", ""))
	}
	if p.kind() != "stranger" || p.alert() == "" || p.Find("html").AttrOr("lang", "") != "de" {
		t.Errorf("kind %q, alert %q, language %q", p.kind(), p.alert(), p.Find("html").AttrOr("lang", ""))
	}
	if n := p.Find("form, script, img, link, header, footer").Length(); n != 0 || r.asked() != asked {
		t.Errorf("%d things on the page that need not be, %d calls of the upstream", n, r.asked()-asked)
	}
	for range 5 {
		r.fetch("/b/1/datetime", framedBy("https://evil.example/"))
	}
	if n := strings.Count(r.log.String(), "origin=https://evil.example"); n != 1 {
		t.Errorf("%d lines in the log, want one", n)
	}
	if strings.Contains(r.log.String(), "secret=1") {
		t.Error("the log has more of the website's address than its origin")
	}
}
