// Package input reads what a request brings: fields of a form, texts as people type and paste them, ids, days and
// addresses. What cannot be right is refused or cleaned here, before anything else sees it.
package input
