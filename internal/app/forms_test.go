package app

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/gofiber/fiber/v2"

	"okoshko/internal/servertest"
	"okoshko/internal/testclock"
	"okoshko/internal/urls"
	"okoshko/internal/waiting"
)

// sending is a form as it may be sent: by one of its buttons, with what stands in it.
type sending struct {
	method string
	action *url.URL
	values url.Values
	button string // its name; "" = none
}

// parameter is a name in the address or in the body of a form.
type parameter struct {
	name string
	body bool
}

func (s sending) parameters() []parameter {
	var out []parameter
	for _, name := range slices.Sorted(maps.Keys(s.action.Query())) {
		out = append(out, parameter{name, false})
	}
	for _, name := range slices.Sorted(maps.Keys(s.values)) {
		out = append(out, parameter{name, true})
	}
	return out
}

// change is what is done to the parameters of a form before it is sent: "" takes one away.
type change map[parameter]string

func (s sending) with(c change) sending {
	query, body := s.action.Query(), url.Values{}
	maps.Copy(body, s.values)
	for p, value := range c {
		in := query
		if p.body {
			in = body
		}
		if value == "" {
			in.Del(p.name)
		} else {
			in.Set(p.name, value)
		}
	}
	action := *s.action
	action.RawQuery = query.Encode()
	return sending{s.method, &action, body, s.button}
}

// changes are all that a form is sent with: as it is, each parameter missing and each garbled, all together, those of the
// address and those of the body too, and one alone; and, unless it is to be short, each two missing, and of the address one
// garbled and another missing. Without its token a form gets no further, so that goes missing by itself.
func (s sending) changes(short bool) []change {
	all := s.parameters()
	out := []change{{}}
	garbles := func(p parameter) []string {
		now := s.values.Get(p.name)
		if !p.body {
			now = s.action.Query().Get(p.name)
		}
		out := []string{bent(now), "2020-01-01T00:00:00Z", strings.Repeat("9", 60), "\x00\u202e\xff%"}
		if short {
			out = out[:2]
		}
		return out
	}
	for _, p := range all {
		out = append(out, change{p: ""})
		for _, value := range garbles(p) {
			out = append(out, change{p: value})
		}
	}
	all = slices.DeleteFunc(all, func(p parameter) bool { return p.name == "wizard" })
	for _, of := range []func(parameter) bool{
		func(parameter) bool { return true },
		func(p parameter) bool { return p.body },
		func(p parameter) bool { return !p.body },
	} {
		gone, bad := change{}, change{}
		for _, p := range all {
			if of(p) {
				gone[p], bad[p] = "", garbles(p)[0]
			}
		}
		out = append(out, gone, bad)
	}
	for _, keep := range all {
		gone := change{}
		for _, p := range all {
			if p != keep {
				gone[p] = ""
			}
		}
		out = append(out, gone)
	}
	if short {
		return out
	}
	for i, p := range all {
		for _, q := range all[i+1:] {
			out = append(out, change{p: "", q: ""})
			if !p.body && !q.body {
				out = append(out, change{p: garbles(p)[0], q: ""}, change{p: "", q: garbles(q)[0]})
			}
		}
	}
	return out
}

// bent is a value that looks like another and is not what was offered.
func bent(value string) string {
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return at.Add(7 * time.Minute).Format(time.RFC3339)
	}
	if n, err := strconv.Atoi(value); err == nil {
		return strconv.Itoa(n + 1)
	}
	return value + "x"
}

// formsOf are the forms of a page, once for each way to send them.
func formsOf(p page) []sending {
	var out []sending
	p.Find("form").Each(func(_ int, f *goquery.Selection) {
		values := url.Values{}
		f.Find("input[name], textarea[name], select[name]").Each(func(_ int, s *goquery.Selection) {
			value := s.AttrOr("value", "")
			switch {
			case goquery.NodeName(s) == "select":
				value = s.Find("option").Last().AttrOr("value", "")
			case goquery.NodeName(s) == "textarea":
				value = s.Text()
			case s.AttrOr("type", "") == "checkbox":
				value = s.AttrOr("value", "on")
			}
			values.Set(s.AttrOr("name", ""), value)
		})
		add := func(action, name, value string) {
			u, err := p.url.Parse(action)
			if err != nil {
				return
			}
			u.Fragment = ""
			own := maps.Clone(values)
			if name != "" {
				own.Set(name, value)
			}
			out = append(out, sending{strings.ToUpper(f.AttrOr("method", "get")), u, own, name})
		}
		action, to := f.Attr("action")
		if to {
			add(action, "", "")
		}
		buttons := f.Find("button[name]")
		if id, ok := f.Attr("id"); ok {
			buttons = buttons.AddSelection(p.Find("button[name][form='" + id + "']"))
		}
		for _, b := range buttons.EachIter() {
			add(b.AttrOr("formaction", action), b.AttrOr("name", ""), b.AttrOr("value", ""))
		}
	})
	return out
}

// crawl goes through the program as a person does who tries every link and every form, and sends every form that it meets
// in every wrong way.
type crawl struct {
	t     *testing.T
	base  *rig
	clock *testclock.Clock
	gets  []string // the patterns of the routes
	posts []string
	sent  map[string]int  // by route: how often a form went there and was not forbidden
	found map[string]bool // forms that have been tried
	phone int
	tries int
	asked chan waiting.Wish // by walkers
	dirty bool              // something has been booked
}

// walker is one browser on its way.
type walker struct {
	*rig
	at page
}

// step is a press on the first link to a route, or on a button of a form that was changed.
type step struct {
	link   string
	form   string
	change change
}

// asked is a messenger that hands out the wishes whose owner it is to ask.
type asked struct{ wishes chan waiting.Wish }

// Offers implements waiting.Messenger.
func (a asked) Offers() waiting.Offers { return waiting.Offers{Email: true} }

// Confirm implements waiting.Messenger.
func (a asked) Confirm(_ context.Context, w waiting.Wish) error {
	select {
	case a.wishes <- w:
	default: // nobody waits for it
	}
	return nil
}

// Tell implements waiting.Messenger.
func (a asked) Tell(context.Context, waiting.Wish, []waiting.Opening) error { return nil }

// wishPath is the address of the form that asks for a time. No wish of before waits to be handed out.
func (c *crawl) wishPath() string {
	c.t.Helper()
	for len(c.asked) > 0 {
		<-c.asked
	}
	return "/b/1/wish?services=501001&lang=en"
}

// entry is where a way begins. It makes all that it needs anew, because what a form does cannot be done twice.
type entry struct {
	name   string
	within string // the beginning of the routes that are gone to
	who    string // tells the forms of somebody who has signed in from the same ones of others
	open   func(*crawl) *walker
}

func pattern(path string, patterns []string) string {
	for _, p := range patterns {
		if fiber.RoutePatternMatch(path, p) {
			return p
		}
	}
	return ""
}

// sign names a form by where it goes and by the names in it.
func (c *crawl) sign(s sending) string {
	if s.method == http.MethodGet {
		return s.method + " " + pattern(s.action.Path, c.gets)
	}
	out := []string{s.method, pattern(s.action.Path, c.posts)}
	for _, p := range s.parameters() {
		if p.body {
			out = append(out, "."+p.name)
		} else if s.button == "" { // where a button leads elsewhere, what is chosen changes little
			out = append(out, p.name)
		}
	}
	return strings.Join(out, " ")
}

// linkTo names a link by its route and by what makes its page another kind.
func (c *crawl) linkTo(u *url.URL) string {
	route := pattern(u.Path, c.gets)
	if route == "" || strings.HasPrefix(route, "/static") || strings.HasPrefix(route, "/embed") || strings.HasPrefix(route, "/showcase") || route == "/" {
		return ""
	}
	kinds := slices.DeleteFunc([]string{"services", "slot", "basket", "event"}, func(name string) bool { return !u.Query().Has(name) })
	return strings.Join(append([]string{route}, kinds...), " ")
}

func (c *crawl) links(p page) map[string]string {
	out := map[string]string{}
	for _, a := range p.Find("a[href]").EachIter() {
		u, err := p.url.Parse(a.AttrOr("href", ""))
		if err != nil || u.Host != p.url.Host {
			continue
		}
		if name := c.linkTo(u); name != "" && out[name] == "" {
			out[name] = u.String()
		}
	}
	return out
}

// filled is a form as a person fills it in.
func (c *crawl) filled(w *walker, s sending) sending {
	c.phone++
	fill := maps.Clone(anna)
	fill["phone"] = "+7 916 " + strconv.Itoa(2000000+c.phone)
	fill["login"], fill["password"], fill["homepage"] = "anna@example.com", "sandbox", ""
	if messages := w.box.Messages(); len(messages) > 0 {
		fill["code"] = messages[len(messages)-1].Code
	}
	if s.values.Has("current") {
		fill["password"] = "long enough"
	}
	values := maps.Clone(s.values)
	for name, value := range fill {
		if values.Has(name) {
			values.Set(name, value)
		}
	}
	return sending{s.method, s.action, values, s.button}
}

// send sends a form and looks at what comes back, and at what that leads to.
func (c *crawl) send(w *walker, s sending, why change) (p page, done bool) {
	c.t.Helper()
	c.tries++
	target, body := *s.action, ""
	if s.method == http.MethodGet {
		target.RawQuery = s.values.Encode()
	} else {
		body = s.values.Encode()
	}
	req, err := http.NewRequest(s.method, target.String(), strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if s.method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", w.app.URL)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	client := *w.http
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	p = w.read(resp, nil)
	if p.status != http.StatusForbidden && s.method == http.MethodPost {
		c.sent[pattern(s.action.Path, c.posts)]++
	}
	if p.status >= http.StatusMultipleChoices && p.status < http.StatusBadRequest {
		to, err := p.url.Parse(p.header.Get("Location"))
		if err != nil {
			c.t.Fatal(err)
		}
		route := pattern(to.Path, c.gets)
		done = !strings.HasPrefix(route, "/b/:form") || route == "/b/:form/done"
		c.dirty = c.dirty || route == "/b/:form/done"
		p = w.get(to.String())
	}
	if p.status >= http.StatusInternalServerError {
		c.t.Errorf("%s with %v gets %d: %s", c.sign(s), why, p.status, p.alert())
	}
	return p, done
}

// open goes a way from its beginning; ok is false when it has come to an end on the way. What is shown of an answer that
// is a little old is less than of a new one, so it is tried once more a while later.
func (c *crawl) open(from entry, way []step) (w *walker, ok bool) {
	c.t.Helper()
	if w, ok = c.follow(from, way); !ok {
		c.clock.Add(time.Hour)
		w, ok = c.follow(from, way)
	}
	return w, ok
}

func (c *crawl) follow(from entry, way []step) (w *walker, ok bool) {
	c.t.Helper()
	w = from.open(c)
	for _, s := range way {
		if s.link != "" {
			href := c.links(w.at)[s.link]
			if href == "" {
				return w, false
			}
			w.at = w.get(href)
			continue
		}
		form, ok := c.formOn(w, s.form)
		if !ok {
			return w, false
		}
		w.at, _ = c.send(w, form.with(s.change), s.change)
	}
	return w, true
}

func (c *crawl) formOn(w *walker, sign string) (sending, bool) {
	for _, form := range formsOf(w.at) {
		if c.sign(form) == sign {
			return c.filled(w, form), true
		}
	}
	return sending{}, false
}

// pagesOfEntry bounds a walk, should pages ever lead to new ones without an end.
const pagesOfEntry = 150

// walk looks at everything that can be reached from an entry.
func (c *crawl) walk(from entry) {
	c.t.Helper()
	ways, followed, filled := [][]step{nil}, map[string]bool{}, map[string]bool{}
	for n := 0; len(ways) > 0; n++ {
		if n == pagesOfEntry {
			c.t.Fatalf("%s: %d pages, and %d more to look at", from.name, n, len(ways))
		}
		way := ways[0]
		ways = ways[1:]
		w, ok := c.open(from, way)
		if !ok {
			continue
		}
		links := c.links(w.at)
		for _, name := range slices.Sorted(maps.Keys(links)) {
			if !followed[name] && strings.HasPrefix(name, from.within) {
				followed[name] = true
				c.tryLink(w, links[name], from.who+name)
				ways = append(ways, append(slices.Clone(way), step{link: name}))
			}
		}
		for _, form := range formsOf(w.at) {
			sign := c.sign(form)
			if !c.found[from.who+sign] && (from.who == "" || form.button == "") {
				c.found[from.who+sign] = true
				ways = append(ways, c.tryAll(from, way, sign)...)
			}
			if !filled[sign] && form.button == "" {
				filled[sign] = true
				ways = append(ways, append(slices.Clone(way), step{form: sign}))
			}
		}
	}
}

// tryLink asks for the page of a link in every wrong way, once for each kind of link.
func (c *crawl) tryLink(w *walker, href, name string) {
	c.t.Helper()
	u, err := url.Parse(href)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.found["LINK "+name] {
		return
	}
	c.found["LINK "+name] = true
	link := sending{method: http.MethodGet, action: &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}, values: u.Query()}
	for _, why := range link.changes(true) {
		c.send(w, link.with(why), why)
	}
}

// tryAll sends a form in every wrong way, and answers the ways that lead to forms which were not seen before.
func (c *crawl) tryAll(from entry, way []step, sign string) (ways [][]step) {
	c.t.Helper()
	seen := map[string]bool{}
	for _, late := range []time.Duration{0, 31 * time.Minute} {
		var w *walker
		var form sending
		var all []change
		for i := 0; i == 0 || i < len(all); i++ {
			if w == nil {
				var ok bool
				if w, ok = c.open(from, way); ok {
					c.clock.Add(late)
					form, ok = c.formOn(w, sign)
				}
				if !ok { // what led here was an offer of the moment; the form is met again elsewhere, or missed at the end
					delete(c.found, from.who+sign)
					c.t.Logf("%s: %s is not to be had again after %v: %s %s", from.name, sign, way, w.at.url, w.at.Find("main").Text())
					return ways
				}
				if all == nil {
					all = form.changes(form.button != "" || from.who != "")
				}
				if late > 0 {
					all = slices.DeleteFunc(all, func(c change) bool { return len(c) != 1 || slices.Sorted(maps.Values(c))[0] != "" })
				}
			}
			p, done := c.send(w, form.with(all[i]), all[i])
			if !done && late == 0 && p.status != http.StatusForbidden {
				for _, next := range formsOf(p) {
					if sign := c.sign(next); !c.found[from.who+sign] && !seen[sign] {
						seen[sign] = true
						ways = append(ways, append(slices.Clone(way), step{form: c.sign(form), change: all[i]}))
					}
				}
			}
			if form.values.Has("code") || form.values.Has("password") {
				done = done || i%4 == 3 // so many tries are allowed
			}
			if done {
				w = nil
			}
		}
	}
	return ways
}

// clear takes away what has been booked, and waits until that is known and another code may be sent.
func (c *crawl) clear() {
	if c.dirty {
		c.cancelAll()
	}
	c.dirty = false
	c.clock.Add(time.Minute)
}

func (c *crawl) cancelAll() {
	for _, record := range c.base.online() {
		req, err := http.NewRequest(http.MethodDelete, c.base.api+"/api/v1/user/records/"+strconv.Itoa(record.ID)+"/"+record.Hash, nil)
		if err != nil {
			c.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer sandbox")
		req.Header.Set("Accept", "application/vnd.yclients.v2+json")
		resp, err := c.base.http.Do(req)
		if err != nil {
			c.t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	c.clock.Add(10 * time.Minute)
}

// fresh is a browser that keeps cookies or none, at an address.
func (c *crawl) fresh(path string, cookies bool) *walker {
	r := c.base.in(c.t)
	if cookies {
		r, _ = r.browser()
	}
	return &walker{r, r.get(path)}
}

// booked is a browser at the visit of somebody who has not been here before.
func (c *crawl) booked(cookies bool) (w *walker, phone string) {
	c.phone++
	c.clear()
	phone = "+7 917 " + strconv.Itoa(2000000+c.phone)
	w = c.fresh("/b/1?lang=en", cookies)
	own := maps.Clone(anna)
	own["phone"] = phone
	p := w.to(w.get("/b/1?lang=en"), "datetime")
	p = w.press(p, "main a.turn[rel=next]") // late enough to be changed
	p = w.send(w.to(p, "contact"), own)
	c.dirty = true
	w.at = w.press(w.to(p, "done"), "main a[rel=record]")
	return w, phone
}

// TestTheOperatorsFormsStandEveryParameterMissing does the same with the forms of the operator's page.
func TestTheOperatorsFormsStandEveryParameterMissing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := &crawl{t: t, base: r, gets: []string{"/"}, sent: map[string]int{}}
	w := &walker{r, r.get(r.app.Admin + "/?form=1")}
	forms := formsOf(w.at)
	if len(forms) == 0 {
		t.Fatal("the operator's page has no forms")
	}
	for _, form := range forms {
		for _, why := range form.changes(false) {
			c.send(w, form.with(why), why)
		}
	}
	c.noPanic()
}

// noPanic looks for what no answer may tell of.
func (c *crawl) noPanic() {
	c.t.Helper()
	for line := range strings.Lines(c.base.log.String()) {
		if strings.Contains(line, "msg=panic") || strings.Contains(line, "kind=internal") {
			c.t.Errorf("%.600s", line)
		}
	}
}

// TestEveryFormStandsEveryParameterMissing sends every form of the program with its parameters missing and garbled. Whatever is
// sent, the answer is one that we have thought of.
func TestEveryFormStandsEveryParameterMissing(t *testing.T) {
	t.Parallel()
	guests := func(paths ...string) (out []entry) {
		for _, path := range paths {
			out = append(out, entry{name: path, within: path[:3], open: func(c *crawl) *walker {
				c.clear()
				return c.fresh(path+"?lang=en", false)
			}})
		}
		return out
	}
	signedIn := func(path string) func(c *crawl) *walker {
		return func(c *crawl) *walker {
			c.phone++
			c.clear()
			c.clock.Add(15 * time.Minute) // nothing has been tried too often
			w := c.fresh(path+"?lang=en", true)
			w.byCode("1", "+7 918 "+strconv.Itoa(2000000+c.phone))
			w.at = w.get(path + "?lang=en")
			return w
		}
	}
	var sent, posts sync.Map // routes of forms, met by any of the walks
	// Walks that meet the same forms are one: each form is tried once.
	walks := map[string][]entry{
		"who books":         guests("/b/1", "/b/17", "/b/2", "/b/16", "/b/18"),
		"who books a chain": guests("/b/3"),
		"who signs in": append(guests("/me/1", "/me/3"),
			entry{name: "an account's visit", within: "/me/:form/visit/", open: func(c *crawl) *walker {
				w, phone := c.booked(true)
				w.at = w.byCode("1", phone)
				return w
			}},
			entry{name: "an account", within: "/me/:form/p", open: signedIn("/me/1")}),
		"who waits": {
			{name: "a form that asks for a time", within: "/b/:form/wish", open: func(c *crawl) *walker {
				c.clear()
				c.clock.Add(15 * time.Minute)
				return c.fresh(c.wishPath(), false)
			}},
			{name: "a wish's link", within: "/w/", open: func(c *crawl) *walker {
				c.clear()
				c.clock.Add(time.Hour) // nobody has asked too often
				w := c.fresh(c.wishPath(), false)
				c.phone++
				email := "p" + strconv.Itoa(c.phone) + "@people.example"
				w.send(w.at, map[string]string{"email": email, "accept_personal_data": "1"})
				wish := <-c.asked
				for wish.Channel.Email != email {
					wish = <-c.asked
				}
				c.dirty = true
				w.at = w.get("/w/" + wish.Secret + "?lang=en")
				return w
			}},
		},
		"who has a visit": {{name: "a visit's link", within: "/r/", open: func(c *crawl) *walker {
			w, _ := c.booked(false)
			return w
		}}},
		"who books signed in": {{name: "a booking of an account", within: "/b/", who: "signed in: ", open: signedIn("/b/1")}},
	}
	t.Run("walks", func(t *testing.T) {
		for name, entries := range walks {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c := newCrawl(t)
				for _, from := range entries {
					before, forms := c.tries, len(c.found)
					c.walk(from)
					t.Logf("%s: %d forms and links not seen before, sent %d times", from.name, len(c.found)-forms, c.tries-before)
				}
				c.noPanic()
				for _, route := range c.posts {
					posts.Store(route, true)
				}
				for route := range c.sent {
					sent.Store(route, true)
				}
			})
		}
	})
	posts.Range(func(route, _ any) bool {
		if _, ok := sent.Load(route); !ok {
			t.Errorf("no form was sent to %s: the walks have not come there, or were always forbidden", route)
		}
		return true
	})
}

// newCrawl is a crawl of a program and a sandbox of its own.
func newCrawl(t *testing.T) *crawl {
	t.Helper()
	clock := testclock.Running()
	asked := asked{make(chan waiting.Wish, 100)}
	r := newRigWith(t, func(b *beginning) { b.messenger = asked }, "", clock.Now, "OKOSHKO_LIMITS_SMS_PER_PHONE=0", "OKOSHKO_LIMITS_SMS_PER_SALON=0", "OKOSHKO_LIMITS_SMS_PER_ADDRESS=0", "OKOSHKO_LIMITS_CALLS_PER_ADDRESS=0")
	plain := &http.Transport{DisableCompression: true}
	servertest.Cleanup(t, plain.CloseIdleConnections)
	r.http = &http.Client{Transport: plain}
	c := &crawl{t: t, base: r, clock: clock, asked: asked.wishes, sent: map[string]int{}, found: map[string]bool{}}
	for _, route := range r.app.server.App().GetRoutes(true) {
		switch route.Method {
		case http.MethodGet:
			c.gets = append(c.gets, route.Path)
		case http.MethodPost:
			if route.Path != urls.WishOneEnd.Route() { // no page has this form
				c.posts = append(c.posts, route.Path)
			}
		}
	}
	return c
}
