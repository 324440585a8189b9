package store

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"registrard/store/storetest"
	"registrard/view"
)

// bansTable is what the migration of bans makes, as far as it is read.
const bansTable = `CREATE TABLE IF NOT EXISTS registrard_bans (cidr inet PRIMARY KEY, reason text, until timestamptz)`

// standIn puts a table with rows in the place of a view, for this database.
func standIn(t *testing.T, db *storetest.DB, name, columns string) {
	t.Helper()
	exec(t, db, "DO $$ BEGIN IF to_regclass('"+name+"') IS NOT NULL THEN EXECUTE 'ALTER VIEW "+name+" RENAME TO "+name+"_before'; END IF; END $$")
	exec(t, db, "CREATE TABLE "+name+" ("+columns+")")
}

func openViews(t testing.TB, url string) *Views {
	t.Helper()
	v, err := OpenViews(url, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// contacts are rows as registrard, Asterisk and a careless person write them.
const contacts = `INSERT INTO ps_contacts (id, uri, endpoint, user_agent, reg_server, expiration_time, transport, source_addr, source_port) VALUES
  ('6001^3B@a', 'sip:6001@192.0.2.1:5060', '6001', 'Yealink T46', 'a', 4102444800, 'udp', '10.0.0.5', 5060),
  ('6001^3B@b', 'sip:6001@192.0.2.2^3Btransport=tcp', '6001', 'Snom 100%', 'b', 4102444800, 'tcp', '10.0.0.6', 5061),
  ('6002^3B@a', 'sip:6002@192.0.2.3', '6002', 'yealink t48', 'b', 4102444800, 'tls', '2001:db8::1', 5061),
  ('a^5Eb^3B@a', 'sip:x@192.0.2.4', 'a^5Eb', E'\x1b[2J', 'a', 0, NULL, NULL, NULL),
  ('stray', 'sip:stray@192.0.2.5', 'stray', NULL, NULL, 4102444800, NULL, NULL, NULL),
  ('stray2', 'sip:stray2@192.0.2.5', 'stray', NULL, NULL, 4102444800, NULL, NULL, NULL),
  ('6009^3B@gone', 'sip:6009@192.0.2.9', '6009', NULL, 'a', 1, 'udp', '10.0.0.9', 5060)`

func TestViewContacts(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			exec(t, db, contacts)
			exec(t, db, `INSERT INTO ps_contacts (id, uri, endpoint, user_agent, expiration_time) VALUES ('16002^3B@a', 'sip:16002@192.0.2.3', '16002', 's;t', 4102444800)`)
			v := openViews(t, db.URL)
			for _, c := range []struct {
				name   string
				filter view.Filter
				want   string
			}{
				{"all that have not expired, those without an AOR last", view.Filter{}, "16002^3B@a 6001^3B@a 6001^3B@b 6002^3B@a a^5Eb^3B@a stray stray2"},
				{"of an AOR", view.Filter{AOR: "6001"}, "6001^3B@a 6001^3B@b"},
				{"of an AOR with a caret", view.Filter{AOR: "a^b"}, "a^5Eb^3B@a"},
				{"of an endpoint", view.Filter{Endpoint: "a^b"}, "a^5Eb^3B@a"},
				{"of a node", view.Filter{Node: "b"}, "6001^3B@b 6002^3B@a"},
				{"of a transport, in any case", view.Filter{Transport: "TLS"}, "6002^3B@a"},
				{"from a network", view.Filter{Source: netip.MustParsePrefix("10.0.0.0/24")}, "6001^3B@a 6001^3B@b"},
				{"from an address", view.Filter{Source: netip.MustParsePrefix("2001:db8::1/128")}, "6002^3B@a"},
				{"with a text, in any case", view.Filter{Text: "YEALINK"}, "6001^3B@a 6002^3B@a"},
				{"with a text that LIKE would take for a pattern", view.Filter{Text: "100%"}, "6001^3B@b"},
				{"with _ as itself", view.Filter{Text: "T4_"}, ""},
				{"with a text as people write it, not escaped", view.Filter{Text: ";transport=tcp"}, "6001^3B@b"},
				{"with a text that is a part of an escape, and so not there", view.Filter{Text: "3Btrans"}, ""},
				{"with a text that begins as an escape ends", view.Filter{Text: "btransport"}, ""},
				{"with a text that nobody escaped", view.Filter{Text: "S;T"}, "16002^3B@a"},
				{"with a text that an AOR begins with, first those", view.Filter{Text: "600"}, "6001^3B@a 6001^3B@b 6002^3B@a 16002^3B@a"},
				{"with a text that an AOR begins with, in any case and escaped", view.Filter{Text: "A^B"}, "a^5Eb^3B@a"},
				{"with a text that begins an AOR, of a node", view.Filter{Text: "600", Node: "b"}, "6001^3B@b 6002^3B@a"},
				{"with a text that all have", view.Filter{Text: "@192.0.2"}, "16002^3B@a 6001^3B@a 6001^3B@b 6002^3B@a a^5Eb^3B@a stray stray2"},
				{"with a text that spans two columns", view.Filter{Text: "6001 sip"}, ""},
				{"with all of them", view.Filter{AOR: "6001", Endpoint: "6001", Node: "a", Transport: "udp", Source: netip.MustParsePrefix("10.0.0.5/32"), Text: "t46"}, "6001^3B@a"},
				{"among those without an AOR", view.Filter{Endpoint: "stray", Limit: 1}, "stray stray2"},
			} {
				t.Run(c.name, func(t *testing.T) {
					for _, size := range []int{1, 2, 3, 100} {
						f := c.filter
						f.Limit = size
						var ids []string
						for range 10 {
							p, err := v.Contacts(t.Context(), f)
							if err != nil {
								t.Fatal(err)
							}
							if len(p.Items) > size {
								t.Fatalf("%d rows on a page of %d", len(p.Items), size)
							}
							for _, one := range p.Items {
								ids = append(ids, one.ID)
							}
							if f.After = p.Next; p.Next == "" {
								break
							}
						}
						if got := strings.Join(ids, " "); got != c.want {
							t.Errorf("in pages of %d: got %s, want %s", size, got, c.want)
						}
					}
				})
			}
			p, err := v.Contacts(t.Context(), view.Filter{AOR: "6002"})
			if err != nil || len(p.Items) != 1 {
				t.Fatalf("%+v, %v", p, err)
			}
			c := p.Items[0]
			if c.Source != "2001:db8::1" || c.SourcePort != 5061 || c.Contact != "sip:6002@192.0.2.3" || c.ExpiresAt.Unix() != 4102444800 || *c.ExpiresIn <= 0 || c.RegisteredAt != nil {
				t.Errorf("got %+v", c)
			}
			if p, err := v.Contacts(t.Context(), view.Filter{AOR: "a^b"}); err != nil || p.Items[0].ExpiresAt != nil || p.Items[0].ExpiresIn != nil {
				t.Errorf("a permanent contact: %+v, %v", p, err)
			}
		})
	}
}

// TestViewLists reads every other list, whole and in pages of one row, on
// every kind of schema.
func TestViewLists(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			exec(t, db, contacts)
			exec(t, db, bansTable)
			standIn(t, db, "registration_failures", "source inet, username text, aor text, reason text, hint text, count bigint, first_seen timestamptz, last_seen timestamptz, node text")
			standIn(t, db, "provisioning_problems", "table_name text, id text, column_name text, problem text, remedy text")
			exec(t, db, `INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 2), ('6002', NULL), ('a^5Eb', 1)`)
			exec(t, db, `INSERT INTO ps_auths (id, auth_type, username, password) VALUES ('6001', 'userpass', '6001', 'geheim')`)
			exec(t, db, `INSERT INTO ps_endpoints (id, aors, auth, transport) VALUES ('6001', '6001, 6002 ,6001', '6001', 'transport-udp'), ('6002', NULL, NULL, NULL), ('a^5Eb', 'a^5Eb', NULL, NULL)`)
			exec(t, db, `INSERT INTO registrard_nodes (name, boot_id, version, addresses, started_at, heartbeat_at, state) VALUES
				('a', 'x', '1.0', '{udp://192.0.2.1:5060}', now(), now() + interval '1 hour', 'ready'), ('b', 'y', NULL, NULL, NULL, now() - interval '1 minute', 'ready')`)
			exec(t, db, `INSERT INTO registration_failures VALUES
				('10.0.0.5', '6001', '6001', 'wrong_password', 'Compare.', 12, now(), '2026-01-01 00:00:00.000001+00', 'a'),
				('10.0.0.5', '6002', NULL, 'wrong_password', 'Compare.', 1, now(), '2026-01-01 00:00:00.000001+00', 'a'),
				('2001:db8::7', NULL, NULL, 'unknown_endpoint', 'None.', 1, now(), '2026-01-02 00:00:00+00', 'b')`)
			exec(t, db, `INSERT INTO registrard_bans (cidr, reason, until) VALUES ('10.0.0.5', 'wrong_password', NULL), ('192.0.2.0/24', 'by hand', now() + interval '1 hour'), ('198.51.100.1', 'over', now() - interval '1 hour')`)
			exec(t, db, `INSERT INTO provisioning_problems VALUES ('ps_aors', '6002', 'max_contacts', 'is NULL', 'UPDATE it'), ('ps_endpoints', '6002', 'aors', 'is empty', 'UPDATE it')`)
			v := openViews(t, db.URL)
			for _, c := range []struct {
				name   string
				list   view.List
				filter string
				want   string
			}{
				{"all endpoints", view.Endpoints, "", "6001(3) 6002(0) a^b(1)"},
				{"an endpoint", view.Endpoints, "endpoint=a^b", "a^b(1)"},
				{"endpoints that name an AOR", view.Endpoints, "aor=6002", "6001(3)"},
				{"endpoints of a transport", view.Endpoints, "transport=transport-udp", "6001(3)"},
				{"endpoints with a text", view.Endpoints, "text=^B", "a^b(1)"},
				{"endpoints with a text that is a part of an escape", view.Endpoints, "text=5eb", ""},
				{"endpoints that begin with a text", view.Endpoints, "text=A^", "a^b(1)"},
				{"endpoints that begin with a text, before those that have it elsewhere", view.Endpoints, "text=6002", "6002(0) 6001(3)"},
				{"all AORs", view.AORs, "", "6001(2) 6002(1) a^b(1)"},
				{"an AOR", view.AORs, "aor=a^b", "a^b(1)"},
				{"AORs with a text", view.AORs, "text=00", "6001(2) 6002(1)"},
				{"AORs that begin with a text", view.AORs, "text=a^B", "a^b(1)"},
				{"AORs with a text that is a part of an escape", view.AORs, "text=5E", ""},
				{"all nodes, those that are silent named so", view.Nodes, "", "a(ready) b(silent)"},
				{"a node", view.Nodes, "node=b", "b(silent)"},
				{"nodes with a text", view.Nodes, "text=192.0.2.1", "a(ready)"},
				{"all failures, the newest first", view.Failures, "", "unknown_endpoint/ wrong_password/6002 wrong_password/6001"},
				{"failures of a user", view.Failures, "username=6001", "wrong_password/6001"},
				{"failures of an AOR", view.Failures, "aor=6001", "wrong_password/6001"},
				{"failures with a reason", view.Failures, "reason=unknown_endpoint", "unknown_endpoint/"},
				{"failures of a node", view.Failures, "node=b", "unknown_endpoint/"},
				{"failures from a network", view.Failures, "source=10.0.0.0/8", "wrong_password/6002 wrong_password/6001"},
				{"failures with a text", view.Failures, "text=NONE", "unknown_endpoint/"},
				{"all bans in force", view.Bans, "", "10.0.0.5 192.0.2.0/24"},
				{"the ban that touches an address", view.Bans, "source=192.0.2.77", "192.0.2.0/24"},
				{"bans with a text", view.Bans, "text=HAND", "192.0.2.0/24"},
				{"all problems", view.Problems, "", "ps_aors/6002 ps_endpoints/6002"},
				{"problems of a table", view.Problems, "table=ps_aors", "ps_aors/6002"},
				{"problems of an endpoint", view.Problems, "endpoint=6002", "ps_endpoints/6002"},
				{"problems with a text", view.Problems, "text=empty", "ps_endpoints/6002"},
			} {
				t.Run(c.name, func(t *testing.T) {
					for _, size := range []int{1, 100} {
						values := map[string][]string{}
						if name, value, ok := strings.Cut(c.filter, "="); ok {
							values[name] = []string{value}
						}
						f, err := c.list.Parse(values)
						if err != nil {
							t.Fatal(err)
						}
						f.Limit = size
						var got []string
						for range 10 {
							rows, next, _, err := listed(t, v, c.list, f)
							if err != nil {
								t.Fatal(err)
							}
							got = append(got, rows...)
							if f.After = next; next == "" {
								break
							}
						}
						if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
							t.Errorf("in pages of %d (-want +got):\n%s", size, diff)
						}
					}
				})
			}
			counts, err := v.Counts(t.Context())
			want := []view.Count{{Transport: "udp", Contacts: 2}, {Node: "a", Transport: "udp", Contacts: 2}, {Node: "b", Transport: "tcp", Contacts: 1}, {Node: "b", Transport: "tls", Contacts: 1}}
			if diff := cmp.Diff(want, counts); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// listed is a page of a list, a word a row.
func listed(t *testing.T, v *Views, l view.List, f view.Filter) (rows []string, next string, cut bool, err error) {
	t.Helper()
	ctx := t.Context()
	switch l.Name {
	case "contacts":
		p, err := v.Contacts(ctx, f)
		return words(p, func(c view.Contact) string { return c.AOR }), p.Next, p.Cut, err
	case "endpoints":
		p, err := v.Endpoints(ctx, f)
		return words(p, func(e view.Endpoint) string { return fmt.Sprintf("%s(%d)", e.ID, e.Contacts) }), p.Next, p.Cut, err
	case "aors":
		p, err := v.AORs(ctx, f)
		return words(p, func(a view.AOR) string { return fmt.Sprintf("%s(%d)", a.ID, a.Contacts) }), p.Next, p.Cut, err
	case "nodes":
		p, err := v.Nodes(ctx, f)
		return words(p, func(n view.Node) string { return fmt.Sprintf("%s(%s)", n.Name, n.State) }), p.Next, p.Cut, err
	case "failures":
		p, err := v.Failures(ctx, f)
		return words(p, func(f view.Failure) string { return f.Reason + "/" + f.Username }), p.Next, p.Cut, err
	case "bans":
		p, err := v.Bans(ctx, f)
		return words(p, func(b view.Ban) string { return b.CIDR }), p.Next, p.Cut, err
	case "problems":
		p, err := v.Problems(ctx, f)
		return words(p, func(p view.Problem) string { return p.Table + "/" + p.ID }), p.Next, p.Cut, err
	}
	t.Fatalf("no list %s", l.Name)
	return nil, "", false, nil
}

func words[T any](p view.Page[T], word func(T) string) (out []string) {
	for _, one := range p.Items {
		out = append(out, word(one))
	}
	return out
}

// TestViewsOfADatabaseThatLacksThem: each list says what is missing.
func TestViewsOfADatabaseThatLacksThem(t *testing.T) {
	t.Parallel()
	db := storetest.Unmigrated(t, storetest.AsteriskNewest)
	v := openViews(t, db.URL)
	for _, l := range []view.List{view.Nodes, view.Failures, view.Bans, view.Problems} {
		var absent *view.Absent
		if _, _, _, err := listed(t, v, l, view.Filter{}); !errors.As(err, &absent) || !strings.Contains(err.Error(), "registrard migrate up") {
			t.Errorf("%s: got %v", l.Name, err)
		}
	}
	if _, err := v.Contacts(t.Context(), view.Filter{}); !errors.As(err, new(*view.Absent)) {
		t.Errorf("contacts: got %v", err)
	}
}

// TestViewsCantWrite: what people look through can't change anything.
func TestViewsCantWrite(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, `CREATE FUNCTION sly() RETURNS text LANGUAGE plpgsql AS $$ BEGIN DELETE FROM ps_contacts; RETURN 'x'; END $$`)
	exec(t, db, bansTable)
	exec(t, db, `ALTER TABLE registrard_bans RENAME TO before; CREATE VIEW registrard_bans AS SELECT '10.0.0.5'::inet AS cidr, sly() AS reason, NULL::timestamptz AS until`)
	v := openViews(t, db.URL)
	if p, err := v.Bans(t.Context(), view.Filter{}); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("got %+v, %v", p, err)
	}
}

// TestViewsOfNoDatabase: an error in words, without the password.
func TestViewsOfNoDatabase(t *testing.T) {
	t.Parallel()
	v := openViews(t, "postgres://u:geheim@127.0.0.1:1/d?sslmode=disable")
	if _, err := v.Nodes(t.Context(), view.Filter{}); !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "geheim") {
		t.Errorf("got %v", err)
	}
	if _, err := OpenViews("postgres://u:geheim@h:port/d", "", nil); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("got %v", err)
	}
}

// slowUnescape makes reading what is "slow" take as long as nobody waits, and
// reading what is "late" a while.
const slowUnescape = `CREATE OR REPLACE FUNCTION registrard_unescape(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  PERFORM pg_sleep(CASE value WHEN 'slow' THEN 60 WHEN 'late' THEN 0.3 ELSE 0 END);
  RETURN replace(replace(value, '^3B', ';'), '^5E', '^');
END $$`

// TestViewSearchIsCut: a search that takes too long gives what it has found.
func TestViewSearchIsCut(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, `INSERT INTO ps_contacts (id, uri, endpoint, expiration_time) VALUES ('6001^3B@a', 'sip:a', 'x', 4102444800), ('16001^3B@a', 'sip:b', 'slow', 4102444800),
		('6001 without an AOR', 'sip:c', '6001', 4102444800), ('7001^3B@a', 'sip:d', 'slow', 4102444800)`)
	exec(t, db, `INSERT INTO ps_endpoints (id, aors) VALUES ('6001', 'x'), ('16001', 'slow'), ('7001', 'slow')`)
	exec(t, db, `INSERT INTO ps_aors (id, contact) VALUES ('6001', 'x'), ('16001', 'slow'), ('7001', 'slow')`)
	exec(t, db, slowUnescape) // after the triggers that read what was inserted
	exec(t, db, `ALTER TABLE registrard_bans RENAME TO before`)
	exec(t, db, `CREATE VIEW registrard_bans AS SELECT '10.0.0.5'::inet AS cidr, registrard_unescape(r) AS reason, NULL::timestamptz AS until FROM (VALUES ('slow')) v(r)`)
	if v := openViews(t, db.URL); v.SearchTime > time.Second {
		t.Errorf("a search may take %s", v.SearchTime)
	}
	for _, c := range []struct {
		name string
		list view.List
		text string
		want string
	}{
		{"of contacts, whose AOR begins with the text; no look for those without an AOR", view.Contacts, "6001", "6001"},
		{"of contacts, among those that begin with it; nothing else is looked for", view.Contacts, "7001", ""},
		{"of endpoints, whose id begins with it", view.Endpoints, "6001", "6001(0)"},
		{"of endpoints, among those that begin with it", view.Endpoints, "7001", ""},
		{"of AORs, whose id begins with it", view.AORs, "6001", "6001(1)"},
		{"of bans", view.Bans, "x", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := openViews(t, db.URL)
			v.SearchTime = 2 * time.Second
			began := time.Now()
			rows, next, cut, err := listed(t, v, c.list, view.Filter{Text: c.text})
			if got := strings.Join(rows, " "); err != nil || got != c.want || next != "" || !cut {
				t.Errorf("got %q, next %q, cut %v, %v; want %q", got, next, cut, err, c.want)
			}
			if took := time.Since(began); took > viewsTime {
				t.Errorf("took %s", took)
			}
		})
	}
	t.Run("not when whoever asked is gone", func(t *testing.T) {
		t.Parallel()
		v := openViews(t, db.URL)
		v.SearchTime = viewsTime
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if p, err := v.Contacts(ctx, view.Filter{Text: "6001"}); !errors.Is(err, ErrUnavailable) {
			t.Errorf("got %+v, %v", p, err)
		}
	})
}

// TestViewSearchTime: the looks of a page share its time, and only where a text
// is searched.
func TestViewSearchTime(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, slowUnescape)
	exec(t, db, `INSERT INTO ps_contacts (id, uri, endpoint, expiration_time) VALUES ('8001^3B@a', 'sip:e', 'late', 4102444800)`)
	exec(t, db, `CREATE OR REPLACE FUNCTION registrard_permanent_contacts() RETURNS TABLE (
		aor text, endpoint text, contact text, source inet, transport text, user_agent text, node text,
		registered_at timestamptz, expires_at timestamptz, expires_in interval,
		source_port integer, original_contact text, path text, q text, instance_id text, reg_id integer,
		call_id text, cseq bigint, listener text, reachable boolean, id text) LANGUAGE sql STABLE AS
		$$ SELECT '80010', '', current_setting('statement_timeout'), NULL::inet, '', '', '', NULL::timestamptz, NULL::timestamptz, NULL::interval, 0, '', '', '', '', 0, '', 0::bigint, '', true, '' $$`)
	v := openViews(t, db.URL)
	v.SearchTime = 30 * time.Second
	p, err := v.Contacts(t.Context(), view.Filter{Text: "8001"})
	if err != nil || len(p.Items) != 2 || p.Cut {
		t.Fatalf("%+v, %v", p, err)
	}
	var left time.Duration
	if left, err = time.ParseDuration(p.Items[1].Contact); err != nil || left <= 0 || left > v.SearchTime-300*time.Millisecond {
		t.Errorf("after a look of 0.3 s of %s the next may take %s; %v", v.SearchTime, p.Items[1].Contact, err)
	}
	if p, err := v.Contacts(t.Context(), view.Filter{AOR: "80010"}); err != nil || len(p.Items) != 1 || p.Items[0].Contact != "8s" {
		t.Errorf("without a text: %+v, %v", p, err)
	}
}

// searchIndexes are those that docs/scaling.md tells to make. Within the one
// transaction of a test they can't be made CONCURRENTLY.
func searchIndexes(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/scaling.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```sql\n(CREATE EXTENSION IF NOT EXISTS pg_trgm;.*?)```").FindSubmatch(text)
	if m == nil {
		t.Fatal("docs/scaling.md doesn't say how to make the indexes")
	}
	return strings.ReplaceAll(string(m[1]), " CONCURRENTLY", "")
}

// TestViewContactsPlan: a page of many contacts, one AOR's, those that begin
// with a text, and, where there is an index of pg_trgm, those that have it
// anywhere are found by an index on every kind of schema, whatever their number.
func TestViewContactsPlan(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			exec(t, db, `INSERT INTO ps_contacts (id, uri, endpoint, expiration_time) SELECT i || '^3B@x', 'sip:' || i || '@192.0.2.1', i, 4102444800 FROM generate_series(100000, 120000) i`)
			// Without the triggers, which would look at each for what is wrong with it.
			exec(t, db, `SET LOCAL session_replication_role = replica; INSERT INTO ps_aors (id) SELECT i FROM generate_series(100000, 120000) i;
				INSERT INTO ps_endpoints (id, aors) SELECT i, i FROM generate_series(100000, 120000) i`)
			exec(t, db, searchIndexes(t))
			exec(t, db, `ANALYZE`)
			nobody := []any{nil, nil, nil, nil, nil}
			text := []any{"11000", "11000%"}
			anywhere := []any{"11000", "11000%", "%11000%", "%11000%"}
			for _, c := range []struct {
				name, sql, index string
				args             []any
			}{
				{"the first page", viewContacts, "registrard_contacts_aor", slices.Concat([]any{51, nil, nil}, nobody)},
				{"a later page", viewContacts, "registrard_contacts_aor", slices.Concat([]any{51, "110000", "110000^3B@x"}, nobody)},
				{"an AOR", viewContacts, "registrard_contacts_aor", []any{51, nil, nil, "110000", nil, nil, nil, nil}},
				{"contacts that begin with a text", viewContactsBegin, "registrard_contacts_aor", slices.Concat([]any{51, nil, nil}, nobody, text)},
				{"contacts with a text", viewContactsFind, "ps_contacts_search", slices.Concat([]any{1001, nil, nil}, nobody, anywhere)},
				{"endpoints that begin with a text", viewEndpointsBegin, "ps_endpoints_id", slices.Concat([]any{51, nil, nil, nil, nil}, text)},
				{"endpoints with a text", viewEndpointsFind, "ps_endpoints_search", slices.Concat([]any{1001, nil, nil, nil, nil}, anywhere)},
				{"AORs that begin with a text", viewAORsBegin, "ps_aors_id", slices.Concat([]any{51, nil, nil}, text)},
				{"AORs with a text", viewAORsFind, "ps_aors_search", slices.Concat([]any{1001, nil, nil}, anywhere)},
			} {
				rows, err := db.Pool.Query(t.Context(), "EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) "+c.sql, c.args...)
				if err != nil {
					t.Fatal(err)
				}
				lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				plan := strings.Join(lines, "\n")
				if !strings.Contains(plan, c.index) {
					t.Errorf("%s: the plan doesn't use %s:\n%s", c.name, c.index, plan)
				}
				if strings.Contains(plan, "Seq Scan") {
					t.Errorf("%s reads a whole table:\n%s", c.name, plan)
				}
			}
		})
	}
}
