package app

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"okoshko/internal/sandbox"
)

// rules makes the sandbox answer as real salons do.
func (r *rig) rules(rules ...sandbox.Answer) {
	r.t.Helper()
	if err := r.box.Answer(rules...); err != nil {
		r.t.Fatal(err)
	}
}

// Three services of form 1's salon, whose first costs from 3 000 to 4 500 roubles.
const (
	womenCut = 501001
	childCut = 501002
	fringe   = 501003
)

type fields = map[string]any

func service(id int, merge fields) sandbox.Answer {
	return sandbox.Answer{Path: "book_services/*", ID: id, Merge: merge}
}

// serviceCard is the card of a service on the service step.
func serviceCard(p page, id int) (text string, pressable bool) {
	card := p.Find("main [data-service='" + strconv.Itoa(id) + "']").First()
	return plain(card.Text()), card.Length() == 1 && card.Find("[aria-disabled]").Length() == 0
}

// plain is a text with ordinary blanks.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")), " ")
}

// mainText is what a page says.
func mainText(p page) string { return plain(p.Find("main").Text() + " " + p.Find(".summary").Text()) }

// has checks that a page says some things, and that it does not say those that begin with "!".
func (r *rig) has(p page, where string, texts ...string) {
	r.t.Helper()
	body := mainText(p)
	for _, text := range texts {
		without, negated := strings.CutPrefix(text, "!")
		if strings.Contains(body, without) == negated {
			r.t.Errorf("%s (step %q): %q expected, shown is\n%s", where, p.step(), text, body)
		}
	}
}

// withServices is the service step with some services chosen.
func (r *rig) withServices(form string, ids ...int) page {
	var list []string
	for _, id := range ids {
		list = append(list, strconv.Itoa(id))
	}
	return r.get("/b/" + form + "/service?lang=ru&services=" + strings.Join(list, ","))
}

var _ = addStreet("M1 open prices and sums", func(t *testing.T) {
	r := newRig(t)
	r.rules(
		service(womenCut, fields{"price_min": 3800, "price_max": 0}), service(childCut, fields{"price_min": 500, "price_max": 500}),
		service(fringe, fields{"price_min": 0, "price_max": 0}),
		sandbox.Answer{Method: "GET", Path: "book_record/*/*/*", Merge: fields{"services": []fields{
			{"id": childCut, "title": "Детская", "cost": 500, "price_min": 500, "price_max": 500}, {"id": fringe, "title": "Чёлка", "cost": 0, "price_min": 0, "price_max": 0},
		}}},
	)
	p := r.get("/b/1/service?lang=ru")
	for id, want := range map[int]string{womenCut: "от 3 800 ₽", childCut: "500 ₽", fringe: "цена по запросу"} {
		if text, _ := serviceCard(p, id); !strings.Contains(text, want) {
			t.Errorf("card of %d = %q, want %q", id, text, want)
		}
	}
	for _, tt := range []struct {
		ids  []int
		want string
	}{{[]int{womenCut}, "от 3 800 ₽"}, {[]int{womenCut, childCut}, "от 4 300 ₽"}, {[]int{childCut, fringe}, "от 500 ₽"}, {[]int{fringe}, "цена по запросу"}, {[]int{childCut}, "500 ₽"}} {
		p := r.withServices("1", tt.ids...)
		if bar := plain(p.Find("main .bar").Text()); !strings.Contains(bar, tt.want) || tt.want == "500 ₽" && strings.Contains(bar, "от ") {
			t.Errorf("bar of %v = %q, want %q", tt.ids, bar, tt.want)
		}
	}
	// The page of times, the basket, the last page, the visit and what counters hear.
	p = r.toAhead(r.withServices("1", childCut, fringe), "datetime")
	if summary := plain(p.Find(".summary").Text()); !strings.Contains(summary, "от 500 ₽") {
		t.Errorf("beside the times stands %q", summary)
	}
	p = r.to(p, "confirm")
	r.has(p, "confirm", "от 500 ₽", "цена по запросу")
	if sum := plain(p.Find("main .total").Text()); !strings.Contains(sum, "от 500 ₽") {
		t.Errorf("total = %q", sum)
	}
	p = r.to(p, "done")
	var event struct {
		Data struct{ Value *float64 }
	}
	if err := json.Unmarshal([]byte(p.Find("main").AttrOr("data-event", "{}")), &event); err != nil || event.Data.Value == nil || *event.Data.Value != 500 {
		t.Errorf("counters hear %s, %v", p.Find("main").AttrOr("data-event", ""), err)
	}
	r.has(r.press(p, "main a[rel=record]"), "record", "500 ₽", "цена по запросу")
})

var _ = addStreet("M1 a basket and places at an event", func(t *testing.T) {
	r := newRig(t)
	r.rules(service(womenCut, fields{"price_min": 3800, "price_max": 0}), service(childCut, fields{"price_min": 500, "price_max": 500}))
	p := r.addVisit(r.toAhead(r.withServices("1", womenCut), "contact"))
	r.has(p, "the basket", "от 3 800 ₽")
	if p = r.to(p, "confirm"); !strings.Contains(plain(p.Find("main .total").Text()), "от 7 600 ₽") {
		t.Errorf("the order's total: %s", mainText(p))
	}
	// Two events at once: places cost each.
	r.rules(sandbox.Answer{Path: "activity/901/search", Merge: fields{"service": fields{"price_min": 14, "price_max": 0}}})
	events := r.get("/b/22/events?lang=en")
	r.has(events, "events", "from €14")
	seats := r.roomyEvent(events).Find("main a[data-seats='2']")
	if text := plain(seats.Text()); !strings.Contains(text, "from €28") {
		t.Errorf("two places = %q", text)
	}
	r.has(r.get(seats.AttrOr("href", "")), "contact with two places", "from €28")
})

var _ = addStreet("M2 prepayment is said wherever it matters", func(t *testing.T) {
	r := newRig(t)
	r.rules(service(womenCut, fields{"prepaid": "required"}), service(childCut, fields{"prepaid": "allowed"}))
	p := r.get("/b/1/service?lang=ru")
	for id, want := range map[int]string{womenCut: "предоплата обязательна", childCut: "предоплата по желанию"} {
		if text, free := serviceCard(p, id); !strings.Contains(text, want) || !free {
			t.Errorf("card of %d = %q, %v", id, text, free)
		}
	}
	if text, _ := serviceCard(p, fringe); strings.Contains(text, "предоплата") {
		t.Errorf("card of a service without = %q", text)
	}
	p = r.to(r.withServices("1", womenCut), "confirm")
	r.has(p, "confirm", "предоплата обязательна", says(t, "ru", "widget.prepaid.required"))
	link := p.Find("main a[data-elsewhere]")
	u, err := url.Parse(link.AttrOr("href", ""))
	if err != nil || link.Length() != 1 || link.AttrOr("target", "") != "_top" || !strings.HasSuffix(u.Path, "/company/501/personal/menu") || !strings.Contains(u.Query().Get("o"), "s"+strconv.Itoa(womenCut)+"d") || u.Query().Get("lang") != "ru-RU" {
		t.Errorf("the salon's own page = %q", u)
	}
	if p = r.send(p, nil); p.step() != "done" {
		t.Errorf("a prepaid service is booked by default, and ends at %q", p.step())
	}
	p = r.to(r.withServices("1", childCut), "confirm")
	r.has(p, "confirm", says(t, "ru", "widget.prepaid.allowed"))
})

var _ = addStreet("M2 a master, an event and the upstream's own words", func(t *testing.T) {
	r := newRig(t)
	r.rules(
		sandbox.Answer{Path: "book_staff/501", ID: 50101, Merge: fields{"prepaid": "required"}},
		sandbox.Answer{Path: "activity/901/search", Merge: fields{"prepaid": "forbidden", "service": fields{"prepaid": "required"}}},
	)
	p := r.toAhead(r.withServices("1", womenCut), "master")
	if card := plain(p.Find("main [data-staff='50101']").First().Text()); !strings.Contains(card, "предоплата обязательна") {
		t.Errorf("the master's card = %q", card)
	}
	r.has(r.get("/b/1/datetime?lang=ru&services="+strconv.Itoa(womenCut)+"&master=50101"), "summary", "предоплата обязательна")
	events := r.get("/b/22/events?lang=en")
	r.has(events, "events", "prepayment required")
	r.has(r.get(events.Find("main a[data-event]").First().AttrOr("href", "")), "event", says(t, "en", "widget.prepaid.required"))
	r.has(r.to(r.get("/b/22?lang=en"), "confirm"), "confirm of an event", says(t, "en", "widget.prepaid.required"))
})

var _ = addStreet("M2 link leads to the salon's own page with all choices", func(t *testing.T) {
	r := newRig(t, "OKOSHKO_FORM_1_PREPAID=link", "OKOSHKO_FORM_22_PREPAID=link")
	r.rules(
		service(womenCut, fields{"prepaid": "required"}), service(childCut, fields{"prepaid": "allowed"}),
		sandbox.Answer{Path: "activity/901/search", Merge: fields{"service": fields{"prepaid": "required"}}},
	)
	p := r.toAhead(r.withServices("1", womenCut), "contact")
	link := p.Find("main a[data-elsewhere]")
	if p.status != http.StatusOK || link.Length() != 1 || p.Find("main form").Length() != 0 || link.AttrOr("target", "") != "_top" {
		t.Fatalf("%d: %s", p.status, mainText(p))
	}
	u, err := url.Parse(link.AttrOr("href", ""))
	if err != nil {
		t.Fatal(err)
	}
	// Our own start understands the link: it holds the very choices.
	back := r.get("/b/1" + "?o=" + url.QueryEscape(u.Query().Get("o")) + "&lang=ru")
	for _, name := range []string{"services", "master", "slot"} {
		if got, want := back.url.Query().Get(name), p.url.Query().Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if e := r.to(r.get("/b/22?lang=en"), "contact"); !strings.Contains(e.Find("main a[data-elsewhere]").AttrOr("href", ""), "/activity/info/") {
		t.Errorf("an event leads to %q", e.Find("main a[data-elsewhere]").AttrOr("href", ""))
	}
	if p := r.to(r.withServices("1", childCut), "done"); p.step() != "done" {
		t.Errorf("what may be prepaid ends at %q", p.step())
	}
	if n := r.calls(http.MethodPost, "/book_check"); n == 0 {
		t.Error("nothing was checked")
	}
})

var _ = addStreet("M2 refuse shows and does not book", func(t *testing.T) {
	r := newRig(t, "OKOSHKO_FORM_1_PREPAID=refuse", "OKOSHKO_FORM_22_PREPAID=refuse")
	contact := r.toAhead(r.withServices("1", womenCut), "contact")
	r.box.ClearAnswers()
	r2 := newRig(t, "OKOSHKO_FORM_1_PREPAID=refuse", "OKOSHKO_FORM_22_PREPAID=refuse")
	r2.rules(
		service(womenCut, fields{"prepaid": "required"}), sandbox.Answer{Path: "book_staff/501", ID: 50101, Merge: fields{"prepaid": "required"}},
		sandbox.Answer{Path: "activity/901/search", Merge: fields{"service": fields{"prepaid": "required"}}},
	)
	p := r2.get("/b/1/service?lang=ru")
	if text, free := serviceCard(p, womenCut); free || !strings.Contains(text, says(t, "ru", "widget.off.prepaid")) {
		t.Errorf("the card = %q, %v", text, free)
	}
	p = r2.get("/b/1/contact?" + contact.url.RawQuery)
	if p.step() == "contact" {
		t.Error("a link books what is refused")
	}
	p = r2.get("/b/1/master?lang=ru&services=" + strconv.Itoa(childCut))
	if _, off := p.Find("main [data-staff='50101']").Attr("aria-disabled"); !off {
		t.Errorf("the master can be chosen: %s", mainText(p))
	}
	p = r2.get("/b/22/events?lang=en")
	if p = r2.get(p.Find("main a[data-event]").First().AttrOr("href", "")); p.Find("main a[data-seats]").Length() != 0 || !strings.Contains(mainText(p), says(t, "en", "widget.off.prepaid")) {
		t.Errorf("the event: %s", mainText(p))
	}
})

var _ = addStreet("M3 a payment that is expected", func(t *testing.T) {
	for name, tt := range map[string]struct {
		record      fields
		says, hides string
		pays        bool
	}{
		"expected":  {fields{"prepaid": true, "prepaid_confirmed": false}, "widget.prepaid.expected", "cart.confirmed", true},
		"paid":      {fields{"prepaid": 1, "prepaid_confirmed": 1}, "cart.confirmed", "widget.prepaid.expected", false},
		"may be":    {fields{"prepaid": true, "prepaid_confirmed": false, "services": []fields{{"id": womenCut, "title": "X", "prepaid_settings": fields{"status": "allowed"}}}}, "widget.prepaid.possible", "widget.prepaid.expected", true},
		"forbidden": {fields{"prepaid": false}, "widget.record.status.booked", "widget.prepaid.expected", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.rules(sandbox.Answer{Method: "GET", Path: "book_record/*/*/*", Merge: tt.record})
			done := r.toAhead(r.get("/b/1?lang=en"), "done")
			p := r.press(done, "main a[rel=record]")
			for _, p := range []page{done, p} {
				if p.step() == "done" && name == "forbidden" {
					continue
				}
				r.has(p, name, says(t, "en", tt.says), "!"+says(t, "en", tt.hides))
				href := p.Find("main a[data-elsewhere]").AttrOr("href", "")
				if strings.Contains(href, "/company/501/success-order/"+strconv.Itoa(r.latest().ID)+"/"+r.latest().Hash) != tt.pays {
					t.Errorf("%s: the salon's own page = %q", p.step(), href)
				}
			}
		})
	}
})

var _ = addStreet("M4 a discount is said and invents no price", func(t *testing.T) {
	r := newRig(t)
	r.rules(
		service(womenCut, fields{"price_min": 3000, "price_max": 3000, "discount": 20}), service(childCut, fields{"discount": 12.5}), service(fringe, fields{"discount": 300}),
	)
	p := r.get("/b/1/service?lang=ru")
	for id, want := range map[int]string{womenCut: "скидка 20 %", childCut: "скидка 12,5 %", fringe: "со скидкой"} {
		if text, _ := serviceCard(p, id); !strings.Contains(text, want) {
			t.Errorf("card of %d = %q, want %q", id, text, want)
		}
	}
	r.has(r.to(r.withServices("1", womenCut), "confirm"), "confirm", "3 000 ₽ · скидка 20 %", "!2 400")
})

var _ = addStreet("M5 a visit that costs nothing", func(t *testing.T) {
	for name, tt := range map[string]struct {
		service fields
		says    string
		value   float64
	}{
		"a discount of all":    {fields{"cost": 0, "price_min": 1500, "price_max": 1500, "discount": 100}, "free", 0},
		"a cost of its own":    {fields{"cost": 1200, "price_min": 1500, "price_max": 1500, "discount": 20}, "₽1,200", 1200},
		"no cost yet":          {fields{"cost": 0, "price_min": 1500, "price_max": 2000, "discount": 0}, "₽1,500–2,000", 1500},
		"more than a discount": {fields{"cost": 0, "price_min": 0, "price_max": 0, "discount": 100}, "free", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			record := fields{"id": womenCut, "title": "Cut", "amount": 1}
			maps.Copy(record, tt.service)
			r.rules(sandbox.Answer{Method: "GET", Path: "book_record/*/*/*", Merge: fields{"services": []fields{record}}})
			done := r.toAhead(r.get("/b/1?lang=en"), "done")
			var event struct {
				Data struct{ Value *float64 }
			}
			if err := json.Unmarshal([]byte(done.Find("main").AttrOr("data-event", "{}")), &event); err != nil || event.Data.Value == nil || *event.Data.Value != tt.value {
				t.Errorf("counters hear %s, %v", done.Find("main").AttrOr("data-event", ""), err)
			}
			p := r.press(done, "main a[rel=record]")
			r.has(p, "record", tt.says)
			file, _ := r.file(p.Find("main a[href*='visit.ics']").AttrOr("href", ""))
			if text := plain(strings.ReplaceAll(strings.ReplaceAll(file, "\r\n ", ""), `\,`, ",")); !strings.Contains(text, tt.says) {
				t.Errorf("the calendar's file does not say %q:\n%s", tt.says, file)
			}
			r.has(r.press(p, "main a[data-cancel]"), "cancel", tt.says)
		})
	}
})

var _ = addStreet("M6 no price in every language", func(t *testing.T) {
	r := newRig(t)
	r.rules(sandbox.Answer{Path: "book_services/*", ID: 801001, Merge: fields{"price_min": 0, "price_max": 0}}, service(womenCut, fields{"price_min": 0, "price_max": nil}))
	for _, lang := range []string{"en", "ru", "uk", "de", "lv", "lt", "et"} {
		if text := says(t, lang, "widget.price.request"); text == "" || lang != "en" && text == says(t, "en", "widget.price.request") {
			t.Errorf("%s: %q", lang, text)
		}
	}
	p := r.to(r.withServices("1", womenCut), "confirm")
	r.has(p, "confirm", "цена по запросу")
	if price := plain(p.Find("main .ticket dd").Text()); !strings.Contains(price, "цена по запросу") {
		t.Errorf("price = %q", price)
	}
})

var _ = addStreet("M7 what is not for everybody", func(t *testing.T) {
	r := newRig(t)
	contact := r.toAhead(r.withServices("1", womenCut), "contact")
	s := newRig(t)
	s.rules(
		service(womenCut, fields{"abonement_restriction": 1}), service(childCut, fields{"is_online_booking_available": false}),
		sandbox.Answer{Path: "activity/901/search", Merge: fields{"service": fields{"is_online_booking_available": false}}},
	)
	p := s.get("/b/1/service?lang=ru")
	for id, key := range map[int]string{womenCut: "widget.off.membership", childCut: "widget.off.offline"} {
		if text, free := serviceCard(p, id); free || !strings.Contains(text, says(t, "ru", key)) {
			t.Errorf("card of %d = %q, %v", id, text, free)
		}
	}
	if p := s.get("/b/1/contact?" + contact.url.RawQuery); p.step() == "contact" || p.url.Query().Get("notice") == "" {
		t.Errorf("a link to it leads to %q", p.url)
	}
	if p := s.get("/b/1/service?lang=ru&services=" + strconv.Itoa(womenCut) + "," + strconv.Itoa(fringe)); strings.Contains(p.url.RawQuery, strconv.Itoa(womenCut)) && p.Find("main .alert").Length() == 0 {
		t.Errorf("it stays chosen: %s", p.url)
	}
	events := s.get("/b/22/events?lang=en")
	r.has(events, "events", says(t, "en", "widget.off.offline"))
	event := s.get(events.Find("main a[data-event]").First().AttrOr("href", ""))
	if event.Find("main a[data-seats]").Length() != 0 {
		t.Errorf("places are offered: %s", mainText(event))
	}
	id := event.Find("main [data-event]").First().AttrOr("data-event", "")
	if p := s.get("/b/22/contact?lang=en&seats=1&event=" + id); p.step() != "events" {
		t.Errorf("a link to the event leads to %q", p.step())
	}
	// A form that suggests it leads nowhere with it.
	suggests := newRig(t)
	suggests.rules(
		service(womenCut, fields{"abonement_restriction": 1}),
		sandbox.Answer{Path: "bookform/1", Merge: fields{"steps": []fields{{"step": "service", "num": 1, "default": womenCut}, {"step": "master", "num": 2}, {"step": "datetime", "num": 3}, {"step": "contact", "num": 4}, {"step": "confirm", "num": 5}}}},
	)
	if p := suggests.get("/b/1/service?lang=ru"); p.Find("main [data-next]").Length() != 0 {
		t.Errorf("the suggestion goes on to %q", p.Find("main [data-next]").AttrOr("href", ""))
	}
	// A form that fixes such a service says so instead of booking it.
	fixed := newRig(t)
	fixed.rules(
		service(womenCut, fields{"abonement_restriction": 1}),
		sandbox.Answer{Path: "bookform/1", Merge: fields{"steps": []fields{{"step": "service", "num": 1, "hidden": true, "default": womenCut}, {"step": "master", "num": 2, "hidden": true, "default": -1}, {"step": "datetime", "num": 3}, {"step": "contact", "num": 4}, {"step": "confirm", "num": 5}}}},
	)
	if p := fixed.toAhead(fixed.get("/b/1?lang=ru"), "error"); p.kind() != "membership" {
		t.Errorf("a form that fixes it: %q, %s", p.kind(), mainText(p))
	}
})

var _ = addStreet("M8 the chosen master's own price", func(t *testing.T) {
	r := newRig(t)
	r.rules(
		sandbox.Answer{Path: "book_services/501", Query: "staff_id=50101", ID: womenCut, Merge: fields{"price_min": 4100, "price_max": 4100, "seance_length": 5400}},
		sandbox.Answer{Path: "book_services/501", Query: "staff_id=50102", ID: womenCut, Merge: fields{"price_min": 3300, "price_max": 0}},
	)
	p := r.get("/b/1/master?lang=ru&services=" + strconv.Itoa(womenCut))
	r.has(p, "before a master is chosen", "3 000–4 500 ₽")
	for master, want := range map[int]string{50101: "4 100 ₽", 50102: "от 3 300 ₽"} {
		p := r.get("/b/1/datetime?lang=ru&services=" + strconv.Itoa(womenCut) + "&master=" + strconv.Itoa(master))
		r.has(p, "datetime", want, "!3 000–4 500")
		p = r.to(p, "confirm")
		r.has(p, "confirm", want, "!3 000–4 500")
	}
	r.has(r.get("/b/1/datetime?lang=ru&services="+strconv.Itoa(womenCut)+"&master=0"), "any master", "3 000–4 500 ₽")
	before := r.asked()
	r.get("/b/1/datetime?lang=ru&master=50101&services=" + strconv.Itoa(childCut))
	for _, c := range r.made()[before:] {
		if strings.Contains(c.Path, "book_services") {
			t.Errorf("one exact price costs a question: %s", c.Path)
		}
	}
})

var _ = addStreet("M2 cancelling before the last press", func(t *testing.T) {
	for name, tt := range map[string]struct {
		company fields
		says    string
	}{
		"not at all":  {fields{"allow_delete_record": false}, "widget.cancel.never"},
		"at any time": {fields{"allow_delete_record": true, "allow_delete_record_delay_step": 0}, "widget.cancel.anytime"},
		"in time":     {fields{"allow_delete_record": 1, "allow_delete_record_delay_step": "3600"}, "widget.cancel.until"},
		"too late":    {fields{"allow_delete_record": 1, "allow_delete_record_delay_step": 90 * 86400}, "widget.cancel.never"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.rules(sandbox.Answer{Path: "company/501", Merge: tt.company}, sandbox.Answer{Path: "company/501/", Merge: tt.company})
			text, _, _ := strings.Cut(says(t, "en", tt.says), " .")
			r.has(r.to(r.get("/b/1?lang=en"), "confirm"), name, text)
		})
	}
	// What is paid for may have a rule of its own.
	s := newRig(t)
	s.rules(service(womenCut, fields{"prepaid": "required"}), sandbox.Answer{Path: "company/501/", Merge: fields{"allow_delete_prepaid_record": false}}, sandbox.Answer{Path: "company/501", Merge: fields{"allow_delete_prepaid_record": false}})
	s.has(s.to(s.withServices("1", womenCut), "confirm"), "paid for", says(t, "ru", "widget.cancel.paid"))
	s.has(s.to(s.withServices("1", childCut), "confirm"), "not paid for", "!"+says(t, "ru", "widget.cancel.paid"))
	// Where the contact step books, it says so there.
	r := newRig(t)
	r.rules(sandbox.Answer{Path: "bookform/1", Merge: fields{"steps": []fields{{"step": "service", "num": 1}, {"step": "master", "num": 2}, {"step": "datetime", "num": 3}, {"step": "contact", "num": 4}, {"step": "comfirm", "num": 5, "hidden": 1}}}})
	text, _, _ := strings.Cut(says(t, "en", "widget.cancel.until"), " .")
	r.has(r.toAhead(r.get("/b/1?lang=en"), "contact"), "a contact step that books", text)
})

var _ = addStreet("M2 the salon that has it all", func(t *testing.T) {
	r := newRig(t)
	p := r.get("/b/25/service?lang=ru")
	r.has(p, "the street's services", "от 3 800 ₽", "цена по запросу", "до 900 ₽", "скидка 15 %", "предоплата обязательна", "предоплата по желанию", "только по абонементу")
	r.has(r.get("/b/25/events?lang=ru"), "the street's events", "предоплата обязательна")
})
