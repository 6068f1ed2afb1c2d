package app

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime/debug"
	"strings"
)

// version is set when a release is built: -ldflags "-X okoshko/internal/app.version=v1.2.3".
var version string

// Changelog is CHANGELOG.md. The program's main package embeds it, because it alone lies beside it.
var Changelog string

// Version returns the version of the build, the commit and the compiler.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "okoshko, built without information"
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	built := info.Main.Version
	if built == "(devel)" { // by "go run", or without version control
		built = "built from its source"
	}
	out := "okoshko " + cmp.Or(version, built)
	if commit := settings["vcs.revision"]; commit != "" {
		out += ", commit " + commit[:min(12, len(commit))]
		if settings["vcs.modified"] == "true" {
			out += " with changes"
		}
	}
	return out + ", " + info.GoVersion
}

// TellVersion is the command "version". It prints the version, and of the changelog what has changed since another one, "" = nothing.
func TellVersion(since string, out io.Writer) error {
	text := Version() + "\n"
	if since != "" {
		changes, err := changesSince(Changelog, since)
		if err != nil {
			return err
		}
		text += "\n" + changes
	}
	_, err := io.WriteString(out, text)
	return err
}

// releaseHeading begins what a changelog says of a version: "## [1.2.0] - 2026-12-01", "## 0.1.0 — 2026-11-30" or "## [Unreleased]".
var releaseHeading = regexp.MustCompile(`(?m)^## \[?v?([^\s\]]+)`)

// changesSince returns the part of a changelog that is about versions later than one. The newest version comes first in it.
func changesSince(changelog, since string) (string, error) {
	since = strings.TrimPrefix(since, "v")
	found := releaseHeading.FindAllStringSubmatchIndex(changelog, -1)
	var known []string
	for _, at := range found {
		name := changelog[at[2]:at[3]]
		if name == since {
			return strings.TrimRight(changelog[found[0][0]:at[0]], "\n") + "\n", nil
		}
		if name != "Unreleased" {
			known = append(known, name)
		}
	}
	if len(known) == 0 {
		return "", errors.New("version: this build has no changelog")
	}
	return "", fmt.Errorf("version: -since %q is not in the changelog, which has %s", since, strings.Join(known, ", "))
}
