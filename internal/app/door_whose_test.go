package app

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"okoshko/internal/redistest"
	"okoshko/internal/store"
)

// free is a contact page for a time at which two masters are free, with none of them chosen, some days ahead.
func (r *rig) free(form string) page {
	r.t.Helper()
	query := r.to(r.get("/b/"+form+"?lang=en&master=0"), "datetime").url.Query()
	var staff []string
	r.get("/b/" + form + "/master?lang=en&services=" + query.Get("services")).Find("main a[data-staff]").Each(func(_ int, s *goquery.Selection) {
		if id := s.AttrOr("data-staff", ""); id != "0" && id != "" {
			staff = append(staff, id)
		}
	})
	first := r.now().AddDate(0, 0, 3).Format(time.DateOnly)
	for p := r.get("/b/" + form + "/datetime?" + query.Encode()); ; p = r.press(p, "main a.turn[rel=next]") {
		for _, day := range p.Find("main a[data-date]").EachIter() {
			if date := day.AttrOr("data-date", ""); date >= first {
				if contact, ok := r.shared(form, query, staff, date); ok {
					return contact
				}
			}
		}
		if p.Find("main a.turn[rel=next]").Length() == 0 {
			break
		}
	}
	r.t.Fatalf("no time of form %s has two masters of %v", form, staff)
	return page{}
}

// shared is a contact page for a time of a day that two masters have.
func (r *rig) shared(form string, query url.Values, staff []string, date string) (page, bool) {
	r.t.Helper()
	query = maps.Clone(query)
	query.Set("date", date)
	offered := map[string]int{}
	for _, id := range staff {
		query.Set("master", id)
		for _, slot := range r.get("/b/" + form + "/datetime?" + query.Encode()).Find("main a[data-slot]").EachIter() {
			at := slot.AttrOr("data-slot", "")
			if offered[at]++; offered[at] < 2 {
				continue
			}
			query.Set("master", "0")
			query.Set("slot", at)
			contact := r.get("/b/" + form + "/contact?" + query.Encode())
			return contact, contact.step() == "contact"
		}
	}
	return page{}, false
}

// as books what a contact page is for under a name and a phone, with all presses that this takes; it says how many.
func (r *rig) as(contact page, name, phone string) (p page, presses int) {
	r.t.Helper()
	typed := maps.Clone(anna)
	typed["fullname"], typed["phone"] = name, phone
	p = r.send(contact, typed)
	for p.step() == "confirm" && presses < 4 {
		presses++
		p = r.send(p, nil)
	}
	return p, presses
}

var _ = addDoor("3 neither the log nor the salon's record opens a booking", func(t *testing.T) {
	server := redistest.Start(t)
	kept, err := store.OpenRedis(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	r := newRig(t, "OKOSHKO_STORE_URL="+server.URL)
	done := r.toAhead(r.get("/b/1?lang=en"), "done")
	key := done.url.Query().Get("attempt")
	record := r.latest()
	visit := r.press(done, "main a[rel=record]")
	r.send(r.press(visit, "main a[data-cancel]"), nil)
	log := r.log.String()
	if key == "" || strings.Contains(log, key) || strings.Contains(log, record.APIID) {
		t.Errorf("the log names the key of the done page or the record's mark")
	}
	if record.APIID == "" || record.APIID == key {
		t.Errorf("the record's mark is %q, the page's key %q", record.APIID, key)
	}
	named := regexp.MustCompile(`(attempt|change)=([0-9a-f]+)`).FindAllStringSubmatch(log, -1)
	if len(named) < 2 {
		t.Fatalf("the log names %v", named)
	}
	names := []string{record.APIID}
	for _, n := range named {
		names = append(names, n[2], n[2]+n[2])
	}
	for _, name := range names {
		for _, guess := range []string{name, (name + strings.Repeat("0", 32))[:32]} {
			if p := r.get("/b/1/done?attempt=" + guess); p.status != http.StatusNotFound {
				t.Errorf("%s opens the done page: %d", guess, p.status)
			}
		}
		for key := range keysOf(t, kept) {
			if strings.Contains(key, name) {
				t.Errorf("%s names the entry %s", name, key)
			}
		}
	}
	if p := r.get(done.url.RequestURI()); p.status != http.StatusOK || p.step() != "done" {
		t.Errorf("the visitor's own page: %d", p.status)
	}
})

// untoldOf fails when a page shows or leads to anything of another's booking.
func (r *rig) untoldOf(what string, p page, key string) {
	r.t.Helper()
	html, _ := p.Html()
	secrets := []string{key, "/r/"}
	for _, x := range r.online() {
		secrets = append(secrets, x.Hash)
	}
	for _, secret := range secrets {
		if secret != "" && strings.Contains(html, secret) {
			r.t.Errorf("%s: the page holds %q", what, secret)
		}
	}
	if p.step() == "done" || strings.Contains(p.url.String(), "attempt=") {
		r.t.Errorf("%s: led to %s", what, p.url)
	}
}

var _ = addDoor("4 a phone and a time show nobody's booking while it is under way", func(t *testing.T) {
	r, came, letGo := held(t, http.MethodPost, "/book_record/")
	owner, _ := r.browser()
	contact := owner.free("1")
	confirm := owner.send(contact, anna)
	second := owner.send(owner.get(contact.url.RequestURI()), anna) // the same browser's other tab
	stranger := *r
	strange, later := stranger.get(contact.url.RequestURI()), stranger.get(contact.url.RequestURI())
	first := make(chan page, 1)
	go func() { first <- owner.send(confirm, nil) }()
	<-came
	p, _ := stranger.as(strange, anna["fullname"], anna["phone"])
	stranger.untoldOf("under way", p, "")
	if p.kind() != "elsewhere" {
		t.Errorf("a stranger is told %q: %s", p.kind(), p.Find("main").Text())
	}
	letGo()
	done := <-first
	key := done.url.Query().Get("attempt")
	if done.step() != "done" || key == "" || len(r.online()) != 1 {
		t.Fatalf("the owner is at %q", done.step())
	}
	stranger.untoldOf("under way, read later", p, key)
	p, _ = stranger.as(later, anna["fullname"], anna["phone"])
	stranger.untoldOf("booked", p, key)
	if p.kind() != "elsewhere" || len(r.online()) != 1 {
		t.Errorf("booked: a stranger is told %q, %d records", p.kind(), len(r.online()))
	}
	p, _ = owner.as(owner.send(second, nil), anna["fullname"], anna["phone"]) // its draft has ended with the booking
	if p.kind() != "duplicate" {
		t.Errorf("the owner's other tab: %q %s", p.kind(), p.Find("main").Text())
	}
})

var _ = addDoor("4 an unknown booking is shown to its own session alone", func(t *testing.T) {
	r := newRig(t)
	owner, _ := r.browser()
	contact := owner.free("1")
	strange := r.get(contact.url.RequestURI())
	r.fault(`{"path":"book_record","method":"POST","close":"after","times":1}`)
	done, _ := owner.as(contact, anna["fullname"], anna["phone"])
	key := done.url.Query().Get("attempt")
	if done.step() != "done" || key == "" {
		t.Fatalf("the owner is at %q", done.step())
	}
	p, _ := r.as(strange, anna["fullname"], anna["phone"])
	r.untoldOf("unknown", p, key)
	// Another time: a stranger is not told when the owner has tried.
	query := contact.url.Query()
	slot := query.Get("slot")
	query.Del("slot")
	other := r.get("/b/1/datetime?" + query.Encode()).Find("main a[data-slot]").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.AttrOr("data-slot", "") != slot })
	if other.Length() == 0 { // the day has no other time
		query.Del("date")
		other = r.get("/b/1/datetime?" + query.Encode()).Find("main a[data-slot]").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.AttrOr("data-slot", "") != slot })
	}
	p = r.send(r.send(r.get(other.First().AttrOr("href", "")), anna), nil)
	// A visit that overlaps the other one may be the same; of one that does not it is asked whether both are meant.
	if p.step() != "error" && (p.step() != "confirm" || p.Find("main [role=alert]").Length() == 0) {
		t.Errorf("nothing is asked before a second visit: %q, %s", p.step(), p.Find("main").Text())
	}
	r.untoldOf("unknown, another time", p, key)
	again := owner.send(owner.get(contact.url.RequestURI()), anna)
	if again.step() == "confirm" {
		again = owner.send(again, nil)
	}
	if again.step() != "done" || again.url.Query().Get("attempt") != key {
		t.Errorf("its own session is led to %q, %s", again.step(), again.url)
	}
})

var _ = addDoor("4 without the code nobody hears of another's visit", func(t *testing.T) {
	r := newRig(t)
	contact := r.free("2")
	owner := r.send(contact, anna)
	code := r.code()
	// A stranger is at the code page of the same phone and time, and types what comes to mind.
	stranger := r.send(r.get(contact.url.RequestURI()), anna)
	if done := r.send(owner, map[string]string{"code": code}); done.step() != "done" {
		t.Fatalf("the owner is at %q", done.step())
	}
	wrong := "0000"
	if code == wrong {
		wrong = "1111"
	}
	answer := func(p page, code string) page { return r.send(p, map[string]string{"code": code}) }
	p := answer(stranger, wrong)
	if !asksForCode(p) || p.kind() != "" {
		t.Errorf("with a wrong code a stranger hears %q: %s", p.kind(), p.Find("main").Text())
	}
	// A phone without any visit has the same answer.
	nobody := maps.Clone(anna)
	nobody["phone"] = "+7 916 123-45-99"
	q := answer(r.send(r.get(contact.url.RequestURI()), nobody), wrong)
	if !asksForCode(q) || q.alert() != p.alert() || q.status != p.status {
		t.Errorf("without a visit: %d %q, with one: %d %q", q.status, q.alert(), p.status, p.alert())
	}
})

var _ = addDoor("4 E6 two people of one phone at one time after one question", func(t *testing.T) {
	for _, tt := range []struct {
		name    string
		cookies bool
	}{{"one browser", true}, {"no cookies", false}} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.t = t
			if tt.cookies {
				r, _ = r.browser()
			}
			contact := r.free("1")
			if p, presses := r.as(contact, "Мария", "+79161234567"); p.step() != "done" || presses != 1 {
				t.Fatalf("the mother is at %q after %d presses", p.step(), presses)
			}
			// The same name again is the same person, however it is written: no question, and no second visit.
			if p, _ := r.as(r.get(contact.url.RequestURI()), " МАРИЯ", "+79161234567"); p.kind() != "elsewhere" || len(r.online()) != 1 {
				t.Errorf("the mother again: %q, %d records", p.kind(), len(r.online()))
			}
			typed := maps.Clone(anna)
			typed["fullname"], typed["phone"] = "Ваня", "+79161234567"
			confirm := r.send(r.get(contact.url.RequestURI()), typed)
			asked := r.send(confirm, nil)
			if asked.step() != "confirm" || !strings.Contains(asked.alert(), "Another appointment at the same time for") || !strings.Contains(asked.alert(), "Ваня") || len(r.online()) != 1 {
				t.Fatalf("the child is at %q with %d records: %s", asked.step(), len(r.online()), asked.alert())
			}
			done := r.send(asked, nil)
			if done.step() != "done" || len(r.online()) != 2 || !r.online()[0].Start.Equal(r.online()[1].Start) {
				t.Fatalf("after the question: %q, %d records: %s", done.step(), len(r.online()), done.alert())
			}
			// Each press books once, whichever comes again.
			if p := r.send(asked, nil); p.url.String() != done.url.String() || len(r.online()) != 2 {
				t.Errorf("the same press again: %q, %d records", p.step(), len(r.online()))
			}
			if p := r.send(confirm, nil); p.step() == "done" && p.url.String() != done.url.String() || len(r.online()) != 2 {
				t.Errorf("the first press again: %q, %d records", p.step(), len(r.online()))
			}
		})
	}
})

var _ = addDoor("4 E6 two people at one group event", func(t *testing.T) {
	r := newRig(t)
	list := r.get("/b/22?lang=en")
	contact := r.press(r.roomyEvent(list), "main a[data-seats]")
	if p, presses := r.as(contact, "Мария", "+79161234567"); p.step() != "done" || presses != 1 {
		t.Fatalf("the first is at %q after %d presses", p.step(), presses)
	}
	if p, presses := r.as(r.get(contact.url.RequestURI()), "Ваня", "+79161234567"); p.step() != "done" || presses != 2 || len(r.online()) != 2 {
		t.Fatalf("the second is at %q after %d presses, %d records: %s", p.step(), presses, len(r.online()), p.alert())
	}
})
