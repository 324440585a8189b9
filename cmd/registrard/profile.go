//go:build profile

package main

import (
	"fmt"
	"os"
	"runtime/pprof"
)

// profiled runs registrard serve under the CPU profiler, and writes what that
// saw to the file that CPU_PROFILE names. `make pgo` builds and uses it; users'
// binaries don't have it.
func profiled(args []string, run func() int) int {
	path := os.Getenv("CPU_PROFILE")
	if path == "" || len(args) == 0 || args[0] != "serve" {
		return run()
	}
	file, err := os.Create(path)
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "registrard: the profile of CPU_PROFILE can't be written:", err)
		return exitUsage
	}
	status := run()
	pprof.StopCPUProfile()
	if err := file.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "registrard: the profile of CPU_PROFILE can't be written:", err)
		return exitFailed
	}
	return status
}
