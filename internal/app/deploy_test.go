package app

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"okoshko/internal/config"
)

const deploy = "../../deploy"

var (
	usedMetric = regexp.MustCompile(`\b(okoshko_[a-z_]+)(?:\{([^}]*)\})?`)
	usedLabel  = regexp.MustCompile(`([a-z]+)(?:=~|!~|!=|=)`)
	grouped    = regexp.MustCompile(`by \(([a-z, ]+)\) \((?:rate|increase)\((okoshko_[a-z_]+)`)
	usedOption = regexp.MustCompile(`\bOKOSHKO_[A-Z0-9_]+`)
)

// TestDashboardAndAlertsNameWhatThereIs looks every metric and label of theirs up in what the program says.
func TestDashboardAndAlertsNameWhatThereIs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.app.Metrics // everything once, so that it is there to be seen
	m.Request("/", 200, time.Second)
	m.Step(1, "done")
	m.Call("book_record", "ok", time.Second)
	m.Wait("P1", "granted", time.Second)
	m.Lookup("form", "fresh")
	m.Attempt("booked")
	m.Change("cancel", "done")
	m.Code("sent")
	m.Limit("sms-phone")
	m.MissingText("en")
	m.Told("email", "sent")
	told := r.counted()
	has := func(metric, label string) bool {
		return regexp.MustCompile(`(?m)^` + metric + `\{[^}]*\b` + label + `="`).MatchString(told)
	}
	seen := 0
	for _, name := range []string{"grafana.json", "alerts.yaml", "objectives.yaml"} {
		raw, err := os.ReadFile(filepath.Join(deploy, name))
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		if strings.HasSuffix(name, ".json") {
			if !json.Valid(raw) {
				t.Errorf("%s is no JSON", name)
			}
			text = strings.ReplaceAll(text, `\"`, `"`)
		}
		for _, use := range usedMetric.FindAllStringSubmatch(text, -1) {
			seen++
			if !regexp.MustCompile(`(?m)^` + use[1] + `[{ ]`).MatchString(told) {
				t.Errorf("%s uses %s, which there is not", name, use[1])
			}
			for _, label := range usedLabel.FindAllStringSubmatch(use[2], -1) {
				if !has(use[1], label[1]) {
					t.Errorf("%s: %s has no label %s", name, use[1], label[1])
				}
			}
		}
		for _, group := range grouped.FindAllStringSubmatch(text, -1) {
			for label := range strings.SplitSeq(group[1], ", ") {
				if !has(group[2], label) {
					t.Errorf("%s: %s has no label %s to group by", name, group[2], label)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d uses were found: the patterns see nothing", seen)
	}
}

// TestTheProxyForgivesBeforeTheNextProcessEnds: processes are restarted one right after the other. One that was away must be asked again
// before the next one closes its door. The proxy counts in whole seconds, so that its pause may be a second longer.
func TestTheProxyForgivesBeforeTheNextProcessEnds(t *testing.T) {
	t.Parallel()
	read := func(name, pattern string) (all []time.Duration) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(deploy, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
			d, err := time.ParseDuration(m[1])
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, d)
		}
		if len(all) == 0 {
			t.Fatalf("%s has no %s", name, pattern)
		}
		return all
	}
	drain := slices.Min(read("compose.yaml", `DRAIN_DELAY: (\w+)`))
	if pause := slices.Max(read("nginx.conf", `fail_timeout=(\w+)`)); pause+2*time.Second > drain {
		t.Errorf("the proxy leaves a widget alone for %v, and the next one ends after %v", pause, drain)
	}
}

// TestDeploymentsNameOptions finds every variable of the examples among the options.
func TestDeploymentsNameOptions(t *testing.T) {
	t.Parallel()
	known := config.Reference()
	files, err := filepath.Glob(deploy + "/*.*")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range append(files, "../../Dockerfile") {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, option := range usedOption.FindAllString(string(raw), -1) {
			seen++
			if !strings.Contains(known, "`"+option+"`") {
				t.Errorf("%s sets %s, which is no option", file, option)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d variables were found", seen)
	}
}

var docLink = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

// TestDocumentsLinkToWhatThereIs follows every link from a document to a file of the project.
func TestDocumentsLinkToWhatThereIs(t *testing.T) {
	t.Parallel()
	const root = "../.."
	var documents []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, found...)
	}
	links := 0
	for _, document := range documents {
		raw, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range docLink.FindAllStringSubmatch(string(raw), -1) {
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), link[1])); err != nil {
				t.Errorf("%s links to %s, which there is not", document, link[1])
			}
		}
	}
	if links < 30 {
		t.Errorf("only %d links were found", links)
	}
}

// TestTheUnitIsWhatTheManagerReads: its configuration is good with the secrets beside it, it is tried for ever, and systemd finds no fault.
func TestTheUnitIsWhatTheManagerReads(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(filepath.Join(deploy, "okoshko.ini"), true, []string{"OKOSHKO_UPSTREAM_PARTNER_TOKEN=x"})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(deploy, "okoshko.service"))
	if err != nil {
		t.Fatal(err)
	}
	unit := string(raw)
	for _, path := range []string{cfg.Store.Path, cfg.Store.BackupPath} {
		if filepath.Dir(path) != "/var/lib/okoshko" || !strings.Contains(unit, "StateDirectory=okoshko\n") {
			t.Errorf("%s is not in the unit's own folder, the only one that it may write", path)
		}
	}
	if !strings.Contains(unit, "StartLimitIntervalSec=0\n") || !strings.Contains(unit, "Restart=always\n") {
		t.Error("the unit gives up")
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze here")
	}
	file := filepath.Join(t.TempDir(), "okoshko.service")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(unit, "/usr/local/bin/okoshko", "/bin/true")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", "--man=no", "--recursive-errors=no", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	// The exposure is 0 to 10; above 2 somebody has taken a protection out.
	if out, err := exec.Command(analyze, "security", "--offline=yes", "--threshold=20", "--no-pager", file).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}

var (
	alertName  = regexp.MustCompile(`(?m)^      - alert: (\S+)$`)
	alertFires = regexp.MustCompile(`alertname: (\S+)\n        exp_alerts:\n          - exp_labels`)
	alertAsked = regexp.MustCompile(`alertname: (\w+)`)
)

// TestEveryAlertHasACause: "make alerts" plays a cause for each alert, and asks at each cause whether the others are silent.
func TestEveryAlertHasACause(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile(filepath.Join(deploy, "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	causes, err := os.ReadFile(filepath.Join(deploy, "tests", "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	fires := map[string]bool{}
	for _, found := range alertFires.FindAllStringSubmatch(string(causes), -1) {
		fires[found[1]] = true
	}
	alerts := map[string]bool{}
	for _, found := range alertName.FindAllStringSubmatch(string(rules), -1) {
		if alerts[found[1]] = true; !fires[found[1]] {
			t.Errorf("no cause fires %s", found[1])
		}
	}
	if len(alerts) < 15 {
		t.Errorf("only %d alerts were found", len(alerts))
	}
	for cause := range strings.SplitSeq(string(causes), "  - name: ") {
		asked := map[string]bool{}
		for _, found := range alertAsked.FindAllStringSubmatch(cause, -1) {
			asked[found[1]] = true
		}
		for alert := range alerts {
			if len(asked) > 0 && !asked[alert] {
				name, _, _ := strings.Cut(cause, "\n")
				t.Errorf("%s is not asked for with the cause %s", alert, name)
			}
		}
	}
}
