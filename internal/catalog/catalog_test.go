package catalog

import (
	"context"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"okoshko/internal/csp"
	"okoshko/internal/flow"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/upstream"
)

const lang = "en-US"

func newCatalog(t *testing.T) (*Catalog, *sandbox.Sandbox) {
	t.Helper()
	clock := testclock.Running()
	box, err := sandbox.New(sandbox.Options{Seed: 1, NoLimits: true, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(box.Handler())
	t.Cleanup(srv.Close)
	client, err := upstream.New(upstream.Options{BaseURL: srv.URL, PartnerToken: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	day := Ages{Fresh: time.Minute, Soft: time.Hour, Hard: 24 * time.Hour}
	slot := Ages{Fresh: 15 * time.Second, Soft: 45 * time.Second, Hard: 45 * time.Second}
	c, err := New(Options{Client: client, BaseURL: srv.URL, Now: clock.Now, Bookforms: day, Entries: day, Dates: day, Slots: slot, MaxEntries: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, box
}

// choose takes the first offered option of a step.
func choose(t *testing.T, c *Catalog, form *Bookform, s *Selection) flow.Choices {
	t.Helper()
	ctx := context.Background()
	set := func(v flow.Choice) flow.Choices { return s.Journey.Set(s.Open, s.Choices, v) }
	switch s.Open {
	case flow.City:
		cities, err := c.Cities(ctx, lang, form.GroupID)
		if err != nil || len(cities) == 0 {
			t.Fatalf("Cities = %v, %v", cities, err)
		}
		return set(flow.Choice{ID: cities[0].ID})
	case flow.Company:
		companies, err := c.Companies(ctx, lang, form.GroupID)
		if err != nil || len(companies) == 0 {
			t.Fatalf("Companies = %v, %v", companies, err)
		}
		i := slices.IndexFunc(companies, func(x *Company) bool { return s.Choices.City == 0 || x.CityID == s.Choices.City })
		return set(flow.Choice{ID: companies[i].ID})
	case flow.Service:
		services, err := c.Services(ctx, lang, s.Company.ID, s.Filter(flow.Service))
		if err != nil || len(services.Categories) == 0 {
			t.Fatalf("Services = %v, %v", services, err)
		}
		return set(flow.Choice{Services: []int{services.Categories[0].Services[0].ID}})
	case flow.Master:
		masters, err := c.Masters(ctx, lang, s.Company, s.Filter(flow.Master))
		if err != nil || len(masters) == 0 || !masters[0].Bookable {
			t.Fatalf("Masters = %v, %v", masters, err)
		}
		return set(flow.Choice{ID: masters[0].ID})
	case flow.Datetime:
		filter := s.Filter(flow.Datetime)
		if s.Journey.SharesPage() && !s.Choices.HasMaster {
			masters, err := c.Masters(ctx, lang, s.Company, Filter{Services: filter.Services})
			if err != nil || len(masters) == 0 || !masters[0].Bookable {
				t.Fatalf("Masters = %v, %v", masters, err)
			}
			filter.Master = masters[0].ID
		}
		dates, err := c.Dates(ctx, s.Company, filter)
		if err != nil || len(dates.Free) == 0 {
			t.Fatalf("Dates = %v, %v", dates, err)
		}
		for _, day := range dates.Free {
			slots, err := c.Slots(ctx, s.Company, day, filter)
			if err != nil {
				t.Fatalf("Slots(%s) = %v", day, err)
			}
			for _, slot := range slices.Backward(slots) { // a form may set the time of day
				choices := set(flow.Choice{ID: filter.Master, Slot: slot.Start})
				if next, err := c.Resolve(ctx, lang, form, choices, flow.Contact); err == nil && next.Open != flow.Datetime {
					return choices
				}
			}
		}
		t.Fatal("no time can be chosen")
		return flow.Choices{}
	default:
		t.Fatalf("nothing to choose at %q", s.Open)
		return flow.Choices{}
	}
}

// walk chooses the first option of each step until the contact step is reached.
func walk(t *testing.T, c *Catalog, form *Bookform) *Selection {
	t.Helper()
	choices := flow.Choices{Lang: "en"}
	for range 10 {
		s, err := c.Resolve(context.Background(), lang, form, choices, flow.Contact)
		if err != nil {
			t.Fatal(err)
		}
		if s.Open == flow.Contact {
			return s
		}
		choices = choose(t, c, form, s)
	}
	t.Fatal("ten steps and no contact")
	return nil
}

func TestEveryFormLeadsToTheContactStep(t *testing.T) {
	c, box := newCatalog(t)
	for _, f := range box.Forms() {
		if f.Broken || strings.Contains(strings.ToLower(f.Title+f.Description), "event") {
			continue
		}
		form, err := c.Bookform(context.Background(), f.ID)
		if err != nil {
			t.Fatalf("Bookform(%d) = %v", f.ID, err)
		}
		s := walk(t, c, form)
		if s.Company == nil || s.Slot.Start.IsZero() || form.Journey.Has(flow.Service) && len(s.Services) == 0 {
			t.Errorf("form %d: selection = %+v", f.ID, s)
		}
		if s.Slot.Start.Location() != s.Company.Location {
			t.Errorf("form %d: slot in zone %v, company in %v", f.ID, s.Slot.Start.Location(), s.Company.Location)
		}
	}
}

func TestResolveDropsWhatIsGone(t *testing.T) {
	c, _ := newCatalog(t)
	form, err := c.Bookform(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	good := walk(t, c, form).Choices
	for _, tt := range []struct {
		name string
		bend func(*flow.Choices)
		drop flow.Step
		open flow.Step
	}{
		{"unknown service", func(x *flow.Choices) { x.Services = []int{999999} }, flow.Service, flow.Service},
		{"unknown master", func(x *flow.Choices) { x.Master = 999999 }, flow.Master, flow.Datetime},
		{"slot off the grid", func(x *flow.Choices) { x.Slot = x.Slot.Add(7 * time.Minute) }, flow.Datetime, flow.Datetime},
		{"slot in the past", func(x *flow.Choices) { x.Slot = x.Slot.AddDate(-1, 0, 0); x.Date = x.Slot.Format(time.DateOnly) }, flow.Datetime, flow.Datetime},
	} {
		t.Run(tt.name, func(t *testing.T) {
			choices := good
			tt.bend(&choices)
			s, err := c.Resolve(context.Background(), lang, form, choices, flow.Contact)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(s.Dropped, tt.drop) || s.Open != tt.open {
				t.Fatalf("dropped = %v, open = %s, want %s dropped and %s open", s.Dropped, s.Open, tt.drop, tt.open)
			}
			if tt.drop != flow.Service && len(s.Services) != 1 {
				t.Fatalf("services = %v, want the chosen one kept", s.Services)
			}
		})
	}
}

func TestEqualQuestionsAreAskedOnce(t *testing.T) {
	c, box := newCatalog(t)
	before := len(box.Calls())
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if _, err := c.Services(context.Background(), lang, 501, Filter{}); err != nil {
				t.Errorf("Services = %v", err)
			}
		})
	}
	wg.Wait()
	if n := len(box.Calls()) - before; n != 1 {
		t.Fatalf("calls = %d, want 1", n)
	}
}

func TestCancelledLeaderDoesNotFailTheOthers(t *testing.T) {
	c, _ := newCatalog(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Services(ctx, lang, 501, Filter{}); err != nil {
		t.Logf("the one who went away got %v", err)
	}
	if _, err := c.Services(context.Background(), lang, 501, Filter{}); err != nil {
		t.Fatalf("Services after somebody went away = %v", err)
	}
}

func TestUnknownFormIsNotFound(t *testing.T) {
	c, _ := newCatalog(t)
	_, err := c.Bookform(context.Background(), 424242)
	if got := ProblemOf(err); got != ProblemNotFound {
		t.Fatalf("ProblemOf(%v) = %q, want %q", err, got, ProblemNotFound)
	}
}

func TestPicture(t *testing.T) {
	host := "http://127.0.0.1:9"
	origin, err := url.Parse(host)
	if err != nil {
		t.Fatal(err)
	}
	p := pictures{origin, csp.Sources{"https://x.example", "https://*.cdn.example", "https://y.example:8443"}}
	for raw, want := range map[string]string{
		"":                                       "",
		"https://x.example/images/no-master.png": "",
		"https://x.example/a.png":                "https://x.example/a.png",
		"https://X.example:443/a.png":            "https://X.example:443/a.png",
		"http://x.example/a.png":                 "https://x.example/a.png",
		"https://x.example:8443/a.png":           "",
		"https://y.example:8443/a.png?s=2":       "https://y.example:8443/a.png?s=2",
		"/images/a.png":                          host + "/images/a.png",
		"javascript:alert(1)":                    "",
		"data:image/svg+xml,<svg onload=x>":      "",
		"https://user:pw@x.example/a.png":        "",
		"//x.example/a.png":                      "https://x.example/a.png",
		"https://a.cdn.example/a.png":            "https://a.cdn.example/a.png",
		"https://cdn.example/a.png":              "",
		"https://evilcdn.example/a.png":          "",
		"https://x.example.evil.test/a.png":      "",
		"https://169.254.169.254/latest":         "",
		"https://[::1]/a.png":                    "",
		"http://127.0.0.1:10/a.png":              "",
		"https:a.png":                            "",
		"https:///a.png":                         "",
		"https://x.example\\@evil.test/a.png":    "",
		"https://x.example/\"><script>":          "https://x.example/%22%3E%3Cscript%3E",
	} {
		if got := p.allowed(raw); got != want {
			t.Errorf("allowed(%q) = %q, want %q", raw, got, want)
		}
	}
	if all := (pictures{origin, csp.Sources{"*"}}); all.allowed("https://any.example/a.png") == "" || all.allowed("ftp://any.example/a.png") != "" {
		t.Error("* is not all of https and nothing else")
	}
}

func TestSanitise(t *testing.T) {
	s := newSanitiser()
	for raw, want := range map[string]string{
		"<b>Hi</b><script>alert(1)</script>":  "<b>Hi</b>",
		`<a href="javascript:alert(1)">x</a>`: "x",
		`<img src=x onerror=alert(1)>`:        "",
		`<p onclick="x()">ok</p>`:             "<p>ok</p>",
		// An element that is not closed ends with its text, and one that was never opened is none.
		`before <a href="tel:+371">call <b>now`:  `before <a href="tel:+371" rel="nofollow noreferrer">call <b>now</b></a>`,
		`<ul><li>one<li>two`:                     `<ul><li>one</li><li>two</li></ul>`,
		`<p>one<p>two`:                           `<p>one</p><p>two</p>`,
		`</div></form></main>text</ul>`:          `text`,
		`<b>one <i>two</b> three</i>`:            `<b>one <i>two</i></b><i> three</i>`,
		strings.Repeat("<ul><li>", 600) + "deep": "deep",
	} {
		if got := s.html(raw); got != want {
			t.Errorf("html(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestStreet(t *testing.T) {
	s := newSanitiser()
	t.Run("X1 HTML that is shown keeps its lines", func(t *testing.T) {
		for raw, want := range map[string]string{
			"<div>One</div><div>Two</div><h3>Head</h3>Text": "<div>One</div><div>Two</div><p><strong>Head</strong></p>Text",
			"one\ntwo <b>three\nfour</b>":                   "one<br/>two <b>three<br/>four</b>",
			"one\r\ntwo":                                    "one<br/>two",
			"<p>one\ntwo</p>":                               "<p>one\ntwo</p>",
			"a<hr>b":                                        "a<br/>b",
			"<table><tr><td>Cut</td><td>30</td></tr></table>": "<div><div><div>Cut 30 </div></div></div>",
			"<section>a</section><blockquote>b</blockquote>":  "<div>a</div><div>b</div>",
			"<h2 onclick=x>a</h2><h1></h1>b":                  "<p><strong>a</strong></p><p></p>b",
		} {
			if got := s.html(raw); got != want {
				t.Errorf("html(%q) = %q, want %q", raw, got, want)
			}
		}
		if got, want := s.document("<h1>A</h1><section>b</section><table><tr><td>c</td></tr></table>"), "<h2>A</h2><div>b</div><table><tbody><tr><td>c</td></tr></tbody></table>"; got != want {
			t.Errorf("document = %q, want %q", got, want)
		}
	})
	t.Run("X11 AppMetrica's application is a UUID", func(t *testing.T) {
		for _, id := range []string{"46ab3b93-1bc6-457d-82f0-c1b51f39b01e", "46AB3B93-1BC6-457D-82F0-C1B51F39B01E", "4012345"} {
			if got := trackers(upstream.Bookform{AppMetrikaID: id, MetrikaCounterID: id}); got.AppMetrica != id || len(id) > 20 && got.Metrika != "" {
				t.Errorf("%q becomes %+v", id, got)
			}
		}
	})
}
