// Package proof makes puzzles that a browser solves by trying, in a second or two: nothing for a
// person, much for a program that wants thousands. The scheme is ALTCHA's first: which number,
// put behind the salt, has this digest?
package proof

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strconv"
	"time"
)

// Max is the greatest number that a puzzle hides: a phone tries as many in three seconds or so.
const Max = 60_000

// Puzzle is one question. It is kept by whoever asked it, never by whoever answers.
type Puzzle struct {
	Salt  string    `json:"salt"`
	Want  string    `json:"want"` // SHA-256 of the salt followed by the number, in hex
	Since time.Time `json:"since"`
}

// New makes a puzzle.
func New(now time.Time) Puzzle {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	number, err := rand.Int(rand.Reader, big.NewInt(Max+1))
	if err != nil {
		panic(err) // never: see rand.Reader
	}
	p := Puzzle{Salt: base64.RawURLEncoding.EncodeToString(salt), Since: now}
	p.Want = p.digest(number.String())
	return p
}

// Solved says whether a text is the number.
func (p Puzzle) Solved(answer string) bool {
	n, err := strconv.Atoi(answer)
	if err != nil || n < 0 || n > Max || strconv.Itoa(n) != answer {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(p.digest(answer)), []byte(p.Want)) == 1
}

func (p Puzzle) digest(number string) string {
	sum := sha256.Sum256([]byte(p.Salt + number))
	return hex.EncodeToString(sum[:])
}
