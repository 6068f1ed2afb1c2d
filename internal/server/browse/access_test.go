package browse_test

import (
	"os"
	"strings"
	"testing"

	"okoshko/internal/server"
	"okoshko/internal/servertest"
)

// TestTheStatementSaysWhomToTell reads the statement on accessibility in all languages, and follows the link to it.
func TestTheStatementSaysWhomToTell(t *testing.T) {
	t.Parallel()
	const contact, authority = "mailto:access@booking.example", "https://authority.example/complain"
	site := servertest.New(t, func(o *server.Options) { o.Access.Contact, o.Access.Authority = contact, authority })
	statement := site.Press(site.Get("/b/1/service?lang=en"), "footer a[href*='/accessibility']")
	if statement.Step() != "accessibility" || statement.Find("h1").Text() != "Accessibility" {
		t.Fatalf("the link in the footer leads to %q, %q", statement.Step(), statement.Find("h1").Text())
	}
	for lang, want := range map[string][]string{
		"en": {"WCAG", "30 November 2026", "Call us"}, "ru": {"WCAG", "30 ноября 2026", "Позвоните нам"}, "de": {"WCAG", "30. November 2026", "Rufen Sie uns an"},
		"uk": {"WCAG", "30 листопада 2026", "Зателефонуйте нам"}, "lv": {"WCAG", "2026", "Piezvaniet mums"}, "lt": {"WCAG", "2026", "Paskambinkite mums"}, "et": {"WCAG", "2026", "Helistage meile"},
	} {
		p := site.Get("/b/18/accessibility?lang=" + lang) // a form in all of them
		text := strings.Join(strings.Fields(p.Find("main").Text()), " ")
		for _, part := range append(want, "EN 301 549") {
			if !strings.Contains(text, part) {
				t.Errorf("%s: the statement does not say %q: %s", lang, part, text)
			}
		}
		for _, link := range []string{"a[href='" + contact + "']", "a[href='" + authority + "']", "a[href^='tel:']"} {
			if n := p.Find("main " + link).Length(); n == 0 {
				t.Errorf("%s: the statement has no link %s", lang, link)
			}
		}
	}
	// A chain has no phone before a branch is chosen.
	if p := site.Get("/b/3/accessibility?lang=en"); p.Step() != "accessibility" || p.Find("main a[href^='tel:']").Length() != 0 || !strings.Contains(p.Find("main").Text(), "Ask us") {
		t.Errorf("a chain's statement: %s", p.Find("main").Text())
	}
	if p := site.Get("/b/3/accessibility?lang=en&city=52&company=601"); p.Find("main a[href^='tel:']").Length() == 0 {
		t.Error("a branch's statement has no phone")
	}
}

// TestTheStatementNeedsNobody: it is there while the upstream is silent, with the phone when the salon is known.
func TestTheStatementNeedsNobody(t *testing.T) {
	t.Parallel()
	site := servertest.New(t)
	site.Get("/b/1/service?lang=de")
	site.Fault(`{"status":502}`)
	if p := site.Get("/b/1/accessibility?lang=de"); p.Step() != "accessibility" || p.Find("main a[href^='tel:']").Length() == 0 {
		t.Errorf("of a salon that is known: step %q, %s", p.Step(), p.Find("main").Text())
	}
	p := site.Get("/b/2/accessibility?lang=lv")
	if p.Step() != "accessibility" || p.Find("h1").Text() != "Piekļūstamība" || p.Find("main a[href^='tel:']").Length() != 0 {
		t.Errorf("of a salon that is not known: step %q, %s", p.Step(), p.Find("main").Text())
	}
	if p.Find("main a[href^='mailto:'], main a[target]").Length() != 0 {
		t.Error("a contact is named that nobody has configured")
	}
}

// TestTheStatementHasTheDateOfTheReport holds the page to the report that it speaks of.
func TestTheStatementHasTheDateOfTheReport(t *testing.T) {
	t.Parallel()
	report, err := os.ReadFile("../../../docs/accessibility-report.md")
	if err != nil {
		t.Fatal(err)
	}
	p := servertest.New(t).Get("/b/1/accessibility?lang=en")
	_, rest, _ := strings.Cut(string(report), "Assessed on ")
	date, _, ok := strings.Cut(rest, ".")
	if !ok || !strings.Contains(strings.ReplaceAll(p.Find("main").Text(), "\u00a0", " "), date) {
		t.Errorf("the statement does not name %q, the day of the report: %s", date, p.Find("main").Text())
	}
}
