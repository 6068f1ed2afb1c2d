// Pages measures how many pages a second the widget sends, against a bare Fiber route in the same
// process and the same run, how soon after its start the first page comes, and how much memory it
// holds after a hundred thousand pages. "make bench" runs it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"okoshko/bench/rig"
	"okoshko/internal/clock"
	"okoshko/internal/sandbox"
	"okoshko/internal/testclock"
	"okoshko/internal/urls"
)

func main() {
	run := bench
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		run = func(io.Writer) error { return serve() }
	}
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

const (
	// Short rounds, many of them: what else the machine does then hits all rows of a round alike.
	rounds   = 25
	roundFor = 400 * time.Millisecond
	warmFor  = 500 * time.Millisecond
)

// scene is one row of the table.
type scene struct {
	name, encoding string
	bare           bool
	path           string
	fresh          bool // every request has an address of its own, so that its page is drawn
}

func bench(out io.Writer) error {
	child, at, err := startChild()
	if err != nil {
		return err
	}
	defer child()
	service, datetime, err := findPages(at.Widget)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "service step: %d services; datetime step: %d slots; %d connections, %d alternating rounds of %v\n\n",
		service.things, datetime.things, connections, rounds, roundFor)
	scenes := []scene{
		{name: "bare Fiber route", encoding: "identity", bare: true, path: "/"},
		{name: "bare route, a page's bytes", encoding: "br", bare: true, path: "/page"},
		{name: "service step, kept", encoding: "identity", path: service.path},
		{name: "service step, kept", encoding: "br", path: service.path},
		{name: "datetime step, kept", encoding: "identity", path: datetime.path},
		{name: "datetime step, kept", encoding: "br", path: datetime.path},
		{name: "service step, drawn", encoding: "identity", path: service.path, fresh: true},
		{name: "service step, drawn", encoding: "br", path: service.path, fresh: true},
		{name: "datetime step, drawn", encoding: "identity", path: datetime.path, fresh: true},
		{name: "datetime step, drawn", encoding: "br", path: datetime.path, fresh: true},
	}
	results, err := measure(at, scenes)
	if err != nil {
		return err
	}
	table(out, scenes, results)
	return realProgram(out)
}

// measure runs all scenes in every round, so that a noisy moment hits all of them.
func measure(at places, scenes []scene) ([][]result, error) {
	results := make([][]result, len(scenes))
	for round := range rounds + 1 {
		for i, s := range scenes {
			address, long := at.Widget, roundFor
			if s.bare {
				address = at.Bare
			}
			if round == 0 {
				long = warmFor
			}
			target := func(_, _ int) string { return s.path }
			if s.fresh {
				target = func(conn, n int) string { return fmt.Sprintf("%s&n=%d.%d.%d.%d", s.path, round, i, conn, n) }
			}
			before, err := askSpent(at.Control)
			if err != nil {
				return nil, err
			}
			r, err := load(address, s.encoding, target, long)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", s.name, s.encoding, err)
			}
			after, err := askSpent(at.Control)
			if err != nil {
				return nil, err
			}
			r.allocs = float64(after.Mallocs-before.Mallocs) / float64(r.pages)
			r.cpu = (after.CPU - before.CPU) / time.Duration(r.pages)
			if round > 0 {
				results[i] = append(results[i], r)
			}
		}
	}
	return results, nil
}

func table(out io.Writer, scenes []scene, results [][]result) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tas\tbytes\treq/s\tof bare\tp99 ms\tallocs\tCPU µs\t")
	for i, s := range scenes {
		var rate, ratio, p99, allocs, cpu []float64
		for k, r := range results[i] {
			rate, ratio = append(rate, r.rate), append(ratio, r.rate/results[0][k].rate)
			p99, allocs = append(p99, float64(r.p99.Microseconds())/1000), append(allocs, r.allocs)
			cpu = append(cpu, float64(r.cpu.Nanoseconds())/1000)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%.0f\t%.3f\t%.1f\t%.0f\t%.1f\t\n", s.name, s.encoding, results[i][0].bodySize,
			median(rate), median(ratio), median(p99), median(allocs), median(cpu))
	}
	_ = w.Flush()
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// startChild runs this program again as the server and reads where it listens.
func startChild() (stop func(), at places, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, at, err
	}
	cmd := exec.CommandContext(context.Background(), self, "serve") //nolint:gosec // itself
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, at, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, at, err
	}
	if err := cmd.Start(); err != nil {
		return nil, at, err
	}
	stop = func() {
		_ = in.Close()
		_ = cmd.Wait()
	}
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		stop()
		return nil, at, fmt.Errorf("the serving process: %w", err)
	}
	return stop, at, nil
}

var asker = &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func ask(url string) (body string, err error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	resp, err := asker.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: status %d", url, resp.StatusCode)
	}
	return string(b), nil
}

func askSpent(control string) (s spent, err error) {
	body, err := ask("http://" + control + "/")
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(body), &s)
}

// found is a page to measure and how many things stand on it.
type found struct {
	path   string
	things int
}

var (
	aService = regexp.MustCompile(`data-service="(\d+)"`)
	aDay     = regexp.MustCompile(`<a [^>]*data-date="([0-9-]+)"`)
	aSlot    = regexp.MustCompile(`data-slot="`)
)

// findPages looks for the day on which most times are free with any master.
func findPages(address string) (service, datetime found, err error) {
	service.path = urls.FormPage(1, urls.Service) + "?lang=ru"
	body, err := ask("http://" + address + service.path)
	if err != nil {
		return service, datetime, err
	}
	ids := aService.FindAllStringSubmatch(body, -1)
	service.things = len(ids)
	for _, id := range ids {
		path := urls.FormPage(1, urls.Datetime) + "?lang=ru&services=" + id[1] + "&master=0"
		body, err := ask("http://" + address + path)
		if err != nil {
			continue
		}
		for _, day := range aDay.FindAllStringSubmatch(body, 4) {
			dated := path + "&date=" + day[1]
			if body, err = ask("http://" + address + dated); err != nil {
				continue
			}
			if n := len(aSlot.FindAllString(body, -1)); near(n) < near(datetime.things) {
				datetime = found{dated, n}
			}
		}
		if datetime.things == wantSlots {
			break
		}
	}
	if service.things == 0 || datetime.things == 0 {
		err = errors.New("the sandbox has no page to measure")
	}
	return service, datetime, err
}

// wantSlots is the day that the goal speaks of.
const wantSlots = 48

// near is how far a day is from the wanted one; fewer times than wanted do not count.
func near(slots int) int {
	if slots < wantSlots {
		return 1000 - slots
	}
	return slots - wantSlots
}

func hostOf(url string) string { return strings.TrimPrefix(url, "http://") }

const (
	starts    = 5
	manyPages = 100_000
)

// realProgram builds the program and measures what only the whole of it has: its start and its memory.
func realProgram(out io.Writer) error {
	dir, err := os.MkdirTemp("", "okoshko-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary, err := rig.Build(context.Background(), dir)
	if err != nil {
		return err
	}
	live := testclock.Running()
	box, err := sandbox.New(sandbox.Options{Town: town(), NoLimits: true, Now: live.Now})
	if err != nil {
		return err
	}
	api, _, err := box.Start(context.Background(), "127.0.0.1:0")
	if err != nil {
		return err
	}
	var took []float64
	for i := range starts {
		program, first, err := startProgram(live, binary, api, filepath.Join(dir, strconv.Itoa(i)))
		if err != nil {
			return err
		}
		took = append(took, float64(first.Microseconds())/1000)
		if err := program.Stop(); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\nfrom the start of the program to the first page, %d starts: median %.0f ms, most %.0f ms\n", starts, median(took), slices.Max(took))
	program, _, err := startProgram(live, binary, api, filepath.Join(dir, "many"))
	if err != nil {
		return err
	}
	defer program.Kill()
	if err := visitMany(hostOf(program.URL)); err != nil {
		return err
	}
	rss, err := residentMB(program.PID())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "memory after %d pages, every tenth of them drawn: %.0f MB resident\n", manyPages, rss)
	return program.Stop()
}

// startProgram starts the program and says how long it took to its first page.
func startProgram(live *testclock.Clock, binary, api, dir string) (*rig.Process, time.Duration, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, 0, err
	}
	passed := clock.Stopwatch()
	program, err := rig.Start(context.Background(), binary, dir, live.Now(), settings(api, dir), nil)
	if err != nil {
		return nil, 0, err
	}
	if _, err := ask(program.URL + urls.FormPage(1, urls.Service) + "?lang=ru"); err != nil {
		program.Kill()
		return nil, 0, err
	}
	return program, passed(), nil
}

// visitMany reads pages of all kinds, in both languages, over some connections.
func visitMany(address string) error {
	service, datetime, err := findPages(address)
	if err != nil {
		return err
	}
	kinds := []string{
		service.path, strings.Replace(service.path, "lang=ru", "lang=en", 1), datetime.path,
		strings.Replace(datetime.path, "lang=ru", "lang=en", 1), strings.Replace(strings.Split(datetime.path, "&master")[0], "/datetime", "/master", 1),
	}
	in := make([]byte, 128<<10)
	for left := manyPages; left > 0; {
		conn, err := net.Dial("tcp", address) //nolint:noctx // loopback
		if err != nil {
			return err
		}
		for range min(left, 1000) {
			path := kinds[left%len(kinds)]
			if left%10 == 0 {
				path += "&n=" + strconv.Itoa(left)
			}
			fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: br\r\n\r\n", path, address)
			if _, err := readAnswer(conn, in, "br"); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			left--
		}
		_ = conn.Close()
	}
	return nil
}

func residentMB(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kb) / 1024, err
		}
	}
	return 0, errors.New("no VmRSS")
}
