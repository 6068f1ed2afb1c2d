package app

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"okoshko/internal/servertest"
	"okoshko/internal/testclock"
)

// trusting is a rig whose upstream takes a code any number of times: it repeats its first good answer to whoever
// signs in, and asks for no code at all when it books.
func trusting(t *testing.T, now *testclock.Clock) *rig {
	t.Helper()
	behind := newRigAt(t, now.Now)
	target, err := url.Parse(behind.api)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var signedIn []byte
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(resp *http.Response) error {
			path := resp.Request.URL.Path
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case strings.HasSuffix(path, "/user/auth") && resp.StatusCode < http.StatusMultipleChoices:
				signedIn = body
			case strings.HasSuffix(path, "/user/auth") && signedIn != nil:
				resp.StatusCode, body = http.StatusCreated, signedIn
			case strings.HasSuffix(path, "/bookform/1"):
				body = bytes.ReplaceAll(body, []byte(`"phone_confirmation":false`), []byte(`"phone_confirmation":true`))
				body = bytes.ReplaceAll(body, []byte(`"phone_confirmation":"0"`), []byte(`"phone_confirmation":"1"`))
				body = bytes.ReplaceAll(body, []byte(`"phone_confirmation":0`), []byte(`"phone_confirmation":1`))
			}
			resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			resp.Header.Del("Content-Length")
			return nil
		},
	}
	srv := httptest.NewServer(proxy)
	servertest.Cleanup(t, srv.Close)
	r := newRigAt(t, now.Now, "OKOSHKO_UPSTREAM_BASE_URL="+srv.URL, "OKOSHKO_LIMITS_SMS_PER_PHONE=0")
	r.box, r.api = behind.box, behind.api
	return r
}

var _ = addDoor("17 S-15 a code works once", func(t *testing.T) {
	clock := testclock.Running()
	r := trusting(t, clock)
	first := r.send(r.toAhead(r.get("/b/1?lang=en"), "contact"), anna)
	if !asksForCode(first) {
		t.Fatalf("the form asks for no code: %s", first.Find("main").Text())
	}
	code := r.code()
	if p := r.send(first, map[string]string{"code": code}); p.step() != "done" || len(r.online()) != 1 {
		t.Fatalf("the code leads to %q", p.step())
	}
	// Another form of the same phone is led to the code that was sent a moment ago.
	again := r.send(r.toAhead(r.get("/b/1?lang=en"), "contact"), anna) // within the minute: the code that was sent is asked for
	if !asksForCode(again) || len(r.box.Messages()) != 1 {
		t.Fatalf("a second wizard: %s, %d messages", again.Find("main").Text(), len(r.box.Messages()))
	}
	p := r.send(again, map[string]string{"code": code})
	if !asksForCode(p) || !strings.Contains(p.alert(), "used already") || len(r.online()) != 1 {
		t.Fatalf("the code of a booking books again: step %q, %d records, %s", p.step(), len(r.online()), p.alert())
	}
	// It signs nobody in either; a fresh one does, once.
	in, _ := r.browser()
	if p := in.send(in.send(in.get("/me/1?lang=en"), map[string]string{"phone": anna["phone"]}), map[string]string{"code": code}); signedIn(p) {
		t.Error("the code of a booking signs in")
	}
	clock.Add(61 * time.Second)
	in, _ = r.browser()
	asked := in.send(in.get("/me/1?lang=en"), map[string]string{"phone": annasPhone})
	if p := in.send(asked, map[string]string{"code": r.code()}); !signedIn(p) {
		t.Fatalf("a fresh code does not sign in: %s", p.alert())
	}
	if p := in.send(asked, map[string]string{"code": r.code()}); !signedIn(p) {
		t.Errorf("the same form, pressed twice, does not sign in: %s", p.alert())
	}
	thief, _ := r.browser()
	if p := thief.send(thief.send(thief.get("/me/1?lang=en"), map[string]string{"phone": annasPhone}), map[string]string{"code": r.code()}); signedIn(p) {
		t.Error("a code that has signed in does so again from elsewhere")
	}
})
