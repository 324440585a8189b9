package guard

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"registrard/asterisk"
	"registrard/identify"
	"registrard/reason"
	"registrard/registrar"
)

func TestCounting(t *testing.T) {
	t.Parallel()
	bubble := func(name string, change func(*Options), test func(t *testing.T, p *post)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, stand(t, newShared(), change)) })
		})
	}
	bubble("a challenge alone is never a failure", nil, func(t *testing.T, p *post) {
		for range 1000 {
			p.want("challenge", "192.0.2.7", "6001", "")
		}
		time.Sleep(time.Minute)
		p.want("ok", "192.0.2.7", "6001", "right")
		if p.shared.writes != 0 {
			t.Errorf("%d writes", p.shared.writes)
		}
	})
	bubble("one phone with a wrong password for a week bans nobody, and its office is served", nil, func(t *testing.T, p *post) {
		for i := range 7 * 24 * 120 {
			got := p.asks("192.0.2.7", "6002", "wrong")
			if i >= 20 && i%20 == 0 && got == "banned" {
				t.Fatalf("banned after %d tries", i)
			}
			if i%10 == 0 {
				p.want("challenge", "192.0.2.7", "6001", "")
				p.want("ok", "192.0.2.7", "6001", "right")
			}
			time.Sleep(30 * time.Second)
		}
	})
	bubble("a user who fails too often is passed over in silence at that source alone, without being verified", nil, func(t *testing.T, p *post) {
		for range 10 {
			p.want("wrong_password", "192.0.2.7", "6002", "wrong")
		}
		asks := p.next.asks
		p.want("rate_limited", "192.0.2.7", "6002", "wrong")
		p.want("rate_limited", "192.0.2.7", "6002", "right")
		if p.next.asks != asks {
			t.Error("a guess of a user on hold was looked at")
		}
		p.want("ok", "192.0.2.7", "6001", "right")
		p.want("ok", "192.0.2.8", "6002", "right")
		time.Sleep(70 * time.Second)
		p.want("ok", "192.0.2.7", "6002", "right") // it drains
		for range 10 {
			p.want("wrong_password", "192.0.2.7", "6002", "wrong") // and is empty after a success
		}
	})
	bubble("a user on hold is heard at once when the ps_auths row of that name has changed, and no other", nil, func(t *testing.T, p *post) {
		for range 10 {
			p.asks("192.0.2.7", "6002", "wrong")
			p.asks("192.0.2.7", "6003", "wrong")
		}
		p.Changed("ps_aors", []string{"6002"})
		p.want("rate_limited", "192.0.2.7", "6002", "right")
		p.Changed("ps_auths", []string{"6001", "6002"})
		q := ask("192.0.2.7", "6003", "right") // over another flow than the proof to come
		q.Facts.Source = netip.MustParseAddrPort("192.0.2.7:5062")
		p.want("ok", "192.0.2.7", "6002", "right")
		if p.Pass(q) == nil {
			t.Error("another user is heard")
		}
	})
	bubble("who guesses one user's password without a pause is not heard any more", nil, func(t *testing.T, p *post) {
		for i := range 3000 {
			p.asks("192.0.2.7", "6002", fmt.Sprint("guess", i))
			time.Sleep(20 * time.Millisecond)
		}
		if p.next.asks > 12 {
			t.Errorf("%d guesses were looked at in a minute", p.next.asks)
		}
		p.want("ok", "192.0.2.8", "6002", "right")
	})
	bubble("guesses that cost no nonce count against nobody", nil, func(t *testing.T, p *post) {
		for i := range 1000 {
			p.want("wrong_password", "192.0.2.7", "6002", "invented")
			p.want("unknown_endpoint", "192.0.2.7", fmt.Sprint("x", i), "invented")
			p.want("source_denied", "192.0.2.7", "denied", "invented")
		}
		p.want("ok", "192.0.2.7", "6002", "right")
		time.Sleep(time.Minute)
		if p.shared.writes != 0 {
			t.Errorf("%d writes", p.shared.writes)
		}
	})
	bubble("a name counts once a request, however often it is in it", nil, func(t *testing.T, p *post) {
		q := ask("192.0.2.7", "6002", "wrong")
		for range 7 {
			q.Facts.AuthUsers = append(q.Facts.AuthUsers, q.Facts.AuthUsers[0])
		}
		for range 2 {
			p.answer(q)
		}
		p.want("wrong_password", "192.0.2.7", "6002", "wrong")
		p.want("ok", "192.0.2.7", "6002", "right")
	})
	bubble("a registered phone is served whatever is sent in its name from its address", nil, func(t *testing.T, p *post) {
		phone := ask("192.0.2.7", "6001", "right")
		phone.Facts.Source = netip.MustParseAddrPort("192.0.2.7:40000")
		refresh := func() {
			t.Helper()
			if out := p.answer(phone); out.Refusal != nil {
				t.Fatalf("the phone's refresh: %v", out.Refusal)
			}
		}
		refresh()
		for i := range 15 * 120 {
			p.asks("192.0.2.7", "6001", [...]string{"wrong", "invented"}[i%2])
			p.asks("192.0.2.7", fmt.Sprint("600", i), "wrong")
			time.Sleep(time.Second / 15)
			if i%(15*50) == 0 {
				refresh()
			}
		}
		refresh()
		if got := p.shared.banned(); len(got) != 0 {
			t.Errorf("banned %v", got)
		}
		// What proves nothing stays limited.
		p.want("rate_limited", "192.0.2.7", "6001", "wrong")
		p.want("rate_limited", "192.0.2.7", "6009", "wrong")
		p.want("challenge", "192.0.2.7", "6009", "")
	})
	bubble("a source in which nobody has proven anything for an hour is banned again", nil, func(t *testing.T, p *post) {
		p.want("ok", "192.0.2.7", "6001", "right")
		time.Sleep(62 * time.Minute)
		for i := range 60 {
			p.asks("192.0.2.7", fmt.Sprint("600", i), "wrong")
		}
		time.Sleep(2 * time.Second)
		if got := p.shared.banned(); len(got) != 1 {
			t.Errorf("banned %v", got)
		}
	})
	bubble("who tries many users is banned within seconds, for a time", nil, func(t *testing.T, p *post) {
		for i := range 60 {
			p.want("wrong_password", "192.0.2.7", fmt.Sprintf("600%d", i), "wrong")
		}
		time.Sleep(2 * time.Second)
		p.Bans().Changed("registrard_bans", nil)
		synctest.Wait()
		p.want("banned", "192.0.2.7", "6001", "right")
		p.want("ok", "192.0.2.8", "6001", "right")
		p.shared.rows.set(func() { clear(p.shared.rows.bans) })
		p.Bans().Changed("registrard_bans", nil)
		synctest.Wait()
		p.want("ok", "192.0.2.7", "6001", "right") // pardoned: it begins anew
	})
	bubble("an IPv6 subscriber is one source, whatever address of his /64 he takes", nil, func(t *testing.T, p *post) {
		for i := range 60 {
			p.asks(fmt.Sprintf("2001:db8:1:1::%x", i+1), fmt.Sprintf("600%d", i), "wrong")
		}
		time.Sleep(2 * time.Second)
		if got := p.shared.banned(); !slices.Equal(got, []string{"2001:db8:1:1::/64"}) {
			t.Errorf("banned %v", got)
		}
	})
	bubble("a source from which somebody is registered is not banned, and asked for once a minute", nil, func(t *testing.T, p *post) {
		p.shared.spared[netip.MustParsePrefix("192.0.2.7/32")] = true
		for i := range 3000 {
			p.asks("192.0.2.7", fmt.Sprintf("600%d", i), "wrong")
			time.Sleep(10 * time.Millisecond)
		}
		if got := p.shared.banned(); len(got) != 0 {
			t.Errorf("banned %v", got)
		}
		if p.shared.writes > 35 {
			t.Errorf("%d writes for 3,000 failures in 30 s", p.shared.writes)
		}
	})
	bubble("what is allowed is never counted", nil, func(t *testing.T, p *post) {
		for i := range 1000 {
			p.want("wrong_password", "10.1.2.3", "6002", fmt.Sprint("guess", i))
		}
		time.Sleep(time.Minute)
		if p.shared.writes != 0 {
			t.Errorf("%d writes", p.shared.writes)
		}
	})
	bubble("switched off nothing is counted, and bans still hold", func(o *Options) { o.Off = true }, func(t *testing.T, p *post) {
		for i := range 1000 {
			p.want("wrong_password", "192.0.2.7", "6002", fmt.Sprint("guess", i))
		}
		p.shared.rows.set(func() { p.shared.rows.bans["192.0.2.7/32"] = 0 })
		p.Bans().Changed("registrard_bans", nil)
		synctest.Wait()
		p.want("banned", "192.0.2.7", "6001", "right")
	})
	bubble("credentials of which the second are the guess count for the user whose they are", nil, func(t *testing.T, p *post) {
		for i := range 10 {
			q := ask("192.0.2.7", "6002", "wrong")
			q.Facts.AuthUsers = append([]identify.AuthUser{{Username: fmt.Sprint("mask", i)}}, q.Facts.AuthUsers...)
			if out := p.answer(q); out.Refusal.Reason != reason.WrongPassword {
				t.Fatalf("try %d: %v", i, out.Refusal)
			}
		}
		p.want("rate_limited", "192.0.2.7", "6002", "wrong")
	})
	bubble("a packet of eight names holds one of them", nil, func(t *testing.T, p *post) {
		for range 20 {
			q := ask("192.0.2.7", "6002", "wrong")
			for n := range 7 {
				q.Facts.AuthUsers = append(q.Facts.AuthUsers, identify.AuthUser{Username: fmt.Sprint("600", 3+n)})
			}
			p.answer(q)
		}
		for n := range 7 {
			p.want("ok", "192.0.2.7", fmt.Sprint("600", 3+n), "right")
		}
	})
}

// TestUnidentified: ps_globals.unidentified_request_count reports, and changes
// no answer: of names that exist and of names that don't.
func TestUnidentified(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := stand(t, newShared(), func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		for i := range 2000 {
			p.want("unknown_endpoint", "192.0.2.7", fmt.Sprint("x", i), "")
			p.want("challenge", "192.0.2.7", "6001", "")
			p.want("ok", "192.0.2.7", "6001", "right")
			time.Sleep(10 * time.Millisecond)
		}
		if got := p.shared.banned(); len(got) != 0 {
			t.Errorf("banned %v", got)
		}
		if got := testutil.ToFloat64(p.metrics.unidentified); got < 1900 || got > 1995 {
			t.Errorf("%v were counted as too many", got)
		}
		if got := strings.Count(log.String(), "asks for many users"); got < 3 || got > 5 { // one in each 5 s of 20
			t.Errorf("%d lines:\n%s", got, &log)
		}
		// One name a second, within ps_globals' limit.
		before := testutil.ToFloat64(p.metrics.unidentified)
		for i := range 3600 {
			p.want("unknown_endpoint", "192.0.2.9", fmt.Sprint("x", i), "")
			time.Sleep(1100 * time.Millisecond)
		}
		if got := testutil.ToFloat64(p.metrics.unidentified); got != before {
			t.Errorf("%v within the limit were counted", got-before)
		}
	})
}

// TestMemory: what drained is forgotten.
func TestMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := stand(t, newShared(), nil)
		for i := range 100 {
			p.asks(fmt.Sprintf("192.0.2.%d", i), "6002", "wrong")
		}
		time.Sleep(30 * time.Minute)
		p.sources.buckets.CleanUp()
		p.users.buckets.CleanUp()
		if n := p.sources.buckets.EstimatedSize() + p.users.buckets.EstimatedSize(); n != 0 {
			t.Errorf("%d buckets are left", n)
		}
	})
}

func BenchmarkRegister(b *testing.B) {
	bans := NewBans(&rows{}, nil, silent)
	g, err := New(Options{Bans: bans})
	if err != nil {
		b.Fatal(err)
	}
	q, out := ask("192.0.2.7", "6001", "right"), registrar.Outcome{}
	out.Proof.Auth = &asterisk.Auth{}
	b.ReportAllocs()
	for b.Loop() {
		if !g.Admit(q.Facts.Source, "udp") {
			b.Fatal("banned")
		}
		if refusal := g.Pass(q); refusal != nil {
			b.Fatal(refusal)
		}
		g.Note(q, &out)
	}
}

// What is kept of a name is the name, and not the message that it is part of.
func TestGuardLetsGoOfTheMessage(t *testing.T) {
	const messages, length = 400, 1 << 16
	g, err := New(Options{Bans: NewBans(nil, nil, slog.New(slog.DiscardHandler))})
	p := &post{Guard: g, next: &fakeRegistrar{}}
	if err != nil {
		t.Fatal(err)
	}
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	for i := range messages {
		message := fmt.Sprintf("600%05d", i) + strings.Repeat("x", length)
		for range 4 { // so often that it is told to the other nodes, too
			p.answer(ask("192.0.2.1", message[:8], "wrong"))
		}
	}
	if grown := heap() - before; grown > messages*length/4 {
		t.Errorf("%d names keep %d bytes", messages, grown)
	}
	runtime.KeepAlive(g)
}
