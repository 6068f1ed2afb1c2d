package config

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind says in words which values an option may have, and stores a value in the configuration. set returns false for a value
// that is not allowed; what it has stored then does not matter.
type kind struct {
	allowed string
	set     func(value string) bool
}

func filePath(at *string) kind {
	return kind{"a path, or nothing", func(v string) bool {
		*at = v
		return !strings.ContainsFunc(v, isControl)
	}}
}

// token is a word that goes into a header.
func token(at *string) kind {
	return kind{"a token without spaces, in ASCII", func(v string) bool {
		*at = v
		return !strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' })
	}}
}

// hookSecret is a part of a path that cannot be guessed.
func hookSecret(at *string) kind {
	const least, most = 24, 128
	return kind{fmt.Sprintf("%d to %d letters, digits, dashes and underlines, or nothing", least, most), func(v string) bool {
		*at = v
		return v == "" || len(v) >= least && len(v) <= most && !strings.ContainsFunc(v, func(r rune) bool {
			return (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') && r != '-' && r != '_'
		})
	}}
}

func oneOf(at *string, allowed ...string) kind {
	return kind{either(allowed), func(v string) bool {
		*at = v
		return slices.Contains(allowed, v)
	}}
}

// formOneOf is one of some words for a form.
func formOneOf(at *map[int]string, form int, allowed ...string) kind {
	return kind{either(allowed), func(v string) bool {
		if *at == nil {
			*at = map[int]string{}
		}
		(*at)[form] = v
		return slices.Contains(allowed, v)
	}}
}

func onOff(at *bool) kind {
	return kind{"on or off", func(v string) bool {
		*at = v == "on"
		return v == "on" || v == "off"
	}}
}

// onOffOrNot is on, off, or nothing, which means what the documentation says.
func onOffOrNot(at *string) kind {
	return kind{"on or off, or nothing", func(v string) bool {
		*at = v
		return v == "" || v == "on" || v == "off"
	}}
}

// formNumbers are numbers of forms.
func formNumbers(at *[]int) kind {
	const highest = 999_999_999
	return kind{"a list of numbers of forms such as 12, 345, or nothing", func(v string) bool {
		*at = nil
		for _, part := range list(v) {
			n, err := strconv.Atoi(part)
			if err != nil || n <= 0 || n > highest || slices.Contains(*at, n) {
				return false
			}
			*at = append(*at, n)
		}
		return true
	}}
}

// either is "a, b or c".
func either(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func integer(at *int, low, high int) kind {
	return kind{fmt.Sprintf("a whole number from %d to %d", low, high), func(v string) bool {
		n, err := strconv.Atoi(v)
		*at = n
		return err == nil && n >= low && n <= high
	}}
}

func anyInteger(at *int64) kind {
	return kind{"a whole number", func(v string) bool {
		n, err := strconv.ParseInt(v, 10, 64)
		*at = n
		return err == nil
	}}
}

func duration(at *time.Duration, low, high time.Duration) kind {
	return kind{fmt.Sprintf("a time from %s to %s, written like 500ms, 90s or 1h30m", short(low), short(high)), func(v string) bool {
		d, err := time.ParseDuration(v)
		*at = d
		return err == nil && d >= low && d <= high
	}}
}

// short is a duration without its zero parts: 5m, not 5m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// age is how old an answer of the upstream may be.
func age(at *time.Duration) kind { return duration(at, time.Millisecond, 7*24*time.Hour) }

// slotAge is the same for free times: an older one is likely to be taken by the time it is pressed.
func slotAge(at *time.Duration) kind { return duration(at, time.Millisecond, 45*time.Second) }

func listen(at *string) kind {
	return kind{"an address such as 127.0.0.1:8080, [::1]:8080 or :8080", func(v string) bool {
		*at = v
		host, port, err := net.SplitHostPort(v)
		_, perr := strconv.ParseUint(port, 10, 16)
		return err == nil && perr == nil && (host == "" || validHost(host))
	}}
}

// listenOrNot is listen for what may be left out.
func listenOrNot(at *string) kind {
	k := listen(at)
	return kind{k.allowed + ", or nothing", func(v string) bool { return v == "" || k.set(v) }}
}

// validHost takes addresses and names; whether a name resolves is for the listener to find out.
func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host != "" && !strings.ContainsFunc(host, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
	})
}

func origin(at *string, allowed string) kind {
	return kind{allowed, func(v string) bool {
		if v == "" {
			return true
		}
		o, ok := parseOrigin(strings.TrimSuffix(v, "/"))
		*at = o
		return ok
	}}
}

// parseOrigin takes a scheme and a host, and a port when there is one.
func parseOrigin(v string) (string, bool) {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !validHost(u.Hostname()) {
		return "", false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", false
		}
	}
	o := u.Scheme + "://" + u.Host
	return o, strings.EqualFold(o, v) // no user, path, query or fragment
}

// list are the parts of a value that commas separate.
func list(v string) []string {
	var out []string
	for part := range strings.SplitSeq(v, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func networks(at *[]string) kind {
	return kind{"a list of addresses and ranges such as 10.0.0.7, 10.1.0.0/16", func(v string) bool {
		*at = list(v)
		return !slices.ContainsFunc(*at, func(part string) bool {
			_, err1 := netip.ParseAddr(part)
			_, err2 := netip.ParsePrefix(part)
			return err1 != nil && err2 != nil
		})
	}}
}

func hostNames(at *[]string) kind {
	return kind{"a list of names such as okoshko.internal, widget-1, or nothing", func(v string) bool {
		*at = list(v)
		return !slices.ContainsFunc(*at, func(name string) bool { return !validHost(name) })
	}}
}

// prefixes are beginnings of phone numbers, kept as digits.
func prefixes(at *[]string) kind {
	return kind{"a list of country codes or longer beginnings such as +7, +371", func(v string) bool {
		*at = list(strings.ReplaceAll(v, "+", ""))
		return !slices.ContainsFunc(*at, func(p string) bool {
			return strings.Trim(p, "0123456789") != "" || len(p) > 15
		})
	}}
}

// frameHosts are CSP sources: origins, whose host may begin with a wildcard, or * alone.
func frameHosts(at *[]string) kind {
	return kind{"* or a list of origins such as https://salon.example, https://*.tilda.ws", func(v string) bool {
		*at = list(v)
		if slices.Equal(*at, []string{"*"}) {
			return true
		}
		return len(*at) > 0 && !slices.ContainsFunc(*at, func(host string) bool {
			_, ok := parseOrigin(strings.Replace(host, "://*.", "://any.", 1))
			return !ok
		})
	}}
}

// formHosts are the frameHosts of a form, which may have none of its own.
func formHosts(at *map[int][]string, form int) kind {
	var hosts []string
	k := frameHosts(&hosts)
	return kind{k.allowed + ", or nothing", func(v string) bool {
		if v == "" {
			return true
		}
		if *at == nil {
			*at = map[int][]string{}
		}
		ok := k.set(v)
		(*at)[form] = hosts
		return ok
	}}
}

// pictureHosts are https origins, whose host may begin with a wildcard, or * alone, or none.
func pictureHosts(at *[]string) kind {
	origins := frameHosts(at)
	return kind{"* or a list of https origins such as https://*.salon.example, or nothing", func(v string) bool {
		if v == "" {
			*at = nil
			return true
		}
		return origins.set(v) && !slices.ContainsFunc(*at, func(host string) bool { return strings.HasPrefix(host, "http://") })
	}}
}

const minKey = 32 // bytes

func keys(at *[][]byte) kind {
	return kind{fmt.Sprintf("a list of keys of at least %d bytes each, in hex or base64", minKey), func(v string) bool {
		for _, part := range list(v) {
			key, ok := decodeKey(part)
			if !ok || len(key) < minKey {
				return false
			}
			*at = append(*at, key)
		}
		return true
	}}
}

// decodeKey tries hex first: what is hex is hardly ever meant as base64.
func decodeKey(v string) ([]byte, bool) {
	for _, decode := range []func(string) ([]byte, error){
		hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString,
		base64.URLEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
	} {
		if key, err := decode(v); err == nil {
			return key, true
		}
	}
	return nil, false
}

func level(at *slog.Level) kind {
	levels := []string{"debug", "info", "warn", "error"}
	return kind{either(levels), func(v string) bool {
		return slices.Contains(levels, v) && at.UnmarshalText([]byte(v)) == nil
	}}
}

// redisURL is the address of a Redis or Valkey server.
func redisURL(to *string) kind {
	return kind{"a URL such as redis://:password@10.0.0.5:6379/0 or rediss://…, or nothing", func(text string) bool {
		*to = text
		u, err := url.Parse(text)
		return text == "" || err == nil && (u.Scheme == "redis" || u.Scheme == "rediss") && u.Host != "" && u.Fragment == ""
	}}
}

// instant is a date and time with its zone.
func instant(to *time.Time) kind {
	return kind{"a date and time such as 2026-12-31T23:40:00+03:00, or nothing", func(text string) bool {
		if text == "" {
			return true
		}
		at, err := time.Parse(time.RFC3339, text)
		*to = at
		return err == nil
	}}
}

// quiet is a part of the day, such as 21:00-09:00.
func quiet(at *Quiet) kind {
	return kind{"a part of the day such as 21:00-09:00, or nothing", func(v string) bool {
		*at = Quiet{}
		if v == "" {
			return true
		}
		from, to, ok := strings.Cut(v, "-")
		begin, err1 := time.Parse("15:04", strings.TrimSpace(from))
		end, err2 := time.Parse("15:04", strings.TrimSpace(to))
		*at = Quiet{From: begin.Hour()*60 + begin.Minute(), To: end.Hour()*60 + end.Minute()}
		return ok && err1 == nil && err2 == nil && at.From != at.To
	}}
}

func mailHost(at *string) kind {
	return kind{"a name or an address such as smtp.example or 127.0.0.1, or nothing", func(v string) bool {
		*at = v
		return v == "" || validHost(v)
	}}
}

// printable is a text of one line.
func printable(at *string) kind {
	const most = 256
	return kind{"a text of one line, or nothing", func(v string) bool {
		*at = v
		return len(v) <= most && !strings.ContainsFunc(v, isControl)
	}}
}

func mailAddress(at *string) kind {
	return kind{"an address such as wishes@salon.example or Salon Lana <wishes@salon.example>, or nothing", func(v string) bool {
		*at = v
		_, err := mail.ParseAddress(v)
		return v == "" || err == nil && !strings.ContainsFunc(v, isControl)
	}}
}

// contact is where somebody is reached; for push services what RFC 8292 calls "sub".
func contact(at *string) kind {
	return kind{"mailto: and an address, an address that begins with https://, or nothing", func(v string) bool {
		*at = v
		if address, is := strings.CutPrefix(v, "mailto:"); is {
			_, err := mail.ParseAddress(address)
			return err == nil
		}
		u, err := url.Parse(v)
		return v == "" || err == nil && u.Scheme == "https" && validHost(u.Hostname()) && u.User == nil
	}}
}

// pushKey is a private key on the curve P-256.
func pushKey(at *string) kind {
	return kind{"32 bytes in base64url, a private key on the curve P-256, or nothing", func(v string) bool {
		*at = v
		if v == "" {
			return true
		}
		raw, err := base64.RawURLEncoding.DecodeString(v)
		if err == nil {
			_, err = ecdh.P256().NewPrivateKey(raw)
		}
		return err == nil
	}}
}
