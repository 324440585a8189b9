package main

import (
	"math"
	"testing"
)

func TestConnectionsWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		files    uint64
		database int
		want     uint64
	}{
		{"Debian's default of a shell leaves what isn't kept for the node itself", 1024, 10, 914},
		{"the unit's limit", 65536, 10, 65426},
		{"a limit that is too small for anything still takes one", 64, 10, 1},
		{"no limit", math.MaxUint64, 10, math.MaxUint64 - 110},
	} {
		if got := connectionsWithin(c.files, c.database); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
