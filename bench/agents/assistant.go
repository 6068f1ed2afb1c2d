package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"okoshko/internal/agents"
	"okoshko/internal/clock"
)

// assistant decides by what the tools answer, and knows no number of a salon, service or master but from them.
type assistant struct {
	session *mcp.ClientSession
	lang    string
	calls   int // of tools
}

// header adds what a client sends with each request.
type header struct {
	lang, from string
	base       http.RoundTripper
}

func (h header) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept-Language", h.lang)
	if h.from != "" {
		r.Header.Set("X-Forwarded-For", h.from)
	}
	return h.base.RoundTrip(r)
}

// connect opens a session of the SDK's client at the door of a widget, in a language and from an address as a proxy would say it.
func connect(ctx context.Context, base http.RoundTripper, widget, lang, from string) (*assistant, error) {
	client := mcp.NewClient(&mcp.Implementation{Name: "bench", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint: widget + "/mcp", HTTPClient: &http.Client{Transport: header{lang, from, base}}, DisableStandaloneSSE: true, MaxRetries: -1,
	}, nil)
	if err != nil {
		return nil, err
	}
	return &assistant{session: session, lang: lang}, nil
}

func (a *assistant) close() { _ = a.session.Close() }

// advice is a tool's answer that something cannot be had.
type advice struct{ text string }

func (a advice) Error() string { return a.text }

// errLong says that an answer is longer than promised.
var errLong = errors.New("an answer is too long")

// call calls a tool and reads its structured answer.
func call[Out any](ctx context.Context, a *assistant, tool string, in any) (out Out, err error) {
	a.calls++
	result, err := a.session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: in})
	if err != nil {
		return out, fmt.Errorf("%s: %w", tool, err)
	}
	text, _ := result.Content[0].(*mcp.TextContent)
	switch {
	case text != nil && len(text.Text) > agents.MaxBytes:
		return out, fmt.Errorf("%s: %w: %d bytes", tool, errLong, len(text.Text))
	case result.IsError && text != nil:
		return out, advice{text.Text}
	}
	raw, err := json.Marshal(result.StructuredContent)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	return out, err
}

// errNone says that nothing fits.
var errNone = errors.New("nothing fits")

const (
	// unreadPause is how long an assistant waits for salons that are still looked up, and unreadTries how often.
	unreadPause = 3 * time.Second
	unreadTries = 5
)

// chosen is what an assistant has decided on the way.
type chosen struct {
	services []agents.Service
	visit    agents.Visit
}

// fulfil finds the visit of a wish: the first salon that is found, the first service of each kind, the first time.
func (a *assistant) fulfil(ctx context.Context, w wish) (out chosen, err error) {
	salons, err := a.salons(ctx, w)
	if err != nil {
		return out, err
	}
	at := salons[0]
	services, err := call[agents.Services](ctx, a, "find_services", agents.ServiceQuery{
		Form: at.Form, Branch: at.Branch, Query: strings.Join(w.services, " "), MaxPrice: w.most, Language: a.lang,
	})
	if err != nil {
		return out, err
	}
	var ids []int
	for _, wanted := range w.services {
		i := slices.IndexFunc(services.Services, func(s agents.Service) bool { return mentions(s.Title, wanted) })
		if i < 0 && len(w.services) == 1 && len(services.Services) > 0 {
			i = 0 // the tool has found it by other words
		}
		if i < 0 {
			return out, fmt.Errorf("%w: no service %q in %v", errNone, wanted, services.Services)
		}
		out.services, ids = append(out.services, services.Services[i]), append(ids, services.Services[i].ID)
	}
	times, err := call[agents.Times](ctx, a, "find_times", agents.TimeQuery{
		Form: at.Form, Branch: at.Branch, Services: ids, Master: w.master, From: w.from, To: w.to, Part: w.part, Language: a.lang,
	})
	if err != nil {
		return out, err
	}
	if len(times.Times) == 0 {
		return out, fmt.Errorf("%w: no time on %v", errNone, times.Days)
	}
	out.visit, err = call[agents.Visit](ctx, a, "visit_link", agents.VisitQuery{
		Form: at.Form, Branch: at.Branch, Services: ids, Master: times.Times[0].Master, Start: times.Times[0].Start, Language: a.lang,
	})
	return out, err
}

// salons finds the salon of a wish. While some are still looked up, the assistant asks again, as the answer tells it.
func (a *assistant) salons(ctx context.Context, w wish) ([]agents.Salon, error) {
	for try := 0; ; try++ {
		got, err := call[agents.Salons](ctx, a, "find_salon", agents.SalonQuery{Query: w.salon, City: w.city, Language: a.lang})
		switch {
		case err == nil && len(got.Salons) > 0:
			return got.Salons, nil
		case err == nil && got.Unread == 0 || err != nil && !errors.As(err, new(advice)) || try == unreadTries:
			return nil, errors.Join(fmt.Errorf("%w: no salon %q in %q", errNone, w.salon, w.city), err)
		}
		if !clock.Pause(ctx, unreadPause) {
			return nil, ctx.Err()
		}
	}
}

// mentions says whether a title has every word that somebody says, with other endings perhaps.
func mentions(title, said string) bool {
	words := strings.Fields(strings.ToLower(title))
	for word := range strings.FieldsSeq(strings.ToLower(said)) {
		beginning := []rune(word)
		if len(beginning) > 5 {
			beginning = beginning[:len(beginning)-2]
		}
		if !slices.ContainsFunc(words, func(of string) bool { return strings.HasPrefix(of, string(beginning)) }) {
			return false
		}
	}
	return true
}
