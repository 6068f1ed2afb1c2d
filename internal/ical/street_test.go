package ical

import (
	"strings"
	"testing"
	"time"
)

func TestStreet(t *testing.T) {
	moscow := load(t, "Europe/Moscow")
	t.Run("E4 a visit of no length has no end", func(t *testing.T) {
		for _, length := range []time.Duration{0, -time.Hour} {
			v := haircut(moscow)
			v.End = v.Start.Add(length)
			file := string(File(v))
			if strings.Contains(file, "DTEND") || !strings.Contains(file, "DTSTART;TZID=Europe/Moscow:20261125T143000") {
				t.Errorf("of %s:\n%s", length, file)
			}
			if u := GoogleURL(v); !strings.Contains(u, "dates=20261125T113000Z%2F20261125T113000Z") {
				t.Errorf("of %s: %s", length, u)
			}
		}
		v := haircut(moscow)
		v.End = time.Time{}
		if file := string(File(v)); strings.Contains(file, "DTEND") {
			t.Errorf("of no end:\n%s", file)
		}
	})
	t.Run("E8 a cancellation after RFC 5546", func(t *testing.T) {
		v := haircut(moscow)
		v.Organizer, v.Alarm, v.AlarmText = Organizer{Name: "Salon Primrose", Email: "hello@primrose.example"}, 2*time.Hour, "Cut"
		published := string(File(v))
		v.Cancelled, v.Sequence = true, v.Sequence+1
		cancelled := string(File(v))
		organizer := `ORGANIZER;CN=Salon Primrose:mailto:hello@primrose.example`
		for _, want := range []string{"METHOD:PUBLISH", "SEQUENCE:7", organizer, "BEGIN:VALARM", "TRIGGER:-PT120M", "ACTION:DISPLAY"} {
			if !strings.Contains(published, want) {
				t.Errorf("a published visit lacks %s:\n%s", want, published)
			}
		}
		for _, want := range []string{"METHOD:CANCEL", "SEQUENCE:8", "STATUS:CANCELLED", "UID:visit-501-640000001@okoshko", "DTSTAMP:", organizer} {
			if !strings.Contains(cancelled, want) {
				t.Errorf("a cancellation lacks %s:\n%s", want, cancelled)
			}
		}
		if strings.Contains(cancelled, "VALARM") {
			t.Error("a cancellation has an alarm")
		}
	})
	t.Run("E8 who publishes", func(t *testing.T) {
		for _, tt := range []struct{ name, email, want string }{
			{"", "", "ORGANIZER:mailto:noreply@okoshko.invalid"},
			{"", "Anna <a@b.example>", "ORGANIZER:mailto:noreply@okoshko.invalid"},
			{"", "a@b.example\r\nATTENDEE:mailto:x@y.example", "ORGANIZER:mailto:noreply@okoshko.invalid"},
			{"", "anna@salon.example", "ORGANIZER:mailto:anna@salon.example"},
		} {
			v := haircut(moscow)
			v.Organizer = Organizer{tt.name, tt.email}
			if file := string(File(v)); !strings.Contains(file, tt.want+"\r\n") || strings.Contains(file, "ATTENDEE") {
				t.Errorf("%q, %q:\n%s", tt.name, tt.email, file)
			}
		}
		v := haircut(moscow)
		v.Organizer.Name = "Салон \"Окно\": стрижки; уход,\nманикюр"
		if !strings.Contains(strings.ReplaceAll(string(File(v)), "\r\n ", ""), `ORGANIZER;CN=Салон Окно стрижки уход маникюр:mailto:`) {
			t.Errorf("a name of many signs:\n%s", File(v))
		}
	})
	t.Run("E8 a calendar that is subscribed to", func(t *testing.T) {
		v := haircut(moscow)
		v.Cancelled = true
		v.Organizer.Name = "Primrose"
		feed := string(Feed(v, time.Hour))
		for _, want := range []string{"METHOD:PUBLISH", "STATUS:CANCELLED", "REFRESH-INTERVAL;VALUE=DURATION:PT60M", "X-PUBLISHED-TTL:PT60M", "NAME:Primrose"} {
			if !strings.Contains(feed, want) {
				t.Errorf("the feed lacks %s:\n%s", want, feed)
			}
		}
	})
	t.Run("C2 a clock of no zone", func(t *testing.T) {
		v := haircut(time.UTC)
		v.Floating = true
		if file := string(File(v)); !strings.Contains(file, "DTSTART:20261125T143000\r\n") || !strings.Contains(file, "DTEND:20261125T160000\r\n") || strings.Contains(file, "TZID") {
			t.Errorf("floating:\n%s", file)
		}
	})
}
