// Package ui holds the small parts that pages are made of. A part gets finished text and finished
// addresses in its args; it knows neither languages nor pages.
package ui
