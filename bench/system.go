package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"registrard/localpg"
)

// system is a registrar that is measured.
type system struct {
	name     string
	database string // which one's tables it writes to
	address  string // host:port of UDP
	start    func(ctx context.Context) (*process, error)
}

const (
	peerDB3    = "Kamailio db_mode=3"
	peerMemory = "Kamailio db_mode=0"
	peerHash   = "Kamailio db_mode=0, hash table"
	ours       = "registrard"
)

func kamailios(o options, pg *localpg.Server, dir string) []system {
	var all []system
	for _, k := range []struct {
		name     string
		mode     int
		children int
		hash     bool
	}{
		{peerDB3, 3, o.children, false},
		{peerMemory, 0, 4, false},
		{peerHash, 0, 4, true},
	} {
		s := system{name: k.name, database: "kamailio", address: freeUDP()}
		s.start = func(ctx context.Context) (*process, error) {
			program, err := findKamailio()
			if err != nil {
				return nil, err
			}
			_, port, err := net.SplitHostPort(s.address)
			if err != nil {
				return nil, err
			}
			args := []string{"-DD", "-E", "-f", o.config, "-m", "256", "-M", "16", "-Y", dir,
				"-A", "DB_URL=\"" + kamailioURL(pg) + "\"", "-A", "DB_MODE=" + strconv.Itoa(k.mode),
				"-A", "PORT=" + port, "-A", "CHILDREN=" + strconv.Itoa(k.children)}
			if k.hash {
				args = append(args, "-A", "HTABLE")
			}
			cmd := exec.Command(program, args...)
			return launch(ctx, cmd, dir, s.address, "SIP/2.0 ")
		}
		all = append(all, s)
	}
	return all
}

// registrard is ours, with more settings in the form REGISTRARD_X=y.
func registrard(o options, pg *localpg.Server, dir string, more ...string) system {
	s := system{name: ours, database: "registrard", address: freeUDP()}
	s.start = func(ctx context.Context) (*process, error) {
		cmd := exec.Command("chrt", "--batch", "0", o.registrard, "serve") // the policy of registrard.service
		cmd.Env = append(os.Environ(),
			"REGISTRARD_DATABASE_URL="+pg.SocketURL("registrard"),
			"REGISTRARD_LISTEN=udp://"+s.address,
			"REGISTRARD_ADMIN_LISTEN=127.0.0.1:0",
			"REGISTRARD_LOG_LEVEL=info",
			"REGISTRARD_NODE_NAME=bench",
			"REGISTRARD_AUTH_EVEN_TIME=0s", // which the report says
		)
		cmd.Env = append(cmd.Env, more...)
		return launch(ctx, cmd, dir, s.address, "SIP/2.0 200")
	}
	return s
}

// findKamailio looks where daemons are kept, which isn't in everybody's PATH.
func findKamailio() (string, error) {
	if path, err := exec.LookPath("kamailio"); err == nil {
		return path, nil
	}
	path, err := exec.LookPath("/usr/sbin/kamailio")
	if err != nil {
		return "", errors.New("kamailio is not installed")
	}
	return path, nil
}

func kamailioVersion(ctx context.Context) string {
	program, err := findKamailio()
	if err != nil {
		return err.Error()
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "-v").Output()
	fields := strings.Fields(string(out))
	if err != nil || len(fields) < 3 {
		return "Kamailio"
	}
	return "Kamailio " + fields[2] // version: kamailio 5.6.3 (…)
}

func cores() int { return runtime.NumCPU() }

// freeTCP is an address where nobody listens.
func freeTCP() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// freeUDP is an address where nobody listens.
func freeUDP() string {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return "127.0.0.1:5066"
	}
	defer c.Close()
	return c.LocalAddr().String()
}

// process is a running system.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}

const (
	readyTime = 30 * time.Second
	stopTime  = 15 * time.Second
)

// launch starts a program and waits until it answers OPTIONS with what begins
// like this. Its log goes to a file, as an operator's does.
func launch(ctx context.Context, cmd *exec.Cmd, dir, address, answer string) (*process, error) {
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	p := &process{cmd: cmd, log: log.Name(), done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(p.done)
	}()
	if err := p.waitReady(ctx, address, answer); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func (p *process) waitReady(ctx context.Context, address, answer string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	conn, err := net.Dial("udp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	buffer := make([]byte, 4096)
	for n := 0; ; n++ {
		_, _ = fmt.Fprintf(conn, "OPTIONS sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;branch=z9hG4bKready%[3]d;rport\r\nMax-Forwards: 70\r\n"+
			"From: <sip:bench@%[1]s>;tag=1\r\nTo: <sip:%[1]s>\r\nCall-ID: ready-%[3]d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
			address, conn.LocalAddr(), n) // nobody may be there yet
		_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		if got, err := conn.Read(buffer); err == nil && bytes.HasPrefix(buffer[:got], []byte(answer)) {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended at once:\n%s", p.cmd.Path, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s doesn't answer:\n%s", p.cmd.Path, p.tail())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *process) tail() []byte {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return []byte(err.Error())
	}
	return b[max(0, len(b)-4000):]
}

// stop ends it and all that it started.
func (p *process) stop() error {
	pid := p.cmd.Process.Pid
	_ = syscall.Kill(pid, syscall.SIGTERM) // it may have ended
	select {
	case <-p.done:
		return nil
	case <-time.After(stopTime):
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	<-p.done
	return fmt.Errorf("%s didn't end %s after SIGTERM", p.cmd.Path, stopTime)
}
