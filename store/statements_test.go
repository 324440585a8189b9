package store

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"registrard/store/storetest"
)

// statement is a statement of this package, for tests.
type statement struct {
	name, sql string
	// index is the one that it must use, empty for one that may read tables.
	index string
}

func statements(t *contactsTable) []statement {
	return []statement{
		{"select_contacts", t.selectRows, "registrard_contacts_aor"},
		{"lock_contacts", t.lock, "registrard_contacts_aor"},
		{"upsert_contacts", t.upsert, ""},
		{"refresh_contacts", t.refresh, "ps_contacts_id_key"},
		{"touch_contacts", touchContacts, "ps_contacts_id_key"},
		{"delete_contacts", deleteContacts, "ps_contacts_id_key"},
		{"delete_dropped", deleteDropped, "ps_contacts_id_key"},
		{"delete_expired", deleteExpired, ""},
		{"delete_former_boot", deleteFormerBoot, ""},
		{"emit_message", emitMessage, ""},
		{"read_clock", readClock, ""},
		{"read_clock_of_primary", readClockOfPrimary, ""},
		{"describe_contacts", describeContacts, ""},
		{"lock_aors", lockAORs, ""},
		{"pin_plans", pinPlans, ""},
		{"load_endpoint", loadEndpoint, "ps_endpoints_id_key"},
		{"load_site", loadSite, ""},
		{"claim_node", claimNode, ""},
		{"find_node", findNode, ""},
		{"heartbeat_node", heartbeatNode, ""},
		{"leave_node", leaveNode, ""},
		{"forget_nodes", forgetNodes, ""},
		{"select_nonce_keys", selectKeys, ""},
		{"lock_nonce_keys", lockKeys, ""},
		{"insert_nonce_key", insertKey, ""},
		{"forget_nonce_keys", forgetKeys, ""},
		{"notify_probe", notifyProbe, ""},
		{"backend_pid", backendPID, ""},
		{"still_primary", stillPrimary, ""},
		{"select_ids", selectIDs, ""},
		{"describe_id", describeID, ""},
		{"select_bans", selectBans, ""},
		{"insert_bans", insertBans, ""},
		{"forget_bans", forgetBans, ""},
		{"add_failures", addFailures, ""},
		{"forget_failures", forgetFailures, ""},
	}
}

// TestStatements prepares every statement on every kind of schema, and looks
// at the plans of those that run for each request.
func TestStatements(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			s := startReady(t, db.URL, nil)
			c, err := db.Pool.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Release()
			for _, st := range statements(s.table.Load()) {
				t.Run(st.name, func(t *testing.T) {
					if !strings.Contains(st.sql, "/* registrard:"+st.name+" */") {
						t.Errorf("the statement doesn't carry its name:\n%s", st.sql)
					}
					d, err := c.Conn().Prepare(t.Context(), "s_"+st.name, st.sql)
					if err != nil {
						t.Fatalf("%v\n%s", err, st.sql)
					}
					if st.index == "" {
						return
					}
					plan := explain(t, c.Conn(), d.Name, len(d.ParamOIDs))
					if ok, _ := regexp.MatchString(`Index (Only )?Scan (using|on) (`+st.index+`|ps_contacts_id|ps_endpoints_id)\b`, plan); !ok {
						t.Errorf("the plan doesn't use %s:\n%s", st.index, plan)
					}
					if strings.Contains(plan, "Seq Scan") {
						t.Errorf("the plan reads a whole table:\n%s", plan)
					}
				})
			}
		})
	}
}

// explain gives the plan that a writer would get.
func explain(t *testing.T, c *pgx.Conn, name string, parameters int) string {
	t.Helper()
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(t.Context(), pinPlans, "2000"); err != nil {
		t.Fatal(err)
	}
	nulls := strings.TrimSuffix(strings.Repeat("NULL,", parameters), ",")
	rows, err := tx.Query(t.Context(), fmt.Sprintf("EXPLAIN EXECUTE %s (%s)", name, nulls))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// TestQueryModes runs the ways in each of pgx's query modes: which one a
// pooler needs is for the operator to say in the DSN.
func TestQueryModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		for _, way := range ways {
			t.Run(mode+"/"+way.name, func(t *testing.T) {
				t.Parallel()
				db := storetest.New(t)
				exec(t, db, "INSERT INTO ps_endpoints (id, aors) VALUES ('6001', '6001')")
				exec(t, db, "INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1)")
				s := startReady(t, withParameter(t, db.URL, "default_query_exec_mode", mode), way.change)
				aor := anAOR("6001", 1)
				for cseq := uint32(1); cseq <= 3; cseq++ {
					mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.7:5060;ob", "c", cseq, 3600))
				}
				mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.7:5060;ob", "c", 3, 3600))
				if way.name == "fast way" && changesOf(s.Store, laneRefresh) != 2 {
					t.Errorf("%v changes went the fast way, want 2", changesOf(s.Store, laneRefresh))
				}
				mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.7:5060;ob", "c", 4, 0))
				if e, err := s.LoadEndpoint(t.Context(), "6001"); err != nil || e == nil || len(e.AORs) != 1 {
					t.Errorf("LoadEndpoint: %+v, %v", e, err)
				}
			})
		}
	}
}
