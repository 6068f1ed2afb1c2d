package app

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestChangesSinceAVersion prints the later part of a changelog, and says which versions there are when it has no such one.
func TestChangesSinceAVersion(t *testing.T) {
	t.Parallel()
	const log = "# Changelog\n\n## [Unreleased]\n\n- c\n\n## [0.2.0] - 2027-01-01\n\n- b\n\n## 0.1.0 — 2026-11-30\n\n- a\n"
	for since, want := range map[string]string{
		"0.2.0":  "## [Unreleased]\n\n- c\n",
		"v0.1.0": "## [Unreleased]\n\n- c\n\n## [0.2.0] - 2027-01-01\n\n- b\n",
	} {
		if got, err := changesSince(log, since); err != nil || got != want {
			t.Errorf("since %s: %v\n%s", since, err, got)
		}
	}
	if _, err := changesSince(log, "0.3"); err == nil || err.Error() != `version: -since "0.3" is not in the changelog, which has 0.2.0, 0.1.0` {
		t.Errorf("since an unknown version: %v", err)
	}
	if _, err := changesSince("", "0.1.0"); err == nil {
		t.Error("a build without a changelog has changes")
	}
}

// TestTheChangelogHasItsVersions: the real one can be asked since its oldest version.
func TestTheChangelogHasItsVersions(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	changes, err := changesSince(string(raw), "0.1.0")
	if err != nil || !strings.HasPrefix(changes, "## [") || strings.Contains(changes, "## 0.1.0") {
		t.Errorf("%v: %.60q", err, changes)
	}
	var out bytes.Buffer
	if err := TellVersion("", &out); err != nil || !strings.HasPrefix(out.String(), "okoshko ") || strings.Contains(out.String(), "(devel)") {
		t.Errorf("%v: %q", err, out.String())
	}
}
