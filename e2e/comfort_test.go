//go:build e2e

package e2e

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"okoshko/internal/app"
	number "okoshko/internal/phone"
	"okoshko/internal/servertest"
)

// TestErrorsAreFocused: what is wrong has the focus, is named first, and leads to its fields, whether scripts run
// or not.
func TestErrorsAreFocused(t *testing.T) {
	t.Parallel()
	a := start(t)
	for name, o := range ways {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t, o)
			b.open(a.URL + "/b/1?lang=en")
			b.walk(a, "contact")
			title := ask[string](b, "document.title")
			for i := range 2 { // a second time, too, and by Enter, which presses no language
				if i == 0 {
					b.press(send)
				} else {
					ask[string](b, "document.querySelector('[name=fullname]').focus(), ''")
					b.leave("Enter", chromedp.KeyEvent(kb.Enter))
				}
				if got := ask[string](b, "document.activeElement.id"); got != "errors" {
					t.Errorf("the focus is on %q, not on the errors", got)
				}
			}
			if got := ask[string](b, "document.title"); !strings.HasPrefix(got, "Please correct this: ") || !strings.HasSuffix(got, title) {
				t.Errorf("the page is called %q", got)
			}
			links := ask[[]string](b, "[...document.querySelectorAll('#errors a')].map((a) => a.hash)")
			fields := ask[[]string](b, `[...document.querySelectorAll("[aria-invalid=true]")].map((f) => document.getElementById(f.getAttribute("aria-describedby").split(" ")[0]).textContent.trim() && "#" + f.id)`)
			if len(links) < 3 || strings.Join(links, " ") != strings.Join(fields, " ") {
				t.Errorf("the errors lead to %v, and wrong are %v", links, fields)
			}
			b.click("#errors li:first-child a")
			if got := ask[string](b, "'#' + document.activeElement.id"); got != links[0] {
				t.Errorf("the first error leads to %q, want %q", got, links[0])
			}
			// What is typed stays when the language is changed.
			b.fill("fullname", "Anna")
			b.press(".languages button[lang=ru]")
			if got := ask[string](b, "document.documentElement.lang + document.querySelector('[name=fullname]').value"); got != "ruAnna" || b.step() != "contact" || b.has("#errors") {
				t.Errorf("in Russian the page is %q", got)
			}
		})
	}
}

// TestDayIsAnnounced: whoever does not see the days hears which one is open after they have been turned, as the page's title
// or, where no page is loaded, as news.
func TestDayIsAnnounced(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := newBrowser(t, options{noScript: true})
	b.open(a.URL + "/b/18?lang=en")
	b.walk(a, "datetime")
	b.press("main a[rel=next]")
	if day, title := b.text("#day"), ask[string](b, "document.title"); !strings.HasPrefix(title, day) {
		t.Errorf("the page of %s is called %q", day, title)
	}

	f := frame{newBrowser(t, options{alone: true})}
	f.open(host(t, a, ask[string](b, "location.pathname + location.search.replace(/&from=[^&]*/, '')")))
	f.poll(func() bool { return f.step() != "" }, "a step in the frame")
	turned := 0
	for ; f.has("main a[rel=next]"); turned++ {
		f.press("main a[rel=next]")
		day := ask[string](f.browser, "frames[0].document.querySelector('#day').textContent")
		f.until("frames[0].document.querySelector('main > .unseen[role=status]').textContent.startsWith(%q)", day)
		// The arrow keeps the focus, and where the days end the heading of the open one gets it.
		if want := ask[string](f.browser, "frames[0].document.querySelector('main a[rel=next]')?.rel ?? 'day'"); want != ask[string](f.browser, "frames[0].document.activeElement.rel || frames[0].document.activeElement.id") {
			t.Errorf("the focus is on %s, want %s", f.focus(), want)
		}
	}
	if turned == 0 {
		t.Error("there is no later page: the test shows nothing")
	}
}

// TestComforts tries what the script adds to a page.
func TestComforts(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := newBrowser(t, options{})
	t.Run("search", func(t *testing.T) { searchAsOneTypes(t, a, b) })
	t.Run("phone", func(t *testing.T) { phonesAreGrouped(t, a, b) })
}

// phonesAreGrouped types numbers as people do. Nothing moves under the caret; when the field is left, a number in full of
// the salon's country stands in its groups, as the server writes it on the next page.
func phonesAreGrouped(t *testing.T, a *app.App, b *browser) {
	t.Helper()
	b.open(a.URL + "/b/1?lang=en")
	b.walk(a, "contact")
	const field = "document.querySelector('[name=phone]')"
	for typed, want := range map[string]string{
		"+79161234567": "+7 916 123-45-67", "+7(916)1234567": "+7 916 123-45-67", " +7 916.123.45.67 ": "+7 916 123-45-67",
		// What is not in full, or not of the salon's country, stays as it was typed.
		"89161234567": "89161234567", "8 029 123 45 67": "8 029 123 45 67", "79161234567": "79161234567", "+37121234567": "+37121234567",
		"+7916123456": "+7916123456", "21234567": "21234567", "+1 202 555 0123": "+1 202 555 0123", "ask Anna": "ask Anna", "": "",
	} {
		if got := number.Grouped(typed, number.Example("RU")); got != want {
			t.Errorf("the server writes %q as %q, want %q", typed, got, want)
		}
		ask[string](b, field+".focus(), "+field+".value = '', ''")
		b.do(chromedp.KeyEvent(typed))
		if got := ask[string](b, field+".value"); got != typed {
			t.Errorf("%q becomes %q while it is being typed", typed, got)
		}
		b.do(chromedp.KeyEvent(kb.Tab))
		if got := ask[string](b, field+".value"); got != want {
			t.Errorf("%q becomes %q, want %q", typed, got, want)
		}
	}
	// A digit is put right in the middle, and another taken away.
	ask[string](b, field+".value = '', "+field+".focus(), ''")
	b.do(chromedp.KeyEvent("+79161234567"), chromedp.KeyEvent(kb.Tab))
	ask[string](b, field+".focus(), "+field+".setSelectionRange(6, 6), ''") // after the 916
	b.do(chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent("7"))
	if got := ask[string](b, field+".value + ' ' + "+field+".selectionStart"); got != "+7 917 123-45-67 6" {
		t.Errorf("after a change in the middle: value and caret %q", got)
	}
	b.do(chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(kb.Tab))
	if got := ask[string](b, field+".value"); got != "+7 91 123-45-67" {
		t.Errorf("a number that lacks a digit becomes %q", got)
	}
}

// searchAsOneTypes narrows the list without a request, says when nothing is left, and leaves a list that the
// server has narrowed to the server.
func searchAsOneTypes(t *testing.T, a *app.App, b *browser) {
	t.Helper()
	b.open(a.URL + "/b/18/service?lang=en")
	const shown = "[...document.querySelectorAll('main li[id]')].filter((e) => e.offsetParent).length"
	all := ask[int](b, shown)
	search := func(text string) int {
		t.Helper()
		ask[string](b, "document.querySelector('#search').select(), document.querySelector('#search').focus(), ''")
		b.do(chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(text))
		return ask[int](b, shown)
	}
	const soonest = "[...document.querySelectorAll('.soonest')].filter((e) => e.offsetParent).length"
	if ask[int](b, soonest) != 1 {
		t.Error("the page has no soonest times")
	}
	first := b.text("main li[id] .strong")
	if n := search(strings.ToUpper(first)); n == 0 || n >= all {
		t.Errorf("%q leaves %d of %d services", first, n, all)
	}
	if ask[int](b, soonest) != 0 {
		t.Error("the soonest times stand above what a search has found")
	}
	if n := search("zzzz"); n != 0 || b.text("[data-none]") == "" || ask[int](b, "[...document.querySelectorAll('main h2')].filter((e) => e.offsetParent).length") != 0 {
		t.Errorf("nothing fits, and %d services and the words %q are shown", n, b.text("[data-none]"))
	}
	// X7: what another form, a wrong keyboard and the category find, and what a price does not.
	price := b.text("main li[id] .price")
	if n := search(strings.Trim(price, "from –€")); n != 0 {
		t.Errorf("the price %q leaves %d services", price, n)
	}
	category := b.text("main .group h2")
	if n, want := search(category), ask[int](b, "document.querySelector('main .group').querySelectorAll('li[id]').length"); n < want {
		t.Errorf("the category %q leaves %d of its %d services", category, n, want)
	}
	b.open(a.URL + "/b/18/service?lang=ru")
	for _, words := range [][2]string{{"стрижка", "cnhb;rf"}, {"маникюр", "маникюра"}} {
		if one, other := search(words[0]), search(words[1]); one == 0 || one != other {
			t.Errorf("%q leaves %d services, %q %d", words[0], one, words[1], other)
		}
	}
	b.open(a.URL + "/b/18/service?lang=en")
	if n := search(" "); n != all || b.text("[data-none]") != "" || ask[int](b, soonest) != 1 {
		t.Errorf("an empty search leaves %d of %d services", n, all)
	}
	b.open(a.URL + "/b/18/service?lang=en&q=" + first[:3])
	if n, told := ask[int](b, shown), b.text("[data-none]"); search("zzzz") != n || b.text("[data-none]") != told || !strings.Contains(told, strconv.Itoa(n)) {
		t.Errorf("a list of %d that the server has narrowed, of which %q was said, is said to hold %q", n, told, b.text("[data-none]"))
	}
}

// TestOldBrowsersAndPaper: a script that cannot run leaves the page as it is without one; and a visit of a black form
// is printed in dark letters, with nothing to press.
func TestOldBrowsersAndPaper(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := newBrowser(t, options{})
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `Object.defineProperty(window, "addEventListener", { value: undefined })`, // which the script begins with
	}); err != nil {
		t.Fatal(err)
	}
	b.ownVisit(a, 15)
	b.press("main a[rel=record]")
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	b.shot("paper")
	pale := ask[string](b, `[...document.body.querySelectorAll("main, main *")].filter((e) => e.offsetParent && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
  .filter((e) => { const [r, g, b] = getComputedStyle(e).color.match(/[\d.]+/g).map(Number); return (r + g + b) / 3 > 120; }).map((e) => e.outerHTML.slice(0, 120)).join("\n")`)
	if pale != "" {
		t.Errorf("printed in pale letters:\n%s", pale)
	}
	for selector, printed := range map[string]bool{
		".actions": false, ".languages": false, "[data-print]": false, ".also": false, "main time": true, ".facts": true, ".rows": true,
	} {
		if ask[bool](b, "!!document.querySelector(%q)?.offsetParent", selector) != printed {
			t.Errorf("%s is printed: %v", selector, !printed)
		}
	}
}

// ruleless makes a browser one without speculation rules, and notes what the page's scripts fetch.
const ruleless = `
  delete HTMLScriptElement.supports;
  new MutationObserver(() => document.querySelector("script[type=speculationrules]")?.remove()).observe(document, { childList: true, subtree: true });
  self.fetched = [];
  const real = fetch;
  self.fetch = (what, how) => {
    const at = fetched.push([String(what), how?.headers?.["X-Purpose"]].join(" ")) - 1;
    const answer = real(what, how);
    answer.then(({ status }) => (fetched[at] += " " + status));
    return answer;
  };`

// TestTheNextPageIsFetchedUnderTheFinger: where the browser knows no speculation rules, the page behind a link is fetched while the link
// is held down, and for the press it costs no call more. Nothing else on the page is fetched so, and where there are rules nothing is.
func TestTheNextPageIsFetchedUnderTheFinger(t *testing.T) {
	t.Parallel()
	a := start(t)
	for _, rules := range []bool{false, true} {
		b := newBrowser(t, options{width: phoneWidth})
		source := ruleless
		if rules {
			source = strings.Replace(ruleless, "delete HTMLScriptElement.supports;", "", 1)
		}
		if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source}); err != nil {
			t.Fatal(err)
		}
		b.open(a.URL + "/b/1/service?lang=en")
		b.until("document.readyState === 'complete'")
		next := ask[string](b, "document.querySelector(%q).href", servertest.Takes)
		release := b.hold(servertest.Takes)
		if rules {
			b.quiet()
			if got := ask[[]string](b, "fetched"); len(got) > 0 {
				t.Errorf("with speculation rules the script fetches %v", got)
			}
			continue
		}
		b.until("/ \\d+$/.test(fetched[0])")
		if got := ask[[]string](b, "fetched"); got[0] != next+" prefetch 200" {
			t.Errorf("while the link to %s is held down, the page fetches %q", next, got[0])
		}
		before := len(a.Sandbox.Calls())
		release()
		if b.step() != "datetime" {
			t.Errorf("the press leads to step %q", b.step())
		}
		if n := len(a.Sandbox.Calls()) - before; n > 0 {
			t.Errorf("the page under the finger cost %d calls once more", n)
		}
		release = b.hold(".languages a:not([aria-current])")
		b.quiet()
		if got := ask[[]string](b, "fetched"); len(got) > 0 {
			t.Errorf("a language fetches %v", got)
		}
		release()
	}
}
