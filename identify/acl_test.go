package identify

import (
	"net/netip"
	"strings"
	"testing"

	"registrard/asterisk"
	"registrard/reason"
)

func TestAdmit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		row      asterisk.EndpointRow
		source   string
		contacts string
		want     *reason.Reason
		detail   string
	}{
		{name: "no ACL admits everybody", source: "192.0.2.1", contacts: "10.0.0.1"},
		{name: "deny refuses the source", row: asterisk.EndpointRow{Deny: text("192.0.2.0/24")}, source: "192.0.2.1", want: reason.SourceDenied, detail: "source address 192.0.2.1"},
		{name: "permit admits it again", row: asterisk.EndpointRow{Deny: text("0.0.0.0/0"), Permit: text("192.0.2.0/24")}, source: "192.0.2.1"},
		{name: "deny is not about contacts", row: asterisk.EndpointRow{Deny: text("10.0.0.0/8")}, source: "192.0.2.1", contacts: "10.0.0.1"},
		{name: "contact_deny refuses a contact", row: asterisk.EndpointRow{ContactDeny: text("10.0.0.0/8")}, source: "192.0.2.1", contacts: "10.0.0.1", want: reason.ContactDenied, detail: "Contact address 10.0.0.1"},
		{name: "every contact counts", row: asterisk.EndpointRow{ContactDeny: text("0.0.0.0/0"), ContactPermit: text("192.0.2.0/24")}, source: "10.0.0.1", contacts: "192.0.2.1 192.0.2.2 10.0.0.1", want: reason.ContactDenied, detail: "10.0.0.1"},
		{name: "contact_deny is not about the source", row: asterisk.EndpointRow{ContactDeny: text("192.0.2.0/24")}, source: "192.0.2.1", contacts: "10.0.0.1"},
		{name: "IPv6", row: asterisk.EndpointRow{Deny: text("2001:db8::/32")}, source: "2001:db8::1", want: reason.SourceDenied},
		{name: "an unreadable deny refuses", row: asterisk.EndpointRow{Deny: text("192.0.2")}, source: "10.0.0.1", want: reason.SourceDenied, detail: `"192.0.2"`},
		{name: "a named acl refuses", row: asterisk.EndpointRow{ACL: text("office")}, source: "10.0.0.1", want: reason.SourceDenied, detail: "acl.conf"},
		{name: "an unreadable contact_deny refuses even without contacts", row: asterisk.EndpointRow{ContactDeny: text("x")}, source: "10.0.0.1", want: reason.ContactDenied, detail: `"x"`},
		{name: "the source is judged first", row: asterisk.EndpointRow{Deny: text("0.0.0.0/0"), ContactDeny: text("0.0.0.0/0")}, source: "10.0.0.1", contacts: "10.0.0.1", want: reason.SourceDenied},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.row.ID = "6001"
			f := Facts{Source: netip.AddrPortFrom(netip.MustParseAddr(c.source), 5060)}
			for _, a := range strings.Fields(c.contacts) {
				f.ContactHosts = append(f.ContactHosts, netip.MustParseAddr(a))
			}
			got := Admit(asterisk.DecodeEndpoint(c.row, nil, nil), &f)
			if c.want == nil {
				if got != nil {
					t.Fatalf("refused: %v", got)
				}
				return
			}
			if got == nil || got.Reason != c.want {
				t.Fatalf("got %v, want %s", got, c.want.Name)
			}
			if !strings.Contains(got.Detail, c.detail) || !strings.Contains(got.Detail, `"6001"`) {
				t.Errorf("detail %q; want %q in it", got.Detail, c.detail)
			}
		})
	}
}
