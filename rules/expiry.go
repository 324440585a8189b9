package rules

import (
	"fmt"

	"registrard/asterisk"
	"registrard/reason"
)

// hour is the bound of RFC 3261 10.3 step 7: who asks for an hour or more may
// not be told that it is too brief.
const hour = 3600

// seconds works out the expiry of one contact: its expires parameter, else the
// Expires header, else ps_aors.default_expiration; 0 stays 0 and removes; the
// rest is brought into minimum_expiration to maximum_expiration as Asterisk
// does, silently, or with RefuseBrief refused when it is too short.
func (p *Policy) seconds(c *AskedContact, header int64, aor *asterisk.AOR) (int64, *reason.Refusal) {
	asked, given := c.Expires, true
	if asked < 0 {
		asked = header
	}
	if asked < 0 {
		asked, given = int64(aor.DefaultExpiration), false
	}
	if asked == 0 {
		return 0, nil
	}
	minimum, maximum := int64(aor.MinimumExpiration), int64(aor.MaximumExpiration)
	if asked < minimum {
		if p.RefuseBrief && given && asked < hour {
			r := reason.Because(reason.IntervalTooBrief, fmt.Sprintf(
				"%d s asked, ps_aors.minimum_expiration of %s is %d s", asked, show(aor.ID), minimum))
			r.MinExpires = int(minimum)
			return 0, r
		}
		return max(minimum, 1), nil
	}
	// A maximum of 0 would turn a registration into a removal.
	return max(min(asked, maximum), 1), nil
}

// jittered shortens granted by a share of up to Jitter, never below the
// minimum. The share comes out of the request itself, so that each node gives
// a retransmission the same expiry.
func (p *Policy) jittered(granted int64, aor *asterisk.AOR, callID string, cseq uint32, uri string) int64 {
	jitter := min(p.Jitter, 0.5)
	if !(jitter > 0) || granted == 0 {
		return granted
	}
	share := float64(hash(callID, cseq, uri)>>11) / (1 << 53)
	return max(granted-int64(float64(granted)*jitter*share), min(granted, int64(aor.MinimumExpiration)))
}

// hash is FNV-1a with a last mix, as FNV's high bits hardly differ between
// texts that differ at their ends.
func hash(callID string, cseq uint32, uri string) uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037)
	add := func(s string) {
		for i := 0; i < len(s); i++ {
			h = (h ^ uint64(s[i])) * prime
		}
		h = (h ^ 0xff) * prime // no text holds this byte: "ab","c" is not "a","bc"
	}
	add(callID)
	add(uri)
	h = (h ^ uint64(cseq)) * prime
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	return h
}
