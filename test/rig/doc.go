// Package rig holds what tests of the whole need: it starts programs (a
// registrard node among them) and ends them with the test, it makes databases
// as a user would, and it has a small SIP phone over UDP.
//
// It knows registrard by what a user sees of it: the command, environment
// variables, log lines, SIP, SQL. It is no test itself and returns errors.
package rig

import (
	"context"
	"fmt"
	"time"
)

// Until polls until holds is true. When ctx ends first, the error says what
// did not come.
func Until(ctx context.Context, what string, holds func() bool) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waited in vain: %s: %w", what, ctx.Err())
		}
	}
	return nil
}

// Within is Until with a time limit.
func Within(d time.Duration, what string, holds func() bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	if err := Until(ctx, what, holds); err != nil {
		return fmt.Errorf("%w (%v)", err, d)
	}
	return nil
}
