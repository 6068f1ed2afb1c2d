//go:build unix

package store

import (
	"os"
	"syscall"
)

// giveTo gives a file to the owner of another one: root may compact the file of a program that runs as an ordinary user.
func giveTo(path, like string) error {
	was, err := os.Stat(like)
	if err != nil {
		return err
	}
	is, err := os.Stat(path)
	if err != nil {
		return err
	}
	from, ok := was.Sys().(*syscall.Stat_t)
	to, also := is.Sys().(*syscall.Stat_t)
	if !ok || !also || from.Uid == to.Uid && from.Gid == to.Gid {
		return nil
	}
	return os.Chown(path, int(from.Uid), int(from.Gid))
}
