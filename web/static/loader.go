package static

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// Loader is one version of the script that websites include. The bytes of a version never change, so a website can name their
// hash in its page.
type Loader struct {
	*File

	Version   string // "1.0.0"
	Integrity string // for the attribute of a script element
}

// loadLoaders reads the versions from a folder of files named after them, the newest first.
func loadLoaders(fsys fs.FS, dir string) ([]Loader, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("static: %w", err)
	}
	out := make([]Loader, 0, len(entries))
	for _, entry := range entries {
		version, _ := strings.CutSuffix(entry.Name(), ".js")
		if _, ok := parseVersion(version); !ok {
			return nil, fmt.Errorf("static: %s is named after no version", entry.Name())
		}
		body, err := fs.ReadFile(fsys, dir+"/"+entry.Name())
		if err != nil {
			return nil, fmt.Errorf("static: %w", err)
		}
		file, err := newFile(entry.Name(), body)
		if err != nil {
			return nil, fmt.Errorf("static: %s: %w", entry.Name(), err)
		}
		sum := sha512.Sum384(body)
		out = append(out, Loader{File: file, Version: version, Integrity: "sha384-" + base64.StdEncoding.EncodeToString(sum[:])})
	}
	slices.SortFunc(out, func(a, b Loader) int {
		x, _ := parseVersion(a.Version)
		y, _ := parseVersion(b.Version)
		return slices.Compare(y[:], x[:])
	})
	return out, nil
}

// parseVersion reads "1.0.0".
func parseVersion(s string) (v [3]int, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) != len(v) {
		return v, false
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || strconv.Itoa(n) != part {
			return v, false
		}
		v[i] = n
	}
	return v, true
}

// Loader returns the loader of an exact version.
func (a *Assets) Loader(version string) (Loader, bool) {
	return a.loader(func(l Loader) bool { return l.Version == version })
}

// NewestLoader returns the newest loader of a major version.
func (a *Assets) NewestLoader(major int) (Loader, bool) {
	return a.loader(func(l Loader) bool { return strings.HasPrefix(l.Version, strconv.Itoa(major)+".") })
}

func (a *Assets) loader(is func(Loader) bool) (Loader, bool) {
	i := slices.IndexFunc(a.loaders, is)
	if i < 0 {
		return Loader{}, false
	}
	return a.loaders[i], true
}
