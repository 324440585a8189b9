package sip

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"registrard/asterisk"
)

// Listen is an address to listen on.
type Listen struct {
	// Network is udp, tcp, tls, ws or wss.
	Network string
	// Address is host:port; an empty host is every address, IPv4 and IPv6.
	Address string
	// Advertise is the host:port by which phones reach this listener, when it
	// is another than Address (behind NAT or a load balancer).
	Advertise string
	// Domain stands for the user's domain in identification.
	Domain string
	// ProxyProtocol is off (or empty), optional or required. A header is
	// believed only from Options.TrustedProxies.
	ProxyProtocol string
}

// String is the listener as configured, such as udp://:5060.
func (l Listen) String() string { return l.Network + "://" + l.Address }

// Bound is an address that is listened on.
type Bound struct {
	Network   string
	Addr      net.Addr
	Advertise string
}

// How a listener treats the PROXY protocol.
const (
	proxyOff      = "off"
	proxyOptional = "optional"
	proxyRequired = "required"
)

// check finds what is wrong before anything is bound.
func (l Listen) check(o *Options) error {
	switch l.Network {
	case "udp", "tcp", "ws":
	case "tls", "wss":
		if o.Certificate == nil {
			return fmt.Errorf("sip: listen %s: %s needs a certificate; configure one", l, l.Network)
		}
	default:
		return fmt.Errorf("sip: listen %s: %q is none of udp, tcp, tls, ws, wss", l, l.Network)
	}
	if _, _, err := net.SplitHostPort(l.Address); err != nil {
		return fmt.Errorf("sip: listen %s: %w; write host:port, such as %s://:5060", l, err, l.Network)
	}
	switch l.ProxyProtocol {
	case "", proxyOff:
	case proxyOptional, proxyRequired:
		if len(o.TrustedProxies) == 0 {
			return fmt.Errorf("sip: listen %s: proxy_protocol %s without trusted_proxies; name the load balancer's network there", l, l.ProxyProtocol)
		}
	default:
		return fmt.Errorf("sip: listen %s: proxy_protocol %q is none of off, optional, required", l, l.ProxyProtocol)
	}
	return nil
}

// bind opens l.
func (s *Server) bind(l Listen) (listener, error) {
	in := arrival{
		way:    asterisk.Way{Node: s.opts.Node, BootID: s.opts.BootID, Listener: l.String(), Transport: l.Network},
		domain: strings.ToLower(l.Domain),
	}
	if l.Network == "udp" {
		conn, err := net.ListenPacket("udp", l.Address)
		if err != nil {
			return nil, explainBind(l, err)
		}
		return newDatagrams(s, l, in, conn.(*net.UDPConn))
	}
	// TCP keepalive of the system's default (15 s) finds dead peers.
	raw, err := net.Listen("tcp", l.Address)
	if err != nil {
		return nil, explainBind(l, err)
	}
	guarded := &guardedListener{Listener: raw, server: s, listen: l}
	config := &tls.Config{GetCertificate: s.opts.Certificate, MinVersion: tls.VersionTLS12}
	if s.opts.ClientCAs != nil {
		config.ClientCAs, config.ClientAuth = s.opts.ClientCAs, tls.RequireAndVerifyClientCert
	}
	switch l.Network {
	case "tcp":
		return &streams{server: s, listen: l, in: in, listener: guarded}, nil
	case "tls":
		return &streams{server: s, listen: l, in: in, listener: guarded, tls: config}, nil
	case "wss":
		config.NextProtos = []string{"http/1.1"}
		return newWebSockets(s, l, in, guarded, config), nil
	default:
		return newWebSockets(s, l, in, guarded, nil), nil
	}
}

// explainBind adds what to do about an address that can't be bound.
func explainBind(l Listen, err error) error {
	remedy := "check the address"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		remedy = "another program has the address (ss -lnp shows which, often Asterisk or a second registrard): stop it, or listen on another port"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		remedy = "this host has no such address: use one of its own, or none for all"
	case errors.Is(err, syscall.EACCES):
		remedy = "ports below 1024 need a privilege (CAP_NET_BIND_SERVICE): grant it, or listen on a higher port"
	}
	return fmt.Errorf("sip: listen %s: %w: %s", l, err, remedy)
}
