package booking

import (
	"context"
	"strconv"
	"strings"
	"time"

	"okoshko/internal/upstream/budget"
)

const (
	// checkGood is how long a passed check stands for the next step (design: a check older than 10 s
	// is made again right before the booking).
	checkGood = 10 * time.Second
	// checkKept is how long a check's answer serves whoever asks the same.
	checkKept = 5 * time.Second
)

// Check asks whether the appointments could be booked now; the zero Refusal says so. The error is set when the upstream could not
// be asked.
func (d *Desk) Check(ctx context.Context, lang string, company int, appointments []Appointment) (Refusal, error) {
	return d.check(ctx, lang, company, appointments, always)
}

// checkAnew is Check right before a booking, for which a refusal of a moment ago is no answer.
func (d *Desk) checkAnew(ctx context.Context, lang string, company int, appointments []Appointment) (Refusal, error) {
	return d.check(ctx, lang, company, appointments, Refusal.None)
}

func (d *Desk) check(ctx context.Context, lang string, company int, appointments []Appointment, serves func(Refusal) bool) (Refusal, error) {
	ctx = budget.WithPriority(ctx, budget.P0)
	return d.checks.ask(ctx, checkName(company, appointments), company, serves, func(ctx context.Context) (Refusal, error) {
		return refusedBy(d.client.In(lang).Check(ctx, company, asUpstream(appointments)))
	})
}

// checkName is what of a check its answer depends on.
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

// changed drops what is known of visits at a company: one of them has been booked, moved or cancelled.
func (d *Desk) changed(company int) {
	d.checks.forget(company)
	d.reads.forget(company)
	d.lists.forget(everywhere)
}

// everywhere is the company of a question about the visits at all of them.
const everywhere = 0
