package migrations_test

import (
	"strings"
	"testing"

	"registrard/store/storetest"
)

// TestFaults: what a node's statements can't do with is named with table, column
// and remedy, and the remedy cures it.
func TestFaults(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, given   string
		table, column string
		says          string
		fatal         bool
		cure          string // empty: the remedy as it stands
	}{
		{"nothing", ``, "", "", "", false, ""},
		{"no_unique_index_on_id", `DROP INDEX ps_contacts_id_key`, "ps_contacts", "id", "no unique index", true, ""},
		{"a_partial_index_is_none", `DROP INDEX ps_contacts_id_key; CREATE UNIQUE INDEX ON ps_contacts (id) WHERE uri IS NOT NULL`, "ps_contacts", "id", "no unique index", true, ""},
		{"a_deferrable_constraint", `DROP INDEX ps_contacts_id_key; ALTER TABLE ps_contacts ADD CONSTRAINT late UNIQUE (id) DEFERRABLE`, "ps_contacts", "id", "deferrable constraint only (late)", true, ""},
		{"an_extra_NOT_NULL_column", `ALTER TABLE ps_contacts ADD COLUMN tenant text NOT NULL`, "ps_contacts", "tenant", "NOT NULL without a default", true,
			`ALTER TABLE ps_contacts ALTER COLUMN "tenant" DROP NOT NULL`},
		{"an_extra_NOT_NULL_column_with_a_default_is_none", `ALTER TABLE ps_contacts ADD COLUMN tenant text NOT NULL DEFAULT 'x'`, "", "", "", false, ""},
		{"a_RULE", `CREATE RULE swallow AS ON INSERT TO ps_contacts DO INSTEAD NOTHING`, "ps_contacts", "", "RULE on what is written (swallow)", true, `DROP RULE "swallow" ON ps_contacts`},
		{"expiration_time_as_text", `ALTER TABLE ps_contacts ALTER COLUMN expiration_time TYPE varchar(40)`, "ps_contacts", "expiration_time", "of type character varying(40)", true,
			`ALTER TABLE ps_contacts ALTER COLUMN expiration_time TYPE bigint USING expiration_time::bigint`},
		{"max_contacts_as_text", `ALTER TABLE ps_aors ALTER COLUMN max_contacts TYPE text`, "ps_aors", "max_contacts", "of type text", true,
			`ALTER TABLE ps_aors ALTER COLUMN max_contacts TYPE integer USING max_contacts::integer`},
		{"an_id_of_numbers", `ALTER TABLE ps_auths ALTER COLUMN id TYPE integer USING 1`, "ps_auths", "id", "of type integer", true,
			`ALTER TABLE ps_auths ALTER COLUMN id TYPE varchar(255) USING id::varchar(255)`},
		{"a_column_that_can't_be_done_without", `ALTER TABLE ps_auths DROP COLUMN username`, "ps_auths", "username", "can't be done without", true, ""},
		{"a_published_table_without_an_identity", `ALTER TABLE ps_contacts REPLICA IDENTITY NOTHING; CREATE PUBLICATION p FOR TABLE ps_contacts`, "ps_contacts", "", "is published and has no replica identity", true, ""},
		{"disabled_triggers", `ALTER TABLE ps_auths DISABLE TRIGGER registrard_update; ALTER TABLE ps_auths DISABLE TRIGGER registrard_delete`, "ps_auths", "", "disabled triggers of registrard's (registrard_delete, registrard_update)", false, ""},
		{"a_trigger_for_replicas_only", `ALTER TABLE ps_contacts ENABLE REPLICA TRIGGER registrard_aor`, "ps_contacts", "", "a disabled trigger of registrard's (registrard_aor)", false, ""},
		{"a_trigger_that_always_fires_is_none", `ALTER TABLE ps_auths ENABLE ALWAYS TRIGGER registrard_update`, "", "", "", false, ""},
		{"a_disabled_trigger_of_somebody_else's_is_none", `CREATE TRIGGER mine AFTER UPDATE ON ps_auths EXECUTE FUNCTION suppress_redundant_updates_trigger(); ALTER TABLE ps_auths DISABLE TRIGGER mine`, "", "", "", false, ""},
		{"another_without_an_identity", `ALTER TABLE ps_auths REPLICA IDENTITY NOTHING`, "ps_auths", "", "has no replica identity", false, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pool := storetest.New(t).Pool
			if c.given != "" {
				exec(t, pool, c.given)
			}
			got := inspect(t, pool).Faults
			if c.table == "" {
				if len(got) != 0 {
					t.Errorf("found %v", got)
				}
				return
			}
			// Who loses the index on id loses the identity too.
			if len(got) == 0 || len(got) > 1 && (got[1].Fatal || c.column != "id") {
				t.Fatalf("found %v, want one", got)
			}
			if got[0].Table != c.table || got[0].Column != c.column || got[0].Fatal != c.fatal || !strings.Contains(got[0].Why, c.says) {
				t.Errorf("found %+v", got[0])
			}
			if c.cure == "" {
				c.cure = got[0].Remedy
			} else if !strings.Contains(got[0].Remedy, strings.TrimSuffix(c.cure, ";")) {
				t.Errorf("the remedy is %q, want %q", got[0].Remedy, c.cure)
			}
			exec(t, pool, c.cure)
			up(t, pool)
			if got := inspect(t, pool).Faults; len(got) != 0 {
				t.Errorf("after %s: %v", c.cure, got)
			}
		})
	}
}
