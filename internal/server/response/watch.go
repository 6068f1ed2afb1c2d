package response

import (
	"time"
)

// Watch counts for the operator.
type Watch interface {
	Request(route string, status int, took time.Duration)
	Step(form int, step string)
	// Page returns a function that does what Request and Step do, for a cached page that is sent many times.
	Page(route string, status, form int, step string) (sent func(took time.Duration))
	Limit(name string)
}
