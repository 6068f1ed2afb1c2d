package booking

import (
	"testing"

	"okoshko/internal/upstream"
)

// TestEveryRefusalHasAReason: the table has a reason for each kind of error that is a refusal, and for no other.
func TestEveryRefusalHasAReason(t *testing.T) {
	for kind := upstream.KindUnknown; kind <= upstream.KindCanceled; kind++ {
		err := &upstream.Error{Kind: kind}
		if refused := err.Outcome() == upstream.OutcomeRefused; refused != (ReasonOf(err) != ReasonNotSent) {
			t.Errorf("%s is a refusal: %v; its reason is %s", kind, refused, ReasonOf(err))
		}
	}
	if got := ReasonOf(ErrNoRecord); got != ReasonNotSent {
		t.Errorf("an error of our own has the reason %s", got)
	}
}

// TestCredentials: a sign-in that is refused for these reasons was tried with a wrong code, login or password.
func TestCredentials(t *testing.T) {
	for kind, want := range map[upstream.Kind]bool{
		upstream.KindUnauthorized: true, upstream.KindForbidden: true, upstream.KindNotFound: true, upstream.KindInvalid: true,
		upstream.KindCode: true, upstream.KindPhone: true, upstream.KindBadRequest: true,
		upstream.KindBlacklisted: false, upstream.KindLicence: false, upstream.KindConflict: false, upstream.KindUnavailable: false,
		upstream.KindTimeout: false, upstream.KindRateLimited: false,
	} {
		if got := ReasonOf(&upstream.Error{Kind: kind}).Credentials(); got != want {
			t.Errorf("%s: %v, want %v", kind, got, want)
		}
	}
}
