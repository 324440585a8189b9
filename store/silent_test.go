package store

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestVigil: who is silent, and who is dead, in the eyes of a node that looks
// every 2 s. Each look is what one other node's heartbeat was.
func TestVigil(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		every  []time.Duration // between looks; the last holds on
		beats  string          // a letter a look; the same letter is the same heartbeat
		silent string          // s where it is to be shown as silent, d where also dead
	}{
		{"a node that beats", []time.Duration{heartbeatEvery}, "abcdefgh", "........"},
		{"one that skips two beats", []time.Duration{heartbeatEvery}, "abbbcdef", "........"},
		{"one that stands still is shown after 6 s and dead after 9 s, once", []time.Duration{heartbeatEvery}, "abbbbbbbb", "....ssdss"},
		{"one that returns and stands still again", []time.Duration{heartbeatEvery}, "aaaaaabbbbbbb", "...ssd...ssds"},
		{"many looks in a short time (each doubt asks) say nothing", []time.Duration{100 * time.Millisecond}, "aaaaaaaaaaaa", "............"},
		{"the looker slept: nobody has seen the other stand still", []time.Duration{heartbeatEvery, heartbeatEvery, time.Minute, heartbeatEvery}, "aaabcd", "......"},
		{"nor when the other wakes later than the looker", []time.Duration{heartbeatEvery, heartbeatEvery, time.Minute, heartbeatEvery}, "aaaaaab", "......."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var v vigil
			var got strings.Builder
			now := time.Now()
			for i, beat := range tc.beats {
				n := seenNode{name: "n2", bootID: "b", heartbeat: string(beat), state: stateReady}
				silent, dead := v.look(now, []seenNode{n})
				switch {
				case len(dead) > 0:
					got.WriteByte('d')
					v.done(dead[0])
				case len(silent) > 0:
					got.WriteByte('s')
				default:
					got.WriteByte('.')
				}
				now = now.Add(tc.every[min(i, len(tc.every)-1)])
			}
			if got.String() != tc.silent {
				t.Errorf("looks %s, want %s", got.String(), tc.silent)
			}
		})
	}
}

// contactsOfNodes are stream contacts of three boots, and what isn't theirs.
const contactsOfNodes = `INSERT INTO ps_contacts (id, uri, expiration_time, reg_server, boot_id, prune_on_boot) VALUES
	('stream^3B@x', 'sip:a@192.0.2.1:4000', 4000000000, 'n2', 'silent', 'yes'), ('datagram^3B@x', '', 4000000000, 'n2', 'silent', 'no'),
	('listens^3B@x', '', 4000000000, 'n2', 'silent', 'no'), ('permanent^3B@x', '', 0, 'n2', 'silent', 'yes'),
	('moved^3B@x', '', 4000000000, 'n1', 'this', 'yes'), ('asterisk^3B@x', '', 4000000000, 'n2', NULL, 'yes')`

// TestSilentNode: any live node deletes what hung on the connections of one that
// is silent, within 16 s of its last heartbeat.
func TestSilentNode(t *testing.T) {
	t.Parallel()
	for _, kind := range []storetest.Kind{storetest.Ours, storetest.AsteriskOlder} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			exec(t, db, `UPDATE registrard_settings SET value = 'on' WHERE name = 'history'`)
			s := startReady(t, db.URL, func(o *Options) { o.Node, o.BootID = "n1", "this" })
			exec(t, db, `INSERT INTO registrard_nodes (name, boot_id, heartbeat_at, state) VALUES ('n2', 'silent', clock_timestamp(), 'ready')`)
			exec(t, db, contactsOfNodes)
			heartbeat := time.Now()
			state := func() string { return one[string](t, db, "SELECT state FROM registrard_nodes WHERE name = 'n2'") }
			until(t, "n2 to be shown as silent", func() bool { return state() == "silent" })
			if n := one[int](t, db, "SELECT count(*)::int FROM ps_contacts"); n != 6 {
				t.Errorf("%d contacts while it is only silent", n)
			}
			until(t, "its stream contact to go", func() bool { return one[int](t, db, "SELECT count(*)::int FROM ps_contacts") < 6 })
			if d := time.Since(heartbeat); d > 16*time.Second {
				t.Errorf("gone %s after the last heartbeat", d)
			}
			if got := one[string](t, db, "SELECT string_agg(aor, ' ' ORDER BY aor) FROM ps_contacts"); got != "asterisk datagram listens moved permanent" {
				t.Errorf("left: %s", got)
			}
			if got := one[string](t, db, "SELECT string_agg(event || ' ' || reason || ' ' || aor, ', ') FROM registration_history WHERE event <> 'registered'"); got != "flow_lost flow_lost stream" {
				t.Errorf("history: %s", got)
			}
			if got := state(); got != "silent" || s.Ready() != nil {
				t.Errorf("state %s, Ready %v", got, s.Ready())
			}
		})
	}
}

// TestReturn: a node that was only frozen hears that it was buried, once, and
// what it has written since its heartbeat stays.
func TestReturn(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	var returned atomic.Int64
	s := startReady(t, db.URL, func(o *Options) {
		o.Node, o.BootID, o.OnReturn = "n2", "silent", func() { returned.Add(1) }
	})
	other := startReady(t, db.URL, func(o *Options) { o.Node, o.BootID = "n1", "this" })
	exec(t, db, contactsOfNodes)
	read := func() seenNode {
		n := seenNode{name: "n2", bootID: "silent"}
		n.heartbeat = one[string](t, db, "SELECT heartbeat_at::text FROM registrard_nodes WHERE name = 'n2'")
		return n
	}
	before := read()
	until(t, "the next heartbeat", func() bool { return read() != before })
	if err := other.bury(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if n := one[int](t, db, "SELECT count(*)::int FROM ps_contacts"); n != 6 || returned.Load() != 0 {
		t.Errorf("%d contacts of a node that has beaten since; told %d times", n, returned.Load())
	}
	until(t, "the contacts to go while it beats as it does", func() bool {
		if err := other.bury(t.Context(), read()); err != nil {
			t.Fatal(err)
		}
		return one[int](t, db, "SELECT count(*)::int FROM ps_contacts") == 5
	})
	until(t, "the node to hear of it", func() bool { return returned.Load() > 0 })
	until(t, "the burial to be taken back", func() bool {
		return one[bool](t, db, "SELECT buried_at IS NULL AND state = 'ready' FROM registrard_nodes WHERE name = 'n2'")
	})
	after := read()
	until(t, "another heartbeat", func() bool { return read() != after })
	if n := returned.Load(); n != 1 {
		t.Errorf("told %d times", n)
	}
	// A claim, after the database was away for this node alone, keeps the burial
	// for the heartbeat that follows.
	exec(t, db, "UPDATE registrard_nodes SET buried_at = now() WHERE name = 'n2'")
	if err := s.Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "the node to hear of it again", func() bool { return returned.Load() == 2 })
}
