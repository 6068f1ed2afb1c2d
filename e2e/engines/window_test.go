//go:build e2e

package engines

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"okoshko/internal/clock"
)

// window is what a customer looks at: a browser's window, or a frame in it.
type window struct {
	t *testing.T
	engine
	options

	driver driver
	frames []string // from the window to here; see driver
	shots  *int     // pictures taken so far
}

// openWindow opens a new browser.
func openWindow(t *testing.T, e engine, o options) *window {
	t.Helper()
	if o.width == 0 {
		o.width = 1280
	}
	d, err := e.open(t, o)
	if err != nil {
		t.Fatalf("open %s: %v", e.name, err)
	}
	t.Cleanup(d.close)
	versions.Store(e.name, d.version())
	return &window{t: t, engine: e, options: o, driver: d, shots: new(int)}
}

// frame is the inside of a frame that a script's expression finds.
func (w *window) frame(expression string) *window {
	inside := *w
	inside.frames = append(slices.Clone(w.frames), expression)
	return &inside
}

// try runs the body of a function in the page.
func (w *window) try(out any, body string, args ...any) error {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	return w.driver.evaluate(ctx, w.frames, fmt.Sprintf(body, args...), out)
}

// ask is the value of an expression in the page.
func ask[T any](w *window, expression string, args ...any) (value T) {
	w.t.Helper()
	if err := w.try(&value, "return "+expression, args...); err != nil {
		w.fail("%s: %v", fmt.Sprintf(expression, args...), err)
	}
	return value
}

// text is a Go text as one of a script.
func text(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string has always a JSON
	}
	return string(data)
}

// first is the expression for the first element of a selector.
func first(selector string) string { return "document.querySelector(" + text(selector) + ")" }

func (w *window) has(selector string) bool { return ask[bool](w, "!!%s", first(selector)) }

func (w *window) attribute(selector, name string) string {
	return ask[string](w, "%s?.getAttribute(%s) ?? ''", first(selector), text(name))
}

func (w *window) step() string { return w.attribute("main", "data-step") }

// fail ends the test, with a picture of the window.
func (w *window) fail(format string, args ...any) {
	w.t.Helper()
	w.shot("failure")
	var where string
	_ = w.try(&where, "return location.href + ' ' + document.title + ': ' + (document.querySelector('main') ?? document.body).textContent.replace(/\\s+/g, ' ').slice(0, 600)")
	w.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), where)
}

// shot keeps a picture of the window when OKOSHKO_TEST_SHOTS names a folder.
func (w *window) shot(name string) {
	dir := os.Getenv("OKOSHKO_TEST_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	png, err := w.driver.picture(ctx)
	if err != nil {
		w.t.Logf("picture: %v", err)
		return
	}
	*w.shots++
	file := strings.NewReplacer("/", "_", " ", "-", ",", "").Replace(fmt.Sprintf("%s-%02d-%s.png", w.t.Name(), *w.shots, name))
	if err := os.WriteFile(filepath.Join(dir, file), png, 0o600); err != nil {
		w.t.Logf("picture: %v", err)
	}
}

// until waits for a condition in the page. While one page gives way to the next there is nobody to ask.
func (w *window) until(condition string, args ...any) {
	w.t.Helper()
	condition = fmt.Sprintf(condition, args...)
	for waited := clock.Stopwatch(); ; time.Sleep(50 * time.Millisecond) {
		var reached bool
		err := w.try(&reached, "return !!(%s)", condition)
		if reached {
			return
		}
		if waited() > patience {
			w.fail("never: %s (%v)", condition, err)
		}
	}
}

// settle waits for a page of the widget.
func (w *window) settle() {
	w.t.Helper()
	w.until("document.body && !document.body.dataset.old && document.readyState === 'complete' && document.querySelector('main[data-step]')")
	if w.large && w.largeByScript {
		ask[string](w, "document.documentElement.style.fontSize = '200%%'")
	}
}

// visit goes to any address.
func (w *window) visit(url string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	if err := w.driver.navigate(ctx, url); err != nil {
		w.fail("open %s: %v", url, err)
	}
}

// open goes to a page of the widget.
func (w *window) open(url string) {
	w.t.Helper()
	w.visit(url)
	w.settle()
}

// place is where a pointer presses, in CSS pixels from the corner of a window or frame.
type place struct {
	X       float64 `json:"x"`
	Y       float64 `json:"y"`
	Covered string  `json:"covered"` // says what is there instead
}

// looking holds functions of a script: at is the element at a place, in whatever shadow tree; told names an element.
const looking = `
const told = (e) => (e ? e.outerHTML.replace(/\s+/g, " ").slice(0, 160) : "nothing");
const at = (root, x, y) => {
  const hit = root.elementFromPoint(x, y);
  return (hit?.shadowRoot && hit !== root.host && at(hit.shadowRoot, x, y)) || hit;
};
`

// aim scrolls a control into sight and finds the middle of its largest box, as the hand counts places.
func (w *window) aim(control string) (found place, err error) {
	err = w.try(&found, `%s
const it = %s;
if (!it) return { x: 0, y: 0, covered: "there is none" };
it.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
const [box] = [...it.getClientRects()].sort((a, b) => b.width * b.height - a.width * a.height);
if (!box) return { x: 0, y: 0, covered: told(it) + " is not shown" };
const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
const hit = at(document, x, y);
return { x, y, covered: it.contains(hit) ? "" : told(it) + " at " + [x, y].map(Math.round) + " is covered by " + told(hit) };`, looking, control)
	own := found
	for i := len(w.frames) - 1; i >= 0 && err == nil; i-- {
		around := *w
		around.frames = w.frames[:i]
		inside := found
		// What a frame shows may be out of sight in the page around it; only that one knows where the frame stands.
		err = around.try(&found, `%s
const it = %s;
const where = () => { const box = it.getBoundingClientRect(); return [box.x + it.clientLeft + %g, box.y + it.clientTop + %g] };
let [x, y] = where();
if (y < 8 || y > innerHeight - 8) {
  scrollBy({ top: y - innerHeight / 2, behavior: "instant" });
  [x, y] = where();
}
const hit = at(document, x, y);
return { x, y, covered: hit === it ? "" : "the frame at " + [x, y].map(Math.round) + " is covered by " + told(hit) };`, looking, w.frames[i], inside.X, inside.Y)
		if inside.Covered != "" {
			found.Covered = inside.Covered
		}
	}
	if w.handInFrame {
		own.Covered = found.Covered
		return own, err
	}
	return found, err
}

// hand does what a pointer or a keyboard does, as "actions" of the WebDriver standard.
func (w *window) hand(actions ...any) error {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	var frames []string
	if w.handInFrame {
		frames = w.frames
	}
	return w.driver.act(ctx, frames, actions)
}

func pointer(steps ...any) any {
	return map[string]any{"type": "pointer", "id": "mouse", "parameters": map[string]any{"pointerType": "mouse"}, "actions": steps}
}

// click presses a control, which a script's expression finds, with a pointer: where nothing covers it, and the browser says that the
// pointer is on it. A page that is still coming in gets time.
func (w *window) click(control string) {
	w.t.Helper()
	for waited := clock.Stopwatch(); ; time.Sleep(50 * time.Millisecond) {
		found, err := w.aim(control)
		if err == nil && found.Covered == "" {
			move := map[string]any{"type": "pointerMove", "x": math.Round(found.X), "y": math.Round(found.Y), "duration": 0, "origin": "viewport"}
			if err = w.hand(pointer(move)); err == nil {
				var over bool
				if err = w.try(&over, "return %s?.matches(':hover') ?? false", control); err == nil && over {
					if err := w.hand(pointer(move, map[string]any{"type": "pointerDown", "button": 0}, map[string]any{"type": "pointerUp", "button": 0})); err != nil {
						w.fail("press %s: %v", control, err)
					}
					return
				}
				found.Covered = "the pointer is elsewhere"
			}
		}
		if waited() > patience {
			w.fail("step %q: %s cannot be pressed: %s, %v", w.step(), control, found.Covered, err)
		}
	}
}

// press presses the first element of a selector and waits for the page that comes of it.
func (w *window) press(selector string) {
	w.t.Helper()
	ask[string](w, "document.body.dataset.old = '1'")
	w.click(first(selector))
	w.settle()
}

// Keys of the WebDriver standard.
const (
	keyEnter  = "\ue007"
	keyEscape = "\ue00c"
	keyTab    = "\ue004"
)

// keys presses one key after another, wherever the focus is.
func (w *window) keys(keys string) {
	w.t.Helper()
	var steps []any
	for _, key := range keys {
		steps = append(steps, map[string]any{"type": "keyDown", "value": string(key)}, map[string]any{"type": "keyUp", "value": string(key)})
	}
	if err := w.hand(map[string]any{"type": "key", "id": "keyboard", "actions": steps}); err != nil {
		w.fail("keys: %v", err)
	}
}

// fill types into a field by its name, when the page has it.
func (w *window) fill(name, value string) {
	w.t.Helper()
	selector := "main [name=" + name + "]"
	if !w.has(selector) {
		return
	}
	if folded := "main details:not([open]):has([name=" + name + "])"; w.has(folded) {
		w.click(first(folded + " summary"))
		w.until("!%s", first(folded))
	}
	field := first(selector)
	w.click(field)
	w.until("document.activeElement === %s", field)
	ask[bool](w, "(%s.select(), true)", field) // what is typed takes the place of what was there
	w.keys(value)
	w.until("%s.value === %s", field, text(value))
}
