//go:build e2e

package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"okoshko/internal/servertest"
)

// mirrored is a script that turns a page right to left and returns what does not stand where a mirror would show it. What stands in a
// line of text is left out: the letters of a language keep their own direction.
const mirrored = `(() => {
  const room = document.documentElement.clientWidth;
  const all = [...document.querySelectorAll("main, main *, header, header *")].filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".unseen, svg, option")
    && !getComputedStyle(e).display.startsWith("inline") && getComputedStyle(e).direction === "ltr");
  const place = (e) => { const { left, right, top } = e.getBoundingClientRect(); return { left, right, top }; };
  scrollTo(0, 0);
  for (const e of all) e.scrollLeft = 0; // a row that was scrolled begins at its other end
  const before = all.map(place);
  document.documentElement.dir = "rtl";
  const out = all.filter((e, i) => {
    const after = place(e);
    return Math.abs(after.left - (room - before[i].right)) > 2 || Math.abs(after.right - (room - before[i].left)) > 2 || Math.abs(after.top - before[i].top) > 2;
  });
  return { count: all.length, wrong: out.filter((e) => !out.some((o) => o !== e && e.contains(o))).slice(0, 5).map((e) => e.outerHTML.slice(0, 160)) };
})()`

// turned fails the test when a page is not its mirror image right to left, or does not fit a narrow screen or large letters then.
func (b *browser) turned() {
	b.t.Helper()
	for _, width := range []int64{360, 1280} {
		b.do(chromedp.EmulateViewport(width, 900))
		found := ask[struct {
			Count int
			Wrong []string
		}](b, "%s", mirrored)
		for _, e := range found.Wrong {
			b.shot("mirrored")
			b.t.Errorf("step %q, %d px, right to left is not in its place:\n%s", b.step(), width, e)
		}
		if found.Count < 10 {
			b.t.Errorf("step %q: only %d elements were looked at", b.step(), found.Count)
		}
		if width == 360 {
			b.shot("rtl")
		}
		ask[string](b, "document.documentElement.dir = 'ltr'")
	}
	ask[string](b, "document.documentElement.dir = 'rtl'")
	b.fits()
	ask[string](b, "document.documentElement.dir = 'ltr'")
}

// judged looks at a page in every way: by axe, by day and by night, narrow and with large letters, with forced colours and right to left.
func (b *browser) judged(source string) {
	b.t.Helper()
	b.accessible(source)
	b.forcedColours()
	b.ringed()
	b.scheme("light")
	b.turned()
}

// TestPagesOfWindowsAreAccessible looks at the page of windows of a salon, of a group, of a service and of a chain.
func TestPagesOfWindowsAreAccessible(t *testing.T) {
	t.Parallel()
	a := start(t)
	source := axe(t)
	b := newBrowser(t, options{width: phoneWidth})
	for _, path := range []string{"/b/1/windows?lang=ru", "/b/18/windows?lang=de&group=801900", "/b/18/windows?lang=lv&services=801001", "/b/3/windows?lang=de", "/b/15/windows"} {
		b.open(a.URL + path)
		if b.step() != "windows" || !b.has("main #windows a") {
			t.Fatalf("%s: step %q: %s", path, b.step(), b.text("main"))
		}
		b.judged(source)
	}
}

// TestPagesOfWishesAreAccessible looks at every page of a wish: the form, as it is and with everything wrong, the advice to look into
// one's mail, the wish before and after it is confirmed, its end, and the form for an earlier time.
func TestPagesOfWishesAreAccessible(t *testing.T) {
	t.Parallel()
	source := axe(t)
	for i, lang := range []string{"ru", "de", "lv"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := startSalonWithMail(t, 18, "OKOSHKO_PUSH_SUBJECT=mailto:us@w.example")
			b := newBrowser(t, options{width: []int64{360, 1280}[i%2]})
			look := func(name string) {
				if got := b.attribute("html", "lang"); got != lang {
					t.Fatalf("%s is in %q", name, got)
				}
				b.shot(name)
				b.judged(source)
			}
			form := fmt.Sprintf("%s/b/18/wish?lang=%s&services=%d&date=%s", s.URL, lang, s.record.Services[0], s.record.Start.Format("2006-01-02"))
			b.open(form)
			look("form")
			b.open(form) // as a visitor finds it
			b.press(send)
			if got := ask[string](b, "document.activeElement.className"); !strings.Contains(got, "alert") {
				t.Errorf("the errors do not have the focus, %q has", got)
			}
			look("errors")
			b.fill("email", "bert@people.example")
			b.check("accept_personal_data")
			b.press(send)
			look("sent")
			b.open(mailedLink(t, s.letters.Wait(t, 1)[0]))
			look("asked")
			b.press("main form[action*=confirm] [type=submit]")
			look("waiting")
			b.press("main form[action*=end] [type=submit]")
			look("ended")
			b.open(strings.Replace(s.visit, "?lang=en", "/wish?lang="+lang, 1))
			if b.step() != "record" || !b.has("[name=hours]") {
				t.Fatalf("step %q at %s", b.step(), ask[string](b, "location.pathname"))
			}
			look("earlier")
		})
	}
}

// TestWishByKeyboard asks for a wish, confirms it, ends it and books by the letter, with the Tab key, the arrows, the space bar
// and Enter only. It begins at the page of windows, and sees there that a time is chosen in the same way.
func TestWishByKeyboard(t *testing.T) {
	t.Parallel()
	s := startSalonWithMail(t, 1)
	b := newBrowser(t, options{width: phoneWidth})
	b.open(s.URL + "/b/1/windows?lang=en")
	if n, ok := b.stops("main [data-slot]", ".skip", 12); !ok {
		t.Errorf("the first time has the focus after more than %d presses", n)
	}
	b.leave("a time", chromedp.KeyEvent(kb.Enter))
	b.enter(servertest.Takes)
	if b.step() != "contact" {
		t.Fatalf("a time of the windows leads to %q", b.step())
	}

	b.emptyDay(s.App, strconv.Itoa(s.record.Services[0]), s.record.Start)
	b.enter("main a[data-wish]")
	b.tabTo("[name=master]")
	for range 20 { // each arrow chooses the next one
		if ask[string](b, "document.activeElement.value") == strconv.Itoa(s.record.Staff) {
			break
		}
		b.do(chromedp.KeyEvent(kb.ArrowDown))
	}
	day := s.record.Start.Format("2006-01-02")
	for _, name := range []string{"from", "to"} {
		b.tabTo("[name=" + name + "]")
		for range 60 {
			value := ask[string](b, "document.activeElement.value")
			if value == day {
				break
			}
			if value > day {
				b.do(chromedp.KeyEvent(kb.ArrowUp))
			} else {
				b.do(chromedp.KeyEvent(kb.ArrowDown))
			}
		}
	}
	b.tabTo("[name=email]")
	b.do(chromedp.KeyEvent("bert@people.example"))
	b.tabTo("[name=accept_personal_data]")
	b.do(chromedp.KeyEvent(" "))
	b.enter(send)
	if b.has("main form") {
		t.Fatalf("not sent: %s", b.text("main"))
	}
	b.open(mailedLink(t, s.letters.Wait(t, 1)[0]))
	b.enter("main form[action*=confirm] [type=submit]")
	if !b.has("[data-wish=waiting]") || !strings.Contains(b.text("main"), strconv.Itoa(s.record.Start.Day())) {
		t.Fatalf("not confirmed: %s", b.text("main"))
	}
	s.cancel()
	opened := mailedLink(t, s.letters.Wait(t, 2)[1])
	b.open(mailedLink(t, s.letters.Messages()[0]))
	b.enter("main form[action*=end] [type=submit]")
	if b.has("main form") || b.step() != "waiting" {
		t.Errorf("not ended: %s", b.text("main"))
	}
	b.open(opened)
	b.bookByKeys(s.App, len(online(s.App)))
}
