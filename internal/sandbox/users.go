package sandbox

import (
	"net/http"
	"net/mail"
	"strings"
)

// authorizeByCode: "Авторизоваться по номеру телефона и коду". Whoever proves a
// phone becomes a customer.
func authorizeByCode(c *call) (reply, error) {
	var body struct {
		Phone looseText `json:"phone"`
		Code  looseText `json:"code"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	phone, ok := normalPhone(string(body.Phone))
	if !ok {
		return reply{}, c.refuseCode(http.StatusUnprocessableEntity, codePhone, "error.phone")
	}
	if !c.checkCode(phone, strings.TrimSpace(string(body.Code)), c.now) {
		return reply{}, c.refuseCode(http.StatusUnprocessableEntity, codeSMS, "error.code")
	}
	delete(c.codes, phone)
	u := c.userByPhone(phone)
	if u == nil {
		u = &user{id: c.nextUser, phone: phone, token: newSecret()}
		c.nextUser++
		c.users = append(c.users, u)
	}
	return c.signedIn(u, byAccept), nil
}

// authorizeByPassword: "Авторизовать пользователя онлайн-записи".
func authorizeByPassword(c *call) (reply, error) {
	u, err := c.byPassword()
	if err != nil {
		return reply{}, err
	}
	return c.signedIn(u, never), nil
}

// authorize: "Авторизовать пользователя". A user with a second factor gets a
// challenge and status 200 first, and repeats the call with its uuid and the code.
func authorize(c *call) (reply, error) {
	var second struct {
		UUID string    `json:"uuid"`
		Code looseText `json:"code"`
	}
	if len(c.body) > 0 {
		if err := c.decode(&second); err != nil {
			return reply{}, err
		}
	}
	if second.UUID != "" {
		u := c.logins[second.UUID]
		if u == nil || !c.checkCode(u.phone, strings.TrimSpace(string(second.Code)), c.now) {
			return reply{}, c.refuseCode(http.StatusUnprocessableEntity, codeSMS, "error.code")
		}
		delete(c.logins, second.UUID)
		delete(c.codes, u.phone)
		return c.signedIn(u, byAccept), nil
	}
	u, err := c.byPassword()
	if err != nil {
		return reply{}, err
	}
	if !u.twoFactor {
		return c.signedIn(u, byAccept), nil
	}
	secret := newSecret()
	uuid := strings.Join([]string{secret[:8], secret[8:12], secret[12:16], secret[16:20], secret[20:]}, "-")
	if len(c.logins) >= maxSMS {
		clear(c.logins)
	}
	c.logins[uuid] = u
	c.state.sendCode(u.phone, c.lang, c.now)
	return reply{style: always, data: object{
		"uuid": uuid, "flow": "login", "transport": object{"type": "sms", "recipient": "+" + u.phone[:1] + "***" + u.phone[len(u.phone)-2:]},
		"refresh_ttl_sec": 60, "attempts_left": codeTries,
	}}, nil
}

// byPassword reads login and password from the body, or from the query string
// as one client sends them.
func (c *call) byPassword() (*user, error) {
	var body struct {
		Login    looseText `json:"login"`
		Password looseText `json:"password"`
	}
	if len(c.body) > 0 {
		if err := c.decode(&body); err != nil {
			return nil, err
		}
	}
	login, password := string(body.Login), string(body.Password)
	if login == "" {
		login, password = c.query.Get("login"), c.query.Get("password")
	}
	phone, _ := normalPhone(login)
	for _, u := range c.users {
		if u.password != "" && u.password == password && (strings.EqualFold(u.email, login) || u.phone == phone) {
			return u, nil
		}
	}
	return nil, c.refuse(http.StatusUnauthorized, "error.login")
}

// signedIn is a customer with the token. The samples of rest-api have no envelope; live clients see one around auth and
// user/auth with the vendor's Accept, as "Версионирование API" says of every answer.
func (c *call) signedIn(u *user, style envelope) reply {
	data := c.userWire(u)
	data["is_approved"], data["is_email_confirmed"] = true, u.email != ""
	return reply{status: http.StatusCreated, data: data, style: style}
}

func (c *call) userWire(u *user) object {
	return object{
		"id": u.id, "user_token": u.token, "name": u.name, "phone": u.phone, "login": u.phone, "email": u.email,
		"avatar": c.base + "/images/no-master.png",
	}
}

// showUser: "Получение данных пользователя онлайн-записи"; the token stands
// there a second time under the key "0", as in the documented sample.
func showUser(c *call) (reply, error) {
	if err := c.needUser(); err != nil {
		return reply{}, err
	}
	data := c.userWire(c.caller)
	data["0"] = c.caller.token
	return reply{data: data, style: never}, nil
}

// changeUser: "Обновление данных пользователя онлайн-записи". A new phone needs
// the code that was sent to it.
func changeUser(c *call) (reply, error) {
	if err := c.needUser(); err != nil {
		return reply{}, err
	}
	var body struct {
		Name  *looseText `json:"name"`
		Email *looseText `json:"email"`
		Phone looseText  `json:"phone"`
		Code  looseText  `json:"confirmation_code"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if body.Name != nil && blank(*body.Name) {
		return reply{}, c.refuseCode(http.StatusUnprocessableEntity, codeName, "error.name")
	}
	if body.Email != nil && !blank(*body.Email) {
		if _, err := mail.ParseAddress(string(*body.Email)); err != nil {
			return reply{}, c.refuseCode(http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, "error.email")
		}
	}
	if !blank(body.Phone) {
		if err := c.changePhone(string(body.Phone), strings.TrimSpace(string(body.Code))); err != nil {
			return reply{}, err
		}
	}
	if body.Name != nil {
		c.caller.name = strings.TrimSpace(string(*body.Name))
	}
	if body.Email != nil {
		c.caller.email = strings.TrimSpace(string(*body.Email))
	}
	return accepted(), nil
}

func (c *call) changePhone(text, code string) error {
	phone, ok := normalPhone(text)
	if !ok {
		return c.refuseCode(http.StatusUnprocessableEntity, codePhone, "error.phone")
	}
	if phone == c.caller.phone {
		return nil
	}
	if c.userByPhone(phone) != nil || !c.checkCode(phone, code, c.now) {
		return c.refuseCode(http.StatusUnprocessableEntity, codeSMS, "error.code")
	}
	delete(c.codes, phone)
	for _, r := range c.recordsOf(c.caller) {
		r.phone = phone // the visits stay the customer's
	}
	c.caller.phone = phone
	return nil
}

func accepted() reply {
	return reply{status: http.StatusAccepted, meta: object{"message": "Accepted"}, style: messageV2}
}

// changePassword: "Обновление пароля пользователя онлайн-записи". The old token
// stops working at once.
func changePassword(c *call) (reply, error) {
	if err := c.needUser(); err != nil {
		return reply{}, err
	}
	var body struct {
		Old looseText `json:"old_password"`
		New looseText `json:"new_password"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if c.caller.password != string(body.Old) || blank(body.New) {
		return reply{}, c.refuseCode(http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, "error.login")
	}
	c.caller.password, c.caller.token = string(body.New), newSecret()
	return reply{data: object{"user_token": c.caller.token}}, nil
}

// sendPhoneConfirmation: "Отправить СМС код подтверждения номера телефона для
// изменения данных": a GET that sends a message.
func sendPhoneConfirmation(c *call) (reply, error) {
	if err := c.needUser(); err != nil {
		return reply{}, err
	}
	if c.query.Get("company_id") == "" && c.query.Get("group_id") == "" {
		return reply{}, c.refuse(http.StatusBadRequest, "error.request")
	}
	phone, ok := normalPhone(c.query.Get("phone"))
	if !ok {
		return reply{}, c.refuseCode(http.StatusUnprocessableEntity, codePhone, "error.phone")
	}
	c.state.sendCode(phone, c.lang, c.now)
	return accepted(), nil
}
