package migrations_test

import (
	"strings"
	"testing"

	"registrard/store/storetest"
)

// TestMoreProblems: pasted templates, swapped aliases, AORs of other names.
func TestMoreProblems(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			exec(t, db.Pool, `
				INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1), ('office', 1), ('a@example.com', 1), ('called', 0), ('[6009](!)', 1);
				INSERT INTO ps_auths (id, auth_type, username) VALUES ('login', 'userpass', 'office');
				INSERT INTO ps_endpoints (id, aors, auth, identify_by) VALUES ('6001', 'office, 6001', NULL, NULL), ('6002', 'office', NULL, NULL), ('a@example.com', 'a@example.com', NULL, NULL),
					('6003', 'office', 'login', 'username,auth_username'), ('trunk', 'called', NULL, NULL), ('6004(phone-template)', '6001', NULL, NULL);
				INSERT INTO ps_domain_aliases (id, domain) VALUES ('example.com', 'alias.example.net'), ('right.example.net', 'example.com')`)
			var got string
			if err := db.Pool.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', kind, id), ', ' ORDER BY kind, id) FROM provisioning_problems
				WHERE kind IN ('template_in_id', 'alias_swapped', 'aors_named_otherwise')`).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if want := "alias_swapped example.com, aors_named_otherwise 6002, aors_named_otherwise 6004(phone-template), template_in_id 6004(phone-template), template_in_id [6009](!)"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestMatchCoversProxy: a row of ps_endpoint_id_ips that takes what comes through a
// node's trusted proxy for one endpoint.
func TestMatchCoversProxy(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			exec(t, db.Pool, `INSERT INTO ps_endpoints (id) VALUES ('trunk');
				INSERT INTO ps_endpoint_id_ips (id, endpoint, match) VALUES ('a', 'trunk', '10.0.0.0/8'), ('b', 'trunk', '192.0.2.1,10.0.0.7'), ('c', 'trunk', '192.0.2.0/24'),
					('d', 'trunk', '2001:db8::1'), ('e', 'trunk', 'proxy.example.com, 10.0.0.7:5060'), ('f', 'trunk', 'not an address'), ('g', 'trunk', NULL), ('h', 'trunk', '[2001:db8::9]:5060');
				INSERT INTO registrard_nodes (name, boot_id, heartbeat_at, trusted_proxies) VALUES ('n1', 'b1', clock_timestamp(), '{10.0.0.7/32,2001:db8::/64}'),
					('n2', 'b2', clock_timestamp(), NULL), ('gone', 'b3', clock_timestamp() - interval '2 days', '{192.0.2.0/24}')`)
			var got string
			if err := db.Pool.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', id, column_name), ', ' ORDER BY id) FROM provisioning_problems WHERE kind = 'match_covers_proxy'`).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if want := "a match, b match, d match, e match, h match"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestMoreWarnings: who writes such a row is told.
func TestMoreWarnings(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, db *storetest.DB) {
		s := open(t, db)
		s.mustSay(t, `INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1), ('office', 1), ('a@example.com', 1)`)
		s.mustSay(t, `INSERT INTO registrard_nodes (name, boot_id, heartbeat_at, trusted_proxies) VALUES ('n1', 'b1', clock_timestamp(), '{10.0.0.7/32}')`)
		s.mustSay(t, `INSERT INTO ps_auths (id, auth_type, username, password) VALUES ('login', 'userpass', 'office', 'x'), ('6001', 'userpass', '6001', 'x')`)
		for _, c := range []struct{ sql, says string }{
			{`INSERT INTO ps_aors (id, max_contacts) VALUES ('[6009](!)', 1)`, `WARNING ps_aors "[6009](!)": id has a template of pjsip.conf's syntax in it; the database knows none, so the whole text is the id`},
			{`UPDATE ps_aors SET max_contacts = 2 WHERE id = '[6009](!)'`, ``}, // it was wrong before
			{`INSERT INTO ps_auths (id, auth_type, username, password) VALUES ('6009(auth)', 'userpass', '6009', 'x')`, `WARNING ps_auths "6009(auth)": id has a template of pjsip.conf's syntax in it; the database knows none, so the whole text is the id`},
			{`INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6001', '6001', '6001')`, ``},
			{`UPDATE ps_endpoints SET id = '6001(phone)' WHERE id = '6001'`, `WARNING ps_endpoints "6001(phone)": id has a template of pjsip.conf's syntax in it; the database knows none, so the whole text is the id|NOTICE ps_endpoints "6001(phone)": aors names "6001" and nothing that is called as the endpoint: a phone that registers as "6001(phone)" is refused (aor_not_listed)`},
			{`INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6002', 'office', '6001')`, `NOTICE ps_endpoints "6002": aors names "office" and nothing that is called as the endpoint: a phone that registers as "6002" is refused (aor_not_listed)`},
			{`INSERT INTO ps_endpoints (id, aors, auth, identify_by) VALUES ('6003', 'office', 'login', 'username,auth_username')`, ``},
			{`INSERT INTO ps_endpoints (id, aors, auth) VALUES ('a@example.com', 'a@example.com', '6001')`, ``},
			{`UPDATE ps_endpoints SET callerid = 'Ann' WHERE id = '6002'`, ``},
			{`INSERT INTO ps_domain_aliases (id, domain) VALUES ('right.example.net', 'example.com')`, ``},
			{`INSERT INTO ps_domain_aliases (id, domain) VALUES ('example.com', 'alias.example.net')`, `WARNING ps_domain_aliases "example.com": id is the domain that endpoints and AORs are named with, while none is named with "alias.example.net", its domain: the two look swapped`},
			{`INSERT INTO ps_endpoint_id_ips (id, endpoint, match) VALUES ('a', '6002', '192.0.2.0/24')`, ``},
			{`UPDATE ps_endpoint_id_ips SET match = '10.0.0.0/8' WHERE id = 'a'`, `WARNING ps_endpoint_id_ips "a": match covers 10.0.0.7/32, which "n1" trusts as a proxy (trusted_proxies): what the proxy doesn't tell the phone's address of is taken for "6002"`},
		} {
			want := strings.Split(c.says, "|")
			if c.says == "" {
				want = nil
			}
			s.mustSay(t, c.sql, want...)
		}
	})
}

// TestSettings: registrard_settings takes known names and values only.
func TestSettings(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for sql, says := range map[string]string{
		`UPDATE registrard_settings SET value = 'On' WHERE name = 'strict'`:      "",
		`UPDATE registrard_settings SET value = '7' WHERE name = 'history_days'`: "",
		`UPDATE registrard_settings SET value = 'maybe' WHERE name = 'events'`:   "events is on or off",
		`UPDATE registrard_settings SET value = '0' WHERE name = 'history_days'`: "a number of days",
		`INSERT INTO registrard_settings (name, value) VALUES ('histroy', 'on')`: "no setting",
		`UPDATE registrard_settings SET name = 'stict' WHERE name = 'strict'`:    "no setting",
	} {
		_, err := db.Pool.Exec(t.Context(), sql)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
