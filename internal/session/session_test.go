package session

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/sessions"

	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

var (
	keyA = []byte(strings.Repeat("a", 32))
	keyB = []byte(strings.Repeat("b", 32))
)

type rig struct {
	*Store
	backend *store.Memory
	time    time.Time
}

func newRig(t *testing.T, keys ...[]byte) *rig {
	t.Helper()
	r := &rig{time: time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return r.time }
	r.backend = store.NewMemory(now)
	return r.with(t, keys...)
}

// with is the same store under other keys.
func (r *rig) with(t *testing.T, keys ...[]byte) *rig {
	t.Helper()
	s, err := New(Options{Backend: r.backend, Keys: keys, Now: func() time.Time { return r.time }})
	if err != nil {
		t.Fatal(err)
	}
	r.Store = s
	return r
}

type note struct{ Text string }

// serve answers GET / with what the session holds, and puts q into it when q is there.
func (r *rig) serve(t *testing.T, cookie, q string) (body string, set *http.Cookie) {
	t.Helper()
	app := fiber.New(fiber.Config{Immutable: true})
	app.Get("/", func(c *fiber.Ctx) error {
		sess, err := r.FromRequest(c)
		if err != nil {
			return err
		}
		if again, err := r.FromRequest(c); err != nil || again != sess {
			t.Errorf("a second look gave another session: %v", err)
		}
		held, _ := Get[note](sess, "note")
		switch {
		case q == "end":
			if err := r.End(c, sess); err != nil {
				return err
			}
		case q != "":
			if err := Set(sess, "note", note{q}); err != nil {
				return err
			}
			if err := r.Keep(c, sess); err != nil {
				return err
			}
		}
		return c.SendString(held.Text)
	})
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	if cookie != "" {
		req.Header.Set("Cookie", "other=1; "+CookieName+"="+cookie)
	}
	resp, err := app.Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status = %d: %s", resp.StatusCode, raw)
	}
	for _, c := range resp.Cookies() {
		set = c
	}
	return string(raw), set
}

func TestSessionIsKeptUnderItsCookie(t *testing.T) {
	r := newRig(t, keyA)
	if _, set := r.serve(t, "", ""); set != nil {
		t.Fatalf("a session that holds nothing set the cookie %v", set)
	}
	_, set := r.serve(t, "", "hello")
	if set == nil || set.Name != CookieName || !set.Secure || !set.HttpOnly || set.Path != "/" || set.Domain != "" ||
		set.SameSite != http.SameSiteNoneMode || !set.Partitioned || set.MaxAge != 1800 {
		t.Fatalf("cookie = %+v", set)
	}
	if strings.Contains(set.Value, "hello") {
		t.Fatal("the cookie holds what belongs to the server")
	}
	if body, _ := r.serve(t, set.Value, ""); body != "hello" {
		t.Fatalf("session = %q, want hello", body)
	}
}

func TestStrangeCookiesAreNewSessions(t *testing.T) {
	r := newRig(t, keyA)
	_, set := r.serve(t, "", "hello")
	flipped := set.Value[:len(set.Value)-2] + "zz"
	for name, cookie := range map[string]string{"garbage": "x", "tampered": flipped, "invented id": "../../evil", "empty": "\"\""} {
		body, fresh := r.serve(t, cookie, "mine")
		if body != "" {
			t.Errorf("%s: session = %q, want an empty one", name, body)
		}
		if fresh.Value == cookie || fresh.Value == set.Value {
			t.Errorf("%s: the cookie was adopted", name)
		}
	}
	other := newRig(t, keyB)
	if body, _ := other.serve(t, set.Value, ""); body != "" {
		t.Errorf("another key: session = %q", body)
	}
}

func TestSessionEnds(t *testing.T) {
	r := newRig(t, keyA)
	_, set := r.serve(t, "", "hello")
	if _, gone := r.serve(t, set.Value, "end"); gone == nil || gone.MaxAge >= 0 {
		t.Fatalf("cookie at the end = %+v", gone)
	}
	if body, _ := r.serve(t, set.Value, ""); body != "" {
		t.Fatalf("session after its end = %q", body)
	}
	_, set = r.serve(t, "", "hello")
	r.time = r.time.Add(31 * time.Minute)
	if body, _ := r.serve(t, set.Value, ""); body != "" {
		t.Fatalf("session after half an hour of silence = %q", body)
	}
}

// TestEndedMeanwhile ends a session while a request that has read it goes on.
func TestEndedMeanwhile(t *testing.T) {
	r := newRig(t, keyA)
	_, set := r.serve(t, "", "hello")
	app := fiber.New(fiber.Config{Immutable: true})
	app.Get("/", func(c *fiber.Ctx) error {
		sess, err := r.FromRequest(c)
		if err != nil {
			return err
		}
		if err := Set(sess, "note", note{"later"}); err != nil {
			return err
		}
		if err := r.KeepOn(c, sess); err != nil {
			return err
		}
		r.serve(t, set.Value, "meanwhile") // others may write it
		if err := r.KeepOn(c, sess); err != nil {
			return err
		}
		r.serve(t, set.Value, "end")
		if err := r.KeepOn(c, sess); !errors.Is(err, ErrEnded) {
			t.Errorf("KeepOn = %v, want ErrEnded", err)
		}
		return nil
	})
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header.Set("Cookie", CookieName+"="+set.Value)
	resp, err := app.Test(req, -1)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %v", resp.StatusCode, err)
	}
	if body, _ := r.serve(t, set.Value, ""); body != "" {
		t.Errorf("session after its end = %q", body)
	}
}

func TestKeysRotate(t *testing.T) {
	r := newRig(t, keyA)
	_, set := r.serve(t, "", "hello")
	token, err := r.Mint(Token{Form: 1, Session: "s", Nonce: NewNonce(), Issued: r.time})
	if err != nil {
		t.Fatal(err)
	}
	r.with(t, keyB, keyA)
	if body, _ := r.serve(t, set.Value, ""); body != "hello" {
		t.Fatalf("session under the older key = %q", body)
	}
	if _, err := r.Verify(token, 1, ""); err != nil {
		t.Fatalf("token under the older key = %v", err)
	}
	r.with(t, keyB)
	if _, err := r.Verify(token, 1, ""); !errors.Is(err, ErrTokenInvalid) {
		t.Fatalf("token under a key long gone = %v", err)
	}
}

func TestToken(t *testing.T) {
	r := newRig(t, keyA)
	want := Token{Form: 7, Company: 501, Session: "s", Nonce: NewNonce(), Origin: "https://salon.example", Issued: r.time}
	raw, err := r.Mint(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Verify(raw, 7, "https://salon.example")
	if err != nil || got != want {
		t.Fatalf("Verify = %+v, %v, want %+v", got, err, want)
	}
	for name, raw := range map[string]string{"empty": "", "garbage": "x", "cut": raw[:len(raw)-3], "bent": "A" + raw[1:]} {
		if _, err := r.Verify(raw, 7, "https://salon.example"); !errors.Is(err, ErrTokenInvalid) {
			t.Errorf("%s: Verify = %v, want ErrTokenInvalid", name, err)
		}
	}
	if _, err := r.Verify(raw, 8, "https://salon.example"); !errors.Is(err, ErrTokenInvalid) {
		t.Errorf("another form: Verify = %v, want ErrTokenInvalid", err)
	}
	if _, err := r.Verify(raw, 7, "https://other.example"); !errors.Is(err, ErrTokenInvalid) {
		t.Errorf("another host: Verify = %v, want ErrTokenInvalid", err)
	}
	for _, tt := range []struct {
		after time.Duration
		want  error
	}{{29 * time.Minute, nil}, {31 * time.Minute, ErrTokenExpired}, {23 * time.Hour, ErrTokenExpired}, {25 * time.Hour, ErrTokenInvalid}, {-time.Hour, ErrTokenInvalid}} {
		r.time = want.Issued.Add(tt.after)
		got, err := r.Verify(raw, 7, "https://salon.example")
		if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("after %v: Verify = %v, want %v", tt.after, err, tt.want)
		}
		if errors.Is(tt.want, ErrTokenExpired) && got.Session != "s" {
			t.Errorf("after %v: the expired token does not name its draft", tt.after)
		}
	}
}

func TestACookieIsNoToken(t *testing.T) {
	r := newRig(t, keyA)
	_, set := r.serve(t, "", "hello")
	if _, err := r.Verify(set.Value, 1, ""); !errors.Is(err, ErrTokenInvalid) {
		t.Fatalf("Verify of a cookie = %v", err)
	}
}

func TestIDsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := NewNonce()
		if seen[id] || len(id) < 22 { // 22 characters of base64 are 128 bits
			t.Fatalf("NewNonce = %q", id)
		}
		seen[id] = true
	}
}

func TestWeakKeysAreRefused(t *testing.T) {
	for name, keys := range map[string][][]byte{"none": nil, "short": {[]byte("short")}, "one short": {keyA, []byte("short")}} {
		if _, err := New(Options{Backend: store.NewMemory(testclock.Start), Keys: keys, Now: testclock.Start}); err == nil {
			t.Errorf("%s: New = nil, want an error", name)
		}
	}
}

func TestForeignValuesAreNotSaved(t *testing.T) {
	r := newRig(t, keyA)
	sess := sessions.NewSession(r.Store, CookieName)
	sess.Options = &sessions.Options{}
	sess.Values["x"] = 1
	if err := r.Save(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder(), sess); err == nil {
		t.Fatal("Save of a value that Set did not put in = nil, want an error")
	}
}

func FuzzVerify(f *testing.F) {
	s, err := New(Options{Backend: store.NewMemory(testclock.Start), Keys: [][]byte{keyA}, Now: testclock.Start})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("")
	f.Add("MTc2NDAwMDAwMHw=")
	f.Fuzz(func(t *testing.T, raw string) {
		if token, err := s.Verify(raw, 1, "https://salon.example"); err == nil {
			t.Fatalf("Verify(%q) = %+v, want an error", raw, token)
		}
	})
}
