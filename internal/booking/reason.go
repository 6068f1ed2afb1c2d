package booking

import (
	"cmp"
	"errors"

	"okoshko/internal/upstream"
)

// Reason says why something was not done: the upstream refused it, or this program did not send it.
type Reason string

// The reasons, with the upstream's code where it has one (rest-api: "Создать запись на сеанс").
const (
	ReasonSlotTaken   Reason = "slot_taken"   // 433, and 422 with a text that says so
	ReasonNobodyFree  Reason = "nobody_free"  // 436
	ReasonOverlap     Reason = "overlap"      // 437
	ReasonServiceGone Reason = "service_gone" // 438
	ReasonPhone       Reason = "phone"        // 431
	ReasonCode        Reason = "code"         // 432
	ReasonName        Reason = "name"         // 435
	ReasonBlacklisted Reason = "blacklisted"  // 434
	ReasonLicence     Reason = "licence"
	ReasonInvalid     Reason = "invalid" // 400, and 422 without a code; Refusal.Fields and Words say more
	ReasonGone        Reason = "gone"    // 404
	ReasonForbidden   Reason = "forbidden"
	ReasonNotSent     Reason = "not_sent"  // nothing reached the upstream, so trying again is safe
	ReasonDuplicate   Reason = "duplicate" // the same is being booked, was booked a moment ago, or may be booked
	ReasonEarlier     Reason = "earlier"   // an earlier attempt may have booked the same services at another time
	ReasonAnother     Reason = "another"   // this phone has a visit at this time under another name
	ReasonLimit       Reason = "limit"     // a limit of text messages is used up
	ReasonSpent       Reason = "spent"     // the code was used before
	ReasonTries       Reason = "tries"     // wrong codes were tried too often
	ReasonOften       Reason = "often"     // too many bookings came from one address
	ReasonPuzzle      Reason = "proof"     // a message is sent only after the browser has solved a puzzle
	ReasonWait        Reason = "wait"      // a code was sent to this phone less than a minute ago
)

// reasons has the reason for every kind of error with which the upstream refuses a call. Other kinds of errors mean that
// the call was not sent, or that its outcome is not known; the latter must be asked before.
var reasons = map[upstream.Kind]Reason{
	upstream.KindSlotTaken:    ReasonSlotTaken,
	upstream.KindConflict:     ReasonSlotTaken,
	upstream.KindNobodyFree:   ReasonNobodyFree,
	upstream.KindOverlap:      ReasonOverlap,
	upstream.KindServiceGone:  ReasonServiceGone,
	upstream.KindPhone:        ReasonPhone,
	upstream.KindCode:         ReasonCode,
	upstream.KindName:         ReasonName,
	upstream.KindBlacklisted:  ReasonBlacklisted,
	upstream.KindLicence:      ReasonLicence,
	upstream.KindBadRequest:   ReasonInvalid,
	upstream.KindInvalid:      ReasonInvalid,
	upstream.KindNotFound:     ReasonGone,
	upstream.KindForbidden:    ReasonForbidden,
	upstream.KindUnauthorized: ReasonForbidden,
}

// ReasonOf is the reason for an error of the upstream, and ReasonNotSent for an error that is no refusal.
func ReasonOf(err error) Reason { return cmp.Or(reasons[upstream.KindOf(err)], ReasonNotSent) }

// Credentials says whether a sign-in that is refused for a reason was tried with a wrong code, login or password.
func (r Reason) Credentials() bool {
	switch r {
	case ReasonForbidden, ReasonGone, ReasonInvalid, ReasonCode, ReasonPhone:
		return true
	default:
		return false
	}
}

// refusedBy is the outcome of a call that changes nothing: the zero Refusal or a refusal. The error is set when the
// upstream did not answer. Typed is what the customer has typed into the call.
func refusedBy(err error, typed ...string) (Refusal, error) {
	if err == nil {
		return Refusal{}, nil
	}
	r := refusalOf(err, typed...)
	if r.Reason == ReasonNotSent {
		return Refusal{}, err
	}
	return r, nil
}

// refusalOf is the refusal for an error of the upstream. Typed is what the customer has typed into the call.
func refusalOf(err error, typed ...string) Refusal {
	r := Refusal{Reason: ReasonOf(err)}
	if r.Reason == ReasonInvalid {
		r.explain(err, typed)
	}
	var e *upstream.Error
	if errors.As(err, &e) && e.HasAppointment {
		r.Appointment, r.HasAppointment = e.Appointment, true
	}
	return r
}
