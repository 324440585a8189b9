package store

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
)

// Failed registrations: gathered in memory, written twice a second in one
// statement. A REGISTER never waits for it, and a flood costs memory and rows
// up to a bound.

// addFailures adds what a node has gathered; $1 to $16 are arrays. Rows are
// locked in the order of the key, so two nodes don't wait for each other in a
// circle.
const addFailures = `INSERT /* registrard:add_failures */ INTO registrard_failures AS f (source, username, reason, aor, hint, count,
  first_seen, last_seen, node, code, detail, domain, auth_username, endpoint, transport, user_agent)
SELECT source, username, reason, aor, hint, count, first_seen, last_seen, node, code, detail,
  domain, nullif(auth_username, ''), nullif(endpoint, ''), transport, user_agent
FROM unnest($1::inet[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[], $8::timestamptz[],
  $9::text[], $10::integer[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
  AS n(source, username, reason, aor, hint, count, first_seen, last_seen, node, code, detail, domain, auth_username, endpoint, transport, user_agent)
ORDER BY source, username COLLATE "C", reason COLLATE "C"
ON CONFLICT (source, username, reason) DO UPDATE SET aor = EXCLUDED.aor, hint = EXCLUDED.hint, count = f.count + EXCLUDED.count,
  first_seen = least(f.first_seen, EXCLUDED.first_seen), last_seen = greatest(f.last_seen, EXCLUDED.last_seen), node = EXCLUDED.node,
  code = EXCLUDED.code, detail = EXCLUDED.detail, domain = EXCLUDED.domain, auth_username = EXCLUDED.auth_username, endpoint = EXCLUDED.endpoint,
  transport = EXCLUDED.transport, user_agent = EXCLUDED.user_agent`

// pruneFailures keeps $1 rows, those about endpoints before those about names
// that are none, and these before those without a name; of such names $2 a
// source; newer ones before older ones, and none that is older than $3 seconds.
// That a connection ended is told after what was refused.
const pruneFailures = `DELETE /* registrard:prune_failures */ FROM registrard_failures
WHERE (source, username, reason) IN (
  SELECT f.source, f.username, f.reason FROM registrard_failures f JOIN (
    SELECT source, username, reason, last_seen, endpoint,
      row_number() OVER (ORDER BY endpoint IS NULL, username = '', reason = 'flow_lost', last_seen DESC, source, username, reason) AS place,
      row_number() OVER (PARTITION BY source ORDER BY endpoint IS NULL DESC, last_seen DESC, username, reason) AS of_source
    FROM registrard_failures) r USING (source, username, reason)
  WHERE r.place > $1 OR r.of_source > $2 AND r.endpoint IS NULL OR r.last_seen < clock_timestamp() - make_interval(secs => $3)
  ORDER BY f.source, f.username COLLATE "C", f.reason COLLATE "C" FOR UPDATE OF f SKIP LOCKED)`

const (
	// failuresEvery is the time between two writes: whoever asks why has a
	// phone's failure at hand within a second. pruneEvery is the time between two
	// looks at how many rows there are, pruneSoon when many were written.
	failuresEvery = 500 * time.Millisecond
	pruneEvery    = time.Minute
	pruneSoon     = 5 * time.Second
	// maxPending is how many rows wait in memory, shared out by pendingOf;
	// namesPerSource how many names that are no endpoint may of one source.
	maxPending     = 2000
	namesPerSource = 50
	// strangersKept is how many names that are no endpoint the table keeps of
	// one source.
	strangersKept = 100
	// OtherNames stands for the names of a source beyond these.
	OtherNames = "(other names)"
	// The longest texts that are kept, in characters.
	maxName, maxLong = 128, 400
)

// Failure is a refused REGISTER; the texts may be whatever came from the wire.
type Failure struct {
	Source               netip.Addr
	Username, Domain     string
	AuthUsername         string
	AOR, Endpoint        string
	Reason, Detail, Hint string
	Code                 int
	Transport, UserAgent string
}

// failureSort is what a failure is about. Each has a bound of its own: what a stranger
// can make up takes no phone's place.
type failureSort uint8

const (
	ofEndpoint failureSort = iota
	ofName                 // that is no endpoint's
	ofNobody               // no name was read
	ofFlow                 // of an endpoint, and nobody refused anything
	numSorts
)

var pendingOf = [numSorts]int{ofEndpoint: maxPending / 2, ofName: maxPending / 2, ofNobody: maxPending / 4, ofFlow: maxPending / 4}

func sortOf(username, endpoint, why string) failureSort {
	switch {
	case why == flowLost:
		return ofFlow
	case endpoint != "":
		return ofEndpoint
	case username != "":
		return ofName
	}
	return ofNobody
}

// flowLost is the reason of a contact that ended with its connection.
const flowLost = "flow_lost"

// failureKey is the key of the table.
type failureKey struct {
	source           netip.Addr
	username, reason string
}

// gathered is a row that waits to be written.
type gathered struct {
	Failure
	count       int64
	first, last time.Time
	sort        failureSort
}

// failures is what this node has gathered.
type failures struct {
	mu      sync.Mutex
	pending map[failureKey]*gathered
	// waiting are the pending rows by sort; perSource those of ofName.
	waiting   [numSorts]int
	perSource map[netip.Addr]int
}

// failureLog gathers and writes refusals.
type failureLog struct {
	*membership
	failures failures
}

// NoteFailure takes note of a refused REGISTER. It doesn't block, and keeps no
// text of the request alive. When there is no room it is counted and forgotten.
func (s *failureLog) NoteFailure(f Failure) {
	if s.opt.MaxFailures <= 0 {
		return
	}
	now := s.Now()
	key := failureKey{f.Source, fit(f.Username, maxName), f.Reason}
	q := &s.failures
	q.mu.Lock()
	defer q.mu.Unlock()
	if g := q.pending[key]; g != nil {
		g.add(f, 1, now, now)
		return
	}
	of := sortOf(key.username, f.Endpoint, f.Reason)
	if !q.room(&key, of) {
		s.metrics.failuresLost.Inc()
		return
	}
	g := q.pending[key]
	if g == nil { // it isn't among the other names already
		g = &gathered{first: now, sort: of}
		q.put(failureKey{key.source, strings.Clone(key.username), strings.Clone(key.reason)}, g)
	}
	g.add(f, 1, now, now)
}

// room says whether one more row may wait; a key that may not under its own
// name becomes that of the source's other names.
func (q *failures) room(key *failureKey, of failureSort) bool {
	if of == ofName && q.perSource[key.source] >= namesPerSource {
		key.username = OtherNames
		if q.pending[*key] != nil {
			return true
		}
	}
	return q.waiting[of] < pendingOf[of]
}

func (q *failures) put(key failureKey, g *gathered) {
	if q.pending == nil {
		q.pending, q.perSource = map[failureKey]*gathered{}, map[netip.Addr]int{}
	}
	q.pending[key] = g
	q.waiting[g.sort]++
	if g.sort == ofName {
		q.perSource[key.source]++
	}
}

// add makes f the last of g. Texts are made fit here, so that what waits is small.
func (g *gathered) add(f Failure, count int64, first, last time.Time) {
	g.count += count
	if first.Before(g.first) {
		g.first = first
	}
	if last.Before(g.last) {
		return
	}
	g.last = last
	keep(&g.Domain, f.Domain, maxName)
	keep(&g.AuthUsername, f.AuthUsername, maxName)
	keep(&g.AOR, f.AOR, maxName)
	keep(&g.Endpoint, f.Endpoint, 255)
	keep(&g.Detail, f.Detail, maxLong)
	keep(&g.UserAgent, f.UserAgent, maxName)
	keep(&g.Transport, f.Transport, maxName)
	g.Hint, g.Code = f.Hint, f.Code
}

// keep puts what is to be kept of a text into place. A phone that fails every
// few seconds says the same each time, and costs no allocation.
func keep(place *string, text string, most int) {
	if text = fit(text, most); text != *place {
		*place = strings.Clone(text)
	}
}

// fit is a stranger's text as it may be stored and be printed: valid UTF-8, one
// line, without control characters and those that turn the direction of
// writing, of at most n characters.
func fit(s string, n int) string {
	plain := len(s) <= n
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] >= ' ' && s[i] < 0x7f
	}
	if plain {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if n--; n < 0 {
			break
		}
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			r = '?'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// take takes all that waits.
func (q *failures) take() map[failureKey]*gathered {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.pending
	q.pending, q.perSource, q.waiting = nil, nil, [numSorts]int{}
	return all
}

// putBack waits again with what could not be written.
func (q *failures) putBack(all map[failureKey]*gathered) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for key, g := range all {
		newer := q.pending[key]
		switch {
		case newer != nil:
			newer.add(g.Failure, g.count, g.first, g.last)
		case q.room(&key, g.sort) && q.pending[key] == nil:
			q.put(key, g)
		}
	}
}

// keepFailures writes what was gathered, and keeps the table small.
func (s *failureLog) keepFailures(ctx context.Context) error {
	if s.opt.MaxFailures <= 0 {
		return nil
	}
	var pruned time.Time
	for ctx.Err() == nil {
		sleep(ctx, jitter(s.opt.FailuresEvery))
		if ctx.Err() != nil {
			break
		}
		if s.Ready() != nil {
			continue
		}
		n, err := s.writeFailures(ctx)
		if err == nil && (n >= maxPending/10 && time.Since(pruned) > pruneSoon || time.Since(pruned) > pruneEvery) {
			pruned = time.Now()
			err = s.PruneFailures(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.log.Warn("failed registrations are not in registration_failures yet", "error", err)
		}
	}
	// What the last requests of this node met.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opt.Deadline/2)
	defer cancel()
	if _, err := s.writeFailures(last); err != nil {
		s.log.Warn("the last failed registrations are not in registration_failures", "error", err)
	}
	return nil
}

// writeFailures writes what waits, and says how many rows that were.
func (s *failureLog) writeFailures(ctx context.Context) (int, error) {
	all := s.failures.take()
	if len(all) == 0 {
		return 0, nil
	}
	write := func(as func(string) string) error {
		args := failureArgs(all, fit(s.opt.Node, maxName), as)
		return s.within(ctx, s.opt.Deadline, func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, addFailures, args...)
			return err
		})
	}
	err := write(func(s string) string { return s })
	if err != nil && classify(err) == classData {
		// A database that isn't in UTF-8 can't hold each name.
		err = write(ascii)
	}
	switch {
	case err == nil:
		return len(all), nil
	case classify(err) == classData:
		s.metrics.failuresLost.Add(float64(len(all)))
	default:
		s.failures.putBack(all) // counted twice, when the answer alone was lost
	}
	return 0, unavailable("write failed registrations", err)
}

func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0x7e {
			return '?'
		}
		return r
	}, s)
}

// failureArgs are the arrays of addFailures. Names that as makes alike are one row.
func failureArgs(all map[failureKey]*gathered, node string, as func(string) string) []any {
	rows := map[failureKey]*gathered{}
	for key, g := range all {
		key.username = as(key.username)
		if same := rows[key]; same != nil {
			both := *same
			both.add(g.Failure, g.count, g.first, g.last)
			rows[key] = &both
			continue
		}
		rows[key] = g
	}
	n := len(rows)
	var (
		sources     = make([]netip.Addr, 0, n)
		counts      = make([]int64, 0, n)
		first, last = make([]time.Time, 0, n), make([]time.Time, 0, n)
		codes       = make([]int32, 0, n)
		texts       [11][]string
	)
	for key, g := range rows {
		sources = append(sources, key.source)
		counts, codes = append(counts, g.count), append(codes, int32(g.Code))
		first, last = append(first, g.first), append(last, g.last)
		for i, t := range []string{key.username, key.reason, g.AOR, g.Hint, node, g.Detail, g.Domain, g.AuthUsername, g.Endpoint, g.Transport, g.UserAgent} {
			texts[i] = append(texts[i], as(t))
		}
	}
	return []any{sources, texts[0], texts[1], texts[2], texts[3], counts, first, last, texts[4], codes, texts[5], texts[6], texts[7], texts[8], texts[9], texts[10]}
}

// PruneFailures deletes rows beyond the bound, and old ones.
func (s *failureLog) PruneFailures(ctx context.Context) error {
	err := s.within(ctx, sweepPatience, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, pruneFailures, s.opt.MaxFailures, strangersKept, s.opt.KeepFailures.Seconds())
		return err
	})
	if err != nil {
		return unavailable("delete old rows of registration_failures", err)
	}
	return nil
}

// selectFailures reads the rows about a user ($1, empty for all) and a source
// ($2, NULL for all), the newest first.
const selectFailures = `SELECT /* registrard:select_failures */ source, username, coalesce(aor, ''), reason, coalesce(hint, ''), count, first_seen, last_seen,
  coalesce(node, ''), coalesce(code, 0), coalesce(detail, ''), coalesce(domain, ''), coalesce(auth_username, ''), coalesce(endpoint, ''), coalesce(transport, ''), coalesce(user_agent, '')
FROM registration_failures
WHERE ($1 = '' OR $1 IN (username, auth_username, aor, endpoint)) AND ($2::inet IS NULL OR source <<= $2)
ORDER BY last_seen DESC LIMIT $3`

// FailureRow is a row of registration_failures.
type FailureRow struct {
	Source               netip.Prefix
	Username             string
	AOR, Reason, Hint    string
	Count                int64
	FirstSeen, LastSeen  time.Time
	Node                 string
	Code                 int
	Detail, Domain       string
	AuthUsername         string
	Endpoint             string
	Transport, UserAgent string
}

// Failures lists what registration_failures has about a user (empty: all) and a
// source (the zero Prefix: all), the newest first, at most most.
func (s *failureLog) Failures(ctx context.Context, user string, source netip.Prefix, most int) ([]FailureRow, error) {
	var from *netip.Prefix
	if source.IsValid() {
		from = &source
	}
	return rowsOf[FailureRow](ctx, s.connections, "read registration_failures", selectFailures, fit(asterisk.Cut(user, 0), maxName), from, most)
}
