package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"registrard/localpg"
	"registrard/migrations"
)

const (
	userFormat     = "%06d"
	passwordFormat = "secret-%06d"
)

// kamailioScripts is where Debian puts Kamailio's own schema.
const kamailioScripts = "/usr/share/kamailio/postgres"

// Both systems know each user's digest, made by PostgreSQL, and no password.
const kamailioUsers = `INSERT INTO subscriber (username, domain, password, ha1)
SELECT name, '127.0.0.1', '', md5(name || ':asterisk:secret-' || name)
FROM (SELECT to_char(i, 'FM000000') AS name FROM generate_series(0, $1::int - 1) i) u`

// What htable reads at start.
const kamailioHashTable = `CREATE VIEW credentials AS
SELECT id, username AS key_name, 0 AS key_type, 0 AS value_type, ha1 AS key_value, 0 AS expires FROM subscriber`

var ourUsers = []string{
	`INSERT INTO ps_aors (id, max_contacts, remove_existing)
SELECT to_char(i, 'FM000000'), 1, 'yes' FROM generate_series(0, $1::int - 1) i`,
	`INSERT INTO ps_auths (id, auth_type, username, md5_cred, realm, nonce_lifetime)
SELECT name, 'md5', name, md5(name || ':asterisk:secret-' || name), 'asterisk', 3600
FROM (SELECT to_char(i, 'FM000000') AS name FROM generate_series(0, $1::int - 1) i) u`,
	`INSERT INTO ps_endpoints (id, aors, auth)
SELECT name, name, name FROM (SELECT to_char(i, 'FM000000') AS name FROM generate_series(0, $1::int - 1) i) u`,
}

// kamailioURL is as Kamailio takes it: over TCP, which costs the same as the
// socket, and without parameters.
func kamailioURL(pg *localpg.Server) string {
	u, err := url.Parse(pg.URL("kamailio"))
	if err != nil {
		return pg.URL("kamailio")
	}
	u.RawQuery = ""
	return u.String()
}

// createUsers makes both databases, with the same users.
func createUsers(ctx context.Context, pg *localpg.Server, users int) error {
	if err := createOurs(ctx, pg, users); err != nil {
		return err
	}
	if err := migrations.EnsureDatabase(ctx, pg.SocketURL("kamailio")); err != nil {
		return err
	}
	return createKamailios(ctx, pg, users)
}

// createOurs makes registrard's database, with users.
func createOurs(ctx context.Context, pg *localpg.Server, users int) error {
	if err := migrations.EnsureDatabase(ctx, pg.SocketURL("registrard")); err != nil {
		return err
	}
	pool, err := migrations.Connect(ctx, pg.SocketURL("registrard"))
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	for _, sql := range ourUsers {
		if _, err := pool.Exec(ctx, sql, users); err != nil {
			return fmt.Errorf("creating registrard's users: %w", err)
		}
	}
	return nil
}

func createKamailios(ctx context.Context, pg *localpg.Server, users int) error {
	return on(ctx, pg, "kamailio", func(conn *pgx.Conn) error {
		for _, script := range []string{"standard", "auth_db", "usrloc"} {
			sql, err := os.ReadFile(filepath.Join(kamailioScripts, script+"-create.sql"))
			if err != nil {
				return fmt.Errorf("reading Kamailio's schema: %w", err)
			}
			if _, err := conn.Exec(ctx, string(sql)); err != nil {
				return fmt.Errorf("making Kamailio's tables (%s): %w", script, err)
			}
		}
		if _, err := conn.Exec(ctx, kamailioUsers, users); err != nil {
			return fmt.Errorf("creating Kamailio's users: %w", err)
		}
		_, err := conn.Exec(ctx, kamailioHashTable)
		return err
	})
}

// contacts is where a database's registrations are.
var contacts = map[string]string{"kamailio": "location", "registrard": "ps_contacts"}

// clear takes away what the system before left.
func clear(ctx context.Context, pg *localpg.Server, database string) error {
	return on(ctx, pg, database, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "TRUNCATE "+contacts[database])
		return err
	})
}

// walSegments are as many as min_wal_size keeps.
const walSegments = 64

// age makes the log of a new cluster what it is after some days: its files are
// there, and are used again. In a cluster's first minute each 16 MB of it begin
// with a file that is filled with zeros and synced, while commits wait.
func age(ctx context.Context, pg *localpg.Server) error {
	return on(ctx, pg, "postgres", func(conn *pgx.Conn) error {
		for range walSegments {
			if _, err := conn.Exec(ctx, "SELECT pg_switch_wal() FROM pg_logical_emit_message(false, 'age', '')"); err != nil {
				return fmt.Errorf("making files of the log: %w", err)
			}
		}
		// The first finds them in use, the next may give them another name.
		for range 2 {
			if _, err := conn.Exec(ctx, "CHECKPOINT"); err != nil {
				return fmt.Errorf("a checkpoint: %w", err)
			}
		}
		return nil
	})
}

// settle brings a database into the same state before each system: statistics
// made, and nothing left to write.
func settle(ctx context.Context, pg *localpg.Server, database string) error {
	return on(ctx, pg, database, func(conn *pgx.Conn) error {
		for _, sql := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
			if _, err := conn.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%s in %s: %w", sql, database, err)
			}
		}
		return nil
	})
}

func postgresVersion(ctx context.Context, pg *localpg.Server) string {
	version := ""
	err := on(ctx, pg, "postgres", func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SHOW server_version").Scan(&version)
	})
	if err != nil {
		return "PostgreSQL"
	}
	number, _, _ := strings.Cut(version, " ")
	return "PostgreSQL " + number
}

func on(ctx context.Context, pg *localpg.Server, database string, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, pg.SocketURL(database))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return do(conn)
}
