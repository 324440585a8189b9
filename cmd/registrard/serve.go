package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"registrard/config"
)

func (a *app) serve() *cobra.Command {
	var migrate bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a node",
		Long: `Run a node: listen for SIP, answer REGISTER from the database, until SIGTERM or
SIGINT. It listens before the database is there and answers 503 until it is;
'registrard ready', GET /readyz and an OPTIONS to any listener tell when it is
ready.

SIGTERM or SIGINT: stop taking requests, finish those under way, exit 0; a
second one stops at once. SIGHUP: read certificates and the log level again,
and connect to the database anew.

The database needs 'registrard migrate up' once; --migrate does it on start,
whichever of several nodes comes first.`,
		Example: `  REGISTRARD_DATABASE_URL=postgres://registrard@db/asterisk registrard serve --migrate
  registrard serve --config /etc/registrard/registrard.yaml
  registrard serve --listen 'udp://:5060,tcp://:5060?advertise=203.0.113.5'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load(cmd)
			if err != nil {
				return err
			}
			log, level, sink := a.nodeLogger(c.Log)
			collectLess()
			signals, forget := notify()
			defer forget()
			ctx, cancel := context.WithCancel(cmd.Context())
			defer cancel()
			n, err := newNode(ctx, c, log, sink)
			if err != nil {
				return err
			}
			go giveBack(ctx)
			s := supervisor{node: n, signals: signals, log: log}
			sd := newSystemd(a.environ, log)
			s.follow = func(stopping, ended context.Context) { sd.follow(stopping, ended, &n.readiness) }
			s.reload = func() { reload(s.node, given(cmd), a.environ, level, log) }
			if migrate {
				s.beside = func(ctx context.Context) error { return migrateWhenThere(ctx, c, log) }
			}
			log.Info("registrard starts", "version", thisBuild().Version, "node", c.Node.Name, "listen", n.addrs())
			return s.run(ctx)
		},
	}
	configFlags(cmd)
	cmd.Flags().BoolVar(&migrate, "migrate", false, "bring the database to what this version needs, as soon as it is there")
	return cmd
}

// gcPercent lets the heap grow to three times what lives before it is collected.
// Nearly all of a registrar's memory is gone with its request, and what lives
// is small: a tenth of the CPU of a REGISTER for some 40 MB.
const gcPercent = 200

// collectLess sets gcPercent, unless the environment has a GOGC.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// notify listens for the signals that a node knows. A SIGPIPE, of a log whose
// reader is gone, would end it: somebody takes it, and nobody acts on it.
func notify() (signals <-chan os.Signal, forget func()) {
	ch, unheard := make(chan os.Signal, 4), make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	signal.Notify(unheard, syscall.SIGPIPE)
	return ch, func() { signal.Stop(ch); signal.Stop(unheard) }
}

// runner is what a supervisor needs of a node.
type runner interface {
	run(ctx context.Context) error
	reload() error
}

// supervisor runs a node and listens to signals for it.
type supervisor struct {
	node    runner
	signals <-chan os.Signal
	reload  func()
	// beside runs next to the node, until it is done; its error stops the node.
	// nil for nothing.
	beside func(ctx context.Context) error
	// follow runs next to the node until that has ended; stopping ends when it is
	// told to. nil for nothing.
	follow func(stopping, ended context.Context)
	log    *slog.Logger
}

var errAtOnce = errors.New("stopped at once by a second signal; what was under way may be unanswered")

// run returns when the node has stopped: by ctx, by a signal, or by a failure of
// its own. After a second signal it doesn't wait for the node.
func (s *supervisor) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	done := make(chan error, 1)
	go func() { done <- s.node.run(ctx) }()
	besideDone := make(chan error, 1)
	if s.beside != nil {
		go func() { besideDone <- s.beside(ctx) }()
	} else {
		besideDone = nil
	}
	if s.follow != nil {
		ended, end := context.WithCancel(context.WithoutCancel(ctx))
		followed := make(chan struct{})
		go func() { defer close(followed); s.follow(ctx, ended) }()
		defer func() { end(); <-followed }()
	}
	stopping := false
	for {
		select {
		case err := <-done:
			stop(nil)
			if besideDone != nil {
				err = errors.Join(err, <-besideDone)
			}
			return err
		case err := <-besideDone:
			besideDone = nil
			if err != nil {
				stop(err)
				return errors.Join(err, <-done)
			}
		case sig := <-s.signals:
			switch {
			case sig == syscall.SIGHUP:
				s.reload()
			case stopping:
				return errAtOnce
			default:
				stopping = true
				s.log.Info("registrard stops", "signal", sig.String())
				stop(fmt.Errorf("signal %s", sig))
			}
		}
	}
}

// reload reads the configuration again and takes over the log level; the node
// reads its certificates again, and connects to the database with the credentials of now. Everything else needs a restart. A configuration
// with mistakes changes nothing.
func reload(n runner, flags map[string]string, environ []string, level *slog.LevelVar, log *slog.Logger) {
	c, mistakes := config.Load(flags, environ)
	for _, m := range mistakes {
		log.Error("configuration is not taken over", "mistake", m.String())
	}
	if len(mistakes) > 0 {
		return
	}
	level.Set(levelOf(c.Log))
	if err := n.reload(); err != nil {
		log.Error("certificates are not taken over; the old ones stay", "error", err)
		return
	}
	log.Info("reloaded", "log_level", c.Log.Level)
}
