//go:build e2e

package e2e

import (
	"net/http"
	"testing"
	"time"

	"okoshko/internal/testclock"
)

// TestWhatIsLookedForComesInPlace opens the page of times while the upstream has no call left for them, in a window and in a frame. The
// customer goes on in what is known; the times come without a new page, and the hand is where it was.
func TestWhatIsLookedForComesInPlace(t *testing.T) {
	t.Parallel()
	for win, o := range map[string]options{"window": {width: phoneWidth}, "frames[0]": {alone: true}} {
		clock := testclock.Running()
		a, box, stop := journey{services: 5, masters: 3, clock: clock, form: 1}.start(t)
		defer stop()
		b := newBrowser(t, o)
		b.open(a.URL + "/b/1?lang=en")
		b.walk(a, "datetime")
		address := ask[string](b, "location.pathname + location.search")
		clock.Add(6 * time.Minute) // what is known of times is too old
		fault(t, box, http.MethodPost, `{"path": "book_times", "status": 429}`)
		fault(t, box, http.MethodPost, `{"path": "book_staff", "status": 429}`)
		if o.alone {
			b.open(host(t, a, address))
			b.until("!!frames[0].document.querySelector('main[data-step]') && frames[0].document.readyState === 'complete'")
		} else {
			b.open(a.URL + address)
		}
		b.until("!!%s.document.querySelector('[data-looking]')", win)
		if n := ask[int](b, "%s.document.querySelectorAll('a[data-slot]').length", win); n > 0 {
			t.Errorf("%s: %d times are shown that nobody has told", win, n)
		}
		what := ask[string](b, "%[1]s.stays = 1, %[1]s.document.querySelector('details.month').open = true, %[1]s.document.querySelector('.strip a[data-date]').focus(), %[1]s.document.activeElement.dataset.date", win)
		fault(t, box, http.MethodDelete, "")
		clock.Add(6 * time.Second) // that it was refused is forgotten
		b.until("!!%[1]s.document.querySelector('a[data-slot]') && !%[1]s.document.querySelector('[data-looking]')", win)
		if got := ask[string](b, "%[1]s.document.activeElement.dataset.date ?? %[1]s.document.activeElement.outerHTML.slice(0, 200)", win); got != what {
			t.Errorf("%s: the focus was on the day %s and is on %s", win, what, got)
		}
		if !ask[bool](b, "%[1]s.stays === 1 && %[1]s.document.querySelector('details.month').open", win) {
			t.Errorf("%s: the page was loaded anew, or the calendar is folded", win)
		}
	}
}
