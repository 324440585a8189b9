package store

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"path"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"registrard/migrations"
)

// Options is what a Store needs; zero values are the defaults named here.
type Options struct {
	// URL is database.url, a libpq URL or key=value string; empty is libpq's
	// environment.
	URL string
	// ListenURL is database.listen_url, a direct connection for LISTEN; empty is URL.
	ListenURL string
	// ReadURL and ReadListenURL give these again, for each new connection, where they
	// come from a file; nil where they stay. What they lead to (passfile, service,
	// certificates) is read again in any case.
	ReadURL, ReadListenURL func() (string, error)
	// Node is node.name; BootID differs at each start; Version and Addresses
	// are for people who read registrard_nodes.
	Node, BootID, Version string
	Addresses             []string
	// TrustedProxies of this node, for provisioning_problems.
	TrustedProxies []netip.Prefix
	// Deadline is the whole time that a request may wait for the database; 2 s.
	Deadline time.Duration
	// MaxConns is how many connections there are, in both pools together; 8, and
	// never less than the writers need and four more.
	MaxConns int
	// Writers is how many batches of refreshes, and how many of other changes,
	// are written at a time; 2.
	Writers int
	// BatchSize is the most changes that share a transaction; 256.
	BatchSize int
	// QueueSize is how many changes of each sort may wait; 4096. More are
	// refused at once (overloaded).
	QueueSize int
	// SweepInterval is the time between two searches for expired contacts; 30 s.
	SweepInterval time.Duration
	// KeyRotation is the age at which a nonce key gets a successor; 24 h.
	KeyRotation time.Duration
	// Poll finds changed configuration by asking every PollInterval, 1 s, instead
	// of by LISTEN.
	Poll         bool
	PollInterval time.Duration
	// MaxAge is how long a change that nothing announces may stay unseen; 60 s.
	// Age has all of the configuration read anew so often, and needs neither
	// LISTEN nor triggers.
	MaxAge time.Duration
	Age    bool
	// RowLocks locks AORs by their rows in ps_aors instead of by advisory locks.
	RowLocks bool
	// DropDeleted deletes the contacts of endpoints that were deleted, or lost
	// all auths that they name; and again Settle, 5 s, later: no request takes
	// longer.
	DropDeleted bool
	Settle      time.Duration
	// OnKeys is given all nonce keys that are good, the newest first, each time
	// they change. It must not block. Nil for none.
	OnKeys func([]NonceKey)
	// OnReturn is called when other nodes took this one for dead and deleted the
	// contacts that hang on its connections: close these. It must not block. Nil
	// for none.
	OnReturn func()
	// MaxFailures is how many rows registration_failures holds; 0 writes none.
	// KeepFailures is how long after its last failure a row stays; 7 days.
	// FailuresEvery is the time between two writes; 500 ms.
	MaxFailures   int
	KeepFailures  time.Duration
	FailuresEvery time.Duration
	// NoFastPath sends every change the locked way.
	NoFastPath bool
	// Log nil is slog.Default().
	Log *slog.Logger
	// Registerer for the metrics; nil for none.
	Registerer prometheus.Registerer

	// probeEvery is listen.go's.
	probeEvery time.Duration
	// beforeLock is called with the AORs that are about to be locked.
	beforeLock func(ctx context.Context, c *pgx.Conn, aors []string)
}

func (o *Options) setDefaults() {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.Deadline, 2*time.Second)
	def(&o.SweepInterval, 30*time.Second)
	def(&o.KeyRotation, 24*time.Hour)
	def(&o.PollInterval, time.Second)
	def(&o.Settle, 5*time.Second)
	def(&o.MaxAge, time.Minute)
	def(&o.probeEvery, probeEvery)
	def(&o.KeepFailures, 7*24*time.Hour)
	def(&o.FailuresEvery, failuresEvery)
	num := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	num(&o.MaxConns, 8)
	num(&o.Writers, 2)
	num(&o.BatchSize, 256)
	num(&o.QueueSize, 4096)
	if o.ListenURL == "" {
		o.ListenURL, o.ReadListenURL = o.URL, o.ReadURL
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
}

// Store is PostgreSQL. Its methods may be called from any goroutine; what
// writes needs Run to be running. Each of its parts stands on those before it,
// and knows nothing of those after it.
type Store struct {
	*connections
	*membership // this node among the others: ready, its name, the clock, nonce keys
	*committer  // changes of registrations
	*failureLog // refusals, for people
	*sweeper    // what is deleted in the background
	*reader     // configuration, and what changes it
	*reports    // what people and guard ask for
}

// connections are the ways to the server.
type connections struct {
	opt     Options
	log     *slog.Logger
	metrics *metrics
	pool    *pgxpool.Pool
	// refreshing is the pool of the fast way's writers, see pinned.
	refreshing *pgxpool.Pool
	// polling is database.url's, also where LISTEN has another; listen is that.
	polling, listen *pgx.ConnConfig
	// renewed and renewedListen are what is read again of database.url and listen_url.
	renewed, renewedListen *renewal
	pooler                 *pooler
}

// connLifetime is how long a connection is used, unless the DSN has a
// pool_max_conn_lifetime. A generic plan lives as long as its connection, or
// until the next ANALYZE, and one that was made while ps_contacts was empty may
// use an index that is not the best (of the AOR's others: that of all contacts).
const connLifetime = time.Minute

// pgxDefaultLifetime is pgxpool's, which tells that the DSN has none.
const pgxDefaultLifetime = time.Hour

// Open reads the options and makes a Store. It connects to nothing: a
// database that isn't there yet is what Ready is about.
func Open(_ context.Context, opt Options) (*Store, error) {
	opt.setDefaults()
	pool, err := pgxpool.ParseConfig(opt.URL)
	if err != nil {
		return nil, dsnMistake("database.url")
	}
	listen, err := pgx.ParseConfig(opt.ListenURL)
	if err != nil {
		return nil, dsnMistake("database.listen_url")
	}
	renewed, err := newRenewal("database.url", opt.URL, opt.ReadURL, opt.Log)
	if err != nil {
		return nil, err
	}
	renewedListen, err := newRenewal("database.listen_url", opt.ListenURL, opt.ReadListenURL, opt.Log)
	if err != nil {
		return nil, err
	}
	if ignored := prepare(pool.ConnConfig, "registrard "+opt.Node); len(ignored) > 0 {
		opt.Log.Info("database.url has names of libpq's own, which are ignored; dead connections are noticed within seconds, and hosts are tried in their order", "names", ignored)
	}
	prepare(listen, "registrard "+opt.Node+" listen")
	listen.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // to find a pooler in between it must get through
	// Each writer has its connection, and so has what runs in the background;
	// the rest is for reading configuration.
	own := opt.Writers + 2
	pool.MaxConns = int32(max(opt.MaxConns, 2*opt.Writers+4))
	if !opt.NoFastPath {
		pool.MaxConns -= int32(opt.Writers) // those in Store.refreshing
	}
	pool.ConnConfig.OnNotice = noteWarning
	pooler := watchForPooler(pool, opt.URL, opt.Log)
	pool.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
		renewed.into(c)
		pooler.adapt(c)
		return nil
	}
	polling := pool.ConnConfig.Copy()
	if polling.RuntimeParams["application_name"] == "registrard "+opt.Node {
		polling.RuntimeParams["application_name"] += " poll"
	}
	if !pooler.named {
		polling.DefaultQueryExecMode = pgx.QueryExecModeExec // through whatever it goes
	}
	pool.PingTimeout = opt.Deadline / 2
	if pool.MaxConnLifetime == pgxDefaultLifetime {
		pool.MaxConnLifetime, pool.MaxConnLifetimeJitter = connLifetime, connLifetime/2
	}

	conns := &connections{opt: opt, log: opt.Log, listen: listen, polling: polling, renewed: renewed, renewedListen: renewedListen, pooler: pooler}
	s := newStore(conns, int(pool.MaxConns)-own)
	if conns.metrics, err = newMetrics(opt.Registerer, s); err != nil {
		return nil, err
	}
	if s.pool, err = newPool(pool); err != nil {
		return nil, err
	}
	if s.refreshing, err = newPool(s.refreshingPool(pool, pooler)); err != nil {
		s.pool.Close()
		return nil, err
	}
	return s, nil
}

// newPool makes a pool, which connects when it is used.
func newPool(config *pgxpool.Config) (*pgxpool.Pool, error) {
	// It belongs to no request: it lives until Close.
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, unavailable("make a pool of connections", err)
	}
	return pool, nil
}

// newStore puts the parts together; at most so many readings of configuration go
// on at a time.
func newStore(conns *connections, readings int) *Store {
	m := newMembership(conns)
	c := newCommitter(m)
	f := &failureLog{membership: m}
	w := newSweeper(m, f)
	r := &reader{membership: m, loading: make(chan struct{}, readings), deleted: &w.deleted}
	return &Store{connections: conns, membership: m, committer: c, failureLog: f, sweeper: w, reader: r,
		reports: &reports{membership: m, reader: r, census: newCensus()}}
}

// dsnMistake never holds the DSN, nor pgx's account of it: both may hold a password.
func dsnMistake(key string) error {
	return errors.New(key + " can't be read; write it as postgres://user@host:5432/name or host=… dbname=… user=…, with reserved characters of a password percent-encoded")
}

// prepare sets what every connection has; ignored are names of libpq's in its text.
func prepare(c *pgx.ConnConfig, name string) (ignored []string) {
	ignored = migrations.WithoutLibpq(c)
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTimeout
	}
	c.DialFunc = dialer(c.ConnectTimeout)
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = name
	}
	// What is sent and read is UTF-8, whatever the database and its roles have set.
	c.RuntimeParams["client_encoding"] = "UTF8"
	return ignored
}

// Close gives all connections back. Call it after Run has returned.
func (s *Store) Close() {
	s.pool.Close()
	s.refreshing.Close()
}

// Run owns everything that goes on in the background: the writers, the sweep,
// the heartbeat, the nonce keys. It returns nil when ctx has ended and what
// was accepted is answered, and an error only for what no waiting mends
// (ErrNodeNameTaken).
func (s *Store) Run(ctx context.Context) error {
	// Writers outlive ctx until their queues are empty.
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		<-ctx.Done()
		s.stop()
		return nil
	})
	g.Go(func() error { return s.tend(ctx) })
	g.Go(func() error { return s.sweep(ctx) })
	g.Go(func() error { return s.takeCensus(ctx) })
	g.Go(func() error { return s.dropFlows(ctx) })
	g.Go(func() error { return s.buryDead(ctx) })
	if s.opt.DropDeleted {
		g.Go(func() error { return s.dropDeleted(ctx) })
	}
	g.Go(func() error { return s.keepFailures(ctx) })
	for range s.opt.Writers {
		g.Go(s.writeRefreshes)
		g.Go(s.writeChanges)
	}
	return g.Wait()
}

// warning is set on a connection when the server said that it no longer waits for
// the synchronous standby: the commit is not what it should be. The text and the
// code of that WARNING are shared by others, and translated; the server's source
// file, which it names beside them, is not. What a trigger warns of is its own.
type warning struct{ text string }

const warningKey = "registrard warning"

func noteWarning(c *pgconn.PgConn, n *pgconn.Notice) {
	severity := n.SeverityUnlocalized
	if severity == "" {
		severity = n.Severity
	}
	if severity != "WARNING" || path.Base(n.File) != "syncrep.c" {
		return
	}
	if w, ok := c.CustomData()[warningKey].(*warning); ok {
		w.text = n.Message + " (SQLSTATE " + n.Code + ")"
	}
}

func warningOf(c *pgx.Conn) *warning {
	if w, ok := c.PgConn().CustomData()[warningKey].(*warning); ok {
		return w
	}
	return new(warning)
}

// acquire takes a connection; when several are dead, as after a restart of the
// server, they are found dead together and not one request at a time.
func acquire(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Conn, error) {
	c, err := pool.Acquire(ctx)
	if err != nil {
		return nil, unavailable("get a connection", err)
	}
	return c, nil
}

// discard closes a connection instead of giving it back.
func discard(c *pgxpool.Conn) {
	closeNow(c.Hijack())
}

// giveBack returns c to the pool, or not, as err demands.
func (s *connections) giveBack(c *pgxpool.Conn, err error) {
	switch {
	case err == nil:
		c.Release()
		return
	case classify(err) == classReadOnly:
		// The pool would keep it and hand it out again and again.
		discard(c)
		s.forgetConnections()
	case connectionIsLost(err):
		discard(c)
		s.forgetConnections()
	case c.Conn().IsClosed():
		// Released, it would hold its place in the pool until the server has said
		// goodbye, for 15 s if need be.
		discard(c)
	default:
		c.Release() // destroys it when it is in a transaction
	}
}

// forgetConnections has everybody connect again: what one connection met, the
// others will.
func (s *connections) forgetConnections() {
	s.pool.Reset()
	s.refreshing.Reset()
}
