// Release builds what is published of a version: for each machine an archive with the program, its documents and the licences of what it
// is made of, one bill of materials (CycloneDX), and the checksums of all: "make release". The same source, version and Go give the same
// bytes, wherever and whenever they are built.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// machines are the processors that a release has a program for.
var machines = []string{"amd64", "arm64"}

func main() {
	var o options
	flag.StringVar(&o.version, "version", "", "the version, as v1.2.3")
	flag.StringVar(&o.out, "out", "dist", "the folder that the release is written to")
	flag.StringVar(&o.source, "source", ".", "the folder of the source")
	flag.StringVar(&o.toolchain, "go", "", "the Go that builds, as go1.27.3; empty: the one that is installed")
	flag.StringVar(&o.bom, "bom", "cyclonedx-gomod", "the program that lists what a program is made of")
	flag.StringVar(&o.govulncheck, "govulncheck", "govulncheck", "the program that knows the faults of modules")
	flag.StringVar(&o.db, "db", "", "the address of its database, as file:///folder; empty: the public one")
	check := flag.String("check", "", "a program of which only the known faults and the licences are listed; faults of Go itself are no reason to fail then")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var err error
	if *check != "" {
		err = errors.Join(o.check(ctx, os.Stdout, *check, false), o.licences(ctx, os.Stdout, *check))
	} else {
		err = o.release(ctx, os.Stdout)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

type options struct{ version, out, source, toolchain, bom, govulncheck, db string }

// check lists the known faults of a program; strict, it may have none of Go's either.
func (o *options) check(ctx context.Context, log io.Writer, binary string, strict bool) error {
	all, err := faults(ctx, o.govulncheck, o.db, binary)
	if err != nil {
		return err
	}
	return tell(log, all, strict)
}

// list writes the bill of materials of a program, and fails when a module has a licence that is not fine.
func (o *options) list(ctx context.Context, version, binary, bom string) error {
	if err := o.run(ctx, nil, o.bom, "bin", "-json", "-noserial", "-notimestamp", "-std", "-licenses", "-assert-licenses", "-version", version, "-output", bom, binary); err != nil {
		return err
	}
	return allowed(ctx, bom)
}

// licences says whether the licences of all modules of a program are fine.
func (o *options) licences(ctx context.Context, log io.Writer, binary string) error {
	dir, err := os.MkdirTemp("", "okoshko-bom-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := o.list(ctx, "v0.0.0", binary, filepath.Join(dir, filepath.Base(binary)+".cdx.json")); err != nil {
		return err
	}
	_, err = fmt.Fprintln(log, "licences: each module has one of", strings.Join(fine, ", "))
	return err
}

var versions = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9a-z.]+)?$`)

func (o *options) release(ctx context.Context, log io.Writer) error {
	if !versions.MatchString(o.version) {
		return fmt.Errorf("version %q is none like v1.2.3", o.version)
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil { //nolint:gosec // it is to be published
		return err
	}
	var made []string
	for _, machine := range machines {
		name := "okoshko-" + o.version + "-linux-" + machine
		binary := filepath.Join(o.out, name)
		if err := o.build(ctx, machine, binary); err != nil {
			return err
		}
		if err := o.check(ctx, log, binary, true); err != nil {
			return err
		}
		licences, err := licencesOf(ctx, binary)
		if err != nil {
			return err
		}
		if err := pack(filepath.Join(o.out, name+".tar.gz"), name, o.source, binary, licences); err != nil {
			return err
		}
		bom := filepath.Join(o.out, name+".cdx.json")
		if err := o.list(ctx, o.version, binary, bom); err != nil {
			return err
		}
		if err := os.Remove(binary); err != nil {
			return err
		}
		made = append(made, name+".tar.gz", name+".cdx.json")
	}
	slices.Sort(made)
	if err := sums(o.out, made); err != nil {
		return err
	}
	for _, name := range append(made, sumsName) {
		fmt.Fprintln(log, filepath.Join(o.out, name))
	}
	return nil
}

// build makes the program for a processor. Nothing of this machine, its folders or the time comes into it.
func (o *options) build(ctx context.Context, machine, binary string) error {
	to, err := filepath.Abs(binary)
	if err != nil {
		return err
	}
	environ := []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + machine, "GOFLAGS=-buildvcs=false", "GOAMD64=v1", "GOARM64=v8.0"}
	if o.toolchain != "" {
		environ = append(environ, "GOTOOLCHAIN="+o.toolchain)
	}
	return o.run(ctx, environ, "go", "build", "-C", o.source, "-trimpath", "-tags", "timetzdata",
		"-ldflags", "-s -w -buildid= -X okoshko/internal/app.version="+o.version, "-o", to, ".")
}

func (o *options) run(ctx context.Context, environ []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the programs are this file's
	cmd.Env = append(cmd.Environ(), environ...)
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return err
}
