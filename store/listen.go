package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// configChannel tells of changed configuration; see migrations.
const configChannel = "registrard_config"

const (
	listenConfig = `LISTEN registrard_config`
	// notifyProbe notifies a channel of this boot's own, to find out whether
	// notifications of another connection arrive here.
	notifyProbe = `SELECT /* registrard:notify_probe */ pg_notify($1, '')`
	backendPID  = `SELECT /* registrard:backend_pid */ pg_backend_pid()`
	// stillPrimary tells a primary that can be written from one that can't.
	stillPrimary = `SELECT /* registrard:still_primary */ NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'`
)

const (
	// listenWait is the longest that a connection is believed without asking it.
	listenWait = time.Second
	// listenPatience is how long one question on that connection may take.
	listenPatience = time.Second
	// probeEvery is the time between two looks whether notifications still
	// arrive: a pooler may come in between later, or take another connection.
	probeEvery = 15 * time.Second
	// longestListenRetry is the time between two attempts while changes are
	// asked for; the first come sooner, as a slow server looks like a pooler.
	firstListenRetry, longestListenRetry = time.Second, 30 * time.Second
)

// errPooled says that LISTEN hears nothing on this way to the server.
var errPooled = errors.New("notifications don't arrive: a transaction pooler is in between, or database.listen_url leads to another server or database than database.url")

// errDemoted says that the server that is listened to can't be written any more.
var errDemoted = errors.New("the server that was listened to is read-only now")

// Watch finds out what changes in the configuration until ctx ends, and tells
// w: by LISTEN on a connection of its own, or, with Options.Poll and where
// LISTEN hears nothing, by asking (poll.go); and what neither announces by
// looking (unannounced.go). With Options.Age all is taken to be old after a time.
func (s *reader) Watch(ctx context.Context, w Watcher) error {
	if s.opt.DropDeleted {
		w = deletionWatcher{Watcher: w, noted: s.deleted}
	}
	if s.opt.Age {
		s.byAge(ctx, w)
		return nil
	}
	v := newOverseer(s, w)
	said := announcedWatcher{Watcher: w, said: &v.said}
	v.first(ctx)
	var looking sync.WaitGroup
	defer looking.Wait()
	looking.Go(func() { v.run(ctx) })
	if s.opt.Poll {
		s.poll(ctx, said)
		return nil
	}
	told := outage{}
	warned := false
	for wait := firstWait; ctx.Err() == nil; {
		l, err := s.openListener(ctx)
		if errors.Is(err, errPooled) {
			if !warned {
				s.log.Warn("LISTEN hears nothing, so changes of configuration are asked for, and may take that long; set database.listen_url (REGISTRARD_DATABASE_LISTEN_URL) to a direct connection to the database of database.url, or database.coherence to poll",
					"every", s.opt.PollInterval, "error", err)
				warned = true
			}
			l, err = s.pollUntilHeard(ctx, said), nil
		}
		if err == nil && l != nil {
			wait, told = firstWait, outage{}
			err = s.follow(ctx, said, l)
		}
		if ctx.Err() != nil || errors.Is(err, errPooled) {
			continue
		}
		err = unavailable("listen", err)
		if told.isNew(err) {
			s.log.Warn("changes of configuration are not heard until LISTEN is back; each request asks the database", "error", err)
		}
		sleep(ctx, jitter(wait))
		wait = min(2*wait, time.Second)
	}
	return nil
}

// outage holds the errors that were told of one: each is told once, not at each
// attempt.
type outage map[string]bool

func (o outage) isNew(err error) bool {
	text := err.Error()
	known := o[text]
	o[text] = true
	return !known
}

// pollUntilHeard asks for changes until a LISTEN hears something, and gives
// that; nil when ctx ended.
func (s *reader) pollUntilHeard(ctx context.Context, w announcedWatcher) *listener {
	polling, stop := context.WithCancel(ctx)
	found := make(chan *listener, 1)
	go func() {
		defer stop()
		defer close(found)
		for wait := firstListenRetry; ; wait = min(3*wait, longestListenRetry) {
			sleep(polling, jitter(wait))
			if polling.Err() != nil {
				return
			}
			if l, err := s.openListener(polling); err == nil {
				found <- l
				return
			}
		}
	}()
	s.poll(polling, w)
	stop()
	l := <-found
	if l != nil && ctx.Err() != nil {
		closeNow(l.c)
		return nil
	}
	return l
}

// listener is a connection with LISTEN on which notifications arrive.
type listener struct {
	s     *reader
	c     *pgx.Conn
	probe string               // the channel of this boot's own
	heard chan struct{}        // of one place: something came on it
	tell  func(payload string) // of configChannel; nil before anybody follows
}

// openListener connects, and makes sure that what others notify is heard.
func (s *reader) openListener(ctx context.Context) (*listener, error) {
	l := &listener{s: s, probe: "registrard_probe_" + s.opt.BootID, heard: make(chan struct{}, 1)}
	l.probe = l.probe[:min(len(l.probe), 63)] // the longest name that PostgreSQL takes
	config := s.listen.Copy()
	s.renewedListen.into(config)
	// Notifications come in while anything is read from the connection.
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		switch {
		case n.Channel == l.probe:
			select {
			case l.heard <- struct{}{}:
			default:
			}
		case n.Channel == configChannel && l.tell != nil:
			l.tell(n.Payload)
		}
	}
	var err error
	if l.c, err = pgx.ConnectConfig(ctx, config); err != nil {
		return nil, err
	}
	err = l.ask(ctx, func(ctx context.Context) error {
		for _, statement := range []string{listenConfig, "LISTEN " + pgx.Identifier{l.probe}.Sanitize()} {
			if _, err := l.c.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return l.checkPrimary(ctx)
	})
	if err == nil {
		err = l.checkDirect(ctx)
	}
	if err != nil {
		closeNow(l.c)
		return nil, err
	}
	return l, nil
}

// follow tells w what l hears, until that fails or notifications stop arriving.
func (s *reader) follow(ctx context.Context, w announcedWatcher, l *listener) error {
	defer closeNow(l.c)
	l.tell = func(payload string) { s.tell(w, payload) }
	w.Listening()
	defer w.Lost()
	s.metrics.heardBy.WithLabelValues("listen").Set(1)
	defer s.metrics.heardBy.WithLabelValues("listen").Set(0)
	probed := time.Now()
	for {
		if err := l.hear(ctx); err != nil {
			return err
		}
		// An idle connection notices a silent drop only by a query of its own.
		if err := l.ask(ctx, l.checkPrimary); err != nil {
			return err
		}
		if time.Since(probed) < s.opt.probeEvery {
			continue
		}
		if err := l.checkDirect(ctx); errors.Is(err, errPooled) || l.c.IsClosed() {
			return err
		}
		// Else the other connection failed: that says nothing about this one.
		probed = time.Now()
	}
}

// hear waits for a notification, for at most listenWait.
func (l *listener) hear(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, listenWait)
	defer cancel()
	err := l.c.PgConn().WaitForNotification(waiting)
	if err != nil && ctx.Err() == nil && waiting.Err() != nil && !l.c.IsClosed() {
		return nil // nothing came
	}
	return err
}

func (l *listener) ask(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, listenPatience)
	defer cancel()
	return do(ctx)
}

func (l *listener) checkPrimary(ctx context.Context) error {
	var ok bool
	if err := l.c.QueryRow(ctx, stillPrimary).Scan(&ok); err != nil {
		return err
	}
	if !ok {
		return errDemoted
	}
	return nil
}

// checkDirect makes sure that what another connection notifies is heard here.
// It asks twice before it says that it isn't: a slow server is no pooler.
func (l *listener) checkDirect(ctx context.Context) error {
	var pid uint32
	if err := l.ask(ctx, func(ctx context.Context) error { return l.c.QueryRow(ctx, backendPID).Scan(&pid) }); err != nil {
		return err
	}
	if pid != l.c.PgConn().PID() {
		return fmt.Errorf("%w (the server process is %d, the connection was told %d)", errPooled, pid, l.c.PgConn().PID())
	}
	for range 2 {
		select {
		case <-l.heard: // a late answer to an earlier question
		default:
		}
		if err := l.s.within(ctx, l.s.opt.Deadline, func(ctx context.Context, other *pgx.Conn) error {
			_, err := other.Exec(ctx, notifyProbe, l.probe)
			return err
		}); err != nil {
			return err
		}
		for asked := time.Now(); time.Since(asked) < 2*listenWait; {
			if err := l.hear(ctx); err != nil {
				return err
			}
			select {
			case <-l.heard:
				return nil
			default:
			}
		}
	}
	return fmt.Errorf("%w (a NOTIFY of another connection didn't arrive)", errPooled)
}

// notice is the payload of registrard_config.
type notice struct {
	Table string   `json:"t"`
	IDs   []string `json:"ids"`
	Rows  int      `json:"n"`
}

// tell passes one payload on. What can't be read may mean anything.
func (s *reader) tell(w announcedWatcher, payload string) {
	n, err := parseNotice(payload)
	if err != nil {
		s.log.Warn("a notification on registrard_config can't be read; all configuration is read anew", "error", err)
		w.Lost()
		w.Listening()
		return
	}
	if n.Rows == 0 {
		n.Rows = len(n.IDs)
	}
	w.changed(n.Table, n.IDs, n.Rows)
}

// parseNotice reads {"t":"ps_auths","ids":["6001"]}; without ids any row is meant,
// and n is how many rows the ids are of, when that is another number.
func parseNotice(payload string) (notice, error) {
	var n notice
	if err := json.Unmarshal([]byte(payload), &n); err != nil {
		return notice{}, fmt.Errorf("no JSON object of t and ids: %w", err)
	}
	if n.Table == "" {
		return notice{}, errors.New("no table is named in t")
	}
	if len(n.IDs) == 0 {
		n.IDs = nil
	}
	return n, nil
}
