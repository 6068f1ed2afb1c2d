package app

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"okoshko/internal/servertest"
)

// recorder is an upstream in front of the rig's that keeps the bodies of bookings.
type recorder struct {
	mu     sync.Mutex
	bodies []string
	URL    string
}

func record(t *testing.T, api string) *recorder {
	t.Helper()
	target, err := url.Parse(api)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodPost && strings.Contains(q.URL.Path, "/book_record/") {
			body, err := io.ReadAll(q.Body)
			if err != nil {
				t.Error(err)
			}
			r.mu.Lock()
			r.bodies = append(r.bodies, string(body))
			r.mu.Unlock()
			q.Body = io.NopCloser(strings.NewReader(string(body)))
		}
		proxy.ServeHTTP(w, q)
	}))
	servertest.Cleanup(t, srv.Close)
	r.URL = srv.URL
	return r
}

// last is the last booking that was sent.
func (r *recorder) last(t *testing.T) map[string]any {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.bodies) == 0 {
		t.Fatal("no booking was sent")
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(r.bodies[len(r.bodies)-1]), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A form's own questions are asked, and the answers are found in the booking; a list takes an array.
var _ = addStreet("X10 the salon's own questions", func(t *testing.T) {
	behind := newRig(t)
	wire := record(t, behind.api)
	r := newRig(t, "OKOSHKO_UPSTREAM_BASE_URL="+wire.URL)
	contact := r.to(r.get("/b/19?lang=en"), "contact")
	names := map[string]string{"Allergies": "", "Hair length": "", "How many guests come along": "", "Birthday": ""}
	for label := range names {
		for _, field := range contact.Find("main label").EachIter() {
			if strings.HasPrefix(strings.TrimSpace(field.Text()), label) {
				names[label] = strings.TrimPrefix(field.AttrOr("for", ""), "f-")
			}
		}
		if names[label] == "" {
			t.Fatalf("the form does not ask for %q", label)
		}
	}
	own := maps.Clone(anna)
	own[names["Allergies"]], own[names["Hair length"]] = "nuts", "Long"
	own[names["How many guests come along"]], own[names["Birthday"]] = "two", "1990-02-30"
	wrong := r.send(contact, own)
	if wrong.step() != "contact" || wrong.status != http.StatusUnprocessableEntity || wrong.Find("main [aria-invalid=true]").Length() != 2 {
		t.Fatalf("two wrong answers: step %q, %d marked", wrong.step(), wrong.Find("main [aria-invalid=true]").Length())
	}
	if got := wrong.Find("main [name="+names["Allergies"]+"]").AttrOr("value", ""); got != "nuts" {
		t.Errorf("the right answer was lost: %q", got)
	}
	if got := wrong.Find("main [name="+names["Hair length"]+"] option[selected]").AttrOr("value", ""); got != "Long" {
		t.Errorf("the choice was lost: %q", got)
	}
	p := r.send(wrong, map[string]string{names["How many guests come along"]: "2", names["Birthday"]: "1990-02-28"})
	if p.step() != "confirm" || !strings.Contains(p.Find("main").Text(), "nuts") {
		t.Fatalf("step %q: %s", p.step(), p.Find("main").Text())
	}
	r.to(p, "done")
	sent := wire.last(t)
	client, _ := sent["custom_fields"].(map[string]any)
	visit, _ := sent["appointments"].([]any)[0].(map[string]any)["custom_fields"].(map[string]any)
	hair, _ := visit["hair_length"].([]any)
	if client["allergies"] != "nuts" || client["birthday"] != "1990-02-28" || visit["guests"] != 2.0 || len(hair) != 1 || hair[0] != "Long" || len(client) != 2 || len(visit) != 2 {
		t.Errorf("sent: %v about the customer, %v about the visit", client, visit)
	}
})

// TestRemindersAndConsentAreSent compares the form's choices with the booking on the wire.
func TestRemindersAndConsentAreSent(t *testing.T) {
	t.Parallel()
	behind := newRig(t)
	wire := record(t, behind.api)
	r := newRig(t, "OKOSHKO_UPSTREAM_BASE_URL="+wire.URL)
	contact := r.toAhead(r.get("/b/1"), "contact") // so that both reminders still lie ahead
	own := maps.Clone(anna)
	own["notify_by_sms"], own["notify_by_email"], own["accept_newsletter"] = "3", "48", "on"
	r.to(r.send(contact, own), "done")
	sent := wire.last(t)
	if sent["notify_by_sms"] != 3.0 || sent["notify_by_email"] != 48.0 || sent["is_newsletter_allowed"] != true || sent["is_personal_data_processing_allowed"] != true {
		t.Errorf("sent: %v", sent)
	}
}

func TestPrivacyPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	contact := r.to(r.get("/b/1"), "contact")
	link := contact.Find("main .check a")
	if link.Length() != 1 || link.AttrOr("target", "") != "_blank" {
		t.Fatalf("%d links to the agreement, in %q", link.Length(), link.AttrOr("target", ""))
	}
	p := r.press(contact, "main .check a")
	if p.status != http.StatusOK || p.Find("main .rich h2").Length() != 1 || p.Find("main script").Length() != 0 {
		t.Errorf("the agreement: %d\n%s", p.status, p.Find("main").Text())
	}
}

// TestHiddenConfirmationBooksFromTheContactStep: the upstream's flag takes a page away.
func TestHiddenConfirmationBooksFromTheContactStep(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.send(r.to(r.get("/b/15"), "contact"), anna)
	if p.step() != "done" || len(r.online()) != 1 {
		t.Errorf("step %q, records %d", p.step(), len(r.online()))
	}
}

// TestTypedTextSurvivesGoingBack changes the time after the contact form was sent.
func TestTypedTextSurvivesGoingBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	confirm := r.send(r.to(r.get("/b/1"), "contact"), anna)
	_, values := r.form(confirm)
	values.Set("edit", "1")
	contact := r.post(r.absolute(confirm.url, confirm.Find("main [name=edit]").AttrOr("formaction", "")), values)
	if contact.step() != "contact" {
		t.Fatalf("changing leads to %q", contact.step())
	}
	for name, want := range map[string]string{"fullname": anna["fullname"], "phone": anna["phone"], "email": anna["email"]} {
		if got := contact.Find("main [name="+name+"]").AttrOr("value", ""); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}
