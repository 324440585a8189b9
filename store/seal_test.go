package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"registrard/asterisk"
	"registrard/rules"
	"registrard/store/storetest"
)

// fieldChanges set each field of a contact to something else, by its name.
func fieldChanges(t *testing.T) map[string]func(*asterisk.Contact) {
	t.Helper()
	changes := map[string]func(*asterisk.Contact){}
	var fields func(kind reflect.Type, path []int, prefix string)
	fields = func(kind reflect.Type, path []int, prefix string) {
		for i := range kind.NumField() {
			f := kind.Field(i)
			at := append(append([]int{}, path...), i)
			if f.Type == reflect.TypeFor[asterisk.Way]() {
				fields(f.Type, at, f.Name+".")
				continue
			}
			changes[prefix+f.Name] = func(c *asterisk.Contact) {
				v := reflect.ValueOf(c).Elem().FieldByIndex(at)
				switch x := v.Addr().Interface().(type) {
				case *string:
					*x += "x"
				case *[]string:
					*x = append([]string{"<sip:x;lr>"}, *x...)
				case *bool:
					*x = !*x
				case *int:
					*x++
				case *int64:
					*x++
				case *uint32:
					*x++
				case *float64:
					*x++
				case *netip.AddrPort:
					*x = netip.MustParseAddrPort("[2001:db8::7]:9")
				case *time.Time:
					*x = x.Add(time.Second)
				default:
					t.Fatalf("%s is a %s: say here how it changes", f.Name, f.Type)
				}
			}
		}
	}
	fields(reflect.TypeFor[asterisk.Contact](), nil, "")
	return changes
}

// covered says whether a change of a contact is one of columns that a refresh
// neither writes nor leaves as they are, by asterisk.ContactRow's tags.
func covered(change func(*asterisk.Contact)) bool {
	one := register(anAOR("6001", 1), "sip:p@192.0.2.7", "call", 1, 60).Wanted[0].Contact
	other := one
	change(&other)
	a, b := reflect.ValueOf(asterisk.EncodeContact(one, asterisk.NewestWidths)), reflect.ValueOf(asterisk.EncodeContact(other, asterisk.NewestWidths))
	for i := range a.NumField() {
		if a.Type().Field(i).Tag.Get("refresh") == "" && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			return true
		}
	}
	return false
}

// The fingerprint covers every column that a refresh neither writes nor leaves.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	for name, change := range fieldChanges(t) {
		one := register(anAOR("6001", 1), "sip:p@192.0.2.7", "call", 1, 60).Wanted[0].Contact
		other := one
		change(&other)
		if same := one.Fingerprint(asterisk.NewestWidths) == other.Fingerprint(asterisk.NewestWidths); same == covered(change) {
			t.Errorf("%s: the fingerprint is the same: %v", name, same)
		}
	}
	narrow := asterisk.NewestWidths
	narrow.UserAgent--
	if c := register(anAOR("6001", 1), "sip:p@192.0.2.7", "call", 1, 60).Wanted[0].Contact; c.Fingerprint(narrow) == c.Fingerprint(asterisk.NewestWidths) {
		t.Error("the fingerprint doesn't tell the widths of the columns")
	}
	// What stands in one field is not taken for what stands in the next.
	a, b := asterisk.Contact{UserAgent: "ab", ViaAddr: "c"}, asterisk.Contact{UserAgent: "a", ViaAddr: "bc"}
	if a.Fingerprint(asterisk.NewestWidths) == b.Fingerprint(asterisk.NewestWidths) {
		t.Error("two contacts have one fingerprint")
	}
	// A row of before must stay readable: change fingerprintVersion with this.
	c := register(anAOR("6001", 1), "sip:p@192.0.2.7", "call", 1, 60).Wanted[0].Contact
	if got, want := c.Fingerprint(asterisk.NewestWidths), uint64(0x017e94c798bf500d); got != want {
		t.Errorf("the fingerprint is %#x, it was %#x", got, want)
	}
}

// sealing is a database and the two ways of the refresh.
type sealing struct {
	*storetest.DB
	store *Store
}

// refresh writes one contact the fast way, and says whether the guard held.
func (s *sealing) refresh(t *testing.T, c asterisk.Contact) bool {
	t.Helper()
	batch := []*ticket{{change: rules.Change{AOR: anAOR(c.AOR, 1)}, refresh: rules.Refresh{Contact: &c, Seconds: 3600}}}
	into := make([]refreshedRow, 1)
	err := s.store.onRefreshing(t.Context(), func(conn *pgx.Conn) error {
		if !pinned(conn) {
			t.Error("a connection for refreshes is not pinned")
		}
		b := &pgx.Batch{}
		b.Queue(refreshContacts, refreshArguments(batch, s.store.table.Load().widths, 4)...).Query(func(rows pgx.Rows) error { return readRefreshed(rows, into) })
		return send(t.Context(), conn, b)
	})
	if err != nil {
		t.Fatal(err)
	}
	return into[0].held
}

// decide writes one contact the locked way.
func (s *sealing) decide(t *testing.T, c asterisk.Contact) {
	t.Helper()
	change := register(anAOR(c.AOR, 1), c.URI, c.CallID, c.CSeq, 3600)
	change.Wanted[0].Contact, change.Proof = c, c.Proof
	one := &ticket{change: change, done: func(r rules.Result, err error) {
		if err != nil || r.Refusal != nil {
			t.Fatalf("the locked way: %v, %v", r.Refusal, err)
		}
	}, deadlines: &s.store.deadlines}
	if err := s.store.decideAndWrite(t.Context(), []*ticket{one}); err != nil {
		t.Fatal(err)
	}
}

// row reads the only row.
func (s *sealing) row(t *testing.T) (c asterisk.Contact) {
	t.Helper()
	rows, err := s.Pool.Query(t.Context(), s.store.table.Load().selectRows, []string{"6001"})
	if err != nil {
		t.Fatal(err)
	}
	all, err := readContacts(rows)
	if err != nil || len(all["6001"]) != 1 {
		t.Fatalf("%d rows, %v", len(all["6001"]), err)
	}
	return all["6001"][0]
}

// TestSeal: a refresh leaves the row that the locked way would leave, and none is
// by a seal whose row is not what the request says.
func TestSeal(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			s := &sealing{DB: db, store: startReady(t, db.URL, nil).Store}
			change := register(anAOR("6001", 1), "sip:6001@192.0.2.7", "call", 1, 3600)
			contact := change.Wanted[0].Contact
			mustCommit(t, s.store, change) // the locked way seals
			next := func() asterisk.Contact {
				contact.CSeq++
				contact.Proof = int64(contact.CSeq)<<32 | 1<<16
				return contact
			}
			holds := func(what string, want bool, c asterisk.Contact) {
				t.Helper()
				if held := s.refresh(t, c); held != want {
					t.Errorf("%s: the seal holds: %v, want %v", what, held, want)
				}
				if !want {
					return
				}
				got := s.row(t)
				if got.ExpirationTime < time.Now().Unix()+3000 {
					t.Errorf("%s: it expires at %d", what, got.ExpirationTime)
				}
				c.ExpirationTime, c.RegisteredAt, c.RefreshedAt, c.Way.Node = got.ExpirationTime, got.RegisteredAt, got.RefreshedAt, got.Way.Node
				if !sameContact(got, c) {
					t.Errorf("%s: the row is\n%+v, want\n%+v", what, got, c)
				}
			}
			holds("after the locked way", true, next())
			holds("after itself", true, next())
			contact.Way.Source = netip.MustParseAddrPort("198.51.100.7:1024")
			contact.RegServer, contact.Way.Node, contact.Way.BootID = "n2", "n2", "boot2"
			holds("on another node, from another port", true, next())
			holds("with the same CSeq", false, contact)
			contact.CSeq--
			holds("with an older one", false, contact)
			contact.CSeq++
			for name, change := range fieldChanges(t) {
				if !covered(change) || name == "ID" || name == "Qualify2xxOnly" && kind == storetest.AsteriskOlder {
					continue
				}
				c := next()
				change(&c)
				holds(name, false, c)
			}
			s.decide(t, next())
			holds("after the locked way again", true, next())
			// Another Call-ID, user agent, Via: the locked way writes and seals.
			contact.CallID, contact.UserAgent, contact.ViaPort, contact.Path = "call2; ^", "Phone ü", 5062, []string{"<sip:edge;lr>"}
			holds("with another Call-ID", false, next())
			s.decide(t, next())
			holds("of another Call-ID", true, next())

			// Another spelling of the URI is decided about, and is stored.
			other := next()
			other.URI = "sip:6001@192.0.2.7;x"
			holds("with the URI spelled otherwise", false, other)
			holds("with the first spelling", true, next())
			// A row with another AOR than its id says, loaded with triggers off.
			exec(t, db, "SET session_replication_role = replica; UPDATE ps_contacts SET aor = NULL, seal = NULL; SET session_replication_role = DEFAULT")
			holds("with another aor", false, next())
			s.decide(t, next()) // gives it its aor, which breaks a seal
			s.decide(t, next())
			holds("with its own again", true, next())

			for name, sql := range map[string]string{
				"a person":          "UPDATE ps_contacts SET user_agent = 'other'",
				"who breaks it":     "UPDATE ps_contacts SET seal = NULL",
				"another endpoint":  "UPDATE ps_contacts SET endpoint = '6002'",
				"nothing":           "UPDATE ps_contacts SET id = id",
				"an older node":     "UPDATE ps_contacts SET cseq = cseq + 1, via_port = 1",
				"Asterisk":          "UPDATE ps_contacts SET expiration_time = expiration_time + 60, reg_server = 'ast', call_id = 'x'",
				"with a copied one": "UPDATE ps_contacts SET seal = seal, q = '0.1'",
			} {
				exec(t, db, "UPDATE ps_contacts SET endpoint = '6001'")
				s.decide(t, next())
				exec(t, db, sql)
				contact.CSeq++ // the older node's
				holds("after "+name, false, next())
			}
			exec(t, db, "UPDATE ps_contacts SET endpoint = '6001'")
			s.decide(t, next())
			exec(t, db, touchContacts, []string{contact.ID}, 1)
			holds("after a retransmission", false, next())
			s.decide(t, next())
			exec(t, db, "UPDATE ps_contacts SET expiration_time = 1, seal = seal # cseq # (cseq + 1), cseq = cseq + 1")
			holds("after it has expired", false, next())
		})
	}
}

// TestUnsealed: rows without a seal, as Asterisk's, or of a registrard with another
// fingerprintVersion, go the locked way once, and have one from then on.
func TestUnsealed(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, func(o *Options) { o.Deadline = patience })
	const phones = 300
	all := func(cseq uint32) {
		each(phones, 64, func(i int) {
			mustCommitIn(t, s.Store, register(anAOR(fmt.Sprint(i), 1), "sip:p@192.0.2.1", "call", cseq, 3600))
		})
	}
	cseq := uint32(1)
	all(cseq)
	for _, change := range []string{"seal = NULL", "seal = seal # 1000000"} {
		exec(t, db, "SET session_replication_role = replica; UPDATE ps_contacts SET "+change+"; SET session_replication_role = DEFAULT")
		before, passed := changesOf(s.Store, laneRefresh), testutil.ToFloat64(s.metrics.passedOn)
		for range 3 {
			cseq++
			all(cseq)
		}
		if n := testutil.ToFloat64(s.metrics.passedOn) - passed; n != phones {
			t.Errorf("%s: %v refreshes were passed on, want the first of each of %d", change, n, phones)
		}
		if n := changesOf(s.Store, laneRefresh) - before; n != 2*phones {
			t.Errorf("%s: %v refreshes went the fast way, want %d", change, n, 2*phones)
		}
	}
}

// TestSharesAOR: of an AOR's contacts each is told of the others, whoever wrote
// them and however they came there.
func TestSharesAOR(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			exec(t, db, "INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 5), ('6002', 5)")
			s := startReady(t, db.URL, way.change)
			aor, cseq := anAOR("6001", 5), uint32(0)
			refresh := func(what, uri string, want int) {
				t.Helper()
				cseq++
				if r := mustCommit(t, s.Store, register(aor, uri, "call "+uri, cseq, 3600)); len(r.After) != want {
					t.Errorf("%s: %s is told of %d contacts, want %d", what, uri, len(r.After), want)
				}
			}
			shares := func(want string) {
				t.Helper()
				if got := one[string](t, db, "SELECT string_agg(coalesce(shares_aor::text, 'NULL'), ' ' ORDER BY uri) FROM ps_contacts WHERE aor = '6001'"); got != want {
					t.Errorf("shares_aor is %s, want %s", got, want)
				}
			}
			const a, b, c = "sip:a@192.0.2.1", "sip:b@192.0.2.1", "sip:c@192.0.2.1"
			refresh("alone", a, 1)
			refresh("alone", a, 1)
			shares("false")
			refresh("a second one", b, 2)
			shares("true true")
			refresh("the first of two", a, 2)
			refresh("the second of two", b, 2)
			exec(t, db, "INSERT INTO ps_contacts (id, uri, expiration_time, endpoint) VALUES ('6001^3B@x', 'sip:d@192.0.2.1', 4000000000, '6001')")
			refresh("a person's", a, 3)
			exec(t, db, "DELETE FROM ps_contacts WHERE uri <> '"+a+"'")
			refresh("alone again", a, 1)
			// A row of another AOR is given to this one.
			aor = anAOR("6002", 5)
			refresh("alone", c, 1)
			exec(t, db, "UPDATE ps_contacts SET id = '6001^3B@y' WHERE aor = '6002'")
			aor = anAOR("6001", 5)
			refresh("one that was renamed", a, 2)
			exec(t, db, "UPDATE ps_contacts SET id = '6002^3B@y', seal = NULL WHERE id = '6001^3B@y'")
			refresh("one that was renamed again, its seal broken by hand", a, 1)
			exec(t, db, "UPDATE ps_contacts SET id = '6001^3B@y' WHERE id = '6002^3B@y'")
			refresh("and back", a, 2)
			// Rows loaded with triggers off, and mended as docs/schema.md says.
			exec(t, db, "SET session_replication_role = replica; UPDATE ps_contacts SET aor = NULL, shares_aor = false; SET session_replication_role = DEFAULT")
			exec(t, db, "UPDATE ps_contacts SET aor = registrard_aor(id) WHERE aor IS NULL")
			shares("true true")
			refresh("after the mend", a, 2)
		})
	}
}

// TestTouchedWithFewRights: who may update one column breaks the seal as well,
// and may not use the trigger's function for anything else.
func TestTouchedWithFewRights(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, nil)
	mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", 1, 3600))
	name := "few_" + strings.ToLower(rand.Text()[:12])
	exec(t, db, "CREATE ROLE "+name+" LOGIN PASSWORD 'few'")
	t.Cleanup(func() {
		c, err := pgx.Connect(context.Background(), db.URL)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = c.Close(context.Background()) }()
		if _, err := c.Exec(context.Background(), "DROP OWNED BY "+name+"; DROP ROLE "+name); err != nil {
			t.Error(err)
		}
	})
	exec(t, db, "GRANT UPDATE (user_agent) ON ps_contacts TO "+name)
	few, err := pgx.Connect(t.Context(), asUser(t, db.URL, name, "few"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = few.Close(context.Background()) }()
	if _, err := few.Exec(t.Context(), "UPDATE ps_contacts SET user_agent = 'x'"); err != nil {
		t.Error(err)
	}
	if n := one[int](t, db, "SELECT count(seal)::int FROM ps_contacts"); n != 0 {
		t.Error("the seal holds")
	}
	_, err = few.Exec(t.Context(), "CREATE TEMPORARY TABLE x (id text, aor text, seal bigint, shares_aor boolean); CREATE TRIGGER x AFTER UPDATE ON x FOR EACH ROW EXECUTE FUNCTION registrard_touched()")
	if err == nil || !strings.Contains(err.Error(), "42501") {
		t.Errorf("a trigger of one's own: %v, want it to be forbidden", err)
	}
}

// A batch has one node and boot; what is of another is left to the locked way.
func TestRefreshesOfOneNode(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := &sealing{DB: db, store: startReady(t, db.URL, nil).Store}
	var batch []*ticket
	for i, node := range []string{"n1", "n2", "n1"} {
		change := register(anAOR(fmt.Sprint(600, i), 1), "sip:p@192.0.2.7", "call", 1, 3600)
		mustCommit(t, s.store, change)
		c := change.Wanted[0].Contact
		c.CSeq, c.Proof, c.RegServer, c.Way.Node = 2, 2<<32|1<<16, node, node
		batch = append(batch, &ticket{refresh: rules.Refresh{Contact: &c, Seconds: 3600}})
	}
	into := make([]refreshedRow, len(batch))
	err := s.store.onRefreshing(t.Context(), func(conn *pgx.Conn) error {
		b := &pgx.Batch{}
		b.Queue(refreshContacts, refreshArguments(batch, s.store.table.Load().widths, 4)...).Query(func(rows pgx.Rows) error { return readRefreshed(rows, into) })
		return send(t.Context(), conn, b)
	})
	if err != nil || !into[0].held || into[1].held || !into[2].held {
		t.Errorf("held: %v, %v, %v; %v", into[0].held, into[1].held, into[2].held, err)
	}
	if n := one[int](t, db, "SELECT count(*)::int FROM ps_contacts WHERE reg_server = 'n1'"); n != 3 {
		t.Errorf("%d of 3 rows are still n1's", n)
	}
}
