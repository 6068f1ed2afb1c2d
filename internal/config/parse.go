package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bigkevmcd/go-configparser"
)

// maxLine is the longest line that the INI parser reads whole.
const maxLine = 4000

// parse reads the options of a file. The INI parser forgives what an operator did not mean: keys
// under a repeated section go elsewhere, an indented line joins the one before, a line without a
// sign is dropped. So the lines are checked first.
func parse(text string) (map[name]string, []error) {
	values := map[name]string{}
	if problems := checkLines(text); len(problems) > 0 {
		return values, problems
	}
	// "=" alone divides: with ":" too, the value ":8080" would lose its colon.
	p, err := configparser.ParseReaderWithOptions(strings.NewReader(text+"\n"), configparser.Delimiters("="))
	if err != nil {
		return values, []error{errors.New("cannot be read as an INI file")}
	}
	for _, o := range options {
		if ok, err := p.HasOption(o.section, o.key); err != nil || !ok {
			continue
		}
		// Get, never GetInterpolated: a value stands for itself.
		v, err := p.Get(o.section, o.key)
		if err != nil {
			return values, []error{fmt.Errorf("%v: cannot be read", o.name)}
		}
		values[o.name] = strings.TrimSpace(v)
	}
	return values, nil
}

func checkLines(text string) []error {
	var problems []error
	wrong := func(line int, format string, args ...any) {
		problems = append(problems, fmt.Errorf("line %d: %s", line, fmt.Sprintf(format, args...)))
	}
	if strings.HasPrefix(text, "\ufeff") {
		wrong(1, "begins with a byte order mark; save the file as plain UTF-8")
		return problems
	}
	section := ""
	seen := map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		n := i + 1
		line = strings.TrimSuffix(line, "\r")
		content := strings.TrimSpace(line)
		switch {
		case content == "" || strings.HasPrefix(content, "#") || strings.HasPrefix(content, ";"):
		case len(line) > maxLine:
			wrong(n, "is longer than %d bytes", maxLine)
		case content != line && strings.TrimLeft(line, " \t") != line:
			wrong(n, "is indented, which would make it part of the line before")
		case strings.HasPrefix(content, "["):
			section = strings.TrimSuffix(strings.TrimPrefix(content, "["), "]")
			if !strings.HasSuffix(content, "]") || !knownSection(section) {
				wrong(n, "%q is no section; there are %s", content, strings.Join(sections(), ", "))
				continue
			}
			if at := seen["["+section]; at > 0 {
				wrong(n, "section [%s] is already at line %d", section, at)
			}
			seen["["+section] = n
		default:
			key, _, ok := strings.Cut(content, "=")
			key = strings.TrimSpace(key)
			if !ok {
				wrong(n, "has no =")
				continue
			}
			if !slices.ContainsFunc(options, func(o option) bool { return o.name == name{section, key} }) {
				wrong(n, "%v names no option; see config.example.ini", name{section, key})
				continue
			}
			if at := seen[section+"]"+key]; at > 0 {
				wrong(n, "%v is already at line %d", name{section, key}, at)
			}
			seen[section+"]"+key] = n
		}
	}
	return problems
}

func sections() []string {
	var out []string
	for _, o := range options {
		if s := "[" + o.section + "]"; !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func knownSection(s string) bool { return slices.Contains(sections(), "["+s+"]") }

// Example is the example file: every option with what it is for and its default.
func Example() string {
	var b strings.Builder
	b.WriteString("# Okoshko's configuration, with every option at its default.\n" +
		"# The environment variable OKOSHKO_<SECTION>_<KEY> overrides an option.\n")
	section := ""
	for _, o := range options {
		if o.section != section {
			section = o.section
			fmt.Fprintf(&b, "\n[%s]\n", section)
		}
		if o.doc != "" {
			fmt.Fprintf(&b, "# %s\n", o.doc)
		}
		fmt.Fprintf(&b, "%s\n", strings.TrimSpace(o.key+" = "+o.fallback))
	}
	return b.String()
}
