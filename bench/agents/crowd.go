package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"text/tabwriter"
	"time"

	"okoshko/bench/rig"
	"okoshko/bench/shop"
	"okoshko/internal/agents"
	"okoshko/internal/app"
	"okoshko/internal/clock"
	"okoshko/internal/config"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// By the scaled clock.
const (
	shopperRate = 150.0
	agentRate   = 1000.0
	opening     = 4 * time.Minute
	crowdWarm   = time.Minute
	crowdLasts  = 2 * time.Minute
	// heldWithin is what p95 of shoppers' pages may be, as in bench/rush, and slower by what part it may become by the assistants.
	heldWithin = 450 * time.Millisecond
	perMinute  = 200
)

// crowdRow is what shoppers have met, with assistants beside them or without.
type crowdRow struct {
	name string
	shop.Report
	agents  agentReport
	calls   int
	peak    sandbox.Peak
	refused int
}

func (r crowdRow) held() bool {
	return r.Percentile(.95) <= heldWithin && r.Errors == 0 && r.refused == 0 && r.Lost*50 <= max(r.Tried, 1)
}

// callsSince counts the API's calls since a moment. The log of calls is bounded, so that its length alone says nothing.
func callsSince(box *sandbox.Sandbox, began time.Time) (n int) {
	for _, call := range box.Calls() {
		if !call.Time.Before(began) {
			n++
		}
	}
	return n
}

// doorSettings open the door to all salons of the town, for assistants whose addresses a proxy says.
func doorSettings() []string {
	var forms []int
	for i := range rig.Town().Salons {
		forms = append(forms, i+1)
	}
	return []string{"OKOSHKO_SERVER_TRUSTED_PROXIES=127.0.0.1", "OKOSHKO_AGENTS_MCP=on", "OKOSHKO_AGENTS_FORMS=" + joined(forms)}
}

// playCrowd lets shoppers come for three spells to one process of the widget: alone, with assistants beside them, and alone again.
func playCrowd(ctx context.Context, out io.Writer, speed float64) error {
	passed := clock.Stopwatch()
	now := func() time.Time { return testclock.Start().Add(time.Duration(float64(passed()) * speed)) }
	box, err := sandbox.New(sandbox.Options{Town: rig.Town(), Now: now, Delay: sandbox.Street.Faster(speed)})
	if err != nil {
		return err
	}
	api, stop, err := box.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = stop(context.WithoutCancel(ctx)) }()
	dir, err := os.MkdirTemp("", "okoshko-agents-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	environ := append(rig.Settings(api, rig.Crowded()...), fmt.Sprintf("OKOSHKO_UPSTREAM_PER_MINUTE=%d", perMinute),
		"OKOSHKO_STORE_PATH="+filepath.Join(dir, "crowd.db"), "OKOSHKO_SESSION_LIFETIME=24h")
	cfg, err := config.Load(filepath.Join(dir, "none.ini"), false, append(environ, doorSettings()...))
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil)) //nolint:sloglint // written as in production, to where nobody reads it
	//nolint:contextcheck // what it starts ends with Close
	widget, err := app.StartAt(cfg, log, now, speed)
	if err != nil {
		return err
	}
	defer func() { _ = widget.Close() }()
	fmt.Fprintf(out, "%.0f shoppers a minute at %d salons, %.0f assistants a minute beside them in the second spell; each clock %.0f times as fast\n\n", shopperRate, rig.Town().Salons, agentRate, speed)
	shoppers := func(seed uint64) shop.Options {
		return shop.Options{URL: widget.URL, Salons: rig.Town().Salons, Rate: shopperRate, Speed: speed, Seed: seed, Code: rig.CodeOf(box), Free: rig.Free(box)}
	}
	var desks rig.Desks
	working, rest := context.WithCancel(ctx)
	defer rest()
	go desks.Work(working, box, rig.Town().Salons, speed, 1)
	shop.Run(ctx, shoppers(0), opening, 0)
	var rows []crowdRow
	for i, name := range []string{"without", "with assistants", "without again"} {
		row := crowdRow{name: name}
		refused := box.Peak().Refused
		spell, enough := context.WithCancel(ctx)
		var beside sync.WaitGroup
		if i == 1 {
			beside.Go(func() {
				base := &http.Transport{MaxIdleConnsPerHost: 256}
				defer base.CloseIdleConnections()
				row.agents = swarm(spell, base, widget.URL, agentRate, speed)
			})
		}
		began := now()
		row.Report = shop.Run(ctx, shoppers(uint64(i)+1), crowdWarm, crowdLasts)
		took := now().Sub(began)
		enough()
		beside.Wait()
		row.calls = int(float64(callsSince(box, began)) / took.Minutes())
		row.refused = box.Peak().Refused - refused
		row.peak = box.Peak()
		rows = append(rows, row)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return report(out, rows)
}

func report(out io.Writer, rows []crowdRow) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "spell\tshoppers\tp50 ms\tp95\tp99\theld\tlooking\terrors\tlost times\tbooked\tcalls/min\trefused\t")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%v\t%d\t%d\t%d/%d\t%d\t%d\t%d\t\n", r.name, r.Shoppers, r.Percentile(.5).Milliseconds(), r.Percentile(.95).Milliseconds(),
			r.Percentile(.99).Milliseconds(), r.held(), r.Looking, r.Errors, r.Lost, r.Tried, r.Booked, r.calls, r.refused)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	var alone time.Duration
	for i, r := range rows {
		if i != 1 {
			alone += r.Percentile(.95) / time.Duration(len(rows)-1)
		}
	}
	beside, a := rows[1].Percentile(.95), rows[1].agents
	fmt.Fprintf(out, "\nshoppers' p95 with assistants is %.2f of that without; goal: held (p95 ≤ %d ms, no error, no refused call)\n",
		float64(beside)/float64(max(alone, 1)), heldWithin.Milliseconds())
	fmt.Fprintf(out, "of %d assistants %d got a link, %d heard that nothing is free, %d were asked to come back later, %d failed; a tool answered in %d ms (p95 %d)\n\n",
		a.came, a.linked, a.none, a.advised, len(a.failed), shop.Percentile(a.took, .5).Milliseconds(), shop.Percentile(a.took, .95).Milliseconds())
	for _, line := range a.failed[:min(len(a.failed), 3)] {
		fmt.Fprintln(out, "failed:", line)
	}
	if !rows[1].held() || a.came == 0 || a.linked == 0 || len(a.failed) > 0 {
		return errMissed
	}
	return nil
}

// agentReport is what assistants have met.
type agentReport struct {
	came, linked, none, advised int
	failed                      []string
	took                        []time.Duration // of a tool
}

// swarm lets so many assistants a minute come at random until a context ends. Each one comes from an address of its own.
func swarm(ctx context.Context, base http.RoundTripper, widget string, rate, speed float64) agentReport {
	var (
		mu  sync.Mutex
		sum agentReport
		wg  sync.WaitGroup
	)
	luck := rand.New(rand.NewPCG(9, 9)) //nolint:gosec // a load, not a secret
	pause := func(d time.Duration) { clock.Pause(ctx, time.Duration(float64(d)/speed)) }
	for n := 0; ctx.Err() == nil; n++ {
		pause(time.Duration(-math.Log(1-luck.Float64()) / rate * float64(time.Minute)))
		wg.Go(func() {
			one := rand.New(rand.NewPCG(9, uint64(n))) //nolint:gosec // a load, not a secret
			linked, took, err := errand(ctx, base, widget, address(n), one, func() { pause(time.Duration(1+one.IntN(3)) * time.Second) }, speed)
			if ctx.Err() != nil {
				return // the spell is over
			}
			mu.Lock()
			defer mu.Unlock()
			sum.came++
			sum.took = append(sum.took, took...)
			switch {
			case err == nil && linked:
				sum.linked++
			case err == nil || errors.Is(err, errNone):
				sum.none++
			case errors.As(err, new(advice)):
				sum.advised++
			default:
				sum.failed = append(sum.failed, err.Error())
			}
		})
	}
	wg.Wait()
	return sum
}

// errand is one assistant's way from the list of salons to a link, with a pause in which it thinks before each tool.
func errand(ctx context.Context, base http.RoundTripper, widget, from string, luck *rand.Rand, think func(), speed float64) (linked bool, took []time.Duration, err error) {
	lang := []string{"ru", "en"}[luck.IntN(2)]
	a, err := connect(ctx, base, widget, lang, from)
	if err != nil {
		return false, nil, err
	}
	defer a.close()
	timed := func(do func() error) bool {
		think()
		passed := clock.Stopwatch()
		err = do()
		took = append(took, time.Duration(float64(passed())*speed))
		return err == nil
	}
	var salons agents.Salons
	if !timed(func() (err error) {
		salons, err = call[agents.Salons](ctx, a, "find_salon", agents.SalonQuery{})
		return err
	}) {
		return false, took, err
	}
	if len(salons.Salons) == 0 {
		return false, took, errNone
	}
	at := salons.Salons[rig.Zipf(luck, len(salons.Salons))]
	var services agents.Services
	if !timed(func() (err error) {
		services, err = call[agents.Services](ctx, a, "find_services", agents.ServiceQuery{Form: at.Form})
		return err
	}) {
		return false, took, err
	}
	if len(services.Services) == 0 {
		return false, took, errNone
	}
	ids := []int{services.Services[rig.Zipf(luck, len(services.Services))].ID}
	var times agents.Times
	from = []string{"", "завтра", "tomorrow", "saturday", "в пятницу", "next week"}[luck.IntN(6)]
	part := []string{"", "", "после 17", "morning"}[luck.IntN(4)]
	if !timed(func() (err error) {
		times, err = call[agents.Times](ctx, a, "find_times", agents.TimeQuery{Form: at.Form, Services: ids, From: from, Part: part})
		return err
	}) {
		return false, took, err
	}
	if len(times.Times) == 0 {
		return false, took, errNone
	}
	time := times.Times[luck.IntN(len(times.Times))]
	ok := timed(func() (err error) {
		_, err = call[agents.Visit](ctx, a, "visit_link", agents.VisitQuery{Form: at.Form, Services: ids, Master: time.Master, Start: time.Start})
		return err
	})
	return ok, took, err
}
