// Package hooks takes the hooks that the upstream posts when something has changed at a company. Their address holds a
// secret, and is a missing page for who does not know it.
package hooks

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/server/guard"
	"okoshko/internal/urls"
	"okoshko/internal/webhook"
)

// Catalog is what hooks correct. *catalog.Catalog is one.
type Catalog interface {
	Hooked(h webhook.Hook) webhook.Outcome
	// Suspend says that a company has sent more hooks than are applied.
	Suspend(company int)
}

// Watch counts hooks for the operator.
type Watch interface {
	Hook(resource, outcome string)
}

// Options are what Handlers are made of.
type Options struct {
	Secret  string // the last part of the address
	Catalog Catalog
	Watch   Watch
	Log     *slog.Logger
	Now     func() time.Time
}

// Handlers take hooks.
type Handlers struct {
	Options
	secret [sha256.Size]byte
	intake webhook.Intake
	told   guard.Lately // what was logged a moment ago

	mu      sync.Mutex
	waiting []webhook.Hook // in the order in which they came
	working bool
}

// maxWaiting bounds the hooks that have been answered and not been applied. Each takes about a millisecond.
const maxWaiting = 256

// New makes Handlers.
func New(o Options) *Handlers { return &Handlers{Options: o, secret: sha256.Sum256([]byte(o.Secret))} }

// Receive takes a hook. It answers at once, and applies the hook afterwards.
func (h *Handlers) Receive(c *fiber.Ctx) error {
	// Digests are compared, which are of equal length, so that the time tells nothing of the secret.
	said := sha256.Sum256([]byte(c.Params(urls.PathSecret)))
	if subtle.ConstantTimeCompare(said[:], h.secret[:]) != 1 {
		return c.Next() // to where every missing page is answered
	}
	hook, outcome := h.intake.Admit(c.Body(), h.Now())
	switch outcome {
	case webhook.Applied:
		if !h.enqueue(hook) {
			outcome = webhook.Crowded
			h.intake.Forget(c.Body())
		}
	case webhook.Limited:
		h.Catalog.Suspend(hook.Company)
	case webhook.Unreadable:
		if h.told.Once("unreadable", h.Now(), time.Hour) {
			h.Log.Warn("a hook that cannot be read", "bytes", len(c.Body()))
		}
	default:
	}
	if outcome != webhook.Applied { // others are counted when it is known what became of them
		h.count(hook, outcome)
	}
	switch outcome {
	case webhook.Unreadable:
		return c.SendStatus(fiber.StatusBadRequest)
	case webhook.Crowded:
		return c.SendStatus(fiber.StatusTooManyRequests) // the upstream sends it again
	default:
		return c.SendStatus(fiber.StatusOK)
	}
}

// enqueue lets a hook be applied after those that came before it; false when too many wait.
func (h *Handlers) enqueue(hook webhook.Hook) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.waiting) >= maxWaiting {
		return false
	}
	h.waiting = append(h.waiting, hook)
	if !h.working {
		h.working = true
		go h.work()
	}
	return true
}

// work applies the hooks that wait.
func (h *Handlers) work() {
	for {
		hook, ok := h.next()
		if !ok {
			return
		}
		h.apply(hook)
	}
}

// apply applies a hook. A fault in it must not end the program: what a hook says is found out without it, too.
func (h *Handlers) apply(hook webhook.Hook) {
	defer func() {
		if p := recover(); p != nil {
			h.Log.Error("panic", "route", urls.HookRoute, "stack", string(debug.Stack()))
		}
	}()
	h.count(hook, h.Catalog.Hooked(hook))
}

func (h *Handlers) next() (webhook.Hook, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.waiting) == 0 {
		h.working, h.waiting = false, nil
		return webhook.Hook{}, false
	}
	hook := h.waiting[0]
	h.waiting = h.waiting[1:]
	return hook, true
}

// count counts a hook. Everything that does not matter is one resource, because the label is the sender's word.
func (h *Handlers) count(hook webhook.Hook, outcome webhook.Outcome) {
	resource := "other"
	if hook.Resource.Known() {
		resource = string(hook.Resource)
	}
	h.Watch.Hook(resource, string(outcome))
}
