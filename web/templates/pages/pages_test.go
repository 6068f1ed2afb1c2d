package pages_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/andybalholm/brotli"

	"okoshko/internal/i18n"
	"okoshko/internal/theme"
	"okoshko/locales"
	"okoshko/web/static"
	"okoshko/web/templates/layout"
	"okoshko/web/templates/pages"
	"okoshko/web/templates/showcase"
)

// sample is what the pages are made with; a key that is no text fails the test.
func sample(t *testing.T) showcase.Options {
	t.Helper()
	bundle, err := i18n.New(locales.Files, "en")
	if err != nil {
		t.Fatal(err)
	}
	bundle.OnMissing(func(lang, key string) { t.Errorf("no text for %q in %q", key, lang) })
	return showcase.Options{
		Texts:     func(lang string) layout.Texts { return bundle.Localizer(lang) },
		ScriptURL: "/static/0123456789/app.js", IconURL: "/static/0123456789/favicon.svg",
	}
}

// shown are the pages by name.
func shown(t *testing.T) map[string]templ.Component {
	t.Helper()
	out := map[string]templ.Component{}
	for _, p := range showcase.Pages(sample(t)) {
		out[p.Name] = p.View
	}
	return out
}

func html(t *testing.T, c templ.Component) string {
	t.Helper()
	var out bytes.Buffer
	if err := c.Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestAPageThatWaitsLooksLikeNoFault: that many people are booking is no error, and there is nothing to tell the salon of.
func TestAPageThatWaitsLooksLikeNoFault(t *testing.T) {
	t.Parallel()
	page := pages.ErrorPage{Text: "Many people are booking right now.", Ref: "f7b2ba38105e9399", Base: layout.Base{
		Text: sample(t).Texts("en"), Step: "error", ErrorKind: "busy", Waiting: &layout.Waiting{Seconds: 3, Now: layout.Link{Title: "Check now", URL: "/b/1"}},
	}}
	waits := parse(t, html(t, pages.ErrorView(page)))
	if waits.Find(".outcome [role=alert]").Text() != page.Text || waits.Find(".refused, code").Length() != 0 {
		t.Error("a page that waits looks like an error")
	}
	page.Waiting = nil
	if failed := parse(t, html(t, pages.ErrorView(page))); failed.Find(".refused [role=alert]").Length() != 1 || failed.Find("code").Text() != page.Ref {
		t.Error("an error has no mark or no reference")
	}
}

func parse(t *testing.T, page string) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func draw(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	return parse(t, html(t, c))
}

// name is the accessible name of a control: its label, or its text.
func name(s *goquery.Selection) string {
	if label, ok := s.Attr("aria-label"); ok {
		return label
	}
	return spaced(s.Text())
}

// spaced is a text with one ordinary blank wherever it has any.
func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }

// TestEveryPage checks what holds of all pages. With OKOSHKO_TEST_SHOTS set to a folder it leaves
// the pages there, to be looked at.
func TestEveryPage(t *testing.T) {
	folder := os.Getenv("OKOSHKO_TEST_SHOTS")
	for title, component := range shown(t) {
		t.Run(title, func(t *testing.T) {
			page := html(t, component)
			if folder != "" {
				if err := os.WriteFile(filepath.Join(folder, title+".html"), []byte(page), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			doc := parse(t, page)
			for selector, want := range map[string]int{
				"html[lang][dir]": 1, "title": 1, "h1": 1, "main[data-step][data-form]": 1, "style": 1,
				"[style]": 0, "script:not([src]):not([type=speculationrules])": 0, "[autofocus]": 0, "a.skip[href='#main']": 1,
				"img:not([alt])": 0, "svg:not([aria-hidden=true])": 0, "[tabindex='1']": 0,
			} {
				if got := doc.Find(selector).Length(); got != want {
					t.Errorf("%s: %d elements, want %d", selector, got, want)
				}
			}
			if found := regexp.MustCompile(`\son[a-z]+=|javascript:|about:invalid|%!|\[\]string`).FindString(page); found != "" {
				t.Errorf("the page holds %q", found)
			}
			if got := doc.Find("style").Text(); got != static.CSS {
				t.Error("the style element does not hold the stylesheet as it is, so its hash is wrong")
			}
			checkIDs(t, doc)
			doc.Find("a[href], button:not([aria-hidden=true])").Each(func(_ int, s *goquery.Selection) {
				if name(s) == "" {
					t.Errorf("a control without a name: %s", s.AttrOr("class", "?"))
				}
			})
			doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
				if doc.Find("label[for='"+s.AttrOr("id", "")+"']").Length() != 1 {
					t.Errorf("field %q has no label", s.AttrOr("id", ""))
				}
			})
		})
	}
}

// TestShowcaseHasEverything: every component and every page of the widget is drawn by the showcase. The demo salon's
// website is none of the widget's.
func TestShowcaseHasEverything(t *testing.T) {
	read := func(pattern string) string {
		t.Helper()
		var all strings.Builder
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
		return all.String()
	}
	drawn := read("../showcase/*.templ") + read("../showcase/[^_]*.go")
	n := 0
	for pkg, names := range map[string]*regexp.Regexp{
		"ui":    regexp.MustCompile(`(?m)^templ ([A-Z]\w*)\(`),
		"pages": regexp.MustCompile(`(?m)^templ ([A-Z]\w*View)\(`),
	} {
		for _, m := range names.FindAllStringSubmatch(read("../"+pkg+"/*.templ"), -1) {
			n++
			if use := pkg + "." + m[1] + "("; m[1] != "DemoView" && !strings.Contains(drawn, use) {
				t.Errorf("the showcase lacks %s", use)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d components and pages were found", n)
	}
}

// TestFormsAreToolsThatAPersonSends: the forms in which something is typed carry WebMCP's attributes, by which an assistant in the
// browser may fill them in. None is sent by it, and the buttons that book, cancel and move are no tools.
func TestFormsAreToolsThatAPersonSends(t *testing.T) {
	t.Parallel()
	tools := map[string]bool{}
	for name, page := range shown(t) {
		doc := draw(t, page)
		if n := doc.Find("[toolautosubmit]").Length(); n > 0 {
			t.Errorf("%s: an assistant may send %d forms", name, n)
		}
		doc.Find("form").Each(func(_ int, form *goquery.Selection) {
			tool, described := form.AttrOr("toolname", ""), form.AttrOr("tooldescription", "")
			typed := form.Find("input:not([type=hidden]):not([type=checkbox]), textarea, select").Length() > 0
			switch {
			case (tool == "") != (described == ""):
				t.Errorf("%s: tool %q is described as %q", name, tool, described)
			case tool == "":
			case !typed || form.Find("button[type=submit]").Length() == 0:
				t.Errorf("%s: %s has nothing to fill in, or no button for the person", name, tool)
			case doc.Find("main").AttrOr("data-step", "") == "confirm", form.Closest("main[data-step=record]").Length() > 0:
				t.Errorf("%s: the last button is a tool", name)
			default:
				tools[tool] = true
				form.Find("input:not([type=hidden]), textarea, select").Each(func(_ int, field *goquery.Selection) {
					id := field.AttrOr("id", "")
					if label := spaced(doc.Find("label[for=\"" + id + "\"]").Text()); label == "" && field.Closest("label").Length() == 0 {
						t.Errorf("%s: nothing describes %s of %s", name, field.AttrOr("name", ""), tool)
					}
				})
			}
		})
	}
	for _, tool := range []string{"search", "contact", "wish"} {
		if !tools[tool] {
			t.Errorf("no form is the tool %s", tool)
		}
	}
}

// checkIDs finds ids given twice and references that lead nowhere.
func checkIDs(t *testing.T, doc *goquery.Document) {
	t.Helper()
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if ids[id] {
			t.Errorf("id %q is given twice", id)
		}
		ids[id] = true
	})
	for _, attr := range []string{"aria-describedby", "aria-labelledby", "for"} {
		doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
			for id := range strings.FieldsSeq(s.AttrOr(attr, "")) {
				if !ids[id] {
					t.Errorf("%s names %q, which is not on the page", attr, id)
				}
			}
		})
	}
	doc.Find("a[href^='#']").Each(func(_ int, s *goquery.Selection) {
		if !ids[strings.TrimPrefix(s.AttrOr("href", ""), "#")] {
			t.Errorf("%s leads nowhere", s.AttrOr("href", ""))
		}
	})
}

// TestChoices checks that every choice is a real control which names what it chooses.
func TestChoices(t *testing.T) {
	services := showcase.Service(sample(t), 60)
	masters := showcase.Master(sample(t))
	slots := showcase.Datetime(sample(t), 48)

	doc := draw(t, pages.ServiceView(services))
	if got := doc.Find("main[data-step=service] [data-service] > a:first-child[href]").Length(); got != 60 {
		t.Errorf("%d services can be chosen, want 60", got)
	}
	for _, category := range services.Categories {
		for _, s := range category.Services {
			card := doc.Find("[data-service='" + strconv.Itoa(s.ID) + "']")
			control := card.Find("a").First()
			if got := name(control); !strings.Contains(got, spaced(s.Title)) || !strings.Contains(got, spaced(s.Price)) || !strings.Contains(got, spaced(s.Duration)) {
				t.Errorf("service %d is called %q", s.ID, got)
			}
			if _, marked := control.Attr("aria-current"); marked != s.Selected {
				t.Errorf("service %d: marked as chosen %v, want %v", s.ID, marked, s.Selected)
			}
			if _, on := control.Attr("data-next"); on != s.Selected || control.AttrOr("href", "") != s.URL {
				t.Errorf("service %d: its first link goes on to %q, as the way on %v", s.ID, control.AttrOr("href", ""), on)
			}
			if stay := card.Find("a").Eq(1); name(stay) != s.Label || stay.AttrOr("href", "") != s.StayURL {
				t.Errorf("service %d: its second link is called %q and leads to %q", s.ID, name(stay), stay.AttrOr("href", ""))
			}
		}
	}
	if got := doc.Find(".bar a[data-next]").AttrOr("href", ""); got != services.NextURL {
		t.Errorf("the control that goes on leads to %q, want %q", got, services.NextURL)
	}

	doc = draw(t, pages.MasterView(masters))
	for _, m := range masters.Masters {
		control := doc.Find("a[data-staff='" + strconv.Itoa(m.ID) + "']")
		if got := name(control); !strings.Contains(got, m.Name) {
			t.Errorf("master %d is called %q", m.ID, got)
		}
		_, linked := control.Attr("href")
		if off := control.AttrOr("aria-disabled", "") == "true"; linked != m.Bookable || off == m.Bookable {
			t.Errorf("master %d: link %v, off %v, bookable %v", m.ID, linked, off, m.Bookable)
		}
	}

	doc = draw(t, pages.DatetimeView(slots))
	if got := doc.Find("a[data-slot]").Length(); got != 48 {
		t.Errorf("%d slots, want 48", got)
	}
	for _, group := range slots.Groups {
		for _, s := range group.Slots {
			got := name(doc.Find("a[data-slot='" + s.ISO + "']"))
			if !strings.Contains(got, s.Time) || !strings.Contains(got, "25 ноября") {
				t.Errorf("slot %s is called %q", s.ISO, got)
			}
		}
	}
	if got := doc.Find("table.calendar [data-date]").Length(); got != 35 {
		t.Errorf("%d days in the calendar, want 35", got)
	}
	if got := doc.Find("table.calendar small"); got.Length() != 1 || got.Parent().Find("[data-date]").AttrOr("data-date", "") != "2026-12-01" {
		t.Errorf("%d days name their month, want the first of December alone", got.Length())
	}
	for _, week := range slots.Weeks {
		for _, d := range week {
			cell := doc.Find("table.calendar [data-date='" + d.Date + "']")
			if got := name(cell); !strings.Contains(got, d.Label) {
				t.Errorf("day %s is called %q", d.Date, got)
			}
			if got := cell.Is("a[href]"); got != (d.State == "free") {
				t.Errorf("day %s is %s: link %v", d.Date, d.State, got)
			}
		}
	}
	if got := doc.Find(".strip [data-date]"); got.Length() != 14 || got.First().AttrOr("data-date", "") != "2026-11-24" {
		t.Errorf("the strip has %d days from %q", got.Length(), got.First().AttrOr("data-date", ""))
	}
	for _, rows := range []string{".strip", "table.calendar"} {
		if got := doc.Find(rows+" [aria-current=true]").AttrOr("data-date", ""); got != "2026-11-25" {
			t.Errorf("the open day of %s is %q", rows, got)
		}
		if got := doc.Find(rows+" [aria-current=date]").AttrOr("data-date", ""); got != "2026-11-24" {
			t.Errorf("today is %q in %s", got, rows)
		}
	}
	for _, m := range slots.Masters {
		control := doc.Find(".who a[data-staff='" + strconv.Itoa(m.ID) + "'][href]")
		if got := name(control); !strings.Contains(got, m.Name) || !strings.Contains(got, m.Nearest) {
			t.Errorf("master %d is called %q", m.ID, got)
		}
		if _, marked := control.Attr("aria-current"); marked != m.Selected {
			t.Errorf("master %d: marked as chosen %v, want %v", m.ID, marked, m.Selected)
		}
	}
}

func TestNothingChosenHasNoWayOn(t *testing.T) {
	p := showcase.Service(sample(t), 3)
	p.NextURL = ""
	for i := range p.Categories[0].Services {
		p.Categories[0].Services[i].Selected = false
	}
	if got := draw(t, pages.ServiceView(p)).Find("[data-next]").Length(); got != 0 {
		t.Errorf("%d controls go on with nothing chosen", got)
	}
}

func TestEmptyDayOffersTheNextFreeOne(t *testing.T) {
	doc := draw(t, pages.DatetimeView(showcase.Datetime(sample(t), 0)))
	if got := doc.Find(".empty a").AttrOr("href", ""); got != "?d=2026-11-27" {
		t.Errorf("the empty day leads to %q", got)
	}
	if !strings.Contains(doc.Find(".empty").Text(), "нет свободного времени") {
		t.Error("the empty day does not say why")
	}
}

// TestSummary checks the rows of the summary, and the links that change them.
func TestSummary(t *testing.T) {
	page := showcase.Datetime(sample(t), 48)
	doc := draw(t, pages.DatetimeView(page))
	for _, row := range page.Summary {
		entry := doc.Find("[data-summary=" + row.Step + "]")
		if got := entry.Text(); !strings.Contains(got, row.Value) || !strings.Contains(got, row.Note) {
			t.Errorf("summary of %s says %q", row.Step, got)
		}
		change := entry.Find("a")
		if got := change.AttrOr("href", ""); got != row.ChangeURL {
			t.Errorf("summary of %s changes at %q, want %q", row.Step, got, row.ChangeURL)
		}
		if got := name(change); !strings.Contains(got, row.Label) {
			t.Errorf("the link that changes %s is called %q", row.Step, got)
		}
	}
	page.Summary[0].ChangeURL = ""
	if got := draw(t, pages.DatetimeView(page)).Find("[data-summary=city] a").Length(); got != 0 {
		t.Error("what cannot be changed has a link")
	}
}

// TestTicketStandsForTheSummary checks that the pages with the ticket show what is chosen once, with a link that changes each line.
func TestTicketStandsForTheSummary(t *testing.T) {
	page := showcase.Contact(sample(t), false)
	doc := draw(t, pages.ContactView(page))
	if got := doc.Find("aside").Length(); got != 0 {
		t.Errorf("%d summaries stand beside the ticket", got)
	}
	visit := page.Ticket.Visits[0]
	for step, want := range map[string]struct{ text, url string }{
		"datetime": {visit.When, visit.WhenURL}, "service": {visit.Services[0].Label, visit.ServicesURL}, "master": {visit.Master, visit.MasterURL}, "company": {visit.Place, visit.PlaceURL},
	} {
		line := doc.Find("main .ticket [data-summary=" + step + "]")
		change := line.Find("a[rel=nofollow]")
		if !strings.Contains(line.Text(), want.text) || change.AttrOr("href", "") != want.url || strings.HasPrefix(name(change), ":") || name(change) == "" {
			t.Errorf("%s: %q, changed at %q by %q", step, line.Text(), change.AttrOr("href", ""), name(change))
		}
	}
	page.Ticket.Visits[0].PlaceURL = ""
	if got := draw(t, pages.ContactView(page)).Find("[data-summary=company] a[rel=nofollow]").Length(); got != 0 {
		t.Error("what cannot be changed has a link")
	}
}

// TestOptionalFieldsAreFoldedAway checks that nothing that has to be filled in is hidden, and that the rest opens when it is filled in.
func TestOptionalFieldsAreFoldedAway(t *testing.T) {
	page := showcase.Contact(sample(t), false)
	doc := draw(t, pages.ContactView(page))
	if got := doc.Find("details [required]").Length(); got != 0 {
		t.Errorf("%d required controls are folded away", got)
	}
	if got := doc.Find("form input, form textarea, form select").Not("[type=hidden], [tabindex], [required], details *").Length(); got != 0 {
		t.Errorf("%d optional controls are not folded away", got)
	}
	if got := doc.Find("details[open]").Length(); got != 0 {
		t.Error("what is folded away stands open")
	}
	page.MoreOpen = true
	if got := draw(t, pages.ContactView(page)).Find("details[open] [name=email]").Length(); got != 1 {
		t.Error("what is filled in stays folded away")
	}
}

// TestForms checks that each form page has one form, the token, and buttons told apart by name.
func TestForms(t *testing.T) {
	all := shown(t)
	for title, want := range map[string]string{
		"contact": "main", "contact-wrong": "main", "code": "main resend edit", "code-wrong": "main resend edit",
		"confirm": "edit edit edit main", "confirm-code": "edit edit edit main resend", "confirm-code-wrong": "edit edit edit main resend", "lost": "again again again",
	} {
		doc := draw(t, all[title])
		if got := doc.Find("form").Length(); got != 1 {
			t.Errorf("%s: %d forms, want 1", title, got)
		}
		if got := doc.Find("form[method=post] input[type=hidden][name=wizard]").AttrOr("value", ""); got != "token" {
			t.Errorf("%s: the token is %q", title, got)
		}
		var names []string
		doc.Find("form button[type=submit]").Each(func(_ int, s *goquery.Selection) { names = append(names, s.AttrOr("name", "main")) })
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: buttons %q, want %q", title, got, want)
		}
	}
	confirm := draw(t, all["confirm"])
	if got := confirm.Find("button[name=edit]").AttrOr("formaction", ""); got != "/b/1234/contact#f-fullname" {
		t.Errorf("confirm: details are changed at %q", got)
	}
	code := draw(t, all["code"])
	if got := code.Find("input[name=step]").AttrOr("value", ""); got != "code" {
		t.Errorf("code: step = %q", got)
	}
	if field := code.Find("input[name=code]"); field.AttrOr("autocomplete", "") != "one-time-code" || field.AttrOr("inputmode", "") != "numeric" {
		t.Error("code: the field does not take the code from the message")
	}
	if got := code.Find("[data-countdown]").AttrOr("data-countdown", ""); got != "45" {
		t.Errorf("code: countdown of %q s", got)
	}
	lost := draw(t, all["lost"])
	if slot := lost.Find("button[data-slot]").First(); slot.AttrOr("formaction", "") != "/b/1234/contact?t=14:45" || !strings.Contains(name(slot), "14:45") {
		t.Error("lost: the first slot does not go on")
	}
}

func TestFieldErrors(t *testing.T) {
	doc := draw(t, pages.ContactView(showcase.Contact(sample(t), true)))
	if got := doc.Find("[role=alert] a[href='#f-phone']").Text(); got != "Некорректный номер телефона" {
		t.Errorf("the summary of errors says %q of the phone", got)
	}
	for _, field := range []string{"phone", "accept_personal_data"} {
		input := doc.Find("[name=" + field + "]")
		if input.AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%s is not marked as wrong", field)
		}
		described := doc.Find("#" + strings.Fields(input.AttrOr("aria-describedby", "none"))[0]).Text()
		if strings.TrimSpace(described) == "" {
			t.Errorf("%s does not say what is wrong", field)
		}
	}
	for _, field := range []string{"fullname", "accept_newsletter"} {
		if got := doc.Find("[name="+field+"]").AttrOr("aria-invalid", ""); got != "false" {
			t.Errorf("%s, which is right, is said to be invalid: %q", field, got)
		}
	}
	if got := doc.Find("[name=fullname]").AttrOr("value", ""); got != "Мария" {
		t.Errorf("what was typed is lost: %q", got)
	}
	if got := draw(t, pages.ContactView(showcase.Contact(sample(t), false))).Find("[role=alert]").Length(); got != 0 {
		t.Error("a form without errors shows an alert")
	}
}

func TestBooked(t *testing.T) {
	all := shown(t)
	for _, title := range []string{"done", "record"} {
		doc := draw(t, all[title])
		if got := doc.Find("main [data-record='555001'] a[rel=record]").AttrOr("href", ""); got != "/r/1234/77/555001/abcdef?lang=ru" {
			t.Errorf("%s: the record is at %q", title, got)
		}
	}
	unknown := draw(t, all["done-unknown"])
	if got := unknown.Find("[data-record], [rel=record]").Length(); got != 0 {
		t.Error("an unknown outcome shows a record")
	}
	if got := unknown.Find("main[data-again]").AttrOr("data-again", ""); got != "10" {
		t.Errorf("an unknown outcome refreshes after %q s", got)
	}
	for _, title := range []string{"done-unknown", "done-unsure", "done-likely", "done-partly"} {
		doc := draw(t, all[title])
		if got := doc.Find("main .actions a[href*='/b/']").Length(); got != 0 {
			t.Errorf("%s invites to book again", title)
		}
		if got := doc.Find("main .actions a[href^='tel:']").Length(); got != 1 {
			t.Errorf("%s does not say whom to call", title)
		}
	}
	if got := draw(t, all["done-refused"]).Find("[role=alert]").Length(); got != 1 {
		t.Errorf("a refusal has %d alerts, want 1", got)
	}
}

func TestErrorPage(t *testing.T) {
	doc := draw(t, shown(t)["error"])
	if got := doc.Find("main[data-step=error]").AttrOr("data-error", ""); got != "down" {
		t.Errorf("data-error = %q", got)
	}
	if got := doc.Find("[role=alert]").Text(); !strings.Contains(got, "or call") {
		t.Errorf("the error says %q", got)
	}
	if got := doc.Find("main a[href^='tel:']").Length(); got != 1 {
		t.Error("the salon cannot be called from the page")
	}
	if got := doc.Find("meta[name=robots]").AttrOr("content", ""); got != "noindex" {
		t.Errorf("robots = %q", got)
	}
}

// TestText checks that what others wrote stays text, and that addresses are addresses.
func TestText(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	p := showcase.Service(sample(t), 1)
	p.Categories[0].Title = evil
	s := &p.Categories[0].Services[0]
	s.Title, s.Label, s.Comment, s.Price = evil, evil, evil, evil
	p.Salon.Name, p.Summary[0].Value = evil, evil
	p.Summary[0].ChangeURL = "javascript:alert(1)"
	p.Alerts = []layout.Alert{{Kind: "info", Text: evil}}
	doc := draw(t, pages.ServiceView(p))
	if got := doc.Find("script:not([src]):not([type=speculationrules])").Length(); got != 0 {
		t.Errorf("%d scripts got into the page", got)
	}
	if got := doc.Find("[data-summary=city] a").AttrOr("href", ""); strings.HasPrefix(got, "javascript:") {
		t.Errorf("a script became an address: %q", got)
	}
	if got := strings.TrimSpace(doc.Find("h2").First().Text()); got != strings.TrimSpace(evil) {
		t.Errorf("the title reads %q", got)
	}
}

func TestTheme(t *testing.T) {
	p := showcase.Service(sample(t), 1)
	p.ThemeCSS = ":root{--accent:#814}"
	doc := draw(t, pages.ServiceView(p))
	if got := doc.Find("style").Eq(1).Text(); got != p.ThemeCSS {
		t.Errorf("the theme is %q", got)
	}
	if got := doc.Find("style").Eq(1).AttrOr("media", ""); got != "screen" {
		t.Errorf("the theme is for %q, paper too", got)
	}
	for css, want := range map[string]string{"": "light dark", ":root{--accent:#814}": "light dark", theme.CSS(theme.Wish{Background: "black"}): "dark"} {
		p.ThemeCSS = css
		if got := draw(t, pages.ServiceView(p)).Find("meta[name=color-scheme]").AttrOr("content", ""); got != want {
			t.Errorf("before its styles are read, a page of %q is %q, want %q", css, got, want)
		}
	}
}

// TestWeight keeps the largest pages, with the stylesheet inside, within the first round trip.
func TestWeight(t *testing.T) {
	const most = 14_000
	for title, component := range map[string]templ.Component{
		"60 services": pages.ServiceView(showcase.Service(sample(t), 60)),
		"48 slots":    pages.DatetimeView(showcase.Datetime(sample(t), 48)),
	} {
		page := html(t, component)
		var out bytes.Buffer
		w := brotli.NewWriterLevel(&out, 5)
		if _, err := w.Write([]byte(page)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes, %d compressed", title, len(page), out.Len())
		if out.Len() > most {
			t.Errorf("%s: %d bytes compressed, want at most %d", title, out.Len(), most)
		}
	}
}
