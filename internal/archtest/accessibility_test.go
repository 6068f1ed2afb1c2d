package archtest

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write docs/accessibility-report.md")

// criterion is one of docs/accessibility-report.yaml.
type criterion struct {
	ID     string   `yaml:"id"`
	Title  string   `yaml:"title"`
	Result string   `yaml:"result"`
	By     []string `yaml:"by"`
	How    string   `yaml:"how"`
	Remark string   `yaml:"remark"`
}

type accessibility struct {
	Assessed string      `yaml:"assessed"`
	WCAG     []criterion `yaml:"wcag"`
	EN       []criterion `yaml:"en"`
}

// Criteria of the levels A and AA of WCAG 2.2 (W3C Recommendation of 5 October 2023), which has dropped 4.1.1.
var criteriaAA = strings.Fields(`1.1.1 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.3.3 1.3.4 1.3.5
	1.4.1 1.4.2 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13
	2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1 2.4.1 2.4.2 2.4.3 2.4.4 2.4.5 2.4.6 2.4.7 2.4.11 2.5.1 2.5.2 2.5.3 2.5.4 2.5.7 2.5.8
	3.1.1 3.1.2 3.2.1 3.2.2 3.2.3 3.2.4 3.2.6 3.3.1 3.3.2 3.3.3 3.3.4 3.3.7 3.3.8 4.1.2 4.1.3`)

// clausesEN are those of EN 301 549 V3.2.1 that are no criteria of WCAG and may concern a page.
var clausesEN = strings.Fields("5.2 5.3 5.4 5.7 5.8 5.9 6 7 9.6 11.7 12.1.1 12.1.2 12.2.2 12.2.3 12.2.4")

// reportFaults says what is wrong with a report.
func reportFaults(a accessibility, p proofs) (out []string) {
	say := func(id, format string, args ...any) { out = append(out, id+": "+fmt.Sprintf(format, args...)) }
	for _, part := range []struct {
		has  []criterion
		want []string
	}{{a.WCAG, criteriaAA}, {a.EN, clausesEN}} {
		var ids []string
		for _, c := range part.has {
			ids = append(ids, c.ID)
			switch c.Result {
			case "supports":
				if len(c.By) == 0 && c.How == "" {
					say(c.ID, "nothing says how it was looked at")
				}
			case "partly", "not applicable":
				if c.Remark == "" {
					say(c.ID, "no remark says why it is %s", c.Result)
				}
			default:
				say(c.ID, "%q is no result", c.Result)
			}
			for _, proof := range c.By {
				if fault := p.fault(proof); fault != "" {
					say(c.ID, "%s: %s", proof, fault)
				}
			}
		}
		if !slices.Equal(ids, part.want) {
			say("report", "it has %v, want %v", ids, part.want)
		}
	}
	return out
}

// render makes the document.
func (a accessibility) render() []byte {
	var b bytes.Buffer
	counts := map[string]int{}
	for _, c := range a.WCAG {
		counts[c.Result]++
	}
	fmt.Fprintf(&b, `# Accessibility report

How far the booking pages meet WCAG 2.2 at the levels A and AA, and what EN 301 549 V3.2.1 asks beside it. Assessed on %s. The makers
of the program assessed it themselves: with tests in a browser, by keyboard, and by looking at the pages. **Nobody has listened with a screen
reader, and no independent body has looked.** Of %d criteria, %d are met, %d in part, and %d do not apply. What it says of a salon's own texts and
pictures is in the salon's hands.

This page is made of [accessibility-report.yaml](accessibility-report.yaml), which a test holds to the tests that it names.
[accessibility.md](accessibility.md) is for whoever changes a page or embeds one. Customers read a shorter statement at
`+"`/b/{form}/accessibility`"+`.

## WCAG 2.2

In EN 301 549, chapter 9, the criteria of WCAG 2.1 have the same numbers behind "9.". The standard does not ask for 2.4.11, 2.5.7, 2.5.8, 3.2.6,
3.3.7 and 3.3.8, which are new in WCAG 2.2.

`, a.Assessed, len(a.WCAG), counts["supports"], counts["partly"], counts["not applicable"])
	table(&b, a.WCAG)
	b.WriteString("\n## EN 301 549 beside WCAG\n\nChapters 8 (hardware), 10 (documents), 13 (relay services) and the rest of 11 (software that is no page) do not apply.\n\n")
	table(&b, a.EN)
	return b.Bytes()
}

func table(b *bytes.Buffer, criteria []criterion) {
	b.WriteString("| Criterion | Result | How it was looked at | Tests | Remarks |\n|---|---|---|---|---|\n")
	for _, c := range criteria {
		tests := make([]string, len(c.By))
		for i, proof := range c.By {
			tests[i] = "`" + strings.Fields(proof)[1] + "`"
			if name := strings.TrimPrefix(proof, strings.Fields(proof)[0]+" "); name != "" {
				tests[i] = "`" + name + "`"
			}
		}
		fmt.Fprintf(b, "| %s %s | %s | %s | %s | %s |\n", c.ID, c.Title, c.Result, c.How, strings.Join(tests, ", "), c.Remark)
	}
}

// TestAccessibilityReportIsTrue holds the report to the criteria, to the tests that it names, and to the document that is made of it.
func TestAccessibilityReportIsTrue(t *testing.T) {
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var report accessibility
	decoder := yaml.NewDecoder(bytes.NewReader(read("docs/accessibility-report.yaml")))
	decoder.KnownFields(true)
	if err := decoder.Decode(&report); err != nil {
		t.Fatal(err)
	}
	p := proofsOf(sources(t), string(read("Makefile")))
	for _, fault := range reportFaults(report, p) {
		t.Errorf("docs/accessibility-report.yaml: %s", fault)
	}
	const document = "docs/accessibility-report.md"
	if *update {
		if err := os.WriteFile(filepath.Join(root, document), report.render(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(read(document), report.render()) {
		t.Errorf("%s is not what its data says: go test ./internal/archtest -run Accessibility -update", document)
	}

	// The faults that the test is there for are found.
	for want, spoil := range map[string]func(*accessibility){
		"report: it has":                 func(a *accessibility) { a.WCAG = a.WCAG[1:] },
		"1.1.1: \"fine\" is no result":   func(a *accessibility) { a.WCAG[0].Result = "fine" },
		"1.1.1: no remark says why":      func(a *accessibility) { a.WCAG[0].Remark = "" },
		"1.3.2: nothing says how":        func(a *accessibility) { a.WCAG[7].By, a.WCAG[7].How = nil, "" },
		"1.1.1: e2e TestGone: there is ": func(a *accessibility) { a.WCAG[0].By = []string{"e2e TestGone"} },
	} {
		bad := accessibility{WCAG: slices.Clone(report.WCAG), EN: report.EN}
		spoil(&bad)
		if faults := reportFaults(bad, p); !slices.ContainsFunc(faults, func(f string) bool { return strings.HasPrefix(f, want) }) {
			t.Errorf("the faults are %q, want %q among them", faults, want)
		}
	}
}
