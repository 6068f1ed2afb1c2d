package browse_test

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/mmcdole/gofeed"

	"okoshko/internal/sandbox"
	"okoshko/internal/server"
	"okoshko/internal/servertest"
)

// public is the origin of a widget that knows its own.
const public = "https://booking.example"

// published is a site that knows its own origin.
func published(t *testing.T, change ...func(*server.Options)) *servertest.Site {
	t.Helper()
	return servertest.New(t, append(change, func(o *server.Options) { o.PublicURL = public })...)
}

// fetch asks for an address with some headers, given as names and values, and reads the answer.
func fetch(t *testing.T, site *servertest.Site, ref string, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+ref, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := site.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

// feedAt reads a feed as a reader's program does.
func feedAt(t *testing.T, site *servertest.Site, ref string) *gofeed.Feed {
	t.Helper()
	resp, body := fetch(t, site, ref)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d\n%s", ref, resp.StatusCode, body)
	}
	f, err := gofeed.NewParser().ParseString(string(body))
	if err != nil {
		t.Fatalf("%s: %v\n%s", ref, err, body)
	}
	return f
}

// TestFeedsSayWhatThePageSays: an entry for each master and day, whose links lead to the flow with all that it names, in a form with
// a salon whose name has an ampersand and runs from right to left.
func TestFeedsSayWhatThePageSays(t *testing.T) {
	t.Parallel()
	const title = `מספרה "R&B" <1>`
	site := published(t)
	begun := site.Now()
	if err := site.Box.Answer(sandbox.Answer{Method: http.MethodGet, Path: "company/501", Merge: map[string]any{"title": title, "public_title": title}}); err != nil {
		t.Fatal(err)
	}
	p := site.Get("/b/1/windows?lang=ru")
	windowsOf(t, p)
	// The page names both, and each says the same.
	var feeds []*gofeed.Feed
	for kind, ext := range map[string]string{"application/atom+xml": ".atom", "application/feed+json": ".json"} {
		link := p.Find("head link[rel=alternate][type='" + kind + "']")
		href := link.AttrOr("href", "")
		if link.Length() != 1 || !strings.Contains(href, "/windows"+ext+"?") {
			t.Fatalf("the page names %q for %s", href, kind)
		}
		resp, body := fetch(t, site, href)
		if got := resp.Header.Get("Content-Type"); got != kind+"; charset=utf-8" {
			t.Errorf("%s comes as %q", ext, got)
		}
		if ext == ".json" {
			isJSONFeed(t, body)
		} else {
			isAtom(t, body)
		}
		f := feedAt(t, site, href)
		if f.Title != title+" · Свободные окошки" || f.Language != "ru" && ext == ".json" || len(f.Authors) != 1 || f.Authors[0].Name != title {
			t.Errorf("%s: title %q, language %q, by %+v", ext, f.Title, f.Language, f.Authors)
		}
		if f.Link != public+p.URL.RequestURI() || f.FeedLink != public+href {
			t.Errorf("%s: of %q, at %q", ext, f.Link, f.FeedLink)
		}
		feeds = append(feeds, f)
	}
	if len(feeds[0].Items) == 0 || len(feeds[0].Items) != len(feeds[1].Items) || len(feeds[0].Items) != p.Find("main [data-day] > ul > [data-master]").Length() {
		t.Fatalf("%d and %d entries, the page has %d", len(feeds[0].Items), len(feeds[1].Items), p.Find("main [data-day] > ul > [data-master]").Length())
	}
	ids := map[string]bool{}
	for i, item := range feeds[0].Items {
		card := p.Find("main [data-day] > ul > [data-master]").Eq(i)
		day := card.Closest("[data-day]").AttrOr("data-day", "")
		if other := feeds[1].Items[i]; other.GUID != item.GUID || other.Title != item.Title || other.Content != item.Content || other.Link != item.Link {
			t.Errorf("the feeds differ: %+v, %+v", item, other)
		}
		want := "tag:booking.example,2026:b/1/windows/501/" + card.AttrOr("data-master", "") + "/" + day
		if ids[item.GUID] = true; item.GUID != want {
			t.Errorf("entry %q, want %q", item.GUID, want)
		}
		name := strings.TrimSpace(card.Find("h3").Text())
		if !strings.HasSuffix(item.Title, name) || strings.Contains(item.Title, "Сегодня") {
			t.Errorf("the entry of %s is called %q", name, item.Title)
		}
		times, err := goquery.NewDocumentFromReader(strings.NewReader(item.Content))
		if err != nil {
			t.Fatal(err)
		}
		shown := card.Find("a[data-slot]")
		for j := range shown.Length() {
			href := times.Find("a").Eq(j).AttrOr("href", "")
			if want := shown.Eq(j); times.Find("a").Eq(j).Text() != want.Text() || href != public+want.AttrOr("href", "") {
				t.Fatalf("time %d of %s: %q at %s, want %q", j, name, times.Find("a").Eq(j).Text(), href, want.Text())
			}
		}
		if at := item.UpdatedParsed; at == nil || at.After(site.Now()) || at.Before(begun.Truncate(time.Second)) || !strings.HasSuffix(item.Updated, "+03:00") {
			t.Errorf("%s is of %q, want %s or later by the salon's clock", name, item.Updated, begun)
		}
	}
	if len(ids) != len(feeds[0].Items) {
		t.Errorf("%d ids of %d entries", len(ids), len(feeds[0].Items))
	}
	// An entry's link has master and day, a time's link has the time.
	item := feeds[0].Items[0]
	open := site.Get(strings.TrimPrefix(item.Link, public))
	for range 2 {
		if open.Step() == "service" {
			open = site.Press(open, servertest.Takes)
		}
	}
	if q := open.URL.Query(); open.Step() != "datetime" || !strings.Contains(item.GUID, "/"+q.Get("master")+"/"+q.Get("date")) {
		t.Errorf("%s leads to %s", item.GUID, open.URL)
	}
}

// isAtom says whether a document has what RFC 4287 asks of a feed (4.1.1) and of an entry (4.1.2).
func isAtom(t *testing.T, body []byte) {
	t.Helper()
	type element struct {
		ID      []string `xml:"http://www.w3.org/2005/Atom id"`
		Title   []string `xml:"http://www.w3.org/2005/Atom title"`
		Updated []string `xml:"http://www.w3.org/2005/Atom updated"`
		Links   []struct {
			Rel  string `xml:"rel,attr"`
			Href string `xml:"href,attr"`
		} `xml:"http://www.w3.org/2005/Atom link"`
	}
	var f struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		element
		Authors []string  `xml:"http://www.w3.org/2005/Atom author>name"`
		Entries []element `xml:"http://www.w3.org/2005/Atom entry"`
	}
	if err := xml.Unmarshal(body, &f); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	if f.Lang != "ru" || len(f.Authors) != 1 || len(f.Links) != 3 || f.Links[1].Rel != "self" {
		t.Errorf("language %q, authors %q, links %+v", f.Lang, f.Authors, f.Links)
	}
	for _, e := range append(f.Entries, f.element) {
		if len(e.ID) != 1 || len(e.Title) != 1 || len(e.Updated) != 1 || !isInstant(e.Updated[0]) || len(e.Links) == 0 || e.Links[0].Rel != "alternate" {
			t.Errorf("element %+v", e)
		}
	}
}

// isJSONFeed says whether a document has what version 1.1 of the format asks for.
func isJSONFeed(t *testing.T, body []byte) {
	t.Helper()
	var f struct {
		Version string           `json:"version"`
		Title   string           `json:"title"`
		Items   []map[string]any `json:"items"`
		Author  any              `json:"author"` // of version 1
	}
	if err := json.Unmarshal(body, &f); err != nil {
		t.Fatal(err)
	}
	if f.Version != "https://jsonfeed.org/version/1.1" || f.Title == "" || f.Items == nil || f.Author != nil {
		t.Errorf("version %q, title %q", f.Version, f.Title)
	}
	for _, item := range f.Items {
		id, _ := item["id"].(string)
		html, _ := item["content_html"].(string)
		if at, _ := item["date_modified"].(string); id == "" || html == "" || !isInstant(at) {
			t.Errorf("item %v", item)
		}
	}
}

func isInstant(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

// TestFeedsChangeWhenTimesDo: a reader that has a feed gets 304 until a time is booked. Only the entry that has changed is new.
func TestFeedsChangeWhenTimesDo(t *testing.T) {
	t.Parallel()
	site := published(t)
	for _, ref := range []string{"/b/1/windows.atom?lang=en", "/b/1/windows.json?lang=en"} {
		first, _ := fetch(t, site, ref)
		tag, date := first.Header.Get("Etag"), first.Header.Get("Last-Modified")
		if tag == "" || date == "" || !strings.HasPrefix(first.Header.Get("Cache-Control"), "public, max-age=0, s-maxage=") {
			t.Fatalf("%s: tag %q, of %q, %q", ref, tag, date, first.Header.Get("Cache-Control"))
		}
		before := feedAt(t, site, ref)
		site.Clock.Add(2*time.Minute + time.Second) // the masters are asked for again, and nothing has changed
		for _, has := range [][]string{{"If-None-Match", tag}, {"If-Modified-Since", date}, {"If-None-Match", tag, "If-Modified-Since", "Mon, 02 Jan 2006 15:04:05 GMT"}} {
			if resp, body := fetch(t, site, ref, has...); resp.StatusCode != http.StatusNotModified || len(body) != 0 {
				t.Errorf("%s with %v: status %d", ref, has, resp.StatusCode)
			}
		}
		slot := windowsOf(t, site.Get("/b/1/windows?lang=en"))
		iso, master := slot.AttrOr("data-slot", ""), slot.Closest("[data-master]").AttrOr("data-master", "")
		site.To(site.Press(site.Press(site.Get("/b/1/windows?lang=en"), "main a[data-slot]"), servertest.Takes), "done")
		if resp, _ := fetch(t, site, ref, "If-None-Match", tag, "If-Modified-Since", date); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s is booked, status %d", ref, iso, resp.StatusCode)
		}
		after := feedAt(t, site, ref)
		for _, item := range after.Items {
			was := slices.IndexFunc(before.Items, func(other *gofeed.Item) bool { return other.GUID == item.GUID })
			if was < 0 {
				continue
			}
			changed := item.Content != before.Items[was].Content
			if moved := item.UpdatedParsed.After(*before.Items[was].UpdatedParsed); moved != changed {
				t.Errorf("%s: %s has changed: %v, is told to have: %v", ref, item.GUID, changed, moved)
			}
			if strings.Contains(item.GUID, "/"+master+"/") && strings.Contains(item.Content, iso) {
				t.Errorf("%s still has %s", ref, iso)
			}
		}
	}
}

// TestChannelsCostWhatThePageCosts: programs that read the channels of a company's windows cause its page's one call in two minutes and
// no more, none while calls are few, and robots none.
func TestChannelsCostWhatThePageCosts(t *testing.T) {
	t.Parallel()
	var plenty atomic.Bool
	site := published(t, func(o *server.Options) { o.Plenty = plenty.Load })
	site.Clock.Stop() // drawing pictures takes a slow machine minutes
	calls := func(header ...string) int {
		before := site.Calls(http.MethodGet, "/book_staff/")
		for _, ref := range channels {
			for _, query := range []string{"?lang=en", "?lang=en&master=50101", "?lang=en&services=501001"} {
				if resp, body := fetch(t, site, "/b/1/windows"+ref+query, header...); resp.StatusCode != http.StatusOK {
					t.Errorf("%s%s: status %d\n%s", ref, query, resp.StatusCode, body)
				}
			}
		}
		return site.Calls(http.MethodGet, "/book_staff/") - before
	}
	if n := calls(); n != 0 {
		t.Errorf("with few calls left the channels caused %d", n)
	}
	plenty.Store(true)
	if n := calls("User-Agent", "Mozilla/5.0 (compatible; Somebot/2.1)"); n != 0 {
		t.Errorf("a robot caused %d calls", n)
	}
	site.Clock.Add(time.Minute)
	if n := calls("User-Agent", "Miniflux/2.2"); n != 1 {
		t.Errorf("a feed reader caused %d calls, want one", n)
	}
	site.Clock.Add(50 * time.Second)
	if n := calls(); n != 0 {
		t.Errorf("within two minutes the channels caused %d calls more", n)
	}
	for _, form := range []string{"12", "13"} {
		for _, ref := range channels {
			if resp, _ := fetch(t, site, "/b/"+form+"/windows"+ref); resp.StatusCode != http.StatusNotFound {
				t.Errorf("form %s has no windows, %s has status %d", form, ref, resp.StatusCode)
			}
		}
	}
}

// channels are what stands behind the address of the page.
var channels = []string{".atom", ".json", ".txt", "-1080x1350.png", "-1080x1920.png"}

// TestFeedOfAChain: a branch for an entry, until one is chosen.
func TestFeedOfAChain(t *testing.T) {
	t.Parallel()
	site := published(t)
	before := site.Calls(http.MethodGet, "/book_")
	f := feedAt(t, site, "/b/3/windows.atom?lang=en")
	if branches := site.Get("/b/3/windows?lang=en").Find("main a[data-company]").Length(); len(f.Items) < 3 || len(f.Items) > branches || site.Calls(http.MethodGet, "/book_") != before {
		t.Fatalf("%d entries of %d branches", len(f.Items), branches)
	}
	if p := site.Get(strings.TrimPrefix(f.Items[0].Link, public)); p.Step() != "windows" || p.Find("main a[data-slot]").Length() == 0 {
		t.Errorf("a branch leads to %s", p.URL)
	}
	// A widget that does not know its own origin says what the request says, and keeps no such answer.
	unpublished := servertest.New(t)
	for _, host := range []string{"one.example", "two.example"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, unpublished.URL+"/b/1/windows.atom?lang=en", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := unpublished.HTTP.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		f, err := gofeed.NewParser().Parse(resp.Body)
		_ = resp.Body.Close()
		if err != nil || !strings.HasPrefix(f.Link, "http://"+host+"/b/1/windows") {
			t.Errorf("%s: %v, %q", host, err, f.Link)
		}
	}
}
