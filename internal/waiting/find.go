package waiting

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"okoshko/internal/store"
)

// FindWishes finds the wishes that an e-mail address is to be told of, the first one first, whether confirmed or not. keys are the session
// keys. It writes nothing. unread counts the wishes that none of the keys opens.
func FindWishes(ctx context.Context, s store.Store, keys [][]byte, email string, now time.Time) (found []Wish, unread int, err error) {
	seals, err := newSeals(keys)
	if err != nil {
		return nil, 0, err
	}
	d := &Desk{seals: seals}
	err = s.Each(ctx, wishPrefix, func(key string, value []byte) error {
		e, err := decode(value)
		if err != nil {
			unread++
			return nil //nolint:nilerr // it is counted
		}
		if !now.Before(e.ends()) {
			return nil
		}
		w, err := d.wish(key, e)
		switch {
		case errors.Is(err, errSealed):
			unread++
		case err != nil:
			return err
		case w.Channel.Email != "" && strings.EqualFold(w.Channel.Email, strings.TrimSpace(email)):
			found = append(found, w)
		}
		return nil
	})
	slices.SortFunc(found, func(a, b Wish) int { return a.Asked.Compare(b.Asked) })
	return found, unread, err
}
