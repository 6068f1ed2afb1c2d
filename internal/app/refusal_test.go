package app

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"okoshko/internal/i18n"
	"okoshko/locales"
)

// refusal is one way in which the upstream says no, and what the customer sees of it.
type refusal struct {
	name   string
	status int
	body   string
	html   bool

	step    string // the page that can mend it
	shown   string // the key of the text that says so
	field   string // the field that is marked
	nearest bool   // the three nearest times are offered
	browse  bool   // a browse page: what was typed waits in the session, which a cookie names
	final   bool   // nothing can be mended here
	words   bool   // the upstream's own words are all that is known
}

// raw is what the upstream says of itself; no page may show it.
const raw = "Внутренний текст апстрима"

func coded(code int) string {
	return fmt.Sprintf(`{"success":false,"data":null,"meta":{"message":%q,"errors":[{"code":%d,"message":%q}]}}`, raw, code, raw)
}

const plainRefusal = `{"success":false,"data":null,"meta":{"message":"` + raw + `"}}`

var refusals = []refusal{
	{name: "400", status: 400, body: plainRefusal, step: "contact", shown: "widget.errors.words", words: true},
	{name: "400 without words", status: 400, body: `{"success":false,"data":null,"meta":{"message":"Произошла ошибка"}}`, step: "contact", shown: "widget.errors.refused"},
	{name: "401, the partner token", status: 401, body: plainRefusal, step: "confirm", shown: "widget.notice.refused_not_sent"},
	{name: "403", status: 403, body: plainRefusal, step: "error", shown: "widget.refused.forbidden.title", final: true},
	{name: "403 black list", status: 403, body: coded(434), step: "error", shown: "widget.refused.blacklisted.title", final: true},
	{name: "403 licence", status: 403, body: `{"success":false,"data":null,"meta":{"message":"Для корректной работы необходимо продлить лицензию в филиале с id: 501"}}`, step: "error", shown: "widget.refused.licence.title", final: true},
	{name: "402 licence", status: 402, body: `{"success":false,"data":null,"meta":{"message":"необходимо продлить лицензию в филиале с id: 501"}}`, step: "error", shown: "widget.refused.licence.title", final: true},
	{name: "404", status: 404, body: plainRefusal, step: "error", shown: "widget.refused.gone.title", final: true},
	{name: "422 without a code", status: 422, body: plainRefusal, step: "contact", shown: "widget.errors.words", words: true},
	{name: "422 with a documented text", status: 422, body: `{"errors":{"code":422,"message":"The service is not available at the selected time. Please choose a different time."},"meta":{"errors":[{}]}}`, step: "datetime", shown: "widget.notice.refused_slot_taken", nearest: true},
	{name: "431", status: 422, body: coded(431), step: "contact", shown: "confirm.errors.phone.incorrect", field: "phone"},
	{name: "433", status: 422, body: coded(433), step: "datetime", shown: "widget.notice.refused_slot_taken", nearest: true},
	{name: "435", status: 422, body: coded(435), step: "contact", shown: "confirm.errors.name.required", field: "fullname"},
	{name: "436", status: 422, body: coded(436), step: "datetime", shown: "widget.notice.refused_nobody_free", nearest: true},
	{name: "437", status: 422, body: coded(437), step: "datetime", shown: "widget.notice.refused_overlap", nearest: true},
	{name: "438", status: 422, body: coded(438), step: "service", shown: "widget.notice.refused_service_gone", browse: true},
	{name: "429", status: 429, body: plainRefusal, step: "confirm", shown: "widget.notice.refused_not_sent"},
	{name: "HTML of a guard", status: 403, body: "<html><title>Just a moment...</title></html>", html: true, step: "confirm", shown: "widget.notice.refused_not_sent"},
}

func (f refusal) fault(path string) string {
	kind := "application/json"
	if f.html {
		kind = "text/html"
	}
	return fmt.Sprintf(`{"method":"POST","path":%q,"status":%d,"body":%q,"content_type":%q,"times":1}`, path, f.status, f.body, kind)
}

// says is a text of a language.
func says(t *testing.T, lang, key string) string {
	t.Helper()
	bundle, err := ownTexts()
	if err != nil {
		t.Fatal(err)
	}
	return bundle.Localizer(lang).T(key)
}

var ownTexts = sync.OnceValues(func() (*i18n.Bundle, error) { return i18n.New(locales.Files, "en") })

// TestEveryRefusalAtTheBooking refuses book_record in every documented way. Nothing is booked, the
// page that can mend it says so in the customer's language, and what was typed is still there.
func TestEveryRefusalAtTheBooking(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"ru", "en"} {
		for _, tt := range refusals {
			t.Run(lang+" "+tt.name, func(t *testing.T) {
				r := newRig(t)
				confirm := r.to(r.get("/b/1?lang="+lang), "confirm")
				r.fault(tt.fault("/book_record/"))
				p := r.send(confirm, nil)
				r.refusedAs(p, tt, lang)
				if n := len(r.online()); n != 0 {
					t.Errorf("records = %d, want none", n)
				}
				if n := r.calls(http.MethodPost, "/book_record"); n != 1 {
					t.Errorf("book_record was called %d times", n)
				}
				if tt.final {
					return
				}
				if tt.browse { // another service; the session knows the rest by its cookie
					if q := p.url.Query(); q.Get("notice") == "" {
						t.Errorf("%s does not say why", p.url)
					}
					return
				}
				if tt.nearest {
					_, values := r.form(p)
					button := p.Find("main button[data-slot]").First()
					p = r.post(r.absolute(p.url, button.AttrOr("formaction", "")), values)
				}
				if p.step() == "contact" {
					if got := p.Find("main [name=email]").AttrOr("value", ""); got != anna["email"] {
						t.Errorf("the e-mail typed is lost: %q", got)
					}
					p = r.send(p, nil)
				}
				if p = r.to(p, "done"); len(r.online()) != 1 {
					t.Errorf("mended, it ends at %q with %d records", p.step(), len(r.online()))
				}
			})
		}
	}
}

// refusedAs checks the page of a refusal.
func (r *rig) refusedAs(p page, want refusal, lang string) {
	r.t.Helper()
	if p.step() != want.step {
		r.t.Fatalf("step %q, want %q\n%s", p.step(), want.step, p.Find("main").Text())
	}
	body := p.Find("body").Text()
	if text := strings.TrimSpace(says(r.t, lang, want.shown)); !strings.Contains(body, text) {
		r.t.Errorf("the page does not say %q", text)
	}
	if strings.Contains(body, raw) != want.words {
		r.t.Errorf("the page shows the upstream's own words: %v, want %v", !want.words, want.words)
	}
	if p.status < 400 && !want.browse && want.step != "confirm" {
		r.t.Errorf("status %d", p.status)
	}
	if want.field != "" && p.Find("main [name="+want.field+"][aria-invalid=true]").Length() != 1 {
		r.t.Errorf("the field %q is not marked", want.field)
	}
	if n := p.Find("main button[data-slot]").Length(); want.nearest && n != 3 {
		r.t.Errorf("%d times offered, want the three nearest", n)
	}
	if want.final && p.Find("main a[href^='tel:'], footer a[href^='tel:']").Length() == 0 {
		r.t.Error("the page does not say whom to call")
	}
}

// TestUnclearAnswersToABookingAreNotTakenForRefusals: whether it was booked is not known, and the
// page says so.
func TestUnclearAnswersToABookingAreNotTakenForRefusals(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{
		"500":          `{"method":"POST","path":"/book_record/","status":500,"body":"{}","times":1}`,
		"502 HTML":     `{"method":"POST","path":"/book_record/","status":502,"body":"<html>Bad gateway</html>","content_type":"text/html","times":1}`,
		"empty body":   `{"method":"POST","path":"/book_record/","status":201,"body":"","work":true,"times":1}`,
		"garbage":      `{"method":"POST","path":"/book_record/","status":201,"body":"ok, probably","work":true,"times":1}`,
		"closed":       `{"method":"POST","path":"/book_record/","close":"after","work":true,"times":1}`,
		"without data": `{"method":"POST","path":"/book_record/","status":201,"body":"{\"success\":true,\"data\":null,\"meta\":[]}","work":true,"times":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			confirm := r.to(r.get("/b/1?lang=en"), "confirm")
			r.fault(fault)
			p := r.send(confirm, nil)
			if p.step() != "done" || p.Find("main .outcome.unknown, main .outcome.likely").Length() != 1 {
				t.Fatalf("step %q: %s", p.step(), p.Find("main").Text())
			}
			if n := r.calls(http.MethodPost, "/book_record"); n != 1 {
				t.Errorf("book_record was called %d times", n)
			}
		})
	}
}

// TestRefusalsOfTheCode refuses book_code.
func TestRefusalsOfTheCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []refusal{
		{name: "400", status: 400, body: plainRefusal, step: "contact", shown: "widget.errors.words", words: true},
		{name: "431", status: 422, body: coded(431), step: "contact", shown: "confirm.errors.phone.incorrect", field: "phone"},
		{name: "403 black list", status: 403, body: coded(434), step: "error", shown: "widget.refused.blacklisted.title", final: true},
		{name: "429", status: 429, body: plainRefusal, step: "contact", shown: "widget.notice.again"},
		{name: "500", status: 500, body: plainRefusal, step: "contact", shown: "widget.notice.again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			contact := r.to(r.get("/b/2?lang=en"), "contact")
			r.fault(tt.fault("/book_code/"))
			p := r.send(contact, anna)
			if tt.step == "contact" && p.Find("main [name=code]").Length() != 0 {
				t.Fatal("a code is asked for that nobody has")
			}
			if tt.shown == "widget.notice.again" {
				tt.browse = true // the status is the form's own
			}
			r.refusedAs(p, tt, "en")
		})
	}
}

// TestRefusalsWhileBrowsing fails the question that a page needs.
func TestRefusalsWhileBrowsing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		form, kind string
		status     int
	}{
		{"990", "licence", http.StatusServiceUnavailable},
		{"991", "down", http.StatusBadGateway},
		{"995", "down", http.StatusBadGateway},
		{"4711", "not_found", http.StatusNotFound},
	} {
		p := newRig(t).get("/b/" + tt.form + "?lang=en")
		if p.step() != "error" || p.kind() != tt.kind || p.status != tt.status {
			t.Errorf("form %s: %d, step %q, kind %q; want %d, error, %q", tt.form, p.status, p.step(), p.kind(), tt.status, tt.kind)
		}
		// Nobody is told to call where no number is known.
		if text := p.Find("main [role=alert]").Text(); tt.kind == "down" && !p.phone() && strings.Contains(text, "call") {
			t.Errorf("form %s: without a phone the page says %q", tt.form, text)
		}
	}
}

// TestBlackListedCustomer is refused by the sandbox itself, by the phone.
func TestBlackListedCustomer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	own := map[string]string{}
	maps.Copy(own, anna)
	own["phone"] = "+79990000434"
	p := r.send(r.to(r.get("/b/1?lang=en"), "contact"), own)
	if p.step() == "confirm" {
		p = r.send(p, nil)
	}
	r.refusedAs(p, refusal{step: "error", shown: "widget.refused.blacklisted.title", final: true}, "en")
}
