package app

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// addVisit walks from a contact or confirm page through another visit, at the last time of the
// last free day in sight, so that it does not overlap the first.
func (r *rig) addVisit(p page) page {
	r.t.Helper()
	p = r.press(p, "[data-add]")
	if p.step() != "service" {
		r.t.Fatalf("another visit begins at step %q", p.step())
	}
	p = r.to(p, "datetime")
	days := p.Find("main a[data-date]")
	p = r.get(r.absolute(p.url, days.Last().AttrOr("href", "")))
	slots := p.Find("main a[data-slot]")
	return r.get(r.absolute(p.url, slots.Last().AttrOr("href", "")))
}

func TestTwoVisitsInOneOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.addVisit(r.to(r.get("/b/1"), "contact"))
	if p.step() != "contact" || p.Find("[data-summary=basket]").Length() != 1 {
		t.Fatalf("after the second visit: step %q, %d visits in the basket", p.step(), p.Find("[data-summary=basket]").Length())
	}
	p = r.to(p, "confirm")
	if n := p.Find("main time").Length(); n != 2 {
		t.Errorf("the confirmation shows %d times, want 2\n%s", n, p.Find("main").Text())
	}
	p = r.send(p, nil)
	records := r.online()
	if p.step() != "done" || len(records) != 2 || p.Find("main [data-record]").Length() != 2 {
		t.Fatalf("step %q, records = %d, shown = %d", p.step(), len(records), p.Find("main [data-record]").Length())
	}
	if n := r.calls(http.MethodPost, "/book_record"); n != 1 {
		t.Errorf("book_record was called %d times, want once for the whole order", n)
	}
	for i, record := range records {
		link, ok := p.Find("main a[rel=record]").Eq(i).Attr("href")
		if !ok || !strings.Contains(link, strconv.Itoa(record.ID)+"/"+record.Hash) && !strings.Contains(link, strconv.Itoa(records[1-i].ID)+"/"+records[1-i].Hash) {
			t.Errorf("record link %d = %q", i, link)
		}
		file, _ := p.Find("main .record a:not([rel])").Eq(i).Attr("href")
		if got := r.get(file).header.Get("Content-Type"); !strings.HasPrefix(got, "text/calendar") {
			t.Errorf("calendar link %d = %q, which is %q", i, file, got)
		}
	}
}

func TestVisitsCanBeChangedAndRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one := r.to(r.get("/b/1"), "contact")
	two := r.addVisit(one)
	first, second := one.url.Query().Get("slot"), two.url.Query().Get("slot")
	removed := r.press(two, "[data-summary=basket] a[data-remove]")
	if removed.step() != "contact" || removed.url.Query().Get("basket") != "" || removed.url.Query().Get("slot") != second {
		t.Errorf("after removing the first: %s", removed.url)
	}
	removed = r.press(two, "[data-summary]:not([data-summary=basket]) a[data-remove]")
	if removed.step() != "contact" || removed.url.Query().Get("basket") != "" || !sameTime(t, removed.url.Query().Get("slot"), first) {
		t.Errorf("after removing the second: %s", removed.url)
	}
	changed := r.press(two, "[data-summary=basket] .edit:not([data-remove])")
	if changed.step() != "service" || !sameTime(t, changed.url.Query().Get("slot"), first) || !strings.Contains(changed.url.Query().Get("basket"), second) {
		t.Errorf("changing the first: %s", changed.url)
	}
}

func TestOverlapIsPointedOutAtItsVisit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.to(r.get("/b/1"), "contact")
	q := p.url.Query()
	q.Set("basket", q.Get("services")+"_0_"+q.Get("slot"))
	p = r.get("/b/1/contact?" + q.Encode())
	if p.step() != "datetime" || p.alert() == "" {
		t.Fatalf("two visits at one time: step %q, alert %q", p.step(), p.alert())
	}
	if p.url.Query().Get("basket") == "" {
		t.Error("the visit that can stay is lost")
	}
}

func TestGoneVisitLeavesTheBasketWithAWord(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.to(r.get("/b/1"), "contact")
	q := p.url.Query()
	for name, visit := range map[string]string{
		"unknown service": "999999_0_" + q.Get("slot"), "unknown master": q.Get("services") + "_999999_" + q.Get("slot"),
		"past": q.Get("services") + "_0_2020-01-01T10:00:00+03:00",
	} {
		q.Set("basket", visit)
		p := r.get("/b/1/contact?" + q.Encode())
		if p.step() != "contact" || p.alert() == "" || p.Find("[data-summary=basket]").Length() != 0 {
			t.Errorf("%s: step %q, alert %q, %d visits", name, p.step(), p.alert(), p.Find("[data-summary=basket]").Length())
		}
	}
}
