package booking

import (
	"context"
	"errors"

	"okoshko/internal/store"
)

// A calendar that has subscribed to a visit asks for its file for as long as it has the visit. Calendars are shared with
// other people, and some services keep what they read. So the address of a calendar's file must not be the visit's link,
// which can cancel the visit. Its name is a digest of the link, and the store knows which link the digest was made from.

// FeedName is the name of a visit in the address of its calendar file.
func FeedName(key Key) string { return key.Name() }

// FeedKey finds the key of the visit that has a feed name; named has that name in the place of the hash. Errors:
// ErrNoRecord.
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
		return Key{}, ErrNoRecord // the name of another visit, or of one that was noted by a version before there were feeds
	}
	return key, nil
}
