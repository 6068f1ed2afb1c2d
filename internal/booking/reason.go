package booking

import (
	"cmp"
	"errors"

	"okoshko/internal/upstream"
)

// Reason says why the upstream, or we ourselves, did not book.
type Reason string

// The reasons, with the upstream's code where it has one.
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
	ReasonInvalid     Reason = "invalid" // 400, and 422 without a code: Fields and Words say what the upstream does not accept
	ReasonGone        Reason = "gone"    // 404
	ReasonForbidden   Reason = "forbidden"
	ReasonNotSent     Reason = "not_sent"  // nothing reached the upstream; trying again is safe
	ReasonDuplicate   Reason = "duplicate" // the same visit is being booked, was booked a moment ago, or may be booked
	ReasonEarlier     Reason = "earlier"   // an earlier booking of the same services may stand, at another time
	ReasonAnother     Reason = "another"   // somebody of another name has a visit at this time under this phone
	ReasonLimit       Reason = "limit"     // a limit on messages is used up
	ReasonSpent       Reason = "spent"     // the code has served already
	ReasonTries       Reason = "tries"     // the code was tried too often and is no longer good
	ReasonOften       Reason = "often"     // too many bookings from one address
	ReasonPuzzle      Reason = "proof"     // a message is sent only after the browser has solved a puzzle
	ReasonWait        Reason = "wait"      // a code was sent to this phone less than a minute ago
)

// reasons has the reason for every kind of error with which the upstream refuses a call. Any other kind is of a call that
// was not sent, or whose outcome is not known; whether it is known is asked before.
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

// ReasonOf is the reason for an error of the upstream, ReasonNotSent for one that is no refusal.
func ReasonOf(err error) Reason { return cmp.Or(reasons[upstream.KindOf(err)], ReasonNotSent) }

// Credentials says whether a reason, given for signing in, means that the code or the login and password are not right.
func (r Reason) Credentials() bool {
	switch r {
	case ReasonForbidden, ReasonGone, ReasonInvalid, ReasonCode, ReasonPhone:
		return true
	default:
		return false
	}
}

// refusedBy is what a call says that changes nothing: the zero Refusal, when it was answered well, or a refusal. The error
// is set when the upstream did not answer. Typed is what the customer has typed into the call.
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

// refusalOf is the refusal that an upstream error stands for; typed is what the customer has typed into the call.
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
