package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"registrard/store/storetest"
)

// TestNothingWasWritten: a table that takes no row, without an error, is no 200,
// and harms nobody else of the batch.
func TestNothingWasWritten(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			s := startReady(t, db.URL, way.change)
			for _, aor := range []string{"6001", "6002", "6009"} {
				mustCommit(t, s.Store, register(anAOR(aor, 3), "sip:p@192.0.2.1", "call", 1, 3600))
			}
			exec(t, db, `CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$
				BEGIN IF coalesce(NEW.id, OLD.id) LIKE '6009%' THEN RETURN NULL; END IF; RETURN coalesce(NEW, OLD); END $$`)
			exec(t, db, "CREATE TRIGGER swallow BEFORE INSERT OR UPDATE OR DELETE ON ps_contacts FOR EACH ROW EXECUTE FUNCTION swallow()")
			swallowed := func(what string, change func(aor string, uri string) (err error)) {
				t.Helper()
				others := make(chan error, 2)
				for _, aor := range []string{"6001", "6002"} {
					go func() { others <- change(aor, "sip:p@192.0.2.1") }()
				}
				started := time.Now()
				err := change("6009", "sip:p@192.0.2.1")
				if !errors.Is(err, ErrData) || !strings.Contains(err.Error(), "ps_contacts") || !strings.Contains(err.Error(), "trigger") {
					t.Errorf("%s: %v, want ErrData that names the table and what may be the cause", what, err)
				}
				if took := time.Since(started); took > s.opt.Deadline*9/10 {
					t.Errorf("%s: it took %v", what, took)
				}
				for range 2 {
					if err := <-others; err != nil {
						t.Errorf("%s, of another: %v", what, err)
					}
				}
			}
			one := func(callID string, cseq uint32, seconds int64) func(string, string) error {
				return func(aor, uri string) error {
					_, err := s.Commit(t.Context(), register(anAOR(aor, 3), uri, callID, cseq, seconds))
					return err
				}
			}
			swallowed("a refresh", one("call", 2, 3600))
			swallowed("a refresh once more", one("call", 3, 3600))
			swallowed("of another Call-ID", one("other", 1, 3600))
			swallowed("a contact more", func(aor, _ string) error { return one("call", 4, 3600)(aor, "sip:q@192.0.2.1") })
			swallowed("a removal", one("call", 9, 0))
			if n := countOf(t, db, "aor = '6009' AND cseq = 1"); n != 1 {
				t.Errorf("%d rows are as they were, want 1", n)
			}
			exec(t, db, "DROP TRIGGER swallow ON ps_contacts")
			mustCommit(t, s.Store, register(anAOR("6009", 3), "sip:p@192.0.2.1", "call", 10, 0))
		})
	}
}

func countOf(t *testing.T, db *storetest.DB, where string) int {
	t.Helper()
	return one[int](t, db, "SELECT count(*)::int FROM ps_contacts WHERE "+where)
}

// TestWarnings: whatever a trigger warns of, a commit is a commit.
func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			exec(t, db, `CREATE FUNCTION grumble() RETURNS trigger LANGUAGE plpgsql AS $$
				BEGIN RAISE WARNING 'canceling wait for synchronous replication due to user request'; RETURN NULL; END $$`)
			exec(t, db, "CREATE TRIGGER grumble AFTER INSERT OR UPDATE OR DELETE ON ps_contacts FOR EACH ROW EXECUTE FUNCTION grumble()")
			exec(t, db, "CREATE CONSTRAINT TRIGGER grumble_late AFTER INSERT OR UPDATE ON ps_contacts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grumble()")
			s := startReady(t, db.URL, way.change)
			for cseq := range uint32(3) {
				mustCommit(t, s.Store, register(anAOR("6001", 3), "sip:p@192.0.2.1", "call", cseq+1, 3600))
			}
			mustCommit(t, s.Store, register(anAOR("6001", 3), "sip:p@192.0.2.1", "call", 9, 0))
		})
	}
}

// TestNoteWarning: the server's own word for a commit that isn't replicated, in
// whatever language it is said.
func TestNoteWarning(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	c, err := pgx.Connect(t.Context(), db.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer closeNow(c)
	c.PgConn().CustomData()[warningKey] = new(warning)
	const file = "syncrep.c"
	for _, tc := range []struct {
		name   string
		notice pgconn.Notice
		noted  bool
	}{
		{"the wait was cancelled", pgconn.Notice{SeverityUnlocalized: "WARNING", File: file, Routine: "SyncRepWaitForLSN", Code: "01000"}, true},
		{"in another language", pgconn.Notice{Severity: "WARNUNG", SeverityUnlocalized: "WARNING", File: file, Message: "storniere Warten auf synchrone Replikation"}, true},
		{"of a server that is shut down", pgconn.Notice{SeverityUnlocalized: "WARNING", File: file, Code: "57P01"}, true},
		{"of another build", pgconn.Notice{SeverityUnlocalized: "WARNING", File: "src/backend/replication/syncrep.c", Code: "01000"}, true},
		{"a trigger's", pgconn.Notice{SeverityUnlocalized: "WARNING", File: "pl_exec.c", Routine: "exec_stmt_raise", Code: "01000"}, false},
		{"a notice", pgconn.Notice{SeverityUnlocalized: "NOTICE", File: file}, false},
	} {
		w := warningOf(c)
		w.text = ""
		noteWarning(c.PgConn(), &tc.notice)
		if noted := w.text != ""; noted != tc.noted {
			t.Errorf("%s: noted: %v, want %v", tc.name, noted, tc.noted)
		}
	}
}

// TestRowLevelSecurity: endpoints that are hidden from the node's role are not
// unknown; the node says so, and serves when it may see all.
func TestRowLevelSecurity(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, table, given, cure string }{
		{"no policy", "ps_endpoints", "", "CREATE POLICY p ON ps_endpoints TO registrard_node USING (true)"},
		{"a policy for others", "ps_auths", "CREATE POLICY o ON ps_auths TO CURRENT_USER USING (true)", "CREATE POLICY p ON ps_auths USING (true)"},
		{"a policy that shows some", "ps_aors", "CREATE POLICY o ON ps_aors USING (id <> '6001')", "CREATE POLICY p ON ps_aors USING (true)"},
		{"a policy that takes some away", "ps_endpoints", "CREATE POLICY p ON ps_endpoints USING (true); CREATE POLICY o ON ps_endpoints AS RESTRICTIVE USING (id <> '6001')",
			"DROP POLICY o ON ps_endpoints"},
		{"contacts", "ps_contacts", "", "CREATE POLICY p ON ps_contacts TO registrard_node USING (true) WITH CHECK (true)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			exec(t, db, "INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6001', '6001', '6001')")
			exec(t, db, "INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1)")
			s := startReady(t, nodeRole(t, db), func(o *Options) {
				if o.RowLocks {
					exec(t, db, "GRANT UPDATE (id) ON ps_aors TO registrard_node")
				}
			})
			if tc.given != "" {
				exec(t, db, tc.given)
			}
			exec(t, db, "ALTER TABLE "+tc.table+" ENABLE ROW LEVEL SECURITY")
			until(t, "the sentence", func() bool {
				s.doubted()
				err := s.Ready()
				return err != nil && strings.Contains(err.Error(), tc.table+" has row-level security") && strings.Contains(err.Error(), "CREATE POLICY")
			})
			if e, err := s.LoadEndpoint(t.Context(), "6001"); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), tc.table) {
				t.Errorf("LoadEndpoint: %v, %v, want an error that names the table", e, err)
			}
			if err := s.EachEndpointID(t.Context(), func(string) {}); !errors.Is(err, ErrUnavailable) {
				t.Errorf("EachEndpointID: %v", err)
			}
			exec(t, db, tc.cure)
			until(t, "the store to be ready again", func() bool { return s.Ready() == nil })
			if e, err := s.LoadEndpoint(t.Context(), "6001"); err != nil || e == nil || len(e.AORs) != 1 {
				t.Errorf("LoadEndpoint: %v, %v", e, err)
			}
			mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", 1, 3600))
		})
	}
}
