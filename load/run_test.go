package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// Not parallel: no other test's goroutines are there.
func TestNothingIsLeftRunning(t *testing.T) {
	udp, tcp := responder{}, responder{}
	l := listen(t)
	tcp.stream(t, l, 7) // its connections break meanwhile
	at := []string{udp.udp(t, "127.0.0.1"), "tcp://" + l.Addr().String()}
	before := goleak.IgnoreCurrent()
	for _, target := range at {
		runLoad(t, Options{Targets: []string{target}, Mode: Challenge, Users: 10, Count: 20})
	}
	l.Close()
	goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("registrard/load.(*responder).stream.func1.2"))
}

func secret(user string) string { return "secret-" + strings.TrimLeft(user, "u0") }

// run makes a load of users u0001, u0002, … with the right passwords.
func runLoad(t *testing.T, o Options) *Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	o.First, o.UserFormat, o.PasswordFormat, o.Expires = 1, "u%04d", "secret-%d", 60
	if o.Outstanding == 0 && o.Rate == 0 {
		o.Outstanding = 8
	}
	r, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantCodes(t *testing.T, r *Result, want map[string]uint64) {
	t.Helper()
	if d := cmp.Diff(want, r.Codes); d != "" {
		t.Errorf("answers (-want +got):\n%s", d)
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		server  *responder
		options Options
		codes   map[string]uint64
		done    uint64
		acked   int
	}{
		{"challenge: each registration is challenged", &responder{password: secret, algorithm: algorithmMD5},
			Options{Mode: Challenge, Users: 20, Count: 100}, map[string]uint64{"200": 100, "401": 100}, 100, 20},
		{"refresh: the nonce is kept and nc counted", &responder{password: secret, algorithm: algorithmMD5, strict: true},
			Options{Mode: Refresh, Users: 20, Count: 100, Prime: true}, map[string]uint64{"200": 100}, 100, 20},
		{"refresh without priming: the first is challenged", &responder{password: secret, algorithm: algorithmMD5, strict: true},
			Options{Mode: Refresh, Users: 20, Count: 100}, map[string]uint64{"200": 100, "401": 20}, 100, 20},
		{"refresh: a stale nonce's successor is taken", &responder{password: secret, algorithm: algorithmMD5, lifetime: 1},
			Options{Mode: Refresh, Users: 20, Count: 100, Prime: true}, map[string]uint64{"200": 100, "401": 100}, 100, 20},
		{"SHA-256", &responder{password: secret, algorithm: algorithmSHA256},
			Options{Mode: Challenge, Users: 20, Count: 40}, map[string]uint64{"200": 40, "401": 40}, 40, 20},
		{"RFC 2069, without qop", &responder{password: secret, algorithm: algorithmMD5, noQOP: true},
			Options{Mode: Challenge, Users: 20, Count: 40}, map[string]uint64{"200": 40, "401": 40}, 40, 20},
		{"no credentials are asked for", &responder{},
			Options{Mode: Challenge, Users: 20, Count: 40}, map[string]uint64{"200": 40}, 40, 20},
		{"a wrong password is tried once", &responder{password: func(string) string { return "other" }, algorithm: algorithmMD5},
			Options{Mode: Challenge, Users: 20, Count: 40}, map[string]uint64{"401": 80}, 0, 0},
		{"more workers than users", &responder{},
			Options{Mode: Challenge, Users: 2, Count: 10, Workers: 16}, map[string]uint64{"200": 10}, 10, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.options.Targets = []string{c.server.udp(t, "127.0.0.1")}
			r := runLoad(t, c.options)
			wantCodes(t, r, c.codes)
			if r.Registrations != c.done || r.Acknowledged != c.acked || r.Garbled+r.Late+r.Timeouts != 0 {
				t.Errorf("got %+v", r)
			}
			if want := uint64(c.options.Count); r.Registrations+r.Failed != want {
				t.Errorf("%d registered, %d failed; %d were asked for", r.Registrations, r.Failed, want)
			}
			last := map[string]int{}
			for _, q := range c.server.got() {
				if q.cseq <= last[q.callID] {
					t.Fatalf("10.2 CSeq %d after %d under Call-ID %s", q.cseq, last[q.callID], q.callID)
				}
				last[q.callID] = q.cseq
			}
		})
	}
}

// Two rounds of users that are far from one another, in an order that isn't
// their numbers', the same in both.
func TestStrideAndShuffle(t *testing.T) {
	t.Parallel()
	const users = 50
	s := responder{password: secret, algorithm: algorithmMD5}
	r := runLoad(t, Options{
		Targets: []string{s.udp(t, "127.0.0.1")}, Mode: Refresh, Users: users, Stride: 7, Shuffle: true, Outstanding: 1, Count: 2 * users,
	})
	wantCodes(t, r, map[string]uint64{"200": 2 * users, "401": users})
	var came, want []string
	for _, q := range s.got() {
		if len(came) == 0 || came[len(came)-1] != q.user {
			came = append(came, q.user)
		}
	}
	for i := range users {
		want = append(want, fmt.Sprintf("u%04d", 1+7*i))
	}
	if len(came) != 2*users || !slices.Equal(came[:users], came[users:]) {
		t.Fatalf("two rounds were %q", came)
	}
	if slices.Equal(came[:users], want) {
		t.Error("the users came in the order of their numbers") // once in 50!
	}
	slices.Sort(came)
	if d := cmp.Diff(want, slices.Compact(came)); d != "" {
		t.Errorf("users (-want +got):\n%s", d)
	}
}

func TestIPv6(t *testing.T) {
	t.Parallel()
	s := responder{password: secret, algorithm: algorithmMD5}
	r := runLoad(t, Options{Targets: []string{s.udp(t, "::1"), s.udp(t, "127.0.0.1")}, Mode: Challenge, Users: 10, Count: 50})
	wantCodes(t, r, map[string]uint64{"200": 50, "401": 50})
}

func TestSeveralTargets(t *testing.T) {
	t.Parallel()
	for _, affinity := range []bool{true, false} {
		t.Run(fmt.Sprint("affinity ", affinity), func(t *testing.T) {
			t.Parallel()
			s := responder{password: secret, algorithm: algorithmMD5}
			r := runLoad(t, Options{
				Targets:  []string{s.udp(t, "127.0.0.1"), s.udp(t, "127.0.0.1"), s.udp(t, "127.0.0.1")},
				Affinity: affinity, Mode: Challenge, Users: 10, Count: 100, Workers: 1,
			})
			wantCodes(t, r, map[string]uint64{"200": 100, "401": 100})
			targets, byUser := map[string]bool{}, map[string]map[string]bool{}
			for _, q := range s.got() {
				targets[q.at] = true
				if byUser[q.user] == nil {
					byUser[q.user] = map[string]bool{}
				}
				byUser[q.user][q.at] = true
			}
			if len(targets) != 3 {
				t.Errorf("%d of 3 targets were loaded", len(targets))
			}
			for user, at := range byUser {
				if affinity != (len(at) == 1) {
					t.Errorf("user %s went to %d targets", user, len(at))
				}
			}
		})
	}
}

func TestLoss(t *testing.T) {
	t.Parallel()
	t.Run("17.1.2.2 timer E: what got no answer is sent again, the same bytes", func(t *testing.T) {
		t.Parallel()
		s := responder{password: secret, algorithm: algorithmMD5, strict: true}
		s.before = func(_ request, seen int) (int, string, bool) { return 0, "", seen == 0 }
		r := runLoad(t, Options{Targets: []string{s.udp(t, "127.0.0.1")}, Mode: Challenge, Users: 5, Count: 5})
		wantCodes(t, r, map[string]uint64{"200": 5, "401": 5})
		if r.Retransmissions != 10 || r.Requests != 10 || r.Timeouts != 0 {
			t.Errorf("got %+v", r)
		}
		if at := r.Latency.P50; at < 1000 || at > 3000 {
			t.Errorf("latency %.0f ms, want 2 × T1", at)
		}
	})
	t.Run("17.1.2.2 timer F: what never gets one is given up", func(t *testing.T) {
		t.Parallel()
		s := responder{}
		s.before = func(request, int) (int, string, bool) { return 0, "", true }
		r := runLoad(t, Options{Targets: []string{s.udp(t, "127.0.0.1")}, Mode: Challenge, Users: 5, Count: 5, Timeout: 1600 * time.Millisecond})
		// At 0, 500 and 1500 ms.
		if r.Timeouts != 5 || r.Failed != 5 || r.Retransmissions != 10 || len(s.got()) != 15 || r.Acknowledged != 0 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("100 Trying is no final answer", func(t *testing.T) {
		t.Parallel()
		s := responder{}
		s.before = func(_ request, seen int) (int, string, bool) { return 100, "", seen == 0 }
		r := runLoad(t, Options{Targets: []string{s.udp(t, "127.0.0.1")}, Mode: Challenge, Users: 5, Count: 5})
		wantCodes(t, r, map[string]uint64{"200": 5})
	})
	t.Run("after the end answers are waited for, but not for ever", func(t *testing.T) {
		t.Parallel()
		s := responder{}
		s.before = func(request, int) (int, string, bool) { return 0, "", true }
		began := time.Now()
		r := runLoad(t, Options{Targets: []string{s.udp(t, "127.0.0.1")}, Mode: Challenge, Users: 5, Duration: 100 * time.Millisecond})
		if took := time.Since(began); took < patience || took > 2*patience || r.Seconds != 0.1 || r.Registrations != 0 {
			t.Errorf("%v, %+v", took, r)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for _, ignore := range []bool{false, true} {
		t.Run(fmt.Sprint("ignore ", ignore), func(t *testing.T) {
			t.Parallel()
			s := responder{}
			s.before = func(request, int) (int, string, bool) { return 503, "Retry-After: 60\r\n", true }
			r := runLoad(t, Options{Targets: []string{s.udp(t, "127.0.0.1")}, Mode: Challenge, Users: 10,
				Duration: 300 * time.Millisecond, IgnoreRetryAfter: ignore})
			if got := r.Codes["503"]; ignore != (got > 10) || got < 10 {
				t.Errorf("%d were refused, of 10 users", got)
			}
		})
	}
}

// A server that stands still for a while is seen in the latency of those who
// would have come meanwhile.
func TestRateCountsFromTheIntendedBeginning(t *testing.T) {
	t.Parallel()
	s := responder{}
	first := true
	s.before = func(request, int) (int, string, bool) {
		if first {
			first = false
			<-time.After(400 * time.Millisecond) // the lock is held: nobody is answered
		}
		return 0, "", false
	}
	r := runLoad(t, Options{Targets: []string{s.udp(t, "127.0.0.1")}, Mode: Challenge, Users: 10, Rate: 500,
		Outstanding: 1, Duration: time.Second, Workers: 1})
	if r.Registrations < 300 || r.Registrations > 500 {
		t.Errorf("%d registrations at 500/s in 1 s", r.Registrations)
	}
	if r.Latency.P50 > 350 || r.Latency.P90 < 150 {
		t.Errorf("p50 %.0f ms, p90 %.0f ms: a third of all should have waited", r.Latency.P50, r.Latency.P90)
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	t.Run("tcp", func(t *testing.T) {
		t.Parallel()
		s := responder{password: secret, algorithm: algorithmMD5}
		l := listen(t)
		s.stream(t, l, 0)
		r := runLoad(t, Options{Targets: []string{"tcp://" + l.Addr().String()}, Mode: Challenge, Users: 20, Count: 100})
		wantCodes(t, r, map[string]uint64{"200": 100, "401": 100})
		if r.Retransmissions+r.Lost+r.Garbled != 0 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("tls", func(t *testing.T) {
		t.Parallel()
		s := responder{password: secret, algorithm: algorithmMD5}
		server, client := certificate(t)
		l := tls.NewListener(listen(t), server)
		s.stream(t, l, 0)
		r := runLoad(t, Options{Targets: []string{"tls://" + l.Addr().String()}, TLS: client, Mode: Refresh, Prime: true, Users: 20, Count: 100})
		wantCodes(t, r, map[string]uint64{"200": 100})
	})
	t.Run("a connection that breaks is made again, and what was under way counts as lost", func(t *testing.T) {
		t.Parallel()
		s := responder{}
		l := listen(t)
		s.stream(t, l, 20)
		r := runLoad(t, Options{Targets: []string{"tcp://" + l.Addr().String()}, Mode: Challenge, Users: 10, Count: 60, Workers: 1})
		if r.Registrations < 40 || r.Lost == 0 || r.Registrations+r.Failed != 60 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		l := listen(t)
		at := l.Addr().String()
		l.Close()
		_, err := Run(t.Context(), Options{Targets: []string{"tcp://" + at}, Mode: Challenge, Users: 1, Outstanding: 1, Count: 1})
		if err == nil || !strings.Contains(err.Error(), "connecting to "+at) {
			t.Errorf("got %v", err)
		}
	})
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	s := responder{}
	ctx, cancel := context.WithCancel(t.Context())
	started := 0
	s.before = func(request, int) (int, string, bool) {
		if started++; started == 50 {
			cancel()
		}
		return 0, "", false
	}
	r, err := Run(ctx, Options{Targets: []string{s.udp(t, "127.0.0.1")}, Mode: Challenge, Users: 10, Outstanding: 4, Duration: time.Minute})
	if !errors.Is(err, context.Canceled) || r == nil || r.Acknowledged == 0 || r.Seconds > 30 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestPrimingInVain(t *testing.T) {
	t.Parallel()
	s := responder{password: secret, algorithm: algorithmMD5}
	_, err := Run(t.Context(), Options{Targets: []string{s.udp(t, "127.0.0.1")}, Mode: Refresh, Prime: true, Users: 3, Outstanding: 4, Count: 1})
	if err == nil || !strings.Contains(err.Error(), "none of 3 users could register: 401: 6") {
		t.Errorf("got %v", err)
	}
}

// Phones after an outage: each comes back until it is in, and then stays away.
func TestOnce(t *testing.T) {
	t.Parallel()
	s := responder{}
	refused := map[string]bool{}
	s.before = func(r request, _ int) (int, string, bool) {
		if number, _ := strconv.Atoi(strings.TrimLeft(r.user, "u")); number%2 == 0 && !refused[r.user] {
			refused[r.user] = true
			return 503, "Retry-After: " + strconv.Itoa(number%4/2+1) + "\r\n", true
		}
		return 200, "", true
	}
	var seconds []Second
	r := runLoad(t, Options{Targets: []string{s.udp(t, "127.0.0.1")}, Mode: Challenge, Users: 40, PasswordFormat: "secret", Outstanding: 64, Once: true,
		EachSecond: func(s Second) { seconds = append(seconds, s) }})
	if r.Registrations != 40 || r.Acknowledged != 40 || r.Codes["200"] != 40 {
		t.Errorf("%d registrations of %d users, codes %v", r.Registrations, r.Acknowledged, r.Codes)
	}
	if r.RetryAfter["1"] != 10 || r.RetryAfter["2"] != 10 {
		t.Errorf("Retry-After %v, want 10 of 1 s and 10 of 2 s", r.RetryAfter)
	}
	if len(seconds) < 1 || seconds[0].Registrations < 20 || seconds[0].Codes[503] != 20 {
		t.Errorf("seconds %+v", seconds)
	}
}

func TestHooksAndProgress(t *testing.T) {
	t.Parallel()
	s := responder{}
	var calls, lines strings.Builder
	r := runLoad(t, Options{Targets: []string{s.udp(t, "127.0.0.1")}, Mode: Challenge, Users: 10, Duration: 1300 * time.Millisecond, Prime: true,
		OnStart: func() { calls.WriteString("start ") }, OnEnd: func() { calls.WriteString("end") }, Progress: &lines})
	if calls.String() != "start end" || r.Primed != 10 {
		t.Errorf("called %q, %+v", &calls, r)
	}
	if !strings.Contains(lines.String(), "challenge") || !strings.Contains(lines.String(), "p99") {
		t.Errorf("progress %q", &lines)
	}
	var out strings.Builder
	if err := r.Print(&out); err != nil || !strings.Contains(out.String(), "registrations/s (challenge)") {
		t.Errorf("printed %q, %v", &out, err)
	}
}
