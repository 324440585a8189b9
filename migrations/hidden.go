package migrations

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// hiddenTables are those whose rows row-level security may hide from whoever
// asks: it is in force for that role, and no policy shows all rows, or another
// takes some away. What is hidden can't be told from what isn't there.
const hiddenTables = `SELECT /* registrard:hidden_tables */ c.relname::text, current_user::text
FROM pg_class c
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(p.polpermissive AND p.shows), false) AND NOT coalesce(bool_or(NOT p.polpermissive AND NOT p.shows), false) AS everything
  FROM (SELECT polpermissive, coalesce(pg_get_expr(polqual, polrelid), '') = 'true' AS shows
    FROM pg_policy
    WHERE polrelid = c.oid AND polcmd IN ('*', 'r')
      AND EXISTS (SELECT FROM unnest(polroles) r WHERE CASE WHEN r = 0 THEN true ELSE pg_has_role(r, 'USAGE') END)) p) s
WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relname = ANY ($1) AND c.relkind IN ('r', 'p')
  AND row_security_active(c.oid) AND NOT s.everything
ORDER BY c.relname = 'ps_endpoints' DESC, 1`

const hides = "has row-level security"

// Hides says that rows of the table may be hidden from the role that asked.
func (f Fault) Hides() bool { return strings.HasPrefix(f.Why, hides) }

// hiddenFaults tells of row-level security: endpoints that it hides would be
// refused as unknown, and contacts that it hides would not be counted.
func hiddenFaults(ctx context.Context, pool *pgxpool.Pool) (list []Fault, err error) {
	rows, err := pool.Query(ctx, hiddenTables, asterisks)
	if err != nil {
		return nil, err
	}
	var table, role string
	_, err = pgx.ForEachRow(rows, []any{&table, &role}, func() error {
		policy := fmt.Sprintf("CREATE POLICY registrard_node ON %s TO %s USING (true)", table, pgx.Identifier{role}.Sanitize())
		if table == "ps_contacts" {
			policy += " WITH CHECK (true)"
		}
		list = append(list, Fault{Table: table, Fatal: true,
			Why:    hides + " that may hide rows from the role " + role + ", who couldn't tell them from rows that aren't there",
			Remedy: "as its owner: " + policy + "; or, as a superuser: ALTER ROLE " + pgx.Identifier{role}.Sanitize() + " BYPASSRLS"})
		return nil
	})
	return list, err
}
