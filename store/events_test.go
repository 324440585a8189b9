package store

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"registrard/store/storetest"
)

// event is a notification of registration_events, as docs/events.md names its keys.
type event struct {
	Event     string     `json:"event"`
	AOR       string     `json:"aor"`
	Endpoint  string     `json:"endpoint"`
	Contact   string     `json:"contact"`
	Source    string     `json:"source"`
	UserAgent string     `json:"user_agent"`
	Node      string     `json:"node"`
	At        time.Time  `json:"at"`
	ExpiresAt *time.Time `json:"expires_at"`
	Reason    string     `json:"reason"`
	Count     int        `json:"count"`
}

// ear hears registration_events.
type ear struct {
	conn *pgx.Conn
	db   *storetest.DB
}

func listenToEvents(t testing.TB, db *storetest.DB) *ear {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), "LISTEN registration_events"); err != nil {
		t.Fatal(err)
	}
	return &ear{conn, db}
}

// all gives what was told since the last call, up to a mark of its own.
func (e *ear) all(t testing.TB) (list []event) {
	t.Helper()
	exec(t, e.db, `SELECT pg_notify('registration_events', '{"event":"mark"}')`)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		n, err := e.conn.WaitForNotification(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(n.Payload) > 7999 {
			t.Errorf("%d bytes", len(n.Payload))
		}
		var one event
		if err := json.Unmarshal([]byte(n.Payload), &one); err != nil {
			t.Fatalf("%v: %s", err, n.Payload)
		}
		if one.Event == "mark" {
			return list
		}
		list = append(list, one)
	}
}

// told wants these events and no others, "event reason contact".
func (e *ear) told(t testing.TB, what string, want ...string) []event {
	t.Helper()
	list := e.all(t)
	got := []string{}
	for _, v := range list {
		got = append(got, v.Event+" "+v.Reason+" "+v.Contact)
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
	return list
}

// TestEvents: once a change, on every kind of schema and both ways; never for
// a refresh.
func TestEvents(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		for _, way := range ways {
			t.Run(fmt.Sprint(kind, "/", way.name), func(t *testing.T) {
				t.Parallel()
				db := storetest.NewKind(t, kind)
				exec(t, db, "UPDATE registrard_settings SET value = 'on' WHERE name = 'history'")
				s := startReady(t, db.URL, func(o *Options) { way.change(o); o.SweepInterval = time.Hour; o.Node, o.BootID = "n1", "boot" })
				e := listenToEvents(t, db)
				aor := anAOR("6001", 1)
				aor.RemoveExisting = true
				const a, b = "sip:6001@192.0.2.7:5060;ob", "sip:6001@192.0.2.8"

				mustCommit(t, s.Store, register(aor, a, "c", 1, 3600))
				list := e.told(t, "a new contact", "registered registered "+a)
				if v := list[0]; v.AOR != "6001" || v.Endpoint != "6001" || v.Source != "192.0.2.7" || v.UserAgent != "Phone 1.0; demo" || v.Node != "n1" ||
					time.Since(v.At).Abs() > time.Minute || v.ExpiresAt == nil || v.ExpiresAt.Sub(v.At).Round(time.Minute) != time.Hour {
					t.Errorf("%+v", v)
				}

				for cseq := uint32(2); cseq < 6; cseq++ {
					mustCommit(t, s.Store, register(aor, a, "c", cseq, 3600))
				}
				mustCommit(t, s.Store, register(aor, a, "c", 5, 3600))
				e.told(t, "refreshes and a retransmission")

				mustCommit(t, s.Store, register(aor, b, "d", 1, 3600))
				e.told(t, "remove_existing", "replaced replaced "+a, "registered registered "+b)

				mustCommit(t, s.Store, register(aor, b, "d", 2, 0))
				e.told(t, "expires 0", "unregistered unregistered "+b)
				mustCommit(t, s.Store, register(aor, b, "d", 3, 0))
				e.told(t, "expires 0 again")

				mustCommit(t, s.Store, register(aor, a, "e", 1, 3600))
				exec(t, db, "UPDATE ps_contacts SET expiration_time = 1000000000")
				if _, err := s.DeleteExpired(t.Context()); err != nil {
					t.Fatal(err)
				}
				e.told(t, "swept away", "registered registered "+a, "expired expired "+a)

				mustCommit(t, s.Store, register(aor, a, "f", 1, 3600))
				exec(t, db, "UPDATE ps_contacts SET expiration_time = 1000000000")
				mustCommit(t, s.Store, register(aor, a, "f", 2, 3600))
				e.told(t, "come back before the sweep", "registered registered "+a, "expired expired "+a, "registered registered "+a)

				exec(t, db, "DELETE FROM ps_contacts WHERE endpoint = '6001'")
				e.told(t, "deleted by hand", "unregistered by_hand "+a)

				flow := register(aor, a, "g", 1, 3600)
				flow.Wanted[0].Contact.Way.Flow, flow.Wanted[0].Contact.Way.Transport, flow.Wanted[0].Contact.PruneOnBoot = "f1", "tcp", true
				mustCommit(t, s.Store, flow)
				s.DropFlow("f1", []string{flow.Wanted[0].Contact.ID})
				until(t, "the contact to go", func() bool { return one[int](t, db, "SELECT count(*) FROM ps_contacts") == 0 })
				e.told(t, "a closed connection", "registered registered "+a, "unregistered flow_lost "+a)

				exec(t, db, `INSERT INTO ps_contacts (id, uri, expiration_time, reg_server, boot_id, prune_on_boot) VALUES ('6001^3B@x', 'sip:x@h', 4000000000, 'n1', 'former', 'yes')`)
				s.pruned.Store(false)
				if err := s.pruneFormerBoot(t.Context()); err != nil {
					t.Fatal(err)
				}
				e.told(t, "a former process", "registered registered sip:x@h", "unregistered node_restarted sip:x@h")

				mustCommit(t, s.Store, register(aor, a, "h", 1, 3600))
				e.all(t)
				moved := register(aor, a, "h", 2, 3600)
				moved.Wanted[0].Contact.UserAgent = "Phone 1.1"
				mustCommit(t, s.Store, moved)
				e.told(t, "a refresh with another user agent")

				mustCommit(t, s.Store, register(aor, a+";line=1", "h", 3, 3600))
				e.told(t, "a refresh with another text of the URI")
				if got := one[string](t, db, "SELECT contact FROM registrations"); got != a+";line=1" {
					t.Errorf("the row has %q", got)
				}

				rows, err := db.Pool.Query(t.Context(), `SELECT event || ' ' || reason FROM registration_history ORDER BY at, event`)
				if err != nil {
					t.Fatal(err)
				}
				history, err := pgx.CollectRows(rows, pgx.RowTo[string])
				if err != nil {
					t.Fatal(err)
				}
				counted := map[string]int{}
				for _, line := range history {
					counted[line]++
				}
				want := map[string]int{"registered registered": 8, "replaced replaced": 1, "removed unregistered": 1, "expired expired": 2, "removed by_hand": 1,
					"flow_lost flow_lost": 1, "flow_lost node_restarted": 1, "changed user_agent": 1, "changed contact, user_agent": 1}
				if diff := cmp.Diff(want, counted); diff != "" {
					t.Errorf("history (-want +got)\n%s", diff)
				}
			})
		}
	}
}

func TestEventsInBulk(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	e := listenToEvents(t, db)
	rows := `INSERT INTO ps_contacts (id, uri, expiration_time, user_agent) SELECT i || '^3B@x', 'sip:' || i || '@h', %s, 'u' FROM generate_series(1, %d) i`
	t.Run("a_thousand_rows_are_told_one_by_one", func(t *testing.T) {
		exec(t, db, fmt.Sprintf(rows, "4000000000", 1000))
		exec(t, db, "DELETE FROM ps_contacts")
		if n := len(e.all(t)); n != 2000 {
			t.Errorf("%d events", n)
		}
	})
	t.Run("more_are_told_as_a_number", func(t *testing.T) {
		exec(t, db, fmt.Sprintf(rows, "4000000000", 1001))
		exec(t, db, "DELETE FROM ps_contacts")
		exec(t, db, fmt.Sprintf(rows, "1000000000", 100000))
		exec(t, db, "DELETE FROM ps_contacts")
		exec(t, db, "TRUNCATE ps_contacts")
		list := e.told(t, "in bulk", "registered  ", "unregistered by_hand ", "registered  ", "expired expired ", "unregistered by_hand ")
		for i, want := range []int{1001, 1001, 100000, 100000, 0} {
			if list[i].Count != want {
				t.Errorf("%+v, want %d", list[i], want)
			}
		}
	})
	t.Run("a_stranger's_longest_texts_fit", func(t *testing.T) {
		exec(t, db, `INSERT INTO ps_contacts (id, uri, user_agent, reg_server, endpoint, expiration_time) VALUES (repeat('😀', 219) || '^3B@x', repeat('😀', 511), repeat(E'\x01', 255), repeat(E'\x01', 255), repeat('😀', 255), 4000000000)`)
		if list := e.all(t); len(list) != 1 || list[0].Event != "registered" {
			t.Errorf("%+v", list)
		}
		exec(t, db, "DELETE FROM ps_contacts")
		e.all(t)
	})
	t.Run("events_can_be_switched_off", func(t *testing.T) {
		exec(t, db, "UPDATE registrard_settings SET value = 'off' WHERE name = 'events'")
		exec(t, db, fmt.Sprintf(rows, "4000000000", 10))
		e.told(t, "off")
		exec(t, db, "UPDATE registrard_settings SET value = 'on' WHERE name = 'events'")
		exec(t, db, "DELETE FROM ps_contacts")
		if n := len(e.all(t)); n != 10 {
			t.Errorf("%d events", n)
		}
	})
}

// BenchmarkEvents is what telling costs new registrations, on a server that
// waits for the disk: a transaction that notifies commits alone.
func BenchmarkEvents(b *testing.B) {
	db := aloneOnAServer(b)
	s := startReady(b, db.URL, func(o *Options) { o.Deadline = patience; o.SweepInterval = time.Hour })
	next := 0
	for _, settings := range []string{"events=off history=off", "events=on history=off", "events=off history=on", "events=on history=on"} {
		for _, outstanding := range []int{64, 512} {
			b.Run(fmt.Sprintf("%s/%d outstanding", settings, outstanding), func(b *testing.B) {
				var events, history string
				if _, err := fmt.Sscanf(settings, "events=%s history=%s", &events, &history); err != nil {
					b.Fatal(err)
				}
				exec(b, db, "UPDATE registrard_settings SET value = $1 WHERE name = 'events'", events)
				exec(b, db, "UPDATE registrard_settings SET value = $1 WHERE name = 'history'", history)
				exec(b, db, "TRUNCATE ps_contacts")
				first := next
				next += b.N
				b.ResetTimer()
				each(b.N, outstanding, func(i int) {
					mustCommitIn(b, s.Store, register(anAOR(fmt.Sprintf("u%d", first+i), 1), "sip:p@192.0.2.1", "call", 1, 3600))
				})
			})
		}
	}
}
