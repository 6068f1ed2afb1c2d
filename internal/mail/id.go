package mail

import (
	"crypto/rand"
	"strconv"
	"strings"
	"time"
)

// messageID returns a name for a message that no other message has, at the sender's domain. It tells nothing of this machine.
func messageID(now time.Time, from string) string {
	return strconv.FormatInt(now.Unix(), 36) + "." + strings.ToLower(rand.Text()) + "@" + from[strings.LastIndexByte(from, '@')+1:]
}
