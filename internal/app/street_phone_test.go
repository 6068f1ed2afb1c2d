package app

import (
	"maps"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/sandbox"
)

// answering is a rig whose upstream gives a company's fields other values.
func answering(t *testing.T, company string, fields map[string]any) *rig {
	t.Helper()
	r := newRig(t)
	fields = maps.Clone(fields)
	if _, ok := fields["phone"]; ok {
		fields["phones"] = []string{} // the demo salons have their phone here too
	}
	if err := r.box.Answer(sandbox.Answer{Path: company, Merge: fields}); err != nil {
		t.Fatal(err)
	}
	return r
}

// calls are the telephone links of a page, each once.
func (p page) calls() map[string]string {
	out := map[string]string{}
	p.Find("a[href^='tel:']").Each(func(_ int, a *goquery.Selection) {
		text := a.Clone()
		text.Find(".unseen").Remove()
		out[a.AttrOr("href", "")] = strings.TrimSpace(text.Text())
	})
	return out
}

// withPhone is what is typed at the contact step, with a phone.
func withPhone(phone string) map[string]string {
	typed := maps.Clone(anna)
	typed["phone"] = phone
	return typed
}

// booked sends the contact step with a phone and goes on to the end; it returns the phone that the upstream was sent.
func (r *rig) booked(contact page, phone string) string {
	r.t.Helper()
	p := r.send(contact, withPhone(phone))
	if p.step() == "contact" {
		return "refused: " + p.alert()
	}
	for range 3 {
		if p.step() == "confirm" {
			p = r.send(p, nil)
		}
	}
	if p.step() != "done" {
		r.t.Fatalf("%q: step %q (%s)", phone, p.step(), p.Find("main").Text())
	}
	return r.latest().Phone
}

var _ = addStreet("T1 a Russian salon's phones in national spelling", func(t *testing.T) {
	for raw, want := range map[string]string{
		"8 (495) 123-45-67": "tel:+74951234567", "495 123-45-67": "tel:+74951234567", "8-800-555-01-01": "tel:+78005550101",
		"8 (812) 555-01-01": "tel:+78125550101", "8 (831) 555-01-01": "tel:+78315550101", "+8 (495) 123-45-67": "tel:+74951234567",
	} {
		r := answering(t, "company/501", map[string]any{"phone": raw})
		contact := r.to(r.get("/b/1?lang=en"), "contact")
		if got := contact.calls(); len(got) != 1 || !strings.HasPrefix(got[want], "+7 ") {
			t.Errorf("%q is %v, want %s", raw, got, want)
		}
		if raw != "8 (495) 123-45-67" {
			continue
		}
		for _, typed := range []string{"8 916 123-45-67", "9161234567"} {
			if got := r.booked(r.to(r.get("/b/1?lang=en"), "contact"), typed); got != "79161234567" {
				t.Errorf("%q is booked as %s", typed, got)
			}
		}
		// The visit's page and its calendar file dial the same.
		visit := r.visitOf("1")
		if got := visit.calls(); got[want] == "" {
			t.Errorf("the visit's page dials %v", got)
		}
		if file, _ := r.file(visit.url.Path + "/visit.ics"); !strings.Contains(file, "+7 495 123-45-67") {
			t.Errorf("the calendar file has no phone:\n%s", file)
		}
		// So does signing in.
		if p := r.send(r.get("/me/1?lang=en"), map[string]string{"phone": "8 (900) 111-22-33"}); !asksForCode(p) || r.box.Messages()[0].Phone != "79001112233" {
			t.Errorf("signing in: %s", p.Find("main").Text())
		}
	}
})

var _ = addStreet("T2 a customer is booked by no stranger's number", func(t *testing.T) {
	for _, raw := range []string{"(495) 123-45-67", "+49 89 1234567", ""} {
		r := answering(t, "company/501", map[string]any{"phone": raw})
		if got := r.booked(r.to(r.get("/b/1?lang=de"), "contact"), "8 916 123-45-67"); got != "79161234567" {
			t.Errorf("salon %q: booked as %s", raw, got)
		}
	}
})

var _ = addStreet("T3 phones of the salon's own country", func(t *testing.T) {
	for _, tt := range []struct{ country, zone, currency, phone, href, typed, booked string }{
		{"Эстония", "Europe/Tallinn", "€", "5123 4567", "tel:+37251234567", "5123 4567", "37251234567"},
		{"Литва", "Europe/Vilnius", "€", "8 612 34567", "tel:+37061234567", "8 612 34567", "37061234567"},
		{"Латвия", "Europe/Riga", "€", "29 123 456", "tel:+37129123456", "29123456", "37129123456"},
		{"США", "America/New_York", "$", "(212) 736-5000", "tel:+12127365000", "(212) 736-5000", "12127365000"},
		{"Россия", "Asia/Almaty", "₸", "8 (701) 123-45-67", "tel:+77011234567", "8 701 123 45 67", "77011234567"},
	} {
		r := answering(t, "company/501", map[string]any{"country": tt.country, "timezone_name": tt.zone, "currency_short_title": tt.currency, "phone": tt.phone})
		contact := r.to(r.get("/b/1?lang=en"), "contact")
		if got := contact.calls(); got[tt.href] == "" {
			t.Errorf("%s: %q is %v, want %s", tt.country, tt.phone, got, tt.href)
		}
		if got := r.booked(contact, tt.typed); got != tt.booked {
			t.Errorf("%s: %q is booked as %s, want %s", tt.country, tt.typed, got, tt.booked)
		}
	}
})

var _ = addStreet("T4 a number that lacks a digit is refused by its field", func(t *testing.T) {
	r := answering(t, "company/501", map[string]any{"phone": "8 (495) 123-45-67"})
	contact := r.to(r.get("/b/1?lang=en"), "contact")
	for _, typed := range []string{"495 123-45-6", "8 916 123 45 6", "+7 916 123-45-6", "37129123456", "380501234567", "011 371 29123456"} {
		p := r.send(contact, withPhone(typed))
		input := p.Find("main input[name=phone]")
		if p.step() != "contact" || input.AttrOr("aria-invalid", "") != "true" || input.AttrOr("value", "") != typed {
			t.Errorf("%q: step %q, field %v, %q", typed, p.step(), input.AttrOr("aria-invalid", ""), input.AttrOr("value", ""))
		}
	}
})

var _ = addStreet("T5 ways of dialling abroad", func(t *testing.T) {
	r := newRig(t)
	for typed, want := range map[string]string{
		"+8 916 123-45-67": "79161234567", "0037129123456": "37129123456", "00972 50 123 4567": "972501234567",
		"8~10 371 29 123 456": "37129123456", "+7 8 916 123-45-67": "79161234567", "+49 (0)89 1234567": "49891234567",
	} {
		if got := r.booked(r.to(r.get("/b/1?lang=en"), "contact"), typed); got != want {
			t.Errorf("%q is booked as %s, want %s", typed, got, want)
		}
	}
})

var _ = addStreet("T6 what is typed is grouped by the salon's country or left alone", func(t *testing.T) {
	for _, tt := range []struct{ country, zone, typed, shown, booked string }{
		{"Беларусь", "Europe/Minsk", "8 029 123 45 67", "8 029 123 45 67", "375291234567"},
		{"Беларусь", "Europe/Minsk", "+375291234567", "+375 29 123-45-67", "375291234567"},
		{"Германия", "Europe/Berlin", "89123456789", "89123456789", "4989123456789"},
		{"Латвия", "Europe/Riga", "+79161234567", "+79161234567", "79161234567"},
	} {
		r := answering(t, "company/501", map[string]any{"country": tt.country, "timezone_name": tt.zone, "currency_short_title": "", "phone": ""})
		contact := r.to(r.get("/b/1?lang=en"), "contact")
		typed := withPhone(tt.typed)
		typed["fullname"] = ""
		if got := r.send(contact, typed).Find("main input[name=phone]").AttrOr("value", ""); got != tt.shown {
			t.Errorf("%s: %q is shown as %q, want %q", tt.country, tt.typed, got, tt.shown)
		}
		if got := r.booked(contact, tt.typed); got != tt.booked {
			t.Errorf("%s: %q is booked as %s, want %s", tt.country, tt.typed, got, tt.booked)
		}
	}
})

var _ = addStreet("T7 numbers, extensions and words of a salon's line", func(t *testing.T) {
	for raw, want := range map[string]map[string]string{
		"+7 495 123-45-67, +7 916 765-43-21":            {"tel:+74951234567": "+7 495 123-45-67", "tel:+79167654321": "+7 916 765-43-21"},
		"+7 495 123-45-67 доб. 105":                     {"tel:+74951234567;ext=105": "+7 495 123-45-67 доб. 105"},
		"Администратор: +7 495 123-45-67 (10:00–20:00)": {"tel:+74951234567": "+7 495 123-45-67"},
		"8(495)123-45-67 доб.1; 8 916 765 43 21 (Анна)": {"tel:+74951234567;ext=1": "+7 495 123-45-67 доб.1", "tel:+79167654321": "+7 916 765-43-21"},
		"Пишите нам":                                    {},
	} {
		r := answering(t, "company/501", map[string]any{"phone": raw})
		contact := r.to(r.get("/b/1?lang=ru"), "contact")
		if got := contact.calls(); !maps.Equal(got, want) {
			t.Errorf("%q is %v, want %v", raw, got, want)
		}
		text := contact.Find("body").Text()
		for _, word := range []string{"Администратор: ", " (10:00–20:00)", "(Анна)", "Пишите нам"} {
			if strings.Contains(raw, word) && !strings.Contains(text, strings.TrimSpace(word)) {
				t.Errorf("%q: the page lacks %q", raw, word)
			}
		}
		if strings.Contains(text, "ext.") {
			t.Errorf("%q: English on a Russian page", raw)
		}
		done := r.to(r.to(contact, "confirm"), "done")
		visit := r.press(done, "main a[rel=record]")
		for _, p := range []page{done, visit} {
			if got := p.calls(); !maps.Equal(got, want) {
				t.Errorf("%q on %s is %v, want %v", raw, p.step(), got, want)
			}
		}
	}
})

var _ = addStreet("T8 the country is the salon's and not the page's", func(t *testing.T) {
	for _, gone := range []map[string]any{
		{"phone": ""}, {"phone": "", "country": "", "currency_short_title": ""}, {"phone": "", "country": "", "timezone_name": ""}, {"phone": nil, "timezone_name": nil, "currency_short_title": nil},
	} {
		r := answering(t, "company/501", gone)
		contact := r.to(r.get("/b/1?lang=en"), "contact")
		if example := contact.Find("main input[name=phone]").AttrOr("placeholder", ""); !strings.HasPrefix(example, "+7 ") {
			t.Errorf("%v: the example is %q", gone, example)
		}
		if got := r.booked(contact, "8 916 123-45-67"); got != "79161234567" {
			t.Errorf("%v: booked as %s", gone, got)
		}
	}
	// Where nothing tells the country, there is no example and only a number in full is one.
	r := answering(t, "company/501", map[string]any{"phone": "", "country": "", "timezone_name": "", "currency_short_title": ""})
	contact := r.to(r.get("/b/1?lang=en"), "contact")
	if example := contact.Find("main input[name=phone]").AttrOr("placeholder", ""); example != "" {
		t.Errorf("without a country the example is %q", example)
	}
	if p := r.send(contact, withPhone("8 916 123-45-67")); p.step() != "contact" || !strings.Contains(p.Find("main").Text(), says(t, "en", "widget.contact.phone_abroad")) {
		t.Errorf("without a country: step %q", p.step())
	}
	if got := r.booked(contact, "+7 916 123-45-67"); got != "79161234567" {
		t.Errorf("without a country a number in full is booked as %s", got)
	}
})
