package waiting

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// private is what of a wish only this program may read.
type private struct {
	Secret  string  `json:"secret"`
	Channel Channel `json:"channel"`
	Visit   *Visit  `json:"visit,omitempty"`
}

// seals encrypts with the first of the session keys, and reads what any of them has encrypted: AES-256-GCM, with keys that are derived
// from them for this use alone, bound to the entry's key in the store.
type seals struct {
	boxes  []cipher.AEAD
	digest []byte // the key of names that must tell nothing
}

const (
	sealPurpose   = "okoshko wish: channel"
	digestPurpose = "okoshko wish: digest"
	sealKeyBytes  = 32
)

func newSeals(keys [][]byte) (*seals, error) {
	if len(keys) == 0 {
		return nil, errors.New("waiting: no key")
	}
	s := new(seals)
	for _, key := range keys {
		derived, err := hkdf.Key(sha256.New, key, nil, sealPurpose, sealKeyBytes)
		if err != nil {
			return nil, fmt.Errorf("waiting: key: %w", err)
		}
		block, err := aes.NewCipher(derived)
		if err != nil {
			return nil, fmt.Errorf("waiting: key: %w", err)
		}
		box, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("waiting: key: %w", err)
		}
		s.boxes = append(s.boxes, box)
	}
	digest, err := hkdf.Key(sha256.New, keys[0], nil, digestPurpose, sealKeyBytes)
	s.digest = digest
	return s, err
}

// seal encrypts what belongs to an entry.
func (s *seals) seal(key string, p private) []byte {
	plain, err := json.Marshal(p) //nolint:gosec // it is sealed at once
	if err != nil {
		panic(err) // it holds nothing that JSON cannot
	}
	return s.boxes[0].Seal(nil, nil, plain, []byte(key)) //nolint:gosec // the box takes a random nonce of its own
}

// errSealed says that none of the keys opens an entry.
var errSealed = errors.New("waiting: none of the session keys opens a wish")

// open decrypts it. old says that it was encrypted with a key that is not the first any more.
func (s *seals) open(key string, sealed []byte) (p private, old bool, err error) {
	for i, box := range s.boxes {
		if plain, err := box.Open(nil, nil, sealed, []byte(key)); err == nil {
			return p, i > 0, json.Unmarshal(plain, &p)
		}
	}
	return p, false, errSealed
}

// secretBytes is the length of a secret.
const secretBytes = 16

// newSecret draws the secret of a wish.
func newSecret() string {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// wishPrefix begins the keys of wishes in the store.
const wishPrefix = "wish/"

// keyOf is the key of the wish that a secret opens, false when the text is no secret. The secret cannot be found from it.
func keyOf(secret string) (string, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(raw) != secretBytes {
		return "", false
	}
	sum := sha256.Sum256(append([]byte("okoshko wish\x00"), raw...))
	return wishPrefix + base64.RawURLEncoding.EncodeToString(sum[:secretBytes]), true
}

// name is what stands for a channel where it must not be readable. Only who has the keys can find it from an address.
func (s *seals) name(c Channel) string {
	mac := hmac.New(sha256.New, s.digest)
	if c.Push != nil {
		mac.Write([]byte("push\x00" + c.Push.Endpoint))
	} else {
		mac.Write([]byte("email\x00" + strings.ToLower(c.Email)))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:secretBytes])
}
