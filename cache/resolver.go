package cache

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"registrard/asterisk"
)

// Resolver finds the addresses of a host name in ps_endpoint_id_ips, and how
// long they hold. The zero Resolver is the system's. It is safe for concurrent
// use; its fields may not be changed while it is used.
type Resolver struct {
	// Servers are asked in their order, each a host:port; none: those of
	// /etc/resolv.conf, with its search list.
	Servers []string
	// Timeout of one question to one server; 0 is 2 s.
	Timeout time.Duration
	// MinTTL and MaxTTL bound how long an answer holds; 0 are 5 s and 1 h.
	MinTTL, MaxTTL time.Duration
	// Retry is when to ask again after a failure, or for a name that has no
	// address; 0 is 30 s.
	Retry time.Duration
	// Local finds what DNS doesn't know, /etc/hosts above all; nil is
	// net.DefaultResolver.
	Local interface {
		LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	}
}

// Answer is what a look-up found.
type Answer struct {
	// Addrs in no order; the port is the MatchHost's, 0 for any.
	Addrs []netip.AddrPort
	// TTL is when to ask again.
	TTL time.Duration
}

const (
	resolvConf    = "/etc/resolv.conf"
	dnsTimeout    = 2 * time.Second
	dnsMinTTL     = 5 * time.Second
	dnsMaxTTL     = time.Hour
	dnsRetry      = 30 * time.Second
	dnsUDPSize    = 1232 // DNS flag day 2020: passes without fragments
	mostSRVHosts  = 32
	localTTL      = time.Minute
	srvSIPS       = "_sips._tcp."
	srvTCP        = "_sip._tcp."
	srvUDP        = "_sip._udp."
	maxNameLength = 253
)

// errNoServers says that DNS can't be asked at all.
var errNoServers = errors.New("no DNS server is known")

// Resolve looks up A and AAAA of a name, and of the targets of its SRV records
// when h.SRV says so. Without an error the answer is whole, and may be empty;
// with one, some question had no answer, and Addrs is what the others gave.
func (r *Resolver) Resolve(ctx context.Context, h asterisk.MatchHost) (Answer, error) {
	q := query{r: r, ctx: ctx, ttl: or(r.MaxTTL, dnsMaxTTL)}
	servers, names, err := r.servers(h.Name)
	if err != nil {
		q.fail(err)
	}
	q.servers = servers

	targets := []string{}
	for _, name := range names {
		if h.SRV {
			for _, service := range []string{srvSIPS, srvTCP, srvUDP} {
				targets = append(targets, q.srv(service+name)...)
			}
		}
		q.hostAddrs(name)
		if len(q.addrs) > 0 || len(targets) > 0 {
			break // the search list ends with the first name that exists
		}
	}
	for i, t := range targets {
		if i == mostSRVHosts {
			q.fail(fmt.Errorf("%q has %d SRV targets; %d were looked up", h.Name, len(targets), mostSRVHosts))
			break
		}
		q.hostAddrs(t)
	}
	if len(q.addrs) == 0 {
		r.local(&q, h.Name)
	}

	a := Answer{TTL: max(q.ttl, or(r.MinTTL, dnsMinTTL))}
	for addr := range q.addrs {
		a.Addrs = append(a.Addrs, netip.AddrPortFrom(addr, h.Port))
	}
	err = errors.Join(q.errs...)
	if err != nil || len(a.Addrs) == 0 {
		a.TTL = or(r.Retry, dnsRetry)
	}
	return a, err
}

// local asks the system, for names that DNS doesn't have.
func (r *Resolver) local(q *query, name string) {
	var local interface {
		LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	} = net.DefaultResolver
	if r.Local != nil {
		local = r.Local
	}
	addrs, err := local.LookupNetIP(q.ctx, "ip", name)
	if err != nil {
		var notFound *net.DNSError
		if !errors.As(err, &notFound) || !notFound.IsNotFound {
			q.fail(err)
		}
		return
	}
	if len(addrs) > 0 {
		q.errs = nil // the system knows it: what DNS said doesn't matter
	}
	for _, a := range addrs {
		q.add(a, localTTL)
	}
}

// servers gives whom to ask, and under which full names.
func (r *Resolver) servers(name string) (servers, names []string, err error) {
	if len(name) > maxNameLength {
		return nil, nil, fmt.Errorf("the name is %d characters long; %d are the most", len(name), maxNameLength)
	}
	if len(r.Servers) > 0 {
		return r.Servers, []string{dns.Fqdn(name)}, nil
	}
	conf, err := dns.ClientConfigFromFile(resolvConf)
	if err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", resolvConf, err)
	}
	for _, s := range conf.Servers {
		servers = append(servers, net.JoinHostPort(s, conf.Port))
	}
	if len(servers) == 0 {
		return nil, nil, fmt.Errorf("%s names none: %w", resolvConf, errNoServers)
	}
	return servers, conf.NameList(name), nil
}

// query is one look-up of one name under way.
type query struct {
	r       *Resolver
	ctx     context.Context
	servers []string
	addrs   map[netip.Addr]struct{}
	ttl     time.Duration // the least of all answers
	errs    []error
}

func (q *query) fail(err error) { q.errs = append(q.errs, err) }

func (q *query) add(a netip.Addr, ttl time.Duration) {
	if q.addrs == nil {
		q.addrs = map[netip.Addr]struct{}{}
	}
	q.addrs[a.Unmap().WithZone("")] = struct{}{}
	q.ttl = min(q.ttl, ttl)
}

// hostAddrs adds the A and AAAA records of a name. Aliases need no care: a
// recursive server puts the whole chain into the answer.
func (q *query) hostAddrs(name string) {
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		for _, rr := range q.ask(name, qtype) {
			ttl := time.Duration(rr.Header().Ttl) * time.Second
			switch rr := rr.(type) {
			case *dns.A:
				if a, ok := netip.AddrFromSlice(rr.A); ok {
					q.add(a, ttl)
				}
			case *dns.AAAA:
				if a, ok := netip.AddrFromSlice(rr.AAAA); ok {
					q.add(a, ttl)
				}
			case *dns.CNAME:
				q.ttl = min(q.ttl, ttl)
			}
		}
	}
}

// srv gives the targets of SRV records; "." says that there is no such service
// (RFC 2782).
func (q *query) srv(name string) []string {
	var targets []string
	for _, rr := range q.ask(name, dns.TypeSRV) {
		if srv, ok := rr.(*dns.SRV); ok && srv.Target != "." {
			targets = append(targets, srv.Target)
			q.ttl = min(q.ttl, time.Duration(srv.Hdr.Ttl)*time.Second)
		}
	}
	return targets
}

// ask asks one server after the other until one answers; none is a failure,
// a name that doesn't exist an empty answer.
func (q *query) ask(name string, qtype uint16) []dns.RR {
	if _, ok := dns.IsDomainName(name); !ok {
		q.fail(fmt.Errorf("%q is no domain name", name))
		return nil
	}
	m := new(dns.Msg).SetQuestion(name, qtype)
	m.SetEdns0(dnsUDPSize, false)
	var last error
	for _, server := range q.servers {
		answer, err := q.exchange("udp", server, m)
		if err == nil && answer.Truncated {
			answer, err = q.exchange("tcp", server, m)
		}
		switch {
		case err != nil:
			last = fmt.Errorf("asking %s: %w", server, err)
		case answer.Rcode == dns.RcodeSuccess, answer.Rcode == dns.RcodeNameError:
			return answer.Answer
		default:
			last = fmt.Errorf("%s answers %s", server, dns.RcodeToString[answer.Rcode])
		}
		if q.ctx.Err() != nil {
			break
		}
	}
	if last != nil {
		q.fail(fmt.Errorf("%s %s: %w", strings.TrimSuffix(name, "."), dns.TypeToString[qtype], last))
	}
	return nil
}

func (q *query) exchange(network, server string, m *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(q.ctx, or(q.r.Timeout, dnsTimeout))
	defer cancel()
	client := &dns.Client{Net: network, UDPSize: dnsUDPSize}
	conn, err := client.DialContext(ctx, server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	// The exchange itself knows deadlines only, and a stop must not wait.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	answer, _, err := client.ExchangeWithConnContext(ctx, m, conn)
	if err != nil {
		return nil, err
	}
	if len(answer.Question) != 1 || !strings.EqualFold(answer.Question[0].Name, m.Question[0].Name) || answer.Question[0].Qtype != m.Question[0].Qtype {
		return nil, errors.New("the answer is to another question")
	}
	return answer, nil
}

// or is d, or what stands for 0.
func or(d, zero time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return zero
}
