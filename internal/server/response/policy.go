package response

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"okoshko/internal/csp"
	"okoshko/internal/urls"
	"okoshko/web/static"
	"okoshko/web/templates/layout"
)

// Closed is the beginning of every policy of the widget: what a policy does not name is forbidden.
var Closed = csp.Policy{csp.Allow(csp.DefaultSrc, csp.None), csp.Allow(csp.BaseURI, csp.None)}

// StyleSource and aheadSource are the sources of what every page holds inline: its styles and its speculation rules.
var StyleSource, aheadSource = csp.Hash(static.CSS), csp.Hash(layout.Ahead)

// SetPolicy sets the policy of an answer.
func SetPolicy(c *fiber.Ctx, policy csp.Policy) {
	c.Set(fiber.HeaderContentSecurityPolicy, policy.String())
}

// Ancestors returns the websites that may frame the answer to a path.
func (s *Writer) Ancestors(path string) csp.Sources {
	if urls.IsRecordLink(path) || urls.IsWish(path) {
		return csp.Sources{csp.None}
	}
	return s.Frames.For(urls.FormIn(path)).Ancestors()
}

// PagePolicy returns the policy of a page. It allows inline styles by their hash: a nonce would make the page differ for each
// visitor, and so not cacheable. Any other style that a salon or an attacker brings into a page is not applied. No script
// is inline.
func (s *Writer) PagePolicy(c *fiber.Ctx, themeCSS string) csp.Policy {
	pictures, styles := csp.Sources{csp.Self}, csp.Sources{StyleSource}
	if !IsPrivatePage(c) {
		pictures = slices.Concat(pictures, csp.Sources{csp.Data}, s.PictureHosts)
	}
	if themeCSS != "" {
		styles = append(styles, csp.Hash(themeCSS))
	}
	return slices.Concat(Closed, csp.Policy{
		csp.Allow(csp.ObjectSrc, csp.None),
		csp.Allow(csp.FormAction, csp.Self),
		csp.Allow(csp.ScriptSrc, csp.Self, aheadSource),
		csp.Allow(csp.ConnectSrc, csp.Self),
		csp.Allow(csp.StyleSrc, styles...),
		csp.Allow(csp.ImgSrc, pictures...),
		csp.Allow(csp.FrameAncestors, s.Ancestors(c.Path())...),
	})
}
