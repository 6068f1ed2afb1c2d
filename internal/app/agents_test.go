package app

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// assistant connects a client of the SDK to the door for assistants.
func (r *rig) assistant() *mcp.ClientSession {
	r.t.Helper()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(context.Background(),
		&mcp.StreamableClientTransport{Endpoint: r.app.URL + "/mcp", DisableStandaloneSSE: true}, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = session.Close() })
	return session
}

// tool calls a tool, and returns what it says.
func (r *rig) tool(session *mcp.ClientSession, name string, in map[string]any) (said string, ok bool) {
	r.t.Helper()
	result, err := session.CallTool(context.Background(), &mcp.CallToolParams{Name: name, Arguments: in})
	if err != nil {
		r.t.Fatal(err)
	}
	if text, is := result.Content[0].(*mcp.TextContent); is {
		said = text.Text
	}
	return said, !result.IsError
}

// TestAssistantsHaveAShare: assistants cause no more calls than their share, hear what to do then, and leave pages their calls.
func TestAssistantsHaveAShare(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_AGENTS_MCP=on", "OKOSHKO_AGENTS_FORMS=1", "OKOSHKO_UPSTREAM_PER_SECOND=40", "OKOSHKO_UPSTREAM_PER_MINUTE=40")
	session := r.assistant()
	r.app.server.Settle()
	before, held := len(r.box.Calls()), 0
	for day := range 12 {
		at := r.now().AddDate(0, 0, 3+day).Format(time.DateOnly)
		said, ok := r.tool(session, "find_times", map[string]any{"form": 1, "services": []int{501001}, "from": at})
		if !ok {
			held++
			if !strings.Contains(said, "20") {
				t.Errorf("held back, the assistant hears %q", said)
			}
		}
	}
	const share = 40 * 15 / 100
	if calls := len(r.box.Calls()) - before; calls > share || calls == 0 || held == 0 {
		t.Errorf("assistants have caused %d calls and were held back %d times, want %d calls at most", calls, held, share)
	}
	if p := r.get("/b/1/datetime?services=501001&lang=en"); p.status != http.StatusOK {
		t.Errorf("a customer then gets status %d", p.status)
	}
}

func TestTheDoorForAssistantsIsShutUnlessItIsOpened(t *testing.T) {
	t.Parallel()
	r := newRig(t, "OKOSHKO_AGENTS_MCP=off")
	resp, err := r.http.Post(r.app.URL+"/mcp", "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 4 {
		t.Errorf("the door answers with %d", resp.StatusCode)
	}
}
