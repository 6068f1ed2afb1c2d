package account

import (
	"errors"
	"testing"

	"okoshko/internal/booking"
	"okoshko/internal/upstream"
)

func TestPhonesAreDigits(t *testing.T) {
	for written, want := range map[string]string{"79001112233": "79001112233", "+7 (900) 111-22-33": "79001112233", "": ""} {
		if got := customer(upstream.User{Phone: written}).Phone; got != want {
			t.Errorf("%q is kept as %q, want %q", written, got, want)
		}
	}
}

func TestStreet(t *testing.T) {
	t.Run("E1 a refusal names its field", func(t *testing.T) {
		for field, want := range map[string]booking.Field{"email": booking.FieldEmail, "phone": booking.FieldPhone, "fullname": booking.FieldName, "code": booking.FieldCode, "": booking.FieldPassword, "avatar": booking.FieldPassword} {
			err := changeError(&upstream.Error{Kind: upstream.KindInvalid, All: []upstream.Problem{{Field: field, Message: "no"}}}, booking.FieldPassword)
			if got, ok := errors.AsType[*FieldError](err); !ok || got.Field != want {
				t.Errorf("%q is %v, want the field %q", field, err, want)
			}
		}
	})
}
