package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// commands are what a reader of the documents can run.
type commands struct {
	targets []string // of the Makefile
	own     []string // of the program, as it lists them itself
	images  []string // with their tags, as the Dockerfile and the examples name them
}

var (
	usageLine    = regexp.MustCompile(`(?m)^  okoshko ([a-z]+) `)
	imageLine    = regexp.MustCompile(`(?m)^(?:FROM|\s*image:) (\S+:\S+)`)
	namedTarget  = regexp.MustCompile(`(?:\x60|^\s+|make \w+ && )make ([a-z][a-z0-9-]*)`)
	namedOwn     = regexp.MustCompile(`(?:\x60|^ {4,}|=\S+ )okoshko ([a-z]+)\b`)
	namedImage   = regexp.MustCompile(`\b((?:golang|nginx|valkey/valkey|redis):[0-9][\w.-]*)`)
	namedProgram = regexp.MustCompile(`go run (\./[\w/]+)`)
)

// faults are the commands and images that a document names and that are not there.
func (c commands) faults(text string) (faults []string) {
	check := func(kind string, named *regexp.Regexp, there func(name string) bool) {
		for line := range strings.Lines(text) {
			for _, m := range named.FindAllStringSubmatch(line, -1) {
				if !there(m[1]) {
					faults = append(faults, kind+" "+m[1])
				}
			}
		}
	}
	check("make", namedTarget, func(name string) bool { return slices.Contains(c.targets, name) })
	check("okoshko", namedOwn, func(name string) bool { return slices.Contains(c.own, name) })
	check("image", namedImage, func(name string) bool { return slices.Contains(c.images, name) })
	check("go run", namedProgram, func(name string) bool {
		_, err := os.Stat(filepath.Join(root, name, "main.go"))
		return err == nil
	})
	return faults
}

// TestDocumentsNameCommandsThatAreThere looks for the targets of the Makefile, the commands of the program, the folders that are run and the
// images that documents name.
func TestDocumentsNameCommandsThatAreThere(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	firsts := func(found [][]string) (names []string) {
		for _, m := range found {
			names = append(names, m[1])
		}
		return names
	}
	there := commands{
		targets: firsts(target.FindAllStringSubmatch(read(filepath.Join(root, "Makefile")), -1)),
		own:     firsts(usageLine.FindAllStringSubmatch(read(filepath.Join(root, "internal/app/run.go")), -1)),
	}
	for _, name := range []string{"Dockerfile", "deploy/compose.yaml", "deploy/kubernetes.yaml"} {
		there.images = append(there.images, firsts(imageLine.FindAllStringSubmatch(read(filepath.Join(root, name)), -1))...)
	}
	if len(there.targets) < 10 || len(there.own) < 5 || len(there.images) < 3 {
		t.Fatalf("found only %+v", there)
	}
	var documents []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md", "deploy/*.*"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, found...)
	}
	for _, document := range documents {
		if filepath.Base(document) == "CHANGELOG.md" { // it names what once was
			continue
		}
		for _, fault := range there.faults(read(document)) {
			t.Errorf("%s names %q, which is not there", filepath.Base(document), fault)
		}
	}
}

// TestCommandsAreReallyRead tries what reads commands on a document that is wrong.
func TestCommandsAreReallyRead(t *testing.T) {
	t.Parallel()
	there := commands{targets: []string{"test"}, own: []string{"check"}, images: []string{"nginx:1.28-alpine"}}
	const text = "`make test`, `make tests`, `okoshko check -form 3`, `okoshko cheque`\n" +
		"    A=b okoshko chek\n    okoshko checks\n\tmake tested\n" +
		"okoshko checked and make tested are words; nginx:1.28-alpine, `FROM nginx:1.27`; `go run ./bench/rush`, `go run ./bench/rash -n 1`\n"
	want := []string{"make tests", "make tested", "okoshko cheque", "okoshko chek", "okoshko checks", "image nginx:1.27", "go run ./bench/rash"}
	if got := there.faults(text); !slices.Equal(got, want) {
		t.Errorf("faults = %q, want %q", got, want)
	}
}
