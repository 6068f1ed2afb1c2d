package urls_test

import (
	"strings"
	"testing"

	"okoshko/internal/flow"
	"okoshko/internal/urls"
)

// TestAddresses holds the addresses to the contract: websites, messages and bookmarks have them.
func TestAddresses(t *testing.T) {
	byLink := urls.Visit{Form: 3, Company: 77, Record: 501, Hash: "abc"}
	mine := urls.Visit{Form: 3, Company: 77, Record: 501}
	for got, want := range map[string]string{
		urls.Form(3):                                         "/b/3",
		urls.FormPage(3, urls.Datetime):                      "/b/3/datetime",
		urls.Item(3, urls.Master, 11):                        "/b/3/master/11",
		urls.Item(3, urls.Events, 0):                         "/b/3/events",
		urls.FormPage(3, urls.Done):                          "/b/3/done",
		urls.FormPage(3, urls.Windows):                       "/b/3/windows",
		byLink.Path(urls.VisitShown):                         "/r/3/77/501/abc",
		byLink.Path(urls.VisitCancel):                        "/r/3/77/501/abc/cancel",
		byLink.Path(urls.VisitFeed):                          "/r/3/77/501/abc/feed.ics",
		mine.Path(urls.VisitShown):                           "/me/3/visit/77/501",
		mine.Path(urls.VisitCalendar):                        "/me/3/visit/77/501/visit.ics",
		urls.AccountOf(3, urls.AccountVisits):                "/me/3",
		urls.AccountOf(3, urls.AccountNewPhone):              "/me/3/profile/phone",
		urls.Asset("0123456789", "app.js"):                   "/static/0123456789/app.js",
		urls.Loader:                                          "/embed/v1.js",
		urls.Hook("abc"):                                     "/hooks/abc",
		urls.With("/b/3"):                                    "/b/3",
		urls.With("/b/3", "a=1", "b=2"):                      "/b/3?a=1&b=2",
		urls.With("/b/3?a=1", urls.Param("q", "стрижка & ")): "/b/3?a=1&q=%D1%81%D1%82%D1%80%D0%B8%D0%B6%D0%BA%D0%B0+%26+",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// fill puts values into a route's pattern, as the router takes them out.
func fill(route string) string {
	return strings.NewReplacer(":form", "3", ":company", "77", ":record", "501", ":hash", "abc", ":staff", "11", ":event", "11", ":secret", "abc").Replace(route)
}

// TestEveryRouteTakesItsAddress: what is built is what is listened to.
func TestEveryRouteTakesItsAddress(t *testing.T) {
	built := map[string]string{
		urls.FormRoute:   urls.Form(3),
		urls.MasterRoute: urls.Item(3, urls.Master, 11),
		urls.EventRoute:  urls.Item(3, urls.Events, 11),
		urls.HookRoute:   urls.Hook("abc"),
	}
	for _, p := range []urls.Page{
		urls.City, urls.Company, urls.Service, urls.Master, urls.Datetime, urls.Contact, urls.Confirm, urls.Done, urls.Events, urls.About, urls.Privacy, urls.Access, urls.Windows, urls.WidgetVisit,
		urls.WindowsAtom, urls.WindowsJSON, urls.WindowsText, urls.WindowsPost, urls.WindowsStory,
	} {
		built[p.Route()] = urls.FormPage(3, p)
		if got := urls.PageOfRoute(p.Route()); got != p {
			t.Errorf("PageOfRoute(%q) = %q, want %q", p.Route(), got, p)
		}
	}
	for _, p := range []urls.VisitPage{urls.VisitShown, urls.VisitCancel, urls.VisitMove, urls.VisitCalendar, urls.VisitFeed} {
		built[p.LinkRoute()] = urls.Visit{Form: 3, Company: 77, Record: 501, Hash: "abc"}.Path(p)
		built[p.AccountRoute()] = urls.Visit{Form: 3, Company: 77, Record: 501}.Path(p)
	}
	for _, p := range []urls.AccountPage{
		urls.AccountVisits, urls.AccountPassword, urls.AccountLeave, urls.AccountProfile, urls.AccountNewPhone, urls.AccountNewPassword,
	} {
		built[p.Route()] = urls.AccountOf(3, p)
	}
	for route, address := range built {
		if got := fill(route); got != address {
			t.Errorf("route %q takes %q, the address is %q", route, got, address)
		}
	}
	if len(built) != 39 {
		t.Errorf("%d routes, want 39: two have the same pattern", len(built))
	}
	for _, other := range []string{urls.FormRoute, urls.AccountRoute, urls.Robots, "/"} {
		if got := urls.PageOfRoute(other); got != "" {
			t.Errorf("PageOfRoute(%q) = %q, want none", other, got)
		}
	}
}

// TestPagesAreCalledLikeTheirSteps: package flow names the steps, and each has its page.
func TestPagesAreCalledLikeTheirSteps(t *testing.T) {
	pages := map[urls.Page]flow.Step{
		urls.City: flow.City, urls.Company: flow.Company, urls.Service: flow.Service, urls.Master: flow.Master,
		urls.Datetime: flow.Datetime, urls.Contact: flow.Contact, urls.Confirm: flow.Confirm,
	}
	for page, step := range pages {
		if got, ok := flow.ParseStep(string(page)); !ok || got != step {
			t.Errorf("page %q is step %q, %v, want %q", page, got, ok, step)
		}
	}
	for _, other := range []urls.Page{urls.Done, urls.Events, urls.About, urls.Privacy, urls.Access, urls.Windows, urls.WidgetVisit, urls.Record, urls.Cancelled, urls.Account, urls.Error} {
		if _, ok := flow.ParseStep(string(other)); ok {
			t.Errorf("page %q is a step, want none", other)
		}
	}
}

func TestReadingPaths(t *testing.T) {
	for path, want := range map[string]struct {
		form                                    int
		isForm, isRecordLink, isPrivate, isDone bool
	}{
		"/b/3":                    {3, true, false, false, false},
		"/b/3/service":            {3, true, false, false, false},
		"/b/3/done":               {3, true, false, false, true},
		"/b/x/service":            {0, true, false, false, false},
		"/b/-3":                   {0, true, false, false, false},
		"/b/":                     {0, true, false, false, false},
		"/b":                      {},
		"/me/3":                   {3, false, false, true, false},
		"/me/3/profile":           {3, false, false, true, false},
		"/me/3/done":              {3, false, false, true, false},
		"/r/3/77/501/abc":         {0, false, true, true, false}, // whose hosts frame it does not depend on the form
		"/robots.txt":             {},
		"/static/0123456789/b/3/": {},
		"":                        {},
	} {
		if got := urls.FormIn(path); got != want.form {
			t.Errorf("FormIn(%q) = %d, want %d", path, got, want.form)
		}
		if got := urls.IsForm(path); got != want.isForm {
			t.Errorf("IsForm(%q) = %v", path, got)
		}
		if got := urls.IsRecordLink(path); got != want.isRecordLink {
			t.Errorf("IsRecordLink(%q) = %v", path, got)
		}
		if got := urls.IsPrivate(path); got != want.isPrivate {
			t.Errorf("IsPrivate(%q) = %v", path, got)
		}
		if got := urls.IsDone(path); got != want.isDone {
			t.Errorf("IsDone(%q) = %v", path, got)
		}
	}
	for path, want := range map[string]bool{"/b/3": true, "/b/3/service": true, "/b/31": false, "/b/31/service": false, "/me/3": false} {
		if got := urls.OfForm(path, 3); got != want {
			t.Errorf("OfForm(%q, 3) = %v", path, got)
		}
	}
	if got := urls.BelowForm("/b/3/company/77/personal/menu", "3"); got != "company/77/personal/menu" {
		t.Errorf("BelowForm = %q", got)
	}
}

// TestPlacesStayInTheAccount: signing in leads on to what the address says, and never out of the account.
func TestPlacesStayInTheAccount(t *testing.T) {
	for path, want := range map[string]urls.Place{
		"/me/3/profile":                    "/profile",
		"/me/3/profile/phone/":             "/profile/phone",
		"/me/3/visit/77/501/move":          "/visit/77/501/move",
		"/me/3/visit/77/501/visit.ics":     "/visit/77/501",
		"/me/3":                            "",
		"/me/3/leave":                      "",
		"/me/3/visit/077/501":              "",
		"/me/3/visit/77/501/cancel/../../": "",
	} {
		if got := urls.PlaceIn(path, "3"); got != want {
			t.Errorf("PlaceIn(%q) = %q, want %q", path, got, want)
		}
	}
	for _, to := range []string{"//evil.example", "https://evil.example/", "/profile?x=1", "/profile\n", "/visit/1/2#x", "profile", "/password"} {
		if got := urls.ParsePlace(to); got != "" {
			t.Errorf("ParsePlace(%q) = %q, want none", to, got)
		}
	}
	place := urls.ParsePlace("/visit/77/501/cancel")
	if got := place.Of(3); got != "/me/3/visit/77/501/cancel" {
		t.Errorf("Of = %q", got)
	}
	if got := place.Param(); got != "to=/visit/77/501/cancel" {
		t.Errorf("Param = %q", got)
	}
}

func TestReadLoader(t *testing.T) {
	for path, want := range map[string][2]bool{
		"/embed/v1.js":          {true, false},
		"/embed/1.1.0/embed.js": {true, true},
		"/embed/embed.js":       {},
		"/embed//embed.js":      {},
		"/embed/a/b/embed.js":   {},
		"/embed/v2.js":          {},
		"/static/v1.js":         {},
	} {
		if loader, pinned := urls.ReadLoader(path); loader != want[0] || pinned != want[1] {
			t.Errorf("ReadLoader(%q) = %v, %v, want %v", path, loader, pinned, want)
		}
	}
}

// FuzzPlace: whatever an address says, the place lies below the account.
func FuzzPlace(f *testing.F) {
	f.Add("/profile")
	f.Add("/visit/1/2/move")
	f.Add("//evil.example")
	f.Fuzz(func(t *testing.T, to string) {
		place := urls.ParsePlace(to)
		if strings.Contains(string(place), "//") || strings.ContainsAny(string(place), "?#%\\.\n") || !strings.HasPrefix(place.Of(3), "/me/3") {
			t.Fatalf("ParsePlace(%q) = %q", to, place)
		}
	})
}
