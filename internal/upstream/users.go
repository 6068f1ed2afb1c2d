package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// User is a customer's account at the upstream. Token acts for the user: it stays on the server.
type User struct {
	ID     int
	Token  string
	Name   string
	Phone  string
	Login  string
	Email  string
	Avatar string
}

type wireUser struct {
	ID     flexInt    `json:"id"`
	Token  flexString `json:"user_token"`
	Name   flexTitle  `json:"name"`
	Phone  flexString `json:"phone"`
	Login  flexString `json:"login"`
	Email  flexString `json:"email"`
	Avatar flexURL    `json:"avatar"`
}

func (w wireUser) user() User {
	return User{
		ID: int(w.ID), Token: string(w.Token), Name: string(w.Name), Phone: string(w.Phone),
		Login: string(w.Login), Email: string(w.Email), Avatar: photo(string(w.Avatar)),
	}
}

// signIn posts credentials and reads the user.
func (c *Client) signIn(ctx context.Context, op, path string, body any) (User, error) {
	var w wireUser
	if err := c.do(ctx, call{op: op, method: http.MethodPost, path: path, body: body}, &w); err != nil {
		return User{}, err
	}
	if w.Token == "" {
		return User{}, &Error{Op: op, Kind: KindMalformed, sent: true, Err: errors.New("no user token")}
	}
	return w.user(), nil
}

// UserAuth signs in by a code from a text message. rest-api: "Авторизоваться по номеру телефона и коду".
func (c *Client) UserAuth(ctx context.Context, phone, code string) (User, error) {
	return c.signIn(ctx, "user_auth", "user/auth", map[string]string{"phone": phone, "code": code})
}

// BookingAuth signs in a customer by login and password.
// rest-api: "Авторизовать пользователя онлайн-записи".
func (c *Client) BookingAuth(ctx context.Context, login, password string) (User, error) {
	return c.signIn(ctx, "booking_auth", "booking/auth", map[string]string{"login": login, "password": password})
}

// Challenge is the second step of signing in: a code was sent.
type Challenge struct {
	UUID         string
	Flow         string
	Transport    string // "sms"
	Recipient    string // masked
	RefreshAfter time.Duration
	AttemptsLeft int
}

// Auth signs in by login and password; where the account wants a second step, the Challenge is
// set instead of the user. rest-api: "Авторизовать пользователя".
func (c *Client) Auth(ctx context.Context, login, password string) (User, *Challenge, error) {
	var raw json.RawMessage
	body := map[string]string{"login": login, "password": password}
	if err := c.do(ctx, call{op: "auth", method: http.MethodPost, path: "auth", body: body}, &raw); err != nil {
		return User{}, nil, err
	}
	var w struct {
		wireUser
		UUID      flexString `json:"uuid"`
		Flow      flexString `json:"flow"`
		Transport flexObject[struct {
			Type      flexString `json:"type"`
			Recipient flexString `json:"recipient"`
		}] `json:"transport"`
		Refresh  flexSeconds `json:"refresh_ttl_sec"`
		Attempts flexInt     `json:"attempts_left"`
	}
	if json.Unmarshal(raw, &w) != nil || w.Token == "" && w.UUID == "" {
		return User{}, nil, &Error{Op: "auth", Kind: KindMalformed, sent: true, Err: errors.New("neither a user nor a challenge")}
	}
	if w.Token != "" {
		return w.user(), nil, nil
	}
	return User{}, &Challenge{
		UUID: string(w.UUID), Flow: string(w.Flow), Transport: string(w.Transport.value.Type),
		Recipient: string(w.Transport.value.Recipient), RefreshAfter: time.Duration(w.Refresh), AttemptsLeft: int(w.Attempts),
	}, nil
}

// AuthConfirm answers a challenge with its code. rest-api: "Авторизовать пользователя", "Передать
// код подтверждения 2FA".
func (c *Client) AuthConfirm(ctx context.Context, ch Challenge, code string) (User, error) {
	return c.signIn(ctx, "auth", "auth", map[string]string{"uuid": ch.UUID, "flow": ch.Flow, "code": code})
}

// UserData reads the signed-in customer. rest-api: "Получение данных пользователя онлайн-записи".
func (c *Client) UserData(ctx context.Context) (User, error) {
	var w wireUser
	if err := c.get(ctx, "user_data", "booking/user/data", nil, &w); err != nil {
		return User{}, err
	}
	return w.user(), nil
}

// UserUpdate changes a customer's data; empty fields stay as they are. A new phone needs the code
// that SendPhoneConfirmation has sent to it.
type UserUpdate struct {
	Name             string `json:"name,omitempty"`
	Email            string `json:"email,omitempty"`
	Phone            string `json:"phone,omitempty"`
	ConfirmationCode string `json:"confirmation_code,omitempty"`
}

// UpdateUser changes the signed-in customer's data.
// rest-api: "Обновление данных пользователя онлайн-записи".
func (c *Client) UpdateUser(ctx context.Context, u UserUpdate) error {
	return c.do(ctx, call{op: "update_user", method: http.MethodPut, path: "booking/user", body: u, empty: true}, nil)
}

// ChangePassword changes the password and gives the token that is good from now on.
// rest-api: "Обновление пароля пользователя онлайн-записи".
func (c *Client) ChangePassword(ctx context.Context, from, to string) (token string, err error) {
	var w wireUser
	body := map[string]string{"old_password": from, "new_password": to}
	if err := c.do(ctx, call{op: "password", method: http.MethodPut, path: "booking/user/password", body: body}, &w); err != nil {
		return "", err
	}
	if w.Token == "" {
		return "", &Error{Op: "password", Kind: KindMalformed, sent: true, Err: errors.New("no user token")}
	}
	return string(w.Token), nil
}

// SendPhoneConfirmation sends a code to a new phone of the signed-in customer; one of company and
// group must be given. It is a GET that sends a message, so it is made once.
// rest-api: "Отправить СМС код подтверждения номера телефона для изменения данных".
func (c *Client) SendPhoneConfirmation(ctx context.Context, company, group int, phone string) error {
	q := url.Values{"phone": {phone}}
	if company != 0 {
		q.Set("company_id", strconv.Itoa(company))
	}
	if group != 0 {
		q.Set("group_id", strconv.Itoa(group))
	}
	_, err := c.attempt(ctx, call{op: "phone_confirmation", method: http.MethodGet, path: "booking/user/phone_confirmation", query: q, empty: true})
	return err
}
