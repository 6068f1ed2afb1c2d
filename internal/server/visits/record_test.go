package visits_test

import (
	"net/http"
	"strings"
	"testing"

	"okoshko/internal/sandbox"
	"okoshko/internal/servertest"
)

// TestASpotThatCannotBeCancelledIsNotToBe: where a spot at a group event cannot be moved, the page says to book another one and to
// cancel this one only if the salon lets its customers cancel.
func TestASpotThatCannotBeCancelledIsNotToBe(t *testing.T) {
	t.Parallel()
	const advice, denied = "and cancel this booking", "can’t be cancelled online"
	for _, cancels := range []bool{true, false} {
		site := servertest.New(t)
		if !cancels {
			if err := site.Box.Answer(sandbox.Answer{Method: http.MethodGet, Path: "book_record/*/*/*", Merge: map[string]any{"allow_delete_record": false}}); err != nil {
				t.Fatal(err)
			}
		}
		done := site.To(site.Get("/b/22?lang=en"), "done")
		for _, p := range []servertest.Page{done, site.Press(done, "main a[rel=record]")} {
			text := strings.NewReplacer("\u00a0", " ").Replace(p.Find("main").Text())
			if strings.Contains(text, advice) != cancels || strings.Contains(text, denied) == cancels {
				t.Errorf("it can be cancelled: %v, step %q: %s", cancels, p.Step(), text)
			}
		}
	}
}
