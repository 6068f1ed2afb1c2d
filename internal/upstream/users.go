package upstream

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// User is a customer's account at the upstream. Token acts for the user, so it must not leave the server.
type User struct {
	Token string
	Name  string
	Phone string
	Email string
}

type wireUser struct {
	Token flexString `json:"user_token"`
	Name  flexTitle  `json:"name"`
	Phone flexString `json:"phone"`
	Email flexString `json:"email"`
}

func (w wireUser) user() User {
	return User{Token: string(w.Token), Name: string(w.Name), Phone: string(w.Phone), Email: string(w.Email)}
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
