package formwalk

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"okoshko/internal/recording"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

const token = "partner-secret"

func walkOf(t *testing.T, form int, rules ...sandbox.Answer) (*recording.Recording, *sandbox.Sandbox, error) {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{NoLimits: true, PartnerToken: token, Now: testclock.Start})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Answer(rules...); err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(box.Handler())
	t.Cleanup(api.Close)
	got, err := Record(t.Context(), Options{BaseURL: api.URL, PartnerToken: token, Form: form, Now: testclock.Start})
	return got, box, err
}

func TestRecordReadsOnly(t *testing.T) {
	walk, box, err := walkOf(t, 3, sandbox.Answer{Path: "company/*", Merge: map[string]any{"site": "https://x.example/?key=" + token}})
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range box.Calls() {
		if call.Method != http.MethodGet {
			t.Errorf("the walk makes %s %s", call.Method, call.Path)
		}
	}
	if n := len(box.Calls()); n > 100 || n != len(walk.Answers) {
		t.Errorf("%d calls, %d answers", n, len(walk.Answers))
	}
	routes := map[string]int{}
	for _, a := range walk.Answers {
		route, _, _ := strings.Cut(a.Path, "/")
		routes[route]++
		if strings.Contains(a.Path+a.Query+string(a.Bytes()), token) {
			t.Errorf("%s has the token", a.Path)
		}
		if a.Method != http.MethodGet || a.Status != http.StatusOK || a.ContentType == "" {
			t.Errorf("answer = %+v", a)
		}
	}
	for _, route := range []string{"bookform", "i18n", "booking", "companies", "company", "privacy_policy", "services", "activity", "book_services", "book_staff", "book_dates", "book_times"} {
		if routes[route] == 0 {
			t.Errorf("nothing of %s is recorded: %v", route, routes)
		}
	}
}

// A fault of the salon is what the recording is for.
func TestRecordKeepsFaults(t *testing.T) {
	walk, _, err := walkOf(t, 1, sandbox.Answer{Path: "book_staff/*", Status: http.StatusInternalServerError, Body: []byte(`{"oops":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(walk.Answers, func(a recording.Answer) bool { return a.Path == "book_staff/501" })
	if i < 0 || walk.Answers[i].Status != http.StatusInternalServerError || string(walk.Answers[i].Bytes()) != `{"oops":1}` {
		t.Errorf("the fault is not recorded: %d", i)
	}
	if !slices.ContainsFunc(walk.Answers, func(a recording.Answer) bool { return strings.HasPrefix(a.Path, "book_times/501/0/") }) {
		t.Error("the walk ends at the fault")
	}
}

func TestRecordWithoutAForm(t *testing.T) {
	for _, form := range []int{4040, 991, 994} {
		if walk, _, err := walkOf(t, form); err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("form %d: %v, %v", form, walk, err)
		}
	}
}
