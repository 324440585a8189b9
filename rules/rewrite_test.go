package rules_test

import (
	"net/netip"
	"strings"
	"testing"

	"registrard/asterisk"
	"registrard/rules"
)

func TestCheck_rewrite_contact(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, contact string
		transport     string // of a connection, which is a SIP proxy's after "proxied "; "" is UDP
		rewrite       bool
		want          string
		prune         bool
	}{
		{"ps_endpoints.rewrite_contact off leaves it", "sip:a@10.0.0.5:5060", "", false, "sip:a@10.0.0.5:5060", false},
		{"ps_endpoints.rewrite_contact over UDP takes the source and no transport", "sip:a@10.0.0.5:5060;transport=udp", "", true,
			"sip:a@192.0.2.1:5062;x-ast-orig-host=10.0.0.5:5060", false},
		{"ps_endpoints.rewrite_contact without a port", "sip:a@10.0.0.5", "", true, "sip:a@192.0.2.1:5062;x-ast-orig-host=10.0.0.5:0", false},
		{"ps_endpoints.rewrite_contact the source's own address is not kept twice", "sip:a@192.0.2.1:5060;y", "", true, "sip:a@192.0.2.1:5062;y", false},
		{"ps_endpoints.rewrite_contact over TCP", "sip:a@10.0.0.5:5060", "tcp", true,
			"sip:a@192.0.2.1:5062;transport=TCP;x-ast-orig-host=10.0.0.5:5060", true},
		{"ps_endpoints.rewrite_contact over TLS", "sips:a@10.0.0.5:5061;transport=tls;y=1", "tls", true,
			"sips:a@192.0.2.1:5062;transport=TLS;y=1;x-ast-orig-host=10.0.0.5:5061", true},
		{"ps_endpoints.rewrite_contact an IPv6 Contact", "sip:a@[2001:db8::5]:5060", "", true,
			"sip:a@192.0.2.1:5062;x-ast-orig-host=2001:db8::5:5060", false},
		{"WebSocket is rewritten always", "sip:a@df7jal23ls0d.invalid;transport=ws", "ws", false,
			"sip:a@192.0.2.1:5062;transport=ws;x-ast-orig-host=df7jal23ls0d.invalid:0", true},
		{"secure WebSocket is rewritten always, and its transport is ws", "sip:a@df7jal23ls0d.invalid;transport=wss", "wss", true,
			"sip:a@192.0.2.1:5062;transport=ws;x-ast-orig-host=df7jal23ls0d.invalid:0", true},
		{"WebSocket with rewrite_contact has Asterisk's upper case", "sip:a@df7jal23ls0d.invalid", "ws", true,
			"sip:a@192.0.2.1:5062;transport=WS;x-ast-orig-host=df7jal23ls0d.invalid:0", true},
		{"ps_contacts.prune_on_boot a TCP contact that listens survives", "sip:a@192.0.2.1:5060;transport=tcp", "tcp", false,
			"sip:a@192.0.2.1:5060;transport=tcp", false},
		{"ps_contacts.prune_on_boot a TCP contact that is the source of its connection", "sip:a@192.0.2.1:5062;transport=tcp", "tcp", false,
			"sip:a@192.0.2.1:5062;transport=tcp", true},
		{"ps_contacts.prune_on_boot a UDP contact that is its source survives", "sip:a@192.0.2.1:5062", "", false,
			"sip:a@192.0.2.1:5062", false},
		{"ps_contacts.prune_on_boot a host that can't be reached", "sip:a@x.INVALID;transport=tcp", "tcp", false,
			"sip:a@x.INVALID;transport=tcp", true},
		{"ps_contacts.prune_on_boot a name is not compared with the source", "sip:a@phone.example.com:5062;transport=tcp", "tcp", false,
			"sip:a@phone.example.com:5062;transport=tcp", false},
		{"ps_contacts.prune_on_boot another host with the source's port survives", "sip:a@10.0.0.9:5062;transport=tcp", "tcp", false,
			"sip:a@10.0.0.9:5062;transport=tcp", false},
		{"ps_contacts.prune_on_boot the source as an IPv4-mapped address", "sip:a@[::ffff:192.0.2.1]:5062;transport=tcp", "tcp", false,
			"sip:a@[::ffff:192.0.2.1]:5062;transport=tcp", true},
		{"ps_contacts.prune_on_boot no port is 5060, which is not the source's", "sip:a@192.0.2.1;transport=tcp", "tcp", false,
			"sip:a@192.0.2.1;transport=tcp", false},
		{"ps_contacts.prune_on_boot a SIP proxy's connection is not the phone's", "sip:a@192.0.2.1:5062;transport=tcp", "proxied tcp", false,
			"sip:a@192.0.2.1:5062;transport=tcp", false},
		{"ps_contacts.prune_on_boot a SIP proxy's connection is not the phone's, with rewrite_contact", "sip:a@10.0.0.5:5060", "proxied tls", true,
			"sip:a@192.0.2.1:5062;transport=TLS;x-ast-orig-host=10.0.0.5:5060", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			g := given{ask: request(to(tc.contact)), endpoint: provisioned()}
			g.endpoint.RewriteContact = tc.rewrite
			if tc.transport != "" {
				transport, proxied := strings.CutPrefix(tc.transport, "proxied ")
				g.over(transport)
				g.ask.Proxied = proxied
			}
			c, r := g.Check(&g.ask, g.endpoint, nil)
			if r != nil {
				t.Fatal(r)
			}
			got, original := &c.Wanted[0].Contact, ""
			if tc.want != tc.contact {
				original = tc.contact
			}
			if got.URI != tc.want || got.OriginalURI != original || got.PruneOnBoot != tc.prune {
				t.Errorf("stores %s, original %q, prune %v", got.URI, got.OriginalURI, got.PruneOnBoot)
			}
			if parsed := c.Wanted[0].Parsed.String(); parsed != got.URI {
				t.Errorf("parsed is %s", parsed)
			}
			if sent := g.ask.Contacts[0].URI.String(); sent != tc.contact {
				t.Errorf("the Ask became %s", sent)
			}
		})
	}
}

func TestCheck_rewrites_to_an_IPv6_source_in_brackets(t *testing.T) {
	t.Parallel()
	g := given{ask: request(to("sip:a@10.0.0.5")), endpoint: provisioned()}
	g.endpoint.RewriteContact = true
	for source, want := range map[string]string{
		"[2001:db8::7]:5062":      "sip:a@[2001:db8::7]:5062;x-ast-orig-host=10.0.0.5:0",
		"[::ffff:192.0.2.7]:5062": "sip:a@192.0.2.7:5062;x-ast-orig-host=10.0.0.5:0",
		"[fe80::1%eth0]:5062":     "sip:a@[fe80::1]:5062;x-ast-orig-host=10.0.0.5:0",
	} {
		g.ask.Way.Source = netip.MustParseAddrPort(source)
		c, r := g.Check(&g.ask, g.endpoint, nil)
		if r != nil {
			t.Fatal(r)
		}
		if got := c.Wanted[0].Contact.URI; got != want {
			t.Errorf("from %s stores %s, want %s", source, got, want)
		}
	}
}

// A phone that sends from 5060 names that port by naming none (RFC 3261 19.1.2),
// and a reverse proxy of WebSockets may not know the phone's port.
func TestCheck_prune_on_boot_by_port(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		contact, transport, source string
		prune                      bool
	}{
		{"sip:a@192.0.2.1;transport=tcp", "tcp", "192.0.2.1:5060", true},
		{"sip:a@192.0.2.1;transport=tls", "tls", "192.0.2.1:5061", true},
		{"sips:a@192.0.2.1", "tls", "192.0.2.1:5061", true},
		{"sips:a@192.0.2.1", "tls", "192.0.2.1:5060", false},
		{"sip:a@x.invalid;transport=ws", "ws", "192.0.2.1:0", true},
	} {
		g := given{ask: request(to(tc.contact)), endpoint: provisioned()}
		g.over(tc.transport)
		g.ask.Way.Source = netip.MustParseAddrPort(tc.source)
		c, r := g.Check(&g.ask, g.endpoint, nil)
		if r != nil {
			t.Fatal(r)
		}
		if got := c.Wanted[0].Contact.PruneOnBoot; got != tc.prune {
			t.Errorf("%s over %s from %s: prune_on_boot %v", tc.contact, tc.transport, tc.source, got)
		}
	}
}

func TestWritten(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, stored, original, want string }{
		{"what registrard kept", "sip:a@192.0.2.1:5062", "sip:a@10.0.0.5", "sip:a@10.0.0.5"},
		{"what was not rewritten", "sip:a@192.0.2.1:5062;y=x-ast-orig-host", "", "sip:a@192.0.2.1:5062;y=x-ast-orig-host"},
		{"x-ast-orig-host of Asterisk", "sip:a@192.0.2.1:5062;y;x-ast-orig-host=10.0.0.5:5060", "", "sip:a@10.0.0.5:5060;y"},
		{"x-ast-orig-host in any case of letters", "sip:a@192.0.2.1:5062;X-AST-Orig-Host=10.0.0.5:5060", "", "sip:a@10.0.0.5:5060"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := rules.Written(&asterisk.Contact{URI: tc.stored, OriginalURI: tc.original}); got != tc.want {
				t.Errorf("got %s", got)
			}
		})
	}
}
