package booking

import (
	"context"
	"slices"
	"time"

	"okoshko/internal/upstream"
	"okoshko/internal/upstream/budget"
)

// Viewer is the person who looks at an attempt. The zero Viewer has not signed in.
type Viewer struct {
	Token string // the upstream's user token
	Phone string // E.164 without the plus
}

// LookInto looks into an attempt whose outcome is not known, and sends nothing again. It reads the records of a customer
// who has signed in, because the record of the attempt carries its Mark, and it checks whether the times of the
// appointments are free. What follows from that is said by Says. An attempt in another state is returned as it is.
func (d *Desk) LookInto(ctx context.Context, id string, who Viewer) (Attempt, error) {
	a, err := d.Attempt(ctx, id)
	if err != nil || !a.worthLookingInto(d.now(), who) {
		return a, err
	}
	a.Looked = d.now()
	a, written, err := d.attempts.Amend(ctx, a, StateUnknown)
	if err != nil || !written {
		return a, err // another call looks into it now, and what was seen before is still true
	}
	a = d.sight(ctx, a, who)
	whole, each := a.Says(d.now(), who.Token != "")
	state := StateUnknown
	switch whole {
	case SayBooked, SayCancelled:
		state = StateBooked
	case SayRefused:
		state, a.Refusal = StateRefused, Refusal{Reason: ReasonNotSent}
	default:
		a.Likely = !slices.ContainsFunc(each, func(x Saying) bool { return x != SayLikely })
	}
	if a, written, err = d.attempts.Amend(ctx, a, state); err != nil {
		return Attempt{}, err
	} else if !written {
		return d.Attempt(ctx, id) // the answer of the upstream came after all
	}
	d.log.Info("booking attempt looked into", "id", requestOf(ctx), "attempt", inLog(a.ID), "form", a.Form, "company", a.Company, "state", a.State, "says", whole)
	return a, nil
}

// worthLookingInto says whether looking may tell more than is known. For a customer who has signed in it may, as long as
// nothing is proven. For anybody else it may while the times can still tell something.
func (a Attempt) worthLookingInto(now time.Time, who Viewer) bool {
	if a.State != StateUnknown || now.Sub(a.Sent) < lookAfter || now.Sub(a.Looked) < lookEvery {
		return false
	}
	if who.Token != "" {
		return true
	}
	return slices.ContainsFunc(a.seenAt(now, false), func(s seen) bool {
		return !s.Named && !s.GroupEvent && s.Record == RecordUnread && (s.Slot == SlotUnread || judgeAppointment(s) == SayChecking)
	})
}

// sight reads what can be read of each appointment whose record is not known, and notes it in the attempt. What could not
// be read is noted as not read.
func (d *Desk) sight(ctx context.Context, a Attempt, who Viewer) Attempt {
	sights, records := make([]Sight, len(a.Appointments)), make([]Record, len(a.Appointments))
	copy(records, a.Records)
	if who.Token != "" {
		list, err := d.customerRecords(budget.WithPriority(ctx, budget.P0), a.Lang, who.Token)
		if err != nil {
			d.log.Warn("own visits after an unknown attempt", "attempt", inLog(a.ID), "error", err)
		} else {
			own, found := recordSights(a, list, a.Of(who.Phone))
			for i := range sights {
				if sights[i].Record = own[i]; records[i].ID == 0 {
					records[i] = found[i]
				}
			}
		}
	}
	now := d.now()
	for i, v := range a.Appointments {
		if a.GroupEvent != 0 || records[i].ID != 0 || !v.Start.After(now) || sights[i].Record == RecordAbsent && now.Sub(a.Sent) >= finishedAfter {
			continue // there is no check of it, or a check tells nothing
		}
		refusal, _, err := d.Check(ctx, a.Lang, a.Company, []Appointment{v})
		switch {
		case err != nil:
		case refusal.None():
			sights[i].Slot = SlotFree
		case slices.Contains([]Reason{ReasonSlotTaken, ReasonNobodyFree}, refusal.Reason):
			sights[i].Slot = SlotTaken
		}
	}
	a.Sights, a.Sighted = sights, now
	if slices.ContainsFunc(records, func(r Record) bool { return r.ID != 0 }) {
		a.Records = records
	}
	return a
}

// recordSights says what the list of a customer's records tells of each appointment of an attempt, and which records
// carry the attempt's Mark; mine says that the attempt was made with this customer's phone.
//
// The salon may have moved such a record. When only one appointment and one record are left, they belong together,
// whatever the record's time is. A missing record proves something only in a list that is the right customer's, that
// covers the time of the appointment, and that has no record which could be the attempt's without its Mark.
func recordSights(a Attempt, list []upstream.Record, mine bool) ([]RecordSight, []Record) {
	sights, records := make([]RecordSight, len(a.Appointments)), make([]Record, len(a.Appointments))
	here := slices.DeleteFunc(slices.Clone(list), func(r upstream.Record) bool { return r.ID == 0 || r.Company.ID != a.Company })
	var marked, others []upstream.Record
	for _, r := range here {
		if r.APIID == a.mark() {
			marked = append(marked, r)
		} else {
			others = append(others, r)
		}
	}
	take := func(i, k int) {
		sights[i], records[i] = RecordFound, Record{ID: marked[k].ID}
		if marked[k].Deleted {
			sights[i] = RecordCancelled
		}
		marked = slices.Delete(marked, k, k+1)
	}
	var left []int
	for i, v := range a.Appointments {
		if k := slices.IndexFunc(marked, func(r upstream.Record) bool { return starts(r, v.Start) }); k >= 0 {
			take(i, k)
		} else {
			left = append(left, i)
		}
	}
	if len(left) == 1 && len(marked) == 1 {
		take(left[0], 0)
		return sights, records
	}
	for _, i := range left {
		v := a.Appointments[i]
		standing := func(r upstream.Record) bool { return !r.Deleted && starts(r, v.Start) }
		// A record that was made since, and under no other attempt's mark, could be this attempt's, moved by the salon.
		const skew = time.Minute // between the two clocks
		since := func(r upstream.Record) bool { return !r.Created.Before(a.Sent.Add(-skew)) && !isMark(r.APIID) }
		switch {
		case slices.ContainsFunc(others, standing):
			sights[i] = RecordAlike
		case mine && len(marked) == 0 && covers(list, v.Start) && !slices.ContainsFunc(others, since):
			sights[i] = RecordAbsent
		default:
			sights[i] = RecordSilent
		}
	}
	return sights, records
}

func starts(r upstream.Record, at time.Time) bool { return r.In(at.Location()).Equal(at) }

// shortestCut is the shortest length to which a list of this API is known to be cut (rest-api: "count" of the search for
// group events). Whether the list of a customer's records is ever cut is not documented.
const shortestCut = 25

// covers says whether a list of records covers a time: it is too short to have been cut, or it has records on both sides
// of the time.
func covers(list []upstream.Record, at time.Time) bool {
	if len(list) < shortestCut {
		return true
	}
	before := func(r upstream.Record) bool { return !r.In(at.Location()).After(at) }
	after := func(r upstream.Record) bool { return !r.In(at.Location()).Before(at) }
	return slices.ContainsFunc(list, before) && slices.ContainsFunc(list, after)
}
