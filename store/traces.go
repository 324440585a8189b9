package store

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Trace is a row of registrard_traces: whose SIP is to be seen.
type Trace struct {
	ID int64
	// Username, AOR and Source: what is set must fit, all of it.
	Username, AOR string
	Source        netip.Prefix // the zero Prefix for none
	HEP           string       // host:port; empty for the log
	Until         time.Time    // by the database's clock
}

// TracesTable is what a Watcher is told when a trace begins or ends.
const TracesTable = "registrard_traces"

// The statements of registrard_traces.
const (
	listTraces = `SELECT /* registrard:list_traces */ id, coalesce(username, ''), coalesce(aor, ''), coalesce(source::text, ''), coalesce(hep, ''), until
FROM registrard_traces WHERE until > clock_timestamp() ORDER BY id LIMIT 100`
	addTrace = `INSERT /* registrard:add_trace */ INTO registrard_traces (username, aor, source, hep, until)
VALUES (nullif($1, ''), nullif($2, ''), nullif($3, '')::inet, nullif($4, ''), clock_timestamp() + make_interval(secs => $5))
RETURNING id, until`
	endTraces = `DELETE /* registrard:end_traces */ FROM registrard_traces WHERE $1::bigint = 0 OR id = $1`
	// forgetTraces needs no haste: what is over isn't listed.
	forgetTraces = `DELETE /* registrard:forget_traces */ FROM registrard_traces WHERE until < clock_timestamp() - interval '1 day'`
)

// Traces lists the traces that are on, up to 100.
func (s *reports) Traces(ctx context.Context) ([]Trace, error) {
	var list []Trace
	err := s.within(ctx, s.opt.Deadline, func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, listTraces)
		if err != nil {
			return err
		}
		var t Trace
		var source string
		list = nil
		_, err = pgx.ForEachRow(rows, []any{&t.ID, &t.Username, &t.AOR, &source, &t.HEP, &t.Until}, func() error {
			t := t
			if t.Source, err = parseNetwork(source); err != nil {
				return err
			}
			list = append(list, t)
			return nil
		})
		return err
	})
	if err != nil {
		return nil, unavailable("list traces", err)
	}
	return list, nil
}

// parseNetwork reads an inet as PostgreSQL prints it; empty is the zero Prefix.
func parseNetwork(text string) (netip.Prefix, error) {
	if text == "" {
		return netip.Prefix{}, nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, fmt.Errorf("registrard_traces.source: %w", err)
	}
	return p.Masked(), nil
}

// AddTrace switches a trace on, on all nodes, for a time of at most a day. It
// returns the row; the error for a value that the table refuses names it.
func (s *reports) AddTrace(ctx context.Context, t Trace, lasts time.Duration) (Trace, error) {
	source := ""
	if t.Source.IsValid() {
		source = t.Source.String()
	}
	err := s.within(ctx, s.opt.Deadline, func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, addTrace, t.Username, t.AOR, source, t.HEP, lasts.Seconds()).Scan(&t.ID, &t.Until)
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42P01" {
		return t, errors.New("there is no table registrard_traces: run `registrard migrate up`")
	}
	if err != nil {
		return t, unavailable("switch the trace on", err)
	}
	return t, nil
}

// EndTraces switches off the trace with that id, or all for 0, and says how many.
func (s *reports) EndTraces(ctx context.Context, id int64) (int, error) {
	var n int
	err := s.within(ctx, s.opt.Deadline, func(ctx context.Context, c *pgx.Conn) error {
		tag, err := c.Exec(ctx, endTraces, id)
		n = int(tag.RowsAffected())
		return err
	})
	if err != nil {
		return 0, unavailable("switch traces off", err)
	}
	return n, nil
}
