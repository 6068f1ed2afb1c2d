package app

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// harmlessNumbers are parts of log lines that hold numbers of ours, among which a four-digit code could
// stand by chance.
var harmlessNumbers = regexp.MustCompile(`\b(time|id|ms|bytes|status|attempt|change|company|form|retry|for)=\S+`)

// TestS35LogsTellNothing goes every way of a customer, right and wrong, with the log at its most
// talkative, and looks for whatever must not be in it.
func TestS35LogsTellNothing(t *testing.T) {
	r, j := newRig(t).browser()
	// A booking with a code, its page, a move and a cancel, with answers that get lost.
	own := maps.Clone(anna)
	p := r.send(r.to(r.get("/b/2?lang=en"), "contact"), own)
	p = r.press(r.to(p, "done"), "main a[rel=record]")
	record := r.latest()
	r.file(p.Find("main a[href*='/visit.ics']").AttrOr("href", ""))
	r.fault(`{"path":"/book_record/","method":"PUT","close":"after","times":1}`)
	days := r.press(p, "main a[data-move]")
	days = r.get(r.absolute(days.url, days.Find("main a[data-date]").Last().AttrOr("href", "")))
	p = r.send(r.press(days, "main a[data-slot]"), nil)
	r.fault(`{"path":"/user/records/","method":"DELETE","status":500,"work":true,"times":1}`)
	p = r.send(r.press(p, "main a[data-cancel]"), nil)
	if p.badge() != "cancelled" {
		t.Fatalf("the visit is not cancelled: %s", p.Find("main").Text())
	}
	// Links that open nothing, and an upstream that is down.
	r.get("/r/2/502/" + p.Find("[data-record]").AttrOr("data-record", "") + "/" + strings.Repeat("0", 32))
	r.get("/r/1/501/1/" + record.Hash)
	r.fault(`{"path":"/book_record/","method":"GET","status":500,"times":2}`)
	r.get(p.url.String())
	r.get("/b/2/company/502/success-order/1/" + record.Hash)
	// The account: wrong and right codes and passwords, another phone, another password.
	code := r.send(r.get("/me/2?lang=en"), map[string]string{"phone": annasPhone})
	r.send(code, map[string]string{"code": "0001"})
	r.send(code, map[string]string{"code": r.code()})
	r.get("/me/2?lang=en")
	r.send(r.get("/me/2/profile?lang=en"), map[string]string{"fullname": "Анна Тайная", "email": "secret@example.com"})
	phone := r.send(r.get("/me/2/profile/phone?lang=en"), map[string]string{"phone": "+7 900 555-66-77"})
	r.send(phone, map[string]string{"code": r.code()})
	r.send(r.get("/me/2/profile/password?lang=en"), map[string]string{"current": "sandbox", "password": "correct horse"})
	token := r.token("+79005556677")
	cookie := j.account()
	r.fault(`{"path":"/user/records","method":"GET","status":500,"times":2}`)
	r.get("/me/2?lang=en")
	r.send(r.get("/me/2?lang=en"), nil)
	r.byPassword("2", "secret@example.com", "wrong horse")
	if resp := r.ask(http.MethodPost, "/me/2/password", nil, nil); resp.status != http.StatusForbidden {
		t.Errorf("a forged form: status %d", resp.status)
	}

	log := harmlessNumbers.ReplaceAllString(r.log.String(), "")
	if !strings.Contains(log, "visit change") || !strings.Contains(log, "no visit for a link") || !strings.Contains(log, "sign in refused") {
		t.Fatalf("the log lacks what happened:\n%s", log)
	}
	secrets := map[string]string{
		"hash": record.Hash, "user token": token, "cookie": cookie, "e-mail": "@example.com", "name": "Тайная", "first name": "Анна", "comment": anna["comment"],
		"password": "horse",
	}
	for _, phone := range []string{"9161234567", "9001112233", "9005556677", "123-45-67", "111-22-33", "555-66-77"} {
		secrets["phone "+phone] = phone
	}
	for _, m := range r.box.Messages() {
		secrets["code "+m.Code] = m.Code
	}
	for what, secret := range secrets {
		if secret == "" {
			t.Errorf("no %s to look for", what)
		} else if i := strings.Index(log, secret); i >= 0 {
			t.Errorf("the log tells a %s: …%s…", what, log[max(0, i-120):min(len(log), i+60)])
		}
	}
}
