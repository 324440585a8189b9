package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"registrard/migrations"
)

// reports are what people and other rooms ask for, beside what the service needs.
type reports struct {
	*membership
	reader *reader
	census *census
}

// Examination is what Examine finds out about a database and the way to it:
// facts only, `registrard doctor` judges them. A group whose error is set was
// not read.
type Examination struct {
	URL, ListenURL DSN

	Connect   error         // no connection: nothing below was read
	Took      time.Duration // to connect and be answered
	Server    Server
	ServerErr error

	Schema    migrations.State
	SchemaErr error
	// Tables is what differs from the newest schema, and what its indexes cost.
	Tables    migrations.Report
	TablesErr error
	// Rehearsal is what a node's statements met, run once and rolled back.
	Rehearsal error
	// LackingRights are rights that a node needs and this user hasn't: "INSERT on ps_contacts".
	LackingRights []string
	RightsErr     error

	// Listen is nil when a NOTIFY of another connection is heard. IsPooled tells
	// the error of a pooler from others.
	Listen error
	// Pooled says that database.url itself goes through a transaction pooler.
	Pooled bool

	// Sources is where registered phones came from, the most frequent first; of
	// up to 10,000 contacts.
	Sources    []SourceCount
	SourcesErr error
}

// DSN is what a connection text says, without its secrets.
type DSN struct {
	Hosts    []string // host:port, or the path of a socket
	Database string
	User     string
	// Chosen says that target_session_attrs is set: of several hosts, the one
	// that has them is taken.
	Chosen bool
	// TLS: every connection that may be tried is encrypted. Verified: the
	// server's certificate is checked against its name (sslmode=verify-full).
	TLS, Verified bool
	// Parameters go to the server as they are; a misspelt one ends up there.
	Parameters []string
	// ExecMode is default_query_exec_mode, as pgx names it.
	ExecMode string
}

// Server is what the server says about itself.
type Server struct {
	Version          int // server_version_num, as 150018
	VersionText      string
	User, Database   string
	Encoding         string
	Superuser        bool
	Recovery         bool
	ClockAhead       time.Duration // of this machine's; half a round trip uncertain
	Trip             time.Duration
	Settings         map[string]string // of this session
	Standbys         int               // that stream now; 0 too where this user may not see them
	Nodes            int               // alive, by registrard_nodes; 0 where there is no such table
	NotifyQueue      float64           // how full, 0 to 1
	AvailableToRoles int               // max_connections without those kept for superusers
	Connections      int               // now, of all databases
}

// SourceCount is how many contacts came from an address.
type SourceCount struct {
	Source   string
	Contacts int
}

// IsPooled says whether Examination.Listen means that a transaction pooler is
// in between, or the way leads to another database.
func IsPooled(err error) bool { return errors.Is(err, errPooled) }

// The statements of an examination.
const (
	examineServer = `SELECT /* registrard:examine_server */ current_setting('server_version_num')::int, current_setting('server_version'),
  current_user::text, current_database()::text, current_setting('server_encoding'),
  (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), pg_is_in_recovery(),
  (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming')::int,
  pg_notification_queue_usage(),
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int`
	examineClock    = `SELECT /* registrard:examine_clock */ clock_timestamp()`
	examineSettings = `SELECT /* registrard:examine_settings */ name, setting FROM pg_settings WHERE name = ANY ($1)`
	examineNodes    = `SELECT /* registrard:examine_nodes */ count(*)::int FROM registrard_nodes WHERE heartbeat_at > clock_timestamp() - make_interval(secs => $1)`
	// examineRights asks for what registrard_grant gives (migrations, 00010):
	// tables that a node writes, some of them not in every way; all else is read.
	examineRights = `SELECT /* registrard:examine_rights */ r.want || ' on ' || c.relname
FROM pg_class c
CROSS JOIN unnest(CASE
  WHEN c.relname IN ('ps_contacts', 'registrard_nodes', 'registrard_bans', 'registrard_guard', 'registrard_failures')
    THEN ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']
  WHEN c.relname = 'registrard_nonce_keys' THEN ARRAY['SELECT', 'INSERT', 'DELETE']
  WHEN c.relname = 'registrard_config_log' THEN ARRAY['SELECT', 'UPDATE', 'DELETE']
  ELSE ARRAY['SELECT'] END) WITH ORDINALITY AS r(want, i)
WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND (c.relname LIKE 'registrard\_%' OR c.relname = ANY ($1))
  AND NOT has_table_privilege(c.oid, r.want)
UNION ALL
SELECT 'EXECUTE on ' || f FROM unnest($2::text[]) f WHERE to_regprocedure(f) IS NOT NULL AND NOT has_function_privilege(to_regprocedure(f)::oid, 'EXECUTE')
UNION ALL
SELECT 'USAGE on schema ' || current_schema() WHERE NOT has_schema_privilege(current_schema(), 'USAGE')`
	examineSources = `SELECT /* registrard:examine_sources */ host(source_addr), count(*)::int
FROM (SELECT source_addr FROM ps_contacts WHERE source_addr IS NOT NULL LIMIT 10000) c
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20`
)

// readTables are what every node reads; functions are what it calls, of any
// version (17 gave pg_logical_emit_message a fourth argument).
var (
	readTables = []string{"ps_endpoints", "ps_aors", "ps_auths", "ps_contacts", "ps_globals", "ps_domain_aliases", "ps_endpoint_id_ips", "registrations"}
	functions  = []string{"pg_notify(text,text)", "pg_logical_emit_message(boolean,text,text)", "pg_logical_emit_message(boolean,text,text,boolean)", "pg_advisory_xact_lock(bigint)"}
	settings   = []string{"synchronous_commit", "fsync", "full_page_writes", "synchronous_standby_names", "default_transaction_isolation",
		"default_transaction_read_only", "transaction_read_only", "autovacuum", "statement_timeout", "idle_in_transaction_session_timeout", "track_counts", "zero_damaged_pages"}
)

// Examine looks at the database as a node would, and changes nothing; Run need
// not run. It takes no longer than ctx, and no part longer than the deadline.
func (s *reports) Examine(ctx context.Context) Examination {
	x := Examination{URL: dsnOf(s.pool.Config().ConnConfig), ListenURL: dsnOf(s.listen)}
	started := time.Now()
	x.Connect = s.part(ctx, "connect", func(ctx context.Context, c *pgx.Conn) error {
		x.Took = time.Since(started)
		var pid uint32
		if err := c.QueryRow(ctx, backendPID, pgx.QueryExecModeExec).Scan(&pid); err != nil {
			return err
		}
		x.Pooled = pid != c.PgConn().PID()
		return nil
	})
	if x.Connect != nil {
		return x
	}
	x.ServerErr = s.part(ctx, "ask the server about itself", x.Server.read)
	x.SchemaErr = s.looked("look at the version of the schema", func() (err error) {
		x.Schema, err = migrations.Check(ctx, s.pool)
		return err
	})
	x.TablesErr = s.looked("look at the tables", func() (err error) {
		x.Tables, err = migrations.Inspect(ctx, s.pool)
		return err
	})
	x.RightsErr = s.part(ctx, "look at the rights", func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, examineRights, pgx.QueryExecModeExec, readTables, functions)
		if err != nil {
			return err
		}
		x.LackingRights, err = pgx.CollectRows(rows, pgx.RowTo[string])
		sort.Strings(x.LackingRights)
		return err
	})
	x.Listen = s.probeListen(ctx)
	if x.SchemaErr == nil && x.Schema.OK() {
		x.Rehearsal = s.looked("rehearse a registration", func() error { return s.Rehearse(ctx) })
		x.SourcesErr = s.part(ctx, "look at where phones come from", func(ctx context.Context, c *pgx.Conn) error {
			rows, err := c.Query(ctx, examineSources, pgx.QueryExecModeExec)
			if err != nil {
				return err
			}
			x.Sources, err = pgx.CollectRows(rows, pgx.RowToStructByPos[SourceCount])
			return err
		})
	}
	return x
}

// part is one question, within the deadline.
func (s *reports) part(ctx context.Context, doing string, do func(context.Context, *pgx.Conn) error) error {
	return s.looked(doing, func() error { return s.within(ctx, s.opt.Deadline, do) })
}

func (s *reports) looked(doing string, do func() error) error {
	if err := do(); err != nil {
		return errors.New(doing + ": " + examinedError(err))
	}
	return nil
}

// examinedError says what went wrong without saying at each turn that the
// database is unavailable.
func examinedError(err error) string {
	return strings.ReplaceAll(describe(err), ErrUnavailable.Error()+": ", "")
}

// probeListen finds out whether LISTEN works, as Watch would.
func (s *reports) probeListen(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*s.opt.Deadline+3*time.Second)
	defer cancel()
	l, err := s.reader.openListener(ctx)
	switch {
	case err == nil:
		closeNow(l.c)
		return nil
	case errors.Is(err, errPooled):
		return err
	}
	return errors.New(examinedError(err))
}

func (v *Server) read(ctx context.Context, c *pgx.Conn) error {
	if err := c.QueryRow(ctx, examineServer, pgx.QueryExecModeExec).Scan(&v.Version, &v.VersionText, &v.User, &v.Database, &v.Encoding,
		&v.Superuser, &v.Recovery, &v.Standbys, &v.NotifyQueue, &v.AvailableToRoles, &v.Connections); err != nil {
		return err
	}
	// The best of three: the shortest trip is the least uncertain.
	for i := range 3 {
		var database time.Time
		sent := time.Now()
		if err := c.QueryRow(ctx, examineClock, pgx.QueryExecModeExec).Scan(&database); err != nil {
			return err
		}
		if trip := time.Since(sent); i == 0 || trip < v.Trip {
			v.Trip, v.ClockAhead = trip, database.Sub(sent.Round(0).Add(trip/2))
		}
	}
	rows, err := c.Query(ctx, examineSettings, pgx.QueryExecModeExec, settings)
	if err != nil {
		return err
	}
	v.Settings = map[string]string{}
	var name, setting string
	if _, err := pgx.ForEachRow(rows, []any{&name, &setting}, func() error { v.Settings[name] = setting; return nil }); err != nil {
		return err
	}
	err = c.QueryRow(ctx, examineNodes, pgx.QueryExecModeExec, deadAfter.Seconds()).Scan(&v.Nodes)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "42P01" || pg.Code == "42501") {
		return nil // no such table yet, or no right to it: told elsewhere
	}
	return err
}

// PoolSize is how many connections a node of these options holds at most, the
// one for LISTEN included.
func (s *connections) PoolSize() int {
	return int(s.pool.Config().MaxConns+s.refreshing.Config().MaxConns) + 1
}

func dsnOf(c *pgx.ConnConfig) DSN {
	d := DSN{Database: c.Database, User: c.User, ExecMode: c.DefaultQueryExecMode.String(), TLS: true, Verified: true}
	d.addHost(c.Host, c.Port)
	all := []*pgconn.FallbackConfig{{Host: c.Host, Port: c.Port, TLSConfig: c.TLSConfig}}
	for _, f := range append(all, c.Fallbacks...) {
		d.addHost(f.Host, f.Port)
		if strings.HasPrefix(f.Host, "/") {
			continue // a socket of this machine needs no TLS
		}
		d.TLS = d.TLS && f.TLSConfig != nil
		d.Verified = d.Verified && f.TLSConfig != nil && !f.TLSConfig.InsecureSkipVerify
	}
	d.Chosen = c.ValidateConnect != nil
	for name := range c.RuntimeParams {
		if name != "application_name" && name != "client_encoding" {
			d.Parameters = append(d.Parameters, name)
		}
	}
	sort.Strings(d.Parameters)
	return d
}

func (d *DSN) addHost(host string, port uint16) {
	at := net.JoinHostPort(host, strconv.Itoa(int(port)))
	if strings.HasPrefix(host, "/") {
		at = fmt.Sprintf("%s/.s.PGSQL.%d", host, port)
	}
	for _, h := range d.Hosts {
		if h == at {
			return
		}
	}
	d.Hosts = append(d.Hosts, at)
}
