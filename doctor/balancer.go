package doctor

import (
	"net/netip"
	"strings"

	"registrard/config"
	"registrard/store"
)

// manyContacts is from where on one address for nearly all phones means
// something; oneSource is nearly all, in percent.
const (
	manyContacts = 20
	oneSource    = 90
)

// balancer says which source addresses the node will see, by configuration,
// and which it has seen.
func balancer(c *config.Config, sources []store.SourceCount) []Finding {
	l := &list{area: "balancer"}
	for _, ln := range c.Listen {
		name := ln.Transport + "://" + ln.Address
		web := ln.Transport == "ws" || ln.Transport == "wss"
		switch {
		case ln.ProxyProtocol == "required":
			l.ok("%s takes phones only through %s, and their addresses from its PROXY header", name, prefixes(c.TrustedProxies))
		case ln.ProxyProtocol == "optional":
			l.ok("%s believes the PROXY header of %s; who comes directly is known by its own address", name, prefixes(c.TrustedProxies))
		case web && len(c.TrustedProxies) > 0:
			l.ok("%s believes X-Forwarded-For of %s; who comes directly is known by its own address", name, prefixes(c.TrustedProxies))
		case len(c.TrustedProxies) > 0:
			l.warn("proxy_protocol=required (or optional) for this listener, and send-proxy-v2 at the balancer; or a balancer that keeps addresses (LVS, Kubernetes with externalTrafficPolicy: Local)",
				"%s has no proxy_protocol: of phones behind %s it sees the balancer's address", name, prefixes(c.TrustedProxies))
		default:
			l.ok("%s knows phones by the address that their packets have on arrival; a balancer or NAT that puts its own there hides them (identify by ip, deny and permit, bans and the view's source then mean the balancer)", name)
		}
	}
	seen(l, c, sources)
	return l.findings
}

// seen judges where registered phones came from.
func seen(l *list, c *config.Config, sources []store.SourceCount) {
	total := 0
	for _, s := range sources {
		total += s.Contacts
	}
	if total < manyContacts || sources[0].Contacts*100 < total*oneSource {
		return
	}
	source, err := netip.ParseAddr(sources[0].Source)
	if err != nil || source.IsLoopback() {
		return
	}
	what := "a balancer, a proxy or one large NAT"
	for _, p := range c.TrustedProxies {
		if p.Contains(source) {
			what = "your balancer (trusted_proxies names it), whose PROXY header doesn't arrive or isn't read"
		}
	}
	l.warn("let the balancer keep source addresses or send PROXY headers (proxy_protocol and trusted_proxies)",
		"of %d contacts looked at, %d came from %s: %s stands in front, and limits and bans hit all phones behind it at once", total, sources[0].Contacts, source, what)
}

func prefixes(list []netip.Prefix) string {
	var out []string
	for _, p := range list {
		if p.IsSingleIP() {
			out = append(out, p.Addr().String())
		} else {
			out = append(out, p.String())
		}
	}
	return strings.Join(out, ", ")
}
