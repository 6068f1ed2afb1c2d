package main

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"okoshko/bench/rig"
	"okoshko/bench/shop"
	"okoshko/internal/clock"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
)

// The limits of the upstream, as rest-api states them in "Ограничения API".
const (
	apiSecond = 5
	apiMinute = 200
)

const (
	people   = 20
	salons   = 2                // the second confirms phones by a text message
	headway  = 4 * time.Second  // that the attack has before the first of the people comes
	arrivals = 36 * time.Second // in which all of them come
	haste    = 4                // how many times as fast as in the other benches they think
	longest  = 80 * time.Second // that a scene takes
)

// scene is a way to keep people out; attack goes on until its context ends.
type scene struct {
	name, what string
	attack     func(ctx context.Context, a *attackers)
}

func scenes() []scene {
	return []scene{
		{"control", "nobody attacks", nil},
		{"a10", "7 GETs a second of one contact page with a basket, and of one whose visits overlap, from 10 addresses", flood(10)},
		{"a50", "the same from 50 addresses", flood(50)},
		{"b-polite", "a crawler of 50 addresses follows links, 10 pages a second, and obeys robots.txt and nofollow", crawl(true)},
		{"b-rude", "the same, and it obeys nothing", crawl(false)},
		{"c", "1,300 connections from one address, each asking for a page or sending a form, and again a second after the answer", connect},
		{"d", "20,000 addresses of one IPv6 /48, one after the other; half look at pages, half ask for a code", neighbours},
		{"e", "1,265 contact forms a second from one address with one token, each with a new phone", write},
	}
}

func head() string {
	return fmt.Sprintf(`%d people come in %v and book, %s; the API takes %v for an answer (p95 %v) and allows %d calls a second and %d a minute;
one process with the default limits, GOMEMLIMIT=%s; %d cores for everything%s

`, people, arrivals, "half of them by a code, 12 from one address of a carrier", sandbox.Street.Median, sandbox.Street.P95, apiSecond, apiMinute, memoryLimit, cores(), load())
}

// memoryLimit is the one of deploy/.
const memoryLimit = "200MiB"

// crowd are the people: every other one books where a code is asked for, three of five sit behind one address of a
// carrier, and the others have addresses of their own, of both kinds.
func crowd() []shop.Buyer {
	var out []shop.Buyer
	for i := range people {
		from := "203.0.113.200"
		switch i % 5 {
		case 3:
			from = fmt.Sprintf("198.51.%d.7", 100+i)
		case 4:
			from = fmt.Sprintf("3fff:0:%x::7", 0x100+i)
		}
		out = append(out, shop.Buyer{
			Salon: 1 + i%salons, Phone: fmt.Sprintf("7916555%04d", 100+i), From: from,
			After: headway + time.Duration(i)*arrivals/people,
		})
	}
	return out
}

// stage is what the scenes share.
type stage struct {
	binary, dir string
	log         *os.File
	admin       string
}

// outcome is one row.
type outcome struct {
	scene
	report        shop.Report
	took          time.Duration
	booked        int      // people who were told so, and whose visit stands at the upstream
	untrue        []string // what pages said that is not so
	memory        int64    // bytes resident at most
	cpu           time.Duration
	before, after int64 // bytes of the store
	calls         int
	asked         map[string]int // calls by endpoint
	peak          sandbox.Peak
	alive         bool // the program still ran at the end
	attack        string
}

// story says what a scene was and what became of those who did not book.
func (r outcome) story() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s (%.0f s): %s\n", r.name, r.took.Seconds(), r.what)
	if r.attack != "" {
		fmt.Fprintf(&out, "  attack: %s\n", r.attack)
	}
	fmt.Fprintf(&out, "  people: %d pages, %d looked again, %d pressed again, %d lost times, %d taken meanwhile, %d unsure", len(r.report.Pages), r.report.Looking, r.report.Again,
		r.report.Lost, r.report.Taken, r.report.Unsure)
	if r.report.Errors > 0 {
		fmt.Fprintf(&out, ", error pages %v", r.report.Kinds)
	}
	out.WriteString("\n  calls:")
	for _, name := range slices.Sorted(maps.Keys(r.asked)) {
		fmt.Fprintf(&out, " %s %d", name, r.asked[name])
	}
	for _, why := range slices.Sorted(maps.Keys(r.report.Reasons)) {
		fmt.Fprintf(&out, "\n  %d left: %s", r.report.Reasons[why], why)
	}
	for _, lie := range r.untrue {
		fmt.Fprintf(&out, "\n  not so: %s", lie)
	}
	return out.String()
}

// play runs one scene with an upstream, a store and a process of its own.
func play(ctx context.Context, s scene, on stage) (outcome, error) {
	now := testclock.Running()
	town := rig.Town()
	town.Salons = salons
	box, err := sandbox.New(sandbox.Options{Town: town, Now: now.Now, PerSecond: apiSecond, PerMinute: apiMinute, Delay: sandbox.Street})
	if err != nil {
		return outcome{}, err
	}
	api, stop, err := box.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return outcome{}, err
	}
	defer func() { _ = stop(context.WithoutCancel(ctx)) }()
	kept, err := os.MkdirTemp(on.dir, "store-")
	if err != nil {
		return outcome{}, err
	}
	process, err := rig.Start(ctx, on.binary, on.dir, now.Now(), rig.Settings(api, "OKOSHKO_SERVER_TRUSTED_PROXIES=127.0.0.1",
		"OKOSHKO_STORE_PATH="+filepath.Join(kept, "okoshko.db"), "OKOSHKO_ADMIN_LISTEN="+on.admin, "GOMEMLIMIT="+memoryLimit), on.log)
	if err != nil {
		return outcome{}, err
	}
	defer process.Kill()
	r := outcome{scene: s}
	a, err := scout(ctx, process.URL)
	if err != nil {
		return outcome{}, err
	}
	defer a.net.Close()
	if r.before, err = size(kept); err != nil {
		return outcome{}, err
	}
	passed := clock.Stopwatch()
	var attack sync.WaitGroup
	attacking, enough := context.WithCancel(ctx)
	defer enough()
	if s.attack != nil {
		attack.Go(func() { s.attack(attacking, a) })
	}
	patience, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	r.report = shop.Serve(patience, shop.Options{URL: process.URL, Speed: 1, Seed: 16, Code: rig.CodeOf(box)}, crowd(), haste)
	enough()
	attack.Wait()
	if ctx.Err() != nil {
		return outcome{}, ctx.Err()
	}
	r.took, r.attack, r.alive = passed(), a.tally.String(), process.Alive()
	if r.memory, r.cpu, err = usage(process.PID()); err != nil && r.alive {
		return outcome{}, err
	}
	if r.after, err = size(kept); err != nil {
		return outcome{}, err
	}
	r.count(box)
	return r, nil
}

// count compares what people were told with what stands at the upstream.
func (r *outcome) count(box *sandbox.Sandbox) {
	r.asked, r.peak = map[string]int{}, box.Peak()
	for _, c := range box.Calls() {
		if c.Pattern != "" { // the limits let it through
			name, _, _ := strings.Cut(strings.TrimPrefix(c.Pattern, "/"), "/")
			r.asked[c.Method+" "+name]++
			r.calls++
		}
	}
	visits := map[string]int{}
	for _, record := range box.Booked() {
		if !record.Deleted && record.APIID != "" {
			visits[record.Phone]++
		}
	}
	for _, b := range crowd() {
		told, n := r.report.Told[b.Phone], visits[b.Phone]
		switch {
		case told && n == 0:
			r.untrue = append(r.untrue, "told of a visit that nobody booked")
		case n > 1:
			r.untrue = append(r.untrue, fmt.Sprintf("%d visits booked for one person", n))
		case told:
			r.booked++
		case n == 1:
			r.untrue = append(r.untrue, "a visit was booked and its owner not told")
		}
	}
}

// size is how many bytes the files of a folder hold.
func size(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}
