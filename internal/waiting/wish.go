// Package waiting keeps wishes: "tell me when a time opens". A visitor for whom nothing free suits leaves a wish and one channel, an
// e-mail address or a subscription to push messages, and is told of every opening that suits, first come first served: the upstream
// holds no time for anybody.
//
// A wish is one entry of the store, and holds all that is known of it: what was offered when an answer was last seen, the openings that
// have been noticed, and which of them were told. Every step is a compare-and-swap of that entry, so that any number of processes may
// notice and tell, whichever of them dies in between:
//
//	asked → (confirmed) → opening noticed → claimed → told or given back → … → ended, or expired
//
// An opening is told at most once: it is claimed in the store before it is sent, and a claim whose process has died is not sent again.
// docs/adr/0020-an-opening-is-told-once.md says why, and what is stored.
//
//	wish.go      what a wish is, and what it may be
//	desk.go      what pages do: ask, find, confirm, end
//	entry.go     the entry of the store
//	offered.go   what an answer of the upstream changes in a wish; pure
//	due.go       when a wish may be told of what; pure
//	fulfilled.go ends the wish of who has booked what it waits for
//	sealed.go    what is encrypted
//	index.go     which wishes there are
//	notice.go    takes up answers, and what this program's own cancels and moves have freed
//	post.go      claims, sends, notes the outcome
//	watch.go     asks the upstream for what nobody else asks
package waiting

import (
	"time"
)

// Wish is what somebody waits for. Times of day and days are those of the company.
type Wish struct {
	// Secret is the wish's link: who has it may confirm, read and end the wish. 22 characters of base64url, 128 bits. The store has it
	// encrypted only, and finds the wish by a hash of it.
	Secret string
	// Ticket is what a link to an opening carries, so that the wish ends when it is booked: see Desk.Fulfilled. It opens nothing.
	Ticket string

	Form     int    // the bookform through which it was asked for
	Company  int    //
	Lang     string // a language of ours ("ru"), in which its owner is written to
	Services []int  // at least one
	Master   int    // 0 = any
	From, To string // the first and the last day, YYYY-MM-DD
	Hours    Hours
	Until    time.Time // after which nobody waits any more; zero: the end of the last day. Ask never leaves it later than that
	Zone     *time.Location

	Visit   *Visit // of "earlier, please": the visit that is to be moved; nil = a new visit is wanted
	Channel Channel
	Consent Consent

	Asked     time.Time // set by Ask
	Confirmed time.Time // zero: its owner has not confirmed it yet, and nothing is told
	Told      time.Time // when its owner was last told of openings; zero = never
}

// Hours are a part of the day, in minutes since midnight; the end is not part of it. The zero value is the whole day. A slot after
// midnight of a day that the salon lists under the day before counts as one of that night: 24·60 + its minute.
type Hours struct{ From, To int }

// Visit is a visit that its owner would like to have earlier. It is encrypted in the store, as the channel is.
type Visit struct {
	Company int       `json:"company"`
	Record  int       `json:"record"`
	Hash    string    `json:"hash"`
	Start   time.Time `json:"start"`
}

// Channel is the way on which the owner of a wish is told: exactly one of the two.
type Channel struct {
	Email string        `json:"email,omitempty"`
	Push  *Subscription `json:"push,omitempty"`
}

// Subscription is a browser's subscription to push messages, as PushSubscription.toJSON writes it.
type Subscription struct {
	Endpoint string `json:"endpoint"`
	P256dh   string `json:"p256dh"` // base64url
	Auth     string `json:"auth"`   // base64url
}

// Kind names the channel for counts: "email" or "push".
func (c Channel) Kind() string {
	if c.Push != nil {
		return "push"
	}
	return "email"
}

// Consent says to which text the owner of a wish has agreed.
type Consent struct {
	Version string    `json:"version"` // of the text
	Lang    string    `json:"lang"`    // in which it was shown
	At      time.Time `json:"at"`      // set by Ask
}

// Opening is a time that was not offered before and is now.
type Opening struct {
	Company  int
	Services []int
	Master   int       // with whom; 0 = with any master, where the answer does not say with whom
	Start    time.Time // in the company's zone
}
