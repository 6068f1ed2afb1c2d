// Package feed writes a list of entries as feeds: Atom (RFC 4287) and JSON Feed 1.1. The package is pure.
package feed

import (
	"encoding/json"
	"encoding/xml"
	"time"
)

// The media types of the feeds, as answers and links name them.
const (
	AtomType = "application/atom+xml"
	JSONType = "application/feed+json"
)

// Feed is a list of entries. Its addresses are absolute.
type Feed struct {
	ID      string // an IRI that never changes
	Title   string
	Lang    string // BCP 47
	Author  string
	PageURL string // of the page that lists the same
	AtomURL string // of the feed itself
	JSONURL string
	Updated time.Time
	Entries []Entry
}

// Entry is one entry of a feed.
type Entry struct {
	ID      string // an IRI that never changes
	Title   string
	URL     string
	Updated time.Time
	HTML    string
	Text    string
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr,omitempty"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary"`
	Content atomHTML `xml:"content"`
}

type atomHTML struct {
	Type string `xml:"type,attr"`
	HTML string `xml:",chardata"`
}

// Atom returns the feed as Atom.
func (f Feed) Atom() ([]byte, error) {
	out := atomFeed{
		Lang: f.Lang, ID: f.ID, Title: f.Title, Updated: f.Updated.Format(time.RFC3339), Author: f.Author,
		Links: []atomLink{{"alternate", "text/html", f.PageURL}, {"self", AtomType, f.AtomURL}, {"alternate", JSONType, f.JSONURL}},
	}
	for _, e := range f.Entries {
		out.Entries = append(out.Entries, atomEntry{
			ID: e.ID, Title: e.Title, Updated: e.Updated.Format(time.RFC3339), Link: atomLink{"alternate", "text/html", e.URL},
			Summary: e.Text, Content: atomHTML{"html", e.HTML},
		})
	}
	body, err := xml.MarshalIndent(out, "", " ")
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), append(body, '\n')...), nil
}

// jsonVersion is the address that names the format.
const jsonVersion = "https://jsonfeed.org/version/1.1"

type jsonFeed struct {
	Version  string       `json:"version"`
	Title    string       `json:"title"`
	PageURL  string       `json:"home_page_url"`
	FeedURL  string       `json:"feed_url"`
	Language string       `json:"language,omitempty"`
	Authors  []jsonAuthor `json:"authors"`
	Items    []jsonItem   `json:"items"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

type jsonItem struct {
	ID       string `json:"id"`
	URL      string `json:"url"`
	Title    string `json:"title"`
	HTML     string `json:"content_html"`
	Text     string `json:"content_text"`
	Modified string `json:"date_modified"`
}

// JSON returns the feed as JSON Feed.
func (f Feed) JSON() ([]byte, error) {
	out := jsonFeed{
		Version: jsonVersion, Title: f.Title, PageURL: f.PageURL, FeedURL: f.JSONURL, Language: f.Lang, Authors: []jsonAuthor{{f.Author}},
		Items: make([]jsonItem, 0, len(f.Entries)), // a list, also where there is nothing on it
	}
	for _, e := range f.Entries {
		out.Items = append(out.Items, jsonItem{ID: e.ID, URL: e.URL, Title: e.Title, HTML: e.HTML, Text: e.Text, Modified: e.Updated.Format(time.RFC3339)})
	}
	body, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return nil, err
	}
	return append(body, '\n'), nil
}
