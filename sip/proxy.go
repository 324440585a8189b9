package sip

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	proxyproto "github.com/pires/go-proxyproto"
)

// trusts says whether a's PROXY header and X-Forwarded-For are believed.
func (s *Server) trusts(a netip.Addr) bool {
	for _, p := range s.opts.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// errProxy says that a datagram has no PROXY header that may be believed.
var errProxy = errors.New("no PROXY header of version 2 from a trusted proxy")

// unwrap takes the PROXY header off a datagram: the phone's address and the
// message in it. Only version 2 is defined for datagrams.
func (s *Server) unwrap(datagram []byte, peer netip.AddrPort, mode string) (netip.AddrPort, []byte, error) {
	if mode == "" || mode == proxyOff {
		return peer, datagram, nil
	}
	wrapped := strings.HasPrefix(string(datagram[:min(len(datagram), len(proxySignature))]), proxySignature)
	if !s.trusts(peer.Addr()) || !wrapped {
		if mode == proxyRequired {
			return peer, nil, errProxy
		}
		return peer, datagram, nil
	}
	header, message, err := proxyproto.ParseUDPDatagram(datagram)
	if err != nil || header.Version != 2 {
		return peer, nil, errProxy
	}
	if header.Command.IsLocal() { // the proxy speaks for itself
		return peer, message, nil
	}
	from, ok := source(header.SourceAddr)
	if !ok {
		return peer, nil, errProxy
	}
	return from, message, nil
}

// proxySignature begins every PROXY header of version 2.
const proxySignature = "\r\n\r\n\x00\r\nQUIT\n"

// guardedListener accepts within the limits of connections, and knows about
// the PROXY protocol. Accept never waits for a peer to say anything.
type guardedListener struct {
	net.Listener
	server *Server
	listen Listen
}

// Accept gives the next connection within the limits, always a *guardedConn.
func (g *guardedListener) Accept() (net.Conn, error) {
	for {
		raw, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		peer, ok := source(raw.RemoteAddr())
		if !ok {
			raw.Close()
			continue
		}
		trusted := g.server.trusts(peer.Addr())
		mode := g.listen.ProxyProtocol
		if mode == proxyRequired && !trusted {
			g.server.metrics.drop(g.listen.Network, "proxy_untrusted")
			raw.Close()
			continue
		}
		// What a trusted proxy brings is judged by the address that it names.
		if !trusted && !g.server.admits(peer, g.listen.Network) {
			raw.Close()
			continue
		}
		c := &guardedConn{Conn: raw, conns: g.server.conns, peer: peer, trusted: trusted}
		if !g.server.conns.open(c, peer.Addr(), !trusted) {
			g.server.metrics.drop(g.listen.Network, "too_many_connections")
			raw.Close()
			continue
		}
		if trusted && (mode == proxyOptional || mode == proxyRequired) {
			policy := proxyproto.USE
			if mode == proxyRequired {
				policy = proxyproto.REQUIRE
			}
			c.Conn = proxyproto.NewConn(raw, proxyproto.WithPolicy(policy),
				proxyproto.SetReadHeaderTimeout(g.server.opts.ReadTimeout))
		}
		return c, nil
	}
}

// guardedConn gives its place back when it is closed.
type guardedConn struct {
	net.Conn
	conns   *connections
	peer    netip.AddrPort
	trusted bool

	once sync.Once
	// counted is the address for which it counts, once known; guarded by conns.
	counted netip.Prefix
}

// Close closes the connection, once.
func (c *guardedConn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		err = c.Conn.Close()
		c.conns.closed(c)
	})
	return err
}

// claim counts a trusted proxy's connection for the address that it names;
// false when that has too many.
func (c *guardedConn) claim(from netip.Addr) bool {
	return !c.trusted || c.conns.claim(c, from)
}

// connections bounds all stream connections, and those of one source.
type connections struct {
	maxTotal, maxSource int

	mu      sync.Mutex
	ended   bool
	all     map[*guardedConn]struct{}
	sources map[netip.Prefix]int
}

func newConnections(maxTotal, maxSource int) *connections {
	return &connections{
		maxTotal: maxTotal, maxSource: maxSource,
		all: map[*guardedConn]struct{}{}, sources: map[netip.Prefix]int{},
	}
}

// open takes a new connection, false when there are too many.
func (s *connections) open(c *guardedConn, from netip.Addr, count bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || len(s.all) >= s.maxTotal || count && !s.countLocked(c, from) {
		return false
	}
	s.all[c] = struct{}{}
	return true
}

func (s *connections) claim(c *guardedConn, from netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, open := s.all[c]; !open || c.counted.IsValid() {
		return open
	}
	return s.countLocked(c, from)
}

func (s *connections) countLocked(c *guardedConn, from netip.Addr) bool {
	bits := from.BitLen()
	if from.Is6() {
		bits = 64 // one subscriber has a /64 to himself
	}
	p, err := from.WithZone("").Prefix(bits)
	if err != nil || s.sources[p] >= s.maxSource {
		return false
	}
	s.sources[p]++
	c.counted = p
	return true
}

// closed gives c's place back.
func (s *connections) closed(c *guardedConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, open := s.all[c]; !open {
		return
	}
	delete(s.all, c)
	if !c.counted.IsValid() {
		return
	}
	if s.sources[c.counted]--; s.sources[c.counted] == 0 {
		delete(s.sources, c.counted)
	}
}

// closeAll ends every connection; none is taken any more.
func (s *connections) closeAll() {
	s.mu.Lock()
	s.ended = true
	all := make([]*guardedConn, 0, len(s.all))
	for c := range s.all {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		c.Close()
	}
}

// forwardedFor is the client's address of an HTTP request: read from the right
// of X-Forwarded-For, through trusted proxies only, to the first address that
// is none. Its port is 0 where the proxy names none.
func (s *Server) forwardedFor(r *http.Request, peer netip.AddrPort) netip.AddrPort {
	items := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	at := peer
	for i := len(items) - 1; i >= 0 && s.trusts(at.Addr()); i-- {
		item := strings.TrimSpace(items[i])
		if ap, err := netip.ParseAddrPort(item); err == nil {
			at = unmap(ap)
		} else if a, err := netip.ParseAddr(strings.Trim(item, "[]")); err == nil {
			at = netip.AddrPortFrom(a.Unmap().WithZone(""), 0)
		} else {
			break // what a proxy can't have written is not believed, nor what is left of it
		}
	}
	return at
}
