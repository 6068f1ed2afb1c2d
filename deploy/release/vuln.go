package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"text/tabwriter"
)

// fault is a known fault of what a program is made of.
type fault struct {
	ID      string // in the Go vulnerability database
	Module  string // "stdlib" for Go's own
	Found   string // the version that the program has
	Fixed   string // the first version without it; empty: there is none
	Summary string
}

// own says that a newer Go mends it, and nothing else does.
func (f fault) own() bool { return f.Module == "stdlib" || f.Module == "toolchain" }

// faults asks govulncheck for the known faults of a program that is built. db is the address of the database; empty: the public one.
func faults(ctx context.Context, govulncheck, db, binary string) ([]fault, error) {
	args := []string{"-mode", "binary", "-format", "json"}
	if db != "" {
		args = append(args, "-db", db)
	}
	cmd := exec.CommandContext(ctx, govulncheck, append(args, binary)...) //nolint:gosec // named by whoever runs this
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", govulncheck, err, said.Bytes())
	}
	return readFaults(&out)
}

// readFaults reads govulncheck's messages (its package internal/govulncheck: Message).
func readFaults(in io.Reader) ([]fault, error) {
	found, summaries := map[string]fault{}, map[string]string{}
	scanned := false
	for messages := json.NewDecoder(in); ; {
		var m struct {
			Config  *struct{}
			OSV     *struct{ ID, Summary string }
			Finding *struct {
				OSV   string
				Fixed string `json:"fixed_version"`
				Trace []struct{ Module, Version string }
			}
		}
		if err := messages.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		scanned = scanned || m.Config != nil
		if m.OSV != nil {
			summaries[m.OSV.ID] = m.OSV.Summary
		}
		if m.Finding != nil && len(m.Finding.Trace) > 0 {
			at := m.Finding.Trace[0]
			found[m.Finding.OSV+" "+at.Module] = fault{ID: m.Finding.OSV, Module: at.Module, Found: at.Version, Fixed: m.Finding.Fixed}
		}
	}
	if !scanned {
		return nil, errors.New("govulncheck has said nothing")
	}
	var all []fault
	for _, key := range slices.Sorted(maps.Keys(found)) {
		f := found[key]
		f.Summary = summaries[f.ID]
		all = append(all, f)
	}
	return all, nil
}

// tell lists faults, and says which of them a release must not have: those of modules, and with strict those of Go too.
func tell(out io.Writer, all []fault, strict bool) error {
	bad := 0
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range all {
		if strict || !f.own() {
			bad++
		}
		_, _ = fmt.Fprintf(table, "%s\t%s %s\tfixed in %s\t%s\n", f.ID, f.Module, f.Found, cmp.Or(f.Fixed, "no version yet"), f.Summary)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	switch {
	case bad > 0:
		return fmt.Errorf("%d of the %d known faults are not to be released", bad, len(all))
	case len(all) > 0:
		_, _ = fmt.Fprintf(out, "no module has a known fault; the %d of Go are gone in releases, which a newer Go builds\n", len(all))
	default:
		_, _ = fmt.Fprintln(out, "no known fault")
	}
	return nil
}
