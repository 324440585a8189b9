package store

import (
	"context"
	"strings"

	"registrard/asterisk"
)

// The statements with which explain looks for what a name was mistaken for.
// They read whole tables, which takes seconds for a million rows: no request of
// a phone ever waits for them.

// nearRows finds rows whose id, without blanks around it and its domain, is $1
// in any case ($1 is in lower case), and auths with such a user name; then the
// endpoints that list those auths and AORs.
const nearRows = `WITH near AS (
  (SELECT 'ps_endpoints' AS table_name, id::text AS id, NULL::text AS username FROM ps_endpoints
    WHERE position($1 IN lower(id)) > 0 AND lower(split_part(btrim(id, E' \t\n\r\f\x0B'), '@', 1)) = $1 ORDER BY id LIMIT $2)
  UNION ALL
  (SELECT 'ps_auths', id::text, username::text FROM ps_auths
    WHERE position($1 IN lower(id)) > 0 AND lower(split_part(btrim(id, E' \t\n\r\f\x0B'), '@', 1)) = $1
      OR position($1 IN lower(username)) > 0 AND lower(btrim(username, E' \t\n\r\f\x0B')) = $1 ORDER BY id LIMIT $2)
  UNION ALL
  (SELECT 'ps_aors', id::text, NULL FROM ps_aors
    WHERE position($1 IN lower(id)) > 0 AND lower(split_part(btrim(id, E' \t\n\r\f\x0B'), '@', 1)) = $1 ORDER BY id LIMIT $2))
SELECT /* registrard:near_rows */ n.table_name, n.id, coalesce(n.username, ''), coalesce(l.endpoints[1:$2], '{}')
FROM near n LEFT JOIN (
  SELECT l.table_name, l.id, array_agg(e.id::text ORDER BY e.id) AS endpoints
  FROM ps_endpoints e, LATERAL (
    SELECT n.table_name, n.id, CASE n.table_name WHEN 'ps_auths' THEN e.auth ELSE e.aors END AS list FROM near n
    WHERE n.table_name <> 'ps_endpoints' AND position(n.id IN CASE n.table_name WHEN 'ps_auths' THEN e.auth ELSE e.aors END) > 0 OFFSET 0) l
  WHERE EXISTS (SELECT FROM unnest(string_to_array(l.list, ',')) item WHERE replace(btrim(item, E' \t\n\r\f\x0B'), ';', '^3B') = l.id)
  GROUP BY 1, 2) l ON l.table_name = n.table_name AND l.id = n.id
ORDER BY n.table_name, n.id`

// mostNear bounds what is found of each table.
const mostNear = 10

// NearRow is a row whose id or user name looks like a name.
type NearRow struct {
	Table string // ps_endpoints, ps_auths, ps_aors
	ID    string // as stored
	// Username of a ps_auths row, as stored.
	Username string
	// Endpoints that list this ps_auths or ps_aors row, as stored.
	Endpoints []string
}

// NearRows finds the rows that look like name, but for blanks, case and domain.
func (s *reader) NearRows(ctx context.Context, name string) ([]NearRow, error) {
	name, _, _ = strings.Cut(strings.TrimSpace(name), "@")
	name = asterisk.Cut(strings.ToLower(asterisk.Escape(name)), 0)
	if name == "" {
		return nil, nil
	}
	return rowsOf[NearRow](ctx, s.connections, "look for rows like that name", nearRows, name, mostNear)
}
