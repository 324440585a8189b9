package rules

import (
	"fmt"

	"registrard/asterisk"
	"registrard/reason"
)

// sequence is where a request stands beside the one that wrote a row.
type sequence uint8

const (
	// newer, or of another Call-ID, or of a row without a CSeq (Asterisk's).
	newer sequence = iota
	// same Call-ID and CSeq: the request has been served.
	same
	older
)

// order is RFC 3261 10.3 steps 6 and 7: within a Call-ID the CSeq must grow.
func (c *Change) order(row *asterisk.Contact) sequence { return orderOf(c.CallID, c.CSeq, row) }

func orderOf(callID string, cseq uint32, row *asterisk.Contact) sequence {
	switch {
	case row.CallID != callID || !row.HasCSeq || row.CSeq < cseq:
		return newer
	case row.CSeq == cseq:
		return same
	}
	return older
}

// checkOrder holds the request against the rows that it is about. One row
// written by a later request of its Call-ID refuses all of it; one that
// carries its own number says that it has been served before: all of it,
// because it is committed as one.
func (c *Change) checkOrder(b *bindings) (served bool, _ *reason.Refusal) {
	for i := range b.live {
		row := &b.live[i]
		if !row.named() {
			continue
		}
		switch c.order(row.Contact) {
		case older:
			return false, c.outOfOrder(row.Contact)
		case same:
			served = true
		}
	}
	return served, nil
}

func outOfOrderText(c *Change, row *asterisk.Contact) string {
	return fmt.Sprintf("CSeq %d of Call-ID %s, but %s already has CSeq %d",
		c.CSeq, show(c.CallID), show(row.URI), row.CSeq)
}
