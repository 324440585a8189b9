package store

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"registrard/store/storetest"
)

// noting starts a store that writes failures often.
func noting(o *Options) { o.MaxFailures, o.FailuresEvery, o.Node = 100, 20*time.Millisecond, "n1" }

func failure(source, user, reason string) Failure {
	return Failure{Source: netip.MustParseAddr(source), Username: user, AOR: user, Endpoint: user, Reason: reason,
		Detail: "detail of " + user, Hint: "hint of " + reason, Code: 401, Transport: "udp", UserAgent: "phone"}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			s := startReady(t, db.URL, noting)
			for range 3 {
				s.NoteFailure(failure("192.0.2.7", "6001", "wrong_password"))
			}
			s.NoteFailure(failure("2001:db8::7", "6001", "no_aors"))
			until(t, "the rows", func() bool { return one[int](t, db, "SELECT count(*)::int FROM registration_failures") == 2 })
			s.NoteFailure(failure("192.0.2.7", "6001", "wrong_password"))
			until(t, "the fourth", func() bool { return one[int](t, db, "SELECT max(count)::int FROM registration_failures") == 4 })
			got := one[string](t, db, `SELECT concat_ws('|', source, username, aor, reason, hint, count, node, code, detail, endpoint, transport, user_agent, last_seen >= first_seen)
				FROM registration_failures WHERE source = '192.0.2.7'`)
			if want := "192.0.2.7|6001|6001|wrong_password|hint of wrong_password|4|n1|401|detail of 6001|6001|udp|phone|t"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			for _, c := range []struct {
				user, source string
				want         int
			}{{"6001", "", 2}, {"6001", "192.0.2.0/24", 1}, {"", "2001:db8::7/128", 1}, {"6002", "", 0}, {"\x00\xff", "", 0}} {
				var from netip.Prefix
				if c.source != "" {
					from = netip.MustParsePrefix(c.source)
				}
				rows, err := s.Failures(t.Context(), c.user, from, 10)
				if err != nil || len(rows) != c.want {
					t.Errorf("Failures(%q, %q): %d rows, %v", c.user, c.source, len(rows), err)
				}
			}
		})
	}
}

func TestFailuresAreKeptSafely(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, noting)
	for _, hostile := range []string{
		"a\x00b", "\xff\xfe", "\x1b[2J\x07", "'; DROP TABLE ps_contacts; --", strings.Repeat("ü", 5000), "c\u202eb", "line\r\nfeed", "", "{1,2}", `"\`,
	} {
		f := failure("192.0.2.7", hostile, "unknown_endpoint")
		f.UserAgent, f.Detail, f.AuthUsername, f.Domain, f.Endpoint = hostile, hostile, hostile, hostile, ""
		s.NoteFailure(f)
	}
	until(t, "the rows", func() bool { return one[int](t, db, "SELECT count(*)::int FROM registration_failures") == 10 })
	rows, err := s.Failures(t.Context(), "", netip.Prefix{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		for _, text := range []string{r.Username, r.UserAgent, r.Detail, r.AuthUsername, r.Domain} {
			if len([]rune(text)) > maxLong || strings.ContainsAny(text, "\x00\x07\x1b\r\n\u202e") {
				t.Errorf("stored %q", text)
			}
		}
	}
}

func TestFailuresAreBounded(t *testing.T) {
	t.Parallel()
	t.Run("in memory, where a scanner leaves room for phones", func(t *testing.T) {
		t.Parallel()
		s, err := Open(t.Context(), Options{URL: "postgres://nobody@127.0.0.1:1/none", MaxFailures: 100})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for source := range 100 {
			for name := range 100 {
				f := failure(fmt.Sprintf("10.0.0.%d", source), fmt.Sprint(name), "unknown_endpoint")
				f.Endpoint = ""
				s.NoteFailure(f)
			}
		}
		for name := range 3 * maxPending {
			s.NoteFailure(failure("192.0.2.7", fmt.Sprint(name), "wrong_password"))
		}
		strangers, known, others := 0, 0, int64(0)
		for key, g := range s.failures.take() {
			if g.Endpoint == "" {
				strangers++
			} else {
				known++
			}
			if key.username == OtherNames {
				others = max(others, g.count)
			}
		}
		if strangers != maxPending/2 || known != maxPending/2 || others != 50 {
			t.Errorf("%d strangers, %d known wait, %d other names of one source", strangers, known, others)
		}
	})
	t.Run("in the table, the oldest go, and strangers before them", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, func(o *Options) { noting(o); o.MaxFailures, o.FailuresEvery = 200, time.Hour })
		exec(t, db, `INSERT INTO registrard_failures (source, username, reason, count, first_seen, last_seen, endpoint)
			SELECT '192.0.2.7', i::text, 'wrong_password', 1, now(), now() - make_interval(secs => i), i::text FROM generate_series(1, 150) i`)
		exec(t, db, `INSERT INTO registrard_failures (source, username, reason, count, first_seen, last_seen)
			SELECT '192.0.2.8', i::text, 'unknown_endpoint', 1, now(), now() - make_interval(secs => i) FROM generate_series(1, 300) i`)
		exec(t, db, `INSERT INTO registrard_failures (source, username, reason, count, first_seen, last_seen, endpoint)
			VALUES ('192.0.2.9', 'old', 'wrong_password', 1, now() - interval '9 days', now() - interval '8 days', 'old')`)
		if err := s.PruneFailures(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := one[string](t, db, `SELECT concat_ws('|', count(*) FILTER (WHERE source = '192.0.2.7'), count(*) FILTER (WHERE source = '192.0.2.8'),
			max(username::int) FILTER (WHERE source = '192.0.2.8'), count(*) FILTER (WHERE source = '192.0.2.9')) FROM registrard_failures WHERE username <> 'old' OR source <> '192.0.2.9'`)
		if got != "150|49|49|0" && got != "150|50|50|0" {
			t.Errorf("left: %s", got)
		}
		if n := one[int](t, db, `SELECT count(*)::int FROM registrard_failures WHERE username = 'old'`); n != 0 {
			t.Error("the row that is too old is left")
		}
	})
	t.Run("none are kept when the bound is 0", func(t *testing.T) {
		t.Parallel()
		s, err := Open(t.Context(), Options{URL: "postgres://nobody@127.0.0.1:1/none"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		s.NoteFailure(failure("192.0.2.7", "6001", "wrong_password"))
		if len(s.failures.take()) != 0 {
			t.Error("something waits")
		}
	})
}

// TestFailuresSurviveAnOutage: what could not be written waits, and what the
// last requests met is written when the node stops.
func TestFailuresSurviveAnOutage(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, noting)
	exec(t, db, "ALTER TABLE registrard_failures RENAME TO away")
	s.NoteFailure(failure("192.0.2.7", "6001", "wrong_password"))
	until(t, "a failed write", func() bool { return strings.Contains(s.log.String(), "not in registration_failures yet") })
	exec(t, db, "ALTER TABLE away RENAME TO registrard_failures")
	until(t, "the row", func() bool { return one[int](t, db, "SELECT count(*)::int FROM registration_failures") == 1 })
	last := startReady(t, db.URL, func(o *Options) { noting(o); o.Node, o.FailuresEvery = "n2", time.Hour })
	last.NoteFailure(failure("192.0.2.7", "6002", "wrong_password"))
	if err := last.stop(); err != nil {
		t.Fatal(err)
	}
	if n := one[int](t, db, "SELECT count(*)::int FROM registration_failures WHERE username = '6002'"); n != 1 {
		t.Error("what the last request met is lost")
	}
}

// TestFailuresOfManyNodes: nodes that write the same rows don't wait for one
// another in a circle.
func TestFailuresOfManyNodes(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error, 4)
	for range cap(done) {
		s, err := Open(ctx, Options{URL: db.URL, MaxFailures: 50})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		go func() {
			var err error
			for round := 0; round < 20 && err == nil; round++ {
				for i := range 200 {
					s.NoteFailure(failure("192.0.2.7", fmt.Sprint(i), "wrong_password"))
				}
				if _, err = s.writeFailures(ctx); err == nil {
					err = s.PruneFailures(ctx)
				}
			}
			done <- err
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkNoteFailure(b *testing.B) {
	s, err := Open(b.Context(), Options{URL: "postgres://nobody@127.0.0.1:1/none", MaxFailures: 100})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	f := failure("192.0.2.7", "6001", "wrong_password")
	b.ReportAllocs()
	for b.Loop() {
		s.NoteFailure(f)
	}
}

// TestFailuresOfStrangersAndPhones: no flood of what strangers can make up takes
// the place of a phone's failure, in memory or in the table, and a failure shows
// within a second.
func TestFailuresOfStrangersAndPhones(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, func(o *Options) { o.MaxFailures, o.Node = 50, "n1" })
	for i := range 5000 {
		source := fmt.Sprintf("10.1.%d.%d", i/250, i%250)
		s.NoteFailure(Failure{Source: netip.MustParseAddr(source), Reason: "not_sip"})
		s.NoteFailure(Failure{Source: netip.MustParseAddr(source), Username: fmt.Sprint(i), Reason: "bad_request", Code: 400})
		s.NoteFailure(Failure{Source: netip.MustParseAddr(source), Username: "w" + fmt.Sprint(i), Endpoint: "w" + fmt.Sprint(i), Reason: "flow_lost"})
	}
	began := time.Now()
	s.NoteFailure(failure("192.0.2.7", "6001", "wrong_password"))
	until(t, "the phone's failure to show", func() bool {
		return one[int](t, db, "SELECT count(*)::int FROM registration_failures WHERE username = '6001'") == 1
	})
	t.Logf("it shows after %s", time.Since(began)) // failuresEvery and a write; a slow machine takes longer
	if failuresEvery > 700*time.Millisecond {
		t.Error("a failure doesn't show within a second")
	}
	if err := s.PruneFailures(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := one[int](t, db, "SELECT count(*)::int FROM registration_failures WHERE username = '6001'"); n != 1 {
		t.Error("the flood took the place of the phone's failure")
	}
}

// TestLostFlowIsTold: why knows that a connection took a contact with it.
func TestLostFlowIsTold(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, func(o *Options) { noting(o); o.BootID = "this" })
	exec(t, db, `INSERT INTO ps_contacts (id, uri, expiration_time, endpoint, boot_id, flow, transport, source_addr, prune_on_boot) VALUES
		('a^3B@x', 'sip:a@192.0.2.1^3Btransport=ws', 4000000000, '6001', 'this', 'f1', 'ws', '192.0.2.1', 'yes')`)
	s.DropFlow("f1", []string{"a^3B@x"})
	until(t, "the row", func() bool {
		return one[int](t, db, `SELECT count(*)::int FROM registration_failures WHERE username = '6001' AND aor = 'a' AND reason = 'flow_lost'
			AND source = '192.0.2.1' AND detail LIKE '%sip:a@192.0.2.1;transport=ws'`) == 1
	})
}
