package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const maxAnswers = 1000

// Answer is a rule that changes what the sandbox answers: which calls it is for, and either a body that replaces the
// answer or changes to the answer's data. See docs/sandbox.md.
type Answer struct {
	Method string `json:"method,omitempty"` // "" = every method
	Path   string `json:"path,omitempty"`   // a pattern of path.Match below /api/v1/: "company/501", "book_services/*"; "" = every path
	Query  string `json:"query,omitempty"`  // parameters that the call must have: "staff_id=50101"; a value is a pattern, an empty one means none

	Status int             `json:"status,omitempty"` // 0 = 200 with a body, else the endpoint's own
	Body   json.RawMessage `json:"body,omitempty"`   // the whole answer, instead of the work
	Merge  map[string]any  `json:"merge,omitempty"`  // fields of the data, after the work; null is sent as null
	Remove []string        `json:"remove,omitempty"` // fields that are taken out of the data, "service.image_url" in nested objects
	ID     int             `json:"id,omitempty"`     // Merge and Remove are for the element of that id; 0 = the data itself, or each element of a list
	Times  int             `json:"times,omitempty"`  // how many calls to answer so; 0 = until cleared
}

// edits tells a rule that changes an answer from one that replaces it.
func (a *Answer) edits() bool { return len(a.Merge) > 0 || len(a.Remove) > 0 }

func (a *Answer) validate() error {
	_, badPath := path.Match(a.Path, "")
	_, badQuery := a.asks(nil)
	switch {
	case badPath != nil:
		return fmt.Errorf("path: %w", badPath)
	case badQuery != nil:
		return fmt.Errorf("query: %w", badQuery)
	case len(a.Body) > 0 && a.edits():
		return errors.New("a body replaces the answer: merge and remove do not go with it")
	case len(a.Body) > 0 && !json.Valid(a.Body):
		return errors.New("body must be JSON; a fault answers anything else")
	case a.ID != 0 && !a.edits():
		return errors.New("id goes with merge or remove")
	case a.Status != 0 && (a.Status < 200 || a.Status > 599):
		return errors.New("status must be 0 or in 200..599")
	case a.Times < 0:
		return errors.New("times must not be negative")
	case len(a.Body) == 0 && !a.edits() && a.Status == 0:
		return errors.New("the rule changes nothing: give a status, a body, merge or remove")
	}
	return nil
}

// asks tells whether a call's parameters are those of the rule.
func (a *Answer) asks(have url.Values) (bool, error) {
	want, err := url.ParseQuery(a.Query)
	if err != nil {
		return false, err //nolint:wrapcheck // validate says where
	}
	all := true
	for name, patterns := range want {
		for _, pattern := range patterns {
			found := pattern == "" && have.Get(name) == ""
			for _, value := range have[name] {
				ok, err := path.Match(pattern, value)
				if err != nil {
					return false, err //nolint:wrapcheck // as above
				}
				found = found || ok
			}
			if _, err := path.Match(pattern, ""); err != nil {
				return false, err //nolint:wrapcheck // as above
			}
			all = all && found
		}
	}
	return all, nil
}

func (a *Answer) matches(r *http.Request) bool {
	below := strings.TrimPrefix(r.URL.Path, apiPrefix+"/")
	if ok, _ := path.Match(a.Path, below); a.Path != "" && !ok {
		return false
	}
	ok, _ := a.asks(r.URL.Query())
	return ok && (a.Method == "" || strings.EqualFold(a.Method, r.Method))
}

// answerRule is a rule in the box and how often it was used.
type answerRule struct {
	Answer
	Used   int    `json:"used"`
	fields []byte // Merge as JSON: each use decodes it anew, so that no two answers share a value
}

// answerBox keeps the rules in the order in which they were set.
type answerBox struct {
	mu    sync.Mutex
	rules []*answerRule
}

// pick lists the rules that match a call.
func (b *answerBox) pick(r *http.Request) []*answerRule {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []*answerRule
	for _, rule := range b.rules {
		if (rule.Times == 0 || rule.Used < rule.Times) && rule.matches(r) {
			out = append(out, rule)
		}
	}
	return out
}

// use notes that a rule has changed an answer, unless another call has used it up meanwhile.
func (b *answerBox) use(rule *answerRule) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if rule.Times > 0 && rule.Used >= rule.Times {
		return false
	}
	rule.Used++
	return true
}

func (b *answerBox) list() []answerRule {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]answerRule, 0, len(b.rules))
	for _, rule := range b.rules {
		out = append(out, *rule)
	}
	return out
}

func (b *answerBox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rules = nil
}

var errTooManyAnswers = errors.New("too many answers; DELETE clears them")

// Answer adds rules that change what the sandbox answers. Every rule that matches a call is applied, in the order in
// which they were added, each to what the one before has left.
func (s *Sandbox) Answer(rules ...Answer) error {
	added := make([]*answerRule, 0, len(rules))
	for i := range rules {
		rule := rules[i]
		rule.Path = strings.TrimPrefix(rule.Path, "/")
		if err := rule.validate(); err != nil {
			return fmt.Errorf("sandbox: answer %d: %w", i, err)
		}
		fields, err := json.Marshal(rule.Merge)
		if err != nil {
			return fmt.Errorf("sandbox: answer %d: merge: %w", i, err)
		}
		added = append(added, &answerRule{Answer: rule, fields: fields})
	}
	s.answers.mu.Lock()
	defer s.answers.mu.Unlock()
	if len(s.answers.rules)+len(added) > maxAnswers {
		return errTooManyAnswers
	}
	s.answers.rules = append(s.answers.rules, added...)
	return nil
}

// ClearAnswers takes all rules away.
func (s *Sandbox) ClearAnswers() { s.answers.clear() }

// serveAnswer lets the endpoint answer and changes the answer by the rules.
func (s *Sandbox) serveAnswer(w http.ResponseWriter, r *http.Request) {
	rules := s.answers.pick(r)
	if len(rules) == 0 {
		s.mux.ServeHTTP(w, r)
		return
	}
	answer := &heldAnswer{header: w.Header(), status: http.StatusOK}
	if slices.ContainsFunc(rules, func(rule *answerRule) bool { return !rule.edits() }) {
		_, r.Pattern = s.mux.Handler(r) // for the call log: the work is not done
	} else {
		s.mux.ServeHTTP(answer, r)
	}
	for _, rule := range rules {
		text, ok := []byte(rule.Body), true
		if rule.edits() {
			text, ok = rule.edit(answer.status, answer.body.Bytes())
		}
		if !ok || !s.answers.use(rule) {
			continue
		}
		switch {
		case rule.Status != 0:
			answer.status = rule.Status
		case !rule.edits():
			answer.status = http.StatusOK
		}
		if !rule.edits() {
			answer.header.Set("Content-Type", "application/json")
		}
		answer.body.Reset()
		answer.body.Write(text)
	}
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body.Bytes())
}

// edit changes the data of an answer. A refusal has no data, and an answer without the element of the rule's id is
// none that the rule is for: both stay as they are.
func (a *answerRule) edit(status int, text []byte) ([]byte, bool) {
	var whole any
	if status >= http.StatusBadRequest || decodeExact(text, &whole) != nil {
		return nil, false
	}
	data := whole
	if enveloped, ok := whole.(map[string]any); ok {
		if _, ok := enveloped["success"]; ok {
			data = enveloped["data"]
		}
	}
	targets := elements(data)
	if a.ID != 0 {
		targets = withID(data, a.ID)
	}
	for _, target := range targets {
		var fields map[string]any
		if decodeExact(a.fields, &fields) != nil {
			return nil, false
		}
		merge(target, fields)
		for _, name := range a.Remove {
			remove(target, name)
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if len(targets) == 0 || encoder.Encode(whole) != nil {
		return nil, false
	}
	edited := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	if bytes.Contains(text, []byte(`\/`)) || bytes.Contains(text, []byte(`\u0`)) {
		edited = phpEscape(edited)
	}
	return edited, true
}

// decodeExact reads JSON and keeps numbers as they are spelled.
func decodeExact(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into) //nolint:wrapcheck // the callers say what was read
}

// elements are the objects that data is about: itself, or those of a list.
func elements(data any) []map[string]any {
	var out []map[string]any
	switch data := data.(type) {
	case map[string]any:
		out = append(out, data)
	case []any:
		for _, item := range data {
			if item, ok := item.(map[string]any); ok {
				out = append(out, item)
			}
		}
	}
	return out
}

// withID finds the objects with an id. Where objects inside others have it too, those nearest to the surface are
// meant: an event before the service and the master that stand in it.
func withID(data any, id int) []map[string]any {
	for level := []any{data}; len(level) > 0; {
		var found []map[string]any
		var below []any
		for _, value := range level {
			switch value := value.(type) {
			case map[string]any:
				if fmt.Sprint(value["id"]) == strconv.Itoa(id) { // a number, or its digits in a string
					found = append(found, value)
				}
				for _, name := range slices.Sorted(maps.Keys(value)) {
					below = append(below, value[name])
				}
			case []any:
				below = append(below, value...)
			}
		}
		if len(found) > 0 {
			return found
		}
		level = below
	}
	return nil
}

// merge puts the fields of one object into another. Objects are merged, anything else is replaced.
func merge(into, fields map[string]any) {
	for name, value := range fields {
		inner, ok := value.(map[string]any)
		old, both := into[name].(map[string]any)
		if !ok {
			into[name] = value
			continue
		}
		if !both {
			old = make(map[string]any, len(inner))
			into[name] = old
		}
		merge(old, inner)
	}
}

// remove takes a field out of an object, or out of an object in it.
func remove(from map[string]any, name string) {
	outer, inner, nested := strings.Cut(name, ".")
	if !nested {
		delete(from, name)
		return
	}
	for _, item := range elements(from[outer]) {
		remove(item, inner)
	}
}

func (s *Sandbox) listAnswers(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.answers.list(), false)
}

// addAnswers takes one rule or a list of rules.
func (s *Sandbox) addAnswers(w http.ResponseWriter, r *http.Request) {
	var raw json.RawMessage
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&raw)
	rules := make([]Answer, 1)
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.DisallowUnknownFields()
		decoder.UseNumber()
		if raw[0] == '[' {
			err = decoder.Decode(&rules)
		} else {
			err = decoder.Decode(&rules[0])
		}
	}
	if err == nil {
		err = s.Answer(rules...)
	}
	if err != nil {
		status := http.StatusBadRequest
		if errors.Is(err, errTooManyAnswers) {
			status = http.StatusConflict
		}
		writeJSON(w, status, object{"error": err.Error()}, false)
		return
	}
	writeJSON(w, http.StatusCreated, rules, false)
}

func (s *Sandbox) clearAnswers(w http.ResponseWriter, _ *http.Request) {
	s.ClearAnswers()
	w.WriteHeader(http.StatusNoContent)
}
