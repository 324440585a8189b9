package main

import (
	"context"

	"registrard/store"
	"registrard/trace"
)

// watchers are told of changes in the database, one after another.
type watchers []store.Watcher

// Listening implements store.Watcher.
func (all watchers) Listening() {
	for _, w := range all {
		w.Listening()
	}
}

// Lost implements store.Watcher.
func (all watchers) Lost() {
	for _, w := range all {
		w.Lost()
	}
}

// Changed implements store.Watcher.
func (all watchers) Changed(table string, ids []string) {
	for _, w := range all {
		w.Changed(table, ids)
	}
}

// traces reads what is to be traced.
func (n *node) traces(ctx context.Context) ([]trace.Rule, error) {
	rows, err := n.store.Traces(ctx)
	if err != nil {
		return nil, err
	}
	var rules []trace.Rule
	for _, r := range rows {
		rules = append(rules, trace.Rule(r))
	}
	return rules, nil
}
