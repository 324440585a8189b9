package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"registrard/config"
	"registrard/localpg"
	"registrard/migrations"
)

const (
	devDatabase  = "registrard"
	devSIPPort   = 5060
	devAdminPort = 8060
	// devRootDir is where root keeps the data when PostgreSQL's user can't enter
	// the usual place.
	devRootDir = "/var/lib/registrard-dev"
	// devReady bounds the wait for the node to be ready, devStop that for
	// PostgreSQL to stop.
	devReady = 30 * time.Second
	devStop  = 20 * time.Second
)

type devOptions struct {
	dirs   []string
	listen string
	port   int
}

func (a *app) dev() *cobra.Command {
	var o devOptions
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Try it: a node with a PostgreSQL of its own and demo extensions",
		Long: `Run a node over a private PostgreSQL, for trying things and for development.
Nothing needs to be set up but PostgreSQL's programs: their newest version on this
machine is used. The data stays: the next start finds it again. Ctrl-C ends all.

The demo extensions have passwords that everybody knows, and so only this machine
reaches them, unless --listen says otherwise. They are put in once: a database
that has any endpoint gets none.

REGISTRARD_ variables count too, except those that name the database and what to
listen on.`,
		Example: `  registrard dev
  registrard dev --listen 192.0.2.10     for a phone on the desk`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runDev(cmd.Context(), given(cmd), o)
		},
	}
	cmd.Flags().StringArrayVar(&o.dirs, "dir", nil, "`folder` of the data; of several, the first that PostgreSQL can use\n(default $XDG_STATE_HOME/registrard, ~/.local/state/registrard; as root else "+devRootDir+")")
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1", "`address` to serve SIP on; 0.0.0.0 for all of this machine's")
	cmd.Flags().IntVar(&o.port, "port", 0, "`port` for SIP (default 5060, or when it is taken another one)")
	devConfigFlags(cmd)
	return cmd
}

// devConfigFlags are the keys that dev leaves to the user.
func devConfigFlags(cmd *cobra.Command) {
	for _, f := range config.Flags() {
		if f.Key == "log.level" || f.Key == "log.format" || f.Key == "node.name" {
			cmd.Flags().String(f.Name, "", "sets "+f.Key)
		}
	}
}

func (a *app) runDev(ctx context.Context, flags map[string]string, o devOptions) (err error) {
	signals, forget := notify()
	defer forget()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	// The listeners come first: what is wrong with them is told before anything
	// is started.
	if err := o.configure(flags); err != nil {
		return err
	}
	c, mistakes := config.Load(flags, a.environ)
	if len(mistakes) > 0 {
		return &mistakesError{mistakes}
	}
	log, level, sink := a.nodeLogger(c.Log)
	dir, err := chooseDir(o.dirs, a.environ, os.Geteuid() == 0, localpg.Reachable)
	if err != nil {
		return err
	}

	// A signal while PostgreSQL starts ends the start; the supervisor's channel
	// gets every signal too.
	starting, done := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer done()
	log.Info("starting a private PostgreSQL", "dir", dir)
	pg, err := localpg.Start(starting, localpg.Options{Dir: dir, Durable: true, Log: log})
	if starting.Err() != nil && pg == nil {
		return nil // stopped as asked
	}
	if err != nil {
		return err
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), devStop)
		defer cancel()
		err = errors.Join(err, pg.Stop(stopping))
	}()
	if err := prepareDev(starting, pg, log); err != nil {
		if starting.Err() != nil {
			return nil // stopped as asked
		}
		return err
	}
	c.Database.URL = pg.URL(devDatabase)
	c.Database.ListenURL = ""

	n, err := newNode(ctx, c, log, sink)
	if err != nil {
		return err
	}
	s := supervisor{node: n, signals: signals, log: log}
	s.reload = func() { reload(n, flags, a.environ, level, log) }
	s.beside = func(ctx context.Context) error {
		if err := a.greet(ctx, c, pg); err != nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-pg.Done():
			return errors.New("the private PostgreSQL has ended by itself; --log-level debug shows its log")
		case <-ctx.Done():
			return nil
		}
	}
	return s.run(ctx)
}

// configure sets the keys that dev decides: where it listens.
func (o devOptions) configure(flags map[string]string) error {
	sip, err := choosePort(o.listen, o.port, devSIPPort, "udp", "tcp")
	if err != nil {
		return err
	}
	admin, err := choosePort("127.0.0.1", 0, devAdminPort, "tcp")
	if err != nil {
		return err
	}
	address := net.JoinHostPort(o.listen, strconv.Itoa(sip))
	flags["listen"] = "udp://" + address + ",tcp://" + address
	flags["admin.listen"] = net.JoinHostPort("127.0.0.1", strconv.Itoa(admin))
	return nil
}

// prepareDev makes the database ready for a node.
func prepareDev(ctx context.Context, pg *localpg.Server, log *slog.Logger) error {
	url := pg.URL(devDatabase)
	if err := migrations.EnsureDatabase(ctx, url); err != nil {
		return err
	}
	pool, err := migrations.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool, log); err != nil {
		return err
	}
	return migrations.Demo(ctx, pool)
}

// greet waits until the node is ready and then says how to use it.
func (a *app) greet(ctx context.Context, c config.Config, pg *localpg.Server) error {
	wait, cancel := context.WithTimeout(ctx, devReady)
	defer cancel()
	url := "http://" + c.Admin.Listen
	for {
		_, err := ask(wait, url+"/readyz")
		if err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wait.Done():
			return fmt.Errorf("the node is not ready after %s: %w", devReady, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	host, port, err := net.SplitHostPort(c.Listen[0].Address)
	if err != nil {
		return fmt.Errorf("the address of the listener: %w", err)
	}
	_, err = fmt.Fprint(a.stdout, screen(screenFacts{
		Server: net.JoinHostPort(reachable(host), port), Admin: url, Dir: pg.Dir,
		Psql:       fmt.Sprintf("psql 'host=%s port=%d user=postgres dbname=%s'", pg.SocketDir, pg.Port, devDatabase),
		Extensions: migrations.DemoExtensions(),
	}))
	return err
}

// choosePort returns wanted, or when that is 0 the first port from usual on that
// is free for all networks, or at last any free one.
func choosePort(host string, wanted, usual int, networks ...string) (int, error) {
	if wanted != 0 {
		if err := tryPort(host, wanted, networks); err != nil {
			return 0, fmt.Errorf("--port %d can't be used: %w", wanted, err)
		}
		return wanted, nil
	}
	var first error
	for port := usual; port < usual+40; port += 2 {
		err := tryPort(host, port, networks)
		if err == nil {
			return port, nil
		}
		if first == nil {
			first = err
		}
	}
	for range 10 {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			return 0, fmt.Errorf("--listen %s can't be used: %w", host, err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			return 0, err
		}
		if tryPort(host, port, networks) == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no port is free on %s: %w", host, first)
}

func tryPort(host string, port int, networks []string) error {
	address := net.JoinHostPort(host, strconv.Itoa(port))
	for _, network := range networks {
		if network == "udp" {
			c, err := net.ListenPacket(network, address)
			if err != nil {
				return err
			}
			if err := c.Close(); err != nil {
				return err
			}
			continue
		}
		l, err := net.Listen(network, address)
		if err != nil {
			return err
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

// chooseDir takes the first folder that PostgreSQL can use, which under root
// runs as another user.
func chooseDir(wanted, environ []string, root bool, usable func(dir string) error) (string, error) {
	dirs := wanted
	if len(dirs) == 0 {
		if dir := stateDir(environ); dir != "" {
			dirs = append(dirs, dir)
		}
		if root {
			dirs = append(dirs, devRootDir)
		}
	}
	var errs []error
	for _, dir := range dirs {
		err := usable(dir)
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		return "", errors.New("neither XDG_STATE_HOME nor HOME is set; name a folder for the data with --dir")
	}
	return "", errors.Join(errs...)
}

// stateDir is where the XDG base directory specification puts a program's state.
func stateDir(environ []string) string {
	var home, state string
	for _, e := range environ {
		if v, ok := strings.CutPrefix(e, "HOME="); ok {
			home = v
		}
		if v, ok := strings.CutPrefix(e, "XDG_STATE_HOME="); ok {
			state = v
		}
	}
	switch {
	case filepath.IsAbs(state):
		return filepath.Join(state, "registrard")
	case filepath.IsAbs(home):
		return filepath.Join(home, ".local", "state", "registrard")
	}
	return ""
}
