package app

import (
	"bytes"
	"context"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"okoshko/internal/clock"
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
	if err := Consent(context.Background(), "", []string{"OKOSHKO_STORE_PATH=" + path + ".other"}, 502, customer{phone: anna["phone"]}, io.Discard); err == nil || !strings.Contains(err.Error(), "there is no file") {
		t.Errorf("without a store: %v", err)
	}
	if _, err := os.Stat(path + ".other"); err == nil {
		t.Error("the command has made a store")
	}
	environ := []string{"OKOSHKO_STORE_PATH=" + path, "OKOSHKO_SANDBOX_NOW=" + r.now().Format(time.RFC3339)}
	var out bytes.Buffer
	if err := Consent(context.Background(), "", environ, 502, customer{phone: anna["phone"]}, &out); err != nil {
		t.Fatal(err)
	}
	head, text, _ := strings.Cut(out.String(), "\n\n")
	_, agreed, _ := strings.Cut(head, "agreed")
	at, err := time.Parse(time.RFC3339, strings.Fields(agreed)[0])
	if err != nil || at.Before(begun.Truncate(time.Second)) || at.After(r.now()) {
		t.Errorf("agreed at %v, the form was sent at %v", at, begun)
	}
	if !strings.Contains(head, "newsletter  false") || !strings.Contains(text, "I agree to the processing") || !strings.Contains(text, "<h2>") {
		t.Errorf("what was agreed to:\n%s", out.String())
	}
	if err := Consent(context.Background(), "", environ, 502, customer{phone: "+79000000000"}, &out); err == nil {
		t.Error("somebody else has agreed too")
	}
	if err := Consent(context.Background(), "", environ, 501, customer{phone: anna["phone"]}, &out); err == nil {
		t.Error("the consent is good for another company")
	}
}

// TestAConsentIsFoundByTheDocumentedWays: while the program runs, from the copy of its file; by the phone as people write it; with the
// variables in a file of their own, as the unit of systemd has them.
func TestAConsentIsFoundByTheDocumentedWays(t *testing.T) {
	t.Chdir(t.TempDir())
	dir := t.TempDir()
	path, backup, secrets := filepath.Join(dir, "kept.db"), filepath.Join(dir, "copy.db"), filepath.Join(dir, "secrets.env")
	r := newRig(t, "OKOSHKO_STORE_PATH="+path, "OKOSHKO_STORE_BACKUP_PATH="+backup, "OKOSHKO_STORE_BACKUP_EVERY=100ms")
	r.send(r.to(r.get("/b/2?lang=en"), "contact"), anna)
	written := r.now()
	if err := os.WriteFile(secrets, []byte("OKOSHKO_STORE_PATH="+path+"\nOKOSHKO_STORE_BACKUP_PATH=\""+backup+"\"\nOKOSHKO_SANDBOX_NOW="+written.Format(time.RFC3339)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(phone string, more ...string) (string, error) {
		var out bytes.Buffer
		err := Run(t.Context(), append([]string{"consent", "-env", secrets, "-company", "502", "-phone", phone}, more...), nil, &out)
		return out.String(), err
	}
	text, err := ask(anna["phone"])
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for waited := clock.Stopwatch(); err != nil && waited() < time.Minute; text, err = ask(anna["phone"]) {
		<-tick.C // until the copy is written that has it
	}
	if err != nil || !strings.Contains(text, "The program runs and holds its file, so this is its copy of ") || !strings.Contains(text, "I agree to the processing") {
		t.Fatalf("while the program runs: %v\n%s", err, text)
	}
	for _, phone := range []string{"8 916 123-45-67", "8(916)1234567", "+7 916 123-45-67", "tel:+79161234567", "7 916 123 45 67"} {
		if text, err := ask(phone); err != nil || !strings.Contains(text, "phone       +7 916 123-45-67") {
			t.Errorf("for %q: %v\n%s", phone, err, text)
		}
	}
	if _, err := ask("8 916 123-45-67", "-country", "lv"); err == nil {
		t.Error("a Latvian phone is taken for a Russian one")
	}
	if _, err := ask("8 916 123-45-68"); err == nil || !strings.Contains(err.Error(), "no consent is remembered at company 502 for +7 916 123-45-68") {
		t.Errorf("for another phone: %v", err)
	}
}
