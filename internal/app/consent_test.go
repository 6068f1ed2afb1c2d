package app

import (
	"bytes"
	"context"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestS37ConsentIsWrittenDownFirst sends the contact form of a salon that confirms phones: what was agreed to
// is kept, with its text and time, before the phone goes to the upstream, which breaks here.
func TestS37ConsentIsWrittenDownFirst(t *testing.T) {
	t.Chdir(t.TempDir())
	path := filepath.Join(t.TempDir(), "kept.db")
	r := newRig(t, "OKOSHKO_STORE_PATH="+path)
	contact := r.to(r.get("/b/2?lang=en"), "contact")
	for _, name := range []string{"accept_personal_data", "accept_newsletter"} {
		box := contact.Find("main [name=" + name + "]")
		if _, on := box.Attr("checked"); on || box.Length() != 1 {
			t.Errorf("%d boxes for %s, ticked %v before anybody has", box.Length(), name, on)
		}
	}
	without := maps.Clone(anna)
	delete(without, "accept_personal_data")
	if p := r.send(contact, without); p.step() != "contact" || strings.Contains(r.log.String(), "msg=consent") {
		t.Fatalf("without consent: step %q", p.step())
	}
	begun := r.now()
	r.fault(`{"path":"/book_code/","close":"before","times":1}`)
	if p := r.send(contact, anna); asksForCode(p) {
		t.Fatal("the upstream does not break")
	}
	if err := r.app.Close(); err != nil { // the file of a running program is closed to others
		t.Fatal(err)
	}
	environ := []string{"OKOSHKO_STORE_PATH=" + path, "OKOSHKO_SANDBOX_NOW=" + r.now().Format(time.RFC3339)}
	var out bytes.Buffer
	if err := Consent(context.Background(), "", environ, 502, anna["phone"], &out); err != nil {
		t.Fatal(err)
	}
	head, text, _ := strings.Cut(out.String(), "\n\n")
	at, err := time.Parse(time.RFC3339, strings.Fields(head)[1])
	if err != nil || at.Before(begun.Truncate(time.Second)) || at.After(r.now()) {
		t.Errorf("agreed at %v, the form was sent at %v", at, begun)
	}
	if !strings.Contains(head, "newsletter  false") || !strings.Contains(text, "I agree to the processing") || !strings.Contains(text, "<h2>") {
		t.Errorf("what was agreed to:\n%s", out.String())
	}
	if err := Consent(context.Background(), "", environ, 502, "+79000000000", &out); err == nil {
		t.Error("somebody else has agreed too")
	}
	if err := Consent(context.Background(), "", environ, 501, anna["phone"], &out); err == nil {
		t.Error("the consent is good for another company")
	}
}
