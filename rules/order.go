package rules

import (
	"fmt"
	"time"

	"registrard/asterisk"
	"registrard/reason"
)

// higher is RFC 3261 10.3 steps 6 and 7: within a Call-ID the CSeq must grow.
// A row without a CSeq (Asterisk's) is older than any.
func higher(callID string, cseq uint32, row *asterisk.Contact) bool {
	return row.CallID != callID || !row.HasCSeq || row.CSeq < cseq
}

// isNewer says that the request is newer than the one that wrote a row: by its
// CSeq, or because its nonce was made after that. Both times are the database's,
// and may be as far from it as a node's heartbeat is: whole seconds count, and of
// one second the nonce is the older.
func (c *Change) isNewer(row *asterisk.Contact) bool {
	return higher(c.CallID, c.CSeq, row) ||
		!c.NonceMade.IsZero() && !row.RefreshedAt.IsZero() && c.NonceMade.Unix() > row.RefreshedAt.Unix()
}

// retransmitted is how long a request is sent again: 64*T1, RFC 3261 17.1.2.2.
const retransmitted = 32 * time.Second

// wrote says that the request is the one that wrote the row, sent again.
func (c *Change) wrote(row *asterisk.Contact, now time.Time) bool {
	return c.Proof != 0 && row.Proof == c.Proof && row.HasCSeq && row.CSeq == c.CSeq && row.CallID == c.CallID &&
		now.Sub(row.RefreshedAt) <= retransmitted
}

// checkUse holds the request against what the AOR's rows tell of those that
// wrote them: served says that it is one of these, all of it, because it was
// committed as one. Else its credentials must not have been used, on whatever
// node; the rows that have expired know of it too.
func (c *Change) checkUse(current []asterisk.Contact, now time.Time) (served bool, _ *reason.Refusal) {
	var used *asterisk.Contact
	for i := range current {
		row := &current[i]
		if !spent(row.Proof, c.Proof) {
			continue
		}
		if c.wrote(row, now) && isLive(row, now.Unix()) {
			return true, nil
		}
		if used == nil || row.ID < used.ID { // of several the same one is told, however they come
			used = row
		}
	}
	if used == nil || !c.Once {
		return false, nil
	}
	return false, reason.Because(reason.StaleNonce, fmt.Sprintf(
		"the nonce and its count nc, or a higher one, were used by the request that wrote %s (Call-ID %s, CSeq %d)",
		show(used.URI), show(used.CallID), used.CSeq))
}

// checkOrder holds the request against the rows that it is about. One row that
// it isn't newer than refuses all of it.
func (c *Change) checkOrder(b *bindings) *reason.Refusal {
	for i := range b.live {
		if row := &b.live[i]; row.named() && !c.isNewer(row.Contact) {
			return c.outOfOrder(row.Contact)
		}
	}
	return nil
}

func (c *Change) outOfOrder(row *asterisk.Contact) *reason.Refusal {
	text := fmt.Sprintf("CSeq %d of Call-ID %s, but %s already has CSeq %d",
		c.CSeq, show(c.CallID), show(row.URI), row.CSeq)
	if !c.NonceMade.IsZero() && !row.RefreshedAt.IsZero() {
		const seconds = "15:04:05"
		text += fmt.Sprintf(" since %s, and the nonce is of %s (UTC)",
			row.RefreshedAt.UTC().Format(seconds), c.NonceMade.UTC().Format(seconds))
	}
	return reason.Because(reason.OutOfOrder, text)
}
