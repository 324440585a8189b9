package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"registrard/asterisk"
)

// Options of a Cache; only Source must be given.
type Options struct {
	Source Source
	// IDs reads the ids of all endpoints, so that names that can't exist are
	// answered without a trip; nil asks for each.
	IDs IDs
	// MaxEndpoints is how many endpoints are kept; 0 is 100,000. Of names that
	// are no endpoint an eighth as many are kept, but at least 1,024.
	MaxEndpoints int
	// Resolver asks for the host names in ps_endpoint_id_ips; nil is the
	// system's resolver.
	Resolver *Resolver
	// Log is told when LISTEN comes and goes and of host names that can't be
	// resolved; nil is silent.
	Log *slog.Logger
	// Metrics is where the cache's metrics are registered; nil is nowhere.
	Metrics prometheus.Registerer
	// LoadTimeout bounds one load; 0 is 5 s. It is the load's own: who waits
	// for it may have less time.
	LoadTimeout time.Duration
}

const (
	defaultMaxEndpoints = 100_000
	defaultLoadTimeout  = 5 * time.Second
	minAbsent           = 1024
	// longestID is ps_endpoints.id varchar(255) at up to 4 bytes a character;
	// what is longer is asked for, but not kept.
	longestID = 4 * 255
	// siteRetry is the wait after a failed load of the Site in the background.
	siteRetry = time.Second
)

// Cache is identify.Directory for those who ask and store.Watcher for the one
// who listens to the database. Until Listening is called it keeps nothing.
type Cache struct {
	source   Source
	log      *slog.Logger
	metrics  *metrics
	hosts    *hosts
	ids      ids
	confirms *budget
	timeout  time.Duration

	// Read without mu, written under it.
	known     *otter.Cache[string, *asterisk.Endpoint]
	absent    *otter.Cache[string, struct{}]
	site      atomic.Pointer[asterisk.Site]
	listening atomic.Bool

	// mu orders filling and emptying.
	mu        sync.Mutex
	endpoints flights[*asterisk.Endpoint]
	sites     flights[*asterisk.Site]
	names     nameIndex
	siteGone  chan struct{} // of one place: the Site is to be loaded in the background
}

// New makes a cache, or says what is wrong with o.
func New(o Options) (*Cache, error) {
	if o.Source == nil {
		return nil, errors.New("cache: Options.Source is nil; it must be the store")
	}
	if o.MaxEndpoints < 0 {
		return nil, fmt.Errorf("cache: Options.MaxEndpoints is %d; it must be 0 (for %d) or more", o.MaxEndpoints, defaultMaxEndpoints)
	}
	if o.MaxEndpoints == 0 {
		o.MaxEndpoints = defaultMaxEndpoints
	}
	if o.LoadTimeout <= 0 {
		o.LoadTimeout = defaultLoadTimeout
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Resolver == nil {
		o.Resolver = &Resolver{}
	}
	c := &Cache{source: o.Source, log: o.Log, timeout: o.LoadTimeout, siteGone: make(chan struct{}, 1), ids: newIDs(o.IDs), confirms: newBudget()}
	var err error
	if c.known, err = otter.New(&otter.Options[string, *asterisk.Endpoint]{MaximumSize: o.MaxEndpoints}); err != nil {
		return nil, fmt.Errorf("cache: endpoints: %w", err)
	}
	if c.absent, err = otter.New(&otter.Options[string, struct{}]{MaximumSize: max(o.MaxEndpoints/8, minAbsent)}); err != nil {
		return nil, fmt.Errorf("cache: absent names: %w", err)
	}
	if c.metrics, err = newMetrics(o.Metrics, c); err != nil {
		return nil, fmt.Errorf("cache: metrics: %w", err)
	}
	c.hosts = newHosts(o.Resolver.Resolve, c.hostsChanged, o.Log, c.metrics.hostErrors)
	c.endpoints = newFlights(c, c.loadEndpoint, c.keepEndpoint, c.metrics.endpoints)
	c.sites = newFlights(c, c.loadSite, c.keepSite, c.metrics.sites)
	return c, nil
}

// errNotLoaded says that the database would have to be asked.
var errNotLoaded = errors.New("not in the cache")

// Endpoint finds an endpoint with the rows it names. Absent is (nil, nil); an
// error means that it is not known whether it exists: the load failed, or ctx
// ended first, or it is not in memory, when it may not be loaded.
func (c *Cache) Endpoint(ctx context.Context, id string, load bool) (*asterisk.Endpoint, error) {
	if e, ok := c.inMemory(id); ok {
		return e, nil
	}
	if !load {
		return nil, errNotLoaded
	}
	c.metrics.endpoints.misses.Inc()
	e, err := c.endpoints.get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("loading endpoint %q: %w", id, err)
	}
	return e, nil
}

// inMemory finds an endpoint, or its absence, as far as that is known
// without asking.
func (c *Cache) inMemory(id string) (e *asterisk.Endpoint, ok bool) {
	if c.ids.withoutAt(id) {
		c.metrics.impossible.Inc()
		return nil, true
	}
	listening := c.listening.Load()
	if listening {
		// Who is known is asked for most, and needs no filter.
		if e, ok := c.known.GetIfPresent(id); ok {
			c.metrics.endpoints.hits.Inc()
			return e, true
		}
	}
	if c.ids.impossible(id) {
		c.metrics.impossible.Inc()
		return nil, true
	}
	if listening {
		if _, ok := c.absent.GetIfPresent(id); ok {
			c.metrics.endpoints.hits.Inc()
			return nil, true
		}
	}
	return nil, impossible(id)
}

// impossible says that PostgreSQL can't hold such an id. To ask for it would be
// an error, and look like a failure of the database.
func impossible(id string) bool {
	return id == "" || !utf8.ValidString(id) || strings.IndexByte(id, 0) >= 0
}

// Site finds what holds for all endpoints, with the addresses that its host
// names have now. It is never nil without an error, as Endpoint has them.
func (c *Cache) Site(ctx context.Context, load bool) (*asterisk.Site, error) {
	if c.listening.Load() {
		if s := c.site.Load(); s != nil {
			c.metrics.sites.hits.Inc()
			return s, nil
		}
	}
	if !load {
		return nil, errNotLoaded
	}
	c.metrics.sites.misses.Inc()
	s, err := c.sites.get(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("loading ps_globals, ps_domain_aliases, ps_endpoint_id_ips: %w", err)
	}
	return s, nil
}

func (c *Cache) loadEndpoint(ctx context.Context, id string) (*asterisk.Endpoint, error) {
	return c.source.LoadEndpoint(ctx, id)
}

// keepEndpoint is called under mu with what may be kept. id is part of a message,
// all of which would be kept with it.
func (c *Cache) keepEndpoint(id string, e *asterisk.Endpoint) {
	if e != nil && e.ID == id {
		id = e.ID
	} else {
		id = strings.Clone(id)
	}
	switch {
	case e != nil:
		c.known.Set(id, e)
		c.names.add(id, e, c.known)
	case len(id) <= longestID:
		c.absent.Set(id, struct{}{})
	}
}

func (c *Cache) loadSite(ctx context.Context, _ string) (*asterisk.Site, error) {
	s, err := c.source.LoadSite(ctx)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, errors.New("the source gave neither rows nor an error")
	}
	return c.resolved(s), nil
}

// resolved is s with the addresses known so far; the names are looked up from
// now on.
func (c *Cache) resolved(s *asterisk.Site) *asterisk.Site {
	wanted := s.MatchHosts()
	c.hosts.want(wanted)
	if len(wanted) == 0 {
		return s
	}
	return s.WithHosts(c.hosts.addrs())
}

// keepSite is called under mu with what may be kept. Addresses that were found
// while it was loading must not be missed.
func (c *Cache) keepSite(_ string, s *asterisk.Site) {
	c.site.Store(s)
	c.refreshHosts(s)
}

// hostsChanged is called by hosts when there are new addresses.
func (c *Cache) hostsChanged() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.site.Load(); s != nil {
		c.refreshHosts(s)
	}
}

// refreshHosts is called under mu.
func (c *Cache) refreshHosts(s *asterisk.Site) {
	if addrs := c.hosts.addrs(); !sameAddrs(addrs, s.Hosts) {
		c.site.Store(s.WithHosts(addrs))
	}
}

// Run loads the Site in the background as soon as it is gone, so that its host
// names are resolved before a request asks, and keeps them resolved. It returns
// when ctx ends.
func (c *Cache) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.hosts.run(ctx) })
	g.Go(func() error { return c.keepSiteLoaded(ctx) })
	g.Go(func() error { return c.keepIDs(ctx) })
	if err := g.Wait(); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

func (c *Cache) keepSiteLoaded(ctx context.Context) error {
	retry := time.NewTimer(siteRetry)
	retry.Stop()
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.siteGone:
		case <-retry.C:
		}
		if !c.listening.Load() || c.site.Load() != nil {
			continue
		}
		if _, err := c.Site(ctx, true); err != nil && ctx.Err() == nil {
			c.log.Warn("configuration of the whole site can't be loaded; trying again", "error", err)
			retry.Reset(siteRetry)
		}
	}
}
