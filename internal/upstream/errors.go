package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
)

// Kind says what went wrong, as far as callers act differently.
type Kind int

// The kinds of errors. Codes are those of rest-api: "Создать запись на сеанс".
const (
	KindUnknown      Kind = iota
	KindBadRequest        // 400
	KindUnauthorized      // 401: the user token, or a sign-in
	KindPartner           // 401: the partner token, of a call that carries no other
	KindForbidden         // 403
	KindBlacklisted       // 403, code 434
	KindNotFound          // 404
	KindConflict          // 409
	KindInvalid           // 422 without one of these codes, and without a text that names a taken time
	KindPhone             // code 431
	KindCode              // code 432: wrong code from the text message
	KindSlotTaken         // code 433, or 422 with a text that says so
	KindName              // code 435
	KindNobodyFree        // code 436, or 422 with a text that says so
	KindOverlap           // code 437
	KindServiceGone       // code 438
	KindLicence           // 402, or 403 with words about the licence
	KindRateLimited       // 429
	KindChallenge         // a page of HTML from the firewall in front of the API
	KindUnavailable       // 5xx, or the breaker is open
	KindTimeout
	KindNetwork
	KindMalformed // an answer that cannot be read
	KindBudget    // our own limit; nothing was sent
	KindCanceled  // the caller went away
)

var kindNames = map[Kind]string{
	KindUnknown: "unknown", KindBadRequest: "bad request", KindUnauthorized: "unauthorized", KindPartner: "partner token", KindForbidden: "forbidden",
	KindBlacklisted: "black-listed", KindNotFound: "not found", KindConflict: "conflict", KindInvalid: "invalid",
	KindPhone: "phone", KindCode: "code", KindSlotTaken: "slot taken", KindName: "name", KindNobodyFree: "nobody free",
	KindOverlap: "overlap", KindServiceGone: "service gone", KindLicence: "licence", KindRateLimited: "rate limited",
	KindChallenge: "challenge", KindUnavailable: "unavailable", KindTimeout: "timeout", KindNetwork: "network",
	KindMalformed: "malformed", KindBudget: "budget", KindCanceled: "canceled",
}

// String is the kind's name for a log.
func (k Kind) String() string { return kindNames[k] }

// codes are the codes of the API (rest-api: "Создать запись на сеанс").
var codes = map[int]Kind{
	431: KindPhone, 432: KindCode, 433: KindSlotTaken, 434: KindBlacklisted, 435: KindName,
	436: KindNobodyFree, 437: KindOverlap, 438: KindServiceGone,
}

// Error is the error of every method of a Client. Its text names the call and the kind, and nothing that came from outside:
// no token, no address, no personal data.
type Error struct {
	Op             string // the endpoint, e.g. "book_record"
	Kind           Kind
	Status         int // HTTP; 0 when there was no answer
	Code           int // of the API, 431–438; 0 when there was none
	Appointment    int // which of the request's appointments, when HasAppointment
	HasAppointment bool
	Message        string    // the upstream's text. It may name people: never log it.
	All            []Problem // when several things were wrong
	Err            error

	sent bool // at least a part of the request has left
}

// Problem is one of several things that were wrong.
type Problem struct {
	Code           int
	Message        string // as Error.Message
	Field          string // the field that it is about, as the API names it: "phone", "appointments.0.datetime"; "" = not said
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

// Outcome says what is known about the effect of a call that failed.
type Outcome int

// The outcomes.
const (
	OutcomeRefused Outcome = iota // the API refused it
	OutcomeNotSent                // it had no effect: nothing was sent, or the firewall kept it out
	OutcomeUnknown                // it may have taken effect
)

// Outcome is the outcome of the call; in doubt it is OutcomeUnknown.
func (e *Error) Outcome() Outcome {
	switch e.Kind {
	case KindBudget, KindChallenge, KindRateLimited, KindPartner:
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

// transportError classifies a request without an answer. The error of net/http is left out, because its text holds the
// address.
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
func parseError(op string, status int, body []byte) error {
	e := &Error{Op: op, Status: status, sent: true}
	var shape struct {
		Errors json.RawMessage `json:"errors"`
		Meta   json.RawMessage `json:"meta"`
	}
	var meta struct {
		Message flexText        `json:"message"`
		Errors  json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &shape) == nil {
		_ = json.Unmarshal(shape.Meta, &meta) // a list holds no message
		e.All = append(problems(meta.Errors), problems(shape.Errors)...)
	}
	if i := e.weightiest(); i >= 0 {
		p := e.All[i]
		e.Code, e.Message, e.Appointment, e.HasAppointment = p.Code, p.Message, p.Appointment, p.HasAppointment
	}
	if e.Message == "" {
		e.Message = string(meta.Message)
	}
	e.Kind = kindOf(status, e.Code, e.Message)
	return e
}

// weightiest is the index of the problem that decides the kind of the error: the first one with a known code, else the first
// one with a text, else -1.
func (e *Error) weightiest() int {
	known := slices.IndexFunc(e.All, func(p Problem) bool { return codes[p.Code] != KindUnknown })
	if known >= 0 {
		return known
	}
	if said := slices.IndexFunc(e.All, func(p Problem) bool { return p.Message != "" && p.Field == "" }); said >= 0 {
		return said
	}
	return min(len(e.All), 1) - 1
}

// problems reads a list of problems, a list of texts, one problem, or an object field → messages.
func problems(raw json.RawMessage) []Problem {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	var out []Problem
	for _, item := range list {
		out = append(out, problem(item)...)
	}
	return out
}

// problem reads one problem, or an object field → messages.
func problem(raw json.RawMessage) []Problem {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return said(text, "")
	}
	var w struct {
		Code    flexInt    `json:"code"`
		Message flexText   `json:"message"`
		Field   flexString `json:"field"`
		ID      *flexInt   `json:"id"`
	}
	if json.Unmarshal(raw, &w) != nil {
		return nil
	}
	if w.Code == 0 && w.Message == "" {
		return fields(raw, "", 0) // some servers send an empty object; it holds no problem
	}
	p := Problem{Code: int(w.Code), Message: string(w.Message), Field: string(w.Field)}
	if w.ID != nil {
		p.Appointment, p.HasAppointment = int(*w.ID), true
	}
	return []Problem{p}
}

// deepestField is how deep an object of fields is read.
const deepestField = 5

// fields reads an object field → messages, in which a field may be an object again: of a list's elements by their
// numbers, or of fields below it. A field is named by all names on the way to it, "appointments.0.datetime".
func fields(raw json.RawMessage, path string, depth int) []Problem {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return said(text, path)
	}
	var out []Problem
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		for _, item := range list {
			out = append(out, fields(item, path, depth+1)...)
		}
		return out
	}
	var object map[string]json.RawMessage
	if depth > deepestField || json.Unmarshal(raw, &object) != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		out = append(out, fields(object[name], strings.TrimPrefix(path+"."+name, "."), depth+1)...)
	}
	return out
}

// said makes a problem of a text; an empty text is none.
func said(text, field string) []Problem {
	if text = Text(text); text == "" {
		return nil
	}
	return []Problem{{Message: text, Field: field}}
}

// takenTexts are texts of answers 422 without a code that say that a time cannot be booked, in lower case (seen live). The
// Russian ones are from the documentation and from the API's own texts.
var takenTexts = map[string]Kind{
	"not available at the selected time":     KindSlotTaken,
	"service is not available":               KindSlotTaken,
	"услуга недоступна":                      KindSlotTaken,
	"не может быть записан на":               KindSlotTaken,
	"нет мест":                               KindSlotTaken, // at a group event
	"нет свободных мест":                     KindSlotTaken,
	"no staff members available for booking": KindNobodyFree,
}

// taken is the kind of a text that says that a time cannot be booked, KindInvalid for any other.
func taken(words string) Kind {
	for text, kind := range takenTexts {
		if strings.Contains(words, text) {
			return kind
		}
	}
	return KindInvalid
}

func kindOf(status, code int, message string) Kind {
	if k, ok := codes[code]; ok && status < http.StatusInternalServerError { // a server that fails may have booked all the same
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
		return taken(words)
	case status == http.StatusTooManyRequests:
		return KindRateLimited
	case status >= http.StatusInternalServerError:
		return KindUnavailable
	case status < http.StatusMultipleChoices && code >= http.StatusBadRequest && code < http.StatusInternalServerError:
		return kindOf(code, 0, message) // success:false under a 200, with the status in the code
	case status < http.StatusMultipleChoices:
		return KindInvalid // success:false under a 200
	default:
		return KindMalformed // a redirect, or an unknown status
	}
}
