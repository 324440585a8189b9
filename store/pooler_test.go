package store

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/store/storetest"
)

// throughPooler gives a URL that leads to the database through somebody who
// tells clients a process number of his own, as PgBouncer does.
func throughPooler(t *testing.T, address string) string {
	t.Helper()
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	network, server := pgconnAddress(config)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial(network, server)
			if err != nil {
				_ = client.Close()
				continue
			}
			go func() {
				_, _ = io.Copy(upstream, client)
				_ = upstream.Close()
			}()
			go func() {
				defer client.Close()
				if tellAnotherPID(client, upstream) == nil {
					_, _ = io.Copy(client, upstream)
				}
			}()
		}
	}()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = l.Addr().String()
	q := u.Query()
	q.Del("host")
	q.Del("port")
	q.Set("sslmode", "disable")
	u.RawQuery = q.Encode()
	return u.String()
}

func pgconnAddress(c *pgx.ConnConfig) (network, address string) {
	if strings.HasPrefix(c.Host, "/") {
		return "unix", c.Host + "/.s.PGSQL." + fmt.Sprint(c.Port)
	}
	return "tcp", net.JoinHostPort(c.Host, fmt.Sprint(c.Port))
}

// tellAnotherPID passes on what the server says before it is ready for
// queries, with another number in BackendKeyData.
func tellAnotherPID(client io.Writer, server io.Reader) error {
	for {
		head := make([]byte, 5)
		if _, err := io.ReadFull(server, head); err != nil {
			return err
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(server, body); err != nil {
			return err
		}
		if head[0] == 'K' {
			body[0] ^= 0x40
		}
		if _, err := client.Write(append(head, body...)); err != nil {
			return err
		}
		if head[0] == 'Z' {
			return nil
		}
	}
}

func TestPooler(t *testing.T) {
	t.Parallel()
	look := func(t *testing.T, s *Store) (mode pgx.QueryExecMode, prepared, pins int) {
		t.Helper()
		mustCommit(t, s, register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", 1, 3600))
		mustCommit(t, s, register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", 2, 3600))
		// Each connection, so that the one that wrote is among them.
		idle := append(s.pool.AcquireAllIdle(t.Context()), s.refreshing.AcquireAllIdle(t.Context())...)
		defer func() {
			for _, c := range idle {
				c.Release()
			}
		}()
		for _, c := range idle {
			mode = max(mode, modeOf(c))
			var n int
			if err := c.QueryRow(t.Context(), "SELECT count(*)::int FROM pg_prepared_statements WHERE statement LIKE '%registrard:%'", pgx.QueryExecModeSimpleProtocol).Scan(&n); err != nil {
				t.Fatal(err)
			}
			prepared += n
			if err := c.QueryRow(t.Context(), "SELECT count(*)::int FROM pg_settings WHERE source = 'session' AND name IN ('plan_cache_mode', 'statement_timeout')", pgx.QueryExecModeSimpleProtocol).Scan(&n); err != nil {
				t.Fatal(err)
			}
			pins += n
		}
		return mode, prepared, pins
	}
	t.Run("one that is found is served without prepared statements, and told once", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, throughPooler(t, db.URL), nil)
		if mode, prepared, pins := look(t, s.Store); mode != pgx.QueryExecModeExec || prepared != 0 || pins != 0 {
			t.Errorf("mode %s, %d prepared statements, %d settings that outlive their transaction", mode, prepared, pins)
		}
		if n := strings.Count(s.log.String(), "goes through a connection pooler"); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
	t.Run("a mode that the DSN names is used", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, withParameter(t, throughPooler(t, db.URL), execMode, "cache_statement"), nil)
		if mode, prepared, pins := look(t, s.Store); mode != pgx.QueryExecModeCacheStatement || prepared == 0 || pins != 0 {
			t.Errorf("mode %s, %d prepared statements, %d settings that outlive their transaction", mode, prepared, pins)
		}
	})
	t.Run("without one, statements are prepared", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, nil)
		if mode, prepared, pins := look(t, s.Store); mode != pgx.QueryExecModeCacheStatement || prepared == 0 || pins != 2 {
			t.Errorf("mode %s, %d prepared statements, %d settings that outlive their transaction", mode, prepared, pins)
		}
	})
	t.Run("its LISTEN isn't believed, and changes are told all the same", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, throughPooler(t, db.URL), byListening)
		h := watch(t, s.Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		exec(t, db, "INSERT INTO ps_auths (id) VALUES ('6001')")
		until(t, "the change", func() bool { return h.count("ps_auths 6001") == 1 })
		if !strings.Contains(s.log.String(), "LISTEN hears nothing") {
			t.Error("the log doesn't say so")
		}
	})
}

func modeOf(c *pgxpool.Conn) pgx.QueryExecMode { return c.Conn().Config().DefaultQueryExecMode }
