package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"registrard/migrations"
	"registrard/store"
)

// oldestVersion of PostgreSQL, as server_version_num: the views' functions have
// bodies that 13 doesn't know.
const oldestVersion = 140000

// settings are those of the server on which a promise depends: what breaks it,
// and how bad that is.
var settings = []struct {
	name  string
	fault func(value string) bool
	level Level
	means string
	cure  string
}{
	{"fsync", is("off"), Bad, "a crash of the server may lose or destroy everything", "ALTER SYSTEM SET fsync = on; then reload"},
	{"full_page_writes", is("off"), Bad, "a crash of the machine may leave torn pages", "ALTER SYSTEM SET full_page_writes = on; then reload"},
	{"synchronous_commit", is("off"), Bad, "a 200 no longer means committed: a crash loses the registrations of the last moments",
		"ALTER SYSTEM SET synchronous_commit = on; then reload; look at ALTER ROLE and ALTER DATABASE too"},
	{"zero_damaged_pages", is("on"), Bad, "damaged pages are silently emptied", "ALTER SYSTEM RESET zero_damaged_pages; then reload"},
	{"default_transaction_isolation", func(v string) bool { return v != "read committed" && v != "" }, Bad,
		"the limits of an AOR aren't held: what was committed while waiting for a lock isn't seen", "ALTER ROLE … SET default_transaction_isolation = 'read committed'"},
	{"default_transaction_read_only", is("on"), Bad, "nothing can be registered", "ALTER DATABASE … RESET default_transaction_read_only; look at ALTER ROLE too"},
	{"autovacuum", is("off"), Bad, "ps_contacts grows with every refresh and never shrinks", "ALTER SYSTEM SET autovacuum = on; then reload"},
	{"track_counts", is("off"), Bad, "autovacuum doesn't know what to do, and ps_contacts grows", "ALTER SYSTEM SET track_counts = on; then reload"},
}

func is(bad string) func(string) bool { return func(v string) bool { return v == bad } }

// database judges the way to the server, and the server. pool is how many
// connections a node may hold.
func database(x *store.Examination, pool int) []Finding {
	l := &list{area: "database"}
	where := strings.Join(x.URL.Hosts, ", ")
	dsn(l, &x.URL, "database.url")
	if x.Connect != nil {
		l.bad("check that the server runs, that database.url names it (psql with the same one), and pg_hba.conf; a node that starts now answers 503 and waits",
			"no connection to %s, database %s as %s: %v", where, x.URL.Database, x.URL.User, x.Connect)
		return l.findings
	}
	if x.ServerErr != nil {
		l.bad("the text above is the server's", "connected to %s, but: %v", where, x.ServerErr)
		return l.findings
	}
	v := &x.Server
	switch {
	case v.Version < oldestVersion:
		l.bad("upgrade to PostgreSQL 14 or newer", "PostgreSQL %s is too old", v.VersionText)
	default:
		l.ok("PostgreSQL %s, database %s as %s, reached in %s", v.VersionText, v.Database, v.User, short(x.Took))
	}
	if x.Took > 250*time.Millisecond {
		l.warn("bring the node nearer to the database, or find what is slow", "it takes %s to connect and be answered", short(x.Took))
	}
	if v.Recovery {
		l.bad("name all hosts in database.url and add target_session_attrs=read-write, so that the primary is taken", "this server is a standby: it can't be written")
	} else if v.Settings["transaction_read_only"] == "on" && v.Settings["default_transaction_read_only"] != "on" {
		l.bad("look at ALTER DATABASE and ALTER ROLE", "transactions are read-only")
	}
	broken := 0
	for _, s := range settings {
		if value, known := v.Settings[s.name]; known && s.fault(value) {
			broken++
			l.findings = append(l.findings, Finding{"database", s.level, fmt.Sprintf("%s is %s: %s", s.name, value, s.means), s.cure})
		}
	}
	if broken == 0 {
		l.ok("its settings keep what was committed: fsync, full_page_writes, synchronous_commit = %s", v.Settings["synchronous_commit"])
	}
	standbys(l, v)
	if v.Encoding != "UTF8" {
		l.warn("make a database of encoding UTF8 and move the tables there", "the encoding is %s: names that it can't spell are refused, and User-Agents have ? for it", v.Encoding)
	}
	if v.NotifyQueue > 0.5 {
		l.bad("find the session that LISTENs and sits in a transaction (pg_stat_activity, state idle in transaction) and end it",
			"the queue of notifications is %.0f%% full: when it is full, changes of configuration fail", 100*v.NotifyQueue)
	}
	connections(l, v, pool)
	rights(l, x)
	if x.Pooled {
		l.pooled(&x.URL)
	}
	return l.findings
}

func standbys(l *list, v *store.Server) {
	switch names := v.Settings["synchronous_standby_names"]; {
	case names != "" && (v.Settings["synchronous_commit"] == "local"):
		l.warn("ALTER SYSTEM SET synchronous_commit = on; then reload", "synchronous_commit is local: a failover may lose what was acknowledged, although standbys are named")
	case names == "" && v.Standbys > 0:
		l.warn("set synchronous_standby_names (Patroni: synchronous_mode and synchronous_mode_strict); docs/high-availability.md says what that costs",
			"standbys stream (%d) but none is synchronous: a failover may lose registrations that were acknowledged", v.Standbys)
	}
}

func connections(l *list, v *store.Server, pool int) {
	nodes := max(v.Nodes, 1)
	if need := nodes * pool; need > v.AvailableToRoles {
		l.bad("raise max_connections, or lower database.max_connections on the nodes", "%d node(s) of up to %d connections are more than the %d that the server has for them",
			nodes, pool, v.AvailableToRoles)
	} else if free := v.AvailableToRoles - v.Connections; free < pool && v.Nodes == 0 {
		l.warn("raise max_connections, or find who holds them (pg_stat_activity)", "%d of %d connections are taken: too few are left for this node's %d", v.Connections, v.AvailableToRoles, pool)
	} else {
		l.ok("%d connections for %d live node(s) of up to %d each", v.AvailableToRoles, v.Nodes, pool)
	}
}

func rights(l *list, x *store.Examination) {
	switch {
	case x.RightsErr != nil:
		l.warn("", "%v", x.RightsErr)
	case len(x.LackingRights) > 0:
		l.bad(fmt.Sprintf("as the tables' owner: SELECT registrard_grant('%s'); or GRANT %s TO %s; and so on", x.Server.User, x.LackingRights[0], x.Server.User),
			"%s lacks rights: %s", x.Server.User, strings.Join(x.LackingRights, "; "))
	default:
		l.ok("%s has the rights that a node needs", x.Server.User)
		if x.Server.Superuser {
			l.warn("give the node a role of its own (SECURITY.md): CREATE ROLE registrard_a LOGIN PASSWORD '…' IN ROLE registrard_node;", "%s is a superuser, which a node doesn't need", x.Server.User)
		}
	}
}

// dsn judges a connection text by itself.
func dsn(l *list, d *store.DSN, key string) {
	if len(d.Hosts) > 1 && !d.Chosen {
		l.bad("add target_session_attrs=read-write to "+key, "%s names several hosts (%s) without target_session_attrs: a standby may be taken", key, strings.Join(d.Hosts, ", "))
	}
	if len(d.Parameters) > 0 {
		l.warn("look for misspelt words in "+key+"; what is meant is fine", "%s hands these parameters to the server as they are: %s", key, strings.Join(d.Parameters, ", "))
	}
	if remote := remoteHost(d.Hosts); remote != "" && !d.TLS {
		l.warn("add sslmode=verify-full and sslrootcert=… to "+key, "connections to %s may go in the clear: phones' passwords can be read on the way", remote)
	} else if remote != "" && !d.Verified {
		l.warn("add sslmode=verify-full and sslrootcert=… to "+key, "the certificate of %s isn't checked: another server could pretend to be it", remote)
	}
}

// remoteHost is the first host that isn't this machine.
func remoteHost(hosts []string) string {
	for _, h := range hosts {
		if !strings.HasPrefix(h, "/") && !strings.HasPrefix(h, "127.") && !strings.HasPrefix(h, "localhost:") && !strings.HasPrefix(h, "[::1]") {
			return h
		}
	}
	return ""
}

// pooled judges a database.url that leads through a transaction pooler.
func (l *list) pooled(d *store.DSN) {
	if d.ExecMode == "cache statement" {
		l.bad("add default_query_exec_mode=exec to database.url (PgBouncer 1.21 and newer with max_prepared_statements can do without)",
			"database.url goes through a transaction pooler, which mixes up prepared statements")
		return
	}
	l.ok("database.url goes through a transaction pooler, with default_query_exec_mode %s", d.ExecMode)
}

// schema judges the tables.
func schema(x *store.Examination, coherence string) []Finding {
	l := &list{area: "schema"}
	if x.Connect != nil {
		return nil
	}
	switch {
	case x.SchemaErr != nil:
		l.bad("", "%v", x.SchemaErr)
	case !x.Schema.OK():
		l.bad("registrard migrate up, or see above", "%s", x.Schema)
	default:
		l.ok("schema %s: %s", x.Tables.Schema, x.Schema)
	}
	if x.TablesErr != nil {
		l.warn("", "%v", x.TablesErr)
		return l.findings
	}
	lacks(l, &x.Tables, coherence)
	fatal := slices.ContainsFunc(l.findings, func(f Finding) bool { return f.Level == Bad })
	switch {
	case x.Rehearsal != nil && !fatal: // else it is the same again
		l.bad("look at the table that is named; registrard migrate up repairs what registrard had there", "%v", x.Rehearsal)
	case x.Rehearsal == nil && x.SchemaErr == nil && x.Schema.OK():
		l.ok("a registration was rehearsed: inserted, refreshed, deleted, rolled back")
	}
	return l.findings
}

func lacks(l *list, r *migrations.Report, coherence string) {
	for _, f := range r.Faults {
		if f.ByAge && coherence == "age" {
			continue
		}
		say := l.warn
		if f.Fatal || f.ByAge {
			say = l.bad
		}
		say(f.Remedy, "%s", strings.TrimSuffix(f.String(), ": "+f.Remedy))
	}
	for _, k := range r.Lacking {
		l.warn("alembic -c config.ini upgrade head, with Asterisk's own migrations, adds it", "%s.%s isn't there: %s", k.Table, k.Column, k.Means)
	}
	for _, s := range r.Shorter {
		l.warn("alembic -c config.ini upgrade head widens it", "ps_contacts.%s takes %d characters (newest: %d): longer values are cut, or refused", s.Column, s.Have, s.Newest)
	}
	for _, a := range r.Advice {
		l.warn(a.Command, "%s", a.Why)
	}
}

// listen judges whether changes of configuration are heard.
func listen(x *store.Examination, coherence string) []Finding {
	l := &list{area: "listen"}
	const slower = "without it a node asks for changes every database.poll_interval (behind a pooler), or reads its configuration for every request"
	switch {
	case x.Connect != nil:
		return nil
	case coherence == "poll":
		l.ok("database.coherence is poll: changes are asked for, and nothing listens")
		return l.findings
	case coherence == "age":
		l.ok("database.coherence is age: everything is read anew each cache.max_age, and nothing listens")
		return l.findings
	case x.Listen == nil:
		l.ok("a NOTIFY of another connection is heard: changes are in force at once")
	case store.IsPooled(x.Listen):
		l.bad("set database.listen_url (REGISTRARD_DATABASE_LISTEN_URL) to the PostgreSQL server itself, past the pooler, and to the same database", "LISTEN hears nothing: %v; %s", x.Listen, slower)
	default:
		l.bad("check database.listen_url, or database.url when that isn't set", "LISTEN fails on %s: %v; %s", strings.Join(x.ListenURL.Hosts, ", "), x.Listen, slower)
	}
	if fmt.Sprint(x.ListenURL) != fmt.Sprint(x.URL) {
		dsn(l, &x.ListenURL, "database.listen_url")
	}
	return l.findings
}

// skewWarn is how far two clocks may be apart: within it the logs of a node
// and the rows of the database still tell one story.
const skewWarn = time.Second

// clock judges this machine's clock against the database's.
func clock(x *store.Examination) []Finding {
	l := &list{area: "clock"}
	v := &x.Server
	switch {
	case x.Connect != nil || x.ServerErr != nil:
		return nil
	case v.ClockAhead > skewWarn+v.Trip || -v.ClockAhead > skewWarn+v.Trip:
		direction, by := "ahead of", v.ClockAhead
		if by < 0 {
			direction, by = "behind", -by
		}
		l.warn("let both follow NTP (chrony, systemd-timesyncd)",
			"the database's clock is %s %s this machine's: registrations go by the database's alone, but logs don't fit, and an Asterisk on this machine sees contacts expire early or late", short(by), direction)
	default:
		l.ok("the clocks of this machine and of the database agree (%s apart, give or take %s)", short(v.ClockAhead.Abs()), short(v.Trip/2))
	}
	return l.findings
}

// short rounds a duration for reading.
func short(d time.Duration) string {
	switch {
	case d > time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d > time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}
