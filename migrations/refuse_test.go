package migrations_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"registrard/migrations"
	"registrard/store/storetest"
)

func TestUp(t *testing.T) {
	t.Parallel()
	t.Run("several_nodes_at_once", func(t *testing.T) {
		t.Parallel()
		for _, kind := range storetest.Kinds() {
			pool := storetest.Unmigrated(t, kind).Pool
			errs := make([]error, 6)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() { errs[i] = migrations.Up(t.Context(), pool, quiet) })
			}
			wg.Wait()
			for i, err := range errs {
				if err != nil {
					t.Errorf("%s: node %d: %v", kind, i, err)
				}
			}
			known, err := migrations.ReadStatus(t.Context(), pool)
			if err != nil {
				t.Fatal(err)
			}
			if got := one[int64](t, pool, `SELECT count(*) FROM registrard_schema WHERE version_id > 0`); got != int64(len(known)) {
				t.Errorf("%s: %d migrations recorded, want %d", kind, got, len(known))
			}
		}
	})
	t.Run("twice_changes_nothing", func(t *testing.T) {
		t.Parallel()
		pool := storetest.New(t).Pool
		before := lines(t, pool, `SELECT * FROM registrard_schema ORDER BY id`)
		up(t, pool)
		if diff := cmp.Diff(before, lines(t, pool, `SELECT * FROM registrard_schema ORDER BY id`)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("works_in_the_first_schema_of_search_path_and_leaves_others_alone", func(t *testing.T) {
		t.Parallel()
		db := storetest.Unmigrated(t, storetest.AsteriskOlder) // an Asterisk's own, in public
		before := snapshot(t, db.Pool)
		exec(t, db.Pool, `CREATE SCHEMA "Voice-IP"`)
		pool := inSchema(t, db, `"Voice-IP"`)
		up(t, pool)
		exec(t, pool, `INSERT INTO ps_contacts (id, uri, expiration_time) VALUES ('6001^3B@x', 'sip:6001@192.0.2.1', 0)`)
		exec(t, pool, `UPDATE ps_contacts SET id = '6002^3B@x'`)
		listening := listen(t, db)
		exec(t, pool, `INSERT INTO ps_auths (id) VALUES ('6001')`)
		if got := listening.heard(t); !cmp.Equal(got, []string{`{"t":"ps_auths","ids":["6001"]}`}) {
			t.Errorf("heard %q", got)
		}
		// Whatever the search_path of who asks.
		if got := lines(t, db.Pool, `SELECT aor FROM "Voice-IP".registrations`); !cmp.Equal(got, []string{"6002"}) {
			t.Errorf("registrations of %q", got)
		}
		if diff := cmp.Diff(before, snapshot(t, db.Pool)); diff != "" {
			t.Errorf("public changed:\n%s", diff)
		}
		state, err := migrations.Check(t.Context(), db.Pool)
		if err != nil || state.Kind != migrations.NotMigrated {
			t.Errorf("public: %v, %v; want not migrated", state, err)
		}
		down(t, pool, 0)
	})
	t.Run("refuses_to_hide_Asterisk's_tables_of_a_later_schema", func(t *testing.T) {
		t.Parallel()
		db := storetest.Unmigrated(t, storetest.AsteriskNewest)
		exec(t, db.Pool, `CREATE SCHEMA voip`)
		pool := inSchema(t, db, "voip, public")
		wantError(t, migrations.Up(t.Context(), pool, quiet), `"public"`, `"voip"`, "search_path")
		if got := one[int](t, pool, `SELECT count(*) FROM pg_class WHERE relnamespace = 'voip'::regnamespace AND relname LIKE 'ps\_%'`); got != 0 {
			t.Errorf("%d tables in voip", got)
		}
	})
	t.Run("refuses_too_old_an_Asterisk", func(t *testing.T) {
		t.Parallel()
		pool := storetest.Unmigrated(t, storetest.AsteriskOlder).Pool
		exec(t, pool, `ALTER TABLE ps_contacts ALTER COLUMN expiration_time TYPE varchar(40)`)
		wantError(t, migrations.Up(t.Context(), pool, quiet), "expiration_time", "alembic -c config.ini upgrade head")
	})
	t.Run("refuses_columns_of_somebody_else_with_our_names", func(t *testing.T) {
		t.Parallel()
		pool := storetest.Unmigrated(t, storetest.AsteriskNewest).Pool
		exec(t, pool, `ALTER TABLE ps_contacts ADD COLUMN transport varchar(9), ADD COLUMN flow integer`)
		wantError(t, migrations.Up(t.Context(), pool, quiet), "transport, flow", "Rename them")
	})
	t.Run("tells_whom_to_run_as_when_not_the_tables'_owner", func(t *testing.T) {
		t.Parallel()
		db := storetest.Unmigrated(t, storetest.AsteriskNewest)
		role := fmt.Sprintf("guest_%p", t)
		exec(t, db.Pool, `CREATE ROLE `+role)
		t.Cleanup(func() {
			exec2(t, db, `RESET ROLE; DROP OWNED BY `+role+`; DROP ROLE `+role)
		})
		exec(t, db.Pool, `GRANT CREATE, USAGE ON SCHEMA public TO `+role)
		exec(t, db.Pool, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO `+role)
		config := db.Pool.Config()
		config.ConnConfig.RuntimeParams["role"] = role
		wantError(t, upWith(t, config), "run this as their owner")
	})
}

func TestDown(t *testing.T) {
	t.Parallel()
	t.Run("of_a_database_that_isn't_migrated_changes_nothing", func(t *testing.T) {
		t.Parallel()
		pool := storetest.Unmigrated(t, storetest.AsteriskOlder).Pool
		before := snapshot(t, pool)
		down(t, pool, 0)
		if diff := cmp.Diff(before, snapshot(t, pool)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("by_one_keeps_what_the_version_before_did_and_up_again_too", func(t *testing.T) {
		t.Parallel()
		pool := storetest.New(t).Pool
		exec(t, pool, `INSERT INTO ps_contacts (id, uri) VALUES ('a^3B@1', 'sip:1@h')`)
		for _, to := range []string{"down", "up"} {
			if to == "down" {
				down(t, pool, 11)
			} else {
				up(t, pool)
			}
			for _, name := range []string{"b", "a"} {
				exec(t, pool, `UPDATE ps_contacts SET id = $1`, name+"^3B@1")
				if got := one[string](t, pool, `SELECT aor FROM ps_contacts`); got != name {
					t.Errorf("%s: the AOR of the row renamed to %s^3B@1 is %s", to, name, got)
				}
			}
		}
	})
	t.Run("to_an_unknown_version_is_refused", func(t *testing.T) {
		t.Parallel()
		pool := storetest.New(t).Pool
		wantError(t, migrations.Down(t.Context(), pool, migrations.Newest()+1, quiet), "no version")
		wantError(t, migrations.Down(t.Context(), pool, -1, quiet), "no version")
	})
	t.Run("of_a_newer_registrard's_database_is_refused", func(t *testing.T) {
		t.Parallel()
		pool := storetest.New(t).Pool
		exec(t, pool, `INSERT INTO registrard_schema (version_id, is_applied) VALUES ($1, true)`, migrations.Newest()+1)
		wantError(t, migrations.Down(t.Context(), pool, 0, quiet), "newer registrard")
		one[int](t, pool, `SELECT count(*) FROM registrations`)
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	known, err := migrations.ReadStatus(t.Context(), storetest.Empty(t).Pool)
	if err != nil {
		t.Fatal(err)
	}
	newest, last := migrations.Newest(), known[len(known)-2].Version
	cases := []struct {
		name  string
		given func(t *testing.T) *storetest.DB
		want  migrations.State
		says  string
	}{
		{"nothing_there", func(t *testing.T) *storetest.DB { return storetest.Empty(t) },
			migrations.State{Kind: migrations.NotMigrated, Newest: newest}, "run `registrard migrate up`"},
		{"Asterisk's_alone", func(t *testing.T) *storetest.DB { return storetest.Unmigrated(t, storetest.AsteriskNewest) },
			migrations.State{Kind: migrations.NotMigrated, Newest: newest}, "run `registrard migrate up`"},
		{"migrated", func(t *testing.T) *storetest.DB { return storetest.New(t) },
			migrations.State{Kind: migrations.UpToDate, Version: newest, Newest: newest}, "up to date"},
		{"of_an_older_registrard", func(t *testing.T) *storetest.DB {
			db := storetest.New(t)
			down(t, db.Pool, last)
			return db
		}, migrations.State{Kind: migrations.TooOld, Version: last, Newest: newest}, "run `registrard migrate up`"},
		{"of_a_newer_registrard", func(t *testing.T) *storetest.DB {
			db := storetest.New(t)
			exec(t, db.Pool, `INSERT INTO registrard_schema (version_id, is_applied) VALUES ($1, true)`, newest+1)
			return db
		}, migrations.State{Kind: migrations.TooNew, Version: newest + 1, Newest: newest}, fmt.Sprintf("registrard migrate down %d", newest)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := c.given(t)
			got, err := migrations.Check(t.Context(), db.Pool)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("Check = %#v, want %#v", got, c.want)
			}
			wantError(t, fmt.Errorf("%s", got), c.says)
			if got.OK() != (c.want.Kind == migrations.UpToDate) {
				t.Errorf("OK() = %v", got.OK())
			}
			list, err := migrations.ReadStatus(t.Context(), db.Pool)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				if s.Applied.IsZero() != (s.Version > c.want.Version) {
					t.Errorf("ReadStatus has %d applied at %v, but the version is %d", s.Version, s.Applied, c.want.Version)
				}
			}
			if top := list[len(list)-1].Version; top != max(newest, c.want.Version) {
				t.Errorf("ReadStatus ends with %d", top)
			}
		})
	}
}
