package account

import (
	"strings"
	"testing"

	"okoshko/internal/account"
)

// TestWhoIs: what stands on the screen tells the customer who has signed in, and a passer-by nothing to call or
// write to.
func TestWhoIs(t *testing.T) {
	for _, tt := range []struct {
		who  account.Customer
		want string
	}{
		{account.Customer{Name: "Анна", Phone: "79001112233", Email: "anna@example.com"}, "Анна"},
		{account.Customer{Phone: "79001112233", Email: "anna@example.com"}, "+7 ••• •••-••-33"},
		{account.Customer{Email: "anna@example.com"}, "a•••@example.com"},
		{account.Customer{Name: "79001112233"}, "+7 ••• •••-••-33"},
		{account.Customer{Name: "+7 900 111-22-33"}, "+7 ••• •••-••-33"},
		{account.Customer{Name: "анна@example.com", Phone: "79001112233"}, "а•••@example.com"},
		{account.Customer{Name: "@", Phone: "12"}, ""},
		{account.Customer{}, ""},
	} {
		got := whoIs(tt.who)
		if got != tt.want {
			t.Errorf("%+v is %q, want %q", tt.who, got, tt.want)
		}
		for _, secret := range []string{"1112233", "111-22", "nna@", "нна@"} {
			if strings.Contains(got, secret) {
				t.Errorf("%+v tells %q", tt.who, got)
			}
		}
	}
}
