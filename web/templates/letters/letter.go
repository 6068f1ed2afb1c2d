// Package letters draws e-mails. Each is written once, and drawn as HTML and as plain text that say the same. A letter loads nothing,
// and nothing in it tells anybody that it was opened.
package letters

import "strings"

// Letter is an e-mail to the owner of a wish.
type Letter struct {
	Lang, Dir string
	Title     string // the subject
	Hello     string
	Text      string // what has happened
	Rows      []Row
	Act       string // what to do about it; "" where the links say so
	Links     []Link // the first is the one that matters most
	Notes     []string
	End       string // how to be written to no more; "" in a letter that is the only one
	EndLink   Link
	Why       string // why the letter was sent
}

// Row is one line of what the letter is about.
type Row struct{ Label, Value string }

// Link is a link with its text.
type Link struct{ Title, URL string }

// Plain is the letter as plain text. An address stands in a line of its own, so that every mail program makes it a link.
func (l Letter) Plain() string {
	var b strings.Builder
	paragraph := func(lines ...string) {
		for _, line := range lines {
			if line != "" {
				b.WriteString(oneLine(line) + "\n")
			}
		}
		b.WriteString("\n")
	}
	paragraph(l.Hello)
	paragraph(l.Text)
	for _, row := range l.Rows {
		b.WriteString(oneLine(row.Label) + ": " + oneLine(row.Value) + "\n")
	}
	b.WriteString("\n")
	if l.Act != "" {
		paragraph(l.Act)
	}
	for _, link := range l.Links {
		paragraph(link.Title+":", link.URL)
	}
	for _, note := range l.Notes {
		paragraph(note)
	}
	b.WriteString("-- \n")
	if l.End != "" {
		paragraph(l.End, l.EndLink.URL)
	}
	b.WriteString(oneLine(l.Why) + "\n")
	return b.String()
}

// oneLine keeps a name of the salon's from looking like a paragraph of the letter.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
