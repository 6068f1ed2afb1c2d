package session

import (
	"errors"
	"time"

	"github.com/gorilla/securecookie"
)

// Token travels in a hidden field of every form from the contact step on. It binds the form to a
// bookform and a session, and its nonce makes one press of a button one attempt.
type Token struct {
	Form    int       `json:"f"`
	Company int       `json:"c"`
	Session string    `json:"s"`
	Nonce   string    `json:"n"`
	Origin  string    `json:"o,omitempty"` // the widget's own host at which the form was made
	Act     string    `json:"a,omitempty"` // what a form outside the wizard does, and to what; "" = the wizard's
	Issued  time.Time `json:"t"`
}

const (
	tokenName = "wizard"
	// tokenFresh is how long a form may lie open and still be sent.
	tokenFresh = 30 * time.Minute
	// tokenKnown is how long an expired token still names its draft, so that nothing typed is lost.
	tokenKnown = 24 * time.Hour
	// clockSkew between processes that share the keys.
	clockSkew = time.Minute
)

// What is wrong with a token.
var (
	ErrTokenInvalid = errors.New("session: the token is not ours or not for this form")
	ErrTokenExpired = errors.New("session: the token has expired")
)

// NewNonce is the nonce of a token: 192 bits.
func NewNonce() string { return randomID() }

// Mint signs a token.
func (s *Store) Mint(t Token) (string, error) {
	t.Issued = t.Issued.UTC().Truncate(time.Millisecond)
	return securecookie.EncodeMulti(tokenName, t, s.token...)
}

// Verify reads a wizard token that belongs to a form and was made at a host of ours. With ErrTokenExpired the token
// is returned too: it proves whose draft it is, but nothing may be done with it.
func (s *Store) Verify(raw string, form int, origin string) (Token, error) {
	return s.VerifyAct(raw, form, "", origin)
}

// VerifyAct reads a token that belongs to a form and was made for one act; it is good for no other.
func (s *Store) VerifyAct(raw string, form int, act, origin string) (Token, error) {
	var t Token
	if securecookie.DecodeMulti(tokenName, raw, &t, s.token...) != nil || t.Form != form || t.Act != act || t.Nonce == "" || t.Session == "" {
		return Token{}, ErrTokenInvalid
	}
	if t.Origin != "" && t.Origin != origin { // processes before the origin was compared wrote none
		return Token{}, ErrTokenInvalid
	}
	switch age := s.now().Sub(t.Issued); {
	case age < -clockSkew || age > tokenKnown:
		return Token{}, ErrTokenInvalid
	case age > tokenFresh:
		return t, ErrTokenExpired
	default:
		return t, nil
	}
}
