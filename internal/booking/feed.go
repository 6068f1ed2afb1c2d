package booking

import (
	"context"
	"errors"

	"okoshko/internal/store"
)

// A calendar that has subscribed to a visit asks for it for as long as it has the visit. Calendars are shared, and some keep
// what they read with others, so such an address must not be the visit's own link, which can cancel it. Its name is made from
// the link in one direction only, and the store knows which link it was made from.

// FeedName names the visit of a key to calendars.
func FeedName(key Key) string { return key.Name() }

// FeedKey is the key of a visit whose feed has a name, which is given as the key's hash. Errors: ErrNoRecord.
func (d *Desk) FeedKey(ctx context.Context, named Key) (Key, error) {
	hash, err := d.store.Get(ctx, openedNamed(named.Hash))
	if errors.Is(err, store.ErrNotFound) {
		return Key{}, ErrNoRecord
	}
	if err != nil {
		return Key{}, err
	}
	key := Key{Company: named.Company, Record: named.Record, Hash: string(hash)}
	if FeedName(key) != named.Hash {
		return Key{}, ErrNoRecord // another visit's name, or one that was noted before there were feeds
	}
	return key, nil
}
