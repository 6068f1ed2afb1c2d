package server

import (
	"slices"

	"okoshko/internal/csp"
	"okoshko/internal/server/response"
)

var (
	// unframed is the policy of every answer until a page sets its own: no website may frame it.
	unframed = response.Closed.With(csp.FrameAncestors, csp.None).String()

	// strangerPolicy is the policy of the one page that every website may frame, because the page holds nothing.
	strangerPolicy = response.Closed.With(csp.FormAction, csp.None).With(csp.StyleSrc, response.StyleSource).With(csp.FrameAncestors, csp.Any).String()
)

// demoPolicy is the policy of the demo salon's website. It is as strict as a careful website's would be: it allows the loader
// and the loader's frame, and nothing inline.
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
