package app

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"okoshko/internal/redistest"
)

// countOf is how often a histogram's label value was observed.
func (r *rig) countOf(histogram, label, value string) int {
	r.t.Helper()
	m := regexp.MustCompile(fmt.Sprintf(`(?m)^okoshko_%s_count\{%s="%s"\} (\d+)$`, histogram, label, value)).FindStringSubmatch(r.counted())
	if m == nil {
		r.t.Fatalf("okoshko_%s_count has no %s %q", histogram, label, value)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *rig) pages(outcome string) int { return r.countOf("page_seconds", "outcome", outcome) }
func (r *rig) answers(answer string) int {
	return r.countOf("booking_answer_seconds", "answer", answer)
}

func (r *rig) allAnswers() string {
	var counts []string
	for _, answer := range []string{"booked", "refused", "unsent", "unknown", "again", "failed"} {
		if n := r.answers(answer); n > 0 {
			counts = append(counts, fmt.Sprintf("%s %d", answer, n))
		}
	}
	return strings.Join(counts, " ")
}

// TestPagesAreCountedForTheirObjective: pages, cached or drawn, and error pages; nothing that a customer does not wait for.
func TestPagesAreCountedForTheirObjective(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const page = "/b/2/service?lang=en"
	for want := range 3 { // the second one is cached
		if n := r.pages("shown"); n != want {
			t.Fatalf("%d pages are counted, want %d", n, want)
		}
		r.get(page)
	}
	for _, other := range []string{"/robots.txt", "/embed/v1.js", "/b/2/windows.atom", "/b/2/windows.txt"} {
		if status, _, _ := r.request("GET", other, "", nil); status >= 400 {
			t.Errorf("%s: %d", other, status)
		}
	}
	r.request("HEAD", page, "", nil)
	if n := r.pages("shown"); n != 3 {
		t.Errorf("%d pages are counted, want 3: a feed, a text, an asset or a HEAD is none", n)
	}
	r.get("/b/999999") // no such form
	if n := r.pages("shown"); n != 4 {
		t.Errorf("%d pages are counted after one that says that there is no such form, want 4", n)
	}
	if n := r.pages("failed"); n != 0 {
		t.Errorf("%d pages have failed, want none yet", n)
	}
	r.fallSilent()
	r.get("/b/15/master?lang=en")
	if n := r.pages("failed") + r.pages("looking"); n == 0 {
		t.Error("an error page while the API is silent is not counted as a miss")
	}
}

// TestBookingsAreCountedForTheirObjective plays the answers that a press that books can get.
func TestBookingsAreCountedForTheirObjective(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ fault, want string }{
		"booked":        {"", "booked 1"},
		"refused":       {`{"path":"/book_record","method":"POST","status":422,"body":"{\"success\":false,\"meta\":{\"message\":\"no\"}}","times":1}`, "refused 1"},
		"nothing sent":  {`{"path":"/book_record","method":"POST","status":429,"times":1}`, "unsent 1"},
		"answer lost":   {`{"path":"/book_record","method":"POST","close":"after","times":1}`, "unknown 1"},
		"error for one": {`{"path":"/book_record","method":"POST","status":500,"times":1}`, "unknown 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			p := r.to(r.get("/b/1?lang=en"), "confirm")
			if got := r.allAnswers(); got != "" {
				t.Fatalf("before the press %q is counted", got)
			}
			r.post(r.formEdit(p))
			if got := r.allAnswers(); got != "" {
				t.Errorf("a way back to the contact form is counted: %q", got)
			}
			if tt.fault != "" {
				r.fault(tt.fault)
			}
			r.send(p, nil)
			if got := r.allAnswers(); got != tt.want {
				t.Errorf("counted %q, want %q", got, tt.want)
			}
		})
	}
}

// formEdit is the confirmation's form as its button back to the contact form sends it.
func (r *rig) formEdit(p page) (action string, values map[string][]string) {
	action, of := r.form(p)
	values = map[string][]string{"edit": {"1"}}
	maps.Copy(values, of)
	return action, values
}

// TestAPressWithoutAStoreIsAMiss: whether the booking was sent before is not known, so the answer is an error page.
func TestAPressWithoutAStoreIsAMiss(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	r := newRig(t, "OKOSHKO_STORE_URL="+server.URL)
	p := r.to(r.get("/b/1?lang=en"), "confirm")
	r.request("POST", "/b/1/confirm", "forged=1", map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
	if got := r.allAnswers(); got != "" {
		t.Fatalf("a form of a stranger is counted: %q", got)
	}
	server.Kill()
	r.send(p, nil)
	if got := r.allAnswers(); got != "failed 1" {
		t.Errorf("counted %q, want \"failed 1\"", got)
	}
}
