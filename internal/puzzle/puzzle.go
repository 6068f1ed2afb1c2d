// Package puzzle makes proofs of work: puzzles that a browser solves by itself in a second or more. One puzzle costs a
// person nothing, and thousands cost a program that wants thousands of messages a lot.
//
// A puzzle is the time-lock puzzle of Rivest, Shamir and Wagner (1996): square a number modulo another one, a given number
// of times. Each squaring needs the result of the one before, so many machines solve one puzzle no sooner than one machine.
// The maker of the puzzle knows the factors of the modulus and computes the answer at once.
package puzzle

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"math/big"
	"sync"
	"time"
)

const (
	// firstSteps are the squarings of the easiest puzzle: half a second of a computer's browser, two of a phone's.
	firstSteps = 60_000
	// Hardest is the greatest level; each takes twice as long as the one before.
	Hardest = 6
	// firstWait is how long a customer without scripts waits instead of solving the easiest puzzle.
	firstWait = 30 * time.Second
	// longestWait bounds the waits for the harder puzzles.
	longestWait = 4 * time.Minute

	factorBits = 512
	saltBytes  = 16
)

// Puzzle is one puzzle with the digest of its answer. The server keeps it; the browser gets the salt, the modulus and the
// number of steps.
type Puzzle struct {
	Salt    string    `json:"salt"`    // the number to begin with, in hex
	Modulus string    `json:"modulus"` // in hex
	Steps   int       `json:"steps"`
	Level   int       `json:"level"`
	Want    string    `json:"want"` // SHA-256 of the answer, both in hex
	Since   time.Time `json:"since"`
}

// lock is a modulus with the order of its group, which only the maker of the modulus knows.
type lock struct {
	modulus, order *big.Int
}

// ours is this process's lock. The digest of each answer is stored with its puzzle, so other processes can check answers too.
var ours = sync.OnceValue(func() lock {
	one := big.NewInt(1)
	var p, q *big.Int
	for p == nil || p.Cmp(q) == 0 {
		p, q = prime(), prime()
	}
	return lock{new(big.Int).Mul(p, q), new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))}
})

func prime() *big.Int {
	p, err := rand.Prime(rand.Reader, factorBits)
	if err != nil {
		panic(err) // rand.Reader never fails
	}
	return p
}

// New makes a puzzle of a level from 1 to Hardest.
func New(now time.Time, level int) Puzzle {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	level = min(max(level, 1), Hardest)
	p := Puzzle{
		Salt: hex.EncodeToString(salt), Modulus: ours().modulus.Text(16), Steps: firstSteps << (level - 1), Level: level, Since: now,
	}
	// The order of the group is known here, so all the squarings are one exponentiation.
	exponent := new(big.Int).Exp(big.NewInt(2), big.NewInt(int64(p.Steps)), ours().order)
	answer := new(big.Int).Exp(new(big.Int).SetBytes(salt), exponent, ours().modulus)
	p.Want = digest(answer.Text(16))
	return p
}

// Solved says whether a text is the answer: the result of the last squaring, in hex.
func (p Puzzle) Solved(answer string) bool {
	if len(answer) > 2*factorBits/4 || p.Want == "" {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(digest(answer)), []byte(p.Want)) == 1
}

// Wait is how long a customer without scripts waits instead of solving the puzzle.
func (p Puzzle) Wait() time.Duration { return min(firstWait<<max(p.Level-1, 0), longestWait) }

func digest(answer string) string {
	sum := sha256.Sum256([]byte(answer))
	return hex.EncodeToString(sum[:])
}
