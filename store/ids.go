package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// selectIDs reads the ids of all endpoints; in one statement, of one snapshot.
const selectIDs = `SELECT /* registrard:select_ids */ id FROM ps_endpoints`

// describeID tells whether two ids are equal only when their bytes are, and
// whether the server may be behind.
const describeID = `SELECT /* registrard:describe_id */ pg_is_in_recovery(), a.atttypid::regtype::text,
  a.atttypid IN ('text'::regtype, 'varchar'::regtype) AND coalesce((SELECT collisdeterministic FROM pg_collation c WHERE c.oid = a.attcollation), true)
FROM pg_attribute a WHERE a.attrelid = 'ps_endpoints'::regclass AND a.attname = 'id'`

// EachEndpointID calls each for every id of ps_endpoints, as the column holds
// it. What was committed before it was called is among them.
func (s *reader) EachEndpointID(ctx context.Context, each func(id string)) error {
	const doing = "read the ids of all endpoints"
	if err := s.notHidden(doing); err != nil {
		return err
	}
	err := s.onConnection(ctx, func(c *pgx.Conn) error {
		var recovering, plain bool
		var kind string
		if err := c.QueryRow(ctx, describeID).Scan(&recovering, &kind, &plain); err != nil {
			return err
		}
		if recovering {
			return errStale
		}
		if !plain {
			return fmt.Errorf("%w: ps_endpoints.id is %s, of a collation that takes different texts for equal; make it varchar with a deterministic one", errIDs, kind)
		}
		rows, err := c.Query(ctx, selectIDs)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			// Its bytes, not a text of its own: there may be a million.
			each(string(rows.RawValues()[0]))
		}
		return rows.Err()
	})
	if errors.Is(err, errIDs) {
		return err
	}
	if err != nil {
		return unavailable(doing, err)
	}
	return nil
}

// errIDs says that ids can't be told apart by their bytes.
var errIDs = errors.New("unknown names are looked up in the database")

// selectSomeIDs gives those of $1 that are ids of endpoints.
const selectSomeIDs = `SELECT /* registrard:select_some_ids */ id FROM ps_endpoints WHERE id = ANY($1::text[])`

// EndpointIDs gives those of the ids, as a request names them, that are in
// ps_endpoints now, as the column holds them.
func (s *reader) EndpointIDs(ctx context.Context, ids []string) (found []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
	defer cancel()
	err = s.onConnection(ctx, func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, selectSomeIDs, storedIDs(storable(ids)))
		if err != nil {
			return err
		}
		found, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, unavailable("look for endpoints", err)
	}
	return found, nil
}
