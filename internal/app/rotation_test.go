package app

import (
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"okoshko/internal/redistest"
)

// TestKeysAreRotatedProcessByProcess on one store, in the order of docs/operations.md: at every moment a form that one process has made
// is accepted by the other, while customers are in the middle of it.
func TestKeysAreRotatedProcessByProcess(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, b := hex.EncodeToString([]byte(strings.Repeat("a", 32))), hex.EncodeToString([]byte(strings.Repeat("b", 32)))
	var first *rig
	with := func(keys string) *rig {
		environ := []string{"OKOSHKO_STORE_URL=" + server.URL, "OKOSHKO_UPSTREAM_PROCESSES=4", "OKOSHKO_SESSION_KEYS=" + keys}
		if first != nil {
			environ = append(environ, "OKOSHKO_UPSTREAM_BASE_URL="+first.api)
		}
		r := newRig(t, environ...)
		if first == nil {
			first = r
		}
		r.box, r.api = first.box, first.api
		return r
	}
	old, behind, front, last := with(a), with(a+","+b), with(b+","+a), with(b)
	at := old.freeTimes(501, 501001, 1)[0]
	// Without the first step a process that still has the old key alone refuses the forms of one that signs with the new one.
	action, form := old.form(old.at(front.contactAt(1, 501, 501001, 0, at)))
	if p := old.post(action, form); p.status != http.StatusForbidden {
		t.Errorf("a form under a key that the process does not have: status %d", p.status)
	}
	for _, pair := range []struct {
		what string
		x, y *rig
	}{
		{"the new key is put behind: one process restarted, the other not", old, behind},
		{"the same, the other way round", behind, old},
		{"both have it behind", behind, behind},
		{"it is put first: one process restarted", behind, front},
		{"the same, the other way round", front, behind},
		{"a day later the old key is removed at one", front, last},
		{"the same, the other way round", last, front},
	} {
		x, y := pair.x, pair.y
		confirm := y.send(y.at(x.contactAt(1, 501, 501001, 0, at)), anna)
		if confirm.step() != "confirm" {
			t.Errorf("%s: the contact form leads to step %q: %s", pair.what, confirm.step(), confirm.Find("main").Text())
		}
	}
	// The form that books, made by the one that signs with the new key and pressed at the one that signs with the old key.
	confirm := front.send(front.at(behind.contactAt(1, 501, 501001, 0, at)), anna)
	if done := behind.send(behind.at(confirm), nil); done.step() != "done" || len(old.online()) != 1 {
		t.Errorf("the form that books leads to step %q, %d records: %s", done.step(), len(old.online()), done.Find("main").Text())
	}
}
