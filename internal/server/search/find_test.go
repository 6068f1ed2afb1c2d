package search

import (
	"encoding/json"
	"os"
	"testing"
)

// TestStreet: X7.
func TestStreet(t *testing.T) {
	t.Parallel()
	t.Run("X7 a search finds other forms, spellings and keyboards", func(t *testing.T) {
		raw, err := os.ReadFile("../../../web/static/testdata/find.json")
		if err != nil {
			t.Fatal(err)
		}
		var cases []struct {
			Query, Text string
			Finds       bool
		}
		if err := json.Unmarshal(raw, &cases); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if got := Looking(c.Query).Finds(c.Text); got != c.Finds {
				t.Errorf("%q in %q: %v, want %v", c.Query, c.Text, got, c.Finds)
			}
		}
	})
}
