package store

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"okoshko/internal/redistest"
)

// TestWhatCannotBeTheStoreIsSaidAtTheStart, and nothing that the server quotes is repeated.
func TestWhatCannotBeTheStoreIsSaidAtTheStart(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t)
	_, port, _ := net.SplitHostPort(primary.Address)
	locked := redistest.Start(t, "--requirepass", "hunter2")
	plain := func(s *redistest.Server) string { return s.URL }
	for _, tt := range []struct {
		name   string
		server *redistest.Server
		url    func(*redistest.Server) string
		want   string // "" = it is good
	}{
		{"a single server", primary, plain, ""},
		{"a sentinel", redistest.Start(t, redistest.Sentinel), plain, "this is the port of a sentinel, which stores nothing"},
		{"a node of a cluster", redistest.Start(t, "--cluster-enabled", "yes"), plain, "is a node of a cluster, which is not supported"},
		{"a replica", redistest.Start(t, "--replicaof", "127.0.0.1 "+port), plain, "is a replica, which takes no writes"},
		{"no password", locked, plain, "it asks for a password"},
		{"a wrong password", locked, func(s *redistest.Server) string { return "redis://:hunter3@" + s.Address }, "it does not know this user and password"},
		{"the password", locked, func(s *redistest.Server) string { return "redis://:hunter2@" + s.Address }, ""},
		{"a full server", redistest.Start(t, "--maxmemory", "1"), plain, "it is full (maxmemory)"},
		{"a server without scripts", redistest.Start(t, "--rename-command", "EVALSHA", ""), plain, "it refuses the command"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := OpenRedis(t.Context(), tt.url(tt.server))
			if err == nil {
				defer func() { _ = r.Close() }()
			}
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("OpenRedis = %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("OpenRedis = %v, want %q in it", err, tt.want)
			case err != nil && (strings.Contains(err.Error(), "hunter") || strings.Contains(err.Error(), "args")):
				t.Errorf("OpenRedis = %v, which repeats what it was given", err)
			}
		})
	}
}

// narrow is what docs/operations.md names as the rights of the program's user.
const narrow = "~okoshko* &okoshko* -@all +@read +@write +@pubsub +@scripting +@connection +@transaction +info +time"

// TestAnACLIsTriedAtTheStart: with rights to the entries alone the program ran and kept to its share of the calls for ever.
func TestAnACLIsTriedAtTheStart(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	root := redis.NewClient(&redis.Options{Addr: server.Address})
	defer func() { _ = root.Close() }()
	rights, err := os.ReadFile("../../docs/operations.md")
	if err != nil || !strings.Contains(string(rights), narrow) {
		t.Errorf("docs/operations.md does not name the rights %q: %v", narrow, err)
	}
	for _, tt := range []struct{ name, rights, want string }{
		{"its", narrow, ""},
		{"entries", strings.Replace(narrow, "~okoshko*", "~okoshko/*", 1), `with keys that begin with "okoshko-budget/": its ACL does not allow`},
		{"answers", strings.Replace(narrow, "~okoshko*", "~okoshko/* ~okoshko-budget/*", 1), `with keys that begin with "okoshko-answers/": its ACL`},
		{"channels", strings.Replace(narrow, "&okoshko*", "resetchannels", 1), "PUBLISH"},
		{"time", strings.Replace(narrow, " +time", "", 1), "TIME"},
		{"scripts", strings.Replace(narrow, "+@scripting ", "", 1), `with keys that begin with "okoshko/": its ACL`},
	} {
		arguments := []any{"ACL", "SETUSER", tt.name, "reset", "on", ">word"}
		for right := range strings.FieldsSeq(tt.rights) {
			arguments = append(arguments, right)
		}
		if err := root.Do(t.Context(), arguments...).Err(); err != nil {
			t.Fatal(err)
		}
		r, err := OpenRedis(t.Context(), "redis://"+tt.name+":word@"+server.Address)
		if err == nil {
			defer func() { _ = r.Close() }()
		}
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: OpenRedis = %v, want %q in it", tt.name, err, tt.want)
		}
	}
}

// TestTheStoreByTLS encrypts the connection and checks who answers. SSL_CERT_FILE cannot be read here again, so the certificate is one
// that nobody knows.
func TestTheStoreByTLS(t *testing.T) {
	t.Parallel()
	certificate, key := selfSigned(t)
	server := redistest.Start(t, "--tls-port", "0")
	admin := redis.NewClient(&redis.Options{Addr: server.Address})
	defer func() { _ = admin.Close() }()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	_ = ln.Close()
	_, port, _ := net.SplitHostPort(address)
	for _, set := range [][2]string{{"tls-cert-file", certificate}, {"tls-key-file", key}, {"tls-ca-cert-file", certificate}, {"tls-auth-clients", "no"}, {"tls-port", port}} {
		if err := admin.ConfigSet(t.Context(), set[0], set[1]).Err(); err != nil {
			t.Skipf("this server has no TLS: %v", err)
		}
	}
	if _, err := OpenRedis(t.Context(), "rediss://"+address); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("OpenRedis with a certificate that nobody knows = %v", err)
	}
	if _, err := OpenRedis(t.Context(), "redis://"+address); err == nil {
		t.Error("OpenRedis speaks in the clear to a port with TLS")
	}
	r, err := OpenRedis(t.Context(), "rediss://"+address+"?skip_verify=true")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if err := r.Put(t.Context(), "a", []byte("b"), time.Minute); err != nil {
		t.Error(err)
	}
}

// selfSigned makes a certificate of 127.0.0.1 and its key, and returns their files.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", pkcs8)
}

// TestNoErrorRepeatsWhatWasStored: a server quotes the arguments of a command that it does not know.
func TestNoErrorRepeatsWhatWasStored(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	r, err := OpenRedis(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	unknown := r.client.Do(context.Background(), "NOSUCH", "hunter2").Err()
	if unknown == nil || !strings.Contains(unknown.Error(), "hunter2") {
		t.Fatalf("the server quotes nothing: %v", unknown)
	}
	if err := failure("put", unknown); strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "it refuses the command") {
		t.Errorf("failure = %v", err)
	}
}
