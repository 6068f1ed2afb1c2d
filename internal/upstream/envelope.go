package upstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
)

// noData is the data of an answer that has none. Client.do says whether that is an error.
var noData json.RawMessage

// unwrap takes the data out of an answer, whichever envelope it has, or makes an Error of it.
func unwrap(r call, status int, header http.Header, body []byte) (json.RawMessage, error) {
	text := bytes.TrimSpace(body)
	fail := func(k Kind, why string) (json.RawMessage, error) {
		return nil, &Error{Op: r.op, Kind: k, Status: status, sent: true, Err: errors.New(why)}
	}
	if len(text) > 0 && text[0] == '<' {
		return fail(kindOfHTML(status, header), "a page of HTML instead of an answer")
	}
	if status < http.StatusOK || status >= http.StatusMultipleChoices {
		return nil, parseError(r.op, status, text)
	}
	if len(text) == 0 {
		if r.empty {
			return noData, nil
		}
		return fail(KindMalformed, "empty answer")
	}
	if !json.Valid(text) {
		return fail(KindMalformed, "not JSON")
	}
	if text[0] != '{' {
		return text, nil // the bare list of the first version of the format
	}
	var envelope struct {
		Success *flexBool       `json:"success"`
		Data    json.RawMessage `json:"data"`
		Meta    json.RawMessage `json:"meta"`
	}
	if json.Unmarshal(text, &envelope) != nil {
		return text, nil //nolint:nilerr // an object with fields of these names and other types: no envelope
	}
	switch {
	case envelope.Success != nil && !bool(*envelope.Success):
		return nil, parseError(r.op, status, text)
	case envelope.Success != nil || envelope.Data != nil && envelope.Meta != nil || onlyData(text, envelope.Data):
		if string(envelope.Data) == "null" {
			return noData, nil
		}
		return envelope.Data, nil
	default:
		return text, nil
	}
}

// kindOfHTML is the kind of error of a page of HTML that came in the place of an answer.
func kindOfHTML(status int, header http.Header) Kind {
	switch {
	case header.Get("Cf-Mitigated") != "" || status == http.StatusForbidden:
		return KindChallenge
	case status >= http.StatusInternalServerError:
		return KindUnavailable
	case status == http.StatusTooManyRequests:
		return KindRateLimited
	default:
		return KindMalformed
	}
}

// onlyData recognises {"data": …}, the envelope of newer endpoints.
func onlyData(text []byte, data json.RawMessage) bool {
	var all map[string]json.RawMessage
	return data != nil && json.Unmarshal(text, &all) == nil && len(all) == 1
}
