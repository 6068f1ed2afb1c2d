package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	maxFaults  = 100
	maxLatency = time.Minute
)

// fault is one knob: which calls it breaks, and how. See docs/sandbox-divergences.md.
type fault struct {
	Path            string  `json:"path"`              // part of the path after /api/v1; "" = every call
	Method          string  `json:"method"`            // "" = every method
	Status          int     `json:"status"`            // answered instead of the endpoint's own; 0 = leave the answer as it is
	Work            bool    `json:"work"`              // with a status: do the work all the same, then lie about it
	Body            string  `json:"body"`              // of that answer
	ContentType     string  `json:"content_type"`      // default application/json
	LatencyMS       int     `json:"latency_ms"`        // milliseconds before the work
	AnswerLatencyMS int     `json:"answer_latency_ms"` // milliseconds between the work and the answer
	Close           string  `json:"close"`             // "", before, after or mid: when the connection is cut
	LateMS          int     `json:"late_ms"`           // with close "before": do the work all the same, so many milliseconds later
	Only            int     `json:"only"`              // of a booking's appointments do the first so many and leave the others; 0 = all
	Times           int     `json:"times"`             // how many calls to break; 0 = until cleared
	Rate            float64 `json:"rate"`              // share of the matching calls to break; 0 = all
}

func (f *fault) validate() error {
	latency := max(f.LatencyMS, f.AnswerLatencyMS, f.LateMS)
	switch {
	case !slices.Contains([]string{"", "before", "after", "mid"}, f.Close):
		return errors.New(`close must be "", "before", "after" or "mid"`)
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return errors.New("status must be 0 or in 200..599")
	case f.Times < 0 || f.Rate < 0 || f.Rate > 1 || f.LatencyMS < 0 || f.AnswerLatencyMS < 0 || f.LateMS < 0 || f.Only < 0:
		return errors.New("times and latencies must not be negative, rate must be in 0..1")
	case f.LateMS > 0 && f.Close != "before":
		return errors.New(`late_ms goes with close "before"`)
	case latency > int(maxLatency/time.Millisecond):
		return errors.New("latency must not exceed a minute")
	}
	return nil
}

func (f *fault) matches(r *http.Request) bool {
	path := strings.TrimPrefix(r.URL.Path, apiPrefix)
	return strings.Contains(path, f.Path) && (f.Method == "" || strings.EqualFold(f.Method, r.Method))
}

// faultBox keeps the faults in the order they were set; the first match counts.
type faultBox struct {
	mu     sync.Mutex
	seed   int64
	luck   *dice
	faults []*fault
}

func newFaultBox(seed int64) *faultBox { return &faultBox{seed: seed, luck: newDice(seed, 404)} }

func (b *faultBox) pick(r *http.Request) (fault, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, f := range b.faults {
		if !f.matches(r) {
			continue
		}
		const parts = 1 << 20
		if f.Rate > 0 && b.luck.roll(parts) >= int(f.Rate*parts) {
			continue
		}
		picked := *f
		if f.Times > 0 {
			f.Times--
			if f.Times == 0 {
				b.faults = slices.Delete(b.faults, i, i+1)
			}
		}
		return picked, true
	}
	return fault{}, false
}

func (b *faultBox) add(f fault) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) >= maxFaults {
		return false
	}
	b.faults = append(b.faults, &f)
	return true
}

func (b *faultBox) list() []fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]fault, 0, len(b.faults))
	for _, f := range b.faults {
		out = append(out, *f)
	}
	return out
}

func (b *faultBox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults, b.luck = nil, newDice(b.seed, 404)
}

// take reads the body of a call that will wait, so that the work is done even when the caller has given up waiting,
// as it would be at the real upstream.
func take(w http.ResponseWriter, r *http.Request) (body []byte) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

// breakCall answers a call the way the fault says.
func (s *Sandbox) breakCall(w http.ResponseWriter, r *http.Request, f fault) {
	body := take(w, r)
	if f.Only > 0 {
		body = firstAppointments(body, f.Only)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	s.pause(milliseconds(f.LatencyMS))
	if f.Close == "before" {
		if f.LateMS > 0 {
			late := r.Clone(context.WithoutCancel(r.Context()))
			late.Body = io.NopCloser(bytes.NewReader(body))
			go func() {
				s.pause(milliseconds(f.LateMS))
				s.serveAnswer(&heldAnswer{header: http.Header{}}, late)
			}()
		}
		panic(http.ErrAbortHandler) // net/http's way to cut a connection
	}
	answer := &heldAnswer{header: w.Header(), status: http.StatusOK}
	if f.Status == 0 || f.Work {
		s.serveAnswer(answer, r)
	}
	if f.Status != 0 {
		answer.status = f.Status
		answer.header.Set("Content-Type", cmp.Or(f.ContentType, "application/json"))
		answer.body.Reset()
		answer.body.WriteString(f.Body)
	}
	s.pause(milliseconds(f.AnswerLatencyMS))
	switch f.Close {
	case "after":
		panic(http.ErrAbortHandler)
	case "mid":
		text := answer.body.Bytes()
		w.WriteHeader(answer.status)
		_, _ = w.Write(text[:len(text)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body.Bytes())
}

// firstAppointments is the body of a booking without its later appointments; anything else stays as it is.
func firstAppointments(body []byte, n int) []byte {
	var whole map[string]json.RawMessage
	var appointments []json.RawMessage
	if json.Unmarshal(body, &whole) != nil || json.Unmarshal(whole["appointments"], &appointments) != nil || len(appointments) <= n {
		return body
	}
	part, err := json.Marshal(appointments[:n])
	if err != nil {
		return body
	}
	whole["appointments"] = part
	out, err := json.Marshal(whole)
	if err != nil {
		return body
	}
	return out
}

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func (s *Sandbox) pause(d time.Duration) {
	if d == 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.done:
	}
}

// heldAnswer keeps an answer back until the fault has had its say.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
	wrote  bool
}

func (a *heldAnswer) Header() http.Header { return a.header }

func (a *heldAnswer) WriteHeader(status int) {
	if !a.wrote {
		a.status, a.wrote = status, true
	}
}

func (a *heldAnswer) Write(b []byte) (int, error) {
	a.wrote = true
	return a.body.Write(b)
}

func (s *Sandbox) listFaults(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.faults.list(), false)
}

func (s *Sandbox) addFault(w http.ResponseWriter, r *http.Request) {
	var f fault
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := errors.Join(decoder.Decode(&f), f.validate()); err != nil {
		writeJSON(w, http.StatusBadRequest, object{"error": err.Error()}, false)
		return
	}
	if !s.faults.add(f) {
		writeJSON(w, http.StatusConflict, object{"error": "too many faults; DELETE clears them"}, false)
		return
	}
	writeJSON(w, http.StatusCreated, f, false)
}

func (s *Sandbox) clearFaults(w http.ResponseWriter, _ *http.Request) {
	s.faults.clear()
	w.WriteHeader(http.StatusNoContent)
}

// nonsense is an answer that is no JSON of the API at all; forms that are broken
// on purpose give it.
type nonsense struct {
	status      int
	contentType string
	header      map[string]string
	body        string
}

func (n *nonsense) Error() string { return "nonsense on purpose" }

func (n *nonsense) write(w http.ResponseWriter) {
	header := w.Header()
	for _, name := range slices.Sorted(maps.Keys(n.header)) {
		header.Set(name, n.header[name])
	}
	header.Set("Content-Type", n.contentType)
	w.WriteHeader(n.status)
	_, _ = io.WriteString(w, n.body)
}
