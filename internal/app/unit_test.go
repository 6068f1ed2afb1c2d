package app

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// nobody is the user as which the unit's program runs in the test.
const nobody = 65534

// asTheUnit makes a machine on which one folder can be written, and becomes a program there, as a user who may do nothing else. It is what
// deploy/okoshko.service asks the manager for: DynamicUser, StateDirectory, ProtectSystem=strict, NoNewPrivileges, no capabilities.
const asTheUnit = `mount --bind "$1" "$1" && mount -o remount,bind,ro / && exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- "$2"`

// TestTheUnitsUserWritesItsFolderAlone: the program takes a booking as an ordinary user who can write the folder of the store and nothing
// else, and starts again after root has used every command on its store, beside it and while it was stopped.
func TestTheUnitsUserWritesItsFolderAlone(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	for _, program := range []string{"unshare", "setpriv"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("there is no %s here", program)
		}
	}
	if out, err := exec.Command("unshare", "--mount", "mount", "-o", "remount,bind,ro", "/").CombinedOutput(); err != nil {
		t.Skipf("no folder can be taken away from a program here: %s", out)
	}
	dir := t.TempDir()
	for _, open := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	state, program := filepath.Join(dir, "state"), filepath.Join(dir, "okoshko")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(state, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	installTestBinary(t, program)
	clock := testclock.Running()
	box, err := sandbox.New(sandbox.Options{NoLimits: true, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	api, stop, err := box.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop(t.Context()) })
	at := []string{"OKOSHKO_STORE_PATH=" + filepath.Join(state, "okoshko.db"), "OKOSHKO_STORE_BACKUP_PATH=" + filepath.Join(state, "backup.db")}
	environ := append([]string{
		"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=", "OKOSHKO_UPSTREAM_BASE_URL=" + api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox",
		"OKOSHKO_LIMITS_FORM_AGE=0s", "OKOSHKO_LIMITS_PRESS_AGE=0s", "OKOSHKO_STORE_BACKUP_EVERY=1m",
	}, at...)
	start := func() (*child, *rig) {
		c := startCommand(t, exec.Command("unshare", "--mount", "sh", "-c", asTheUnit, "sh", state, program), clock.Now(), environ)
		r := &rig{t: t, app: &App{URL: c.url}, http: &http.Client{}, log: c.log, box: box, api: api}
		return c, r
	}
	c, r := start()
	done := r.to(r.get("/b/1?lang=en"), "done")
	page := done.url.RequestURI()
	commands := func(stopped bool) {
		environ := append(slices.Clone(at), "OKOSHKO_SANDBOX_NOW="+clock.Now().Format(time.RFC3339)) // the commands' clock
		who := customer{phone: "+" + box.Booked()[0].Phone}
		run := map[string]func(io.Writer) error{
			"check":   func(out io.Writer) error { return Check(t.Context(), "", environ, checkOptions{}, clock.Now, out) },
			"consent": func(out io.Writer) error { return Consent(t.Context(), "", environ, 501, who, out) },
			"export":  func(out io.Writer) error { return Export(t.Context(), "", environ, who, out) },
			"find": func(out io.Writer) error {
				return Find(t.Context(), "", environ, findOptions{form: 1, at: clock.Now().UTC().Format("15:04"), on: clock.Now().UTC().Format(time.DateOnly), zone: "UTC", within: time.Hour}, out)
			},
		}
		if stopped {
			run["forget"] = func(out io.Writer) error { return Forget(t.Context(), "", environ, who, false, out) }
		}
		for name, command := range run {
			var out bytes.Buffer
			if err := command(&out); err != nil && stopped { // beside the program there may be no copy yet
				t.Errorf("%s by root: %v\n%s", name, err, out.String())
			}
		}
		wantOwner(t, state)
	}
	wantOwner(t, state)
	commands(false)
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-c.end
	commands(true)
	_, r = start()
	if p := r.get(page); p.step() != "done" {
		t.Errorf("after the commands the booking is step %q: %s", p.step(), p.Find("main").Text())
	}
}

// wantOwner wants all of a folder to be the unit's, and readable for nobody else.
func wantOwner(t *testing.T, folder string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if of, ok := info.Sys().(*syscall.Stat_t); ok && (of.Uid != nobody || info.Mode().Perm()&0o077 != 0) {
			t.Errorf("%s is user %d's, with mode %v", path, of.Uid, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// installTestBinary puts the program where everybody may run it.
func installTestBinary(t *testing.T, to string) {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o755); err != nil {
		t.Fatal(err)
	}
}
