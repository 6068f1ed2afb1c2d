package admin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"okoshko/internal/metrics"
	"okoshko/internal/testclock"
)

// TestForgettingNeedsItsProof: only who knows the key is heard, once for each challenge, and no page of a website.
func TestForgettingNeedsItsProof(t *testing.T) {
	t.Parallel()
	key := []byte("the key")
	heard := ""
	s := New(Options{Now: testclock.Running().Now, Log: slog.New(slog.DiscardHandler), Metrics: metrics.New("test"), Forgetting: Forgetting{
		Key: key, Forget: func(_ context.Context, request []byte) ([]byte, error) {
			if heard += string(request); string(request) == "wrong" {
				return nil, errors.New("that is wrong")
			}
			return []byte("done"), nil
		},
	}})
	listener := httptest.NewServer(s.handler(true))
	defer listener.Close()
	ask := func(method, proof, body string, header ...string) (int, string) {
		r, err := http.NewRequest(method, listener.URL+ForgetPath, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(ProofHeader, proof)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		answer, err := listener.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, strings.TrimSpace(string(text))
	}
	challenge := func() string {
		status, text := ask(http.MethodGet, "", "")
		if status != http.StatusOK || len(text) < 20 {
			t.Fatalf("the challenge: %d %q", status, text)
		}
		return text
	}
	if status, _ := ask(http.MethodPost, Proof(key, "", []byte("x")), "x"); status != http.StatusForbidden {
		t.Errorf("without a challenge: status %d", status)
	}
	for name, proof := range map[string]func(challenge string) string{
		"none":                 func(string) string { return "" },
		"of another key":       func(c string) string { return Proof([]byte("another"), c, []byte("x")) },
		"of another request":   func(c string) string { return Proof(key, c, []byte("y")) },
		"of another challenge": func(string) string { return Proof(key, "z", []byte("x")) },
	} {
		if status, _ := ask(http.MethodPost, proof(challenge()), "x"); status != http.StatusForbidden || heard != "" {
			t.Errorf("a proof, %s: status %d, heard %q", name, status, heard)
		}
	}
	right := Proof(key, challenge(), []byte("x"))
	if status, _ := ask(http.MethodPost, right, "x", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden || heard != "" {
		t.Errorf("from a website: status %d, heard %q", status, heard)
	}
	if status, text := ask(http.MethodPost, right, "x"); status != http.StatusOK || text != "done" || heard != "x" {
		t.Errorf("status %d, %q, heard %q", status, text, heard)
	}
	if status, _ := ask(http.MethodPost, right, "x"); status != http.StatusForbidden || heard != "x" {
		t.Errorf("a second time: status %d, heard %q", status, heard)
	}
	if status, text := ask(http.MethodPost, Proof(key, challenge(), []byte("wrong")), "wrong"); status != http.StatusUnprocessableEntity || text != "that is wrong" {
		t.Errorf("what cannot be done: status %d, %q", status, text)
	}
	long := strings.Repeat("x", maxForget+1)
	if status, _ := ask(http.MethodPost, Proof(key, challenge(), []byte(long)), long); status != http.StatusRequestEntityTooLarge {
		t.Errorf("what is too long: status %d", status)
	}
}
