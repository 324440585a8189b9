package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// How a step waits for a table that somebody reads, a report or pg_dump. Who
// waits for a lock has everybody wait who comes later, phones too: so each wait
// is short, and between two waits those who queued behind it are served.
const (
	shortWait    = `SET LOCAL lock_timeout = '300ms'; SET LOCAL statement_timeout = 0` // a role's own limit isn't meant for this
	firstPause   = time.Second
	longestPause = 5 * time.Second
	// lockPatience is less than lockWait: who waits for another's Up outlasts it.
	lockPatience = 4 * time.Minute
)

// patiently takes a step, which must be all or nothing, until it gets its locks.
func patiently(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger, doing string, step func() error) error {
	started := time.Now()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := step()
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "55P03" && pg.Code != "40P01" || time.Since(started) > lockPatience {
			return err
		}
		log.Warn("waiting for a table that is in use; phones are served meanwhile", "step", doing,
			"waited", time.Since(started).Round(time.Second), "give_up_after", lockPatience, "users", tableUsers(ctx, pool))
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// oldestUsers are the sessions that have used a table of ours for longest.
const oldestUsers = `SELECT /* registrard:table_users */ coalesce(string_agg(format('pid %s, %s%s, since %s', pid, usename, coalesce(' (' || nullif(application_name, '') || ')', ''),
  to_char(xact_start, 'HH24:MI:SS')), '; '), '')
FROM (SELECT DISTINCT a.pid, a.usename, a.application_name, a.xact_start
  FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND c.relname LIKE 'ps\_%' AND c.relkind IN ('r', 'p') AND a.pid <> pg_backend_pid() AND a.xact_start < now() - interval '200 ms'
  ORDER BY a.xact_start LIMIT 3) u`

func tableUsers(ctx context.Context, pool *pgxpool.Pool) string {
	var users string
	if err := pool.QueryRow(ctx, oldestUsers).Scan(&users); err != nil {
		return "" // it would have been a help, no more
	}
	return users
}

// provider is goose over our files; done closes what it holds.
func provider(pool *pgxpool.Pool, log *slog.Logger) (p *goose.Provider, done func(), err error) {
	var steps []*goose.Migration
	for _, k := range known() {
		up, down, err := k.halves()
		if err != nil {
			return nil, nil, err
		}
		steps = append(steps, goose.NewGoMigration(k.version, half(up), half(down)))
	}
	db := stdlib.OpenDBFromPool(pool)
	p, err = goose.NewProvider(goose.DialectPostgres, db, nil,
		goose.WithTableName(versionTable),
		goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(steps...),
		goose.WithSlog(log),
	)
	if err != nil {
		_ = db.Close() // nothing was done with it
		return nil, nil, fmt.Errorf("reading the embedded migrations: %w", err)
	}
	return p, func() { _ = db.Close() }, nil
}

// half runs one direction of a migration in goose's transaction.
func half(text string) *goose.GoFunc {
	return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, shortWait); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, text)
		return err
	}}
}

// halves are a file's statements as they are run, up and down.
func (f file) halves() (up, down string, err error) {
	b, err := files.ReadFile(path.Join("sql", f.name))
	if err != nil {
		return "", "", fmt.Errorf("reading the embedded migrations: %w", err)
	}
	_, text, found := strings.Cut(string(b), "-- +goose Up\n")
	up, down, both := strings.Cut(text, "-- +goose Down\n")
	if !found || !both {
		return "", "", fmt.Errorf("%s lacks the line -- +goose Up or -- +goose Down", f.name)
	}
	return asRun(up), goneDrops.ReplaceAllString(asRun(down), "$1 IF EXISTS "), nil
}

// What landed is never edited, and some of it must be run otherwise: with short
// waits for locks, in a database that can't spell an ellipsis (00021 has it
// where it can), where what is to be taken back is gone, and where a view or a
// foreign table, which takes no trigger, stands in the place of a table.
var (
	unspeakable = strings.NewReplacer("\u2026", "...", `U&'\FFFD'`, `'?'`)
	longWait    = regexp.MustCompile(`(?m)^SET LOCAL lock_timeout = .*$`)
	triggered   = regexp.MustCompile(`FOREACH t IN ARRAY (ARRAY\[[^]]*\]) LOOP`)
	goneDrops   = regexp.MustCompile(`(?m)(^ALTER TABLE|^DROP (?:TRIGGER|FUNCTION|TYPE|VIEW|TABLE|INDEX)|DROP COLUMN)(?: IF EXISTS)? `)
)

func asRun(text string) string {
	text = unspeakable.Replace(longWait.ReplaceAllString(text, ""))
	return triggered.ReplaceAllString(text, `FOREACH t IN ARRAY ARRAY(SELECT c.relname::text FROM pg_class c
    WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relname = ANY ($1) AND c.relkind IN ('r', 'p')) LOOP`)
}
