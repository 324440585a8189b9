package main

import (
	"context"
	"errors"
	"log/slog"

	"registrard/config"
)

// node is all that runs: listeners, registrar, cache, store, admin.
type node struct{}

// newNode listens and wires; it doesn't wait for the database.
func newNode(context.Context, config.Config, *slog.Logger) (*node, error) {
	return nil, errors.New("this build has no node")
}

// run works until ctx ends, then finishes what was accepted and returns nil.
func (*node) run(context.Context) error { return nil }

// addrs is where it listens, as URLs: udp://127.0.0.1:5060, the admin server's
// as http://127.0.0.1:8060.
func (*node) addrs() []string { return nil }

// reload reads certificates again.
func (*node) reload() error { return nil }
