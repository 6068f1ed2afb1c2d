package page

import (
	"encoding/json"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/i18n"
	"okoshko/locales"
	"okoshko/web/templates/layout"
)

// TestPagesThatWaitReloadSeldomAndNotForEver follows a page without a script.
func TestPagesThatWaitReloadSeldomAndNotForEver(t *testing.T) {
	bundle, err := i18n.New(locales.Files, "en")
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New()
	app.Get("/done", func(c *fiber.Ctx) error { return c.JSON(Again(c, bundle.Localizer("en"), 3, "/done?attempt=1")) })
	ask := func(address string) (out layout.Waiting) {
		t.Helper()
		resp, err := app.Test(httptest.NewRequest(fiber.MethodGet, address, nil))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	address, times := "/done?attempt=1", 0
	for ; times < 100; times++ {
		again := ask(address)
		if again.Reload == "" {
			break
		}
		seconds, next, found := strings.Cut(again.Reload, "; url=")
		if n, err := strconv.Atoi(seconds); err != nil || n < 20 || !found || next == address {
			t.Fatalf("after %d times it opens %q", times, again.Reload)
		}
		address = next
	}
	if times == 0 || times == 100 {
		t.Errorf("it reloads itself %d times", times)
	}
	first := ask("/done?attempt=1")
	if stopped := ask(first.Stop.URL); stopped.Reload != "" || stopped.Now.URL != first.Now.URL {
		t.Errorf("told to stop it opens %q", stopped.Reload)
	}
	if got := asks(first); got == 0 || got > 3600 {
		t.Errorf("its script asks for %d s", got)
	}
	for _, wrong := range []string{"-1", "x", "99"} {
		if again := ask("/done?attempt=1&again=" + wrong); wrong != "x" && again.Reload != "" {
			t.Errorf("after %s times it opens %q", wrong, again.Reload)
		}
	}
}

// asks is for how many seconds the script of a page asks.
func asks(a layout.Waiting) int { return a.Seconds * a.Times }
