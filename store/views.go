package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// viewsTime bounds a look by a person, and searchTime all looks of a page in
// which a text is searched. The server ends the statement: viewsGrace later the
// client does without it.
const (
	viewsTime  = 8 * time.Second
	searchTime = 800 * time.Millisecond
	viewsGrace = time.Second
)

// beginView begins the transaction of each look, which may take %d ms. Every
// filter of a statement is optional, so its plan must be made for the filters
// that were given.
const beginView = `BEGIN /* registrard:begin_view */ READ ONLY;
SET LOCAL statement_timeout = %d;
SET LOCAL plan_cache_mode = force_custom_plan`

// Views reads what people are shown (package view). Its methods may be called
// from any goroutine.
type Views struct {
	// SearchTime is what the statements of a page may take together when a text is
	// searched; what was found by then is the page, and it is Cut.
	SearchTime time.Duration
	pool       *pgxpool.Pool
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
	pool, err := newPool(config)
	if err != nil {
		return nil, err
	}
	return &Views{SearchTime: searchTime, pool: pool}, nil
}

// Close gives the connections back.
func (v *Views) Close() { v.pool.Close() }

// looks are those of one page.
type looks struct {
	pool *pgxpool.Pool
	// what is listed, and the relation of registrard's own that it needs, for
	// *view.Absent.
	what, relation string
	// left is what the next one may take.
	left time.Duration
	// search says that left is for all of them, and that one which takes longer is
	// cut; cut, that one was.
	search, cut bool
}

// looks makes those for a page of what has the text.
func (v *Views) looks(what, relation, text string) *looks {
	if text != "" {
		return &looks{pool: v.pool, what: what, relation: relation, left: v.SearchTime, search: true}
	}
	return &looks{pool: v.pool, what: what, relation: relation, left: viewsTime}
}

// look runs a statement in a transaction that can't write, and scans its rows.
// A search that is cut gives those that came before.
func look[T any](ctx context.Context, l *looks, sql string, args []any, scan func(pgx.Rows) (T, error)) ([]T, error) {
	out := []T{}
	if l.left < time.Millisecond { // less would be none, or 0: as long as it takes
		l.cut = true
		return out, nil
	}
	ctx, cancel := context.WithTimeout(ctx, viewsTime+viewsGrace)
	defer cancel()
	begin := pgx.TxOptions{BeginQuery: fmt.Sprintf(beginView, l.left.Milliseconds())}
	err := pgx.BeginTxFunc(ctx, l.pool, begin, func(tx pgx.Tx) error {
		if l.search {
			defer func(began time.Time) { l.left -= time.Since(began) }(time.Now())
		}
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
		case (pg.Code == "42P01" || pg.Code == "42883") && l.relation != "": // no such table, no such function
			return nil, &view.Absent{Relation: l.relation}
		case pg.Code == "57014" && ctx.Err() == nil && l.search: // query_canceled: statement_timeout
			l.cut = true
			return out, nil
		case pg.Code == "57014" && ctx.Err() == nil:
			return nil, fmt.Errorf("list the %s: %w: the search took longer than %s; narrow it (aor is the fastest)", l.what, ErrUnavailable, viewsTime)
		}
	}
	return nil, unavailable("list the "+l.what, err)
}

// begins is the last key of a page that ended among those rows whose name
// begins with the text that is searched.
const begins = "begins"

// search reads the n rows after keys that have a text: first, by the statement
// begin, which an index serves, those whose name begins with it, then, by find,
// those that have it elsewhere. args are between the keys and the texts; stored
// is the text as it stands in the names. begun is how many are of the first kind.
func search[T any](ctx context.Context, l *looks, begin, find string, n int, keys, args []any, stored, text string, scan func(pgx.Rows) (T, error)) (rows []T, begun int, err error) {
	after, stage := keys[:len(keys)-1], keys[len(keys)-1]
	with := func(n int, after []any, texts ...any) []any {
		return slices.Concat([]any{n}, after, args, []any{stored, like(stored) + "%"}, texts)
	}
	if stage == nil || stage == begins {
		rows, err = look(ctx, l, begin, with(n, after), scan)
		if err != nil || l.cut || len(rows) == n {
			return rows, len(rows), err
		}
		after = make([]any, len(after)) // from the first of the others
	}
	begun = len(rows)
	found, err := look(ctx, l, find, with(n-begun, after, unescaped(text), pattern(text)), scan)
	return append(rows, found...), begun, err
}

// stageOf is the last key of row i, of which the first begun are of search's
// first kind.
func stageOf(i, begun int) string {
	if i < begun {
		return begins
	}
	return ""
}

// cutPage cuts the row that was read beyond a page of n, and says where to go
// on: keys are those of row i.
func cutPage[T any](l *looks, rows []T, n int, keys func(i int) []string) view.Page[T] {
	p := view.Page[T]{Items: rows, Cut: l.cut}
	if len(rows) > n {
		p.Items, p.Cut = rows[:n], false
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

// like is s in a pattern of LIKE.
func like(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// pattern is one for LIKE that finds s anywhere, or NULL.
func pattern(s string) *string {
	if s == "" {
		return nil
	}
	return orNull("%" + like(s) + "%")
}

// unescaped is a pattern that finds s anywhere in what is stored with Asterisk's
// escapes, or without; and some that is not s: what it finds is looked at again.
func unescaped(s string) string {
	return "%" + strings.NewReplacer("^", "%", ";", "%").Replace(like(s)) + "%"
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
