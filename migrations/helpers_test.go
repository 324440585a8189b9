package migrations_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/migrations"
	"registrard/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

func up(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	if err := migrations.Up(t.Context(), pool, quiet); err != nil {
		t.Fatalf("Up: %v", err)
	}
}

func down(t *testing.T, pool *pgxpool.Pool, to int64) {
	t.Helper()
	if err := migrations.Down(t.Context(), pool, to, quiet); err != nil {
		t.Fatalf("Down to %d: %v", to, err)
	}
}

func exec(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// lines are the rows of a query as psql prints them, columns joined by " | ".
func lines(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), sql, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var cells []string
		for _, raw := range row.RawValues() {
			if raw == nil {
				raw = []byte("NULL")
			}
			cells = append(cells, string(raw))
		}
		return strings.Join(cells, " | "), nil
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

func one[T any](t *testing.T, pool *pgxpool.Pool, sql string, args ...any) T {
	t.Helper()
	var v T
	if err := pool.QueryRow(t.Context(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// listener hears the channel registrard_config.
type listener struct {
	conn *pgx.Conn
	pool *pgxpool.Pool
}

func listen(t *testing.T, db *storetest.DB) *listener {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), "LISTEN registrard_config"); err != nil {
		t.Fatal(err)
	}
	return &listener{conn: conn, pool: db.Pool}
}

// heard returns what has been notified since, up to a mark that it sends.
func (l *listener) heard(t *testing.T) []string {
	t.Helper()
	exec(t, l.pool, "SELECT pg_notify('registrard_config', 'mark')")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	payloads := []string{}
	for {
		n, err := l.conn.WaitForNotification(ctx)
		if err != nil {
			t.Fatalf("listening: %v; heard %q", err, payloads)
		}
		if n.Payload == "mark" {
			return payloads
		}
		payloads = append(payloads, n.Payload)
	}
}

// inSchema gives another pool on the database with that search_path.
func inSchema(t *testing.T, db *storetest.DB, searchPath string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.RuntimeParams["search_path"] = searchPath
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q doesn't say %q", err, part)
		}
	}
}

// seed puts rows into an Asterisk-made or registrard-made database, spelled so
// that every kind takes them.
const seed = `
INSERT INTO ps_endpoints (id, aors, auth, rewrite_contact, callerid) VALUES
  ('6001', '6001', '6001', 'yes', 'Ann <6001>'), ('a_c', 'a_c,abc', 'a_c', 'no', NULL);
INSERT INTO ps_aors (id, max_contacts, remove_existing) VALUES ('6001', 2, 'yes'), ('a_c', 1, 'no'), ('abc', 1, NULL);
INSERT INTO ps_auths (id, auth_type, username, password) VALUES ('6001', 'userpass', '6001', 'secret'), ('a_c', 'md5', 'a_c', NULL);
INSERT INTO ps_domain_aliases (id, domain) VALUES ('example.org', 'example.com');
INSERT INTO ps_endpoint_id_ips (id, endpoint, match, srv_lookups) VALUES ('trunk', 'a_c', '192.0.2.0/24', 'no');
INSERT INTO ps_globals (id, endpoint_identifier_order) VALUES ('global', 'ip,username');
INSERT INTO ps_contacts (id, uri, expiration_time, user_agent, reg_server, prune_on_boot, endpoint) VALUES
  ('6001^3B@f2dd385ef09965bbcefdf7f7234ac29e', 'sip:6001@192.0.2.7:7788^3Btransport=tcp', 4000000000, 'Phone 1.0 (a^3B b)', 'ast1', 'no', '6001'),
  ('6001^3B@00000000000000000000000000000000', 'sip:6001@192.0.2.8', 1000000000, 'gone', '', 'yes', '6001'),
  ('a_c^3B@11111111111111111111111111111111', 'sips:a_c@192.0.2.9', 0, NULL, NULL, NULL, 'a_c');
`

// eachKind runs the test on every kind of schema, migrated.
func eachKind(t *testing.T, test func(t *testing.T, db *storetest.DB)) {
	for _, kind := range storetest.Kinds() {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			t.Parallel()
			test(t, storetest.NewKind(t, kind))
		})
	}
}

// exec2 runs statements on a connection of its own, for cleanups that come when
// the pool is closed.
func exec2(t *testing.T, db *storetest.DB, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, db.URL)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Errorf("%s: %v", sql, err)
	}
}

func upWith(t *testing.T, config *pgxpool.Config) error {
	t.Helper()
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	return migrations.Up(t.Context(), pool, quiet)
}
