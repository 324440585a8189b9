package store

import (
	"context"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
)

// What why tells beside the failures.

// selectRegistered reads who is registered under a name of $1, or from $2.
const selectRegistered = `SELECT /* registrard:select_registered */ coalesce(aor, ''), coalesce(contact, ''), coalesce(host(source), ''), coalesce(node, ''), expires_at, registered_at, permanent
FROM registrations WHERE (aor = ANY($1::text[]) OR endpoint = ANY($1::text[])) OR source <<= $2::inet ORDER BY aor, contact LIMIT $3`

// hasProblems tells whether the view provisioning_problems is there.
const hasProblems = `SELECT /* registrard:has_problems */ to_regclass('provisioning_problems') IS NOT NULL`

// selectProblems reads what rows have wrong: of ps_aors those of $2, of ps_auths
// those of $3, of all other tables those of $1.
const selectProblems = `SELECT /* registrard:select_problems */ table_name::text, id::text, coalesce(column_name::text, ''), coalesce(problem::text, ''), coalesce(remedy::text, '')
FROM provisioning_problems WHERE id = ANY(CASE table_name WHEN 'ps_aors' THEN $2::text[] WHEN 'ps_auths' THEN $3::text[] ELSE $1::text[] END)
ORDER BY 1, 2, 3 LIMIT $4`

// RegisteredRow is a row of registrations. ExpiresAt is nil for a permanent contact.
type RegisteredRow struct {
	AOR, Contact, Source, Node string
	ExpiresAt, RegisteredAt    *time.Time
	Permanent                  bool
}

// Registered lists who is registered under one of these names, or from a source
// (the zero Prefix: none).
func (s *reports) Registered(ctx context.Context, names []string, source netip.Prefix, most int) ([]RegisteredRow, error) {
	var from *netip.Prefix
	if source.IsValid() {
		from = &source
	}
	return rowsOf[RegisteredRow](ctx, s.connections, "read registrations", selectRegistered, storable(names), from, most)
}

// ProblemRow is a row of provisioning_problems.
type ProblemRow struct{ Table, ID, Column, Problem, Remedy string }

// Problems lists what these endpoints, AORs and auths have wrong. known is false when the
// database has no such view.
func (s *reports) Problems(ctx context.Context, endpoints, aors, auths []string, most int) (found []ProblemRow, known bool, err error) {
	err = s.within(ctx, s.opt.Deadline, func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, hasProblems).Scan(&known)
	})
	if err != nil {
		return nil, false, unavailable("look for provisioning_problems", err)
	}
	if !known {
		return nil, false, nil
	}
	found, err = rowsOf[ProblemRow](ctx, s.connections, "read provisioning_problems", selectProblems, storable(endpoints), storable(aors), storable(auths), most)
	return found, true, err
}

// storable leaves out what no text of the database can be.
func storable(texts []string) []string {
	out := make([]string, 0, len(texts))
	for _, t := range texts {
		if asterisk.Cut(t, 0) == t {
			out = append(out, t)
		}
	}
	return out
}

// rowsOf reads rows into structs, by the place of their columns.
func rowsOf[T any](ctx context.Context, s *connections, doing, statement string, args ...any) (found []T, err error) {
	err = s.within(ctx, sweepPatience, func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, statement, args...)
		if err != nil {
			return err
		}
		found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T])
		return err
	})
	if err != nil {
		return nil, unavailable(doing, err)
	}
	return found, nil
}
