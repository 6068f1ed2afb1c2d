package app

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

var formEncoded = map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}

var _ = addDoor("16 a draft stays with its form", func(t *testing.T) {
	r, _ := newRig(t).browser()
	first := r.to(r.get("/b/1?lang=en"), "contact")
	typed := maps.Clone(anna)
	typed["comment"] = "for the first salon alone"
	if p := r.send(first, typed); p.step() != "confirm" {
		t.Fatalf("the form leads to %q", p.step())
	}
	if p := r.get(first.url.RequestURI()); p.Find("[name=fullname]").AttrOr("value", "") != anna["fullname"] {
		t.Error("the form that was typed into has forgotten it")
	}
	// Another bookform, and another branch of one chain.
	for _, other := range []string{"/b/5?lang=en", "/b/3?lang=en"} {
		p := r.to(r.get(other), "contact")
		for _, name := range []string{"fullname", "phone", "email"} {
			if got := p.Find("[name="+name+"]").AttrOr("value", ""); got != "" {
				t.Errorf("%s: %s holds %q, which was typed at another salon", other, name, got)
			}
		}
		if html, _ := p.Html(); strings.Contains(html, typed["comment"]) || p.Find("input[type=checkbox][checked]").Length() > 0 {
			t.Errorf("%s: the page repeats what was typed or ticked at another salon", other)
		}
		if q := r.get(strings.Replace(p.url.RequestURI(), "/contact", "/confirm", 1)); q.step() != "contact" {
			t.Errorf("%s: %q shows what was typed at another salon", other, q.step())
		}
		if q := r.send(p, anna); q.step() != "confirm" && !asksForCode(q) {
			t.Errorf("%s leads to %q", other, q.step())
		}
	}
	// The first salon's form still holds its own, until its visit is booked; the others' drafts outlive that.
	p := r.get(first.url.RequestURI())
	if got := p.Find("[name=fullname]").AttrOr("value", ""); got != anna["fullname"] {
		t.Fatalf("the first salon's draft holds %q after a look at others", got)
	}
	if p = r.to(p, "done"); p.step() != "done" {
		t.Fatalf("the first salon's form leads to %q", p.step())
	}
	if p = r.to(r.get("/b/1?lang=en"), "contact"); p.Find("[name=fullname]").AttrOr("value", "") != "" {
		t.Error("the draft outlives its booking")
	}
	if p = r.to(r.get("/b/5?lang=en"), "contact"); p.Find("[name=fullname]").AttrOr("value", "") != anna["fullname"] {
		t.Error("a booking at one salon has ended the draft of another")
	}
})

var _ = addDoor("17 S-09 a token is good for its company alone", func(t *testing.T) {
	r := newRig(t)
	// The form of a chain: the address says which of its companies is meant.
	action, values := r.form(r.send(r.to(r.get("/b/3?lang=en"), "contact"), anna))
	at, err := url.Parse(action)
	if err != nil {
		t.Fatal(err)
	}
	other := r.to(r.get(r.get("/b/3/city?lang=en").Find("main a[data-city]").Last().AttrOr("href", "")), "contact")
	if other.url.Query().Get("company") == at.Query().Get("company") {
		t.Fatal("both forms are of one company")
	}
	before := len(r.online())
	for _, path := range []string{"/contact", "/confirm"} {
		elsewhere := other.url
		if p := r.post(r.absolute(nil, "/b/3"+path+"?"+elsewhere.RawQuery), values); p.status != http.StatusForbidden || len(r.online()) != before {
			t.Errorf("a token of company %s at company %s%s: status %d, %d booked", at.Query().Get("company"), elsewhere.Query().Get("company"), path, p.status, len(r.online())-before)
		}
	}
})

var _ = addDoor("17 S-06 a token is good at the host that made it", func(t *testing.T) {
	r := newRig(t)
	elsewhere := *r
	elsewhere.http = &http.Client{Transport: saying{"Host", "other.salon.example"}}
	confirm := r.to(r.get("/b/1"), "confirm")
	if p := elsewhere.send(confirm, nil); p.status != http.StatusForbidden || len(r.online()) != 0 {
		t.Errorf("a token of another host: status %d, %d booked", p.status, len(r.online()))
	}
	signIn := elsewhere.get("/me/2")
	if p := r.send(signIn, map[string]string{"phone": annasPhone}); p.status != http.StatusForbidden || len(r.box.Messages()) != 0 {
		t.Errorf("a token of the way in: status %d, %d messages", p.status, len(r.box.Messages()))
	}
	if p := r.send(confirm, nil); p.step() != "done" {
		t.Errorf("at its own host it leads to %q", p.step())
	}
})

var _ = addDoor("17 S-24 a form's fields come from its body, each once", func(t *testing.T) {
	r := newRig(t)
	contact := r.to(r.get("/b/1"), "contact")
	action, values := r.form(contact)
	for name, value := range anna {
		values.Set(name, value)
	}
	path := strings.TrimPrefix(action, r.app.URL)
	// All of it in the address, with no body or with one: neither the token nor what a person types is taken from there.
	for _, header := range []map[string]string{{"Sec-Fetch-Site": "same-origin"}, formEncoded} {
		if status, _, _ := r.request(http.MethodPost, path+"&"+values.Encode(), "", header); status != http.StatusForbidden {
			t.Errorf("a form in the address has status %d", status)
		}
	}
	// The address does not go before the body.
	p := r.post(action+"&fullname=Mallory&phone=%2B79160000000&comment=x&edit=1", values)
	if p.step() != "confirm" || !strings.Contains(p.Find("main").Text(), anna["fullname"]) || strings.Contains(p.Find("main").Text(), "Mallory") {
		t.Errorf("the address goes before the body: %q\n%s", p.step(), p.Find("main").Text())
	}
	for name, body := range map[string]string{
		"a token twice":       values.Encode() + "&wizard=x",
		"a field twice":       values.Encode() + "&fullname=Mallory",
		"equal fields twice":  values.Encode() + "&phone=" + url.QueryEscape(values.Get("phone")),
		"a list":              values.Encode() + "&fullname%5B%5D=Mallory",
		"a map":               values.Encode() + "&contact[phone]=1",
		"a broken escape":     values.Encode() + "&x=%zz",
		"another's separator": values.Encode() + ";x=1",
	} {
		if status, _, text := r.request(http.MethodPost, path, body, formEncoded); status != http.StatusBadRequest || strings.Contains(text, anna["fullname"]) {
			t.Errorf("%s has status %d", name, status)
		}
	}
	for _, encoding := range []string{"multipart/form-data; boundary=x", "application/json", "text/plain"} {
		header := maps.Clone(formEncoded)
		header["Content-Type"] = encoding
		if status, _, _ := r.request(http.MethodPost, path, values.Encode(), header); status != http.StatusUnsupportedMediaType && status != http.StatusBadRequest {
			t.Errorf("%s has status %d", encoding, status)
		}
	}
	if status, _, _ := r.request(http.MethodPost, path, values.Encode()+"&unknown=1", formEncoded); status != http.StatusOK {
		t.Errorf("a field that nobody knows: status %d", status)
	}
	// The account's forms are read the same way.
	action, values = r.form(r.get("/me/2"))
	values.Set("phone", annasPhone)
	if status, _, _ := r.request(http.MethodPost, strings.TrimPrefix(action, r.app.URL)+"?"+values.Encode(), "", formEncoded); status != http.StatusForbidden {
		t.Errorf("the way in by the address: status %d", status)
	}
	if status, _, _ := r.request(http.MethodPost, "/me/2", values.Encode()+"&phone=1", formEncoded); status != http.StatusBadRequest {
		t.Errorf("two phones on the way in: status %d", status)
	}
})
