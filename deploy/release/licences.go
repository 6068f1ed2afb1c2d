package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// fine are the licences that a module may have (SPDX). Each lets the program be published under its own licence, as long as
// the text goes along, and it does (licencesName).
var fine = []string{"MIT", "BSD-2-Clause", "BSD-3-Clause", "BSD-Source-Code", "Apache-2.0", "ISC", "MPL-2.0", "Zlib", "OFL-1.1", "Unlicense"}

// readByHand are modules whose licence the bill of materials gets wrong, because one file holds several texts: what a person read there,
// and the SHA-256 of the file that was read. Another file has to be read again.
var readByHand = map[string]struct{ licence, sum string }{
	// Code is under Apache-2.0, older code under MIT. CC-BY-4.0 is for the documentation alone, which is not in the program.
	"github.com/modelcontextprotocol/go-sdk": {"Apache-2.0", "af679003d933f045393a6a029f43da113f9ae364eac651d9ae268392985580f5"},
}

// allowed says which modules of a bill of materials have another licence, or none that is known.
func allowed(ctx context.Context, bom string) error {
	text, err := os.ReadFile(bom) //nolint:gosec // its name is the release's
	if err != nil {
		return err
	}
	wrong, err := refused(text, func(module string) ([]byte, error) {
		dir, err := folderOf(ctx, module)
		if err != nil {
			return nil, err
		}
		return os.ReadFile(filepath.Join(dir, "LICENSE")) //nolint:gosec // a licence
	})
	if err == nil && len(wrong) > 0 {
		err = fmt.Errorf("%s: no licence that is fine: %s", filepath.Base(bom), strings.Join(wrong, ", "))
	}
	return err
}

// refused reads a bill of materials. licence reads the licence file of a module.
func refused(bom []byte, licence func(module string) ([]byte, error)) (wrong []string, err error) {
	var list struct {
		Components []struct {
			Name, Version string
			Licenses      []struct {
				License struct{ ID, Name string }
			}
		}
	}
	if err := json.Unmarshal(bom, &list); err != nil {
		return nil, err
	}
	for _, c := range list.Components {
		if c.Name == "std" {
			continue // Go's own, BSD-3-Clause
		}
		of := make([]string, 0, len(c.Licenses))
		for _, l := range c.Licenses {
			of = append(of, cmp.Or(l.License.ID, l.License.Name))
		}
		if known, ok := readByHand[c.Name]; ok {
			text, err := licence(c.Name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) == known.sum {
				of = []string{known.licence}
			}
		}
		if !slices.ContainsFunc(of, func(l string) bool { return slices.Contains(fine, l) }) {
			wrong = append(wrong, fmt.Sprintf("%s %s %v", c.Name, c.Version, of))
		}
	}
	return wrong, nil
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([.-].*)?$`)

// licencesOf are the texts of the licences of all modules that a program is made of, and of Go.
func licencesOf(ctx context.Context, binary string) ([]byte, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	var all bytes.Buffer
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		dir, err := folderOf(ctx, module.Path)
		if err != nil {
			return nil, err
		}
		n, err := appendLicences(&all, module.Path+" "+module.Version, dir)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, fmt.Errorf("%s has no file with its licence", module.Path)
		}
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	if _, err := appendLicences(&all, "Go", strings.TrimSpace(string(root))); err != nil {
		return nil, err
	}
	return all.Bytes(), nil
}

// folderOf is where the source of a module lies.
func folderOf(ctx context.Context, module string) (string, error) {
	dir, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module).Output() //nolint:gosec // a path of the program's own
	if err != nil {
		return "", fmt.Errorf("%s: %w", module, err)
	}
	return strings.TrimSpace(string(dir)), nil
}

// appendLicences adds the texts that lie in a module's folder, and says how many there are.
func appendLicences(all *bytes.Buffer, title, dir string) (n int, err error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		if file.IsDir() || !licenceFile.MatchString(file.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, file.Name())) //nolint:gosec // a licence
		if err != nil {
			return n, err
		}
		fmt.Fprintf(all, "=== %s: %s\n\n%s\n\n", title, file.Name(), bytes.TrimSpace(text))
		n++
	}
	return n, nil
}
