package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"registrard/explain"
	"registrard/reason"
)

// ban says whether a source, an address or a network, is banned: the step that
// tells of it, and the refusal, nil when it isn't. A ban of a part of a network
// counts, one that is allowed does not (guard.Bans).
func (l *look) ban(ctx context.Context, source netip.Prefix) (explain.Step, *reason.Refusal, error) {
	source = unmapped(source)
	type row struct {
		cidr netip.Prefix
		left time.Duration
	}
	var bans []row
	allowed := slices.Concat(l.config.Guard.Allow, l.config.TrustedProxies)
	err := l.store.LoadBans(ctx, nil, func(cidr netip.Prefix, left time.Duration) {
		if unmapped(cidr).Overlaps(source) {
			bans = append(bans, row{cidr, left})
		}
	}, func(cidr netip.Prefix) { allowed = append(allowed, cidr) })
	if err != nil {
		return explain.Step{}, nil, err
	}
	bans = slices.DeleteFunc(bans, func(b row) bool {
		part := unmapped(b.cidr)
		if part.Bits() < source.Bits() {
			part = source
		}
		return slices.ContainsFunc(allowed, func(a netip.Prefix) bool {
			a = unmapped(a)
			return a.Bits() <= part.Bits() && a.Contains(part.Addr())
		})
	})
	slices.SortFunc(bans, func(a, b row) int { return a.cidr.Bits() - b.cidr.Bits() })
	if len(bans) == 0 {
		return explain.Step{}, nil, nil
	}
	var told, names []string
	for _, b := range bans {
		until := "for ever"
		if b.left > 0 {
			until = "for " + b.left.Round(time.Second).String() + " more"
		}
		told = append(told, network(b.cidr)+" "+until)
		names = append(names, "'"+network(b.cidr)+"'")
	}
	where := "cidr = " + names[0]
	if len(names) > 1 {
		where = "cidr IN (" + strings.Join(names, ", ") + ")"
	}
	detail := fmt.Sprintf("%s is banned (registrard_bans: %s), so it gets no answer", network(source), strings.Join(told, ", "))
	return explain.Step{Stage: explain.Listener, Outcome: explain.Refuse, Detail: detail, Remedy: "DELETE FROM registrard_bans WHERE " + where + ";"},
		reason.Because(reason.Banned, detail), nil
}

// unmapped is a network without host bits, IPv4 as such: ::ffff:192.0.2.0/120
// is 192.0.2.0/24.
func unmapped(p netip.Prefix) netip.Prefix {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

// network is a network as people write it: an address without its /32.
func network(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
