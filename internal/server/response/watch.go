package response

import (
	"time"
)

// Watch is told what an operator wants to count.
type Watch interface {
	Request(route string, status int, took time.Duration)
	Step(form int, step string)
	// Page is both of them for a page that is sent again and again.
	Page(route string, status, form int, step string) (sent func(took time.Duration))
	Limit(name string)
}
