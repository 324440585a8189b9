package main

import (
	"context"

	"registrard/trace"
)

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
