package snippet

import (
	"net/url"
	"strings"
	"testing"
)

var widget = Widget{
	Origin: "https://w.example", Form: 123, Mode: Popup, Lang: "ru", Service: "1", Master: "0", Company: "3",
	LinkText: `Запись <&"> онлайн`, FrameName: "Онлайн-запись",
}

func TestLines(t *testing.T) {
	const address = "https://w.example/b/123?company=3&amp;lang=ru&amp;master=0&amp;services=1"
	link := `<a href="` + address + `">Запись &lt;&amp;&#34;&gt; онлайн</a>`
	for got, want := range map[string]string{
		widget.Element(): `<okoshko-booking form="123" mode="popup" lang="ru" service="1" master="0" company="3">` + "\n  " + link +
			"\n</okoshko-booking>\n" + `<script async src="https://w.example/embed/v1.js"></script>`,
		widget.Link(): link,
		widget.Frame(): `<iframe src="` + address + `" title="Онлайн-запись" loading="lazy"` + "\n" +
			`  width="100%" height="720" style="border:0;color-scheme:normal"` + "\n" +
			`  referrerpolicy="strict-origin-when-cross-origin" allow="otp-credentials; payment; clipboard-write; web-share"></iframe>`,
		Widget{Origin: "https://w.example", Form: 1, LinkText: "Book"}.Element(): `<okoshko-booking form="1">` + "\n" +
			`  <a href="https://w.example/b/1">Book</a>` + "\n</okoshko-booking>\n" + `<script async src="https://w.example/embed/v1.js"></script>`,
	} {
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// TestWhatWeWriteIsFound also with the policies that let it.
func TestWhatWeWriteIsFound(t *testing.T) {
	for name, text := range map[string]string{"element": widget.Element(), "frame": widget.Frame(), "link": widget.Link()} {
		for _, policy := range []string{
			"", "default-src 'self' https://w.example", "default-src 'none'; script-src w.example; frame-src https:", "default-src *",
			"script-src 'self' https://*.example:443; child-src https://w.example/b/", "img-src 'self'", "default-src 'none'; script-src 'strict-dynamic' 'nonce-x'; frame-src *",
		} {
			found := Find(page(text, policy), widget)
			if len(found) == 0 {
				t.Errorf("%s under %q: nothing is found", name, policy)
			}
			for _, f := range found {
				if f.Verdict != Good {
					t.Errorf("%s under %q: %s", name, policy, f.Text)
				}
			}
		}
	}
}

func page(text, policy string) Page {
	u, err := url.Parse("https://salon.example/page/")
	if err != nil {
		panic(err)
	}
	return Page{URL: u, HTML: "<!doctype html><body>" + text, Policies: []string{policy}}
}

func TestWhatIsNotRightIsSaid(t *testing.T) {
	const (
		link   = `<a href="https://w.example/b/123">Book</a>`
		whole  = `<okoshko-booking form="123">` + link + `</okoshko-booking>`
		loaded = `<script async src="https://w.example/embed/v1.js"></script>`
	)
	for _, tt := range []struct {
		name, text, policy string
		verdict            Verdict
		want               string
	}{
		{"nothing", "<p>Salon</p>", "", Wrong, "none of our lines"},
		{"in a comment", "<!-- " + whole + loaded + " -->", "", Wrong, "none of our lines"},
		{"in a script", "<script>`" + whole + loaded, "", Wrong, "none of our lines"},
		{"tag manager", `<script async src="https://www.googletagmanager.com/gtm.js?id=x"></script>`, "", Mind, "tag manager"},
		{"no script", whole, "", Wrong, "The script is not there"},
		{"no element", loaded, "", Wrong, "no element"},
		{"no form", "<okoshko-booking></okoshko-booking>" + loaded, "", Wrong, "neither a form attribute nor a link"},
		{"another form", `<okoshko-booking form="7">x</okoshko-booking>` + loaded, "", Mind, `for another form, "7"`},
		{"no link", `<okoshko-booking form="123"></okoshko-booking>` + link + loaded, "", Mind, "no link to the form inside"},
		{"mode", `<okoshko-booking form="123" mode="modal">` + link + "</okoshko-booking>" + loaded, "", Wrong, `mode is "modal"`},
		{"service", `<okoshko-booking form="123" service="cut">` + link + "</okoshko-booking>" + loaded, "", Wrong, "service"},
		{"twice", whole + loaded + whole + loaded, "", Mind, "2 times"},
		{"another host", whole + `<script async src="https://x.example/embed/v1.js"></script>`, "", Mind, "another host"},
		{"another script", whole + `<script async src="https://w.example/embed/v9.js"></script>`, "", Wrong, "which we do not serve"},
		{"blocking", whole + `<script src="https://w.example/embed/v1.js"></script>`, "", Mind, "no async"},
		{"pinned", whole + `<script async src="https://w.example/embed/1.4.2/embed.js"></script>`, "", Mind, "no integrity"},
		{"script refused", whole + loaded, "script-src 'self'", Wrong, "add https://w.example to script-src"},
		{"script refused by default", whole + loaded, "default-src 'self' w.example:8443", Wrong, "add https://w.example to script-src"},
		{"script refused by one of two", whole + loaded, "script-src *, script-src-elem 'none'", Wrong, "add https://w.example to script-src"},
		{"policy in the page", `<meta http-equiv="content-security-policy" content="frame-src 'none'">` + whole + loaded, "", Wrong, "add https://w.example to frame-src"},
		{"frame refused", widget.Frame(), "default-src 'self'", Wrong, "add https://w.example to frame-src"},
		{"frame of another form", `<iframe src="//w.example/b/1234" title="x"></iframe>`, "", Mind, "another page of the widget"},
		{"frame without a title", `<iframe src="https://w.example/b/123"></iframe>`, "", Mind, "no title"},
		{"sandbox", `<iframe src="https://w.example/b/123" title="x" sandbox="allow-scripts allow-forms"></iframe>`, "", Wrong, "lacks allow-downloads"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := Find(page(tt.text, tt.policy), widget)
			for _, f := range found {
				if f.Verdict == tt.verdict && strings.Contains(f.Text, tt.want) {
					return
				}
			}
			t.Errorf("found %+v, want %s: %s", found, tt.verdict, tt.want)
		})
	}
}

// FuzzFind checks that no page is too odd, and that nothing of it is repeated at length.
func FuzzFind(f *testing.F) {
	f.Add(widget.Element(), "default-src 'self'")
	f.Add("<okoshko-booking form=", ";,'")
	f.Fuzz(func(t *testing.T, text, policy string) {
		for _, finding := range Find(page(text, policy), widget) {
			if len(finding.Text) > 1000 {
				t.Errorf("a finding of %d bytes", len(finding.Text))
			}
		}
	})
}

// TestWindowsOfAWidget: a frame of the windows says so, the link books, and the channels have the choices.
func TestWindowsOfAWidget(t *testing.T) {
	w := Widget{Origin: "https://booking.example", Form: 3, Mode: Windows, Lang: "lv", Company: "77", LinkText: "Book"}
	if got, want := w.FrameURL(), "https://booking.example/b/3?company=77&lang=lv&mode=windows"; got != want {
		t.Errorf("a frame shows %q, want %q", got, want)
	}
	if got := w.Element(); !strings.Contains(got, `mode="windows"`) || !strings.Contains(got, `href="https://booking.example/b/3?company=77&amp;lang=lv"`) {
		t.Errorf("the element is\n%s", got)
	}
	seen := map[string]bool{}
	for _, c := range w.Channels() {
		if want := "https://booking.example/b/3/" + string(c.Page) + "?company=77&lang=lv"; c.URL != want || seen[c.URL] {
			t.Errorf("channel %q, want %q", c.URL, want)
		}
		seen[c.URL] = true
	}
	if len(seen) != 6 {
		t.Errorf("%d channels, want the page, two pictures, the text and two feeds", len(seen))
	}
	w.Mode = Inline
	if w.FrameURL() != w.URL() {
		t.Errorf("a booking's frame shows %q", w.FrameURL())
	}
}
