package main

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"registrard/admin"
	"registrard/asterisk"
	"registrard/cache"
	"registrard/config"
	"registrard/digest"
	"registrard/explain"
	"registrard/guard"
	"registrard/identify"
	"registrard/registrar"
	"registrard/rules"
	"registrard/sip"
	"registrard/store"
	"registrard/trace"
)

// node is all that runs: listeners, registrar, cache, store, admin. serve, dev
// and the end-to-end tests run the same one.
type node struct {
	config       config.Config
	log          *slog.Logger
	store        *store.Store
	cache        *cache.Cache
	guard        *guard.Guard
	events       *guard.Events
	sip          *sip.Server
	admin        *admin.Server
	views        *store.Views // nil: no page
	certificates *certificates
	registry     *registry
	tracer       *trace.Tracer
	readiness    readiness
}

// newNode wires a node and listens; it doesn't wait for the database. sink is
// what log writes to, nil when that can't stall.
func newNode(ctx context.Context, c config.Config, log *slog.Logger, sink *logSink) (*node, error) {
	boundByFiles(&c, log)
	n := &node{config: c, log: log}
	n.readiness.log = sink
	bootID := rand.Text()
	registry := newRegistry()
	n.registry = registry

	verifier := newVerifier(c)
	var err error
	if n.store, err = store.Open(ctx, n.storeOptions(bootID, verifier)); err != nil {
		return nil, err
	}
	n.readiness.store, n.readiness.stay = n.store, c.Node.StayReady
	n.cache, err = cache.New(cache.Options{
		Source: n.store, IDs: n.store, MaxEndpoints: c.Cache.MaxEndpoints, LoadTimeout: c.Database.Deadline.Duration,
		Log: log, Metrics: registry,
	})
	if err != nil {
		return nil, err
	}
	if err := n.openGuard(registry); err != nil {
		return nil, err
	}
	handler := registrar.New(registrar.Options{
		Chain:    identify.Chain{Directory: n.cache, Order: c.Identify.Order},
		Verifier: verifier,
		Policy:   policy(c),
		Store:    n.store,
		Clock:    n.store.Now,
		EvenTime: c.Auth.EvenTime.Duration,
		Guard:    n.guard, Confirmer: n.cache,
		Failures: noteOutcomes{n.store},
		Log:      log,
		Registry: registry,
	})
	clientCAs, err := clientCAs(c.TLS.ClientCA)
	if err != nil {
		return nil, err
	}
	if n.certificates, err = newCertificates(c.TLS.Certificate, c.TLS.Key, log); err != nil {
		return nil, err
	}
	n.registerNode(registry)
	n.tracer = trace.New(trace.Options{
		Load: n.traces, Table: store.TracesTable, Now: n.store.Now, Node: c.Node.Name, Log: log, Registerer: registry,
	})
	if n.sip, err = sip.New(n.sipOptions(bootID, handler, clientCAs)); err != nil {
		return nil, err
	}
	pages := admin.Options{
		Listen: c.Admin.Listen, Ready: n.readiness.ready, Despite: n.readiness.despite, Gatherer: registry, Log: log, Node: c.Node.Name, Version: thisBuild().Version,
		Hosts: c.Admin.Hosts, Registerer: registry, Access: admin.Access{Token: c.Admin.Token, User: c.Admin.User, Password: c.Admin.Password},
	}
	if c.Admin.Page {
		if n.views, err = store.OpenViews(c.Database.URL, c.Node.Name, c.FromFile("database.url")); err != nil {
			return nil, err
		}
		pages.Views = n.views
	}
	if n.admin, err = admin.New(pages); err != nil {
		return nil, err
	}
	if err := n.sip.Listen(); err != nil {
		return nil, errors.Join(err, n.admin.Close())
	}
	var bound []string
	for _, b := range n.sip.Addrs() {
		log.Info("listening", "transport", b.Network, "address", b.Addr.String())
		bound = append(bound, b.Network+"://"+b.Addr.String())
	}
	n.store.SetAddresses(bound)
	log.Info("listening", "transport", "admin", "address", n.admin.Addr().String())
	return n, nil
}

func (n *node) storeOptions(bootID string, verifier *digest.Verifier) store.Options {
	c := n.config
	return store.Options{
		URL: c.Database.URL, ListenURL: c.Database.ListenURL,
		ReadURL: c.FromFile("database.url"), ReadListenURL: c.FromFile("database.listen_url"),
		Node: c.Node.Name, BootID: bootID, Version: thisBuild().Version, TrustedProxies: c.TrustedProxies,
		Deadline: c.Database.Deadline.Duration, MaxConns: c.Database.MaxConnections,
		Writers: c.Database.Writers, BatchSize: c.Database.Batch, QueueSize: c.Database.Queue,
		SweepInterval: c.Database.SweepInterval.Duration, KeyRotation: c.Auth.KeyRotation.Duration,
		NoFastPath: !c.Database.FastPath,
		Poll:       c.Database.Coherence == "poll", PollInterval: c.Database.PollInterval.Duration,
		Age: c.Database.Coherence == "age", MaxAge: c.Cache.MaxAge.Duration,
		RowLocks:    c.Database.Locks == "rows",
		DropDeleted: c.Registrar.DropDeleted, Settle: c.SIP.RequestTimeout.Duration + time.Second,
		MaxFailures: c.Failures.MaxRows, KeepFailures: c.Failures.Keep.Duration,
		OnKeys:   func(keys []store.NonceKey) { verifier.SetKeys(nonceKeys(keys)) },
		OnReturn: func() { n.sip.CloseConnections() },
		Log:      n.log, Registerer: n.registry,
	}
}

func (n *node) sipOptions(bootID string, handler *registrar.Registrar, clientCAs *x509.CertPool) sip.Options {
	c := n.config
	retryAfter := c.SIP.RetryAfter.Duration
	return sip.Options{
		Listen: listeners(c.Listen), Handler: handler, Guard: n.guard, Ready: n.readiness.ready,
		Failures: noteFailures{n.store, n.cache},
		Node:     c.Node.Name, BootID: bootID,
		Certificate: n.certificates.get, ClientCAs: clientCAs, TrustedProxies: c.TrustedProxies,
		RequestTimeout: c.SIP.RequestTimeout.Duration, MaxInFlight: c.SIP.MaxInFlight,
		MaxMessage: int(c.SIP.MaxMessageSize), MaxHeaders: c.SIP.MaxHeaders, MaxContacts: c.SIP.MaxContacts,
		MaxConnections: c.SIP.MaxConnections, MaxConnectionsPerSource: c.SIP.MaxConnectionsPerSource,
		IdleTimeout: c.SIP.IdleTimeout.Duration, ReadTimeout: c.SIP.ReadTimeout.Duration,
		RetryAfterMin: retryAfter / 2, RetryAfterMax: retryAfter * 3 / 2,
		ServerName: c.SIP.ServerHeader, NoFastPath: !c.SIP.FastPath, Tracer: n.tracer,
		Log: n.log, Registerer: n.registry,
	}
}

// run works until ctx ends. Then the node says that it is not ready, after
// shutdown.drain takes no more, answers what it has taken, writes what hangs
// on it, and returns nil. It returns an error when a part fails by itself.
func (n *node) run(ctx context.Context) error {
	// Each part is ended by its own context, in the order in which they need
	// one another: the listeners, what they have accepted, the memory.
	accepting, stopAccepting := context.WithCancel(context.WithoutCancel(ctx))
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	behind, stopBehind := context.WithCancel(context.WithoutCancel(ctx))
	defer n.store.Close()
	if n.views != nil {
		defer n.views.Close()
	}
	defer stopBehind()
	defer stopWorking()
	defer stopAccepting()

	// When any part fails, group ends, and everything with it.
	parts, group := errgroup.WithContext(behind)
	parts.Go(func() error { return named("store", n.store.Run(group)) })
	parts.Go(func() error {
		return named("listening for changes", n.store.Watch(group, store.Watchers{n.cache, n.tracer, n.guard}))
	})
	parts.Go(func() error { return named("guard", n.guard.Run(group)) })
	parts.Go(func() error { return named("security events", n.events.Run(group)) })
	parts.Go(func() error { return named("trace", n.tracer.Run(group)) })
	parts.Go(func() error { return named("cache", n.cache.Run(group)) })
	parts.Go(func() error { return named("certificates", n.certificates.run(group)) })
	parts.Go(func() error { return named("admin", n.admin.Run(group)) })
	parts.Go(func() error {
		defer stopBehind() // nothing more to serve
		return named("sip", n.sip.Run(accepting, working))
	})
	parts.Go(func() error {
		select {
		case <-group.Done(): // a part failed
			stopAccepting()
			stopWorking()
			return nil
		case <-ctx.Done():
		}
		n.readiness.draining.Store(true)
		n.sip.Drain()
		sleep(group, n.config.Shutdown.Drain.Duration)
		stopAccepting()
		sleep(group, n.config.Shutdown.Timeout.Duration)
		stopWorking()
		return nil
	})
	return parts.Wait()
}

// addrs is where the node listens, as URLs: udp://127.0.0.1:5060; the admin
// server's is http://127.0.0.1:8060.
func (n *node) addrs() []string {
	var addrs []string
	for _, b := range n.sip.Addrs() {
		addrs = append(addrs, b.Network+"://"+b.Addr.String())
	}
	return append(addrs, "http://"+n.admin.Addr().String())
}

// reload reads certificates again, and opens the log of security events anew.
func (n *node) reload() error {
	n.events.Reopen()
	n.store.Renew()
	if n.views != nil {
		n.views.Renew()
	}
	return n.certificates.reload()
}

// noteOutcomes is registrar.Failures over the store.
type noteOutcomes struct{ store *store.Store }

// noteFailures is sip.Failures over the store. A name that is an endpoint's, as
// far as the node knows by heart, is kept as a phone's and not as a stranger's.
type noteFailures struct {
	store *store.Store
	cache *cache.Cache
}

func (n noteFailures) Note(f sip.Failure) {
	why := f.Refusal
	failure := store.Failure{
		Source: f.Source.Addr().WithZone(""), Transport: f.Transport, Username: f.Username, Domain: f.Domain, AOR: f.AOR, UserAgent: f.UserAgent,
		Reason: why.Name, Detail: why.Detail, Hint: why.Hint, Code: why.Code,
	}
	if !failure.Source.IsValid() {
		return
	}
	if f.Username != "" {
		if e, err := n.cache.Endpoint(context.Background(), f.Username, false); err == nil && e != nil {
			failure.Endpoint = e.ID
		}
	}
	n.store.NoteFailure(failure)
}

func (n noteOutcomes) Note(q *registrar.Request, o *registrar.Outcome) {
	if f, ok := explain.FailureOf(q, o); ok {
		n.store.NoteFailure(store.Failure(f))
	}
}

// named says which part of the node an error comes from.
func named(part string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return fmt.Errorf("%s: %w", part, err)
}

// sleep waits for d, or for ctx.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// newVerifier and policy are what configuration says about credentials and
// AORs; explain has the same.
func newVerifier(c config.Config) *digest.Verifier {
	return digest.New(digest.Options{
		Realm:         c.Auth.Realm,
		Algorithms:    algorithms(c.Auth.Algorithms),
		RefuseNoQOP:   c.Auth.RequireQop,
		RefuseNoAuth:  !c.Auth.AllowNoAuth,
		ReplayEntries: c.Auth.ReplayEntries,
	})
}

func policy(c config.Config) rules.Policy {
	return rules.Policy{RefuseBrief: c.Registrar.BriefExpires == "refuse", Jitter: c.Registrar.ExpiresJitter}
}

func nonceKeys(keys []store.NonceKey) []digest.Key {
	out := make([]digest.Key, len(keys))
	for i, k := range keys {
		out[i] = digest.Key{ID: k.ID, Secret: k.Secret, NotBefore: k.NotBefore}
	}
	return out
}

// algorithms are config's words, which it has checked.
func algorithms(names []string) []asterisk.Algorithm {
	var out []asterisk.Algorithm
	for _, name := range names {
		for a := range asterisk.NumAlgorithms {
			if a.String() == name {
				out = append(out, a)
			}
		}
	}
	return out
}

func listeners(from []config.Listener) []sip.Listen {
	var out []sip.Listen
	for _, l := range from {
		out = append(out, sip.Listen{Network: l.Transport, Address: l.Address, Advertise: l.Advertise, Domain: l.Domain, ProxyProtocol: l.ProxyProtocol})
	}
	return out
}
