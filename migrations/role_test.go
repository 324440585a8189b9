package migrations_test

import (
	"bytes"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/migrations"
	"registrard/store/storetest"
)

// TestRole has a server of its own, where nobody has made registrard_node yet.
func TestRole(t *testing.T) {
	t.Parallel()
	server := storetest.Server(t, false)
	super, err := pgxpool.New(t.Context(), server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer super.Close()
	for _, sql := range []string{"CREATE ROLE asterisk LOGIN PASSWORD 'x'", "CREATE DATABASE pbx OWNER asterisk"} {
		exec(t, super, sql)
	}
	owners, err := url.Parse(server.URL("pbx"))
	if err != nil {
		t.Fatal(err)
	}
	owners.User = url.UserPassword("asterisk", "x")
	q := owners.Query()
	q.Del("user")
	owners.RawQuery = q.Encode()
	pool, err := pgxpool.New(t.Context(), owners.String())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	exec(t, pool, storetest.Fixture(storetest.AsteriskNewest), pgx.QueryExecModeSimpleProtocol)

	var log bytes.Buffer
	if err := migrations.Up(t.Context(), pool, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
		t.Fatalf("an owner who may make no roles can't migrate: %v", err)
	}
	if text := log.String(); !strings.Contains(text, "CREATE ROLE registrard_node NOLOGIN") || !strings.Contains(text, "SELECT registrard_grant()") {
		t.Errorf("it isn't said what to run:\n%s", text)
	}
	// What is said to be run.
	exec(t, super, "CREATE ROLE registrard_node NOLOGIN")
	exec(t, pool, "SELECT registrard_grant()")
	may := `SELECT has_table_privilege('registrard_node', 'ps_contacts', 'DELETE') AND has_table_privilege('registrard_node', 'registrard_bans', 'INSERT')
		AND NOT has_table_privilege('registrard_node', 'ps_auths', 'UPDATE')`
	if !one[bool](t, pool, may) {
		t.Error("the rights are not as they should be")
	}
	// The next migrate up gives them by itself, and says nothing.
	exec(t, pool, "REVOKE ALL ON ps_contacts FROM registrard_node")
	log.Reset()
	if err := migrations.Up(t.Context(), pool, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
		t.Fatal(err)
	}
	if !one[bool](t, pool, may) || strings.Contains(log.String(), "registrard_node") {
		t.Errorf("not granted again, or said something:\n%s", log.String())
	}
	down(t, pool, 0)
	if n := one[int](t, pool, `SELECT count(*) FROM pg_class c, aclexplode(c.relacl) a WHERE a.grantee = 'registrard_node'::regrole`); n != 0 {
		t.Errorf("after down %d rights are left", n)
	}
	exec(t, super, "DROP ROLE registrard_node") // nothing depends on it
}
