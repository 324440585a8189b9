package sip

import (
	"container/list"
	"net/netip"
	"sync"
)

// connections bounds all stream connections, and those of one source. Where
// there is no room, one over which nobody has proven a password makes it: what
// strangers hold is never a reason to turn a phone away. It is the oldest of
// the source that has most of them.
type connections struct {
	maxTotal, maxSource int

	mu      sync.Mutex
	ended   bool
	all     map[*guardedConn]struct{}
	sources map[netip.Addr]*origin
	// crowds are the origins that have so many unproven connections, by that
	// number, and in the order in which they got so many.
	crowds []*list.List
}

// origin is one source, or, as the zero address, the connections of trusted
// proxies that have not named one yet.
type origin struct {
	site     netip.Addr
	n        int
	unproven list.List // of *guardedConn, the oldest first
	crowd    *list.Element
}

func newConnections(maxTotal, maxSource int) *connections {
	return &connections{
		maxTotal: maxTotal, maxSource: maxSource,
		all: map[*guardedConn]struct{}{}, sources: map[netip.Addr]*origin{},
	}
}

// open takes a new connection, false when there are too many of phones that
// have proven a password. One that is counted has a source; another gets it by
// claim.
func (s *connections) open(c *guardedConn, from netip.Addr, counted bool) bool {
	var displaced *guardedConn
	s.mu.Lock()
	defer func() { s.mu.Unlock(); displaced.cut() }()
	if s.ended {
		return false
	}
	site := netip.Addr{}
	if counted {
		site = siteOf(from)
	}
	ok := false
	if displaced, ok = s.makeRoom(site); !ok {
		return false
	}
	s.all[c] = struct{}{}
	s.put(c, site)
	return true
}

// claim counts a connection for the source that its proxy named.
func (s *connections) claim(c *guardedConn, from netip.Addr) bool {
	var displaced *guardedConn
	s.mu.Lock()
	defer func() { s.mu.Unlock(); displaced.cut() }()
	if _, open := s.all[c]; !open || c.origin.site.IsValid() {
		return open
	}
	site := siteOf(from)
	if o := s.sources[site]; o != nil && o.n >= s.maxSource {
		if displaced = s.displace(o); displaced == nil {
			return false
		}
	}
	s.drop(c)
	s.put(c, site)
	return true
}

// prove notes that somebody proved a password over c: it makes room for nobody.
func (s *connections) prove(c *guardedConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, open := s.all[c]; open && c.waiting != nil {
		s.settle(c)
	}
}

// closed gives c's place back.
func (s *connections) closed(c *guardedConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, open := s.all[c]; open {
		delete(s.all, c)
		s.drop(c)
	}
}

// makeRoom sees to it that there is room for one more of site, false when
// there is none.
func (s *connections) makeRoom(site netip.Addr) (displaced *guardedConn, ok bool) {
	if o := s.sources[site]; o != nil && site.IsValid() && o.n >= s.maxSource {
		displaced = s.displace(o)
		return displaced, displaced != nil
	}
	if len(s.all) < s.maxTotal {
		return nil, true
	}
	if len(s.crowds) == 0 {
		return nil, false
	}
	displaced = s.displace(s.crowds[len(s.crowds)-1].Front().Value.(*origin))
	return displaced, displaced != nil
}

// displace takes its place from the oldest unproven connection of o, nil when
// it has none. The caller cuts it.
func (s *connections) displace(o *origin) *guardedConn {
	oldest := o.unproven.Front()
	if oldest == nil {
		return nil
	}
	c := oldest.Value.(*guardedConn)
	delete(s.all, c)
	s.drop(c)
	return c
}

// put counts c, which is unproven.
func (s *connections) put(c *guardedConn, site netip.Addr) {
	o := s.sources[site]
	if o == nil {
		o = &origin{site: site}
		s.sources[site] = o
	}
	o.n++
	c.origin, c.waiting = o, o.unproven.PushBack(c)
	s.crowd(o, o.unproven.Len()-1)
}

// drop counts c no more.
func (s *connections) drop(c *guardedConn) {
	if c.waiting != nil {
		s.settle(c)
	}
	o := c.origin
	if o.n--; o.n == 0 {
		delete(s.sources, o.site)
	}
}

// settle takes c out of those that are unproven.
func (s *connections) settle(c *guardedConn) {
	o := c.origin
	o.unproven.Remove(c.waiting)
	c.waiting = nil
	s.crowd(o, o.unproven.Len()+1)
}

// crowd moves o, which had so many unproven connections before, to where it
// belongs now. The last of crowds is never empty.
func (s *connections) crowd(o *origin, before int) {
	if before > 0 {
		s.crowds[before-1].Remove(o.crowd)
	}
	if n := o.unproven.Len(); n > 0 {
		if n > len(s.crowds) {
			s.crowds = append(s.crowds, list.New())
		}
		o.crowd = s.crowds[n-1].PushBack(o)
	}
	for n := len(s.crowds); n > 0 && s.crowds[n-1].Len() == 0; n-- {
		s.crowds = s.crowds[:n-1]
	}
}

// closeAll ends every connection; none is taken any more.
func (s *connections) closeAll() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.closeOpen()
}

// closeOpen ends those that are open.
func (s *connections) closeOpen() {
	s.mu.Lock()
	all := make([]*guardedConn, 0, len(s.all))
	for c := range s.all {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		c.Close()
	}
}
