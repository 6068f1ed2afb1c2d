package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sync"

	"github.com/andybalholm/brotli"

	"okoshko/internal/urls"
)

// hashLen is how many hex digits of the SHA-256 stand in an address.
const hashLen = 10

// Assets are the files that are served under the hash of their content, and the loaders.
type Assets struct {
	byName  map[string]*File
	loaders []Loader // the newest first
}

// File is one asset, in every encoding in which it is served.
type File struct {
	ContentType string

	hash                   string
	identity, gzipped, brd []byte
}

// Load returns the embedded files. The first call compresses them; a file that compression does not shrink is served as it
// is.
func Load() (*Assets, error) { return loaded() }

var loaded = sync.OnceValues(func() (*Assets, error) {
	assets, err := load(files)
	if err != nil {
		return nil, err
	}
	assets.loaders, err = loadLoaders(loaders, "loader")
	return assets, err
})

// load reads every file, in whatever folder, by its own name.
func load(fsys fs.FS) (*Assets, error) {
	assets := &Assets{byName: map[string]*File{}}
	err := fs.WalkDir(fsys, ".", func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, at)
		if err != nil {
			return err
		}
		assets.byName[entry.Name()], err = newFile(entry.Name(), body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("static: %w", err)
	}
	return assets, nil
}

func newFile(name string, body []byte) (*File, error) {
	kind, ok := contentType(path.Ext(name))
	if !ok {
		return nil, fmt.Errorf("no content type for %q", name)
	}
	sum := sha256.Sum256(body)
	file := &File{ContentType: kind, hash: hex.EncodeToString(sum[:])[:hashLen], identity: body}

	var gz, br bytes.Buffer
	gzWriter, err := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	for _, w := range []io.WriteCloser{gzWriter, brotli.NewWriterLevel(&br, brotli.BestCompression)} {
		if _, err := w.Write(body); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
	}
	if gz.Len() < len(body) {
		file.gzipped = gz.Bytes()
	}
	if br.Len() < len(body) {
		file.brd = br.Bytes()
	}
	return file, nil
}

// contentType is a short list on purpose: what is not on it is not ours to serve.
func contentType(ext string) (string, bool) {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8", true
	case ".js":
		return "text/javascript; charset=utf-8", true
	case ".svg":
		return "image/svg+xml", true
	}
	return "", false
}

// URL returns the address of an asset, "" for an unknown name.
func (a *Assets) URL(name string) string {
	file, ok := a.byName[name]
	if !ok {
		return ""
	}
	return urls.Asset(file.hash, name)
}

// Plain returns an asset for an address without its hash, where a browser wants one that stays the same.
func (a *Assets) Plain(name string) (body []byte, contentType string) {
	file := a.byName[name]
	return file.identity, file.ContentType
}

// Lookup finds an asset by both parts of its address. A known name under another hash is not found: browsers keep the answer for
// a year, so it must be exactly the file that was asked for.
func (a *Assets) Lookup(hash, name string) (*File, bool) {
	file, ok := a.byName[name]
	if !ok || file.hash != hash {
		return nil, false
	}
	return file, true
}

// Tag returns the file's entity tag. The tag is the same for every encoding, so it is weak.
func (f *File) Tag() string { return `W/"` + f.hash + `"` }

// For returns the body for an Accept-Encoding header and the body's Content-Encoding, "" for none. The body is shared and must
// not be changed.
func (f *File) For(acceptEncoding string) (body []byte, encoding string) {
	switch encoding := Negotiate(acceptEncoding); {
	case encoding == "br" && f.brd != nil:
		return f.brd, encoding
	case encoding == "gzip" && f.gzipped != nil:
		return f.gzipped, encoding
	}
	return f.identity, ""
}
