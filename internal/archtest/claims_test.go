package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// claim is a promise of docs/claims.yaml.
type claim struct {
	ID     string   `yaml:"id"`
	Says   string   `yaml:"says"`
	Quotes string   `yaml:"quotes"` // where README.md makes the promise, in its own words
	By     []string `yaml:"by"`     // what proves it
	But    string   `yaml:"but"`    // what of it is not so, or not proven
	Not    string   `yaml:"not"`    // why nothing proves it
}

// proofs are what a claim may name.
type proofs struct {
	tests   map[string]*ast.BlockStmt  // the body of each test and fuzz target, by "package TestName"
	cases   map[string]map[string]bool // names of cases, by "package TestName": those that are registered, and all texts in its body
	asleep  map[string]bool            // "package TestName" and "package TestName/case" that skip themselves always, or do nothing
	targets map[string]bool            // of the Makefile
}

// claimSeries are the numbered claims: each has all numbers from 1 to its last one.
var claimSeries = map[string]int{"R": 24, "S": 38, "A": 8}

// measuring are the targets that measure something. They alone prove a claim; beside others a test is wanted, which
// `make test` runs.
var measuring = []string{"bench", "cluster", "embed", "lighthouse", "presses", "quiet", "release-twice", "rush", "weigh"}

var (
	claimID  = regexp.MustCompile(`^(R|S|A|README)-([0-9]+)$`)
	testName = regexp.MustCompile(`^(Test|Fuzz)[A-Z]\w*$`)
	target   = regexp.MustCompile(`(?m)^([a-z0-9-]+):`)
	boldLead = regexp.MustCompile(`(?m)^- \*\*[^*]+\*\*(?:.*\n)(?:  .*\n)*`)
)

// oneLine is a text without its line breaks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// proofsOf finds the tests of some files, with their registered cases, and the targets of a Makefile.
func proofsOf(all []source, makefile string) proofs {
	p := proofs{tests: map[string]*ast.BlockStmt{}, cases: map[string]map[string]bool{}, asleep: map[string]bool{}, targets: map[string]bool{}}
	for _, m := range target.FindAllStringSubmatch(makefile, -1) {
		p.targets[m[1]] = true
	}
	functions := map[string]*ast.BlockStmt{}
	for _, s := range all {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !s.test || !s.runs() || f.Recv != nil {
				continue
			}
			functions[s.pkg+" "+f.Name.Name] = f.Body
			if testName.MatchString(f.Name.Name) && f.Name.Name != "TestMain" {
				p.tests[s.pkg+" "+f.Name.Name] = f.Body
			}
		}
	}
	for name, body := range p.tests {
		p.cases[name] = literals(body)
		p.asleep[name] = isAsleep(body)
	}
	for _, s := range all {
		if !s.test || !s.runs() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			register, ok := call.Fun.(*ast.Ident)
			name, text := call.Args[0].(*ast.BasicLit)
			if !ok || !text || !strings.HasPrefix(register.Name, "add") {
				return true
			}
			test := s.pkg + " Test" + strings.TrimPrefix(register.Name, "add")
			if p.cases[test] == nil {
				return true
			}
			called, err := strconv.Unquote(name.Value)
			if err != nil {
				return true
			}
			p.cases[test][called] = true
			switch f := call.Args[1].(type) {
			case *ast.FuncLit:
				p.asleep[test+"/"+called] = isAsleep(f.Body)
			case *ast.Ident:
				p.asleep[test+"/"+called] = functions[s.pkg+" "+f.Name] == nil || isAsleep(functions[s.pkg+" "+f.Name])
			}
			return true
		})
	}
	return p
}

// runs says whether `make test` builds a file: on Linux, and with the tag e2e where the browser tests are.
func (s source) runs() bool {
	if s.build == "" {
		return true
	}
	wanted, err := constraint.Parse(s.build)
	return err == nil && wanted.Eval(func(tag string) bool { return tag == "linux" || tag == "unix" || tag == "e2e" && s.browses() })
}

// literals are the texts that stand in a function.
func literals(body *ast.BlockStmt) map[string]bool {
	out := map[string]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				out[text] = true
			}
		}
		return true
	})
	return out
}

// isAsleep says whether a test skips itself whatever happens, or does nothing at all.
func isAsleep(body *ast.BlockStmt) bool {
	for _, statement := range body.List {
		expression, ok := statement.(*ast.ExprStmt)
		if !ok {
			continue
		}
		if call, ok := expression.X.(*ast.CallExpr); ok {
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, f.Sel.Name) {
				return true
			}
		}
	}
	return len(body.List) == 0
}

// fault says what is wrong with a proof; "" when it is there and runs.
func (p proofs) fault(proof string) string {
	in, what, ok := strings.Cut(proof, " ")
	if ok && in == "make" {
		if !p.targets[what] {
			return "the Makefile has no target " + what
		}
		return ""
	}
	name, called, isCase := strings.Cut(what, "/")
	test := in + " " + name
	switch {
	case !ok || !testName.MatchString(name):
		return "is neither \"package TestName\" nor \"make target\""
	case p.tests[test] == nil:
		return "there is no such test"
	case isCase && !p.cases[test][called]:
		return "the test has no such case"
	case p.asleep[test] || isCase && p.asleep[test+"/"+called]:
		return "the test never does anything"
	}
	return ""
}

// claimFaults are what is wrong with the claims, beside a README and what there is to prove them.
func claimFaults(claims []claim, p proofs, readme string) []string {
	var out []string
	say := func(id, format string, args ...any) { out = append(out, id+": "+fmt.Sprintf(format, args...)) }
	numbers, promised := map[string][]int{}, oneLine(readme)
	seen := map[string]bool{}
	for _, c := range claims {
		m := claimID.FindStringSubmatch(c.ID)
		if m == nil {
			say(c.ID, "is no id")
			continue
		}
		if seen[c.ID] {
			say(c.ID, "stands there twice")
		}
		seen[c.ID] = true
		n, err := strconv.Atoi(m[2])
		if err != nil {
			say(c.ID, "is no id")
		}
		numbers[m[1]] = append(numbers[m[1]], n)
		if !strings.HasSuffix(c.Says, ".") {
			say(c.ID, "says no sentence")
		}
		if (len(c.By) == 0) == (c.Not == "") {
			say(c.ID, "has no proof and does not say why, or both")
		}
		if c.Not != "" && c.But != "" {
			say(c.ID, "has both \"but\" and \"not\"")
		}
		if quoted := c.Quotes != ""; quoted != (m[1] == "README") {
			say(c.ID, "claims of README.md quote it, and no others do")
		} else if quoted && !strings.Contains(promised, oneLine(c.Quotes)) {
			say(c.ID, "README.md does not say %q", c.Quotes)
		}
		tested := len(c.By) == 0
		for _, proof := range c.By {
			if fault := p.fault(proof); fault != "" {
				say(c.ID, "%s: %s", proof, fault)
			}
			command, isMake := strings.CutPrefix(proof, "make ")
			tested = tested || !isMake || slices.Contains(measuring, command)
		}
		if !tested {
			say(c.ID, "no test proves it and nothing measures it")
		}
		for i, proof := range c.By {
			if slices.Contains(c.By[:i], proof) {
				say(c.ID, "%s stands there twice", proof)
			}
		}
	}
	for _, series := range slices.Sorted(maps.Keys(numbers)) {
		slices.Sort(numbers[series])
	}
	for series, last := range claimSeries {
		for n := range last {
			if !slices.Contains(numbers[series], n+1) {
				say(fmt.Sprintf("%s-%02d", series, n+1), "is missing")
			}
		}
		if has := numbers[series]; len(has) > 0 && has[len(has)-1] > last {
			say(series, "has %d numbers, want %d", has[len(has)-1], last)
		}
	}
	for i, n := range numbers["README"] {
		if n != i+1 {
			say(fmt.Sprintf("README-%d", i+1), "is missing")
			break
		}
	}
	for _, bullet := range boldLead.FindAllString(readme, -1) {
		if !slices.ContainsFunc(claims, func(c claim) bool { return c.Quotes != "" && strings.Contains(oneLine(bullet), oneLine(c.Quotes)) }) {
			say("README.md", "no claim quotes %q", oneLine(bullet))
		}
	}
	slices.Sort(out)
	return out
}

func parseClaims(text []byte) (claims []claim, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	err = decoder.Decode(&claims)
	return claims, err
}

// TestEveryClaimHasALivingProof holds docs/claims.yaml to the tests, to the Makefile and to README.md.
func TestEveryClaimHasALivingProof(t *testing.T) {
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	claims, err := parseClaims(read("docs/claims.yaml"))
	if err != nil {
		t.Fatalf("docs/claims.yaml: %v", err)
	}
	for _, fault := range claimFaults(claims, proofsOf(sources(t), string(read("Makefile"))), string(read("README.md"))) {
		t.Errorf("docs/claims.yaml: %s", fault)
	}
}

// TestFaultsOfClaimsAreFound breaks good claims in every way that the test above is there for.
func TestFaultsOfClaimsAreFound(t *testing.T) {
	p := proofsOf([]source{
		parse(t, "a/a_test.go", []byte(`package a
func TestGood(t *testing.T) { t.Parallel(); f() }
func TestSometimes(t *testing.T) { if testing.Short() { t.Skip("long") }; f() }
func TestNever(t *testing.T) { t.Parallel(); t.Skip("some day"); f() }
func TestEmpty(t *testing.T) {}
func TestTable(t *testing.T) { for _, name := range []string{"one case"} { t.Run(name, f) } }
func FuzzGood(f *testing.F) { f.Add(1) }
func TestMain(m *testing.M) { m.Run() }
func (x x) TestOfAType(t *testing.T) { f() }
func Testify(t *testing.T) { f() }
func BenchmarkGood(b *testing.B) { f() }
func TestDoor(t *testing.T) { g() }
func knock(t *testing.T) { f() }
var _ = addDoor("1 knocks", func(t *testing.T) { f() })
var _ = addDoor("2 by name", knock)
var _ = addDoor("3 skips", func(t *testing.T) { t.SkipNow() })
var _ = addWindow("1 of no test", func(t *testing.T) { f() })
`)),
		parse(t, "a/a.go", []byte("package a\nfunc TestInNoTestFile(t *testing.T) { f() }\n")),
		parse(t, "a/old_test.go", []byte("//go:build windows\n\npackage a\nfunc TestElsewhere(t *testing.T) { f() }\n")),
		parse(t, "a/browser_test.go", []byte("//go:build e2e\n\npackage a\nfunc TestNotAsked(t *testing.T) { f() }\n")),
		parse(t, "e2e/browser_test.go", []byte("//go:build e2e\n\npackage e2e\nfunc TestBrowser(t *testing.T) { f() }\n")),
	}, ".PHONY: weigh\nweigh: setup ## weigh\n\tgo test\nlint:\n\tgolangci-lint\n")
	for proof, want := range map[string]string{
		"a TestGood": "", "a FuzzGood": "", "a TestSometimes": "", "a TestTable/one case": "", "a TestDoor/1 knocks": "", "a TestDoor/2 by name": "", "e2e TestBrowser": "",
		"make weigh": "", "make lint": "", "make nothing": "no target", "make PHONY": "no target",
		"a TestGone": "no such test", "b TestGood": "no such test", "a TestMain": "no such test", "a TestOfAType": "no such test", "a TestInNoTestFile": "no such test",
		"a TestElsewhere": "no such test", "a TestNotAsked": "no such test",
		"a TestTable/another": "no such case", "a TestDoor/1 of no test": "no such case", "a TestDoor/4": "no such case",
		"a TestNever": "never does anything", "a TestEmpty": "never does anything", "a TestDoor/3 skips": "never does anything",
		"TestGood": "is neither", "a Testify": "is neither", "a BenchmarkGood": "is neither", "go vet": "is neither", "": "is neither",
	} {
		if got := p.fault(proof); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("fault(%q) = %q, want %q", proof, got, want)
		}
	}

	readme := "# X\n\n- **Small**: one page,\n  no more.\n- **Quick**: at once.\n\n- plain: a list\n\nIt is good.\n"
	good := func() []claim {
		var out []claim
		for series, last := range claimSeries {
			for n := range last {
				out = append(out, claim{ID: fmt.Sprintf("%s-%02d", series, n+1), Says: "It is so.", By: []string{"a TestGood"}})
			}
		}
		slices.SortFunc(out, func(a, b claim) int { return strings.Compare(a.ID, b.ID) }) // begins with
		return append(out,
			claim{ID: "README-1", Says: "It is small.", Quotes: "one page, no more", By: []string{"a TestGood"}},
			claim{ID: "README-2", Says: "It is quick.", Quotes: "**Quick**: at once.", By: []string{"make weigh"}},
			claim{ID: "README-3", Says: "It is good.", Quotes: "It is good.", Not: "Who is to say?"})
	}
	if faults := claimFaults(good(), p, readme); len(faults) > 0 {
		t.Fatalf("good claims have the faults %q", faults)
	}
	for want, spoil := range map[string]func([]claim) []claim{
		"A-01: has no proof and does not say why":         func(c []claim) []claim { c[0].By = nil; return c },
		"A-01: has no proof and does not say why, or":     func(c []claim) []claim { c[0].Not = "No reason."; return c },
		"README-3: has both":                              func(c []claim) []claim { c[len(c)-1].But = "Sometimes."; return c },
		"A-01: a TestGone: there is no such test":         func(c []claim) []claim { c[0].By = append(c[0].By, "a TestGone"); return c },
		"A-01: a TestNever: the test never":               func(c []claim) []claim { c[0].By[0] = "a TestNever"; return c },
		"A-01: make nothing: the Makefile has no":         func(c []claim) []claim { c[0].By = append(c[0].By, "make nothing"); return c },
		"A-01: no test proves it":                         func(c []claim) []claim { c[0].By[0] = "make lint"; return c },
		"A-01: a TestGood stands there twice":             func(c []claim) []claim { c[0].By = append(c[0].By, "a TestGood"); return c },
		"A-01: says no sentence":                          func(c []claim) []claim { c[0].Says = ""; return c },
		"A-01: claims of README.md quote it":              func(c []claim) []claim { c[0].Quotes = "It is good."; return c },
		"A-01: stands there twice":                        func(c []claim) []claim { return append(c, c[0]) },
		"A-01: is missing":                                func(c []claim) []claim { return c[1:] },
		"S-38: is missing":                                func(c []claim) []claim { return slices.DeleteFunc(c, func(c claim) bool { return c.ID == "S-38" }) },
		"A: has 9 numbers, want 8":                        func(c []claim) []claim { return append(c, claim{ID: "A-09", Says: "New.", By: c[0].By}) },
		"X-1: is no id":                                   func(c []claim) []claim { return append(c, claim{ID: "X-1"}) },
		"README-2: is missing":                            func(c []claim) []claim { c[len(c)-2].ID = "README-4"; return c },
		"README-3: README.md does not say \"It is bad.\"": func(c []claim) []claim { c[len(c)-1].Quotes = "It is bad."; return c },
		"README-3: claims of README.md quote it":          func(c []claim) []claim { c[len(c)-1].Quotes = ""; return c },
		"README.md: no claim quotes \"- **Quick**":        func(c []claim) []claim { c[len(c)-2].Quotes = "It is good."; return c },
	} {
		if faults := claimFaults(spoil(good()), p, readme); !slices.ContainsFunc(faults, func(f string) bool { return strings.HasPrefix(f, want) }) {
			t.Errorf("the faults are %q, want %q among them", faults, want)
		}
	}
	for _, text := range []string{"- id: R-01\n  sais: x\n", "id: R-01\n", "- id: [R-01]\n"} {
		if claims, err := parseClaims([]byte(text)); err == nil {
			t.Errorf("%q is read as %+v", text, claims)
		}
	}
}
