// Package input reads and cleans the values of a request: the fields of a form, texts as people type and paste them, ids,
// days and addresses.
package input
