package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"okoshko/internal/account"
	"okoshko/internal/booking"
	"okoshko/internal/config"
	"okoshko/internal/phone"
	"okoshko/internal/store"
	"okoshko/internal/waiting"
)

// exported is what the store holds on one person, as okoshko export prints it. Nothing in it opens a page, a visit or a wish.
type exported struct {
	As       time.Time         `json:"as_of"` // when the store, or the copy that was read, stood like this
	Phones   []string          `json:"phones,omitempty"`
	Email    string            `json:"email,omitempty"`
	Consents []exportedConsent `json:"consents"`
	Attempts []exportedAttempt `json:"attempts"`
	Sessions []exportedSession `json:"sessions"`
	Wishes   []exportedWish    `json:"wishes"`
	Not      []string          `json:"not_in_this_answer"`
}

type exportedConsent struct {
	Phone      string    `json:"phone"`
	At         time.Time `json:"agreed"`
	Form       int       `json:"form"`
	Company    int       `json:"company"`
	Lang       string    `json:"language"`
	Proof      string    `json:"proof"`
	Newsletter string    `json:"newsletter"`
	Text       string    `json:"text"` // "" = no longer stored
}

type exportedAttempt struct {
	At      time.Time       `json:"pressed"`
	Form    int             `json:"form"`
	Company int             `json:"company"`
	State   string          `json:"state"`
	Reason  string          `json:"reason,omitempty"`
	Visits  []exportedVisit `json:"visits"`
}

type exportedVisit struct {
	Start  time.Time `json:"start"`
	Record int       `json:"record,omitempty"`
}

// exportedSession is a session in which the phone or the address was typed. Whoever typed it may be somebody else, so nothing else of the
// session is printed.
type exportedSession struct {
	Typed []string `json:"typed"` // the phone and the address as they stand there
}

type exportedWish struct {
	Form      int       `json:"form"`
	Company   int       `json:"company"`
	Lang      string    `json:"language"`
	Services  []int     `json:"services"`
	Master    int       `json:"master,omitempty"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	Earlier   bool      `json:"earlier_visit"` // a visit is to be moved
	Until     time.Time `json:"until"`
	Text      string    `json:"agreed_to"` // the version of the text
	Asked     time.Time `json:"asked"`
	Confirmed time.Time `json:"confirmed,omitzero"`
	Told      time.Time `json:"told,omitzero"`
}

// Export is the command "export". It prints as JSON what the store holds on one person, who is named by a phone, an e-mail address or both,
// and says what it cannot find. It changes nothing.
func Export(ctx context.Context, path string, environ []string, who customer, out io.Writer) error {
	phones, err := who.named("export")
	if err != nil {
		return err
	}
	var copied strings.Builder // it would not be JSON
	cfg, kept, as, err := openConfigured(ctx, path, environ, &copied)
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }()
	x, err := search(ctx, kept, cfg, who, phones, as)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	x.Not = append(notExported(cfg, who, strings.TrimSpace(copied.String())), x.Not...)
	return printJSON(out, x)
}

// search finds what a store holds on one person at a moment. phones are what the person's phone may be.
func search(ctx context.Context, kept store.Store, cfg config.Config, who customer, phones []phone.Number, as time.Time) (exported, error) {
	x := exported{As: as, Email: who.email, Consents: []exportedConsent{}, Attempts: []exportedAttempt{}, Sessions: []exportedSession{}, Wishes: []exportedWish{}}
	x.Phones = written(phones)
	for _, part := range []func() error{
		func() error { return x.consents(ctx, kept) },
		func() error { return x.attempts(ctx, kept, as) },
		func() error { return x.sessions(ctx, kept, who, phones) },
		func() error { return x.wishes(ctx, kept, cfg, as) },
	} {
		if err := part(); err != nil {
			return x, err
		}
	}
	return x, nil
}

// named is what a person's phone may be, for a command that needs a phone, an e-mail address or both.
func (c customer) named(command string) ([]phone.Number, error) {
	phones, address := c.phones(), strings.Contains(c.email, "@")
	if c.phone == "" && c.email == "" || c.phone != "" && len(phones) == 0 || c.email != "" && !address {
		return nil, errors.New(command + ` needs -phone or -email or both; a phone such as "+7 916 123-45-67", or as people write it at home, then perhaps with -country`)
	}
	return phones, nil
}

// written are numbers as the store's digests are made of them.
func written(phones []phone.Number) []string {
	var out []string
	for _, p := range phones {
		out = append(out, string(p))
	}
	return out
}

func printJSON(out io.Writer, x any) error {
	printed := json.NewEncoder(out)
	printed.SetEscapeHTML(false)
	printed.SetIndent("", "  ")
	return printed.Encode(x)
}

// notExported says what of a person may be stored that an export does not have, and until when.
func notExported(cfg config.Config, who customer, copied string) (out []string) {
	if copied != "" {
		out = append(out, copied+" What was written later is not in it.")
	}
	out = append(out, who.unnamed()...)
	out = append(out, fmt.Sprintf("What else stands in the sessions listed: whoever typed it may be somebody else. A form's session ends %v after its last use, a sign-in half a day after it began at the latest.", cfg.Session.Lifetime))
	return append(out, namesNobody...)
}

// unnamed says what cannot be found because a customer's phone or address was not named.
func (c customer) unnamed() (out []string) {
	if c.phone == "" {
		out = append(out, "Consents and attempts are stored under digests of phones: only -phone finds them.")
	}
	if c.email == "" {
		out = append(out, "Wishes to be told when a time opens are found by an address alone: only -email finds them.")
	}
	return out
}

// unopened says that the keys of the configuration do not open so many wishes; nothing when they open all.
func unopened(wishes int) []string {
	if wishes == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d wishes that the session keys of this configuration do not open: whose they are is not known.", wishes)}
}

// namesNobody is what stands in a store of a person without naming the person, and what of a person stands elsewhere.
var namesNobody = []string{
	"Wishes that are told by push messages: they name a browser and no person, and end on their last day.",
	"Counters of limits, codes that were used and notes of attempts under digests of the phone: they say nothing more, and end within a day, notes of unknown attempts within three.",
	"Changes and links of visits: they name a record and no person, and end after the visit, 400 days after they were made at the latest.",
	"Visits and the customer's card: they are stored by the booking API, not here. Logs have no personal data. Copies of the store are the operator's.",
}

func (x *exported) consents(ctx context.Context, kept store.Store) error {
	all, err := booking.FindConsentsOf(ctx, kept, x.Phones)
	for _, c := range all {
		x.Consents = append(x.Consents, exportedConsent{
			Phone: c.Phone, At: c.At, Form: c.Form, Company: c.Company, Lang: c.Lang, Proof: proofOf(c.Proof), Newsletter: newsletterOf(c.Newsletter), Text: c.Words,
		})
	}
	return err
}

func (x *exported) attempts(ctx context.Context, kept store.Store, as time.Time) error {
	all, err := booking.FindAttemptsOf(ctx, kept, x.Phones, as)
	for _, p := range all {
		a := exportedAttempt{At: p.At, Form: p.Form, Company: p.Company, State: string(p.State), Reason: string(p.Reason)}
		for _, v := range p.Visits {
			a.Visits = append(a.Visits, exportedVisit{Start: v.Start, Record: v.Record})
		}
		x.Attempts = append(x.Attempts, a)
	}
	return err
}

func (x *exported) sessions(ctx context.Context, kept store.Store, who customer, phones []phone.Number) error {
	return eachSessionOf(ctx, kept, who, phones, func(_ string, typed []string) { x.Sessions = append(x.Sessions, exportedSession{Typed: typed}) })
}

// eachSessionOf shows every session in which a person's phone or address was typed, by its key, with both as they stand there.
func eachSessionOf(ctx context.Context, kept store.Store, who customer, phones []phone.Number, see func(key string, typed []string)) error {
	return kept.Each(ctx, "session/", func(key string, value []byte) error {
		var all any
		if json.Unmarshal(value, &all) != nil {
			return nil //nolint:nilerr // a session of another version, which this one does not read either
		}
		var typed []string
		eachText(all, func(text string) {
			if !slices.Contains(typed, text) && who.wrote(text, phones) {
				typed = append(typed, text)
			}
		})
		if len(typed) > 0 {
			slices.Sort(typed)
			see(key, typed)
		}
		return nil
	})
}

// eachText shows every text within a decoded JSON value.
func eachText(value any, see func(string)) {
	switch v := value.(type) {
	case string:
		see(v)
	case []any:
		for _, one := range v {
			eachText(one, see)
		}
	case map[string]any:
		for _, one := range v {
			eachText(one, see)
		}
	}
}

// longestPhone is longer than anybody writes a phone, in bytes.
const longestPhone = 64

// wrote says whether a text is the customer's address or one of the customer's phones, however it is written.
func (c customer) wrote(text string, phones []phone.Number) bool {
	if c.email != "" && strings.EqualFold(strings.TrimSpace(text), strings.TrimSpace(c.email)) {
		return true
	}
	const few = 5 // digits at the end that all ways of writing a phone share
	digits := account.Digits(text)
	if len(text) > longestPhone || len(digits) < few || !slices.ContainsFunc(phones, func(p phone.Number) bool {
		return strings.HasSuffix(string(p), digits[len(digits)-few:])
	}) {
		return false
	}
	return slices.ContainsFunc(customer{phone: text, country: c.country}.phones(), func(p phone.Number) bool { return slices.Contains(phones, p) })
}

func (x *exported) wishes(ctx context.Context, kept store.Store, cfg config.Config, as time.Time) error {
	all, closed, err := wishesOf(ctx, kept, cfg, x.Email, as)
	x.Not = append(x.Not, unopened(closed)...)
	for _, w := range all {
		x.Wishes = append(x.Wishes, exportedWish{
			Form: w.Form, Company: w.Company, Lang: w.Lang, Services: w.Services, Master: w.Master, From: w.From, To: w.To, Earlier: w.Visit != nil,
			Until: w.Until, Text: w.Consent.Version, Asked: w.Asked, Confirmed: w.Confirmed, Told: w.Told,
		})
	}
	return err
}

// wishesOf are the wishes that are told to an address, "" = to nobody, and how many cannot be read with the keys of the configuration.
func wishesOf(ctx context.Context, kept store.Store, cfg config.Config, email string, as time.Time) (all []waiting.Wish, closed int, err error) {
	if email == "" {
		return nil, 0, nil
	}
	keys, err := keysInUse(ctx, kept, cfg)
	if err != nil || keys == nil {
		return nil, 0, err
	}
	return waiting.FindWishes(ctx, kept, keys, email, as)
}
