package rules_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"registrard/asterisk"
	"registrard/reason"
	"registrard/rules"
)

func uri(s string) rules.URI {
	u, err := rules.ParseURI(s)
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return u
}

// to is a Contact without parameters.
func to(s string) rules.AskedContact {
	return rules.AskedContact{URI: uri(s), Expires: rules.NotGiven}
}

// request is the least that a phone sends; each case changes it.
func request(contacts ...rules.AskedContact) rules.Ask {
	return rules.Ask{
		To: uri("sip:6001@example.com"), CallID: "call@192.0.2.1", CSeq: 7,
		Contacts: contacts, Expires: rules.NotGiven,
		UserAgent: "Phone 1.0", ViaHost: "10.0.0.5", ViaPort: 5060,
		Way: asterisk.Way{Node: "node1", BootID: "boot", Listener: "udp://:5060", Transport: "udp",
			Source: netip.MustParseAddrPort("192.0.2.1:5062")},
	}
}

// provisioned is endpoint 6001 with AOR 6001; each case changes it.
func provisioned() *asterisk.Endpoint {
	return &asterisk.Endpoint{ID: "6001", AORNames: []string{"6001"}, IdentifyBy: []string{"username", "ip"},
		AORs: []asterisk.AOR{{ID: "6001", DefaultExpiration: 3600, MinimumExpiration: 60, MaximumExpiration: 7200,
			MaxContacts: 2, QualifyTimeout: 3}}}
}

const contactA = "sip:6001@10.0.0.5:5060"

// given is what a case of Check starts from.
type given struct {
	rules.Policy
	ask      rules.Ask
	endpoint *asterisk.Endpoint
	site     asterisk.Site
}

func (g *given) aor() *asterisk.AOR { return &g.endpoint.AORs[0] }

// Check is the policy's, both with a room and without.
func (g *given) Check(a *rules.Ask, e *asterisk.Endpoint, site *asterisk.Site) (rules.Change, *reason.Refusal) {
	c, refusal := g.Policy.Check(a, e, site)
	in, refusalIn := g.CheckIn(usedRoom(), a, e, site)
	if diff := cmp.Diff(c, in, compareAddrs) + cmp.Diff(refusal, refusalIn); diff != "" {
		panic("in a room that is used again it differs:\n" + diff)
	}
	return c, refusal
}

// over makes the request come over another transport, on a connection.
func (g *given) over(transport string) {
	g.ask.Way.Transport, g.ask.Way.Flow = transport, "17"
}

func TestCheck_refuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		given func(*given)
		want  *reason.Reason
		// unsupported and minExpires of the refusal; says is in its detail.
		unsupported []string
		minExpires  int
		says        string
	}{
		{"10.3 step 2 Require of an unknown extension", func(g *given) { g.ask.Require = []string{"foo", "path", "bar", "foo"} },
			reason.UnsupportedExtension, []string{"foo", "bar"}, 0, `"foo"`},
		{"10.3 step 2 Require outbound", func(g *given) { g.ask.Require = []string{"outbound"} },
			reason.UnsupportedExtension, []string{"outbound"}, 0, "outbound"},
		{"10.3 step 2 Require gruu", func(g *given) { g.ask.Require = []string{"gruu"} },
			reason.UnsupportedExtension, []string{"gruu"}, 0, "gruu"},
		{"10.3 step 2 Require path without ps_aors.support_path", func(g *given) { g.ask.Require = []string{"path"} },
			reason.PathNotSupported, []string{"path"}, 0, "support_path"},
		{"RFC 3327 5.3 Path without Supported: path", func(g *given) { g.aor().SupportPath = true; g.ask.Path = []string{"<sip:edge;lr>"} },
			reason.PathNotSupported, []string{"path"}, 0, "no Supported: path"},
		{"RFC 3327 5.3 a malformed Path where ps_aors.support_path stores it", func(g *given) {
			g.aor().SupportPath, g.ask.Supported = true, []string{"path"}
			g.ask.PathFault = reason.Because(reason.BadRequest, "Path: no brackets")
		}, reason.BadRequest, nil, 0, "no brackets"},
		{"ps_endpoints.aors is empty", func(g *given) { g.endpoint.AORNames = nil },
			reason.NoAORs, nil, 0, "6001"},
		{"8.2.2.1 To is a tel URI", func(g *given) { g.ask.To = uri("tel:+1") },
			reason.UnsupportedURIScheme, nil, 0, "tel"},
		{"10.3 step 5 the AOR is not listed", func(g *given) { g.ask.To = uri("sip:6002@example.com") },
			reason.AORNotListed, nil, 0, `"6002"`},
		{"10.3 step 5 the AOR in another case is another", func(g *given) { g.endpoint.AORNames = []string{"Alice"}; g.ask.To = uri("sip:alice@h") },
			reason.AORNotListed, nil, 0, `"alice"`},
		{"10.3 step 5 a user with an escaped NUL is not cut short", func(g *given) { g.ask.To = uri("sip:6001%00@h") },
			reason.AORNotListed, nil, 0, `"6001\x00"`},
		{"10.3 step 5 the AOR is listed and has no row", func(g *given) { g.endpoint.AORs = nil },
			reason.AORMissing, nil, 0, `lists "6001"`},
		{"10.3 step 5 user@host is listed without a row before user with one", func(g *given) { g.endpoint.AORNames = []string{"6001", "6001@example.com"} },
			reason.AORMissing, nil, 0, `"6001" has one, but "6001@example.com" goes first`},
		{"10.3 step 5 credentials don't lead to an AOR unless identify_by has auth_username", func(g *given) {
			g.ask.To = uri("sip:x@h")
			g.ask.AuthUsername, g.ask.AuthRealm = "6001", "asterisk"
		}, reason.AORNotListed, nil, 0, `"x"`},
		{"ps_aors.max_contacts 0", func(g *given) { g.aor().MaxContacts = 0 },
			reason.RegistrationDisabled, nil, 0, "6001"},
		{"10.3 step 6 wildcard beside another Contact", func(g *given) { g.ask.Wildcard, g.ask.Expires = true, 0 },
			reason.BadWildcard, nil, 0, "1 other"},
		{"10.3 step 6 wildcard without Expires", func(g *given) { g.ask.Wildcard, g.ask.Contacts = true, nil },
			reason.BadWildcard, nil, 0, "no Expires"},
		{"10.3 step 6 wildcard with Expires other than 0", func(g *given) { g.ask.Wildcard, g.ask.Contacts, g.ask.Expires = true, nil, 60 },
			reason.BadWildcard, nil, 0, "Expires: 60"},
		{"no Contact is a sip or sips URI", func(g *given) { g.ask.Contacts = []rules.AskedContact{to("tel:+1"), to("mailto:a@b")} },
			reason.UnsupportedURIScheme, nil, 0, `"tel"`},
		{"ps_contacts.uri the Contact is longer than the column, escaped", func(g *given) {
			g.ask.Contacts = []rules.AskedContact{to("sip:" + strings.Repeat(";", 168) + "@h.example")} // 4 + 3*168 + 10 = 518
		}, reason.ContactTooLong, nil, 0, "518 characters"},
		{"ps_contacts.uri an older schema has a shorter column", func(g *given) {
			g.MaxContactURI = 255
			g.ask.Contacts = []rules.AskedContact{to("sip:" + strings.Repeat("a", 250) + "@h")}
		}, reason.ContactTooLong, nil, 0, "holds 255"},
		{"ps_contacts.uri the Contact is too long once it is rewritten", func(g *given) {
			g.endpoint.RewriteContact = true
			g.ask.Contacts = []rules.AskedContact{to("sip:" + strings.Repeat("a", 500) + "@h")}
		}, reason.ContactTooLong, nil, 0, "ps_contacts.uri"},
		{"ps_contacts.id the AOR's name leaves no room for the contact's", func(g *given) {
			name := strings.Repeat("n", 220)
			g.endpoint.AORNames, g.aor().ID, g.ask.To = []string{name}, name, uri("sip:"+name+"@h")
		}, reason.ContactTooLong, nil, 0, "256 characters"},
		{"10.3 step 7 an expiry that is too brief, by configuration", func(g *given) { g.RefuseBrief = true; g.ask.Expires = 59 },
			reason.IntervalTooBrief, nil, 60, "59 s asked"},
		{"10.3 step 7 one of two expiries is too brief, by configuration", func(g *given) {
			g.RefuseBrief = true
			brief := to("sip:b@h")
			brief.Expires = 1
			g.ask.Contacts = append(g.ask.Contacts, brief)
		}, reason.IntervalTooBrief, nil, 60, "1 s asked"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			g := given{ask: request(to(contactA)), endpoint: provisioned()}
			tc.given(&g)
			c, r := g.Check(&g.ask, g.endpoint, &g.site)
			if r == nil {
				t.Fatalf("accepted: %+v", c)
			}
			if r.Reason != tc.want || !slices.Equal(r.Unsupported, tc.unsupported) || r.MinExpires != tc.minExpires {
				t.Errorf("refused with %v, Unsupported %v, Min-Expires %d", r, r.Unsupported, r.MinExpires)
			}
			if !strings.Contains(r.Detail, tc.says) {
				t.Errorf("the detail %q doesn't say %q", r.Detail, tc.says)
			}
			if strings.ContainsFunc(r.Detail, func(c rune) bool { return c < ' ' }) {
				t.Errorf("the detail holds a control character: %q", r.Detail)
			}
		})
	}
}

func TestCheck_chooses_the_AOR(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		aors  []string
		to    string
		given func(*given)
		want  string
	}{
		{"10.3 step 5 user", []string{"6000", "6001"}, "sip:6001@example.com", nil, "6001"},
		{"10.3 step 5 user@host before user", []string{"6001", "6001@example.com"}, "sip:6001@example.com", nil, "6001@example.com"},
		{"10.3 step 5 the host in any case", []string{"6001@Example.com"}, "sip:6001@eXample.com", nil, "6001@Example.com"},
		{"10.3 step 5 a sips URI", []string{"6001"}, "sips:6001@example.com", nil, "6001"},
		{"10.3 step 5 an escaped user", []string{"6001"}, "sip:%36001@example.com", nil, "6001"},
		{"ps_domain_aliases user@domain of the alias before user", []string{"6001", "6001@main.example"}, "sip:6001@Alias.example",
			func(g *given) { g.site.Aliases = map[string]string{"alias.example": "main.example"} }, "6001@main.example"},
		{"the listener's domain before user", []string{"6001", "6001@voip.example"}, "sip:6001@192.0.2.100",
			func(g *given) { g.ask.Domain = "voip.example" }, "6001@voip.example"},
		{"user@domain of the alias before the listener's domain", []string{"6001@voip.example", "6001@main.example"}, "sip:6001@alias.example",
			func(g *given) {
				g.ask.Domain, g.site.Aliases = "voip.example", map[string]string{"alias.example": "main.example"}
			}, "6001@main.example"},
		{"ps_domain_aliases user@host before user@domain", []string{"6001@main.example", "6001@alias.example"}, "sip:6001@alias.example",
			func(g *given) { g.site.Aliases = map[string]string{"alias.example": "main.example"} }, "6001@alias.example"},
		{"ps_globals.ignore_uri_user_options", []string{"6001"}, "sip:6001;phone-context=x@example.com",
			func(g *given) { g.site.Global.IgnoreURIUserOptions = true }, "6001"},
		{"identify_by auth_username the user of the credentials", []string{"6001"}, "sip:desk@example.com",
			func(g *given) {
				g.endpoint.IdentifyBy = []string{"auth_username"}
				g.ask.AuthUsername, g.ask.AuthRealm = "6001", "asterisk"
			}, "6001"},
		{"identify_by auth_username the user and realm of the credentials first", []string{"6001", "6001@asterisk"}, "sip:desk@example.com",
			func(g *given) {
				g.endpoint.IdentifyBy = []string{"username", "auth_username"}
				g.ask.AuthUsername, g.ask.AuthRealm = "6001", "asterisk"
			}, "6001@asterisk"},
		{"identify_by auth_username To goes first", []string{"6001", "6002"}, "sip:6002@example.com",
			func(g *given) {
				g.endpoint.IdentifyBy = []string{"auth_username"}
				g.ask.AuthUsername, g.ask.AuthRealm = "6001", "asterisk"
			}, "6002"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			g := given{ask: request(), endpoint: provisioned()}
			template := *g.aor()
			g.endpoint.AORNames, g.endpoint.AORs = tc.aors, nil
			for _, name := range tc.aors {
				template.ID = name
				g.endpoint.AORs = append(g.endpoint.AORs, template)
			}
			g.ask.To = uri(tc.to)
			if tc.given != nil {
				tc.given(&g)
			}
			c, r := g.Check(&g.ask, g.endpoint, &g.site)
			if r != nil {
				t.Fatal(r)
			}
			if c.AOR.ID != tc.want {
				t.Errorf("chose %s, want %s", c.AOR.ID, tc.want)
			}
		})
	}
}

func TestCheck_expiry(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name            string
		contact, header int64
		given           func(*given)
		want            int64
	}{
		{"10.3 step 7 the Contact's before the header's", 100, 200, nil, 100},
		{"10.3 step 7 the header's when the Contact has none", rules.NotGiven, 200, nil, 200},
		{"10.3 step 7 ps_aors.default_expiration when neither", rules.NotGiven, rules.NotGiven, nil, 3600},
		{"10.3 step 7 a 0 of the Contact removes", 0, 200, nil, 0},
		{"10.3 step 7 a 0 of the header removes", rules.NotGiven, 0, nil, 0},
		{"10.3 step 7 a Contact with an expiry is added though the header is 0", 100, 0, nil, 100},
		{"ps_aors.minimum_expiration raises silently", 5, rules.NotGiven, nil, 60},
		{"ps_aors.maximum_expiration lowers silently", 1 << 32, rules.NotGiven, nil, 7200},
		{"ps_aors.maximum_expiration 0 removes nobody", 100, rules.NotGiven, func(g *given) { g.aor().MaximumExpiration = 0 }, 1},
		{"10.3 step 7 0 is never too brief", 0, rules.NotGiven, func(g *given) { g.RefuseBrief = true }, 0},
		{"10.3 step 7 an hour is never too brief", 3600, rules.NotGiven, func(g *given) { g.RefuseBrief = true; g.aor().MinimumExpiration = 5000 }, 5000},
		{"10.3 step 7 a default is never too brief", rules.NotGiven, rules.NotGiven, func(g *given) { g.RefuseBrief = true; g.aor().DefaultExpiration = 10 }, 60},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			asked := to(contactA)
			asked.Expires = tc.contact
			g := given{ask: request(asked), endpoint: provisioned()}
			g.ask.Expires = tc.header
			if tc.given != nil {
				tc.given(&g)
			}
			c, r := g.Check(&g.ask, g.endpoint, &g.site)
			if r != nil {
				t.Fatal(r)
			}
			if got := c.Wanted[0].Seconds; got != tc.want {
				t.Errorf("granted %d s, want %d s", got, tc.want)
			}
		})
	}
}

func TestCheck_jitter_shortens_within_minimum_and_asked_and_is_the_same_on_each_node(t *testing.T) {
	t.Parallel()
	var sum, n float64
	rapid.Check(t, func(t *rapid.T) {
		asked := to(contactA)
		asked.Expires = rapid.Int64Range(0, 10000).Draw(t, "expires")
		g := given{ask: request(asked), endpoint: provisioned()}
		g.ask.CSeq = rapid.Uint32().Draw(t, "cseq")
		plain, _ := g.Check(&g.ask, g.endpoint, nil)
		g.Jitter = rapid.Float64Range(0, 1).Draw(t, "jitter")
		c, r := g.Check(&g.ask, g.endpoint, nil)
		if r != nil {
			t.Fatal(r)
		}
		got, without := c.Wanted[0].Seconds, plain.Wanted[0].Seconds
		if got > without || got < min(without, 60) || float64(got) < float64(without)*(1-min(g.Jitter, 0.5))-1 {
			t.Fatalf("%d s instead of %d s with a jitter of %v", got, without, g.Jitter)
		}
		if again, _ := g.Check(&g.ask, g.endpoint, nil); again.Wanted[0].Seconds != got {
			t.Fatalf("once %d s, once %d s", got, again.Wanted[0].Seconds)
		}
	})
	for i := range 1000 {
		g := given{ask: request(to(contactA)), endpoint: provisioned()}
		g.Jitter, g.ask.CallID = 0.5, fmt.Sprint("call-", i)
		c, _ := g.Check(&g.ask, g.endpoint, nil)
		sum, n = sum+float64(c.Wanted[0].Seconds), n+1
	}
	if mean := sum / n; mean < 2600 || mean > 2800 { // 3600 less a quarter
		t.Errorf("the mean is %.0f s: not spread evenly", mean)
	}
}

func TestCheck_contacts(t *testing.T) {
	t.Parallel()
	with := func(s string, seconds int64, instance string) rules.AskedContact {
		return rules.AskedContact{URI: uri(s), Expires: seconds, InstanceID: instance}
	}
	for _, tc := range []struct {
		name     string
		contacts []rules.AskedContact
		want     []string
	}{
		{"none is a query", nil, nil},
		{"10.3 step 7 several in their order", []rules.AskedContact{with("sip:b@h", 100, ""), with("sip:a@h", 0, "")}, []string{"sip:b@h 100", "sip:a@h 0"}},
		{"of other schemes are skipped beside sip", []rules.AskedContact{with("tel:+1", 100, ""), with("sips:a@h", 100, "")}, []string{"sips:a@h 100"}},
		{"19.1.4 of the same contact the last wins", []rules.AskedContact{with("sip:a@h", 0, ""), with("sip:b@h", 100, ""), with("sip:a@H;x=1", 200, "")}, []string{"sip:b@h 100", "sip:a@H;x=1 200"}},
		{"19.1.4 a removal doesn't take back what is added before it", []rules.AskedContact{with("sip:a@h", 200, ""), with("sip:a@h", 0, "")}, []string{"sip:a@h 200"}},
		{"19.1.4 a removal doesn't take back what is added after it", []rules.AskedContact{with("sip:a@h", 0, ""), with("sip:a@h", 200, "")}, []string{"sip:a@h 200"}},
		{"19.1.4 a removal before another spelling of what is added, and one after it", []rules.AskedContact{with("sip:a@h", 0, ""), with("sip:a@H;x=1", 200, ""), with("sip:a@h;x=1", 0, "")}, []string{"sip:a@H;x=1 200"}},
		{"cisco-keep-alive neither adds nor removes", []rules.AskedContact{{URI: uri("sip:a@h"), Expires: 0, KeepAlive: true}}, nil},
		{"cisco-keep-alive beside another Contact", []rules.AskedContact{{URI: uri("sip:a@h"), Expires: 0, KeepAlive: true}, with("sip:b@h", 100, "")}, []string{"sip:b@h 100"}},
		{"RFC 5626 6 of an instance that is added twice the last wins", []rules.AskedContact{with("sip:a@h", 100, "i"), with("sip:b@h", 200, "i")}, []string{"sip:b@h 200"}},
		{"RFC 5626 6 an instance may be added at one address and removed at another", []rules.AskedContact{with("sip:a@h", 0, "i"), with("sip:b@h", 200, "i")}, []string{"sip:a@h 0", "sip:b@h 200"}},
		{"lr and method are not stored", []rules.AskedContact{with("sip:a@h;lr;method=INVITE", 100, "")}, []string{"sip:a@h 100"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			g := given{ask: request(tc.contacts...), endpoint: provisioned()}
			c, r := g.Check(&g.ask, g.endpoint, &g.site)
			if r != nil {
				t.Fatal(r)
			}
			var got []string
			for _, w := range c.Wanted {
				got = append(got, fmt.Sprint(w.Contact.URI, " ", w.Seconds))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("wanted %v, want %v", got, tc.want)
			}
		})
	}
}

func TestCheck_wildcard(t *testing.T) {
	t.Parallel()
	g := given{ask: request(), endpoint: provisioned()}
	g.ask.Wildcard, g.ask.Expires = true, 0
	c, r := g.Check(&g.ask, g.endpoint, nil)
	if r != nil || !c.Wildcard || len(c.Wanted) != 0 {
		t.Fatalf("10.3 step 6 wildcard alone with Expires 0: %+v, %v", c, r)
	}
}

func TestCheck_row(t *testing.T) {
	t.Parallel()
	g := given{ask: request(rules.AskedContact{URI: uri("sip:6001@10.0.0.5:5060;ob"), Expires: 600, Q: "0.7",
		InstanceID: "urn:uuid:1", RegID: 1}), endpoint: provisioned()}
	*g.aor() = asterisk.AOR{ID: "6001", DefaultExpiration: 3600, MinimumExpiration: 60, MaximumExpiration: 7200, MaxContacts: 1,
		QualifyFrequency: 30, QualifyTimeout: 2.5, Qualify2xxOnly: true, AuthenticateQualify: true,
		OutboundProxy: "sip:proxy", SupportPath: true}
	g.ask.Path, g.ask.Supported = []string{"<sip:a;lr>", "<sip:b;lr>"}, []string{"path"}
	c, r := g.Check(&g.ask, g.endpoint, nil)
	if r != nil {
		t.Fatal(r)
	}
	want := asterisk.Contact{
		ID: asterisk.ContactID("6001", "sip:6001@10.0.0.5:5060;ob"), AOR: "6001", Endpoint: "6001",
		URI: "sip:6001@10.0.0.5:5060;ob", QualifyFrequency: 30, QualifyTimeout: 2.5, Qualify2xxOnly: true,
		AuthenticateQualify: true, OutboundProxy: "sip:proxy", Path: []string{"<sip:a;lr>", "<sip:b;lr>"},
		UserAgent: "Phone 1.0", RegServer: "node1", ViaAddr: "10.0.0.5", ViaPort: 5060, CallID: "call@192.0.2.1",
		CSeq: 7, HasCSeq: true, Q: "0.7", InstanceID: "urn:uuid:1", RegID: 1, Way: g.ask.Way, Proof: c.Proof,
	}
	if diff := cmp.Diff(want, c.Wanted[0].Contact, compareAddrs); diff != "" {
		t.Error(diff)
	}
	if c.Proof == 0 || c.Endpoint != "6001" || c.CallID != "call@192.0.2.1" || c.CSeq != 7 || c.AOR != g.aor() {
		t.Errorf("change is %+v", c)
	}
}

func TestCheck_columns(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		given func(*given)
		check func(*asterisk.Contact) bool
	}{
		{"ps_contacts.user_agent is cut to 255 characters", func(g *given) { g.ask.UserAgent = strings.Repeat("ü", 300) },
			func(c *asterisk.Contact) bool { return c.UserAgent == strings.Repeat("ü", 255) }},
		{"ps_contacts.user_agent is cut as it is stored, escaped", func(g *given) { g.ask.UserAgent = strings.Repeat(";", 300) },
			func(c *asterisk.Contact) bool { return c.UserAgent == strings.Repeat(";", 85) }},
		{"ps_contacts.user_agent that is not UTF-8 can be stored", func(g *given) { g.ask.UserAgent = "M\xfcller" },
			func(c *asterisk.Contact) bool { return c.UserAgent == "M\uFFFDller" }},
		{"ps_contacts.reg_server of an older schema is cut to its length", func(g *given) { g.MaxRegServer = 20; g.ask.Way.Node = strings.Repeat("n", 30) },
			func(c *asterisk.Contact) bool { return len(c.RegServer) == 20 }},
		{"ps_contacts.via_addr is cut to 40 characters", func(g *given) { g.ask.ViaHost = strings.Repeat("n", 60) },
			func(c *asterisk.Contact) bool { return len(c.ViaAddr) == 40 }},
		{"ps_contacts.call_id is cut to 255 characters", func(g *given) { g.ask.CallID = strings.Repeat("c", 300) },
			func(c *asterisk.Contact) bool { return len(c.CallID) == 255 }},
		{"ps_contacts.path is not stored without support_path", func(g *given) { g.ask.Path = []string{"<sip:edge>"} },
			func(c *asterisk.Contact) bool { return c.Path == nil }},
		{"8.2.2 a malformed Path is passed over without support_path", func(g *given) { g.ask.PathFault = reason.Because(reason.BadRequest, "") },
			func(c *asterisk.Contact) bool { return c.Path == nil }},
		{"ps_contacts.path is stored when the request requires path", func(g *given) {
			g.aor().SupportPath, g.ask.Path, g.ask.Require = true, []string{"<sip:edge>"}, []string{"path"}
		}, func(c *asterisk.Contact) bool { return slices.Equal(c.Path, []string{"<sip:edge>"}) }},
		{"a malformed q is dropped", func(g *given) { g.ask.Contacts[0].Q = "1.5" },
			func(c *asterisk.Contact) bool { return c.Q == "" }},
		{"a reg-id without an instance is dropped", func(g *given) { g.ask.Contacts[0].RegID = 3 },
			func(c *asterisk.Contact) bool { return c.RegID == 0 }},
		{"x-ast- parameters that a phone sends are dropped", func(g *given) {
			g.ask.Contacts = []rules.AskedContact{to("sip:a@h;x-ast-orig-host=x:1;y;x-ast-txp=2")}
		}, func(c *asterisk.Contact) bool { return c.URI == "sip:a@h;y" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			g := given{ask: request(to(contactA)), endpoint: provisioned()}
			tc.given(&g)
			c, r := g.Check(&g.ask, g.endpoint, &g.site)
			if r != nil {
				t.Fatal(r)
			}
			if !tc.check(&c.Wanted[0].Contact) {
				t.Errorf("row is %+v", c.Wanted[0].Contact)
			}
		})
	}
}

func TestValidQ(t *testing.T) {
	t.Parallel()
	for q, want := range map[string]bool{
		"0": true, "1": true, "0.": true, "0.5": true, "0.999": true, "1.0": true, "1.000": true,
		"": false, "2": false, "1.1": false, "0.1234": false, ".5": false, "-0": false, "0,5": false, "0.x": false, "00": false, "1.0000": false,
	} {
		if got := rules.ValidQ(q); got != want {
			t.Errorf("ValidQ(%q) is %v", q, got)
		}
	}
}
