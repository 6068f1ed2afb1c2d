//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"okoshko/internal/app"
	"okoshko/internal/sandbox"
)

const phone = "+79161234567"

// book walks a form by the page contract from wherever the browser is to the done page.
func (b *browser) book(a *app.App) {
	b.t.Helper()
	for i := range 25 {
		step := b.step()
		b.shot(fmt.Sprintf("%02d-%s", i, step))
		switch step {
		case "city":
			b.press("main a[data-city]")
		case "company":
			b.press("main a[data-company]")
		case "service":
			if !b.has("main [data-next]") {
				b.press("main a[data-service]")
			}
			if b.step() == "service" {
				b.press("main [data-next]")
			}
		case "master":
			b.press("main a[data-staff]")
		case "datetime":
			if !b.has("main [data-slot]") {
				b.press("main a[data-date]")
			}
			b.press("main [data-slot]")
		case "contact":
			if b.has("main [name=code]") {
				b.fill("code", lastCode(b, a))
			} else {
				b.fill("fullname", "Анна Тестова")
				b.fill("surname", "Тестова")
				b.fill("phone", phone)
				b.fill("email", "anna@example.com")
				b.fill("comment", "Окно слева")
				if b.has("main [name=accept_personal_data]:not(:checked)") {
					b.check("accept_personal_data")
				}
			}
			b.press("main form[method=post] [type=submit]:not([name])")
		case "confirm":
			b.press("main form[method=post] [type=submit]:not([name])")
		case "done":
			return
		default:
			b.t.Fatalf("step %q after %d pages: %s", step, i, b.text("main"))
		}
	}
	b.t.Fatal("25 pages and no booking")
}

// lastCode is the code that the sandbox sent last.
func lastCode(b *browser, a *app.App) string {
	b.t.Helper()
	messages := a.Sandbox.Messages()
	if len(messages) == 0 {
		b.t.Fatal("a code is asked for and none was sent")
	}
	return messages[len(messages)-1].Code
}

// online are the records that were booked through the API.
func online(a *app.App) []sandbox.Record {
	return slices.DeleteFunc(a.Sandbox.Records(), func(r sandbox.Record) bool { return !r.Online })
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
	a := start(t)
	b := newBrowser(t, options{noScript: true})
	b.open(a.URL + "/")
	b.shot("demo")
	b.press("main a[href^='/b/']")
	if step := b.step(); step == "error" || step == "" {
		t.Fatalf("the demo salon leads to step %q", step)
	}
}
