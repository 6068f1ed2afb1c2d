package booking

import (
	"slices"
	"time"
)

// Saying is what may be said of a booking, or of one of its appointments. docs/outcomes.md has every saying with what
// must have been seen for it; the words are those of the done page.
type Saying string

// The sayings. Only SayBooked, SayCancelled and SayRefused are proven.
const (
	SayPending   Saying = "pending"   // the upstream is being asked
	SayBooked    Saying = "booked"    // the upstream named the record
	SayCancelled Saying = "cancelled" // the record was found, and somebody has cancelled it since
	SayPartly    Saying = "partly"    // some of the appointments are booked; each of them says how it stands
	SayLikely    Saying = "likely"    // very likely booked
	SayChecking  Saying = "unknown"   // not known yet, and another look may tell
	SayUnsure    Saying = "unsure"    // not known, and nothing that is left to look at can tell
	SayUnlikely  Saying = "unlikely"  // very likely not booked
	SayRefused   Saying = "refused"   // nothing was booked
)

// Sight is what the last look saw of one appointment of an attempt whose outcome is not known.
type Sight struct {
	Record RecordSight `json:"own,omitempty"`
	Slot   SlotSight   `json:"slot,omitempty"`
}

// RecordSight is what the list of the customer's records at the upstream says of an appointment.
type RecordSight string

// What the list of the customer's records may say. The mark is the attempt's name in the record's api_id.
const (
	RecordUnread    RecordSight = ""          // nobody has signed in, or the list could not be read
	RecordFound     RecordSight = "record"    // a record that stands carries the mark
	RecordCancelled RecordSight = "cancelled" // the record that carries the mark is cancelled
	RecordAlike     RecordSight = "like"      // a record without the mark stands at the appointment's time
	RecordAbsent    RecordSight = "absent"    // the list covers the appointment's time, and there is no such record
	RecordSilent    RecordSight = "silent"    // there is no such record, which proves nothing: see recordSights
)

// SlotSight is what the check of an appointment's time says.
type SlotSight string

// What a check may say.
const (
	SlotUnread SlotSight = ""      // not asked, not answered, or refused for another reason
	SlotFree   SlotSight = "free"  // the appointment could be booked
	SlotTaken  SlotSight = "taken" // the time is taken, or nobody is free at it
	SlotBack   SlotSight = "back"  // free when it was looked at, and taken when the customer tried again
)

const (
	// finishedAfter is when the upstream has surely finished or dropped a request that nobody waits for any more:
	// a PHP request and the gateway before it end in a minute as a rule. Before that, what is not there may
	// still come.
	finishedAfter = 90 * time.Second
	// takenSoon is how long a time that was free right before the sending, and is taken since, speaks for the
	// customer's own booking. Later it may as well be somebody else's.
	takenSoon = 15 * time.Minute
	// giveUpAfter is when a look that has brought nothing is no longer waited for.
	giveUpAfter = 10 * time.Minute
)

// seen is all that is known of one appointment of an attempt whose outcome is not known.
type seen struct {
	Sight
	Named      bool          // the upstream's answer names its record
	Master     bool          // a certain master was chosen
	GroupEvent bool          // a place at a group event, which has no check
	Asks       bool          // the customer's records can be asked for: the customer has signed in
	After      time.Duration // from the sending to the look
	Age        time.Duration // from the sending to now
}

// judgeAppointment says what may be said of one appointment. A free time proves nothing where the record may stand with
// another master or at an event, and nothing either before the upstream has finished. A chosen master's free time
// shows that no record stands there; only "very likely not" may be said, because the salon may have moved
// the visit meanwhile.
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

// judge says what may be said of an attempt by its state and by what is known of its appointments.
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

// together is the saying of an attempt by those of its visits.
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

// seenAt is what is known of the attempt's appointments at a moment; asks says that the customer has signed in.
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

// Says is what may be said of the attempt at a moment, and of each of its appointments; asks says that the customer
// has signed in, so that another look can read the customer's records.
func (a Attempt) Says(now time.Time, asks bool) (whole Saying, each []Saying) {
	return judge(a.State, a.seenAt(now, asks))
}

// ChangeSight is what a visit says of a change whose answer did not come.
type ChangeSight string

// What a visit may say of a change.
const (
	ShownNot  ChangeSight = "not"  // it stands as if there had been no such change
	ShownDone ChangeSight = "done" // it is as the change wanted it
	ShownGone ChangeSight = "gone" // the upstream no longer has it
)

// judgeChange says how a change of a visit has ended, by how it stood before and what the visit shows, so long
// after the sending. The visit itself is what is read, so what it shows is so; only that nothing more comes is
// not, before the upstream has finished.
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
