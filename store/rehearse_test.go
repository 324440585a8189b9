package store

import (
	"errors"
	"strings"
	"testing"

	"registrard/store/storetest"
)

// TestTablesThatCanNotBeServed: a node of which every write would fail isn't
// ready, says why with table and remedy, and is ready again once that is cured.
func TestTablesThatCanNotBeServed(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, given string
		says        []string
		cure        string // empty: migrate up
	}{
		{"an extra NOT NULL column", `ALTER TABLE ps_contacts ADD COLUMN tenant text NOT NULL`, []string{"ps_contacts.tenant", "NOT NULL"}, `ALTER TABLE ps_contacts DROP COLUMN tenant`},
		{"a CHECK that nothing passes", `ALTER TABLE ps_contacts ADD CHECK (length(user_agent) > 1000) NOT VALID`, []string{"insert a contact", "check constraint"}, `ALTER TABLE ps_contacts DROP CONSTRAINT ps_contacts_user_agent_check`},
		{"no unique index on id", `DROP INDEX ps_contacts_id_key`, []string{"ps_contacts.id", "unique index"}, `CREATE UNIQUE INDEX ON ps_contacts (id)`},
		{"a trigger that returns NULL", `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER zz BEFORE INSERT ON ps_contacts FOR EACH ROW EXECUTE FUNCTION nothing()`,
			[]string{"ps_contacts took 0 of 1 rows", "returns NULL"}, `DROP TRIGGER zz ON ps_contacts`},
		{"a RULE", `CREATE RULE swallow AS ON DELETE TO ps_contacts DO INSTEAD NOTHING`, []string{"RULE", "swallow"}, `DROP RULE swallow ON ps_contacts`},
		{"ps_contacts dropped and made anew", `DROP TABLE ps_contacts CASCADE; CREATE TABLE ps_contacts (id varchar(255) NOT NULL UNIQUE, uri varchar(511), expiration_time bigint)`,
			[]string{"ps_contacts", "made anew", "registrard migrate up"}, ``},
		{"ps_contacts dropped", `DROP TABLE ps_contacts CASCADE`, []string{"ps_contacts", "isn't there", "registrard migrate up"}, ``},
		{"ps_aors.max_contacts of another type", `ALTER TABLE ps_aors ALTER COLUMN max_contacts TYPE text`, []string{"ps_aors.max_contacts", "TYPE integer"},
			`ALTER TABLE ps_aors ALTER COLUMN max_contacts TYPE integer USING max_contacts::integer`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			exec(t, db, "INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1)")
			exec(t, db, "INSERT INTO ps_endpoints (id, aors) VALUES ('6001', '6001')")
			s := startReady(t, db.URL, nil)
			exec(t, db, c.given)
			// A phone's failure has the tables looked at before their time.
			until(t, "the sentence", func() bool {
				s.doubted()
				err := s.Ready()
				return err != nil && !errors.Is(err, ErrUnavailable)
			})
			for _, words := range c.says {
				if err := s.Ready(); err != nil && !strings.Contains(err.Error(), words) {
					t.Errorf("it doesn't say %q: %v", words, err)
				}
			}
			if c.cure == "" {
				migrate(t, db)
			} else {
				exec(t, db, c.cure)
			}
			until(t, "the store to be ready again", func() bool { return s.Ready() == nil })
			if _, err := db.Pool.Exec(t.Context(), "INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1) ON CONFLICT DO NOTHING"); err != nil {
				t.Fatal(err)
			}
			mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", 1, 3600))
		})
	}
}

// TestARehearsalLeavesNothing behind: no row, no event, no line of the history.
func TestARehearsalLeavesNothing(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, "UPDATE registrard_settings SET value = 'on' WHERE name = 'history'")
	exec(t, db, "INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1)")
	exec(t, db, "INSERT INTO ps_endpoints (id, aors) VALUES ('6001', '6001')")
	s := startReady(t, db.URL, nil)
	if err := s.Rehearse(t.Context()); err != nil {
		t.Error(err)
	}
	if n := one[int](t, db, "SELECT (SELECT count(*) FROM ps_contacts)::int + (SELECT count(*) FROM registration_history)::int"); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// TestOptionalColumns: what migrate up accepts is served: all columns but those
// that can't be done without may be missing.
func TestOptionalColumns(t *testing.T) {
	t.Parallel()
	needed := map[string]string{
		"ps_endpoints": "'id', 'aors', 'auth'", "ps_aors": "'id', 'max_contacts'", "ps_auths": "'id', 'username', 'password'",
		"ps_contacts": "'id', 'uri', 'expiration_time'", "ps_endpoint_id_ips": "'id', 'endpoint', 'match'", "ps_domain_aliases": "'id'", "ps_globals": "'id'",
	}
	for _, kind := range []storetest.Kind{storetest.AsteriskNewest, storetest.AsteriskOlder} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.Unmigrated(t, kind)
			for table, columns := range needed {
				exec(t, db, `DO $$ DECLARE c text; BEGIN FOR c IN SELECT attname FROM pg_attribute WHERE attrelid = '`+table+`'::regclass AND attnum > 0 AND NOT attisdropped
					AND attname NOT IN (`+columns+`) LOOP EXECUTE format('ALTER TABLE `+table+` DROP COLUMN %I CASCADE', c); END LOOP; END $$`)
			}
			migrate(t, db)
			exec(t, db, "INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6001', '6001', '6001')")
			exec(t, db, "INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1)")
			exec(t, db, "INSERT INTO ps_auths (id, username, password) VALUES ('6001', '6001', 'x')")
			exec(t, db, "INSERT INTO ps_globals (id) VALUES ('global')")
			exec(t, db, "INSERT INTO ps_domain_aliases (id) VALUES ('d')")
			exec(t, db, "INSERT INTO ps_endpoint_id_ips (id, endpoint, match) VALUES ('i', '6001', '192.0.2.9')")
			s := startReady(t, db.URL, nil)
			e, err := s.LoadEndpoint(t.Context(), "6001")
			if err != nil || e == nil || len(e.AORs) != 1 || len(e.Auths) != 1 || e.AORs[0].MaxContacts != 1 {
				t.Fatalf("LoadEndpoint: %+v, %v", e, err)
			}
			if _, err := s.LoadSite(t.Context()); err != nil {
				t.Errorf("LoadSite: %v", err)
			}
			aor := anAOR("6001", 1)
			for cseq := uint32(1); cseq <= 3; cseq++ {
				mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.7", "a", cseq, 3600))
			}
			if n := changesOf(s.Store, laneRefresh); n != 2 {
				t.Errorf("%v refreshes went the fast way", n)
			}
			for _, st := range statements(s.table.Load()) {
				if _, err := db.Pool.Exec(t.Context(), "PREPARE x AS "+st.sql+"; DEALLOCATE x"); err != nil && strings.Contains(err.Error(), "column") {
					t.Errorf("%s: %v", st.name, err)
				}
			}
			for _, sql := range []string{viewContacts, viewEndpoints, viewAORs, viewProblems} {
				c, err := db.Pool.Acquire(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if _, err := c.Conn().Prepare(t.Context(), "", sql); err != nil {
					t.Errorf("%v\n%s", err, sql)
				}
				c.Release()
			}
			exec(t, db, "SELECT * FROM provisioning_problems")
			if got := one[int](t, db, "SELECT count(*)::int FROM registrations WHERE endpoint = '6001'"); got != 1 {
				t.Errorf("%d registrations", got)
			}
		})
	}
}

// TestContactsThatAreHeldAgainstOtherTables: a site may have its contacts held
// against its endpoints and AORs. What is rehearsed must be somebody's who is there.
func TestContactsThatAreHeldAgainstOtherTables(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]string{
		"a foreign key to ps_endpoints": `ALTER TABLE ps_contacts ADD FOREIGN KEY (endpoint) REFERENCES ps_endpoints (id) ON DELETE CASCADE`,
		"a foreign key to ps_aors":      `ALTER TABLE ps_contacts ADD FOREIGN KEY (aor) REFERENCES ps_aors (id)`,
		"a CHECK of names":              `ALTER TABLE ps_contacts ADD CHECK (endpoint ~ '^[0-9]+$')`,
		"a trigger that looks them up": `CREATE FUNCTION known() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF NOT EXISTS (SELECT FROM ps_endpoints WHERE id = NEW.endpoint) THEN RAISE 'no endpoint %', NEW.endpoint; END IF; RETURN NEW; END $$;
			CREATE TRIGGER zz BEFORE INSERT ON ps_contacts FOR EACH ROW EXECUTE FUNCTION known()`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			exec(t, db, given)
			s := startReady(t, db.URL, nil) // with no endpoint yet, too
			exec(t, db, "INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1)")
			exec(t, db, "INSERT INTO ps_endpoints (id, aors) VALUES ('6001', '6001')")
			if err := s.Rehearse(t.Context()); err != nil {
				t.Error(err)
			}
			mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", 1, 3600))
		})
	}
}
