// Package account is a customer who has signed in: who it is, and what of that can be changed. Where
// the customer's token is kept is not its business; it never leaves the server.
package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"okoshko/internal/booking"
	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// Customer is somebody who has signed in. Token acts for the customer at the upstream.
type Customer struct {
	Token string
	Name  string
	Phone string // E.164 without the plus
	Email string
}

// ErrWrong says that the code, or the login and password, are not right. Which of them is not told.
var ErrWrong = errors.New("account: wrong code or password")

// FieldError says which field the upstream does not accept, booking.FieldNone when it does not say.
type FieldError struct{ Field booking.Field }

// Error implements error.
func (e *FieldError) Error() string { return "account: not accepted: " + string(e.Field) }

// Accounts signs customers in and speaks for them.
type Accounts struct{ client *upstream.Client }

// New makes Accounts.
func New(client *upstream.Client) *Accounts { return &Accounts{client: client} }

// SignInByCode signs in by the code of a text message; whoever proves a phone is its customer, known
// or not. Errors: ErrWrong.
func (a *Accounts) SignInByCode(ctx context.Context, lang, phone, code string) (Customer, error) {
	user, err := a.client.In(lang).UserAuth(urgent(ctx), phone, code)
	if err != nil {
		return Customer{}, signInError(err)
	}
	who := customer(user)
	if who.Phone == "" {
		who.Phone = phone
	}
	return who, nil
}

// SignInByPassword signs in by phone or e-mail and password. Errors: ErrWrong.
func (a *Accounts) SignInByPassword(ctx context.Context, lang, login, password string) (Customer, error) {
	user, err := a.client.In(lang).BookingAuth(urgent(ctx), login, password)
	if err != nil {
		return Customer{}, signInError(err)
	}
	return customer(user), nil
}

func signInError(err error) error {
	if booking.ReasonOf(err).Credentials() {
		return ErrWrong
	}
	return fmt.Errorf("sign in: %w", err)
}

// Read asks who the customer is now. Errors: booking.ErrSignedOut.
func (a *Accounts) Read(ctx context.Context, lang, token string) (Customer, error) {
	user, err := a.client.In(lang).As(token).UserData(budget.WithPriority(ctx, budget.P1))
	if err != nil {
		return Customer{}, changeError(err, booking.FieldNone)
	}
	if user.Token == "" {
		user.Token = token
	}
	return customer(user), nil
}

// Rename changes name and e-mail. Errors: booking.ErrSignedOut, *FieldError.
func (a *Accounts) Rename(ctx context.Context, lang, token, name, email string) error {
	err := a.client.In(lang).As(token).UpdateUser(urgent(ctx), upstream.UserUpdate{Name: name, Email: email})
	return changeError(err, booking.FieldEmail)
}

// SendPhoneCode sends a code to a new phone; one of company and group is enough for the upstream.
// Errors: booking.ErrSignedOut, *FieldError.
func (a *Accounts) SendPhoneCode(ctx context.Context, lang, token string, company int, phone string) error {
	err := a.client.In(lang).As(token).SendPhoneConfirmation(urgent(ctx), company, 0, phone)
	return changeError(err, booking.FieldPhone)
}

// ChangePhone changes the phone to one that has got a code. Errors: booking.ErrSignedOut, *FieldError.
func (a *Accounts) ChangePhone(ctx context.Context, lang, token, phone, code string) error {
	err := a.client.In(lang).As(token).UpdateUser(urgent(ctx), upstream.UserUpdate{Phone: phone, ConfirmationCode: code})
	return changeError(err, booking.FieldCode)
}

// ChangePassword changes the password and gives the token that is good from now on: the present one
// dies with the old password, here and on every other device. Errors: booking.ErrSignedOut, *FieldError.
func (a *Accounts) ChangePassword(ctx context.Context, lang, token, from, to string) (string, error) {
	fresh, err := a.client.In(lang).As(token).ChangePassword(urgent(ctx), from, to)
	return fresh, changeError(err, booking.FieldPassword)
}

// changeError is what a refused change of a customer's data means: the token is no longer good, or a field is not
// accepted. Where the upstream does not say which field, it is the likeliest one of the call.
func changeError(err error, likeliest booking.Field) error {
	if err == nil {
		return nil
	}
	if upstream.KindOf(err) == upstream.KindUnauthorized {
		return booking.ErrSignedOut
	}
	switch booking.ReasonOf(err) {
	case booking.ReasonName:
		return &FieldError{booking.FieldName}
	case booking.ReasonPhone:
		return &FieldError{booking.FieldPhone}
	case booking.ReasonCode:
		return &FieldError{booking.FieldCode}
	case booking.ReasonInvalid, booking.ReasonForbidden, booking.ReasonSlotTaken: // the last one is a 409: another customer has it
		return &FieldError{cmp.Or(booking.FieldOf(err), likeliest)}
	default:
		return fmt.Errorf("account: %w", err)
	}
}

// customer is a user of the upstream, whose phone may be written with a plus, spaces or brackets.
func customer(u upstream.User) Customer {
	return Customer{Token: u.Token, Name: u.Name, Phone: Digits(u.Phone), Email: u.Email}
}

// Digits are those of a phone or of a code, which people write with signs between them.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// urgent is the context of a call that a customer has pressed a button for.
func urgent(ctx context.Context) context.Context { return budget.WithPriority(ctx, budget.P0) }
