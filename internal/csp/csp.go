// Package csp reads and writes content security policies, the header by which a page tells the browser what the page may
// load and who may frame it. A policy is a list of directives, and a directive a list of sources. Other packages build
// policies from these and ask them questions; none of them handles a policy as text.
//
// The rules are those of Content Security Policy Level 3 (https://www.w3.org/TR/CSP3/). The package is pure.
package csp

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// Header is the name of the header.
const Header = "Content-Security-Policy"

// The directives that the widget's policies and the check of a website's policy use.
const (
	DefaultSrc     = "default-src"
	ScriptSrc      = "script-src"
	ScriptSrcElem  = "script-src-elem"
	StyleSrc       = "style-src"
	ImgSrc         = "img-src"
	ConnectSrc     = "connect-src"
	FrameSrc       = "frame-src"
	ChildSrc       = "child-src"
	ObjectSrc      = "object-src"
	BaseURI        = "base-uri"
	FormAction     = "form-action"
	FrameAncestors = "frame-ancestors"
)

// Policy is a policy: its directives, in the order in which they are written.
type Policy []Directive

// Directive names what is governed, and the sources that are allowed.
type Directive struct {
	Name    string
	Sources Sources
}

// Allow makes a directive.
func Allow(name string, sources ...Source) Directive { return Directive{name, sources} }

// With is the policy with a directive: in the place of the one of that name, or at the end when there is none.
func (p Policy) With(name string, sources ...Source) Policy {
	out := slices.Clone(p)
	if i := slices.IndexFunc(out, func(d Directive) bool { return d.Name == name }); i >= 0 {
		out[i] = Allow(name, sources...)
		return out
	}
	return append(out, Allow(name, sources...))
}

// Governing is the directive that decides: the first of the names that the policy has. Directives fall back on others, as
// script-src-elem does on script-src and then on default-src; the caller names them in that order.
func (p Policy) Governing(names ...string) (Directive, bool) {
	for _, name := range names {
		if i := slices.IndexFunc(p, func(d Directive) bool { return d.Name == name }); i >= 0 {
			return p[i], true
		}
	}
	return Directive{}, false
}

// String is the policy as the header has it.
func (p Policy) String() string {
	var b strings.Builder
	for i, d := range p {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(d.Name)
		if len(d.Sources) > 0 {
			b.WriteString(" " + d.Sources.String())
		}
	}
	return b.String()
}

// Parse reads the policies of a header, which separates them by commas. All of them hold at the same time. Of directives of
// the same name within a policy the first counts, and policies without directives are left out.
func Parse(header string) []Policy {
	var out []Policy
	for text := range strings.SplitSeq(header, ",") {
		var p Policy
		for directive := range strings.SplitSeq(text, ";") {
			words := strings.Fields(directive)
			if len(words) == 0 {
				continue
			}
			name := strings.ToLower(words[0])
			if _, twice := p.Governing(name); twice {
				continue
			}
			sources := make(Sources, len(words)-1)
			for i, word := range words[1:] {
				sources[i] = Source(word)
			}
			p = append(p, Directive{name, sources})
		}
		if len(p) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// Hash is the source of an inline style or script by its content.
func Hash(content string) Source {
	sum := sha256.Sum256([]byte(content))
	return Source("'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'")
}
