package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// The vendor posts hooks some seconds after each change of a company to up to ten addresses that the owner names ("WebHook"
// among the company's integrations; rest-api knows only the right webhook_read_access). Here they are named for all companies.

const (
	hookDelay    = 5 * time.Second // by default, after a change
	hookPatience = 10 * time.Second
	hookTries    = 3 // once, and twice more after a failure, 429 or 5xx
	maxHooks     = 10
)

// Hook is what is posted.
type Hook struct {
	Company  int    `json:"company_id"`
	Resource string `json:"resource"`
	ID       int    `json:"resource_id"`
	Status   string `json:"status"`
	Data     any    `json:"data"` // an object, or an empty list where the vendor has nothing to say
}

// hooks posts hooks.
type hooks struct {
	delay  time.Duration
	done   <-chan struct{}
	client *http.Client

	mu        sync.Mutex
	addresses []string
	posted    int // and taken by the other side
}

func newHooks(delay time.Duration, transport http.RoundTripper, done <-chan struct{}) *hooks {
	if delay == 0 {
		delay = hookDelay
	}
	return &hooks{delay: delay, done: done, client: &http.Client{
		Transport:     transport,
		Timeout:       hookPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// SetHooks names the addresses to which hooks of all companies are posted from now on, ten at most. Without any none is posted.
func (s *Sandbox) SetHooks(addresses ...string) error {
	if len(addresses) > maxHooks {
		return fmt.Errorf("sandbox: %d addresses for hooks; %d at most are allowed", len(addresses), maxHooks)
	}
	for _, address := range addresses {
		if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return errors.New("sandbox: an address for hooks must begin with http:// or https://") // it holds a secret
		}
	}
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	s.hooks.addresses = slices.Clone(addresses)
	return nil
}

// PostHook posts a hook by hand, after the usual delay: for changes that the sandbox has no way to make, such as those of a
// schedule or of a service.
func (s *Sandbox) PostHook(h Hook) {
	if h.Data == nil {
		h.Data = list{}
	}
	s.hooks.post(h)
}

// HooksTaken is how many hooks the other side has taken.
func (s *Sandbox) HooksTaken() int {
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	return s.hooks.posted
}

// postHook takes a hook by hand from POST /_sandbox/hooks.
func (s *Sandbox) postHook(w http.ResponseWriter, r *http.Request) {
	var h Hook
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&h); err != nil || h.Resource == "" {
		writeJSON(w, http.StatusBadRequest, object{"error": "company_id, resource, resource_id, status and data are wanted"}, false)
		return
	}
	s.PostHook(h) //nolint:contextcheck // it is posted after the request has ended
	w.WriteHeader(http.StatusAccepted)
}

// post lets a hook be posted to every address, each once the delay is over. It may be called under the state's lock.
func (h *hooks) post(what Hook) {
	h.mu.Lock()
	addresses := h.addresses
	h.mu.Unlock()
	if len(addresses) == 0 {
		return
	}
	body, err := json.Marshal(what)
	if err != nil {
		return // data that came by hand and cannot be written
	}
	for _, address := range addresses {
		time.AfterFunc(h.delay, func() { h.deliver(address, body) })
	}
}

// deliver posts a body until it is taken, at most three times.
func (h *hooks) deliver(address string, body []byte) {
	for try := range hookTries {
		if try > 0 {
			timer := time.NewTimer(h.delay)
			select {
			case <-timer.C:
			case <-h.done:
				timer.Stop()
				return
			}
		}
		select {
		case <-h.done:
			return
		default:
		}
		if status := h.once(address, body); status != 0 && status != http.StatusTooManyRequests && status < http.StatusInternalServerError {
			if status < http.StatusMultipleChoices {
				h.mu.Lock()
				h.posted++
				h.mu.Unlock()
			}
			return
		}
	}
}

// once posts a body and says the status, 0 when there was no answer.
func (h *hooks) once(address string, body []byte) int {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return http.StatusBadRequest
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := h.client.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
	return resp.StatusCode
}

// changed posts a hook about a record.
func (st *state) changed(r *record, status string) {
	if st.hooks == nil || st.company(r.company) == nil {
		return
	}
	st.hooks.post(Hook{Company: r.company, Resource: "record", ID: r.id, Status: status, Data: st.hookWire(r)})
}

// hookWire is a record as the vendor's own API for owners has it, which is poorer than the one that customers see.
func (st *state) hookWire(r *record) object {
	at := st.company(r.company)
	t := typing(at.dirty)
	local := r.start.In(at.zone)
	services := list{}
	for _, id := range r.services {
		if s := at.service(id); s != nil {
			services = append(services, object{"id": t.number(s.id), "title": s.title[at.speaks], "cost": s.cost(), "amount": 1})
		}
	}
	staff := object{"id": t.number(r.staff)}
	if m := at.master(r.staff); m != nil {
		staff["name"] = m.name
	}
	return object{
		"id": t.number(r.id), "company_id": t.number(r.company), "staff_id": t.number(r.staff), "services": services, "staff": staff,
		"client": object{"name": r.name, "phone": r.phone, "email": r.email}, "clients_count": t.number(r.seats),
		"date": local.Format(sqlLocal), "datetime": local.Format(time.RFC3339), "create_date": r.created.In(at.zone).Format(isoNoColon),
		"last_change_date": r.changed.In(at.zone).Format(isoNoColon), "comment": r.comment, "online": r.online, "attendance": r.attendance,
		"visit_attendance": r.attendance, "seance_length": t.number(int(r.length / time.Second)), "length": t.number(int(r.length / time.Second)),
		"activity_id": t.number(r.activity), "deleted": t.flag(r.deleted),
	}
}
