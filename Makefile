.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help run test test-majors check bench scale pgo bench-go lint build fuzz setup clean torture package notices figures need-go
.NOTPARALLEL:

# Git may be missing, or refuse a folder that belongs to somebody else.
VERSION    ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT     ?= $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
BUILD_DATE ?= $(shell date -u $${SOURCE_DATE_EPOCH:+-d @$$SOURCE_DATE_EPOCH} +%Y-%m-%dT%H:%M:%SZ)

FUZZTIME    ?= 10s
BENCH       ?= .
BENCHTIME   ?= 1s
# make bench: how often, how many seconds each measurement, and the docs' folder.
RUNS        ?= 3
MEASURE     ?= 4
DOCS        ?= docs
TESTTIMEOUT ?= 25m
# More for go test, as in: make test TESTFLAGS='-run TestDecide -v' PACKAGES=./rules
TESTFLAGS   ?=
PACKAGES    ?= ./...
# More for registrard dev, as in: make run ARGS='--listen 192.0.2.10'
ARGS        ?=

WITHPG := go run ./store/storetest/withpg

help: ## print the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: need-go ## a registrar with a PostgreSQL of its own and demo extensions
	@tools/setup.sh run
	@$(MAKE) --no-print-directory build
	@exec bin/registrard dev --dir .registrard --dir /var/lib/registrard-dev $(ARGS)

build: need-go ## one static binary, bin/registrard
	CGO_ENABLED=0 go build -trimpath -buildvcs=false \
		-ldflags '-s -w -X main.buildVersion=$(VERSION) -X main.buildCommit=$(COMMIT) -X main.buildDate=$(BUILD_DATE)' \
		-o bin/registrard ./cmd/registrard

# Packages compare versions: what has no number yet is older than all that have.
PACKAGE_VERSION ?= $(shell echo '$(VERSION)' | sed -E 's/^v([0-9])/\1/; /^[0-9]+[.]/!s/^/0~/; s/-/+/g')
ARCH            ?= $(shell go env GOARCH)

package: build ## dist/registrard_VERSION_ARCH.deb and .rpm
	@mkdir -p dist
	bin/registrard completion bash >dist/completion.bash
	@for format in deb rpm; do \
		VERSION='$(PACKAGE_VERSION)' ARCH=$(ARCH) go tool -modfile=tools/package/go.mod nfpm package \
			--config deploy/package/nfpm.yaml --packager $$format --target dist/registrard_$(PACKAGE_VERSION)_$(ARCH).$$format || exit 1; \
	done
	@! command -v dpkg-deb >/dev/null || deploy/package/check.sh dist/registrard_$(PACKAGE_VERSION)_$(ARCH).deb

notices: need-go ## the licences of what is linked, into NOTICES
	tools/notices.sh >NOTICES.new && mv NOTICES.new NOTICES

test: need-go ## set up what the tests need, and run them
	@tools/setup.sh test
	$(WITHPG) env GOFLAGS="$$GOFLAGS -pgo=off" go test -race -timeout $(TESTTIMEOUT) $(TESTFLAGS) $(PACKAGES)

# Not in CI: ten minutes on two cores.
test-majors: need-go ## the tests that need PostgreSQL most, on 14, 16, 17 and 18 (make test: the machine's own)
	@set -o pipefail; tools/majors.sh | while read -r major bin; do \
		echo "PostgreSQL $$major"; \
		PATH="$$bin:$$PATH" REGISTRARD_TEST_MAJOR=$$major $(WITHPG) go test -timeout $(TESTTIMEOUT) $(TESTFLAGS) ./store/storetest ./store ./migrations ./doctor </dev/null || exit 1; \
	done

check: lint test ## what CI runs: lint and test

lint: need-go ## gofmt, go vet, staticcheck
	@files=$$(gofmt -l .) && test -z "$$files" || { echo "not gofmt'ed (gofmt -w .):"; echo "$$files"; exit 1; }
	go vet ./...
	go vet -tags torture ./test/torture
	go tool -modfile=tools/go.mod staticcheck ./...

bench: need-go ## registrard beside Kamailio, written to docs/benchmarks.md (RUNS=3, MEASURE=4)
	@tools/setup.sh run
	@$(MAKE) --no-print-directory build
	@mkdir -p dist && go build -o dist/bench ./bench
	dist/bench -runs $(RUNS) -time $(MEASURE)s -out $(DOCS)

# A million wants a machine with 16 GB of memory, and some five minutes.
SCALE ?= 1000000
scale: need-go ## registrard with a million endpoints and contacts, printed (SCALE=1000000)
	@tools/setup.sh run
	@$(MAKE) --no-print-directory build
	@mkdir -p dist && go build -o dist/bench ./bench
	dist/bench -scale $(SCALE)

# Renewed when the hot way has changed much; what it is worth: docs/performance.md.
pgo: need-go ## the profile that go build optimises by, cmd/registrard/default.pgo
	@tools/setup.sh run
	@mkdir -p dist && go build -o dist/bench ./bench
	CGO_ENABLED=0 go build -pgo=off -tags profile -o dist/registrard-profile ./cmd/registrard
	CPU_PROFILE=$(CURDIR)/dist/default.pgo dist/bench -only registrard -registrard dist/registrard-profile -runs 1 -time $(MEASURE)s
	go tool pprof -proto -output cmd/registrard/default.pgo dist/default.pgo

bench-go: need-go ## Go benchmarks (BENCH=regexp, BENCHTIME=1s)
	@tools/setup.sh run
	$(WITHPG) go test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem -timeout 30m $(PACKAGES)

figures: need-go ## how much code, how long its functions, how wide its rooms' doors
	@cd tools && go run ./figures -root ..

# Each target by itself, since go test -fuzz takes one at a time.
fuzz: need-go ## each fuzz target for FUZZTIME (10s)
	@tools/setup.sh run
	@targets=$$(grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sed -E 's|/[^/]+_test.go:func | |' | sort); \
	test -n "$$targets" || { echo "no fuzz target was found" >&2; exit 1; }; \
	while read -r package target; do \
		echo "$$package $$target"; \
		$(WITHPG) go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package" </dev/null || exit 1; \
	done <<< "$$targets"

setup: ## install what make run and make test need, where it is missing
	@tools/setup.sh test

clean: ## remove what was built (the data of make run stays)
	rm -rf bin dist

need-go:
	@command -v go >/dev/null || { echo "Go is needed, version $$(sed -n 's/^go //p' go.mod) or newer: https://go.dev/dl/" >&2; exit 1; }

# Built first, then run in a network of its own (as root), so that what the
# tests drop and listen to is nobody else's.
torture: need-go build ## every fault, under load: N acknowledged, N found (root: all of them)
	@test/torture/setup.sh
	go test -tags torture -c -o bin/torture.test ./test/torture
	@cd test/torture && export RIG_BINARY=$(CURDIR)/bin/registrard && \
	run='exec $(CURDIR)/bin/torture.test -test.v -test.parallel 3 -test.timeout 15m $(TORTUREFLAGS)' && \
	if [ "$$(id -u)" -eq 0 ]; then exec unshare --net -- bash -c "ip link set lo up && $$run"; else eval "$$run"; fi
