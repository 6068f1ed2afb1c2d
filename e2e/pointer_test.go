//go:build e2e

package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"okoshko/internal/clock"
)

// pointer holds the script functions that find the place where a pointer presses a control.
//
// middle is the middle of the control's largest box, since a link may be broken over lines. at is the element at a
// place, in whatever shadow tree. aim scrolls a control into sight and returns its middle in the outermost window that
// the script may look at, with what covers it there.
const pointer = `
const told = (e) => (e ? e.outerHTML.replace(/\s+/g, " ").slice(0, 160) : "nothing");
const middle = (it) => {
  const [box] = [...it.getClientRects()].sort((a, b) => b.width * b.height - a.width * a.height);
  return box ? [box.x + box.width / 2, box.y + box.height / 2] : [-1, -1];
};
const at = (root, x, y) => {
  const hit = root.elementFromPoint(x, y);
  return (hit?.shadowRoot && hit !== root.host && at(hit.shadowRoot, x, y)) || hit;
};
const aim = (it) => {
  it.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  let [x, y] = middle(it);
  let hit = at(it.ownerDocument, x, y);
  for (let around = it.ownerDocument.defaultView; it.contains(hit) && around.frameElement; around = around.parent) {
    it = around.frameElement;
    const box = it.getBoundingClientRect();
    x += box.x + it.clientLeft;
    y += box.y + it.clientTop;
    hit = at(it.ownerDocument, x, y);
  }
  const covered = it.contains(hit) ? "" : told(it) + "\n  at " + [x, y].map(Math.round) + " is covered by " + told(hit);
  return { x, y, covered };
};
`

// place is where a pointer presses a control, in CSS pixels from the corner of the window.
type place struct {
	X       float64 `json:"x"`
	Y       float64 `json:"y"`
	Covered string  `json:"covered"` // says what is there instead of the control
}

// aim finds the place of the control that an expression of a script names.
func (b *browser) aim(control string) (place, error) {
	script := fmt.Sprintf(`(() => { %s const it = %s; return it ? aim(it) : { x: 0, y: 0, covered: "there is none" } })()`, pointer, control)
	return chromedp.Run(b.ctx, chromedp.Evaluate[place](script, func(p *runtime.EvaluateParams) { p.ReturnByValue = new(true) }))
}

// aim finds the place of a control in a frame of another site. Where that frame stands only the page around it knows.
func (f *inner) aim(control string) (place, error) {
	inside, err := f.browser.aim(control)
	if err != nil || inside.Covered != "" {
		return inside, err
	}
	owner, err := chromedp.Call(f.around.ctx, dom.GetFrameOwner, dom.GetFrameOwnerParams{FrameID: f.id})
	if err != nil {
		return place{}, err
	}
	frame, err := chromedp.Call(f.around.ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: owner.BackendNodeID})
	if err != nil {
		return place{}, err
	}
	found, err := chromedp.Call(f.around.ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		ObjectID: frame.Object.ObjectID, ReturnByValue: new(true),
		FunctionDeclaration: fmt.Sprintf(`function () { %s
  const box = this.getBoundingClientRect();
  const [x, y] = [box.x + this.clientLeft + %g, box.y + this.clientTop + %g];
  const hit = at(document, x, y);
  return { x, y, covered: hit === this ? "" : "the frame at " + [x, y].map(Math.round) + " is covered by " + told(hit) };
}`, pointer, inside.X, inside.Y),
	})
	if err != nil {
		return place{}, err
	}
	var outside place
	return outside, json.Unmarshal(found.Result.Value, &outside)
}

// pointAt moves a pointer onto a control and returns what presses the button there. It fails the test when something
// else is at the control's middle. A page that is still coming in or being scrolled gets some time: the pointer is on
// the control when the browser, which has the event go to a page or a frame, says so too.
func pointAt(b *browser, aim func(control string) (place, error), control string) chromedp.Action[chromedp.Void] {
	b.t.Helper()
	for waited := clock.Stopwatch(); ; time.Sleep(20 * time.Millisecond) {
		found, err := aim(control)
		if err == nil && found.Covered == "" {
			cmp.Or(b.around, b).do(chromedp.MouseEvent(chromedp.MouseMoved, found.X, found.Y))
			if over, _ := chromedp.Run(b.ctx, chromedp.Evaluate[bool](control+"?.matches(':hover') ?? false")); over {
				return chromedp.MouseClickXY(found.X, found.Y)
			}
			found.Covered = "the pointer is elsewhere"
		}
		if waited() > patience {
			b.shot("failure")
			b.t.Fatalf("step %q: %s cannot be pressed: %s, %v", b.step(), control, found.Covered, err)
		}
	}
}

// first is the expression for the first element of a selector.
func first(selector string) string { return fmt.Sprintf("document.querySelector(%q)", selector) }

// click presses the first element of a selector and waits for nothing.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(pointAt(b, b.aim, first(selector)))
}

// hold presses the first element of a selector and holds it down; release waits for the page that the press leads to.
func (b *browser) hold(selector string) (release func()) {
	b.t.Helper()
	pointAt(b, b.aim, first(selector)) // looks what is there
	at, err := b.aim(first(selector))
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.MouseEvent(chromedp.MousePressed, at.X, at.Y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	return func() {
		b.t.Helper()
		b.leave(selector, chromedp.MouseEvent(chromedp.MouseReleased, at.X, at.Y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	}
}

// clippedAway is a function of scripts that says whether an element stands in a box that shows nothing of it.
const clippedAway = `const clipped = (e) => e && (getComputedStyle(e).clipPath !== "none" || clipped(e.parentElement));`

// covered is a script that returns the controls at whose middle something else is found. What is clipped away on
// purpose, such as a field for programs, is looked for by no pointer; its label is looked at in its stead.
const covered = `(() => {
  ` + pointer + `
  ` + clippedAway + `
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && !clipped(e) && !e.closest("[inert]");
  const controls = (root) => [...root.querySelectorAll("a, button, input, select, textarea, summary, label")]
    .filter((e) => seen(e) && !(e.localName === "label" && (!e.control || seen(e.control))));
  const wrong = new Set();
  const look = (root) => {
    for (const it of controls(root)) {
      const { covered } = aim(it);
      if (covered) wrong.add(covered);
    }
  };
  look(document);
  for (const it of document.querySelectorAll("details:not([open])")) {
    if (!seen(it)) continue;
    it.open = true;
    look(it);
    it.open = false;
  }
  scrollTo({ top: 0, behavior: "instant" });
  return [...wrong].slice(0, 6).join("\n") + (wrong.size > 6 ? "\nand " + (wrong.size - 6) + " more" : "");
})()`

// pressable fails the test when a control of the page, on a phone or a desktop, is covered at its middle.
func (b *browser) pressable() {
	b.t.Helper()
	defer b.do(chromedp.EmulateViewport(b.width, 900))
	for _, width := range []int64{360, 1280} {
		b.do(chromedp.EmulateViewport(width, 900))
		if found := ask[string](b, "%s", covered); found != "" {
			b.shot("covered")
			b.t.Errorf("step %q, %d px, cannot be pressed:\n%s", b.step(), width, found)
		}
	}
}

// TestThePointerFindsWhatCovers tries the check itself on pages that break the rule.
func TestThePointerFindsWhatCovers(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, options{})
	for body, want := range map[string]bool{
		`<a href="#">free</a> <input> <label>of a box <input type=checkbox></label>`:                                                            false,
		`<a href="#">a link <br> over <b>lines</b></a>`:                                                                                         false,
		`<a href="#">behind</a><p style="position:fixed;inset:0"></p>`:                                                                          true,
		`<style>p::after{content:"";position:absolute;inset:0}</style><p>stretched</p><button>behind</button>`:                                  true,
		`<p style="height:3000px">high</p><a href="#">below</a>`:                                                                                false,
		`<p style="height:3000px">high</p><a href="#">below</a><p style="position:fixed;inset:auto 0 0;height:5rem;margin:0">a bar</p>`:         true,
		`<button style="position:absolute;clip-path:inset(50%)">unseen</button>`:                                                                false,
		`<input id=i type=checkbox style="position:absolute;clip-path:inset(50%)"><label for=i>shown</label>`:                                   false,
		`<input id=i type=checkbox style="position:absolute;clip-path:inset(50%)"><label for=i>shown</label><p style="position:fixed;inset:0">`: true,
		`<details><summary>closed</summary><a href="#">within</a></details>`:                                                                    false,
		`<details><summary>closed</summary><a href="#">within</a><p style="position:fixed;inset:0"></p></details>`:                              true,
	} {
		b.do(chromedp.Navigate("data:text/html," + url.PathEscape("<!doctype html><body>"+body)))
		if found := ask[string](b, "%s", covered); (found != "") != want {
			t.Errorf("%s\n  covered: %q, want %v", body, found, want)
		}
	}
}
