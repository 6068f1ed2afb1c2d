// Package account signs customers in and changes what the upstream knows of them: name, e-mail, phone and password. It
// asks the upstream and keeps nothing. Where a customer's user token is kept is up to the caller; the token never leaves
// the server.
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

// Customer is a customer who has signed in. Token is the upstream's user token, with which the program acts for the
// customer.
type Customer struct {
	Token string
	Name  string
	Phone string // E.164 without the plus
	Email string
}

// ErrWrong says that the code, or the login or the password, is wrong. It does not tell which.
var ErrWrong = errors.New("account: wrong code or password")

// FieldError says which field the upstream does not accept. It is booking.FieldNone when the upstream does not say.
type FieldError struct{ Field booking.Field }

// Error implements error.
func (e *FieldError) Error() string { return "account: not accepted: " + string(e.Field) }

// Accounts signs customers in, and reads and changes their data.
type Accounts struct{ client *upstream.Client }

// New makes Accounts.
func New(client *upstream.Client) *Accounts { return &Accounts{client: client} }

// SignInByCode signs a customer in by the code of a text message. A phone that the upstream has not seen before becomes a
// new customer. Errors: ErrWrong.
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

// SignInByPassword signs a customer in by phone or e-mail and password. Errors: ErrWrong.
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

// Read reads the data of a customer. Errors: booking.ErrSignedOut.
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

// SendPhoneCode sends a code to a customer's new phone, in the name of a company. Errors: booking.ErrSignedOut,
// *FieldError.
func (a *Accounts) SendPhoneCode(ctx context.Context, lang, token string, company int, phone string) error {
	err := a.client.In(lang).As(token).SendPhoneConfirmation(urgent(ctx), company, 0, phone)
	return changeError(err, booking.FieldPhone)
}

// ChangePhone changes the phone to a new one, with the code that was sent to it. Errors: booking.ErrSignedOut,
// *FieldError.
func (a *Accounts) ChangePhone(ctx context.Context, lang, token, phone, code string) error {
	err := a.client.In(lang).As(token).UpdateUser(urgent(ctx), upstream.UserUpdate{Phone: phone, ConfirmationCode: code})
	return changeError(err, booking.FieldCode)
}

// ChangePassword changes the password and returns a new user token. The old token ends with the old password, here and on
// every other device. Errors: booking.ErrSignedOut, *FieldError.
func (a *Accounts) ChangePassword(ctx context.Context, lang, token, from, to string) (string, error) {
	fresh, err := a.client.In(lang).As(token).ChangePassword(urgent(ctx), from, to)
	return fresh, changeError(err, booking.FieldPassword)
}

// changeError is the error of a change that failed. When the upstream refuses a field and does not say which, it is the
// likeliest field of the call.
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

// customer is a user of the upstream, which may write the phone with a plus, spaces or brackets.
func customer(u upstream.User) Customer {
	return Customer{Token: u.Token, Name: u.Name, Phone: Digits(u.Phone), Email: u.Email}
}

// Digits are the digits of a phone or a code as people write it.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// urgent is a context whose calls go first, because the customer has pressed a button for them.
func urgent(ctx context.Context) context.Context { return budget.WithPriority(ctx, budget.P0) }
