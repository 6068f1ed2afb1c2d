package flow

import (
	"net/url"
	"slices"
	"strings"
)

// RecordLink is what a link to a visit says, in any of the forms that the upstream writes.
type RecordLink struct {
	Bookform int // named by the host, "n123.yclients.com"; 0 = not said
	Company  int // 0 = not said
	Record   int
	Hash     string
	Lang     string // as the link has it; "" = not said
}

// glued are characters that follow a link in a text and may be copied with it.
const glued = ".,;:!?()[]{}<>«»„“”’'\"…*_ "

// maxRecordLink bounds the length of a link; the upstream's are far shorter.
const maxRecordLink = 1000

// ParseRecordLink reads a link to a visit as the upstream's own widget and API write them, whole or
// from the path on:
//
//	…/company/{company}/success-order/{record}/{hash}      the widget, after a booking
//	…/company/{company}/personal/success-order/{record}/{hash}
//	…/success-order/{record}/{hash}                        the same as redirect_url knows it
//	…/book_record/{company}/{record}/{hash}                the API
//	…/user/records/{record}/{hash}
//	…/booking/locations/{company}/attendances/{record}/?hash={hash}
//
// Whether there is such a visit is not known then.
func ParseRecordLink(link string) (RecordLink, bool) {
	if len(link) > maxRecordLink {
		return RecordLink{}, false
	}
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(link), glued))
	if err != nil || u.User != nil || !slices.Contains([]string{"", "http", "https"}, u.Scheme) {
		return RecordLink{}, false
	}
	parts := strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' })
	out := RecordLink{Bookform: bookformOfHost(u.Hostname()), Lang: u.Query().Get("lang")}
	if !out.read(parts, u.Query().Get("hash")) || !PlainHash(out.Hash) {
		return RecordLink{}, false
	}
	return out, true
}

// read compares the end of a path with the forms of links, because they differ there.
func (l *RecordLink) read(parts []string, hash string) bool {
	last := func(n int) []string { return parts[max(0, len(parts)-n):] }
	var company, record string
	switch {
	case shaped(last(3), "success-order", "*", "*"):
		record, hash = last(2)[0], last(1)[0]
		if i := slices.Index(parts, "company"); i >= 0 && i+1 < len(parts)-3 {
			company = parts[i+1]
		}
	case shaped(last(4), "book_record", "*", "*", "*"):
		company, record, hash = last(3)[0], last(2)[0], last(1)[0]
	case shaped(last(4), "user", "records", "*", "*"):
		record, hash = last(2)[0], last(1)[0]
	case shaped(last(4), "locations", "*", "attendances", "*"):
		company, record = last(3)[0], last(1)[0]
	default:
		return false
	}
	l.Hash = hash
	var ok bool
	if l.Record, ok = parseID(record); !ok {
		return false
	}
	if company == "" {
		return true
	}
	l.Company, ok = parseID(company)
	return ok
}

// shaped says whether the parts of a path match a pattern, in which a star matches any part.
func shaped(parts []string, pattern ...string) bool {
	return slices.EqualFunc(parts, pattern, func(part, want string) bool { return want == "*" || part == want })
}

// bookformOfHost is the bookform in a widget's host: n123., b123. and w123. are the same form.
func bookformOfHost(host string) int {
	label, _, ok := strings.Cut(host, ".")
	if !ok || label == "" || !strings.ContainsRune("nbw", rune(label[0])) {
		return 0
	}
	id, _ := parseID(label[1:])
	return id
}

// PlainHash says whether a record's hash may be put into a path: letters and digits, as the upstream
// makes them.
func PlainHash(hash string) bool {
	const longest = 128
	if hash == "" || len(hash) > longest {
		return false
	}
	for _, r := range hash {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}
