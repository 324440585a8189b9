package migrations_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/migrations"
	"registrard/store/storetest"
)

func TestReplicaIdentity(t *testing.T) {
	t.Parallel()
	const without = `SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
		AND c.relname ~ '^(registrard|ps_(endpoints|aors|auths|contacts|globals|domain_aliases|endpoint_id_ips)$)'
		AND NOT (c.relreplident = 'f' OR EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND (c.relreplident = 'd' AND x.indisprimary OR x.indisreplident)))
		ORDER BY 1`
	eachKind(t, func(t *testing.T, db *storetest.DB) {
		if got := lines(t, db.Pool, without); len(got) != 0 {
			t.Errorf("these tables have none: %q", got)
		}
		if got := one[string](t, db.Pool, `SELECT relreplident::text FROM pg_class WHERE oid = 'ps_contacts'::regclass`); got != "i" {
			t.Errorf("that of ps_contacts is %q, want an index, which costs no WAL", got)
		}
	})
	t.Run("is_FULL_where_id_may_be_NULL", func(t *testing.T) {
		t.Parallel()
		pool := storetest.Unmigrated(t, storetest.AsteriskNewest).Pool
		exec(t, pool, `ALTER TABLE ps_contacts ALTER COLUMN id DROP NOT NULL`)
		up(t, pool)
		if got := one[string](t, pool, `SELECT relreplident::text FROM pg_class WHERE oid = 'ps_contacts'::regclass`); got != "f" {
			t.Errorf("it is %q", got)
		}
	})
	t.Run("of_somebody_else's_table_is_his_to_set_and_the_command_is_said", func(t *testing.T) {
		t.Parallel()
		db := storetest.Unmigrated(t, storetest.AsteriskNewest)
		role := fmt.Sprintf("half_%p", t)
		exec(t, db.Pool, `CREATE ROLE `+role)
		t.Cleanup(func() {
			exec2(t, db, `REASSIGN OWNED BY `+role+` TO CURRENT_USER; DROP OWNED BY `+role+`; DROP ROLE `+role)
		})
		exec(t, db.Pool, `GRANT CREATE, USAGE ON SCHEMA public TO `+role)
		exec(t, db.Pool, `GRANT ALL ON ALL TABLES IN SCHEMA public TO `+role)
		exec(t, db.Pool, `ALTER TABLE ps_contacts OWNER TO `+role)
		config := db.Pool.Config()
		config.ConnConfig.RuntimeParams["role"] = role
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		var log bytes.Buffer
		if err := migrations.Up(t.Context(), pool, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
			t.Fatal(err)
		}
		if want := `ALTER TABLE public.ps_auths REPLICA IDENTITY USING INDEX`; !strings.Contains(log.String(), want) {
			t.Errorf("the log doesn't say %q:\n%s", want, &log)
		}
	})
}
