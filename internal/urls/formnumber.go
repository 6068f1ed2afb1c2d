package urls

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// upstreamHost is the host of a bookform in the upstream's own widget: https://n123.yclients.com. There are several names in front of
// the number and several domains.
var upstreamHost = regexp.MustCompile(`^[nwb]([1-9][0-9]{0,8})\.(yclients\.[a-z]{2,6}|alteg\.io)$`)

var bareNumber = regexp.MustCompile(`^[1-9][0-9]{0,8}$`)

// FormNumber reads the number of a bookform as people hand it on: the number itself, an address of the upstream's own widget, or an
// address of a page of this one. The result is false for everything else.
func FormNumber(text string) (int, bool) {
	text = strings.TrimSpace(text)
	if bareNumber.MatchString(text) {
		form, err := strconv.Atoi(text)
		return form, err == nil
	}
	if strings.HasPrefix(text, "//") {
		text = "https:" + text
	} else if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	address, err := url.Parse(text)
	if err != nil || address.Scheme != "https" && address.Scheme != "http" {
		return 0, false
	}
	if found := upstreamHost.FindStringSubmatch(strings.ToLower(address.Hostname())); found != nil {
		form, err := strconv.Atoi(found[1])
		return form, err == nil
	}
	form := FormIn(address.Path)
	return form, form > 0 && bareNumber.MatchString(strconv.Itoa(form))
}
