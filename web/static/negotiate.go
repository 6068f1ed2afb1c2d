package static

import (
	"strconv"
	"strings"
)

// Negotiate chooses the encoding for an Accept-Encoding header: "br", "gzip" or "" for none. The header's quality values decide,
// and br wins over an equal gzip. Without a header nothing is compressed.
func Negotiate(acceptEncoding string) string {
	br, gzip, rest := -1.0, -1.0, -1.0
	for part := range strings.SplitSeq(acceptEncoding, ",") {
		name, params, _ := strings.Cut(part, ";")
		q := quality(params)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "br":
			br = q
		case "gzip", "x-gzip":
			gzip = q
		case "*":
			rest = q
		}
	}
	if br < 0 {
		br = rest
	}
	if gzip < 0 {
		gzip = rest
	}
	switch {
	case br > 0 && br >= gzip:
		return "br"
	case gzip > 0:
		return "gzip"
	}
	return ""
}

// quality is the q parameter, 1 when there is none and 0 when it is not a weight between 0 and 1.
func quality(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		name, value, found := strings.Cut(param, "=")
		if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) { // NaN is none either
			return 0
		}
		return q
	}
	return 1
}
