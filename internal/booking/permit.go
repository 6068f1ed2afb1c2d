package booking

import "time"

// Permit says whether the customer may change a visit now.
type Permit struct {
	OK     bool
	Why    Denial        // when not OK
	Before time.Duration // how long before the visit the salon wants to be told; 0 = it does not say
	Until  time.Time     // the last moment at which it may be changed; zero where Before is 0
}

// Denial says why a visit cannot be changed by its customer.
type Denial string

// The reasons why not.
const (
	DenialCancelled  Denial = "cancelled" // the visit is cancelled
	DenialOver       Denial = "over"      // the visit has begun, or is over
	DenialSalon      Denial = "salon"     // the salon does not allow it to customers
	DenialLate       Denial = "late"      // it is too late by the salon's rule
	DenialGroupEvent Denial = "event"     // a place at a group event cannot be moved
)

// MayCancel says whether the visit may be cancelled at a moment.
func (v *Visit) MayCancel(now time.Time) Permit {
	return v.permit(v.allow.cancel, v.allow.cancelThis, v.allow.cancelBefore, now)
}

// MayMove says whether the visit may be moved at a moment.
func (v *Visit) MayMove(now time.Time) Permit {
	p := v.permit(v.allow.move, v.allow.moveThis, v.allow.moveBefore, now)
	if v.GroupEvent != 0 && p.Why != DenialCancelled && p.Why != DenialOver {
		return Permit{Why: DenialGroupEvent}
	}
	return p
}

// allowance is what the salon allows customers to do with a visit (rest-api: "Получить запись на сеанс",
// company.allow_*_record and allow_*_record_delay_step, in seconds before the visit).
type allowance struct {
	cancel, move             bool
	cancelBefore, moveBefore time.Duration
	cancelThis, moveThis     bool // what newer servers say of this record; they may forbid it because of the time alone
}

func (v *Visit) permit(allowed, this bool, before time.Duration, now time.Time) Permit {
	return permit(v.Status, v.Start, allowed, this, before, now)
}

func permit(status Status, start time.Time, allowed, this bool, before time.Duration, now time.Time) Permit {
	p := Permit{Before: before}
	if before > 0 {
		p.Until = start.Add(-before)
	}
	switch {
	case status == StatusCancelled:
		p.Why = DenialCancelled
	case status == StatusCame, status == StatusMissed, !start.After(now):
		p.Why = DenialOver
	case before > 0 && now.After(p.Until) && allowed:
		p.Why = DenialLate
	case !allowed || !this:
		p.Why = DenialSalon
	default:
		p.OK = true
	}
	return p
}

// Rules are what a salon allows customers to do with their visits. They tell what can be done with a visit that was booked a moment
// ago and not read yet. Only a Visit can be changed.
type Rules struct {
	Cancel, Move             bool
	CancelBefore, MoveBefore time.Duration // before the visit; 0 = no limit
}

// MayCancel says whether a booked visit that begins at start may be cancelled at a moment.
func (r Rules) MayCancel(start, now time.Time) Permit {
	return permit(StatusBooked, start, r.Cancel, true, r.CancelBefore, now)
}

// MayMove says whether a booked visit that begins at start may be moved at a moment.
func (r Rules) MayMove(start, now time.Time) Permit {
	return permit(StatusBooked, start, r.Move, true, r.MoveBefore, now)
}
