package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// diskSize is that of the disk of a file: more than the room below which the program calls it nearly full.
const diskSize = "128m"

// playDiskFull fills the disk of a file.
func playDiskFull(ctx context.Context, on stage) ([]line, error) {
	if os.Geteuid() != 0 {
		return []line{told("skipped", "only root can mount a small disk")}, nil
	}
	disk, err := os.MkdirTemp(on.dir, "disk-")
	if err != nil {
		return nil, err
	}
	if out, err := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", "size="+diskSize, "okoshko-operate", disk).CombinedOutput(); err != nil { //nolint:gosec // a folder of ours
		return []line{told("skipped", "no small disk can be mounted here: %s", out)}, nil
	}
	defer func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) }()
	f, err := open(ctx, on, 1, "OKOSHKO_STORE_PATH="+filepath.Join(disk, "okoshko.db"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	filler := filepath.Join(disk, "filler")
	return f.play(ctx, fault{
		begin: func(context.Context) error { return fill(filler) },
		end:   func(context.Context) error { return os.Remove(filler) },
		ready: storeRefuses, lost: true,
	})
}

// fill writes a file until the disk takes no byte more.
func fill(path string) (err error) {
	file, err := os.Create(path) //nolint:gosec // on the disk of ours
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for part := make([]byte, 1<<20); len(part) > 0; {
		switch _, err := file.Write(part); {
		case errors.Is(err, syscall.ENOSPC):
			part = part[:len(part)/2]
		case err != nil && !errors.Is(err, io.ErrShortWrite):
			return fmt.Errorf("the disk is not filled: %w", err)
		}
	}
	return nil
}
