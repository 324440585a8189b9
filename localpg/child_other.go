//go:build !linux

package localpg

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"syscall"
)

// dieWithUs does nothing: only Linux can tie a child's life to its parent's.
func dieWithUs(*syscall.SysProcAttr, syscall.Signal) {}

// childrenOf lists the processes whose parent is pid.
func childrenOf(pid int) ([]int, error) {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		return nil, fmt.Errorf("listing processes: %w", err)
	}
	var pids []int
	for scan := bufio.NewScanner(bytes.NewReader(out)); scan.Scan(); {
		var child, parent int
		if n, err := fmt.Sscan(scan.Text(), &child, &parent); n == 2 && err == nil && parent == pid {
			pids = append(pids, child)
		}
	}
	return pids, nil
}

// serves says whether pid is alive; whether it is a server isn't known here, so
// a stale postmaster.pid is left to PostgreSQL's own check.
func serves(pid int, _ string) bool { return syscall.Kill(pid, 0) == nil }
