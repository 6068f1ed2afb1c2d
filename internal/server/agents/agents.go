// Package agents is the door for assistants: the Model Context Protocol over HTTP. Its tools find a salon, its services and
// free times, and return the address of the page on which a person sees the visit and books it. They read what pages read, book
// nothing, and take nothing that is about a person. A caller has no session, so every request stands alone.
package agents

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"okoshko/internal/agents"
	"okoshko/internal/catalog"
	"okoshko/internal/i18n"
	"okoshko/internal/server/guard"
	"okoshko/internal/server/page"
)

// Watch counts the calls of tools for the operator.
type Watch interface {
	Tool(name, outcome string)
}

// Options are what Handlers are made of.
type Options struct {
	Catalog   *catalog.Catalog
	Texts     page.Texts
	Guard     *guard.Guard
	Forms     []int // that can be found; no other form is ever asked for
	PublicURL string
	Timeout   time.Duration // of a tool
	Watch     Watch
	Log       *slog.Logger
	Now       func() time.Time
}

// Handlers answer assistants.
type Handlers struct {
	Options
	door      http.Handler
	directory *directory
}

// bodyLimit is the longest request, in bytes. The longest sensible call of a tool has some hundred.
const bodyLimit = 8 << 10

// New makes Handlers. Close must be called on them.
func New(o Options) *Handlers {
	h := &Handlers{Options: o}
	h.directory = newDirectory(h)
	servers := map[string]*mcp.Server{}
	for _, lang := range o.Texts.Languages() {
		servers[lang] = h.server(lang)
	}
	h.door = mcp.NewStreamableHTTPHandler(func(r *http.Request) *mcp.Server { return servers[callerOf(r.Context()).speaks] }, &mcp.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, MaxRequestBodyBytes: bodyLimit, PropagateRequestCancellation: true,
		DisableLocalhostProtection: true, // the route checks where a browser comes from, and nothing here is anybody's own
	})
	return h
}

// Close ends what is read in the background.
func (h *Handlers) Close() { h.directory.close() }

// Settle waits until nothing is read in the background.
func (h *Handlers) Settle() { h.directory.running.Wait() }

// caller is who asks.
type caller struct {
	lang   string // that the request prefers; "" = it does not say
	speaks string // the language of instructions
	origin string // of links
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// fallback is the language of instructions where the caller names none.
const fallback = "en"

// Serve answers a request. What a tool does has no need of the Fiber context, which may be used again before the tool has ended.
func (h *Handlers) Serve(c *fiber.Ctx) error {
	from := caller{speaks: fallback, origin: h.PublicURL}
	if from.origin == "" {
		from.origin = c.BaseURL()
	}
	if accept := c.Get(fiber.HeaderAcceptLanguage); accept != "" {
		from.lang = i18n.Match(accept, h.Texts.Languages(), "")
	}
	if from.lang != "" {
		from.speaks = from.lang
	}
	h.directory.wake(from.lang)
	ctx := context.WithValue(c.UserContext(), callerKey{}, from)
	return adaptor.HTTPHandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.door.ServeHTTP(w, r.WithContext(ctx)) })(c)
}

// firstTool is the tool that a caller begins with.
const firstTool = "find_salon"

// server makes the server of a language, with instructions and names in it.
func (h *Handlers) server(lang string) *mcp.Server {
	text := h.Texts.Present(lang)
	s := mcp.NewServer(&mcp.Implementation{Name: "okoshko", Title: text.T("widget.snippet.frame"), Version: "1"}, &mcp.ServerOptions{
		Instructions: text.T("widget.agents.instructions", "first", firstTool),
		Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}}, // the list never changes, and nothing is logged to callers
	})
	add(h, s, lang, firstTool, "Lists the salons that can be booked here, with their addresses and the ids that the other tools need. Begin here.", h.findSalon)
	add(h, s, lang, "find_services", "Lists the services of a salon with prices and lengths. Use it to turn what the person wants into service ids.", h.findServices)
	add(h, s, lang, "find_times", "Lists free times of a salon for chosen services, with any specialist or one, between two days and within a part of the day. "+
		"Days and parts of the day may be words, such as \"tomorrow\" and \"after 17:00\".", h.findTimes)
	add(h, s, lang, "visit_link", "Checks a chosen visit and returns the address of the page on which the person sees it and books it. It books nothing itself, "+
		"and never ask the person for a name or phone: the page does.", h.visitLink)
	add(h, s, lang, "windows", "Lists what is free soon at a salon, by specialist, as far as it is known already. Use it when the person names no service or wants to know who is free.", h.windows)
	return s
}

// add adds a tool to a server.
func add[In, Out any](h *Handlers, s *mcp.Server, lang, name, description string, tool func(context.Context, In) (Out, error)) {
	no := false
	mcp.AddTool(s, &mcp.Tool{
		Name: name, Title: h.Texts.Present(lang).T("widget.agents.title." + name), Description: description,
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, DestructiveHint: &no, OpenWorldHint: &no},
	}, func(ctx context.Context, _ *mcp.CallToolRequest, in In) (_ *mcp.CallToolResult, out Out, err error) {
		ctx, cancel := context.WithTimeout(ctx, h.Timeout)
		defer cancel()
		defer func() {
			if p := recover(); p != nil {
				h.Log.Error("panic", "tool", name, "stack", string(debug.Stack()))
				err = h.advise(ctx, "error.down")
				h.Watch.Tool(name, "panic")
			}
		}()
		ctx, _ = h.Catalog.CollectDeps(catalog.WaitOnce(ctx))
		out, err = tool(ctx, in)
		h.Watch.Tool(name, outcome(err))
		return nil, out, h.said(ctx, name, err)
	})
}

// advice is an error that says what to do next, in the caller's language.
type advice struct{ key, text string }

func (a *advice) Error() string { return a.text }

// advise returns an advice by the end of its text's key.
func (h *Handlers) advise(ctx context.Context, key string, args ...any) error {
	return &advice{key, h.Texts.Present(callerOf(ctx).speaks).T("widget.agents."+key, append(args, "first", firstTool)...)}
}

// outcome names what became of a call, for the operator.
func outcome(err error) string {
	var known *advice
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &known):
		return known.key
	default:
		return "error." + string(catalog.ProblemOf(err))
	}
}

// said returns what the caller is told of an error. Its own text goes to the log alone.
func (h *Handlers) said(ctx context.Context, tool string, err error) error {
	var known *advice
	switch {
	case err == nil, errors.As(err, &known):
		return err
	}
	switch catalog.ProblemOf(err) {
	case catalog.ProblemNotFound:
		return h.advise(ctx, "error.form")
	case catalog.ProblemLicence:
		return h.advise(ctx, "error.closed")
	case catalog.ProblemBusy:
		return h.advise(ctx, "error.busy")
	default:
		h.Log.Error("tool failed", "tool", tool, "error", err)
		return h.advise(ctx, "error.down")
	}
}

// next returns the text that says what to do next.
func (h *Handlers) next(ctx context.Context, key string) string {
	return h.Texts.Present(callerOf(ctx).speaks).T("widget.agents.next."+key, "first", firstTool)
}

// language returns the language for a form: the first of its languages that the tool is asked for, the caller prefers or the form
// has itself.
func (h *Handlers) language(ctx context.Context, form *catalog.Bookform, asked string) string {
	var offered []string
	for _, raw := range form.Languages {
		if code, ok := i18n.Canonical(raw); ok {
			offered = append(offered, code)
		}
	}
	if len(offered) == 0 {
		offered = h.Texts.Languages()
	}
	for _, raw := range []string{asked, callerOf(ctx).lang, form.Language} {
		if code, ok := i18n.Canonical(raw); ok && slices.Contains(offered, code) {
			return code
		}
	}
	return offered[0]
}

// speaking returns a context in whose language advice is given: the one that the tool is asked for, where there are texts in it.
func (h *Handlers) speaking(ctx context.Context, asked string) context.Context {
	code, ok := i18n.Canonical(asked)
	if !ok || !slices.Contains(h.Texts.Languages(), code) {
		return ctx
	}
	c := callerOf(ctx)
	c.lang, c.speaks = code, code
	return context.WithValue(ctx, callerKey{}, c)
}

// says returns a time in words.
func says(v *page.Request, at time.Time) string {
	return fmt.Sprintf("%s, %s", v.Text.Date(at), v.Text.Time(at))
}

// goodFor returns for how many seconds the answers under a context are good.
func (h *Handlers) goodFor(ctx context.Context) int {
	return int(catalog.DepsUnder(ctx).MaxAge(h.Now()) / time.Second)
}

// minutes returns a length in minutes.
func minutes(d time.Duration) int { return int(d / time.Minute) }

// hundredths are those of a unit of money.
const hundredths = 100

func amount(of int64) *float64 {
	out := float64(of) / hundredths
	return &out
}

// briefTitle and briefText are how long the texts of salons may be in an answer, in characters.
const briefTitle, briefText = 80, 120

func title(text string) string { return agents.Brief(text, briefTitle) }
