package store

import (
	"net/netip"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestPublication: whoever publishes every table (Debezium's default, or a copy
// of the database by logical replication) stops nobody. PostgreSQL refuses each
// UPDATE and DELETE of a published table without a replica identity (55000).
func TestPublication(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			exec(t, db, "INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6001', '6001', '6001')")
			exec(t, db, "INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 2)")
			exec(t, db, "INSERT INTO ps_auths (id, auth_type, username, password) VALUES ('6001', 'userpass', '6001', 'x')")
			exec(t, db, "UPDATE registrard_settings SET value = 'on' WHERE name = 'history'")
			exec(t, db, "CREATE PUBLICATION everything FOR ALL TABLES")
			s := startReady(t, db.URL, func(o *Options) { o.MaxFailures = 10 })
			aor := anAOR("6001", 2)
			for cseq := uint32(1); cseq <= 3; cseq++ {
				mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.7", "a", cseq, 3600))
				mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.8", "b", cseq, 3600))
			}
			mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.8", "b", 4, 0))
			exec(t, db, "UPDATE ps_contacts SET expiration_time = 1, user_agent = 'x'")
			if n, err := s.DeleteExpired(t.Context()); n != 1 || err != nil {
				t.Errorf("%d expired, %v", n, err)
			}
			source := netip.MustParsePrefix("192.0.2.66/32")
			if banned, err := s.Ban(t.Context(), []netip.Prefix{source}, []string{"test"}, time.Hour, false); len(banned) != 1 || err != nil {
				t.Errorf("banned %v, %v", banned, err)
			}
			if err := s.Forget(t.Context(), 1, 1); err != nil {
				t.Error(err)
			}
			for _, sql := range []string{"UPDATE ps_endpoints SET context = 'x'", "UPDATE ps_aors SET max_contacts = 1", "UPDATE ps_auths SET password = 'y'",
				"UPDATE ps_domain_aliases SET domain = 'x'", "UPDATE ps_globals SET default_realm = 'x'", "DELETE FROM ps_endpoint_id_ips",
				"DELETE FROM registrard_config_log", "DELETE FROM registrard_bans", "DELETE FROM registrard_failures", "DELETE FROM registrard_nonce_keys",
				"UPDATE registrard_traces SET id = id", "UPDATE registrard_settings SET value = 'off' WHERE name = 'history'",
				"DELETE FROM registrard_history", "UPDATE registrard_schema SET id = id"} {
				exec(t, db, sql)
			}
			if err := s.Ready(); err != nil {
				t.Error(err)
			}
		})
	}
}
