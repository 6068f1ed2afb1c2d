// Package recording is what the upstream answered to one walk through a booking form, as a folder of files: to be sent to
// somebody who is to find a fault with it. What it says of people is replaced before it is written (Masker).
//
// The files are made for reading: one answer a file, in the order of the walk, with the body as it came over the wire.
package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// version of the folder's format.
const version = 1

const (
	indexName = "recording.json"
	maxFile   = 8 << 20 // bytes
	maxFiles  = 2000
)

// Recording is a walk.
type Recording struct {
	Version int       `json:"version"`
	Made    time.Time `json:"made"` // the moment that its times are told from
	Form    int       `json:"form"`
	Visit   *Visit    `json:"visit,omitempty"`
	Answers []Answer  `json:"-"`
}

// Visit is a visit that was read with its hash, which is replaced like all of them.
type Visit struct {
	Company int    `json:"company"`
	ID      int    `json:"id"`
	Hash    string `json:"hash"`
}

// Answer is one answer. What was sent along, the token above all, is no part of it.
type Answer struct {
	Method      string          `json:"method"`
	Path        string          `json:"path"` // below /api/v1/
	Query       string          `json:"query,omitempty"`
	Language    string          `json:"language,omitempty"`
	Status      int             `json:"status"`
	ContentType string          `json:"content_type,omitempty"`
	Body        json.RawMessage `json:"body,omitempty"` // as it came
	Text        string          `json:"text,omitempty"` // a body that is no JSON
}

// Bytes is the body.
func (a *Answer) Bytes() []byte {
	if len(a.Body) > 0 {
		return a.Body
	}
	return []byte(a.Text)
}

// SetBytes sets the body.
func (a *Answer) SetBytes(body []byte) {
	a.Body, a.Text = nil, ""
	if json.Valid(body) {
		a.Body = body
		return
	}
	a.Text = string(body)
}

// Values are the parameters.
func (a *Answer) Values() url.Values {
	values, _ := url.ParseQuery(a.Query) // written by us; whatever else stands there names nothing
	return values
}

var unsafe = regexp.MustCompile(`[^a-z0-9]+`)

// fileName begins with the answer's place in the walk and says what was asked.
func fileName(i int, a *Answer) string {
	words := strings.Trim(unsafe.ReplaceAllString(strings.ToLower(a.Path), "-"), "-")
	return fmt.Sprintf("%04d-%s.json", i+1, words[:min(len(words), 60)])
}

// Prepare makes the folder for a recording. It must be empty or not be there yet.
func Prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	if len(there) > 0 {
		return fmt.Errorf("recording: %s is not empty", dir)
	}
	return nil
}

// Write writes into a folder as Prepare makes it.
func (r *Recording) Write(dir string) error {
	if err := Prepare(dir); err != nil {
		return err
	}
	r.Version = version
	if err := writeJSON(filepath.Join(dir, indexName), r); err != nil {
		return err
	}
	for i := range r.Answers {
		if err := writeJSON(filepath.Join(dir, fileName(i, &r.Answers[i])), &r.Answers[i]); err != nil {
			return err
		}
	}
	return nil
}

// writeJSON indents and leaves the spelling of what is inside as it is.
func writeJSON(path string, value any) error {
	var compact, out bytes.Buffer
	encoder := json.NewEncoder(&compact)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	if err := json.Indent(&out, compact.Bytes(), "", " "); err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	return nil
}

// Read reads a folder that Write made, or somebody changed by hand.
func Read(dir string) (*Recording, error) {
	var r Recording
	if err := readJSON(filepath.Join(dir, indexName), &r); err != nil {
		return nil, err
	}
	if r.Version != version {
		return nil, fmt.Errorf("recording: version %d is not known", r.Version)
	}
	if r.Made.IsZero() {
		return nil, errors.New("recording: it does not say when it was made")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return e.IsDir() || e.Name() == indexName || filepath.Ext(e.Name()) != ".json"
	})
	if len(entries) == 0 || len(entries) > maxFiles {
		return nil, fmt.Errorf("recording: %d answers", len(entries))
	}
	for _, e := range entries { // by name, as ReadDir sorts them
		var a Answer
		if err := readJSON(filepath.Join(dir, e.Name()), &a); err != nil {
			return nil, err
		}
		if a.Method == "" || a.Path == "" || a.Status < 100 || a.Status > 599 {
			return nil, fmt.Errorf("recording: %s is no answer", e.Name())
		}
		r.Answers = append(r.Answers, a)
	}
	return &r, nil
}

func readJSON(path string, into any) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	if info.Size() > maxFile {
		return fmt.Errorf("recording: %s is too long", filepath.Base(path))
	}
	text, err := os.ReadFile(path) //nolint:gosec // the folder that was named
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("recording: %s: %w", filepath.Base(path), err)
	}
	return nil
}
