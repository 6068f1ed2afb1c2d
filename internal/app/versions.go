package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"okoshko/internal/admin"
	"okoshko/internal/store"
)

// What is stored has a format, which a stamp in the store names. A version that stores something in a way that older versions do not
// understand raises storeFormat. It raises oldestReader to it as well where an older version that goes on with the store would book twice,
// lose what it must keep, or show somebody what is another person's.
const (
	storeFormat  = 1 // that this version writes
	oldestReader = 1 // the oldest format whose version may go on with what this version writes
	formatKey    = "key/format"
)

// stamp says what has written to a store.
type stamp struct {
	Format  int    `json:"format"`
	Oldest  int    `json:"oldest"` // the oldest format whose version may go on with it
	Version string `json:"version"`
}

// stampOf reads the stamp of a store, which is zero where no version has left one. An error says that this version must not use the store.
func stampOf(ctx context.Context, kept store.Store) (s stamp, err error) {
	raw, err := kept.Get(ctx, formatKey)
	if errors.Is(err, store.ErrNotFound) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("the stamp of its format cannot be read: %w", err)
	}
	if s.Oldest > storeFormat {
		return s, fmt.Errorf("it was written in format %d by %s, and a version that knows format %d is the oldest that may use it; this is %s with format %d: run that version or a later one, or put back a copy of the store from before the update",
			s.Format, s.Version, s.Oldest, Version(), storeFormat)
	}
	return s, nil
}

// newer says that a store was written in a newer format than this version's, which this version may use.
func (s stamp) newer() bool { return s.Format > storeFormat }

// stampStore refuses a store that this version must not use, and else stamps it. A newer stamp stays, and is logged.
func (p *parts) stampStore(ctx context.Context) error {
	found, err := stampOf(ctx, p.raw)
	if err != nil {
		return fmt.Errorf("[store]: %w", err)
	}
	if found.newer() {
		p.log.Warn("the store is of a newer format", "format", found.Format, "by", found.Version, "ours", storeFormat)
		return nil
	}
	return store.Update(ctx, p.raw, formatKey, keyKept, func(old []byte) ([]byte, error) {
		var s stamp
		if old != nil && json.Unmarshal(old, &s) == nil && s.Format >= storeFormat {
			return nil, store.ErrUnchanged
		}
		return json.Marshal(stamp{storeFormat, oldestReader, Version()})
	})
}

// process is one of the processes that share a Redis or Valkey server, as it says itself.
type process struct {
	Host    string    `json:"host"`
	Version string    `json:"version"`
	Started time.Time `json:"started"`
	Secrets string    `json:"secrets"` // a digest of the keys and the token, from which neither can be found
}

const (
	processPrefix = "process/"
	processEvery  = 20 * time.Second
	processKept   = time.Minute // after a process was killed
)

// announce lets the other processes of a shared store know of this one until the program ends.
func (a *App) announce(p *parts) {
	if _, shared := p.raw.(*store.Redis); !shared {
		return
	}
	host, _ := os.Hostname()
	digest := sha256.Sum256(p.secret)
	const few = 8
	me, err := json.Marshal(process{cmp.Or(host, "unknown"), Version(), p.now().UTC().Truncate(time.Second), hex.EncodeToString(digest[:few])})
	if err != nil {
		panic(err) // it holds nothing that JSON cannot
	}
	key := processPrefix + rand.Text()
	say := func() {
		ctx, cancel := context.WithTimeout(context.Background(), storeTime)
		defer cancel()
		_ = p.raw.Put(ctx, key, me, processKept) // a store that is lost is told of elsewhere
	}
	say()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(processEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				say()
			case <-stop:
				return
			}
		}
	}()
	a.onClose(func() {
		close(stop)
		<-done
		ctx, cancel := context.WithTimeout(context.Background(), storeTime)
		defer cancel()
		_ = p.raw.Delete(ctx, key) // it ends by itself
	})
}

// processesOf are the processes that have announced themselves in a store, those that started first first.
func processesOf(ctx context.Context, kept store.Store) (all []process, err error) {
	err = kept.Each(ctx, processPrefix, func(_ string, value []byte) error {
		var one process
		if json.Unmarshal(value, &one) == nil { // another version may say it in another way
			all = append(all, one)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b process) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.Host, b.Host)) })
	return all, err
}

// versionsCheck says whether the store, the processes that share it and this build fit together.
func versionsCheck(kept store.Store) admin.Check {
	return admin.Check{Name: "versions", Ask: func(ctx context.Context) admin.Health {
		found, err := stampOf(ctx, kept)
		if err != nil {
			// Either the store does not answer, which its own check says, or the stamp is of a version with which this one cannot go on.
			if found.Oldest > storeFormat {
				return admin.Health{State: admin.Wrong, Text: fmt.Sprintf("the store was written by %s, with which this build must not share it: update this process now", found.Version)}
			}
			return admin.Health{State: admin.Mind, Text: "are not known: the store does not answer"}
		}
		all, err := processesOf(ctx, kept)
		if err != nil {
			return admin.Health{State: admin.Mind, Text: "are not known: the store does not answer"}
		}
		return versionsHealth(found, all)
	}}
}

// versionsHealth says in words how a stamp and processes fit together.
func versionsHealth(found stamp, all []process) admin.Health {
	h := admin.Health{State: admin.OK, Text: "this process alone, " + Version()}
	versions, secrets := map[string]int{}, map[string]int{}
	var each []string
	for _, one := range all {
		versions[one.Version]++
		secrets[one.Secrets]++
		each = append(each, fmt.Sprintf("%s on %s since %s", one.Version, one.Host, one.Started.Format("2006-01-02 15:04:05 UTC")))
	}
	var mind []string
	if found.newer() {
		mind = append(mind, fmt.Sprintf("the store is of a newer format (%d, by %s) than this build's (%d), which goes on with it: update this process", found.Format, found.Version, storeFormat))
	}
	if len(versions) > 1 {
		mind = append(mind, "the processes of this store run different versions ("+strings.Join(slices.Sorted(maps.Keys(versions)), "; ")+"), which is as it should be only during an update")
	}
	if len(secrets) > 1 {
		mind = append(mind, "the processes of this store have different [session] keys or partner tokens: a form of one may be refused by another")
	}
	if len(all) > 0 {
		h.Text = fmt.Sprintf("%d of this store: %s", len(all), strings.Join(each, "; "))
	}
	if len(mind) > 0 {
		h = admin.Health{State: admin.Mind, Text: strings.Join(mind, "; ") + " – " + h.Text}
	}
	return h
}

// askVersions says for a check what does not fit together. An error says that this version must not use the store.
func askVersions(ctx context.Context, kept store.Store) (advice []string, err error) {
	found, err := stampOf(ctx, kept)
	if err != nil {
		return nil, fmt.Errorf("[store]: %w", err)
	}
	all, err := processesOf(ctx, kept)
	if err != nil {
		return nil, fmt.Errorf("[store]: %w", err)
	}
	if h := versionsHealth(found, all); h.State != admin.OK {
		advice = append(advice, h.Text+" ([store]).")
	}
	return advice, nil
}
