package static

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// clockReading finds a script that asks the browser what time it is.
var clockReading = regexp.MustCompile(`\bDate\.now\b|\bnew Date\b(?:\(\)|[^(])|\bDate\(\)|\bTemporal\.Now\b`)

// TestNoScriptReadsTheClock keeps the salon's time the only one: a visitor's clock may be wrong, and tests hand the
// server a clock that the browser does not have.
func TestNoScriptReadsTheClock(t *testing.T) {
	scripts, err := filepath.Glob("*.js")
	if err != nil || len(scripts) < 3 {
		t.Fatalf("scripts %q, %v", scripts, err)
	}
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		if found := clockReading.Find(text); found != nil {
			t.Errorf("%s reads the browser's clock: %s", script, found)
		}
	}
	for text, want := range map[string]bool{
		"t = Date.now()": true, "new Date().getTime()": true, "new Date": true, "Date()": true, "new Date(slot.dataset.slot)": false, "lastDate()": false,
	} {
		if got := clockReading.MatchString(text + ";"); got != want {
			t.Errorf("%q reads the clock: %v, want %v", text, got, want)
		}
	}
}
