package rulestest

import (
	"slices"

	"registrard/asterisk"
	"registrard/reason"
)

// Cases are all of them; each call gives fresh copies.
func Cases() []Case {
	return slices.Concat(stepSix(), stepSeven(), stepEight(), retransmissions(), newerByNonce(), usedCredentials(),
		instances(), limits(), permanents(), replacedAddresses(), samePhones())
}

func one(name string, a asterisk.AOR, current []asterisk.Contact, steps ...Step) Case {
	return Case{Name: name, AOR: a, Current: current, Steps: steps}
}

func stepSix() []Case {
	a := aor(5)
	two := func() []asterisk.Contact { return rows(row(alice, 1000, idA, 3), row(bob, 500, idB, 9)) }
	return []Case{
		one("10.3 step 6 without Contact nothing changes and all contacts are listed", a, two(),
			step(0, register(a, idA, 1), plan().leaves(left(alice, 1000), left(bob, 500)))),
		one("10.3 step 6 wildcard removes every dynamic contact", a, two(),
			step(0, wildcard(a, idA, 4), plan(unregistered(alice), unregistered(bob)).leaves())),
		one("10.3 step 6 wildcard with another Call-ID removes them too", a, two(),
			step(0, wildcard(a, "other@192.0.2.9", 1), plan(unregistered(alice), unregistered(bob)).leaves())),
		one("10.3 step 6 wildcard with an older CSeq same Call-ID changes nothing", a, two(),
			step(0, wildcard(a, idA, 2), refused(reason.OutOfOrder)),
			step(1, register(a, idA, 9), plan().leaves(left(alice, 999), left(bob, 499)))),
		one("10.3 step 6 wildcard with an equal CSeq same Call-ID changes nothing", a, two(),
			step(0, wildcard(a, idA, 3), refused(reason.OutOfOrder))),
		one("10.3 step 6 wildcard sent again when its contacts are gone is 200", a, two(),
			step(0, wildcard(a, idA, 4), plan(unregistered(alice), unregistered(bob)).leaves()),
			step(1, wildcard(a, idA, 4), plan().leaves())),
		one("10.3 step 6 wildcard removes a contact of Asterisk's, which has no CSeq", a,
			rows(row(alice, 1000, idA, 0, asterisksOwn)),
			step(0, wildcard(a, idA, 1), plan(unregistered(alice)).leaves())),
		one("10.3 step 6 wildcard never removes a permanent contact", aor(5, contactColumn(dave)),
			rows(row(alice, 1000, idA, 3), row(carol, 0, "", 0, handMade("desk"))),
			step(0, wildcard(aor(5, contactColumn(dave)), idB, 1),
				plan(unregistered(alice)).leaves(forever(carol), forever(dave)))),
	}
}

func stepSeven() []Case {
	a := aor(5)
	both := func() []asterisk.Contact { return rows(row(alice, 1000, idA, 3), row(bob, 500, idA, 9)) }
	plain, on, off := "sip:carol@chicago.com", "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"
	return []Case{
		one("10.3 step 7 an unknown contact is added", a, nil,
			step(0, register(a, idA, 1, add(alice)), plan(registered(alice)).leaves(left(alice, 3600)))),
		one("10.3 step 7 several contacts of one request are all added", a, nil,
			step(0, register(a, idA, 1, add(alice), add(bob).lasting(60)),
				plan(registered(alice), registered(bob)).leaves(inIDOrder(left(alice, 3600), left(bob, 60))...))),
		one("10.3 step 7 a known contact of another Call-ID is refreshed", a, both(),
			step(0, register(a, idB, 1, add(alice)), plan(refreshed(alice)).leaves(left(alice, 3600), left(bob, 500)))),
		one("10.3 step 7 a higher CSeq same Call-ID refreshes", a, both(),
			step(0, register(a, idA, 4, add(alice)), plan(refreshed(alice)).leaves(left(alice, 3600), left(bob, 500)))),
		one("10.3 step 7 a refresh may shorten", a, both(),
			step(0, register(a, idA, 4, add(alice).lasting(60)), plan(refreshed(alice)).leaves(left(alice, 60), left(bob, 500)))),
		one("10.3 step 7 older CSeq same Call-ID changes nothing", a, both(),
			step(0, register(a, idA, 2, add(alice)), refused(reason.OutOfOrder)),
			step(1, register(a, idA, 1), plan().leaves(left(alice, 999), left(bob, 499)))),
		one("10.3 step 7 older CSeq of one contact refuses the whole request", a, both(),
			step(0, register(a, idA, 5, add(alice), add(bob), add(carol)), refused(reason.OutOfOrder)),
			step(1, register(a, idA, 1), plan().leaves(left(alice, 999), left(bob, 499)))),
		one("10.3 step 7 older CSeq concerns the contacts of the request alone", a, both(),
			step(0, register(a, idA, 5, add(carol)),
				plan(registered(carol)).leaves(left(alice, 1000), left(bob, 500), left(carol, 3600)))),
		one("10.3 step 7 any CSeq refreshes a row of Asterisk's, which has none", a,
			rows(row(alice, 1000, idA, 0, asterisksOwn)),
			step(0, register(a, idA, 1, add(alice)), plan(refreshed(alice)).leaves(left(alice, 3600)))),
		one("10.3 step 7 CSeq 0 refreshes a row of Asterisk's too", a,
			rows(row(alice, 1000, idA, 0, asterisksOwn)),
			step(0, register(a, idA, 0, add(alice)), plan(refreshed(alice)).leaves(left(alice, 3600)))),
		one("10.3 step 7 expires 0 removes", a, both(),
			step(0, register(a, idA, 4, remove(alice)), plan(unregistered(alice)).leaves(left(bob, 500)))),
		one("10.3 step 7 expires 0 with another Call-ID removes", a, both(),
			step(0, register(a, idB, 1, remove(alice)), plan(unregistered(alice)).leaves(left(bob, 500)))),
		one("10.3 step 7 expires 0 with an older CSeq changes nothing", a, both(),
			step(0, register(a, idA, 2, remove(alice)), refused(reason.OutOfOrder))),
		one("10.3 step 7 expires 0 of an unknown contact is 200", a, both(),
			step(0, register(a, idA, 4, remove(carol)), plan().leaves(left(alice, 1000), left(bob, 500)))),
		one("10.3 step 7 one request adds, refreshes and removes", a, both(),
			step(0, register(a, idB, 4, remove(alice), add(bob), add(carol)),
				plan(unregistered(alice), refreshed(bob), registered(carol)).leaves(left(bob, 3600), left(carol, 3600)))),
		one("10.3 step 7 an expired contact is as none", a, rows(row(alice, -1, idA, 9), row(bob, 500, idB, 1)),
			step(0, register(a, idA, 2, add(alice)), plan(registered(alice)).leaves(left(bob, 500), left(alice, 3600)))),
		one("10.3 step 7 a contact is gone in the second in which it expires", a, rows(row(alice, 10, idA, 1)),
			step(9, register(a, idB, 1), plan().leaves(left(alice, 1))),
			step(10, register(a, idB, 1), plan().leaves())),
		one("19.1.4 the same contact in another spelling is refreshed, and stored as it was spelled last", a,
			rows(row("sip:alice@Atlanta.COM;transport=TCP", 500, idA, 1)),
			step(0, register(a, idA, 2, add("sip:alice@atlanta.com;transport=tcp")),
				plan(refreshed("sip:alice@atlanta.com;transport=tcp")).leaves(left("sip:alice@atlanta.com;transport=tcp", 3600)))),
		one("19.1.4 the same contact under an id that a person wrote is refreshed", a,
			rows(row(alice, 500, "", 0, handMade("desk"))),
			step(0, register(a, idA, 2, add(alice)), plan(refreshed(alice)).leaves(left(alice, 3600)))),
		one("19.1.4 of several equal contacts the very same one is refreshed", a,
			rows(row(on, 500, idA, 1), row(plain, 600, idA, 1)),
			step(0, register(a, idA, 2, add(plain)), plan(refreshed(plain)).leaves(left(on, 500), left(plain, 3600)))),
		one("19.1.4 of several equal contacts else the first is refreshed", a,
			rows(row(off, 500, idA, 1), row(on, 600, idA, 1)),
			step(0, register(a, idA, 2, add(plain)), plan(refreshed(plain)).leaves(left(plain, 3600), left(on, 600)))),
		one("19.1.4 a contact equal to two of a request is refreshed by the first and the other is added", a,
			rows(row(plain, 500, idA, 1)),
			step(0, register(a, idA, 2, add(on), add(off)),
				plan(refreshed(on), registered(off)).leaves(left(on, 3600), left(off, 3600)))),
		one("19.1.4 a removal takes every contact equal to it, so that its retransmission takes no other", a,
			rows(row(off, 500, idA, 1), row(alice, 400, idA, 1), row(plain, 600, idA, 1), row(on, 700, idB, 1)),
			step(0, register(a, idA, 2, remove(plain)),
				plan(unregistered(off), unregistered(plain), unregistered(on)).leaves(left(alice, 400))),
			step(1, register(a, idA, 2, remove(plain)), plan().leaves(left(alice, 399)))),
		one("ps_contacts.endpoint a contact goes over to the endpoint that registers it", a,
			rows(row(alice, 500, idA, 1, ofEndpoint("6009"))),
			step(0, register(a, idA, 2, add(alice)), plan(refreshed(alice)).leaves(left(alice, 3600)))),
	}
}

func stepEight() []Case {
	a := aor(5)
	withColumn := aor(5, contactColumn(dave, carol))
	return []Case{
		one("10.3 step 8 contacts are listed in the order they were registered, with the seconds that are left", a,
			rows(row(carol, 300, idA, 1), row(alice, 200, idA, 1), row(bob, 100, idA, 1)),
			step(0, register(a, idB, 1, add(alice)), plan(refreshed(alice)).leaves(left(carol, 300), left(alice, 3600), left(bob, 100))),
			step(50, register(a, idB, 2), plan().leaves(left(carol, 250), left(alice, 3550), left(bob, 50))),
			step(100, register(a, idB, 3), plan().leaves(left(carol, 200), left(alice, 3500)))),
		one("10.3 step 8 permanent contacts are listed last", withColumn,
			rows(row(bob, 0, "", 0, handMade("desk")), row(alice, 200, idA, 1)),
			step(0, register(withColumn, idB, 1), plan().leaves(left(alice, 200), forever(bob), forever(dave), forever(carol)))),
		one("10.3 step 8 a contact of ps_aors.contact that is listed already is not listed twice", withColumn,
			rows(row(carol, 0, "", 0, handMade("desk")), row("sip:dave@192.0.2.4:5060;x=1", 200, idA, 1)),
			step(0, register(withColumn, idB, 1), plan().leaves(left("sip:dave@192.0.2.4:5060;x=1", 200), forever(carol)))),
	}
}

func retransmissions() []Case {
	a, single := aor(5), aor(1, removeExisting)
	return []Case{
		one("retransmission of an added contact keeps its expiry", a, nil,
			step(0, register(a, idA, 1, add(alice)), plan(registered(alice)).leaves(left(alice, 3600))),
			step(4, register(a, idA, 1, add(alice)), plan(retransmitted(alice)).leaves(left(alice, 3596)))),
		one("retransmission of a refresh keeps its expiry", a, rows(row(alice, 100, idA, 1)),
			step(0, register(a, idA, 2, add(alice)), plan(refreshed(alice)).leaves(left(alice, 3600))),
			step(4, register(a, idA, 2, add(alice)), plan(retransmitted(alice)).leaves(left(alice, 3596)))),
		one("retransmission of a removal is 200", a, rows(row(alice, 100, idA, 1)),
			step(0, register(a, idA, 2, remove(alice)), plan(unregistered(alice)).leaves()),
			step(1, register(a, idA, 2, remove(alice)), plan().leaves())),
		one("retransmission of a removal does not undo a later registration", a, rows(row(alice, 100, idA, 1)),
			step(0, register(a, idA, 2, remove(alice)), plan(unregistered(alice)).leaves()),
			step(1, register(a, idA, 3, add(alice)), plan(registered(alice)).leaves(left(alice, 3600))),
			step(2, register(a, idA, 2, remove(alice)), refused(reason.OutOfOrder))),
		one("retransmission of a request that moved the contact changes nothing", a, rows(row(alice, 100, idA, 1)),
			step(0, register(a, idA, 2, remove(alice), add(bob)), plan(unregistered(alice), registered(bob)).leaves(left(bob, 3600))),
			step(1, register(a, idA, 2, remove(alice), add(bob)), plan(retransmitted(bob)).leaves(left(bob, 3599)))),
		one("retransmission does not remove what another request has registered since", a, rows(row(alice, 100, idA, 1)),
			step(0, register(a, idA, 2, remove(alice), add(bob)), plan(unregistered(alice), registered(bob)).leaves(left(bob, 3600))),
			step(1, register(a, idB, 1, add(alice)), plan(registered(alice)).leaves(left(bob, 3599), left(alice, 3600))),
			step(2, register(a, idA, 2, remove(alice), add(bob)), plan(retransmitted(bob)).leaves(left(bob, 3598), left(alice, 3599)))),
		one("retransmission of a request that pushed another out is 200", single, rows(row(bob, 100, idB, 1)),
			step(0, register(single, idA, 1, add(alice)), plan(registered(alice), replaced(bob)).leaves(left(alice, 3600))),
			step(1, register(single, idA, 1, add(alice)), plan(retransmitted(alice)).leaves(left(alice, 3599)))),
		one("retransmission does not bring back a contact that was pushed out since", aor(2, removeExisting), nil,
			step(0, register(aor(2, removeExisting), idA, 1, add(alice), add(bob).lasting(600)),
				plan(registered(alice), registered(bob)).leaves(inIDOrder(left(alice, 3600), left(bob, 600))...)),
			step(1, register(aor(2, removeExisting), idB, 1, add(carol)),
				plan(registered(carol), replaced(bob)).leaves(left(alice, 3599), left(carol, 3600))),
			step(2, register(aor(2, removeExisting), idA, 1, add(alice), add(bob).lasting(600)),
				plan(retransmitted(alice)).leaves(left(alice, 3598), left(carol, 3599)))),
		one("retransmission of a moved instance keeps it where it is", a, rows(row(alice, 100, idA, 1, ofInstance(phoneA, 1))),
			step(0, register(a, idA, 2, add(bob).with(phoneA, 1)), plan(replaced(alice), registered(bob)).leaves(left(bob, 3600))),
			step(1, register(a, idA, 2, add(bob).with(phoneA, 1)), plan(retransmitted(bob)).leaves(left(bob, 3599)))),
		one("retransmission that arrives from another address of the instance changes nothing", a, nil,
			step(0, register(a, idA, 2, add(alice).with(phoneA, 1)), plan(registered(alice)).leaves(left(alice, 3600))),
			step(1, sentFrom(register(a, idA, 2, add(alice).with(phoneA, 1)), nonce{}, 0, register(a, idA, 2, add(bob).with(phoneA, 1))),
				plan(retransmitted(alice)).leaves(left(alice, 3599)))),
		one("retransmission that comes after a newer request is out of order", a, nil,
			step(0, register(a, idA, 1, add(alice)), plan(registered(alice)).leaves(left(alice, 3600))),
			step(1, register(a, idA, 2, add(alice)), plan(refreshed(alice)).leaves(left(alice, 3600))),
			step(2, register(a, idA, 1, add(alice)), refused(reason.OutOfOrder))),
		one("retransmission that comes after the instance moved on is out of order", a, nil,
			step(0, register(a, idA, 1, add(alice).with(phoneA, 1)), plan(registered(alice)).leaves(left(alice, 3600))),
			step(1, register(a, idA, 2, add(bob).with(phoneA, 1)), plan(replaced(alice), registered(bob)).leaves(left(bob, 3600))),
			step(2, register(a, idA, 1, add(alice).with(phoneA, 1)), refused(reason.OutOfOrder))),
		one("retransmission of a request that a limit refused is refused again", aor(1), rows(row(bob, 100, idB, 1)),
			step(0, register(aor(1), idA, 1, add(alice)), refused(reason.TooManyContacts)),
			step(1, register(aor(1), idA, 1, add(alice)), refused(reason.TooManyContacts))),
	}
}

// inIDOrder sorts contacts that were registered at once.
func inIDOrder(list ...Left) []Left {
	slices.SortFunc(list, func(x, y Left) int {
		if asterisk.ContactID(aorName, x.URI) < asterisk.ContactID(aorName, y.URI) {
			return -1
		}
		return 1
	})
	return list
}
