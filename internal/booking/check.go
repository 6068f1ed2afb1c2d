package booking

import (
	"context"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/upstream/budget"
)

const (
	// checkGood is how long a passed check is good enough to book without another one.
	checkGood = 10 * time.Second
	// checkKept is how long any answer of a check is given to others who ask the same.
	checkKept = 5 * time.Second
)

// checked is the answer of a check, and when it came.
type checked struct {
	Refusal
	at time.Time
}

// Check asks the upstream whether the appointments could be booked now, and says when it has answered. The zero Refusal says yes.
// The error is set when the upstream could not be asked.
func (d *Desk) Check(ctx context.Context, lang string, company int, appointments []Appointment) (Refusal, time.Time, error) {
	return d.check(ctx, lang, company, appointments, func(c checked) bool { return d.now().Sub(c.at) < checkKept })
}

// checkAnew is Check right before a booking. A refusal of a moment ago is no answer then, because the time may be free
// again.
func (d *Desk) checkAnew(ctx context.Context, lang string, company int, appointments []Appointment) (Refusal, error) {
	refusal, _, err := d.check(ctx, lang, company, appointments, func(c checked) bool { return c.None() })
	return refusal, err
}

// CheckAhead is Check for a customer who has the button that books before his or her eyes. Where the customer presses it while the
// check is good, the booking does not wait for another one.
func (d *Desk) CheckAhead(ctx context.Context, lang string, company int, appointments []Appointment) {
	_, _, _ = d.Check(ctx, lang, company, appointments)
}

func (d *Desk) check(ctx context.Context, lang string, company int, appointments []Appointment, serves func(checked) bool) (Refusal, time.Time, error) {
	ctx = budget.WithPriority(ctx, budget.P0)
	answer, err := d.checks.ask(ctx, checkName(company, appointments), company, serves, func(ctx context.Context) (checked, error) {
		refusal, err := refusedBy(d.client.In(lang).Check(ctx, company, asUpstream(appointments)))
		return checked{refusal, d.now()}, err
	})
	return answer.Refusal, answer.at, err
}

// checkName names a check by everything that its answer depends on.
func checkName(company int, appointments []Appointment) string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(company))
	for _, v := range appointments {
		b.WriteString("|" + strconv.Itoa(v.ID) + "," + strconv.Itoa(v.Master) + "," + v.Start.UTC().Format(time.RFC3339))
		for _, s := range v.Services {
			b.WriteString("," + strconv.Itoa(s))
		}
	}
	return b.String()
}

// changed drops the answers about visits at a company, after one of them was booked, moved or cancelled.
func (d *Desk) changed(company int) {
	d.checks.invalidate(company)
	d.reads.invalidate(company)
	d.lists.invalidate(everywhere)
}

// everywhere is the company of a call about the visits at all companies.
const everywhere = 0
