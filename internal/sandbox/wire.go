package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// object is one JSON object of the wire. Literals of it read like the samples
// of rest-api, and a key can be missing, null or of a wrong type on purpose.
type object map[string]any

// list prints as [] when empty, never as null.
type list []any

// reply is what an endpoint answers when it does not refuse.
type reply struct {
	status int // 0 = 200
	data   any // nil = an answer without data
	meta   any // nil = []
	style  envelope
	escape bool // print like PHP's json_encode: "\/" and "\uXXXX"
}

type envelope int

const (
	byAccept  envelope = iota // v2 with the vendor's Accept, else the bare payload
	never                     // documented without an envelope even under v2
	always                    // newer controllers, which ignore Accept (seen live)
	nothing                   // an empty body
	messageV2                 // success and meta only; empty without the vendor's Accept
)

// refusal is an answer the vendor counts as an error.
type refusal struct {
	status   int
	problems []problem
	oldShape bool // the v1 body even under v2 ("Получить компанию" documents it so)
}

// problem is one entry of meta.errors. Code 0 stands for a plain refusal that
// has a message and nothing else.
type problem struct {
	code        int
	message     string
	appointment *int // the id the request gave to the appointment at fault
}

func (r *refusal) Error() string { return "refused with status " + strconv.Itoa(r.status) }

func (r *reply) write(w http.ResponseWriter, vendor bool) {
	status := r.status
	if status == 0 {
		status = http.StatusOK
	}
	meta := r.meta
	if meta == nil {
		meta = list{}
	}
	var body any
	switch r.style {
	case nothing:
	case never:
		body = r.data
	case always:
		body = object{"success": true, "data": r.data, "meta": meta}
	case messageV2:
		if vendor {
			body = object{"success": true, "meta": meta}
		}
	case byAccept:
		body = r.data
		if vendor {
			body = object{"success": true, "data": r.data, "meta": meta}
		}
	}
	writeJSON(w, status, body, r.escape)
}

func (r *refusal) write(w http.ResponseWriter, vendor bool, general string) {
	first := r.problems[0]
	coded := first.code != 0
	if vendor && !r.oldShape {
		meta := object{"message": first.message}
		if coded {
			var all list
			for _, p := range r.problems {
				entry := object{"code": p.code, "message": p.message}
				if p.appointment != nil {
					entry["id"] = *p.appointment
				}
				all = append(all, entry)
			}
			meta = object{"message": general, "errors": all}
		}
		writeJSON(w, r.status, object{"success": false, "data": nil, "meta": meta}, false)
		return
	}
	code := first.code
	switch code {
	case 0:
		code = r.status
	case codeTaken, codeNobody:
		code = http.StatusUnprocessableEntity // seen live: 422 stands in the body, not 433
	}
	meta := object{"message": first.message}
	if coded {
		meta["errors"] = list{object{}} // one empty object (seen live)
	}
	writeJSON(w, r.status, object{"errors": object{"code": code, "message": first.message}, "meta": meta}, false)
}

// writeJSON sends a body; nil sends none.
func writeJSON(w http.ResponseWriter, status int, body any, escape bool) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		http.Error(w, "encoding failed", http.StatusInternalServerError)
		return
	}
	text := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if escape {
		text = phpEscape(text)
	}
	w.Header().Set("Content-Type", "application/json") // no charset (seen live)
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client may be gone
}

// phpEscape rewrites JSON the way PHP's json_encode prints it by default: every
// slash as "\/" and everything beyond ASCII as "\uXXXX". Slashes stand only
// inside strings, so no parsing is needed.
func phpEscape(text []byte) []byte {
	out := make([]byte, 0, len(text)*2)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		switch {
		case r == '/':
			out = append(out, '\\', '/')
		case r < utf8.RuneSelf:
			out = append(out, byte(r)) //nolint:gosec // below 128
		case r > math.MaxUint16:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// typing decides how values look: clean, or as an old PHP controller would send
// them. Both are seen live, sometimes within one answer.
type typing bool

const (
	clean typing = false
	php   typing = true
)

// number is an int, or its digits in a string.
func (t typing) number(n int) any {
	if t == php {
		return strconv.Itoa(n)
	}
	return n
}

func (t typing) decimal(f float64) any {
	if t == php {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return f
}

// flag is a bool, or "0" and "1".
func (t typing) flag(b bool) any {
	if t == clean {
		return b
	}
	if b {
		return "1"
	}
	return "0"
}

// bit is 0 or 1, in a string when dirty.
func (t typing) bit(b bool) any { return t.number(oneIf(b)) }

// days groups dates by month without a year, and is [] when there are none.
func (t typing) days(dates []date) any {
	if len(dates) == 0 {
		return list{}
	}
	out := make(map[string]list)
	for _, d := range dates {
		key := strconv.Itoa(int(d.month))
		out[key] = append(out[key], t.number(d.day))
	}
	return out
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// seconds is how the wire gives durations, but for a few in milliseconds.
func seconds(d time.Duration) int { return int(d / time.Second) }

// The three spellings of an instant on the wire.
const (
	isoColon   = time.RFC3339               // book_times
	isoNoColon = "2006-01-02T15:04:05-0700" // next_slot, records
	sqlLocal   = time.DateTime              // dates of records and events
)

// errorCodes of "Проверить параметры записи" and "Создать запись на сеанс".
const (
	codePhone     = 431
	codeSMS       = 432
	codeTaken     = 433
	codeBlacklist = 434
	codeName      = 435
	codeNobody    = 436
	codeOverlap   = 437
	codeService   = 438
)

// acceptsVendor tells the v2 media types from everything else; both names are in use.
func acceptsVendor(accept string) bool {
	return strings.Contains(accept, "application/vnd.yclients.v2+json") || strings.Contains(accept, "application/vnd.api.v2+json")
}
