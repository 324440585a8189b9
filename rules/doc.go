// Package rules is RFC 3261 section 10 and Asterisk's AOR policies as pure
// functions: what a REGISTER asks, held against the contacts that the AOR has,
// gives a plan of effects.
//
// It may not know clocks, sockets, SQL or logs. Check judges what needs no
// state, before a request enters any queue; Decide judges the rest, is called
// by the store while it holds the AOR's lock, with the contacts read after
// that lock and the database's time, once per request.
//
// The hard idea: a plain refresh is also a value (Refresh) with a guard
// (Holds) that the database itself can check in an UPDATE; where the guard
// holds, the result equals what Decide would have said, and no lock is needed.
// Where it does not, Decide is asked. One table of cases (rulestest) runs
// through both.
//
// Where the rules differ from Asterisk's, and why:
//   - Call-ID and CSeq are obeyed (RFC 3261 10.3); Asterisk ignores them. What
//     wrote a contact less than 32 s ago is a retransmission when it comes
//     again: it gets a 200 and changes nothing. A request under a nonce that was
//     made after a contact was last written is newer whatever its CSeq, as
//     clients that start again with the Call-ID and CSeq of before are.
//   - A nonce and nc that wrote a contact are good for no other request of its
//     AOR (RFC 7616 3.4 leaves that to a server's memory; here the row is it).
//   - max_contacts is looked at when a contact is added. Asterisk also refuses
//     plain refreshes once the limit has been lowered.
//   - An instance (+sip.instance, with reg-id) has one contact in an AOR: its
//     next one replaces it, though the address changed.
//   - Every Contact of a request is rewritten by rewrite_contact, not the
//     first alone, and contacts are compared as the phone wrote them (10.3 step
//     7): another port of a NAT is the same contact, if the Call-ID is the same.
//   - A removal never takes back what the same request adds.
//   - The newest text of a URI is stored, and with it the id changes.
//   - A "%" in a URI is stored as %25; pjsip stores it bare.
package rules
