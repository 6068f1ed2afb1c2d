package app

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestUpstreamsOwnDeepLinkOpensTheFlow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.to(r.get("/b/1"), "contact")
	q := p.url.Query()
	slot, err := time.Parse(time.RFC3339, q.Get("slot"))
	if err != nil {
		t.Fatal(err)
	}
	o := "m-1s" + q.Get("services") + "d" + slot.Format("0602011504") // the day before the month
	got := r.get("/b/1?o=" + o)
	if got.step() != "contact" || got.url.Query().Get("slot") != q.Get("slot") || got.url.Query().Get("services") != q.Get("services") || got.url.Query().Get("master") != "0" {
		t.Fatalf("o=%s leads to %s", o, got.url)
	}
	for name, tt := range map[string]struct{ o, step string }{
		"services only": {"s" + q.Get("services"), "datetime"}, "master only": {"m-1", "service"}, "nothing": {"", "service"},
	} {
		if got := r.get("/b/1?o=" + tt.o); got.step() != tt.step || got.alert() != "" {
			t.Errorf("%s: step %q, alert %q, want %q", name, got.step(), got.alert(), tt.step)
		}
	}
	for name, tt := range map[string]struct{ o, step, keeps string }{
		"service gone": {"m-1s999999", "service", ""}, "master gone": {"m999999s" + q.Get("services"), "datetime", "services"},
		"time gone": {"m-1s" + q.Get("services") + "d2001011200", "datetime", "services"}, "garbage": {"s" + q.Get("services") + "zz", "datetime", "services"},
	} {
		got := r.get("/b/1?o=" + tt.o)
		if got.step() != tt.step || got.alert() == "" || tt.keeps != "" && got.url.Query().Get(tt.keeps) == "" {
			t.Errorf("%s: step %q, alert %q at %s", name, got.step(), got.alert(), got.url)
		}
	}
	if got := r.get("/b/1?o=s999999&services=" + q.Get("services")); got.url.Query().Get("services") != q.Get("services") {
		t.Errorf("a readable parameter does not win over the deep link: %s", got.url)
	}
}

func TestReadableParametersOpenTheFlow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	q := r.to(r.get("/b/1"), "contact").url.Query()
	got := r.get("/b/1?" + url.Values{"services": {q.Get("services")}, "master": {"0"}, "date": {q.Get("slot")[:10]}}.Encode())
	if got.step() != "datetime" || got.Find("main .strip [data-date="+`"`+q.Get("slot")[:10]+`"`+"][aria-current]").Length() != 1 {
		t.Fatalf("step %q at %s", got.step(), got.url)
	}
}

func TestCampaignReachesTheBooking(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.to(r.get("/b/1?utm_source=vk%20%26%20co&gclid=abc&fbclid=no&utm_term="+strings.Repeat("x", 200)), "done")
	records := r.online()
	if len(records) != 1 || records[0].Referrer != "utm_source=vk+%26+co&gclid=abc" {
		t.Fatalf("referrer = %q at %s", records[0].Referrer, p.url)
	}
}

func TestRecordsRepeatLink(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	contact := r.to(r.get("/b/1"), "contact")
	record := r.press(r.to(contact, "done"), "main a[rel=record]")
	again, ok := record.Find("main a[href^='/b/1?']").First().Attr("href")
	if !ok {
		t.Fatalf("no way to repeat\n%s", record.Find("main").Text())
	}
	p := r.get(again)
	if p.step() != "datetime" || p.url.Query().Get("services") != contact.url.Query().Get("services") || p.url.Query().Get("master") != "0" {
		t.Fatalf("repeat leads to step %q at %s", p.step(), p.url)
	}
}
