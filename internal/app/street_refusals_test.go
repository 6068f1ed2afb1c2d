package app

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

type selection = goquery.Selection

// refusing answers every booking with a 422 of its own.
func refusing(body string) sandbox.Answer {
	return sandbox.Answer{Method: "POST", Path: "book_record/*", Status: http.StatusUnprocessableEntity, Body: json.RawMessage(body)}
}

var _ = addStreet("E1 a refusal without a code", func(t *testing.T) {
	for name, tt := range map[string]struct {
		body   string
		fields []string // that are marked
		says   []string
	}{
		"text about the phone":      {`{"success":false,"data":null,"meta":{"message":"Неверный формат <b>телефона</b>"}}`, []string{"phone"}, []string{"Неверный формат телефона"}},
		"text about the e-mail":     {`{"errors":{"code":422,"message":"The email must be a valid email address."},"meta":{"errors":[{}]}}`, []string{"email"}, []string{"The email must be a valid email address."}},
		"an object of fields":       {`{"success":false,"meta":{"message":"Ошибка","errors":{"phone":["Такой телефон не подходит"],"fullname":"Слишком длинное имя"}}}`, []string{"phone", "fullname"}, []string{"Такой телефон не подходит", "Слишком длинное имя"}},
		"a field that is not asked": {`{"meta":{"errors":{"loyalty_card":["Карта не найдена"]}}}`, nil, []string{"Карта не найдена"}},
		"words of its own":          {`{"success":false,"data":null,"meta":{"message":"<p>Запись возможна</p><script>alert(1)</script>не чаще раза в неделю &amp; только днём"}}`, nil, []string{"Запись возможна не чаще раза в неделю & только днём"}},
		"words with what was typed": {`{"meta":{"message":"Клиент +7 916 123-45-67 (anna@example.com) уже записан сегодня"}}`, nil, []string{"Клиент … (…) уже записан сегодня"}},
		"a help line":               {`{"meta":{"message":"Эта услуга бронируется по телефону"}}`, nil, []string{"Эта услуга бронируется по телефону"}},
		"no words":                  {`{"meta":{"message":"Произошла ошибка"}}`, nil, []string{says(t, "en", "widget.errors.refused")}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			confirm := r.toAhead(r.get("/b/1?lang=en"), "confirm")
			r.rules(refusing(tt.body))
			p := r.send(confirm, nil)
			if p.step() != "contact" || p.status != http.StatusUnprocessableEntity {
				t.Fatalf("%d, step %q: %s", p.status, p.step(), mainText(p))
			}
			alerts := plain(p.Find("main .alert, main [role=alert], main .field").Text())
			for _, text := range tt.says {
				if !strings.Contains(alerts, text) {
					t.Errorf("%q is not said: %s", text, alerts)
				}
			}
			for _, never := range []string{says(t, "en", "widget.notice.refused_slot_taken"), "<b>", "alert(1)", "<script"} {
				if strings.Contains(plain(p.Find("main").Text()), never) {
					t.Errorf("%q is said", never)
				}
			}
			for _, field := range []string{"phone", "email", "fullname"} {
				marked := p.Find("main [name="+field+"][aria-invalid=true]").Length() == 1
				wanted := strings.Contains(strings.Join(tt.fields, " "), field)
				if marked != wanted {
					t.Errorf("%s is marked: %v, want %v", field, marked, wanted)
				}
			}
			for name, value := range map[string]string{"fullname": anna["fullname"], "phone": anna["phone"], "email": anna["email"]} {
				if got := p.Find("main [name="+name+"]").AttrOr("value", ""); got != value {
					t.Errorf("%s = %q, want %q", name, got, value)
				}
			}
			if got := p.Find("main [name=comment]").Text(); got != anna["comment"] {
				t.Errorf("comment = %q", got)
			}
			// The same press again says the same, and no log holds the words.
			if again := r.send(confirm, nil); plain(again.Find("main .alert, main [role=alert], main .field").Text()) != alerts {
				t.Errorf("the second press says %s", mainText(again))
			}
			for _, text := range append(tt.says, "anna@example.com", "9161234567") {
				if strings.Contains(r.log.String(), text) {
					t.Errorf("the log holds %q", text)
				}
			}
			r.box.ClearAnswers()
			if p = r.to(r.send(p, nil), "done"); len(r.online()) != 1 {
				t.Errorf("mended, it ends at %q", p.step())
			}
		})
	}
})

var _ = addStreet("E1 taken only by the documented codes and texts", func(t *testing.T) {
	for body, notice := range map[string]string{
		`{"meta":{"errors":[{"code":433,"message":"x"}]}}`: "refused_slot_taken",
		`{"errors":{"code":422,"message":"The service is not available at the selected time. Please choose a different time."},"meta":{"errors":[{}]}}`:                            "refused_slot_taken",
		`{"errors":{"code":422,"message":"Currently, there are no staff members available for booking"}}`:                                                                          "refused_nobody_free",
		`{"success":false,"data":null,"meta":{"message":"Произошла ошибка","errors":[{"code":422,"message":"Сотрудник (0) не может быть записан на 30 мая 2027 15:30.","id":1}]}}`: "refused_slot_taken",
	} {
		r := newRig(t)
		confirm := r.toAhead(r.get("/b/1?lang=en"), "confirm")
		r.rules(refusing(body))
		p := r.send(confirm, nil)
		if p.step() != "datetime" || !strings.Contains(mainText(p), says(t, "en", "widget.notice."+notice)) {
			t.Errorf("%s: step %q, %s", body, p.step(), mainText(p))
		}
	}
	// The question before the contact step, the code and a move are refused in the same words.
	c := testclock.Running()
	r := newRigAt(t, c.Now)
	opened := r.toAhead(r.get("/b/1?lang=en"), "contact").url.String()
	c.Add(time.Minute) // a time that was just listed is not checked
	words := json.RawMessage(`{"meta":{"message":"Салон принимает не чаще раза в неделю"}}`)
	r.rules(sandbox.Answer{Method: "POST", Path: "book_check/*", Status: 422, Body: words, Times: 1})
	p := r.get(opened)
	r.has(p, "the check", "Салон принимает не чаще раза в неделю")
	visit := r.visitOf("1")
	r.rules(sandbox.Answer{Method: "PUT", Path: "book_record/*/*", Status: 422, Body: words})
	r.has(r.move(visit), "a move", "Салон принимает не чаще раза в неделю")
	s := newRig(t)
	contact := s.to(s.get("/b/2?lang=en"), "contact")
	s.rules(sandbox.Answer{Method: "POST", Path: "book_code/*", Status: 422, Body: json.RawMessage(`{"meta":{"errors":{"phone":["Нет такого номера"]}}}`)})
	if p := s.send(contact, anna); p.Find("main [name=phone][aria-invalid=true]").Length() != 1 || !strings.Contains(mainText(p), "Нет такого номера") {
		t.Errorf("the code: %s", mainText(p))
	}
	// An event that is not full says what the salon's system says.
	e := newRig(t)
	confirm := e.toAhead(e.get("/b/22?lang=en"), "confirm")
	e.rules(sandbox.Answer{Method: "POST", Path: "activity/*/*/book", Status: 422, Body: words})
	e.has(e.send(confirm, nil), "an event", "Салон принимает не чаще раза в неделю")
})

var _ = addStreet("E2 branches without a city", func(t *testing.T) {
	r := newRig(t)
	all := r.get("/b/3/city?lang=en")
	if all.step() != "city" {
		t.Fatalf("form 3 begins at %q", all.step())
	}
	s := newRig(t)
	for _, path := range []string{"companies", "company/601"} {
		s.rules(sandbox.Answer{Path: path, ID: 601, Merge: fields{"city_id": 0, "city": ""}}, sandbox.Answer{Path: path + "/", ID: 601, Merge: fields{"city_id": 0, "city": ""}})
	}
	p := s.get("/b/3/city?lang=en")
	other := p.Find("main a[data-city]").FilterFunction(func(_ int, c *selection) bool { return strings.Contains(c.Text(), says(t, "en", "widget.city.other")) })
	if other.Length() != 1 {
		t.Fatalf("cities: %s", mainText(p))
	}
	p.Find("main a[data-city]").Each(func(_ int, c *selection) {
		if name := plain(c.Find(".strong").Text()); name == "" || c.AttrOr("data-city", "0") == "0" {
			t.Errorf("a city is called %q, %q", name, c.AttrOr("data-city", ""))
		}
	})
	p = s.get(other.AttrOr("href", ""))
	if p.step() == "city" {
		t.Fatalf("it leads to itself: %s", p.url)
	}
	if p = s.toAhead(p, "done"); p.step() != "done" || len(s.online()) != 1 || s.online()[0].Company != 601 {
		t.Fatalf("it ends at %q with %+v", p.step(), s.online())
	}
	again := s.press(s.press(p, "main a[rel=record]"), "main a:contains('"+says(t, "en", "widget.record.repeat")+"')")
	if again.step() == "city" || again.Find(".alert").Length() != 0 {
		t.Errorf("booking again leads to %q: %s", again.step(), mainText(again))
	}
	// A branch that names a city without a number is found by that name.
	named := newRig(t)
	named.rules(sandbox.Answer{Path: "companies", ID: 601, Merge: fields{"city_id": 0, "city": "Siguldа"}})
	if p := named.get("/b/3/city?lang=en"); !strings.Contains(mainText(p), "Siguldа") {
		t.Errorf("cities: %s", mainText(p))
	}
})

var _ = addStreet("E3 who and what takes no bookings", func(t *testing.T) {
	for name, merge := range map[string]fields{"inactive": {"active": 0}, "inactive as text": {"active": "0"}, "timetable off": {"timetable_off": 1}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			visit := r.visitOf("1")
			s := newRig(t)
			s.rules(sandbox.Answer{Path: "company/501", Merge: merge}, sandbox.Answer{Path: "company/501/", Merge: merge})
			for _, path := range []string{"/b/1?lang=en", "/b/1/service?lang=en", "/b/1/datetime?lang=en&services=501001&master=0"} {
				p := s.get(path)
				if p.step() != "error" || p.kind() != "closed" || !strings.Contains(mainText(p), says(t, "en", "widget.error.closed.title")) || p.Find("main a[href^='tel:']").Length() == 0 {
					t.Errorf("%s: step %q, %q: %s", path, p.step(), p.kind(), mainText(p))
				}
			}
			// Who has a visit still sees it.
			r.rules(sandbox.Answer{Path: "company/501", Merge: merge}, sandbox.Answer{Path: "company/501/", Merge: merge})
			if p := r.get(visit.url.Path + "?lang=lv"); p.step() != "record" {
				t.Errorf("a visit that stands: step %q", p.step())
			}
		})
	}
	t.Run("a branch of a chain", func(t *testing.T) {
		r := newRig(t)
		r.rules(sandbox.Answer{Path: "companies", ID: 601, Merge: fields{"active": 0}})
		cities := r.get("/b/3/city?lang=en")
		p := cities
		for _, href := range p.Find("main a[data-city]").Map(func(_ int, c *selection) string { return c.AttrOr("href", "") }) {
			if q := r.get(href); q.Find("main [data-company='601']").Length() != 0 {
				t.Errorf("the branch is offered: %s", q.url)
			}
		}
		if p := r.get("/b/3/service?lang=en&company=601"); p.step() == "service" {
			t.Errorf("a link leads to its %q", p.step())
		}
	})
	t.Run("staff", func(t *testing.T) {
		for name, merge := range map[string]fields{"fired": {"fired": 1}, "hidden": {"hidden": "1"}, "deleted": {"is_deleted": true}} {
			r := newRig(t)
			r.rules(sandbox.Answer{Path: "book_staff/501", ID: 50101, Merge: merge})
			p := r.get("/b/1/master?lang=en&services=501001")
			if p.Find("main [data-staff='50101']").Length() != 0 || strings.Contains(mainText(p), "Елена Кузнецова") {
				t.Errorf("%s: %s", name, mainText(p))
			}
			if p := r.get("/b/1/datetime?lang=en&services=501001&master=50101"); strings.Contains(mainText(p), "Елена Кузнецова") || !strings.Contains(mainText(p), "The specialist you asked for cannot be booked for this, but Мария Орлова can.") {
				t.Errorf("%s: a link chooses the master: %s", name, mainText(p))
			}
		}
	})
})

var _ = addStreet("E6 two people of one phone at the same time", func(t *testing.T) {
	for name, tt := range map[string]struct {
		form string
	}{"any master": {"1"}, "a group event": {"22"}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			book := map[string]func() page{
				"1": func() page { return r.free("1") }, "22": func() page { return r.press(r.roomyEvent(r.get("/b/22?lang=en")), "main a[data-seats]") },
			}[tt.form]
			contact := book().url.String()
			for i, who := range []string{"Мария Петрова", "Петя Петров"} {
				own := maps.Clone(anna)
				own["fullname"], own["surname"] = who, ""
				q := r.send(r.get(contact), own)
				if q.step() == "confirm" {
					q = r.send(q, nil)
				}
				if i == 1 {
					if !strings.Contains(mainText(q), strings.TrimSpace(strings.Split(says(t, "en", "widget.notice.another"), "?")[0])) || len(r.online()) != 1 {
						t.Fatalf("no question is asked: step %q, %d records, %s", q.step(), len(r.online()), mainText(q))
					}
					q = r.send(q, nil)
				}
				if q.step() != "done" || len(r.online()) != i+1 {
					t.Fatalf("%s ends at %q with %d records: %s", who, q.step(), len(r.online()), mainText(q))
				}
			}
		})
	}
})

var _ = addStreet("E7 a link with something glued to its end", func(t *testing.T) {
	r := newRig(t)
	visit := r.visitOf("1")
	link := visit.url.Path
	for _, tail := range []string{".", ")", ",", "»", "%C2%BB", "%22", ").", "!", "…", "%E2%80%9D,", "&gt;", "?lang=en.", "?lang=en)", "?lang=en%C2%BB", "?lang=en&gt;", "/visit.ics.", "/cancel).", "/"} {
		p := r.get(link + tail)
		if p.status != http.StatusOK || !strings.HasSuffix(tail, "ics.") && p.Find("main [data-record], main form").Length() == 0 {
			t.Errorf("%s: status %d, step %q", tail, p.status, p.step())
		}
	}
	if strings.Contains(r.log.String(), "no visit for a link") {
		t.Error("a miss was counted")
	}
	// After a dozen of them the owner is not shut out, and a wrong link still opens nothing.
	if p := r.get(link); p.step() != "record" {
		t.Errorf("the link itself: %q", p.step())
	}
	if p := r.get(link + "0."); p.status != http.StatusNotFound {
		t.Errorf("a wrong link: %d", p.status)
	}
	record := r.latest()
	for _, ref := range []string{
		"/b/1/visit?link=" + "https://n1.yclients.com/company/501/success-order/" + strconv.Itoa(record.ID) + "/" + record.Hash + ").",
		"/b/1/company/501/success-order/" + strconv.Itoa(record.ID) + "/" + record.Hash + "».",
		"/b/1/success-order/" + strconv.Itoa(record.ID) + "/" + record.Hash + "?lang=ru-RU.",
	} {
		if p := r.get(ref); p.step() != "record" {
			t.Errorf("%s: status %d, step %q", ref, p.status, p.step())
		}
	}
	for ref, step := range map[string]string{"/b/1.": "service", "/b/1/service).": "service", "/b/1/service?lang=ru».": "service", "/b/1/datetime?services=501001&master=0&lang=en,": "datetime", "/me/1!": "me"} {
		if p := r.get(ref); p.step() != step || p.status != http.StatusOK || p.Find(".alert.error").Length() != 0 {
			t.Errorf("%s: status %d, step %q, %s", ref, p.status, p.step(), p.alert())
		}
	}
})
