package cache

import (
	"github.com/maypok86/otter/v2"

	"registrard/asterisk"
)

// Listening is called when LISTEN is established: from now on every change is
// told, and what is loaded may be kept. What was loaded before is of unknown
// age.
func (c *Cache) Listening() {
	c.mu.Lock()
	was := c.listening.Swap(true) // before drop, which has the Site loaded anew
	c.drop()
	c.mu.Unlock()
	if !was {
		c.log.Info("changes of configuration are heard; it is cached from now on")
	}
}

// Lost is called when a change may have been missed: nothing is served from
// the cache until Listening is called again.
func (c *Cache) Lost() {
	c.mu.Lock()
	was := c.listening.Swap(false)
	c.drop()
	c.mu.Unlock()
	if was {
		c.log.Debug("changes of configuration are not heard; each request asks the database")
	}
}

// Changed is called with the rows of a ps_ table that were inserted, changed or
// deleted, by id as the column holds it; nil is any row. When it returns, who
// asks sees the change.
func (c *Cache) Changed(table string, ids []string) {
	c.metrics.changed(table)
	if ids != nil && len(ids) == 0 {
		return // a statement that met no row
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch table {
	case "ps_endpoints":
		if ids == nil {
			c.dropEndpoints()
			c.ids.drop(c.listening.Load())
			return
		}
		c.ids.told(ids)
		for _, id := range ids {
			c.dropEndpoint(id)
			if plain := asterisk.Unescape(id); plain != id {
				c.dropEndpoint(plain)
			}
		}
	case "ps_aors", "ps_auths":
		if ids == nil {
			c.dropEndpoints()
			return
		}
		// A load under way may have read the old row; which rows it read will
		// only be known at its end.
		c.endpoints.overtakeAll()
		for _, id := range ids {
			for _, endpoint := range c.names.take(table, asterisk.Unescape(id)) {
				c.known.Invalidate(endpoint)
			}
		}
	case "ps_globals", "ps_domain_aliases", "ps_endpoint_id_ips":
		c.dropSite()
	case "registrard_bans", "registrard_allowed": // another watcher's
	default: // not known to matter, nor known not to
		c.drop()
	}
}

// The following are called under mu.

func (c *Cache) drop() {
	c.dropEndpoints()
	c.ids.drop(c.listening.Load())
	c.dropSite()
}

func (c *Cache) dropEndpoints() {
	c.endpoints.overtakeAll()
	c.known.InvalidateAll()
	c.absent.InvalidateAll()
	c.names = nameIndex{}
}

func (c *Cache) dropEndpoint(id string) {
	c.endpoints.overtake(id)
	c.known.Invalidate(id)
	c.absent.Invalidate(id)
}

func (c *Cache) dropSite() {
	c.sites.overtakeAll()
	c.site.Store(nil)
	c.wakeSite()
}

// wakeSite has the Site loaded in the background; it doesn't block.
func (c *Cache) wakeSite() {
	select {
	case c.siteGone <- struct{}{}:
	default: // it is going to be already
	}
}

// nameIndex says which cached endpoints name an id of ps_aors or ps_auths,
// whether or not that row exists. It may list endpoints that are no longer
// cached, or twice: harmless, and swept when half of it is that.
type nameIndex struct {
	endpoints map[rowName][]string
	listed    int // endpoint ids in all lists
	sweepAt   int
}

type rowName struct{ table, id string }

const minSweep = 1024

// add lists a cached endpoint under the names it has; cached is for the sweep.
func (x *nameIndex) add(id string, e *asterisk.Endpoint, cached *otter.Cache[string, *asterisk.Endpoint]) {
	if x.endpoints == nil {
		x.endpoints, x.sweepAt = map[rowName][]string{}, minSweep
	}
	if x.listed >= x.sweepAt {
		x.endpoints, x.listed = map[rowName][]string{}, 0
		for id, e := range cached.All() {
			x.list(id, e)
		}
		x.sweepAt = max(minSweep, 2*x.listed)
	}
	x.list(id, e)
}

func (x *nameIndex) list(id string, e *asterisk.Endpoint) {
	for _, n := range e.AORNames {
		x.put(rowName{"ps_aors", n}, id)
	}
	for _, n := range e.AuthNames {
		x.put(rowName{"ps_auths", n}, id)
	}
}

func (x *nameIndex) put(n rowName, id string) {
	x.endpoints[n] = append(x.endpoints[n], id)
	x.listed++
}

// take gives the endpoints that name a row, and forgets them: they are going
// to be dropped, and listed anew when they are loaded again.
func (x *nameIndex) take(table, id string) []string {
	n := rowName{table, id}
	ids := x.endpoints[n]
	delete(x.endpoints, n)
	x.listed -= len(ids)
	return ids
}
