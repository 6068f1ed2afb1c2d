package booking

import (
	"slices"
	"time"
)

// Saying is what the program may tell a customer about a booking, or about one of its appointments. docs/outcomes.md
// lists every Saying with what must have been seen for it. The texts are those of the page after the booking.
type Saying string

// The sayings. Only SayBooked, SayCancelled and SayRefused are proven.
const (
	SayPending   Saying = "pending"   // the booking is under way
	SayBooked    Saying = "booked"    // the upstream has the record
	SayCancelled Saying = "cancelled" // the record was found, and it has been cancelled since
	SayPartly    Saying = "partly"    // some of the appointments are booked, and each has a Saying of its own
	SayLikely    Saying = "likely"    // very likely booked
	SayChecking  Saying = "unknown"   // not known yet, and another look may tell
	SayUnsure    Saying = "unsure"    // not known, and nothing that can be read will tell
	SayUnlikely  Saying = "unlikely"  // very likely not booked
	SayRefused   Saying = "refused"   // nothing was booked
)

// Sight is what was last read about one appointment of an attempt whose outcome is not known.
type Sight struct {
	Record RecordSight `json:"own,omitempty"`
	Slot   SlotSight   `json:"slot,omitempty"`
}

// RecordSight is what the list of the customer's records tells of an appointment.
type RecordSight string

// What the list may tell. The mark is Attempt.Mark, which a record carries as its api_id.
const (
	RecordUnread    RecordSight = ""          // the customer has not signed in, or the list could not be read
	RecordFound     RecordSight = "record"    // a record carries the mark and is not cancelled
	RecordCancelled RecordSight = "cancelled" // a record carries the mark and is cancelled
	RecordAlike     RecordSight = "like"      // a record without the mark is at the appointment's time
	RecordAbsent    RecordSight = "absent"    // there is no such record, in a list that covers the appointment's time
	RecordSilent    RecordSight = "silent"    // there is no such record, and that proves nothing: see recordSights
)

// SlotSight is what the check of an appointment tells.
type SlotSight string

// What a check may tell.
const (
	SlotUnread SlotSight = ""      // there was no check, no answer, or a refusal for another reason
	SlotFree   SlotSight = "free"  // the appointment could be booked
	SlotTaken  SlotSight = "taken" // the time is taken, or no master is free
	SlotBack   SlotSight = "back"  // free at the check, and taken when the customer tried to book again
)

const (
	// finishedAfter is when the upstream has surely finished or dropped a request. As a rule a PHP request and the
	// gateway before it end within a minute. Before that, a record that is missing may still come.
	finishedAfter = 90 * time.Second
	// takenSoon is how long a time that was free right before the request, and is taken since, suggests that the customer
	// has it. Later somebody else may have booked it.
	takenSoon = 15 * time.Minute
	// giveUpAfter is when the program no longer expects that looking tells anything.
	giveUpAfter = 10 * time.Minute
)

// seen is all that is known of one appointment of an attempt whose outcome is not known.
type seen struct {
	Sight
	Named      bool          // the upstream's answer names the record
	Master     bool          // the customer chose a master
	GroupEvent bool          // it is a place at a group event, for which there is no check
	Asks       bool          // the customer has signed in, so that the records can be read
	After      time.Duration // from the request to the look
	Age        time.Duration // from the request to now
}

// judgeAppointment says what may be said of one appointment. A free time proves nothing before the upstream has finished.
// It proves nothing either where the record may be with another master or at an event. When a chosen master is free, no
// record is at that time, but the salon may have moved it meanwhile, so only "very likely not" may be said.
func judgeAppointment(s seen) Saying {
	finished := s.After >= finishedAfter
	switch {
	case s.Named, s.Record == RecordFound:
		return SayBooked
	case s.Record == RecordCancelled:
		return SayCancelled
	case s.Record == RecordAlike:
		return SayLikely
	case s.Record == RecordAbsent && finished:
		return SayRefused
	case s.Record == RecordAbsent:
		return SayChecking
	case s.Slot == SlotTaken && s.After <= takenSoon && !s.GroupEvent:
		return SayLikely
	case s.Slot == SlotFree && finished && s.Master && !s.GroupEvent:
		return SayUnlikely
	case s.Slot == SlotTaken, s.Slot == SlotBack, s.Slot == SlotFree && finished:
		return SayUnsure
	case s.GroupEvent && (!s.Asks || s.Record == RecordSilent && finished), s.Age >= giveUpAfter:
		return SayUnsure
	default:
		return SayChecking
	}
}

// judge says what may be said of an attempt and of each appointment, by the state and by what is known of the
// appointments.
func judge(state State, appointments []seen) (whole Saying, each []Saying) {
	each = make([]Saying, len(appointments))
	for i, s := range appointments {
		switch state {
		case StateBooked:
			if each[i] = SayBooked; s.Record == RecordCancelled {
				each[i] = SayCancelled
			}
		case StateRefused:
			each[i] = SayRefused
		case StateUnknown:
			each[i] = judgeAppointment(s)
		default:
			each[i] = SayPending
		}
	}
	return together(state, each), each
}

// together is the saying of a whole attempt, by the sayings of its appointments.
func together(state State, each []Saying) Saying {
	only := func(allowed ...Saying) bool {
		return len(each) > 0 && !slices.ContainsFunc(each, func(x Saying) bool { return !slices.Contains(allowed, x) })
	}
	has := func(x Saying) bool { return slices.Contains(each, x) }
	switch {
	case state == StateRefused:
		return SayRefused
	case state != StateUnknown && state != StateBooked:
		return SayPending
	case only(SayCancelled):
		return SayCancelled
	case state == StateBooked:
		return SayBooked
	case only(SayBooked, SayCancelled):
		return SayBooked
	case has(SayBooked):
		return SayPartly
	case only(SayRefused):
		return SayRefused
	case only(SayLikely):
		return SayLikely
	case only(SayUnlikely, SayRefused, SayCancelled):
		return SayUnlikely
	case has(SayChecking), len(each) == 0:
		return SayChecking
	default:
		return SayUnsure
	}
}

// seenAt is what is known of the appointments at a moment; asks says that the customer has signed in.
func (a Attempt) seenAt(now time.Time, asks bool) []seen {
	out := make([]seen, len(a.Appointments))
	for i, v := range a.Appointments {
		out[i] = seen{
			Named: i < len(a.Records) && a.Records[i].ID != 0, Master: v.Master != 0, GroupEvent: a.GroupEvent != 0, Asks: asks, Age: now.Sub(a.Sent),
		}
		if i < len(a.Sights) {
			out[i].Sight, out[i].After = a.Sights[i], a.Sighted.Sub(a.Sent)
		}
	}
	return out
}

// Says is what may be said of the attempt at a moment, as a whole and of each appointment; asks says that the customer
// has signed in, so that looking again can read the customer's records.
func (a Attempt) Says(now time.Time, asks bool) (whole Saying, each []Saying) {
	return judge(a.State, a.seenAt(now, asks))
}

// ChangeSight is what a visit shows of a change that had no answer.
type ChangeSight string

// What a visit may show.
const (
	ShownNot  ChangeSight = "not"  // the visit is as it was before the change
	ShownDone ChangeSight = "done" // the visit is cancelled, or at its new time
	ShownGone ChangeSight = "gone" // the upstream no longer has the visit
)

// judgeChange says how a change has ended, by its state, by what the visit shows, and by the time since the request. What
// the visit shows is so, because the visit itself was read. But as long as the upstream may not have finished, a visit
// that shows nothing may still change.
func judgeChange(kind string, state State, reason Reason, shown ChangeSight, after time.Duration) (State, Reason) {
	looked := state == StateRefused && reason == ReasonNotSent && after > 0
	open := state == StateUnknown || looked || state == StateRefused && reason == ReasonGone
	switch {
	case !open:
		return state, reason
	case shown == ShownDone, shown == ShownGone && kind == KindCancel:
		return StateDone, ""
	case state == StateUnknown && shown == ShownNot && after >= finishedAfter:
		return StateRefused, ReasonNotSent
	default:
		return state, reason
	}
}
