package store

import (
	"context"
	"crypto/rand"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/store/storetest"
)

// nodeRole makes a role to log in with that has registrard_node's rights and no
// others, and gives the URL under it.
func nodeRole(t *testing.T, db *storetest.DB) string {
	t.Helper()
	name := "node_" + strings.ToLower(rand.Text()[:12])
	exec(t, db, "CREATE ROLE "+name+" LOGIN PASSWORD 'node' IN ROLE registrard_node")
	t.Cleanup(func() {
		c, err := pgxpool.New(context.Background(), db.URL)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		if _, err := c.Exec(context.Background(), "DROP ROLE "+name); err != nil {
			t.Error(err)
		}
	})
	return asUser(t, db.URL, name, "node")
}

// TestLeastPrivilege runs all that serve does of the store under registrard_node.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run("serve's whole store works: "+string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			exec(t, db, "INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6001', '6001', '6001')")
			exec(t, db, "INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1)")
			exec(t, db, "INSERT INTO ps_auths (id, auth_type, username, password) VALUES ('6001', 'userpass', '6001', 'x')")
			url := nodeRole(t, db)
			s := startReady(t, url, func(o *Options) {
				o.SweepInterval, o.beforeLock = time.Second, nil
				if o.RowLocks { // what docs/scaling.md tells
					exec(t, db, "GRANT UPDATE (id) ON ps_aors TO registrard_node")
				}
			})
			h := watch(t, s.Store)
			until(t, "LISTEN", func() bool { return h.count("listening") == 1 })

			// Configuration.
			if e, err := s.LoadEndpoint(t.Context(), "6001"); err != nil || e == nil || len(e.AORs) != 1 || len(e.Auths) != 1 {
				t.Errorf("LoadEndpoint: %+v, %v", e, err)
			}
			if _, err := s.LoadSite(t.Context()); err != nil {
				t.Error(err)
			}
			n := 0
			if err := s.EachEndpointID(t.Context(), func(string) { n++ }); err != nil || n != 1 {
				t.Errorf("%d ids, %v", n, err)
			}
			// Both ways of a change, a retransmission, a removal, a query.
			aor := anAOR("6001", 1)
			for cseq := uint32(1); cseq <= 3; cseq++ {
				mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.7:5060;ob", "c", cseq, 3600))
			}
			mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.7:5060;ob", "c", 3, 3600))
			if changesOf(s.Store, laneRefresh) == 0 {
				t.Error("the fast way was not taken")
			}
			mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.7:5060;ob", "c", 4, 0))
			// What goes on in the background: heartbeat, keys, expiry, flows.
			if len(s.Keys()) == 0 {
				t.Error("no nonce keys")
			}
			mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.7:5060;ob", "c", 5, 3600))
			exec(t, db, "UPDATE ps_contacts SET expiration_time = 1")
			until(t, "the sweep", func() bool { return one[int](t, db, "SELECT count(*) FROM ps_contacts") == 0 })
			change := register(aor, "sip:6001@192.0.2.7:5060;ob", "c", 6, 3600)
			way := &change.Wanted[0].Contact.Way
			way.Flow, way.Transport, way.BootID = "boot.1", "tcp", s.opt.BootID
			mustCommit(t, s.Store, change)
			s.DropFlow("boot.1", []string{change.Wanted[0].Contact.ID})
			until(t, "the flow's contact to go", func() bool { return one[int](t, db, "SELECT count(*) FROM ps_contacts") == 0 })
			// Bans.
			if banned, err := s.Ban(t.Context(), prefixes("192.0.2.9/32"), []string{"x"}, time.Minute, true); err != nil || len(banned) != 1 {
				t.Errorf("Ban: %v, %v", banned, err)
			}
			until(t, "the ban to be told", func() bool { return h.count("registrard_bans 192.0.2.9/32") == 1 })
			if err := s.LoadBans(t.Context(), nil, func(netip.Prefix, time.Duration) {}, func(netip.Prefix) {}); err != nil {
				t.Error(err)
			}
			if err := s.AddFailures(t.Context(), prefixes("192.0.2.9/32"), []string{""}, []float64{1}, 1, 1, func(netip.Prefix, string, float64) {}); err != nil {
				t.Error(err)
			}
			if err := s.Forget(t.Context(), 1, 1); err != nil {
				t.Error(err)
			}
			// What is the owner's stays so.
			for _, table := range []string{"registrard_settings", "registrard_history", "registrard_unchecked", "registrard_allowed", "registrard_schema", "ps_auths"} {
				if one[bool](t, db, "SELECT has_table_privilege('registrard_node', '"+table+"', 'INSERT, UPDATE, DELETE')") {
					t.Errorf("registrard_node may write %s", table)
				}
			}
			if x := s.Examine(t.Context()); x.RightsErr != nil || len(x.LackingRights) > 0 {
				t.Errorf("doctor would miss rights: %v %v", x.LackingRights, x.RightsErr)
			}
			if err := s.stop(); err != nil { // gives its name back
				t.Error(err)
			}
			if left := one[int](t, db, "SELECT count(*) FROM registrard_nodes"); left != 0 {
				t.Error("it could not leave registrard_nodes")
			}
			if strings.Contains(s.log.String(), "permission denied") {
				t.Error("something was not allowed; see the log")
			}
		})
	}
	t.Run("and it may do nothing else", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, "REVOKE CREATE ON SCHEMA public FROM PUBLIC") // as it is since 15
		pool, err := pgxpool.New(t.Context(), nodeRole(t, db))
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		for _, sql := range []string{
			"INSERT INTO ps_endpoints (id) VALUES ('x')", "UPDATE ps_auths SET password = 'x'", "DELETE FROM ps_aors",
			"TRUNCATE ps_contacts", "UPDATE registrard_nonce_keys SET secret = ''", "INSERT INTO registrard_allowed (cidr) VALUES ('192.0.2.7')",
			"UPDATE registrard_schema SET is_applied = false", "CREATE TABLE x (y int)", "ALTER TABLE ps_contacts ADD x int",
			"DROP TRIGGER registrard_insert ON ps_auths", "SELECT * FROM ps_transports", "CREATE ROLE x",
		} {
			if _, err := pool.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "42501") {
				t.Errorf("%s: %v, want it to be forbidden", sql, err)
			}
		}
	})
	t.Run("every table and view of registrard's is granted or left out on purpose", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		rows, err := db.Pool.Query(t.Context(), `SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace
			AND relkind IN ('r', 'p', 'v') AND NOT has_table_privilege('registrard_node', oid, 'SELECT') ORDER BY 1`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var without []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			without = append(without, name)
		}
		if want := []string{"ps_registrations", "ps_transports"}; !slices.Equal(without, want) {
			t.Errorf("not granted: %q, want %q; see registrard_grant in migrations/sql", without, want)
		}
	})
}
