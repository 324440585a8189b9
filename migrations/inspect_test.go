package migrations_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/migrations"
	"registrard/store/storetest"
)

func inspect(t *testing.T, pool *pgxpool.Pool) migrations.Report {
	t.Helper()
	r, err := migrations.Inspect(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func commands(r migrations.Report) []string {
	list := []string{}
	for _, a := range r.Advice {
		list = append(list, a.Command)
	}
	return list
}

func TestInspect(t *testing.T) {
	t.Parallel()
	t.Run("an_empty_database", func(t *testing.T) {
		t.Parallel()
		r := inspect(t, storetest.Empty(t).Pool)
		if len(r.Columns)+len(r.Advice)+len(r.Lacking) != 0 || !strings.Contains(r.String(), "none of Asterisk's tables") {
			t.Errorf("%+v\n%s", r, r)
		}
	})
	t.Run("what_registrard_made_lacks_nothing_and_needs_no_advice", func(t *testing.T) {
		t.Parallel()
		r := inspect(t, storetest.New(t).Pool)
		if r.Revision != "" || r.Schema != "public" || r.BooleanType != "ast_bool_values" {
			t.Errorf("revision %q, schema %q, booleans %q", r.Revision, r.Schema, r.BooleanType)
		}
		if len(r.Lacking)+len(r.Shorter)+len(r.Advice) != 0 {
			t.Errorf("lacking %v, shorter %v, advice %v", r.Lacking, r.Shorter, r.Advice)
		}
		if !r.HasPasswordDigest || !r.HasSupportedAlgorithms || !r.HasDefaultAlgorithms || !r.HasQualify2xxOnly ||
			!r.HasRemoveUnavailable || !r.HasMatchRequestURI || !r.HasTenantID {
			t.Errorf("%+v", r)
		}
		want := map[string]int{"id": 255, "uri": 511, "user_agent": 255, "reg_server": 255, "via_addr": 40, "call_id": 255,
			"endpoint": 255, "outbound_proxy": 255, "aor": 255}
		if diff := cmp.Diff(want, r.ContactLengths); diff != "" {
			t.Errorf("lengths (-want +got)\n%s", diff)
		}
	})
	for _, migrated := range []string{"before", "after"} {
		t.Run("Asterisk's_newest_"+migrated+"_adoption", func(t *testing.T) {
			t.Parallel()
			pool := storetest.Unmigrated(t, storetest.AsteriskNewest).Pool
			if migrated == "after" {
				up(t, pool)
			}
			r := inspect(t, pool)
			if r.Revision != "2285f2ace275" || len(r.Lacking)+len(r.Shorter) != 0 {
				t.Errorf("revision %q, lacking %v, shorter %v", r.Revision, r.Lacking, r.Shorter)
			}
			want := []string{
				`DROP INDEX CONCURRENTLY "public"."ps_contacts_qualifyfreq_exp";`,
				`ALTER TABLE "public"."ps_contacts" DROP CONSTRAINT "ps_contacts_uq";`,
				`ALTER TABLE "public"."ps_contacts" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);`,
				`CREATE INDEX CONCURRENTLY ps_contacts_id_pattern ON "public"."ps_contacts" (id varchar_pattern_ops);`,
			}
			if diff := cmp.Diff(want, commands(r)); diff != "" {
				t.Fatalf("(-want +got)\n%s", diff)
			}
			for _, words := range []string{"holds expiration_time, which every refresh changes", "480 bytes of WAL a refresh instead of 235", "no fillfactor"} {
				if !strings.Contains(r.String(), words) {
					t.Errorf("the report doesn't say %q:\n%s", words, r)
				}
			}
			for _, command := range commands(r) {
				exec(t, pool, command)
			}
			if left := commands(inspect(t, pool)); len(left) != 0 {
				t.Errorf("after they were run: %q", left)
			}
		})
	}
	t.Run("Asterisk's_older", func(t *testing.T) {
		t.Parallel()
		r := inspect(t, storetest.NewKind(t, storetest.AsteriskOlder).Pool)
		if r.Revision != "1d3ed26d9978" || r.BooleanType != "yesno_values" || r.HasPasswordDigest || r.HasSupportedAlgorithms ||
			r.HasDefaultAlgorithms || r.HasQualify2xxOnly || r.HasRemoveUnavailable || r.HasMatchRequestURI || r.HasTenantID {
			t.Errorf("%+v", r)
		}
		want := []migrations.Shorter{{Column: "reg_server", Have: 20, Newest: 255}, {Column: "endpoint", Have: 40, Newest: 255}, {Column: "outbound_proxy", Have: 40, Newest: 255}}
		if diff := cmp.Diff(want, r.Shorter); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		for _, part := range []string{"revision 1d3ed26d9978", "ps_auths.password_digest: no hashed passwords", "reg_server: 20 characters",
			"ps_endpoints.tenantid", "only yes and no", "DROP INDEX CONCURRENTLY"} {
			if !strings.Contains(r.String(), part) {
				t.Errorf("the report doesn't say %q:\n%s", part, r)
			}
		}
	})
	t.Run("an_index_costs_by_expression_and_by_predicate_too", func(t *testing.T) {
		t.Parallel()
		pool := storetest.New(t).Pool
		exec(t, pool, `CREATE INDEX by_expression ON ps_contacts ((expiration_time / 60))`)
		exec(t, pool, `CREATE INDEX by_predicate ON ps_contacts (aor) WHERE expiration_time > 0`)
		exec(t, pool, `CREATE INDEX "By Include" ON ps_contacts (aor) INCLUDE (user_agent)`)
		exec(t, pool, `CREATE INDEX harmless ON ps_contacts (endpoint)`)
		exec(t, pool, `CREATE INDEX to_search_in ON ps_contacts USING gin (to_tsvector('simple', uri || user_agent))`)
		want := []string{`DROP INDEX CONCURRENTLY "public"."By Include";`, `DROP INDEX CONCURRENTLY "public"."by_expression";`, `DROP INDEX CONCURRENTLY "public"."by_predicate";`}
		if diff := cmp.Diff(want, commands(inspect(t, pool))); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}
