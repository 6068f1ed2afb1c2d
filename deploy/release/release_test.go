package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// lay makes a folder with files, each of which has its name as its text.
func lay(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(filepath.Base(name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestAnArchiveIsTheSameEverywhere packs the same files of two folders, which were written at other times.
func TestAnArchiveIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	var archives [][]byte
	for range 2 {
		dir := lay(t, append([]string{"okoshko-built"}, packed...)...)
		to := filepath.Join(dir, "a.tar.gz")
		if err := pack(to, "okoshko-v1", dir, filepath.Join(dir, "okoshko-built"), []byte("MIT")); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(to)
		if err != nil {
			t.Fatal(err)
		}
		archives = append(archives, text)
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("the same files are two different archives")
	}
	zipped, err := gzip.NewReader(bytes.NewReader(archives[0]))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]int64{}
	for in := tar.NewReader(zipped); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names[header.Name] = header.Mode
	}
	if len(names) != len(packed)+2 || names["okoshko-v1/okoshko"] != 0o755 || names["okoshko-v1/"+licencesName] != 0o644 {
		t.Errorf("the archive holds %v", names)
	}
}

// TestWhatIsPackedIsThere finds every file that an archive promises.
func TestWhatIsPackedIsThere(t *testing.T) {
	t.Parallel()
	for _, name := range packed {
		if _, err := os.Stat(filepath.Join("../..", name)); err != nil {
			t.Error(err)
		}
	}
}

// TestTheImageIsBuiltByTheGoOfReleases compares the Dockerfile with the Makefile.
func TestTheImageIsBuiltByTheGoOfReleases(t *testing.T) {
	t.Parallel()
	of := func(file, begins string) string {
		text, err := os.ReadFile(filepath.Join("../..", file))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), begins)
		version, _, _ := strings.Cut(rest, "\n")
		version, _, _ = strings.Cut(version, "-")
		return version
	}
	if image, release := of("Dockerfile", "FROM golang:"), of("Makefile", "RELEASE_GO := go"); image == "" || image != release {
		t.Errorf("the image is built by Go %q, releases by %q", image, release)
	}
}

func TestLicencesThatAreNotFine(t *testing.T) {
	t.Parallel()
	wrong, err := refused([]byte(`{"components":[
		{"name":"a","version":"v1","licenses":[{"license":{"id":"MIT"}}]},
		{"name":"b","version":"v2","licenses":[{"license":{"id":"GPL-3.0-only"}}]},
		{"name":"c","version":"v3","licenses":[{"license":{"id":"GPL-2.0-only"}},{"license":{"name":"ISC"}}]},
		{"name":"d","version":"v4"},
		{"name":"github.com/modelcontextprotocol/go-sdk","version":"v5","licenses":[{"license":{"id":"CC-BY-4.0"}}]},
		{"name":"std","version":"go1"}]}`), func(string) ([]byte, error) { return []byte("another text"), nil })
	if err != nil || !slices.Equal(wrong, []string{"b v2 [GPL-3.0-only]", "d v4 []", "github.com/modelcontextprotocol/go-sdk v5 [CC-BY-4.0]"}) {
		t.Errorf("refused %q (%v), want b, d, and the one whose licence file is not the one that was read", wrong, err)
	}
}

func TestKnownFaults(t *testing.T) {
	t.Parallel()
	const said = `{"config":{"scan_mode":"binary"}}
		{"osv":{"id":"GO-1","summary":"reads for ever"}}
		{"finding":{"osv":"GO-1","fixed_version":"v1.26.9","trace":[{"module":"stdlib","version":"v1.26.8"}]}}
		{"finding":{"osv":"GO-1","fixed_version":"v1.26.9","trace":[{"module":"stdlib","version":"v1.26.8","function":"Read"}]}}`
	const ofModule = `{"finding":{"osv":"GO-2","trace":[{"module":"example.org/m","version":"v1.0.0"}]}}`
	for name, tt := range map[string]struct {
		said   string
		strict bool
		n      int
		wrong  string
	}{
		"of Go":                 {said, false, 1, ""},
		"of Go in a release":    {said, true, 1, "1 of the 1"},
		"of a module":           {said + ofModule, false, 2, "1 of the 2"},
		"none":                  {`{"config":{}}`, true, 0, ""},
		"nothing was looked at": {``, false, 0, "said nothing"},
	} {
		all, err := readFaults(strings.NewReader(tt.said))
		var out bytes.Buffer
		if err == nil {
			err = tell(&out, all, tt.strict)
		}
		if len(all) != tt.n || (err == nil) != (tt.wrong == "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
			t.Errorf("%s: %d faults, error %v, want %d and %q\n%s", name, len(all), err, tt.n, tt.wrong, out.String())
		}
		if tt.n > 0 && err == nil && !strings.Contains(out.String(), "GO-1  stdlib v1.26.8  fixed in v1.26.9  reads for ever") {
			t.Errorf("%s: the list is\n%s", name, out.String())
		}
	}
}

func TestVersionsOfReleases(t *testing.T) {
	t.Parallel()
	for version, fine := range map[string]bool{"v1.2.3": true, "v1.2.3-rc.1": true, "1.2.3": false, "v1.2": false, "": false, "v1.2.3/../x": false, "v1.2.3 -X": false} {
		if versions.MatchString(version) != fine {
			t.Errorf("%q: fine is %v, want %v", version, !fine, fine)
		}
	}
}

func TestChecksums(t *testing.T) {
	t.Parallel()
	dir := lay(t, "b")
	if err := sums(dir, []string{"b"}); err != nil {
		t.Fatal(err)
	}
	// printf b | sha256sum
	const want = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b\n"
	if got, err := os.ReadFile(filepath.Join(dir, sumsName)); err != nil || string(got) != want {
		t.Errorf("%q (%v), want %q", got, err, want)
	}
}
