package admin

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"okoshko/internal/catalog"
	"okoshko/internal/flow"
	"okoshko/internal/frames"
	"okoshko/internal/i18n"
	"okoshko/internal/snippet"
	"okoshko/internal/urls"
	"okoshko/web/templates/admin"
)

// builder makes the lines that embed a form, and the options to choose from. A choice in the address that is no option is left
// out.
func (s *Server) builder(ctx context.Context, q url.Values) (admin.Builder, snippet.Widget) {
	form, ok := urls.FormNumber(q.Get("form"))
	b := admin.Builder{Known: s.known(form)}
	if b.Some = b.Known; len(b.Known) > knownShown {
		b.Some, b.More = b.Known[:knownShown], fmt.Sprintf("all %d, with what is wrong at each", len(b.Known))
	}
	if !ok {
		if b.Form = q.Get("form"); b.Form != "" {
			b.Problem = "A form is named by its number, or by its address, such as https://n123.yclients.com."
		}
		return b, snippet.Widget{}
	}
	b.Form = strconv.Itoa(form)
	w := snippet.Widget{Origin: s.origin(), Form: form}
	b.Modes, w.Mode = choose(q.Get("mode"), []admin.Option{
		{Value: snippet.Inline, Text: "inline, in the page"},
		{Value: snippet.Popup, Text: "popup, on a press"},
		{Value: snippet.Float, Text: "float, a button at the edge"},
		{Value: snippet.Windows, Text: "windows, the next free times"},
	})
	company, _ := number(q.Get("company"))
	salon, verdict := s.examine(ctx, form, company)
	b.Name, b.Faults = verdict.Name, faults(verdict)
	found := salon.Bookform
	if found == nil {
		if len(b.Faults) == 0 {
			b.Problem = problem(salon.Err)
		}
		return b, snippet.Widget{}
	}
	b.Langs, w.Lang = choose(q.Get("lang"), s.languages(found))
	text := s.Text(lang(w, found))
	w.LinkText, w.FrameName = text.T("widget.snippet.link"), text.T("widget.snippet.frame")
	if err := s.presets(ctx, q, found, &b, &w); err != nil {
		b.Note = "Branches, services and masters cannot be chosen now. " + problem(err)
	}
	b.Hosts = hostsText(s.Frames.For(form))
	b.Allow = s.allow(form, salon)
	if s.PublicURL == "" {
		b.Origin = "Where browsers find the widget is not configured, so the lines name " + s.Widget + ". Set [server] public_url."
	}
	address := w
	address.Origin = ""
	b.Preview = address.FrameURL()
	b.Lines, b.Sites = lines(w), advice(w)
	if listsWindows(found) {
		b.Channels = channels(w)
	}
	b.Visit = firstVisit(w, salon)
	return b, w
}

// knownShown is how many forms the page names beside the field; the others stand on a page of their own.
const knownShown = 20

// faults are what is wrong with a form, as checks; one good check where nothing is.
func faults(v Verdict) []admin.Check {
	if !v.Known() {
		return nil
	}
	var out []admin.Check
	for _, f := range v.Faults {
		out = append(out, admin.Check{State: string(f.State), Text: f.Text})
	}
	if len(out) == 0 {
		text := "Nothing is wrong with the form."
		if !v.Whole {
			text = "Nothing is wrong as far as customers have asked."
		}
		out = append(out, admin.Check{State: string(OK), Text: text})
	}
	return out
}

// allow is the line of the configuration that lets the salon's own websites show the form, "" where they may. They are those that the
// companies name, and those that have tried.
func (s *Server) allow(form int, salon catalog.Salon) string {
	hosts := s.Frames.For(form)
	if hosts.Everybody() {
		hosts = nil
	}
	all := slices.Clone(hosts)
	for _, c := range salon.Companies {
		if site, ok := frames.OriginOf(c.Site); ok && !all.Allow(site) && len(all) < len(hosts)+maxSites {
			all = append(all, site)
		}
	}
	if len(all) == len(hosts) {
		return ""
	}
	return "OKOSHKO_FORM_" + strconv.Itoa(form) + "_HOSTS=" + strings.Join(all, ",")
}

// maxSites bounds the websites that are suggested.
const maxSites = 20

// firstVisit is what to look at in a first booking.
func firstVisit(w snippet.Widget, salon catalog.Salon) admin.Visit {
	page := func(p urls.Page) string { return w.Origin + urls.FormPage(w.Form, p) }
	v := admin.Visit{Pages: []admin.Channel{{Text: "the first page", URL: w.URL()}}}
	if listsWindows(salon.Bookform) {
		v.Pages = append(v.Pages, admin.Channel{Text: "the free times", URL: page(urls.Windows)})
	}
	v.Pages = append(v.Pages, admin.Channel{Text: "about the salon", URL: page(urls.About)}, admin.Channel{Text: "accessibility", URL: page(urls.Access)})
	code := "The salon asks for no code: whoever types a phone books."
	if c := salon.Company; c != nil && (c.PhoneConfirmation && c.SMS || salon.Bookform.GroupID == 0 && salon.Bookform.PhoneConfirmation && salon.Bookform.SMS) {
		code = "The salon asks for a code: it must come to your phone within a minute."
	} else if c == nil {
		code = "Each branch decides whether a code is sent; where it is, it must come to your phone within a minute."
	}
	v.Steps = []string{
		"Open the first page. The salon’s name, logo and colours are its own, and the language is yours.",
		"Choose. Services, prices and masters are those that the salon sells, and the times are by the clock of the salon.",
		"Type your own name and phone. " + code,
		"Press the button. The last page shows the visit, and the salon finds it in its diary with your name and phone.",
		"Open the link on that page, and cancel the visit. It is gone from the diary. A salon that does not allow that online shows its phone.",
		"Do it once more on the salon’s website, on a phone.",
	}
	return v
}

// listsWindows says whether a form has a page of windows: its customers choose a master and a time.
func listsWindows(form *catalog.Bookform) bool {
	return !form.GroupEventsOnly && form.Journey.Has(flow.Master) && form.Journey.Has(flow.Datetime) && !form.Journey.FixesTime()
}

// channels are what the salon shows of its free times elsewhere, each with what it is for.
func channels(w snippet.Widget) []admin.Channel {
	use := map[urls.Page]string{
		urls.Windows: "page: for links in posts and profiles", urls.WindowsStory: "picture for a story, 1080 × 1920", urls.WindowsPost: "picture for a post, 1080 × 1350",
		urls.WindowsText: "text, ready to paste", urls.WindowsAtom: "Atom feed, for readers and tools that post", urls.WindowsJSON: "JSON feed, for programs",
	}
	var out []admin.Channel
	for _, c := range w.Channels() {
		out = append(out, admin.Channel{Text: use[c.Page], URL: c.URL})
	}
	return out
}

// presets are the branches, services and masters that may be chosen beforehand.
func (s *Server) presets(ctx context.Context, q url.Values, form *catalog.Bookform, b *admin.Builder, w *snippet.Widget) error {
	speak := i18n.UpstreamCode(lang(*w, form))
	place := form.CompanyID
	if form.GroupID != 0 {
		companies, err := s.Catalog.Companies(ctx, speak, form.GroupID)
		if err != nil {
			return err
		}
		options := []admin.Option{{Text: "the customer chooses"}}
		for _, c := range companies {
			options = append(options, admin.Option{Value: strconv.Itoa(c.ID), Text: c.Title})
		}
		b.Places, w.Company = choose(q.Get("company"), options)
		place, _ = number(w.Company)
	}
	if place == 0 {
		b.Note = "Choose a branch to choose a service or a master of it."
		return nil
	}
	if form.GroupEventsOnly {
		return nil
	}
	company, err := s.Catalog.Company(ctx, speak, place)
	if err != nil {
		return err
	}
	services, err := s.Catalog.Services(ctx, speak, place, catalog.Filter{})
	if err != nil {
		return err
	}
	options := []admin.Option{{Text: "the customer chooses"}}
	for _, category := range services.Categories {
		for _, service := range category.Services {
			options = append(options, admin.Option{Value: strconv.Itoa(service.ID), Text: service.Title})
		}
	}
	b.Service, w.Service = choose(q.Get("service"), options)
	masters, err := s.Catalog.Masters(ctx, speak, company, catalog.Filter{})
	if err != nil {
		return err
	}
	options = []admin.Option{{Text: "the customer chooses"}}
	if company.AnyMaster {
		options = append(options, admin.Option{Value: "0", Text: "any"})
	}
	for _, m := range masters {
		options = append(options, admin.Option{Value: strconv.Itoa(m.ID), Text: m.Name})
	}
	b.Masters, w.Master = choose(q.Get("master"), options)
	return nil
}

// languages are the languages that a form offers, as options.
func (s *Server) languages(form *catalog.Bookform) []admin.Option {
	options := []admin.Option{{Text: "as the page around"}}
	for _, code := range form.Languages {
		if lang, ok := i18n.Canonical(code); ok {
			options = append(options, admin.Option{Value: lang, Text: cmp.Or(form.LanguageTitles[code], i18n.Name(lang))})
		}
	}
	return options
}

// lang is the language of a widget: the chosen one, or the form's own.
func lang(w snippet.Widget, form *catalog.Bookform) string {
	if w.Lang != "" {
		return w.Lang
	}
	code, _ := i18n.Canonical(form.Language)
	return code
}

// known are the forms to choose from: those of the configuration and of the sandbox, those that customers have opened, and those that
// were looked at.
func (s *Server) known(chosen int) []admin.Option {
	titles := map[int]string{}
	for form := range s.Metrics.Counts().Funnel {
		if n, ok := number(form); ok {
			titles[n] = ""
		}
	}
	for form := range s.Frames.Forms {
		titles[form] = ""
	}
	for _, form := range s.Known {
		titles[form.ID] = cmp.Or(form.Title, titles[form.ID])
	}
	for _, form := range s.verdicts.forms() {
		titles[form] = cmp.Or(s.verdicts.of(form).Name, titles[form])
	}
	var out []admin.Option
	for form, title := range titles {
		out = append(out, admin.Option{Value: strconv.Itoa(form), Text: title, Chosen: form == chosen})
	}
	slices.SortFunc(out, func(a, b admin.Option) int { return byNumber(a.Value, b.Value) })
	return out
}

// choose marks the option that is wished for, or else the first, and says which it is.
func choose(wish string, options []admin.Option) (marked []admin.Option, chosen string) {
	i := max(0, slices.IndexFunc(options, func(o admin.Option) bool { return o.Value == wish }))
	options[i].Chosen = true
	return options, options[i].Value
}

// number reads an id as addresses have them.
func number(text string) (int, bool) {
	const longest = 9 // digits
	if text == "" || len(text) > longest || text[0] == '0' || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

func problem(err error) string {
	switch catalog.ProblemOf(err) {
	case catalog.ProblemNotFound:
		return "The booking API knows no such form."
	case catalog.ProblemLicence:
		return "The salon of this form may not take bookings at present."
	case catalog.ProblemBusy:
		return "There are no calls left for this question. Try again in some seconds."
	default:
		return "The booking API does not answer."
	}
}

// lines are the three ways to embed a form, the best first.
func lines(w snippet.Widget) []admin.Lines {
	return []admin.Lines{
		{Title: "A. Element and script", Text: w.Element(), Notes: []string{"The best: it grows with its content, opens as a popup or a floating button, and the link inside books where scripts do not run."}},
		{Title: "B. Frame", Text: w.Frame(), Notes: []string{"For websites that take no scripts. Its height is fixed, and it scrolls inside."}},
		{Title: "C. Link", Text: w.Link(), Notes: []string{"For everything else: menus, messengers, a QR code of its address."}},
	}
}

// advice is what one has to know of what builds websites.
func advice(w snippet.Widget) []admin.Lines {
	return []admin.Lines{
		{Title: "WordPress", Notes: []string{
			"Put A into a Custom HTML block of the page. Roles without the right to unfiltered HTML lose the script when they save: let an administrator paste it, or take B.",
			"Plugins that delay or join scripts may hold ours back until the first touch; leave " + w.Origin + urls.LoaderTree + " out of what they do. Until then the link inside the element works.",
		}},
		{Title: "Tilda", Notes: []string{
			"Add the block T123, HTML code, and put A into it. It runs on the published page, not in the editor.",
			"To open the booking from a button of your own, give the button the address of C.",
			"Published pages stand under the website's own domain; previews under https://*.tilda.ws, which must be listed too if they are to show the form.",
		}},
		{Title: "Wix", Notes: []string{
			"Add Embed, then Embed a Site, and give it the address below; it is B with a height that you draw.",
			"Code that is pasted into Embed HTML stands in a frame of Wix's own, served by filesusr.com, in which no popup can cover the page: then list https://*.filesusr.com beside the website.",
		}, Text: w.URL()},
		{Title: "Google Tag Manager", Notes: []string{
			"Put the element into the page, where the form is to stand, and only the script into a Custom HTML tag. It may come late and more than once.",
			"The check below sees what stands in the page, not what a tag brings in.",
		}, Text: w.Script()},
	}
}
