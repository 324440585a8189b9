package rules_test

import (
	"testing"

	"registrard/rules"
)

func TestSameURI(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, a, b string
		want       bool
	}{
		// The RFC's own examples, in its order.
		{"19.1.4 example escaped user, host and parameter in another case", "sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true},
		{"19.1.4 example unknown parameter in one", "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true},
		{"19.1.4 example another unknown parameter in one", "sip:carol@chicago.com", "sip:carol@chicago.com;security=on", true},
		{"19.1.4 example different unknown parameters in each", "sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true},
		{"19.1.4 example parameters in another order", "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com", "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com", true},
		{"19.1.4 example headers in another order", "sip:alice@atlanta.com?subject=project%20x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=project%20x", true},
		{"19.1.4 example user in another case", "SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false},
		{"19.1.4 example port in one, though it is the default", "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false},
		{"19.1.4 example transport in one, though it is the default", "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false},
		{"19.1.4 example port and transport in one", "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false},
		{"19.1.4 example header in one", "sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false},
		{"19.1.4 example address and name", "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false},
		{"19.1.4 example not transitive, on equals none", "sip:carol@chicago.com;security=on", "sip:carol@chicago.com", true},
		{"19.1.4 example not transitive, none equals off", "sip:carol@chicago.com", "sip:carol@chicago.com;security=off", true},
		{"19.1.4 example not transitive, on differs from off", "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false},

		// Rule by rule.
		{"19.1.4 sip and sips are never the same", "sip:alice@h", "sips:alice@h", false},
		{"19.1.4 user in one", "sip:alice@h", "sip:h", false},
		{"19.1.4 password in one", "sip:alice:x@h", "sip:alice@h", false},
		{"19.1.4 password in another case", "sip:alice:x@h", "sip:alice:X@h", false},
		{"19.1.4 escaped equals unescaped in any case of its hex digits", "sip:a%5bb@h", "sip:a%5Bb@h", true},
		{"19.1.4 ports differ", "sip:alice@h:5060", "sip:alice@h:5061", false},
		{"19.1.4 hosts differ", "sip:alice@h", "sip:alice@i", false},
		{"19.1.4 IPv6 addresses in another spelling", "sip:alice@[2001:DB8:0::1]", "sip:alice@[2001:db8::1]", true},
		{"19.1.4 transports differ", "sip:alice@h;transport=tcp", "sip:alice@h;transport=udp", false},
		{"19.1.4 user parameter in one, though it is the default", "sip:alice@h;user=ip", "sip:alice@h", false},
		{"19.1.4 ttl in one", "sip:alice@h", "sip:alice@h;ttl=1", false},
		{"19.1.4 method in one, though it is the default", "sip:alice@h;method=INVITE", "sip:alice@h", false},
		{"19.1.4 maddr in one", "sip:alice@h", "sip:alice@h;maddr=192.0.2.1", false},
		{"19.1.4 lr in one is ignored", "sip:alice@h;lr", "sip:alice@h", true},
		{"19.1.4 unknown parameter in both differs", "sip:alice@h;x=1", "sip:alice@h;x=2", false},
		{"19.1.4 unknown parameter in both in another case", "sip:alice@h;X=Ab", "sip:alice@h;x=aB", true},
		{"19.1.4 header values differ", "sip:alice@h?a=1", "sip:alice@h?a=2", false},
		{"19.1.4 more headers in one", "sip:alice@h?a=1&b=2", "sip:alice@h?a=1", false},
		{"19.1.4 a header twice is not another header", "sip:alice@h?a=1&a=1", "sip:alice@h?a=1&b=1", false},
		{"19.1.4 a header twice is not the header once", "sip:alice@h?a=1&a=1", "sip:alice@h?a=1", false},
		{"another scheme with the same text", "tel:+1", "TEL:+1", true},
		{"another scheme with another text", "tel:+1", "tel:+2", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a, err := rules.ParseURI(tc.a)
			if err != nil {
				t.Fatal(err)
			}
			b, err := rules.ParseURI(tc.b)
			if err != nil {
				t.Fatal(err)
			}
			if got := rules.SameURI(&a, &b); got != tc.want {
				t.Errorf("%s and %s: same is %v, want %v", tc.a, tc.b, got, tc.want)
			}
			if got := rules.SameURI(&b, &a); got != tc.want {
				t.Errorf("%s and %s: same is %v, want %v", tc.b, tc.a, got, tc.want)
			}
		})
	}
}
