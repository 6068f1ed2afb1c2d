package admin

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/booking"
	"okoshko/internal/frames"
	"okoshko/internal/snippet"
	"okoshko/web/templates/admin"
)

// pageTime bounds what the page asks of the upstream and of a website.
const pageTime = 15 * time.Second

func (s *Server) showPage(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pageTime)
	defer cancel()
	if s.Charged != nil {
		ctx = s.Charged(ctx)
	}
	checks, _ := s.ask(ctx)
	p := admin.Page{Version: s.Version, Since: stamp(s.started), Profile: s.Profile, Checks: checks, Strangers: s.strangers(), Proxies: s.proxies()}
	var widget snippet.Widget
	p.Builder, widget = s.builder(ctx, r.URL.Query())
	if address := r.URL.Query().Get("page"); address != "" && widget.Form != 0 {
		p.Site = s.look(ctx, address, widget)
	}
	s.state(&p)
	var html bytes.Buffer
	if err := admin.View(p).Render(ctx, &html); err != nil {
		s.Log.Error("operator's page", "error", err)
		http.Error(w, "The page cannot be drawn.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(html.Bytes()) // the browser may have closed the connection
}

// look checks a page of a website, one at a time.
func (s *Server) look(ctx context.Context, address string, widget snippet.Widget) admin.Site {
	out := admin.Site{URL: address}
	found, err := s.findings(ctx, address, widget)
	if refused, ok := errors.AsType[siteError](err); ok {
		out.Problem = string(refused)
	}
	for _, f := range found {
		out.Findings = append(out.Findings, admin.Check{State: string(f.Verdict), Text: f.Text})
	}
	return out
}

func (s *Server) findings(ctx context.Context, address string, widget snippet.Widget) ([]snippet.Finding, error) {
	select {
	case s.sites <- struct{}{}:
		defer func() { <-s.sites }()
	default:
		return nil, errTaken
	}
	page, err := site{hosts: s.Frames.For(widget.Form), widget: s.widgetOrigins()}.fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	return snippet.Find(page, widget), nil
}

// widgetOrigins are the origins under which the widget can be opened: the configured one, and those on this machine.
func (s *Server) widgetOrigins() []string {
	port := s.Widget[strings.LastIndexByte(s.Widget, ':')+1:]
	return []string{s.origin(), s.Widget, "http://localhost:" + port, "http://127.0.0.1:" + port}
}

// origin is the origin of the widget for browsers, as far as it is known.
func (s *Server) origin() string { return cmp.Or(s.PublicURL, s.Widget) }

func (s *Server) strangers() []admin.Stranger {
	all := s.Strangers.List()
	out := make([]admin.Stranger, len(all))
	for i, x := range all {
		form := strconv.Itoa(x.Form)
		hosts := slices.Clone(s.Frames.For(x.Form))
		if !hosts.Allow(x.Origin) {
			hosts = append(hosts, x.Origin)
		}
		out[i] = admin.Stranger{
			Form: form, Origin: x.Origin, Times: times(x.Times), First: stamp(x.First), Last: stamp(x.Last),
			Allow: "OKOSHKO_FORM_" + form + "_HOSTS=" + strings.Join(hosts, ","),
		}
	}
	return out
}

// proxies are the proxies that the configuration does not list, and those that do not name the address of their customer.
func (s *Server) proxies() []admin.Proxy {
	var out []admin.Proxy
	for _, u := range s.Proxies.List() {
		p := admin.Proxy{Address: u.Proxy.String(), Times: times(u.Times), First: stamp(u.First), Last: stamp(u.Last), Shared: u.Shared}
		if !u.Listed {
			p.Allow = "OKOSHKO_SERVER_TRUSTED_PROXIES=" + p.Address
		}
		out = append(out, p)
	}
	return out
}

// state fills in the state of the program.
func (s *Server) state(p *admin.Page) {
	b := s.Budget()
	p.Gauges = []admin.Gauge{
		gauge("Calls in the last second", b.LastSecond, s.PerSecond),
		gauge("Calls in the last minute", b.LastMinute, s.PerMinute),
	}
	breakers, counts := s.Breakers(), s.Metrics.Counts()
	p.Facts = []admin.Fact{
		{Name: "Calls that wait for their turn", Text: strconv.Itoa(b.Waiting)},
		{Name: "Part of the limits in use", Text: fmt.Sprintf("%.0f %%", b.Factor*100), Bad: b.Factor < 1},
		{Name: "Calls of all processes", Text: either(b.Lost, "the shared store does not answer: each keeps to its share", "counted"), Bad: b.Lost},
		{Name: "Breaker of reads", Text: breakers.Read, Bad: breakers.Read != "closed"},
		{Name: "Breaker of bookings", Text: breakers.Write, Bad: breakers.Write != "closed"},
		{Name: "Answers in the cache", Text: fmt.Sprintf("%d, about %d MB", s.Catalog.Answers(), s.Catalog.Weight()>>20)},
		{Name: "Booking attempts since the start", Text: byState(counts.Attempts)},
		{Name: "Cancels since the start", Text: byState(counts.Changes[booking.KindCancel])},
		{Name: "Moves since the start", Text: byState(counts.Changes[booking.KindMove])},
	}
	p.Facts = append(p.Facts, s.Doors.facts()...)
	if s.Wishes != nil {
		p.Facts = append(p.Facts, wishes(s.Wishes(), counts.Told)...)
	}
	for _, u := range s.Unknown() {
		p.Unknown = append(p.Unknown, unknown(u))
	}
	p.Funnel = table("Form", counts.Funnel, []string{"city", "company", "service", "master", "datetime", "events", "contact", "confirm", "done"})
	p.Cache = table("Question", counts.Cache, []string{"fresh", "stale", "miss", "error"})
}

// facts say which doors are open and for which forms. Assistants that find no form are bad news: their door was opened for nothing.
func (d Doors) facts() []admin.Fact {
	door, idle := "closed ([agents] mcp)", d.Assistants && len(d.AssistantsForms) == 0
	switch {
	case idle:
		door = "open, but no form can be found ([agents] forms)"
	case d.Assistants:
		door = "open for " + forms(d.AssistantsForms)
	}
	sitemap := "none ([found] forms)"
	if len(d.Sitemap) > 0 {
		sitemap = "lists " + forms(d.Sitemap)
	}
	return []admin.Fact{{Name: "Door for assistants, /mcp", Text: door, Bad: idle}, {Name: "Sitemap, /sitemap.xml", Text: sitemap}}
}

// forms names forms by their numbers, the first twenty of them.
func forms(ids []int) string {
	const most = 20
	var names []string
	for _, id := range ids[:min(len(ids), most)] {
		names = append(names, strconv.Itoa(id))
	}
	text := either(len(ids) == 1, "form ", "forms ") + strings.Join(names, ", ")
	if more := len(ids) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// wishes says how many people wait for a time, and what became of the messages to them. A message that was not sent is bad news: that of
// a mailbox or a browser that is gone is none.
func wishes(standing map[int]int, told map[string]map[string]int) []admin.Fact {
	byCompany := map[string]int{}
	for company, n := range standing {
		byCompany["of company "+strconv.Itoa(company)] = n
	}
	out := []admin.Fact{{Name: "Wishes for a time", Text: byState(byCompany)}}
	for _, channel := range []struct{ name, title string }{{"email", "E-mails to who waits since the start"}, {"push", "Notifications to who waits since the start"}} {
		n := told[channel.name]
		out = append(out, admin.Fact{Name: channel.title, Text: byState(n), Bad: n["later"]+n["unknown"] > n["sent"]})
	}
	return out
}

// unknown is what an operator reads of a booking or a change whose outcome is not known. A change belongs to no form.
func unknown(u booking.Unknown) admin.Unknown {
	out := admin.Unknown{Kind: u.Kind, Form: "–", Company: strconv.Itoa(u.Company), Sent: stamp(u.Sent), Text: told[u.Says]}
	if u.Form != 0 {
		out.Form = strconv.Itoa(u.Form)
	}
	if u.Kind != booking.KindBooking {
		out.Text = "nothing yet: the visit's page looks when its customer does"
	}
	return out
}

// told is what an operator reads of a booking whose outcome is not known, by what its customer is told.
var told = map[booking.Saying]string{
	booking.SayChecking: "nothing yet: its page looks when the customer does",
	booking.SayLikely:   "the time is taken since, most probably by it",
	booking.SayUnlikely: "the time is still free with the chosen master, so most probably not booked",
	booking.SayPartly:   "some of its visits are booked, the others are not known",
	booking.SayUnsure:   "nothing can tell: the salon's diary has it or not",
}

func gauge(name string, n, limit int) admin.Gauge {
	return admin.Gauge{
		Name: name, Text: fmt.Sprintf("%d of %d", n, limit),
		Value: strconv.Itoa(n), High: strconv.Itoa(limit * 4 / 5), Max: strconv.Itoa(limit),
	}
}

// byState is a line of numbers by state.
func byState(n map[string]int) string {
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%d %s", n[state], state))
	}
	return cmp.Or(strings.Join(parts, ", "), "none")
}

// table is counts by row and column; columns that are usual come first and in their order, and those
// without a number are left out.
func table(corner string, counts map[string]map[string]int, usual []string) admin.Table {
	used := map[string]bool{}
	for _, row := range counts {
		for column := range row {
			used[column] = true
		}
	}
	t := admin.Table{Corner: corner}
	for _, column := range append(usual, slices.Sorted(maps.Keys(used))...) {
		if used[column] && !slices.Contains(t.Columns, column) {
			t.Columns = append(t.Columns, column)
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(counts), byNumber) {
		row := admin.Row{Name: name}
		for _, column := range t.Columns {
			row.Cells = append(row.Cells, strconv.Itoa(counts[name][column]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// byNumber puts names that are numbers in their order, before the others.
func byNumber(a, b string) int {
	m, errA := strconv.Atoi(a)
	n, errB := strconv.Atoi(b)
	switch {
	case errA == nil && errB == nil:
		return cmp.Compare(m, n)
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(a, b)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

// stamp is a time for an operator.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func either(yes bool, then, otherwise string) string {
	if yes {
		return then
	}
	return otherwise
}

// hostsText says who may frame a form.
func hostsText(h frames.Hosts) string {
	if h.Everybody() {
		return "Any website may frame this form. [embed] hosts, or hosts under the form's own section, lists those that may."
	}
	return "May be framed by " + strings.Join(h, ", ") + "."
}
