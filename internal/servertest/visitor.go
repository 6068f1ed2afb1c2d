package servertest

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/sandbox"
)

// Visitor does on the widget's pages what an outsider can do: follow links and send forms, by the page contract. A
// visitor keeps no cookies unless HTTP does.
type Visitor struct {
	T    *testing.T
	URL  string // of the widget
	API  string // of the sandbox
	Box  *sandbox.Sandbox
	HTTP *http.Client
	Now  func() time.Time // the clock of the widget and of the sandbox
}

// The links of a service's card on the service step: the first takes the service and goes on, the second adds it, or takes it
// away, and stays.
const (
	Takes = "main [data-service] > a:first-of-type[href]"
	Adds  = "main [data-service] > a + a"
)

// Page is an answer of the widget.
type Page struct {
	*goquery.Document
	URL    *url.URL
	Status int
	Header http.Header
}

// Step is the page's step by the page contract.
func (p Page) Step() string { return p.Find("main").AttrOr("data-step", "") }

// Kind is the kind of an error page.
func (p Page) Kind() string { return p.Find("main").AttrOr("data-error", "") }

// Alert is what the page says is wrong.
func (p Page) Alert() string { return strings.TrimSpace(p.Find("[role=alert]").Text()) }

// Anna is the customer who books where a test names nobody.
var Anna = map[string]string{
	"fullname": "Анна", "surname": "Тестова", "phone": "+7 916 123-45-67", "email": "anna@example.com",
	"comment": "Окно слева", "accept_personal_data": "on",
}

// Read is the page of an answer.
func (v *Visitor) Read(resp *http.Response, err error) Page {
	v.T.Helper()
	if err != nil {
		v.T.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.T.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		v.T.Fatal(err)
	}
	return Page{Document: doc, URL: resp.Request.URL, Status: resp.StatusCode, Header: resp.Header}
}

func (v *Visitor) request(method, address, body string) *http.Request {
	v.T.Helper()
	req, err := http.NewRequestWithContext(v.T.Context(), method, address, strings.NewReader(body))
	if err != nil {
		v.T.Fatal(err)
	}
	return req
}

// Get follows a link.
func (v *Visitor) Get(ref string) Page {
	v.T.Helper()
	return v.Read(v.HTTP.Do(v.request(http.MethodGet, v.Absolute(nil, ref), ""))) //nolint:bodyclose // Read closes it
}

// Absolute is an address in full, taken from a page of the widget or, without one, from its root.
func (v *Visitor) Absolute(base *url.URL, ref string) string {
	v.T.Helper()
	if base == nil {
		base, _ = url.Parse(v.URL)
	}
	u, err := base.Parse(ref)
	if err != nil {
		v.T.Fatal(err)
	}
	return u.String()
}

// Press follows the first link of a selector, or sends the page's form by the first button of it.
func (v *Visitor) Press(p Page, selector string) Page {
	v.T.Helper()
	it := p.Find(selector).First()
	if it.Is("button") {
		action, values := v.Form(p)
		values.Set(it.AttrOr("name", ""), it.AttrOr("value", ""))
		return v.Post(v.Absolute(p.URL, it.AttrOr("formaction", action)), values)
	}
	href, ok := it.Attr("href")
	if !ok {
		v.T.Fatalf("step %q (%s): no %q\n%s", p.Step(), p.URL, selector, p.Find("main").Text())
	}
	return v.Get(v.Absolute(p.URL, href))
}

// Form is the POST form of a page with what stands in its fields.
func (v *Visitor) Form(p Page) (action string, values url.Values) {
	v.T.Helper()
	f := p.Find("main form[method=post]")
	if f.Length() != 1 {
		v.T.Fatalf("step %q has %d POST forms, want 1", p.Step(), f.Length())
	}
	values = url.Values{}
	f.Find("input[name], textarea[name], select[name]").Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		switch {
		case goquery.NodeName(s) == "select":
			values.Set(name, s.Find("option[selected]").AttrOr("value", s.Find("option").AttrOr("value", "")))
		case goquery.NodeName(s) == "textarea":
			values.Set(name, s.Text())
		case s.AttrOr("type", "") == "checkbox":
			if _, on := s.Attr("checked"); on {
				values.Set(name, s.AttrOr("value", "on"))
			}
		default:
			values.Set(name, s.AttrOr("value", ""))
		}
	})
	return v.Absolute(p.URL, f.AttrOr("action", "")), values
}

// Send submits a page's form with some fields filled in.
func (v *Visitor) Send(p Page, fill map[string]string) Page {
	v.T.Helper()
	action, values := v.Form(p)
	for name, value := range fill {
		if p.Find("main [name="+name+"]").Length() > 0 {
			values.Set(name, value)
		}
	}
	return v.Post(action, values)
}

// Post sends a form as a browser does from a page of the widget.
func (v *Visitor) Post(action string, values url.Values) Page {
	v.T.Helper()
	req := v.request(http.MethodPost, action, values.Encode())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", v.URL)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.Read(v.HTTP.Do(req)) //nolint:bodyclose // Read closes it
}

// To walks from a Page until a step is reached, choosing the first option of everything.
func (v *Visitor) To(p Page, step string) Page {
	v.T.Helper()
	for range 25 {
		if p.Step() == step {
			return p
		}
		if p = v.aside(p, step); p.Step() == step {
			return p
		}
		p = v.Onward(p)
	}
	v.T.Fatalf("25 pages and no %q", step)
	return p
}

// aside opens the list of masters from a page of times that has the masters on it. No step leads to this list.
func (v *Visitor) aside(p Page, step string) Page {
	v.T.Helper()
	if step != "master" || p.Step() != "datetime" || p.Find("main a[data-masters]").Length() == 0 {
		return p
	}
	return v.Press(p, "main a[data-masters]")
}

// ToAhead is to, but for a visit that is days away.
func (v *Visitor) ToAhead(p Page, step string) Page {
	v.T.Helper()
	for range 25 {
		if p.Step() == step {
			return p
		}
		if p = v.aside(p, step); p.Step() == step {
			return p
		}
		p = v.Onward(v.DaysAhead(p))
	}
	v.T.Fatalf("25 pages and no %q", step)
	return p
}

// DaysAhead opens a day of a page of times or events that is days away, so that no salon's deadline for changes has
// passed and no test depends on the hour in which it begins. Other pages stay as they are.
func (v *Visitor) DaysAhead(p Page) Page {
	v.T.Helper()
	earliest := v.Now().AddDate(0, 0, 3).Format(time.DateOnly)
	later := func(_ int, s *goquery.Selection) bool { return s.AttrOr("data-date", "") >= earliest }
	if days := p.Find("main section[data-date]"); days.Length() > 0 {
		return v.OpenEvent(p, days.FilterFunction(later))
	}
	days := p.Find("main a[data-date]")
	if days.Length() == 0 || days.Filter("[aria-current]").FilterFunction(later).Length() > 0 {
		return p
	}
	if days = days.FilterFunction(later); days.Length() == 0 {
		v.T.Fatalf("nothing is free from %s on\n%s", earliest, p.Find("main").Text())
	}
	return v.Get(v.Absolute(p.URL, days.First().AttrOr("href", "")))
}

// OpenEvent opens the first event that has places left: of some days of a list, or of the weeks behind it.
func (v *Visitor) OpenEvent(p Page, days *goquery.Selection) Page {
	v.T.Helper()
	for _, event := range days.Find("a[data-event]").EachIter() {
		if open := v.Get(v.Absolute(p.URL, event.AttrOr("href", ""))); open.Find("main a[data-seats]").Length() > 0 {
			return open
		}
	}
	if p.Find("main a[rel=next]").Length() > 0 {
		p = v.Press(p, "main a[rel=next]")
		return v.OpenEvent(p, p.Find("main section[data-date]"))
	}
	v.T.Fatalf("no event has places\n%s", p.Find("main").Text())
	return p
}

// Onward answers a Page with the first option of it.
func (v *Visitor) Onward(p Page) Page {
	v.T.Helper()
	switch p.Step() {
	case "city":
		return v.Press(p, "main a[data-city]")
	case "company":
		return v.Press(p, "main a[data-company]")
	case "service":
		if p.Find("main [data-next]").Length() == 0 {
			return v.Press(p, Takes)
		}
		return v.Press(p, "main [data-next]")
	case "master":
		return v.Press(p, "main a[data-staff]")
	case "events":
		if p.Find("main a[data-seats]").Length() == 0 {
			return v.OpenEvent(p, p.Find("main section[data-date]"))
		}
		return v.Press(p, "main a[data-seats]")
	case "datetime":
		return v.Press(v.someDay(p), "main a[data-slot]")
	case "contact":
		if p.Find("main [name=code]").Length() > 0 {
			return v.Send(p, map[string]string{"code": v.Code()})
		}
		return v.Send(p, Anna)
	case "confirm":
		return v.Send(p, nil)
	case "error":
		if again := v.lookAgain(p); again.Step() != "error" {
			return again
		}
	}
	v.T.Fatalf("no way on from step %q, %d %s\n%s", p.Step(), p.Status, p.URL, p.Find("main").Text())
	return p
}

// someDay opens the days of a calendar, one after the other, until one has a time.
func (v *Visitor) someDay(p Page) Page {
	v.T.Helper()
	days := p.Find("main a[data-date]")
	for i := 0; i < days.Length() && p.Find("main a[data-slot]").Length() == 0; i++ {
		p = v.Get(v.Absolute(p.URL, days.Eq(i).AttrOr("href", "")))
	}
	return p
}

// lookAgain opens a page that is still looking as a browser does, by itself after a while: on a machine with much to do an
// answer may take longer than a page waits.
func (v *Visitor) lookAgain(p Page) Page {
	v.T.Helper()
	for range 20 {
		if p.Kind() != "busy" || p.Find("main[data-again]").Length() == 0 {
			break
		}
		time.Sleep(time.Second)
		p = v.Get(p.URL.String())
	}
	return p
}

// Code is the one that the sandbox sent last.
func (v *Visitor) Code() string {
	v.T.Helper()
	messages := v.Box.Messages()
	if len(messages) == 0 {
		v.T.Fatal("a code is asked for and none was sent")
	}
	return messages[len(messages)-1].Code
}

// Online are the records that stand and were booked through the API.
func (v *Visitor) Online() []sandbox.Record {
	return slices.DeleteFunc(v.Box.Booked(), func(x sandbox.Record) bool { return x.Deleted })
}

// Calls counts the calls of a path at the sandbox.
func (v *Visitor) Calls(method, path string) int {
	n := 0
	for _, c := range v.Box.Calls() {
		if c.Method == method && strings.Contains(c.Path, path) {
			n++
		}
	}
	return n
}

// Fault makes the sandbox fail.
func (v *Visitor) Fault(json string) {
	v.T.Helper()
	resp, err := v.HTTP.Do(v.request(http.MethodPost, v.API+"/_sandbox/faults", json))
	if err != nil {
		v.T.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode >= http.StatusMultipleChoices {
		v.T.Fatalf("fault: status %d", resp.StatusCode)
	}
}

// Mend ends all failures of the sandbox.
func (v *Visitor) Mend() {
	v.T.Helper()
	resp, err := v.HTTP.Do(v.request(http.MethodDelete, v.API+"/_sandbox/faults", ""))
	if err != nil {
		v.T.Fatal(err)
	}
	_ = resp.Body.Close()
}

// SameTime says whether two texts by RFC 3339 name the same moment, in whatever zones.
func SameTime(t *testing.T, a, b string) bool {
	t.Helper()
	ta, err1 := time.Parse(time.RFC3339, a)
	tb, err2 := time.Parse(time.RFC3339, b)
	return err1 == nil && err2 == nil && ta.Equal(tb)
}
