package localpg

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// keptLines is how much of the server's log an error shows.
const keptLines = 12

// child is a program of PostgreSQL that was started.
type child struct {
	cmd    *exec.Cmd
	output *lines
	done   chan struct{} // closed when it has ended and err is set
	err    error
}

// startChild starts a program as the server's user, in a process group of its
// own. If we die, deathSignal is sent to it (Linux).
func startChild(u runAs, log *slog.Logger, deathSignal syscall.Signal, dir, program string, args ...string) (*child, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	// Nothing of libpq's or initdb's environment may turn it elsewhere.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=" + os.Getenv("TZ")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithUs(cmd.SysProcAttr, deathSignal)
	if u.change {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.gid)}
	}
	out := &lines{log: log}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = 5 * time.Second // for children of a killed postmaster that hold the pipe
	c := &child{cmd: cmd, output: out, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel sends the death signal when the THREAD that started the
		// child ends, and Go ends threads at will: this one is kept as long as
		// the child lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		c.err = cmd.Wait()
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// signal says whether the child was still there to receive it. (By its handle:
// its number may be somebody else's by now.)
func (c *child) signal(s syscall.Signal) bool { return c.cmd.Process.Signal(s) == nil }

// lines hands a program's output on to the log and keeps the end of it.
type lines struct {
	log *slog.Logger

	mu      sync.Mutex
	partial []byte
	last    []string
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, p...)
	for {
		line, rest, found := bytes.Cut(l.partial, []byte("\n"))
		if !found {
			return len(p), nil
		}
		l.add(strings.TrimRight(string(line), "\r"))
		l.partial = rest
	}
}

func (l *lines) add(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	if l.last = append(l.last, line); len(l.last) > keptLines {
		l.last = l.last[1:]
	}
	l.log.Debug("private PostgreSQL", "line", line)
}

// tail is the end of the output, for an error.
func (l *lines) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last, "\n")
}
