package rules

import (
	"cmp"
	"fmt"
	"slices"

	"registrard/reason"
)

// makeRoom holds the contacts after the change against ps_aors.max_contacts,
// and marks those that must make room. The limit is looked at when the request
// adds a contact; an instance that moves doesn't. (Asterisk refuses even a
// plain refresh once the limit has been lowered, and so loses phones that it
// had let in; here they stay until they go.)
//
//   - remove_existing: contacts that the request doesn't name make room, those
//     that expire soonest first, with remove_unavailable the unavailable first.
//   - remove_unavailable alone: unavailable ones make room, when that is enough.
//   - neither: 403.
func (c *Change) makeRoom(b *bindings, m []target) *reason.Refusal {
	moved := make([]bool, len(c.Wanted))
	count := 0
	for i := range b.live {
		row := &b.live[i]
		switch {
		case row.replacedBy >= 0:
			moved[row.replacedBy] = true
		case row.wantedBy < 0 || c.Wanted[row.wantedBy].Seconds > 0:
			count++
		}
	}
	adds := false
	for i := range m {
		if m[i].kind == toAdd {
			count++
			adds = adds || !moved[i]
		}
	}
	excess := count - c.AOR.MaxContacts
	if !adds || excess <= 0 {
		return nil
	}
	var spare []*binding
	for i := range b.live {
		row := &b.live[i]
		if !row.named() && (c.AOR.RemoveExisting || c.AOR.RemoveUnavailable && row.Unavailable) {
			spare = append(spare, row)
		}
	}
	if len(spare) < excess {
		return reason.Because(reason.TooManyContacts, fmt.Sprintf(
			"%d contacts after this request, ps_aors.max_contacts of %s is %d and %d of them may be removed",
			count, show(c.AOR.ID), c.AOR.MaxContacts, len(spare)))
	}
	slices.SortFunc(spare, func(x, y *binding) int {
		if c.AOR.RemoveUnavailable && x.Unavailable != y.Unavailable {
			if x.Unavailable {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(x.ExpirationTime, y.ExpirationTime),
			x.RegisteredAt.Compare(y.RegisteredAt), cmp.Compare(x.ID, y.ID))
	})
	for _, row := range spare[:excess] {
		row.pushedOut = true
	}
	return nil
}
