package asterisk

import (
	"math"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var compareAddrs = cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})

// full has something in every field.
func full() Contact {
	return Contact{
		ID: ContactID("a;b", "sip:a@192.0.2.1;transport=udp"), AOR: "a;b", Endpoint: "e;1", URI: "sip:a@192.0.2.1;transport=udp",
		ExpirationTime: 1795507535, QualifyFrequency: 60, QualifyTimeout: 2.5, Qualify2xxOnly: true, AuthenticateQualify: true,
		OutboundProxy: "sip:p;lr", Path: []string{"<sip:a,b@p1;lr>", `"x,\"y" <sip:p2;lr>`}, UserAgent: "phone; 1^2", RegServer: "node1",
		ViaAddr: "192.0.2.9", ViaPort: 5070, CallID: "c;1", PruneOnBoot: true,
		CSeq: math.MaxUint32, HasCSeq: true, Q: "0.7", InstanceID: "urn:uuid:1;2", RegID: 2, OriginalURI: "sip:a@10.0.0.1;x=^3B",
		Way: Way{Node: "node1", BootID: "boot", Listener: "tcp://:5060", Transport: "tcp",
			Source: netip.MustParseAddrPort("[2001:db8::1]:1234"), Flow: "f1"},
		RegisteredAt: time.Date(2026, 11, 24, 1, 2, 3, 0, time.UTC), RefreshedAt: time.Date(2026, 11, 24, 2, 2, 3, 0, time.UTC), Proof: -7, Unavailable: true,
	}
}

func TestEncodeContact(t *testing.T) {
	t.Parallel()
	t.Run("nothing_is_lost_on_the_way_to_the_row_and_back", func(t *testing.T) {
		c := full()
		v := reflect.ValueOf(c)
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("this test leaves %s empty", v.Type().Field(i).Name)
			}
		}
		if diff := cmp.Diff(c, DecodeContact(EncodeContact(c, Widths{})), compareAddrs); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("as_Asterisk_writes_it,_column_by_column", func(t *testing.T) {
		got := EncodeContact(Contact{AOR: "100001", Endpoint: "100001", URI: "sip:100001@127.0.0.1:7777", ExpirationTime: 1795507535,
			QualifyTimeout: 3, UserAgent: "sipsak 0.9.8.1", RegServer: "ast1", ViaAddr: "127.0.0.1", ViaPort: 7777, CallID: "1@127.0.0.1"}, Widths{})
		want := ContactRow{
			ID: "100001^3B@f2dd385ef09965bbcefdf7f7234ac29e", URI: ptr("sip:100001@127.0.0.1:7777"), ExpirationTime: ptr(int64(1795507535)),
			QualifyFrequency: ptr(int32(0)), OutboundProxy: ptr(""), Path: ptr(""), UserAgent: ptr("sipsak 0.9.8.1"), QualifyTimeout: ptr(3.0),
			RegServer: ptr("ast1"), AuthenticateQualify: ptr("no"), ViaAddr: ptr("127.0.0.1"), ViaPort: ptr(int32(7777)), CallID: ptr("1@127.0.0.1"),
			Endpoint: ptr("100001"), PruneOnBoot: ptr("no"), Qualify2xxOnly: ptr("false"),
		}
		if diff := cmp.Diff(want, got, compareAddrs); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("texts_are_escaped,_registrard's_own_are_plain", func(t *testing.T) {
		got := EncodeContact(full(), Widths{})
		want := map[string]string{
			*got.URI: "sip:a@192.0.2.1^3Btransport=udp", *got.UserAgent: "phone^3B 1^5E2", *got.CallID: "c^3B1", *got.Endpoint: "e^3B1",
			*got.OutboundProxy: "sip:p^3Blr", *got.Path: `<sip:a,b@p1^3Blr>,"x,\"y" <sip:p2^3Blr>`,
			*got.InstanceID: "urn:uuid:1;2", *got.OriginalURI: "sip:a@10.0.0.1;x=^3B",
			*got.PruneOnBoot: "yes", *got.AuthenticateQualify: "yes", *got.Qualify2xxOnly: "true",
		}
		for g, w := range want {
			if g != w {
				t.Errorf("got %q, want %q", g, w)
			}
		}
	})
	t.Run("long_texts_are_cut_to_their_columns_but_never_the_uri", func(t *testing.T) {
		long := strings.Repeat("ä", 300)
		got := EncodeContact(Contact{AOR: "a", URI: "sip:" + long, UserAgent: strings.Repeat("x", 254) + ";", CallID: long, ViaAddr: long}, Widths{RegServer: 20, ViaAddr: 10})
		if *got.URI != "sip:"+long || *got.UserAgent != strings.Repeat("x", 254) || len([]rune(*got.CallID)) != 255 || len([]rune(*got.ViaAddr)) != 10 {
			t.Errorf("%+v", got)
		}
		got = EncodeContact(Contact{AOR: "a", Way: Way{Node: strings.Repeat("n", 30)}}, Widths{RegServer: 20})
		if *got.RegServer != strings.Repeat("n", 20) {
			t.Errorf("reg_server = %q", *got.RegServer)
		}
	})
	t.Run("bytes_that_PostgreSQL_refuses_are_replaced", func(t *testing.T) {
		got := EncodeContact(Contact{AOR: "a", UserAgent: "a\x00\xff", InstanceID: "b\x00\xff"}, Widths{})
		if *got.UserAgent != "a\uFFFD" || *got.InstanceID != "b\uFFFD" {
			t.Errorf("%q, %q", *got.UserAgent, *got.InstanceID)
		}
	})
}

func TestDecodeContact(t *testing.T) {
	t.Parallel()
	t.Run("a_row_of_NULLs_is_a_permanent_contact", func(t *testing.T) {
		want := Contact{ID: "6001^3B@x", AOR: "6001", QualifyTimeout: 3}
		if diff := cmp.Diff(want, DecodeContact(ContactRow{ID: "6001^3B@x"}), compareAddrs); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("reachable_NULL_and_true_are_available", func(t *testing.T) {
		for _, p := range []*bool{nil, ptr(true)} {
			if DecodeContact(ContactRow{Reachable: p}).Unavailable {
				t.Error("unavailable")
			}
		}
	})
	t.Run("numbers_out_of_range_are_none", func(t *testing.T) {
		addr := netip.MustParseAddr("::ffff:192.0.2.1")
		c := DecodeContact(ContactRow{CSeq: ptr(int64(1) << 32), SourceAddr: &addr, SourcePort: ptr(int32(70000))})
		if c.HasCSeq || c.Way.Source != netip.MustParseAddrPort("192.0.2.1:0") {
			t.Errorf("%+v", c)
		}
	})
	t.Run("every_boolean_spelling", func(t *testing.T) {
		c := DecodeContact(ContactRow{PruneOnBoot: ptr("1"), Qualify2xxOnly: ptr("ON"), AuthenticateQualify: ptr("off")})
		if !c.PruneOnBoot || !c.Qualify2xxOnly || c.AuthenticateQualify {
			t.Errorf("%+v", c)
		}
	})
}

func FuzzSplitPath(f *testing.F) {
	for _, s := range []string{"", "<sip:a;lr>,<sip:b>", `"a,b" <sip:a,b>, sip:c`, `"unended, <`, "<,>,,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		values := splitPath(s)
		if again := splitPath(strings.Join(values, ",")); !reflect.DeepEqual(values, again) {
			t.Errorf("%q gives %q, and joined again %q", s, values, again)
		}
	})
}

func FuzzContactRow(f *testing.F) {
	f.Add("6001", "sip:a@b;c", "x^3B")
	f.Add("", "\xff", "\x00")
	f.Fuzz(func(t *testing.T, aor, uri, s string) {
		c := Contact{AOR: aor, URI: uri, UserAgent: s, CallID: s, OutboundProxy: s, Endpoint: s, InstanceID: s, OriginalURI: s}
		once := DecodeContact(EncodeContact(c, Widths{}))
		twice := DecodeContact(EncodeContact(once, Widths{}))
		if diff := cmp.Diff(once, twice, compareAddrs); diff != "" {
			t.Errorf("a row written again is another (-once +twice):\n%s", diff)
		}
	})
}
