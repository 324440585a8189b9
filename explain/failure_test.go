package explain

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"registrard/asterisk"
	"registrard/digest"
	"registrard/identify"
	"registrard/reason"
	"registrard/registrar"
	"registrard/rules"
)

func TestFailureOf(t *testing.T) {
	request := func(from, auth string) *registrar.Request {
		q := &registrar.Request{
			Facts: identify.Facts{Source: netip.MustParseAddrPort("192.0.2.7:40000"), FromUser: from, FromHost: "example.com"},
			Ask:   rules.Ask{To: rules.URI{Scheme: "sip", User: "6001", Host: "example.com"}, UserAgent: "phone", Way: asterisk.Way{Transport: "udp"}},
		}
		if auth != "" {
			q.Credentials.List = []digest.Credential{{Username: auth, Response: "00"}}
		}
		return q
	}
	endpoint := &asterisk.Endpoint{ID: "6001"}
	for _, c := range []struct {
		name string
		q    *registrar.Request
		o    registrar.Outcome
		want *Failure // what differs from the usual; nil: no failure
	}{
		{"accepted", request("6001", "6001"), registrar.Outcome{}, nil},
		{"a challenge", request("6001", ""), registrar.Outcome{Refusal: reason.Because(reason.Challenge, "")}, nil},
		{"a stale nonce", request("6001", "6001"), registrar.Outcome{Refusal: reason.Because(reason.StaleNonce, "")}, nil},
		{"nobody, before any credentials were shown", request("6001", ""), registrar.Outcome{Refusal: reason.Because(reason.UnknownEndpoint, "")}, nil},
		{"the database was away", request("6001", "6001"), registrar.Outcome{Refusal: reason.Because(reason.DatabaseUnavailable, "")}, nil},
		{"too many at once", request("6001", "6001"), registrar.Outcome{Refusal: reason.Because(reason.Overloaded, "")}, nil},
		{"a wrong password", request("6001", "6001"), registrar.Outcome{Refusal: reason.Because(reason.WrongPassword, "x"), Finding: identify.Finding{Endpoint: endpoint}},
			&Failure{Username: "6001", Endpoint: "6001", Reason: "wrong_password", Detail: "x", Code: 401}},
		{"another name in the credentials", request("6001", "alice"), registrar.Outcome{Refusal: reason.Because(reason.UnknownAuthUser, ""), Finding: identify.Finding{Endpoint: endpoint}},
			&Failure{Username: "6001", AuthUsername: "alice", Endpoint: "6001", Reason: "unknown_auth_user", Code: 401}},
		{"no name in From", request("", "alice"), registrar.Outcome{Refusal: reason.Because(reason.UnknownEndpoint, "")},
			&Failure{Username: "alice", Reason: "unknown_endpoint", Code: 401}},
		{"found, but not by this method", request("6001", "6001"), registrar.Outcome{Refusal: reason.Because(reason.IdentifyMethodNotAllowed, ""),
			Finding: identify.Finding{Tried: []identify.Attempt{{Outcome: identify.NotAllowed, Row: "6001"}}}},
			&Failure{Username: "6001", Endpoint: "6001", Reason: "identify_method_not_allowed", Code: 401}},
		{"refused by a rule, without credentials", request("trunk", ""), registrar.Outcome{Refusal: reason.Because(reason.NoAORs, ""), Finding: identify.Finding{Endpoint: endpoint}},
			&Failure{Username: "trunk", Endpoint: "6001", Reason: "no_aors", Code: 403}},
		{"no answer, before any credentials were shown", request("6001", ""), registrar.Outcome{Refusal: reason.Because(reason.RateLimited, "x")},
			&Failure{Username: "6001", Reason: "rate_limited", Detail: "x"}},
		{"out of order", request("6001", "6001"), registrar.Outcome{Refusal: reason.Because(reason.OutOfOrder, ""), Finding: identify.Finding{Endpoint: endpoint},
			Change: rules.Change{AOR: &asterisk.AOR{ID: "6001@example.com"}}},
			&Failure{Username: "6001", AOR: "6001@example.com", Endpoint: "6001", Reason: "out_of_order", Code: 500}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := FailureOf(c.q, &c.o)
			if ok != (c.want != nil) {
				t.Fatalf("a failure: %v", ok)
			}
			if !ok {
				return
			}
			c.want.Source, c.want.Transport, c.want.UserAgent, c.want.Domain = netip.MustParseAddr("192.0.2.7"), "udp", "phone", "example.com"
			if c.want.AOR == "" {
				c.want.AOR = "6001"
			}
			if diff := cmp.Diff(*c.want, got, cmpopts.IgnoreFields(Failure{}, "Hint"), cmpopts.EquateComparable(netip.Addr{})); diff != "" || got.Hint == "" {
				t.Error(diff)
			}
		})
	}
}

// TestReasonsHaveAStage: each row of the table says where on the way it refuses.
func TestReasonsHaveAStage(t *testing.T) {
	t.Parallel()
	for _, r := range reason.All() {
		if !slices.Contains(stages, Stage(r.Stage)) {
			t.Errorf("%s refuses at %q, which is none of %v", r.Name, r.Stage, stages)
		}
	}
}

func TestMissesBy(t *testing.T) {
	for _, c := range []struct {
		prefix, source string
		want           int
	}{
		{"192.0.2.0/24", "192.0.2.9", 0},
		{"192.0.2.0/25", "192.0.2.128", 1},
		{"192.0.2.0/25", "192.0.2.255", 1},
		{"10.0.0.6/32", "10.0.0.5", 2},
		{"10.0.0.0/8", "11.0.0.1", 1},
		{"2001:db8::/64", "2001:db8:0:1::1", 1},
		{"2001:db8::/64", "192.0.2.1", -1},
		{"0.0.0.0/0", "192.0.2.1", 0},
	} {
		p := netip.MustParsePrefix(c.prefix)
		if got := missesBy(p, netip.AddrPortFrom(netip.MustParseAddr(c.source), 5060)); got != c.want {
			t.Errorf("%s misses %s by %d bits, want %d", c.source, c.prefix, got, c.want)
		}
	}
	if got := span(netip.MustParsePrefix("2001:db8::/64")); got != "2001:db8:: to 2001:db8::ffff:ffff:ffff:ffff" {
		t.Error(got)
	}
}

func TestWrap(t *testing.T) {
	got := Terminal{Width: 30}.wrap("one two three four five six seven", 4)
	if want := "one two three four five\n    six seven"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
