package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// yieldToOthers has the kernel run this process's threads as SCHED_BATCH: one
// that wakes up doesn't push another process off the CPU in the middle of its
// work, but waits for its turn (some ms at most, nothing where a CPU is idle).
// A datagram wakes a thread, and so does each answer of the database; where
// both share CPUs with the node, a tenth of all CPU went into such switches.
// A policy that was chosen for the process, not the usual one, is left.
func yieldToOthers() error {
	// Threads inherit it from the one that starts them: a pass that found no
	// thread to change is the last.
	for found := true; found; {
		found = false
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("set the scheduling policy: %w", err)
		}
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			if err != nil {
				return fmt.Errorf("set the scheduling policy: /proc/self/task has %q: %w", thread.Name(), err)
			}
			attr, err := unix.SchedGetAttr(id, 0)
			if err == nil && attr.Policy == unix.SCHED_NORMAL {
				found, attr.Policy = true, unix.SCHED_BATCH
				err = unix.SchedSetAttr(id, attr, 0)
			}
			if err != nil && !errors.Is(err, unix.ESRCH) { // it has ended
				return fmt.Errorf("set the scheduling policy: %w", err)
			}
		}
	}
	return nil
}
