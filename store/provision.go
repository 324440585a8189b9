package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/asterisk"
)

// ErrNoSuchRow says that there is nothing to change; the text says what.
var ErrNoSuchRow = errors.New("no such row")

// BadValue is a value that no row should get.
type BadValue struct{ Name, Value, Want string }

func (e *BadValue) Error() string { return fmt.Sprintf("%s %q: %s", e.Name, e.Value, e.Want) }

// Statement is SQL that changed rows, or would have.
type Statement struct {
	SQL  string
	Args []any
	// Rows is how many it changed.
	Rows int64
}

// String is the statement as it can be pasted into psql, with its parameters in
// it. A secret is :'secret', which psql takes from its variable of that name.
func (s Statement) String() string {
	var b strings.Builder
	for i := 0; i < len(s.SQL); i++ {
		if s.SQL[i] != '$' {
			b.WriteByte(s.SQL[i])
			continue
		}
		n := int(s.SQL[i+1] - '0') // none has more than nine parameters
		b.WriteString(sqlLiteral(s.Args[n-1]))
		i++
	}
	return b.String() + ";"
}

func sqlLiteral(v any) string {
	switch x := v.(type) {
	case *string:
		if x == nil {
			return "NULL"
		}
		return sqlLiteral(*x)
	case string:
		return "'" + strings.ReplaceAll(x, "'", "''") + "'"
	case asterisk.Secret:
		return ":'secret'"
	}
	return fmt.Sprint(v)
}

// Provision changes configuration rows for people who don't want to write SQL.
// Every method is one transaction and says what it ran; with DryRun that is
// rolled back, so that all checks of the database have been made.
type Provision struct {
	pool     *pgxpool.Pool
	DryRun   bool
	warnings []string
}

// Warnings is what the database's own checks have said of the rows so far.
func (p *Provision) Warnings() []string { return p.warnings }

// OpenProvision makes a Provision on database.url. It connects to nothing. Close it.
func OpenProvision(url string) (*Provision, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, dsnMistake("database.url")
	}
	prepare(config.ConnConfig, "registrard endpoint")
	config.MaxConns, config.MinConns, config.MinIdleConns = 1, 0, 0
	p := &Provision{}
	// One connection, and one call at a time.
	config.ConnConfig.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if n.SeverityUnlocalized == "WARNING" {
			p.warnings = append(p.warnings, sentence((*pgconn.PgError)(n)))
		}
	}
	if p.pool, err = newPool(config); err != nil {
		return nil, err
	}
	return p, nil
}

// Close gives the connection back.
func (p *Provision) Close() { p.pool.Close() }

// provisionTime bounds one change.
const provisionTime = 20 * time.Second

// changing is a transaction that keeps what it ran.
type changing struct {
	pgx.Tx
	done []Statement
}

func (c *changing) run(ctx context.Context, sql string, args ...any) error {
	sent := slices.Clone(args)
	for i, a := range sent {
		if s, ok := a.(asterisk.Secret); ok {
			sent[i] = s.Reveal()
		}
	}
	tag, err := c.Exec(ctx, sql, sent...)
	if err == nil {
		c.done = append(c.done, Statement{SQL: sql, Args: args, Rows: tag.RowsAffected()})
	}
	return err
}

var errDryRun = errors.New("dry run")

func (p *Provision) change(ctx context.Context, what string, do func(context.Context, *changing) error) ([]Statement, error) {
	ctx, cancel := context.WithTimeout(ctx, provisionTime)
	defer cancel()
	var c changing
	err := pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		c.Tx = tx
		if err := do(ctx, &c); err != nil {
			return err
		}
		if p.DryRun {
			return errDryRun
		}
		return nil
	})
	var pg *pgconn.PgError
	var bad *BadValue
	switch {
	case err == nil, errors.Is(err, errDryRun):
		return c.done, nil
	case errors.Is(err, ErrNoSuchRow), errors.As(err, &bad):
		return nil, fmt.Errorf("%s: %w", what, err)
	case !errors.As(err, &pg):
		return nil, unavailable(what, err)
	}
	switch pg.Code {
	case "23505": // unique_violation
		return nil, fmt.Errorf("%s: %s has a row with this id already; nothing was changed", what, pg.TableName)
	case "22001": // string_data_right_truncation
		return nil, fmt.Errorf("%s: a value is longer than its column; nothing was changed: %s", what, pg.Message)
	case "42P01", "42703": // undefined_table, undefined_column
		return nil, fmt.Errorf("%s: %s; nothing was changed. 'registrard migrate status' tells what this database lacks", what, pg.Message)
	}
	if classify(err) == classData { // a check of the database's own, in strict mode
		return nil, fmt.Errorf("%s: %w: %s; nothing was changed", what, ErrData, sentence(pg))
	}
	return nil, unavailable(what, err)
}

// sentence is what the server says and what it advises; never its detail,
// which may hold a row.
func sentence(e *pgconn.PgError) string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " (" + e.Hint + ")"
}

// checkName refuses what would be read as another id, or as several.
func checkName(name, value string) error {
	switch {
	case value == "":
		return &BadValue{name, value, "want a name, such as 6001"}
	case strings.Contains(value, ","):
		return &BadValue{name, value, "want no comma: ps_endpoints.aors and auth are comma lists"}
	case strings.TrimSpace(value) != value:
		return &BadValue{name, value, "want no blanks around it: no phone would be found by it"}
	case strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }):
		return &BadValue{name, value, "want letters that can be seen"}
	}
	return nil
}
