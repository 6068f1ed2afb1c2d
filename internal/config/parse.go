package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bigkevmcd/go-configparser"
)

// maxLine is the longest line, in bytes, that the INI parser reads whole. It takes the rest of a longer line for a line of its
// own.
const maxLine = 4000

// value is the value of an option, and where it comes from.
type value struct {
	text string
	from string // a file or a variable; "" = the default
}

// parse reads the options of a file. The INI parser accepts mistakes: keys below a repeated section go to another place, an
// indented line joins the line before it, a line without a sign is dropped. So every line is checked first, and the parser gets only
// the lines that are right. spoilt are the options that lines with a mistake name: their values are not known.
func parse(text string, options []option) (values map[name]string, spoilt map[name]bool, problems []error) {
	c, problems := checkLines(text, options)
	// "=" alone divides: with ":" too, the value ":8080" would lose its colon.
	p, err := configparser.ParseReaderWithOptions(strings.NewReader(c.rightLines()), configparser.Delimiters("="))
	if err != nil {
		return nil, c.spoilt, append(problems, errors.New("cannot be read as an INI file"))
	}
	values = map[name]string{}
	for _, o := range options {
		if ok, err := p.HasOption(o.section, o.key); err != nil || !ok {
			continue
		}
		// Get, never GetInterpolated: a value stands for itself.
		v, err := p.Get(o.section, o.key)
		if err != nil {
			problems = append(problems, fmt.Errorf("%v cannot be read", o.name))
			continue
		}
		values[o.name] = strings.TrimSpace(v)
	}
	return values, c.spoilt, problems
}

// checkLines says what is wrong with a file, line by line.
func checkLines(text string, options []option) (*lineChecker, []error) {
	c := &lineChecker{options: options, sections: map[string]int{}, keys: map[name]int{}, right: map[string][]string{}, spoilt: map[name]bool{}}
	var problems []error
	if marked, ok := strings.CutPrefix(text, "\ufeff"); ok {
		text = marked
		problems = append(problems, errors.New("line 1: begins with a byte order mark; save the file as plain UTF-8"))
	}
	for i, line := range strings.Split(text, "\n") {
		if err := c.check(i+1, strings.TrimSuffix(line, "\r")); err != nil {
			problems = append(problems, fmt.Errorf("line %d: %w", i+1, err))
		}
	}
	return c, problems
}

// lineChecker remembers where it is in a file and on which lines it has seen what.
type lineChecker struct {
	options  []option
	section  string
	nowhere  bool // the lines stand under a header that is none, which is the mistake to mend
	sections map[string]int
	keys     map[name]int
	right    map[string][]string // by section
	spoilt   map[name]bool       // options that a line with a mistake names
}

// rightLines is the file without comments and without the lines that are wrong.
func (c *lineChecker) rightLines() string {
	var b strings.Builder
	for _, section := range slices.Sorted(maps.Keys(c.right)) {
		b.WriteString("[" + section + "]\n" + strings.Join(c.right[section], "\n") + "\n")
	}
	return b.String()
}

func (c *lineChecker) check(n int, line string) error {
	content := strings.TrimSpace(line)
	switch {
	case len(line) > maxLine:
		return fmt.Errorf("is longer than %d bytes", maxLine)
	case !utf8.ValidString(line) || strings.ContainsFunc(line, isControl):
		return errors.New("holds characters that are no text; save the file as plain UTF-8")
	case content == "" || content[0] == '#' || content[0] == ';':
		return nil
	case strings.TrimLeftFunc(line, unicode.IsSpace) != line:
		key, _, _ := strings.Cut(content, "=")
		c.spoilt[name{c.section, strings.TrimSpace(key)}] = true
		return errors.New("is indented, which would make it part of the line before")
	case content[0] == '[':
		return c.header(n, content)
	default:
		return c.assignment(n, content)
	}
}

// isControl spares the tab, which may stand around a sign.
func isControl(r rune) bool { return unicode.IsControl(r) && r != '\t' }

func (c *lineChecker) header(n int, content string) error {
	for _, section := range sections(c.options) {
		if content != "["+section+"]" {
			continue
		}
		c.section, c.nowhere = section, false
		if at, twice := c.sections[section]; twice {
			return fmt.Errorf("section [%s] is already at line %d", section, at)
		}
		c.sections[section] = n
		return nil
	}
	c.section, c.nowhere = "", true
	return fmt.Errorf("%q is no section; there are %s", content, sectionNames())
}

func (c *lineChecker) assignment(n int, content string) error {
	if c.nowhere {
		return nil
	}
	key, v, ok := strings.Cut(content, "=")
	at := name{c.section, strings.TrimSpace(key)}
	line, twice := c.keys[at]
	var err error
	switch {
	case !ok:
		err = errors.New("has no =; a line is KEY = VALUE")
	case c.section == "":
		err = fmt.Errorf("%q stands under no section", at.key)
	case find(c.options, at) == nil:
		err = fmt.Errorf("%v names no option; [%s] has %s", at, c.section, strings.Join(keysOf(c.options, c.section), ", "))
	case twice:
		err = fmt.Errorf("%v is already at line %d", at, line)
	default:
		err = checkWriting(at, v)
	}
	if err != nil {
		c.spoilt[at] = true
		return err
	}
	c.keys[at] = n
	c.right[c.section] = append(c.right[c.section], content)
	return nil
}

// checkWriting refuses ways of writing a value that mean something elsewhere and nothing here. It
// does not repeat the value, which may be a secret.
func checkWriting(at name, v string) error {
	trimmed := strings.TrimSpace(v)
	switch {
	case strings.HasPrefix(v, "="):
		return fmt.Errorf("%v has two signs in a row", at)
	case trimmed != "" && strings.ContainsRune(`"'`, rune(trimmed[0])):
		return fmt.Errorf("%v has quotes around it, which would be part of the value", at)
	case strings.Contains(v, " #") || strings.Contains(v, " ;") || strings.Contains(v, "\t#") || strings.Contains(v, "\t;"):
		return fmt.Errorf("%v is followed by a comment, which would be part of the value; give it a line of its own", at)
	default:
		return nil
	}
}
