package server

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/csp"
	"okoshko/internal/urls"
	"okoshko/web/static"
	"okoshko/web/templates/layout"
)

// closed is what every policy of the widget begins with. Whatever a policy does not name is forbidden.
var closed = csp.Policy{csp.Allow(csp.DefaultSrc, csp.None), csp.Allow(csp.BaseURI, csp.None)}

// styleSource and aheadSource are the sources of what every page has inside: its styles and its speculation rules.
var styleSource, aheadSource = csp.Hash(static.CSS), csp.Hash(layout.Ahead)

var (
	// unframed is the policy of answers that are no pages of a form, until a page sets its own.
	unframed = closed.With(csp.FrameAncestors, csp.None).String()

	// strangerPolicy is the policy of the one page that every website may frame, because the page holds nothing.
	strangerPolicy = closed.With(csp.FormAction, csp.None).With(csp.StyleSrc, styleSource).With(csp.FrameAncestors, csp.Any).String()
)

// setPolicy sets the policy of an answer.
func setPolicy(c *fiber.Ctx, policy csp.Policy) {
	c.Set(fiber.HeaderContentSecurityPolicy, policy.String())
}

// ancestors are the websites that may frame what is answered to a request for a path.
func (s *Server) ancestors(path string) csp.Sources {
	if urls.IsRecordLink(path) {
		return csp.Sources{csp.None}
	}
	return s.Frames.For(urls.FormIn(path)).Ancestors()
}

// pagePolicy is the policy of a page. Its inline styles are named by hash, so that the page is equal for every visitor and can
// be cached, and no other style that a salon or an attacker gets into a page is applied. No script is inline.
func (s *Server) pagePolicy(c *fiber.Ctx, themeCSS string) csp.Policy {
	pictures, styles := csp.Sources{csp.Self}, csp.Sources{styleSource}
	if !isPrivatePage(c) {
		pictures = slices.Concat(pictures, csp.Sources{csp.Data}, s.PictureHosts)
	}
	if themeCSS != "" {
		styles = append(styles, csp.Hash(themeCSS))
	}
	return slices.Concat(closed, csp.Policy{
		csp.Allow(csp.ObjectSrc, csp.None),
		csp.Allow(csp.FormAction, csp.Self),
		csp.Allow(csp.ScriptSrc, csp.Self, aheadSource),
		csp.Allow(csp.ConnectSrc, csp.Self),
		csp.Allow(csp.StyleSrc, styles...),
		csp.Allow(csp.ImgSrc, pictures...),
		csp.Allow(csp.FrameAncestors, s.ancestors(c.Path())...),
	})
}

// demoPolicy is the policy of the sandbox's salon. It is strict, as that of a careful website: the loader and its frame, and
// nothing inline.
func demoPolicy(widget string) csp.Policy {
	return slices.Concat(closed, csp.Policy{
		csp.Allow(csp.FormAction, csp.None),
		csp.Allow(csp.FrameAncestors, csp.None),
		csp.Allow(csp.StyleSrc, csp.Self),
		csp.Allow(csp.ImgSrc, csp.Self, csp.Data),
		csp.Allow(csp.ScriptSrc, csp.Source(widget)),
		csp.Allow(csp.FrameSrc, csp.Source(widget)),
	})
}
