package store

import (
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/migrations"
)

// TestReplicatedChanges: what a subscription's apply worker writes, for which no
// statement trigger is fired, is told within MaxAge.
func TestReplicatedChanges(t *testing.T) {
	t.Parallel()
	o := newOwnServer(t)
	o.do(t, `ALTER SYSTEM SET wal_level = logical`)
	o.Kill()
	o.again(t)
	o.do(t, `CREATE DATABASE provisioning`)
	theirs, err := pgxpool.New(t.Context(), o.URL("provisioning"))
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	if err := migrations.Up(t.Context(), theirs, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	there := func(sql string) {
		t.Helper()
		if _, err := theirs.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	for _, table := range []string{"ps_endpoints", "ps_aors", "ps_auths"} {
		there(`INSERT INTO ` + table + ` (id) VALUES ('6001'), ('6002'), ('kept')`)
	}
	there(`CREATE PUBLICATION phones FOR TABLE ps_endpoints, ps_aors, ps_auths`)
	// Within one server the slot is made first: CREATE SUBSCRIPTION would wait for itself.
	there(`SELECT pg_create_logical_replication_slot('phones', 'pgoutput')`)
	o.do(t, `CREATE SUBSCRIPTION phones CONNECTION '`+o.URL("provisioning")+`' PUBLICATION phones WITH (create_slot = false)`)
	c := o.connect(t)
	defer closeNow(c)
	here := func(sql string) (yes bool) {
		t.Helper()
		if err := c.QueryRow(t.Context(), `SELECT `+sql).Scan(&yes); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return yes
	}
	until(t, "the first copy of all three tables", func() bool {
		return here(`count(*) = 3 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel`)
	})

	h := watch(t, startReady(t, o.url, seldom).Store)
	until(t, "Listening", func() bool { return h.count("listening") == 1 })
	for _, step := range []struct{ change, arrived, told string }{
		{`UPDATE ps_auths SET password = 'new' WHERE id = '6001'`, `password = 'new' FROM ps_auths WHERE id = '6001'`, "ps_auths 6001"},
		{`INSERT INTO ps_endpoints (id) VALUES ('new')`, `EXISTS (SELECT FROM ps_endpoints WHERE id = 'new')`, "ps_endpoints new"},
		{`UPDATE ps_aors SET max_contacts = 7 WHERE id = '6002'`, `max_contacts = 7 FROM ps_aors WHERE id = '6002'`, "ps_aors 6002"},
		{`DELETE FROM ps_endpoints WHERE id = '6002'`, `NOT EXISTS (SELECT FROM ps_endpoints WHERE id = '6002')`, "ps_endpoints any"},
		{`TRUNCATE ps_aors`, `NOT EXISTS (SELECT FROM ps_aors)`, "ps_aors any"},
	} {
		there(step.change)
		until(t, "there: "+step.change, func() bool { return here(`coalesce((SELECT ` + step.arrived + `), false)`) })
		until(t, "told: "+step.told, func() bool { return h.named(step.told) })
	}
	if h.count("lost") != 0 || h.count("listening") != 1 || h.count("ps_globals any") != 0 || h.count("ps_auths any") != 0 {
		t.Errorf("more is dropped than was changed: %v", h.lines)
	}
}
