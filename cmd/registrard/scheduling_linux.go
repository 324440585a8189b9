package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"unsafe"

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
	found := true
	for pass := 0; found && pass < 10; pass++ {
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
			changed, err := toBatch(id)
			if err != nil && !errors.Is(err, unix.ESRCH) { // it has ended
				return fmt.Errorf("set the scheduling policy: %w", err)
			}
			found = found || changed
		}
	}
	return nil
}

// toBatch changes one thread, if it has the usual policy. By sched_setscheduler,
// whose argument sandboxes can see (systemd's RestrictRealtime allows this policy),
// and not by sched_setattr.
func toBatch(thread int) (changed bool, err error) {
	policy, _, errno := unix.Syscall(unix.SYS_SCHED_GETSCHEDULER, uintptr(thread), 0, 0)
	if errno != 0 {
		return false, errno
	}
	if policy != unix.SCHED_NORMAL {
		return false, nil
	}
	var priority int32 // there is none but 0
	_, _, errno = unix.Syscall(unix.SYS_SCHED_SETSCHEDULER, uintptr(thread), unix.SCHED_BATCH, uintptr(unsafe.Pointer(&priority)))
	if errno != 0 {
		return false, errno
	}
	return true, nil
}
