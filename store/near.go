package store

import (
	"context"
	"strings"

	"registrard/asterisk"
)

// The statements with which explain looks for what a name was mistaken for.
// They read whole tables, which takes a second for a million rows: no request
// of a phone ever waits for them.

// nearRows finds rows whose id, without blanks around it and its domain, is $1
// in any case ($1 is in lower case), and auths with such a user name; then the
// endpoints that list those auths and AORs.
const nearRows = `WITH near AS (
  (SELECT 'ps_endpoints' AS table_name, id::text AS id, NULL::text AS username FROM ps_endpoints
    WHERE lower(split_part(btrim(id, E' \t\n\r\f\x0B'), '@', 1)) = $1 ORDER BY id LIMIT $2)
  UNION ALL
  (SELECT 'ps_auths', id::text, username::text FROM ps_auths
    WHERE lower(split_part(btrim(id, E' \t\n\r\f\x0B'), '@', 1)) = $1 OR lower(btrim(username, E' \t\n\r\f\x0B')) = $1 ORDER BY id LIMIT $2)
  UNION ALL
  (SELECT 'ps_aors', id::text, NULL FROM ps_aors
    WHERE lower(split_part(btrim(id, E' \t\n\r\f\x0B'), '@', 1)) = $1 ORDER BY id LIMIT $2))
SELECT /* registrard:near_rows */ n.table_name, n.id, coalesce(n.username, ''), ARRAY(
  SELECT e.id::text FROM ps_endpoints e
  WHERE position(n.id IN CASE n.table_name WHEN 'ps_auths' THEN e.auth WHEN 'ps_aors' THEN e.aors END) > 0
    AND EXISTS (SELECT FROM unnest(string_to_array(CASE n.table_name WHEN 'ps_auths' THEN e.auth ELSE e.aors END, ',')) item
      WHERE replace(btrim(item, E' \t\n\r\f\x0B'), ';', '^3B') = n.id)
  ORDER BY e.id LIMIT $2)
FROM near n ORDER BY n.table_name, n.id`

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
func (s *Store) NearRows(ctx context.Context, name string) ([]NearRow, error) {
	name, _, _ = strings.Cut(strings.TrimSpace(name), "@")
	name = asterisk.Cut(strings.ToLower(asterisk.Escape(name)), 0)
	if name == "" {
		return nil, nil
	}
	return rowsOf[NearRow](ctx, s, "look for rows like that name", nearRows, name, mostNear)
}
