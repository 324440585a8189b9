package rig

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Program says what to start.
type Program struct {
	Name string   // for messages
	Args []string // the command and its arguments
	Env  []string // added to this process's
	Dir  string   // working folder; "" is this process's
	// User runs it when this process is root; "" for nobody else. Servers of
	// PostgreSQL's sort refuse to run as root.
	User string
	// OnLine is given each line of its output, if set.
	OnLine func(line []byte)
}

// Process is a program that was started. It is killed when this process dies.
type Process struct {
	Name string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and err is set
	err  error

	mu      sync.Mutex
	log     bytes.Buffer
	partial []byte
	onLine  func([]byte)
}

// logBound keeps a chatty program from filling the memory; what is over it is
// dropped from the front.
const logBound = 4 << 20

// Start starts a program.
func Start(p Program) (*Process, error) {
	path, err := exec.LookPath(p.Args[0])
	if err != nil {
		return nil, fmt.Errorf("%s is not installed: %w", p.Args[0], err)
	}
	cmd := exec.Command(path, p.Args[1:]...)
	cmd.Dir = p.Dir
	cmd.Env = append(os.Environ(), p.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if p.User != "" && os.Geteuid() == 0 {
		credential, err := credentialOf(p.User)
		if err != nil {
			return nil, err
		}
		cmd.SysProcAttr.Credential = credential
	}
	proc := &Process{Name: p.Name, cmd: cmd, done: make(chan struct{}), onLine: p.OnLine}
	cmd.Stdout, cmd.Stderr = proc, proc
	cmd.WaitDelay = 3 * time.Second // for children that hold the pipe
	started := make(chan error, 1)
	go func() {
		// The death signal comes when the starting thread ends, not the process:
		// the thread is kept as long as the child lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			proc.err = cmd.Wait()
			close(proc.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", p.Name, err)
	}
	return proc, nil
}

func credentialOf(name string) (*syscall.Credential, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// GiveTo makes a folder for a user's program: owned by that user when this
// process is root.
func GiveTo(name, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		return nil
	}
	c, err := credentialOf(name)
	if err != nil {
		return err
	}
	return os.Chown(dir, int(c.Uid), int(c.Gid))
}

// Write takes the program's output.
func (p *Process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.log.Len() > logBound {
		p.log.Next(logBound / 2)
	}
	p.log.Write(b)
	p.partial = append(p.partial, b...)
	for {
		line, rest, found := bytes.Cut(p.partial, []byte("\n"))
		if !found {
			return len(b), nil
		}
		if p.onLine != nil {
			p.onLine(line)
		}
		p.partial = append(p.partial[:0:0], rest...)
	}
}

// Log is what the program has printed.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// Pid is the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// ExitCode is the exit status; -1 for one that runs or was ended by a signal.
func (p *Process) ExitCode() int {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	default:
		return -1
	}
}

// Signal sends a signal; it is no error when the program has ended.
func (p *Process) Signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// Kill ends the program at once and waits for its end.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.done
}

// KillGroup kills the program and what it started in its process group.
func (p *Process) KillGroup() {
	_ = syscall.Kill(-p.Pid(), syscall.SIGKILL)
	<-p.done
}

// Stop asks the program to end with s, and kills it when it doesn't in time.
func (p *Process) Stop(s syscall.Signal, within time.Duration) error {
	p.Signal(s)
	select {
	case <-p.done:
		return p.err
	case <-time.After(within):
		p.KillGroup()
		return fmt.Errorf("%s didn't end %v after %v", p.Name, within, s)
	}
}

// Family lists pid and all processes below it, parents first (Linux).
func Family(pid int) []int {
	below := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		// pid (name) state ppid …; the name may hold anything.
		fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
		if len(fields) < 2 {
			continue
		}
		parent, _ := strconv.Atoi(string(fields[1]))
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		below[parent] = append(below[parent], child)
	}
	family := []int{pid}
	for i := 0; i < len(family); i++ {
		family = append(family, below[family[i]]...)
	}
	return family
}

// SignalFamily sends s to pid and all below it, as far as they are there.
func SignalFamily(pid int, s syscall.Signal) {
	for _, p := range Family(pid) {
		_ = syscall.Kill(p, s)
	}
}
