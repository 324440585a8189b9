package store

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"
)

// The statements of registrard_bans, registrard_allowed and registrard_guard.

// selectBans reads who is banned, for how many seconds more by the database's
// clock (0: for ever), and who is never banned. A server in recovery may be
// behind: it isn't believed.
const selectBans = `SELECT /* registrard:select_bans */ cidr, coalesce(extract(epoch FROM until - clock_timestamp()), 0)::float8, false, pg_is_in_recovery()
FROM registrard_bans WHERE until IS NULL OR until > clock_timestamp()
UNION ALL
SELECT cidr, 0, true, pg_is_in_recovery() FROM registrard_allowed
UNION ALL
SELECT NULL, 0, false, pg_is_in_recovery()`

// selectSomeBans is selectBans for the networks $1.
const selectSomeBans = `SELECT /* registrard:select_some_bans */ cidr, coalesce(extract(epoch FROM until - clock_timestamp()), 0)::float8, false, pg_is_in_recovery()
FROM registrard_bans WHERE cidr = ANY($1::inet[]) AND (until IS NULL OR until > clock_timestamp())
UNION ALL
SELECT cidr, 0, true, pg_is_in_recovery() FROM registrard_allowed WHERE cidr = ANY($1::inet[])
UNION ALL
SELECT NULL, 0, false, pg_is_in_recovery()`

// insertBans bans the sources $1 for the reasons $2, for $3 seconds; who was
// banned before within a day, for twice as long as then, up to a day. What a
// person wrote, and what already holds longer, stays as it is. $5: a source
// from which somebody is registered is spared. What was counted against those
// who are banned is forgotten: else who is pardoned would be banned again by his
// next few failures. Sorted, as addGuardCounts is.
const insertBans = `WITH /* registrard:insert_bans */ banned AS (
INSERT INTO registrard_bans AS b (cidr, reason, until, created_by, counted)
SELECT n.cidr, n.reason, clock_timestamp() + make_interval(secs => $3), $4, true
FROM unnest($1::inet[], $2::text[]) AS n(cidr, reason)
WHERE NOT EXISTS (SELECT FROM registrard_allowed a WHERE n.cidr <<= a.cidr)
  AND NOT EXISTS (SELECT FROM ps_contacts c -- one reading of the table for all candidates
    WHERE $5 AND network(set_masklen(c.source_addr, CASE family(c.source_addr) WHEN 4 THEN 32 ELSE 64 END))::inet = n.cidr
      AND (c.expiration_time = 0 OR c.expiration_time > date_part('epoch', clock_timestamp())))
ON CONFLICT (cidr) DO UPDATE SET reason = EXCLUDED.reason, created_by = EXCLUDED.created_by, created_at = clock_timestamp(),
  until = clock_timestamp() + least(interval '1 day', greatest(make_interval(secs => $3), 2 * (b.until - b.created_at)))
WHERE b.counted AND b.until < clock_timestamp()
RETURNING cidr),
counted AS (SELECT g.source, g.username FROM registrard_guard g JOIN banned ON g.source = banned.cidr AND g.username = '' ORDER BY 1 FOR UPDATE OF g),
forgotten AS (DELETE FROM registrard_guard g USING counted c WHERE g.source = c.source AND g.username = c.username)
SELECT cidr FROM banned`

// forgetBans deletes what has been over for a day; until then a ban's length is
// remembered, so that the next one is longer.
const forgetBans = `DELETE /* registrard:forget_bans */ FROM registrard_bans WHERE until < clock_timestamp() - interval '1 day'`

// addGuardCounts adds what this node counted ($3) of the sources $1 and users $2
// to what all nodes have; each level drains by $4 (a source as a whole) or $5
// (a user at it) a second. Sorted, so that two nodes don't lock crosswise.
const addGuardCounts = `INSERT /* registrard:add_guard_counts */ INTO registrard_guard AS g (source, username, level, updated_at)
SELECT source, username, level, clock_timestamp() FROM unnest($1::inet[], $2::text[], $3::float8[]) AS n(source, username, level)
ORDER BY 1, 2
ON CONFLICT (source, username) DO UPDATE SET updated_at = clock_timestamp(), level = EXCLUDED.level + greatest(0, g.level
  - extract(epoch FROM clock_timestamp() - g.updated_at)::float8 * CASE g.username WHEN '' THEN $4::float8 ELSE $5::float8 END)
RETURNING source, username, level`

// forgetFailures deletes what has drained.
const forgetFailures = `DELETE /* registrard:forget_failures */ FROM registrard_guard
WHERE level <= extract(epoch FROM clock_timestamp() - updated_at)::float8 * CASE username WHEN '' THEN $1::float8 ELSE $2::float8 END`

// LoadBans calls ban for each network that is banned (left is for how long, 0
// for ever) and allow for each that never is; of these networks alone, unless
// only is nil.
func (s *reports) LoadBans(ctx context.Context, only []netip.Prefix, ban func(cidr netip.Prefix, left time.Duration), allow func(cidr netip.Prefix)) error {
	type row struct {
		cidr    netip.Prefix
		left    float64
		allowed bool
	}
	var all []row
	statement, args := selectBans, []any{}
	if only != nil {
		statement, args = selectSomeBans, []any{only}
	}
	// A million of them take some seconds.
	err := s.within(ctx, sweepPatience, func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, statement, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			var cidr *netip.Prefix
			var recovering bool
			if err := rows.Scan(&cidr, &r.left, &r.allowed, &recovering); err != nil {
				return err
			}
			if recovering {
				return errStale
			}
			if cidr != nil {
				r.cidr = *cidr
				all = append(all, r)
			}
		}
		return rows.Err()
	})
	if err != nil {
		return unavailable("load the bans", err)
	}
	for _, r := range all {
		if r.allowed {
			allow(r.cidr)
		} else {
			ban(r.cidr, seconds(r.left))
		}
	}
	return nil
}

// seconds is a duration, capped where it would overflow (300 years are for ever).
func seconds(s float64) time.Duration {
	if s > 1e9 {
		return 0
	}
	return time.Duration(s * float64(time.Second))
}

// Ban bans networks for a time, longer each time that it happens within a day,
// and gives those that are banned now and were not. spare leaves out a network
// from which somebody is registered.
func (s *reports) Ban(ctx context.Context, cidrs []netip.Prefix, reasons []string, d time.Duration, spare bool) (banned []netip.Prefix, err error) {
	// Looking for registrations reads all of ps_contacts.
	err = s.within(ctx, sweepPatience, func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, insertBans, cidrs, reasons, d.Seconds(), s.opt.Node, spare)
		if err != nil {
			return err
		}
		banned, err = pgx.CollectRows(rows, pgx.RowTo[netip.Prefix])
		return err
	})
	if err != nil {
		return nil, unavailable("ban", err)
	}
	return banned, nil
}

// AddFailures adds this node's counts (i of all slices is one) to what all
// nodes have counted, and calls told with each sum. User "" is a source as a
// whole. A source's level drains by perSource a second, a user's by perUser.
func (s *reports) AddFailures(ctx context.Context, sources []netip.Prefix, users []string, counts []float64, perSource, perUser float64,
	told func(source netip.Prefix, user string, level float64)) error {
	err := s.within(ctx, s.opt.Deadline, func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, addGuardCounts, sources, users, counts, perSource, perUser)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var source netip.Prefix
			var user string
			var level float64
			if err := rows.Scan(&source, &user, &level); err != nil {
				return err
			}
			told(source, user, level)
		}
		return rows.Err()
	})
	if err != nil {
		return unavailable("add failures", err)
	}
	return nil
}

// Forget deletes bans that were over a day ago and failures that have drained.
func (s *reports) Forget(ctx context.Context, perSource, perUser float64) error {
	err := s.within(ctx, s.opt.Deadline, func(ctx context.Context, c *pgx.Conn) error {
		if _, err := c.Exec(ctx, forgetBans); err != nil {
			return fmt.Errorf("bans: %w", err)
		}
		_, err := c.Exec(ctx, forgetFailures, perSource, perUser)
		return err
	})
	if err != nil {
		return unavailable("forget what is over", err)
	}
	return nil
}
