package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Kind says what a caller has to do about an error.
type Kind int

// The kinds of errors. Codes are those of rest-api: "Создать запись на сеанс".
const (
	KindUnknown      Kind = iota
	KindBadRequest        // 400
	KindUnauthorized      // 401: the partner or the user token
	KindForbidden         // 403
	KindBlacklisted       // 403, code 434
	KindNotFound          // 404
	KindConflict          // 409
	KindInvalid           // 422 without a code of its own; live servers send it for a slot just taken
	KindPhone             // code 431
	KindCode              // code 432: wrong code from the text message
	KindSlotTaken         // code 433
	KindName              // code 435
	KindNobodyFree        // code 436
	KindOverlap           // code 437
	KindServiceGone       // code 438
	KindLicence           // 402, or 403 with words about the licence
	KindRateLimited       // 429
	KindChallenge         // a page of HTML from the guard before the API
	KindUnavailable       // 5xx, or the breaker is open
	KindTimeout
	KindNetwork
	KindMalformed // an answer that is none
	KindBudget    // our own limit; nothing was sent
	KindCanceled  // the caller went away
)

var kindNames = map[Kind]string{
	KindUnknown: "unknown", KindBadRequest: "bad request", KindUnauthorized: "unauthorized", KindForbidden: "forbidden",
	KindBlacklisted: "black-listed", KindNotFound: "not found", KindConflict: "conflict", KindInvalid: "invalid",
	KindPhone: "phone", KindCode: "code", KindSlotTaken: "slot taken", KindName: "name", KindNobodyFree: "nobody free",
	KindOverlap: "overlap", KindServiceGone: "service gone", KindLicence: "licence", KindRateLimited: "rate limited",
	KindChallenge: "challenge", KindUnavailable: "unavailable", KindTimeout: "timeout", KindNetwork: "network",
	KindMalformed: "malformed", KindBudget: "budget", KindCanceled: "canceled",
}

// String is the kind's name for a log.
func (k Kind) String() string { return kindNames[k] }

// codes are the upstream's own codes.
var codes = map[int]Kind{
	431: KindPhone, 432: KindCode, 433: KindSlotTaken, 434: KindBlacklisted, 435: KindName,
	436: KindNobodyFree, 437: KindOverlap, 438: KindServiceGone,
}

// Error is what every method returns when it fails. Its text names the call and the kind and
// nothing that came from outside: no token, no address, no personal data.
type Error struct {
	Op             string // the endpoint, e.g. "book_record"
	Kind           Kind
	Status         int // HTTP; 0 when there was no answer
	Code           int // the upstream's own, 431–438; 0 when there was none
	Appointment    int // which of the request's appointments, when HasAppointment
	HasAppointment bool
	Message        string // the upstream's text. It may name people: never log it.
	RetryAfter     time.Duration
	All            []Problem // when several things were wrong
	Err            error

	sent bool // the request, or a part of it, left
}

// Problem is one of several things that were wrong.
type Problem struct {
	Code           int
	Message        string
	Appointment    int
	HasAppointment bool
}

// Error implements error.
func (e *Error) Error() string {
	s := "upstream: " + e.Op + ": " + e.Kind.String()
	if e.Status != 0 {
		s += fmt.Sprintf(" (%d", e.Status)
		if e.Code != 0 && e.Code != e.Status {
			s += fmt.Sprintf(", code %d", e.Code)
		}
		s += ")"
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of an error of this package, KindUnknown of any other.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindUnknown
}

// Outcome says what is known of a changing call that failed.
type Outcome int

// The outcomes.
const (
	OutcomeRefused Outcome = iota // the upstream said no
	OutcomeNotSent                // it surely did nothing: nothing was sent, or the guard before it kept it out
	OutcomeUnknown                // it may have happened
)

// Outcome of the call. When in doubt it is unknown.
func (e *Error) Outcome() Outcome {
	switch e.Kind {
	case KindBudget, KindChallenge, KindRateLimited:
		return OutcomeNotSent
	case KindTimeout, KindNetwork, KindCanceled, KindUnavailable, KindMalformed, KindUnknown:
		if e.sent {
			return OutcomeUnknown
		}
		return OutcomeNotSent
	default:
		return OutcomeRefused
	}
}

// transportError classifies a request that got no answer. What net/http says holds the address,
// so it is not kept.
func transportError(op string, err error, sent bool) error {
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return &Error{Op: op, Kind: KindCanceled, sent: sent, Err: context.Canceled}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &Error{Op: op, Kind: KindTimeout, sent: sent, Err: context.DeadlineExceeded}
	default:
		return &Error{Op: op, Kind: KindNetwork, sent: sent, Err: errors.New("no answer")}
	}
}

func contextError(op string, err error, sent bool) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &Error{Op: op, Kind: KindTimeout, sent: sent, Err: err}
	}
	return &Error{Op: op, Kind: KindCanceled, sent: sent, Err: err}
}

// parseError reads the four shapes of the upstream's errors: meta.errors as a list of problems,
// as an object of fields, or as a list of one empty object; errors{code, message}; meta.message.
func parseError(op string, status int, body []byte, wait time.Duration) error {
	e := &Error{Op: op, Status: status, RetryAfter: wait, sent: true}
	var shape struct {
		Errors json.RawMessage `json:"errors"`
		Meta   json.RawMessage `json:"meta"`
	}
	var meta struct {
		Message flexText        `json:"message"`
		Errors  json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &shape) == nil {
		_ = json.Unmarshal(shape.Meta, &meta) // may be a list: then it says nothing
		e.All = problems(meta.Errors)
		if len(e.All) == 0 {
			e.All = problems(shape.Errors)
		}
	}
	for _, p := range e.All {
		if _, known := codes[p.Code]; known || e.Code == 0 {
			e.Code, e.Appointment, e.HasAppointment = p.Code, p.Appointment, p.HasAppointment
			e.Message = p.Message
		}
		if _, known := codes[e.Code]; known {
			break
		}
	}
	if e.Message == "" {
		e.Message = string(meta.Message)
	}
	e.Kind = kindOf(status, e.Code, e.Message)
	return e
}

// problems reads a list of problems, one problem, or an object field → messages.
func problems(raw json.RawMessage) []Problem {
	type wire struct {
		Code    flexInt  `json:"code"`
		Message flexText `json:"message"`
		ID      *flexInt `json:"id"`
	}
	var list []wire
	if json.Unmarshal(raw, &list) != nil {
		var one wire
		if json.Unmarshal(raw, &one) != nil {
			return nil
		}
		list = []wire{one}
	}
	var out []Problem
	for _, w := range list {
		if w.Code == 0 && w.Message == "" {
			continue // the empty object of a server between two versions
		}
		p := Problem{Code: int(w.Code), Message: string(w.Message)}
		if w.ID != nil {
			p.Appointment, p.HasAppointment = int(*w.ID), true
		}
		out = append(out, p)
	}
	return out
}

func kindOf(status, code int, message string) Kind {
	if k, ok := codes[code]; ok && status < http.StatusInternalServerError { // a server that fails has not surely refused
		return k
	}
	words := strings.ToLower(message)
	licence := strings.Contains(words, "лиценз") || strings.Contains(words, "licen")
	switch {
	case status == http.StatusPaymentRequired, status == http.StatusForbidden && licence:
		return KindLicence
	case status == http.StatusBadRequest:
		return KindBadRequest
	case status == http.StatusUnauthorized:
		return KindUnauthorized
	case status == http.StatusForbidden:
		return KindForbidden
	case status == http.StatusNotFound:
		return KindNotFound
	case status == http.StatusConflict:
		return KindConflict
	case status == http.StatusUnprocessableEntity:
		return KindInvalid
	case status == http.StatusTooManyRequests:
		return KindRateLimited
	case status >= http.StatusInternalServerError:
		return KindUnavailable
	case status < http.StatusMultipleChoices && code >= http.StatusBadRequest && code < http.StatusInternalServerError:
		return kindOf(code, 0, message) // success:false under a 200, with the status in the code
	case status < http.StatusMultipleChoices:
		return KindInvalid // success:false under a 200
	default:
		return KindMalformed // a redirect, or a status nobody sends
	}
}
