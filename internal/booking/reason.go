package booking

import (
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
	ReasonProof       Reason = "proof"     // a message is to be sent only after a proof that somebody takes the trouble
	ReasonWait        Reason = "wait"      // a code was sent to this phone less than a minute ago
)

// reasonOf turns an upstream error into a reason. It speaks of calls that were refused or not
// sent; whether a booking's outcome is known at all is asked before.
func reasonOf(err error) Reason {
	switch upstream.KindOf(err) {
	case upstream.KindSlotTaken, upstream.KindConflict:
		return ReasonSlotTaken
	case upstream.KindNobodyFree:
		return ReasonNobodyFree
	case upstream.KindOverlap:
		return ReasonOverlap
	case upstream.KindServiceGone:
		return ReasonServiceGone
	case upstream.KindPhone:
		return ReasonPhone
	case upstream.KindCode:
		return ReasonCode
	case upstream.KindName:
		return ReasonName
	case upstream.KindBlacklisted:
		return ReasonBlacklisted
	case upstream.KindLicence:
		return ReasonLicence
	case upstream.KindBadRequest, upstream.KindInvalid:
		return ReasonInvalid
	case upstream.KindNotFound:
		return ReasonGone
	case upstream.KindForbidden, upstream.KindUnauthorized:
		return ReasonForbidden
	default:
		return ReasonNotSent
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
	r := Refusal{Reason: reasonOf(err)}
	if r.Reason == ReasonInvalid {
		r.explain(err, typed)
	}
	var e *upstream.Error
	if errors.As(err, &e) && e.HasAppointment {
		r.Visit, r.Has = e.Appointment, true
	}
	return r
}
