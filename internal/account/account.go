// Package account is a customer who has signed in: who it is, and what of that can be changed. Where
// the customer's token is kept is not its business; it never leaves the server.
package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

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

// What may be in the way.
var (
	// ErrWrong says that the code, or the login and password, are not right. Which is not told.
	ErrWrong = errors.New("account: wrong code or password")
	// ErrSignedOut says that the token is no longer good: the password was changed elsewhere, or the
	// upstream has forgotten it.
	ErrSignedOut = errors.New("account: the user token is no longer good")
)

// FieldError says which field the upstream does not accept.
type FieldError struct{ Field Field }

// Error implements error.
func (e *FieldError) Error() string { return "account: not accepted: " + string(e.Field) }

// Field of a customer's data.
type Field string

// The fields, and FieldNone where the upstream does not say which it was.
const (
	FieldNone     Field = ""
	FieldName     Field = "name"
	FieldEmail    Field = "email"
	FieldPhone    Field = "phone"
	FieldCode     Field = "code"
	FieldPassword Field = "password" // the present one
)

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
	switch upstream.KindOf(err) {
	case upstream.KindUnauthorized, upstream.KindForbidden, upstream.KindNotFound, upstream.KindInvalid, upstream.KindCode,
		upstream.KindPhone, upstream.KindBadRequest:
		return ErrWrong
	default:
		return fmt.Errorf("sign in: %w", err)
	}
}

// Read asks who the customer is now. Errors: ErrSignedOut.
func (a *Accounts) Read(ctx context.Context, lang, token string) (Customer, error) {
	user, err := a.client.In(lang).As(token).UserData(budget.WithPriority(ctx, budget.P1))
	if err != nil {
		return Customer{}, changeError(err, FieldNone)
	}
	if user.Token == "" {
		user.Token = token
	}
	return customer(user), nil
}

// Rename changes name and e-mail. Errors: ErrSignedOut, *FieldError.
func (a *Accounts) Rename(ctx context.Context, lang, token, name, email string) error {
	err := a.client.In(lang).As(token).UpdateUser(urgent(ctx), upstream.UserUpdate{Name: name, Email: email})
	return changeError(err, FieldEmail)
}

// SendPhoneCode sends a code to a new phone; one of company and group is enough for the upstream.
// Errors: ErrSignedOut, *FieldError.
func (a *Accounts) SendPhoneCode(ctx context.Context, lang, token string, company int, phone string) error {
	err := a.client.In(lang).As(token).SendPhoneConfirmation(urgent(ctx), company, 0, phone)
	return changeError(err, FieldPhone)
}

// ChangePhone changes the phone to one that has got a code. Errors: ErrSignedOut, *FieldError.
func (a *Accounts) ChangePhone(ctx context.Context, lang, token, phone, code string) error {
	err := a.client.In(lang).As(token).UpdateUser(urgent(ctx), upstream.UserUpdate{Phone: phone, ConfirmationCode: code})
	return changeError(err, FieldCode)
}

// ChangePassword changes the password and gives the token that is good from now on: the present one
// dies with the old password, here and on every other device. Errors: ErrSignedOut, *FieldError.
func (a *Accounts) ChangePassword(ctx context.Context, lang, token, from, to string) (string, error) {
	fresh, err := a.client.In(lang).As(token).ChangePassword(urgent(ctx), from, to)
	return fresh, changeError(err, FieldPassword)
}

// changeError names the field that a refusal is about; where the upstream does not say, it is the
// likeliest one of the call.
func changeError(err error, likeliest Field) error {
	if err == nil {
		return nil
	}
	switch upstream.KindOf(err) {
	case upstream.KindUnauthorized:
		return ErrSignedOut
	case upstream.KindName:
		return &FieldError{FieldName}
	case upstream.KindPhone:
		return &FieldError{FieldPhone}
	case upstream.KindCode:
		return &FieldError{FieldCode}
	case upstream.KindInvalid, upstream.KindBadRequest, upstream.KindConflict, upstream.KindForbidden:
		return &FieldError{cmp.Or(named(err), likeliest)}
	default:
		return fmt.Errorf("account: %w", err)
	}
}

// named is the field that a refusal names, FieldNone when it names none of ours.
func named(err error) Field {
	e, ok := errors.AsType[*upstream.Error](err)
	if !ok {
		return FieldNone
	}
	for _, p := range e.All {
		switch p.Field {
		case "name", "fullname", "firstname":
			return FieldName
		case "email":
			return FieldEmail
		case "phone":
			return FieldPhone
		case "code", "phone_confirmation_code":
			return FieldCode
		case "old_password", "password":
			return FieldPassword
		}
	}
	return FieldNone
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
