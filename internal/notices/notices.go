// Package notices writes to the owners of wishes: an e-mail that asks whether the wish is theirs, and e-mails or notifications that
// tell of openings. It words them in the owner's language, as pages do, and holds nothing: what is sent to whom, and when, is decided
// in package waiting.
package notices

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"okoshko/internal/catalog"
	"okoshko/internal/i18n"
	"okoshko/internal/mail"
	"okoshko/internal/push"
	"okoshko/internal/upstream/budget"
	"okoshko/internal/waiting"
	"okoshko/web/templates/letters"
)

// Catalog is what a Messenger reads of the salon.
type Catalog interface {
	Bookform(ctx context.Context, id int) (*catalog.Bookform, error)
	Company(ctx context.Context, lang string, id int) (*catalog.Company, error)
	Services(ctx context.Context, lang string, company int, f catalog.Filter) (*catalog.Services, error)
	MasterName(ctx context.Context, lang string, company *catalog.Company, id int) string
}

// Texts gives the widget's texts in a language.
type Texts interface {
	Present(lang string) *i18n.Localizer
}

// Options are what a Messenger is made of.
type Options struct {
	Mail    *mail.Sender // nil: no e-mail is sent
	Push    *push.Sender // nil: no notification is sent
	Catalog Catalog
	Texts   Texts
	Origin  func() string // of the links; "" = not known yet
	Now     func() time.Time
}

// Messenger implements waiting.Messenger.
type Messenger struct{ Options }

// New returns a Messenger.
func New(o Options) *Messenger { return &Messenger{o} }

// Offers implements waiting.Messenger.
func (m *Messenger) Offers() waiting.Offers {
	return waiting.Offers{Email: m.Mail != nil, Push: m.Push != nil}
}

// Confirm implements waiting.Messenger.
func (m *Messenger) Confirm(ctx context.Context, w waiting.Wish) error {
	if m.Mail == nil {
		return waiting.Temporary(errNoChannel)
	}
	f, err := m.facts(ctx, w)
	if err != nil {
		return err
	}
	return m.send(ctx, f, f.confirmation(), "")
}

// Tell implements waiting.Messenger.
func (m *Messenger) Tell(ctx context.Context, w waiting.Wish, openings []waiting.Opening) error {
	f, err := m.facts(ctx, w)
	if err != nil {
		return err
	}
	if w.Channel.Push != nil {
		return m.notify(ctx, f, openings)
	}
	if m.Mail == nil {
		return waiting.Temporary(errNoChannel)
	}
	return m.send(ctx, f, f.opened(ctx, openings), f.endAtOnceURL())
}

// errNoOrigin says that it is not known yet where links lead.
var errNoOrigin = errors.New("notices: the program does not listen yet")

// errNoChannel says that a wish waits on a channel that is not configured any more.
var errNoChannel = errors.New("notices: the channel is not configured")

// send sends a letter.
func (m *Messenger) send(ctx context.Context, f *facts, l letters.Letter, end string) error {
	l.Lang, l.Dir = i18n.Tag(f.text.Spoken()), i18n.Dir(f.text.Spoken())
	var html bytes.Buffer
	if err := letters.HTML(l).Render(ctx, &html); err != nil {
		return waiting.Temporary(err)
	}
	err := m.Mail.Send(ctx, mail.Message{
		To: f.wish.Channel.Email, From: f.company.Title, ReplyTo: f.company.Email, Subject: unmarked(l.Title), Lang: l.Lang,
		Text: unmarked(l.Plain()), HTML: unmarked(html.String()), End: end,
	})
	return outcome(err, mail.ErrTemporary, mail.ErrGone)
}

// unmarked removes the marks of borrowed texts, which pages turn into elements.
func unmarked(text string) string { return string(i18n.Returned([]byte(text))) }

// notify sends a notification.
func (m *Messenger) notify(ctx context.Context, f *facts, openings []waiting.Opening) error {
	if m.Push == nil {
		return waiting.Temporary(errNoChannel)
	}
	var to push.Subscription
	to.Endpoint, to.Keys.P256dh, to.Keys.Auth = f.wish.Channel.Push.Endpoint, f.wish.Channel.Push.P256dh, f.wish.Channel.Push.Auth
	n := f.notification(openings)
	n.Lang, n.Dir, n.Tag, n.Lives = i18n.Tag(f.text.Spoken()), i18n.Dir(f.text.Spoken()), "wish "+tag(f.wish.Secret), worthTelling
	n.Title, n.Body = unmarked(n.Title), unmarked(n.Body)
	return outcome(m.Push.Send(ctx, to, n), push.ErrTemporary, push.ErrGone)
}

// worthTelling is how long a push service keeps a notification for a browser that is not reached: who reads it later finds the time
// taken.
const worthTelling = 2 * time.Hour

// outcome turns an error of a channel into one of package waiting.
func outcome(err, temporary, gone error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, temporary):
		return waiting.Temporary(err)
	case errors.Is(err, gone):
		return waiting.Gone(err)
	}
	return fmt.Errorf("notices: %w", err)
}

// facts is what a message is worded from.
type facts struct {
	*Messenger
	wish    waiting.Wish
	form    *catalog.Bookform
	company *catalog.Company
	titles  []string // of the services, as far as they are known
	text    *i18n.Localizer
	lang    string // the upstream's code
	origin  string // of the links
}

// facts reads what a message is worded from. Answers that are cached cost no call; others are asked for as what nobody waits for.
func (m *Messenger) facts(ctx context.Context, w waiting.Wish) (*facts, error) {
	f := &facts{Messenger: m, wish: w, text: m.Texts.Present(w.Lang), lang: i18n.UpstreamCode(w.Lang)}
	if f.origin = m.Origin(); f.origin == "" {
		return nil, waiting.Temporary(errNoOrigin)
	}
	ctx = budget.WithPriority(ctx, budget.P2)
	var err error
	if f.form, err = m.Catalog.Bookform(ctx, w.Form); err != nil {
		return nil, waiting.Temporary(err)
	}
	if f.company, err = m.Catalog.Company(ctx, f.lang, w.Company); err != nil {
		return nil, waiting.Temporary(err)
	}
	f.text = f.text.In(f.company.Region)
	offered, err := m.Catalog.Services(ctx, f.lang, w.Company, catalog.Filter{})
	if err != nil {
		return nil, waiting.Temporary(err)
	}
	for _, id := range w.Services {
		if service := offered.Find(id); service != nil {
			f.titles = append(f.titles, service.Title)
		}
	}
	return f, nil
}
