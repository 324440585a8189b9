package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"registrard/localpg"
)

// tick is a unit of /proc/PID/stat's times: USER_HZ, 100 on every Linux that
// Go runs on.
const tick = 10 * time.Millisecond

// treeCPU is what a process and all that it has started have used, user and
// system, those that have ended included.
func treeCPU(root int) time.Duration {
	type proc struct {
		parent int
		ticks  int64
	}
	procs := map[int]proc{}
	paths, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile; its parent has its times
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		// The second field is the program's name in brackets, with anything in it.
		fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		if len(fields) < 15 {
			continue
		}
		p := proc{}
		p.parent, _ = strconv.Atoi(fields[1])
		for _, f := range fields[11:15] { // utime, stime, cutime, cstime
			n, _ := strconv.ParseInt(f, 10, 64)
			p.ticks += n
		}
		procs[pid] = p
	}
	var sum int64
	for pid := range procs {
		for at := pid; at > 1; at = procs[at].parent {
			if at == root {
				sum += procs[pid].ticks
				break
			}
		}
	}
	return time.Duration(sum) * tick
}

// postmasterOf is the process id of PostgreSQL's first process.
func postmasterOf(pg *localpg.Server) (int, error) {
	b, err := os.ReadFile(filepath.Join(pg.Dir, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return 0, fmt.Errorf("postmaster.pid: %w", err)
	}
	return pid, nil
}
