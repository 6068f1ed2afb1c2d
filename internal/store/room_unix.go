//go:build unix

package store

import "golang.org/x/sys/unix"

// diskFree is how many bytes are free on the disk of a folder.
func diskFree(path string) (int64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return 0, err
	}
	return int64(stat.Bavail) * int64(stat.Bsize), nil //nolint:gosec,unconvert // both differ between systems
}
