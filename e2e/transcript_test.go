//go:build e2e

package e2e

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var writeTranscripts = flag.Bool("transcripts", false, "write docs/transcripts")

// said is what a screen reader may say of a page: a line for each landmark, heading, control and text of the browser's accessibility
// tree, in the order of reading.
func (b *browser) said() string {
	b.t.Helper()
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	currents := b.currents()
	nodes := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range tree.Nodes {
		nodes[n.NodeID] = n
	}
	var out strings.Builder
	current := "" // of an element that says nothing by itself, such as the item of a list: the next line has it
	var read func(n *accessibility.Node, depth int)
	read = func(n *accessibility.Node, depth int) {
		current = cmp.Or(currents[n.BackendDOMNodeID], current)
		role, name := textOf(n.Role), strings.Join(strings.Fields(textOf(n.Name)), " ")
		spoken := !n.Ignored && !slices.Contains(silentRoles, role) && (name != "" || slices.Contains(unnamedRoles, role))
		if spoken {
			said := []string{strings.TrimSpace(strings.Replace(role, "StaticText", "text", 1) + " " + quoted(name))}
			for _, p := range n.Properties {
				if value := textOf(p.Value); slices.Contains(states, string(p.Name)) && value != "false" && value != "" {
					said = append(said, string(p.Name)+" "+value)
				}
			}
			if value := textOf(n.Value); value != "" && value != name {
				said = append(said, "holds "+quoted(value))
			}
			if about := textOf(n.Description); about != "" {
				said = append(said, "described by "+quoted(about))
			}
			if current != "" {
				said, current = append(said, "current "+current), ""
			}
			fmt.Fprintln(&out, strings.Repeat("  ", depth)+strings.Join(said, ", "))
			depth++
		}
		if spoken && slices.Contains(wholeRoles, role) {
			return // its name is all that is said of it
		}
		for _, id := range n.ChildIDs {
			if child := nodes[id]; child != nil {
				read(child, depth)
			}
		}
	}
	if len(tree.Nodes) > 0 {
		read(tree.Nodes[0], 0)
	}
	return out.String()
}

// currents are the values of aria-current by element; the browser's tree leaves them out. "true" is an item that is current.
func (b *browser) currents() map[cdp.BackendNodeID]string {
	b.t.Helper()
	const all = "document.querySelectorAll('[aria-current]')"
	out := map[cdp.BackendNodeID]string{}
	for i := range ask[int](b, "%s.length", all) {
		element, err := chromedp.Call(b.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: fmt.Sprintf("%s[%d]", all, i)})
		if err != nil {
			b.t.Fatal(err)
		}
		node, err := chromedp.Call(b.ctx, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: element.Result.ObjectID})
		if err != nil {
			b.t.Fatal(err)
		}
		out[node.Node.BackendNodeID] = ask[string](b, "%s[%d].getAttribute('aria-current')", all, i)
	}
	return out
}

var (
	// silentRoles say nothing by themselves.
	silentRoles = []string{"generic", "none", "InlineTextBox", "LineBreak", "paragraph", "ListMarker", "LabelText", "time", "strong", "emphasis", "image"}
	// unnamedRoles are said without a name, too.
	unnamedRoles = []string{"main", "navigation", "contentinfo", "banner", "list", "form", "region", "table", "textbox", "combobox", "checkbox"}
	// wholeRoles are said by their name, and what stands in them is the name again.
	wholeRoles = []string{"link", "button", "heading", "StaticText", "checkbox", "radio", "option", "DisclosureTriangle"}
	states     = []string{"level", "expanded", "required", "invalid", "disabled", "checked", "selected", "focused", "live"}
)

// quoted is a text in quotation marks, and nothing of no text.
func quoted(text string) string {
	if text == "" {
		return ""
	}
	return strconv.Quote(text)
}

// textOf is a value of the tree as a text.
func textOf(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var text string
	if json.Unmarshal(v.Value, &text) == nil {
		return text
	}
	return strings.Trim(string(v.Value), `"`)
}

// TestTranscriptsAreKept walks from the first step to the ticket, and compares what a screen reader may say with docs/transcripts.
func TestTranscriptsAreKept(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "ru"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			// The transcript has dates in it, so the clock begins at one instant whenever and however the tests are run.
			a := start(t, "OKOSHKO_SANDBOX_NOW="+transcriptNow)
			b := newBrowser(t, options{zone: "Europe/Moscow"}) // elsewhere a page tells the customer's time, too
			var out strings.Builder
			seen := map[string]bool{}
			b.look = func(b *browser) {
				step := b.step()
				if seen[step] {
					return // the same step with something chosen
				}
				seen[step] = true
				said := strings.ReplaceAll(b.said(), a.URL, "https://salon.example")
				said = visitKey.ReplaceAllString(said, "$1…")
				fmt.Fprintf(&out, "## %s\n\n```\n%s```\n\n", step, said)
			}
			// The first page makes the program ask the upstream for its wording, which must not change in the middle of the walk.
			b.poll(func() bool {
				b.open(a.URL + "/b/1?lang=" + lang)
				return strings.HasSuffix(strings.TrimSpace(ask[string](b, "document.querySelector('label[for=search]').textContent")), "...")
			}, "the upstream's wording of the search")
			b.walk(a, "done")
			for _, step := range []string{"service", "datetime", "contact", "done"} {
				if !seen[step] {
					t.Errorf("step %q was not read", step)
				}
			}
			file := filepath.Join("../docs/transcripts", lang+".md")
			text := "# What a screen reader may say: " + lang + "\n\n" + transcriptAbout + "\n\n" + strings.TrimRight(out.String(), "\n") + "\n"
			if *writeTranscripts {
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o750), os.WriteFile(file, []byte(text), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			kept, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := strings.Split(text, "\n"), strings.Split(string(kept), "\n"); !slices.Equal(got, want) {
				for i := range min(len(got), len(want)) {
					if got[i] != want[i] {
						t.Errorf("line %d of %s: the page says %q, the transcript %q; go test -tags e2e ./e2e -run Transcripts -transcripts writes it", i+1, file, got[i], want[i])
						return
					}
				}
				t.Errorf("%s has %d lines, the pages say %d", file, len(want), len(got))
			}
		})
	}
}

// transcriptNow is an ordinary Wednesday morning.
const transcriptNow = "2026-10-14T10:00:00+03:00"

// visitKey is the end of a visit's address, which is another one each time.
var visitKey = regexp.MustCompile(`(/r/1/501/)[0-9]+/[0-9a-f]+`)

const transcriptAbout = "Read from Chromium's accessibility tree, in the order of reading, in a booking at the sandbox's first form: role, name and state. No screen\n" +
	"reader was listened to; each has its own words for a role. A test compares this file with the pages."
