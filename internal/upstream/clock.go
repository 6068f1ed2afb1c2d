package upstream

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Unzoned is the location of a company whose zone is not known, and of a time that was sent without an offset: the local
// time is known, the offset from UTC is not. Compare it by its address.
var Unzoned = time.FixedZone("unzoned", 0) // without a name it would be equal to other zones with an offset of 0

// zoneOf reads the two fields of a company's zone. rest-api: "timezone" is a number of hours in its examples and a string in
// its table. Both were seen live, the string with the name of a zone. The name goes before the number, which is known to be out
// of date where a country has changed its clocks.
func zoneOf(fields ...string) *time.Location {
	for _, name := range fields {
		if name = strings.TrimSpace(name); name == "" || strings.EqualFold(name, "Local") {
			continue
		}
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
	}
	for _, offset := range fields {
		if zone, ok := offsetZone(offset); ok {
			return zone
		}
	}
	return Unzoned
}

// offsetZone reads an offset from UTC: hours, "+03:00", "UTC+5:30", or seconds.
func offsetZone(raw string) (*time.Location, bool) {
	raw = strings.TrimSpace(raw)
	for _, prefix := range []string{"UTC", "GMT"} {
		if len(raw) > len(prefix) && strings.EqualFold(raw[:len(prefix)], prefix) {
			raw = strings.TrimSpace(raw[len(prefix):])
		}
	}
	raw = strings.Replace(raw, "−", "-", 1)
	hours, minutes, clock := strings.Cut(raw, ":")
	n, err := strconv.ParseFloat(hours, 64)
	if err != nil {
		return nil, false
	}
	seconds := n * float64(time.Hour/time.Second)
	if clock {
		m, err := strconv.ParseUint(minutes, 10, 6)
		if err != nil {
			return nil, false
		}
		more := float64(m) * float64(time.Minute/time.Second)
		if strings.HasPrefix(hours, "-") {
			more = -more
		}
		seconds += more
	}
	const day = 24 * 60 * 60 // a larger number is seconds, not hours
	if seconds > day || seconds < -day {
		seconds = n
	}
	if math.IsNaN(seconds) || seconds > maxOffset || seconds < -maxOffset {
		return nil, false
	}
	return time.FixedZone("", int(seconds)), true
}

// maxOffset bounds the offset of a zone from UTC, in seconds.
const maxOffset = 15 * 60 * 60

// onClock puts a time on a company's clock. Where the zone of the company and the local time in the answer disagree, the
// local time is right, because zones change and a machine's list of zones may be old. The moment stays the one that was
// sent.
func onClock(at time.Time, local string, zone *time.Location) (shown time.Time, agrees bool) {
	if at.IsZero() {
		return at, true
	}
	if zone == Unzoned {
		zone = at.Location() // nothing else tells the zone
	}
	shown = at.In(zone)
	if at.Location() == Unzoned {
		shown = time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, zone)
	}
	minutes, ok := minutesOf(local)
	if !ok || minutes == shown.Hour()*60+shown.Minute() {
		return shown, true
	}
	// The local time tells the offset from UTC, except for whole days.
	const day = 24 * 60
	_, offset := shown.Zone()
	if at.Location() != Unzoned {
		_, offset = at.Zone()
	}
	utc := shown.UTC()
	off := (minutes - utc.Hour()*60 - utc.Minute() + 2*day) % day
	for off*60-offset > day*60/2 {
		off -= day
	}
	if off*60 > maxOffset || off*60 < -maxOffset {
		return shown, false
	}
	return shown.In(time.FixedZone("", off*60)), false
}

// minutesOf reads a local time, "9:30", "09:30:00" or "24:30", as minutes since midnight.
func minutesOf(hands string) (int, bool) {
	if i := strings.LastIndexAny(hands, " T"); i >= 0 {
		hands = hands[i+1:]
	}
	h, rest, ok := strings.Cut(hands, ":")
	hour, err := strconv.ParseUint(h, 10, 6)
	if !ok || err != nil || len(rest) < 2 {
		return 0, false
	}
	minute, err := strconv.ParseUint(rest[:2], 10, 6)
	if err != nil || minute >= 60 || hour >= 48 {
		return 0, false
	}
	return int(hour)%24*60 + int(minute), true
}
