package store

import (
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

// Backup writes a copy of the file as it is at one moment, while other calls read and write it. The copy takes the place
// of an older one in one step, so that there is always a complete one.
func (f *File) Backup(path string) (bytes int64, err error) {
	part := path + ".part"
	defer func() {
		if err != nil {
			err = fmt.Errorf("store: backup: %w", errors.Join(err, os.RemoveAll(part)))
		}
	}()
	out, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode) //nolint:gosec // the operator names it
	if err != nil {
		return 0, err
	}
	err = f.view(func(tx *bolt.Tx) error {
		bytes, err = tx.WriteTo(out)
		return err
	})
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return 0, err
	}
	return bytes, os.Rename(part, path)
}
