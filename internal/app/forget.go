package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"okoshko/internal/admin"
	"okoshko/internal/booking"
	"okoshko/internal/config"
	"okoshko/internal/phone"
	"okoshko/internal/store"
	"okoshko/internal/waiting"
)

// forgetTime is how long the program that runs may take to forget a person.
const forgetTime = time.Minute

// toForget is who is to be forgotten, as the command says it to the program that runs.
type toForget struct {
	Phone    string `json:"phone,omitempty"`
	Country  string `json:"country,omitempty"`
	Email    string `json:"email,omitempty"`
	Consents bool   `json:"consents,omitempty"` // also those that a booking has followed
}

func (t toForget) who() customer { return customer{phone: t.Phone, country: t.Country, email: t.Email} }

// forgotten is what okoshko forget prints: the proof that a person was forgotten.
type forgotten struct {
	At        time.Time `json:"at"`
	Phones    []string  `json:"phones,omitempty"`
	Email     string    `json:"email,omitempty"`
	Deleted   forgotN   `json:"deleted"`
	Stays     []staying `json:"stays"`
	Again     searched  `json:"second_search"`
	Untouched []string  `json:"not_touched"`
}

// forgotN counts what was deleted or found, by kind.
type forgotN struct {
	Consents int `json:"consents"`
	Attempts int `json:"attempts"`
	Sessions int `json:"sessions"`
	Wishes   int `json:"wishes"`
}

// staying is what stays, why, and until when at the latest.
type staying struct {
	What    string    `json:"what"`
	Form    int       `json:"form"`
	Company int       `json:"company"`
	At      time.Time `json:"of"` // when the button was pressed, or when the customer agreed
	State   string    `json:"state,omitempty"`
	Why     string    `json:"why"`
	Until   time.Time `json:"until"`
}

// searched is what a search in the store finds after the person was forgotten.
type searched struct {
	Found forgotN `json:"found"`
	Else  bool    `json:"anything_but_what_stays"`
}

// whys are the reasons why something stays, in words.
var whys = map[booking.Why]string{
	booking.WhyOpen: "It is not known what became of this booking. Without the attempt a further press could book the visit twice.",
	booking.WhyForm: "The form of this booking may still lie open in the browser. Without the attempt a further press would book again.",
	booking.WhyProof: "A booking has followed this consent: it is the salon's proof that the consent was given (GDPR Art. 7(1) and 17(3)(e); " +
		"152-FZ Art. 9(3)). -consents erases it too.",
}

// Forget is the command "forget". It erases what the store holds on one person, who is named by a phone, an e-mail address or both, and
// prints as JSON what was deleted, what stays, why and until when, and what a second search finds. A program that runs and holds the
// file of the store is asked to do it, at the operator's listener.
func Forget(ctx context.Context, path string, environ []string, who customer, consents bool, out io.Writer) error {
	if _, err := who.named("forget"); err != nil {
		return err
	}
	cfg, err := load(path, environ)
	if err != nil {
		return err
	}
	asked := toForget{who.phone, who.country, who.email, consents}
	kept, err := openToWrite(ctx, cfg)
	if errors.Is(err, store.ErrInUse) {
		return askToForget(ctx, cfg, asked, out)
	}
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }()
	if _, err := stampOf(ctx, kept); err != nil {
		return fmt.Errorf("[store]: %w", err)
	}
	done, err := forgetting{cfg: cfg, kept: kept, raw: kept, now: clockOf(cfg), log: newLog(cfg, os.Stderr)}.forget(ctx, asked)
	if err != nil {
		return err
	}
	return done.tell(out)
}

// tell prints what was done. It is an error when something is left that was to be deleted.
func (f forgotten) tell(out io.Writer) error {
	err := printJSON(out, f)
	if f.Again.Else {
		err = errors.Join(err, errors.New("forget: something was written meanwhile and is still there; run the command again"))
	}
	return err
}

// openToWrite opens the store of a configuration, and makes none. Errors: store.ErrInUse.
func openToWrite(ctx context.Context, cfg config.Config) (store.Store, error) {
	if cfg.Store.URL != "" {
		kept, _, err := openToRead(ctx, cfg, io.Discard)
		return kept, err
	}
	path := storePath(cfg)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, noFile(path)
	}
	kept, err := store.OpenFile(path, store.FileOptions{Now: clockOf(cfg)})
	if err != nil {
		return nil, fmt.Errorf("[store] path: %w", err)
	}
	return kept, nil
}

// forgetting is a store in which a person can be forgotten.
type forgetting struct {
	cfg    config.Config
	kept   store.Store
	raw    store.Store   // what stands behind kept
	wishes *waiting.Desk // of the program that runs; nil: there is none, or it takes no wishes
	now    func() time.Time
	log    *slog.Logger
}

// forgetting is what the operator's listener needs.
func (p *parts) forgetting() admin.Forgetting {
	f := forgetting{cfg: p.cfg, kept: p.kept, raw: p.raw, wishes: p.wishes, now: p.now, log: p.log}
	return admin.Forgetting{Key: p.secret, Forget: func(ctx context.Context, request []byte) ([]byte, error) {
		var asked toForget
		if err := json.Unmarshal(request, &asked); err != nil {
			return nil, errors.New("forget: the request cannot be read")
		}
		// What was begun is finished, although the command may be interrupted.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetTime)
		defer cancel()
		done, err := f.forget(ctx, asked)
		if err != nil {
			return nil, err
		}
		var answer bytes.Buffer
		err = printJSON(&answer, done)
		return answer.Bytes(), err
	}}
}

// forget erases what the store holds on a person.
func (f forgetting) forget(ctx context.Context, asked toForget) (done forgotten, err error) {
	who := asked.who()
	phones, err := who.named("forget")
	if err != nil {
		return done, err
	}
	if phones, err = f.oneOf(ctx, phones); err != nil {
		return done, fmt.Errorf("forget: %w", err)
	}
	done = forgotten{At: f.now().UTC(), Phones: written(phones), Email: who.email, Stays: []staying{}, Untouched: f.untouched(who)}
	for _, part := range []func() error{
		// Sessions end first: what stands in them can still become an attempt or a consent.
		func() error { return f.sessions(ctx, &done, who, phones) },
		func() error { return f.wishesOf(ctx, &done, who.email) },
		func() error { return f.attempts(ctx, &done) },
		func() error { return f.consents(ctx, &done, asked.Consents) },
		func() error { return f.scrub(&done) },
		func() error { return f.again(ctx, &done, who, phones) },
	} {
		if err := part(); err != nil {
			return done, fmt.Errorf("forget: not all is erased, run the command again: %w", err)
		}
	}
	f.log.Info("a person's data was forgotten", "consents", done.Deleted.Consents, "attempts", done.Deleted.Attempts,
		"sessions", done.Deleted.Sessions, "wishes", done.Deleted.Wishes, "stays", len(done.Stays))
	return done, nil
}

// oneOf is the one of several numbers of which the store holds something, or all where it holds nothing of any. A phone that is written
// without its country may be that of people in several countries, of whom only one is to be forgotten.
func (f forgetting) oneOf(ctx context.Context, phones []phone.Number) ([]phone.Number, error) {
	if len(phones) < 2 {
		return phones, nil
	}
	var known []phone.Number
	for _, number := range phones {
		one := written([]phone.Number{number})
		consents, err := booking.FindConsentsOf(ctx, f.kept, one)
		if err != nil {
			return nil, err
		}
		attempts, err := booking.FindAttemptsOf(ctx, f.kept, one, f.now())
		if err != nil {
			return nil, err
		}
		if len(consents)+len(attempts) > 0 {
			known = append(known, number)
		}
	}
	switch len(known) {
	case 0:
		return phones, nil
	case 1:
		return known, nil
	}
	return nil, fmt.Errorf("this may be %s, and the store knows all of them: write the phone with its country code, or name the -country", anyOf(known))
}

func (f forgetting) sessions(ctx context.Context, done *forgotten, who customer, phones []phone.Number) error {
	var due []string
	if err := eachSessionOf(ctx, f.kept, who, phones, func(key string, _ []string) { due = append(due, key) }); err != nil {
		return err
	}
	for _, key := range due {
		if err := f.kept.Delete(ctx, key); err != nil {
			return err
		}
		done.Deleted.Sessions++
	}
	return nil
}

func (f forgetting) wishesOf(ctx context.Context, done *forgotten, email string) error {
	all, closed, err := wishesOf(ctx, f.kept, f.cfg, email, f.now())
	done.Untouched = append(done.Untouched, unopened(closed)...)
	if err != nil || len(all) == 0 {
		return err
	}
	desk := f.wishes
	if desk == nil {
		keys, err := keysInUse(ctx, f.kept, f.cfg)
		if err != nil {
			return err
		}
		if desk, err = waiting.New(waiting.Options{Store: f.kept, Keys: keys, Now: f.now}); err != nil {
			return err
		}
	}
	for _, w := range all {
		if err := desk.End(ctx, w.Secret); err != nil {
			return err
		}
		done.Deleted.Wishes++
	}
	return nil
}

func (f forgetting) attempts(ctx context.Context, done *forgotten) error {
	erased, stay, err := booking.ForgetAttempts(ctx, f.kept, done.Phones, f.now())
	done.Deleted.Attempts = erased
	done.stays("attempt", stay)
	return err
}

func (f forgetting) consents(ctx context.Context, done *forgotten, proofs bool) error {
	erased, stay, err := booking.ForgetConsents(ctx, f.kept, done.Phones, proofs, f.cfg.Privacy.ConsentKept)
	done.Deleted.Consents = erased
	done.stays("consent", stay)
	return err
}

func (f *forgotten) stays(what string, all []booking.Staying) {
	for _, s := range all {
		f.Stays = append(f.Stays, staying{
			What: what, Form: s.Form, Company: s.Company, At: s.At.UTC(), State: string(s.State), Why: whys[s.Why], Until: s.Until.UTC(),
		})
	}
}

// scrub takes what was deleted out of the file of the store, where it would stand until it is written over.
func (f forgetting) scrub(done *forgotten) error {
	file, is := f.raw.(*store.File)
	if !is {
		return nil
	}
	clean, err := file.Scrub()
	if !clean {
		done.Untouched = append(done.Untouched, "Bytes of what was deleted stand in the file of the store, where nothing reads them, until they are written over: "+
			"the file is too large to be written anew while others wait.")
	}
	return err
}

// again searches once more.
func (f forgetting) again(ctx context.Context, done *forgotten, who customer, phones []phone.Number) error {
	x, err := search(ctx, f.kept, f.cfg, who, phones, f.now())
	if err != nil {
		return err
	}
	var stay forgotN
	for _, s := range done.Stays {
		if s.What == "consent" {
			stay.Consents++
		} else {
			stay.Attempts++
		}
	}
	found := forgotN{len(x.Consents), len(x.Attempts), len(x.Sessions), len(x.Wishes)}
	done.Again = searched{found, found.Consents > stay.Consents || found.Attempts > stay.Attempts || found.Sessions+found.Wishes > 0}
	return nil
}

// untouched says what of a person may be stored that was not looked for or that cannot be reached, and until when.
func (f forgetting) untouched(who customer) (out []string) {
	out = who.unnamed()
	switch {
	case f.cfg.Store.URL != "":
		out = append(out, "Files of the Redis or Valkey server (its append-only file, its snapshots) hold what was deleted until the server writes them anew; BGREWRITEAOF and BGSAVE do it at once.")
	case f.cfg.Store.BackupPath != "":
		out = append(out, fmt.Sprintf("The copy of the store, %s, holds what was deleted until it is written next: every %v while the program runs, and at its end.", f.cfg.Store.BackupPath, f.cfg.Store.BackupEvery))
	}
	out = append(out, "A form that is open in a browser holds what was typed there, and may send it again.",
		"A note that keeps an address which has not confirmed a wish from being sent another link: a digest, which ends within a day.")
	return append(out, namesNobody...)
}

// askToForget lets the program that holds the store forget a person, and prints what it answers.
func askToForget(ctx context.Context, cfg config.Config, asked toForget, out io.Writer) error {
	const held = "forget: a program that runs holds the file of the store"
	if cfg.Admin.Listen == "" {
		return errors.New(held + ", and [admin] listen names no listener at which it could be asked: stop it meanwhile")
	}
	request, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, forgetTime)
	defer cancel()
	way := &http.Transport{DisableKeepAlives: true} // it follows no redirects and uses no proxy
	address := "http://" + reachable(cfg.Admin.Listen) + admin.ForgetPath
	say := func(method, proof string, body []byte) (int, string, error) {
		r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
		if err != nil {
			return 0, "", err
		}
		r.Header.Set(admin.ProofHeader, proof)
		answer, err := way.RoundTrip(r)
		if err != nil {
			return 0, "", err
		}
		defer func() { _ = answer.Body.Close() }()
		const longest = 1 << 20
		text, err := io.ReadAll(io.LimitReader(answer.Body, longest))
		return answer.StatusCode, string(text), err
	}
	status, text, err := say(http.MethodGet, "", nil)
	if err == nil && status == http.StatusOK {
		status, text, err = say(http.MethodPost, admin.Proof(operatorKey(cfg), text, request), request)
	}
	switch {
	case err != nil:
		return fmt.Errorf("%s, and does not answer at [admin] listen, %s (stop the program meanwhile, if it cannot): %w", held, cfg.Admin.Listen, err)
	case status == http.StatusForbidden:
		return errors.New(held + ", and it was started with other secrets than this command: give both the same configuration (-config FILE) and variables (-env FILE)")
	case status == http.StatusNotFound:
		return errors.New(held + ", and what answers at [admin] listen cannot forget: it is another program, or an older version; stop it meanwhile")
	case status == http.StatusUnprocessableEntity:
		return errors.New(strings.TrimSpace(text))
	case status != http.StatusOK:
		return fmt.Errorf("%s, and answers with status %d", held, status)
	}
	var done forgotten
	if err := json.Unmarshal([]byte(text), &done); err != nil {
		return fmt.Errorf("%s, and its answer cannot be read: %w", held, err)
	}
	return done.tell(out)
}
