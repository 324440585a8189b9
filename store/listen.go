package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	// listenRetry is the time to the next attempt when a pooler is in between.
	listenRetry = 30 * time.Second
)

// errPooled says that LISTEN hears nothing on this way to the server.
var errPooled = errors.New("notifications don't arrive: a transaction pooler is in between")

// errDemoted says that the server that is listened to can't be written any more.
var errDemoted = errors.New("the server that was listened to is read-only now")

// Watch listens to changes of configuration on a connection of its own until
// ctx ends, and tells w. Where LISTEN can't work (a transaction pooler), it
// never says Listening, so that w keeps nothing, and says so in the log.
func (s *Store) Watch(ctx context.Context, w Watcher) error {
	warned := false
	for wait := firstWait; ctx.Err() == nil; {
		err := s.listenOnce(ctx, w, func() { wait = firstWait })
		if ctx.Err() != nil {
			break
		}
		if errors.Is(err, errPooled) {
			if !warned {
				s.log.Warn("LISTEN doesn't work through a transaction pooler, so every request reads its configuration anew; set database.listen_url (REGISTRARD_DATABASE_LISTEN_URL) to a direct connection",
					"error", err)
				warned = true
			}
			sleep(ctx, jitter(listenRetry))
			continue
		}
		s.log.Warn("changes of configuration are not heard until LISTEN is back; each request asks the database", "error", unavailable("listen", err))
		sleep(ctx, jitter(wait))
		wait = min(2*wait, time.Second)
	}
	return nil
}

// listenOnce listens on one connection until it fails. established is called
// when it has begun.
func (s *Store) listenOnce(ctx context.Context, w Watcher, established func()) error {
	config := s.listen.Copy()
	heard := make(chan struct{}, 1)
	probe := "registrard_probe_" + s.opt.BootID
	probe = probe[:min(len(probe), 63)] // the longest name that PostgreSQL takes
	listening := false
	// Notifications come in while anything is read from the connection.
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		switch n.Channel {
		case probe:
			select {
			case heard <- struct{}{}:
			default:
			}
		case configChannel:
			if listening {
				s.tell(w, n.Payload)
			}
		}
	}
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer closeNow(c)

	if err := s.ask(ctx, func(ctx context.Context) error {
		for _, statement := range []string{listenConfig, "LISTEN " + pgx.Identifier{probe}.Sanitize()} {
			if _, err := c.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return s.checkPrimary(ctx, c)
	}); err != nil {
		return err
	}
	if err := s.checkDirect(ctx, c, probe, heard); err != nil {
		return err
	}
	established()
	listening = true
	w.Listening()
	defer w.Lost()
	for {
		if err := s.hear(ctx, c); err != nil {
			return err
		}
		// An idle connection notices a silent drop only by a query of its own.
		if err := s.ask(ctx, func(ctx context.Context) error { return s.checkPrimary(ctx, c) }); err != nil {
			return err
		}
	}
}

// hear waits for a notification, for at most listenWait.
func (s *Store) hear(ctx context.Context, c *pgx.Conn) error {
	waiting, cancel := context.WithTimeout(ctx, listenWait)
	defer cancel()
	err := c.PgConn().WaitForNotification(waiting)
	if err != nil && ctx.Err() == nil && waiting.Err() != nil && !c.IsClosed() {
		return nil // nothing came
	}
	return err
}

func (s *Store) ask(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, listenPatience)
	defer cancel()
	return do(ctx)
}

func (s *Store) checkPrimary(ctx context.Context, c *pgx.Conn) error {
	var ok bool
	if err := c.QueryRow(ctx, stillPrimary).Scan(&ok); err != nil {
		return err
	}
	if !ok {
		return errDemoted
	}
	return nil
}

// checkDirect makes sure that what another connection notifies is heard here.
func (s *Store) checkDirect(ctx context.Context, c *pgx.Conn, probe string, heard <-chan struct{}) error {
	var pid uint32
	if err := s.ask(ctx, func(ctx context.Context) error { return c.QueryRow(ctx, backendPID).Scan(&pid) }); err != nil {
		return err
	}
	if pid != c.PgConn().PID() {
		return fmt.Errorf("%w (the server process is %d, the connection was told %d)", errPooled, pid, c.PgConn().PID())
	}
	if err := s.within(ctx, s.opt.Deadline, func(ctx context.Context, other *pgx.Conn) error {
		_, err := other.Exec(ctx, notifyProbe, probe)
		return err
	}); err != nil {
		return err
	}
	for range 2 {
		if err := s.hear(ctx, c); err != nil {
			return err
		}
		select {
		case <-heard:
			return nil
		default:
		}
	}
	return fmt.Errorf("%w (a NOTIFY of another connection didn't arrive)", errPooled)
}

// notice is the payload of registrard_config.
type notice struct {
	Table string   `json:"t"`
	IDs   []string `json:"ids"`
}

// tell passes one payload on. What can't be read may mean anything.
func (s *Store) tell(w Watcher, payload string) {
	n, err := parseNotice(payload)
	if err != nil {
		s.log.Warn("a notification on registrard_config can't be read; all configuration is read anew", "error", err)
		w.Lost()
		w.Listening()
		return
	}
	w.Changed(n.Table, n.IDs)
}

// parseNotice reads {"t":"ps_auths","ids":["6001"]}; without ids any row is meant.
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
