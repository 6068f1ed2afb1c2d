package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// packed are the files of the source that an archive holds beside the program.
var packed = []string{
	"LICENSE", "README.md", "README.ru.md", "CHANGELOG.md", "config.example.ini",
	"deploy/alerts.yaml", "deploy/grafana.json", "deploy/nginx.conf", "deploy/okoshko.service", "docs/configuration.md", "docs/operations.md",
}

// dated is when every file of an archive was changed, so that an archive of the same files is the same.
var dated = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

const (
	licencesName = "LICENSES-OF-OTHERS.txt"
	sumsName     = "SHA256SUMS"
)

// pack writes an archive with one folder: the program, what is packed of the source, and the licences.
func pack(archive, folder, source, binary string, licences []byte) (err error) {
	file, err := os.Create(archive) //nolint:gosec // its name is the release's
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	zipped, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		return err
	}
	out := tar.NewWriter(zipped)
	program, err := os.ReadFile(binary) //nolint:gosec // as above
	if err != nil {
		return err
	}
	if err := add(out, path.Join(folder, "okoshko"), 0o755, program); err != nil {
		return err
	}
	if err := add(out, path.Join(folder, licencesName), 0o644, licences); err != nil {
		return err
	}
	for _, name := range packed {
		text, err := os.ReadFile(filepath.Join(source, name)) //nolint:gosec // as above
		if err != nil {
			return err
		}
		if err := add(out, path.Join(folder, name), 0o644, text); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	return zipped.Close()
}

func add(out *tar.Writer, name string, mode int64, text []byte) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(text)), ModTime: dated, Format: tar.FormatUSTAR}
	if err := out.WriteHeader(header); err != nil {
		return err
	}
	_, err := out.Write(text)
	return err
}

// sums writes the checksums of files of a folder, as sha256sum does.
func sums(folder string, names []string) error {
	var list strings.Builder
	for _, name := range names {
		sum, err := sumOf(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "%x  %s\n", sum, name)
	}
	return os.WriteFile(filepath.Join(folder, sumsName), []byte(list.String()), 0o644) //nolint:gosec // it is to be published
}

func sumOf(name string) (_ []byte, err error) {
	file, err := os.Open(name) //nolint:gosec // as above
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	return sum.Sum(nil), err
}
