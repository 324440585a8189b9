package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/load"
	"registrard/localpg"
)

const (
	mostScale  = 1_000_000 // six digits
	leastScale = 100_000
	few        = 10_000 // users, the measure of comparison
	// Each fifth of all users comes in a measurement: more than these have no
	// time to, and the others' first registrations would last minutes.
	every = 5
	// Where nearly each has to be looked up, fewer come, and the cache has room
	// for a tenth of them.
	everyScarce  = 25
	scarce       = 10
	scaleAtOnce  = 512
	scaleTime    = 8 * time.Second
	scaleAtMost  = 15 * time.Minute
	defaultCache = 100_000
	// Two sizes between which an endpoint's memory is measured, as shares of all.
	smallShare, largeShare = 100, 20
)

// given is the memory that a machine for a million contacts has for PostgreSQL.
var given = map[string]string{
	"shared_buffers":     "4GB",
	"max_wal_size":       "4GB",
	"checkpoint_timeout": "15min",
}

// theRest makes a contact for each endpoint but the first, in no order of their
// names, as the first one's registration wrote it.
const theRest = `WITH s AS MATERIALIZED (SELECT c.*, to_jsonb(c) AS as_json FROM ps_contacts c LIMIT 1)
INSERT INTO ps_contacts SELECT c.* FROM s
CROSS JOIN (SELECT to_char(i, 'FM000000') AS name FROM generate_series(1, $1::int - 1) i ORDER BY md5(i::text)) u
CROSS JOIN LATERAL jsonb_populate_record(NULL::ps_contacts, s.as_json || jsonb_build_object(
  'id', u.name || '^3B@' || md5(replace(s.uri, s.aor, u.name)), 'aor', u.name, 'endpoint', u.name,
  'uri', replace(s.uri, s.aor, u.name), 'original_uri', replace(s.original_uri, s.aor, u.name), 'call_id', md5(u.name))) c`

// scaled is a run with very many endpoints.
type scaled struct {
	options
	pg         *localpg.Server
	dir        string
	postmaster int
}

// runScale measures registrard with o.scale endpoints, each of which has a live
// contact, and prints what it finds.
func runScale(ctx context.Context, o options) (err error) {
	if o.scale < leastScale || o.scale > mostScale {
		return fmt.Errorf("-scale %d: want %d to %d", o.scale, leastScale, mostScale)
	}
	ctx, cancel := context.WithTimeout(ctx, scaleAtMost)
	defer cancel()
	began := time.Now()
	pg, dir, remove, err := private(ctx, given)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	defer raiseBuffers()()
	s := &scaled{options: o, pg: pg, dir: dir}
	if s.postmaster, err = postmasterOf(pg); err != nil {
		return err
	}
	fmt.Printf("%s; shared_buffers %s, max_wal_size %s, else as it comes; generator, node and PostgreSQL on one machine. Refreshes over UDP, %d outstanding, %d sockets, users in a random order, each once a round\n",
		machine(ctx, pg), given["shared_buffers"], given["max_wal_size"], scaleAtOnce, o.workers)
	if err := s.fill(ctx); err != nil {
		return err
	}
	little, err := s.rates(ctx, o.scale, every, 0)
	if err != nil {
		return err
	}
	if _, err := s.rates(ctx, o.scale/everyScarce/scarce, everyScarce, little); err != nil {
		return err
	}
	if err := s.memory(ctx); err != nil {
		return err
	}
	fmt.Printf("all of it took %s\n", time.Since(began).Round(time.Second))
	return nil
}

// fill makes endpoints and contacts, and brings the tables to rest.
func (s *scaled) fill(ctx context.Context) error {
	began := time.Now()
	if err := createOurs(ctx, s.pg, s.scale); err != nil {
		return err
	}
	fmt.Printf("%s endpoints with AOR and auth were inserted in %s\n", thousands(float64(s.scale)), time.Since(began).Round(100*time.Millisecond))
	// The first phone shows how a contact is written.
	n, err := s.start(ctx, defaultCache)
	if err != nil {
		return err
	}
	l := s.users(n, 1, 1)
	l.Count = 1
	r, err := load.Run(ctx, l)
	if err = errors.Join(err, n.stop()); err != nil {
		return err
	}
	if r.Registrations != 1 {
		return fmt.Errorf("the first phone could not register: %v", r.Codes)
	}
	began = time.Now()
	var contacts int
	var size string
	err = on(ctx, s.pg, "registrard", func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, theRest, s.scale); err != nil {
			return fmt.Errorf("making the contacts: %w", err)
		}
		return conn.QueryRow(ctx, `SELECT count(*), pg_size_pretty(pg_total_relation_size('ps_contacts')) FROM registrations`).Scan(&contacts, &size)
	})
	if err != nil {
		return err
	}
	if contacts != s.scale {
		return fmt.Errorf("%d live contacts were made, not %d", contacts, s.scale)
	}
	fmt.Printf("%s live contacts were inserted in %s; ps_contacts and its indexes have %s\n",
		thousands(float64(contacts)), time.Since(began).Round(100*time.Millisecond), size)
	return settle(ctx, s.pg, "registrard")
}

// scaleNode is a running registrard.
type scaleNode struct {
	system
	*process
	admin string
	took  time.Duration // from its start until it was ready
}

func (s *scaled) start(ctx context.Context, cache int, more ...string) (*scaleNode, error) {
	admin, err := freeTCP()
	if err != nil {
		return nil, err
	}
	n := &scaleNode{admin: admin}
	n.system = registrard(s.options, s.pg, s.dir, append(more,
		"REGISTRARD_ADMIN_LISTEN="+admin, "REGISTRARD_CACHE_MAX_ENDPOINTS="+strconv.Itoa(cache))...)
	began := time.Now()
	if n.process, err = n.system.start(ctx); err != nil {
		return nil, err
	}
	n.took = time.Since(began)
	return n, nil
}

// users is a load by so many users, each of these that far from the next.
func (s *scaled) users(n *scaleNode, users, stride int) load.Options {
	l := s.load(n.system, load.Refresh, min(scaleAtOnce, users))
	l.Users, l.Stride, l.Shuffle = users, stride, true
	return l
}

// rates measures a node with each stride-th of all users. little is the rate of
// few users, a second; 0: this node is measured with these first.
func (s *scaled) rates(ctx context.Context, cache, stride int, little float64) (_ float64, err error) {
	n, err := s.start(ctx, cache)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	listed, err := n.waitFilter(ctx)
	if err != nil {
		return 0, err
	}
	fmt.Printf("\ncache.max_endpoints %s: ready %s after its start; unknown names are answered from memory %s after that\n",
		thousands(float64(cache)), n.took.Round(10*time.Millisecond), listed.Round(10*time.Millisecond))
	if err := n.printMemory(ctx, "at rest"); err != nil {
		return 0, err
	}
	if little == 0 {
		one, err := s.rate(ctx, n, few, 1)
		if err != nil {
			return 0, err
		}
		little = one.perSecond
	}
	much, err := s.rate(ctx, n, s.scale/stride, stride)
	if err != nil {
		return 0, err
	}
	fmt.Printf("  each %dth of %s has %.2f of the rate of %s in memory\n", stride, thousands(float64(s.scale)), much.perSecond/little, thousands(few))
	return little, nil
}

// waitFilter waits until the node has read the ids of all endpoints.
func (n *scaleNode) waitFilter(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	for time.Since(began) < readyTime {
		now, err := readNumbers(ctx, n.admin)
		if err != nil {
			return 0, err
		}
		if now[filterBytes] > 0 {
			return time.Since(began), nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return 0, fmt.Errorf("the node hasn't read the ids of all endpoints in %s:\n%s", readyTime, n.tail())
}

// rate registers users once, and then measures.
func (s *scaled) rate(ctx context.Context, n *scaleNode, users, stride int) (sample, error) {
	var before, after numbers
	var errs [2]error
	l := s.users(n, users, stride)
	l.Prime, l.Duration = true, scaleTime
	l.OnStart = func() { before, errs[0] = readNumbers(ctx, n.admin) }
	l.OnEnd = func() { after, errs[1] = readNumbers(ctx, n.admin) }
	one, r, err := sampled(ctx, l, n.cmd.Process.Pid, s.postmaster)
	if err = errors.Join(err, errs[0], errs[1]); err != nil {
		return sample{}, err
	}
	if r.Primed < uint64(users)*9/10 {
		return sample{}, fmt.Errorf("only %d of %d users could register", r.Primed, users)
	}
	found := after[hits] - before[hits]
	asked := found + after[misses] - before[misses]
	fmt.Printf("  %9s users: first a registration of each with its challenge, %s/s; then refreshes, %s/s, p50 %.1f ms, p99 %.1f ms  CPU µs: server %.0f, PostgreSQL %.0f, generator %.0f; %.1f%% of endpoints found in memory, %.0f refreshes not the plain way%s\n",
		thousands(float64(users)), thousands(float64(r.Primed)/r.PrimeSeconds), thousands(one.perSecond), one.p50, one.p99,
		one.serverCPU, one.dbCPU, one.loadCPU, 100*found/max(1, asked), after[passedOn]-before[passedOn], trouble(one))
	// The generator's own users are garbage now; PostgreSQL and the node need the room.
	runtime.GC()
	return one, n.printMemory(ctx, "afterwards")
}

func (n *scaleNode) printMemory(ctx context.Context, when string) error {
	now, err := readNumbers(ctx, n.admin)
	if err != nil {
		return err
	}
	fmt.Printf("  %s: resident %.0f MB, heap %.0f MB, %s endpoints in memory, filter of all ids %.1f MB\n",
		when, now[residentBytes]/1e6, now[heapInUse]/1e6, thousands(now[entries]), now[filterBytes]/1e6)
	return nil
}

// memory measures what an endpoint in memory takes, between two numbers of
// them. This node collects its garbage early, so that the heap is what lives.
func (s *scaled) memory(ctx context.Context) (err error) {
	if os.Getenv("GOGC") != "" {
		return errors.New("GOGC is set; the node would have another heap than others'")
	}
	n, err := s.start(ctx, s.scale, "GOGC=10")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	var at [2]numbers
	for i, share := range []int{smallShare, largeShare} {
		l := s.users(n, s.scale/share, share)
		l.Count, l.Mode = l.Users, load.Challenge
		if _, err := load.Run(ctx, l); err != nil {
			return err
		}
		if at[i], err = readNumbers(ctx, n.admin); err != nil {
			return err
		}
	}
	more := at[1][entries] - at[0][entries]
	if more <= 0 {
		return fmt.Errorf("with %d users there were %.0f endpoints in memory, with %d there were %.0f", s.scale/smallShare, at[0][entries], s.scale/largeShare, at[1][entries])
	}
	fmt.Printf("\nan endpoint in memory takes %.0f bytes (heap in use %.0f), between %s and %s of them, with what the node remembers of its phone's nonce\n",
		(at[1].live()-at[0].live())/more, (at[1][heapInUse]-at[0][heapInUse])/more, thousands(at[0][entries]), thousands(at[1][entries]))
	return nil
}
