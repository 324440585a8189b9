package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

const (
	bufferLimit  = "/proc/sys/net/core/rmem_max"
	bufferWanted = 8 << 20
)

// raiseBuffers lets the kernel give sockets room for all that is outstanding,
// as a registrar's operator would, and returns what undoes it. Who isn't root
// measures with what there is; then datagrams are lost at 512 outstanding.
func raiseBuffers() (restore func()) {
	nothing := func() {}
	b, err := os.ReadFile(bufferLimit)
	if err != nil {
		return nothing
	}
	before, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || before >= bufferWanted {
		return nothing
	}
	if err := os.WriteFile(bufferLimit, []byte(strconv.Itoa(bufferWanted)), 0o644); err != nil {
		fmt.Printf("net.core.rmem_max stays %d (%v): some requests will be lost at 512 outstanding\n", before, err)
		return nothing
	}
	return func() {
		if err := os.WriteFile(bufferLimit, b, 0o644); err != nil {
			fmt.Fprintf(os.Stderr, "bench: net.core.rmem_max was %d and could not be set back: %v\n", before, err)
		}
	}
}
