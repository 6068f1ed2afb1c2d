package agents_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"okoshko/internal/agents"
	"okoshko/internal/server"
	"okoshko/internal/servertest"
)

// tools counts calls of tools as the operator sees them.
type tools struct{ outcomes chan string }

func (t tools) Tool(name, outcome string) {
	select {
	case t.outcomes <- name + " " + outcome:
	default:
	}
}

// door starts a site at which some forms can be found.
func door(t *testing.T, forms ...int) *servertest.Site {
	t.Helper()
	return servertest.New(t, func(o *server.Options) {
		o.Agents = &server.Agents{Forms: forms, Calls: 1000, Watch: tools{make(chan string, 1)}}
	})
}

// speaking adds a language to each request.
type speaking string

func (s speaking) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if s != "" {
		r.Header.Set("Accept-Language", string(s))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// assistant is a client of the SDK.
type assistant struct {
	t *testing.T
	*mcp.ClientSession
}

func connect(t *testing.T, site *servertest.Site, lang string) assistant {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(context.Background(), &mcp.StreamableClientTransport{
		Endpoint: site.URL + "/mcp", HTTPClient: &http.Client{Transport: speaking(lang)}, DisableStandaloneSSE: true,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	site.Widget.Settle()
	return assistant{t, session}
}

// call calls a tool and reads its structured answer; advice is the text of an error.
func call[Out any](a assistant, name string, in any) (out Out, advice string) {
	a.t.Helper()
	result, err := a.CallTool(context.Background(), &mcp.CallToolParams{Name: name, Arguments: in})
	if err != nil {
		a.t.Fatalf("%s(%+v): %v", name, in, err)
	}
	text := ""
	if said, ok := result.Content[0].(*mcp.TextContent); ok {
		text = said.Text
	}
	if len(text) > agents.MaxBytes {
		a.t.Errorf("%s(%+v) answers with %d bytes", name, in, len(text))
	}
	if result.IsError {
		return out, text
	}
	raw, err := json.Marshal(result.StructuredContent)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		a.t.Fatal(err)
	}
	return out, ""
}

// must is call for a call that succeeds.
func must[Out any](a assistant, name string, in any) Out {
	a.t.Helper()
	out, advice := call[Out](a, name, in)
	if advice != "" {
		a.t.Fatalf("%s(%+v): %s", name, in, advice)
	}
	return out
}

func TestAnAssistantLeadsToTheConfirmPage(t *testing.T) {
	site := door(t, 1, 3, 18)
	a := connect(t, site, "ru")
	salons := must[agents.Salons](a, "find_salon", agents.SalonQuery{Query: "первоцвет"})
	if len(salons.Salons) != 1 || salons.Salons[0].Form != 1 || salons.Next == "" {
		t.Fatalf("find_salon = %+v", salons)
	}
	services := must[agents.Services](a, "find_services", agents.ServiceQuery{Form: 1, Query: "женская стрижка", MaxPrice: 5000})
	if len(services.Services) == 0 || !strings.Contains(strings.ToLower(services.Services[0].Title), "стрижка") {
		t.Fatalf("find_services = %+v", services)
	}
	site.Widget.Settle()
	before := len(site.Box.Calls())
	times := must[agents.Times](a, "find_times", agents.TimeQuery{Form: 1, Services: []int{services.Services[0].ID}, From: "как можно скорее"})
	if len(times.Times) == 0 {
		t.Fatalf("find_times = %+v", times)
	}
	if calls := len(site.Box.Calls()) - before; calls > 2 {
		t.Errorf("times have cost %d calls, want two at most", calls)
	}
	before = len(site.Box.Calls())
	visit := must[agents.Visit](a, "visit_link", agents.VisitQuery{Form: 1, Services: []int{services.Services[0].ID}, Start: times.Times[0].Start})
	if !visit.Complete || visit.GoodFor <= 0 || visit.GoodFor > 45 {
		t.Errorf("visit_link = %+v", visit)
	}
	if calls := len(site.Box.Calls()) - before; calls != 0 {
		t.Errorf("the link of a time that was just found has cost %d calls", calls)
	}
	page := site.Get(visit.URL)
	if page.Step() != "contact" {
		t.Fatalf("%s leads to %q", visit.URL, page.Step())
	}
	address, _ := url.Parse(visit.URL)
	if got := address.Query().Get("slot"); got != times.Times[0].Start {
		t.Errorf("the link is for %q, want %q", got, times.Times[0].Start)
	}
	if text := page.Text(); !strings.Contains(text, services.Services[0].Title) {
		t.Errorf("the page does not show %q", services.Services[0].Title)
	}
}

func TestEveryToolIsListedInTheCallersLanguage(t *testing.T) {
	site := door(t, 1)
	for lang, want := range map[string]string{"": "Find free times", "ru-RU,ru;q=0.9": "Найти свободное время", "de": "Freie Termine finden", "xx": "Find free times"} {
		a := connect(t, site, lang)
		list, err := a.ListTools(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]*mcp.Tool{}
		for _, tool := range list.Tools {
			names[tool.Name] = tool
			if tool.InputSchema == nil || tool.OutputSchema == nil || !tool.Annotations.ReadOnlyHint || tool.Title == "" || tool.Description == "" {
				t.Errorf("%s: %+v", tool.Name, tool)
			}
		}
		for _, name := range []string{"find_salon", "find_services", "find_times", "visit_link", "windows"} {
			if names[name] == nil {
				t.Errorf("%q: no tool %s", lang, name)
			}
		}
		if len(names) != 5 {
			t.Errorf("%d tools", len(names))
		}
		if got := names["find_times"].Title; got != want {
			t.Errorf("%q: find_times is called %q, want %q", lang, got, want)
		}
		if got := a.InitializeResult().Instructions; !strings.Contains(got, "find_salon") {
			t.Errorf("%q: instructions %q", lang, got)
		}
	}
}

func TestOnlyListedFormsCanBeFound(t *testing.T) {
	site := door(t, 1, 15)
	a := connect(t, site, "en")
	if got := must[agents.Salons](a, "find_salon", agents.SalonQuery{}); len(got.Salons) != 2 {
		t.Errorf("find_salon = %+v", got)
	}
	site.Widget.Settle()
	before := len(site.Box.Calls())
	for _, name := range []string{"find_services", "find_times", "visit_link", "windows"} {
		for _, form := range []int{2, 0, -1, 990, 1 << 30} {
			if _, advice := call[map[string]any](a, name, map[string]any{"form": form}); !strings.Contains(advice, "find_salon") {
				t.Errorf("%s of form %d: %q", name, form, advice)
			}
		}
	}
	if calls := len(site.Box.Calls()) - before; calls != 0 {
		t.Errorf("foreign forms have cost %d calls", calls)
	}
}

func TestAdviceSaysWhatToDo(t *testing.T) {
	site := door(t, 1, 3, 22)
	a := connect(t, site, "en")
	service := must[agents.Services](a, "find_services", agents.ServiceQuery{Form: 1, Query: "haircut"}).Services[0].ID
	for name, tt := range map[string]struct {
		tool string
		in   any
		want string
	}{
		"a chain without its branch": {"find_services", agents.ServiceQuery{Form: 3}, "601"},
		"a service of another salon": {"find_times", agents.TimeQuery{Form: 1, Services: []int{1}}, "find_services"},
		"no service":                 {"find_times", agents.TimeQuery{Form: 1}, "find_services"},
		"nobody of the name":         {"find_times", agents.TimeQuery{Form: 1, Services: []int{service}, Master: "Napoleon"}, "Елена"},
		"days that are none":         {"find_times", agents.TimeQuery{Form: 1, Services: []int{service}, From: "blue"}, "2006-01-02"},
		"days that end before":       {"find_times", agents.TimeQuery{Form: 1, Services: []int{service}, From: "2030-02-02", To: "2030-02-01"}, "2006-01-02"},
		"hours that are none":        {"find_times", agents.TimeQuery{Form: 1, Services: []int{service}, Part: "blue"}, "10:00"},
		"a time that is over":        {"visit_link", agents.VisitQuery{Form: 1, Services: []int{service}, Start: "2020-01-01T10:00:00+03:00"}, "find_times"},
		"a time that is none":        {"visit_link", agents.VisitQuery{Form: 1, Services: []int{service}, Start: "tomorrow"}, "find_times"},
		"a time at night":            {"visit_link", agents.VisitQuery{Form: 1, Services: []int{service}, Start: site.Now().AddDate(0, 0, 2).Format("2006-01-02") + "T04:44:00+03:00"}, "find_times"},
		"a master who does not":      {"visit_link", agents.VisitQuery{Form: 1, Services: []int{service}, Master: 50103}, "find_times"},
		"classes":                    {"find_services", agents.ServiceQuery{Form: 22}, "/b/22/events"},
	} {
		if out, advice := call[map[string]any](a, tt.tool, tt.in); !strings.Contains(advice, tt.want) {
			t.Errorf("%s: %q %v, want %q", name, advice, out, tt.want)
		}
	}
	if _, advice := call[map[string]any](a, "find_times", agents.TimeQuery{Form: 1, Language: "ru"}); !strings.Contains(advice, "Выберите услуги") {
		t.Errorf("asked in Russian: %q", advice)
	}
}

// TestAssistantsGiveWayWhileCallsAreScarce: they cause no call then, and are told what customers' questions have answered.
func TestAssistantsGiveWayWhileCallsAreScarce(t *testing.T) {
	site := door(t, 1)
	a := connect(t, site, "en")
	service := must[agents.Services](a, "find_services", agents.ServiceQuery{Form: 1, Query: "haircut"}).Services[0].ID
	site.Widget.Settle()
	site.Scarce.Store(true)
	before := len(site.Box.Calls())
	if out, advice := call[map[string]any](a, "find_times", agents.TimeQuery{Form: 1, Services: []int{service}}); !strings.Contains(advice, "20") {
		t.Errorf("find_times = %q, %v, want the advice to come back", advice, out)
	}
	if calls := len(site.Box.Calls()) - before; calls > 0 {
		t.Errorf("an assistant has caused %d calls while calls are scarce", calls)
	}
	day := site.Now().AddDate(0, 0, 1).Format(time.DateOnly)
	page := site.Get(fmt.Sprintf("/b/1/datetime?lang=en&services=%d&master=0&date=%s", service, day))
	if page.Status != http.StatusOK {
		t.Fatalf("a customer's page has status %d", page.Status)
	}
	before = len(site.Box.Calls())
	times := must[agents.Times](a, "find_times", agents.TimeQuery{Form: 1, Services: []int{service}, From: day, To: day})
	if len(times.Times) == 0 || len(site.Box.Calls()) > before {
		t.Errorf("find_times = %+v by %d calls, want what the customer was shown", times, len(site.Box.Calls())-before)
	}
}

func TestTimesWithAMaster(t *testing.T) {
	site := door(t, 1)
	a := connect(t, site, "ru")
	service := must[agents.Services](a, "find_services", agents.ServiceQuery{Form: 1, Query: "женская стрижка"}).Services[0].ID
	times := must[agents.Times](a, "find_times", agents.TimeQuery{Form: 1, Services: []int{service}, Master: "Елену"})
	if len(times.Times) == 0 || times.Times[0].Name != "Елена Кузнецова" {
		t.Fatalf("find_times = %+v", times)
	}
	visit := must[agents.Visit](a, "visit_link", agents.VisitQuery{Form: 1, Services: []int{service}, Master: times.Times[0].Master, Start: times.Times[0].Start})
	if !visit.Complete || visit.Master != "Елена Кузнецова" {
		t.Errorf("visit_link = %+v", visit)
	}
	if page := site.Get(visit.URL); page.Step() != "contact" || !strings.Contains(page.Text(), "Елена") {
		t.Errorf("%s leads to %q", visit.URL, page.Step())
	}
}

func TestWindowsOfAssistants(t *testing.T) {
	site := door(t, 18)
	a := connect(t, site, "uk")
	got := must[agents.Windows](a, "windows", agents.WindowQuery{Form: 18})
	if len(got.Windows) < 3 || len(got.Windows[0].Times) == 0 || !strings.Contains(got.URL, "/b/18/windows") {
		t.Errorf("windows = %+v", got)
	}
	before := len(site.Box.Calls())
	must[agents.Windows](a, "windows", agents.WindowQuery{Form: 18})
	if calls := len(site.Box.Calls()) - before; calls != 0 {
		t.Errorf("asked again, windows have cost %d calls", calls)
	}
}

// post sends a body to the door as it is.
func post(t *testing.T, site *servertest.Site, method, body string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, site.URL+"/mcp", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestTheDoorTakesItsOwnRequestsOnly(t *testing.T) {
	site := door(t, 1)
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`
	for name, tt := range map[string]struct {
		method, body string
		header       []string
		want         int
	}{
		"a list":                   {"POST", list, nil, 200},
		"this origin":              {"POST", list, []string{"Origin", site.URL}, 200},
		"another origin":           {"POST", list, []string{"Origin", "https://evil.example"}, 403},
		"no origin of its own":     {"POST", list, []string{"Origin", "null"}, 403},
		"a name made to lead here": {"POST", list, []string{"Host", "evil.example", "Origin", "http://evil.example", "Sec-Fetch-Site", "same-origin"}, 403},
		"localhost":                {"POST", list, []string{"Host", "localhost:80", "Origin", "http://localhost:80"}, 200},
		"another website":          {"POST", list, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"a form":                   {"POST", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		"a GET":                    {"GET", "", nil, 405},
		"a preflight":              {"OPTIONS", "", []string{"Origin", "https://evil.example"}, 405},
		"a long body":              {"POST", list[:len(list)-1] + strings.Repeat(" ", 9<<10) + "}", nil, 413},
		"no JSON":                  {"POST", "{", nil, 400},
		"a protocol of the future": {"POST", list, []string{"Mcp-Protocol-Version", "1999-01-01"}, 400},
	} {
		resp := post(t, site, tt.method, tt.body, tt.header...)
		if resp.StatusCode != tt.want {
			t.Errorf("%s: %d, want %d", name, resp.StatusCode, tt.want)
		}
		for _, allowed := range []string{"Access-Control-Allow-Origin", "Set-Cookie"} {
			if got := resp.Header.Get(allowed); got != "" {
				t.Errorf("%s: %s: %s", name, allowed, got)
			}
		}
		if got := resp.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") && tt.method == "POST" {
			t.Errorf("%s: Cache-Control: %s", name, got)
		}
	}
}

// TestNoToolWrites: whatever tools are called with, in whatever sequence, the upstream is only read.
func TestNoToolWrites(t *testing.T) {
	site := door(t, 1, 3, 7, 13, 18, 22)
	a := connect(t, site, "en")
	luck := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...any) any { return of[luck.IntN(len(of))] }
	starts := []any{"", "tomorrow", "2026-13-01T00:00:00Z", site.Now().AddDate(0, 0, 1).Format(time.DateOnly) + "T12:00:00+03:00"}
	for i := range 300 {
		in := map[string]any{}
		maybe := func(name string, of ...any) {
			if luck.IntN(3) > 0 {
				in[name] = pick(of...)
			}
		}
		tool, _ := pick("find_salon", "find_services", "find_times", "visit_link", "windows", "book").(string)
		if tool != "find_salon" {
			in["form"] = pick(1, 3, 7, 13, 18, 22, 2, -1)
			maybe("branch", 601, 602, 0, 501)
		} else {
			maybe("city", "Riga", "Рига", "?")
		}
		switch tool {
		case "find_salon", "find_services":
			maybe("query", "haircut", "стрижка", "' OR 1=1", strings.Repeat("x", 300))
		case "find_times":
			maybe("services", []int{501001}, []int{501001, 501002}, []int{}, []int{0})
			maybe("from", "tomorrow", "завтра", "2030-01-01", "blue")
			maybe("part", "evening", "после 17", "25:00")
			maybe("master", "any", "Елена", "50101", "Ω")
		case "visit_link":
			maybe("services", []int{501001}, []int{501002}, []int{7})
			maybe("master", 0, 50101, 7)
			maybe("start", starts...)
		case "windows":
			maybe("services", []int{501001}, []int{7})
		}
		result, err := a.CallTool(context.Background(), &mcp.CallToolParams{Name: tool, Arguments: in})
		if err != nil {
			if tool != "book" {
				t.Fatalf("%d: %s(%v): %v", i, tool, in, err)
			}
			continue
		}
		if text, ok := result.Content[0].(*mcp.TextContent); ok {
			if len(text.Text) > agents.MaxBytes || text.Text == "" {
				t.Errorf("%d: %s(%v) answers with %d bytes", i, tool, in, len(text.Text))
			}
			if start := "2"; tool == "visit_link" && !result.IsError {
				var visit agents.Visit
				if json.Unmarshal([]byte(text.Text), &visit) == nil && strings.HasPrefix(visit.Start, start) {
					starts = append(starts, visit.Start)
				}
			}
		}
	}
	for _, call := range site.Box.Calls() {
		if call.Method != http.MethodGet {
			t.Errorf("a tool has caused %s %s", call.Method, call.Path)
		}
	}
}

// TestWishesEndOnTheRightPage plays wishes as an assistant would: the first salon, service and time that it is offered.
func TestWishesEndOnTheRightPage(t *testing.T) {
	site := door(t, 1, 3, 15, 18, 19)
	for _, wish := range []struct {
		lang, salon, service string
		most                 float64
		branch               int
		from, part, master   string
	}{
		{lang: "ru", salon: "первоцвет", service: "женская стрижка", most: 5000, from: "как можно скорее"},
		{lang: "en", salon: "Primrose", service: "manicure"},
		{lang: "en", salon: "Primrose", service: "haircut", master: "Мария"},
		{lang: "ru", salon: "усы урала", service: "стрижка"},
		{lang: "uk", salon: "мальва", service: "манікюр", part: "після 10"},
		{lang: "en", salon: "Malva", service: "massage"},
		{lang: "en", salon: "Liepziede Teika", service: "haircut", branch: 602},
		{lang: "lt", salon: "Rasa", service: "antakių"},
	} {
		a := connect(t, site, wish.lang)
		salons := must[agents.Salons](a, "find_salon", agents.SalonQuery{Query: wish.salon, Language: wish.lang})
		if len(salons.Salons) == 0 || wish.branch != 0 && salons.Salons[0].Branch != wish.branch {
			t.Errorf("%+v: %+v", wish, salons)
			continue
		}
		at := salons.Salons[0]
		site.Widget.Settle()
		before := len(site.Box.Calls())
		services := must[agents.Services](a, "find_services", agents.ServiceQuery{Form: at.Form, Branch: at.Branch, Query: wish.service, MaxPrice: wish.most, Language: wish.lang})
		if len(services.Services) == 0 {
			t.Errorf("%+v: no service", wish)
			continue
		}
		ids := []int{services.Services[0].ID}
		times := must[agents.Times](a, "find_times", agents.TimeQuery{Form: at.Form, Branch: at.Branch, Services: ids, From: wish.from, Part: wish.part, Master: wish.master, Language: wish.lang})
		if len(times.Times) == 0 {
			t.Errorf("%+v: %+v", wish, times)
			continue
		}
		visit := must[agents.Visit](a, "visit_link", agents.VisitQuery{Form: at.Form, Branch: at.Branch, Services: ids, Master: times.Times[0].Master, Start: times.Times[0].Start, Language: wish.lang})
		if calls := len(site.Box.Calls()) - before; calls > 2 {
			t.Errorf("%+v: %d calls, want two at most", wish, calls)
		}
		p := site.Get(visit.URL)
		if !visit.Complete || p.Step() != "contact" || !strings.Contains(p.Text(), services.Services[0].Title) || !strings.Contains(p.URL.Query().Get("slot"), times.Times[0].Start) {
			t.Errorf("%+v: %s is %q of %+v", wish, visit.URL, p.Step(), visit)
		}
		if wish.master != "" && !agents.SameName(wish.master, visit.Master) {
			t.Errorf("%+v: the master is %q", wish, visit.Master)
		}
	}
}
