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
