package app

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"okoshko/internal/store"
	"okoshko/internal/testclock"
)

// TestAFullDiskIsSaid: on a full disk a file still takes small entries for a while, in the room that others have left. What is tried for
// /readyz and okoshko_store_lost must not be one of those, or nobody hears that bookings fail.
func TestAFullDiskIsSaid(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "okoshko-test", disk).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", disk).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	file, err := store.OpenFile(filepath.Join(disk, "okoshko.db"), store.FileOptions{Now: testclock.Running().Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	for range 3 {
		if written, err := tryStore(t.Context(), file); !written || err != nil {
			t.Fatalf("with room: written %v, %v", written, err)
		}
	}
	// As people do who book, until the disk takes no more.
	const many = 10_000
	n := 0
	for ; n < many; n++ {
		if err := file.Put(t.Context(), fmt.Sprintf("attempt/%05d", n*7919%many), make([]byte, 200+n*397%6000), time.Hour); err != nil {
			break
		}
		if n%2 == 0 {
			_, _ = tryStore(t.Context(), file)
		}
	}
	if n == many {
		t.Fatal("the disk does not fill up")
	}
	if written, _ := tryStore(t.Context(), file); written {
		t.Errorf("after %d entries the disk takes no more, and the store is said to take what is written", n)
	}
}
