package push

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

func tlsWith(roots *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// unverified says whether a connection failed before anything was sent, because nobody vouches for the host.
func unverified(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
