package migrations_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"registrard/store/storetest"
)

const (
	historyOn  = `UPDATE registrard_settings SET value = 'on' WHERE name = 'history'`
	historyOff = `UPDATE registrard_settings SET value = 'off' WHERE name = 'history'`
	partitions = `SELECT relname FROM pg_class WHERE relname ~ '^registrard_history_[0-9]+$' ORDER BY 1`
)

func TestRegistrationCounts(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, db *storetest.DB) {
		exec(t, db.Pool, `INSERT INTO ps_contacts (id, uri, expiration_time, user_agent, reg_server, transport) VALUES
			('1^3B@x', 'sip:1@h', 4000000000, 'A^3B 1', 'n1', 'tcp'), ('2^3B@x', 'sip:2@h', 4000000001, 'A^3B 1', 'n1', 'tcp'), ('3^3B@x', 'sip:3@h', 0, 'B', 'n1', NULL), ('4^3B@x', 'sip:4@h', 1, 'A^3B 1', 'n1', 'tcp')`)
		want := []string{"n1 | tcp | A; 1 | 2 | t", "n1 | udp | B | 1 | NULL"}
		got := lines(t, db.Pool, `SELECT node, transport, user_agent, contacts, next_expires_at = to_timestamp(4000000000) FROM registration_counts ORDER BY 1, 2`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestHistory(t *testing.T) {
	t.Parallel()
	t.Run("is_off_until_it_is_switched_on_and_keeps_what_it_has_when_it_is_off_again", func(t *testing.T) {
		t.Parallel()
		pool := storetest.New(t).Pool
		add := `INSERT INTO ps_contacts (id, uri, expiration_time) VALUES (gen_random_uuid() || '^3B@x', 'sip:1@h', 4000000000)`
		exec(t, pool, add)
		if n := one[int](t, pool, `SELECT count(*) FROM registration_history`); n != 0 {
			t.Errorf("%d rows while it is off", n)
		}
		exec(t, pool, historyOn)
		exec(t, pool, historyOn)
		exec(t, pool, add)
		exec(t, pool, historyOff)
		exec(t, pool, `UPDATE ps_contacts SET user_agent = 'new'`)
		exec(t, pool, `DELETE FROM ps_contacts`)
		if got := lines(t, pool, `SELECT event, at > now() - interval '1 minute', expires_at FROM registration_history`); !cmp.Equal(got, []string{"registered | t | 2096-10-02 07:06:40+00"}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("a_partition_a_day_for_the_coming_week_dropped_after_history_days", func(t *testing.T) {
		t.Parallel()
		pool := storetest.New(t).Pool
		exec(t, pool, `UPDATE registrard_settings SET value = '3' WHERE name = 'history_days'`)
		exec(t, pool, historyOn)
		want := lines(t, pool, `SELECT 'registrard_history_' || to_char(current_date + i, 'YYYYMMDD') FROM generate_series(0, 7) i`)
		if diff := cmp.Diff(want, lines(t, pool, partitions)); diff != "" {
			t.Error(diff)
		}
		for _, days := range []string{"3", "4"} {
			day := one[string](t, pool, `SELECT (current_date - `+days+`)::text`)
			next := one[string](t, pool, `SELECT (current_date - `+days+` + 1)::text`)
			exec(t, pool, `CREATE TABLE registrard_history_`+strings.ReplaceAll(day, "-", "")+` PARTITION OF registrard_history FOR VALUES FROM ('`+day+` 00:00+00') TO ('`+next+` 00:00+00')`)
			exec(t, pool, `INSERT INTO registrard_history (at, event, reason) VALUES ('`+day+` 12:00+00', 'registered', $1)`, days)
		}
		exec(t, pool, `INSERT INTO registrard_history (at, event, reason) VALUES ('2020-01-01', 'registered', 'of no day')`)
		exec(t, pool, `SELECT registrard_keep_history()`)
		if got := lines(t, pool, `SELECT reason FROM registration_history`); !cmp.Equal(got, []string{"3"}) {
			t.Errorf("kept: %q", got)
		}
		if n := len(lines(t, pool, partitions)); n != 9 {
			t.Errorf("%d partitions", n)
		}
	})
	t.Run("somebody_who_reads_it_for_long_hinders_no_registration", func(t *testing.T) {
		t.Parallel()
		pool := storetest.New(t).Pool
		exec(t, pool, historyOn)
		exec(t, pool, `CREATE TABLE registrard_history_20200101 PARTITION OF registrard_history FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2020-01-02 00:00+00')`)
		reader, err := pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := reader.Exec(t.Context(), `SELECT * FROM registration_history`); err != nil {
			t.Fatal(err)
		}
		exec(t, pool, `SELECT registrard_keep_history()`) // gives up after a second
		exec(t, pool, `INSERT INTO ps_contacts (id, uri, expiration_time) VALUES ('1^3B@x', 'sip:1@h', 4000000000)`)
		if err := reader.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		exec(t, pool, `SELECT registrard_keep_history()`)
		if n := len(lines(t, pool, partitions)); n != 8 {
			t.Errorf("%d partitions", n)
		}
	})
	t.Run("what_fails_in_it_fails_no_registration", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db.Pool, historyOn)
		exec(t, db.Pool, `ALTER TABLE registrard_history ADD CHECK (event <> 'registered')`)
		// A node takes a warning for a COMMIT that isn't safe.
		open(t, db).mustSay(t, `INSERT INTO ps_contacts (id, uri, expiration_time) VALUES ('1^3B@x', 'sip:1@h', 4000000000)`)
	})
	t.Run("in_a_schema_of_another_name", func(t *testing.T) {
		t.Parallel()
		db := storetest.Unmigrated(t, storetest.AsteriskOlder)
		exec(t, db.Pool, `CREATE SCHEMA "Voice-IP"`)
		pool := inSchema(t, db, `"Voice-IP"`)
		up(t, pool)
		exec(t, db.Pool, `UPDATE "Voice-IP".registrard_settings SET value = 'on' WHERE name = 'history'`)
		exec(t, db.Pool, `INSERT INTO "Voice-IP".ps_contacts (id, uri, expiration_time) VALUES ('1^3B@x', 'sip:1@h', 4000000000)`)
		exec(t, db.Pool, `UPDATE "Voice-IP".ps_contacts SET user_agent = 'new'`)
		exec(t, db.Pool, `INSERT INTO "Voice-IP".ps_endpoints (id, aors) VALUES ('1', '1')`)
		if got := lines(t, db.Pool, `SELECT event, aor FROM "Voice-IP".registration_history ORDER BY at`); !cmp.Equal(got, []string{"registered | 1", "changed | 1"}) {
			t.Errorf("%q", got)
		}
		if got := lines(t, db.Pool, `SELECT id, kind FROM "Voice-IP".provisioning_problems`); !cmp.Equal(got, []string{"1 | aor_missing"}) {
			t.Errorf("%q", got)
		}
		down(t, pool, 0)
	})
	t.Run("Asterisk's_later_ALTERs_still_work", func(t *testing.T) {
		t.Parallel()
		pool := storetest.NewKind(t, storetest.AsteriskOlder).Pool
		exec(t, pool, historyOn)
		one[int](t, pool, `SELECT count(*) FROM provisioning_problems`)
		for _, column := range []string{"id", "uri", "user_agent", "reg_server", "endpoint", "path"} {
			exec(t, pool, `ALTER TABLE ps_contacts ALTER COLUMN `+column+` TYPE varchar(600)`)
		}
		for table, columns := range map[string][]string{"ps_endpoints": {"id", "aors", "auth"}, "ps_aors": {"id", "contact"}, "ps_auths": {"id", "md5_cred", "username"}, "ps_globals": {"id"}} {
			for _, column := range columns {
				exec(t, pool, `ALTER TABLE `+table+` ALTER COLUMN `+column+` TYPE varchar(600)`)
			}
		}
		exec(t, pool, `ALTER TABLE ps_endpoints DROP COLUMN mwi_from_user`)
		exec(t, pool, `ALTER TABLE ps_auths ADD COLUMN password_digest varchar(1024)`)
		exec(t, pool, `INSERT INTO ps_auths (id, username, password_digest) VALUES ('1', '1', 'MD5:x')`)
		if got := lines(t, pool, `SELECT column_name FROM provisioning_problems ORDER BY 1`); !cmp.Equal(got, []string{"password", "password_digest"}) {
			t.Errorf("%q", got)
		}
		exec(t, pool, `INSERT INTO ps_contacts (id, uri, expiration_time) VALUES ('1^3B@x', 'sip:1@h', 4000000000)`)
		exec(t, pool, `UPDATE ps_contacts SET user_agent = 'new'`)
		exec(t, pool, `DELETE FROM ps_contacts`)
		if n := one[int](t, pool, `SELECT count(*) FROM registration_history`); n != 3 {
			t.Errorf("%d rows of history", n)
		}
	})
}
