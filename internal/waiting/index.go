package waiting

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"okoshko/internal/store"
)

// A store cannot be searched. So an entry for each company names the keys of its wishes, and one names the companies. The first names
// nobody: a key is a digest of a wish's secret.

const (
	listPrefix   = "wishes/of/"
	companiesKey = "wishes/companies"
	// listedFor is longer than any wish lasts.
	listedFor = (MaxAhead + 2) * dayLength
)

// errManyWishes says that a company, or all, have as many wishes as may be.
var errManyWishes = errors.New("waiting: too many wishes")

// listed is one wish of a company.
type listed struct {
	Key   string    `json:"key"`
	Until time.Time `json:"until"`
}

// counted is a company that has wishes.
type counted struct {
	Wishes  int    `json:"n"`
	Version string `json:"v"` // changes with every wish
}

// list enters a wish into the list of a company, or until when it lasts. Errors: errManyWishes.
func (d *Desk) list(ctx context.Context, company int, key string, until time.Time) error {
	if d.o.Wishes > 0 {
		all, err := d.companies(ctx)
		if err != nil {
			return err
		}
		n := 0
		for _, one := range all {
			n += one.Wishes
		}
		if n >= d.o.Wishes && !d.isKnown(key) {
			return errManyWishes
		}
	}
	return d.relist(ctx, company, func(all []listed) ([]listed, error) {
		if i := slices.IndexFunc(all, func(l listed) bool { return l.Key == key }); i >= 0 {
			all[i].Until = until
			return all, nil
		}
		if d.o.PerCompany > 0 && len(all) >= d.o.PerCompany {
			return nil, errManyWishes
		}
		return append(all, listed{key, until}), nil
	})
}

// unlist takes a wish out of the list of a company.
func (d *Desk) unlist(ctx context.Context, company int, key string) error {
	return d.relist(ctx, company, func(all []listed) ([]listed, error) {
		return slices.DeleteFunc(all, func(l listed) bool { return l.Key == key }), nil
	})
}

// relist changes the list of a company, without those that have ended, and says that it has changed.
func (d *Desk) relist(ctx context.Context, company int, edit func([]listed) ([]listed, error)) error {
	var after []listed
	err := store.Update(ctx, d.o.Store, listPrefix+strconv.Itoa(company), listedFor, func(old []byte) ([]byte, error) {
		all, err := decodeList(old)
		if err != nil {
			return nil, err
		}
		now := d.o.Now()
		all = slices.DeleteFunc(all, func(l listed) bool { return !l.Until.After(now) })
		if after, err = edit(all); err != nil {
			return nil, err
		}
		return json.Marshal(after)
	})
	if err != nil {
		return fmt.Errorf("waiting: list: %w", err)
	}
	err = store.Update(ctx, d.o.Store, companiesKey, listedFor, func(old []byte) ([]byte, error) {
		all := map[int]counted{}
		if old != nil {
			if err := json.Unmarshal(old, &all); err != nil {
				return nil, err
			}
		}
		if delete(all, company); len(after) > 0 {
			all[company] = counted{Wishes: len(after), Version: newSecret()}
		}
		return json.Marshal(all)
	})
	if err != nil {
		return fmt.Errorf("waiting: companies: %w", err)
	}
	return nil
}

func decodeList(raw []byte) (all []listed, err error) {
	if raw == nil {
		return nil, nil
	}
	err = json.Unmarshal(raw, &all)
	return all, err
}

// companies are those that have wishes.
func (d *Desk) companies(ctx context.Context) (map[int]counted, error) {
	all := map[int]counted{}
	raw, err := d.o.Store.Get(ctx, companiesKey)
	if errors.Is(err, store.ErrNotFound) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal(raw, &all)
}

// poll reads the wishes of the companies whose wishes have changed.
func (d *Desk) poll(ctx context.Context) error {
	all, err := d.companies(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	var changed []int
	for company := range d.version {
		if _, still := all[company]; !still {
			changed = append(changed, company)
		}
	}
	for company, one := range all {
		if d.version[company] != one.Version {
			changed = append(changed, company)
		}
	}
	d.mu.Unlock()
	for _, company := range changed {
		if err := d.reload(ctx, company); err != nil {
			return err
		}
		d.mu.Lock()
		if d.version[company] = all[company].Version; d.version[company] == "" {
			delete(d.version, company)
		}
		d.mu.Unlock()
	}
	return nil
}

// reload reads the wishes of a company.
func (d *Desk) reload(ctx context.Context, company int) error {
	raw, err := d.o.Store.Get(ctx, listPrefix+strconv.Itoa(company))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	all, err := decodeList(raw)
	if err != nil {
		return err
	}
	found := map[string]*entry{}
	for _, one := range all {
		e, _, err := d.read(ctx, one.Key)
		if errors.Is(err, ErrNone) {
			continue
		}
		if err != nil {
			return err
		}
		found[one.Key] = e
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.wishes, func(key string, e *entry) bool { return e.Company == company && found[key] == nil })
	maps.Copy(d.wishes, found)
	return nil
}

// known are the wishes of a company, 0 = of all, as they were last read, those asked for first first.
func (d *Desk) known(company int) iter.Seq2[string, *entry] {
	type one struct {
		key string
		*entry
	}
	var all []one
	d.mu.Lock()
	for key, e := range d.wishes {
		if company == 0 || e.Company == company {
			all = append(all, one{key, e})
		}
	}
	d.mu.Unlock()
	slices.SortFunc(all, func(a, b one) int { return cmp.Or(a.Asked.Compare(b.Asked), cmp.Compare(a.key, b.key)) })
	return func(yield func(string, *entry) bool) {
		for _, x := range all {
			if !yield(x.key, x.entry) {
				return
			}
		}
	}
}

// Count is how many wishes this process knows of.
func (d *Desk) Count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.wishes)
}

// Standing is how many confirmed wishes of each company this process knows of: those of all processes.
func (d *Desk) Standing() map[int]int {
	out := map[int]int{}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.wishes {
		if !e.Confirmed.IsZero() {
			out[e.Company]++
		}
	}
	return out
}

// know takes note of a wish as it was read last.
func (d *Desk) know(key string, e *entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wishes[key] = e
}

func (d *Desk) isKnown(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.wishes[key] != nil
}

// would says whether a change would change an entry, which stays as it is.
func (e *entry) would(change func(*entry) bool) bool {
	copied, err := decode(e.encode())
	return err == nil && change(copied)
}

const (
	// editTries bounds how often a change is tried that others are in the way of.
	editTries = 100
	// editPause bounds the pause between two tries.
	editPause = 20 * time.Millisecond
)

// edit changes a wish as it stands in the store, and returns what stands there then. A change that returns store.ErrUnchanged writes
// nothing. When somebody else has written it meanwhile, the change runs again on that. Errors: ErrNone, those of the change.
func (d *Desk) edit(ctx context.Context, key string, change func(*entry) error) (*entry, error) {
	for range editTries {
		e, raw, err := d.read(ctx, key)
		if err != nil {
			return nil, err
		}
		switch err = change(e); {
		case errors.Is(err, store.ErrUnchanged):
			return e, nil
		case err != nil:
			return e, err
		}
		now := d.o.Now()
		e.forget(now)
		if p, old, err := d.seals.open(key, e.Sealed); err == nil && old {
			e.Sealed = d.seals.seal(key, p)
		}
		written, err := d.o.Store.Swap(ctx, key, raw, e.encode(), e.ends().Sub(now))
		if err != nil || written {
			return e, err
		}
		select {
		case <-time.After(rand.N(editPause)): //nolint:gosec // no secret
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, store.ErrContended
}

// daysOf are the days from one to another one.
func daysOf(from, to string) iter.Seq[string] {
	return func(yield func(string) bool) {
		day, err := time.Parse(time.DateOnly, from)
		for ; err == nil && day.Format(time.DateOnly) <= to; day = day.AddDate(0, 0, 1) {
			if !yield(day.Format(time.DateOnly)) {
				return
			}
		}
	}
}

// full are answers for the days of a part of the calendar that are not free.
func (a Days) full(from, to string) (out []Answer) {
	for day := range daysOf(from, to) {
		if !slices.Contains(a.Free, day) {
			out = append(out, Answer{Company: a.Company, Services: a.Services, Master: a.Master, Day: day, Asked: a.Asked, Until: a.Until})
		}
	}
	return out
}
