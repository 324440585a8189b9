package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Changes that nothing announced. A statement trigger doesn't fire for logical
// replication, session_replication_role = replica, DISABLE TRIGGER, a leaf of a
// partitioned table, ATTACH, ALTER … USING or row-level security, and so neither
// LISTEN nor the log tells of them. So the tables are looked over, twice in
// Options.MaxAge: the transaction that wrote a row (xmin) is newer than the last
// look when it was inserted or updated since; and of the rows that were there as
// many must still be there. Both are facts of the rows themselves and visible to
// whoever reads them.
//
// That reads the whole table, so it is left out where pg_stat's counters say that
// as many rows were written as was announced. They come late, count what was
// rolled back, and may be reset or off; each of these makes the sums differ, now
// or at the next look, and then the table is read, as it is once in readAgain.
//
// Rows that are gone are deleted ones or old versions of updated ones. Those that
// were announced, or have a new version, are known by name; a hash over the ids
// of the missing tells whether they are all of them. It is kept by bucket, so
// that names of rows that were inserted, which are not missing, rarely get in the
// way.

// lookedOver are the tables whose rows are kept in memory, all with an id.
var lookedOver = []string{"ps_endpoints", "ps_aors", "ps_auths", "ps_globals", "ps_domain_aliases", "ps_endpoint_id_ips"}

const (
	// readAgain is the longest that a table isn't read because of its counters, and
	// countersLate how late they may be: a session tells at the latest when it has
	// been idle for 10 s. With a MaxAge that is too short for that they say nothing.
	readAgain    = 10 * time.Minute
	countersLate = 10 * time.Second
	// firstLook bounds the look with which watching begins.
	firstLook = 5 * time.Second
	// beginLook makes what follows one snapshot, and one that takes one core.
	beginLook = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`
	paceLook  = `SELECT /* registrard:pace_look */ set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)`
	// lookBegins gives whether the server may be behind, and the oldest
	// transaction that had not ended: what is older and committed is all seen.
	lookBegins = `SELECT /* registrard:look_begins */ pg_is_in_recovery(), pg_snapshot_xmin(pg_current_snapshot())::text`
	// lookShape changes when a table is another one, has other columns, leaves or
	// policies, or was written anew: what its rows then hold is not told by their
	// xmin. Statistics are written in place, and change no xmin.
	lookShape = `WITH RECURSIVE tree AS (
  SELECT to_regclass($1)::oid AS oid UNION SELECT i.inhrelid FROM pg_inherits i JOIN tree ON i.inhparent = tree.oid)
SELECT /* registrard:look_shape */ md5(concat((SELECT string_agg(c.oid::text || ':' || c.xmin::text, ',' ORDER BY c.oid) FROM tree JOIN pg_class c USING (oid)), ';',
  (SELECT string_agg(a.attrelid::text || ':' || a.attnum || ':' || a.xmin::text, ',' ORDER BY a.attrelid, a.attnum) FROM tree JOIN pg_attribute a ON a.attrelid = tree.oid), ';',
  (SELECT string_agg(p.oid::text || ':' || p.xmin::text, ',' ORDER BY p.oid) FROM tree JOIN pg_policy p ON p.polrelid = tree.oid)))`
	// lookCounters gives whether counters can be believed, how many rows were
	// written since they were reset, and since when the server runs.
	lookCounters = `WITH RECURSIVE tree AS (
  SELECT to_regclass($1)::oid AS oid UNION SELECT i.inhrelid FROM pg_inherits i JOIN tree ON i.inhparent = tree.oid)
SELECT /* registrard:look_counters */ current_setting('track_counts')::boolean AND NOT row_security_active(to_regclass($1)::oid),
  (SELECT coalesce(sum(pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid)), 0)::bigint FROM tree), pg_postmaster_start_time()`
	// fresh says that a row was written by transaction $1 or a later one. Ages are
	// differences modulo 2^32: what is older than 2^31 seems to be of the future.
	fresh = `age(xmin) BETWEEN 0 AND (SELECT age($1::text::xid))`
	// mostFresh ids are told one by one.
	mostFresh = 10_000
	// buckets of a table's ids; a power of two.
	buckets = 1024
	// mostGuessed names in a bucket are tried in all combinations.
	mostGuessed = 10
	// hashNames gives what the ids hash to.
	hashNames = `SELECT /* registrard:hash_names */ hashtextextended(n COLLATE "C", 0) FROM unnest($1::text[]) n`
)

// lookCount, lookBuckets and lookFresh are what is asked of a table. $1 is the
// transaction from which on the last look didn't count, $2 this one's.
func lookCount(table string) string {
	return `SELECT /* registrard:look_count */ count(*) FILTER (WHERE NOT f), count(*) FILTER (WHERE f), coalesce(sum(after) FILTER (WHERE f), 0)::bigint
FROM (SELECT ` + fresh + ` AS f, (SELECT age($1::text::xid)) - age(xmin) AS after FROM ` + table + ` OFFSET 0) r`
}

func lookBuckets(table string) string {
	return `SELECT /* registrard:look_buckets */ (h & ` + strconv.Itoa(buckets-1) + `)::int4, count(*) FILTER (WHERE NOT f), coalesce(bit_xor(h) FILTER (WHERE NOT f), 0),
  count(*) FILTER (WHERE NOT young), coalesce(bit_xor(h) FILTER (WHERE NOT young), 0), count(*) FILTER (WHERE young), coalesce(sum(after) FILTER (WHERE young), 0)::bigint
FROM (SELECT hashtextextended(id::text COLLATE "C", 0) AS h, ` + fresh + ` AS f, age(xmin) BETWEEN 0 AND (SELECT age($2::text::xid)) AS young,
  (SELECT age($2::text::xid)) - age(xmin) AS after FROM ` + table + ` OFFSET 0) r GROUP BY 1`
}

func lookFresh(table string) string {
	return `SELECT /* registrard:look_fresh */ id::text, xmin::text, age(xmin) BETWEEN 0 AND (SELECT age($2::text::xid)) FROM ` + table + ` WHERE ` + fresh + ` LIMIT ` + strconv.Itoa(mostFresh+1)
}

// bucket is how many rows are in it, and the hashes of their ids in one.
type bucket struct{ count, hash int64 }

// looked is a table as of the last look.
type looked struct {
	shape string
	// since is the oldest transaction that had not ended: rows of it and of later
	// ones may come to be seen, and are not counted in rows. (A snapshot could tell
	// more of them apart, but not those that a savepoint's transaction wrote.)
	since string
	count int64
	rows  [buckets]bucket
	// young are the rows that were seen and are not counted.
	young youngRows
	// counted is what the counters said, and told what was announced, when it was read.
	counted counters
	told    int64
	read    time.Time
}

// counters are what pg_stat says of a table.
type counters struct {
	believed bool
	written  int64
	server   time.Time // when it was started
}

// youngRows are how many there are, what tells whether they are others, and by id
// the transaction that wrote each.
type youngRows struct {
	count, sum int64
	by         map[string]string
}

// change is what a look finds in one table.
type change struct {
	table string
	why   string         // every row may have changed; "" when it is known which
	ids   []string       // written since the last look
	gone  map[int]bucket // rows that aren't there any more
}

func (c *change) any() bool { return c.why != "" }

// overseer looks the tables over.
type overseer struct {
	s      *reader
	w      Watcher
	said   announced
	tables map[string]*looked
	good   time.Time // when the last look that succeeded began
	c      *pgx.Conn // nil: none
}

func newOverseer(s *reader, w Watcher) *overseer {
	return &overseer{s: s, w: w, tables: map[string]*looked{}}
}

// run looks the tables over until ctx ends. When it can't for MaxAge, nothing
// that is kept is good any more.
func (v *overseer) run(ctx context.Context) {
	defer v.close()
	most := v.s.opt.MaxAge
	told := outage{}
	for good := v.good; ; {
		sleep(ctx, min(most/2, time.Until(good.Add(most))))
		if ctx.Err() != nil {
			return
		}
		began := time.Now()
		left := good.Add(most).Sub(began)
		if left <= 0 {
			v.s.log.Info(tooLate, "max_age", most)
			good = began
			v.dropAll()
			continue
		}
		found, err := v.look(ctx, left)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			good, told = began, outage{}
			v.tell(ctx, found)
			continue
		}
		v.close()
		if err = unavailable("look the tables over", err); told.isNew(err) {
			v.s.log.Warn("changes of configuration that nothing announces can't be seen, so all of it is read anew each cache.max_age until they can", "max_age", most, "error", err)
		}
	}
}

const tooLate = "the tables were not looked over within cache.max_age, so all configuration is read anew"

// first looks before anything is kept, so that the next look has something to
// compare with. It may fail: then the first that succeeds has all read anew.
func (v *overseer) first(ctx context.Context) {
	v.good = time.Now()
	if _, err := v.look(ctx, firstLook); err != nil {
		v.close()
	}
}

// dropAll has everything read anew.
func (v *overseer) dropAll() {
	for _, table := range lookedOver {
		v.w.Changed(table, nil)
	}
}

func (v *overseer) close() {
	if v.c != nil {
		closeNow(v.c)
		v.c = nil
	}
}

// look compares all tables with the last look, in one snapshot. What it gives is
// to be told; what it returns with an error is nothing.
func (v *overseer) look(ctx context.Context, patience time.Duration) ([]change, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if v.c == nil {
		c, err := v.s.dial(ctx)
		if err != nil {
			return nil, err
		}
		v.c = c
	}
	if _, err := v.c.Exec(ctx, beginLook); err != nil {
		return nil, err
	}
	if _, err := v.c.Exec(ctx, paceLook); err != nil {
		return nil, err
	}
	var recovering bool
	var oldest string
	if err := v.c.QueryRow(ctx, lookBegins).Scan(&recovering, &oldest); err != nil {
		return nil, err
	}
	if recovering {
		return nil, errStale
	}
	full, err := strconv.ParseUint(oldest, 10, 64)
	if err != nil {
		return nil, err
	}
	oldest = strconv.FormatUint(full&0xFFFFFFFF, 10)
	next := map[string]*looked{}
	var found []change
	for _, table := range lookedOver {
		now, c, err := v.lookAt(ctx, table, oldest)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", table, err)
		}
		next[table] = now
		if c.any() || len(c.ids)+len(c.gone) > 0 {
			found = append(found, c)
		}
	}
	if _, err := v.c.Exec(ctx, "COMMIT"); err != nil {
		return nil, err
	}
	v.tables = next
	return found, nil
}

// lookAt looks at one table.
func (v *overseer) lookAt(ctx context.Context, table, oldest string) (*looked, change, error) {
	then, found := v.tables[table], change{table: table}
	now, same := &looked{since: oldest}, false
	if err := v.c.QueryRow(ctx, lookShape, table).Scan(&now.shape); err != nil {
		return nil, found, err
	}
	switch {
	case then == nil:
		found.why = "it wasn't looked over before"
	case then.shape != now.shape:
		found.why = "the table was altered"
	default:
		if quiet, err := v.quiet(ctx, table, then, now); err != nil || quiet {
			return then, found, err
		}
		v.said.turn(table)
		var kept, written, sum int64
		if err := v.c.QueryRow(ctx, lookCount(table), then.since).Scan(&kept, &written, &sum); err != nil {
			return nil, found, err
		}
		same = kept == then.count && written == then.young.count && sum == then.young.sum
		if same && written == 0 {
			then.since = oldest
		}
		if same && then.since == oldest {
			then.counted, then.told, then.read = now.counted, now.told, now.read
			return then, found, nil
		}
	}
	if found.why != "" {
		v.said.turn(table)
		if _, err := v.quiet(ctx, table, now, now); err != nil {
			return nil, found, err
		}
		then = now
	}
	if err := v.written(ctx, then, now, &found); err != nil {
		return nil, found, err
	}
	missing, err := v.count(ctx, then, now, &found)
	if same { // but that some are not young any more
		return now, change{}, err
	}
	if err != nil || found.any() {
		return now, found, err
	}
	for at, b := range missing {
		switch {
		case b.count < 0:
			found.why = "rows came to be seen that are not new"
		case b != bucket{}:
			found.gone[at] = b
		}
	}
	return now, found, nil
}

// quiet says that as many rows of a table were written since it was read last as
// was announced; now gets what the counters say.
func (v *overseer) quiet(ctx context.Context, table string, then, now *looked) (bool, error) {
	c := &now.counted
	if err := v.c.QueryRow(ctx, lookCounters, table).Scan(&c.believed, &c.written, &c.server); err != nil {
		return false, err
	}
	now.told, now.read = v.said.total(table), time.Now()
	return v.s.opt.MaxAge/2 > 2*countersLate && c.believed && then.counted.believed && c.server.Equal(then.counted.server) &&
		now.read.Sub(then.read) < readAgain && now.told >= 0 && c.written-then.counted.written == now.told-then.told, nil
}

// written finds what was written since then; now gets what it doesn't count.
func (v *overseer) written(ctx context.Context, then, now *looked, found *change) error {
	rows, err := v.c.Query(ctx, lookFresh(found.table), then.since, now.since)
	if err != nil {
		return err
	}
	now.young.by = map[string]string{}
	seen, n := then.young.by, 0
	gone := maps.Clone(seen) // those of seen that aren't there any more
	var id, by string
	var young bool
	_, err = pgx.ForEachRow(rows, []any{&id, &by, &young}, func() error {
		n++
		if delete(gone, id); seen[id] != by && then != now {
			found.ids = append(found.ids, id)
		}
		if young {
			now.young.by[id] = by
		}
		return nil
	})
	if n > mostFresh && !found.any() {
		found.why = "too many rows to name were written"
	}
	found.ids = slices.AppendSeq(found.ids, maps.Keys(gone))
	return err
}

// count counts what now holds, and gives what is missing of what then held.
func (v *overseer) count(ctx context.Context, then, now *looked, found *change) (missing [buckets]bucket, err error) {
	rows, err := v.c.Query(ctx, lookBuckets(found.table), then.since, now.since)
	if err != nil {
		return missing, err
	}
	missing, found.gone = then.rows, map[int]bucket{}
	var at int
	var kept, counted bucket
	var young, sum int64
	_, err = pgx.ForEachRow(rows, []any{&at, &kept.count, &kept.hash, &counted.count, &counted.hash, &young, &sum}, func() error {
		now.count += counted.count
		now.rows[at] = counted
		now.young.count += young
		now.young.sum += sum
		missing[at].count -= kept.count
		missing[at].hash ^= kept.hash
		return nil
	})
	return missing, err
}
