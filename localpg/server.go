package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// superuser owns everything in the private server.
const superuser = "postgres"

const (
	startTime = 60 * time.Second       // for initdb and for crash recovery
	giveUp    = 15 * time.Second       // for a dying server to get out of the way
	pollTime  = 20 * time.Millisecond  // between looks at a starting server
	retryTime = 100 * time.Millisecond // between starts, while a dying server is in the way
)

// Options of Start.
type Options struct {
	Dir      string            // of the data; made when missing
	Host     string            // to listen on; "" is 127.0.0.1
	Port     int               // 0: the one of the last start in Dir, else a free one
	Durable  bool              // false: fsync off and the like; what is committed may be lost with the machine's power
	Settings map[string]string // of postgresql.conf, over the defaults here
	Log      *slog.Logger      // the server's own log, at debug; nil: nowhere
}

// Server is a running private PostgreSQL. Its methods may be called from any
// goroutine.
type Server struct {
	Host      string
	Port      int
	SocketDir string // to give to psql -h
	Dir       string // as in Options, absolute

	folder   folder
	password string
	process  *child
}

// Start runs a server on Options.Dir, after initdb when there is no cluster
// yet, and returns when it accepts connections. The caller must call Stop or
// Kill. A server that was killed starts again by another Start on the same Dir,
// at the same port unless somebody else has taken it.
func Start(ctx context.Context, o Options) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f, err := prepare(o.Dir)
	if err != nil {
		return nil, err
	}
	password, err := f.password()
	if err != nil {
		return nil, err
	}
	bin, err := f.initialise(ctx, o)
	if err != nil {
		return nil, err
	}
	socketDir, err := f.socketDir()
	if err != nil {
		return nil, err
	}
	s := &Server{Host: o.Host, SocketDir: socketDir, Dir: f.dir, folder: f, password: password}
	for until := time.Now().Add(giveUp); ; {
		s.Port, err = choosePort(o, f)
		if err != nil {
			return nil, err
		}
		err = s.run(ctx, o, bin)
		if err == nil {
			break
		}
		var early *endedError
		if !errors.As(err, &early) || !early.passing(o.Port == 0) || time.Now().After(until) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(retryTime):
		}
	}
	if err := f.write(f.portFile(), strconv.Itoa(s.Port)+"\n"); err != nil {
		s.Kill()
		return nil, fmt.Errorf("keeping the private PostgreSQL's port: %w", err)
	}
	return s, nil
}

// initialise makes the cluster when there is none, and returns the folder of
// the programs that fit it.
func (f folder) initialise(ctx context.Context, o Options) (bin string, err error) {
	version, err := os.ReadFile(filepath.Join(f.data(), "PG_VERSION"))
	if err == nil {
		return binariesFor(ctx, strings.TrimSpace(string(version)))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("looking for a cluster: %w", err)
	}
	bin, err = FindBinaries()
	if err != nil {
		return "", err
	}
	// Made aside and renamed when complete: an interrupted initdb leaves
	// nothing that looks like a cluster.
	unfinished := filepath.Join(f.dir, "data.unfinished")
	for _, locale := range []string{"C.UTF-8", "C"} {
		if err := os.RemoveAll(unfinished); err != nil {
			return "", fmt.Errorf("removing an unfinished cluster: %w", err)
		}
		args := []string{"-D", unfinished, "-U", superuser, "-E", "UTF8", "--locale=" + locale,
			"--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=" + f.passwordFile()}
		if !o.Durable {
			args = append(args, "--no-sync")
		}
		if err = f.initdb(ctx, o.Log, bin, args); err == nil {
			break
		}
		if !strings.Contains(err.Error(), "invalid locale") {
			return "", err
		}
	}
	if err != nil {
		return "", err
	}
	if err := os.Rename(unfinished, f.data()); err != nil {
		return "", fmt.Errorf("naming the new cluster: %w", err)
	}
	return bin, nil
}

func (f folder) initdb(ctx context.Context, log *slog.Logger, bin string, args []string) error {
	c, err := startChild(f.user, log, syscall.SIGKILL, f.dir, filepath.Join(bin, "initdb"), args...)
	if err != nil {
		return err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		_ = syscall.Kill(-c.pid(), syscall.SIGKILL)
		<-c.done
		return fmt.Errorf("initdb was stopped: %w", ctx.Err())
	}
	if c.err != nil {
		return fmt.Errorf("initdb in %s: %w\n%s", f.dir, c.err, c.output.tail())
	}
	return nil
}

// choosePort returns the port asked for, else the last one, else a free one.
func choosePort(o Options, f folder) (int, error) {
	if o.Port != 0 {
		return o.Port, nil
	}
	if last := f.lastPort(); last != 0 {
		if port, err := tryPort(o.Host, last); err == nil {
			return port, nil
		}
	}
	port, err := tryPort(o.Host, 0)
	if err != nil {
		return 0, fmt.Errorf("looking for a free port for the private PostgreSQL: %w", err)
	}
	return port, nil
}

func tryPort(host string, port int) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	defer l.Close()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("%s is no TCP address", l.Addr())
	}
	return addr.Port, nil
}

// run starts the postmaster once and waits until it accepts.
func (s *Server) run(ctx context.Context, o Options, bin string) error {
	s.removeStalePid()
	settings := map[string]string{
		"listen_addresses":        o.Host,
		"port":                    strconv.Itoa(s.Port),
		"unix_socket_directories": s.SocketDir,
		"unix_socket_permissions": "0700",
		"logging_collector":       "off",
		"log_destination":         "stderr",
	}
	death := syscall.SIGINT // fast shutdown
	if !o.Durable {
		death = syscall.SIGQUIT // immediate: nothing to save
		for _, off := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
			settings[off] = "off"
		}
	}
	maps.Copy(settings, o.Settings)
	args := []string{"-D", s.folder.data()}
	for _, k := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", k+"="+settings[k])
	}
	process, err := startChild(s.folder.user, o.Log, death, s.folder.data(), filepath.Join(bin, "postgres"), args...)
	if err != nil {
		return err
	}
	s.process = process
	for {
		err := s.ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-process.done:
			return &endedError{status: process.err, tail: process.output.tail()}
		case <-ctx.Done():
			s.Kill()
			return fmt.Errorf("the private PostgreSQL in %s doesn't accept connections: %w (last: %w)\n%s",
				s.Dir, ctx.Err(), err, process.output.tail())
		case <-time.After(pollTime):
		}
	}
}

// ping asks our own process: another server on the same folder may answer at
// the same socket.
func (s *Server) ping(ctx context.Context) error {
	if pid := s.pidInFile(); pid != s.process.pid() {
		return fmt.Errorf("postmaster.pid names process %d, ours is %d", pid, s.process.pid())
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.SocketURL("postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// removeStalePid removes a crashed server's postmaster.pid. PostgreSQL does it
// by itself unless the number belongs to another process of the same user by
// now, as it often does in containers.
func (s *Server) removeStalePid() {
	pid := s.pidInFile()
	if pid == 0 || serves(pid, s.folder.data()) {
		return
	}
	_ = os.Remove(s.pidFile()) // if it can't be removed, the server says why it won't start
}

func (s *Server) pidFile() string { return filepath.Join(s.folder.data(), "postmaster.pid") }

// pidInFile is the first line of postmaster.pid, 0 when there is none yet.
func (s *Server) pidInFile() int {
	b, err := os.ReadFile(s.pidFile())
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return 0
	}
	return pid
}

// endedError says that the server ended while it was expected to start.
type endedError struct {
	status error
	tail   string
}

func (e *endedError) Error() string {
	return fmt.Sprintf("the private PostgreSQL ended while starting (%v):\n%s", e.status, e.tail)
}

func (e *endedError) Unwrap() error { return e.status }

// passing says whether trying again may help: a server killed a moment ago is
// still in the way, or somebody was faster to take the free port.
func (e *endedError) passing(freePort bool) bool {
	for _, sign := range []string{"already exists", "pre-existing shared memory block"} {
		if strings.Contains(e.tail, sign) {
			return true
		}
	}
	return freePort && strings.Contains(e.tail, "could not bind")
}

// URL of a database over TCP, password included: not for logs.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, s.password),
		Host:     net.JoinHostPort(s.Host, strconv.Itoa(s.Port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// SocketURL of a database over the unix socket: without a password, since only
// the server's user and root may enter SocketDir.
func (s *Server) SocketURL(database string) string {
	q := url.Values{"host": {s.SocketDir}, "port": {strconv.Itoa(s.Port)}, "user": {superuser}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", Path: "/" + database, RawQuery: q.Encode()}
	return u.String()
}

// Done is closed when the server has ended, whoever ended it.
func (s *Server) Done() <-chan struct{} { return s.process.done }

// Stop shuts down: fast (clients are disconnected, a checkpoint is written),
// and when ctx ends before that is done, immediately; the next start then
// recovers. It returns when every process has ended.
func (s *Server) Stop(ctx context.Context) error {
	s.process.signal(syscall.SIGINT)
	select {
	case <-s.process.done:
		s.clean()
		return nil
	case <-ctx.Done():
	}
	s.process.signal(syscall.SIGQUIT)
	select {
	case <-s.process.done:
		s.clean()
	case <-time.After(6 * time.Second): // PostgreSQL itself kills its children after 5 s
		s.Kill()
	}
	return fmt.Errorf("stopping the private PostgreSQL fast: %w; it was stopped immediately", ctx.Err())
}

// Kill ends the postmaster and its children by SIGKILL, as a crash would.
func (s *Server) Kill() {
	if !s.process.signal(syscall.SIGSTOP) { // so that it starts no more children
		return
	}
	children, err := childrenOf(s.process.pid())
	s.process.signal(syscall.SIGKILL)
	if err == nil {
		for _, pid := range children {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	<-s.process.done
}

// clean removes a socket folder outside Dir.
func (s *Server) clean() {
	if filepath.Dir(s.SocketDir) != s.Dir {
		_ = os.RemoveAll(s.SocketDir)
	}
}
