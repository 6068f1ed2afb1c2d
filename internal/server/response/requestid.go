package response

import (
	"math/rand/v2"
	"regexp"
	"strconv"

	"github.com/gofiber/fiber/v2"
)

// RequestIDHeader holds the id of a request, in the request and in its answer.
const RequestIDHeader = "X-Request-Id"

var acceptableRequestID = regexp.MustCompile(`^[A-Za-z0-9-]{8,64}$`)

// RequestID returns the id of a request, which its log line and its error page show.
func RequestID(c *fiber.Ctx) string { return string(c.Response().Header.Peek(RequestIDHeader)) }

// AcceptedID returns the id that a request brings when it is acceptable, else a new one. An id names a line in the log and
// is no secret.
func AcceptedID(given []byte) string {
	if len(given) > 0 && acceptableRequestID.Match(given) {
		return string(given)
	}
	const digits = 16
	id := strconv.AppendUint(make([]byte, 0, digits), rand.Uint64(), 16) //nolint:gosec // see above
	for len(id) < digits {
		id = append(id, '0')
	}
	return string(id)
}
