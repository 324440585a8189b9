package sip

import (
	"container/list"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	proxyproto "github.com/pires/go-proxyproto"

	"registrard/reason"
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

// sendBuffer is what the kernel may hold of answers to one connection, in
// bytes; by itself it would hold 4 MB for who doesn't read.
const sendBuffer = 64 << 10

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
		if c, ok := raw.(*net.TCPConn); ok {
			_ = c.SetWriteBuffer(sendBuffer) // a kernel that refuses keeps its own
		}
		trusted := g.server.trusts(peer.Addr())
		mode := g.listen.ProxyProtocol
		if mode == proxyRequired && !trusted {
			g.server.dropped(peer, g.listen.Network, "proxy_untrusted", reason.ConnectionFailed, "the listener is for trusted_proxies (proxy_protocol: required)")
			raw.Close()
			continue
		}
		// What a trusted proxy brings is judged by the address that it names.
		if !trusted && !g.server.admits(peer, g.listen.Network) {
			raw.Close()
			continue
		}
		c := &guardedConn{Conn: raw, server: g.server, network: g.listen.Network, peer: peer, trusted: trusted}
		if !c.admitted(g.server.conns.open(c, peer.Addr(), !trusted)) {
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
	server  *Server
	network string
	peer    netip.AddrPort
	trusted bool
	// begun says that something came that may become an HTTP request.
	begun bool

	once sync.Once
	// origin for which it counts, and its place among the unproven there, nil
	// when it is none of them; both guarded by connections.
	origin  *origin
	waiting *list.Element
}

// Close closes the connection, once.
func (c *guardedConn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		err = c.Conn.Close()
		c.server.conns.closed(c)
	})
	return err
}

// prove notes that somebody proved a password over the connection.
func (c *guardedConn) prove() { c.server.conns.prove(c) }

// cut closes a connection that had to make room; nil is none.
func (c *guardedConn) cut() {
	if c != nil {
		c.server.dropped(c.peer, c.network, "displaced", reason.ConnectionFailed, "nobody had proven a password over it when sip.max_connections was reached")
		c.Close()
	}
}

// claim counts a trusted proxy's connection for the address that it names;
// false when that has too many.
func (c *guardedConn) claim(from netip.Addr) bool {
	return !c.trusted || c.admitted(c.server.conns.claim(c, from))
}

// admitted counts a connection for which there is no room.
func (c *guardedConn) admitted(ok bool) bool {
	if !ok {
		c.server.dropped(c.peer, c.network, "too_many_connections", reason.ConnectionFailed, "too many connections (sip.max_connections, of one source sip.max_connections_per_source)")
	}
	return ok
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
