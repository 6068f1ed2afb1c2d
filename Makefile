# The tasks of the project. "make test" is the one that must pass; it sets up what it needs.

SHELL := /bin/bash
.DEFAULT_GOAL := help

GOLANGCI_VERSION := v2.15.0
GOLANGCI := .bin/golangci-lint-$(GOLANGCI_VERSION)
GOVULNCHECK_VERSION := v1.9.0
GOVULNCHECK := .bin/govulncheck-$(GOVULNCHECK_VERSION)
# The database of known faults is the Go project's, as it was at this version; a newer one may make an old commit fail.
VULNDB_VERSION := v0.0.0-20261105234957-e22db6528018
VULNDB := .bin/vulndb-$(VULNDB_VERSION)
CYCLONEDX_VERSION := v1.10.0
CYCLONEDX := .bin/cyclonedx-gomod-$(CYCLONEDX_VERSION)
# The Go that builds releases: the first one in which what is known of Go itself is mended.
RELEASE_GO := go1.27.3
TEMPLATES := web/templates
STATIC := web/static
ESBUILD := go tool esbuild --minify --target=es2022 --charset=utf8 --log-level=warning
# A version of the loader that has been released never changes again: websites name its hash.
LOADER := 1.2.0
FUZZTIME := 10s

.PHONY: help
help: ## list the tasks
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: run
run: ## serve the widget, on the embedded sandbox unless configured otherwise
	go run .

# Many tests wait, so four of a package at a time keep two cores busy.
PARALLEL := 4

# Tests make much garbage and need little memory: with less collecting they take a tenth less time. The race detector's shadow of
# the memory grows with it.
QUICK_GOGC := 400
RACE_GOGC := 200

# After so long a package's tests have stopped for good. A machine that does much else takes five times as long as one that does not.
LONG := 90m

STEPS := setup check-generated lint vuln unit e2e

.PHONY: test
test: ## everything that must pass
	@begun=$$SECONDS; for step in $(STEPS); do \
		at=$$SECONDS; $(MAKE) --no-print-directory $$step || exit 1; echo "$$step: $$((SECONDS - at)) s"; \
	done; echo "make test took $$((SECONDS - begun)) s"

.PHONY: quick
quick: lint ## all tests without race detector and browser
	$(call NEED,npm nginx redis)
	GOGC=$(QUICK_GOGC) go test -vet=off -shuffle=on -parallel $(PARALLEL) -count=1 -timeout $(LONG) ./...

# $(call NEED,TOOLS) installs those of the tools that are missing, as Debian packages.
define NEED
@missing=(); \
	lacks() { for name in "$$@"; do if command -v "$$name" >/dev/null; then return 1; fi; done; }; \
	for tool in $(1); do case $$tool in \
		gcc) if lacks gcc; then missing+=(gcc libc6-dev); fi ;; \
		chromium) if lacks chromium chromium-browser google-chrome; then missing+=(chromium); fi ;; \
		debian-chromium) if lacks chromium; then missing+=(chromium); fi ;; \
		chromedriver) if lacks chromedriver; then missing+=(chromium-driver); fi ;; \
		firefox) if lacks firefox-esr; then missing+=(firefox-esr); fi ;; \
		webkit) if lacks WebKitWebDriver; then missing+=(webkit2gtk-driver); fi ;; \
		xvfb) if lacks Xvfb; then missing+=(xvfb); fi ;; \
		npm) if lacks npm; then missing+=(npm); fi ;; \
		nginx) if lacks nginx; then missing+=(nginx-light); fi ;; \
		redis) if lacks redis-server valkey-server; then missing+=(redis-server); fi ;; \
		promtool) if lacks promtool; then missing+=(prometheus); fi ;; \
		*) echo "nobody knows the package of $$tool" >&2; exit 1 ;; \
	esac; done; \
	if [ $${#missing[@]} = 0 ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing $${missing[*]}"; \
		apt-get update -qq </dev/null && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$${missing[@]}" </dev/null >/dev/null; \
	else \
		echo "This needs $${missing[*]}: install what is missing with your package manager, or run make $@ as root on Debian." >&2; exit 1; \
	fi
endef

# The accessibility checker that runs in the pages of the browser tests.
AXE = @cmp -s e2e/package-lock.json e2e/node_modules/.lock || { cd e2e && npm ci --silent && cp package-lock.json node_modules/.lock; }

# The C compiler is for the race detector, node (npm brings it) for a script's test.
.PHONY: setup
setup: ## install what the tests need (Debian, as root)
	$(call NEED,gcc chromium npm nginx redis)
	$(AXE)

.PHONY: generate
generate: ## make the Go code of the templates, and stylesheet and scripts as they are served
	go tool templ fmt $(TEMPLATES)
	go tool templ generate -path $(TEMPLATES) -include-version=false
	$(ESBUILD) --bundle --outfile=$(STATIC)/dist/app.css $(STATIC)/app.css
	$(ESBUILD) --bundle --format=esm --outfile=$(STATIC)/dist/app.js $(STATIC)/app.js
	$(ESBUILD) --outfile=$(STATIC)/dist/push.js $(STATIC)/push.js
	$(ESBUILD) --outfile=$(STATIC)/dist/worker.js $(STATIC)/worker.js
	$(ESBUILD) --outfile=$(STATIC)/loader/$(LOADER).js $(STATIC)/loader.js

# Compared with what was there before, not with the last commit, so that it also serves while one works.
.PHONY: check-generated
check-generated: ## fail when the templates are not formatted, or what is made of them, of the stylesheet and of the scripts is not up to date
	@state() { find $(TEMPLATES) $(STATIC) -type f | LC_ALL=C sort | xargs sha256sum; }; \
	before=$$(state); \
	$(MAKE) --no-print-directory generate >/dev/null || exit 1; \
	if ! changed=$$(diff <(echo "$$before") <(state)); then \
		echo "$$changed" | sed -n 's/^> [0-9a-f]*//p'; \
		echo "The files above were not up to date and are now. Commit them." >&2; exit 1; \
	fi

.PHONY: lint
lint: $(GOLANGCI) ## golangci-lint, go vet and gofumpt among it
	$(GOLANGCI) run --build-tags e2e

$(GOLANGCI):
	GOBIN=$(CURDIR)/.bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@mv .bin/golangci-lint $@

.PHONY: vuln
vuln: $(GOVULNCHECK) $(VULNDB) $(CYCLONEDX) ## known faults of what the program is made of, and its licences; faults of Go itself are only listed
	go build -o .bin/okoshko .
	go run ./deploy/release -check .bin/okoshko -bom $(CYCLONEDX) -govulncheck $(GOVULNCHECK) -db file://$(CURDIR)/$(VULNDB)

$(GOVULNCHECK):
	GOBIN=$(CURDIR)/.bin go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
	@mv .bin/govulncheck $@

$(VULNDB):
	GOBIN=$(CURDIR)/.bin go install golang.org/x/vulndb/cmd/indexdb@$(VULNDB_VERSION)
	@rm -rf $@.part
	.bin/indexdb -vulns "$$(go mod download -json golang.org/x/vulndb@$(VULNDB_VERSION) | sed -n 's/^\t"Dir": "\(.*\)",$$/\1/p')/data/osv" -out $@.part
	@mv $@.part $@

$(CYCLONEDX):
	GOBIN=$(CURDIR)/.bin go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX_VERSION)
	@mv .bin/cyclonedx-gomod $@

RELEASE = go run ./deploy/release -version $(VERSION) -go $(RELEASE_GO) -bom $(CYCLONEDX) -govulncheck $(GOVULNCHECK) -db file://$(CURDIR)/$(VULNDB)

.PHONY: release
release: $(GOVULNCHECK) $(VULNDB) $(CYCLONEDX) ## archives, bill of materials and checksums in ./dist: make release VERSION=v1.2.3
	$(RELEASE) -out dist

# The second copy is built in another folder, with a cache of its own.
.PHONY: release-twice
release-twice: $(GOVULNCHECK) $(VULNDB) $(CYCLONEDX) ## build a release in two folders, and fail when they differ
	@set -e; dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	for n in 1 2; do mkdir -p $$dir/source$$n; git ls-files -z | xargs -0 cp --parents -t $$dir/source$$n; done; \
	for n in 1 2; do \
		GOCACHE=$$dir/cache$$n $(RELEASE) -source $$dir/source$$n -out $$dir/dist$$n >/dev/null; \
		chmod -R u+w $$dir/cache$$n; rm -rf $$dir/cache$$n; \
	done; \
	diff $$dir/dist1/SHA256SUMS $$dir/dist2/SHA256SUMS; cat $$dir/dist1/SHA256SUMS; echo "two builds are the same, byte by byte"
release-twice: VERSION ?= v0.0.0

# The walks over all forms send thousands of requests one after the other, and in the virtual time of crowds and of processes that share
# a budget or wishes one goroutine runs at once; pictures are drawn by one. The race detector has little to see in them, and would take longer
# for them than for other tests.
UNRACED := ^(TestTheRushIsFedInVirtualTime|TestShoppersDoNotFeelAssistants|TestEveryFormStandsEveryParameterMissing|TestACrowdIsFedByHooks|TestSeveralProcessesAreAsOne|TestALostLogLeavesEveryProcessItsShare|TestThoseWhoWaitAreTold|TestScenesOfFaults|TestEveryLetterIsDrawn)$$

# What go test would vet, lint has vetted.
.PHONY: unit
unit: ## tests of the packages, with the race detector
	$(call NEED,gcc npm nginx redis)
	GOGC=$(RACE_GOGC) go test -race -vet=off -skip '$(UNRACED)' -shuffle=on -parallel $(PARALLEL) -count=1 -timeout $(LONG) ./...
	GOGC=$(QUICK_GOGC) go test -vet=off -run '$(UNRACED)' -parallel $(PARALLEL) -count=1 -timeout $(LONG) ./bench/agents ./bench/rush ./bench/waiting ./internal/poster ./internal/waiting ./internal/app ./internal/catalog ./internal/upstream/budget

.PHONY: e2e
e2e: ## journeys in a real Chromium
	$(call NEED,chromium npm)
	$(AXE)
	go test -tags e2e -vet=off -count=1 -parallel $(PARALLEL) -timeout $(LONG) ./e2e

.PHONY: engines-setup
engines-setup: # what the other engines need: Firefox, WebKitGTK and the programs that drive them (Debian, as root)
	$(call NEED,debian-chromium chromedriver firefox webkit xvfb)

# Three browsers at a time keep two cores busy. What is printed is the table, and what failed. The programs that drive browsers lose a press, or
# hang, once in some thousands: up to three journeys that failed are played again, alone, and must pass then.
.PHONY: engines
engines: engines-setup ## the core journeys in Chromium, Firefox and WebKit, as a table
	@set -o pipefail; said=$$(mktemp); trap 'rm -f "$$said"' EXIT; \
	play() { go test -tags e2e -vet=off -count=1 -parallel 3 -timeout 40m -v "$$@" ./e2e/engines | tee "$$said" | grep -vE '^ *(=== |--- PASS)'; }; \
	if play; then exit; fi; \
	mapfile -t failed < <(sed -nE 's/^ *--- FAIL: (TestEngines\/[^/ ]*\/[^ ]*|TestFirefoxIsTold) .*/\1/p' "$$said"); \
	(( $${#failed[@]} > 0 && $${#failed[@]} <= 3 )) || exit 1; \
	for journey in "$${failed[@]}"; do echo "again: $$journey"; play -run "^$${journey//\//$$/^}$$" || exit 1; done

.PHONY: weigh
weigh: ## print what the pages weigh, and fail over the limits
	go test ./internal/app -run '^TestPagesAreLight$$' -count=1 -v

.PHONY: presses
presses: ## print how many presses a booking takes on a phone, and where its controls stand
	$(call NEED,chromium)
	go test -tags e2e ./e2e/ -run '^TestPresses$$' -count=1 -v

.PHONY: bench
bench: ## pages a second against a bare route, start and memory
	go run ./bench/pages

FORM := 3

.PHONY: shots
shots: ## pictures of every step in three languages, two widths, by day and by night, in ./shots; FORM=25 for another form
	$(call NEED,chromium)
	@mkdir -p shots
	OKOSHKO_TEST_SHOTS=$(CURDIR)/shots OKOSHKO_TEST_SHOTS_FORM=$(FORM) go test -tags e2e -count=1 ./e2e/ -run '^TestPictures$$'

.PHONY: lighthouse
lighthouse: ## Lighthouse on three steps and the page of windows, mobile preset
	$(call NEED,chromium npm)
	cd bench/lighthouse && npm install --silent --no-package-lock
	CHROME_PATH=$$(command -v chromium || command -v chromium-browser || command -v google-chrome) node bench/lighthouse/run.mjs

.PHONY: embed
embed: ## what the loader costs a website, beside Cal.com's
	$(call NEED,chromium npm)
	cd bench/embed && npm install --silent --no-package-lock
	CHROME_PATH=$$(command -v chromium || command -v chromium-browser || command -v google-chrome) node bench/embed/run.mjs

CHAOS_RUNS := 200

.PHONY: alerts
alerts: ## each alert of the objectives, fired by its cause and by nothing else, in Prometheus' own tester
	$(call NEED,promtool)
	promtool check rules deploy/alerts.yaml deploy/objectives.yaml
	promtool test rules deploy/tests/*.yaml

.PHONY: soak
soak: ## shoppers book for half an hour while the API fails at random, and nobody is told what is not so
	go run . soak -for 30m

.PHONY: chaos
chaos: ## bookings under fire, and what is said of them; CHAOS_SEED=n plays the same again
	$(call NEED,redis)
	@set -o pipefail; OKOSHKO_TEST_CHAOS_RUNS=$(CHAOS_RUNS) OKOSHKO_TEST_CHAOS_SEED=$(CHAOS_SEED) go test ./internal/app -run '^(TestChaos|TestR07KilledAtEveryPoint)$$' -count=1 -timeout 20m -v \
		| grep -vE '^ *(=== |--- PASS.*/)|chaos_test.go:[0-9]+: \{|^ *time='

.PHONY: cluster
cluster: ## one process, and three with a redis-server, under shoppers; one killed, all restarted
	$(call NEED,redis)
	go run ./bench/cluster

.PHONY: operate
operate: ## what an operator does while people book, with the goals beside; OPERATE='-only restart' for one scene
	$(call NEED,nginx redis)
	go run ./bench/operate $(OPERATE)

.PHONY: rush
rush: ## how many shoppers one address of the API takes
	go run ./bench/rush

.PHONY: rush-virtual
rush-virtual: ## the same shoppers in virtual time, which does not depend on the machine; RUSH='-hooks' and others
	go test ./bench/rush -count=1 -timeout 60m -v -run VirtualTime -opening 8m -lasts 3m -rates 60,100,150,200 -seeds 3 $(RUSH)

.PHONY: agents-virtual
agents-virtual: ## shoppers without and with assistants beside them, in virtual time, which does not depend on the machine
	go test ./bench/agents -count=1 -timeout 60m -v -rate 150 -assistants 1000 -opening 8m -lasts 3m -seeds 3

.PHONY: waiting
waiting: ## how soon those who wait for a time are told, with the goals beside, and 200 scenes of faults
	go test ./bench/waiting -count=1 -timeout 60m -v -minutes 60 -goals
	go test ./internal/waiting -count=1 -timeout 60m -v -run TestScenesOfFaults -scenes 200

.PHONY: quiet
quiet: ## how long the visitors of a quiet salon wait, and how many calls a booking costs, with the goals beside
	go run ./bench/quiet

.PHONY: agents
agents: ## wishes, random sequences and a crowd of assistants at the door, with the goals beside
	go run ./bench/agents

.PHONY: mcp-conformance
mcp-conformance: ## the official conformance client of the Model Context Protocol at the assistants' door
	$(call NEED,npm)
	cd bench/conformance && npm install --silent --no-package-lock
	node bench/conformance/run.mjs

.PHONY: days
days: ## the tests at many instants; DAYS=-few for four of them, DAYS='-seed n' for the same random ones again
	$(call NEED,npm nginx redis)
	GOGC=$(QUICK_GOGC) go run ./bench/days $(DAYS)

.PHONY: door
door: ## twenty people book while somebody tries to keep them out
	go run ./bench/door

.PHONY: fuzz
fuzz: ## some seconds of every fuzz target
	@set -e; for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			go test $$pkg -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME); \
		done; \
	done
