package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"registrard/asterisk"
	"registrard/cache"
	"registrard/config"
	"registrard/digest"
	"registrard/explain"
	"registrard/identify"
	"registrard/reason"
	"registrard/registrar"
	"registrard/rules"
	"registrard/store"
)

const (
	// lookTimeout bounds a command that only looks; reading a million rows for
	// near misses takes seconds.
	lookTimeout = time.Minute
	// namesTimeout bounds the look-up of all host names in ps_endpoint_id_ips.
	namesTimeout = 5 * time.Second
)

// assumedSource is where a request comes from when nobody says.
var assumedSource = netip.MustParseAddrPort("127.0.0.1:5060")

// look is the database as explain and why see it: read, never written.
type look struct {
	config    config.Config
	store     *store.Store
	explainer *explain.Explainer
}

func openLook(ctx context.Context, c config.Config) (*look, error) {
	s, err := store.Open(ctx, store.Options{
		URL: c.Database.URL, Node: c.Node.Name, Deadline: max(c.Database.Deadline.Duration, 5*time.Second),
		MaxConns: 1, Writers: 1, Age: true, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, err
	}
	if err := s.Look(ctx); err != nil {
		s.Close()
		return nil, err
	}
	verifier := newVerifier(c)
	keys := nonceKeys(s.Keys())
	if len(keys) == 0 {
		// No node has ever run; a key of our own never leaves this process.
		secret := make([]byte, 32)
		_, _ = rand.Read(secret) // never fails
		keys = []digest.Key{{Secret: secret}}
	}
	verifier.SetKeys(keys)
	l := &look{config: c, store: s}
	l.explainer = explain.New(explain.Options{
		Directory: &directory{store: s}, Order: c.Identify.Order, Verifier: verifier, Policy: policy(c),
		Preview: s, Rows: rowsLike{s}, Clock: s.Now, Realm: c.Auth.Realm,
	})
	return l, nil
}

func (l *look) close() { l.store.Close() }

// directory reads endpoints from the database each time they are asked for, and
// the site once.
type directory struct {
	store *store.Store
	site  *asterisk.Site
}

func (d *directory) Endpoint(ctx context.Context, id string, _ bool) (*asterisk.Endpoint, error) {
	return d.store.LoadEndpoint(ctx, id)
}

func (d *directory) Site(ctx context.Context, _ bool) (*asterisk.Site, error) {
	if d.site != nil {
		return d.site, nil
	}
	site, err := d.store.LoadSite(ctx)
	if err != nil {
		return nil, err
	}
	if names := site.MatchHosts(); len(names) > 0 {
		ctx, cancel := context.WithTimeout(ctx, namesTimeout)
		defer cancel()
		hosts, resolver := map[asterisk.MatchHost][]netip.AddrPort{}, cache.Resolver{}
		for _, name := range names {
			// A name without an address is told of as a near miss.
			if answer, _ := resolver.Resolve(ctx, name); len(answer.Addrs) > 0 {
				hosts[name] = answer.Addrs
			}
		}
		site = site.WithHosts(hosts)
	}
	d.site = site
	return site, nil
}

// rowsLike is explain.Rows over the store.
type rowsLike struct{ store *store.Store }

func (r rowsLike) Near(ctx context.Context, name string) ([]explain.NearRow, error) {
	rows, err := r.store.NearRows(ctx, name)
	found := make([]explain.NearRow, len(rows))
	for i, row := range rows {
		found[i] = explain.NearRow(row)
	}
	return found, err
}

// arrival is how a request comes in.
type arrival struct {
	way    asterisk.Way
	domain string // of the listener
	steps  []explain.Step
	// banned is the refusal of a source that is banned, nil for others.
	banned *reason.Refusal
}

// arrive is how a request comes in: by the first listener of its transport.
// told says how the source is known, empty for a flag.
func (l *look) arrive(ctx context.Context, transport string, source netip.AddrPort, told string) (arrival, error) {
	if transport == "" {
		transport = "udp"
	}
	way := asterisk.Way{Node: l.config.Node.Name, BootID: "explain", Transport: transport, Source: source}
	if transport != "udp" {
		way.Flow = "explain"
	}
	var steps []explain.Step
	step := func(o explain.StepOutcome, remedy, format string, args ...any) {
		steps = append(steps, explain.Step{Stage: explain.Listener, Outcome: o, Detail: explain.Printable(fmt.Sprintf(format, args...)), Remedy: remedy})
	}
	domain := ""
	for _, c := range l.config.Listen {
		if c.Transport == transport {
			way.Listener, domain = transport+"://"+c.Address, c.Domain
			break
		}
	}
	nodes, err := l.store.LiveNodes(ctx)
	if err != nil {
		return arrival{}, err
	}
	var serving []string
	for _, n := range nodes {
		for _, address := range n.Addresses {
			if strings.HasPrefix(address, transport+"://") {
				serving = append(serving, address+" of node "+n.Name)
			}
		}
	}
	switch {
	case len(serving) > 0:
		step(explain.Match, "", "%s", strings.Join(serving, ", "))
	case len(nodes) == 0:
		step(explain.NearMiss, "start one: registrard serve", "no node runs on this database now (registrard_nodes)")
	default:
		step(explain.NearMiss, "add a "+transport+":// address to listen, or set the phone to another transport", "no running node listens for %s", transport)
	}
	if told != "" {
		step(explain.Pass, "", "the source is taken to be %s (%s)", source, told)
	}
	ban, banned, err := l.ban(ctx, netip.PrefixFrom(source.Addr(), source.Addr().BitLen()))
	if err != nil {
		return arrival{}, err
	}
	if banned != nil {
		steps = append(steps, ban)
	}
	return arrival{way, domain, steps, banned}, nil
}

// userCase is the REGISTER of a phone that flags describe.
func (l *look) userCase(ctx context.Context, o explainOptions) (explain.Case, error) {
	source, told := assumedSource, "assumed; --source gives another"
	if o.source != "" {
		var err error
		if source, err = parseSource(o.source); err != nil {
			return explain.Case{}, err
		}
		told = ""
	}
	came, err := l.arrive(ctx, o.transport, source, told)
	if err != nil {
		return explain.Case{}, err
	}
	way := came.way
	host := o.domain
	if host == "" {
		host = l.host(way.Transport)
	}
	contact := rules.URI{Scheme: "sip", User: o.user, Host: source.Addr().String(), Port: int(source.Port())}
	if way.Stream() {
		contact.Params = []rules.Param{{Name: "transport", Value: way.Transport, HasValue: true}}
	}
	to := rules.URI{Scheme: "sip", User: o.user, Host: host}
	requestURI := rules.URI{Scheme: "sip", Host: host}
	return explain.Case{Listener: came.steps, Refusal: came.banned, Request: &registrar.Request{
		Facts: identify.Facts{
			Source: source, Domain: strings.ToLower(came.domain), FromUser: o.user, FromHost: strings.ToLower(host),
			RequestURI: requestURI.String(), ContactHosts: []netip.Addr{source.Addr()},
		},
		Ask: rules.Ask{
			To: to, CallID: "explain-" + rand.Text(), CSeq: 1, Expires: 3600, UserAgent: "registrard explain",
			Contacts: []rules.AskedContact{{URI: contact, Expires: rules.NotGiven}},
			ViaHost:  source.Addr().String(), ViaPort: int(source.Port()), Way: way,
		},
	}}, nil
}

// host is what a phone is likely to register with: the domain of the listener,
// or its address, or this node's name.
func (l *look) host(transport string) string {
	for _, c := range l.config.Listen {
		if c.Transport != transport {
			continue
		}
		if c.Domain != "" {
			return c.Domain
		}
		for _, address := range []string{c.Advertise, c.Address} {
			if a, err := netip.ParseAddrPort(address); err == nil && !a.Addr().IsUnspecified() {
				return a.Addr().String()
			}
		}
		break
	}
	return l.config.Node.Name
}
