package archtest

import (
	"errors"
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// picture is a flowchart of docs/architecture.md.
type picture struct {
	names  map[string]string // what each box names, by the box's id; "" = something outside of the program
	frames map[string]string // the title of the frame that a box stands in
	arrows []arrow
}

// arrow leads from one box to another, by their ids.
type arrow struct {
	from, to string
	dashed   bool
}

var (
	frameLine = regexp.MustCompile(`^subgraph (\w+)\["([^"]+)"\]$`)
	boxLine   = regexp.MustCompile(`^(\w+)(\(?)\["([^"]+?)(?:<br/>[^"]*)?"\]\)?$`)
	arrowLine = regexp.MustCompile(`^(\w+) (-->|-\.->)(?:\|"[^"]+"\|)? (\w+(?: & \w+)*)$`)
	otherLine = regexp.MustCompile(`^(flowchart (LR|TD)|direction (LR|TD)|)$`)
)

// parsePicture reads the small part of Mermaid's language that the document uses, a statement a line:
//
//	box["name<br/>what it is"]     a package, or a function or type of a package
//	box(["name"])                  something outside of the program
//	box --> box & box              arrows, with or without |"a label"|
//	box -.-> box                   dashed arrows
//	subgraph frame["title"] … end  a frame around boxes
func parsePicture(text string) (picture, error) {
	p := picture{names: map[string]string{}, frames: map[string]string{}}
	frame := ""
	var faults []error
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if m := frameLine.FindStringSubmatch(line); m != nil {
			frame = m[2]
		} else if line == "end" {
			frame = ""
		} else if m := arrowLine.FindStringSubmatch(line); m != nil {
			for to := range strings.SplitSeq(m[3], " & ") {
				p.arrows = append(p.arrows, arrow{m[1], to, m[2] != "-->"})
			}
		} else if m := boxLine.FindStringSubmatch(line); m != nil {
			if _, twice := p.names[m[1]]; twice {
				faults = append(faults, fmt.Errorf("two boxes are called %s", m[1]))
			}
			p.names[m[1]], p.frames[m[1]] = m[3], frame
			if m[2] != "" {
				p.names[m[1]] = ""
			}
		} else if !otherLine.MatchString(line) {
			faults = append(faults, fmt.Errorf("the line %q is none that this test can read", line))
		}
	}
	for _, a := range p.arrows {
		for _, end := range []string{a.from, a.to} {
			if _, ok := p.names[end]; !ok {
				faults = append(faults, fmt.Errorf("an arrow leads to or from %s, which is no box", end))
			}
		}
	}
	return p, errors.Join(faults...)
}

// section is the part of docs/architecture.md under a heading.
func section(t *testing.T, heading string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(page), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/architecture.md has no section %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// pictureOf reads the picture under a heading of docs/architecture.md.
func pictureOf(t *testing.T, heading string) picture {
	t.Helper()
	_, text, found := strings.Cut(section(t, heading), "\n```mermaid\n")
	if !found {
		t.Fatalf("docs/architecture.md, %s: there is no picture", heading)
	}
	text, _, _ = strings.Cut(text, "\n```\n")
	p, err := parsePicture(text)
	if err != nil {
		t.Fatalf("docs/architecture.md, %s: %v", heading, err)
	}
	return p
}

// imports are the imports of our own packages, by package, without those of tests.
func imports(all []source) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, s := range all {
		if s.test {
			continue
		}
		if out[s.pkg] == nil {
			out[s.pkg] = map[string]bool{}
		}
		for _, imported := range s.imports {
			if within(imported, module) {
				out[s.pkg][strings.TrimPrefix(imported, module+"/")] = true
			}
		}
	}
	return out
}

// reached are all that arrows lead to from a place, in one step or more.
func reached(from string, arrows map[string]map[string]bool) map[string]bool {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(at string) {
		for to := range arrows[at] {
			if !seen[to] {
				seen[to] = true
				visit(to)
			}
		}
	}
	visit(from)
	return seen
}

// mainBox is how the document names the package at the root.
const mainBox = "main.go"

// folderOf is the folder of a package that the document names.
func folderOf(name string) string {
	if name == mainBox {
		return "."
	}
	return name
}

// leafFrame is the title of the frame whose packages no arrow leads to.
const leafFrame = "leaves"

// drawingFaults says how a picture of packages differs from the imports, by the three rules that stand under the picture.
func drawingFaults(p picture, imports map[string]map[string]bool) []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }

	program := reached(".", imports)
	program["."] = true
	drawn, leaf := map[string]bool{}, map[string]bool{}
	for id, name := range p.names {
		pkg := folderOf(name)
		drawn[pkg], leaf[pkg] = true, p.frames[id] == leafFrame
		if !program[pkg] {
			fault("%s is in the picture and is no package of the program", name)
		}
	}
	for pkg := range program {
		if !drawn[pkg] {
			fault("%s is a package of the program and is not in the picture", pkg)
		}
	}
	arrows := map[string]map[string]bool{}
	for _, a := range p.arrows {
		from, to := folderOf(p.names[a.from]), folderOf(p.names[a.to])
		if arrows[from] == nil {
			arrows[from] = map[string]bool{}
		}
		arrows[from][to] = true
		switch {
		case !imports[from][to]:
			fault("an arrow leads from %s to %s, which it does not import", from, to)
		case leaf[to]:
			fault("an arrow leads from %s to the leaf %s", from, to)
		}
	}
	for from := range program {
		ways := reached(from, arrows)
		for to := range imports[from] {
			switch {
			case leaf[from] && !leaf[to]:
				fault("%s is drawn as a leaf and imports %s, which is none", from, to)
			case !leaf[to] && drawn[from] && drawn[to] && !ways[to]:
				fault("%s imports %s, and neither an arrow nor a way of arrows leads there", from, to)
			}
		}
		for to := range arrows[from] {
			for by := range arrows[from] {
				if by != to && reached(by, arrows)[to] {
					fault("the arrow from %s to %s says nothing that the way by %s does not", from, to, by)
				}
			}
		}
	}
	slices.Sort(faults)
	return faults
}

// TestPictureOfPackagesIsTrue holds the first picture of docs/architecture.md to the imports.
func TestPictureOfPackagesIsTrue(t *testing.T) {
	for _, fault := range drawingFaults(pictureOf(t, "Packages"), imports(sources(t))) {
		t.Errorf("docs/architecture.md, Packages: %s", fault)
	}
}

// declarations are the functions, methods ("Type.Method") and types that packages declare. A type has no body.
type declarations map[string]map[string][]ast.Node

func declarationsOf(all []source) declarations {
	out := declarations{}
	for _, s := range all {
		if s.test {
			continue
		}
		if out[s.pkg] == nil {
			out[s.pkg] = map[string][]ast.Node{}
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				if d.Recv != nil {
					name = receiver(d.Recv.List[0].Type) + "." + name
				}
				out[s.pkg][name] = append(out[s.pkg][name], d.Body)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok {
						out[s.pkg][spec.Name.Name] = append(out[s.pkg][spec.Name.Name], nil)
					}
				}
			}
		}
	}
	return out
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// step finds what a box of a way names: "server/page.Builder.Step" is the method Step of the type Builder in internal/server/page.
// Folders that are not under internal stand as they are.
func (d declarations) step(box string) (pkg, name string, ok bool) {
	dot := strings.LastIndex(box, "/") + 1
	folder, name, _ := strings.Cut(box[dot:], ".")
	for _, pkg := range []string{"internal/" + box[:dot] + folder, box[:dot] + folder} {
		if _, ok := d[pkg][name]; ok {
			return pkg, name, true
		}
	}
	return "", "", false
}

// mentions says whether a function, or one of its own package that it mentions, mentions a name.
func (d declarations) mentions(pkg, name, wanted string) bool {
	seen := map[string]bool{}
	var visit func(name string) bool
	visit = func(name string) bool {
		seen[name] = true
		found, next := false, map[string]bool{}
		for _, body := range d[pkg][name] {
			if body == nil {
				continue
			}
			ast.Inspect(body, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					found = found || id.Name == wanted
					next[id.Name] = true
				}
				return true
			})
		}
		if found {
			return true
		}
		for declared := range d[pkg] {
			if last := declared[strings.LastIndex(declared, ".")+1:]; next[last] && !seen[declared] && visit(declared) {
				return true
			}
		}
		return false
	}
	return visit(name)
}

// wayFaults says what is not true of the picture of a way.
func wayFaults(p picture, d declarations) []string {
	var faults []string
	for _, id := range slices.Sorted(maps.Keys(p.names)) {
		if box := p.names[id]; box != "" {
			if _, _, ok := d.step(box); !ok {
				faults = append(faults, box+" is no function, method or type")
			}
		}
	}
	for _, a := range p.arrows {
		pkg, from, known := d.step(p.names[a.from])
		_, to, also := d.step(p.names[a.to])
		if a.dashed || !known || !also {
			continue
		}
		if last := to[strings.LastIndex(to, ".")+1:]; !d.mentions(pkg, from, last) {
			faults = append(faults, fmt.Sprintf("%s does not call %s", p.names[a.from], p.names[a.to]))
		}
	}
	return faults
}

// TestPicturesOfWaysAreTrue holds the other two pictures of docs/architecture.md to the code: each box names something that is
// declared, and the beginning of each arrow that is not dashed calls its end.
func TestPicturesOfWaysAreTrue(t *testing.T) {
	declared := declarationsOf(sources(t))
	for _, heading := range []string{"The way of a page", "The way of a booking"} {
		p := pictureOf(t, heading)
		for _, fault := range wayFaults(p, declared) {
			t.Errorf("docs/architecture.md, %s: %s", heading, fault)
		}
	}
}

var folderRow = regexp.MustCompile("(?m)^\\| (`[^|]+`) \\|")

// TestTableOfFoldersIsWhole holds the table of docs/architecture.md to the packages that there are.
func TestTableOfFoldersIsWhole(t *testing.T) {
	there, listed := map[string]bool{}, map[string]bool{}
	for _, s := range sources(t) {
		there[s.pkg] = true
	}
	for _, row := range folderRow.FindAllStringSubmatch(section(t, "Folders"), -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			pkg := folderOf(strings.Trim(name, "`"))
			if listed[pkg] {
				t.Errorf("docs/architecture.md, Folders: %s has two rows", pkg)
			}
			if listed[pkg] = true; !there[pkg] {
				t.Errorf("docs/architecture.md, Folders: there is no package %s", pkg)
			}
		}
	}
	for pkg := range there {
		if !listed[pkg] {
			t.Errorf("docs/architecture.md, Folders: %s has no row", pkg)
		}
	}
}

// TestDocumentsNameWhatIsThere looks for the files and folders of the project and for the tests that documents name in
// backquotes.
func TestDocumentsNameWhatIsThere(t *testing.T) {
	tests := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test {
				tests[f.Name.Name] = true
			}
		}
	}
	documents, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "README.ru.md", "CONTRIBUTING.md"} {
		documents = append(documents, filepath.Join(root, name))
	}
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, named := range namedFile.FindAllStringSubmatch(string(text), -1) {
			if matches, err := filepath.Glob(filepath.Join(root, named[1])); err != nil || len(matches) == 0 {
				t.Errorf("%s names %s, which is not there", filepath.Base(document), named[1])
			}
		}
		for _, named := range namedTest.FindAllStringSubmatch(string(text), -1) {
			if !tests[named[1]] {
				t.Errorf("%s names %s, which is no test", filepath.Base(document), named[1])
			}
		}
	}
}

// namedFile is a path of the project in backquotes, which may be a pattern. namedTest is a test in backquotes.
var (
	namedFile = regexp.MustCompile("`((?:internal|web|docs|deploy|e2e|bench|locales)/[\\w./*-]*)`")
	namedTest = regexp.MustCompile(`\x60(Test\w+)(?:/\w+)?\x60`)
)

// TestPicturesAreReallyRead tries what reads the pictures on pictures that are wrong.
func TestPicturesAreReallyRead(t *testing.T) {
	read := func(text string) picture {
		t.Helper()
		p, err := parsePicture(text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, text := range []string{"a[b]", "a --> b", "a[\"x\"]\na[\"y\"]", "a[\"x\"] --> b[\"y\"]"} {
		if _, err := parsePicture(text); err == nil {
			t.Errorf("parsePicture(%q) finds no fault", text)
		}
	}
	// main → a → b → c, a → c, and all import the leaf l.
	there := map[string]map[string]bool{
		".": {"a": true}, "a": {"b": true, "c": true, "l": true}, "b": {"c": true, "l": true}, "c": {"l": true}, "l": {}, "test": {"a": true},
	}
	const boxes = "m[\"main.go\"]\na[\"a\"]\nb[\"b<br/>text\"]\nc[\"c\"]\n"
	const leaf = "subgraph x[\"leaves\"]\nl[\"l\"]\nend\n"
	for text, want := range map[string]string{
		boxes + leaf + "m --> a\na --> b\nb --> c":              "",
		boxes + leaf + "m --> a\na --> b & c\nb --> c":          "the arrow from a to c says nothing that the way by b does not",
		boxes + leaf + "m --> a\na --> b":                       "a imports c, and neither an arrow nor a way of arrows leads there; b imports c, and neither an arrow nor a way of arrows leads there",
		boxes + leaf + "m --> a\na --> b\nb --> c\nc --> l":     "an arrow leads from c to the leaf l",
		boxes + leaf + "m --> a\na --> b\nb --> c\nc --> a":     "an arrow leads from c to a, which it does not import",
		boxes + "m --> a\na --> b\nb --> c":                     "l is a package of the program and is not in the picture",
		boxes + leaf + "t[\"test\"]\nm --> a\na --> b\nb --> c": "test is in the picture and is no package of the program",
		boxes[:len(boxes)-len("c[\"c\"]\n")] + "subgraph x[\"leaves\"]\nc[\"c\"]\nend\nl[\"l\"]\nm --> a\na --> b\nb --> l": "c is drawn as a leaf and imports l, which is none",
	} {
		if got := strings.Join(drawingFaults(read(text), there), "; "); got != want {
			t.Errorf("faults of\n%s\n= %q\nwant %q", text, got, want)
		}
	}
	declared := declarationsOf([]source{
		parse(t, "internal/a/a.go", []byte("package a\ntype T[K any] struct{}\nfunc (t *T[K]) Do() { help() }\nfunc help() { b.Work() }\nfunc Idle() {}\n")),
		parse(t, "web/b/b.go", []byte("package b\nfunc Work() {}\n")),
	})
	for text, want := range map[string]string{
		"a[\"a.T.Do<br/>text\"]\nb[\"web/b.Work\"]\na --> b": "",
		"a[\"a.Idle\"]\nb[\"web/b.Work\"]\na --> b":          "a.Idle does not call web/b.Work",
		"a[\"a.Idle\"]\nb[\"web/b.Work\"]\na -.-> b":         "",
		"a[\"a.T.Done\"]\nb([\"nothing\"])\nb --> a":         "a.T.Done is no function, method or type",
		"a[\"a.T\"]\nb[\"c.Work\"]":                          "c.Work is no function, method or type",
	} {
		if got := strings.Join(wayFaults(read(text), declared), "; "); got != want {
			t.Errorf("faults of\n%s\n= %q, want %q", text, got, want)
		}
	}
}
