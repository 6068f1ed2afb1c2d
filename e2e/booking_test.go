//go:build e2e

package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"okoshko/internal/app"
	"okoshko/internal/sandbox"
	"okoshko/internal/servertest"
)

const phone = "+79161234567"

// book walks a form by the page contract from wherever the browser is to the done page.
func (b *browser) book(a *app.App) { b.walk(a, "done") }

// wayOn is the control by which a customer leaves the service step: a chosen service's, or the first one's.
func wayOn(chosen bool) string {
	if chosen {
		return "main [data-next]"
	}
	return servertest.Takes
}

// walk is the same up to any step.
func (b *browser) walk(a *app.App, to string) {
	b.t.Helper()
	for i := range 25 {
		step := b.step()
		if b.look != nil {
			b.look(b)
		} else {
			b.shot(fmt.Sprintf("%02d-%s", i, step))
		}
		if step == to {
			return
		}
		switch step {
		case "city":
			b.press("main a[data-city]")
		case "company":
			b.press("main a[data-company]")
		case "service":
			b.press(wayOn(b.has("main [data-next]")))
		case "master":
			b.press("main a[data-staff]")
		case "events":
			if !b.has("main a[data-seats]") {
				b.press("main a[data-event]")
			}
			b.press("main a[data-seats]")
		case "datetime":
			if !b.has("main [data-slot]") {
				b.press("main a[data-date]")
			}
			b.press("main [data-slot]")
		case "contact":
			if b.has("main [name=code]") {
				b.fill("code", lastCode(b, a.Sandbox))
			} else {
				b.fill("fullname", "Анна Тестова")
				b.fill("surname", "Тестова")
				b.fill("phone", b.phone)
				b.fill("email", "anna@example.com")
				b.fill("comment", "Окно слева")
				if b.has("main [name=accept_personal_data]:not(:checked)") {
					b.check("accept_personal_data")
				}
			}
			b.press("main form[method=post] [type=submit]:not([name])")
		case "confirm":
			b.press("main form[method=post] [type=submit]:not([name])")
		default:
			b.t.Fatalf("step %q after %d pages: %s", step, i, b.text("main"))
		}
	}
	b.t.Fatalf("25 pages and no step %q", to)
}

// lastCode is the code that the sandbox sent last.
func lastCode(b *browser, box *sandbox.Sandbox) string {
	b.t.Helper()
	messages := box.Messages()
	if len(messages) == 0 {
		b.t.Fatal("a code is asked for and none was sent")
	}
	return messages[len(messages)-1].Code
}

// online are the records that were booked through the API.
func online(a *app.App) []sandbox.Record {
	return a.Sandbox.Booked()
}

// booked checks that exactly one record stands at the upstream and that the page and the record's
// own page show it.
func (b *browser) booked(a *app.App, before int) {
	b.t.Helper()
	records := online(a)
	if got := len(records) - before; got != 1 {
		b.t.Fatalf("records made = %d, want 1", got)
	}
	record := records[len(records)-1]
	if got := b.attribute("main [data-record]", "data-record"); got != strconv.Itoa(record.ID) {
		b.t.Fatalf("data-record = %q, want %d", got, record.ID)
	}
	link := b.attribute("main a[rel=record]", "href")
	if !strings.HasPrefix(link, "/r/") || !strings.Contains(link, record.Hash) {
		b.t.Fatalf("record link = %q", link)
	}
	b.press("main a[rel=record]")
	if step := b.step(); step != "record" {
		b.t.Fatalf("the record link leads to step %q", step)
	}
	b.shot("record")
	if got := b.attribute("main [data-record]", "data-record"); got != strconv.Itoa(record.ID) {
		b.t.Fatalf("record page: data-record = %q, want %d", got, record.ID)
	}
}

func TestBooking(t *testing.T) {
	t.Parallel()
	a := start(t)
	for _, tt := range []struct {
		name string
		form int
		options
	}{
		{"plain form, scripts off and cookies off", 1, options{noScript: true, noCookies: true, width: 360}},
		{"plain form, scripts on", 1, options{}},
		{"code by SMS, scripts and cookies off", 2, options{noScript: true, noCookies: true, width: 360}},
		{"chain with cities, scripts off", 3, options{noScript: true}},
		{"group event, scripts and cookies off", 22, options{noScript: true, noCookies: true, width: 360}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(online(a))
			b := newBrowser(t, tt.options)
			b.open(fmt.Sprintf("%s/b/%d", a.URL, tt.form))
			b.book(a)
			b.booked(a, before)
		})
	}
}

func TestDemoLeadsToBooking(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := newBrowser(t, options{noScript: true})
	b.open(a.URL + "/")
	b.shot("demo")
	b.press("main a[href^='/b/']")
	if step := b.step(); step == "error" || step == "" {
		t.Fatalf("the demo salon leads to step %q", step)
	}
}

// TestDemoHasTheWidgetInEveryWay looks at the demo salon's website, on which the widget is of another
// site and a strict content policy stands.
func TestDemoHasTheWidgetInEveryWay(t *testing.T) {
	t.Parallel()
	a := start(t)
	before := len(online(a))
	b := newBrowser(t, options{alone: true})
	b.open(a.URL + "/?lang=en")
	widget := strings.Replace(a.URL, "127.0.0.1", "localhost", 1)
	b.until("!!customElements.get('okoshko-booking')")
	modes := ask[string](b, "[...new Set([...document.querySelectorAll('okoshko-booking')].map((e) => e.getAttribute('mode') ?? 'inline'))].sort().join()")
	if modes != "float,inline,popup" {
		t.Errorf("the demo salon has %s", modes)
	}
	if !b.has("main a[data-demo='1']") || !b.has("footer a[target=_blank]") {
		t.Error("the list of forms or the inbox is missing")
	}
	ask[string](b, "window.told = [], document.addEventListener('okoshko:booked', (e) => told.push(e.detail.form)), document.querySelector('okoshko-booking:not([mode])').scrollIntoView(), ''")
	f := b.frame(&salon{widget: widget}, "/b/18")
	if f.step() != "datetime" {
		t.Errorf("the booking begins with step %q", f.step())
	}
	f.phone = phone
	f.to(a, "done")
	b.until("told.join() === '18'")
	if n := len(online(a)) - before; n != 1 {
		t.Errorf("records = %d, want 1", n)
	}
	b.pressable()
	b.click("okoshko-booking[mode=float] a")
	b.until("document.querySelector('okoshko-booking[mode=float]').shadowRoot.querySelector('dialog')?.open")
}

func TestBasket(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]options{"scripts and cookies off": {noScript: true, noCookies: true, width: 360}, "scripts on": {}} {
		t.Run(name, func(t *testing.T) {
			a := start(t)
			b := newBrowser(t, o)
			b.open(a.URL + "/b/1")
			b.walk(a, "contact")
			b.press("[data-add]")
			b.walk(a, "datetime")
			// The last time of the last day in sight overlaps nothing.
			for _, last := range []string{"main a[data-date]", "main a[data-slot]"} {
				b.open(ask[string](b, `[...document.querySelectorAll(%q)].at(-1).href`, last))
			}
			b.walk(a, "confirm")
			if n := ask[int](b, `document.querySelectorAll("main time").length`); n != 2 {
				t.Fatalf("the confirmation shows %d visits, want 2", n)
			}
			b.book(a)
			if n := len(online(a)); n != 2 {
				t.Fatalf("records = %d, want 2", n)
			}
		})
	}
}

// TestLostSlot has somebody else book the chosen time while the customer types.
func TestLostSlot(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]options{"scripts and cookies off": {noScript: true, noCookies: true, width: 360}, "scripts on": {}} {
		t.Run(name, func(t *testing.T) {
			a := start(t)
			b, other := newBrowser(t, o), newBrowser(t, options{})
			other.phone = "+79167654321" // who has this visit already is told so instead
			b.open(a.URL + "/b/1")
			b.walk(a, "confirm")
			other.open(a.URL + "/b/1")
			other.book(a)
			b.press("main form[method=post] [type=submit]:not([name])")
			b.shot("lost")
			b.pressable()
			if n := ask[int](b, `document.querySelectorAll("main button[data-slot]").length`); n != 3 {
				t.Fatalf("after the loss step %q offers %d times, want 3", b.step(), n)
			}
			b.press("main button[data-slot]")
			if step, text := b.step(), b.text("main"); step != "confirm" || !strings.Contains(text, "Анна Тестова") {
				t.Fatalf("another time leads to step %q: %s", step, text)
			}
			b.book(a)
			if n := len(online(a)); n != 2 {
				t.Fatalf("records = %d, want 2", n)
			}
		})
	}
}

// TestVisitorsOwnTime says once how far the visitor's clock is from the salon's, and only where it is. A slot has the salon's alone.
func TestVisitorsOwnTime(t *testing.T) {
	t.Parallel()
	a := start(t)
	for zone, want := range map[string]bool{"Asia/Tokyo": true, "Europe/Moscow": false, "Europe/Istanbul": false} {
		t.Run(zone, func(t *testing.T) {
			b := newBrowser(t, options{zone: zone, width: 360})
			b.open(a.URL + "/b/1?lang=en")
			b.walk(a, "datetime")
			if !b.has("main [data-slot]") {
				b.press("main a[data-date]")
			}
			b.shot("zone")
			said := b.text("main [data-zone]")
			at, err := time.Parse(time.RFC3339, b.attribute("main [data-slot]", "data-slot"))
			if err != nil {
				t.Fatal(err)
			}
			own, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(said, at.In(own).Format("15:04")); got != want {
				t.Errorf("the own time is said: %v, want %v (%q)", got, want, said)
			}
			if slot := b.text("main [data-slot]"); slot != at.Format("15:04") {
				t.Errorf("a slot of %s says %q", at, slot)
			}
		})
	}
}
