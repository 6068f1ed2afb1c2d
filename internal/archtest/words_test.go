package archtest

import (
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// gone is a word that the code does not use any more.
type gone struct {
	word  string // in lower case: any word of a name; with a capital: the whole name
	where string // folder, with the folders below it; "." = everywhere
}

var goneRow = regexp.MustCompile("^\\| `([A-Za-z]+)` \\| (.+) \\| .+ \\|$")

// goneWords reads the last table of the glossary.
func goneWords(t *testing.T) []gone {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs", "glossary.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "\n## Words that are gone\n")
	if !found {
		t.Fatal("docs/glossary.md has no words that are gone")
	}
	var out []gone
	for line := range strings.Lines(table) {
		row := goneRow.FindStringSubmatch(strings.TrimSpace(line))
		if row == nil {
			continue
		}
		for folder := range strings.SplitSeq(row[2], ", ") {
			folder = strings.Trim(folder, "`")
			if _, err := os.Stat(filepath.Join(root, folder)); err != nil {
				t.Errorf("docs/glossary.md: %s is gone in %s, which is not there", row[1], folder)
			}
			out = append(out, gone{row[1], folder})
		}
	}
	return out
}

// wordsOf splits a name: "visitPage" and "visit_page" are "visit" and "page", "IDs" is "ids".
func wordsOf(name string) []string {
	var out []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
		}
		word = nil
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r):
			end()
			continue
		case unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(runes[i-1]) || i+2 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsLower(runes[i+2])):
			end()
		}
		word = append(word, r)
	}
	end()
	return out
}

// names says whether a name is, or holds, the word.
func (g gone) names(name string) bool {
	if unicode.IsUpper(rune(g.word[0])) {
		return name == g.word
	}
	return slices.Contains(wordsOf(name), g.word)
}

// in says whether the word is gone in a folder.
func (g gone) in(folder string) bool {
	return g.where == "." || folder == g.where || strings.HasPrefix(folder, g.where+"/")
}

// declared are the names that a file declares. The names of tests are left out: they are sentences.
func declared(file *ast.File) []*ast.Ident {
	var out []*ast.Ident
	add := func(exprs ...ast.Expr) {
		for _, e := range exprs {
			if id, ok := e.(*ast.Ident); ok {
				out = append(out, id)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if !strings.HasPrefix(n.Name.Name, "Test") && !strings.HasPrefix(n.Name.Name, "Fuzz") && !strings.HasPrefix(n.Name.Name, "Benchmark") {
				add(n.Name)
			}
		case *ast.TypeSpec:
			add(n.Name)
		case *ast.ValueSpec:
			out = append(out, n.Names...)
		case *ast.Field:
			out = append(out, n.Names...)
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				add(n.Lhs...)
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				add(n.Key, n.Value)
			}
		}
		return true
	})
	return out
}

// TestWordsThatAreGone reads every Go file of the repository, tests too, and holds it to the last table of
// docs/glossary.md.
func TestWordsThatAreGone(t *testing.T) {
	words := goneWords(t)
	if len(words) == 0 {
		t.Fatal("no word is gone")
	}
	for _, file := range sources(t) {
		here := slices.DeleteFunc(slices.Clone(words), func(g gone) bool { return !g.in(file.pkg) })
		if len(here) == 0 || strings.HasSuffix(file.path, "_templ.go") {
			continue
		}
		base := strings.TrimSuffix(strings.TrimSuffix(path.Base(file.path), ".go"), "_test")
		names := []string{base}
		for _, id := range declared(file.file) {
			names = append(names, id.Name)
		}
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			for _, g := range here {
				if g.names(name) {
					t.Errorf("%s: %s holds %q, which is gone (docs/glossary.md)", file.path, name, g.word)
				}
			}
		}
	}
}

// TestWordsOf: a word is found however a name is written, and is not found inside another word.
func TestWordsOf(t *testing.T) {
	for name, want := range map[string]string{
		"visit": "visit", "visitPage": "visit page", "VisitPage": "visit page", "own_visits": "own visits", "IDs": "ids", "HTMLForm": "html form",
		"formURL": "form url", "unknown": "unknown", "r2": "r",
	} {
		if got := strings.Join(wordsOf(name), " "); got != want {
			t.Errorf("wordsOf(%q) = %q, want %q", name, got, want)
		}
	}
	word, whole := gone{word: "own"}, gone{word: "Event"}
	for name, want := range map[string]bool{"openOwn": true, "own": true, "owner": false, "unknown": false, "Event": false} {
		if word.names(name) != want {
			t.Errorf("own in %q: %v, want %v", name, !want, want)
		}
	}
	for name, want := range map[string]bool{"Event": true, "event": false, "GroupEvent": false, "Events": false} {
		if whole.names(name) != want {
			t.Errorf("Event in %q: %v, want %v", name, !want, want)
		}
	}
}
