package migrations

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed demo.sql
var demoFile embed.FS

// DemoExtension is one that Demo puts in.
type DemoExtension struct{ User, Password, Remark string }

// DemoExtensions lists what a softphone can be given. Their passwords are known
// to everybody: never put them into a database that strangers reach.
func DemoExtensions() []DemoExtension {
	return []DemoExtension{
		{"6001", "secret6001", ""},
		{"6002", "secret6002", "two phones at a time"},
		{"6003", "secret6003", "its password is stored as a hash"},
	}
}

// Demo puts the demo extensions into a migrated database, all or none, and none
// when there is any endpoint already.
func Demo(ctx context.Context, pool *pgxpool.Pool) error {
	sql, err := demoFile.ReadFile("demo.sql")
	if err != nil {
		return fmt.Errorf("reading the demo extensions: %w", err)
	}
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		// Two at once would both find no endpoint.
		if _, err := tx.Exec(ctx, `LOCK TABLE ps_endpoints IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, string(sql))
		return err
	})
	if err != nil {
		return fmt.Errorf("putting in the demo extensions: %w", err)
	}
	return nil
}

// WhoIsRegistered is a query for people to paste.
const WhoIsRegistered = `SELECT aor, contact, source, transport, user_agent, expires_in FROM registrations`

// NewExtension is SQL for people to paste, which adds one extension.
func NewExtension(user, password string) string {
	return strings.NewReplacer("USER", literal(user), "PASSWORD", literal(password)).Replace(
		`INSERT INTO ps_aors (id, max_contacts, remove_existing) VALUES (USER, 1, 'yes');
INSERT INTO ps_auths (id, auth_type, username, password) VALUES (USER, 'userpass', USER, PASSWORD);
INSERT INTO ps_endpoints (id, aors, auth) VALUES (USER, USER, USER);`)
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// EnsureDatabase makes the database that url names, when there is none; the
// server's database postgres must be there.
func EnsureDatabase(ctx context.Context, serverURL string) error {
	u, err := url.Parse(serverURL)
	if err != nil {
		return errors.New("making a database: its URL can't be read")
	}
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	pool, err := Connect(ctx, u.String())
	if err != nil {
		return fmt.Errorf("making the database %s: %w", name, err)
	}
	defer pool.Close()
	var there bool
	if err := pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there); err != nil {
		return fmt.Errorf("looking for the database %s: %w", name, err)
	}
	if there {
		return nil
	}
	if _, err := pool.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{name}.Sanitize()); err != nil {
		return fmt.Errorf("making the database %s: %w", name, err)
	}
	return nil
}
