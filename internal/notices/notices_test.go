package notices_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/i18n"
	"okoshko/internal/mail"
	"okoshko/internal/mailtest"
	"okoshko/internal/notices"
	"okoshko/internal/push"
	"okoshko/internal/pushtest"
	"okoshko/internal/testclock"
	"okoshko/internal/waiting"
	"okoshko/locales"
)

// salon is what is known of a salon whose names try to look like markup.
type salon struct{ err error }

func (s salon) Bookform(context.Context, int) (*catalog.Bookform, error) {
	return &catalog.Bookform{ID: 3, GroupID: 9, Journey: flow.Journey{}}, s.err
}

func (s salon) Company(context.Context, string, int) (*catalog.Company, error) {
	return &catalog.Company{ID: 501, Title: "Anna & <b>Co</b>\r\nBcc: x@y.example", Email: "desk@salon.example", Location: moscow, AnyMaster: true}, s.err
}

func (s salon) Services(context.Context, string, int, catalog.Filter) (*catalog.Services, error) {
	return &catalog.Services{}, s.err
}

func (s salon) MasterName(context.Context, string, *catalog.Company, int) string {
	return "Елена <i>К</i>"
}

var moscow = time.FixedZone("Moscow", 3*60*60)

// rig is a Messenger with the channels of the test's own.
type rig struct {
	*notices.Messenger
	mail  *mailtest.Server
	push  *pushtest.Server
	clock *testclock.Clock
	texts *i18n.Bundle
}

func newRig(t *testing.T, of salon) *rig {
	t.Helper()
	r := &rig{mail: mailtest.Start(t, mailtest.Options{NoStartTLS: true}), push: pushtest.Start(t), clock: testclock.Standing()}
	letters, err := mail.New(mail.Options{Host: r.mail.Host, Port: r.mail.Port, From: "Okoshko <wishes@w.example>", Security: mail.None, Now: r.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	key, err := push.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	pushes, err := push.New(push.Options{Subject: "mailto:a@w.example", Key: key, Roots: r.push.Roots, MayConnect: func(netip.Addr) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pushes.Close)
	if r.texts, err = i18n.New(locales.Files, "en"); err != nil {
		t.Fatal(err)
	}
	r.Messenger = notices.New(notices.Options{
		Mail: letters, Push: pushes, Catalog: of, Texts: present{r.texts}, Origin: func() string { return "https://w.example" }, Now: r.clock.Now,
	})
	return r
}

type present struct{ *i18n.Bundle }

func (p present) Present(lang string) *i18n.Localizer { return p.Localizer(lang) }

const secret = "c2VjcmV0c2VjcmV0c2VjcmV"

func (r *rig) wish(lang string) waiting.Wish {
	day := r.clock.Now().In(moscow)
	return waiting.Wish{
		Secret: secret, Ticket: "ticket", Form: 3, Company: 501, Lang: lang, Services: []int{331, 332}, From: day.Format(time.DateOnly), To: day.AddDate(0, 0, 5).Format(time.DateOnly),
		Zone: moscow, Channel: waiting.Channel{Email: "anna@people.example"},
	}
}

func (r *rig) openings(n int) []waiting.Opening {
	at := r.clock.Now().In(moscow).Truncate(time.Hour).AddDate(0, 0, 1)
	out := make([]waiting.Opening, n)
	for i := range out {
		out[i] = waiting.Opening{Company: 501, Services: []int{331, 332}, Master: 6544, Start: at.Add(time.Duration(i) * time.Hour)}
	}
	return out
}

var links = regexp.MustCompile(`https://\S+`)

// TestLettersInEveryLanguage: each letter says the same as text and as HTML, lacks no text, shows no markup of the salon's, and its links
// are those that it should have.
func TestLettersInEveryLanguage(t *testing.T) {
	t.Parallel()
	r := newRig(t, salon{})
	r.texts.OnMissing(func(lang, key string) { t.Errorf("%s lacks %s", lang, key) })
	for _, lang := range r.texts.Languages() {
		before := len(r.mail.Messages())
		visit := r.wish(lang)
		visit.Visit = &waiting.Visit{Company: 501, Record: 77, Hash: "abc", Start: r.clock.Now().AddDate(0, 0, 3)}
		for _, err := range []error{r.Confirm(t.Context(), r.wish(lang)), r.Tell(t.Context(), r.wish(lang), r.openings(1)), r.Tell(t.Context(), r.wish(lang), r.openings(12)), r.Tell(t.Context(), visit, r.openings(1))} {
			if err != nil {
				t.Fatalf("%s: %v", lang, err)
			}
		}
		got := r.mail.Messages()[before:]
		confirm, one, many, earlier := got[0], got[1], got[2], got[3]
		for i, m := range got {
			if strings.Contains(m.HTML, "<b>") || strings.Contains(m.HTML, "<i>") || m.Header.Get("Bcc") != "" || strings.ContainsAny(m.Text+m.HTML, "\ufdd0\ufdd1") || strings.Contains(m.Text+m.HTML, "<%-") {
				t.Errorf("%s, letter %d: %s", lang, i, m.HTML)
			}
			if m.Header.Get("Reply-To") != "<desk@salon.example>" || !strings.Contains(m.Sender(), "Anna") || m.Header.Get("Content-Language") != i18n.Tag(lang) {
				t.Errorf("%s, letter %d: from %q, answers to %q, language %q", lang, i, m.Sender(), m.Header.Get("Reply-To"), m.Header.Get("Content-Language"))
			}
			for _, link := range links.FindAllString(m.Text, -1) {
				if !strings.Contains(m.HTML, `"`+strings.ReplaceAll(link, "&", "&amp;")+`"`) {
					t.Errorf("%s, letter %d: %s stands in the text alone", lang, i, link)
				}
			}
			if strings.Contains(m.HTML, "src=") || strings.Contains(m.HTML, "url(") {
				t.Errorf("%s, letter %d loads something", lang, i)
			}
		}
		if l := links.FindAllString(confirm.Text, -1); len(l) != 1 || l[0] != "https://w.example/w/"+secret+"?lang="+lang || confirm.Header.Get("List-Unsubscribe") != "" {
			t.Errorf("%s: the confirmation leads to %q", lang, l)
		}
		l := links.FindAllString(one.Text, -1)
		if len(l) != 2 || one.Header.Get("List-Unsubscribe") != "<https://w.example/w/"+secret+"/unsubscribe>" || one.Header.Get("List-Unsubscribe-Post") == "" {
			t.Errorf("%s: an opening leads to %q, its end to %q", lang, l, one.Header.Get("List-Unsubscribe"))
		}
		booked, err := url.Parse(l[0])
		if q := booked.Query(); err != nil || booked.Path != "/b/3" || q.Get("services") != "331,332" || q.Get("master") != "6544" || q.Get("company") != "501" || q.Get("lang") != lang || q.Get("slot") == "" || q.Get("told") != "ticket" {
			t.Errorf("%s: an opening leads to %s", lang, l[0])
		}
		if n := len(links.FindAllString(many.Text, -1)); n != 8+1+1 {
			t.Errorf("%s: twelve openings have %d links, want 10", lang, n)
		}
		if l := links.FindAllString(earlier.Text, -1); len(l) != 2 || !strings.HasPrefix(l[0], "https://w.example/r/3/501/77/abc/move?lang="+lang+"&slot=") {
			t.Errorf("%s: an earlier time leads to %q", lang, l)
		}
		if strings.TrimSpace(one.Subject()) == "" || one.Subject() == many.Subject() || one.Subject() == confirm.Subject() {
			t.Errorf("%s: subjects %q, %q, %q", lang, confirm.Subject(), one.Subject(), many.Subject())
		}
	}
}

// TestSubjectCountsTheOpenings: the word beside the number agrees with it.
func TestSubjectCountsTheOpenings(t *testing.T) {
	t.Parallel()
	r := newRig(t, salon{})
	for openings, end := range map[int]string{2: " und 1 weiterer", 3: " und 2 weitere", 12: " und 11 weitere"} {
		before := len(r.mail.Messages())
		if err := r.Tell(t.Context(), r.wish("de"), r.openings(openings)); err != nil {
			t.Fatal(err)
		}
		if subject := r.mail.Messages()[before].Subject(); !strings.HasPrefix(subject, "Termine sind frei geworden: ") || !strings.HasSuffix(subject, end) {
			t.Errorf("%d openings: the subject is %q, want %q at its end", openings, subject, end)
		}
	}
}

// TestNotification: a browser is told in a few words, and a press leads to the booking.
func TestNotification(t *testing.T) {
	t.Parallel()
	r := newRig(t, salon{})
	to, err := push.Parse(r.push.Subscribe(t))
	if err != nil {
		t.Fatal(err)
	}
	w := r.wish("ru")
	w.Channel = waiting.Channel{Push: &waiting.Subscription{Endpoint: to.Endpoint, P256dh: to.Keys.P256dh, Auth: to.Keys.Auth}}
	if err := r.Tell(t.Context(), w, r.openings(1)); err != nil {
		t.Fatal(err)
	}
	var read struct {
		Notification map[string]string `json:"notification"`
	}
	if err := json.Unmarshal(r.push.Received()[0].Payload, &read); err != nil {
		t.Fatal(err)
	}
	n := read.Notification
	if !strings.HasPrefix(n["title"], "Освободилось время: ") || !strings.HasPrefix(n["navigate"], "https://w.example/b/3?") || strings.Contains(string(r.push.Received()[0].Payload), secret) {
		t.Errorf("%s", r.push.Received()[0].Payload)
	}
	r.push.Unsubscribe()
	if err := r.Tell(t.Context(), w, r.openings(1)); !errors.Is(err, waiting.ErrGone) {
		t.Errorf("an ended subscription: %v, want %v", err, waiting.ErrGone)
	}
	r.push.Answer(503)
	if err := r.Tell(t.Context(), w, r.openings(1)); !errors.Is(err, waiting.ErrTemporary) {
		t.Errorf("a push service that is down: %v, want %v", err, waiting.ErrTemporary)
	}
	r.push.Answer(0)
	if err := r.Tell(t.Context(), w, r.openings(1)); err == nil || errors.Is(err, waiting.ErrTemporary) || errors.Is(err, waiting.ErrGone) {
		t.Errorf("no answer: %v, want an error that is neither", err)
	}
}

// TestOutcomes: what a channel says becomes what package waiting decides by.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	r := newRig(t, salon{})
	for name, tt := range map[string]struct {
		fault mailtest.Fault
		want  error
	}{
		"later":   {mailtest.Fault{Rcpt: mailtest.Refusal(451, [3]int{4, 7, 1}, "later")}, waiting.ErrTemporary},
		"nobody":  {mailtest.Fault{Rcpt: mailtest.Refusal(550, [3]int{5, 1, 1}, "nobody")}, waiting.ErrGone},
		"unknown": {mailtest.Fault{HangUp: true}, mail.ErrUnknown},
		"sent":    {mailtest.Fault{}, nil},
	} {
		r.mail.Fail(tt.fault)
		err := r.Confirm(t.Context(), r.wish("en"))
		if !errors.Is(err, tt.want) || tt.want == mail.ErrUnknown && (errors.Is(err, waiting.ErrTemporary) || errors.Is(err, waiting.ErrGone)) { //nolint:errorlint // one of the table
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	down := newRig(t, salon{err: errors.New("down")})
	if err := down.Tell(t.Context(), down.wish("en"), down.openings(1)); !errors.Is(err, waiting.ErrTemporary) {
		t.Errorf("the upstream is down: %v, want %v", err, waiting.ErrTemporary)
	}
	if len(down.mail.Messages()) > 0 {
		t.Error("a letter without names was sent")
	}
}
