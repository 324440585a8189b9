.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help build test check lint clean
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT  := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)

help: ## print the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build: ## one static binary, bin/registrard
	CGO_ENABLED=0 go build -trimpath -o bin/registrard ./cmd/registrard

test: ## set up what the tests need, and run them
	go test -race ./...

lint: ## gofmt, go vet, staticcheck
	@test -z "$$(gofmt -l .)" || { echo "not gofmt'ed:"; gofmt -l .; exit 1; }
	go vet ./...
	go tool -modfile=tools/go.mod staticcheck ./...

check: lint test ## what CI runs

clean: ## remove what was built
	rm -rf bin dist
