package rulestest

import (
	"fmt"
	"net/netip"

	"registrard/asterisk"
	"registrard/reason"
	"registrard/rules"
)

// A phone behind a NAT, with rewrite_contact: what it writes and what is stored
// differ. These requests go through Check, so that both are what they are.

const (
	private = "sip:alice@10.0.0.5:5060"
	sourceA = "198.51.100.1:1001"
	sourceB = "198.51.100.1:1002"
	sourceC = "203.0.113.9:1003" // another site
)

// from is a request that came by this transport from this source.
func from(source, transport string, a asterisk.AOR, callID string, cseq uint32, contacts ...asked) rules.Change {
	ask := rules.Ask{
		To: mustParse("sip:" + aorName + "@example.com"), CallID: callID, CSeq: cseq, Expires: rules.NotGiven,
		ViaHost: "192.0.2.1", ViaPort: 5060,
		Way: asterisk.Way{Node: "node1", BootID: "boot", Listener: transport + "://:5060", Transport: transport, Source: netip.MustParseAddrPort(source)},
	}
	if transport != "udp" {
		ask.Way.Flow = "boot." + source
	}
	for _, x := range contacts {
		ask.Contacts = append(ask.Contacts, rules.AskedContact{URI: mustParse(x.uri), Expires: x.seconds, InstanceID: x.instance, RegID: x.regID})
	}
	e := &asterisk.Endpoint{ID: endpoint, AORNames: []string{aorName}, AORs: []asterisk.AOR{a}, RewriteContact: true}
	c, refusal := (&rules.Policy{}).Check(&ask, e, nil)
	if refusal != nil {
		panic("rulestest: " + refusal.Error())
	}
	return c
}

func mustParse(uri string) rules.URI {
	u, err := rules.ParseURI(uri)
	if err != nil {
		panic("rulestest: " + err.Error())
	}
	return u
}

// stored is what becomes of a Contact that comes from a source.
func stored(source, transport, written string) string {
	c := from(source, transport, aor(9), idA, 1, add(written))
	return c.Wanted[0].Contact.URI
}

// at is the Contact that names its own source.
func at(source, transport string) string {
	if transport == "udp" {
		return "sip:alice@" + source
	}
	return "sip:alice@" + source + ";transport=" + transport
}

// over is a Contact for this transport.
func over(transport, uri string) string {
	if transport == "udp" {
		return uri
	}
	return uri + ";transport=" + transport
}

// replacedAddresses are REGISTERs of a phone that has learnt another address of
// its own: it adds the new Contact and removes the old one in one request.
func replacedAddresses() (cases []Case) {
	for _, transport := range []string{"udp", "tcp", "tls"} {
		// Over UDP the source stays; a new connection has another.
		next := sourceA
		if transport != "udp" {
			next = sourceB
		}
		for _, addresses := range []struct{ name, old, new string }{
			{"a private address by the public one", over(transport, private), at(next, transport)},
			{"the public address by a private one", at(sourceA, transport), over(transport, private)},
			{"the address by another port of it", over(transport, "sip:alice@198.51.100.1:9"), at(next, transport)},
		} {
			for _, max := range []int{1, 2} {
				for _, instance := range []string{"", phoneA} {
					for _, oldFirst := range []bool{true, false} {
						a := aor(max)
						added := add(addresses.new).with(instance, 0)
						list := []asked{added, remove(addresses.old).with(instance, 0)}
						if oldFirst {
							list[0], list[1] = list[1], list[0]
						}
						was, is := stored(sourceA, transport, addresses.old), stored(next, transport, addresses.new)
						want := plan(registered(is), unregistered(was))
						if transport == "udp" { // the same place, so it is the same contact
							want = plan(refreshed(is))
						}
						name := fmt.Sprintf("a phone replaces %s over %s, max_contacts %d, instance %q, old one first %v", addresses.name, transport, max, instance, oldFirst)
						cases = append(cases, one(name, a, nil,
							step(0, from(sourceA, transport, a, idA, 1, add(addresses.old).with(instance, 0)), plan(registered(was)).leaves(left(was, 3600))),
							step(1, from(next, transport, a, idA, 2, list...), want.leaves(left(is, 3600)))))
					}
				}
			}
		}
	}
	return cases
}

// samePhones are other requests whose contacts are compared as they were written.
func samePhones() []Case {
	a, two := aor(1), aor(2)
	here, there, away := stored(sourceA, "udp", private), stored(sourceB, "udp", private), stored(sourceC, "udp", private)
	onTCP, nextTCP := stored(sourceA, "tcp", over("tcp", private)), stored(sourceB, "tcp", at(sourceB, "tcp"))
	atA := stored(sourceA, "tcp", at(sourceA, "tcp"))
	lineAt := func(n, source string) string { return stored(source, "udp", private+";line="+n) }
	line := func(n, source string, seconds int64) asterisk.Contact {
		return row(lineAt(n, source), seconds, idA, 1, func(c *asterisk.Contact) { c.OriginalURI = private + ";line=" + n })
	}
	ofAsterisk := func() []asterisk.Contact { return rows(row(here, 500, idA, 0, asterisksOwn)) }
	push := func(token string) string {
		return "sip:alice@192.0.2.1:5060;pn-provider=acme;pn-prid=" + token
	}
	return []Case{
		one("10.3 step 7 another port of the NAT is the same contact", a, nil,
			step(0, from(sourceA, "udp", a, idA, 1, add(private)), plan(registered(here)).leaves(left(here, 3600))),
			step(9, from(sourceB, "udp", a, idA, 2, add(private)), plan(refreshed(there)).leaves(left(there, 3600))),
			step(10, from(sourceB, "udp", a, idA, 2, add(private)), plan(retransmitted(there)).leaves(left(there, 3599))),
			step(11, from(sourceA, "udp", a, idA, 1, add(private)), refused(reason.OutOfOrder)),
			step(12, from(sourceA, "udp", a, idA, 3, remove(private)), plan(unregistered(there)).leaves())),
		one("10.3 step 7 the same private address under another Call-ID is another phone", two, nil,
			step(0, from(sourceA, "udp", two, idA, 1, add(private)), plan(registered(here)).leaves(left(here, 3600))),
			step(1, from(sourceC, "udp", two, idB, 1, add(private)), plan(registered(away)).leaves(left(here, 3599), left(away, 3600))),
			step(2, from(sourceC, "udp", two, idB, 2, remove(private)), plan(unregistered(away)).leaves(left(here, 3598)))),
		one("10.3 step 7 a phone that started anew removes what it registered from its address, and no other's", two, nil,
			step(0, from(sourceA, "udp", two, idA, 1, add(private)), plan(registered(here)).leaves(left(here, 3600))),
			step(1, from(sourceC, "udp", two, idB, 1, add(private)), plan(registered(away)).leaves(left(here, 3599), left(away, 3600))),
			step(2, from(sourceB, "udp", two, "new@10.0.0.5", 1, remove(private)), plan(unregistered(here)).leaves(left(away, 3599)))),
		one("10.3 step 7 an IPv4 address is the same one where a socket writes it as IPv6", a, nil,
			step(0, from(sourceA, "udp", a, idA, 1, add(private)), plan(registered(here)).leaves(left(here, 3600))),
			step(1, from("[::ffff:198.51.100.1]:1002", "udp", a, "new@10.0.0.5", 1, remove(private)), plan(unregistered(here)).leaves())),
		one("RFC 5626 a removal of one flow leaves the instance's other, written alike", two, nil,
			step(0, from(sourceA, "udp", two, idA, 1, add(private).with(phoneA, 1)), plan(registered(here)).leaves(left(here, 3600))),
			step(1, from(sourceB, "udp", two, idB, 1, add(private).with(phoneA, 2)), plan(registered(there)).leaves(left(here, 3599), left(there, 3600))),
			step(2, from(sourceA, "udp", two, idA, 2, remove(private).with(phoneA, 1)), plan(unregistered(here)).leaves(left(there, 3599)))),
		one("10.3 step 7 a removal of one instance leaves another behind the same address", two, nil,
			step(0, from(sourceA, "udp", two, idA, 1, add(private).with(phoneA, 0)), plan(registered(here)).leaves(left(here, 3600))),
			step(1, from(sourceB, "udp", two, idB, 1, add(private).with(phoneB, 0)), plan(registered(there)).leaves(left(here, 3599), left(there, 3600))),
			step(2, from(sourceB, "udp", two, idB, 2, remove(private).with(phoneB, 0)), plan(unregistered(there)).leaves(left(here, 3598)))),
		one("10.3 step 7 a removal names the source of what was written as private", a, nil,
			step(0, from(sourceA, "udp", a, idA, 1, add(private)), plan(registered(here)).leaves(left(here, 3600))),
			step(1, from(sourceA, "udp", a, idA, 2, remove(at(sourceA, "udp"))), plan(unregistered(here)).leaves())),
		one("10.3 step 7 a removal names the stored address of what was written as private, from another port", a, nil,
			step(0, from(sourceA, "udp", a, idA, 1, add(private)), plan(registered(here)).leaves(left(here, 3600))),
			step(1, from(sourceB, "udp", a, idA, 2, remove(at(sourceA, "udp"))), plan(unregistered(here)).leaves())),
		one("10.3 step 7 a phone reconnects and replaces the stored address of what it wrote as private", a, nil,
			step(0, from(sourceA, "tcp", a, idA, 1, add(over("tcp", private))), plan(registered(onTCP)).leaves(left(onTCP, 3600))),
			step(1, from(sourceB, "tcp", a, idA, 2, remove(at(sourceA, "tcp")), add(at(sourceB, "tcp"))),
				plan(unregistered(onTCP), registered(nextTCP)).leaves(left(nextTCP, 3600)))),
		one("10.3 step 7 a phone reconnects, and removes the address of before in a REGISTER of its own", two, nil,
			step(0, from(sourceA, "tcp", two, idA, 1, add(at(sourceA, "tcp"))), plan(registered(atA)).leaves(left(atA, 3600))),
			step(1, from(sourceB, "tcp", two, idA, 2, add(at(sourceB, "tcp"))), plan(registered(nextTCP)).leaves(left(atA, 3599), left(nextTCP, 3600))),
			step(2, from(sourceB, "tcp", two, idA, 3, remove(at(sourceA, "tcp"))), plan(unregistered(atA)).leaves(left(nextTCP, 3599)))),
		one("10.3 step 7 a phone writes the address that was stored, and a NAT gives it another port", a, nil,
			step(0, from(sourceA, "udp", a, idA, 1, add(private)), plan(registered(here)).leaves(left(here, 3600))),
			step(1, from(sourceB, "udp", a, idA, 2, add(at(sourceA, "udp"))), plan(refreshed(at(sourceB, "udp"))).leaves(left(at(sourceB, "udp"), 3600)))),
		one("10.3 step 7 two lines of a phone keep their contacts when a NAT gives it another port", two, rows(
			line("1", sourceA, 500), line("2", sourceA, 500)),
			step(0, from(sourceB, "udp", two, idA, 2, add(private+";line=2")),
				plan(refreshed(lineAt("2", sourceB))).leaves(left(lineAt("1", sourceA), 500), left(lineAt("2", sourceB), 3600))),
			step(1, from(sourceB, "udp", two, idA, 3, add(private+";line=3"), add(private+";line=2")),
				plan(refreshed(lineAt("2", sourceB)), refreshed(lineAt("3", sourceB))).leaves(left(lineAt("3", sourceB), 3600), left(lineAt("2", sourceB), 3600)))),
		one("x-ast-orig-host is what the phone wrote, in a row of Asterisk's", a, ofAsterisk(),
			step(0, from(sourceB, "udp", a, idA, 2, add(private)), plan(refreshed(there)).leaves(left(there, 3600)))),
		one("x-ast-orig-host is what the phone wrote, for a removal too", a, ofAsterisk(),
			step(0, from(sourceB, "udp", a, idA, 2, remove(private)), plan(unregistered(here)).leaves())),
		one("rewrite_contact two users at one place are two contacts", two, nil,
			step(0, from(sourceA, "udp", two, idA, 1, add(private), add("sip:bob@10.0.0.5:5060")),
				plan(registered(here), registered(stored(sourceA, "udp", "sip:bob@10.0.0.5:5060"))).
					leaves(inIDOrder(left(here, 3600), left(stored(sourceA, "udp", "sip:bob@10.0.0.5:5060"), 3600))...))),
		one("rewrite_contact two lines at one place are two contacts", two, nil,
			step(0, from(sourceA, "udp", two, idA, 1, add(private+";x=1"), add(private+";x=2")),
				plan(registered(stored(sourceA, "udp", private+";x=1")), registered(stored(sourceA, "udp", private+";x=2"))).
					leaves(inIDOrder(left(stored(sourceA, "udp", private+";x=1"), 3600), left(stored(sourceA, "udp", private+";x=2"), 3600))...))),
		one("RFC 8599 a new push token of the same Call-ID is the same contact", a, nil,
			step(0, register(a, idA, 1, add(push("abc"))), plan(registered(push("abc"))).leaves(left(push("abc"), 3600))),
			step(1, register(a, idA, 2, add(push("xyz"))), plan(refreshed(push("xyz"))).leaves(left(push("xyz"), 3600)))),
		one("RFC 8599 a new push token of an instance too", a, nil,
			step(0, register(a, idA, 1, add(push("abc")).with(phoneA, 0)), plan(registered(push("abc"))).leaves(left(push("abc"), 3600))),
			step(1, register(a, idA, 2, add(push("xyz")).with(phoneA, 0)), plan(refreshed(push("xyz"))).leaves(left(push("xyz"), 3600)))),
		one("RFC 8599 another push token of another Call-ID is another phone", two, nil,
			step(0, register(two, idA, 1, add(push("abc"))), plan(registered(push("abc"))).leaves(left(push("abc"), 3600))),
			step(1, register(two, idB, 1, add(push("xyz"))), plan(registered(push("xyz"))).leaves(left(push("abc"), 3599), left(push("xyz"), 3600)))),
		one("19.1.4 what a refresh adds to the URI and takes away is stored", a, rows(row(alice, 500, idA, 1)),
			step(0, register(a, idA, 2, add(alice+";ob")), plan(refreshed(alice+";ob")).leaves(left(alice+";ob", 3600))),
			step(1, register(a, idA, 3, add(alice+";line=1;ob")), plan(refreshed(alice+";line=1;ob")).leaves(left(alice+";line=1;ob", 3600))),
			step(2, register(a, idA, 4, add(alice+";line=2;ob")), plan(refreshed(alice+";line=2;ob")).leaves(left(alice+";line=2;ob", 3600))),
			step(3, register(a, idA, 5, add(alice)), plan(refreshed(alice)).leaves(left(alice, 3600)))),
		one("19.1.4 a new text takes the place of a row that has expired under it", a,
			rows(row(alice+";ob", -5, idB, 1), row(alice, 500, idA, 1)),
			step(0, register(a, idA, 2, add(alice+";ob")), plan(refreshed(alice+";ob")).leaves(left(alice+";ob", 3600)))),
		one("10.3 step 7 what a request adds it does not remove, in either order", a, rows(row(alice, 500, idA, 1)),
			step(0, from(sourceA, "udp", a, idA, 2, add(private), remove(private), remove(alice)),
				plan(registered(here), unregistered(alice)).leaves(left(here, 3600)))),
	}
}
