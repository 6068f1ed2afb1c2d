package server

import (
	"slices"

	"okoshko/internal/csp"
	"okoshko/internal/server/response"
)

var (
	// unframed is the policy of answers that are no pages of a form, until a page sets its own.
	unframed = response.Closed.With(csp.FrameAncestors, csp.None).String()

	// strangerPolicy is the policy of the one page that every website may frame, because the page holds nothing.
	strangerPolicy = response.Closed.With(csp.FormAction, csp.None).With(csp.StyleSrc, response.StyleSource).With(csp.FrameAncestors, csp.Any).String()
)

// demoPolicy is the policy of the sandbox's salon. It is strict, as that of a careful website: the loader and its frame, and
// nothing inline.
func demoPolicy(widget string) csp.Policy {
	return slices.Concat(response.Closed, csp.Policy{
		csp.Allow(csp.FormAction, csp.None),
		csp.Allow(csp.FrameAncestors, csp.None),
		csp.Allow(csp.StyleSrc, csp.Self),
		csp.Allow(csp.ImgSrc, csp.Self, csp.Data),
		csp.Allow(csp.ScriptSrc, csp.Source(widget)),
		csp.Allow(csp.FrameSrc, csp.Source(widget)),
	})
}
