//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/chromedp/chromedp"

	"okoshko/internal/app"
	"okoshko/internal/config"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// The screen of a small phone, in CSS pixels.
const (
	phoneWidth  = 360
	phoneHeight = 740
)

// goals of a journey: at most so many presses, and at most so far down the page, in CSS pixels.
type goals struct{ presses, service, slot, contact, book int }

// effort is what a journey from the form's link to the done page costs a customer.
type effort struct {
	goals
	pages    int
	sideways int // the most that any page is wider than its window, in CSS pixels
}

// journey is one kind of salon, day and form.
type journey struct {
	services, masters int
	day               string // what the day is like
	now               time.Time
	clock             *testclock.Clock // nil = one that begins at now
	form              int              // of the town: 1 sends no code, 2 does
	settings          string           // of the form, in the configuration file
	email             bool             // whether the salon wants one
	presses           int              // the goal
}

// TestPresses measures how many presses a booking takes on a phone, and how far down a page its controls stand. The table
// shows the goals beside the figures. `make presses` prints it.
func TestPresses(t *testing.T) {
	t.Parallel()
	moscow := time.FixedZone("", 3*60*60)
	days := []struct {
		name string
		now  time.Time
	}{
		{"an ordinary day", testclock.Start()},
		{"the last day of a month", time.Date(2026, time.November, 30, 11, 0, 0, 0, moscow)},
		{"nobody works this week", time.Date(2027, time.January, 1, 11, 0, 0, 0, moscow)},
	}
	var journeys []journey
	for _, size := range [][2]int{{5, 1}, {15, 24}, {60, 1}, {60, 24}} {
		for _, day := range days {
			journeys = append(journeys, journey{services: size[0], masters: size[1], day: day.name, now: day.now, form: 1, presses: 5})
		}
	}
	day := days[0]
	journeys = append(journeys,
		journey{services: 15, masters: 24, day: day.name, now: day.now, form: 1, settings: "confirm = with-contact", presses: 4},
		journey{services: 15, masters: 24, day: day.name, now: day.now, form: 1, email: true, presses: 5},
		journey{services: 15, masters: 24, day: day.name, now: day.now, form: 2, presses: 6},
		journey{services: 15, masters: 24, day: day.name, now: day.now, form: 2, settings: "confirm = with-contact", presses: 5},
	)
	limit := goals{service: 320, slot: 320, contact: 700, book: 640}
	out := &strings.Builder{}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "services\tmasters\tday\tform\tpresses (goal)\tpages\tfirst service y ≤ 320\tfirst time y ≤ 320\tcontact's button y ≤ 700\tBook y ≤ 640\tsideways = 0")
	b := newBrowser(t, options{width: phoneWidth})
	for _, j := range journeys {
		got := j.walk(t, b)
		fmt.Fprintf(table, "%d\t%d\t%s\t%s\t%d (%d)\t%d\t%d\t%d\t%d\t%d\t%d\n",
			j.services, j.masters, j.day, j.kind(), got.presses, j.presses, got.pages, got.service, got.slot, got.contact, got.book, got.sideways)
		limit.presses = j.presses
		if got.presses > limit.presses || got.service > limit.service || got.slot > limit.slot || got.contact > limit.contact || got.book > limit.book || got.sideways > 0 {
			t.Errorf("%d services, %d masters, %s, %s: %+v, want at most %+v", j.services, j.masters, j.day, j.kind(), got, limit)
		}
	}
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", out)
}

// kind names the form of a journey.
func (j journey) kind() string {
	kind := "confirm has a page"
	if j.settings != "" {
		kind = "confirm in contact"
	}
	if j.form == 2 {
		kind += ", code by SMS"
	}
	if j.email {
		kind += ", with e-mail"
	}
	return kind
}

// walk books one visit in a salon made for the journey.
func (j journey) walk(t *testing.T, b *browser) (out effort) {
	t.Helper()
	a, box, stop := j.start(t)
	defer stop()
	b.do(chromedp.EmulateViewport(phoneWidth, phoneHeight))
	b.open(fmt.Sprintf("%s/b/%d?lang=ru", a.URL, j.form))
	press := func(selector string) {
		b.press(selector)
		out.presses++
	}
	for range 12 {
		out.pages++
		step := b.step()
		b.shot(fmt.Sprintf("%d-%d-%02d-%s", j.services, j.masters, out.pages, step))
		out.sideways = max(out.sideways, b.sideways())
		books := "main form[method=post] [type=submit]:not([name])"
		switch step {
		case "service":
			out.service = max(out.service, b.top("main [data-service]"))
			press("main [data-service] a, main a[data-service]")
			if b.step() == "service" {
				press("main [data-next]")
			}
		case "master":
			press("main a[data-staff]")
		case "datetime":
			if !b.has("main [data-slot]") {
				press("main a[data-date]")
			}
			out.slot = max(out.slot, b.top("main [data-slot]"))
			press("main [data-slot]")
		case "contact", "confirm":
			if step == "contact" {
				b.introduce("Анна Тестова", "+79161234567")
				if j.email {
					if b.has("main details [name=email]") {
						t.Error("the e-mail that is wanted is folded away")
					}
					b.fill("email", "anna@example.com")
				}
				out.contact = max(out.contact, b.top(books))
			}
			asked := b.has("main [name=code]")
			if asked {
				b.fill("code", lastCode(b, box))
			}
			// A press that books: on a page of its own, beside the code, or where the contact step has the confirmation within it.
			if step == "confirm" || asked || j.settings != "" && j.form == 1 {
				out.book = max(out.book, b.top(books))
			}
			press(books)
		case "done":
			return out
		default:
			t.Fatalf("step %q after %d pages: %s", step, out.pages, b.text("main"))
		}
	}
	t.Fatal("12 pages and the visit is not booked")
	return out
}

// start runs the widget on a town with one kind of salon, at an instant; stop ends both.
func (j journey) start(t *testing.T) (a *app.App, box *sandbox.Sandbox, stop func()) {
	t.Helper()
	clock := cmp.Or(j.clock, testclock.RunningFrom(j.now))
	box, err := sandbox.New(sandbox.Options{
		Seed: 1, NoLimits: true, Now: clock.Now, Town: &sandbox.Town{Salons: 2, Services: j.services, Masters: j.masters, Days: 45, Occupancy: 50},
	})
	if err != nil {
		t.Fatal(err)
	}
	if j.email {
		if err := box.Answer(sandbox.Answer{Path: "company/*", Merge: map[string]any{"booking_email_hidden": false, "booking_email_required": true}}); err != nil {
			t.Fatal(err)
		}
	}
	url, stopBox, err := box.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	path := config.DefaultPath
	if j.settings != "" {
		path = t.TempDir() + "/okoshko.ini"
		if err := os.WriteFile(path, fmt.Appendf(nil, "[form %d]\n%s\n", j.form, j.settings), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(path, j.settings != "", []string{
		"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=", "OKOSHKO_LOG_LEVEL=warn", "OKOSHKO_LIMITS_PRESS_AGE=0s",
		"OKOSHKO_UPSTREAM_BASE_URL=" + url, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox",
		"OKOSHKO_STORE_PATH=" + t.TempDir() + "/okoshko.db",
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err = app.StartAt(cfg, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), clock.Now, 1)
	if err != nil {
		t.Fatal(err)
	}
	return a, box, func() {
		if err := errors.Join(a.Close(), stopBox(context.WithoutCancel(t.Context()))); err != nil {
			t.Errorf("stop: %v", err)
		}
	}
}

// top is how far down the page the first visible element of a selector begins, in CSS pixels.
func (b *browser) top(selector string) int {
	b.t.Helper()
	return ask[int](b, "Math.round([...document.querySelectorAll(%q)].find((e) => e.getClientRects().length).getBoundingClientRect().top + scrollY)", selector)
}

// sideways is how much wider the page is than its window, in CSS pixels: at 320 px, and with letters of twice the size.
func (b *browser) sideways() int {
	b.t.Helper()
	const wider = "Math.max(0, document.scrollingElement.scrollWidth - innerWidth)"
	b.do(chromedp.EmulateViewport(320, phoneHeight))
	out := ask[int](b, wider)
	b.do(chromedp.EmulateViewport(phoneWidth, phoneHeight))
	large := ask[int](b, "(() => { document.documentElement.style.fontSize = '32px'; const out = %s; document.documentElement.style.fontSize = ''; return out })()", wider)
	return max(out, large)
}

// TestTheWayOnIsOnTheChosenCard adds a service in the middle of 60, in a booking that stands within a website: the way on is inside
// the card itself, not thousands of pixels below.
func TestTheWayOnIsOnTheChosenCard(t *testing.T) {
	t.Parallel()
	a, _, stop := journey{services: 60, masters: 24, now: testclock.Start(), form: 1}.start(t)
	defer stop()
	e := &embedding{a: a, s: newSalon(t, a), b: newBrowser(t, options{width: phoneWidth, alone: true})}
	b := e.tab(t, inline+script)
	f := b.frame(e.s, "/b/1")
	f.until("document.querySelectorAll('main [data-service]').length >= 60")
	id := ask[string](f.browser, "[...document.querySelectorAll('main [data-service]')][30].dataset.service")
	card := "main [data-service='" + id + "']"
	f.press(card + " > a + a")
	f.until("!!document.querySelector(%q)", card+" [data-next]")
	f.press(card + " [data-next]")
	f.until("document.querySelector('main').dataset.step === 'datetime'")
}
