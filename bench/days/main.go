// Days runs the tests that live by a handed clock at many instants: at the ends of months of every length and of a
// year, where clocks change, where the salon's day is another than the server's, and at random. It prints a table and
// fails when a test fails anywhere.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"okoshko/internal/clock"
	"okoshko/internal/testclock"
)

// instant is a moment at which the tests begin.
type instant struct {
	what string
	at   string // RFC 3339, or "real"
	zone string // of the machine, an IANA name
	few  bool   // one of those that every change is tried at
}

func instants() []instant {
	const utc = "UTC"
	return []instant{
		{"the real now", "real", utc, true},
		{"last days of a month of 28", "2027-02-27T10:00:00+03:00", utc, false},
		{"last day of a month of 28", "2027-02-28T15:00:00+03:00", utc, true},
		{"first day after it, a Monday", "2027-03-01T08:00:00+03:00", utc, false},
		{"second day after it", "2027-03-02T12:00:00+03:00", utc, false},
		{"28th of a month of 29", "2028-02-28T10:00:00+03:00", utc, false},
		{"last day of a month of 29", "2028-02-29T18:30:00+03:00", utc, false},
		{"first day after it", "2028-03-01T10:00:00+03:00", utc, false},
		{"28th of a month of 30", "2026-11-28T10:00:00+03:00", utc, false},
		{"29th of a month of 30, a Sunday", "2026-11-29T17:00:00+03:00", utc, false},
		{"last day of a month of 30", "2026-11-30T20:50:00+03:00", utc, false},
		{"first day after it", "2026-12-01T10:00:00+03:00", utc, false},
		{"30th of a month of 31", "2026-10-30T10:00:00+03:00", utc, false},
		{"last day of a month of 31, a Saturday", "2026-10-31T12:00:00+03:00", utc, false},
		{"ISO week 53", "2026-12-30T11:00:00+03:00", utc, false},
		{"the year's last minutes", "2026-12-31T23:50:00+03:00", utc, true},
		{"the year's first minutes, every salon closed for a week", "2027-01-01T00:05:00+03:00", utc, true},
		{"clocks in Riga go forward", "2027-03-28T02:30:00+02:00", "Europe/Riga", false},
		{"clocks in Riga go back", "2027-10-31T02:30:00+03:00", "Europe/Riga", false},
		{"clocks in Adelaide go forward", "2026-10-04T01:30:00+09:30", "Australia/Adelaide", false},
		{"clocks in Adelaide go back", "2027-04-04T02:10:00+10:30", "Australia/Adelaide", false},
		{"a zone of half hours", "2027-06-15T00:30:00+05:30", "Asia/Kolkata", false},
		{"00:30 at the salon, yesterday at the server", "2026-10-15T00:30:00+03:00", utc, false},
		{"23:50 at the salon, tomorrow at the server", "2026-10-14T23:50:00+03:00", "Asia/Tokyo", false},
		{"a Monday's morning", "2026-10-12T07:00:00+03:00", utc, false},
		{"a Sunday's evening", "2026-10-18T21:30:00+03:00", utc, false},
	}
}

// randoms are moments of ten years, in zones of the machine's from all over the world.
func randoms(seed uint64, n int) []instant {
	rng := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a choice, not a secret
	from := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	zones := []string{"UTC", "Europe/Moscow", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kathmandu"}
	out := make([]instant, n)
	for i := range out {
		at := from.Add(time.Duration(rng.IntN(10*365*24*60)) * time.Minute)
		out[i] = instant{what: fmt.Sprintf("random %d", i+1), at: at.Format(time.RFC3339), zone: zones[rng.IntN(len(zones))]}
	}
	return out
}

func main() {
	few := flag.Bool("few", false, "only the four instants that every change is tried at")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "what the random instants are made from") //nolint:forbidigo // another one each time
	only := flag.String("only", "", "only the instants whose description and time match this regular `expression`")
	flag.Parse()
	which, err := regexp.Compile(*only)
	ok := false
	if err == nil {
		ok, err = run(context.Background(), os.Stdout, *few, *seed, which)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "days:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, few bool, seed uint64, only *regexp.Regexp) (ok bool, err error) {
	all := instants()
	if !few {
		all = append(all, randoms(seed, 8)...)
		fmt.Fprintf(out, "random instants of seed %d\n", seed)
	}
	all = slices.DeleteFunc(all, func(i instant) bool {
		return few && !i.few || !only.MatchString(i.what+" "+i.at)
	})
	dir, err := os.MkdirTemp("", "okoshko-days-")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	tests, err := build(ctx, dir)
	if err != nil {
		return false, err
	}
	passed := 0
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "instant\tmachine's zone\t\tresult\tseconds")
	for _, i := range all {
		took := clock.Stopwatch()
		failed, output := try(ctx, i, tests)
		result := "ok"
		if len(failed) > 0 {
			result = "FAILED " + strings.Join(failed[:min(len(failed), 5)], " ")
			if more := len(failed) - 5; more > 0 {
				result += fmt.Sprintf(" and %d more", more)
			}
			fmt.Fprintf(out, "%s, %s:\n%s\n", i.what, i.at, output)
		} else {
			passed++
		}
		fmt.Fprintf(out, "%s: %s, %.0f s\n", i.at, result, took().Seconds())
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%.0f\n", i.at, i.zone, i.what, result, took().Seconds())
	}
	if err := table.Flush(); err != nil {
		return false, err
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", passed, len(all)-passed)
	return passed == len(all) && passed > 0, nil
}

// test is a package's tests as a program, which runs in the package's folder.
type test struct{ binary, dir string }

// build makes the tests of the packages that live by a handed clock. The others see no time at all.
func build(ctx context.Context, to string) ([]test, error) {
	list := exec.CommandContext(ctx, "go", "list", "-f", `{{.ImportPath}} {{.Dir}} {{.TestImports}} {{.XTestImports}}`, "./internal/...")
	text, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var out []test
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(strings.NewReplacer("[", " ", "]", " ").Replace(line))
		if words[0] == "okoshko/internal/testclock" || !slices.Contains(words, "okoshko/internal/testclock") {
			continue
		}
		t := test{filepath.Join(to, strings.ReplaceAll(words[0], "/", "_")+".test"), words[1]}
		if text, err := exec.CommandContext(ctx, "go", "test", "-c", "-o", t.binary, words[0]).CombinedOutput(); err != nil { //nolint:gosec // this repository
			return nil, fmt.Errorf("%s: %w: %s", words[0], err, text)
		}
		out = append(out, t)
	}
	return out, nil
}

var failure = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)

// try runs all tests at an instant, in an order of its own, two programs at a time, and names those that failed.
func try(ctx context.Context, i instant, tests []test) (failed []string, output string) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var all bytes.Buffer
	turn := make(chan struct{}, 2)
	for _, t := range tests {
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			cmd := exec.CommandContext(ctx, t.binary, "-test.timeout=10m", "-test.shuffle=on", "-test.parallel=4", "-test.skip=^(TestChaos|TestR07KilledAtEveryPoint)$") //nolint:gosec // this repository
			cmd.Dir = t.dir
			cmd.Env = append(os.Environ(), testclock.Env+"="+i.at, "TZ="+i.zone) //nolint:forbidigo // the child's PATH and HOME
			text, err := cmd.CombinedOutput()
			if err == nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			names := failure.FindAllStringSubmatch(string(text), -1)
			for _, n := range names {
				failed = append(failed, n[1])
			}
			if len(names) == 0 {
				failed = append(failed, filepath.Base(t.binary))
			}
			all.Write(text)
		})
	}
	wg.Wait()
	return failed, all.String()
}
