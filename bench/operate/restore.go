package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"okoshko/bench/browse"
	"okoshko/internal/clock"
	"okoshko/internal/store"
	"okoshko/internal/urls"
)

const (
	restoreEvery  = 45 * time.Second // between two copies
	restorePeople = 10               // who book before the last copy, and half as many after it
	restorePause  = 300 * time.Millisecond
	restorePhone  = "79165560001" // of the person whose pages stay open
	restoreEmail  = "anna@people.example"
)

// playRestore loses a machine with its file and starts the program on another one, with the copy and the keys of the lost one, as
// docs/operations.md says it ("Backups").
func playRestore(ctx context.Context, on stage) ([]line, error) {
	lost, err := os.MkdirTemp(on.dir, "lost-")
	if err != nil {
		return nil, err
	}
	path, copied := filepath.Join(lost, "okoshko.db"), filepath.Join(lost, "backup.db")
	f, err := open(ctx, on, 1, "OKOSHKO_STORE_PATH="+path, "OKOSHKO_STORE_BACKUP_PATH="+copied, "OKOSHKO_STORE_BACKUP_EVERY="+restoreEvery.String())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// Wishes need mail, and mail needs the address that is known now. Nothing has to arrive.
	f.processes[0].Kill()
	f.settings = append(f.settings, "OKOSHKO_SERVER_PUBLIC_URL="+f.URL, "OKOSHKO_MAIL_HOST=127.0.0.1", "OKOSHKO_MAIL_PORT=9", "OKOSHKO_MAIL_TLS=none", "OKOSHKO_MAIL_FROM=wishes@salon.example")
	if err := f.start(ctx, 0); err != nil {
		return nil, err
	}
	net := browse.Open(4)
	defer net.Close()
	who := net.Browser("198.19.250.7")
	open, err := visit(ctx, who, f.URL)
	if err != nil {
		return nil, err
	}
	all := buyers(restorePeople*3/2, restorePause)
	before := serve(ctx, f.URL, f.box, all[:restorePeople])
	passed, err := nextCopy(ctx, copied)
	if err != nil {
		return nil, err
	}
	after := serve(ctx, f.URL, f.box, all[restorePeople:])
	since := passed()
	f.processes[0].Kill()
	on.say("the machine is lost %.0f s after its last copy", since.Seconds())

	had, err := kinds(ctx, path)
	if err != nil {
		return nil, err
	}
	has, err := kinds(ctx, copied)
	if err != nil {
		return nil, err
	}
	other, err := os.MkdirTemp(on.dir, "other-")
	if err != nil {
		return nil, err
	}
	took := clock.Stopwatch()
	whole, err := os.ReadFile(copied) //nolint:gosec // in a folder of ours
	if err != nil {
		return nil, err
	}
	moved := filepath.Join(other, "okoshko.db")
	if err := os.WriteFile(moved, whole, 0o600); err != nil { //nolint:gosec // in a folder of ours
		return nil, err
	}
	f.settings = append(f.settings, "OKOSHKO_STORE_PATH="+moved, "OKOSHKO_STORE_BACKUP_PATH="+filepath.Join(other, "backup.db"))
	person, err := f.export(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.start(ctx, 0); err != nil {
		return nil, err
	}
	restored := took()
	attempt, err := who.Get(ctx, open.done.URL.String())
	if err != nil {
		return nil, err
	}
	again, err := who.Send(ctx, open.pressed, nil)
	if err != nil {
		return nil, err
	}
	waiting, err := who.Send(ctx, open.waiting, nil)
	if err != nil {
		return nil, err
	}
	visits := 0
	for _, record := range f.box.Booked() {
		if !record.Deleted && record.Phone == restorePhone {
			visits++
		}
	}
	before.story(on)
	after.story(on)
	lines := []line{
		within("until the other machine takes bookings", restored, time.Minute),
		within("since the last copy: what is lost was written in this time", since, restoreEvery),
	}
	for _, kind := range []struct{ key, name string }{{"attempt", "attempts"}, {"session", "sessions"}, {"quota", "counters of limits"}, {"consents", "people's consents"}, {"wish", "wishes"}} {
		lines = append(lines, told(kind.name+": lost, and restored", "%d, %d", max(had[kind.key]-has[kind.key], 0), has[kind.key]))
	}
	return append(lines,
		holds("a booking of before the copy is known: its page says so", booked(attempt)),
		holds("its form, sent again, leads to the same visit", booked(again)),
		holds("a form that was open is taken: keys and session are there", booked(waiting)),
		none("visits of this person beyond the two", visits-2),
		atLeast("attempts that okoshko export finds", len(person.Attempts), 1),
		atLeast("consents that it finds", len(person.Consents), 1),
		atLeast("sessions that it finds", len(person.Sessions), 1),
		atLeast("wishes that it finds", len(person.Wishes), 1),
		atLeast("counters of limits in the copy", has["quota"], 1),
		none("visits booked twice", before.twice+after.twice),
	), nil
}

// pagesOpen are pages of one person.
type pagesOpen struct {
	pressed browse.Page // whose button has booked
	done    browse.Page
	waiting browse.Page // whose button nobody has pressed yet
}

// visit books one visit, leaves another one before its last button, and asks to be told when a time opens.
func visit(ctx context.Context, who browse.Browser, address string) (open pagesOpen, err error) {
	first, err := who.Get(ctx, address+urls.With(urls.Form(1), "lang=ru"))
	if err != nil {
		return open, err
	}
	typed := url.Values{"fullname": {"Анна"}, "phone": {"+" + restorePhone}, "email": {restoreEmail}, "accept_personal_data": {"on"}}
	toConfirm := func() (p browse.Page, err error) {
		if p, err = toContact(ctx, who, first); err == nil {
			clock.Pause(ctx, 4*time.Second) // nobody types faster
			p, err = who.Send(ctx, p, typed)
		}
		if err == nil && p.Step() != "confirm" {
			err = fmt.Errorf("the contact form leads to %q, status %d", p.Step(), p.Status)
		}
		return p, err
	}
	if open.pressed, err = toConfirm(); err != nil {
		return open, err
	}
	clock.Pause(ctx, time.Second)
	if open.done, err = who.Send(ctx, open.pressed, nil); err != nil {
		return open, err
	}
	if !booked(open.done) {
		return open, fmt.Errorf("the button that books leads to %q, status %d", open.done.Step(), open.done.Status)
	}
	if open.waiting, err = toConfirm(); err != nil {
		return open, err
	}
	return open, wish(ctx, who, first)
}

// wish asks to be told when a time opens, on the first day that has none.
func wish(ctx context.Context, who browse.Browser, first browse.Page) error {
	services := first.Cards("data-service")
	if len(services) == 0 {
		return errors.New("no services")
	}
	times, err := who.Follow(ctx, first, services[0].Href)
	if err != nil {
		return err
	}
	days := times.Choices("data-date")
	if len(days) == 0 {
		return errors.New("no days")
	}
	at, err := time.Parse(time.DateOnly, days[0].Value)
	if err != nil {
		return err
	}
	for n := range 40 {
		day := at.AddDate(0, 0, n).Format(time.DateOnly)
		there := *times.URL
		q := there.Query()
		q.Set("date", day)
		there.RawQuery = q.Encode()
		p, err := who.Get(ctx, there.String())
		if err != nil {
			return err
		}
		offers := p.Choices("data-wish")
		if len(offers) == 0 {
			continue
		}
		if p, err = who.Follow(ctx, p, offers[0].Href); err != nil {
			return err
		}
		clock.Pause(ctx, 4*time.Second)
		p, err = who.Send(ctx, p, url.Values{"from": {day}, "to": {day}, "hours": {"evening"}, "email": {restoreEmail}, "accept_personal_data": {"1"}})
		if err == nil && p.URL.Query().Get("say") != "sent" {
			err = fmt.Errorf("the form of a wish leads to %s, status %d", p.URL, p.Status)
		}
		return err
	}
	return errors.New("every day has free times")
}

func booked(p browse.Page) bool {
	return p.Step() == "done" && strings.Contains(p.Body, "data-record=")
}

// nextCopy waits for the next copy of a store, and begins to count the time that passes after it.
func nextCopy(ctx context.Context, path string) (passed func() time.Duration, err error) {
	var last time.Time
	if info, err := os.Stat(path); err == nil {
		last = info.ModTime()
	}
	waited := clock.Stopwatch()
	for waited() < restoreEvery+time.Minute && clock.Pause(ctx, 50*time.Millisecond) {
		if info, err := os.Stat(path); err == nil && info.ModTime().After(last) {
			return clock.Stopwatch(), nil
		}
	}
	return nil, errors.New("no copy is written")
}

// kinds are the numbers of entries of a store's file, by what they are about.
func kinds(ctx context.Context, path string) (map[string]int, error) {
	file, err := store.ReadFile(path, store.FileOptions{Now: time.Now}) //nolint:forbidigo // the program of this bench lives by the machine's clock
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	out := map[string]int{}
	err = file.Each(ctx, "", func(key string, _ []byte) error {
		kind, _, _ := strings.Cut(key, "/")
		out[kind]++
		return nil
	})
	return out, err
}

// exported is what okoshko export says that a store holds on a person.
type exported struct {
	Attempts, Consents, Sessions, Wishes []json.RawMessage
}

// export asks for the person whose pages are open, with the settings of a fleet.
func (f *fleet) export(ctx context.Context) (person exported, err error) {
	cmd := exec.CommandContext(ctx, f.on.binary, "export", "-phone", restorePhone, "-email", restoreEmail) //nolint:gosec // the program
	cmd.Dir, cmd.Env = f.on.dir, f.settings
	said, err := cmd.Output()
	if err != nil {
		return person, fmt.Errorf("okoshko export: %w", err)
	}
	return person, json.Unmarshal(said, &person)
}
