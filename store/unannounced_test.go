package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestUnannounced: what no trigger tells is told within MaxAge: by name what
// was written, or as any row.
func TestUnannounced(t *testing.T) {
	t.Parallel()
	const (
		partition = `CREATE TABLE whole (LIKE ps_auths INCLUDING DEFAULTS) PARTITION BY LIST (id);
			CREATE TABLE leaf PARTITION OF whole FOR VALUES IN ('6001', '6002', 'kept'); CREATE TABLE other (LIKE leaf);
			INSERT INTO whole SELECT * FROM ps_auths; INSERT INTO other SELECT * FROM ps_auths LIMIT 1; UPDATE other SET id = 'new';
			DROP TABLE ps_auths; ALTER TABLE whole RENAME TO ps_auths`
		quietly = "SET session_replication_role = replica; "
	)
	for _, tt := range []struct {
		name, before, change string
		told                 []string // one of them
	}{
		{"session_replication_role, as logical replication has it: an update", "", quietly + "UPDATE ps_auths SET password = 'new' WHERE id = '6001'", []string{"ps_auths 6001"}},
		{"an insert", "", quietly + "INSERT INTO ps_endpoints (id) VALUES ('new')", []string{"ps_endpoints new"}},
		{"a deletion", "", quietly + "DELETE FROM ps_endpoints WHERE id = '6001'", []string{"ps_endpoints any"}},
		{"a deletion and an insertion", "", quietly + "DELETE FROM ps_auths WHERE id = '6001'; INSERT INTO ps_auths (id) VALUES ('7001')", []string{"ps_auths any"}},
		{"a deletion, and an insertion that is announced", "", quietly + "DELETE FROM ps_auths WHERE id = '6001'; SET session_replication_role = origin; INSERT INTO ps_auths (id) VALUES ('7001')", []string{"ps_auths any"}},
		{"a row that takes another's place", "", quietly + "DELETE FROM ps_auths WHERE id = '6001'; UPDATE ps_auths SET id = '6001' WHERE id = '6002'", []string{"ps_auths 6001"}},
		{"a domain alias", "", quietly + "INSERT INTO ps_domain_aliases (id, domain) VALUES ('a', 'b')", []string{"ps_domain_aliases a"}},
		{"DISABLE TRIGGER", "ALTER TABLE ps_aors DISABLE TRIGGER USER", "UPDATE ps_aors SET max_contacts = 7 WHERE id = '6001'", []string{"ps_aors 6001", "ps_aors any"}},
		{"a leaf of a partitioned table", partition, "UPDATE leaf SET password = 'new' WHERE id = '6001'", []string{"ps_auths 6001"}},
		{"ATTACH PARTITION", partition, "ALTER TABLE ps_auths ATTACH PARTITION other FOR VALUES IN ('new')", []string{"ps_auths any"}},
		{"DETACH PARTITION", partition, "ALTER TABLE ps_auths DETACH PARTITION leaf", []string{"ps_auths any"}},
		{"ALTER … USING", "", "ALTER TABLE ps_auths ALTER COLUMN password TYPE varchar(79) USING reverse(password)", []string{"ps_auths any"}},
		{"another table in its place", "CREATE TABLE b (LIKE ps_auths INCLUDING ALL); INSERT INTO b SELECT * FROM ps_auths; UPDATE b SET password = 'new'", "ALTER TABLE ps_auths RENAME TO a; ALTER TABLE b RENAME TO ps_auths", []string{"ps_auths any"}},
		{"row-level security", "", "ALTER TABLE ps_auths ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", []string{"ps_auths any"}},
		{"a restore with triggers off", "", "ALTER TABLE ps_auths DISABLE TRIGGER ALL; TRUNCATE ps_auths; INSERT INTO ps_auths (id, password) VALUES ('6001', 'restored')", []string{"ps_auths any"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			for _, table := range []string{"ps_endpoints", "ps_aors", "ps_auths"} {
				exec(t, db, "INSERT INTO "+table+" (id) VALUES ('6001'), ('6002'), ('kept')")
			}
			exec(t, db, "UPDATE ps_auths SET password = 'old'")
			simple(t, db, tt.before)
			url := db.URL
			if strings.Contains(tt.name, "row-level") {
				url = nodeRole(t, db)
			}
			s := startReady(t, url, seldom)
			h := watch(t, s.Store)
			until(t, "Listening", func() bool { return h.count("listening") == 1 })
			simple(t, db, tt.change)
			until(t, strings.Join(tt.told, " or "), func() bool {
				return slices.ContainsFunc(tt.told, h.named)
			})
			// A machine too slow for a look each half second has all read anew.
			if h.count("ps_globals any") != 0 && !strings.Contains(s.log.String(), tooLate) {
				t.Errorf("told: %v", h.lines)
			}
		})
	}
}

// named says whether a row was told, perhaps with others; want is a table and an
// id, or "any": then 6001 will do, as a row that was written a moment before it
// was deleted is known by name.
func (h *heard) named(want string) bool {
	table, id, _ := strings.Cut(want, " ")
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.lines, func(line string) bool {
		of, ids, _ := strings.Cut(line, " ")
		names := strings.Split(ids, ",")
		return of == table && (slices.Contains(names, id) || id == "any" && slices.Contains(names, "6001"))
	})
}

// seldom makes a look each half second.
func seldom(o *Options) { o.MaxAge = 1500 * time.Millisecond }

// simple runs statements on a connection of their own.
func simple(t *testing.T, db *storetest.DB, sql string) {
	t.Helper()
	c, err := db.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Conn().PgConn().Exec(t.Context(), sql).ReadAll()
	_ = c.Hijack().Close(context.Background())
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// TestAnnouncedOnly: what was announced is told by its name, once more at most,
// and never as any row.
func TestAnnouncedOnly(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, func(o *Options) { o.MaxAge = 9 * time.Second }) // on a slow machine announcements take their time
	h := watch(t, s.Store)
	until(t, "Listening", func() bool { return h.count("listening") == 1 })
	for began := time.Now(); time.Since(began) < 4*time.Second; {
		n := rand.N(50)
		switch rand.N(3) {
		case 0:
			exec(t, db, "INSERT INTO ps_auths (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET password = 'x'", fmt.Sprint(n))
		case 1:
			exec(t, db, "UPDATE ps_auths SET password = 'y' WHERE id = $1", fmt.Sprint(n))
		case 2:
			exec(t, db, "DELETE FROM ps_auths WHERE id = $1", fmt.Sprint(n))
		}
	}
	exec(t, db, "INSERT INTO ps_aors (id) VALUES ('last')")
	until(t, "a look after it", func() bool { return h.count("ps_aors last") >= 2 })
	for _, table := range lookedOver {
		if n := h.count(table + " any"); n != 0 {
			t.Errorf("%s was dropped %d times: %s", table, n, s.log)
		}
	}
}

// TestLookFails: when the tables can't be looked over, everything is old after MaxAge.
func TestLookFails(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, "ALTER TABLE ps_domain_aliases RENAME TO real; CREATE VIEW ps_domain_aliases AS SELECT * FROM real")
	h := watch(t, startReady(t, db.URL, seldom).Store)
	until(t, "all dropped, twice", func() bool {
		return h.count("ps_endpoints any") > 1 && h.count("ps_auths any") > 1 && h.count("ps_aors any") > 1
	})
}

// TestByAge: neither LISTEN nor triggers are needed.
func TestByAge(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	h := watch(t, startReady(t, db.URL, func(o *Options) { o.Age, o.MaxAge = true, 100*time.Millisecond }).Store)
	until(t, "all dropped, again and again", func() bool { return h.count("listening") > 3 })
}

// BenchmarkLook is what one look at 100,000 endpoints costs, where nothing was
// changed and where one row was.
func BenchmarkLook(b *testing.B) {
	db := storetest.New(b)
	for _, sql := range []string{
		"INSERT INTO ps_endpoints (id, aors, auth) SELECT i, i, i FROM generate_series(1, 100000) i",
		"INSERT INTO ps_aors (id, max_contacts) SELECT i, 1 FROM generate_series(1, 100000) i",
		"INSERT INTO ps_auths (id, auth_type, username, password) SELECT i, 'userpass', i, 'secret of some length' FROM generate_series(1, 100000) i",
		"VACUUM ANALYZE ps_endpoints", "VACUUM ANALYZE ps_aors", "VACUUM ANALYZE ps_auths",
	} {
		exec(b, db, sql)
	}
	s := startReady(b, db.URL, nil)
	for _, change := range []string{"", "UPDATE ps_auths SET password = 'x' WHERE id = '7'"} {
		b.Run("changed by: "+change, func(b *testing.B) {
			v := newOverseer(s.Store.reader, &heard{})
			defer v.close()
			v.first(b.Context())
			for b.Loop() {
				if change != "" {
					exec(b, db, change)
				}
				for _, looked := range v.tables {
					looked.read = time.Time{} // long ago
				}
				if _, err := v.look(b.Context(), time.Minute); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestTablesThatNobodyWritesAreNotRead: counters say that as many rows were
// written as was announced; what they can't know makes the look read.
func TestTablesThatNobodyWritesAreNotRead(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, "INSERT INTO ps_auths (id) SELECT i FROM generate_series(1, 100) i")
	s := startReady(t, db.URL, func(o *Options) { o.MaxAge = 2 * time.Minute })
	v := newOverseer(s.Store.reader, &heard{})
	defer v.close()
	var read time.Time
	// reads looks until the counters have arrived, and says whether the table was
	// read, and what was found then.
	reads := func() (found []change) {
		t.Helper()
		found, err := v.look(t.Context(), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if now := v.tables["ps_auths"].read; now.Equal(read) {
			return nil
		}
		read = v.tables["ps_auths"].read
		return found
	}
	settled := func() bool { before := read; return reads() == nil && read.Equal(before) }
	v.first(t.Context())
	until(t, "a look that reads nothing", settled)

	simple(t, db, "UPDATE ps_auths SET password = 'x' WHERE id IN ('7', '8')")
	v.said.note("ps_auths", []string{"7", "8"}, 2)
	until(t, "the counters of what was announced", settled)
	for range 3 {
		if before := read; reads() != nil || !read.Equal(before) {
			t.Error("it is read though nothing was written")
		}
	}
	// A rename is one row of two names: it hides nothing that nobody announced.
	w := announcedWatcher{Watcher: &heard{}, said: &v.said}
	last := func() string {
		return one[string](t, db, "SELECT payload FROM registrard_config_log ORDER BY id DESC LIMIT 1")
	}
	simple(t, db, "UPDATE ps_auths SET id = 'renamed' WHERE id = '10'")
	s.Store.reader.tell(w, last())
	until(t, "the counters of a rename", settled)
	simple(t, db, "UPDATE ps_auths SET id = 'again' WHERE id = 'renamed'")
	s.Store.reader.tell(w, last())
	simple(t, db, "SET session_replication_role = replica; UPDATE ps_auths SET password = 'y' WHERE id = '11'")
	until(t, "a change beside a rename", func() bool { return len(reads()) > 0 })
	until(t, "a look that reads nothing", settled)

	for _, quietly := range []string{"UPDATE ps_auths SET password = 'y' WHERE id = '9'", "DELETE FROM ps_auths WHERE id = '9'"} {
		simple(t, db, "SET session_replication_role = replica; "+quietly)
		until(t, quietly, func() bool { return len(reads()) > 0 })
		until(t, "a look that reads nothing", settled)
	}
	exec(t, db, "ALTER TABLE ps_auths ALTER COLUMN password TYPE varchar(79)")
	if len(reads()) == 0 {
		t.Error("an altered table isn't read")
	}
}
