package admin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"sync"
)

// Forgetting is what the command that forgets a person asks of a program that holds the store. The listener has no sign-in, so the
// command proves that it knows the secrets of the program: GET ForgetPath gives a challenge, which is good once, and POST ForgetPath takes
// the request with its Proof.
type Forgetting struct {
	Key []byte
	// Forget carries out a request, and returns what the command prints. The texts of its errors are for the operator.
	Forget func(ctx context.Context, request []byte) (answer []byte, err error)
}

const (
	// ForgetPath is where a person is forgotten.
	ForgetPath = "/forget"
	// ProofHeader has the Proof of a request.
	ProofHeader = "Okoshko-Proof"
	// maxForget bounds a request, in bytes.
	maxForget = 8 << 10
)

// Proof shows that whoever sends a request knows a key.
func Proof(key []byte, challenge string, request []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(challenge + "\n"))
	mac.Write(request)
	return hex.EncodeToString(mac.Sum(nil))
}

// challenge is a text that is good for one request. A request that is listened to cannot be sent again.
type challenge struct {
	mu   sync.Mutex
	text string // "" = none was asked for
}

// ask is the challenge that the next request must have proven.
func (c *challenge) ask() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.text == "" {
		c.text = rand.Text()
	}
	return c.text
}

// take is the challenge of a request, and of no other one.
func (c *challenge) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := c.text
	c.text = ""
	return text
}

func (s *Server) showChallenge(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, s.challenge.ask()) // the command may have gone away
}

func (s *Server) forget(w http.ResponseWriter, r *http.Request) {
	request, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForget))
	if err != nil {
		status := http.StatusBadRequest
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "The request cannot be read.", status)
		return
	}
	challenge := s.challenge.take()
	if challenge == "" || !hmac.Equal([]byte(Proof(s.Forgetting.Key, challenge, request)), []byte(r.Header.Get(ProofHeader))) {
		http.Error(w, "Nothing proves that this request comes from the operator.", http.StatusForbidden)
		return
	}
	answer, err := s.Forgetting.Forget(r.Context(), request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(answer) // the command may have gone away
}
