package session

import (
	"errors"
	"time"

	"github.com/gorilla/securecookie"
)

// Token is a hidden field of every form from the contact step on. It binds the form to a bookform and a session. Its
// nonce is the same for every press of one button, so that they are one attempt.
type Token struct {
	Form    int       `json:"f"`
	Company int       `json:"c"`
	Session string    `json:"s"`
	Nonce   string    `json:"n"`
	Origin  string    `json:"o,omitempty"` // the host of the widget under which the form was made
	Act     string    `json:"a,omitempty"` // what the form does, and to what; "" = a form of the wizard
	Told    string    `json:"w,omitempty"` // the ticket of the wish whose message has led to the form
	Issued  time.Time `json:"t"`
}

const (
	tokenName = "wizard"
	// tokenFresh is how long a form may lie open and still be sent.
	tokenFresh = 30 * time.Minute
	// tokenKnown is how long an expired token still names its session, so that nothing typed is lost.
	tokenKnown = 24 * time.Hour
	// clockSkew is the most by which the clocks of processes differ that share the keys.
	clockSkew = time.Minute
)

// The errors of a token.
var (
	ErrTokenInvalid = errors.New("session: the token is not ours or not for this form")
	ErrTokenExpired = errors.New("session: the token has expired")
)

// NewNonce draws the nonce of a token, of 192 bits.
func NewNonce() string { return randomID() }

// Mint signs a token.
func (s *Store) Mint(t Token) (string, error) {
	t.Issued = t.Issued.UTC().Truncate(time.Millisecond)
	return securecookie.EncodeMulti(tokenName, t, s.token...)
}

// Verify reads a wizard token, which must be of this form and of this host. With ErrTokenExpired the token is returned
// too: it shows whose session it is, but nothing may be done with it.
func (s *Store) Verify(raw string, form int, origin string) (Token, error) {
	return s.VerifyAct(raw, form, "", origin)
}

// VerifyAct reads a token that was made for one act at this form. It is not valid for any other act.
func (s *Store) VerifyAct(raw string, form int, act, origin string) (Token, error) {
	var t Token
	if securecookie.DecodeMulti(tokenName, raw, &t, s.token...) != nil || t.Form != form || t.Act != act || t.Nonce == "" || t.Session == "" {
		return Token{}, ErrTokenInvalid
	}
	if t.Origin != "" && t.Origin != origin { // versions before the origin was compared wrote none
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
