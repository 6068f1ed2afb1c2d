package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

const (
	// compactSuffix ends the name of the new file while it is made.
	compactSuffix = ".compact"
	// compactFrom is the size below which a file is left as it is, in bytes.
	compactFrom = 16 << 20
	// compactAtOnce bounds what is copied in one transaction, in bytes.
	compactAtOnce = 4 << 20
	// compactMost is how many bytes may be in use when a file is compacted while other calls wait: about a second's work.
	compactMost = 64 << 20
)

// room says how large the file is, in bytes, and how much of that is in use.
func (f *File) room() (size, used int64) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	free := int64(f.db.Stats().FreeAlloc) // first, since the file may grow in between
	_ = f.db.View(func(tx *bolt.Tx) error {
		size = tx.Size()
		return nil
	})
	return size, size - free
}

// mostlyFree says whether three quarters of the file are free, and the rest can be copied while other calls wait. A file
// never shrinks by itself, so without compacting it would keep the size that a flood of visitors gave it.
func (f *File) mostlyFree(most int64) bool {
	size, used := f.room()
	return size >= compactFrom && used*4 <= size && used <= most
}

// Scrub copies the entries into a new file, which takes the place of the old one, so that nothing stands in it of what was deleted or has
// expired. Other calls wait meanwhile. A file of which very much is in use is left as it is: then done is false, and what was deleted
// stands in the file, unread, until it is written over.
func (f *File) Scrub() (done bool, err error) {
	for n := sweepAtOnce; n == sweepAtOnce; {
		if n, err = f.sweep(); err != nil {
			return false, fmt.Errorf("store: scrub: %w", err)
		}
	}
	if _, used := f.room(); used > compactMost {
		return false, nil
	}
	return true, f.compact()
}

// compact copies the entries into a new file, which takes the place of the old one in one step. Before that the new file
// is complete and synced. It is locked before the old one is released, so that a crash at any moment leaves one complete
// file, and no other process can open it in between. It belongs to whom the old one belongs to. Other calls wait meanwhile.
func (f *File) compact() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	part := f.path + compactSuffix
	fresh, err := compacted(f.db, part)
	if err == nil {
		if err = giveTo(part, f.path); err == nil {
			err = os.Rename(part, f.path)
		}
		if err == nil {
			old := f.db
			f.db = fresh
			return errors.Join(syncDir(filepath.Dir(f.path)), old.Close())
		}
		err = errors.Join(err, fresh.Close())
	}
	return fmt.Errorf("store: compact: %w", errors.Join(err, os.RemoveAll(part)))
}

// compacted is a copy of a file, complete and synced.
func compacted(from *bolt.DB, path string) (*bolt.DB, error) {
	if err := os.RemoveAll(path); err != nil {
		return nil, err
	}
	fresh, err := openBolt(path, false)
	if err != nil {
		return nil, err
	}
	fresh.NoSync = true // it is synced once, at the end
	err = bolt.Compact(fresh, from, compactAtOnce)
	if err == nil {
		err = fresh.Update(noteTx)
	}
	if err == nil {
		err = fresh.Sync()
	}
	if err != nil {
		return nil, errors.Join(err, fresh.Close())
	}
	fresh.NoSync = false
	return fresh, nil
}

// syncDir syncs a folder, so that a new name in it survives the end of the machine.
func syncDir(path string) error {
	dir, err := os.Open(path) //nolint:gosec // the folder of the operator's own file
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
