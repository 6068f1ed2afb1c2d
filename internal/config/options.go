package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// name of an option: its section and key.
type name struct{ section, key string }

func (n name) String() string { return "[" + n.section + "] " + n.key }

// env is the environment variable that overrides the option.
func (n name) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(n.section, " ", "_")+"_"+n.key)
}

// option is one line of the configuration. The table of them drives the parser, the environment
// and the example file.
type option struct {
	name
	fallback string
	kind     kind
	doc      string // "" = as the option above
	secret   bool   // its value is never repeated in a message
}

// options is the table of all options. It is bound to the configuration that it fills, and has a section for each of the forms.
func (c *Config) options(forms []int) []option {
	const origins = "an origin such as https://booking.example, or nothing"
	table := []option{
		{name: name{"server", "listen"}, fallback: "127.0.0.1:8080", kind: listen(&c.Server.Listen), doc: "Where to listen, host:port; without a host on all interfaces."},
		{name: name{"server", "public_url"}, kind: origin(&c.Server.PublicURL, origins), doc: "Under which origin browsers reach the widget. Empty: as requests say."},
		{name: name{"server", "trusted_proxies"}, kind: networks(&c.Server.TrustedProxies), doc: "The proxies whose X-Forwarded-For is believed, separated by commas."},
		{name: name{"server", "read_timeout"}, fallback: "5s", kind: duration(&c.Server.ReadTimeout, 100*time.Millisecond, time.Minute), doc: "How long a client may take to send a request."},
		{name: name{"server", "connections"}, fallback: "2000", kind: integer(&c.Server.Connections, 10, 100_000), doc: "Connections open at a time. When there are more, those that have waited longest for their sender are closed, of the address that holds most."},
		{name: name{"server", "request_timeout"}, fallback: "8s", kind: duration(&c.Server.RequestTimeout, time.Second, time.Minute), doc: "How long answering a browsing request may take."},
		{name: name{"server", "shutdown_timeout"}, fallback: "20s", kind: duration(&c.Server.ShutdownTimeout, time.Second, 5*time.Minute), doc: "How long requests under way may take to finish when the program is told to stop."},
		{name: name{"server", "drain_delay"}, fallback: "0s", kind: duration(&c.Server.DrainDelay, 0, 5*time.Minute), doc: "How long the program still takes requests after it has begun to say that it is not ready, so that a proxy hears of it in time."},

		{name: name{"upstream", "base_url"}, kind: origin(&c.Upstream.BaseURL, origins), doc: "Origin of the booking API, e.g. https://api.yclients.com; /api/v1 is appended. Empty: the embedded sandbox."},
		{name: name{"upstream", "partner_token"}, kind: token(&c.Upstream.PartnerToken), secret: true, doc: "Partner token of the booking API. Better given by the environment than in a file."},
		{name: name{"upstream", "per_second"}, fallback: "5", kind: integer(&c.Upstream.PerSecond, 1, 1000), doc: "Calls a second at most, which is taken for a tenth longer. The API allows 5 for an IP address."},
		{name: name{"upstream", "per_minute"}, fallback: "180", kind: integer(&c.Upstream.PerMinute, 1, 60_000), doc: "Calls a minute at most. The API allows 200 for an IP address."},
		{name: name{"upstream", "processes"}, fallback: "1", kind: integer(&c.Upstream.Processes, 1, 100), doc: "How many processes of Okoshko call the API from one IP address. More than one need [store] url."},

		{name: name{"store", "url"}, kind: redisURL(&c.Store.URL), secret: true, doc: "Redis or Valkey server for sessions, booking attempts, and the calls and answers of all processes. Empty: a file."},
		{name: name{"store", "path"}, kind: filePath(&c.Store.Path), doc: "File for sessions, booking attempts and the API's answers when there is no url. Empty: okoshko.db with an upstream, a temporary file with the sandbox."},
		{name: name{"store", "visitors"}, fallback: "64", kind: integer(&c.Store.Visitors, 1, 100_000), doc: "MiB that visitors may fill in the store who have proven nothing, by no code and no booking. Beyond it they are turned away; what is proven is always written."},
		{name: name{"store", "entries_per_address"}, fallback: "2000", kind: integer(&c.Store.EntriesPerAddress, 0, 1_000_000), doc: "Entries that an IPv4 address or an IPv6 /64 may have in the store and has proven nothing by; a network, /24 or /48, may have four times as many. They go within the hour, counters of limits when their time is over."},
		{name: name{"store", "backup_path"}, kind: filePath(&c.Store.BackupPath), doc: "Where to write a copy of the file while running, over the last one. Empty: nowhere."},
		{name: name{"store", "backup_every"}, fallback: "1h", kind: duration(&c.Store.BackupEvery, 100*time.Millisecond, 7*24*time.Hour), doc: "How often the copy is written; once more at the end."},

		{name: name{"hooks", "secret"}, kind: hookSecret(&c.Hooks.Secret), secret: true, doc: "Ends the address to which the booking API posts what has changed, /hooks/SECRET below public_url. Whoever knows it can make this program forget answers, and no more. Empty: there is no such address. See operations.md."},

		{name: name{"agents", "mcp"}, kind: onOffOrNot(&c.Agents.MCP), doc: "Whether assistants may look for free times, at /mcp below public_url. They book nothing: a person does, on the page whose link they give. Empty: on with the sandbox, off otherwise. See agents.md."},
		{name: name{"agents", "forms"}, kind: formNumbers(&c.Agents.Forms), doc: "The forms that assistants can find, separated by commas. Empty: those of [found] forms."},

		{name: name{"found", "forms"}, kind: formNumbers(&c.Found.Forms), doc: "The forms that search engines are told in /sitemap.xml, separated by commas. Empty: those of the sandbox, none otherwise. See found.md."},

		{name: name{"session", "keys"}, kind: keys(&c.Session.Keys), secret: true, doc: "Signing keys, separated by commas. The first signs, all verify. Empty: made once and kept in the store."},
		{name: name{"session", "lifetime"}, fallback: "30m", kind: duration(&c.Session.Lifetime, time.Minute, 24*time.Hour), doc: "How long a customer's unfinished form is kept."},

		{name: name{"embed", "hosts"}, fallback: "*", kind: frameHosts(&c.Embed.Hosts), doc: "Where the widget may stand in a frame, separated by commas; * for anywhere."},
		{name: name{"embed", "counters"}, fallback: "on", kind: onOff(&c.Embed.Counters), doc: "Whether websites are told the counters that their booking form names, so that these count bookings."},

		{name: name{"admin", "listen"}, fallback: "127.0.0.1:9090", kind: listenOrNot(&c.Admin.Listen), doc: "Where the operator's page, /healthz, /readyz and /metrics are; not for the world. Empty: nowhere."},
		{name: name{"admin", "names"}, kind: hostNames(&c.Admin.Names), doc: "Names under which that is asked for, separated by commas, beside localhost and, where it listens for others, addresses. Requests for other names are refused, because a website could have its own name lead there."},
		{name: name{"admin", "profile"}, fallback: "off", kind: onOff(&c.Admin.Profile), doc: "Whether /debug/pprof/ is there too. A profile shows what is in memory and takes time off the customers."},

		{name: name{"pictures", "hosts"}, fallback: "https://yclients.com, https://*.yclients.com, https://yclients.ru, https://*.yclients.ru, https://*.alteg.io", kind: pictureHosts(&c.Pictures.Hosts), doc: "Where pictures of salons, services and masters may come from beside the booking API, separated by commas; * for anywhere. Others are not shown."},

		{name: name{"privacy", "consent_kept"}, fallback: "8760h", kind: duration(&c.Privacy.ConsentKept, 24*time.Hour, 10*8760*time.Hour), doc: "How long it is remembered that, when and to which text somebody agreed; without a name."},

		{name: name{"accessibility", "contact"}, kind: contact(&c.Access.Contact), doc: "Where customers report a barrier to you, such as mailto:access@booking.example; a link on the statement on accessibility. Empty: the salon alone is named there."},
		{name: name{"accessibility", "authority"}, kind: contact(&c.Access.Authority), doc: "Where they complain when that does not help, such as the address of the supervisory authority; another link there. Empty: no link."},

		{name: name{"waiting", "on"}, fallback: "on", kind: onOff(&c.Waiting.On), doc: "Whether visitors for whom nothing free suits may ask to be told when a time opens. Offered only where [mail] or [push] is configured."},
		{name: name{"waiting", "calls_per_minute"}, fallback: "20", kind: integer(&c.Waiting.CallsPerMinute, 0, 100), doc: "Calls of the booking API a minute at most, of all processes, that look for openings; none while calls are scarce. 0: openings are noticed only in what visitors ask, and in this program's own cancels and moves."},
		{name: name{"waiting", "wishes"}, fallback: "2000", kind: integer(&c.Waiting.Wishes, 1, 20_000), doc: "How many wishes there may be at a time,"},
		{name: name{"waiting", "wishes_per_company"}, fallback: "200", kind: integer(&c.Waiting.WishesPerCompany, 1, 2000), doc: "and at a company."},
		{name: name{"waiting", "quiet"}, fallback: "21:00-09:00", kind: quiet(&c.Waiting.Quiet), doc: "When nobody is told of an opening, on the clock of the company. What has opened then is told at the end, if it is still free."},

		{name: name{"mail", "host"}, kind: mailHost(&c.Mail.Host), doc: "Mail server that sends to those who wait for an opening. Empty: no mail is sent, and none is offered."},
		{name: name{"mail", "port"}, fallback: "587", kind: integer(&c.Mail.Port, 1, 65535), doc: "Its port: mostly 587 with starttls, 465 with tls."},
		{name: name{"mail", "tls"}, fallback: "starttls", kind: oneOf(&c.Mail.TLS, "starttls", "tls", "none"), doc: "How the connection is encrypted. starttls: it must be, once it is open. tls: from its beginning. none: only with a host of this machine."},
		{name: name{"mail", "user"}, kind: printable(&c.Mail.User), doc: "Name at the mail server. Empty: it asks for none."},
		{name: name{"mail", "password"}, kind: printable(&c.Mail.Password), secret: true, doc: "Password at the mail server. Better given by the environment than in a file."},
		{name: name{"mail", "from"}, kind: mailAddress(&c.Mail.From), doc: "Sender of the mails, such as Salon Lana <wishes@salon.example>."},

		{name: name{"push", "subject"}, kind: contact(&c.Push.Subject), doc: "Whom push services may write to when something is wrong with the messages (RFC 8292). Empty: no push messages are sent, and none are offered."},
		{name: name{"push", "key"}, kind: pushKey(&c.Push.Key), secret: true, doc: "Private key that signs push messages. A new one ends all subscriptions. Empty: made once and kept in the store."},

		{name: name{"limits", "sms_per_phone"}, fallback: "5", kind: integer(&c.Limits.SMSPerPhone, 0, 1000), doc: "Text messages a day to a phone. 0 in this section: no limit."},
		{name: name{"limits", "sms_per_address"}, fallback: "10", kind: integer(&c.Limits.SMSPerAddress, 0, 100_000), doc: "Text messages an hour that an IPv4 address or an IPv6 /64 gets without ado. Each more costs the browser a puzzle, up to three times as many at a salon and four times at all; the /24, or the /56 and the /48, around it get more."},
		{name: name{"limits", "sms_per_salon"}, fallback: "300", kind: integer(&c.Limits.SMSPerSalon, 0, 10_000), doc: "Text messages a day for a salon. In an hour it gets a sixth of them at most, and of that one network a third."},
		{name: name{"limits", "sms_prefixes"}, kind: prefixes(&c.Limits.SMSPrefixes), doc: "What numbers that get text messages begin with, separated by commas, e.g. +7, +371. Empty: anything."},
		{name: name{"limits", "form_age"}, fallback: "3s", kind: duration(&c.Limits.FormAge, 0, time.Minute), doc: "How old a form must be before it has a text message sent; younger ones wait."},
		{name: name{"limits", "press_age"}, fallback: "500ms", kind: duration(&c.Limits.PressAge, 0, 5*time.Second), doc: "How long a page that books, cancels or moves must have been there before its button does so; an earlier press was meant for what stood there before, and gets the page once more."},
		{name: name{"limits", "bookings_per_address"}, fallback: "30", kind: integer(&c.Limits.BookingsPerAddress, 0, 100_000), doc: "Bookings an hour at a salon from an IPv4 address or an IPv6 /64; those around it may make more. A press that books nothing does not count."},
		{name: name{"limits", "calls_per_address"}, fallback: "90", kind: integer(&c.Limits.CallsPerAddress, 0, 100_000), doc: "Questions to the booking API a minute that an IPv4 address or an IPv6 /64 may cause, by whatever method; a sixth of them is kept for its bookings. Beyond them it sees what is kept."},

		{name: name{"cache", "form_fresh"}, fallback: "15m", kind: age(&c.Cache.FormFresh), doc: "Bookforms: served as they are for so long,"},
		{name: name{"cache", "form_soft"}, fallback: "1h", kind: age(&c.Cache.FormSoft), doc: "served at once and refreshed behind for so long,"},
		{name: name{"cache", "form_hard"}, fallback: "24h", kind: age(&c.Cache.FormHard), doc: "served when the API does not answer for so long."},
		{name: name{"cache", "catalog_fresh"}, fallback: "10m", kind: age(&c.Cache.CatalogFresh), doc: "The same for companies, services and staff."},
		{name: name{"cache", "catalog_soft"}, fallback: "30m", kind: age(&c.Cache.CatalogSoft)},
		{name: name{"cache", "catalog_hard"}, fallback: "24h", kind: age(&c.Cache.CatalogHard)},
		{name: name{"cache", "dates_fresh"}, fallback: "2m", kind: age(&c.Cache.DatesFresh), doc: "The same for free days."},
		{name: name{"cache", "dates_soft"}, fallback: "5m", kind: age(&c.Cache.DatesSoft)},
		{name: name{"cache", "dates_hard"}, fallback: "10m", kind: age(&c.Cache.DatesHard)},
		{name: name{"cache", "slots_fresh"}, fallback: "15s", kind: slotAge(&c.Cache.SlotsFresh), doc: "The same for free times of a day."},
		{name: name{"cache", "slots_soft"}, fallback: "45s", kind: slotAge(&c.Cache.SlotsSoft)},
		{name: name{"cache", "slots_hard"}, fallback: "45s", kind: slotAge(&c.Cache.SlotsHard)},
		{name: name{"cache", "ahead"}, fallback: "on", kind: onOff(&c.Cache.Ahead), doc: "Whether what a customer's next page needs is asked for while the customer reads, as long as calls are plenty."},
		{name: name{"cache", "max_entries"}, fallback: "20000", kind: integer(&c.Cache.MaxEntries, 100, 10_000_000), doc: "Answers kept at most."},
		{name: name{"cache", "megabytes"}, fallback: "64", kind: integer(&c.Cache.Megabytes, 8, 100_000), doc: "Memory for what is kept: three quarters for answers, the rest for pages that were drawn of them."},

		{name: name{"i18n", "default"}, fallback: "en", kind: oneOf(&c.I18n.Default, "en", "ru", "lv", "et", "lt", "de", "uk"), doc: "Language of a text that its own language lacks."},

		{name: name{"sandbox", "listen"}, fallback: "127.0.0.1:0", kind: listen(&c.Sandbox.Listen), doc: "Where the embedded sandbox listens; port 0 takes a free one."},
		{name: name{"sandbox", "seed"}, fallback: "1", kind: anyInteger(&c.Sandbox.Seed), doc: "What the sandbox's salons are made from; equal seeds make equal salons."},
		{name: name{"sandbox", "hooks"}, fallback: "off", kind: onOff(&c.Sandbox.Hooks), doc: "Whether the sandbox posts hooks to the widget, five seconds after each change. Only with [hooks] secret."},
		{name: name{"sandbox", "now"}, kind: instant(&c.Sandbox.Now), doc: "At which time the sandbox and the widget begin to live, e.g. to see the end of a month. Only with the sandbox. Empty: the machine's time."},

		{name: name{"log", "level"}, fallback: "info", kind: level(&c.Log.Level), doc: "How much is said."},
		{name: name{"log", "format"}, fallback: "text", kind: oneOf(&c.Log.Format, "text", "json"), doc: "How it is said."},
	}
	for _, form := range forms {
		table = append(table, c.formOptions(form)...)
	}
	return table
}

// formSection begins the names of sections that are about one form.
const formSection = "form "

// formOptions are the options of one form.
func (c *Config) formOptions(form int) []option {
	return []option{
		{name: name{formSection + strconv.Itoa(form), "hosts"}, kind: formHosts(&c.Embed.Forms, form), doc: "Where this form may stand in a frame. Empty: as [embed] hosts says."},
		{name: name{formSection + strconv.Itoa(form), "prepaid"}, fallback: "book", kind: formOneOf(&c.Prepaid, form, "book", "link", "refuse"), doc: "What happens to what must be paid in advance, as no payment is taken here. book: it is booked, and pages say so. link: the customer goes on at the form's own page of the upstream with all choices; where its address is not known, as book. refuse: it is shown and cannot be booked. See money.md."},
		{name: name{formSection + strconv.Itoa(form), "confirm"}, fallback: "page", kind: formOneOf(&c.Confirm, form, "page", "with-contact"), doc: "Where the customer confirms the booking, when the form asks for that. page: on a page of its own, as the form says. with-contact: on the page with the contact fields, which shows what is booked above them; its button books, or sends the code where a phone is confirmed by one."},
	}
}

var (
	formHeader = regexp.MustCompile(`(?m)^\[form ([1-9][0-9]{0,8})\]\s*$`)
	formEnv    = regexp.MustCompile(`^` + envPrefix + `FORM_([1-9][0-9]{0,8})_`)
)

// formsIn returns the forms that a file or the environment has options for.
func formsIn(text string, environ []string) []int {
	var forms []int
	note := func(number string) {
		if n, err := strconv.Atoi(number); err == nil && !slices.Contains(forms, n) {
			forms = append(forms, n)
		}
	}
	for _, found := range formHeader.FindAllStringSubmatch(text, -1) {
		note(found[1])
	}
	for _, entry := range environ {
		if found := formEnv.FindStringSubmatch(entry); found != nil {
			note(found[1])
		}
	}
	slices.Sort(forms)
	return forms
}

// find is the option of a name, nil when there is none.
func find(options []option, n name) *option {
	for i, o := range options {
		if o.name == n {
			return &options[i]
		}
	}
	return nil
}

// sections are the sections of options in their order.
func sections(options []option) []string {
	var out []string
	for _, o := range options {
		if !slices.Contains(out, o.section) {
			out = append(out, o.section)
		}
	}
	return out
}

// keysOf are the keys of a section in their order.
func keysOf(options []option, section string) []string {
	var out []string
	for _, o := range options {
		if o.section == section {
			out = append(out, o.key)
		}
	}
	return out
}

// sectionNames says which sections there may be.
func sectionNames() string {
	return "[" + strings.Join(sections(new(Config).options(nil)), "], [") + "] and [" + formSection + "NUMBER]"
}

// Example returns the example file: every option with its purpose, its allowed values and its default.
func Example() string {
	var b strings.Builder
	b.WriteString("# Okoshko's configuration, with every option at its default. A comment has a line of its own.\n" +
		"# The environment variable " + envPrefix + "<SECTION>_<KEY> overrides an option, e.g. " +
		name{"server", "listen"}.env() + ".\n")
	writeOptions(&b, "", new(Config).options(nil))
	b.WriteString("\n# A form may have a section of its own, named after its number; without it the options above hold. In the\n" +
		"# environment it is " + new(Config).formOptions(exampleForm)[0].env() + ".\n")
	writeOptions(&b, "# ", new(Config).formOptions(exampleForm))
	return b.String()
}

// exampleForm is the form whose section stands in the example file.
const exampleForm = 123

// writeOptions writes a section for each group of options. Lines of text begin with lead.
func writeOptions(b *strings.Builder, lead string, options []option) {
	section := ""
	for _, o := range options {
		if o.section != section {
			section = o.section
			fmt.Fprintf(b, "\n%s[%s]\n", lead, section)
		}
		if o.doc != "" {
			fmt.Fprintf(b, "# %s\n# Allowed: %s.\n", o.doc, o.kind.allowed)
		}
		b.WriteString(lead + strings.TrimSpace(o.key+" = "+o.fallback) + "\n")
	}
}

// Reference returns the page of the documentation about the options.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Configuration\n\n" +
		"<!-- Written by go test ./internal/config -update from the options themselves. -->\n\n" +
		"Options stand in an INI file, `okoshko.ini` or the one that `-config` names, under the section given here, or in\n" +
		"environment variables, which override the file. Without either the program serves demo salons. A value that is\n" +
		"not allowed stops the start, and all that is wrong is said at once. `okoshko check` says it without starting.\n")
	section := ""
	for _, o := range slices.Concat(new(Config).options(nil), new(Config).formOptions(exampleForm)) {
		if o.section != section {
			section = o.section
			fmt.Fprintf(&b, "\n## [%s]\n", section)
		}
		fallback := "empty"
		if o.fallback != "" {
			fallback = "`" + o.fallback + "`"
		}
		doc := o.doc
		if o.secret {
			doc += " A secret: messages never repeat it."
		}
		fmt.Fprintf(&b, "\n**`%s`**, default %s, `%s`  \n", o.key, fallback, o.env())
		if doc != "" {
			fmt.Fprintf(&b, "%s  \n", doc)
		}
		fmt.Fprintf(&b, "Allowed: %s.\n", o.kind.allowed)
	}
	return b.String()
}
