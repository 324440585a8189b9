package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"registrard/config"
	"registrard/store"
	"registrard/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// settingsFor is a configuration over url that stands in nobody's way.
func settingsFor(t *testing.T, url string, environ ...string) config.Config {
	t.Helper()
	c, mistakes := config.Load(nil, append([]string{
		"REGISTRARD_DATABASE_URL=" + url, "REGISTRARD_LISTEN=udp://127.0.0.1:0,tcp://127.0.0.1:0", "REGISTRARD_ADMIN_LISTEN=127.0.0.1:0",
	}, environ...))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	return c
}

// want fails unless a finding of that area and level has all words in its text
// or remedy.
func want(t *testing.T, findings []Finding, area string, level Level, words ...string) {
	t.Helper()
	for _, f := range findings {
		all := f.Area == area && f.Level == level
		for _, w := range words {
			all = all && strings.Contains(f.Text+" → "+f.Remedy, w)
		}
		if all {
			return
		}
	}
	var b strings.Builder
	r := Report{findings}
	_ = r.Print(&b)
	t.Errorf("no %s %s with %q in\n%s", level, area, words, b.String())
}

func examine(t *testing.T, c config.Config) Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	return Examine(ctx, c)
}

func exec(t *testing.T, db *storetest.DB, sql string) {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// here runs sql with %I standing for the database's name.
func here(sql string) string {
	return "DO $$ BEGIN EXECUTE format('" + strings.ReplaceAll(sql, "'", "''") + "', current_database()); END $$"
}

func TestExamine(t *testing.T) {
	t.Parallel()
	t.Run("a database that is well", func(t *testing.T) {
		t.Parallel()
		r := examine(t, settingsFor(t, storetest.New(t).URL))
		for _, area := range []string{"ports", "database", "schema", "listen", "clock", "balancer", "certificate"} {
			want(t, r.Findings, area, OK)
		}
		want(t, r.Findings, "database", Warn, "is a superuser")
		want(t, r.Findings, "database", Bad, "fsync is off") // as the tests' server is set, for speed
		want(t, r.Findings, "listen", OK, "heard")
	})
	t.Run("one that isn't there is bad, with where it was looked for, and without the password", func(t *testing.T) {
		t.Parallel()
		r := examine(t, settingsFor(t, "postgres://pbx:hush@127.0.0.1:1/asterisk?sslmode=disable"))
		want(t, r.Findings, "database", Bad, "127.0.0.1:1", "database asterisk as pbx", "refused", "pg_hba.conf")
		if strings.Contains(fmt.Sprint(r), "hush") {
			t.Error("the password is told")
		}
		if r.OK() {
			t.Error("OK")
		}
	})
	t.Run("one that isn't migrated names the command", func(t *testing.T) {
		t.Parallel()
		r := examine(t, settingsFor(t, storetest.Empty(t).URL))
		want(t, r.Findings, "schema", Bad, "registrard migrate up")
	})
	t.Run("an older schema of Asterisk's: what it lacks and what its indexes cost", func(t *testing.T) {
		t.Parallel()
		r := examine(t, settingsFor(t, storetest.NewKind(t, storetest.AsteriskOlder).URL))
		want(t, r.Findings, "schema", Warn, "ps_auths.password_digest", "alembic")
		want(t, r.Findings, "schema", Warn, "expiration_time", "HOT", "DROP INDEX CONCURRENTLY")
		want(t, r.Findings, "schema", OK, "up to date")
	})
	t.Run("settings that break what was promised", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, here("ALTER DATABASE %I SET synchronous_commit = off"))
		exec(t, db, here("ALTER DATABASE %I SET default_transaction_isolation = 'serializable'"))
		r := examine(t, settingsFor(t, db.URL))
		want(t, r.Findings, "database", Bad, "synchronous_commit is off", "200")
		want(t, r.Findings, "database", Bad, "default_transaction_isolation is serializable")
		if r.OK() {
			t.Error("OK")
		}
	})
	t.Run("a read-only database", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, here("ALTER DATABASE %I SET default_transaction_read_only = on"))
		want(t, examine(t, settingsFor(t, db.URL)).Findings, "database", Bad, "default_transaction_read_only is on")
	})
	t.Run("a user without rights gets each one named", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		role := "r_" + strings.ToLower(strings.NewReplacer("/", "_").Replace(db.Pool.Config().ConnConfig.Database))
		exec(t, db, "CREATE ROLE "+role+" LOGIN PASSWORD 'x'")
		t.Cleanup(func() {
			if _, err := db.Pool.Exec(context.Background(), "DROP OWNED BY "+role+"; DROP ROLE "+role); err != nil {
				t.Error(err)
			}
		})
		exec(t, db, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+role)
		exec(t, db, "GRANT INSERT, UPDATE, DELETE ON ps_contacts TO "+role)
		u, err := url.Parse(db.URL)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(role, "x")
		r := examine(t, settingsFor(t, u.String()))
		want(t, r.Findings, "database", Bad, "UPDATE on registrard_nodes", "GRANT")
		for _, f := range r.Findings {
			if strings.Contains(f.Text, "ps_contacts; ") || strings.Contains(f.Text, "superuser") {
				t.Errorf("%+v", f)
			}
		}
	})
	t.Run("LISTEN that leads elsewhere, as through a pooler", func(t *testing.T) {
		t.Parallel()
		db, elsewhere := storetest.New(t), storetest.New(t)
		r := examine(t, settingsFor(t, db.URL, "REGISTRARD_DATABASE_LISTEN_URL="+elsewhere.URL))
		want(t, r.Findings, "listen", Bad, "pooler", "REGISTRARD_DATABASE_LISTEN_URL")
	})
	t.Run("disabled triggers, and replication in and out of the tables", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, `ALTER TABLE ps_auths DISABLE TRIGGER registrard_update`)
		exec(t, db, `CREATE PUBLICATION changes FOR TABLE ps_contacts, ps_aors`)
		exec(t, db, `CREATE PUBLICATION others FOR TABLE registrard_settings`)
		exec(t, db, here(`ALTER DATABASE %I SET session_replication_role = replica`))
		subscription := "into_" + strings.ToLower(db.Pool.Config().ConnConfig.Database) // unique in the server
		exec(t, db, `CREATE SUBSCRIPTION `+subscription+` CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false, slot_name = NONE)`)
		t.Cleanup(func() {
			if _, err := db.Pool.Exec(context.Background(), "DROP SUBSCRIPTION "+subscription); err != nil {
				t.Error(err)
			}
		})
		// As REFRESH PUBLICATION would write it, had a publisher answered.
		exec(t, db, `INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) SELECT oid, 'ps_endpoints'::regclass, 'r' FROM pg_subscription WHERE subname = '`+subscription+`'`)
		r := examine(t, settingsFor(t, db.URL))
		want(t, r.Findings, "schema", Warn, "ps_auths has a disabled trigger", "registrard_update", "ENABLE TRIGGER")
		want(t, r.Findings, "replication", OK, "publication changes copies ps_aors, ps_contacts")
		want(t, r.Findings, "replication", Warn, "subscription "+subscription+" is there for ps_endpoints")
		want(t, r.Findings, "replication", Warn, "replica for all roles", "ALTER DATABASE")
		for _, f := range r.Findings {
			if strings.Contains(f.Text, "others") {
				t.Errorf("%+v", f)
			}
		}
	})
	t.Run("a view in the place of ps_auths: a node needs coherence age, and with it nothing is wrong", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		db.Replace(t, "VIEW", "ps_auths", "*")
		want(t, examine(t, settingsFor(t, db.URL)).Findings, "schema", Bad, "ps_auths is a view", "database.coherence to age")
		for _, f := range examine(t, settingsFor(t, db.URL, "REGISTRARD_DATABASE_COHERENCE=age")).Findings {
			if f.Area == "schema" && f.Level != OK {
				t.Errorf("with age: %+v", f)
			}
		}
		want(t, examine(t, settingsFor(t, db.URL, "REGISTRARD_DATABASE_COHERENCE=age")).Findings, "schema", OK, "a registration was rehearsed")
	})
	t.Run("polling: nothing need be heard", func(t *testing.T) {
		t.Parallel()
		r := examine(t, settingsFor(t, storetest.New(t).URL, "REGISTRARD_DATABASE_COHERENCE=poll", "REGISTRARD_DATABASE_LISTEN_URL=postgres://127.0.0.1:1/none"))
		want(t, r.Findings, "listen", OK, "poll")
	})
	t.Run("a misspelt parameter of the DSN, and one that no server knows", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		c := settingsFor(t, db.URL)
		c.Database.URL += "&sslmod=require" // config check names it before anybody examines it
		r := examine(t, c)
		want(t, r.Findings, "database", Warn, "sslmod", "misspelt")
		want(t, r.Findings, "database", Bad, "sslmod") // the server's own words
	})
	t.Run("a nearly full server, and more nodes than it has room for", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, `INSERT INTO registrard_nodes (name, boot_id, heartbeat_at) SELECT 'n' || i, 'b', clock_timestamp() FROM generate_series(1, 200) i`)
		want(t, examine(t, settingsFor(t, db.URL)).Findings, "database", Bad, "200 node(s)", "max_connections")
	})
	t.Run("all phones from one address", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, `INSERT INTO ps_contacts (id, uri, endpoint, source_addr) SELECT 'a^3B@' || i, 'sip:x', 'a', '10.9.9.9' FROM generate_series(1, 30) i`)
		want(t, examine(t, settingsFor(t, db.URL)).Findings, "balancer", Warn, "30 came from 10.9.9.9")
	})
}

func TestPorts(t *testing.T) {
	t.Parallel()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	c := settingsFor(t, "", "REGISTRARD_LISTEN=udp://"+udp.LocalAddr().String()+",tcp://"+tcp.Addr().String()+",udp://192.0.2.77:5060,tcp://127.0.0.1:0")
	findings := ports(&c, os.DirFS("/proc"))
	me := fmt.Sprintf("(process %d)", os.Getpid())
	want(t, findings, "ports", Bad, udp.LocalAddr().String(), "doctor.test", me)
	want(t, findings, "ports", Bad, tcp.Addr().String(), "doctor.test", me)
	want(t, findings, "ports", Bad, "192.0.2.77:5060", "no such address")
	want(t, findings, "ports", OK, "tcp://127.0.0.1:0 is free")
	want(t, ports(&c, fstest.MapFS{}), "ports", Bad, "another program", "root")
}

func TestListens(t *testing.T) {
	t.Parallel()
	const udp6 = "  12: 00000000000000000000000000000000:13C4 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 0"
	const tcp4 = "   0: 0100007F:13C4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 815 1 0000000000000000 100 0 0 10 0"
	for _, c := range []struct {
		name, line, network, address string
		inode                        string
	}{
		{"a socket for all addresses stands in everybody's way", udp6, "udp", "192.0.2.1", "4711"},
		{"one address stands in the way of all", tcp4, "tcp", "", "815"},
		{"and of itself", tcp4, "tcp", "127.0.0.1", "815"},
		{"but not of another", tcp4, "tcp", "127.0.0.2", ""},
		{"the head of the table is none", "  sl  local_address rem_address   st", "udp", "", ""},
		{"an established connection is none", strings.Replace(tcp4, " 0A ", " 01 ", 1), "tcp", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wanted, _ := netip.ParseAddr(c.address)
			if inode, _ := listens(c.line, c.network, wanted, 5060); inode != c.inode {
				t.Errorf("got %q, want %q", inode, c.inode)
			}
		})
	}
}

func TestDatabaseVerdicts(t *testing.T) {
	t.Parallel()
	well := func() store.Examination {
		return store.Examination{
			URL: store.DSN{Hosts: []string{"127.0.0.1:5432"}, ExecMode: "cache statement"},
			Server: store.Server{Version: 150018, VersionText: "15.18", User: "registrard", Encoding: "UTF8", AvailableToRoles: 97, Trip: time.Millisecond,
				Settings: map[string]string{"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}},
		}
	}
	for _, c := range []struct {
		name   string
		change func(*store.Examination)
		area   string
		level  Level
		words  []string
	}{
		{"fsync off", func(x *store.Examination) { x.Server.Settings["fsync"] = "off" }, "database", Bad, []string{"fsync is off"}},
		{"full_page_writes off", func(x *store.Examination) { x.Server.Settings["full_page_writes"] = "off" }, "database", Bad, []string{"torn"}},
		{"autovacuum off", func(x *store.Examination) { x.Server.Settings["autovacuum"] = "off" }, "database", Bad, []string{"grows"}},
		{"an old server", func(x *store.Examination) { x.Server.Version = 130010 }, "database", Bad, []string{"too old"}},
		{"the oldest server that will do", func(x *store.Examination) { x.Server.Version = 140002 }, "database", OK, []string{"PostgreSQL"}},
		{"a standby", func(x *store.Examination) { x.Server.Recovery = true }, "database", Bad, []string{"target_session_attrs"}},
		{"standbys, none synchronous", func(x *store.Examination) { x.Server.Standbys = 2 }, "database", Warn, []string{"synchronous_standby_names"}},
		{"several hosts, any of which may be a standby", func(x *store.Examination) { x.URL.Hosts = []string{"127.0.0.1:1", "127.0.0.1:2"} }, "database", Bad, []string{"target_session_attrs=read-write"}},
		{"another machine in the clear", func(x *store.Examination) { x.URL.Hosts = []string{"db:5432"} }, "database", Warn, []string{"in the clear"}},
		{"another machine whose certificate isn't checked", func(x *store.Examination) { x.URL.Hosts, x.URL.TLS = []string{"db:5432"}, true }, "database", Warn, []string{"verify-full"}},
		{"a pooler with prepared statements", func(x *store.Examination) { x.Pooled = true }, "database", Bad, []string{"default_query_exec_mode=exec"}},
		{"a pooler without", func(x *store.Examination) { x.Pooled, x.URL.ExecMode = true, "exec" }, "database", OK, []string{"pooler"}},
		{"a full queue of notifications", func(x *store.Examination) { x.Server.NotifyQueue = 0.6 }, "database", Bad, []string{"60% full"}},
		{"a slow way", func(x *store.Examination) { x.Took = time.Second }, "database", Warn, []string{"nearer"}},
		{"SQL_ASCII", func(x *store.Examination) { x.Server.Encoding = "SQL_ASCII" }, "database", Warn, []string{"UTF8"}},
		{"connections taken by others", func(x *store.Examination) { x.Server.Connections = 95 }, "database", Warn, []string{"taken"}},
		{"the database's clock ahead", func(x *store.Examination) { x.Server.ClockAhead = time.Minute }, "clock", Warn, []string{"1m0s ahead of", "NTP"}},
		{"the database's clock behind", func(x *store.Examination) { x.Server.ClockAhead = -2 * time.Second }, "clock", Warn, []string{"2s behind"}},
		{"clocks within a slow trip", func(x *store.Examination) {
			x.Server.ClockAhead, x.Server.Trip = 1200*time.Millisecond, 500*time.Millisecond
		}, "clock", OK, nil},
		{"LISTEN that fails", func(x *store.Examination) { x.Listen = errors.New("no answer in time") }, "listen", Bad, []string{"no answer in time"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := well()
			x.URL.Hosts = append([]string(nil), x.URL.Hosts...)
			c.change(&x)
			var all Report
			all.add(database(&x, 11))
			all.add(listen(&x, "listen"))
			all.add(clock(&x))
			want(t, all.Findings, c.area, c.level, c.words...)
		})
	}
	x := well()
	for _, f := range database(&x, 11) {
		if f.Level != OK {
			t.Errorf("a server that is well: %+v", f)
		}
	}
}

func TestKernel(t *testing.T) {
	t.Parallel()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	c := settingsFor(t, "")
	bad := kernel(&c, fstest.MapFS{
		"sys/net/core/rmem_max":                file("212992\n"),
		"net/snmp":                             file("Ip: Forwarding\nIp: 1\nUdp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\nUdp: 9 8 7 6 42\n"),
		"self/limits":                          file("Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files     \n"),
		"sys/net/netfilter/nf_conntrack_count": file("900"),
		"sys/net/netfilter/nf_conntrack_max":   file("1000"),
	})
	want(t, bad, "kernel", Warn, "rmem_max is 212992", "sysctl -w net.core.rmem_max=4194304")
	want(t, bad, "kernel", Warn, "lost 42 UDP datagrams")
	want(t, bad, "kernel", Warn, "4096 files", "LimitNOFILE=20200")
	want(t, bad, "kernel", Warn, "90% full")
	for _, f := range kernel(&c, fstest.MapFS{
		"sys/net/core/rmem_max": file("8388608\n"),
		"net/snmp":              file("Udp: InDatagrams RcvbufErrors\nUdp: 9 0\n"),
		"self/limits":           file("Max open files            524288               524288               files\n"),
	}) {
		if f.Level != OK {
			t.Errorf("%+v", f)
		}
	}
	if found := kernel(&c, fstest.MapFS{}); len(found) != 0 {
		t.Errorf("what can't be read is judged: %+v", found)
	}
}

func TestBalancer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, listen, proxies string
		level                 Level
		words                 string
	}{
		{"nothing in front", "udp://:5060", "", OK, "hides them"},
		{"trusted proxies without a header over UDP", "udp://:5060", "10.0.0.0/8", Warn, "it sees the balancer's address"},
		{"a PROXY header that must be there", "tcp://:5060?proxy_protocol=required", "10.0.0.1", OK, "only through 10.0.0.1"},
		{"one that may", "tcp://:5060?proxy_protocol=optional", "10.0.0.1", OK, "directly"},
		{"X-Forwarded-For", "ws://:8080", "10.0.0.1", OK, "X-Forwarded-For"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := settingsFor(t, "", "REGISTRARD_LISTEN="+c.listen, "REGISTRARD_TRUSTED_PROXIES="+c.proxies)
			want(t, balancer(&cfg, nil), "balancer", c.level, c.words)
		})
	}
	cfg := settingsFor(t, "", "REGISTRARD_TRUSTED_PROXIES=10.0.0.0/8")
	want(t, balancer(&cfg, []store.SourceCount{{Source: "10.0.0.5", Contacts: 95}, {Source: "192.0.2.1", Contacts: 5}}), "balancer", Warn, "95 came from 10.0.0.5", "trusted_proxies names it")
	for _, f := range balancer(&cfg, []store.SourceCount{{Source: "10.0.0.5", Contacts: 50}, {Source: "192.0.2.1", Contacts: 50}}) {
		if strings.Contains(f.Text, "came from") {
			t.Errorf("half is not nearly all: %+v", f)
		}
	}
}
