package store

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/jackc/pgx/v5"

	"registrard/store/storetest"
)

// statement is a statement of this package, for tests.
type statement struct {
	name, sql string
	// index is the one that it must use, empty for one that may read tables.
	index string
	// asItComes says that no writer's transaction with its settings is around it.
	asItComes bool
}

func statements(t *contactsTable) []statement {
	return []statement{
		{"select_contacts", t.selectRows, "registrard_contacts_aor", false},
		{"select_others", t.others, "registrard_contacts_aor", false},
		{"lock_contacts", t.lock, "registrard_contacts_aor", false},
		{"upsert_contacts", t.upsert, "", false},
		{"refresh_contacts", refreshContacts, "ps_contacts_id_key", false},
		{"share_aor", shareAOR, "ps_contacts_id_key", false},
		{"touch_contacts", touchContacts, "ps_contacts_id_key", false},
		{"delete_contacts", deleteContacts, "ps_contacts_id_key", false},
		{"delete_dropped", deleteDropped, "ps_contacts_id_key", false},
		{"delete_expired", deleteExpired, "", false},
		{"delete_former_boot", deleteFormerBoot, "", false},
		{"keep_history", keepHistory, "", false},
		{"emit_message", emitMessage, "", false},
		{"add_guard_counts", addGuardCounts, "", false},
		{"read_clock", readClock, "", false},
		{"read_clock_of_primary", readClockOfPrimary, "", false},
		{"describe_contacts", describeContacts, "", false},
		{"lock_aors", lockAORs, "", false},
		{"lock_aor_rows", lockAORRows, "ps_aors_id_key", false},
		{"pin_plans", pinPlans, "", false},
		{"start_polling", startPolling, "", false},
		{"poll_config", pollConfig, "", false},
		{"prune_config_log", pruneConfigLog, "", false},
		{"find_orphaned", findOrphaned, "", true},
		{"find_gone_auths", findGoneAuths, "", true},
		{"delete_orphaned", deleteOrphaned, "", true},
		{"load_endpoints", loadEndpoints, "ps_endpoints_id_key", true},
		{"load_site", loadSite, "", false},
		{"claim_node", claimNode, "", false},
		{"find_node", findNode, "", false},
		{"heartbeat_node", heartbeatNode, "", false},
		{"leave_node", leaveNode, "", false},
		{"look_at_nodes", lookAtNodes, "", false},
		{"show_silent", showSilent, "", false},
		{"bury_node", buryNode, "", false},
		{"find_buried", findBuried, "", false},
		{"delete_buried", deleteBuried, "", false},
		{"rise_node", riseNode, "", false},
		{"forget_nodes", forgetNodes, "", false},
		{"select_nonce_keys", selectKeys, "", false},
		{"insert_nonce_key", insertKey, "", false},
		{"forget_nonce_keys", forgetKeys, "", false},
		{"notify_probe", notifyProbe, "", false},
		{"backend_pid", backendPID, "", false},
		{"still_primary", stillPrimary, "", false},
		{"add_failures", addFailures, "", false},
		{"prune_failures", pruneFailures, "", false},
		{"select_failures", selectFailures, "", false},
		{"select_registered", selectRegistered, "", false},
		{"has_problems", hasProblems, "", false},
		{"near_rows", nearRows, "", false},
		{"nodes_alive", nodesAlive, "", false},
		{"select_ids", selectIDs, "", false},
		{"describe_id", describeID, "", false},
		{"select_bans", selectBans, "", false},
		{"insert_bans", insertBans, "", false},
		{"forget_bans", forgetBans, "", false},
		{"forget_failures", forgetFailures, "", false},
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
			// What the planner would do with a site of some thousand.
			for _, table := range []string{"ps_endpoints", "ps_aors", "ps_auths"} {
				exec(t, db, "INSERT INTO "+table+" (id) SELECT i::text FROM generate_series(1, 3000) i")
			}
			exec(t, db, "UPDATE ps_endpoints SET aors = id, auth = id")
			exec(t, db, "ANALYZE")
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
					if strings.ContainsFunc(st.sql, func(r rune) bool { return r > unicode.MaxASCII }) {
						t.Errorf("a server of another encoding may not take this:\n%s", st.sql)
					}
					d, err := c.Conn().Prepare(t.Context(), "s_"+st.name, st.sql)
					if err != nil {
						t.Fatalf("%v\n%s", err, st.sql)
					}
					if st.index == "" {
						return
					}
					plan := explain(t, c.Conn(), d.Name, len(d.ParamOIDs), st.asItComes)
					if ok, _ := regexp.MatchString(`Index (Only )?Scan (using|on) (`+st.index+`|ps_contacts_id|ps_endpoints_id|ps_aors_id)\b`, plan); !ok {
						t.Errorf("the plan doesn't use %s:\n%s", st.index, plan)
					}
					if st.name == "select_others" && !strings.Contains(plan, "registrard_contacts_sharing") {
						t.Errorf("the plan doesn't use registrard_contacts_sharing:\n%s", plan)
					}
					if strings.Contains(plan, "Seq Scan") || readsWholeIndex(plan) {
						t.Errorf("the plan reads a whole table:\n%s", plan)
					}
				})
			}
		})
	}
}

// readsWholeIndex says that a plan has a scan of an index without a condition:
// it names the index as well, and reads each row for each row of the batch.
func readsWholeIndex(plan string) bool {
	for _, node := range strings.Split(plan, "->") {
		if regexp.MustCompile(`Index (Only )?Scan`).MatchString(node) && !strings.Contains(node, "Index Cond:") {
			return true
		}
	}
	return false
}

// explain gives the plan that a writer would get, or, as it comes, anybody.
func explain(t *testing.T, c *pgx.Conn, name string, parameters int, asItComes bool) string {
	t.Helper()
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	arguments := strings.TrimSuffix(strings.Repeat("NULL,", parameters), ",")
	if asItComes {
		arguments = strings.TrimSuffix(strings.Repeat("'17',", parameters), ",")
		if name == "s_load_endpoints" {
			arguments = "'{17,18}'"
		}
	} else if _, err := tx.Exec(t.Context(), pinPlans, "2000", true); err != nil {
		t.Fatal(err)
	}
	rows, err := tx.Query(t.Context(), fmt.Sprintf("EXPLAIN EXECUTE %s (%s)", name, arguments))
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
