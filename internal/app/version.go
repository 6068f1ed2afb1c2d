package app

import (
	"cmp"
	"runtime/debug"
)

// version is set when a release is built: -ldflags "-X okoshko/internal/app.version=v1.2.3".
var version string

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
	out := "okoshko " + cmp.Or(version, info.Main.Version, "(devel)")
	if commit := settings["vcs.revision"]; commit != "" {
		out += ", commit " + commit[:min(12, len(commit))]
		if settings["vcs.modified"] == "true" {
			out += " with changes"
		}
	}
	return out + ", " + info.GoVersion
}
