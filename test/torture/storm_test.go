//go:build torture

package torture

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	generator "registrard/load"
	"registrard/test/rig"
)

// The storm: what comes back after an outage, and what it may do.
const (
	calmPhones = 20000 // that register before the storm, few at a time
	// stormOffered is how many phones begin a second, many times what a node on
	// this machine serves.
	stormOffered = 50000
	stormGoodput = 0.7 // of the rate with few phones at a time
	// stormMemory is the node's largest resident set, in MB: 100,000 endpoints in
	// its cache are some 150, and the collector lets them become three times as
	// many.
	stormMemory = 640
	stormBound  = 2 * time.Minute
)

var stormPhones = flag.Int("storm-phones", 100000, "how many phones TestStorm has")

// TestStorm: 100,000 phones come back at once after the outage of their node, to
// one that knows none of them: the database must be asked about each.
func TestStorm(t *testing.T) {
	// Alone: rates are compared, which a neighbour would change.
	phones := *stormPhones
	s := stormSite(t, phones)
	before := startNode(t, s.url, "before")
	few := min(phones, calmPhones)
	calm, _ := makeLoad(t, phonesOf(before, few, 64))
	before.Kill()
	s.storm(t, startNode(t, s.url, "after"), "storm", phones, float64(calm.Registrations)/calm.Seconds)
}

func stormSite(t *testing.T, phones int) *site {
	t.Helper()
	s := newSite(t, "", map[string]string{"shared_buffers": "256MB", "max_wal_size": "2GB"})
	s.provisionPhones(phones)
	return s
}

// phonesOf are phones of a node, each of which registers until it is in.
func phonesOf(n *rig.Node, phones, outstanding int) generator.Options {
	return generator.Options{
		Targets: []string{"udp://" + n.Addr("udp")}, Mode: generator.Challenge, Once: true, Outstanding: outstanding, Duration: stormBound,
		Users: phones, UserFormat: "p%06d", PasswordFormat: "secret", Domain: "reg.example.com", Contact: "192.0.2.1:5060", Expires: 3600,
	}
}

// storm lets all phones register at once. Each must get in; nine tenths of them,
// and each second once it is going, at 70 % at least of the rate at which they
// got in before, few at a time; each request is answered within timer F, and a
// phone that isn't served is told 503 and when to come back, not all at the same
// time.
func (s *site) storm(t *testing.T, n *rig.Node, name string, phones int, usual float64) {
	t.Helper()
	o := phonesOf(n, phones, 0)
	o.Rate, o.CheckDSN = stormOffered, s.url
	r, seconds := makeLoad(t, o)

	best := bestSecond(seconds)
	worst, rate := worstSecond(seconds, best), rateOf(seconds, phones)
	peak := memoryOf(t, n.Pid(), "VmHWM")
	took := time.Duration(r.Seconds * float64(time.Second))
	note("%-36s %12d %8d   all in after %v: %.0f 200s/s, %.0f few at a time: %.0f %%; %.0f in the worst second, %.0f in the best; answers %s; Retry-After %s; %d retransmissions; p99 %.1f s; %d MB",
		fmt.Sprintf("%s: %d phones", name, phones), r.Acknowledged, *r.Found, round(took), rate, usual, 100*rate/usual, worst, best,
		counts(r.Codes), counts(r.RetryAfter), r.Retransmissions, r.Latency.P99/1000, peak)
	if r.Acknowledged != phones || *r.Found != r.Acknowledged {
		t.Errorf("%d of %d phones got in within %v, %d found; missing %s", r.Acknowledged, phones, stormBound, *r.Found, r.Missing)
	}
	if usual == 0 || rate < stormGoodput*usual || worst < stormGoodput*usual {
		t.Errorf("%.0f 200s/s in the storm, %.0f in its worst second, %.0f few at a time: want %.0f %%", rate, worst, usual, 100*stormGoodput)
	}
	if r.Timeouts > 0 {
		t.Errorf("%d requests got no answer within timer F", r.Timeouts)
	}
	for code := range r.Codes {
		if !slices.Contains([]string{"200", "401", "503"}, code) {
			t.Errorf("%d answers %s", r.Codes[code], code)
		}
	}
	if r.RetryAfter["0"] > 0 {
		t.Errorf("%d answers 503 without Retry-After", r.RetryAfter["0"])
	}
	if refused := r.Codes["503"]; refused > 100 {
		if most := slices.Max(slices.Collect(maps.Values(r.RetryAfter))); 2*most > refused {
			t.Errorf("Retry-After %s: more than half of the phones come back at the same time", counts(r.RetryAfter))
		}
	}
	if peak > stormMemory {
		t.Errorf("the node took %d MB, want at most %d", peak, stormMemory)
	}
}

// provisionPhones inserts phones p000000, p000001, …, the password "secret".
func (s *site) provisionPhones(phones int) {
	s.t.Helper()
	s.exec(`WITH p AS (SELECT 'p' || to_char(i, 'FM000000') AS id FROM generate_series(0, $1::int - 1) i),
a AS (INSERT INTO ps_aors (id, max_contacts, remove_existing) SELECT id, 1, 'yes' FROM p),
b AS (INSERT INTO ps_auths (id, auth_type, username, password) SELECT id, 'userpass', id, 'secret' FROM p)
INSERT INTO ps_endpoints (id, aors, auth) SELECT id, id, id FROM p`, phones)
	s.exec(`ANALYZE ps_aors, ps_auths, ps_endpoints`)
}

// makeLoad makes a load, and says what each whole second brought.
func makeLoad(t *testing.T, o generator.Options) (*generator.Result, []generator.Second) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var seconds []generator.Second
	o.EachSecond = func(s generator.Second) { seconds = append(seconds, s) }
	r, err := generator.Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	var each strings.Builder
	for _, s := range seconds {
		fmt.Fprintf(&each, " %d", s.Registrations)
	}
	var text strings.Builder
	if err := r.Print(&text); err != nil {
		t.Fatal(err)
	}
	t.Logf("200s in each second:%s\n%s", each.String(), text.String())
	return r, seconds
}

// rateOf is the rate at which nine tenths of the phones got in, 0 when they did
// not. The last ones wait for the end of their Retry-After.
func rateOf(seconds []generator.Second, phones int) float64 {
	in := uint64(0)
	for _, s := range seconds {
		if in += s.Registrations; in >= uint64(phones)*9/10 {
			return float64(in) / s.At.Seconds()
		}
	}
	return 0
}

func bestSecond(seconds []generator.Second) float64 {
	best := 0.0
	for _, s := range seconds {
		best = max(best, float64(s.Registrations))
	}
	return best
}

// worstSecond is the one with the fewest 200s, once it is going (a second has
// half of the best) and until so few phones are left that they are all in
// within two more.
func worstSecond(seconds []generator.Second, best float64) float64 {
	all := uint64(0)
	for _, s := range seconds {
		all += s.Registrations
	}
	worst, in, going := best, uint64(0), false
	for _, s := range seconds {
		in += s.Registrations
		going = going || float64(s.Registrations) > best/2
		if going && float64(all-in) > 2*best {
			worst = min(worst, float64(s.Registrations))
		}
	}
	if !going {
		return 0
	}
	return worst
}

// counts writes a map in the order of its keys.
func counts(m map[string]uint64) string {
	var parts []string
	for _, key := range slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	}) {
		parts = append(parts, fmt.Sprintf("%s: %d", key, m[key]))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, " ")
}
