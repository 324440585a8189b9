package rulestest

import (
	"registrard/asterisk"
	"registrard/reason"
)

func instances() []Case {
	a, single := aor(5), aor(1)
	return []Case{
		one("RFC 5626 6 an instance at another address replaces its earlier contact", a,
			rows(row(alice, 1000, idA, 1, ofInstance(phoneA, 1)), row(bob, 500, idB, 1, ofInstance(phoneB, 1))),
			step(0, register(a, idA, 2, add(carol).with(phoneA, 1)),
				plan(replaced(alice), registered(carol)).leaves(left(bob, 500), left(carol, 3600)))),
		one("RFC 5626 6 an instance that started anew (another Call-ID) replaces its earlier contact", a,
			rows(row(alice, 1000, idA, 9, ofInstance(phoneA, 0))),
			step(0, register(a, idB, 1, add(carol).with(phoneA, 0)),
				plan(replaced(alice), registered(carol)).leaves(left(carol, 3600)))),
		one("RFC 5626 6 another reg-id of an instance is another contact", a,
			rows(row(alice, 1000, idA, 1, ofInstance(phoneA, 1))),
			step(0, register(a, idA, 2, add(carol).with(phoneA, 2)),
				plan(registered(carol)).leaves(left(alice, 1000), left(carol, 3600)))),
		one("RFC 5626 6 an instance at its own address is refreshed", a,
			rows(row(alice, 1000, idA, 1, ofInstance(phoneA, 1))),
			step(0, register(a, idA, 2, add(alice).with(phoneA, 1)), plan(refreshed(alice)).leaves(left(alice, 3600)))),
		one("RFC 5626 6 an instance takes over a row of Asterisk's at its address, and its earlier contact goes", a,
			rows(row(alice, 1000, idA, 0, asterisksOwn), row(bob, 500, idA, 1, ofInstance(phoneA, 1))),
			step(0, register(a, idA, 2, add(alice).with(phoneA, 1)),
				plan(refreshed(alice), replaced(bob)).leaves(left(alice, 3600))),
			step(1, register(a, idA, 3, add(carol).with(phoneA, 1)),
				plan(replaced(alice), registered(carol)).leaves(left(carol, 3600)))),
		one("RFC 5626 6 an older CSeq of the instance changes nothing", a,
			rows(row(alice, 1000, idA, 5, ofInstance(phoneA, 1))),
			step(0, register(a, idA, 4, add(carol).with(phoneA, 1)), refused(reason.OutOfOrder))),
		one("RFC 5626 6 an instance that has moved is unregistered by its instance", a,
			rows(row(alice, 1000, idA, 1, ofInstance(phoneA, 1)), row(bob, 500, idB, 1, ofInstance(phoneB, 1))),
			step(0, register(a, idA, 2, remove(carol).with(phoneA, 1)), plan(unregistered(alice)).leaves(left(bob, 500)))),
		one("10.3 step 7 without reg-id an instance that removes its old address stays at the new one", a, nil,
			step(0, register(a, idA, 1, add(alice).with(phoneA, 0)), plan(registered(alice)).leaves(left(alice, 3600))),
			step(1, register(a, idA, 2, add(carol).with(phoneA, 0)), plan(replaced(alice), registered(carol)).leaves(left(carol, 3600))),
			step(2, register(a, idA, 3, remove(alice).with(phoneA, 0)), plan().leaves(left(carol, 3599)))),
		one("RFC 5626 6 an instance is unregistered together with what stands at the address it names", a,
			rows(row(alice, 1000, idA, 1), row(bob, 500, idB, 1, ofInstance(phoneA, 1))),
			step(0, register(a, idA, 2, remove(alice).with(phoneA, 1)), plan(unregistered(alice), unregistered(bob)).leaves()),
			step(1, register(a, idA, 2, remove(alice).with(phoneA, 1)), plan().leaves())),
		one("RFC 5626 6 a request that moves an instance and removes its old address removes it once", a,
			rows(row(alice, 1000, idA, 1, ofInstance(phoneA, 1))),
			step(0, register(a, idA, 2, add(carol).with(phoneA, 1), remove(alice).with(phoneA, 1)),
				plan(unregistered(alice), registered(carol)).leaves(left(carol, 3600)))),
		one("RFC 5626 6 an instance that has expired replaces nothing", a,
			rows(row(alice, -5, idA, 9, ofInstance(phoneA, 1))),
			step(0, register(a, idA, 1, add(carol).with(phoneA, 1)), plan(registered(carol)).leaves(left(carol, 3600)))),
		one("ps_aors.max_contacts an instance that moves is not one more", single,
			rows(row(alice, 1000, idA, 1, ofInstance(phoneA, 1))),
			step(0, register(single, idA, 2, add(carol).with(phoneA, 1)),
				plan(replaced(alice), registered(carol)).leaves(left(carol, 3600)))),
		one("ps_aors.max_contacts an instance that moves over a lowered limit stays", single,
			rows(row(alice, 1000, idA, 1, ofInstance(phoneA, 1)), row(bob, 500, idB, 1)),
			step(0, register(single, idA, 2, add(carol).with(phoneA, 1)),
				plan(replaced(alice), registered(carol)).leaves(left(bob, 500), left(carol, 3600)))),
	}
}

func limits() []Case {
	three := func() []asterisk.Contact {
		return rows(row(alice, 1000, idA, 1), row(bob, 500, idB, 1), row(carol, 800, "c@192.0.2.3", 1))
	}
	return []Case{
		one("ps_aors.max_contacts one too many is refused and nothing changes", aor(3), three(),
			step(0, register(aor(3), idA, 2, add(alice), add(dave)), refused(reason.TooManyContacts)),
			step(1, register(aor(3), idA, 3), plan().leaves(left(alice, 999), left(bob, 499), left(carol, 799)))),
		one("ps_aors.max_contacts a refresh at the limit is no addition", aor(3), three(),
			step(0, register(aor(3), idA, 2, add(alice)), plan(refreshed(alice)).leaves(left(alice, 3600), left(bob, 500), left(carol, 800)))),
		one("ps_aors.max_contacts a refresh over a lowered limit stays", aor(1), three(),
			step(0, register(aor(1), idA, 2, add(alice)), plan(refreshed(alice)).leaves(left(alice, 3600), left(bob, 500), left(carol, 800)))),
		one("ps_aors.max_contacts a removal over a lowered limit is served", aor(1), three(),
			step(0, register(aor(1), idA, 2, remove(alice)), plan(unregistered(alice)).leaves(left(bob, 500), left(carol, 800)))),
		one("ps_aors.max_contacts what the request removes makes room for what it adds", aor(3), three(),
			step(0, register(aor(3), idA, 2, add(dave), remove(alice)),
				plan(unregistered(alice), registered(dave)).leaves(left(bob, 500), left(carol, 800), left(dave, 3600)))),
		one("ps_aors.max_contacts expired contacts don't count", aor(1), rows(row(alice, -1, idA, 1)),
			step(0, register(aor(1), idB, 2, add(dave)), plan(registered(dave)).leaves(left(dave, 3600)))),
		one("ps_aors.max_contacts permanent contacts don't count", aor(1, contactColumn(carol)), rows(row(bob, 0, "", 0, handMade("desk"))),
			step(0, register(aor(1, contactColumn(carol)), idB, 2, add(dave)),
				plan(registered(dave)).leaves(left(dave, 3600), forever(bob), forever(carol)))),
		one("ps_aors.max_contacts a request that names more than the limit is refused", aor(1, removeExisting), rows(row(bob, 500, idB, 1)),
			step(0, register(aor(1, removeExisting), idA, 1, add(alice), add(carol)), refused(reason.TooManyContacts))),
		one("ps_aors.remove_existing the contact that expires soonest makes room", aor(3, removeExisting), three(),
			step(0, register(aor(3, removeExisting), idA, 2, add(dave)),
				plan(replaced(bob), registered(dave)).leaves(left(alice, 1000), left(carol, 800), left(dave, 3600)))),
		one("ps_aors.remove_existing a contact that the request names never makes room", aor(3, removeExisting), three(),
			step(0, register(aor(3, removeExisting), idB, 2, add(dave), add(bob).lasting(60)),
				plan(replaced(carol), refreshed(bob), registered(dave)).leaves(left(alice, 1000), left(bob, 60), left(dave, 3600)))),
		one("ps_aors.remove_existing as many make room as a lowered limit asks", aor(1, removeExisting), three(),
			step(0, register(aor(1, removeExisting), idA, 2, add(dave)),
				plan(replaced(alice), replaced(bob), replaced(carol), registered(dave)).leaves(left(dave, 3600)))),
		one("ps_aors.remove_existing removes nothing while there is room", aor(4, removeExisting), three(),
			step(0, register(aor(4, removeExisting), idA, 2, add(dave)),
				plan(registered(dave)).leaves(left(alice, 1000), left(bob, 500), left(carol, 800), left(dave, 3600)))),
		one("ps_aors.remove_existing a permanent contact never makes room", aor(1, removeExisting),
			rows(row(bob, 0, "", 0, handMade("desk")), row(alice, 1000, idA, 1)),
			step(0, register(aor(1, removeExisting), idB, 2, add(dave)),
				plan(replaced(alice), registered(dave)).leaves(left(dave, 3600), forever(bob)))),
		one("ps_aors.remove_existing a plain refresh removes nothing", aor(1, removeExisting), three(),
			step(0, register(aor(1, removeExisting), idA, 2, add(alice)), plan(refreshed(alice)).leaves(left(alice, 3600), left(bob, 500), left(carol, 800)))),
		one("ps_aors.remove_existing without remove_unavailable an unavailable contact is as others", aor(2, removeExisting),
			rows(row(alice, 1000, idA, 1, unavailable), row(bob, 500, idB, 1)),
			step(0, register(aor(2, removeExisting), idA, 2, add(dave)),
				plan(replaced(bob), registered(dave)).leaves(left(alice, 1000), left(dave, 3600)))),
		one("ps_aors.remove_unavailable with remove_existing an unavailable contact makes room first", aor(2, removeExisting, removeUnavailable),
			rows(row(alice, 1000, idA, 1, unavailable), row(bob, 500, idB, 1)),
			step(0, register(aor(2, removeExisting, removeUnavailable), idA, 2, add(dave)),
				plan(replaced(alice), registered(dave)).leaves(left(bob, 500), left(dave, 3600)))),
		one("ps_aors.remove_unavailable alone an unavailable contact makes room", aor(2, removeUnavailable),
			rows(row(alice, 1000, idA, 1, unavailable), row(bob, 500, idB, 1)),
			step(0, register(aor(2, removeUnavailable), idA, 2, add(dave)),
				plan(replaced(alice), registered(dave)).leaves(left(bob, 500), left(dave, 3600)))),
		one("ps_aors.remove_unavailable alone an available contact stays and the request is refused", aor(2, removeUnavailable),
			rows(row(alice, 1000, idA, 1), row(bob, 500, idB, 1)),
			step(0, register(aor(2, removeUnavailable), idA, 2, add(dave)), refused(reason.TooManyContacts))),
		one("ps_aors.remove_unavailable alone too few unavailable contacts are not removed in vain", aor(1, removeUnavailable),
			rows(row(alice, 1000, idA, 1, unavailable), row(bob, 500, idB, 1)),
			step(0, register(aor(1, removeUnavailable), idA, 2, add(dave)), refused(reason.TooManyContacts)),
			step(1, register(aor(1, removeUnavailable), idA, 3), plan().leaves(left(alice, 999), left(bob, 499)))),
	}
}

func permanents() []Case {
	a := aor(5)
	// With the id that a registration of the same URI would have.
	own := func() []asterisk.Contact { return rows(row(alice, 0, "", 0, asterisksOwn)) }
	return []Case{
		one("ps_contacts.expiration_time 0 a registration of the same contact leaves it permanent", a, own(),
			step(0, register(a, idA, 1, add(alice)), plan(staysPermanent(alice)).leaves(forever(alice)))),
		one("ps_contacts.expiration_time 0 expires 0 leaves it", a, own(),
			step(0, register(a, idA, 1, remove(alice)), plan().leaves(forever(alice)))),
		one("ps_contacts.expiration_time 0 a registration of the same URI stands beside a row with an id of a person's", a,
			rows(row(alice, 0, "", 0, handMade("desk"))),
			step(0, register(a, idA, 1, add(alice)), plan(registered(alice)).leaves(left(alice, 3600), forever(alice)))),
	}
}
