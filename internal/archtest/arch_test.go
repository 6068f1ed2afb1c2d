// Package archtest holds the rules that keep the folders what they say they are.
package archtest

import (
	"bytes"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "okoshko"
)

// source is a Go file of the project.
type source struct {
	pkg     string // its folder, from the root
	path    string
	test    bool
	build   string // the line that says when it is built; "" = always
	file    *ast.File
	imports []string
}

// walk calls see with every file of the project but those in hidden folders, of which .ci is ours.
func walk(t *testing.T, see func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			hidden := strings.HasPrefix(d.Name(), ".") && path != root && d.Name() != ".ci"
			if hidden || d.Name() == "node_modules" {
				return filepath.SkipDir
			}
		case d.Type().IsRegular():
			see(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sources are all Go files, whatever their build tags.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	walk(t, func(path string) {
		if filepath.Ext(path) != ".go" {
			return
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, parse(t, filepath.ToSlash(rel), text))
	})
	return out
}

func parse(t *testing.T, name string, text []byte) source {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	s := source{pkg: path.Dir(name), path: name, test: strings.HasSuffix(name, "_test.go"), file: file}
	for line := range strings.Lines(string(text[:file.Package-1])) {
		if constraint.IsGoBuild(line) {
			s.build = strings.TrimSpace(line)
		}
	}
	for _, i := range file.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		s.imports = append(s.imports, imported)
	}
	return s
}

// within says whether an import path lies in a module or folder.
func within(imported, folder string) bool {
	return imported == folder || strings.HasPrefix(imported, folder+"/")
}

// standard says whether an import is of the standard library: its first part has no dot.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".") && first != module
}

func TestEveryPackageIsListed(t *testing.T) {
	listed, seen := ours(), map[string]bool{}
	for _, s := range sources(t) {
		seen[s.pkg] = true
		if _, ok := listed[s.pkg]; !ok {
			t.Errorf("%s: package %s is not listed", s.path, s.pkg)
		}
	}
	for pkg, allowed := range listed {
		for _, named := range append([]string{pkg}, allowed...) {
			if !seen[named] && named != anything {
				t.Errorf("package %s is listed and does not exist", named)
			}
		}
	}
	for _, rules := range []map[string][]string{foreign(), reserved()} {
		for what, pkgs := range rules {
			for _, pkg := range pkgs {
				if !seen[pkg] {
					t.Errorf("package %s is named with %s and does not exist", pkg, what)
				}
			}
		}
	}
}

func TestImportsPointTheRightWay(t *testing.T) {
	allowed, modules, libraries := ours(), foreign(), pure()
	for _, s := range sources(t) {
		if s.test && !s.browses() {
			continue
		}
		for _, imported := range s.imports {
			if standard(imported) {
				if list, ok := libraries[s.pkg]; ok && !slices.Contains(list, imported) {
					t.Errorf("%s: %s is pure and may not import %s", s.path, s.pkg, imported)
				}
				continue
			}
			if within(imported, module) {
				own := strings.TrimPrefix(imported, module+"/")
				if list := allowed[s.pkg]; !slices.Contains(list, own) && !slices.Contains(list, anything) {
					t.Errorf("%s: %s may not import %s", s.path, s.pkg, own)
				}
				continue
			}
			if !mayUse(modules, s.pkg, imported) {
				t.Errorf("%s: %s may not import %s", s.path, s.pkg, imported)
			}
		}
	}
}

// TestTheRulesAllowNothingUnused: a new dependency must be a line in the diff of the rules, which an allowance left over would hide.
func TestTheRulesAllowNothingUnused(t *testing.T) {
	used := map[string][]string{}
	for _, s := range sources(t) {
		if !s.test || s.browses() {
			used[s.pkg] = append(used[s.pkg], s.imports...)
		}
	}
	for pkg, allowed := range ours() {
		for _, other := range allowed {
			if other != anything && !slices.Contains(used[pkg], module+"/"+other) {
				t.Errorf("%s may import %s and does not", pkg, other)
			}
		}
	}
	for m, pkgs := range foreign() {
		for _, pkg := range pkgs {
			if !slices.ContainsFunc(used[pkg], func(imported string) bool { return within(imported, m) }) {
				t.Errorf("%s may use %s and does not", pkg, m)
			}
		}
	}
	for pkg, libraries := range pure() {
		for _, library := range libraries {
			if !slices.Contains(used[pkg], library) {
				t.Errorf("%s may use %s and does not", pkg, library)
			}
		}
	}
}

func mayUse(modules map[string][]string, pkg, imported string) bool {
	for m, pkgs := range modules {
		if within(imported, m) && slices.Contains(pkgs, pkg) {
			return true
		}
	}
	return false
}

// TestPurePackagesReachNothing asks the go command what the pure packages end up with, since an
// innocent import may bring in what a direct one may not.
func TestPurePackagesReachNothing(t *testing.T) {
	libraries := pure()
	for pkg := range libraries {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "./"+pkg)
		list.Dir = root
		out, err := list.Output()
		if err != nil {
			t.Fatalf("go list -deps ./%s: %v", pkg, err)
		}
		for imported := range strings.FieldsSeq(string(out)) {
			_, alsoPure := libraries[strings.TrimPrefix(imported, module+"/")]
			if !standard(imported) && !alsoPure || imported == "net/http" || imported == "os/exec" {
				t.Errorf("%s reaches %s", pkg, imported)
			}
		}
	}
}

func TestReservedNamesStayWhereTheyBelong(t *testing.T) {
	rules := reserved()
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, name := range s.names() {
			if pkgs, ok := rules[name]; ok && !slices.Contains(pkgs, s.pkg) {
				t.Errorf("%s: %s may not use %s", s.path, s.pkg, name)
			}
		}
	}
}

// majorVersion ends the import path of a module and is not the name of its package.
var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// names are the exported names of other packages that a file uses, as "import path.Name".
func (s source) names() []string {
	local := map[string]string{} // name in the file to import path
	for i, spec := range s.file.Imports {
		name := path.Base(s.imports[i])
		if majorVersion.MatchString(name) {
			name = path.Base(path.Dir(s.imports[i]))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		local[name] = s.imports[i]
	}
	var out []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := selector.X.(*ast.Ident); ok && local[x.Name] != "" {
				out = append(out, local[x.Name]+"."+selector.Sel.Name)
			}
		}
		return true
	})
	return out
}

// TestNoTestSleeps lets tests sleep only inside synctest, whose clock is not the wall's, and in the
// browser, whose is. No test spins for something that may never come.
func TestNoTestSleeps(t *testing.T) {
	for _, s := range sources(t) {
		if s.test && !s.browses() && sleeps(s.file) {
			t.Errorf("%s sleeps outside synctest, or spins; hand in a clock, or wait by testclock.Until", s.path)
		}
	}
}

func sleeps(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if isCall(call, "synctest", "Test") {
			return false
		}
		found = found || isCall(call, "time", "Sleep") || isCall(call, "runtime", "Gosched")
		return true
	})
	return found
}

func isCall(call *ast.CallExpr, pkg, name string) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := selector.X.(*ast.Ident)
	return ok && x.Name == pkg && selector.Sel.Name == name
}

// TestBrowserTestsPressByPointer: a click that is sent to an element reaches it even where no customer could, such as
// behind another one. One file has the helpers that look first what is at the place.
func TestBrowserTestsPressByPointer(t *testing.T) {
	for _, s := range sources(t) {
		if !s.browses() {
			continue
		}
		for _, press := range s.presses() {
			if s.path != "e2e/pointer_test.go" || !strings.HasPrefix(press, "chromedp.Mouse") {
				t.Errorf("%s: %s presses without looking what is there; use press, click or pointAt", s.path, press)
			}
		}
	}
}

// browses says whether a file is of the tests in browsers, which stand in packages that hold nothing else.
func (s source) browses() bool { return within(s.pkg, "e2e") }

// presses are the calls of a file that press something, in Go or in a script within it.
func (s source) presses() []string {
	var out []string
	for _, name := range s.names() {
		if call, ok := strings.CutPrefix(name, "github.com/chromedp/chromedp."); ok && pressing.MatchString(call) {
			out = append(out, "chromedp."+call)
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
			out = append(out, scripted.FindAllString(text.Value, -1)...)
		}
		return true
	})
	return out
}

var (
	pressing = regexp.MustCompile(`^(Click|DoubleClick|Tap|TapXY|Submit|Drag.*|Mouse(Click.*|Event))$`)
	scripted = regexp.MustCompile(`\.(click|submit|requestSubmit)\(`)
)

// TestOnePackageSpellsPaths: the widget's addresses are a contract, so internal/urls alone knows how they are written. Tests
// hold the contract and spell it. What templates say stands in the Go files made of them.
func TestOnePackageSpellsPaths(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.pkg == "internal/urls" {
			continue
		}
		for _, text := range s.texts(widgetPath) {
			t.Errorf("%s spells %q, a path of the widget; take it from internal/urls", s.path, text)
		}
	}
}

// TestOnePackageWritesPolicies: a content security policy is no text to be joined or cut. Tests hold the bytes that are sent.
func TestOnePackageWritesPolicies(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.pkg == "internal/csp" {
			continue
		}
		for _, text := range s.texts(policyText) {
			t.Errorf("%s writes %q, a part of a policy; take it from internal/csp", s.path, text)
		}
	}
}

// policyText is a part of a content security policy.
var policyText = regexp.MustCompile(`(?:^|[\s;])(?:'(?:none|self|unsafe-\w+|strict-dynamic|sha256-|nonce-)|(?:[a-z]+-src(?:-elem)?|frame-ancestors|base-uri|form-action)(?:$|[\s;]+['*]))`)

// widgetPath is a path of the widget, whole or its beginning, also within a longer text.
var widgetPath = regexp.MustCompile(`(?:^|[^\w.]|%[a-z])(?:/(?:b|r|me|static|embed)(?:[/?#"'\s]|$)|/robots\.txt|/showcase\b)`)

// texts are the texts of a file that match an expression.
func (s source) texts(expression *regexp.Regexp) []string {
	var out []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		if _, ok := n.(*ast.ImportSpec); ok {
			return false
		}
		if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
			if plain, err := strconv.Unquote(text.Value); err == nil && expression.MatchString(plain) {
				out = append(out, plain)
			}
		}
		return true
	})
	return out
}

// TestNothingPointsOutsideTheProject looks at every file, not only at code.
func TestNothingPointsOutsideTheProject(t *testing.T) {
	outside := []byte("../" + "shared")
	walk(t, func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, outside) {
			t.Errorf("%s points outside the project", path)
		}
	})
}

// TestTheRulesBite tries the rules' own tools on files that break them.
func TestTheRulesBite(t *testing.T) {
	file := func(text string) source { return parse(t, "a/a.go", []byte(text)) }
	if got := file("package a\nimport web \"net/http\"\nvar c = web.DefaultClient\n").names(); !slices.Equal(got, []string{"net/http.DefaultClient"}) {
		t.Errorf("names = %v, want the client under its real name", got)
	}
	if got := file("package a\nimport \"github.com/gofiber/fiber/v2\"\nvar c = fiber.AcquireAgent()\n").names(); !slices.Equal(got, []string{"github.com/gofiber/fiber/v2.AcquireAgent"}) {
		t.Errorf("names = %v, want the agent of a module with its version", got)
	}
	for text, want := range map[string]bool{
		"func f() { time.Sleep(1) }":                                                         true,
		"func f() { go func() { time.Sleep(1) }() }":                                         true,
		"func f() { synctest.Test(t, func(t *testing.T) { time.Sleep(1) }) }":                false,
		"func f() { synctest.Test(t, func(t *testing.T) { time.Sleep(1) }); time.Sleep(1) }": true,
		"func f() { for x { runtime.Gosched() } }":                                           true,
		"func f() { time.Since(x) }":                                                         false,
	} {
		if got := sleeps(file("package a\n" + text + "\n").file); got != want {
			t.Errorf("sleeps(%q) = %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]bool{
		`"/b/"`: true, `"/b/1?lang=ru"`: true, `"Disallow: /r/\n"`: true, `"/me"`: true, "`<a href=\"/me/1\">`": true, `"/static/" + hash`: true,
		`"%s/b/%d"`: true, `"/branches/1"`: false, `"/healthz"`: false, `"text/r/x"`: false, `"/members"`: false,
	} {
		if got := file("package a\nvar a = " + text + "\n").texts(widgetPath); (len(got) > 0) != want {
			t.Errorf("paths in %s: %q, want one: %v", text, got, want)
		}
	}
	for text, want := range map[string]bool{
		`"default-src 'none'"`: true, `"frame-ancestors"`: true, `"; img-src *"`: true, `"'self' data:"`: true, `"'sha256-" + sum`: true,
		`"add %s to script-src."`: false, `"it's self-service"`: false, `"image-source"`: false,
	} {
		if got := file("package a\nvar a = " + text + "\n").texts(policyText); (len(got) > 0) != want {
			t.Errorf("policies in %s: %q, want one: %v", text, got, want)
		}
	}
	const library = "package e2e\nimport \"github.com/chromedp/chromedp\"\n"
	for text, want := range map[string]string{
		"var a = chromedp.Click(x)":                 "chromedp.Click",
		"var a = chromedp.MouseClickXY(1, 2)":       "chromedp.MouseClickXY",
		"var a = chromedp.Navigate(x) + b.click(x)": "",
		"var a = `document.body?.click()`":          ".click(",
		"var a = \"form.requestSubmit()\"":          ".requestSubmit(",
		"var a = \"a click\"":                       "",
	} {
		if got := strings.Join(file(library+text+"\n").presses(), " "); got != want {
			t.Errorf("presses(%s) = %q, want %q", text, got, want)
		}
	}
	if !mayUse(foreign(), "internal/server", "github.com/gofiber/fiber/v2/utils") || mayUse(foreign(), "internal/flow", "github.com/gofiber/fiber/v2") ||
		mayUse(foreign(), "internal/server", "github.com/gofiber/fiber/v20") {
		t.Error("mayUse does not tell modules apart")
	}
	for imported, want := range map[string]bool{"net/http": true, "golang.org/x/text": false, module + "/internal/flow": false, module: false} {
		if got := standard(imported); got != want {
			t.Errorf("standard(%q) = %v, want %v", imported, got, want)
		}
	}
}
