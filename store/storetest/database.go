package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/migrations"
)

// Kind is how a database came by Asterisk's tables.
type Kind string

// The kinds of schema that registrard must work with.
const (
	Ours           Kind = "ours"            // made by registrard
	AsteriskNewest Kind = "asterisk_newest" // made by Asterisk's alembic, revision 2285f2ace275, adopted
	AsteriskOlder  Kind = "asterisk_older"  // made by Asterisk's alembic, revision 1d3ed26d9978 (Asterisk 16.0), adopted
)

// Kinds lists them all, for tests that go over each.
func Kinds() []Kind { return []Kind{Ours, AsteriskNewest, AsteriskOlder} }

//go:embed fixtures/*.sql
var fixtures embed.FS

// Fixture is the SQL that makes Asterisk's tables as its tools leave them;
// empty for Ours.
func Fixture(kind Kind) string {
	name := map[Kind]string{AsteriskNewest: "asterisk-newest.sql", AsteriskOlder: "asterisk-older.sql"}[kind]
	if name == "" {
		return ""
	}
	b, err := fixtures.ReadFile("fixtures/" + name)
	if err != nil {
		panic(err) // an embedded file
	}
	return string(b)
}

// timeLimit bounds each thing done with a database here.
const timeLimit = 60 * time.Second

// DB is a database of one test's own.
type DB struct {
	Pool *pgxpool.Pool // at most 16 connections; closed at the test's end
	URL  string        // of this database, as superuser
	Kind Kind
}

// New gives a migrated database whose tables registrard made.
func New(t testing.TB) *DB { t.Helper(); return NewKind(t, Ours) }

// NewKind gives a migrated database whose tables came about in that way.
func NewKind(t testing.TB, kind Kind) *DB {
	t.Helper()
	return clone(t, kind, true)
}

// Unmigrated gives a database as registrard finds it before `migrate up`.
func Unmigrated(t testing.TB, kind Kind) *DB {
	t.Helper()
	return clone(t, kind, false)
}

// Empty gives a database with nothing in it.
func Empty(t testing.TB) *DB {
	t.Helper()
	return clone(t, Ours, false)
}

func clone(t testing.TB, kind Kind, migrated bool) *DB {
	t.Helper()
	server := serverURL(t)
	ctx, cancel := context.WithTimeout(context.Background(), timeLimit)
	defer cancel()
	name := "t_" + strings.ToLower(rand.Text()[:20])
	err := onServer(ctx, server, func(conn *pgx.Conn) error {
		template, err := ensureTemplate(ctx, conn, server, kind, migrated)
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template)
		return err
	})
	if err != nil {
		t.Fatalf("storetest: database for %s: %v", kind, err)
	}
	db := &DB{URL: databaseURL(t, server, name), Kind: kind}
	db.Pool, err = openPool(ctx, db.URL)
	if err != nil {
		t.Fatalf("storetest: opening %s: %v", name, err)
	}
	t.Cleanup(func() {
		db.Pool.Close()
		ctx, cancel := context.WithTimeout(context.Background(), timeLimit)
		defer cancel()
		if err := onServer(ctx, server, func(conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
			return err
		}); err != nil {
			t.Errorf("storetest: dropping %s: %v", name, err)
		}
	})
	return db
}

// ensureTemplate makes the template to clone, once for all test binaries that
// share the server, and returns its name.
func ensureTemplate(ctx context.Context, conn *pgx.Conn, server string, kind Kind, migrated bool) (string, error) {
	if kind == Ours && !migrated {
		return "template0", nil
	}
	name := templateName(kind, migrated)
	ready := func() (ok bool, err error) {
		err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)", name).Scan(&ok)
		return ok, err
	}
	if ok, err := ready(); ok || err != nil {
		return name, err
	}
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", name); err != nil {
		return "", fmt.Errorf("waiting for another test binary's template: %w", err)
	}
	// Its end is the connection's, which is closed after this.
	if ok, err := ready(); ok || err != nil {
		return name, err
	}
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name + " TEMPLATE template0"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", fmt.Errorf("making a template: %w", err)
		}
	}
	if err := fillTemplate(ctx, server, name, kind, migrated); err != nil {
		return "", fmt.Errorf("filling the template %s: %w", name, err)
	}
	_, err := conn.Exec(ctx, "ALTER DATABASE "+name+" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false")
	if err != nil {
		return "", fmt.Errorf("marking the template %s as complete: %w", name, err)
	}
	return name, nil
}

// templateName changes with whatever goes into the template.
func templateName(kind Kind, migrated bool) string {
	sum := sha256.Sum256([]byte(migrations.Fingerprint() + Fixture(kind)))
	name := "registrard_" + string(kind) + "_" + hex.EncodeToString(sum[:5])
	if !migrated {
		name += "_raw"
	}
	return name
}

func fillTemplate(ctx context.Context, server, name string, kind Kind, migrated bool) error {
	u, err := withDatabase(server, name)
	if err != nil {
		return err
	}
	pool, err := openPool(ctx, u)
	if err != nil {
		return err
	}
	defer pool.Close()
	if fixture := Fixture(kind); fixture != "" {
		if _, err := pool.Exec(ctx, fixture, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("fixture: %w", err)
		}
	}
	if !migrated {
		return nil
	}
	return migrations.Up(ctx, pool, slog.New(slog.DiscardHandler))
}

// onServer connects to the maintenance database. CREATE and DROP DATABASE need
// a moment when nobody else is in the template, so nobody stays connected.
func onServer(ctx context.Context, server string, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return fmt.Errorf("connecting to the test server: %w", err)
	}
	err = do(conn)
	_ = conn.Close(ctx) // what counts has been answered
	return err
}

func openPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the test server's URL can't be parsed; set %s to a postgres:// URL", Variable)
	}
	config.MaxConns = 16
	config.MinConns = 0
	return pgxpool.NewWithConfig(ctx, config)
}

func databaseURL(t testing.TB, server, name string) string {
	t.Helper()
	u, err := withDatabase(server, name)
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	return u
}

func withDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return "", fmt.Errorf("%s is no postgres:// URL", Variable)
	}
	u.Path = "/" + name
	return u.String(), nil
}
