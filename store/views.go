package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/view"
)

// viewsConns is how many connections those who look on may hold: they are
// beside those of the phones, so that no search keeps a phone waiting.
const viewsConns = 2

// viewsTime bounds a look by a person; a list of a million rows is searched in
// less. The server ends the statement by itself, too.
const viewsTime = 8 * time.Second

// beginView begins the transaction of each look. Every filter of a statement
// is optional, so its plan must be made for the filters that were given.
const beginView = `BEGIN /* registrard:begin_view */ READ ONLY;
SET LOCAL statement_timeout = '8s';
SET LOCAL plan_cache_mode = force_custom_plan`

// Views reads what people are shown (package view). Its methods may be called
// from any goroutine.
type Views struct {
	pool *pgxpool.Pool
}

// OpenViews makes Views on database.url; empty is libpq's environment. It
// connects to nothing; node is for application_name, read is Options.ReadURL.
// Close it.
func OpenViews(url, node string, read func() (string, error)) (*Views, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, dsnMistake("database.url")
	}
	prepare(config.ConnConfig, strings.TrimSpace("registrard "+node)+" views")
	config.MaxConns, config.MinConns, config.MinIdleConns = viewsConns, 0, 0
	config.MaxConnIdleTime = time.Minute
	config.PingTimeout = time.Second
	renewed, err := newRenewal("database.url", url, read, nil) // the Store's tells
	if err != nil {
		return nil, err
	}
	config.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
		renewed.into(c)
		return nil
	}
	// The pool belongs to no request: it lives until Close.
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, unavailable("make the pool of connections", err)
	}
	return &Views{pool: pool}, nil
}

// Close gives the connections back.
func (v *Views) Close() { v.pool.Close() }

// look runs a statement in a transaction that can't write, and scans its rows.
// relation is what it needs of registrard's own, for *view.Absent.
func look[T any](ctx context.Context, v *Views, what, relation, sql string, args []any, scan func(pgx.Rows) (T, error)) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, viewsTime)
	defer cancel()
	out := []T{}
	err := pgx.BeginTxFunc(ctx, v.pool, pgx.TxOptions{BeginQuery: beginView}, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			one, err := scan(rows)
			if err != nil {
				return err
			}
			out = append(out, one)
		}
		return rows.Err()
	})
	if err == nil {
		return out, nil
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case (pg.Code == "42P01" || pg.Code == "42883") && relation != "": // no such table, no such function
			return nil, &view.Absent{Relation: relation}
		case pg.Code == "57014": // query_canceled: statement_timeout
			return nil, fmt.Errorf("list the %s: %w: the search took longer than %s; narrow it (aor is the fastest)", what, ErrUnavailable, viewsTime)
		}
	}
	return nil, unavailable("list the "+what, err)
}

// cutPage cuts the row that was read beyond a page of n, and says where to go
// on: keys are those of row i.
func cutPage[T any](rows []T, n int, keys func(i int) []string) view.Page[T] {
	p := view.Page[T]{Items: rows}
	if len(rows) > n {
		p.Items = rows[:n]
		p.Next = view.Cursor(keys(n - 1)...)
	}
	return p
}

// pageSize is how many rows a page has.
func pageSize(f view.Filter) int {
	if f.Limit <= 0 {
		return view.DefaultLimit
	}
	return min(f.Limit, view.MaxLimit)
}

// orNull is a filter that isn't given as NULL.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// sourceOf is the filter's network, or NULL.
func sourceOf(f view.Filter) *string {
	if !f.Source.IsValid() {
		return nil
	}
	return orNull(f.Source.String())
}

// pattern is one for LIKE that finds s anywhere, or NULL.
func pattern(s string) *string {
	if s == "" {
		return nil
	}
	return orNull("%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%")
}

// pageKeys is where a page begins: n keys, or n NULLs.
func pageKeys(l view.List, f view.Filter) ([]any, error) {
	keys, err := l.KeysOf(f.After)
	if err != nil {
		return nil, err
	}
	out := make([]any, l.Keys)
	for i, k := range keys {
		out[i] = k
	}
	return out, nil
}
