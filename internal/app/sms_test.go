package app

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"okoshko/internal/clock"
)

// askCode opens a form whose salon confirms phones, and asks for a code to one.
func (r *rig) askCode(phone string) page {
	r.t.Helper()
	own := maps.Clone(anna)
	own["phone"] = phone
	return r.send(r.to(r.get("/b/2"), "contact"), own)
}

func asksForCode(p page) bool { return p.Find("main [name=code]").Length() == 1 }

// TestS10MessagesAreLimited tries the limits of an address and of a salon, each by itself.
func TestS10MessagesAreLimited(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, environ string
		most          int
		phone         func(i int) string
	}{
		{"network", "OKOSHKO_LIMITS_SMS_PER_ADDRESS=1", 3, func(i int) string { return fmt.Sprintf("+7916123%04d", 4500+i) }},
		{"salon", "OKOSHKO_LIMITS_SMS_PER_SALON=2", 2, func(i int) string { return fmt.Sprintf("+7916123%04d", 4600+i) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, tt.environ, behindProxy).from("203.0.113.9")
			ask := func(phone string) page {
				p := r.askCode(phone)
				if asksForProof(p) {
					p = r.send(p, map[string]string{"proof": solved(t, p)})
				}
				return p
			}
			for i := range tt.most {
				if p := ask(tt.phone(i)); !asksForCode(p) {
					t.Fatalf("message %d: step %q, %s", i+1, p.step(), p.alert())
				}
			}
			p := ask(tt.phone(tt.most))
			if asksForCode(p) || len(r.box.Messages()) != tt.most {
				t.Fatalf("messages = %d, want %d", len(r.box.Messages()), tt.most)
			}
			// S-14: whoever used it up, this customer is told another way, and loses nothing.
			if p.Find("[role=alert] a[href^='tel:']").Length() != 1 {
				t.Errorf("the page does not name the salon's phone: %s", p.alert())
			}
			if got := p.Find("main [name=fullname]").AttrOr("value", ""); got != anna["fullname"] {
				t.Errorf("the name typed = %q", got)
			}
			if n := strings.Count(r.log.String(), "limit=sms-"+tt.name); n != 1 {
				t.Errorf("the log names the limit %d times, want once", n)
			}
		})
	}
}

// TestS11OnePhoneHoweverWritten gives no fresh quota for another way of writing a number.
func TestS11OnePhoneHoweverWritten(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_LIMITS_SMS_PER_PHONE=1")
	if p := r.askCode("+7 916 123-45-67"); !asksForCode(p) {
		t.Fatalf("the first message: %s", p.alert())
	}
	for _, written := range []string{"89161234567", "7 (916) 1234567", "+7\u200b9161234567", " +7.916.123.45.67"} {
		r.askCode(written)
		if n := len(r.box.Messages()); n != 1 {
			t.Fatalf("%q got a message of its own", written)
		}
	}
}

func TestS10OnlyAllowedPrefixes(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_LIMITS_SMS_PREFIXES=+371, +372")
	p := r.askCode("+79161234567")
	if asksForCode(p) || len(r.box.Messages()) != 0 || p.Find("main [name=phone][aria-invalid=true]").Length() != 1 {
		t.Fatalf("messages = %d, step %q", len(r.box.Messages()), p.step())
	}
	if p = r.askCode("+37120000001"); !asksForCode(p) {
		t.Fatalf("an allowed number: %s", p.alert())
	}
}

// TestS13YoungFormsWait sends no message for a form sooner than a person could fill it in.
func TestS13YoungFormsWait(t *testing.T) {
	t.Parallel()                                 // it waits most of the time
	r := newRig(t, "OKOSHKO_LIMITS_FORM_AGE=2s") // the token tells whole seconds
	passed := clock.Stopwatch()
	if p := r.askCode("+79161234567"); !asksForCode(p) {
		t.Fatalf("step %q: %s", p.step(), p.alert())
	}
	if took := passed(); took < time.Second {
		t.Errorf("the message was sent after %s", took)
	}
}

// TestCodeIsSentAgainAndElsewhere presses the two quiet buttons of the code form.
func TestCodeIsSentAgainAndElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	code := r.askCode("+79161234567")
	field := code.Find("main [name=code]")
	if field.AttrOr("autocomplete", "") != "one-time-code" || field.AttrOr("inputmode", "") != "numeric" {
		t.Errorf("the field is autocomplete=%q inputmode=%q", field.AttrOr("autocomplete", ""), field.AttrOr("inputmode", ""))
	}
	if left := code.Find("main [data-countdown]").AttrOr("data-countdown", ""); left == "" || left == "0" {
		t.Errorf("the countdown says %q", left)
	}
	action, values := r.form(code)
	values.Set("resend", "1")
	again := r.post(action, values)
	if !asksForCode(again) || len(r.box.Messages()) != 1 {
		t.Fatalf("pressed too early: %d messages", len(r.box.Messages()))
	}
	action, values = r.form(again)
	values.Set("edit", "1")
	contact := r.post(action, values)
	if contact.step() != "contact" || asksForCode(contact) || contact.Find("main [name=email]").AttrOr("value", "") != anna["email"] {
		t.Fatalf("changing the phone leads to %q: %s", contact.step(), contact.Find("main").Text())
	}
	other := r.send(contact, map[string]string{"phone": "+79167654321"})
	if messages := r.box.Messages(); !asksForCode(other) || len(messages) != 2 || messages[1].Phone != "79167654321" {
		t.Fatalf("the other phone got no code: %+v", messages)
	}
	if r.to(other, "done"); len(r.online()) != 1 {
		t.Errorf("records = %d", len(r.online()))
	}
}
