package browse

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"reflect"
	"testing"
	"time"
)

// sum is the digest that a puzzle asks for.
func sum(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}

func sample() Page {
	return Page{
		Status: http.StatusServiceUnavailable, Header: http.Header{"X-Robots-Tag": {"noindex"}},
		Body: `<head><meta name="robots" content="NoFollow"><noscript><meta http-equiv="refresh" content="20; url=/x"></noscript></head>
<main id="main" data-step="error" data-error="busy" data-again="3" data-times="200">
<a href="/b/1?x=1&amp;y=2" data-date="2026-10-14">one</a> <a href="/b/1?again" data-date="2026-10-14">the same</a>
<a href="/me/1" rel="nofollow account">me</a> <a name="top">no link</a>
<form method="post" action="/b/1/contact?x=1&amp;y=2" data-puzzle="salt" data-want="` + sum("salt23") + `" data-max="60">
<input type="hidden" name="wizard" value="&quot;t&quot;"><input type="tel" name="phone" value="1">
<button name="again" value="1" formaction="/b/1/confirm" data-slot="2026-10-14T10:00">10:00</button><button type="submit">Send</button>
</form></main>`,
	}
}

func TestAPageIsReadByItsContract(t *testing.T) {
	p := sample()
	action, values := p.Form()
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"Step", p.Step(), "error"},
		{"Kind", p.Kind(), "busy"},
		{"Refresh", p.Refresh(), 3 * time.Second},
		{"Robots", p.Robots(), "noindex,nofollow"},
		{"Choices", p.Choices("data-date"), []Link{{"2026-10-14", "/b/1?x=1&y=2", ""}}},
		{"Links", p.Links(), []Link{{"", "/b/1?x=1&y=2", ""}, {"", "/b/1?again", ""}, {"", "/me/1", "nofollow account"}}},
		{"Buttons", p.Buttons("data-slot"), []Button{{"2026-10-14T10:00", "again", "1", "/b/1/confirm"}}},
		{"action of Form", action, "/b/1/contact?x=1&y=2"},
		{"hidden fields of Form", values.Encode(), "wizard=%22t%22"},
		{"Asks(phone)", p.Asks("phone"), true},
		{"Asks(code)", p.Asks("code"), false},
		{"Puzzle", p.Puzzle(), true},
		{"Solve", p.Solve(), "23"},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
}

// TestCardsGoOnByTheirFirstLink: the second one of a card stays on the page.
func TestCardsGoOnByTheirFirstLink(t *testing.T) {
	p := Page{Body: `<ul><li class="card" data-service="7"><a class="pick" href="/b/1/master?services=7&amp;lang=en" rel="nofollow">Cut</a><a href="/b/1/service?services=7">+</a></li>` +
		`<li class="card off" data-service="8"><a role="link" aria-disabled="true">Dye</a></li><li data-promotion="9"><a href="/b/1/master?services=7,8">Both</a></li></ul>`}
	if got, want := p.Cards("data-service"), []Link{{"7", "/b/1/master?services=7&lang=en", "nofollow"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("Cards = %v, want %v", got, want)
	}
}

func TestAnEmptyPageHasNothing(t *testing.T) {
	p := Page{Body: "<p>502 Bad Gateway</p>"}
	action, values := p.Form()
	if p.Step() != "" || p.Kind() != "" || p.Refresh() != 0 || p.Links() != nil || action != "" || len(values) != 0 || p.Puzzle() {
		t.Errorf("%q is read as step %q, kind %q, form %q %v", p.Body, p.Step(), p.Kind(), action, values)
	}
}
