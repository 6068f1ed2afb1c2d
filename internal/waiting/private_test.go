package waiting

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"okoshko/internal/quota"
	"okoshko/internal/redistest"
	"okoshko/internal/store"
)

// TestTheStoreTellsNobody looks at every byte of both stores while a wish lives and after its end: there is no address, no subscription,
// no visit's hash and no secret that opens the wish.
func TestTheStoreTellsNobody(t *testing.T) {
	t.Run("file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "okoshko.db")
		r := newRig(t)
		file, err := store.OpenFile(path, store.FileOptions{Now: r.clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		live(t, r, file, func() []byte {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return raw
		})
	})
	t.Run("server", func(t *testing.T) {
		server := redistest.Start(t)
		kept, err := store.OpenRedis(t.Context(), server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = kept.Close() }()
		live(t, newRig(t), kept, func() []byte {
			var all []string
			for _, key := range kept.Client().Keys(t.Context(), "*").Val() {
				all = append(all, key, kept.Client().Get(t.Context(), key).Val())
			}
			slices.Sort(all)
			return []byte(strings.Join(all, "\n"))
		})
	})
}

// live lets wishes live in a store, and looks at all of it at every step.
func live(t *testing.T, r *rig, kept store.Store, all func() []byte) {
	t.Helper()
	r.store = kept
	r.salon.desks = nil
	r.Desk = r.desk()
	sub := testSubscription(77)
	sub.Endpoint = "https://push.example/send/abcdefghijkl-subscription"
	hash := strings.Repeat("f00d", 8)
	secrets := []string{anna, strings.ToUpper(anna), sub.Endpoint, hash, "kowalska"}
	look := func(when string) []byte {
		t.Helper()
		raw := all()
		for _, secret := range secrets {
			for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret))[:len(secret)/3*4], base64.RawURLEncoding.EncodeToString([]byte(secret))[:len(secret)/3*4]} {
				if bytes.Contains(raw, []byte(form)) {
					t.Fatalf("%s, the store has %q", when, form)
				}
			}
			if key, is := keyOf(secret); is {
				raw16, _ := base64.RawURLEncoding.DecodeString(secret)
				if bytes.Contains(raw, raw16) {
					t.Fatalf("%s, the store has the bytes of a secret", when)
				}
				if strings.Contains(key, secret) {
					t.Fatalf("a key has the secret")
				}
			}
		}
		return raw
	}
	mail, err := r.Ask(t.Context(), r.wish(), nil)
	if err != nil {
		t.Fatal(err)
	}
	w := r.wish()
	w.Channel, w.Visit = Channel{Push: sub}, &Visit{Company: 7, Record: 5, Hash: hash, Start: r.at(17, 0)}
	push, err := r.Ask(t.Context(), w, nil)
	if err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, mail.Secret, push.Secret)
	key, _ := keyOf(mail.Secret)
	if raw := look("after it was asked for"); !bytes.Contains(raw, []byte(key)) {
		t.Fatal("the store has no wish: nothing was looked at")
	}
	r.settle()
	if len(r.post.links) != 1 {
		t.Fatalf("%d links", len(r.post.links))
	}
	look("after the link was sent")
	if _, err := r.Confirm(t.Context(), mail.Secret); err != nil {
		t.Fatal(err)
	}
	r.salon.set(r.day(1), r.at(12, 0))
	r.post.during = func() { look("while it is told") }
	r.pass(time.Minute)
	r.post.during = nil
	r.wantTold("12:00 ", "12:00 ")
	look("after it was told")
	for _, one := range []Wish{mail, push} {
		if err := r.End(t.Context(), one.Secret); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Find(t.Context(), one.Secret); !errors.Is(err, ErrNone) {
			t.Fatalf("Find after its end: %v", err)
		}
	}
	look("after its end")
	for _, one := range []Wish{mail, push} {
		key, _ := keyOf(one.Secret)
		for _, key := range []string{key, linkPrefix + r.seals.name(one.Channel)} {
			if _, err := kept.Get(t.Context(), key); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s is left: %v", key, err)
			}
		}
	}
}

// TestKeysRotate: a wish that was encrypted with a key stays as long as that key is listed, and is then encrypted with the first one.
func TestKeysRotate(t *testing.T) {
	r := newRig(t)
	w := r.waiting()
	older, newer := testKeys[0], []byte("fedcba9876543210fedcba9876543210")
	with := func(keys ...[]byte) *Desk {
		r.salon.desks = nil
		return r.desk(func(o *Options) { o.Keys = keys })
	}
	r.Desk = with(newer, older)
	if found, err := r.Find(t.Context(), w.Secret); err != nil || found.Channel.Email != anna {
		t.Fatalf("Find = %+v, %v", found, err)
	}
	r.salon.set(r.day(1), r.at(12, 0))
	r.pass(3 * time.Minute)
	r.wantTold("12:00 ")
	r.Desk = with(newer)
	if _, err := r.Find(t.Context(), w.Secret); err != nil {
		t.Errorf("Find with the new key alone = %v", err)
	}
	r.Desk = with(older)
	if _, err := r.Find(t.Context(), w.Secret); !errors.Is(err, ErrNone) {
		t.Errorf("Find with the old key alone = %v, want %v", err, ErrNone)
	}
}

// TestMissesAreEqual: an unknown secret, one that is none, and one of a wish that has ended.
func TestMissesAreEqual(t *testing.T) {
	r := newRig(t)
	ended := r.waiting()
	if err := r.End(t.Context(), ended.Secret); err != nil {
		t.Fatal(err)
	}
	over := r.waiting(func(w *Wish) { w.Channel.Email = "b@mail.example" })
	r.clock.Add(3 * 24 * time.Hour)
	var none *Desk
	for name, secret := range map[string]string{
		"ended": ended.Secret, "over": over.Secret, "unknown": newSecret(), "empty": "", "short": "abc", "long": strings.Repeat("a", 500), "odd": ended.Secret[:21] + "!",
		"another writing of the same bytes": ended.Secret[:21] + "B",
	} {
		for _, d := range []*Desk{r.Desk, none} {
			if _, err := d.Find(t.Context(), secret); !errors.Is(err, ErrNone) || err.Error() != ErrNone.Error() {
				t.Errorf("Find of a secret that is %s = %v", name, err)
			}
			if _, err := d.Confirm(t.Context(), secret); !errors.Is(err, ErrNone) || err.Error() != ErrNone.Error() {
				t.Errorf("Confirm of a secret that is %s = %v", name, err)
			}
			if err := d.End(t.Context(), secret); err != nil {
				t.Errorf("End of a secret that is %s = %v", name, err)
			}
		}
	}
}

func TestAskRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Wish, *rig)
		field  Field
		reason Reason
	}{
		"no service":           {func(w *Wish, _ *rig) { w.Services = nil }, FieldServices, ReasonMissing},
		"no first day":         {func(w *Wish, _ *rig) { w.From = "" }, FieldFrom, ReasonMissing},
		"no day at all":        {func(w *Wish, _ *rig) { w.From = "tomorrow" }, FieldFrom, ReasonInvalid},
		"no last day":          {func(w *Wish, _ *rig) { w.To = "" }, FieldTo, ReasonMissing},
		"the last day first":   {func(w *Wish, r *rig) { w.From, w.To = r.day(3), r.day(2) }, FieldTo, ReasonInvalid},
		"yesterday":            {func(w *Wish, r *rig) { w.From, w.To = r.day(-2), r.day(-1) }, FieldTo, ReasonPast},
		"too many days":        {func(w *Wish, r *rig) { w.To = r.day(1 + MaxDays) }, FieldTo, ReasonFar},
		"too far":              {func(w *Wish, r *rig) { w.From, w.To = r.day(MaxAhead+1), r.day(MaxAhead+1) }, FieldTo, ReasonFar},
		"hours that end first": {func(w *Wish, _ *rig) { w.Hours = Hours{600, 600} }, FieldHours, ReasonInvalid},
		"hours of no day":      {func(w *Wish, _ *rig) { w.Hours = Hours{600, maxHour + 1} }, FieldHours, ReasonInvalid},
		"hours that are over":  {func(w *Wish, r *rig) { w.From, w.To, w.Hours = r.day(0), r.day(0), Hours{8 * 60, 11 * 60} }, FieldHours, ReasonPast},
		"no address":           {func(w *Wish, _ *rig) { w.Channel.Email = "" }, FieldEmail, ReasonMissing},
		"a name":               {func(w *Wish, _ *rig) { w.Channel.Email = "Anna <anna@mail.example>" }, FieldEmail, ReasonInvalid},
		"two addresses":        {func(w *Wish, _ *rig) { w.Channel.Email = "a@mail.example,b@mail.example" }, FieldEmail, ReasonInvalid},
		"a header":             {func(w *Wish, _ *rig) { w.Channel.Email = "a@mail.example\r\nBcc: b@mail.example" }, FieldEmail, ReasonInvalid},
		"no domain":            {func(w *Wish, _ *rig) { w.Channel.Email = "root@localhost" }, FieldEmail, ReasonInvalid},
		"push in the clear":    {func(w *Wish, _ *rig) { w.Channel = Channel{Push: &Subscription{Endpoint: "http://push.example/1"}} }, FieldPush, ReasonInvalid},
		"push without keys":    {func(w *Wish, _ *rig) { w.Channel = Channel{Push: &Subscription{Endpoint: "https://push.example/1"}} }, FieldPush, ReasonInvalid},
		"no consent":           {func(w *Wish, _ *rig) { w.Consent = Consent{} }, FieldConsent, ReasonMissing},
		"no mail":              {func(_ *Wish, r *rig) { r.post.offers.Email = false }, FieldEmail, ReasonOff},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			w := r.wish()
			tt.change(&w, r)
			_, err := r.Ask(t.Context(), w, nil)
			var refused *Refused
			if !errors.As(err, &refused) || refused.Field != tt.field || refused.Reason != tt.reason {
				t.Errorf("Ask = %+v, want %s at %s", err, tt.reason, tt.field)
			}
			if r.settle(); len(r.post.links) > 0 || r.Count() > 0 {
				t.Error("a wish was kept that was refused")
			}
		})
	}
}

// TestNobodyCanHaveAStrangerWrittenTo more than once: an address that has not confirmed is sent nothing more for a day, whoever asks, and
// nobody can tell.
func TestNobodyCanHaveAStrangerWrittenTo(t *testing.T) {
	r := newRig(t)
	for i := range 30 {
		w := r.wish()
		w.Company = 7 + i
		if i%2 == 1 {
			w.Channel.Email = strings.ToUpper(anna)
		}
		if w, err := r.Ask(t.Context(), w, nil); err != nil || len(w.Secret) != 22 {
			t.Fatalf("Ask = %v", err)
		}
		r.settle()
	}
	r.pass(time.Hour)
	if len(r.post.links) != 1 || r.Count() != 1 {
		t.Fatalf("%d links, %d wishes", len(r.post.links), r.Count())
	}
	if _, err := r.Confirm(t.Context(), r.post.links[0].Secret); err != nil {
		t.Fatal(err)
	}
	r.clock.Add(25 * time.Hour) // the count of the channel is over, too
	for range 3 {
		w := r.wish()
		if _, err := r.Ask(t.Context(), w, nil); err != nil {
			t.Fatal(err)
		}
		r.settle()
	}
	if len(r.post.links) != 2 {
		t.Errorf("%d links, want one more after the first was confirmed", len(r.post.links))
	}
}

func TestLimits(t *testing.T) {
	r := newRig(t)
	r.Desk = r.desk(func(o *Options) { o.PerCompany, o.Wishes = 3, 5 })
	rings := []quota.Ring{{Network: "192.0.2.1", Factor: 1}}
	reason := func(i, company int, rings []quota.Ring) Reason {
		w := r.wish()
		w.Company, w.Channel.Email = company, strings.Repeat("a", i+1)+"@mail.example"
		_, err := r.Ask(t.Context(), w, rings)
		var refused *Refused
		if err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
		if refused == nil {
			return ""
		}
		return refused.Reason
	}
	var got []Reason
	for i := range 4 {
		got = append(got, reason(i, 7, nil))
	}
	for i := range 3 {
		got = append(got, reason(10+i, 8, nil))
	}
	if want := []Reason{"", "", "", ReasonFull, "", "", ReasonFull}; !slices.Equal(got, want) {
		t.Errorf("asked at two salons: %q, want %q", got, want)
	}
	r.Desk = r.desk()
	got = nil
	for i := range perAddress + 1 {
		got = append(got, reason(20+i, 9, rings))
	}
	if slices.Contains(got[:perAddress], ReasonLimit) || got[perAddress] != ReasonLimit {
		t.Errorf("asked from an address: %q", got)
	}
}

// TestAClaimIsResolved: a message that a process was about to send when it died is not sent by another one, and the wish goes on; the
// link that confirms a wish is sent once more.
func TestAClaimIsResolved(t *testing.T) {
	r := newRig(t)
	asked, err := r.Ask(t.Context(), r.wish(), nil)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := keyOf(asked.Secret)
	die := func() {
		t.Helper()
		if _, mine, err := r.claim(context.Background(), key); err != nil || mine == "" {
			t.Fatalf("claim = %q, %v", mine, err)
		}
	}
	die()
	r.pass(time.Minute)
	if len(r.post.links) > 0 {
		t.Fatal("another process sends what is claimed")
	}
	r.pass(2 * time.Minute)
	if len(r.post.links) != 1 {
		t.Fatalf("%d links after the claim has ended", len(r.post.links))
	}
	if _, err := r.Confirm(t.Context(), asked.Secret); err != nil {
		t.Fatal(err)
	}
	r.settle()
	r.clock.Add(time.Second)
	r.salon.set(r.day(1), r.at(12, 0))
	r.salon.look(r.question())
	for len(r.heard) > 0 {
		r.enter(t.Context(), <-r.heard)
	}
	for len(r.posts) > 0 {
		<-r.posts
	}
	clear(r.sending)
	die()
	r.pass(2 * time.Hour)
	r.wantTold()
	r.salon.set(r.day(1), r.at(12, 0), r.at(13, 0))
	r.pass(2 * time.Minute)
	r.wantTold("13:00 ")
}

// TestWhatBecomesOfAMessage: not sent for now is tried again, perhaps sent is not, and nobody there ends the wish.
func TestWhatBecomesOfAMessage(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		told int
		ends bool
	}{
		"later": {Temporary(errors.New("greylisted")), 1, false}, "unknown": {ErrUnknown, 0, false}, "any other": {errors.New("?"), 0, false}, "gone": {Gone(errors.New("410")), 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			w := r.waiting()
			r.post.failing(tt.err)
			r.salon.set(r.day(1), r.at(12, 0))
			r.pass(2 * time.Minute)
			r.post.failing(nil)
			r.pass(10 * time.Minute)
			if got := len(r.told()); got != tt.told {
				t.Errorf("%d messages, want %d", got, tt.told)
			}
			if _, err := r.Find(t.Context(), w.Secret); errors.Is(err, ErrNone) != tt.ends {
				t.Errorf("Find = %v, want ended: %v", err, tt.ends)
			}
		})
	}
}
