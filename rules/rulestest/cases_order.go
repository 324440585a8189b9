package rulestest

import (
	"time"

	"registrard/asterisk"
	"registrard/reason"
	"registrard/rules"
)

// writtenAt is when a node last wrote a row, in seconds from the start.
func writtenAt(seconds int64) func(*asterisk.Contact) {
	return func(c *asterisk.Contact) { c.RefreshedAt = time.Unix(seconds, 0) }
}

// newerByNonce are requests whose CSeq says little: what the nonce says, and
// what is the same request.
func newerByNonce() []Case {
	a := aor(5)
	early, then, later := nonce{1, -1}, nonce{2, 0}, nonce{3, 1}
	mine := func() []asterisk.Contact { return rows(row(alice, 500, idA, 7, writtenAt(0))) }
	return []Case{
		one("equal CSeq, other seconds, is not answered 200 without being done", a, nil,
			step(0, register(a, idA, 7, add(alice)), plan(registered(alice)).leaves(left(alice, 3600))),
			step(5, register(a, idA, 7, add(alice).lasting(600)), refused(reason.OutOfOrder))),
		one("equal CSeq, a removal, is not told 200 while its row stays", a, nil,
			step(0, register(a, idA, 7, add(alice)), plan(registered(alice)).leaves(left(alice, 3600))),
			step(5, register(a, idA, 7, remove(alice)), refused(reason.OutOfOrder)),
			step(5, register(a, idA, 8), plan().leaves(left(alice, 3595)))),
		one("equal CSeq, nobody knows what wrote the row, is out of order", a, rows(row(alice, 500, idA, 7)),
			step(0, register(a, idA, 7, add(alice)), refused(reason.OutOfOrder))),
		one("equal CSeq, nonce made after the row's last write, is newer", a, mine(),
			step(2, under(later, 1, register(a, idA, 7, add(alice))), plan(refreshed(alice)).leaves(left(alice, 3600)))),
		one("equal CSeq, nonce made in the second of the row's last write, is older", a, mine(),
			step(2, under(then, 1, register(a, idA, 7, add(alice))), refused(reason.OutOfOrder))),
		one("equal CSeq, nonce made before the row's last write, is older", a, mine(),
			step(2, under(early, 1, register(a, idA, 7, add(alice))), refused(reason.OutOfOrder))),
		one("a client that starts again with its Call-ID and CSeq 1 is newer by its nonce", a, mine(),
			step(3, under(later, 1, register(a, idA, 1, add(alice))), plan(refreshed(alice)).leaves(left(alice, 3600))),
			step(4, under(later, 2, register(a, idA, 2, add(alice))), plan(refreshed(alice)).leaves(left(alice, 3600)))),
		one("a client that starts again is newer without nc too", a, mine(),
			step(3, under(later, 0, register(a, idA, 1, add(alice))), plan(refreshed(alice)).leaves(left(alice, 3600)))),
		one("a client that starts again unregisters, by its nonce", a, mine(),
			step(3, under(later, 1, register(a, idA, 1, remove(alice))), plan(unregistered(alice)).leaves())),
		one("a lower CSeq under a nonce of before is out of order", a, mine(),
			step(3, under(early, 1, register(a, idA, 1, add(alice))), refused(reason.OutOfOrder))),
		one("a lower CSeq of a row that no node has dated is out of order", a, rows(row(alice, 500, idA, 7)),
			step(3, under(later, 1, register(a, idA, 1, add(alice))), refused(reason.OutOfOrder))),
		one("10.3 step 6 wildcard with an equal CSeq is newer by its nonce", a, mine(),
			step(3, under(later, 1, wildcard(a, idA, 7)), plan(unregistered(alice)).leaves())),
		one("10.3 step 6 wildcard with a lower CSeq under a nonce of before changes nothing", a, mine(),
			step(3, under(early, 1, wildcard(a, idA, 6)), refused(reason.OutOfOrder))),
		one("a copy of a wildcard that was done removes nothing that came since", a, mine(),
			step(3, under(later, 1, wildcard(a, idA, 8)), plan(unregistered(alice)).leaves()),
			step(4, register(a, idB, 1, add(bob)), plan(registered(bob)).leaves(left(bob, 3600))),
			step(5, served(under(later, 1, wildcard(a, idA, 8))), plan().leaves(left(bob, 3599)))),
		one("a copy of a removal that was done removes nothing that came since", a, mine(),
			step(3, under(later, 1, register(a, idA, 8, remove(alice))), plan(unregistered(alice)).leaves()),
			step(4, register(a, idB, 1, add(alice)), plan(registered(alice)).leaves(left(alice, 3600))),
			step(5, served(under(later, 1, register(a, idA, 8, remove(alice)))), plan().leaves(left(alice, 3599)))),
		one("a copy of what was done does not bring back what was removed since", a, nil,
			step(3, under(later, 1, register(a, idA, 8, add(alice))), plan(registered(alice)).leaves(left(alice, 3600))),
			step(4, under(later, 2, register(a, idA, 9, remove(alice))), plan(unregistered(alice)).leaves()),
			step(5, served(under(later, 1, register(a, idA, 8, add(alice)))), plan().leaves())),
		one("retransmission without credentials ends after 32 s", a, nil,
			step(0, register(a, idA, 7, add(alice)), plan(registered(alice)).leaves(left(alice, 3600))),
			step(32, register(a, idA, 7, add(alice)), plan(retransmitted(alice)).leaves(left(alice, 3568))),
			step(33, register(a, idA, 7, add(alice)), refused(reason.OutOfOrder))),
		one("retransmission of a refresh that was newer by its nonce", a, mine(),
			step(3, under(later, 1, register(a, idA, 1, add(alice))), plan(refreshed(alice)).leaves(left(alice, 3600))),
			step(7, under(later, 1, register(a, idA, 1, add(alice))), plan(retransmitted(alice)).leaves(left(alice, 3596)))),
	}
}

// usedCredentials are a nonce and nc that come a second time.
func usedCredentials() []Case {
	a, n, m := aor(5), nonce{1, -1}, nonce{2, -1}
	asked := func(uri string, cseq uint32) rules.Change { return register(a, idA, cseq, add(uri)) }
	first := step(0, under(n, 1, asked(alice, 1)), plan(registered(alice)).leaves(left(alice, 3600)))
	return []Case{
		one("credentials again in the same request within 32 s are a retransmission", a, nil, first,
			step(32, under(n, 1, asked(alice, 1)), plan(retransmitted(alice)).leaves(left(alice, 3568))),
			step(33, under(n, 1, asked(alice, 1)), refused(reason.StaleNonce))),
		one("credentials again in the same request from another port are a retransmission", a, nil, first,
			step(3, sentFrom(asked(alice, 1), n, 1, asked(bob, 1)), plan(retransmitted(alice)).leaves(left(alice, 3597)))),
		one("credentials again with another Contact are stale", a, nil, first,
			step(1, under(n, 1, asked(bob, 1)), refused(reason.StaleNonce)),
			step(1, under(n, 1, asked(bob, 2)), refused(reason.StaleNonce)),
			step(1, under(n, 1, register(a, idB, 1, add(bob))), refused(reason.StaleNonce)),
			step(2, register(a, idB, 1), plan().leaves(left(alice, 3598)))),
		one("credentials again for the same Contact are stale", a, nil, first,
			step(1, under(n, 1, asked(alice, 2)), refused(reason.StaleNonce)),
			step(1, under(n, 1, register(a, idB, 1, add(alice))), refused(reason.StaleNonce))),
		one("credentials again for another contact that is there are stale", a, rows(row(bob, 500, idB, 1)),
			step(0, under(n, 1, asked(alice, 1)), plan(registered(alice)).leaves(left(bob, 500), left(alice, 3600))),
			step(1, under(n, 1, asked(bob, 2)), refused(reason.StaleNonce))),
		one("credentials again for a removal, a wildcard or a query are stale", a, nil, first,
			step(1, under(n, 1, register(a, idA, 2, remove(alice))), refused(reason.StaleNonce)),
			step(1, under(n, 1, wildcard(a, idA, 2)), refused(reason.StaleNonce)),
			step(1, under(n, 1, register(a, idA, 2)), refused(reason.StaleNonce))),
		one("credentials again after a higher nc of their nonce are stale", a, nil, first,
			step(1, under(n, 3, asked(alice, 2)), plan(refreshed(alice)).leaves(left(alice, 3600))),
			step(2, under(n, 1, asked(bob, 1)), refused(reason.StaleNonce)),
			step(2, under(n, 2, asked(bob, 9)), refused(reason.StaleNonce))),
		one("credentials again when their contact has expired and stands there still are stale", a, nil,
			step(0, under(n, 1, register(a, idA, 1, add(alice).lasting(5))), plan(registered(alice)).leaves(left(alice, 5))),
			step(6, under(n, 1, asked(bob, 2)), refused(reason.StaleNonce))),
		one("a higher nc of the nonce, and another nonce, are good", a, nil, first,
			step(1, under(n, 2, asked(alice, 2)), plan(refreshed(alice)).leaves(left(alice, 3600))),
			step(2, under(m, 1, asked(bob, 3)), plan(registered(bob)).leaves(left(alice, 3599), left(bob, 3600)))),
		one("credentials without nc are good for the next request too", a, nil,
			step(0, under(n, 0, asked(alice, 1)), plan(registered(alice)).leaves(left(alice, 3600))),
			step(1, under(n, 0, asked(alice, 2)), plan(refreshed(alice)).leaves(left(alice, 3600))),
			step(2, under(n, 0, asked(alice, 2)), plan(retransmitted(alice)).leaves(left(alice, 3599)))),
		one("retransmission of a removal under a nonce is 200, though no row can tell", a, nil, first,
			step(1, under(n, 2, register(a, idA, 2, remove(alice))), plan(unregistered(alice)).leaves()),
			step(2, under(n, 2, register(a, idA, 2, remove(alice))), plan().leaves())),
	}
}
