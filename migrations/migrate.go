package migrations

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
)

//go:embed sql/*.sql
var files embed.FS

// versionTable is goose's own table.
const versionTable = "registrard_schema"

// lockWait bounds how long Up and Down wait for another node's Up or Down.
const lockWait = 5 * time.Minute

// Up brings the database to this program's version. Several nodes may call it
// at once: one works, the others wait and find it done.
func Up(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	return locked(ctx, pool, func() error {
		state, err := Check(ctx, pool)
		if err != nil {
			return err
		}
		if err := before(ctx, pool, state.Kind == NotMigrated || state.Kind == TooOld); err != nil {
			return fmt.Errorf("nothing was changed: %w", err)
		}
		for _, make := range []func(context.Context, *pgxpool.Pool, *slog.Logger) error{leave, addOptional, repair} {
			if err := make(ctx, pool, log); err != nil {
				return fmt.Errorf("migrating the database: %w", explain(err))
			}
		}
		p, done, err := provider(pool, log)
		if err != nil {
			return err
		}
		defer done()
		for {
			var done *goose.MigrationResult
			err := patiently(ctx, pool, log, "migrating", func() (err error) {
				done, err = p.UpByOne(ctx)
				return err
			})
			if errors.Is(err, goose.ErrNoNextVersion) {
				break
			}
			if err != nil {
				return fmt.Errorf("migrating the database: %w", explain(err))
			}
			log.Info("migrated", "version", done.Source.Version, "took", done.Duration.Round(time.Millisecond))
		}
		if err := mend(ctx, pool, log); err != nil {
			return fmt.Errorf("migrating the database: %w", explain(err))
		}
		grant(ctx, pool, log)
		return nil
	})
}

// grantNode gives registrard_node its rights on what the migrations have made;
// false when there is no such role.
const grantNode = `SELECT /* registrard:grant_node */ count(registrard_grant(rolname)) > 0 FROM pg_catalog.pg_roles WHERE rolname = 'registrard_node'`

// grant says what to run where the rights can't be given: serve works under
// the owner of the tables too, only with more rights than it needs.
func grant(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) {
	var granted bool
	if err := pool.QueryRow(ctx, grantNode).Scan(&granted); err != nil {
		log.Warn("the role registrard_node has not got its rights; run as the owner of the tables: SELECT registrard_grant();", "error", err)
		return
	}
	if !granted {
		log.Warn("there is no role registrard_node, under which serve would have just the rights that it needs; run as a superuser: CREATE ROLE registrard_node NOLOGIN; and then as the owner of the tables: SELECT registrard_grant();")
	}
}

// Down takes back the migrations above version `to`. Down to 0 removes all
// that registrard has added, its own table of versions too; what Asterisk's
// tables hold stays.
func Down(ctx context.Context, pool *pgxpool.Pool, to int64, log *slog.Logger) error {
	if newest := Newest(); to < 0 || to > newest {
		return fmt.Errorf("no version %d: this registrard knows 0 to %d", to, newest)
	}
	return locked(ctx, pool, func() error {
		state, err := Check(ctx, pool)
		if err != nil {
			return err
		}
		switch {
		case state.Kind == NotMigrated:
			return nil
		case state.Kind == TooNew:
			// Only the registrard that made them knows how to take them back.
			return errors.New(state.String())
		}
		for _, make := range []func(context.Context, *pgxpool.Pool, *slog.Logger) error{leave, repair} {
			if err := make(ctx, pool, log); err != nil {
				return fmt.Errorf("taking back migrations: %w", explain(err))
			}
		}
		p, done, err := provider(pool, log)
		if err != nil {
			return err
		}
		defer done()
		for state.Version > to {
			if err := patiently(ctx, pool, log, "taking back", func() error {
				_, err := p.Down(ctx)
				return err
			}); err != nil {
				return fmt.Errorf("taking back migrations: %w", explain(err))
			}
			if state, err = Check(ctx, pool); err != nil {
				return err
			}
		}
		if to > 0 {
			return keep(ctx, pool)
		}
		for _, sql := range []string{`DROP TABLE IF EXISTS ` + versionTable, `DROP FUNCTION IF EXISTS registrard_kept()`, dropOptional} {
			if _, err := pool.Exec(ctx, sql); err != nil {
				return fmt.Errorf("removing what is left: %w", explain(err))
			}
		}
		return nil
	})
}

// locked calls do while no other registrard migrates the same schema.
//
// The lock is a transaction's advisory lock on a connection of its own, held by
// leaving that transaction open. goose has two lockers: the one by session is
// stranded behind a transaction pooler, the one by table leaves a table behind
// and after a crash keeps everyone waiting until its lease is over.
func locked(ctx context.Context, pool *pgxpool.Pool, do func() error) error {
	config := pool.Config()
	if config.BeforeConnect != nil {
		if err := config.BeforeConnect(ctx, config.ConnConfig); err != nil {
			return fmt.Errorf("connecting to migrate: %w", err)
		}
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return fmt.Errorf("connecting to migrate: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // ends the transaction
	waiting, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	for _, sql := range []string{
		`BEGIN`,
		`SET LOCAL idle_in_transaction_session_timeout = 0`,
		`SET LOCAL statement_timeout = 0`,
		`SET LOCAL lock_timeout = 0`,
		`SELECT pg_advisory_xact_lock(hashtextextended('registrard_schema ' || coalesce(current_schema(), ''), 0))`,
	} {
		if _, err := conn.Exec(waiting, sql); err != nil {
			return fmt.Errorf("waiting until no other node migrates: %w", err)
		}
	}
	return do()
}

// explain puts what to do about it, where that is known, into the error's text.
func explain(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch {
	case pg.Hint != "":
		return fmt.Errorf("%w\n%s", err, pg.Hint)
	case pg.Code == "42501": // insufficient_privilege
		return fmt.Errorf("%w\nTo add columns and triggers one must own Asterisk's tables: run this as their owner, or GRANT the owner's role to this one", err)
	case pg.Code == "55P03": // lock_not_available
		return fmt.Errorf("%w\nSomebody keeps the table locked (SELECT * FROM pg_stat_activity WHERE state <> 'idle' shows who); this step changed nothing, run it again", err)
	}
	return err
}

// Newest is the version that this program needs.
func Newest() int64 {
	versions := known()
	return versions[len(versions)-1].version
}

// Fingerprint differs whenever a migration does: for names of test templates.
func Fingerprint() string {
	h := sha256.New()
	for _, k := range known() {
		b, err := files.ReadFile(path.Join("sql", k.name))
		if err != nil {
			panic(err) // an embedded file that was just listed
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// file is one embedded migration.
type file struct {
	version int64
	name    string
}

// known lists the embedded migrations, oldest first.
func known() []file {
	entries, err := files.ReadDir("sql")
	if err != nil {
		panic(err) // the embedded folder is there, or this program wasn't built
	}
	list := make([]file, 0, len(entries))
	for _, e := range entries {
		v, err := goose.NumericComponent(e.Name())
		if err != nil {
			panic(err) // likewise: an embedded file's name, held by a test
		}
		list = append(list, file{version: v, name: e.Name()})
	}
	slices.SortFunc(list, func(a, b file) int { return int(a.version - b.version) })
	return list
}
